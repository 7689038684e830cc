#include "slice/broken.h"

#include <stdbool.h>
#include <string.h>

#include "json/json.h"

/* A container that is open. */
struct level {
    bool object, any;       /* any: a value in it is complete */
    size_t index;           /* of the next item */
    const char *key, *past; /* the present key, with its quotes; NULL: it is not known */
};

struct broken {
    struct buffer levels; /* struct level */
    struct buffer *events;
};

static struct level *levels(const struct broken *broken, size_t *count)
{
    *count = broken->levels.len / sizeof(struct level);
    return (struct level *)(void *)broken->levels.data;
}

static struct level *top(const struct broken *broken)
{
    size_t count;
    struct level *list = levels(broken, &count);
    return count > 0 ? &list[count - 1] : NULL;
}

/* The way to the value at hand; `back`: to the one before. */
static void add_path(const struct broken *broken, bool back)
{
    size_t count;
    const struct level *list = levels(broken, &count);
    struct buffer *events = broken->events;
    buffer_add_char(events, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_char(events, ',');
        if (!list[i].object)
            buffer_add_format(events, "%zu", list[i].index - (back && i + 1 == count));
        else if (list[i].key)
            buffer_add(events, list[i].key, (size_t)(list[i].past - list[i].key));
        else
            buffer_add(events, "null", 4);
    }
    buffer_add_char(events, ']');
}

/* A value is complete: a leaf of these bytes, or (NULL) a container that was not empty. */
static void end_value(struct broken *broken, const char *leaf, size_t len)
{
    struct level *level = top(broken);
    struct buffer *events = broken->events;
    if (leaf) {
        buffer_add_char(events, '[');
        add_path(broken, false);
        buffer_add_char(events, ',');
        buffer_add(events, leaf, len);
        buffer_add(events, "]\n", 2);
    }
    if (!level)
        return;
    level->any = true;
    level->index++;
}

static void close_container(struct broken *broken)
{
    const struct level *level = top(broken);
    bool any = level->any, object = level->object;
    if (any) {
        buffer_add_char(broken->events, '[');
        add_path(broken, true);
        buffer_add(broken->events, "]\n", 2);
    }
    broken->levels.len -= sizeof *level;
    end_value(broken, any ? NULL : object ? "{}" : "[]", 2);
}

/* Behind the string at `at`, or NULL: it has no end. */
static const char *string_end(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        at += *at == '\\';
    return at < end ? at + 1 : NULL;
}

static const char *word_end(const char *at, const char *end)
{
    while (at < end && !strchr(" \t\r\n,:]}", *at))
        at++;
    return at < end ? at : NULL;
}

static void open_container(struct broken *broken, bool object)
{
    const struct level level = {.object = object};
    buffer_add(&broken->levels, &level, sizeof level);
}

void broken_events(const char *text, size_t len, const char *message, struct buffer *events)
{
    struct broken broken = {.events = events};
    const char *end = text + len, *past;
    for (const char *at = text; at && at < end; at = past) {
        struct level *level = top(&broken);
        past = at + 1;
        if (*at == '[' || *at == '{') {
            open_container(&broken, *at == '{');
        } else if (level && (*at == ']' || *at == '}')) {
            close_container(&broken);
        } else if (level && *at == ',') {
            level->key = NULL;
        } else if (!strchr(" \t\r\n:", *at)) {
            past = *at == '"' ? string_end(at, end) : word_end(at, end);
            if (past && level && level->object && !level->key) {
                level->key = at;
                level->past = past;
            } else if (past) {
                end_value(&broken, at, (size_t)(past - at));
            }
        }
    }
    buffer_add_char(events, '[');
    json_encode(message, strlen(message), events);
    buffer_add_char(events, ',');
    add_path(&broken, false);
    buffer_add(events, "]\n", 2);
    buffer_free(&broken.levels);
}

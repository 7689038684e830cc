#include "json/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

/* Where the members behind "of" begin, which is of one length. */
enum { HEAD_START = sizeof "{\"aagg\":2,\"of\":\"0123456789abcdef\"," - 1 };
static const char head_member[] = "\"offsets\":";

/* Whether it is a line of offsets, and not one of a group's state, which may be long. */
static bool is_head(const char *line, size_t len)
{
    size_t more = sizeof head_member - 1;
    return len > HEAD_START + more && line[len - 1] == '\n' && memcmp(line + HEAD_START, head_member, more) == 0;
}

/* Whether the line's member is this id; without one given, the member's text into id. */
static bool has_id(const char *line, size_t len, const char *member, char id[CHECKPOINT_ID_LEN + 1])
{
    struct json_tree tree = {0};
    size_t at;
    const char *message;
    bool has = false;
    if (json_tree_build(&tree, line, len, &at, &message) && tree.nodes[0].span.type == SPAN_OBJECT) {
        uint32_t node = json_tree_member(&tree, 0, member, strlen(member));
        struct span span = node ? tree.nodes[node].span : (struct span){0};
        has = node && span.type == SPAN_STRING && span.len == CHECKPOINT_ID_LEN + 2;
        if (has && !id[0])
            memcpy(id, span.text + 1, CHECKPOINT_ID_LEN);
        else if (has)
            has = memcmp(id, span.text + 1, CHECKPOINT_ID_LEN) == 0;
    }
    json_tree_free(&tree);
    return has;
}

/* The last whole line of offsets among the steps takes the place of the state's own. */
static bool look_at_steps(FILE *file, char id[CHECKPOINT_ID_LEN + 1], struct buffer *line, uint64_t *steps)
{
    char *text = NULL;
    size_t cap = 0;
    ssize_t len;
    uint64_t at = 0;
    bool ours = true; /* those of a state that was there before are left over */
    while (ours && (len = getline(&text, &cap, file)) > 0) {
        at += (uint64_t)len;
        if (!is_head(text, (size_t)len))
            continue;
        ours = has_id(text, (size_t)len, "after", id);
        if (!ours)
            continue;
        line->len = 0;
        buffer_add(line, text, (size_t)len);
        *steps = at;
    }
    free(text);
    return !ferror(file);
}

void checkpoint_steps_name(const char *path, struct buffer *into)
{
    into->len = 0;
    buffer_add_format(into, "%s.steps%c", path, '\0');
}

bool checkpoint_head(const char *path, struct buffer *line, uint64_t *steps)
{
    char id[CHECKPOINT_ID_LEN + 1] = "", *text = NULL;
    size_t cap = 0;
    *steps = 0;
    line->len = 0;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    ssize_t len = getline(&text, &cap, file);
    bool good = !ferror(file);
    if (good && len > 0)
        buffer_add(line, text, (size_t)len);
    int error = errno;
    fclose(file);
    free(text);
    errno = error;
    if (!good || len <= 0 || !has_id(line->data, line->len, "id", id))
        return good;
    struct buffer name = {0};
    checkpoint_steps_name(path, &name);
    file = fopen(name.data, "re");
    buffer_free(&name);
    if (!file)
        return errno == ENOENT;
    good = look_at_steps(file, id, line, steps);
    error = errno;
    fclose(file);
    errno = error;
    return good;
}

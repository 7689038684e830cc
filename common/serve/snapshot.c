#include "serve/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "frame/source.h"
#include "json/json.h"
#include "json/walk/walk.h"
#include "value/value.h"

/* Names the form of the file and ends its last line: one without it was not written to its end. */
static const char head[] = "{\"aserve\":1,\"keys\":[", tail[] = "{\"end\":true}\n";

static void write_head(const struct columns *keys, struct buffer *into)
{
    buffer_add_text(into, head);
    for (size_t i = 0; i < keys->count; i++) {
        if (i > 0)
            buffer_add_char(into, ',');
        json_encode(keys->list[i]->steps->key, keys->list[i]->steps->key_len, into);
    }
    buffer_add_text(into, "]}\n");
}

static bool replace(const char *path, const char *beside, const struct buffer *text)
{
    int fd = file_open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return false;
    bool good = file_write(fd, text->data, text->len) && fsync(fd) == 0;
    int error = errno;
    if (close(fd) != 0 && good) {
        good = false;
        error = errno;
    }
    if (good && rename(beside, path) == 0)
        return file_sync_folder(path);
    error = good ? errno : error;
    unlink(beside);
    errno = error;
    return false;
}

bool snapshot_write(struct live *live, const struct columns *keys, const char *path, struct problem *problem)
{
    struct buffer text = {0}, beside = {0};
    uint64_t event;
    write_head(keys, &text);
    live_copy(live, &text, &event);
    buffer_add_text(&text, tail);
    buffer_add_format(&beside, "%s.new", path);
    buffer_add_char(&beside, '\0');
    bool good = replace(path, beside.data, &text) ||
                problem_set(problem, STATUS_IO, "%s: cannot be written: %s", path, strerror(errno));
    buffer_free(&text);
    buffer_free(&beside);
    return good;
}

static bool put_rows(struct live *live, const struct columns *keys, const char *path, const char *text, size_t len,
                     struct problem *problem)
{
    struct path_set paths = {0};
    struct arena arena = {0};
    struct buffer key = {0};
    for (size_t i = 0; i < keys->count; i++)
        path_set_add(&paths, keys->list[i]);
    struct walk_plan *plan = walk_plan_new(&paths);
    struct walk *walk = walk_new(plan, WALK_OBJECTS);
    walk_start(walk, text, len, SCAN_BY_LINE);
    enum walk_verdict verdict = WALK_END;
    bool room = true;
    while (room && (verdict = walk_next(walk)) == WALK_RECORD) {
        arena_reset(&arena);
        key.len = 0;
        for (size_t i = 0; i < keys->count; i++) {
            struct value value = value_from_span(walk->slots[i], &arena);
            value_key(&value, &key);
        }
        room = live_put(live, &key, walk->record.text, walk->record.len);
    }
    bool good = verdict == WALK_END ||
                problem_set(problem, STATUS_DATA, "%s: is damaged: %s", path, walk->message ? walk->message : "a row");
    if (!room)
        good = problem_set(problem, STATUS_USAGE, "%s: has more rows than --rows and --memory let in", path);
    walk_free(walk);
    walk_plan_free(plan);
    path_set_free(&paths);
    arena_free(&arena);
    buffer_free(&key);
    return good;
}

/* Begins with our head and ends with our tail. */
static bool is_whole(const struct buffer *text, const struct buffer *line, const char *path, struct problem *problem)
{
    size_t front = strlen(head), back = strlen(tail);
    if (text->len < front || memcmp(text->data, head, front) != 0)
        return problem_set(problem, STATUS_USAGE, "%s: is no snapshot of aserve", path);
    if (text->len < line->len || memcmp(text->data, line->data, line->len) != 0)
        return problem_set(problem, STATUS_USAGE, "%s: is a snapshot with other keys", path);
    if (text->len < line->len + back || memcmp(text->data + text->len - back, tail, back) != 0)
        return problem_set(problem, STATUS_DATA, "%s: is damaged: its end is missing", path);
    return true;
}

bool snapshot_read(struct live *live, const struct columns *keys, const char *path, struct problem *problem)
{
    struct buffer text = {0}, line = {0};
    bool good = file_load(path, SIZE_MAX / 2, &text);
    if (!good && errno == ENOENT) {
        buffer_free(&text);
        return true;
    }
    if (!good)
        problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
    write_head(keys, &line);
    good = good && is_whole(&text, &line, path, problem);
    if (good) {
        size_t len = text.len - line.len - strlen(tail);
        buffer_reserve(&text, BATCH_PADDING);
        memset(text.data + line.len + len, 0, strlen(tail));
        memset(text.data + text.len, 0, BATCH_PADDING);
        good = put_rows(live, keys, path, text.data + line.len, len, problem);
    }
    buffer_free(&text);
    buffer_free(&line);
    return good;
}

#include "slice/reader.h"

#include <stdlib.h>
#include <string.h>

#include "json/scan/depth.h"

void reader_open(struct reader *reader, char *const *files, size_t count, const struct frame_options *options,
                 const struct path_set *paths)
{
    static const struct path_set none = {0};
    reader->lines = options->lines;
    reader->plan = walk_plan_new(paths ? paths : &none);
    reader->walk = walk_new(reader->plan, WALK_VALUES);
    reader->frame = frame_open(files, count, options);
}

void reader_close(struct reader *reader)
{
    if (!reader->frame)
        return;
    source_release(&reader->batch);
    walk_free(reader->walk);
    walk_plan_free(reader->plan);
    frame_close(reader->frame);
    reader->frame = NULL;
}

/* The next batch that has text. */
static enum jq_read next_batch(struct reader *reader, struct problem *problem)
{
    struct batch *batch = &reader->batch;
    do {
        if (batch->status != 0) { /* said already */
            batch->len = 0;
            return JQ_READ_END;
        }
        if (batch->idle && reader->idle)
            reader->idle(reader->context);
        batch->idle = false;
        if (reader->counting)
            reader_lines(reader);
        bool more = source_next(frame_source(reader->frame), batch);
        if (batch->status != 0 && (!more || batch->len == 0)) {
            problem_set(problem, (enum status)batch->status, "%s", batch->error);
            return JQ_READ_BAD;
        }
        reader->counted_at = 0;
        if (!more) {
            reader->ended = true;
            return JQ_READ_END;
        }
    } while (batch->len == 0 || batch->kind == BATCH_IDLE);
    reader->open = true;
    reader->line_at = reader->end = 0;
    reader->walk->reads_on = batch->reads_on;
    if (!reader->lines)
        walk_start(reader->walk, batch->text, batch->len, batch_by(batch));
    return JQ_READ_VALUE;
}

/* What is behind the batch that has just been read to its end: the failure it came with, or the next one. */
static enum jq_read leave_batch(struct reader *reader, struct problem *problem)
{
    if (reader->open && reader->batch.status != 0) {
        reader->open = false;
        problem_set(problem, (enum status)reader->batch.status, "%s", reader->batch.error);
        return JQ_READ_BAD;
    }
    reader->open = false;
    return next_batch(reader, problem);
}

enum jq_read reader_value(struct reader *reader, struct span *value, bool *spaced, struct problem *problem)
{
    struct walk *walk = reader->walk;
    reader->bad = (struct span){.text = ""};
    for (;;) {
        enum walk_verdict verdict = reader->open ? walk_next(walk) : WALK_END;
        if (verdict == WALK_END) {
            enum jq_read read = leave_batch(reader, problem);
            if (read != JQ_READ_VALUE)
                return read;
            continue;
        }
        if (verdict == WALK_BAD) {
            char place[BATCH_ERROR_MAX];
            source_place(&reader->batch, walk->bad_at, walk->index, place, sizeof place);
            problem_set(problem, STATUS_DATA, "%s: %s", place, walk->message);
            const char *at = reader->batch.text + walk->bad_at;
            if (walk->record.text && walk->record.text <= at)
                reader->bad = (struct span){.text = walk->record.text, .len = (size_t)(at - walk->record.text)};
            return JQ_READ_BAD;
        }
        *value = walk->record;
        *spaced = walk->spaced;
        reader->end = (size_t)(value->text - reader->batch.text) + value->len;
        return JQ_READ_VALUE;
    }
}

struct span reader_bad(const struct reader *reader)
{
    return reader->bad;
}

enum jq_read reader_line(struct reader *reader, const char **line, size_t *len, struct problem *problem)
{
    const struct batch *batch = &reader->batch;
    while (!reader->open || reader->line_at == batch->len) {
        enum jq_read read = leave_batch(reader, problem);
        if (read != JQ_READ_VALUE)
            return read;
    }
    *line = batch->text + reader->line_at;
    size_t left = batch->len - reader->line_at;
    const char *newline = memchr(*line, '\n', left);
    *len = newline ? (size_t)(newline - *line) : left;
    reader->end = reader->line_at + *len;
    reader->line_at = reader->end + (newline ? 1 : 0);
    return JQ_READ_VALUE;
}

const char *reader_file(const struct reader *reader)
{
    const char *file = reader->batch.file;
    return file && strcmp(file, "stdin") != 0 ? file : NULL;
}

void reader_place(const struct reader *reader, char *text, size_t size)
{
    *text = '\0';
    if (reader->end > 0 && !reader->ended)
        source_place(&reader->batch, reader->end - 1, 0, text, size);
}

uint64_t reader_lines(struct reader *reader)
{
    const struct batch *batch = &reader->batch;
    if (reader->end == 0 || reader->ended)
        return reader->lines_read;
    if (reader->counted_at == 0) {
        char place[BATCH_ERROR_MAX];
        source_place(batch, 0, 0, place, sizeof place);
        const char *line = place + strlen(batch->file);
        reader->counted = *line == ':' ? strtoull(line + 1, NULL, 10) - 1 : 0;
    }
    if (reader->counted_at < reader->end) {
        reader->counted += scan_newlines(batch->text + reader->counted_at, reader->end - reader->counted_at);
        reader->counted_at = reader->end;
    }
    /* behind the last value of a batch nobody has looked yet; it mostly is a newline */
    bool ended = batch->kind != BATCH_LINES || memchr(batch->text + reader->end, '\n', batch->len - reader->end);
    return reader->lines_read = reader->counted + (ended ? 1 : 0);
}

/* JSON: objects one a line, one behind the other, or the elements of arrays; slots are what paths lead to. */
#include "table/form/row_form.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "json/json.h"
#include "json/walk/walk.h"

struct json_rows {
    struct frame *frame;
    const struct path_set *paths;
    struct walk_plan *plan;
    pthread_mutex_t lock;
    bool *found; /* by path: some record had it */
};

struct json_reader {
    struct rows_reader row; /* first: the public face */
    const struct batch *batch;
    struct result *result;
    struct walk *walk;
    bool *found;
    size_t *missing; /* numbers of the paths not found yet by this reader */
    size_t missing_count;
};

/* A first line that is one JSON scalar is JSON as well, bad data that should be called by its name; but a cell where
 * there is no header. */
static bool begins(const char *text, size_t len, const struct rows_options *options)
{
    size_t i = 0;
    while (i < len && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r' || text[i] == 0x1e))
        i++;
    if (i == len || text[i] == '{' || text[i] == '[')
        return true;
    if (!options->header)
        return false;
    const char *newline = memchr(text + i, '\n', len - i);
    size_t at;
    const char *message;
    return json_check(text + i, newline ? (size_t)(newline - text) - i : len - i, &at, &message);
}

static void *open_rows(const struct row_input *input)
{
    struct json_rows *rows = mem_zero(1, sizeof *rows);
    rows->frame = input->frame;
    pthread_mutex_init(&rows->lock, NULL);
    return rows;
}

static struct source *source(void *form)
{
    struct json_rows *rows = form;
    return frame_source(rows->frame);
}

/* Adds the records of a batch, as long as those before took less than the window in all; false: it is full, or a bad
 * record ends it: the run will report that. */
static bool add_window(struct walk *walk, const struct batch *batch, uint64_t *taken, struct schema *schema)
{
    walk_start(walk, batch->text, batch->len, batch_by(batch));
    enum walk_verdict verdict = WALK_END;
    while (*taken < ROWS_WINDOW && (verdict = walk_next(walk)) == WALK_RECORD) {
        schema_add(schema, walk->record);
        *taken += walk->record.len;
    }
    return *taken < ROWS_WINDOW && verdict == WALK_END;
}

/* What the first records hold (the window). It is measured in bytes of records, so that batches, and what brings them,
 * do not matter. */
static bool shape(void *form, struct schema *schema)
{
    struct json_rows *rows = form;
    static const struct path_set none;
    struct walk_plan *plan = walk_plan_new(&none);
    struct walk *walk = walk_new(plan, WALK_OBJECTS);
    const struct batch *batch;
    uint64_t taken = 0;
    size_t number = 0;
    bool more = true;
    while (more && (batch = frame_peek(rows->frame, number))) {
        number++;
        more = batch->len == 0 || add_window(walk, batch, &taken, schema);
    }
    walk_free(walk);
    walk_plan_free(plan);
    return number > 0;
}

static bool bind_paths(void *form, const struct path_set *paths, struct problem *problem)
{
    (void)problem;
    struct json_rows *rows = form;
    rows->paths = paths;
    rows->found = mem_zero(paths->count, sizeof *rows->found);
    rows->plan = walk_plan_new(paths);
    return true;
}

static void watch(void *form, const struct path *path, bool all)
{
    struct json_rows *rows = form;
    walk_plan_watch(rows->plan, path, all);
}

static void warn_absent(const void *form, const bool *known)
{
    const struct json_rows *rows = form;
    for (size_t i = 0; i < rows->paths->count; i++)
        /* without steps it is the record itself: all were bad */
        if (!rows->found[i] && !known[i] && rows->paths->paths[i]->count > 0)
            diag_warn("no record has the path %s", rows->paths->paths[i]->text);
}

static void close_rows(void *form)
{
    struct json_rows *rows = form;
    walk_plan_free(rows->plan);
    pthread_mutex_destroy(&rows->lock);
    free(rows->found);
    free(rows);
}

static struct rows_reader *reader_new(void *form)
{
    struct json_rows *rows = form;
    struct json_reader *reader = mem_zero(1, sizeof *reader);
    reader->walk = walk_new(rows->plan, WALK_OBJECTS);
    reader->found = mem_zero(rows->paths->count, sizeof *reader->found);
    reader->missing = mem_zero(rows->paths->count, sizeof *reader->missing);
    for (size_t i = 0; i < rows->paths->count; i++)
        reader->missing[reader->missing_count++] = i;
    return &reader->row;
}

static void reader_free(void *form, struct rows_reader *row)
{
    struct json_rows *rows = form;
    struct json_reader *reader = (struct json_reader *)row;
    pthread_mutex_lock(&rows->lock);
    for (size_t i = 0; i < rows->paths->count; i++)
        rows->found[i] |= reader->found[i];
    pthread_mutex_unlock(&rows->lock);
    walk_free(reader->walk);
    free(reader->found);
    free(reader->missing);
    free(reader);
}

static void start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct json_reader *reader = (struct json_reader *)row;
    reader->batch = batch;
    reader->result = result;
    walk_start(reader->walk, batch->text, batch->len, batch_by(batch));
}

/* Crosses the paths that this record has off the list; soon it is empty. */
static void note_found(struct json_reader *reader)
{
    for (size_t i = 0; i < reader->missing_count;) {
        size_t path = reader->missing[i];
        if (reader->walk->slots[path].type == SPAN_ABSENT) {
            i++;
            continue;
        }
        reader->found[path] = true;
        reader->missing[i] = reader->missing[--reader->missing_count];
    }
}

static bool next(struct rows_reader *row)
{
    struct json_reader *reader = (struct json_reader *)row;
    struct walk *walk = reader->walk;
    for (;;) {
        enum walk_verdict verdict = walk_next(walk);
        if (verdict == WALK_END)
            return false;
        reader->result->records++;
        if (verdict == WALK_RECORD)
            break;
        if (!result_bad(reader->result, reader->batch, walk->bad_at, walk->index, walk->record.text, walk->record.len,
                        walk->malformed, walk->message))
            return false;
    }
    if (reader->missing_count > 0)
        note_found(reader);
    row->slots = walk->slots;
    row->record = walk->record;
    row->index = walk->index;
    row->at = (size_t)(walk->record.text - reader->batch->text);
    row->stranger = walk->stranger;
    row->spaced = walk->spaced;
    return true;
}

const struct row_form row_form_json = {
    .name = "json", .alias = "ndjson", .title = "NDJSON", .begins = begins, .open = open_rows, .source = source,
    .shape = shape,
    .bind = bind_paths, .watch = watch, .warn_absent = warn_absent, .close = close_rows, .reader_new = reader_new,
    .start = start, .next = next, .reader_free = reader_free};

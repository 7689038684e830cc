/* JSON: objects one a line, one behind the other, or the elements of arrays; slots are what paths lead to. */
#include "table/form/row_form.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "json/json.h"
#include "json/lenient.h"
#include "json/walk/walk.h"

struct json_rows {
    struct frame *frame;
    const struct path_set *paths;
    struct walk_plan *plan;
    pthread_mutex_t lock;
    bool *found; /* by path: some record had it */
    unsigned allow;      /* enum lenient */
    const char *corrupt; /* the column of bad records' texts, or NULL */
};

struct json_reader {
    struct rows_reader row; /* first: the public face */
    const struct batch *batch;
    struct result *result;
    struct walk *walk;
    struct json_rows *rows;
    struct walk *again;  /* over a record that is made JSON; NULL: none was yet */
    bool within;         /* it may have more elements: such a record may be an array */
    uint64_t more;       /* elements behind the first of such records, in this batch */
    struct span *slots;  /* of a record that is no JSON */
    struct arena texts;  /* of both, in this batch */
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
    rows->allow = input->options->allow;
    rows->corrupt = input->options->corrupt;
    pthread_mutex_init(&rows->lock, NULL);
    return rows;
}

static struct source *source(void *form)
{
    struct json_rows *rows = form;
    return frame_source(rows->frame);
}

/* The record that stands for one that is bad: {"COLUMN":"its text"}; 64 bytes behind it may be read. Where the text
 * begins in it. */
static size_t corrupt_record(const char *column, const char *text, size_t len, struct buffer *into)
{
    buffer_add_char(into, '{');
    json_encode(column, strlen(column), into);
    buffer_add_char(into, ':');
    size_t at = into->len;
    json_encode(text, len, into);
    buffer_add_char(into, '}');
    buffer_reserve(into, BATCH_PADDING);
    memset(into->data + into->len, 0, BATCH_PADDING);
    return at;
}

/* Whether the record is JSON with what is allowed, an object or an array of objects: then `again` begins with a copy of
 * it in `texts`. */
static bool walk_leniently(unsigned allow, struct span record, struct walk *again, struct arena *texts)
{
    struct buffer text = {0};
    bool good = lenient_read(record.text, record.len, allow, &text);
    if (good) {
        char *copy = arena_alloc(texts, text.len + BATCH_PADDING);
        memcpy(copy, text.data, text.len);
        memset(copy + text.len, 0, BATCH_PADDING);
        enum walk_verdict verdict;
        walk_start(again, copy, text.len, SCAN_BY_VALUE);
        while ((verdict = walk_next(again)) == WALK_RECORD)
            ;
        good = verdict == WALK_END;
        walk_start(again, copy, text.len, SCAN_BY_VALUE);
    }
    buffer_free(&text);
    return good;
}

/* Behind what is malformed within a line nothing is known. */
static bool is_cut_short(const struct batch *batch, const struct walk *bad)
{
    return batch->kind != BATCH_LINES && bad->malformed;
}

/* The records that say what columns there are. */
struct window {
    struct walk *walk, *again; /* again: of what is allowed, or NULL */
    struct arena texts;
    uint64_t taken; /* bytes */
    bool on;        /* a bad record does not end it */
    struct schema *schema;
};

/* Adds the records of a batch, as long as those before took less than the window in all; false: it is full, or a bad
 * record ends it (unless it is to go `on`): the run will report that. */
static bool add_window(struct window *window, const struct batch *batch, unsigned allow)
{
    struct walk *walk = window->walk;
    walk_start(walk, batch->text, batch->len, batch_by(batch));
    enum walk_verdict verdict = WALK_END;
    while (window->taken < ROWS_WINDOW && (verdict = walk_next(walk)) != WALK_END) {
        arena_reset(&window->texts);
        if (verdict == WALK_RECORD) {
            schema_add(window->schema, walk->record);
        } else if (window->again && !is_cut_short(batch, walk) &&
                   walk_leniently(allow, walk->record, window->again, &window->texts)) {
            while (walk_next(window->again) == WALK_RECORD)
                schema_add(window->schema, window->again->record);
        } else if (window->on) {
            continue;
        } else {
            break;
        }
        window->taken += walk->record.len;
    }
    return window->taken < ROWS_WINDOW && verdict == WALK_END;
}

/* The column of what is corrupt is always there. */
static void add_corrupt(const struct json_rows *rows, struct schema *schema)
{
    struct buffer text = {0};
    corrupt_record(rows->corrupt, "x", 1, &text);
    schema_add(schema, (struct span){.text = text.data, .len = text.len, .type = SPAN_OBJECT});
    buffer_free(&text);
}

/* What the first records hold (the window). It is measured in bytes of records, so that batches, and what brings them,
 * do not matter. */
static bool shape(void *form, struct schema *schema)
{
    struct json_rows *rows = form;
    static const struct path_set none;
    struct walk_plan *plan = walk_plan_new(&none);
    struct window window = {.walk = walk_new(plan, WALK_OBJECTS),
                            .again = rows->allow ? walk_new(plan, WALK_OBJECTS) : NULL,
                            .on = rows->corrupt || rows->allow, .schema = schema};
    const struct batch *batch;
    size_t number = 0;
    bool more = true;
    while (more && (batch = frame_peek(rows->frame, number))) {
        number++;
        more = batch->len == 0 || add_window(&window, batch, rows->allow);
    }
    walk_free(window.walk);
    if (window.again)
        walk_free(window.again);
    arena_free(&window.texts);
    walk_plan_free(plan);
    if (number > 0 && rows->corrupt)
        add_corrupt(rows, schema);
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
    reader->rows = rows;
    reader->walk = walk_new(rows->plan, WALK_OBJECTS);
    reader->slots = mem_zero(rows->paths->count + 1, sizeof *reader->slots);
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
    if (reader->again)
        walk_free(reader->again);
    arena_free(&reader->texts);
    free(reader->slots);
    free(reader->found);
    free(reader->missing);
    free(reader);
}

static void start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct json_reader *reader = (struct json_reader *)row;
    arena_reset(&reader->texts);
    reader->batch = batch;
    reader->result = result;
    reader->within = false;
    reader->more = 0;
    walk_start(reader->walk, batch->text, batch->len, batch_by(batch));
}

/* Crosses the paths that this record has off the list; soon it is empty. */
static void note_found(struct json_reader *reader, const struct span *slots)
{
    for (size_t i = 0; i < reader->missing_count;) {
        size_t path = reader->missing[i];
        if (slots[path].type == SPAN_ABSENT) {
            i++;
            continue;
        }
        reader->found[path] = true;
        reader->missing[i] = reader->missing[--reader->missing_count];
    }
}

/* The row of what a walk has found. */
static void set_row(struct json_reader *reader, const struct walk *walk)
{
    struct rows_reader *row = &reader->row;
    if (reader->missing_count > 0)
        note_found(reader, walk->slots);
    row->slots = walk->slots;
    row->record = walk->record;
    row->stranger = walk->stranger;
    row->spaced = walk->spaced;
}

/* Whether the bad record is JSON with what is allowed: next_within has its rows. */
static bool read_leniently(struct json_reader *reader)
{
    if (!reader->rows->allow || is_cut_short(reader->batch, reader->walk))
        return false;
    if (!reader->again)
        reader->again = walk_new(reader->rows->plan, WALK_OBJECTS);
    reader->within = walk_leniently(reader->rows->allow, reader->walk->record, reader->again, &reader->texts);
    return reader->within;
}

/* The next row of a record that is read leniently. */
static bool next_within(struct json_reader *reader)
{
    reader->within = reader->within && walk_next(reader->again) == WALK_RECORD;
    if (!reader->within)
        return false;
    reader->result->records++;
    reader->more += reader->again->index > 0;
    set_row(reader, reader->again);
    return true;
}

/* The row of a bad record which keeps its text. */
static void keep_corrupt(struct json_reader *reader)
{
    const struct path_set *paths = reader->rows->paths;
    const char *column = reader->rows->corrupt;
    size_t len = strlen(column);
    struct span bad = reader->walk->record;
    struct buffer text = {0};
    size_t at = corrupt_record(column, bad.text, bad.len, &text);
    char *copy = arena_alloc(&reader->texts, text.len + BATCH_PADDING);
    memcpy(copy, text.data, text.len + BATCH_PADDING);
    struct span record = {.text = copy, .len = text.len, .type = SPAN_OBJECT};
    struct span value = {.text = copy + at, .len = text.len - at - 1, .type = SPAN_STRING, .escaped = true};
    buffer_free(&text);
    for (size_t i = 0; i < paths->count; i++) {
        const struct path_step *step = paths->paths[i]->count == 1 ? paths->paths[i]->steps : NULL;
        bool named = step && step->key && step->key_len == len && memcmp(step->key, column, len) == 0;
        reader->slots[i] = paths->paths[i]->count == 0 ? record : named ? value : (struct span){.type = SPAN_ABSENT};
    }
    if (reader->missing_count > 0)
        note_found(reader, reader->slots);
    reader->row.slots = reader->slots;
    reader->row.record = record;
    reader->row.stranger = (struct span){.type = SPAN_ABSENT};
    reader->row.spaced = false;
}

static bool next(struct rows_reader *row)
{
    struct json_reader *reader = (struct json_reader *)row;
    struct walk *walk = reader->walk;
    while (!next_within(reader)) {
        enum walk_verdict verdict = walk_next(walk);
        if (verdict == WALK_END)
            return false;
        if (verdict == WALK_BAD && read_leniently(reader))
            continue;
        reader->result->records++;
        if (verdict == WALK_RECORD) {
            set_row(reader, walk);
            break;
        }
        if (reader->rows->corrupt && !is_cut_short(reader->batch, walk)) {
            keep_corrupt(reader);
            break;
        }
        if (!result_bad(reader->result, reader->batch, walk->bad_at, walk->index, walk->record.text, walk->record.len,
                        walk->malformed, walk->message))
            return false;
    }
    row->index = walk->index + reader->more;
    row->at = (size_t)(walk->record.text - reader->batch->text);
    return true;
}

const struct row_form row_form_json = {
    .name = "json", .alias = "ndjson", .title = "NDJSON", .begins = begins, .open = open_rows, .source = source,
    .shape = shape,
    .bind = bind_paths, .watch = watch, .warn_absent = warn_absent, .close = close_rows, .reader_new = reader_new,
    .start = start, .next = next, .reader_free = reader_free};

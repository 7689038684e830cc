#include "table/rows.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "json/json.h"
#include "json/walk/walk.h"
#include "table/rows_tsv_inner.h"

struct rows {
    struct rows_options options;
    struct frame *frame;
    enum rows_form form;
    const struct path_set *paths;
    struct walk_plan *plan;   /* JSON */
    struct rows_tsv *columns; /* TSV */
    pthread_mutex_t lock;
    bool *found;              /* by path: some record had it */
};

struct reader {
    struct rows_reader row;
    const struct rows *rows;
    const struct batch *batch;
    struct result *result;
    struct walk *walk;              /* JSON */
    struct rows_tsv_reader *lines;  /* TSV */
    bool *found;
    size_t *missing;                /* numbers of the paths not found yet by this reader */
    size_t missing_count;
};

/* A first line that is one JSON scalar is JSON as well: bad data that should be called by its name. */
static bool is_json(const char *text, size_t len)
{
    size_t i = 0;
    while (i < len && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r' || text[i] == 0x1e))
        i++;
    if (i == len || text[i] == '{' || text[i] == '[')
        return true;
    const char *newline = memchr(text + i, '\n', len - i);
    size_t at;
    const char *message;
    return json_check(text + i, newline ? (size_t)(newline - text) - i : len - i, &at, &message);
}

struct rows *rows_open(char *const *files, size_t count, const struct rows_options *options)
{
    struct rows *rows = mem_zero(1, sizeof *rows);
    rows->options = *options;
    rows->form = options->form;
    pthread_mutex_init(&rows->lock, NULL);
    struct frame_options frame_options = {
        .framing = options->framing, .raw = options->raw, .elements = true, .single = options->single, .progress = true};
    rows->frame = frame_open(files, count, &frame_options);
    size_t len = 0;
    const char *text = frame_sniff(rows->frame, rows->form == ROWS_TSV, &len);
    if (rows->form == ROWS_AUTO && text && !is_json(text, len)) {
        text = frame_sniff(rows->frame, true, &len); /* a long header, or a long string cut in two */
        rows->form = is_json(text, len) ? ROWS_JSON : ROWS_TSV;
    }
    if (rows->form == ROWS_AUTO)
        rows->form = ROWS_JSON;
    if (rows->form == ROWS_TSV) {
        frame_lines(rows->frame);
        rows->columns = rows_tsv_new(text, text ? len : 0, options->header);
    }
    return rows;
}

enum rows_form rows_form(const struct rows *rows)
{
    return rows->form;
}

const struct span *rows_header(const struct rows *rows, size_t *count)
{
    *count = 0;
    return rows->columns ? rows_tsv_header(rows->columns, count) : NULL;
}

const struct batch *rows_peek(struct rows *rows)
{
    return frame_peek(rows->frame);
}

void rows_bind(struct rows *rows, const struct path_set *paths)
{
    rows->paths = paths;
    rows->found = mem_zero(paths->count, sizeof *rows->found);
    if (rows->form == ROWS_TSV)
        rows_tsv_bind(rows->columns, paths);
    else
        rows->plan = walk_plan_new(paths);
}

void rows_watch(struct rows *rows, const struct path *path, bool all)
{
    if (rows->form == ROWS_JSON)
        walk_plan_watch(rows->plan, path, all);
    else if (!path)
        rows_tsv_watch(rows->columns);
}

struct source *rows_source(struct rows *rows)
{
    return frame_source(rows->frame);
}

void rows_warn_absent(const struct rows *rows, const struct path_set *paths, uint64_t records)
{
    if (rows->form != ROWS_JSON || records == 0)
        return;
    for (size_t i = 0; i < paths->count; i++)
        if (!rows->found[i] && paths->paths[i]->count > 0) /* without steps it is the record itself: all were bad */
            warn("no record has the path %s", paths->paths[i]->text);
}

void rows_close(struct rows *rows)
{
    frame_close(rows->frame);
    walk_plan_free(rows->plan);
    rows_tsv_free(rows->columns);
    pthread_mutex_destroy(&rows->lock);
    free(rows->found);
    free(rows);
}

struct rows_reader *rows_reader_new(struct rows *rows)
{
    struct reader *reader = mem_zero(1, sizeof *reader);
    reader->rows = rows;
    if (rows->form == ROWS_TSV) {
        reader->lines = rows_tsv_reader_new(rows->columns);
        return &reader->row;
    }
    reader->walk = walk_new(rows->plan, WALK_OBJECTS);
    reader->found = mem_zero(rows->paths->count, sizeof *reader->found);
    reader->missing = mem_zero(rows->paths->count, sizeof *reader->missing);
    for (size_t i = 0; i < rows->paths->count; i++)
        reader->missing[reader->missing_count++] = i;
    return &reader->row;
}

void rows_start(struct rows_reader *row, const struct batch *batch, struct result *result)
{
    struct reader *reader = (struct reader *)row;
    reader->batch = batch;
    reader->result = result;
    if (reader->lines)
        rows_tsv_start(reader->lines, batch, result);
    else
        walk_start(reader->walk, batch->text, batch->len, batch_by(batch));
}

/* Crosses the paths that this record has off the list; soon it is empty. */
static void note_found(struct reader *reader)
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

static bool next_record(struct reader *reader)
{
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
    reader->row.slots = walk->slots;
    reader->row.record = walk->record;
    reader->row.index = walk->index;
    reader->row.at = (size_t)(walk->record.text - reader->batch->text);
    reader->row.stranger = walk->stranger;
    reader->row.stranger_watch = walk->stranger_slot_path;
    reader->row.spaced = walk->spaced;
    return true;
}

bool rows_next(struct rows_reader *row)
{
    struct reader *reader = (struct reader *)row;
    return reader->lines ? rows_tsv_next(reader->lines, row) : next_record(reader);
}

void rows_reader_free(struct rows *rows, struct rows_reader *row)
{
    struct reader *reader = (struct reader *)row;
    if (reader->found) {
        pthread_mutex_lock(&rows->lock);
        for (size_t i = 0; i < rows->paths->count; i++)
            rows->found[i] |= reader->found[i];
        pthread_mutex_unlock(&rows->lock);
    }
    rows_tsv_reader_free(reader->lines);
    walk_free(reader->walk);
    free(reader->found);
    free(reader->missing);
    free(reader);
}

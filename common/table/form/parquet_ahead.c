#include "table/form/parquet_ahead_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/spill.h"

enum {
    READ_WINDOW = 1 << 20,
    ROWS_FIRST = 2000,     /* rows that say what the columns may be: before these are there nothing is written */
    ROWS_AGAIN = 100000,   /* a column that changes behind so many is not followed; */
    STARTS_MAX = 4,        /* nor are more changes */
    EARLY_MAX = 64,        /* bytes that need no file */
};

struct parquet_ahead {
    struct parquet_field *fields;
    struct written_seen *seen;
    size_t count;
    int descriptor;
    struct output *pieces;
    uint64_t rows;
    unsigned starts;
    bool given_up;
    struct parquet_layout *layout; /* of the fields; NULL: nothing has been written */
    struct parquet_writer *writer;
    struct parquet_batch *batch;
    struct buffer early;           /* the file's first bytes; those behind them, row groups that are whole, */
    struct spill *held;            /* in a file; NULL: none */
    struct output *out;            /* where they go in the end, when it has come */
};

/* Before the columns. */
struct piece_head {
    uint64_t rows;
};

void parquet_ahead_piece(const struct written_column *columns, size_t count, struct parquet_block *block,
                       struct buffer *into)
{
    struct piece_head head = {.rows = parquet_block_rows(block)};
    buffer_add(into, &head, sizeof head);
    for (size_t i = 0; i < count; i++)
        buffer_add(into, &columns[i].seen, sizeof columns[i].seen);
    parquet_block_put(block, into);
}

static size_t head_size(size_t columns)
{
    return sizeof(struct piece_head) + columns * sizeof(struct written_seen);
}

static void write_block(struct parquet_writer *writer, struct parquet_batch *batch, const char *head, const char *rest)
{
    parquet_batch_block(batch, head, rest);
    parquet_write(writer, batch);
    parquet_batch_clear(batch);
}

void parquet_ahead_write(int descriptor, size_t columns, const struct parquet_layout *layout,
                          struct parquet_writer *writer)
{
    struct parquet_batch *batch = parquet_batch_new(layout);
    struct spill *spill = spill_of(descriptor);
    struct spill_reader reader = {0};
    spill_reader_start(&reader, spill, 0, spill_end(spill), READ_WINDOW);
    while (!spill_at_end(&reader)) {
        char head[PARQUET_BLOCK_HEAD];
        spill_read(&reader, head_size(columns));
        memcpy(head, spill_read(&reader, sizeof head), sizeof head);
        write_block(writer, batch, head, spill_read(&reader, parquet_block_len(head) - sizeof head));
    }
    spill_reader_free(&reader);
    spill_free(spill);
    parquet_batch_free(batch);
}

struct parquet_writer *parquet_ahead_writer(const struct parquet_layout *layout,
                                            void (*write)(void *context, const void *bytes, size_t len), void *context)
{
    const char *library;
    struct parquet_write_options options = {.codec = PARQUET_CODEC_GZIP, .write = write, .context = context};
    if (parquet_codec_ready(PARQUET_CODEC_SNAPPY, &library))
        options.codec = PARQUET_CODEC_SNAPPY;
    return parquet_writer_new(layout, &options);
}

struct parquet_ahead *parquet_ahead_new(const struct parquet_field *names, size_t count, int descriptor,
                                        struct output *pieces)
{
    struct parquet_ahead *ahead = mem_zero(1, sizeof *ahead);
    ahead->fields = mem_zero(count + 1, sizeof *ahead->fields);
    memcpy(ahead->fields, names, count * sizeof *names);
    ahead->seen = mem_zero(count + 1, sizeof *ahead->seen);
    ahead->count = count;
    ahead->descriptor = descriptor;
    ahead->pieces = pieces;
    return ahead;
}

/* Forgets what was written. */
static void stop(struct parquet_ahead *ahead)
{
    if (ahead->layout) {
        parquet_writer_free(ahead->writer);
        parquet_batch_free(ahead->batch);
        parquet_layout_free(ahead->layout);
        ahead->layout = NULL;
    }
    spill_free(ahead->held);
    ahead->held = NULL;
    ahead->early.len = 0;
}

static void write_bytes(void *context, const void *bytes, size_t len)
{
    struct parquet_ahead *ahead = context;
    if (!ahead->out && !ahead->held && ahead->early.len + len <= EARLY_MAX) {
        buffer_add(&ahead->early, bytes, len);
        return;
    }
    if (ahead->out) {
        output_write(ahead->out, bytes, len);
        return;
    }
    if (!ahead->held)
        ahead->held = spill_new();
    spill_write(ahead->held, bytes, len);
}

/* What has been seen of the columns makes other fields of them: true. */
static bool is_changed(struct parquet_ahead *ahead)
{
    bool changed = false;
    for (size_t i = 0; i < ahead->count; i++) {
        struct parquet_field *field = &ahead->fields[i], before = *field;
        field->precision = field->scale = 0;
        ahead->given_up |= !written_seen_field(&ahead->seen[i], field);
        changed |= field->kind != before.kind || field->precision != before.precision || field->scale != before.scale;
    }
    return changed;
}

/* Begins with the rows that came before. */
static void begin(struct parquet_ahead *ahead)
{
    struct problem problem = {0};
    stop(ahead);
    ahead->layout = parquet_layout_new(ahead->fields, ahead->count, &problem);
    ahead->given_up |= !ahead->layout || ++ahead->starts > STARTS_MAX;
    if (ahead->given_up)
        return;
    ahead->writer = parquet_ahead_writer(ahead->layout, write_bytes, ahead);
    ahead->batch = parquet_batch_new(ahead->layout);
    output_flush(ahead->pieces);
    parquet_ahead_write(spill_copy(ahead->descriptor), ahead->count, ahead->layout, ahead->writer);
}

/* Adds what a piece says of its columns and rows; its block. */
static const char *see_piece(struct parquet_ahead *ahead, const char *piece)
{
    struct piece_head head;
    memcpy(&head, piece, sizeof head);
    ahead->rows += head.rows;
    for (size_t i = 0; i < ahead->count; i++) {
        struct written_seen seen;
        memcpy(&seen, piece + sizeof head + i * sizeof seen, sizeof seen);
        written_seen_merge(&ahead->seen[i], &seen);
    }
    return piece + head_size(ahead->count);
}

void parquet_ahead_take(struct parquet_ahead *ahead, const char *bytes, size_t len)
{
    uint64_t before = ahead->rows;
    if (ahead->given_up)
        return;
    for (const char *at = bytes, *block; at < bytes + len; at = block + parquet_block_len(block))
        block = see_piece(ahead, at);
    bool changed = is_changed(ahead);
    ahead->given_up |= ahead->layout && changed && before > ROWS_AGAIN;
    if (!ahead->given_up && (ahead->layout ? changed : ahead->rows >= ROWS_FIRST))
        begin(ahead);
    if (ahead->given_up)
        stop(ahead);
    for (const char *at = bytes, *block; ahead->layout && at < bytes + len; at = block + parquet_block_len(block)) {
        block = at + head_size(ahead->count);
        write_block(ahead->writer, ahead->batch, block, block + PARQUET_BLOCK_HEAD);
    }
}

/* Whether the file is written as these. */
static bool is_of(const struct parquet_ahead *ahead, const struct parquet_field *fields)
{
    for (size_t i = 0; i < ahead->count; i++)
        if (fields[i].child_count > 0 || fields[i].kind != ahead->fields[i].kind ||
            fields[i].precision != ahead->fields[i].precision || fields[i].scale != ahead->fields[i].scale)
            return false;
    return ahead->layout != NULL;
}

/* Brings out what was held back. */
static void let_go(struct parquet_ahead *ahead, struct output *out)
{
    output_write(out, ahead->early.data, ahead->early.len);
    if (ahead->held)
        spill_pour(ahead->held, out);
}

bool parquet_ahead_finish(struct parquet_ahead *ahead, const struct parquet_field *fields, struct output *out)
{
    bool good = is_of(ahead, fields);
    if (good) {
        let_go(ahead, out);
        ahead->out = out;
        parquet_writer_finish(ahead->writer);
        ahead->writer = NULL;
    }
    parquet_ahead_free(ahead);
    return good;
}

void parquet_ahead_free(struct parquet_ahead *ahead)
{
    stop(ahead);
    buffer_free(&ahead->early);
    free(ahead->fields);
    free(ahead->seen);
    free(ahead);
}

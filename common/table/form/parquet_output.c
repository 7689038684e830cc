/* Parquet: one file. What a column is written as is known when all rows have been seen: until then they lie in a
 * temporary file, in blocks, apart by columns. Each thread makes blocks of its rows; they become pages one after the
 * other. */
#include "table/form/output_form.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spill.h"
#include "parquet/batch.h"
#include "parquet/block.h"
#include "parquet/writer.h"
#include "table/form/written_column_inner.h"

enum { READ_WINDOW = 1 << 20 };

/* Rows of one thread. */
struct parquet_rows {
    struct parquet_output *form;
    struct written_column *columns; /* all it has seen */
    struct parquet_block *block;
};

struct parquet_output {
    const struct select *select;
    struct parquet_rows rows; /* those that are taken one by one, and in the end what all have seen */
    int descriptor;           /* of the temporary file */
    struct output *blocks;    /* into it */
    struct buffer bytes;
};

static void rows_start(struct parquet_rows *rows, struct parquet_output *form)
{
    rows->form = form;
    rows->columns = mem_zero(form->select->count + 1, sizeof *rows->columns);
    rows->block = parquet_block_new(form->select->count);
}

static void rows_end(struct parquet_rows *rows)
{
    for (size_t i = 0; i < rows->form->select->count; i++)
        written_column_free(&rows->columns[i]);
    free(rows->columns);
    parquet_block_free(rows->block);
}

static void add_value(struct parquet_rows *rows, size_t column, const struct value *value)
{
    if (value->type != VALUE_NULL)
        written_column_see(&rows->columns[column], value);
    parquet_block_add(rows->block, column, value);
}

static void *start(const struct select *select, const struct output_form_options *options)
{
    (void)options;
    struct parquet_output *form = mem_zero(1, sizeof *form);
    form->select = select;
    form->descriptor = spill_open();
    int other = fcntl(form->descriptor, F_DUPFD_CLOEXEC, 0);
    if (other < 0)
        spill_lost();
    form->blocks = output_start(other, "temporary file");
    rows_start(&form->rows, form);
    return form;
}

static void take(void *context, const struct value *values)
{
    struct parquet_output *form = context;
    for (size_t i = 0; i < form->select->count; i++)
        add_value(&form->rows, i, &values[i]);
    parquet_block_row(form->rows.block);
    if (!parquet_block_full(form->rows.block))
        return;
    form->bytes.len = 0;
    parquet_block_put(form->rows.block, &form->bytes);
    output_write(form->blocks, form->bytes.data, form->bytes.len);
}

static void *rows_new(void *context)
{
    struct parquet_rows *rows = mem_zero(1, sizeof *rows);
    rows_start(rows, context);
    return rows;
}

/* Most numbers: whole, of a few digits, without a sign. */
static bool short_number(struct span span, int64_t *number)
{
    enum { DIGITS = 18 };
    *number = 0;
    for (size_t i = 0; i < span.len; i++) {
        if (span.text[i] < '0' || span.text[i] > '9')
            return false;
        *number = 10 * *number + (span.text[i] - '0');
    }
    return span.len <= DIGITS;
}

static void add_span(struct parquet_rows *rows, size_t column, struct span span, struct arena *arena)
{
    int64_t number;
    if (span.type == SPAN_NUMBER && short_number(span, &number)) {
        written_column_see_long(&rows->columns[column]);
        parquet_block_add_long(rows->block, column, number);
        return;
    }
    struct value value = value_from_span(span, arena);
    add_value(rows, column, &value);
}

static void add(void *context, const struct output_row *row, struct arena *arena)
{
    struct parquet_rows *rows = context;
    const struct select *select = rows->form->select;
    for (size_t i = 0; i < select->count; i++)
        if (select->items[i].path)
            add_span(rows, i, row->slots[select->items[i].slot], arena);
        else
            add_value(rows, i, &row->items[i]);
    parquet_block_row(rows->block);
}

static void put(void *context, bool all, struct buffer *into)
{
    struct parquet_rows *rows = context;
    if (all ? !parquet_block_empty(rows->block) : parquet_block_full(rows->block))
        parquet_block_put(rows->block, into);
}

static void rows_free(void *context)
{
    struct parquet_rows *rows = context, *whole = &rows->form->rows;
    for (size_t i = 0; i < rows->form->select->count; i++)
        written_column_merge(&whole->columns[i], &rows->columns[i]);
    rows_end(rows);
    free(rows);
}

static struct output *blocks(void *context)
{
    struct parquet_output *form = context;
    return form->blocks;
}

/* What the columns are written as. Nesting that is too deep is left as text. */
static struct parquet_layout *make_layout(const struct parquet_output *form)
{
    struct arena arena = {0};
    struct parquet_layout *layout = NULL;
    size_t count = form->select->count;
    for (int nested = 1; nested >= 0 && !layout; nested--) {
        struct problem problem = {0};
        struct parquet_field *fields = arena_alloc(&arena, count * sizeof *fields + 1);
        for (size_t i = 0; i < count; i++) {
            fields[i] = (struct parquet_field){0};
            written_column_field(&form->rows.columns[i], nested, &arena, &fields[i]);
            fields[i].name = form->select->items[i].name;
            fields[i].name_len = form->select->items[i].name_len;
        }
        layout = parquet_layout_new(fields, count, &problem);
    }
    arena_free(&arena);
    return layout;
}

static void write_bytes(void *context, const void *bytes, size_t len)
{
    output_write(context, bytes, len);
}

/* Hands the blocks of the file to the writer. */
static void write_blocks(struct parquet_output *form, const struct parquet_layout *layout,
                         struct parquet_writer *writer)
{
    struct parquet_batch *batch = parquet_batch_new(layout);
    struct spill *spill = spill_of(form->descriptor);
    struct spill_reader reader = {0};
    form->descriptor = -1;
    spill_reader_start(&reader, spill, 0, spill_end(spill), READ_WINDOW);
    while (!spill_at_end(&reader)) {
        char head[PARQUET_BLOCK_HEAD];
        memcpy(head, spill_read(&reader, sizeof head), sizeof head);
        parquet_batch_block(batch, head, spill_read(&reader, parquet_block_len(head) - sizeof head));
        parquet_write(writer, batch);
        parquet_batch_clear(batch);
    }
    spill_reader_free(&reader);
    spill_free(spill);
    parquet_batch_free(batch);
}

static void write_file(struct parquet_output *form, const struct parquet_layout *layout, struct output *out)
{
    const char *library;
    struct parquet_write_options options = {.codec = PARQUET_CODEC_GZIP, .write = write_bytes, .context = out};
    if (parquet_codec_ready(PARQUET_CODEC_SNAPPY, &library))
        options.codec = PARQUET_CODEC_SNAPPY;
    struct parquet_writer *writer = parquet_writer_new(layout, &options);
    write_blocks(form, layout, writer);
    parquet_writer_finish(writer);
}

static void finish(void *context, bool complete, struct output *out)
{
    struct parquet_output *form = context;
    struct parquet_layout *layout = complete && out ? make_layout(form) : NULL;
    if (layout && !parquet_block_empty(form->rows.block)) {
        form->bytes.len = 0;
        parquet_block_put(form->rows.block, &form->bytes);
        output_write(form->blocks, form->bytes.data, form->bytes.len);
    }
    output_close(form->blocks);
    if (layout)
        write_file(form, layout, out);
    parquet_layout_free(layout);
    rows_end(&form->rows);
    buffer_free(&form->bytes);
    if (form->descriptor >= 0)
        (void)close(form->descriptor);
    free(form);
}

static const struct output_apart apart = {
    .rows_new = rows_new, .add = add, .put = put, .rows_free = rows_free, .output = blocks};

const struct output_form output_form_parquet = {
    .name = "parquet", .start = start, .take = take, .apart = &apart, .finish = finish};

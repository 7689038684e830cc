/* Parquet: one file. What a column is written as is known when all rows have been seen: until then they lie in a
 * temporary file, in pieces, apart by columns. Each thread makes pieces of its rows. The file is written ahead, by the
 * types that the columns have had so far, and again if these turn out to be others. */
#include "table/form/output_form.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spill.h"
#include "table/form/parquet_ahead_inner.h"

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
    struct output *pieces;    /* into it */
    struct parquet_ahead *ahead;
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
    form->pieces = output_start(spill_copy(form->descriptor), "temporary file (TMPDIR says where)");
    rows_start(&form->rows, form);
    struct parquet_field *names = mem_zero(select->count + 1, sizeof *names);
    for (size_t i = 0; i < select->count; i++) {
        names[i].name = select->items[i].name;
        names[i].name_len = select->items[i].name_len;
    }
    form->ahead = parquet_ahead_new(names, select->count, form->descriptor, form->pieces);
    free(names);
    return form;
}

/* The rows that were taken one by one. */
static void put_taken(struct parquet_output *form)
{
    form->bytes.len = 0;
    parquet_ahead_piece(form->rows.columns, form->select->count, form->rows.block, &form->bytes);
    parquet_ahead_take(form->ahead, form->bytes.data, form->bytes.len);
    output_write(form->pieces, form->bytes.data, form->bytes.len);
}

static void take(void *context, const struct value *values)
{
    struct parquet_output *form = context;
    for (size_t i = 0; i < form->select->count; i++)
        add_value(&form->rows, i, &values[i]);
    parquet_block_row(form->rows.block);
    if (parquet_block_full(form->rows.block))
        put_taken(form);
}

static void *rows_new(void *context)
{
    struct parquet_rows *rows = mem_zero(1, sizeof *rows);
    rows_start(rows, context);
    return rows;
}

static void add_span(struct parquet_rows *rows, size_t column, struct span span, struct arena *arena)
{
    int64_t number;
    if (span.type == SPAN_NUMBER && value_plain_number(span.text, span.len, &number)) {
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
    if (all ? parquet_block_rows(rows->block) > 0 : parquet_block_full(rows->block))
        parquet_ahead_piece(rows->columns, rows->form->select->count, rows->block, into);
}

static void rows_free(void *context)
{
    struct parquet_rows *rows = context, *whole = &rows->form->rows;
    for (size_t i = 0; i < rows->form->select->count; i++)
        written_column_merge(&whole->columns[i], &rows->columns[i]);
    rows_end(rows);
    free(rows);
}

static struct output *pieces(void *context)
{
    struct parquet_output *form = context;
    return form->pieces;
}

/* Pieces on their way into the file. */
static void come(void *context, const char *bytes, size_t len)
{
    struct parquet_output *form = context;
    if (len > 0)
        parquet_ahead_take(form->ahead, bytes, len);
}

/* What the columns are written as, in the arena; without `nested` arrays and structs are text. */
static struct parquet_field *make_fields(const struct parquet_output *form, bool nested, struct arena *arena)
{
    size_t count = form->select->count;
    struct parquet_field *fields = arena_alloc(arena, count * sizeof *fields + 1);
    for (size_t i = 0; i < count; i++) {
        fields[i] = (struct parquet_field){0};
        written_column_field(&form->rows.columns[i], nested, arena, &fields[i]);
        fields[i].name = form->select->items[i].name;
        fields[i].name_len = form->select->items[i].name_len;
    }
    return fields;
}

static void write_bytes(void *context, const void *bytes, size_t len)
{
    output_write(context, bytes, len);
}

/* The file out of all pieces. Nesting that is too deep is left as text. */
static void write_file(struct parquet_output *form, struct output *out)
{
    struct arena arena = {0};
    struct problem problem = {0};
    size_t count = form->select->count;
    const struct parquet_field *fields = make_fields(form, true, &arena);
    bool is_there = parquet_ahead_finish(form->ahead, fields, out);
    form->ahead = NULL;
    struct parquet_layout *layout = is_there ? NULL : parquet_layout_new(fields, count, &problem);
    if (!is_there && !layout)
        layout = parquet_layout_new(make_fields(form, false, &arena), count, &problem);
    if (layout) {
        struct parquet_writer *writer = parquet_ahead_writer(layout, write_bytes, out);
        parquet_ahead_write(form->descriptor, count, layout, writer);
        form->descriptor = -1;
        parquet_writer_finish(writer);
        parquet_layout_free(layout);
    }
    arena_free(&arena);
}

static void finish(void *context, bool complete, struct output *out)
{
    struct parquet_output *form = context;
    if (parquet_block_rows(form->rows.block) > 0)
        put_taken(form);
    output_close(form->pieces);
    if (complete && out)
        write_file(form, out);
    if (form->ahead)
        parquet_ahead_free(form->ahead);
    rows_end(&form->rows);
    buffer_free(&form->bytes);
    if (form->descriptor >= 0)
        (void)close(form->descriptor);
    free(form);
}

static const struct output_apart apart = {
    .rows_new = rows_new, .add = add, .put = put, .rows_free = rows_free, .come = come, .output = pieces};

const struct output_form output_form_parquet = {
    .name = "parquet", .start = start, .take = take, .apart = &apart, .finish = finish};

/* Parquet: one file. What a column is written as is known when all rows have been seen: until then they lie in a
 * temporary file, as JSON, which every type comes back from. */
#include "table/form/output_form.h"

#include <stdlib.h>
#include <string.h>

#include "base/spill.h"
#include "json/json.h"
#include "parquet/batch.h"
#include "parquet/writer.h"
#include "table/schema_layout.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/value.h"

enum {
    ROWS_TOGETHER = 1000,   /* rows taken apart before they are written */
    LONG_DIGITS = 19,
    READ_WINDOW = 1 << 20,
    ROW_SLACK = 8,          /* bytes behind a row that may be read */
};

/* What a column's values have been. */
struct column {
    struct buffer head;      /* "name": */
    unsigned types;          /* a bit for each enum value_type */
    unsigned width;          /* of the widest LONG and DOUBLE, in bytes */
    unsigned whole, scale;   /* most digits of DECIMALs, in front of the point and behind it */
    bool whole_cells, number_cells; /* all CELLs are whole numbers as they are written canonically; or numbers */
    struct schema *schema;   /* of ARRAYs and STRUCTs */
};

struct parquet_output {
    const struct select *select;
    struct column *columns;
    struct spill *rows;
    struct buffer text;
};

static void *start(const struct select *select, const struct output_form_options *options)
{
    (void)options;
    struct parquet_output *form = mem_zero(1, sizeof *form);
    form->select = select;
    form->columns = mem_zero(select->count + 1, sizeof *form->columns);
    form->rows = spill_new();
    for (size_t i = 0; i < select->count; i++) {
        struct column *column = &form->columns[i];
        column->whole_cells = column->number_cells = true;
        json_encode(select->items[i].name, select->items[i].name_len, &column->head);
        buffer_add_char(&column->head, ':');
    }
    return form;
}

/* A cell is a number in Parquet only if no character of it is lost. */
static void see_cell(struct column *column, const struct value *value)
{
    struct value number;
    bool sign = value->len > 0 && value->text[0] == '-';
    bool zero = value->len > 1u + sign && value->text[sign] == '0' && value->text[1 + sign] != '.';
    bool is_number = value_parse_number(value->text, value->len, &number) && !zero;
    column->whole_cells &= is_number && number.type == VALUE_LONG && !(sign && number.integer == 0);
    column->number_cells &= is_number && number.type != VALUE_DECIMAL;
}

/* The least bytes that hold it, and no less than its type has. */
static unsigned long_width(const struct value *value)
{
    unsigned width = value->width ? value->width : 8;
    while (width < 8 && value->integer != value->integer << (64 - 8 * width) >> (64 - 8 * width))
        width *= 2;
    return width;
}

/* Years of four digits come back from their text. */
static bool comes_back(const struct value *value)
{
    int64_t days = value->type == VALUE_DATE ? value->integer : value->integer / MICROS_PER_DAY;
    return days > datetime_days(1, 1, 2) && days < datetime_days(9999, 12, 30);
}

static void see(struct column *column, const struct value *value)
{
    column->types |= 1u << value->type;
    unsigned width = value->type == VALUE_LONG ? long_width(value) : value->width ? value->width : 8;
    switch (value->type) {
    case VALUE_LONG:
    case VALUE_DOUBLE:
        if (width > column->width)
            column->width = width;
        return;
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        column->types |= comes_back(value) ? 0 : 1u << VALUE_STRING;
        return;
    case VALUE_DECIMAL:
        if (value->scale > column->scale)
            column->scale = value->scale;
        if ((unsigned)value->precision - value->scale > column->whole)
            column->whole = (unsigned)value->precision - value->scale;
        return;
    case VALUE_CELL:
        see_cell(column, value);
        return;
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        if (!column->schema)
            column->schema = schema_new();
        schema_add_value(column->schema, schema_root(column->schema),
                         (struct span){.text = value->text,
                                       .len = value->len,
                                       .type = value->type == VALUE_ARRAY ? SPAN_ARRAY : SPAN_OBJECT});
        return;
    default:
        return;
    }
}

/* Nulls are left out. A cell that is a number stands without quotes, so that it can become one. */
static void add_value(const struct column *column, const struct value *value, struct buffer *into)
{
    struct value number;
    if (into->len > 1)
        buffer_add_char(into, ',');
    buffer_add(into, column->head.data, column->head.len);
    if (value->type == VALUE_CELL && value_parse_number(value->text, value->len, &number))
        buffer_add(into, value->text, value->len);
    else
        value_write_json(value, into);
}

static void take(void *context, const struct value *values)
{
    struct parquet_output *form = context;
    struct buffer *text = &form->text;
    text->len = 0;
    buffer_add_char(text, '{');
    for (size_t i = 0; i < form->select->count; i++) {
        if (values[i].type == VALUE_NULL)
            continue;
        see(&form->columns[i], &values[i]);
        add_value(&form->columns[i], &values[i], text);
    }
    buffer_add_char(text, '}');
    uint64_t len = text->len;
    buffer_add(text, "\0\0\0\0\0\0\0", ROW_SLACK);
    spill_write(form->rows, &len, sizeof len);
    spill_write(form->rows, text->data, text->len);
}

static enum parquet_kind whole_kind(unsigned width)
{
    return width == 1   ? PARQUET_KIND_BYTE
           : width == 2 ? PARQUET_KIND_SHORT
           : width == 4 ? PARQUET_KIND_INT
                        : PARQUET_KIND_LONG;
}

/* Numbers of different types become one that holds them all, as Spark finds it; anything else together is text. */
static void set_kind(const struct column *column, struct parquet_field *field)
{
    unsigned types = column->types;
    const unsigned numbers = 1u << VALUE_LONG | 1u << VALUE_DOUBLE | 1u << VALUE_DECIMAL;
    field->kind = PARQUET_KIND_STRING;
    if (types == 1u << VALUE_BOOLEAN)
        field->kind = PARQUET_KIND_BOOLEAN;
    else if (types == 1u << VALUE_DATE)
        field->kind = PARQUET_KIND_DATE;
    else if (types == 1u << VALUE_TIMESTAMP)
        field->kind = PARQUET_KIND_TIMESTAMP;
    else if (types == 1u << VALUE_CELL && column->whole_cells)
        field->kind = PARQUET_KIND_LONG;
    else if (types == 1u << VALUE_CELL && column->number_cells)
        field->kind = PARQUET_KIND_DOUBLE;
    if (types == 0 || (types & ~numbers) != 0)
        return;
    unsigned whole = types & 1u << VALUE_LONG && column->whole < LONG_DIGITS ? LONG_DIGITS : column->whole;
    if (types == 1u << VALUE_LONG) {
        field->kind = whole_kind(column->width);
    } else if (types & 1u << VALUE_DOUBLE || whole + column->scale > DECIMAL_DIGITS_MAX) {
        field->kind = types == 1u << VALUE_DOUBLE && column->width == 4 ? PARQUET_KIND_FLOAT : PARQUET_KIND_DOUBLE;
    } else {
        field->kind = PARQUET_KIND_DECIMAL;
        field->scale = (unsigned char)column->scale;
        field->precision = (unsigned char)(whole + column->scale > 0 ? whole + column->scale : 1);
    }
}

static void set_field(const struct column *column, bool nested, struct arena *arena, struct parquet_field *field)
{
    unsigned types = column->types;
    if (column->schema)
        schema_sort(column->schema, schema_root(column->schema));
    if (nested && column->schema && (types == 1u << VALUE_ARRAY || types == 1u << VALUE_STRUCT) &&
        schema_stays(schema_root(column->schema)))
        schema_field(schema_root(column->schema), arena, field);
    else
        set_kind(column, field);
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
            set_field(&form->columns[i], nested, &arena, &fields[i]);
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

static void write_rows(struct parquet_output *form, const struct parquet_layout *layout, struct output *out)
{
    const char *library;
    struct parquet_write_options options = {.codec = PARQUET_CODEC_GZIP, .write = write_bytes, .context = out};
    if (parquet_codec_ready(PARQUET_CODEC_SNAPPY, &library))
        options.codec = PARQUET_CODEC_SNAPPY;
    struct parquet_writer *writer = parquet_writer_new(layout, &options);
    struct parquet_batch *batch = parquet_batch_new(layout);
    struct spill_reader reader = {0};
    spill_flush(form->rows);
    spill_reader_start(&reader, form->rows, 0, spill_end(form->rows), READ_WINDOW);
    while (!spill_at_end(&reader)) {
        struct parquet_misfit misfit; /* the layout was made for these rows: all fit */
        uint64_t len;
        memcpy(&len, spill_read(&reader, sizeof len), sizeof len);
        const char *text = spill_read(&reader, (size_t)len + ROW_SLACK);
        parquet_batch_add(batch, (struct span){.text = text, .len = (size_t)len, .type = SPAN_OBJECT}, &misfit);
        if (parquet_batch_rows(batch) == ROWS_TOGETHER) {
            parquet_write(writer, batch);
            parquet_batch_clear(batch);
        }
    }
    parquet_write(writer, batch);
    parquet_writer_finish(writer);
    parquet_batch_free(batch);
    spill_reader_free(&reader);
}

static void finish(void *context, bool complete, struct output *out)
{
    struct parquet_output *form = context;
    struct parquet_layout *layout = complete && out ? make_layout(form) : NULL;
    if (layout)
        write_rows(form, layout, out);
    parquet_layout_free(layout);
    for (size_t i = 0; i < form->select->count; i++) {
        buffer_free(&form->columns[i].head);
        schema_free(form->columns[i].schema);
    }
    free(form->columns);
    spill_free(form->rows);
    buffer_free(&form->text);
    free(form);
}

const struct output_form output_form_parquet = {.name = "parquet", .start = start, .take = take, .finish = finish};

#include "table/form/written_column_inner.h"

#include "table/schema_layout.h"
#include "value/decimal.h"

enum {
    LONG_DIGITS = 19,
    BINARY = 1 << 16, LOCAL = 1 << 17, /* in types: bytes, timestamps without a zone */
};

/* A cell is a number in Parquet only if no character of it is lost. */
static void see_cell(struct written_seen *column, const struct value *value)
{
    struct value number;
    bool sign = value->len > 0 && value->text[0] == '-';
    bool zero = value->len > 1u + sign && value->text[sign] == '0' && value->text[1 + sign] != '.';
    if (column->no_number_cell)
        return;
    bool is_number = value_parse_number(value->text, value->len, &number) && !zero;
    column->no_whole_cell |= !is_number || number.type != VALUE_LONG || (sign && number.integer == 0);
    column->no_number_cell |= !is_number || number.type == VALUE_DECIMAL;
}

/* The least bytes that hold it, and no less than its type has. */
static unsigned long_width(const struct value *value)
{
    unsigned width = value->width ? value->width : 8;
    while (width < 8 && value->integer >> (8 * width - 1) != value->integer >> 63)
        width *= 2;
    return width;
}

static void see_nested(struct written_column *column, const struct value *value)
{
    if (!column->schema)
        column->schema = schema_new();
    schema_add_typed(column->schema, schema_root(column->schema), value);
}

static void at_least(unsigned *most, unsigned number)
{
    if (number > *most)
        *most = number;
}

void written_column_see(struct written_column *column, const struct value *value)
{
    struct written_seen *seen = &column->seen;
    bool local = value->type == VALUE_TIMESTAMP && value->width == 1;
    seen->types |= value_is_binary(value) ? BINARY : local ? LOCAL : 1u << value->type;
    switch (value->type) {
    case VALUE_LONG:
        at_least(&seen->width, long_width(value));
        return;
    case VALUE_DOUBLE:
        at_least(&seen->width, value->width ? value->width : 8);
        return;
    case VALUE_DECIMAL:
        at_least(&seen->scale, value->scale);
        at_least(&seen->whole, (unsigned)value->precision - value->scale);
        return;
    case VALUE_CELL:
        see_cell(seen, value);
        return;
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        see_nested(column, value);
        return;
    default:
        return;
    }
}

void written_seen_merge(struct written_seen *seen, const struct written_seen *other)
{
    seen->types |= other->types;
    at_least(&seen->width, other->width);
    at_least(&seen->whole, other->whole);
    at_least(&seen->scale, other->scale);
    seen->no_whole_cell |= other->no_whole_cell;
    seen->no_number_cell |= other->no_number_cell;
}

void written_column_merge(struct written_column *column, const struct written_column *other)
{
    written_seen_merge(&column->seen, &other->seen);
    if (other->schema && !column->schema)
        column->schema = schema_new();
    if (other->schema)
        schema_merge(column->schema, other->schema);
}

static enum parquet_kind whole_kind(unsigned width)
{
    return width == 1   ? PARQUET_KIND_BYTE
           : width == 2 ? PARQUET_KIND_SHORT
           : width == 4 ? PARQUET_KIND_INT
                        : PARQUET_KIND_LONG;
}

/* Numbers of different types become one that holds them all, as Spark finds it; anything else together is text. */
static void set_kind(const struct written_seen *seen, struct parquet_field *field)
{
    unsigned types = seen->types;
    const unsigned numbers = 1u << VALUE_LONG | 1u << VALUE_DOUBLE | 1u << VALUE_DECIMAL;
    field->kind = PARQUET_KIND_STRING;
    if (types == 1u << VALUE_BOOLEAN)
        field->kind = PARQUET_KIND_BOOLEAN;
    else if (types == BINARY)
        field->kind = PARQUET_KIND_BINARY;
    else if (types == 1u << VALUE_DATE)
        field->kind = PARQUET_KIND_DATE;
    else if (types == 1u << VALUE_TIMESTAMP)
        field->kind = PARQUET_KIND_TIMESTAMP;
    else if (types == LOCAL)
        field->kind = PARQUET_KIND_TIMESTAMP_NTZ;
    else if (types == 1u << VALUE_CELL && !seen->no_whole_cell)
        field->kind = PARQUET_KIND_LONG;
    else if (types == 1u << VALUE_CELL && !seen->no_number_cell)
        field->kind = PARQUET_KIND_DOUBLE;
    if (types == 0 || (types & ~numbers) != 0)
        return;
    unsigned whole = types & 1u << VALUE_LONG && seen->whole < LONG_DIGITS ? LONG_DIGITS : seen->whole;
    if (types == 1u << VALUE_LONG) {
        field->kind = whole_kind(seen->width);
    } else if (types & 1u << VALUE_DOUBLE || whole + seen->scale > DECIMAL_DIGITS_MAX) {
        field->kind = types == 1u << VALUE_DOUBLE && seen->width == 4 ? PARQUET_KIND_FLOAT : PARQUET_KIND_DOUBLE;
    } else {
        field->kind = PARQUET_KIND_DECIMAL;
        field->scale = (unsigned char)seen->scale;
        field->precision = (unsigned char)(whole + seen->scale > 0 ? whole + seen->scale : 1);
    }
}

void written_column_field(const struct written_column *column, bool nested, struct arena *arena,
                          struct parquet_field *field)
{
    unsigned types = column->seen.types;
    if (column->schema)
        schema_sort(column->schema, schema_root(column->schema));
    if (nested && column->schema && (types == 1u << VALUE_ARRAY || types == 1u << VALUE_STRUCT) &&
        schema_stays(schema_root(column->schema)))
        schema_field(schema_root(column->schema), arena, field);
    else
        set_kind(&column->seen, field);
}

bool written_seen_field(const struct written_seen *seen, struct parquet_field *field)
{
    set_kind(seen, field);
    return (seen->types & (1u << VALUE_ARRAY | 1u << VALUE_STRUCT)) == 0;
}

void written_column_free(struct written_column *column)
{
    schema_free(column->schema);
    column->schema = NULL;
}

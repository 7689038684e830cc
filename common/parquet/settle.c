/* Blocks become batches: values settle for what their column is written as. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "parquet/batch_inner.h"
#include "parquet/block_inner.h"
#include "parquet/cast_inner.h"
#include "value/datetime.h"
#include "value/pack.h"

/* A column of a block, and where in it is what comes next. */
struct reading {
    struct parquet_block_column head;
    const unsigned char *there; /* NULL: all are */
    const char *items, *bytes;
    struct unpack packed;
};

const char *parquet_block_number(struct value *value, int64_t number, const char *text)
{
    if (value->type == VALUE_BOOLEAN) {
        value->boolean = number != 0;
    } else if (value->type == VALUE_DOUBLE) {
        memcpy(&value->real, &number, sizeof value->real);
        value->len = (unsigned char)*text;
        value->as_written = value->len > 0;
        value->text = text + 1;
        return text + 1 + value->len;
    } else {
        value->integer = number;
    }
    return text;
}

static int64_t narrow_number(const char *at, size_t narrow)
{
    uint64_t number = 0;
    for (size_t i = 0; i < narrow; i++)
        number |= (uint64_t)(unsigned char)at[i] << 8 * i;
    unsigned spare = 64 - 8 * (unsigned)narrow;
    return (int64_t)(number << spare) >> spare;
}

/* The value that comes next of those that are there. */
static struct value next_value(struct reading *from)
{
    struct value value = {.type = from->head.type, .width = from->head.width};
    if (from->head.form == BLOCK_PACKED)
        return unpack_value(&from->packed);
    if (from->head.form == BLOCK_NUMBERS) {
        from->bytes = parquet_block_number(&value, narrow_number(from->items, from->head.narrow), from->bytes);
        from->items += from->head.narrow;
        return value;
    }
    struct parquet_block_text text;
    memcpy(&text, from->items, sizeof text);
    value.text = from->bytes;
    value.len = (size_t)text.len;
    from->items += sizeof text;
    from->bytes += text.len;
    return value;
}

/* The entries of a column that is one leaf. */
static void add_entries(struct parquet_shred *column, const struct parquet_target *member, size_t rows,
                        const unsigned char *there)
{
    unsigned char *definitions = column->definitions + column->entries;
    for (size_t i = 0; i < rows; i++)
        definitions[i] = (unsigned char)(member->definition - (there && !there[i]));
    memset(column->repetitions + column->entries, 0, rows);
    column->entries += rows;
}

/* Numbers that are what the member keeps, as they stand. */
static bool is_kept(const struct parquet_block_column *head, enum parquet_kind kind)
{
    switch ((enum value_type)head->type) {
    case VALUE_BOOLEAN:
        return kind == PARQUET_KIND_BOOLEAN;
    case VALUE_LONG:
        return kind >= PARQUET_KIND_BYTE && kind <= PARQUET_KIND_LONG;
    case VALUE_DOUBLE:
        return kind == (head->width == 4 ? PARQUET_KIND_FLOAT : PARQUET_KIND_DOUBLE);
    case VALUE_DATE:
        return kind == PARQUET_KIND_DATE;
    case VALUE_TIMESTAMP:
        return kind == PARQUET_KIND_TIMESTAMP;
    default:
        return false;
    }
}

static void settle_numbers(const struct reading *from, struct parquet_shred *column)
{
    int64_t *numbers = column->numbers + column->values;
    size_t count = (size_t)from->head.count;
    switch (from->head.narrow) { /* each a loop of its own */
    case 1:
        for (size_t i = 0; i < count; i++)
            numbers[i] = narrow_number(from->items + i, 1);
        break;
    case 2:
        for (size_t i = 0; i < count; i++)
            numbers[i] = narrow_number(from->items + 2 * i, 2);
        break;
    case 4:
        for (size_t i = 0; i < count; i++)
            numbers[i] = narrow_number(from->items + 4 * i, 4);
        break;
    default:
        for (size_t i = 0; i < count; i++)
            numbers[i] = narrow_number(from->items + 8 * i, 8);
        break;
    }
    column->values += count;
}

/* Texts that the member keeps: strings and cells as strings, bytes as bytes. */
static bool is_kept_text(const struct parquet_block_column *head, enum parquet_kind kind)
{
    bool binary = head->type == VALUE_STRING && head->width == 1;
    return kind == (binary ? PARQUET_KIND_BINARY : PARQUET_KIND_STRING);
}

static void settle_texts(const struct reading *from, struct parquet_shred *column)
{
    size_t count = (size_t)from->head.count, at = column->strings.bytes.len;
    int64_t *numbers = column->numbers + column->values;
    parquet_strings_reserve(&column->strings, count);
    buffer_reserve(&column->strings.bytes, (size_t)from->head.bytes + 1); /* somewhere, if all are empty */
    struct parquet_string *items = column->strings.items + column->strings.count;
    for (size_t i = 0; i < count; i++) {
        struct parquet_block_text text;
        memcpy(&text, from->items + i * sizeof text, sizeof text);
        items[i] = (struct parquet_string){.hash = text.hash, .at = at, .len = (size_t)text.len};
        numbers[i] = (int64_t)(column->strings.count + i);
        at += items[i].len;
    }
    buffer_add(&column->strings.bytes, from->bytes, (size_t)from->head.bytes);
    column->strings.count += count;
    column->values += count;
}

/* Cells of which the layout says that they are numbers. */
static bool is_number_cell(const struct parquet_block_column *head, enum parquet_kind kind)
{
    return head->type == VALUE_CELL && (kind == PARQUET_KIND_LONG || kind == PARQUET_KIND_DOUBLE);
}

static void settle_cells(struct parquet_batch *batch, const struct parquet_target *member, struct reading *from,
                         struct parquet_shred *column)
{
    struct parquet_cast cast = {.text = &batch->text};
    for (size_t i = 0; i < from->head.count; i++) {
        struct value value = next_value(from);
        struct span span = {.text = value.text, .len = value.len, .type = SPAN_NUMBER};
        column->numbers[column->values++] = parquet_cast_span(member, span, &cast) ? cast.number : 0;
    }
}

/* A number that the member keeps as it is, where numbers of several types become one; a local time. */
static bool keep_number(const struct value *value, enum parquet_kind kind, int64_t *number)
{
    double real = value->type == VALUE_LONG ? (double)value->integer : value->real;
    bool whole = kind >= PARQUET_KIND_BYTE && kind <= PARQUET_KIND_LONG;
    bool minus_zero = value->type == VALUE_LONG && value->as_written && value->integer == 0 && value->len > 1;
    if (value->type == VALUE_LONG && whole)
        *number = value->integer;
    else if (value->type == VALUE_TIMESTAMP && value->width == 1 && kind == PARQUET_KIND_TIMESTAMP_NTZ)
        *number = datetime_clock(value->integer);
    else if (kind == PARQUET_KIND_DOUBLE && !minus_zero &&
             (value->type == VALUE_LONG || (value->type == VALUE_DOUBLE && value->width != 4)))
        memcpy(number, &real, sizeof *number);
    else
        return false;
    return true;
}

/* What stands in JSON for it: numbers of cells without quotes, so that they can become numbers. */
static void write_value(const struct value *value, struct buffer *into)
{
    struct value number;
    into->len = 0;
    if (value->type == VALUE_CELL && value_parse_number(value->text, value->len, &number))
        buffer_add(into, value->text, value->len);
    else
        value_write_json(value, into);
}

/* Value by value, through JSON, which every type comes back from. */
static void settle_any(struct parquet_batch *batch, const struct parquet_target *member, struct reading *from,
                       size_t rows)
{
    enum { SLACK = 8 };
    struct parquet_shred *column = &batch->columns[member->column];
    for (size_t i = 0; i < rows; i++) {
        struct value value = from->there && !from->there[i] ? value_null() : next_value(from);
        int64_t number;
        if (keep_number(&value, member->kind, &number)) {
            parquet_shred_reserve(column, 1, 1);
            add_entries(column, member, 1, NULL);
            column->numbers[column->values++] = number;
            continue;
        }
        write_value(&value, &batch->made);
        size_t len = batch->made.len;
        buffer_add(&batch->made, "\0\0\0\0\0\0\0", SLACK);
        if (!parquet_batch_take(batch, member, batch->made.data, len))
            parquet_batch_take(batch, member, "null\0\0\0\0\0\0\0", 4);
    }
}

static void settle(struct parquet_batch *batch, const struct parquet_target *member, struct reading *from, size_t rows)
{
    struct parquet_shred *column = &batch->columns[member->column];
    bool scalar = member->kind < PARQUET_KIND_STRUCT;
    bool nothing = from->head.form == BLOCK_NOTHING;
    bool numbers = from->head.form == BLOCK_NUMBERS && is_kept(&from->head, member->kind);
    bool texts = from->head.form == BLOCK_TEXTS && is_kept_text(&from->head, member->kind);
    bool cells = from->head.form == BLOCK_TEXTS && is_number_cell(&from->head, member->kind);
    if (!numbers && !texts && !cells && !(nothing && scalar)) {
        settle_any(batch, member, from, rows);
        return;
    }
    parquet_shred_reserve(column, rows, (size_t)from->head.count);
    add_entries(column, member, rows, from->there);
    if (numbers)
        settle_numbers(from, column);
    if (texts)
        settle_texts(from, column);
    if (cells)
        settle_cells(batch, member, from, column);
}

void parquet_batch_block(struct parquet_batch *batch, const char *head, const char *at)
{
    const struct parquet_target *root = &batch->layout->root;
    struct parquet_block_head read;
    memcpy(&read, head, sizeof read);
    size_t rows = (size_t)read.rows;
    for (size_t i = 0; i < rows; i++) {
        uint32_t weight;
        memcpy(&weight, at + i * sizeof weight, sizeof weight);
        parquet_batch_weigh(batch, weight);
    }
    at += rows * sizeof(uint32_t);
    for (size_t i = 0; i < root->child_count; i++) {
        struct reading from = {.there = NULL};
        memcpy(&from.head, at, sizeof from.head);
        at += sizeof from.head;
        if (from.head.nulls) {
            from.there = (const unsigned char *)at;
            at += rows;
        }
        from.items = at;
        if (from.head.form == BLOCK_NUMBERS)
            at += from.head.count * from.head.narrow;
        else if (from.head.form == BLOCK_TEXTS)
            at += from.head.count * sizeof(struct parquet_block_text);
        from.bytes = at;
        at += from.head.bytes;
        from.packed = (struct unpack){.at = from.bytes, .end = at};
        settle(batch, &root->children[i], &from, rows);
    }
}

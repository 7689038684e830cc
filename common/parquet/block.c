#include "parquet/block.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/unicode.h"
#include "parquet/block_inner.h"
#include "value/pack.h"

struct column {
    struct parquet_block_column head;
    struct buffer there; /* a byte for each row, once there was a null */
    struct buffer items; /* int64_t or struct parquet_block_text */
    struct buffer bytes;
};

struct parquet_block {
    struct column *columns;
    size_t column_count, rows, weight, size;
    struct buffer weights;
    struct buffer clean;
};

struct parquet_block *parquet_block_new(size_t columns)
{
    struct parquet_block *block = mem_zero(1, sizeof *block);
    block->columns = mem_zero(columns + 1, sizeof *block->columns);
    block->column_count = columns;
    return block;
}

void parquet_block_free(struct parquet_block *block)
{
    if (!block)
        return;
    for (size_t i = 0; i < block->column_count; i++) {
        buffer_free(&block->columns[i].there);
        buffer_free(&block->columns[i].items);
        buffer_free(&block->columns[i].bytes);
    }
    free(block->columns);
    buffer_free(&block->weights);
    buffer_free(&block->clean);
    free(block);
}

/* The form in which the value loses nothing. */
static enum parquet_block_form form_of(const struct value *value)
{
    switch (value->type) {
    case VALUE_LONG: /* -0 is 0 with a text of its own */
        return value->as_written && value->integer == 0 && value->len > 1 ? BLOCK_PACKED : BLOCK_NUMBERS;
    case VALUE_BOOLEAN:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        return BLOCK_NUMBERS;
    case VALUE_DOUBLE:
        return value->as_written && value->len > BLOCK_NUMBER_TEXT_MAX ? BLOCK_PACKED : BLOCK_NUMBERS;
    case VALUE_STRING:
    case VALUE_CELL:
        return BLOCK_TEXTS;
    default:
        return BLOCK_PACKED;
    }
}

/* What values must share to stand together as numbers or texts. */
static unsigned char width_of(const struct value *value)
{
    return value->width == 8 ? 0 : value->width;
}

static void add_number(struct column *column, const struct value *value)
{
    int64_t number = value->type == VALUE_BOOLEAN ? value->boolean : value->integer;
    if (value->type == VALUE_DOUBLE) {
        memcpy(&number, &value->real, sizeof number);
        size_t len = value->as_written ? value->len : 0;
        buffer_add_char(&column->bytes, (char)len);
        buffer_add(&column->bytes, value->text, len);
    }
    buffer_add(&column->items, &number, sizeof number);
}

static bool is_ascii(const char *text, size_t len)
{
    uint64_t all = 0, word = 0;
    for (; len >= sizeof word; text += sizeof word, len -= sizeof word) {
        memcpy(&word, text, sizeof word);
        all |= word;
    }
    word = 0;
    memcpy(&word, text, len);
    return ((all | word) & UINT64_C(0x8080808080808080)) == 0;
}

/* The text, or a copy of it where what is not UTF-8 is replaced. */
static struct value clean_text(struct parquet_block *block, const struct value *value)
{
    if (value_is_binary(value) || is_ascii(value->text, value->len))
        return *value;
    struct value clean = *value;
    block->clean.len = 0;
    for (size_t i = 0; i < value->len;) {
        size_t len = unicode_valid(value->text + i, value->len - i);
        if (len > 0)
            buffer_add(&block->clean, value->text + i, len);
        else
            buffer_add_text(&block->clean, UNICODE_UNKNOWN);
        i += len > 0 ? len : 1;
    }
    clean.text = block->clean.data;
    clean.len = block->clean.len;
    return clean;
}

static void add_text(struct column *column, const struct value *value)
{
    struct parquet_block_text text = {.hash = hash_bytes(value->text, value->len), .len = value->len};
    buffer_add(&column->items, &text, sizeof text);
    buffer_add(&column->bytes, value->text, value->len);
}

/* The values so far, of one type, are packed as those to come. */
static void pack_column(struct column *column)
{
    struct buffer items = column->items, bytes = column->bytes;
    const char *text = bytes.data;
    column->items = column->bytes = (struct buffer){0};
    for (size_t i = 0; i < column->head.count; i++) {
        struct value value = {.type = column->head.type, .width = column->head.width};
        if (column->head.form == BLOCK_TEXTS) {
            struct parquet_block_text item;
            memcpy(&item, items.data + i * sizeof item, sizeof item);
            value.text = text;
            value.len = (size_t)item.len;
            text += item.len;
        } else {
            int64_t number;
            memcpy(&number, items.data + i * sizeof number, sizeof number);
            text = parquet_block_number(&value, number, text);
        }
        pack_value(&column->bytes, &value);
    }
    column->head.form = BLOCK_PACKED;
    buffer_free(&items);
    buffer_free(&bytes);
}

static void add_null(struct parquet_block *block, struct column *column)
{
    if (!column->head.nulls) {
        buffer_reserve(&column->there, block->rows + 1);
        memset(column->there.data, 1, block->rows);
        column->there.len = block->rows;
        column->head.nulls = true;
    }
    buffer_add_char(&column->there, 0);
}

void parquet_block_add(struct parquet_block *block, size_t at, const struct value *value)
{
    struct column *column = &block->columns[at];
    struct parquet_block_column *head = &column->head;
    block->weight += sizeof(int64_t);
    if (value->type == VALUE_NULL) {
        add_null(block, column);
        return;
    }
    enum parquet_block_form form = form_of(value);
    if (head->form == BLOCK_NOTHING) {
        head->form = (unsigned char)form;
        head->type = (unsigned char)value->type;
        head->width = width_of(value);
    } else if (head->form != BLOCK_PACKED &&
               (form == BLOCK_PACKED || head->type != value->type || head->width != width_of(value))) {
        pack_column(column);
    }
    if (head->form == BLOCK_NUMBERS) {
        add_number(column, value);
    } else if (value->type == VALUE_STRING || value->type == VALUE_CELL) {
        struct value clean = clean_text(block, value);
        block->weight += clean.len;
        if (head->form == BLOCK_TEXTS)
            add_text(column, &clean);
        else
            pack_value(&column->bytes, &clean);
    } else {
        block->weight += value->type == VALUE_ARRAY || value->type == VALUE_STRUCT ? value->len : 0;
        pack_value(&column->bytes, value);
    }
    head->count++;
    if (head->nulls)
        buffer_add_char(&column->there, 1);
}

void parquet_block_add_long(struct parquet_block *block, size_t at, int64_t number)
{
    struct column *column = &block->columns[at];
    if (column->head.form != BLOCK_NUMBERS || column->head.type != VALUE_LONG || column->head.width != 0) {
        const struct value value = value_long(number);
        parquet_block_add(block, at, &value);
        return;
    }
    block->weight += sizeof number;
    buffer_add(&column->items, &number, sizeof number);
    column->head.count++;
    if (column->head.nulls)
        buffer_add_char(&column->there, 1);
}

void parquet_block_row(struct parquet_block *block)
{
    uint32_t weight = block->weight < UINT32_MAX ? (uint32_t)block->weight : UINT32_MAX;
    buffer_add(&block->weights, &weight, sizeof weight);
    block->size += block->weight;
    block->weight = 0;
    block->rows++;
}

size_t parquet_block_rows(const struct parquet_block *block)
{
    return block->rows;
}

bool parquet_block_full(const struct parquet_block *block)
{
    return block->rows >= PARQUET_BLOCK_ROWS || block->size >= PARQUET_BLOCK_BYTES;
}

/* The numbers in as few bytes as hold them all. */
static void put_numbers(struct column *column, struct buffer *into)
{
    size_t count = (size_t)column->head.count, narrow = column->head.narrow;
    const char *items = column->items.data;
    buffer_reserve(into, count * sizeof(int64_t));
    char *at = into->data + into->len;
    for (size_t i = 0; i < count; i++) {
        int64_t number;
        memcpy(&number, items + i * sizeof number, sizeof number);
        for (size_t k = 0; k < narrow; k++)
            at[k] = (char)(number >> 8 * k);
        at += narrow;
    }
    into->len += count * narrow;
}

static unsigned char narrowest(const struct column *column)
{
    int64_t all = 0;
    for (size_t i = 0; i < column->head.count; i++) {
        int64_t number;
        memcpy(&number, column->items.data + i * sizeof number, sizeof number);
        all |= number ^ number >> 63;
    }
    return all >> 7 == 0 ? 1 : all >> 15 == 0 ? 2 : all >> 31 == 0 ? 4 : 8;
}

static void put_column(struct column *column, struct buffer *into)
{
    struct parquet_block_column *head = &column->head;
    head->bytes = column->bytes.len;
    head->narrow = head->form != BLOCK_NUMBERS ? 0 : head->type == VALUE_DOUBLE ? 8 : narrowest(column);
    buffer_add(into, head, sizeof *head);
    buffer_add(into, column->there.data, column->there.len);
    if (head->form == BLOCK_NUMBERS)
        put_numbers(column, into);
    else
        buffer_add(into, column->items.data, column->items.len);
    buffer_add(into, column->bytes.data, column->bytes.len);
    *head = (struct parquet_block_column){0};
    column->there.len = column->items.len = column->bytes.len = 0;
}

void parquet_block_put(struct parquet_block *block, struct buffer *into)
{
    size_t start = into->len;
    struct parquet_block_head head = {.rows = block->rows};
    buffer_add(into, &head, sizeof head);
    buffer_add(into, block->weights.data, block->weights.len);
    for (size_t i = 0; i < block->column_count; i++)
        put_column(&block->columns[i], into);
    head.len = into->len - start;
    memcpy(into->data + start, &head, sizeof head);
    block->rows = block->size = block->weights.len = 0;
}

size_t parquet_block_len(const char *head)
{
    struct parquet_block_head read;
    memcpy(&read, head, sizeof read);
    return (size_t)read.len;
}

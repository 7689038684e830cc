#include <string.h>

#include "json/cursor.h"
#include "parquet/reader_inner.h"
#include "value/pack.h"

/* JSON; or bytes, packed. */
static struct span span_of(bool binary, const char *text, size_t len)
{
    if (binary)
        return (struct span){.text = text, .len = len, .type = SPAN_PACKED};
    struct span span = {.text = text, .len = len, .type = json_type(*text)};
    span.escaped = span.type == SPAN_STRING && memchr(text, '\\', len) != NULL;
    return span;
}

static struct span null_span(void)
{
    return (struct span){.text = "null", .len = 4, .type = SPAN_NULL};
}

/* Bytes, for which JSON has no type. */
static void write_packed(const struct parquet_node *leaf, const union parquet_cell *cell, struct buffer *into)
{
    (void)leaf;
    struct value value = value_binary(cell->bytes.data, cell->bytes.len);
    pack_value(into, &value);
}

void parquet_dictionary_spans(struct parquet_column *column)
{
    struct parquet_dictionary *dictionary = &column->dictionary;
    if (dictionary->spans)
        return;
    bool binary = parquet_is_binary(column->leaf);
    parquet_dictionary_write(column, binary ? write_packed : parquet_render);
    dictionary->spans = mem_resize(NULL, dictionary->count + 1, sizeof *dictionary->spans);
    const size_t *ends = dictionary->text_ends;
    for (size_t i = 0; i < dictionary->count; i++)
        dictionary->spans[i] = span_of(binary, dictionary->text.data + ends[i], ends[i + 1] - ends[i]);
}

/* What stands at the end of the reader's text from `start` on, kept. */
static struct span keep(struct parquet_reader *reader, bool binary, size_t start)
{
    size_t len = reader->text.len - start;
    reader->text.len = start;
    return span_of(binary, arena_copy(&reader->made, reader->text.data + start, len), len);
}

static void take_cells(struct parquet_reader *reader, struct parquet_column *column, size_t count, struct span *spans)
{
    const unsigned char *definitions = column->definitions + column->at_entry;
    bool binary = parquet_is_binary(column->leaf);
    for (size_t i = 0; i < count; i++) {
        if (definitions[i] < column->leaf->definition || column->over) {
            spans[i] = null_span();
        } else if (column->coded) {
            spans[i] = column->dictionary.spans[column->codes[column->value_at++]];
        } else {
            size_t start = reader->text.len;
            if (binary)
                write_packed(column->leaf, &column->cells[column->value_at++], &reader->text);
            else
                parquet_render(column->leaf, &column->cells[column->value_at++], &reader->text);
            spans[i] = keep(reader, binary, start);
        }
    }
}

static void fill_leaf(struct parquet_reader *reader, const struct parquet_part *part, size_t rows, struct span *spans)
{
    struct parquet_column *column = &reader->columns[part->column];
    for (size_t row = 0; row < rows && reader->problem->status == STATUS_OK;) {
        parquet_column_peek(column);
        if (column->over)
            parquet_misfit(reader, column);
        else if (column->coded)
            parquet_dictionary_spans(column);
        size_t left = column->count - column->at_entry, count = left < rows - row ? left : rows - row;
        take_cells(reader, column, count, spans + row);
        column->at_entry += count;
        row += count;
    }
}

/* The text of what the rest of the path leads to. */
static struct span follow_rest(struct parquet_reader *reader, const struct parquet_plan_slot *slot, struct span span)
{
    struct value value = {
        .type = span.type == SPAN_ARRAY ? VALUE_ARRAY : VALUE_STRUCT, .text = span.text, .len = span.len,
    };
    value = parquet_follow_rest(reader, slot, value);
    size_t start = reader->text.len;
    value_write_json(&value, &reader->text);
    return keep(reader, false, start);
}

void parquet_fill_spans(struct parquet_reader *reader, const struct parquet_plan_slot *slot, size_t rows,
                        struct span *spans)
{
    if (!slot->found) {
        memset(spans, 0, rows * sizeof *spans);
        return;
    }
    if (slot->part.shape == PARQUET_LEAF && slot->rest_count == 0) {
        fill_leaf(reader, &slot->part, rows, spans);
        return;
    }
    for (size_t row = 0; row < rows && reader->problem->status == STATUS_OK; row++) {
        size_t start = reader->text.len;
        parquet_part_write(reader, &slot->part, 0, &reader->text);
        spans[row] = keep(reader, false, start);
        if (slot->rest_count > 0 && spans[row].type != SPAN_NULL)
            spans[row] = follow_rest(reader, slot, spans[row]);
    }
}

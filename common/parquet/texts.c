#include <string.h>

#include "json/cursor.h"
#include "parquet/reader_inner.h"
#include "value/pack.h"

/* JSON, or a packed value. */
static struct span span_of(bool packed, const char *text, size_t len)
{
    if (packed)
        return (struct span){.text = text, .len = len, .type = SPAN_PACKED};
    struct span span = {.text = text, .len = len, .type = json_type(*text)};
    span.escaped = span.type == SPAN_STRING && memchr(text, '\\', len) != NULL;
    return span;
}

static struct span null_span(void)
{
    return (struct span){.text = "null", .len = 4, .type = SPAN_NULL};
}

/* Whether a cell is of a type that its JSON text does not tell; *value is what it is then. What a value can't say
 * whole (moments by nanoseconds, local times that the zone skips) stays text. */
static bool is_packed(const struct parquet_node *leaf, const union parquet_cell *cell, struct arena *arena,
                      struct value *value)
{
    *value = parquet_cell_exact(leaf, cell, arena);
    return value->type != VALUE_NULL;
}

/* Whether that has to be asked of each cell of a column. */
static bool packs(const struct parquet_node *leaf)
{
    return leaf->physical == PARQUET_DOUBLE || !parquet_type_told(parquet_cell_type(leaf));
}

/* What stands at the end of the text from `start` on, kept in the arena. */
static struct span keep(struct buffer *text, bool packed, size_t start, struct arena *arena)
{
    size_t len = text->len - start;
    text->len = start;
    return span_of(packed, arena_copy(arena, text->data + start, len), len);
}

/* A cell that is there, packed if it is `asked` and wants to be, or as JSON; in the arena. */
static struct span cell_span(const struct parquet_node *leaf, bool asked, const union parquet_cell *cell,
                             struct buffer *text, struct arena *arena)
{
    struct value value;
    if (asked && is_packed(leaf, cell, arena, &value))
        return pack_span(&value, arena);
    size_t start = text->len;
    parquet_render(leaf, cell, text);
    return keep(text, false, start, arena);
}

void parquet_dictionary_spans(struct parquet_column *column)
{
    struct parquet_dictionary *dictionary = &column->dictionary;
    if (dictionary->spans)
        return;
    bool asked = packs(column->leaf);
    dictionary->spans = mem_resize(NULL, dictionary->count + 1, sizeof *dictionary->spans);
    for (size_t i = 0; i < dictionary->count; i++)
        dictionary->spans[i] =
            cell_span(column->leaf, asked, &dictionary->cells[i], &dictionary->text, &dictionary->made);
}

static void take_cells(struct parquet_reader *reader, struct parquet_column *column, size_t count, struct span *spans)
{
    const unsigned char *definitions = column->definitions + column->at_entry;
    bool asked = packs(column->leaf);
    for (size_t i = 0; i < count; i++) {
        if (definitions[i] < column->leaf->definition || column->over)
            spans[i] = null_span();
        else if (column->coded)
            spans[i] = column->dictionary.spans[column->codes[column->value_at++]];
        else
            spans[i] = cell_span(column->leaf, asked, &column->cells[column->value_at++], &reader->text, &reader->made);
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

/* A nested value of the slot, or what the rest of its path leads to. */
static struct span nested_span(struct parquet_reader *reader, const struct parquet_plan_slot *slot, struct span span)
{
    struct value value = {.type = span.type == SPAN_ARRAY ? VALUE_ARRAY : VALUE_STRUCT,
                          .text = span.text,
                          .len = span.len,
                          .of = slot->types};
    value = parquet_follow_rest(reader, slot, value);
    size_t start = reader->text.len;
    bool packed = slot->types && value.type != VALUE_NULL;
    if (packed)
        pack_value(&reader->text, &value);
    else
        value_write_json(&value, &reader->text);
    return keep(&reader->text, packed, start, &reader->made);
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
        spans[row] = keep(&reader->text, false, start, &reader->made);
        if ((slot->types || slot->rest_count > 0) && spans[row].type != SPAN_NULL)
            spans[row] = nested_span(reader, slot, spans[row]);
    }
}

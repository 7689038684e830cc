#include <string.h>

#include "parquet/reader_inner.h"

/* A slot of one entry a row. */
static bool is_flat(const struct parquet_plan_slot *slot)
{
    return slot->found && slot->part.shape == PARQUET_LEAF && slot->rest_count == 0 && slot->part.leaf->repeats == 0;
}

static bool is_whole(const struct parquet_node *leaf)
{
    return (leaf->physical == PARQUET_INT32 || leaf->physical == PARQUET_INT64) &&
           (leaf->meaning == PARQUET_AS_IS || (leaf->meaning == PARQUET_INTEGER && leaf->is_signed));
}

bool parquet_plan_has_numbers(const struct parquet_plan *plan, size_t path)
{
    const struct parquet_plan_slot *slot = &plan->slots[path];
    return !plan->request.records && is_flat(slot) && is_whole(slot->part.leaf);
}

static void make_room(struct parquet_reader *reader)
{
    size_t count = reader->plan->slot_count * PARQUET_ROWS + 1;
    if (reader->numbers)
        return;
    reader->numbers = mem_zero(count, sizeof *reader->numbers);
    reader->nulls = mem_zero(count, sizeof *reader->nulls);
    reader->codes = mem_zero(count, sizeof *reader->codes);
}

static bool all_there(const struct parquet_column *column, size_t rows)
{
    if (column->full)
        return true;
    const unsigned char *definitions = column->definitions + column->at_entry;
    unsigned char other = 0;
    for (size_t i = 0; i < rows; i++)
        other |= definitions[i] ^ column->leaf->definition;
    return other == 0;
}

/* The next rows, all in the column's batch, as numbers. */
static void take_numbers(struct parquet_column *column, size_t rows, int64_t *numbers, bool *nulls,
                         struct parquet_slot *slot)
{
    const unsigned char *definitions = column->definitions + column->at_entry;
    const union parquet_cell *cells = column->cells + column->value_at, *dictionary = column->dictionary.cells;
    const uint32_t *codes = column->codes + column->value_at;
    size_t taken = 0;
    slot->numbers = numbers;
    if (all_there(column, rows)) {
        for (; column->coded && taken < rows; taken++)
            numbers[taken] = dictionary[codes[taken]].integer;
        for (; taken < rows; taken++)
            numbers[taken] = cells[taken].integer;
    } else {
        slot->nulls = nulls;
        for (size_t i = 0; i < rows; i++) {
            nulls[i] = definitions[i] < column->leaf->definition;
            numbers[i] = nulls[i] ? 0 : column->coded ? dictionary[codes[taken]].integer : cells[taken].integer;
            taken += !nulls[i];
        }
    }
    column->value_at += taken;
    column->at_entry += rows;
}

static void take_codes(struct parquet_column *column, size_t rows, uint32_t *into, struct parquet_slot *slot)
{
    const unsigned char *definitions = column->definitions + column->at_entry;
    parquet_dictionary_spans(column);
    slot->codes = into;
    if (all_there(column, rows)) {
        slot->codes = column->codes + column->value_at;
        column->value_at += rows;
    } else {
        for (size_t i = 0; i < rows; i++)
            into[i] = definitions[i] < column->leaf->definition ? UINT32_MAX : column->codes[column->value_at++];
    }
    column->at_entry += rows;
    slot->texts = column->dictionary.spans;
    slot->dictionary_count = column->dictionary.count;
}

/* So many of the rows that each flat column has them in its batch. */
static size_t rows_at_hand(struct parquet_reader *reader, size_t rows)
{
    for (size_t i = 0; i < reader->plan->slot_count && rows > 0; i++) {
        const struct parquet_plan_slot *slot = &reader->plan->slots[i];
        if (!is_flat(slot))
            continue;
        struct parquet_column *column = &reader->columns[slot->part.column];
        parquet_column_peek(column);
        if (column->over)
            parquet_misfit(reader, column);
        rows = column->count - column->at_entry < rows ? column->count - column->at_entry : rows;
    }
    return rows;
}

size_t parquet_reader_columns(struct parquet_reader *reader, const enum parquet_want *wants)
{
    const struct parquet_plan *plan = reader->plan;
    size_t rows = rows_at_hand(reader, parquet_reader_go_on(reader));
    make_room(reader);
    for (size_t i = 0; rows > 0 && reader->problem->status == STATUS_OK && i < plan->slot_count; i++) {
        const struct parquet_plan_slot *slot = &plan->slots[i];
        struct parquet_slot *into = &reader->slots[i];
        size_t at = i * PARQUET_ROWS;
        *into = (struct parquet_slot){0};
        struct parquet_column *column = is_flat(slot) ? &reader->columns[slot->part.column] : NULL;
        if (column && column->coded && wants[i] == PARQUET_WANT_CODES) {
            take_codes(column, rows, reader->codes + at, into);
        } else if (column && wants[i] != PARQUET_WANT_SPANS && is_whole(column->leaf)) {
            take_numbers(column, rows, reader->numbers + at, reader->nulls + at, into);
        } else {
            into->spans = reader->spans + at;
            parquet_fill_spans(reader, slot, rows, reader->spans + at);
        }
    }
    if (reader->problem->status != STATUS_OK)
        return 0;
    reader->row += rows;
    return rows;
}

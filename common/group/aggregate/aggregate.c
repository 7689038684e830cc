#include "group/aggregate/aggregate.h"

#include <stdlib.h>
#include <string.h>

#include "group/aggregate/aggregate_inner.h"
#include "value/cast.h"
#include "value/interval.h"

enum { AGGREGATE_ARGS_MAX = 64 };

static const struct aggregate_row *const tables[] = {
    aggregates_number, aggregates_value, aggregates_percentile, aggregates_histogram,
    aggregates_moments, aggregates_pair, aggregates_bitmap, aggregates_list};

const struct aggregate_function *aggregate_function_at(size_t number)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct aggregate_row *row = tables[t]; row->kind; row++)
            if (number-- == 0)
                return &row->function;
    return NULL;
}

/* The row whose first part the parser was given. */
static const struct aggregate_row *row_of(const struct aggregate_call *call)
{
    return (const struct aggregate_row *)(const void *)call->row;
}

/* The kind whose functions work on the state: DISTINCT stands before the call's own. */
static const struct aggregate_kind *outer(const struct aggregate *aggregate)
{
    return aggregate->distinct ? &aggregate_kind_distinct : aggregate->kind;
}

bool aggregate_is_ordered(const struct aggregate *aggregate)
{
    return aggregate->kind->ordered;
}

/* How many leading arguments are evaluated for each row. */
static size_t row_arguments(const struct aggregate_call *call, const struct aggregate_kind *kind)
{
    size_t least = 1 + (call->order ? call->order->count : 0) + (call->row->weighs && call->arg_count == 3);
    return kind->constants > 0 && call->arg_count > least ? least : call->arg_count;
}

/* Takes the constant arguments; false, with the problem, if they are none, or wrong. */
static bool take_constants(struct aggregate *aggregate, struct arena *arena, struct problem *problem)
{
    const struct aggregate_call *call = aggregate->call;
    if (call->arg_count > AGGREGATE_ARGS_MAX)
        return problem_set(problem, STATUS_USAGE, "%s: more than %d arguments", call->text, (int)AGGREGATE_ARGS_MAX);
    struct value constants[AGGREGATE_ARGS_MAX];
    size_t count = call->arg_count - aggregate->arg_count;
    struct row empty = {.arena = arena};
    for (size_t i = 0; i < count; i++) {
        const struct expr *arg = call->args[aggregate->arg_count + i];
        if (!expr_is_constant(arg))
            return problem_set(problem, STATUS_USAGE, "%s: argument %zu must be a constant", call->text,
                               aggregate->arg_count + i + 1);
        constants[i] = expr_eval(arg, &empty);
    }
    if (!aggregate->kind->prepare)
        return true;
    const char *wrong = aggregate->kind->prepare(aggregate, constants, count, arena);
    return !wrong || problem_set(problem, STATUS_USAGE, "%s: %s", call->text, wrong);
}

static bool prepare(struct aggregate *aggregate, const struct aggregate_call *call, bool ansi, struct arena *arena,
                    struct problem *problem)
{
    const struct aggregate_row *row = row_of(call);
    *aggregate = (struct aggregate){.kind = row->kind, .call = call, .distinct = call->distinct, .ansi = ansi};
    aggregate->descending = row->descending || call->descending;
    aggregate->order_count = call->order ? call->order->count : 0;
    aggregate->sample = row->sample;
    aggregate->root = row->root;
    aggregate->variant = row->variant;
    aggregate->arg_count = row_arguments(call, row->kind);
    aggregate->star = call->star && !call->filter && !call->distinct;
    aggregate->plain = aggregate->arg_count == 1 && expr_is_path(call->args[0], &aggregate->slot);
    return take_constants(aggregate, arena, problem);
}

struct aggregates *aggregates_new(const struct aggregate_call *calls, size_t count, bool ansi, struct problem *problem)
{
    struct aggregates *aggregates = mem_zero(1, sizeof *aggregates);
    aggregates->list = mem_zero(count, sizeof *aggregates->list);
    aggregates->rows_only = true;
    for (size_t i = 0; i < count; i++) {
        struct aggregate *aggregate = &aggregates->list[aggregates->count++];
        if (!prepare(aggregate, &calls[i], ansi, &aggregates->arena, problem)) {
            aggregates_free(aggregates);
            return NULL;
        }
        aggregate->offset = aggregates->size;
        aggregate->first_value = aggregates->value_count;
        aggregates->size += (outer(aggregate)->state_size + 7) & ~(size_t)7;
        aggregates->value_count += aggregate->arg_count;
        aggregates->rows_only = aggregates->rows_only && aggregate->star;
    }
    return aggregates;
}

void aggregates_free(struct aggregates *aggregates)
{
    if (!aggregates)
        return;
    free(aggregates->list);
    arena_free(&aggregates->arena);
    free(aggregates);
}

struct aggregate_inputs *aggregates_inputs_new(const struct aggregates *aggregates, size_t count)
{
    struct aggregate_inputs *inputs = mem_zero(count, sizeof *inputs);
    struct value *values = mem_zero(count * aggregates->value_count, sizeof *values);
    bool *skip = mem_zero(count * aggregates->count, sizeof *skip);
    for (size_t i = 0; i < count; i++) {
        inputs[i].values = values + i * aggregates->value_count;
        inputs[i].skip = skip + i * aggregates->count;
    }
    return inputs;
}

void aggregates_inputs_free(struct aggregate_inputs *inputs)
{
    if (!inputs)
        return;
    free(inputs->values); /* the first one's: they lie in one piece */
    free(inputs->skip);
    free(inputs);
}

static void row_error(const struct aggregate *aggregate, struct row *row, const char *what)
{
    if (row->error)
        return;
    struct buffer text = {0};
    buffer_add_format(&text, "%s: %s", aggregate->call->text, what);
    row->error = arena_copy(row->arena, text.data, text.len);
    buffer_free(&text);
}

/* Brings a non-null first argument to what the aggregate takes; false when the row does not count. A type that can
 * never be it is an error; a text that is not, only under --ansi (without, Spark's cast gives null). */
static bool bring(const struct aggregate *aggregate, struct value *value, struct row *row)
{
    bool text = value->type == VALUE_STRING || value->type == VALUE_CELL;
    switch (aggregate->kind->takes) {
    case TAKES_ANY:
        return true;
    case TAKES_TEXT:
        *value = cast_string(value, row->arena);
        return value->type != VALUE_NULL;
    case TAKES_MOMENT:
        if (value->type == VALUE_DATE || value->type == VALUE_TIMESTAMP)
            return true;
        /* fall through */
    case TAKES_AMOUNT:
        if (value->type == VALUE_INTERVAL && !interval_is_mixed(value))
            return true;
        /* fall through */
    case TAKES_NUMBER:
        *value = cast_number(value);
        if (value->type != VALUE_NULL)
            return true;
        if (!text || aggregate->ansi)
            row_error(aggregate, row, text ? "a text that is no number" : "a value that is no number");
        return false;
    case TAKES_BOOLEAN:
        *value = cast_boolean(value);
        if (value->type != VALUE_NULL)
            return true;
        if (!text || aggregate->ansi)
            row_error(aggregate, row, "a value that is neither true nor false");
        return false;
    case TAKES_BIT:
        *value = cast_long(value);
        if (value->type == VALUE_LONG && value->integer >= 0 && value->integer < BITMAP_BITS)
            return true;
        row_error(aggregate, row, "a bitmap has bits 0 to 32767 (bitmap_bit_position)");
        return false;
    case TAKES_BINARY:
        if (value_is_binary(value))
            return true;
        row_error(aggregate, row, "a value that is no binary");
        return false;
    }
    return false;
}

/* Brings how often a value is to count to a whole number; false where it is not to. */
static bool weigh(const struct aggregate *aggregate, struct value *weight, struct row *row)
{
    *weight = cast_long(weight);
    if (weight->type == VALUE_LONG && (weight->integer < 0 || weight->integer > UINT32_MAX))
        row_error(aggregate, row, "a value that is to count less than 0 times, or more than 4294967295");
    return weight->type == VALUE_LONG && weight->integer > 0;
}

/* The value of most rows: a plain path's whole number, which is what the aggregate takes, put there at once. */
static bool take_plain(const struct aggregate *aggregate, struct value *value, const struct row *row)
{
    enum aggregate_takes takes = aggregate->kind->takes;
    bool numbers = takes == TAKES_NUMBER || takes == TAKES_AMOUNT || takes == TAKES_MOMENT;
    if (!aggregate->plain || !numbers || aggregate->kind->sees_nulls)
        return false;
    const struct span *span = &row->slots[aggregate->slot];
    int64_t number;
    if ((span->type != SPAN_NUMBER && (span->type != SPAN_CELL || span->escaped)) ||
        !value_plain_number(span->text, span->len, &number))
        return false;
    *value = (struct value){
        .type = VALUE_LONG, .as_written = true, .text = span->text, .len = span->len, .integer = number};
    return true;
}

/* True if the row counts for this aggregate. */
static bool evaluate_one(const struct aggregate *aggregate, struct value *values, struct row *row)
{
    const struct aggregate_call *call = aggregate->call;
    if (call->filter && !expr_true(call->filter, row))
        return false;
    if (take_plain(aggregate, values, row))
        return true;
    bool null = false;
    for (size_t i = 0; i < aggregate->arg_count; i++) {
        values[i] =
            aggregate->plain ? value_from_span(row->slots[aggregate->slot], row->arena) : expr_eval(call->args[i], row);
        null = null || (i < aggregate->arg_count - aggregate->order_count && values[i].type == VALUE_NULL);
        if (values[i].type == VALUE_ARRAY || values[i].type == VALUE_STRUCT)
            values[i] = value_keep(&values[i], row->arena); /* it may be in memory of this record alone */
    }
    if (aggregate->arg_count == 0 || aggregate->kind->sees_nulls)
        return true;
    bool weighed = aggregate->arg_count > 1 && aggregate->call->row->weighs;
    return !null && (!weighed || weigh(aggregate, &values[1], row)) && bring(aggregate, &values[0], row);
}

bool aggregates_evaluate(const struct aggregates *aggregates, struct aggregate_inputs *inputs, struct row *row)
{
    for (size_t i = 0; i < aggregates->count && !row->error; i++) {
        const struct aggregate *aggregate = &aggregates->list[i];
        inputs->skip[i] = !aggregate->star && !evaluate_one(aggregate, inputs->values + aggregate->first_value, row);
    }
    return !row->error;
}

void aggregates_collect(const struct aggregates *aggregates, const struct aggregate_inputs *inputs, char *states,
                        uint64_t place, struct pool *pool, struct arena *arena)
{
    struct collect collect = {.place = place, .pool = pool, .arena = arena};
    for (size_t i = 0; i < aggregates->count; i++) {
        const struct aggregate *aggregate = &aggregates->list[i];
        if (aggregate->star) {
            ++*(uint64_t *)(void *)(states + aggregate->offset);
        } else if (!inputs->skip[i]) {
            collect.args = inputs->values + aggregate->first_value;
            outer(aggregate)->collect(aggregate, states + aggregate->offset, &collect);
        }
    }
}

bool aggregates_take_columns(const struct aggregates *aggregates)
{
    for (size_t i = 0; i < aggregates->count; i++) {
        const struct aggregate *aggregate = &aggregates->list[i];
        bool simple = aggregate->plain && !aggregate->distinct && !aggregate->call->filter && !aggregate->order_count;
        if (!aggregate->star && !(simple && aggregate->kind->collect_numbers))
            return false;
    }
    return true;
}

bool aggregate_takes_numbers(const struct aggregate *aggregate)
{
    return !aggregate->star && aggregate->kind != &aggregate_kind_count;
}

void aggregates_collect_column(const struct aggregates *aggregates, size_t i, char *const *states,
                               const int64_t *numbers, const bool *nulls, size_t count, struct pool *pool)
{
    const struct aggregate *aggregate = &aggregates->list[i];
    const struct aggregate_kind *kind_of = aggregate->star ? &aggregate_kind_count : aggregate->kind;
    kind_of->collect_numbers(aggregate->offset, states, numbers, nulls, count, pool);
}

void aggregates_merge(const struct aggregates *aggregates, char *states, char *from, struct pool *pool)
{
    for (size_t i = 0; i < aggregates->count; i++) {
        const struct aggregate *aggregate = &aggregates->list[i];
        outer(aggregate)->merge(aggregate, states + aggregate->offset, from + aggregate->offset, pool);
    }
}

void aggregates_write(const struct aggregates *aggregates, const char *states, struct buffer *into)
{
    for (size_t i = 0; i < aggregates->count; i++) {
        const struct aggregate *aggregate = &aggregates->list[i];
        outer(aggregate)->write(aggregate, states + aggregate->offset, into);
    }
}

bool aggregates_read(const struct aggregates *aggregates, char *states, struct unpack *from, struct pool *pool)
{
    for (size_t i = 0; i < aggregates->count; i++) {
        const struct aggregate *aggregate = &aggregates->list[i];
        if (!outer(aggregate)->read(aggregate, states + aggregate->offset, from, pool) || from->failed)
            return false;
    }
    return true;
}

bool aggregates_result(const struct aggregates *aggregates, const char *states, struct value *results,
                       struct arena *arena, const char **error)
{
    for (size_t i = 0; i < aggregates->count; i++) {
        const struct aggregate *aggregate = &aggregates->list[i];
        const char *what = NULL;
        results[i] = outer(aggregate)->result(aggregate, states + aggregate->offset, arena, &what);
        if (what) {
            struct buffer text = {0};
            buffer_add_format(&text, "%s: %s", aggregate->call->text, what);
            *error = arena_copy(arena, text.data, text.len);
            buffer_free(&text);
            return false;
        }
    }
    return true;
}

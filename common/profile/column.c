#include "profile/column.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "value/cast.h"
#include "value/datetime.h"

struct column *column_new(void)
{
    struct column *column = mem_zero(1, sizeof *column);
    column->schema = schema_new();
    return column;
}

void column_free(struct column *column)
{
    struct column_end *const ends[] = {&column->first, &column->last, &column->smallest, &column->largest};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        buffer_free(&ends[i]->bytes);
    schema_free(column->schema);
    quantile_free(&column->spread);
    quantile_free(&column->time);
    distinct_free(&column->distinct);
    free(column);
}

static int text_compare(const struct value *a, const struct value *b)
{
    return span_compare((struct span){.text = a->text, .len = a->len}, (struct span){.text = b->text, .len = b->len});
}

static void end_set(struct column_end *end, const struct value *value)
{
    end->value = *value;
    end->bytes.len = 0;
    buffer_add(&end->bytes, value->text, value->len);
    buffer_reserve(&end->bytes, 1);
    end->value.text = end->bytes.data;
}

/* Two ends of the values that there are `count` of, with this one. */
static void ends_add(struct column_end *low, struct column_end *high, bool first, const struct value *value,
                     int compare(const struct value *, const struct value *))
{
    if (first || compare(value, &low->value) < 0)
        end_set(low, value);
    if (first || compare(value, &high->value) > 0)
        end_set(high, value);
}

/* By value; of equal ones the one whose text is first, so that no order is seen. */
static int number_compare(const struct value *a, const struct value *b)
{
    int order = value_compare(a, b, true);
    return order != 0 ? order : text_compare(a, b);
}

static uint64_t number_hash(const struct value *number)
{
    int64_t whole = number->integer;
    if (number->type == VALUE_DOUBLE) {
        if (number->real >= -9e18 && number->real <= 9e18 && number->real == (double)(int64_t)number->real)
            whole = (int64_t)number->real; /* 1.0 is 1 */
        else
            memcpy(&whole, &number->real, sizeof whole);
    } else if (number->type == VALUE_DECIMAL) {
        return hash_bytes((const char *)&number->unscaled, sizeof number->unscaled);
    }
    return hash_bytes((const char *)&whole, sizeof whole);
}

static void add_number(struct column *column, const struct value *number, struct pool *pool)
{
    double real = value_to_double(number);
    ends_add(&column->smallest, &column->largest, column->numbers == 0, number, number_compare);
    column->numbers++;
    if (number->type == VALUE_LONG)
        exact_add_integer(&column->sum, number->integer, pool);
    else
        exact_add_real(&column->sum, real, pool);
    exact_add_square(&column->squares, real, pool);
    quantile_add(&column->spread, real);
}

/* Texts as they are worth being parsed: 2024-05-01, and perhaps a time. */
static bool is_time_like(const struct value *text)
{
    return text->len >= 8 && text->text[4] == '-' && text->text[0] >= '0' && text->text[0] <= '9';
}

static void add_text(struct column *column, const struct value *text)
{
    int64_t time;
    if (column->other_texts)
        return;
    if (is_time_like(text) && text->len <= 10 && datetime_parse_date(text->text, text->len, &time)) {
        column->days = true;
        time *= MICROS_PER_DAY;
    } else if (is_time_like(text) && datetime_parse_timestamp(text->text, text->len, &time)) {
        column->moments = true;
    } else {
        column->other_texts = true;
        return;
    }
    if (column->times == 0 || time < column->earliest)
        column->earliest = time;
    if (column->times == 0 || time > column->latest)
        column->latest = time;
    column->times++;
    quantile_add(&column->time, (double)time);
}

/* What a cell was seen to be, as JSON's values are: as Spark's reader of CSV infers it. */
static void add_cell(struct column *column, const struct value *cell, struct pool *pool)
{
    struct schema_node *seen = schema_root(column->schema);
    struct value number = cast_number(cell);
    if (number.type != VALUE_NULL) {
        seen->seen |= number.type == VALUE_LONG ? SEEN_LONG : number.type == VALUE_DOUBLE ? SEEN_DOUBLE : SEEN_BIG;
        if (number.type == VALUE_DECIMAL && cell->len > seen->digits)
            seen->digits = (unsigned)cell->len;
        number.text = cell->text;
        number.len = cell->len;
        add_number(column, &number, pool);
    } else if ((cell->len == 4 && memcmp(cell->text, "true", 4) == 0) ||
               (cell->len == 5 && memcmp(cell->text, "false", 5) == 0)) {
        seen->seen |= SEEN_BOOLEAN;
    } else {
        seen->seen |= SEEN_STRING;
        add_text(column, cell);
    }
}

void column_add(struct column *column, struct span span, struct pool *pool, struct arena *arena)
{
    struct value value = value_from_span(span, arena);
    uint64_t hash = 0;
    if (value.type == VALUE_CELL) {
        add_cell(column, &value, pool);
    } else {
        schema_add_value(column->schema, schema_root(column->schema), span);
        if (value.type == VALUE_LONG || value.type == VALUE_DOUBLE || value.type == VALUE_DECIMAL) {
            add_number(column, &value, pool);
            hash = number_hash(&value);
        } else if (value.type == VALUE_STRING) {
            schema_root(column->schema)->seen |= SEEN_STRING; /* also "" */
            add_text(column, &value);
        } else {
            value.text = span.text;
            value.len = span.len;
        }
    }
    if (hash == 0)
        hash = hash_bytes(value.text, value.len);
    if (value.type != VALUE_ARRAY)
        ends_add(&column->first, &column->last, !column->first.value.text, &value, text_compare);
    column->count++;
    distinct_add(&column->distinct, hash, value.text, value.len, pool);
}

void column_is(struct column *column, const struct schema_node *node)
{
    schema_free(column->schema);
    column->schema = schema_new();
    schema_merge_node(column->schema, node);
}

static void merge_ends(struct column_end *low, struct column_end *high, bool first, const struct column_end *other_low,
                       const struct column_end *other_high, int compare(const struct value *, const struct value *))
{
    ends_add(low, high, first, &other_low->value, compare);
    ends_add(low, high, false, &other_high->value, compare);
}

void column_merge(struct column *column, struct column *other, struct pool *pool)
{
    if (other->first.value.text)
        merge_ends(&column->first, &column->last, !column->first.value.text, &other->first, &other->last, text_compare);
    if (other->numbers > 0)
        merge_ends(&column->smallest, &column->largest, column->numbers == 0, &other->smallest, &other->largest,
                   number_compare);
    schema_merge_node(column->schema, schema_root(other->schema));
    if (other->times > 0 && (column->times == 0 || other->earliest < column->earliest))
        column->earliest = other->earliest;
    if (other->times > 0 && (column->times == 0 || other->latest > column->latest))
        column->latest = other->latest;
    column->days |= other->days;
    column->moments |= other->moments;
    column->other_texts |= other->other_texts;
    column->count += other->count;
    column->numbers += other->numbers;
    column->times += other->times;
    exact_add(&column->sum, &other->sum, pool);
    exact_add(&column->squares, &other->squares, pool);
    quantile_merge(&column->spread, &other->spread);
    quantile_merge(&column->time, &other->time);
    distinct_merge(&column->distinct, &other->distinct, pool);
}

/* What is known of a column, as the cells of a row. */
#include <stdlib.h>

#include "json/cursor.h"
#include "json/json.h"
#include "profile/column.h"
#include "profile/tell_inner.h"
#include "value/datetime.h"

enum { BINS = 10 };

/* What its values turned out to be. */
struct kind {
    enum schema_type type;
    bool cells, number, whole, time, date;
};

static struct kind kind_of(const struct column *column, bool cells)
{
    const struct schema_node *root = schema_root(column->schema);
    struct kind kind = {.type = schema_node_type(root), .cells = cells};
    kind.number = schema_is_number(kind.type);
    kind.whole = kind.number && kind.type != SCHEMA_DOUBLE && kind.type != SCHEMA_FLOAT && kind.type != SCHEMA_DECIMAL;
    kind.time = schema_is_text(kind.type) && column->times == column->count && column->count > 0;
    kind.date = kind.time && !column->moments;
    return kind;
}

struct span tell_written(struct buffer *text, struct arena *arena)
{
    struct span span = {.text = arena_copy(arena, text->data, text->len), .len = text->len};
    span.type = json_type(span.text[0]);
    span.escaped = span.type == SPAN_STRING && memchr(span.text, '\\', span.len);
    text->len = 0;
    return span;
}

struct span tell_value(struct value value, struct buffer *text, struct arena *arena)
{
    value_write_json(&value, text);
    return tell_written(text, arena);
}

struct span tell_string(const char *bytes, size_t len, struct buffer *text, struct arena *arena)
{
    json_encode(bytes, len, text);
    return tell_written(text, arena);
}

/* A time within the column, as it would be written there. */
static struct span tell_time(const struct kind *kind, int64_t time, struct buffer *text, struct arena *arena)
{
    char written[DATETIME_TEXT_MAX];
    size_t len = kind->date ? datetime_date_text(datetime_floor(time, MICROS_PER_DAY), written)
                            : datetime_timestamp_text(time, false, written);
    return tell_string(written, len, text, arena);
}

static struct span tell_type(const struct column *column, const struct kind *kind, struct buffer *text,
                             struct arena *arena)
{
    struct buffer name = {0};
    schema_sort(column->schema, schema_root(column->schema));
    if (kind->cells && kind->time)
        buffer_add_text(&name, kind->date ? "date" : "timestamp");
    else if (kind->type == SCHEMA_NULL)
        buffer_add_text(&name, "void");
    else
        schema_write_name(schema_root(column->schema), &name);
    struct span type = tell_string(name.data, name.len, text, arena);
    buffer_free(&name);
    return type;
}

/* A text of the column: numbers, true and false as they are. */
static struct span tell_text(const struct kind *kind, const char *bytes, size_t len, struct buffer *text,
                             struct arena *arena)
{
    struct span number = {.text = bytes, .len = len, .type = SPAN_NUMBER};
    if (kind->type == SCHEMA_BOOLEAN || (kind->number && json_is(number)))
        buffer_add(text, bytes, len);
    else
        json_encode(bytes, len, text);
    return tell_written(text, arena);
}

static void tell_ends(const struct column *column, const struct kind *kind, struct span facts[COLUMN_FACTS],
                      struct buffer *text, struct arena *arena)
{
    if (kind->number && column->numbers > 0) {
        facts[COLUMN_MIN] = tell_value(column->smallest.value, text, arena);
        facts[COLUMN_MAX] = tell_value(column->largest.value, text, arena);
    } else if (kind->time && kind->cells) {
        facts[COLUMN_MIN] = tell_time(kind, column->earliest, text, arena);
        facts[COLUMN_MAX] = tell_time(kind, column->latest, text, arena);
    } else if (kind->type != SCHEMA_ARRAY && kind->type != SCHEMA_MAP) {
        const struct value *first = &column->first.value, *last = &column->last.value;
        facts[COLUMN_MIN] = tell_text(kind, first->text, first->len, text, arena);
        facts[COLUMN_MAX] = tell_text(kind, last->text, last->len, text, arena);
    }
}

static void tell_moments(const struct column *column, struct span facts[COLUMN_FACTS], struct buffer *text,
                         struct arena *arena)
{
    __int128 sum;
    double count = (double)column->numbers;
    double mean = exact_integer(&column->sum, &sum) ? exact_quotient(sum, column->numbers)
                                                    : exact_real(&column->sum) / count;
    facts[COLUMN_AVG] = tell_value(value_double(mean), text, arena);
    if (column->numbers > 1)
        facts[COLUMN_STD] = tell_value(
            value_double(exact_variance(&column->sum, &column->squares, column->numbers, count - 1, true)), text,
            arena);
}

static void tell_spread(const struct kind *kind, struct quantile *spread, struct span facts[COLUMN_FACTS],
                        struct buffer *text, struct arena *arena)
{
    static const double fractions[] = {0.25, 0.5, 0.75};
    uint64_t counts[BINS];
    quantile_settle(spread);
    for (size_t i = 0; i < sizeof fractions / sizeof *fractions; i++) {
        double number = quantile_at(spread, fractions[i]);
        if (kind->time && spread->shift > 0) /* about: no parts of a second */
            number -= (double)((int64_t)number % MICROS_PER_SECOND);
        if (kind->time)
            facts[COLUMN_Q25 + i] = tell_time(kind, (int64_t)number, text, arena);
        else
            facts[COLUMN_Q25 + i] = tell_value(kind->whole && number > -9e15 && number < 9e15
                                                   ? value_long((int64_t)number)
                                                   : value_double(number), text, arena);
    }
    if (!quantile_histogram(spread, counts, BINS))
        return;
    for (size_t i = 0; i < BINS; i++)
        buffer_add_format(text, "%s%llu", i > 0 ? "," : "[", (unsigned long long)counts[i]);
    buffer_add_char(text, ']');
    facts[COLUMN_HISTOGRAM] = tell_written(text, arena);
}

static void tell_top(const struct column *column, const struct kind *kind, struct span facts[COLUMN_FACTS],
                     struct buffer *text, struct arena *arena)
{
    uint64_t count;
    const struct distinct_value *top = distinct_top(&column->distinct, &count);
    if (!top || kind->type == SCHEMA_ARRAY)
        return;
    struct buffer value = {0};
    buffer_add(&value, column->distinct.texts.data + top->text, top->len);
    buffer_add_text(&value, top->cut ? "..." : "");
    facts[COLUMN_TOP] = tell_text(kind, value.data ? value.data : "", value.len, text, arena);
    facts[COLUMN_FREQ] = tell_value(value_long((int64_t)count), text, arena);
    buffer_free(&value);
}

void column_tell(struct column *column, uint64_t records, bool cells, struct span facts[COLUMN_FACTS],
                 struct arena *arena)
{
    struct kind kind = kind_of(column, cells);
    struct buffer text = {0};
    for (size_t i = 0; i < COLUMN_FACTS; i++)
        facts[i] = (struct span){.text = "null", .len = 4, .type = SPAN_NULL};
    uint64_t there = column->count < records ? column->count : records; /* a key may be repeated in a record */
    facts[COLUMN_TYPE] = tell_type(column, &kind, &text, arena);
    facts[COLUMN_COUNT] = tell_value(value_long((int64_t)records), &text, arena);
    facts[COLUMN_NULLS] = tell_value(value_long((int64_t)(records - there)), &text, arena);
    if (kind.type != SCHEMA_MAP)
        facts[COLUMN_DISTINCT] = tell_value(value_long((int64_t)distinct_count(&column->distinct)), &text, arena);
    if (column->count > 0) {
        tell_ends(column, &kind, facts, &text, arena);
        tell_top(column, &kind, facts, &text, arena);
    }
    if (kind.number && column->numbers > 0)
        tell_moments(column, facts, &text, arena);
    if ((kind.number && column->numbers > 0) || kind.time)
        tell_spread(&kind, kind.time ? &column->time : &column->spread, facts, &text, arena);
    buffer_free(&text);
}

#include "parquet/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "parquet/stats_inner.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/value.h"

enum { MICROS_PER_MILLI = 1000, MILLIS_PER_DAY = 86400000 };

struct column {
    struct parquet_bounds bounds;
    bool no_most; /* of some chunk: there are values that nothing is said of */
    int64_t nulls;
};

struct parquet_stats {
    const struct parquet_layout *layout;
    struct column columns[PARQUET_STATS_COLUMNS];
};

struct parquet_stats *parquet_stats_new(const struct parquet_layout *layout)
{
    struct parquet_stats *stats = mem_zero(1, sizeof *stats);
    stats->layout = layout;
    return stats;
}

void parquet_stats_free(struct parquet_stats *stats)
{
    if (!stats)
        return;
    for (size_t i = 0; i < PARQUET_STATS_COLUMNS; i++) {
        buffer_free(&stats->columns[i].bounds.least);
        buffer_free(&stats->columns[i].bounds.most);
    }
    free(stats);
}

static struct thrift_bytes bytes_of(const struct buffer *buffer)
{
    return (struct thrift_bytes){buffer->data ? buffer->data : "", buffer->len};
}

void parquet_stats_add(struct parquet_stats *stats, size_t column, const struct parquet_chunk_writer *chunk)
{
    if (column >= PARQUET_STATS_COLUMNS)
        return;
    struct column *of = &stats->columns[column];
    const struct parquet_bounds *whole = &chunk->whole;
    of->nulls += chunk->total_nulls;
    of->bounds.has_nan |= whole->has_nan;
    if (!whole->there)
        return;
    of->no_most |= !whole->has_most;
    parquet_bounds_add(chunk->leaf, bytes_of(&whole->least), &of->bounds);
    if (whole->has_most)
        parquet_bounds_add(chunk->leaf, bytes_of(&whole->most), &of->bounds);
}

static bool has_bounds(const struct parquet_target *leaf, const struct column *column)
{
    switch (leaf->kind) {
    case PARQUET_KIND_BOOLEAN:
    case PARQUET_KIND_BINARY:
        return false;
    default:
        return column->bounds.there && !column->bounds.has_nan;
    }
}

static int64_t load_integer(const struct buffer *bytes)
{
    uint64_t number = 0;
    for (size_t i = bytes->len; i-- > 0;)
        number = number << 8 | (unsigned char)bytes->data[i];
    return bytes->len == 4 ? (int32_t)number : (int64_t)number;
}

static bool add_real(const struct parquet_target *leaf, const struct buffer *bytes, struct buffer *into)
{
    double real = 0;
    float narrow = 0;
    if (leaf->physical == PARQUET_DOUBLE)
        memcpy(&real, bytes->data, sizeof real);
    else
        memcpy(&narrow, bytes->data, sizeof narrow);
    if (leaf->physical == PARQUET_FLOAT)
        real = (double)narrow;
    if (isinf(real))
        return false;
    char text[REAL_TEXT_MAX];
    buffer_add(into, text, value_real_text(real, leaf->physical == PARQUET_FLOAT, text));
    return true;
}

/* Years of four digits are written alike everywhere. */
static bool add_date(int64_t days, struct buffer *into)
{
    char text[DATETIME_TEXT_MAX];
    if (days < datetime_days(1, 1, 1) || days > datetime_days(9999, 12, 31))
        return false;
    buffer_add(into, text, datetime_date_text(days, text));
    return true;
}

/* In whole milliseconds, UTC (or the local time of a type without zone). */
static bool add_timestamp(const struct parquet_target *leaf, int64_t micros, bool upper, struct buffer *into)
{
    int64_t millis = micros / MICROS_PER_MILLI, rest = micros % MICROS_PER_MILLI;
    millis += rest > 0 && upper ? 1 : rest < 0 && !upper ? -1 : 0;
    int64_t days = millis / MILLIS_PER_DAY - (millis % MILLIS_PER_DAY < 0);
    int of_day = (int)(millis - days * MILLIS_PER_DAY);
    if (!add_date(days, into))
        return false;
    buffer_add_format(into, "T%02d:%02d:%02d.%03d%s", of_day / 3600000, of_day / 60000 % 60, of_day / 1000 % 60,
                      of_day % 1000, leaf->kind == PARQUET_KIND_TIMESTAMP ? "Z" : "");
    return true;
}

static bool add_decimal(const struct parquet_target *leaf, const struct buffer *bytes, struct buffer *into)
{
    struct decimal decimal = {.precision = leaf->precision, .scale = leaf->scale};
    char text[DECIMAL_TEXT_MAX];
    if (leaf->physical != PARQUET_FIXED) {
        decimal.unscaled = load_integer(bytes);
    } else {
        unsigned __int128 sum = (signed char)bytes->data[0] < 0 ? ~(unsigned __int128)0 : 0;
        for (size_t i = 0; i < bytes->len; i++)
            sum = sum << 8 | (unsigned char)bytes->data[i];
        decimal.unscaled = (__int128)sum;
    }
    buffer_add(into, text, decimal_text(decimal, true, text));
    return true;
}

/* Appends the JSON of a bound. False: nothing is said of it, and what was appended is to be forgotten. */
static bool add_bound(const struct parquet_target *leaf, const struct column *column, bool upper, struct buffer *into)
{
    const struct buffer *bytes = upper ? &column->bounds.most : &column->bounds.least;
    bool good = true;
    switch (leaf->kind) {
    case PARQUET_KIND_FLOAT:
    case PARQUET_KIND_DOUBLE:
        return add_real(leaf, bytes, into);
    case PARQUET_KIND_STRING:
        json_encode(bytes->data ? bytes->data : "", bytes->len, into);
        return !upper || !column->no_most;
    case PARQUET_KIND_DATE:
    case PARQUET_KIND_TIMESTAMP:
    case PARQUET_KIND_TIMESTAMP_NTZ:
        buffer_add_char(into, '"');
        good = leaf->kind == PARQUET_KIND_DATE ? add_date(load_integer(bytes), into)
                                               : add_timestamp(leaf, load_integer(bytes), upper, into);
        buffer_add_char(into, '"');
        return good;
    case PARQUET_KIND_DECIMAL:
        return add_decimal(leaf, bytes, into);
    default:
        buffer_add_format(into, "%lld", (long long)load_integer(bytes));
        return true;
    }
}

enum what { LEAST, MOST, NULLS };

/* Appends what is said of a leaf. False: nothing. */
static bool add_leaf(const struct parquet_stats *stats, const struct parquet_target *leaf, enum what what,
                     struct buffer *into)
{
    if (leaf->column >= PARQUET_STATS_COLUMNS)
        return false;
    const struct column *column = &stats->columns[leaf->column];
    if (what != NULLS)
        return has_bounds(leaf, column) && add_bound(leaf, column, what == MOST, into);
    buffer_add_format(into, "%lld", (long long)column->nulls);
    return true;
}

/* Appends the members that something is said of, as an object. False: there are none. Recursion is bounded by
 * PARQUET_DEPTH_MAX. */
static bool add_members(const struct parquet_stats *stats, const struct parquet_target *parent, enum what what,
                        struct buffer *into)
{
    bool any = false;
    buffer_add_char(into, '{');
    for (size_t i = 0; i < parent->child_count; i++) {
        const struct parquet_target *child = &parent->children[i];
        size_t before = into->len;
        if (any)
            buffer_add_char(into, ',');
        json_encode(child->name, child->name_len, into);
        buffer_add_char(into, ':');
        bool said = child->kind < PARQUET_KIND_STRUCT ? add_leaf(stats, child, what, into)
                                                      : child->kind == PARQUET_KIND_STRUCT &&
                                                            add_members(stats, child, what, into);
        any |= said;
        if (!said)
            into->len = before;
    }
    buffer_add_char(into, '}');
    return any;
}

void parquet_stats_json(const struct parquet_stats *stats, uint64_t rows, struct buffer *into)
{
    static const char *const names[] = {[LEAST] = "minValues", [MOST] = "maxValues", [NULLS] = "nullCount"};
    buffer_add_format(into, "{\"numRecords\":%llu", (unsigned long long)rows);
    for (enum what what = LEAST; what <= NULLS; what++) {
        buffer_add_format(into, ",\"%s\":", names[what]);
        add_members(stats, &stats->layout->root, what, into);
    }
    buffer_add_char(into, '}');
}

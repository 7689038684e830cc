/* The aggregates of numbers: count, count_if, sum, avg, variances. */
#include <math.h>
#include <string.h>

#include "group/aggregate/aggregate_inner.h"
#include "group/exact.h"
#include "value/cast.h"
#include "value/decimal.h"
#include "value/interval.h"

/* count */

static void count_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    (void)aggregate;
    (void)collect;
    ++*(uint64_t *)state;
}

static void count_collect_numbers(size_t offset, char *const *states, const int64_t *numbers, const bool *nulls,
                                  size_t count, struct pool *pool)
{
    (void)numbers;
    (void)pool;
    for (size_t i = 0; i < count; i++)
        *(uint64_t *)(void *)(states[i] + offset) += !nulls || !nulls[i];
}

static void count_if_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    (void)aggregate;
    if (collect->args[0].boolean)
        ++*(uint64_t *)state;
}

static void count_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    (void)pool;
    *(uint64_t *)state += *(uint64_t *)from;
}

static void count_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    pack_number(into, *(const uint64_t *)state);
}

static bool count_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    (void)pool;
    *(uint64_t *)state = unpack_number(from);
    return !from->failed;
}

static struct value count_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                 const char **error)
{
    (void)aggregate;
    (void)arena;
    (void)error;
    return value_long((int64_t)*(const uint64_t *)state);
}

const struct aggregate_kind aggregate_kind_count = {
    .name = "count", .state_size = sizeof(uint64_t), .collect = count_collect,
    .collect_numbers = count_collect_numbers, .merge = count_merge,
    .write = count_write, .read = count_read, .result = count_result};
static const struct aggregate_kind kind_count_if = {
    .name = "count_if", .takes = TAKES_BOOLEAN, .state_size = sizeof(uint64_t), .collect = count_if_collect,
    .merge = count_merge, .write = count_write, .read = count_read, .result = count_result};

/* sum and avg: longs in 64 bits while they fit, as most do; then, and for doubles and decimals, in more memory. All
 * exact. */

struct sum_state {
    int64_t longs;
    uint64_t count;
    struct sum_more *more; /* NULL: there is no more */
};

typedef __int128 pooled_int128 __attribute__((aligned(8))); /* a pool aligns no further */

struct sum_more {
    uint64_t carry; /* times 2^64, two's complement: goes with `longs` */
    struct exact *reals;
    struct decimal_sum {
        struct exact sum; /* of unscaled numbers at `scale` */
        unsigned scale;
        unsigned whole; /* digits in front of the point that their types have */
    } *decimals;
    struct interval_sum {
        pooled_int128 months, microseconds;
        uint64_t count;
        unsigned char first, last; /* the fields it is written with */
    } *intervals;
};

static void *pool_zero(struct pool *pool, size_t size)
{
    return memset(pool_alloc(pool, size), 0, size);
}

static struct sum_more *sum_more(struct sum_state *sum, struct pool *pool)
{
    if (!sum->more)
        sum->more = pool_zero(pool, sizeof *sum->more);
    return sum->more;
}

static struct exact *sum_reals(const struct sum_state *sum)
{
    return sum->more ? sum->more->reals : NULL;
}

static struct decimal_sum *sum_decimals(const struct sum_state *sum)
{
    return sum->more ? sum->more->decimals : NULL;
}

static __int128 sum_longs(const struct sum_state *sum)
{
    unsigned __int128 high = sum->more ? (unsigned __int128)sum->more->carry << 64 : 0;
    return (__int128)(high + (unsigned __int128)sum->longs);
}

static void sum_add_long(struct sum_state *sum, int64_t number, struct pool *pool)
{
    if (__builtin_add_overflow(sum->longs, number, &sum->longs)) /* it wrapped */
        sum_more(sum, pool)->carry += number < 0 ? UINT64_MAX : 1;
}

static void sum_add_carry(struct sum_state *sum, uint64_t carry, struct pool *pool)
{
    if (carry != 0)
        sum_more(sum, pool)->carry += carry;
}

/* Brings the sum to at least `scale` digits behind the point. */
static void decimal_sum_rescale(struct decimal_sum *sum, unsigned scale, struct pool *pool)
{
    while (sum->scale < scale) {
        unsigned step = scale - sum->scale < 18 ? scale - sum->scale : 18;
        exact_multiply(&sum->sum, (uint64_t)decimal_power(step), pool);
        sum->scale += step;
    }
}

static void decimal_sum_add(struct decimal_sum *sum, const struct exact *other, unsigned scale, struct pool *pool)
{
    decimal_sum_rescale(sum, scale, pool);
    struct decimal_sum scaled = {.scale = scale};
    exact_add(&scaled.sum, other, pool);
    decimal_sum_rescale(&scaled, sum->scale, pool);
    exact_add(&sum->sum, &scaled.sum, pool);
}

static void sum_add_decimal(struct sum_state *sum, const struct value *number, struct pool *pool)
{
    struct sum_more *more = sum_more(sum, pool);
    if (!more->decimals)
        more->decimals = pool_zero(pool, sizeof *more->decimals);
    unsigned whole = number->precision > number->scale ? number->precision - number->scale : 0;
    more->decimals->whole = whole > more->decimals->whole ? whole : more->decimals->whole;
    if (number->scale == more->decimals->scale) {
        exact_add_integer(&more->decimals->sum, number->unscaled, pool);
        return;
    }
    struct exact one = {0};
    exact_add_integer(&one, number->unscaled, pool);
    decimal_sum_add(more->decimals, &one, number->scale, pool);
}

/* Wraps where only made-up states can bring it. */
static __int128 add_wide(__int128 a, __int128 b)
{
    return (__int128)((unsigned __int128)a + (unsigned __int128)b);
}

static void interval_sum_add(struct sum_state *sum, const struct interval_sum *other, struct pool *pool)
{
    struct sum_more *more = sum_more(sum, pool);
    if (!more->intervals) {
        more->intervals = pool_zero(pool, sizeof *more->intervals);
        *more->intervals = *other;
        return;
    }
    struct interval_sum *all = more->intervals;
    all->months = add_wide(all->months, other->months);
    all->microseconds = add_wide(all->microseconds, other->microseconds);
    all->count += other->count;
    all->first = other->first < all->first ? other->first : all->first;
    all->last = other->last > all->last ? other->last : all->last;
}

static void sum_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct sum_state *sum = state;
    (void)aggregate;
    struct value number = collect->args[0];
    sum->count++;
    if (number.type == VALUE_LONG) {
        sum_add_long(sum, number.integer, collect->pool);
    } else if (number.type == VALUE_DECIMAL) {
        sum_add_decimal(sum, &number, collect->pool);
    } else if (number.type == VALUE_INTERVAL) {
        const struct interval_sum one = {number.interval.months, number.interval.microseconds, 1, number.scale,
                                         number.precision};
        interval_sum_add(sum, &one, collect->pool);
    } else {
        struct sum_more *more = sum_more(sum, collect->pool);
        if (!more->reals)
            more->reals = pool_zero(collect->pool, sizeof *more->reals);
        exact_add_real(more->reals, number.real, collect->pool);
    }
}

static void sum_collect_numbers(size_t offset, char *const *states, const int64_t *numbers, const bool *nulls,
                                size_t count, struct pool *pool)
{
    for (size_t i = 0; i < count; i++) {
        struct sum_state *sum = (struct sum_state *)(void *)(states[i] + offset);
        if (nulls && nulls[i])
            continue;
        sum->count++;
        sum_add_long(sum, numbers[i], pool);
    }
}

static void sum_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    struct sum_state *sum = state;
    const struct sum_state *other = from;
    sum->count += other->count;
    sum_add_long(sum, other->longs, pool);
    if (!other->more)
        return;
    sum_add_carry(sum, other->more->carry, pool);
    if (other->more->intervals)
        interval_sum_add(sum, other->more->intervals, pool);
    struct sum_more *more = sum_more(sum, pool);
    if (!more->reals)
        more->reals = other->more->reals;
    else if (other->more->reals)
        exact_add(more->reals, other->more->reals, pool);
    if (!more->decimals)
        more->decimals = other->more->decimals;
    else if (other->more->decimals) {
        decimal_sum_add(more->decimals, &other->more->decimals->sum, other->more->decimals->scale, pool);
        if (more->decimals->whole < other->more->decimals->whole)
            more->decimals->whole = other->more->decimals->whole;
    }
}

static void sum_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct sum_state *sum = state;
    const struct exact *reals = sum_reals(sum);
    const struct decimal_sum *decimals = sum_decimals(sum);
    const struct interval_sum *intervals = sum->more ? sum->more->intervals : NULL;
    buffer_add_char(into, (char)((reals ? 1 : 0) | (decimals ? 2 : 0) | (intervals ? 4 : 0)));
    pack_number(into, sum->count);
    pack_wide(into, sum_longs(sum));
    if (reals)
        exact_write(reals, into);
    if (decimals) {
        pack_number(into, decimals->scale);
        pack_number(into, decimals->whole);
        exact_write(&decimals->sum, into);
    }
    if (intervals) {
        pack_wide(into, intervals->months);
        pack_wide(into, intervals->microseconds);
        pack_number(into, intervals->count);
        buffer_add_char(into, (char)intervals->first);
        buffer_add_char(into, (char)intervals->last);
    }
}

static bool interval_sum_read(struct sum_state *sum, struct unpack *from, struct pool *pool)
{
    struct interval_sum intervals = {.months = unpack_wide(from), .microseconds = unpack_wide(from)};
    intervals.count = unpack_number(from);
    const char *fields = unpack_raw(from, 2);
    if (!fields)
        return false;
    intervals.first = (unsigned char)fields[0];
    intervals.last = (unsigned char)fields[1];
    if (intervals.first > intervals.last || intervals.last > INTERVAL_SECOND || intervals.count == 0 ||
        intervals.count > sum->count)
        return false;
    interval_sum_add(sum, &intervals, pool);
    return true;
}

static bool sum_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    struct sum_state *sum = state;
    const char *kinds = unpack_raw(from, 1);
    sum->count = unpack_number(from);
    const __int128 longs = unpack_wide(from);
    if (!kinds || from->failed)
        return false;
    sum->longs = (int64_t)longs;
    sum_add_carry(sum, (uint64_t)((unsigned __int128)longs >> 64) + (sum->longs < 0), pool);
    if (*kinds & 1) {
        struct exact *reals = sum_more(sum, pool)->reals = pool_zero(pool, sizeof *reals);
        if (!exact_read(reals, from, pool))
            return false;
    }
    if (*kinds & 2) {
        struct decimal_sum *decimals = sum_more(sum, pool)->decimals = pool_zero(pool, sizeof *decimals);
        uint64_t scale = unpack_number(from), whole = unpack_number(from);
        if (scale > DECIMAL_DIGITS_MAX || whole > DECIMAL_DIGITS_MAX || !exact_read(&decimals->sum, from, pool))
            return false;
        decimals->scale = (unsigned)scale;
        decimals->whole = (unsigned)whole;
    }
    if (*kinds & 4 && !interval_sum_read(sum, from, pool))
        return false;
    return !from->failed;
}

/* Spark's types of sums and averages of decimal(p,s): decimal(p+10,s) and decimal(p+4,s+4). */
enum { LONG_DIGITS = 20, SUM_MORE = 10, AVERAGE_MORE = 4 };

/* The decimals and longs together, of the type that holds each of them; false when they need more than 38 digits. */
static bool sum_decimal(const struct sum_state *sum, struct pool *pool, struct decimal *total)
{
    struct decimal_sum all = {0};
    struct exact longs = {0};
    exact_add_integer(&longs, sum_longs(sum), pool);
    decimal_sum_add(&all, &sum->more->decimals->sum, sum->more->decimals->scale, pool);
    decimal_sum_add(&all, &longs, 0, pool);
    unsigned whole = sum->more->decimals->whole, present = sum_longs(sum) != 0 ? LONG_DIGITS : 0;
    total->precision = (unsigned char)((whole > present ? whole : present) + all.scale);
    total->scale = (unsigned char)all.scale;
    return exact_integer(&all.sum, &total->unscaled) && decimal_digits(total->unscaled) <= DECIMAL_DIGITS_MAX;
}

/* Everything together, where a double was among it. Decimals count as the double nearest to their sum. */
static double sum_real(const struct sum_state *sum, struct pool *pool)
{
    struct exact all = {0};
    exact_add(&all, sum->more->reals, pool);
    exact_add_integer(&all, sum_longs(sum), pool);
    const struct decimal_sum *decimals = sum->more->decimals;
    if (decimals)
        exact_add_real(&all, exact_real(&decimals->sum) / pow(10, decimals->scale), pool);
    return exact_real(&all);
}

/* With room for so many digits more than its type has, and for those it has. */
static struct value decimal_value(struct decimal decimal, unsigned more)
{
    unsigned digits = decimal_digits(decimal.unscaled), precision = decimal.precision + more;
    precision = precision > digits ? precision : digits;
    decimal.precision = (unsigned char)(precision < DECIMAL_DIGITS_MAX ? precision : DECIMAL_DIGITS_MAX);
    return (struct value){
        .type = VALUE_DECIMAL, .scale = decimal.scale, .precision = decimal.precision, .unscaled = decimal.unscaled};
}

/* The sum of lengths of time, or their average, half away from zero; months and times have no common length. */
static struct value interval_result(const struct sum_state *sum, bool average, const char **error)
{
    const struct interval_sum *all = sum->more->intervals;
    bool months = all->last <= INTERVAL_MONTH;
    if (all->count != sum->count ||
        (months ? all->microseconds != 0 : all->first <= INTERVAL_MONTH || all->months != 0)) {
        *error = "lengths of time are added to others of their kind only: months, or days to seconds";
        return value_null();
    }
    __int128 total = months ? all->months : all->microseconds;
    if (average) {
        __int128 count = (__int128)all->count, rest = total % count;
        total = total / count + (2 * rest >= count) - (2 * rest <= -count);
    }
    if (months ? total != (int32_t)total : total != (int64_t)total) {
        *error = "the sum of these lengths of time is too large";
        return value_null();
    }
    struct value result = {.type = VALUE_INTERVAL, .scale = all->first, .precision = all->last};
    if (average) { /* of hours may be seconds */
        result.scale = months ? INTERVAL_YEAR : INTERVAL_DAY;
        result.precision = months ? INTERVAL_MONTH : INTERVAL_SECOND;
    }
    result.interval.months = months ? (int32_t)total : 0;
    result.interval.microseconds = months ? 0 : (int64_t)total;
    return result;
}

static struct value sum_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                               const char **error)
{
    (void)arena;
    const char *ignored = NULL;
    error = aggregate->variant == TRY ? &ignored : error;
    const struct sum_state *sum = state;
    if (sum->count == 0)
        return value_null();
    struct pool pool = {0};
    struct value result = value_null();
    struct decimal total;
    if (sum->more && sum->more->intervals)
        result = interval_result(sum, false, error);
    else if (sum_reals(sum))
        result = value_double(sum_real(sum, &pool));
    else if (sum_decimals(sum) && sum_decimal(sum, &pool, &total))
        result = decimal_value(total, SUM_MORE);
    else if (sum_decimals(sum))
        *error = "the sum has more than 38 digits";
    else if (sum_longs(sum) < INT64_MIN || sum_longs(sum) > INT64_MAX)
        *error = "the sum is beyond 64 bits (sum(cast(… as decimal(38,0))) and sum(double(…)) reach further)";
    else
        result = value_long((int64_t)sum_longs(sum));
    pool_free(&pool);
    return result;
}

/* Spark gives avg of decimal(p,s) four more digits behind the point, HALF_UP. */
static struct value average_decimal(struct decimal total, uint64_t count)
{
    unsigned more = total.scale + AVERAGE_MORE <= DECIMAL_DIGITS_MAX ? AVERAGE_MORE : DECIMAL_DIGITS_MAX - total.scale;
    bool negative = total.unscaled < 0;
    unsigned __int128 left = negative ? -(unsigned __int128)total.unscaled : (unsigned __int128)total.unscaled;
    unsigned __int128 power = (unsigned __int128)decimal_power(more);
    unsigned __int128 whole = left / count, rest = left % count * power;
    unsigned __int128 quotient = whole * power + rest / count; /* count < 2^64, power <= 10^4: no overflow */
    quotient += rest % count >= count - rest % count;
    if (whole > (unsigned __int128)decimal_power(DECIMAL_DIGITS_MAX - more - 1))
        return value_double((negative ? -1 : 1) * (double)left / (double)count / pow(10, total.scale));
    struct decimal average = {.unscaled = negative ? -(__int128)quotient : (__int128)quotient,
                              .precision = total.precision,
                              .scale = (unsigned char)(total.scale + more)};
    return decimal_value(average, AVERAGE_MORE);
}

static struct value average_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                   const char **error)
{
    (void)arena;
    const char *ignored = NULL;
    error = aggregate->variant == TRY ? &ignored : error;
    const struct sum_state *sum = state;
    if (sum->count == 0)
        return value_null();
    struct pool pool = {0};
    struct value result = value_null();
    struct decimal total;
    if (sum->more && sum->more->intervals)
        result = interval_result(sum, true, error);
    else if (sum_reals(sum))
        result = value_double(sum_real(sum, &pool) / (double)sum->count);
    else if (sum_decimals(sum) && sum_decimal(sum, &pool, &total))
        result = average_decimal(total, sum->count);
    else if (sum_decimals(sum))
        *error = "the sum below the average has more than 38 digits";
    else
        result = value_double(exact_quotient(sum_longs(sum), sum->count));
    pool_free(&pool);
    return result;
}

static const struct aggregate_kind kind_sum = {
    .name = "sum", .takes = TAKES_AMOUNT, .state_size = sizeof(struct sum_state), .collect = sum_collect,
    .collect_numbers = sum_collect_numbers,
    .merge = sum_merge, .write = sum_write, .read = sum_read, .result = sum_result};
static const struct aggregate_kind kind_average = {
    .name = "avg", .takes = TAKES_AMOUNT, .state_size = sizeof(struct sum_state), .collect = sum_collect,
    .collect_numbers = sum_collect_numbers,
    .merge = sum_merge, .write = sum_write, .read = sum_read, .result = average_result};

/* variance, stddev: count and the exact sums of x and x². */

struct variance_state {
    uint64_t count;
    struct exact sum, squares;
};

static void variance_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct variance_state *variance = state;
    (void)aggregate;
    struct value number = collect->args[0];
    double real = value_to_double(&number);
    variance->count++;
    exact_add_real(&variance->sum, real, collect->pool);
    exact_add_square(&variance->squares, real, collect->pool);
}

static void variance_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    struct variance_state *variance = state;
    const struct variance_state *other = from;
    variance->count += other->count;
    exact_add(&variance->sum, &other->sum, pool);
    exact_add(&variance->squares, &other->squares, pool);
}

static void variance_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct variance_state *variance = state;
    pack_number(into, variance->count);
    exact_write(&variance->sum, into);
    exact_write(&variance->squares, into);
}

static bool variance_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    struct variance_state *variance = state;
    variance->count = unpack_number(from);
    return exact_read(&variance->sum, from, pool) && exact_read(&variance->squares, from, pool) && !from->failed;
}

static struct value variance_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                    const char **error)
{
    (void)arena;
    (void)error;
    const struct variance_state *variance = state;
    double divisor = (double)variance->count - (aggregate->sample ? 1 : 0);
    if (divisor <= 0)
        return value_null(); /* Spark: one value has no sample variance */
    return value_double(exact_variance(&variance->sum, &variance->squares, variance->count, divisor, aggregate->root));
}

static const struct aggregate_kind kind_variance = {
    .name = "variance", .takes = TAKES_NUMBER, .state_size = sizeof(struct variance_state), .collect = variance_collect,
    .merge = variance_merge, .write = variance_write, .read = variance_read, .result = variance_result};

const struct aggregate_row aggregates_number[] = {
    {.function = {.callable = {"count", NULL, "*; x; x, y", "Bigint, never null",
      "Records: all, or those where no argument is null",
      "count(*) => 5\n"
      "count(x) => 4\n"
      "count(distinct x) => 3\n"
      "count(*) filter (where y > 10) => 3"},
     .least = 1, .most = SIZE_MAX, .star = true},
     .kind = &aggregate_kind_count},
    {.function = {.callable = {"count_if", NULL, "condition", "Bigint, never null",
      "Records for which it is true",
      "count_if(y > 10) => 3"},
     .least = 1, .most = 1},
     .kind = &kind_count_if},
    {.function = {.callable = {"sum", NULL, "x",
      "Bigint of whole numbers, decimal, double, or length of time; null of no value",
      "Exact, and rounded once: no order of records, threads or merging changes it. Whole numbers are added "
      "in 128 bits (a result beyond 64 is an error), decimals in 38 digits, doubles in as many bits as they "
      "need. Strings count as the numbers they read as, or not at all. Lengths of time, such as t2 - t1, "
      "are added too",
      "sum(x) => 9\n"
      "sum(x * 0.1) => 0.9\n"
      "sum(distinct x) => 7"},
     .least = 1, .most = 1},
     .kind = &kind_sum},
    {.function = {.callable = {"try_sum", NULL, "x", "As sum; null where that is an error",
      "The sum",
      "try_sum(x + 9223372036854775800) => null"},
     .least = 1, .most = 1},
     .kind = &kind_sum, .variant = TRY},
    {.function = {.callable = {"avg", "mean", "x",
      "Double, decimal with four more digits, or length of time; null of no value",
      "The average, from the exact sum",
      "avg(x) => 2.25"},
     .least = 1, .most = 1},
     .kind = &kind_average},
    {.function = {.callable = {"try_avg", NULL, "x", "As avg; null where that is an error",
      "The average",
      "try_avg(x) => 2.25"},
     .least = 1, .most = 1},
     .kind = &kind_average, .variant = TRY},
    {.function = {.callable = {"stddev", "stddev_samp std", "x", "Double; null of less than two values",
      "Standard deviation of a sample, from exact sums: no digits cancel",
      "stddev(x) => 1.2583057392117916"},
     .least = 1, .most = 1},
     .kind = &kind_variance, .sample = true, .root = true},
    {.function = {.callable = {"stddev_pop", NULL, "x", "Double, null of no value",
      "Standard deviation of all",
      "stddev_pop(x) => 1.0897247358851685"},
     .least = 1, .most = 1},
     .kind = &kind_variance, .root = true},
    {.function = {.callable = {"variance", "var_samp", "x", "Double; null of less than two values",
      "Variance of a sample",
      "variance(x) => 1.5833333333333333"},
     .least = 1, .most = 1},
     .kind = &kind_variance, .sample = true},
    {.function = {.callable = {"var_pop", NULL, "x", "Double, null of no value",
      "Variance of all",
      "var_pop(x) => 1.1875"},
     .least = 1, .most = 1},
     .kind = &kind_variance},
    {.kind = NULL},
};

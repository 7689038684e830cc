/* The aggregates of pairs of numbers (correlation, covariance, linear regression), and those of bits. */
#include <math.h>

#include "group/aggregate/aggregate_inner.h"
#include "group/exact.h"
#include "value/cast.h"

/* Exact sums of x, y and their products, so that no result depends on the order of records. In regr_* y comes first. */

struct pair_state {
    uint64_t count;
    struct exact x, y, xx, yy, xy;
};

static void pair_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct pair_state *pair = state;
    (void)aggregate;
    struct value second = cast_double(&collect->args[1]);
    if (second.type == VALUE_NULL)
        return;
    double y = value_to_double(&collect->args[0]), x = second.real;
    pair->count++;
    exact_add_real(&pair->x, x, collect->pool);
    exact_add_real(&pair->y, y, collect->pool);
    exact_add_square(&pair->xx, x, collect->pool);
    exact_add_square(&pair->yy, y, collect->pool);
    exact_add_product(&pair->xy, x, y, collect->pool);
}

static void pair_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    struct pair_state *pair = state;
    const struct pair_state *other = from;
    pair->count += other->count;
    exact_add(&pair->x, &other->x, pool);
    exact_add(&pair->y, &other->y, pool);
    exact_add(&pair->xx, &other->xx, pool);
    exact_add(&pair->yy, &other->yy, pool);
    exact_add(&pair->xy, &other->xy, pool);
}

static void pair_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct pair_state *pair = state;
    pack_number(into, pair->count);
    exact_write(&pair->x, into);
    exact_write(&pair->y, into);
    exact_write(&pair->xx, into);
    exact_write(&pair->yy, into);
    exact_write(&pair->xy, into);
}

static bool pair_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    struct pair_state *pair = state;
    pair->count = unpack_number(from);
    return exact_read(&pair->x, from, pool) && exact_read(&pair->y, from, pool) && exact_read(&pair->xx, from, pool) &&
           exact_read(&pair->yy, from, pool) && exact_read(&pair->xy, from, pool) && !from->failed;
}

/* n * sum(xy) - sum(x) * sum(y), and so on: mantissa * 2^exponent. */
struct scaled {
    double mantissa;
    int exponent;
};

static double scaled_real(struct scaled number, double divisor)
{
    return ldexp(number.mantissa / divisor, number.exponent);
}

static double ratio(struct scaled a, struct scaled b)
{
    return ldexp(a.mantissa / b.mantissa, a.exponent - b.exponent);
}

/* xy / sqrt(xx * yy) */
static double correlation(struct scaled xy, struct scaled xx, struct scaled yy)
{
    int exponent = xx.exponent + yy.exponent;
    double product = sqrt(xx.mantissa) * sqrt(yy.mantissa);
    if (exponent % 2 != 0) {
        product *= sqrt(2);
        exponent--;
    }
    return ldexp(xy.mantissa / product, xy.exponent - exponent / 2);
}

static struct value pair_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                const char **error)
{
    (void)arena;
    (void)error;
    const struct pair_state *pair = state;
    double n = (double)pair->count, average_x = exact_real(&pair->x) / n, average_y = exact_real(&pair->y) / n;
    if (aggregate->variant == PAIR_COUNT)
        return value_long((int64_t)pair->count);
    if (pair->count == 0)
        return value_null();
    struct scaled xx, yy, xy;
    exact_spread(&pair->x, &pair->xx, pair->count, &xx.mantissa, &xx.exponent);
    exact_spread(&pair->y, &pair->yy, pair->count, &yy.mantissa, &yy.exponent);
    exact_cross(&pair->x, &pair->y, &pair->xy, pair->count, &xy.mantissa, &xy.exponent);
    bool flat_x = xx.mantissa == 0, flat_y = yy.mantissa == 0;
    switch ((enum aggregate_variant)aggregate->variant) {
    case PAIR_AVERAGE_X:
        return value_double(average_x);
    case PAIR_AVERAGE_Y:
        return value_double(average_y);
    case PAIR_SXX:
        return value_double(scaled_real(xx, n));
    case PAIR_SYY:
        return value_double(scaled_real(yy, n));
    case PAIR_SXY:
        return value_double(scaled_real(xy, n));
    case PAIR_COVARIANCE:
        if (aggregate->sample && pair->count < 2)
            return value_null();
        return value_double(scaled_real(xy, n * (aggregate->sample ? n - 1 : n)));
    case PAIR_CORRELATION:
        return pair->count < 2 || flat_x || flat_y ? value_null() : value_double(correlation(xy, xx, yy));
    case PAIR_SLOPE:
        return flat_x ? value_null() : value_double(ratio(xy, xx));
    case PAIR_INTERCEPT:
        return flat_x ? value_null() : value_double(average_y - ratio(xy, xx) * average_x);
    case PAIR_R2:
        if (flat_x)
            return value_null();
        return value_double(flat_y ? 1 : ratio(xy, xx) * ratio(xy, yy));
    default:
        return value_null();
    }
}

static const struct aggregate_kind kind_pair = {
    .name = "corr", .takes = TAKES_NUMBER, .state_size = sizeof(struct pair_state), .collect = pair_collect,
    .merge = pair_merge, .write = pair_write, .read = pair_read, .result = pair_result};

/* bit_and, bit_or, bit_xor */

struct bits_state {
    uint64_t bits, any;
};

static void bits_combine(const struct aggregate *aggregate, struct bits_state *state, uint64_t bits)
{
    if (!state->any)
        state->bits = bits;
    else if (aggregate->variant == BITS_AND)
        state->bits &= bits;
    else if (aggregate->variant == BITS_OR)
        state->bits |= bits;
    else
        state->bits ^= bits;
    state->any = 1;
}

static void bits_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    struct value number = cast_long(&collect->args[0]);
    if (number.type != VALUE_NULL)
        bits_combine(aggregate, state, (uint64_t)number.integer);
}

static void bits_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)pool;
    const struct bits_state *other = from;
    if (other->any)
        bits_combine(aggregate, state, other->bits);
}

static void bits_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct bits_state *seen = state;
    buffer_add_char(into, (char)seen->any);
    pack_word(into, seen->bits);
}

static bool bits_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    (void)pool;
    struct bits_state *seen = state;
    const char *any = unpack_raw(from, 1);
    seen->bits = unpack_word(from);
    if (!any || from->failed)
        return false;
    seen->any = *any != 0;
    return true;
}

static struct value bits_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                const char **error)
{
    (void)aggregate;
    (void)arena;
    (void)error;
    const struct bits_state *seen = state;
    return seen->any ? value_long((int64_t)seen->bits) : value_null();
}

static const struct aggregate_kind kind_bits = {
    .name = "bit_and", .takes = TAKES_NUMBER, .state_size = sizeof(struct bits_state), .collect = bits_collect,
    .merge = bits_merge, .write = bits_write, .read = bits_read, .result = bits_result};

const struct aggregate_row aggregates_pair[] = {
    {.function = {.callable = {"corr", NULL, "y, x",
      "Double; null of less than two pairs, or where all x or all y are one",
      "Correlation of the records that have both, from exact sums",
      "corr(y, x) => 0.99921706779933"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_CORRELATION},
    {.function = {.callable = {"covar_pop", NULL, "y, x", "Double, null of no pair",
      "Covariance of all",
      "covar_pop(y, x) => 11.8125"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_COVARIANCE},
    {.function = {.callable = {"covar_samp", NULL, "y, x", "Double; null of less than two pairs",
      "Covariance of a sample",
      "covar_samp(y, x) => 15.75"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_COVARIANCE, .sample = true},
    {.function = {.callable = {"regr_count", NULL, "y, x", "Bigint, never null",
      "How many records have both",
      "regr_count(y, x) => 4"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_COUNT},
    {.function = {.callable = {"regr_avgx", NULL, "y, x", "Double, null of no pair",
      "Average of x where both are there",
      "regr_avgx(y, x) => 2.25"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_AVERAGE_X},
    {.function = {.callable = {"regr_avgy", NULL, "y, x", "Double, null of no pair",
      "Average of y where both are there",
      "regr_avgy(y, x) => 22.75"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_AVERAGE_Y},
    {.function = {.callable = {"regr_sxx", NULL, "y, x", "Double, null of no pair",
      "Sum of the squares of what x differs from its average",
      "regr_sxx(y, x) => 4.75"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_SXX},
    {.function = {.callable = {"regr_syy", NULL, "y, x", "Double, null of no pair",
      "Sum of the squares of what y differs from its average",
      "regr_syy(y, x) => 470.75"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_SYY},
    {.function = {.callable = {"regr_sxy", NULL, "y, x", "Double, null of no pair",
      "Sum of the products of both differences",
      "regr_sxy(y, x) => 47.25"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_SXY},
    {.function = {.callable = {"regr_slope", NULL, "y, x", "Double; null where all x are one",
      "Slope of the line through the pairs",
      "regr_slope(y, x) => 9.947368421052632"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_SLOPE},
    {.function = {.callable = {"regr_intercept", NULL, "y, x", "Double; null where all x are one",
      "Where that line is at x = 0",
      "regr_intercept(y, x) => 0.36842105263157876"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_INTERCEPT},
    {.function = {.callable = {"regr_r2", NULL, "y, x", "Double; null where all x are one",
      "How well the line fits, from 0 to 1",
      "regr_r2(y, x) => 0.998434748581491"},
     .least = 2, .most = 2},
     .kind = &kind_pair, .variant = PAIR_R2},
    {.function = {.callable = {"bit_and", NULL, "x", "Bigint, null of no value",
      "The bits that are set in all",
      "bit_and(x) => 0"},
     .least = 1, .most = 1},
     .kind = &kind_bits, .variant = BITS_AND},
    {.function = {.callable = {"bit_or", NULL, "x", "Bigint, null of no value",
      "The bits that are set in any",
      "bit_or(x) => 7"},
     .least = 1, .most = 1},
     .kind = &kind_bits, .variant = BITS_OR},
    {.function = {.callable = {"bit_xor", NULL, "x", "Bigint, null of no value",
      "The bits that are set in an odd number of them",
      "bit_xor(x) => 5"},
     .least = 1, .most = 1},
     .kind = &kind_bits, .variant = BITS_XOR},
    {.kind = NULL},
};

/* skewness, kurtosis: count and the exact sums of the first four powers. */
#include <math.h>

#include "group/aggregate/aggregate_inner.h"
#include "group/exact.h"
#include "value/cast.h"

enum { POWERS = 4 };

struct moments_state {
    uint64_t count;
    struct exact powers[POWERS];
};

static void moments_collect(const struct aggregate *aggregate, void *state, const struct collect *collect)
{
    (void)aggregate;
    struct moments_state *moments = state;
    struct value number = collect->args[0];
    double real = value_to_double(&number);
    moments->count++;
    exact_add_real(&moments->powers[0], real, collect->pool);
    exact_add_square(&moments->powers[1], real, collect->pool);
    exact_add_cube(&moments->powers[2], real, collect->pool);
    exact_add_fourth(&moments->powers[3], real, collect->pool);
}

static void moments_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool)
{
    (void)aggregate;
    struct moments_state *moments = state;
    const struct moments_state *other = from;
    moments->count += other->count;
    for (int i = 0; i < POWERS; i++)
        exact_add(&moments->powers[i], &other->powers[i], pool);
}

static void moments_write(const struct aggregate *aggregate, const void *state, struct buffer *into)
{
    (void)aggregate;
    const struct moments_state *moments = state;
    pack_number(into, moments->count);
    for (int i = 0; i < POWERS; i++)
        exact_write(&moments->powers[i], into);
}

static bool moments_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool)
{
    (void)aggregate;
    struct moments_state *moments = state;
    moments->count = unpack_number(from);
    for (int i = 0; i < POWERS; i++)
        if (!exact_read(&moments->powers[i], from, pool))
            return false;
    return !from->failed;
}

/* With all in whole numbers but the last steps: of the sums of powers S1 to S4 and n,
 * skewness = (n^2 S3 - 3 n S1 S2 + 2 S1^3) / spread^1.5, kurtosis = (n^3 S4 - ...) / spread^2 - 3, where
 * spread = n S2 - S1^2. */
static struct value moments_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                   const char **error)
{
    (void)arena;
    (void)error;
    const struct moments_state *moments = state;
    double spread, moment;
    int spread_exponent, moment_exponent;
    exact_spread(&moments->powers[0], &moments->powers[1], moments->count, &spread, &spread_exponent);
    if (moments->count == 0 || spread == 0)
        return value_null(); /* as in Spark where all are equal */
    if (spread_exponent % 2 != 0) {
        spread *= 2;
        spread_exponent--;
    }
    if (aggregate->variant == SKEWNESS) {
        exact_skew(moments->powers, moments->count, &moment, &moment_exponent);
        return value_double(ldexp(moment / (spread * sqrt(spread)), moment_exponent - spread_exponent / 2 * 3));
    }
    exact_tail(moments->powers, moments->count, &moment, &moment_exponent);
    return value_double(ldexp(moment / spread / spread, moment_exponent - 2 * spread_exponent) - 3);
}

static const struct aggregate_kind kind_moments = {
    .name = "moments", .takes = TAKES_NUMBER, .state_size = sizeof(struct moments_state), .collect = moments_collect,
    .merge = moments_merge, .write = moments_write, .read = moments_read, .result = moments_result};

const struct aggregate_row aggregates_moments[] = {
    {.function = {.callable = {"skewness", NULL, "x", "Double; null of no value, or where all are equal",
      "How far it leans: the third moment about the average, by the standard deviation; from exact sums",
      "skewness(x) => 0.6520236646847544"},
     .least = 1, .most = 1},
     .kind = &kind_moments, .variant = SKEWNESS},
    {.function = {.callable = {"kurtosis", NULL, "x", "Double; null of no value, or where all are equal",
      "How heavy its tails are: the fourth moment, less the 3 of a normal distribution; from exact sums",
      "kurtosis(x) => -0.9030470914127422"},
     .least = 1, .most = 1},
     .kind = &kind_moments, .variant = KURTOSIS},
    {.kind = NULL},
};

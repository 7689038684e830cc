/* histogram_numeric: at most so many bins, each with its centre and how many values it stands for. */
#include <stdlib.h>
#include <string.h>

#include "group/aggregate/percentile_inner.h"
#include "value/cast.h"
#include "value/nested.h"

struct bin {
    double centre, count;
};

/* Bins closest to each other become one until there are few enough: Spark's way (Ben-Haim and Tom-Tov), but over the
 * sorted values, so that no order of records changes the bins. */
static size_t close_up(struct bin *bins, size_t count)
{
    size_t closest = 0;
    for (size_t i = 1; i + 1 < count; i++)
        if (bins[i + 1].centre - bins[i].centre < bins[closest + 1].centre - bins[closest].centre)
            closest = i;
    struct bin *left = &bins[closest], *right = left + 1;
    double both = left->count + right->count;
    left->centre = (left->centre * left->count + right->centre * right->count) / both;
    left->count = both;
    memmove(right, right + 1, (count - closest - 2) * sizeof *bins);
    return count - 1;
}

static struct value histogram_result(const struct aggregate *aggregate, const void *state, struct arena *arena,
                                     const char **error)
{
    const struct discrete_state *all = state;
    struct pool memory = {0};
    size_t run_count, count = 0, most = aggregate->precision;
    if (!percentile_is_of_one(&all->values, error))
        return value_null();
    const struct percentile_run *runs = percentile_runs(&all->values, &memory, &run_count);
    struct bin *bins = mem_resize(NULL, most + 1, sizeof *bins);
    for (size_t i = 0; i < run_count; i++) {
        bins[count] = (struct bin){.centre = runs[i].real, .count = (double)runs[i].count};
        count = count + 1 > most ? close_up(bins, count + 1) : count + 1;
    }
    enum result_form form = percentile_discrete_form(all);
    struct nested_text text = {.arena = arena};
    nested_add(&text, "[", 1);
    for (size_t i = 0; i < count; i++) {
        const struct value names[] = {value_string("x", 1), value_string("y", 1)};
        const struct value values[] = {
            percentile_value(&all->values, bins[i].centre, form), value_double(bins[i].count)};
        struct nested_text bin = {.arena = arena};
        nested_add(&bin, "{", 1);
        for (int k = 0; k < 2; k++) {
            nested_add_key(&bin, &names[k]);
            nested_add_value(&bin, &values[k]);
        }
        struct value one = nested_finish(&bin, VALUE_STRUCT);
        nested_add_value(&text, &one);
    }
    free(bins);
    pool_free(&memory);
    return count == 0 ? value_null() : nested_finish(&text, VALUE_ARRAY);
}

enum { BINS_MAX = 10000 };

static const char *histogram_prepare(struct aggregate *aggregate, const struct value *constants, size_t count,
                                     struct arena *arena)
{
    (void)arena;
    struct value bins = count == 1 ? cast_long(&constants[0]) : value_long(0);
    bins.integer = bins.type == VALUE_LONG ? bins.integer : 0;
    aggregate->precision = (unsigned)(bins.integer < 2 || bins.integer > BINS_MAX ? 0 : bins.integer);
    return aggregate->precision ? NULL : "expected how many bins: 2 to 10000";
}

static const struct aggregate_kind kind_histogram = {
    .name = "histogram_numeric", .state_size = sizeof(struct discrete_state), .constants = 1, .takes = TAKES_MOMENT,
    .prepare = histogram_prepare, .collect = percentile_discrete_collect, .merge = percentile_discrete_merge,
    .write = percentile_discrete_write, .read = percentile_discrete_read, .result = histogram_result,
};

const struct aggregate_row aggregates_histogram[] = {
    {.function = {.callable = {"histogram_numeric", NULL, "x, n", "Array of structs with x and y; null of no value",
      "At most n bins, each with its centre x and how many values y it stands for: the closest become one, in the "
      "order of their size. All different values are kept",
      "histogram_numeric(x, 2) => [{\"x\":1,\"y\":3.0},{\"x\":4,\"y\":1.0}]"},
     .least = 2, .most = 2},
     .kind = &kind_histogram},
    {.kind = NULL},
};

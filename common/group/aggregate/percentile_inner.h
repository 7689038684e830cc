/* percentile_inner: all values of a group, for what is told of their order: percentiles and histograms. */
#ifndef ATOOLS_AGGREGATE_PERCENTILE_INNER_H
#define ATOOLS_AGGREGATE_PERCENTILE_INNER_H

#include "group/aggregate/aggregate_inner.h"

/* A value, or an amount of its unit, and how often it came. */
struct percentile_run {
    double real;
    uint64_t count;
};

struct percentile_pending {
    struct percentile_run *runs;
    size_t count, cap;
};

struct percentile_state {
    struct percentile_run *runs;
    double *fresh;
    size_t run_count, run_cap;
    size_t fresh_count, fresh_cap;
    struct percentile_pending *pending; /* NULL: nothing was ever merged in pieces */
    uint32_t of; /* what the values are: PERCENTILE_NUMBERS and so on, or a type of times with its fields */
};

enum { PERCENTILE_NONE, PERCENTILE_NUMBERS, PERCENTILE_MIXED = 2 };

/* Whole numbers stay such, unless others came as well. */
struct discrete_state {
    struct percentile_state values;
    uint64_t fractional;
};
void percentile_discrete_collect(const struct aggregate *aggregate, void *state, const struct collect *collect);
void percentile_discrete_merge(const struct aggregate *aggregate, void *state, void *from, struct pool *pool);
void percentile_discrete_write(const struct aggregate *aggregate, const void *state, struct buffer *into);
bool percentile_discrete_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool);

/* The values of a state, which must not change, from the least on: in it or in `memory`. */
const struct percentile_run *percentile_runs(const struct percentile_state *state, struct pool *memory, size_t *count);

/* How a value is given: between two of them, or as one that came. */
enum result_form { RESULT_BETWEEN, RESULT_REAL_VALUE, RESULT_WHOLE_VALUE };
enum result_form percentile_discrete_form(const struct discrete_state *state); /* of a value that came */
struct value percentile_value(const struct percentile_state *state, double real, enum result_form form);

/* Where numbers, dates, timestamps and lengths of time came together there is no result: *error says so. */
bool percentile_is_of_one(const struct percentile_state *state, const char **error);

#endif

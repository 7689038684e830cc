/* aggregate: every aggregate function under one life cycle: init (zeroed memory), collect, merge,
 * write and read of a state, result. One function is one row of a table (aggregate_kinds).
 *
 * A group's states lie one behind the other in `aggregates->size` bytes, aligned to 8, zeroed to begin with;
 * what they point to comes from a pool and lives as long as that. A set of aggregates is immutable once
 * prepared and shared by threads; a state belongs to one thread.
 *
 * No result depends on the order in which values were collected or states merged, except those of the
 * aggregates that are about order (aggregate_is_ordered): their states carry each value's place. */
#ifndef ATOOLS_AGGREGATE_H
#define ATOOLS_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "value/pack.h"

struct aggregate_kind;

/* One call, ready. The fields behind `kind` are aggregate*.c's own. */
struct aggregate {
    const struct aggregate_kind *kind;
    const struct aggregate_call *call;
    size_t offset;           /* of its state */
    size_t arg_count;        /* evaluated for each row; the others are constants, taken at the start */
    bool distinct, ansi;
    bool ignore_nulls;       /* first, last, any_value */
    bool descending;         /* max, max_by; last; percentiles and mode from the end */
    size_t order_count;      /* of the row's arguments, the last ones: keys that what is joined is ordered by */
    bool sample;             /* variance of a sample: n - 1 */
    bool root;               /* stddev */
    bool many;               /* percentile of an array of fractions */
    unsigned char variant;   /* which of its kind's results: enum aggregate_variant */
    unsigned precision;      /* approx_count_distinct */
    const double *fractions; /* percentile */
    size_t fraction_count;
    struct value separator;  /* string_agg */
    bool star;               /* count(*) without a filter */
    bool plain;              /* one argument, a plain path: */
    size_t slot;
    size_t first_value;      /* its place in aggregate_inputs.values */
};

struct aggregates {
    struct aggregate *list; /* one a call */
    size_t count;
    size_t size;         /* of a group's states */
    size_t value_count;  /* arguments of all together */
    bool rows_only;      /* nothing but count(*): aggregates_evaluate has nothing to do */
    struct arena arena;
};

/* The aggregate functions, for expr_options. */
aggregate_table aggregate_function_at;

/* Prepares the calls (which must live on). NULL, with the problem, where an argument is wrong. */
struct aggregates *aggregates_new(const struct aggregate_call *calls, size_t count, bool ansi, struct problem *problem);
void aggregates_free(struct aggregates *aggregates);

/* True if the result depends on the order of the input (first, last, any_value, collect_list, string_agg). */
bool aggregate_is_ordered(const struct aggregate *aggregate);

/* What a row brings to each aggregate; memory of one thread, used for row after row. */
struct aggregate_inputs {
    struct value *values; /* the arguments of all aggregates, one behind the other */
    bool *skip;           /* by aggregate: the row does not count (its filter, a null) */
};
/* An array of count inputs, one a row that waits to be collected. */
struct aggregate_inputs *aggregates_inputs_new(const struct aggregates *aggregates, size_t count);
void aggregates_inputs_free(struct aggregate_inputs *inputs);

/* Evaluates filters and arguments; texts of values point into the row's batch or arena. False if row->error is set: a
 * bad record, of which nothing must be collected. */
bool aggregates_evaluate(const struct aggregates *aggregates, struct aggregate_inputs *inputs, struct row *row);

/* Adds an evaluated row, whose place (sort_place) is unique, to a group's states. Cannot fail. The arena is for
 * scratch. */
void aggregates_collect(const struct aggregates *aggregates, const struct aggregate_inputs *inputs, char *states,
                        uint64_t place, struct pool *pool, struct arena *arena);

/* Whether values come from columns: each argument is a plain path, and only of whole numbers are more than nulls asked
 * for. */
bool aggregates_take_columns(const struct aggregates *aggregates);

/* Whether an aggregate of such asks for numbers. */
bool aggregate_takes_numbers(const struct aggregate *aggregate);

/* Adds `count` rows of columns to aggregate number `i`, each to one of states: numbers (NULL: none were asked for) but
 * nulls (NULL: there are none). */
void aggregates_collect_column(const struct aggregates *aggregates, size_t i, char *const *states,
                               const int64_t *numbers, const bool *nulls, size_t count, struct pool *pool);

/* Adds `from` into states. What from points to is shared from then on. */
void aggregates_merge(const struct aggregates *aggregates, char *states, char *from, struct pool *pool);

void aggregates_write(const struct aggregates *aggregates, const char *states, struct buffer *into);
/* Reads into zeroed states; false if the bytes are not a set of states. */
bool aggregates_read(const struct aggregates *aggregates, char *states, struct unpack *from, struct pool *pool);

/* The results, one a call. False, with *error in the arena, if one cannot be given (a sum beyond 64 bits). */
bool aggregates_result(const struct aggregates *aggregates, const char *states, struct value *results,
                       struct arena *arena, const char **error);

#endif

/* group_pivot: rows of groups turned: what the groups of one value of a column come to stands in columns named after
 * the value, as Spark's groupBy(keys).pivot(column).agg(list).
 *
 * Groups are made by the keys and the column; then there is a row for each value of the keys, in which what no record
 * had is null. */
#ifndef ATOOLS_GROUP_PIVOT_H
#define ATOOLS_GROUP_PIVOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/output.h"
#include "base/problem.h"
#include "group/report.h"
#include "group/select.h"
#include "table/table.h"

/* Values, unless they are listed, as in Spark (spark.sql.pivotMaxValues). */
enum { PIVOT_VALUES_MAX = 10000 };

struct group_pivot;

/* What is asked. All texts live on. */
struct group_pivot_options {
    const char *pivot; /* COLUMN, or COLUMN in (VALUE [as NAME], …); (COLUMN, …) in ((VALUE, …), …) */
    const char *keys;  /* or NULL */
    const char *list;  /* of aggregates */
    const char *having, *order; /* of the columns that come out; or NULL */
    bool merging;      /* as group_select_new has it */
    const struct table_options *table; /* which draws columns that come out; or NULL */
};

/* The pivot, and by what groups are made for it: the keys, with its columns behind them. What is of the columns that
 * come out is read here if the values are listed, or else when they are known. The caller frees both, where there is a
 * problem too: then either may be NULL. */
struct group_pivot *group_pivot_start(const struct group_pivot_options *options, const struct expr_options *expr,
                                      struct group_select **select, struct problem *problem);

/* Only what the text says, as options->pivot has it. NULL: it is wrong. */
struct group_pivot *group_pivot_new(const char *text, const struct expr_options *expr, struct problem *problem);
void group_pivot_free(struct group_pivot *pivot);

/* What a listed value is called. */
const char *group_pivot_name(const struct group_pivot *pivot, size_t value);

/* What is grouped by, as a list of keys. Lives as long as the pivot. */
const char *group_pivot_keys(const struct group_pivot *pivot);

/* For group_report_write: writes the rows, in the form of report->project, its limit and offset. False with a problem.
 */
bool group_pivot_write(struct group_pivot *pivot, const struct group_report *report, struct groups *groups,
                       struct output *out, struct problem *problem);

#endif

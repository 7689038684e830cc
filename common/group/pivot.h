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

/* COLUMN, or COLUMN in (VALUE [as NAME], …); (COLUMN, …) in ((VALUE, …), …). All arguments live on. NULL: the text is
 * wrong. */
struct group_pivot *group_pivot_new(const char *text, const struct expr_options *expr, struct problem *problem);
void group_pivot_free(struct group_pivot *pivot);

/* What a listed value is called. */
const char *group_pivot_name(const struct group_pivot *pivot, size_t value);

/* The keys (or NULL) with the columns behind them: what is grouped by. Lives as long as the pivot. */
const char *group_pivot_keys(struct group_pivot *pivot, const char *keys, struct problem *problem);

/* select: of these keys, without having and order, which are of the columns that come out, as those that `table` (or
 * NULL) draws: they are read here if the values are listed, or else when they are known. False with a problem. */
bool group_pivot_compile(struct group_pivot *pivot, const struct group_select *select, const char *having,
                         const char *order, const struct table_options *table, struct problem *problem);

/* For group_report_write: writes the rows, in the form of report->project, its limit and offset. False with a problem.
 */
bool group_pivot_write(struct group_pivot *pivot, const struct group_report *report, struct groups *groups,
                       struct output *out, struct problem *problem);

#endif

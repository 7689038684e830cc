/* over: the results of window calls, of which each is over the rows of a partition in an order: rows are taken from a
 * project's writers, sorted once for all windows that share partition and order, and brought back to the project with
 * the results, a partition at a time.
 *
 * Rows come out in the order of the last window's sort: by the text of its partition's key, then by its order, then as
 * they came in. Beyond `memory` rows lie in temporary files; of a partition nothing but 16 bytes a row must be kept. */
#ifndef ATOOLS_OVER_H
#define ATOOLS_OVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/output.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "table/project.h"

/* The window functions, for expr_options. */
window_table over_function_at;

struct over_options {
    const struct select *select; /* all that uses its windows has been compiled */
    const struct expr *qualify;  /* the project's: rows that it cannot let through need not be kept; or NULL */
    size_t slot_count;           /* of a row */
    size_t memory;               /* of a sort, and of a partition; 0: no bound */
    unsigned threads;            /* that sort, compute and write when all rows are there; 0: one */
    bool ansi;
};

struct over;

/* From now on the windows have the project's rows. NULL where a call is wrong: a constant is none, say. */
struct over *over_start(const struct over_options *options, struct project *project, struct problem *problem);

/* When all rows are taken, and their writers freed: the project has its writers again, and if all went well so far
 * (status) it has the rows with their results. The status; where a row has no result that is said on stderr, and the
 * rows before it are out. Frees. */
int over_end(struct over *window, int status, struct output *out);

#endif

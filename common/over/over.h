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
    size_t slot_count;           /* of a row */
    size_t memory;               /* of a sort, and of a partition; 0: no bound */
    bool ansi;
};

struct over;

/* NULL where a call is wrong: a constant is none, say. */
struct over *over_new(const struct over_options *options, struct problem *problem);

/* What takes the rows, for project_give. */
struct project_taker over_taker(struct over *window);

/* When all rows are taken: gives them to the project, which must have been given back its writers (project_give).
 * False, with the problem, where a row has no result; rows before it are out. */
bool over_finish(struct over *window, struct project *project, struct output *out, struct problem *problem);

void over_free(struct over *window);

#endif

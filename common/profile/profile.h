/* profile: what is in records, in one pass: a row for each column (their leaves, or the columns of a flat form), as
 * DuckDB's SUMMARIZE; or for each path of keys, how many records have it.
 *
 * Memory grows with the number of different places, never with the number of records. Nothing that comes out depends on
 * threads or the order of records. */
#ifndef ATOOLS_PROFILE_H
#define ATOOLS_PROFILE_H

#include <stdbool.h>

#include "base/output.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "table/project.h"
#include "table/rows.h"

struct profile_options {
    struct rows *rows;           /* not bound yet */
    bool keys;                   /* of every path of keys, instead of columns; not of a flat form */
    const char *where;           /* only records for which this is true; or NULL */
    const char *order;           /* of the rows that come out; or NULL */
    struct expr_options expr;    /* without paths */
    struct chunks_options chunks;
    struct project_options project; /* without order */
};

/* Reads all, and writes the rows to out. The exit status, as chunks_run; nothing is written unless all went well. Wrong
 * usage: STATUS_USAGE and the problem, and nothing was read. */
int profile(const struct profile_options *options, struct output *out, struct problem *problem);

#endif

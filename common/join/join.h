/* join: two sides' rows brought together by key, or without keys each with each. One side (build) is kept in memory,
 * the other (probe) streams past it; beyond the memory both are spread over temporary files by key and joined
 * a part at a time.
 *
 * The output's order is that of the left rows, within one of them that of the right rows it
 * meets, and behind all the right rows that met none, in their order: whatever was built, spilled or
 * run by how many threads. Rows that come otherwise are collected and sorted by place (project).
 *
 * main() calls the steps in this order; each returns an exit status. What chunks_run has not said itself stands in
 * join.problem, to be said when the output is written. */
#ifndef ATOOLS_JOIN_H
#define ATOOLS_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/output.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "join/asof.h"
#include "join/names.h"
#include "join/table.h"
#include "table/project.h"

struct join_spill;
struct join_follow;
struct join_partial;

struct join {
    struct join_names *names;
    const struct expr *where;   /* or NULL */
    const struct expr *on;      /* what pairs must fulfil besides their keys, to be pairs; or NULL */
    const struct join_asof *asof; /* of the rows of a key only the nearest one is met (names->time); or NULL. The right
                                   * side is kept */
    struct project *project;    /* set between build and probe */
    enum join_side_name build;  /* the side that is kept */
    size_t memory;              /* for the side that is kept */
    unsigned threads;
    bool skip_bad;              /* --bad */
    struct join_table table;
    struct asof_index times;    /* of the table, with asof */
    struct join_spill *spill;   /* not NULL: beyond memory */
    struct join_follow *follow; /* not NULL: the table changes while rows stream past it (follow.h) */
    struct join_partial *partial; /* not NULL: a side's rows are written instead of kept (partial.h) */
    bool places;                /* which row a problem is of is told by its place */
    struct problem problem;
};

/* Whether rows of the kept side will be written that met nothing (or, in a semi join, that met). */
bool join_keeps_alone(const struct join *join);

/* Reads one side into join->table, without its index (or into temporary files: join->spill). */
int join_read(struct join *join, enum join_side_name side, const struct chunks_options *chunks);

/* Reads the side that is kept, and indexes it. */
int join_build(struct join *join, const struct chunks_options *chunks);

/* True after join_build if rows will come out of order, so that the project must sort them by place. */
bool join_out_of_order(const struct join *join);

/* Streams the other side past it; rows go to the project and, as they come, to chunks->out. */
int join_probe(struct join *join, const struct chunks_options *chunks, struct output *out);

void join_free(struct join *join);

#endif

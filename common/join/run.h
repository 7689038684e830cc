/* join_run: a join from its compiled parts to its rows: what ajoin, each of several joins, and asql do alike. */
#ifndef ATOOLS_JOIN_RUN_H
#define ATOOLS_JOIN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "join/join.h"
#include "table/inputs.h"
#include "table/project.h"
#include "table/relation.h"
#include "table/rows.h"

struct join_run {
    struct join join;       /* names (bound), where, on, asof, threads and skip_bad are set */
    const struct select *select;
    const struct order *order; /* or NULL */
    struct project_options project; /* of a writer; order is left out */
    const struct chunks_options *chunks;
    size_t memory;          /* for all of it */
    uint64_t bytes[2];      /* of the sides; 0: that is not known */
    const struct inputs *follow; /* of the right side, where that changes meanwhile; or NULL */
    bool follow_file;
    const struct rows_options *rows; /* as the sides were opened: for follow, and for relations; NULL: neither comes */
};

/* Reads both sides and writes the joined rows; the exit status. What was not printed stands in *problem. */
int join_run(struct join_run *run, struct output *out, struct problem *problem);

/* The same into a relation, which is settled then: of the joined row, slots[i] in the column that join_run_column names
 * i, unless it is SIZE_MAX. select, order and the project but for its memory do not matter. *relation is set in any
 * case. */
int join_run_into(const struct join_run *run, const size_t *slots, size_t count, struct relation **relation,
                  struct problem *problem);

/* The path of such a column. */
const struct path *join_run_column(struct arena *arena, size_t number);

/* The bytes of files, 0 if one is none: it can't be known. */
uint64_t join_bytes_of(const struct inputs *inputs);

#endif

/* join_several: joins of more than two sides, ((a b) c) d: all but the last one into a relation, which is the left side
 * of that. */
#ifndef ATOOLS_JOIN_SEVERAL_H
#define ATOOLS_JOIN_SEVERAL_H

#include "join/names.h"
#include "join/run.h"
#include "table/relation.h"

struct join_several {
    struct join_names *names;  /* of all sides, whose rows are open and not bound; what names columns is compiled */
    const struct join_run *like; /* asof, threads, skip_bad, chunks, memory and the project's memory of each join */
    struct rows_options rows;  /* as the sides were opened, for relations */
    const uint64_t *bytes;     /* of each side */
    bool ansi;
    struct join_names last;    /* filled in: the last join's, bound; its joined rows have the slots of names */
    struct relation *front;    /* and its left side */
};

/* Runs all joins but the last; the exit status. What was not printed stands in *problem. */
int join_several_start(struct join_several *several, struct problem *problem);
void join_several_end(struct join_several *several);

#endif

/* join_several: joins of more than two sides, ((a b) c) d: all but the last one into a relation, which is the left side
 * of that. */
#ifndef ATOOLS_JOIN_SEVERAL_H
#define ATOOLS_JOIN_SEVERAL_H

#include "join/names.h"
#include "join/run.h"
#include "table/relation.h"

struct join_several {
    struct join_names *names;  /* of all sides, whose rows are open and not bound; what names columns is compiled */
    const uint64_t *bytes;     /* of each side */
    struct join_names last;    /* filled in: the last join's, bound; its joined rows have the slots of names */
    struct relation *front;    /* and its left side */
};

/* Runs all joins but the last, which *run is made to be: it has all but names and bytes. The exit status; what was not
 * printed stands in *problem. */
int join_several_start(struct join_several *several, struct join_run *run, struct problem *problem);
void join_several_end(struct join_several *several);

#endif

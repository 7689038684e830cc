/* join_exploded: the elements of joined rows (-e): what the join needs for them, and then a row for each. */
#ifndef ATOOLS_JOIN_EXPLODED_H
#define ATOOLS_JOIN_EXPLODED_H

#include "join/names.h"
#include "join/run.h"
#include "table/explode.h"

/* Zero-initialised: there is none. */
struct join_exploded {
    struct join_names *names;
    struct explode *explode;
    size_t *slots;             /* private: what is joined: those of the paths that explode wants of its records */
};

/* From now on *expr resolves names of elements, and of joined rows; `*` gives elements, too. */
void join_exploded_names(struct join_exploded *exploded, struct join_names *names, struct explode *explode,
                         struct expr_options *expr);

/* When all is compiled that names columns. False with a problem. */
bool join_exploded_compile(struct join_exploded *exploded, struct problem *problem);

/* As join_run: the join into a relation, and of its rows the elements' rows to the output. where, select and order are
 * of these. */
int join_exploded_run(struct join_exploded *exploded, const struct join_run *run, struct output *out,
                      struct problem *problem);

void join_exploded_free(struct join_exploded *exploded);

#endif

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
    bool ansi;
    const struct expr *where;  /* of the elements' rows; or NULL */
    struct rows_options rows;  /* as the sides were opened */
    struct select *columns;    /* private: what is joined: the paths that explode wants of its records */
    char *text;                /* private: as a list */
};

/* From now on *expr resolves names of elements, and of joined rows; `*` gives elements, too. */
void join_exploded_names(struct join_exploded *exploded, struct join_names *names, struct explode *explode,
                         struct expr_options *expr);

/* When all is compiled that names columns. False with a problem. */
bool join_exploded_compile(struct join_exploded *exploded, struct problem *problem);

/* The join into a relation, and of its rows the elements' rows to the output; the exit status. */
int join_exploded_run(struct join_exploded *exploded, struct join_run *run, const struct select *select,
                      const struct project_options *options, struct output *out, struct problem *problem);

void join_exploded_free(struct join_exploded *exploded);

#endif

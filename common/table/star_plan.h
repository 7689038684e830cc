/* star_plan: what becomes of the `*` items of a select list: columns, and a watch for keys that come
 * later; or, for NDJSON, whatever members each row has. The steps are called in the order below,
 * around rows_bind and project_new, by main(). */
#ifndef ATOOLS_STAR_PLAN_H
#define ATOOLS_STAR_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "expr/expr.h"
#include "table/explode.h"
#include "table/project.h"
#include "table/rows.h"
#include "table/schema.h"

struct star_plan {
    struct rows *rows;
    struct explode *explode;  /* or NULL */
    struct select *select;
    const struct expr_options *expr;
    bool keep;                /* leave stars as they are where that can be (output_form.own_members) */
    bool flat;                /* and then every leaf becomes a column of its own */
    struct schema *schema;    /* what * is taken from; NULL: the first batch. Freed by star_plan_free */
    struct arena arena;
    struct buffer watches;    /* private */
    struct buffer kept;       /* private: the stars that stay */
};

/* Whether a star, or a form of output that wants types, will need the schema (so that --scan all need not read for
 * nothing). */
bool star_plan_asks(const struct star_plan *plan, bool types);

/* Whether the stars ask for nothing but the members of objects, at these paths, which are added to the set. */
bool star_plan_paths(const struct star_plan *plan, bool types, struct path_set *paths);

/* Replaces the stars by columns. False: a star stands where nothing is known, or two columns have one name. */
bool star_plan_expand(struct star_plan *plan, struct problem *problem);

/* After rows_bind: watches for members beyond the columns. */
void star_plan_watch(struct star_plan *plan);

/* Tells the project where the stars that stay find their objects, and what is changed of these. */
void star_plan_slots(const struct star_plan *plan, struct project *project);

/* A form that wants types: tells it what types the columns have in the first records (or all, if that was scanned).
 * Call it before the first batch is taken. */
void star_plan_types(struct star_plan *plan, struct project *project);

void star_plan_free(struct star_plan *plan);

#endif

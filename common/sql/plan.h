/* plan: statements into stages. Names are looked up here, subqueries become joins, conditions go where they leave out
 * rows first. */
#ifndef ATOOLS_SQL_PLAN_H
#define ATOOLS_SQL_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/problem.h"
#include "sql/source.h"
#include "sql/stage.h"
#include "sql/statement.h"

/* A view that a statement has made. */
struct plan_view {
    const char *name;
    struct sql_query *query;
    struct sql_script *script;
    struct plan_view *before;
};

struct plan_options {
    /* The table of that name, or NULL: there is none; a problem may be set. is_file: it stood in quotes. */
    struct sql_source *(*source)(void *context, const char *name, bool is_file, struct problem *problem);
    /* The names of tables, for messages: the n-th, or NULL. */
    const char *(*source_name)(void *context, size_t number);
    /* Runs a stage now, into its relation; false: a problem. NULL: nothing may be run (--pipe). */
    bool (*run)(void *context, struct stage *stage, struct problem *problem);
    void *context;
};

/* The stage whose rows are the query's. NULL: a problem, which shows where in the script's text. All lives in
 * `arena`. */
struct stage *plan_make_query(const struct plan_options *options, struct sql_script *script, struct sql_query *query,
                              struct plan_view *views, struct arena *arena, struct problem *problem);

/* A table or view for DESCRIBE: its source, or the stage of its query. */
bool plan_find(const struct plan_options *options, struct sql_script *script, const char *name, size_t offset,
               struct plan_view *views, struct arena *arena, struct sql_source **source, struct stage **stage,
               struct problem *problem);

#endif

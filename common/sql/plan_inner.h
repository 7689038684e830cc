/* plan: what the planner's files share. */
#ifndef ATOOLS_SQL_PLAN_INNER_H
#define ATOOLS_SQL_PLAN_INNER_H

#include <stdbool.h>
#include <stddef.h>

#include "expr/syntax.h"
#include "sql/plan.h"
#include "sql/stage.h"
#include "sql/statement.h"

/* One column of a table, a query or a join. */
struct column {
    const char *name;
    const char *text; /* as it is written in the stage on top; set when the node is lowered */
    bool used;
    bool typed; /* as a stage's column */
    const struct schema_node *node;
    struct node *owner;
};

enum node_kind { NODE_SOURCE, NODE_STAGE, NODE_JOIN };

/* An expression as a condition or a key, and the names it is read with. */
struct clause {
    const struct expr *expr;
    struct block *block;
    const char *suffix; /* behind it: " is not null"; or NULL */
};

struct equality {
    struct clause left, right; /* expressions of each side */
    bool null_safe;
};

struct node {
    enum node_kind kind;
    struct sql_source *source;
    struct stage *stage;
    struct column **columns;   /* SOURCE, STAGE */
    size_t column_count;
    struct node *left, *right; /* JOIN */
    enum join_kind join;
    struct equality *keys;
    size_t key_count;
    struct column **merged;    /* using: the columns that both sides have, one with each of the first keys */
    size_t merged_count;
    struct clause *on;         /* further conditions */
    size_t on_count;
    struct clause *filters;    /* conditions on what comes out of it */
    size_t filter_count;
};

/* A name in sight. */
struct binding {
    const char *qualifier; /* or NULL */
    const char *name;
    struct column *column;
    bool qualified_only;   /* a side's own column under a merged one */
};

/* A column of the groups that windows go over: a key or an aggregate. */
struct output_column {
    const char *canonical, *text;
};

/* What a path of the text means. */
struct meaning {
    const struct expr *slot;
    struct column *column; /* or NULL: */
    const struct item *item; /* of the select list */
    size_t steps;          /* of the path, that the column stands for */
};

struct item {
    const struct expr *expr;   /* NULL: */
    struct column *column;     /* a column of a star */
    const char *inner_path;    /* behind it: .`a`.`b` */
    const struct altered *altered;  /* what a star changes within; or NULL */
    const char *name, *inner;
    size_t offset;
};

struct key {
    const struct expr *expr; /* NULL: */
    struct column *column;   /* group by all over a star */
    const char *canonical;
    const char *text, *name; /* name NULL: a plain path, which is written as such */
    const char *listed;      /* as the stage's keys have it: with its name */
};

/* A lateral view. */
struct view {
    const struct sql_generator *generator;
    const struct column *element; /* the one that is the element as it stands, or NULL */
    const char *name; /* of its elements, in the stage */
    bool map;
    struct column **columns;
    size_t column_count;
};

/* A query's names while it is planned. */
struct block {
    struct planner *planner;
    struct sql_query *query;
    struct sql_core *core;
    struct select *scope;
    struct block *outer;      /* the query around it, whose names may be used; or NULL */
    struct node *from;
    struct binding *bindings;
    size_t binding_count;
    struct meaning *meanings;
    size_t meaning_count;
    struct item *items;
    size_t item_count, item_limit; /* so many are in sight by name */
    struct key *keys;
    size_t key_count;
    size_t *places;           /* of the core's keys among these; more may stand behind them */
    bool grouped, windowed;
    bool groups_first;        /* the groups' stage is written: items come in another one behind it */
    struct output_column *outputs; /* when that stage is there: what it gives */
    size_t output_count;
    struct view *views;
    size_t view_count;
    struct clause *where;
    size_t where_count;
    struct equality *correlations; /* left: of the query around, right: of this one */
    size_t correlation_count;
    bool correlated;          /* a name of the query around was used outside of such an equality */
    size_t correlated_offset;
    bool only_exists;         /* nobody asks for its columns */
};

/* What a query in an expression became: a text in its place, or a column. */
struct subquery {
    const char *text;
    struct column *column;
    bool counts; /* null is 0 */
};

struct planner {
    const struct plan_options *options;
    struct sql_script *script;
    struct arena *arena;
    struct problem *problem;
    struct plan_view *views;
    const struct with_scope *with;
    struct subquery *subqueries; /* by number */
    const char *no_pipe;
    unsigned depth;
};

/* WITH: the queries in sight, innermost first. */
struct with_scope {
    const struct sql_with *with;
    struct sql_script *script;
    const struct with_scope *outer; /* what was in sight where it stands */
};

void *plan_make(struct planner *planner, size_t size);
void *plan_grow(struct planner *planner, void *list, size_t count, size_t size);
const char *plan_format(struct planner *planner, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool plan_fail(struct planner *planner, size_t offset, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A name as expressions have it: in backticks where it needs them. */
const char *plan_quote(struct planner *planner, const char *name);

/* Text as expressions have it: 'it\'s'. */
const char *plan_string(struct planner *planner, const char *text, size_t len);

/* Names (name.c). */
void plan_bind(struct block *block, const char *qualifier, const char *name, struct column *column, bool qualified);
struct column *plan_column(struct planner *planner, const char *name, const struct schema_node *node,
                           struct node *owner);
/* Finds what all paths of an expression mean. aliases: items of the select list may be meant, first (or last). */
enum alias_rule { ALIAS_NONE, ALIAS_FIRST, ALIAS_LAST };
bool plan_resolve(struct block *block, const struct expr *expr, enum alias_rule rule);
/* "no column x; did you mean y?": false. */
bool plan_unknown(struct block *block, const struct expr *slot);
const struct meaning *plan_meaning(const struct block *block, const struct expr *slot);
bool plan_step_is(const struct path_step *step, const char *name);
/* The member that a step by name means, in any case of letters if none is called exactly so; NULL: none, or no node. */
const struct schema_node *plan_member(const struct schema_node *node, const struct path_step *step);
void plan_each_part(const struct block *block, const struct expr *expr,
                    void (*visit)(void *context, const struct expr *part), void *context);
/* Calls visit for each path of an expression, those in aggregates and windows included. */
void plan_each(const struct block *block, const struct expr *expr,
               void (*visit)(void *context, const struct expr *slot), void *context);
/* What Spark calls it. */
const char *plan_name(struct block *block, const struct expr *expr);
/* The same for two expressions that mean the same. */
const char *plan_canonical(struct block *block, const struct expr *expr);
/* As it is written in the stage over the block's node (pieces.c); keys of the block by their names if `keyed`. NULL: a
 * problem. */
const char *plan_text(struct block *block, const struct expr *expr, bool keyed);
/* Whether its values may be dates, times or decimals. */
bool plan_is_typed(const struct block *block, const struct expr *expr);
bool plan_has_aggregate(const struct block *block, const struct expr *expr);
/* The conditions between which `and` stands. */
void plan_conditions(struct block *block, const struct expr *expr, struct clause **list, size_t *count);

/* From (from.c). */
struct node *plan_from(struct block *block, const struct sql_from *from);
struct node *plan_node_of_stage(struct planner *planner, struct stage *stage);
void plan_bind_stage(struct block *block, struct node *node, const char *qualifier, const char *const *names,
                     size_t count);
/* A slot that means a column of the block. */
struct expr *plan_slot(struct block *block, struct column *column);
bool plan_belongs(const struct block *block, const struct expr *expr, const struct node *node);

/* PIVOT and UNPIVOT (turned.c). */
struct node *plan_turned(struct block *block, const struct sql_from *from);

/* Stages (lower.c). Both give the feed, or with `into` fill a stage of join with sides, keys and conditions. */
bool plan_lower(struct planner *planner, struct node *node, struct stage_feed *feed, struct stage **join);
/* A stage that does nothing but hand on what is used of a node. */
struct stage *plan_materialize(struct planner *planner, struct node *node);
/* Pushes a condition as far down as it may go; false: it stays where it is. */
bool plan_push(struct node *node, struct clause clause);
/* Makes a condition of the rows of a query part of its qualify, where it compares their places: row_number() as n …
 * where n <= 3. False: it is no such one. */
bool plan_choose_places(struct node *node, const struct clause *clause);

/* Queries (query.c). */
struct stage *plan_query(struct planner *planner, struct sql_query *query);
/* A query whose names may be those of the query around; with `inner`: its names, for the equalities that it needs. */
struct stage *plan_inner_query(struct block *outer, struct sql_query *query, bool only_exists, struct block **inner);
struct stage *plan_stage(struct planner *planner, enum stage_kind kind);
void plan_add_column(struct planner *planner, struct stage *stage, const char *name, const char *inner);
/* A name that no column of the stage has. */
const char *plan_inner(struct planner *planner, const struct stage *stage, const char *name);

/* VALUES and sets (sets.c). */
struct stage *plan_values(struct planner *planner, struct sql_query *query);
struct stage *plan_set(struct planner *planner, struct sql_query *query);

/* The lists of a query (items.c). Each finds names; false: a problem. */
bool plan_add_views(struct block *block);
/* This name, or one made of it, that no column in sight has, and no view's elements. */
const char *plan_free_name(struct block *block, const char *name);
struct item *plan_new_item(struct block *block, struct item item);
bool plan_expand_items(struct block *block);
bool plan_name_items(struct block *block);
bool plan_keys(struct block *block);
struct key *plan_new_key(struct block *block, const struct expr *expr, struct column *column);
/* Whether it is a whole number, which stands for an item. */
bool plan_is_position(const struct expr *expr, size_t *place);

/* Stars (stars.c): the columns that one stands for become items. False: a problem. */
bool plan_expand_star(struct block *block, const struct sql_item *star);
/* The struct that a text gives, as a star changes it; NULL: a problem. */
const char *plan_altered_text(struct block *block, const struct altered *altered, const char *text, bool keyed);
/* What is in it then. */
const struct schema_node *plan_altered_shape(struct block *block, const struct altered *altered);
bool plan_altered_typed(const struct block *block, const struct altered *altered);

/* Their texts (texts.c), when the columns' are known. keyed: outside of aggregates only keys may stand. */
const char *plan_append(struct planner *planner, const char *text, const char *between, const char *more);
const char *plan_where_text(struct block *block, bool *good);
/* The names of items in the stage: each another one, and none that hides what is read. */
void plan_settle_names(struct block *block, struct stage *stage);
/* "text as name"; a plain path that is called so anyway goes without. */
const char *plan_named(struct planner *planner, const char *text, const char *name, bool plain);
/* What a plain path is called if nothing is said. */
const char *plan_last_of(const char *text);
bool plan_list_text(struct block *block, struct stage *stage, bool keyed);
bool plan_order_text(struct block *block, struct stage *stage, bool keyed);
bool plan_explodes(struct block *block, struct stage *stage);

/* shape.c: what stands inside of an expression's values, and of a column's, as far as that can be told before any row;
 * or NULL. Of sources all records are looked at, for what is at the path if there is one. */
const struct schema_node *plan_shape(struct block *block, const struct expr *expr);
const struct schema_node *plan_column_shape(struct block *block, struct column *column, const struct path *path);
/* The stage that chooses and explodes: a new one over the feed, or the join. */
struct stage *plan_rows(struct block *block, struct stage_feed feed, struct stage *join);
/* Makes it give every column in use, those of views too if that is asked. */
struct stage *plan_all_used(struct block *block, struct stage *stage, bool views);
struct stage *plan_group_stage(struct block *block, struct stage_feed feed, bool where);
/* Windows over groups (groups.c): the stage of the keys and aggregates, and one over it that is still empty. */
struct stage *plan_group_over(struct block *block, struct stage_feed feed, bool where);
bool plan_settle_keys(struct block *block, struct stage *stage);
bool plan_qualify_text(struct block *block, struct stage *stage, bool keyed);
struct stage *plan_distinct_stage(struct block *block, struct stage_feed feed, bool where);
struct stage *plan_distinct_over(struct planner *planner, struct stage *from);

/* Queries in expressions (subquery.c). */
/* Finds what stands for those in an expression. */
bool plan_subqueries(struct block *block, const struct expr *expr);
/* A condition of WHERE that is [not] exists or [not] in: *taken, it is a join now. */
bool plan_condition_subquery(struct block *block, const struct expr *expr, bool *taken);

#endif

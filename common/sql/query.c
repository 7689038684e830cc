/* Queries into stages: SELECT, VALUES, UNION and its kin. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/plan_inner.h"

/* Views and queries may use each other so deep. */
enum { PLAN_DEPTH_MAX = 100 };

/* LIMIT and OFFSET on a stage that has its order. */
static struct stage *cut(struct stage *stage, const struct sql_query *query)
{
    stage->has_limit = query->has_limit;
    stage->limit = query->limit;
    stage->skip = query->skip;
    return stage;
}

/* WHERE. */

/* A condition that names something of the query around: an equality of both. */
static bool correlate(struct block *block, const struct expr *expr)
{
    struct planner *planner = block->planner;
    bool equal = expr->kind == EXPR_CALL && expr->eval == expr_eval_equal;
    block->correlated = false;
    for (size_t turn = 0; equal && turn < 2; turn++) {
        const struct expr *mine = expr->args[turn], *other = expr->args[1 - turn];
        if (!plan_belongs(block, mine, block->from) || !plan_resolve(block->outer, other, ALIAS_NONE))
            continue;
        block->correlations =
            plan_grow(planner, block->correlations, block->correlation_count, sizeof *block->correlations);
        block->correlations[block->correlation_count++] =
            (struct equality){.left = {.expr = other, .block = block->outer}, .right = {.expr = mine, .block = block}};
        return planner->problem->status == STATUS_OK;
    }
    return plan_fail(planner, block->correlated_offset,
                     "this is of the query around: asql takes such names in equalities only (mine = theirs)");
}

static bool add_where(struct block *block, struct clause clause)
{
    bool taken = false;
    if (!plan_condition_subquery(block, clause.expr, &taken))
        return false;
    if (taken)
        return true;
    if (!plan_subqueries(block, clause.expr) || !plan_resolve(block, clause.expr, ALIAS_NONE))
        return false;
    if (block->correlated)
        return correlate(block, clause.expr);
    if (block->from->kind == NODE_JOIN && plan_belongs(block, clause.expr, block->from))
        return plan_push(block->from, clause);
    if (plan_choose_places(block->from, &clause))
        return true;
    block->where = plan_grow(block->planner, block->where, block->where_count, sizeof *block->where);
    block->where[block->where_count++] = clause;
    return true;
}

static bool plan_where(struct block *block)
{
    struct clause *conditions = NULL;
    size_t count = 0;
    if (!block->core->where)
        return true;
    if (block->core->where->has_window)
        return plan_fail(block->planner, block->core->where->start, "a window in where: qualify is for those");
    if (plan_has_aggregate(block, block->core->where))
        return plan_fail(block->planner, block->core->where->start, "an aggregate in where: having is for those");
    plan_conditions(block, block->core->where, &conditions, &count);
    for (size_t i = 0; i < count; i++)
        if (!add_where(block, conditions[i]))
            return false;
    return true;
}

/* What the query around is to be joined by goes with the columns. */
static void add_correlations(struct block *block)
{
    if (block->only_exists)
        block->item_count = 0;
    for (size_t i = 0; i < block->correlation_count; i++) {
        block->items[block->item_count++] = (struct item){.expr = block->correlations[i].right.expr,
                                                          .name = plan_format(block->planner, "_c%zu", i + 1)};
        if (block->grouped)
            plan_new_key(block, block->correlations[i].right.expr, NULL);
    }
    if (block->item_count == 0) {
        struct column *one = plan_column(block->planner, "_row", NULL, NULL);
        one->text = "1";
        block->items[block->item_count++] = (struct item){.column = one, .name = "_row"};
    }
    block->item_limit = block->item_count;
}

static void see_kind(struct block *block, const struct expr *expr)
{
    block->grouped |= plan_has_aggregate(block, expr);
    block->windowed |= expr->has_window;
}

static bool resolve_behind(struct block *block)
{
    const struct sql_core *core = block->core;
    const struct sql_query *query = block->query;
    if (core->having && !(plan_subqueries(block, core->having) && plan_resolve(block, core->having, ALIAS_LAST)))
        return false;
    if (core->having && core->having->has_window)
        return plan_fail(block->planner, core->having->start, "a window in having: qualify is for those");
    if (core->qualify && !(plan_subqueries(block, core->qualify) && plan_resolve(block, core->qualify, ALIAS_LAST)))
        return false;
    size_t place;
    for (size_t i = 0; i < query->order_count; i++)
        if (!plan_is_position(query->order[i].expr, &place) &&
            !(plan_subqueries(block, query->order[i].expr) && plan_resolve(block, query->order[i].expr, ALIAS_FIRST)))
            return false;
    block->grouped = core->grouped || core->having;
    for (size_t i = 0; i < block->item_count; i++)
        if (block->items[i].expr)
            see_kind(block, block->items[i].expr);
    for (size_t i = 0; i < query->order_count; i++)
        see_kind(block, query->order[i].expr);
    if (core->qualify)
        see_kind(block, core->qualify);
    if (core->qualify && !block->windowed)
        return plan_fail(block->planner, core->qualify->start,
                         "qualify goes with windows, and there is none: where and having choose without");
    return true;
}

static struct stage *rows_over(struct planner *planner, struct stage_feed feed)
{
    struct stage *stage = plan_stage(planner, STAGE_ROWS);
    stage->feeds[0] = feed;
    return stage;
}

static struct stage *lower_block(struct block *block)
{
    struct planner *planner = block->planner;
    struct stage_feed feed = {0};
    struct stage *join = NULL, *stage;
    bool groups = block->grouped || block->core->distinct;
    if (!plan_lower(planner, block->from, &feed, &join))
        return NULL;
    if (block->view_count > 0 && join) { /* first the pairs, then their elements */
        stage = plan_all_used(block, join, false);
        feed = (struct stage_feed){.stage = stage};
        join = NULL;
    }
    bool at_once = !join && block->view_count > 0 && block->grouped && !block->windowed; /* aagg -e */
    bool rows = join || (block->view_count > 0 && !at_once),
         split = rows && (groups || (join && block->windowed));
    if (split) {
        stage = plan_rows(block, feed, join);
        if (!stage)
            return NULL;
        feed = (struct stage_feed){.stage = plan_all_used(block, stage, true)};
        join = NULL;
    }
    if (block->grouped)
        stage = block->windowed ? plan_group_over(block, feed, !rows) : plan_group_stage(block, feed, !rows);
    else if (block->core->distinct && !block->windowed)
        stage = plan_distinct_stage(block, feed, !rows);
    else
        stage = split ? rows_over(planner, feed) : plan_rows(block, feed, join);
    if (!stage || (at_once && !plan_explodes(block, stage)))
        return NULL;
    if (!groups || block->windowed) {
        plan_settle_names(block, stage);
        if (!plan_list_text(block, stage, block->grouped) || !plan_qualify_text(block, stage, block->grouped))
            return NULL;
    }
    if ((block->grouped || block->windowed) && block->core->distinct)
        stage = plan_distinct_over(planner, stage);
    if (!plan_order_text(block, stage, block->grouped))
        return NULL;
    return cut(stage, block->query);
}

static struct stage *plan_core(struct block *block)
{
    block->from = plan_from(block, block->core->from);
    if (!block->from || !plan_add_views(block) || !plan_where(block) || !plan_expand_items(block) ||
        !plan_name_items(block) ||
        !resolve_behind(block) || !plan_keys(block))
        return NULL;
    if (block->correlated) {
        plan_fail(block->planner, block->correlated_offset,
                  "this is of the query around: asql takes such names in equalities of a where only (mine = theirs)");
        return NULL;
    }
    if (block->correlation_count > 0 && (block->query->has_limit || block->query->skip > 0)) {
        plan_fail(block->planner, block->query->offset, "a limit in a query that names the one around");
        return NULL;
    }
    if (block->correlation_count > 0 && block->windowed) {
        plan_fail(block->planner, block->query->offset, "windows in a query that names the one around");
        return NULL;
    }
    if (block->correlation_count > 0 || block->only_exists)
        add_correlations(block);
    return lower_block(block);
}

/* ORDER BY and LIMIT behind VALUES and sets. */
static struct stage *finish(struct planner *planner, struct sql_query *query, struct stage *from)
{
    if (!from || (query->order_count == 0 && !query->has_limit && query->skip == 0))
        return from;
    struct block *block = plan_make(planner, sizeof *block);
    struct sql_core *core = plan_make(planner, sizeof *core);
    *block = (struct block){.planner = planner, .query = query, .core = core, .scope = query->scope};
    block->from = plan_node_of_stage(planner, from);
    plan_bind_stage(block, block->from, NULL, NULL, 0);
    if (!plan_expand_star(block, &(struct sql_item){.star = true, .offset = query->offset}) ||
        !plan_name_items(block) ||
        !resolve_behind(block))
        return NULL;
    return lower_block(block);
}

static struct stage *plan_kind(struct planner *planner, struct sql_query *query, struct block *block)
{
    if (query->kind == SQL_SET)
        return finish(planner, query, plan_set(planner, query));
    if (query->kind == SQL_VALUES)
        return finish(planner, query, plan_values(planner, query));
    return plan_core(block);
}

static struct stage *plan_any(struct planner *planner, struct sql_query *query, struct block *block)
{
    const struct with_scope *before = planner->with;
    struct stage *stage = NULL;
    if (++planner->depth > PLAN_DEPTH_MAX)
        plan_fail(planner, query->offset, "views and queries that use each other deeper than %d", PLAN_DEPTH_MAX);
    for (size_t i = 0; i < query->with_count; i++) {
        struct with_scope *with = plan_make(planner, sizeof *with);
        *with = (struct with_scope){.with = &query->with[i], .script = planner->script, .outer = planner->with};
        planner->with = with;
    }
    if (planner->problem->status == STATUS_OK)
        stage = plan_kind(planner, query, block);
    planner->with = before;
    planner->depth--;
    return planner->problem->status == STATUS_OK ? stage : NULL;
}

static struct block *new_block(struct planner *planner, struct sql_query *query)
{
    struct block *block = plan_make(planner, sizeof *block);
    *block = (struct block){.planner = planner, .query = query, .core = query->core, .scope = query->scope};
    return block;
}

struct stage *plan_query(struct planner *planner, struct sql_query *query)
{
    return plan_any(planner, query, new_block(planner, query));
}

struct stage *plan_inner_query(struct block *outer, struct sql_query *query, bool only_exists, struct block **inner)
{
    struct block *block = new_block(outer->planner, query);
    block->outer = outer;
    block->only_exists = only_exists;
    *inner = block;
    return plan_any(outer->planner, query, block);
}

static struct planner start(const struct plan_options *options, struct sql_script *script, struct plan_view *views,
                            struct arena *arena, struct problem *problem)
{
    struct planner planner = {
        .options = options, .script = script, .arena = arena, .problem = problem, .views = views};
    planner.subqueries = plan_make(&planner, (script->subquery_count + 1) * sizeof *planner.subqueries);
    return planner;
}

struct stage *plan_make_query(const struct plan_options *options, struct sql_script *script, struct sql_query *query,
                              struct plan_view *views, struct arena *arena, struct problem *problem)
{
    struct planner planner = start(options, script, views, arena, problem);
    struct stage *stage = plan_query(&planner, query);
    if (stage && planner.no_pipe)
        stage->no_pipe = planner.no_pipe;
    return stage;
}

bool plan_find(const struct plan_options *options, struct sql_script *script, const char *name, size_t offset,
               struct plan_view *views, struct arena *arena, struct sql_source **source, struct stage **stage,
               struct problem *problem)
{
    struct planner planner = start(options, script, views, arena, problem);
    struct block *block = plan_make(&planner, sizeof *block);
    struct sql_from from = {.kind = SQL_FROM_TABLE, .name = name, .offset = offset};
    *block = (struct block){.planner = &planner};
    struct node *node = plan_from(block, &from);
    if (!node)
        return false;
    *source = node->source;
    *stage = node->stage;
    return true;
}

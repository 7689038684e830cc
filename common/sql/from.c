/* FROM: tables, queries and joins as nodes, and the names they bring. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/plan_inner.h"

static struct node *new_node(struct planner *planner, enum node_kind kind)
{
    struct node *node = plan_make(planner, sizeof *node);
    node->kind = kind;
    return node;
}

static void add_column(struct planner *planner, struct node *node, const char *name, const struct schema_node *seen)
{
    node->columns = plan_grow(planner, node->columns, node->column_count, sizeof(struct column *));
    node->columns[node->column_count++] = plan_column(planner, name, seen, node);
}

struct node *plan_node_of_stage(struct planner *planner, struct stage *stage)
{
    struct node *node = new_node(planner, NODE_STAGE);
    node->stage = stage;
    for (size_t i = 0; i < stage->column_count; i++) {
        add_column(planner, node, stage->columns[i].name, NULL);
        node->columns[i]->text = plan_quote(planner, stage->columns[i].inner);
        node->columns[i]->typed = stage->columns[i].typed;
    }
    return node;
}

void plan_bind_stage(struct block *block, struct node *node, const char *qualifier, const char *const *names,
                     size_t count)
{
    for (size_t i = 0; i < node->column_count; i++)
        plan_bind(block, qualifier, i < count ? names[i] : node->columns[i]->name, node->columns[i], false);
}

/* "no table x; there are a, b" */
static struct node *no_table(struct block *block, const struct sql_from *from)
{
    struct planner *planner = block->planner;
    const struct plan_options *options = planner->options;
    struct nearest_name nearest = callable_nearest(strlen(from->name));
    struct buffer all = {0};
    const char *name;
    for (size_t i = 0; (name = options->source_name(options->context, i)); i++) {
        const struct callable one = {.name = name};
        callable_offer(&nearest, &one, from->name, strlen(from->name));
        buffer_add_format(&all, "%s%s", i > 0 ? ", " : "", name);
    }
    for (const struct plan_view *view = planner->views; view; view = view->before) {
        const struct callable one = {.name = view->name};
        callable_offer(&nearest, &one, from->name, strlen(from->name));
    }
    if (nearest.name)
        plan_fail(planner, from->offset, "no table %s; did you mean %.*s?", from->name, (int)nearest.len,
                  nearest.name);
    else if (all.len > 0)
        plan_fail(planner, from->offset, "no table %s; there are %.*s (%s=FILE makes one)", from->name, (int)all.len,
                  all.data, from->name);
    else
        plan_fail(planner, from->offset, "no table %s: say which file it is behind the statement: %s=FILE", from->name,
                  from->name);
    buffer_free(&all);
    return NULL;
}

static const char *alias_of(const struct sql_from *from)
{
    if (from->alias)
        return from->alias;
    const char *dot = strrchr(from->name, '.');
    return dot && !from->is_file ? dot + 1 : from->name;
}

static bool is_column(const struct sql_source *source, const char *name)
{
    for (size_t i = 0; i < source->column_count; i++)
        if (strcasecmp(source->columns[i].name, name) == 0)
            return true;
    return false;
}

/* Whether a select wants every column of a source, or one that its first records have not. Stars of members look for
 * themselves. */
static bool asks_for_all(const struct block *block, const struct sql_from *from, const struct sql_source *source)
{
    bool all = false;
    for (size_t i = 0; block->core && i < block->core->item_count; i++) {
        const struct sql_item *item = &block->core->items[i];
        size_t own = item->name_count > 1 && strcasecmp(item->names[0], alias_of(from)) == 0;
        all |= item->star && !(item->name_count > 0 && is_column(source, item->names[own]));
    }
    for (size_t i = 0; block->core && i < block->scope->aggregate_count; i++)
        all |= block->scope->aggregates[i].all_at > 0;
    return all;
}

static struct node *source_node(struct block *block, const struct sql_from *from, struct sql_source *source)
{
    struct planner *planner = block->planner;
    struct node *node = new_node(planner, NODE_SOURCE);
    node->source = source;
    if (asks_for_all(block, from, source))
        sql_source_scan(source);
    for (size_t i = 0; i < source->column_count; i++)
        add_column(planner, node, source->columns[i].name, source->columns[i].node);
    plan_bind_stage(block, node, alias_of(from), from->columns, from->column_count);
    return node;
}

static struct node *query_node(struct block *block, const struct sql_from *from, struct stage *stage,
                               const char *alias, const char *const *names, size_t count)
{
    if (!stage)
        return NULL;
    if (count > stage->column_count) {
        plan_fail(block->planner, from->offset, "%zu names for %zu columns", count, stage->column_count);
        return NULL;
    }
    struct node *node = plan_node_of_stage(block->planner, stage);
    for (size_t i = 0; i < count; i++)
        node->columns[i]->name = names[i];
    plan_bind_stage(block, node, alias, from->columns, from->column_count);
    return node;
}

/* A query of WITH or of a view: planned as if it stood here, with the names in sight where it was written. */
static struct stage *named_query(struct planner *planner, struct sql_query *query, struct sql_script *script,
                                 const struct with_scope *with)
{
    struct planner inner = *planner;
    inner.script = script;
    inner.with = with;
    inner.subqueries = plan_make(planner, (script->subquery_count + 1) * sizeof *inner.subqueries);
    struct stage *stage = plan_query(&inner, query);
    if (inner.no_pipe)
        planner->no_pipe = inner.no_pipe;
    return stage;
}

static struct node *table_node(struct block *block, const struct sql_from *from)
{
    struct planner *planner = block->planner;
    for (const struct with_scope *with = planner->with; with && !from->is_file; with = with->outer)
        if (strcasecmp(with->with->name, from->name) == 0)
            return query_node(block, from, named_query(planner, with->with->query, with->script, with->outer),
                              alias_of(from), with->with->columns, with->with->column_count);
    for (const struct plan_view *view = planner->views; view && !from->is_file; view = view->before)
        if (strcasecmp(view->name, from->name) == 0 ||
            (strncasecmp(from->name, "global_temp.", 12) == 0 && strcasecmp(view->name, from->name + 12) == 0))
            return query_node(block, from, named_query(planner, view->query, view->script, NULL), alias_of(from), NULL,
                              0);
    struct sql_source *source =
        planner->options->source(planner->options->context, from->name, from->is_file, planner->problem);
    if (source)
        return source_node(block, from, source);
    return planner->problem->status == STATUS_OK ? no_table(block, from) : NULL;
}

static bool owns(const struct node *node, const struct column *column)
{
    if (node->kind != NODE_JOIN)
        return column->owner == node;
    for (size_t i = 0; i < node->merged_count; i++)
        if (node->merged[i] == column)
            return true;
    return owns(node->left, column) || owns(node->right, column);
}

struct belonging {
    const struct block *block;
    const struct node *node;
    bool all;
};

static void see_slot(void *context, const struct expr *slot)
{
    struct belonging *belonging = context;
    const struct meaning *meaning = plan_meaning(belonging->block, slot);
    belonging->all &= meaning && meaning->column && owns(belonging->node, meaning->column);
}

static bool has_subquery(const struct expr *expr)
{
    if (expr->kind == EXPR_SUBQUERY)
        return true;
    for (size_t i = 0; i < expr->arg_count; i++)
        if (has_subquery(expr->args[i]))
            return true;
    return false;
}

/* Whether all names of an expression are the node's. */
bool plan_belongs(const struct block *block, const struct expr *expr, const struct node *node)
{
    struct belonging belonging = {block, node, true};
    if (has_subquery(expr))
        return false;
    plan_each(block, expr, see_slot, &belonging);
    return belonging.all;
}

static void add_key(struct planner *planner, struct node *join, struct equality key)
{
    join->keys = plan_grow(planner, join->keys, join->key_count, sizeof *join->keys);
    join->keys[join->key_count++] = key;
}

/* One condition of ON: a key, or something to be asked of each pair. */
static void add_condition(struct block *block, struct node *join, struct clause clause)
{
    const struct expr *expr = clause.expr;
    bool equal = expr->kind == EXPR_CALL && expr->eval == expr_eval_equal,
         same = expr->kind == EXPR_CALL && expr->eval == expr_eval_same;
    for (size_t turn = 0; (equal || same) && turn < 2; turn++) {
        const struct expr *left = expr->args[turn], *right = expr->args[1 - turn];
        if (!plan_belongs(block, left, join->left) || !plan_belongs(block, right, join->right))
            continue;
        add_key(block->planner, join,
                (struct equality){
                    .left = {.expr = left, .block = block},
                    .right = {.expr = right, .block = block},
                    .null_safe = same});
        return;
    }
    bool inner = join->join == JOIN_INNER, left = plan_belongs(block, expr, join->left),
         right = plan_belongs(block, expr, join->right);
    if (right && (inner || join->join == JOIN_LEFT || join->join == JOIN_SEMI || join->join == JOIN_ANTI) &&
        plan_push(join->right, clause))
        return;
    if (left && (inner || join->join == JOIN_RIGHT || join->join == JOIN_SEMI) && plan_push(join->left, clause))
        return;
    join->on = plan_grow(block->planner, join->on, join->on_count, sizeof *join->on);
    join->on[join->on_count++] = clause;
}

/* The binding of a name among those from `first` to `last`. */
static struct binding *find_binding(struct block *block, size_t first, size_t last, const char *name)
{
    for (size_t i = first; i < last; i++)
        if (!block->bindings[i].qualified_only && strcasecmp(block->bindings[i].name, name) == 0)
            return &block->bindings[i];
    return NULL;
}

/* A slot that means a column, for keys that USING names. */
struct expr *plan_slot(struct block *block, struct column *column)
{
    struct planner *planner = block->planner;
    struct expr *slot = expr_node(planner->arena, expr_eval_slot, NULL, 0);
    slot->kind = EXPR_SLOT;
    slot->path = path_of_key(planner->arena, column->name, strlen(column->name));
    slot->start = slot->end = 0;
    block->meanings = plan_grow(planner, block->meanings, block->meaning_count, sizeof *block->meanings);
    block->meanings[block->meaning_count++] = (struct meaning){.slot = slot, .column = column, .steps = 1};
    column->used = true;
    return slot;
}

/* USING (name): one column of both, in front of all others. */
static bool merge(struct block *block, struct node *join, const struct sql_from *from, const char *name, size_t first,
                  size_t middle, size_t *merged)
{
    struct planner *planner = block->planner;
    struct binding *left = find_binding(block, first, middle, name),
                   *right = find_binding(block, middle, block->binding_count, name);
    if (!left || !right)
        return plan_fail(planner, from->offset, "using %s: the %s side has no such column", name,
                         left ? "right" : "left");
    add_key(planner, join, (struct equality){.left = {.expr = plan_slot(block, left->column), .block = block},
                                             .right = {.expr = plan_slot(block, right->column), .block = block}});
    struct column *column = plan_column(planner, left->name, left->column->node, join);
    column->used = false;
    join->merged = plan_grow(planner, join->merged, join->merged_count, sizeof(struct column *));
    join->merged[join->merged_count++] = column;
    left->qualified_only = true;
    right->qualified_only = true;
    /* its binding goes in front of those of this join */
    const char *called = left->name;
    plan_bind(block, NULL, called, column, false);
    struct binding moved = block->bindings[block->binding_count - 1];
    memmove(&block->bindings[first + *merged + 1], &block->bindings[first + *merged],
            (block->binding_count - 1 - first - *merged) * sizeof moved);
    block->bindings[first + *merged] = moved;
    ++*merged;
    return true;
}

static enum join_kind kind_of(enum sql_join join)
{
    switch (join) {
    case SQL_LEFT:
        return JOIN_LEFT;
    case SQL_RIGHT:
        return JOIN_RIGHT;
    case SQL_FULL:
        return JOIN_FULL;
    case SQL_SEMI:
        return JOIN_SEMI;
    case SQL_ANTI:
        return JOIN_ANTI;
    case SQL_INNER:
    case SQL_CROSS:
        break;
    }
    return JOIN_INNER;
}

static bool join_using(struct block *block, struct node *join, const struct sql_from *from, size_t first, size_t middle)
{
    size_t merged = 0;
    if (!from->natural) {
        for (size_t i = 0; i < from->using_count; i++)
            if (!merge(block, join, from, from->using[i], first, middle + merged, &merged))
                return false;
        return true;
    }
    for (size_t i = first; i < middle + merged; i++) {
        const struct binding *left = &block->bindings[i];
        if (!left->qualified_only && left->column->owner != join &&
            find_binding(block, middle + merged, block->binding_count, left->name)) {
            if (!merge(block, join, from, left->name, first, middle + merged, &merged))
                return false;
            i++;
        }
    }
    return true;
}

static struct node *join_node(struct block *block, const struct sql_from *from)
{
    struct planner *planner = block->planner;
    size_t first = block->binding_count;
    struct node *join = new_node(planner, NODE_JOIN);
    join->join = kind_of(from->join);
    join->left = plan_from(block, from->left);
    size_t middle = block->binding_count;
    join->right = join->left ? plan_from(block, from->right) : NULL;
    if (!join->right || !join_using(block, join, from, first, middle))
        return NULL;
    struct clause *conditions = NULL;
    size_t count = 0;
    if (from->on && from->on->has_window) {
        plan_fail(block->planner, from->on->start, "a window in on: a query in from may have it");
        return NULL;
    }
    if (from->on) {
        struct node *whole = block->from;
        block->from = join;
        bool good = plan_subqueries(block, from->on) && plan_resolve(block, from->on, ALIAS_NONE);
        block->from = whole;
        if (!good)
            return NULL;
        plan_conditions(block, from->on, &conditions, &count);
    }
    for (size_t i = 0; i < count; i++)
        add_condition(block, join, conditions[i]);
    if (join->join == JOIN_SEMI || join->join == JOIN_ANTI) { /* only the left one's names go on */
        size_t kept = 0;
        for (size_t i = 0; i < block->binding_count; i++) {
            bool right = i >= first && block->bindings[i].column->owner != join &&
                         owns(join->right, block->bindings[i].column);
            if (!right)
                block->bindings[kept++] = block->bindings[i];
        }
        block->binding_count = kept;
    }
    return join;
}

struct node *plan_from(struct block *block, const struct sql_from *from)
{
    struct planner *planner = block->planner;
    if (!from) {
        struct stage *one = plan_stage(planner, STAGE_ONE);
        return plan_node_of_stage(planner, one);
    }
    switch (from->kind) {
    case SQL_FROM_TABLE:
        return table_node(block, from);
    case SQL_FROM_QUERY:
        return query_node(block, from, plan_query(planner, from->query), from->alias, NULL, 0);
    case SQL_FROM_JOIN:
        return join_node(block, from);
    case SQL_FROM_TURNED:
        return plan_turned(block, from);
    }
    return NULL;
}

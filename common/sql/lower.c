/* Nodes into stages: what a table, a query or a join is read with. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/plan_inner.h"

struct stage *plan_stage(struct planner *planner, enum stage_kind kind)
{
    struct stage *stage = plan_make(planner, sizeof *stage);
    stage->kind = kind;
    return stage;
}

void plan_add_column(struct planner *planner, struct stage *stage, const char *name, const char *inner)
{
    stage->columns = plan_grow(planner, stage->columns, stage->column_count, sizeof *stage->columns);
    stage->columns[stage->column_count++] = (struct stage_column){.name = name, .inner = inner};
}

static bool is_taken(const struct stage *stage, const char *name)
{
    for (size_t i = 0; i < stage->column_count; i++)
        if (strcasecmp(stage->columns[i].inner, name) == 0)
            return true;
    return false;
}

const char *plan_inner(struct planner *planner, const struct stage *stage, const char *name)
{
    const char *inner = name;
    for (size_t i = 2; is_taken(stage, inner) || !*inner; i++)
        inner = plan_format(planner, "%s_%zu", name, i);
    return inner;
}

/* An item of a select list; a plain path that is called so anyway goes without "as". */
static void add_item(struct planner *planner, struct stage *stage, const char *text, const char *name)
{
    const char *inner = plan_inner(planner, stage, name), *quoted = plan_quote(planner, inner);
    plan_add_column(planner, stage, name, inner);
    stage->select = plan_append(planner, stage->select, ", ",
                           strcmp(text, quoted) == 0 ? text : plan_format(planner, "%s as %s", text, quoted));
}

/* The conditions with "and" between; false: a problem. */
static bool conditions(struct planner *planner, const struct clause *list, size_t count, const char **text)
{
    for (size_t i = 0; i < count; i++) {
        const char *one = plan_text(list[i].block, list[i].expr, false);
        if (!one)
            return false;
        if (list[i].suffix)
            one = plan_format(planner, "%s%s", one, list[i].suffix);
        bool or = list[i].expr->kind == EXPR_CALL && list[i].expr->eval == expr_eval_or && !list[i].expr->grouped;
        *text = plan_append(planner, *text, " and ", or && count > 1 ? plan_format(planner, "(%s)", one) : one);
    }
    return true;
}

/* Calls visit for each column that comes out of a node. */
static void each_column(struct node *node, void (*visit)(void *context, struct column *column), void *context)
{
    if (node->kind != NODE_JOIN) {
        for (size_t i = 0; i < node->column_count; i++)
            visit(context, node->columns[i]);
        return;
    }
    for (size_t i = 0; i < node->merged_count; i++)
        visit(context, node->merged[i]);
    each_column(node->left, visit, context);
    if (node->join != JOIN_SEMI && node->join != JOIN_ANTI)
        each_column(node->right, visit, context);
}

struct listing {
    struct planner *planner;
    struct stage *stage;
    const char *prefix;
};

static void list_column(void *context, struct column *column)
{
    struct listing *listing = context;
    if (!column->used)
        return;
    add_item(listing->planner, listing->stage, column->text, column->name);
    listing->stage->columns[listing->stage->column_count - 1].typed = column->typed;
    column->text =
        plan_quote(listing->planner, listing->stage->columns[listing->stage->column_count - 1].inner);
}

static void letter_column(void *context, struct column *column)
{
    struct listing *listing = context;
    if (column->used)
        column->text = plan_format(listing->planner, "%s%s", listing->prefix, column->text);
}

/* A stage over a node with its used columns and further ones, which are already texts: "x as _k1". */
static struct stage *copy_node(struct planner *planner, struct node *node, const char *const *extra, size_t count)
{
    struct stage *stage = NULL;
    struct stage_feed feed = {0};
    struct clause *filters = node->filters;
    size_t filter_count = node->filter_count;
    node->filter_count = 0;
    if (!plan_lower(planner, node, &feed, &stage))
        return NULL;
    if (!stage) {
        stage = plan_stage(planner, STAGE_ROWS);
        stage->feeds[0] = feed;
    }
    if (!conditions(planner, filters, filter_count, &stage->where))
        return NULL;
    struct listing listing = {.planner = planner, .stage = stage};
    each_column(node, list_column, &listing);
    for (size_t i = 0; i < count; i++) {
        const char *name = plan_format(planner, "_k%zu", i + 1);
        plan_add_column(planner, stage, name, name);
        stage->select = plan_append(planner, stage->select, ", ", plan_format(planner, "%s as %s", extra[i], name));
    }
    if (!stage->select)
        add_item(planner, stage, "1", "_row");
    return stage;
}

struct stage *plan_materialize(struct planner *planner, struct node *node)
{
    return copy_node(planner, node, NULL, 0);
}

/* Whether a column is a row's place in its window: which rows a condition on it lets through is known before all are
 * in order. */
static bool is_place(const struct stage_column *column)
{
    const struct expr *expr = column->item ? column->item->expr : NULL;
    if (!expr || expr->kind != EXPR_WINDOW)
        return false;
    const struct window_function *function = column->block->scope->windows[expr->number].row;
    const char *name = function ? function->callable.name : "";
    return strcmp(name, "row_number") == 0 || strcmp(name, "rank") == 0 || strcmp(name, "dense_rank") == 0;
}

/* A comparison of such a column with literals. */
static bool asks_for_places(const struct node *node, const struct clause *clause)
{
    size_t columns = 0;
    const struct expr *expr = clause->expr;
    bool compares = expr->eval == expr_eval_less || expr->eval == expr_eval_less_equal ||
                    expr->eval == expr_eval_greater || expr->eval == expr_eval_greater_equal ||
                    expr->eval == expr_eval_equal || expr->eval == expr_eval_between;
    for (size_t i = 0; i < expr->arg_count && compares; i++) {
        if (expr->args[i]->kind == EXPR_LITERAL)
            continue;
        const struct meaning *meaning = expr->args[i]->kind == EXPR_SLOT
                                            ? plan_meaning(clause->block, expr->args[i]) : NULL;
        compares = meaning && meaning->column && meaning->steps == expr->args[i]->path->count;
        for (size_t k = 0; k < node->column_count && compares; k++)
            columns += node->columns[k] == meaning->column && is_place(&node->stage->columns[k]);
    }
    return compares && columns == 1;
}

bool plan_choose_places(struct node *node, const struct clause *clause)
{
    struct stage *stage = node->stage;
    if (node->kind != NODE_STAGE || stage->kind != STAGE_ROWS || stage->has_limit || stage->skip > 0 ||
        clause->suffix || !asks_for_places(node, clause))
        return false;
    struct planner *planner = clause->block->planner;
    const char *text = plan_text(clause->block, clause->expr, false);
    stage->qualify = stage->qualify ? plan_format(planner, "(%s) and %s", stage->qualify, text) : text;
    return true;
}

static void add_filter(struct node *node, struct clause clause)
{
    struct planner *planner = clause.block->planner;
    if (plan_choose_places(node, &clause))
        return;
    node->filters = plan_grow(planner, node->filters, node->filter_count, sizeof *node->filters);
    node->filters[node->filter_count++] = clause;
}

bool plan_push(struct node *node, struct clause clause)
{
    if (node->kind == NODE_JOIN) {
        enum join_kind kind = node->join;
        bool to_left = kind == JOIN_INNER || kind == JOIN_LEFT || kind == JOIN_SEMI || kind == JOIN_ANTI,
             to_right = kind == JOIN_INNER || kind == JOIN_RIGHT;
        if (to_left && plan_belongs(clause.block, clause.expr, node->left))
            return plan_push(node->left, clause);
        if (to_right && plan_belongs(clause.block, clause.expr, node->right))
            return plan_push(node->right, clause);
    }
    add_filter(node, clause);
    return true;
}

static bool is_path(const struct expr *expr)
{
    return expr->kind == EXPR_SLOT;
}

/* One side of a join: as it is, or copied with the keys that have to be computed. keys[i] becomes each key's path. */
static bool lower_side(struct planner *planner, struct node *join, bool left, const bool *computed, const char **keys,
                       struct stage_feed *feed)
{
    struct node *node = left ? join->left : join->right;
    size_t count = join->key_count, extras = 0;
    bool copies = node->kind == NODE_JOIN || node->filter_count > 0;
    for (size_t i = 0; i < count; i++)
        copies |= computed[i];
    const char **extra = plan_make(planner, (count + 1) * sizeof *extra);
    struct stage *stage = NULL;
    if (copies && node->kind == NODE_JOIN) { /* its texts are right only when it is lowered: copied twice if computed */
        stage = plan_materialize(planner, node);
        if (!stage)
            return false;
        *node = (struct node){.kind = NODE_JOIN, .join = node->join, .left = node->left, .right = node->right,
                              .merged = node->merged, .merged_count = node->merged_count, .stage = stage};
    } else {
        for (size_t i = 0; i < node->column_count; i++)
            if (node->kind == NODE_SOURCE)
                node->columns[i]->text = plan_quote(planner, node->columns[i]->name);
    }
    for (size_t i = 0; i < count; i++) {
        const struct clause *clause = left ? &join->keys[i].left : &join->keys[i].right;
        const char *text = plan_text(clause->block, clause->expr, false);
        if (!text)
            return false;
        keys[i] = text;
        if (computed[i])
            extra[extras++] = join->keys[i].null_safe ? plan_format(planner, "struct(%s as k)", text) : text;
    }
    if (stage && extras == 0) {
        feed->stage = stage;
        return true;
    }
    if (!copies) {
        *feed = (struct stage_feed){.source = node->source, .stage = node->stage};
        return true;
    }
    stage = copy_node(planner, node, extra, extras);
    if (!stage)
        return false;
    feed->stage = stage;
    for (size_t i = 0, k = 0; i < count; i++) {
        if (computed[i]) {
            keys[i] = plan_format(planner, "_k%zu", ++k);
            continue;
        }
        const struct clause *clause = left ? &join->keys[i].left : &join->keys[i].right;
        keys[i] = plan_text(clause->block, clause->expr, false); /* its column may have another name now */
    }
    return true;
}

static bool lower_join(struct planner *planner, struct node *node, struct stage **join)
{
    struct stage *stage = plan_stage(planner, STAGE_JOIN);
    size_t count = node->key_count;
    bool *computed = plan_make(planner, (count + 1) * sizeof *computed);
    const char **keys[2];
    for (size_t i = 0; i < count; i++)
        computed[i] = node->keys[i].null_safe || !is_path(node->keys[i].left.expr) ||
                      !is_path(node->keys[i].right.expr);
    for (size_t side = 0; side < 2; side++) {
        keys[side] = plan_make(planner, (count + 1) * sizeof(char *));
        if (!lower_side(planner, node, side == 0, computed, keys[side], &stage->feeds[side]))
            return false;
    }
    for (size_t i = 0; i < count; i++) {
        bool same = strcmp(keys[0][i], keys[1][i]) == 0;
        stage->keys = plan_append(planner, stage->keys, ",",
                             same ? keys[0][i] : plan_format(planner, "%s=%s", keys[0][i], keys[1][i]));
    }
    struct listing left = {.planner = planner, .prefix = "l."}, right = {.planner = planner, .prefix = "r."};
    each_column(node->left, letter_column, &left);
    each_column(node->right, letter_column, &right);
    for (size_t i = 0; i < node->merged_count; i++)
        node->merged[i]->text = keys[0][i];
    stage->join = node->join;
    *join = stage;
    return conditions(planner, node->on, node->on_count, &stage->on) &&
           conditions(planner, node->filters, node->filter_count, &stage->where);
}

bool plan_lower(struct planner *planner, struct node *node, struct stage_feed *feed, struct stage **join)
{
    *join = NULL;
    if (node->kind == NODE_JOIN && node->stage) { /* it has been copied */
        feed->stage = node->stage;
        return true;
    }
    if (node->kind == NODE_JOIN)
        return lower_join(planner, node, join);
    if (node->kind == NODE_SOURCE)
        for (size_t i = 0; i < node->column_count; i++)
            node->columns[i]->text = plan_quote(planner, node->columns[i]->name);
    if (node->filter_count > 0) {
        feed->stage = plan_materialize(planner, node);
        return feed->stage != NULL;
    }
    *feed = (struct stage_feed){.source = node->source, .stage = node->stage};
    return true;
}

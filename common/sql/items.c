/* What is selected, exploded and grouped by: the lists of a query, with stars expanded and names found. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/plan_inner.h"

/* Lateral views and explode(…) in the list. */

/* Whether it is what elements of this name are called by, or their positions. */
static bool is_of(const char *name, const char *elements)
{
    size_t len = strlen(elements);
    return strncasecmp(name, elements, len) == 0 && (!name[len] || strcasecmp(name + len, "_pos") == 0);
}

static bool is_taken(const struct block *block, const char *name)
{
    for (size_t i = 0; i < block->binding_count; i++)
        if (is_of(block->bindings[i].name, name))
            return true;
    for (size_t i = 0; i < block->view_count; i++)
        if (block->views[i].name && (is_of(block->views[i].name, name) || is_of(name, block->views[i].name)))
            return true;
    return false;
}

const char *plan_free_name(struct block *block, const char *name)
{
    const char *inner = name;
    for (size_t n = 2; is_taken(block, inner); n++)
        inner = plan_format(block->planner, "%s_%zu", name, n);
    return inner;
}

static void add_view_column(struct block *block, struct view *view, const char *name, const char *text)
{
    struct planner *planner = block->planner;
    view->columns = plan_grow(planner, view->columns, view->column_count, sizeof *view->columns);
    view->columns[view->column_count] = plan_column(planner, name, NULL, NULL);
    view->columns[view->column_count++]->text = text;
}

/* A column more, of a member of the view's structs. */
static void add_member_column(struct block *block, struct view *view, const char *name, const char *member)
{
    struct planner *planner = block->planner;
    const struct sql_generator *generator = view->generator;
    size_t number = view->column_count;
    const char *text = plan_format(planner, "%s.%s", plan_quote(planner, view->name), plan_quote(planner, member));
    add_view_column(block, view, number < generator->name_count ? generator->names[number] : name, text);
}

/* What comes out as columns, not as elements. */
static bool add_members(struct block *block, struct view *view)
{
    const struct sql_generator *generator = view->generator;
    struct planner *planner = block->planner;
    bool of_inline = generator->kind == SQL_INLINE;
    const struct schema_node *array = of_inline ? plan_shape(block, generator->array) : NULL;
    const struct schema_node *node = array ? array->element : NULL;
    size_t width = of_inline ? node ? node->member_count : 0 : generator->width;
    const char *called = of_inline ? "inline" : generator->kind == SQL_STACK ? "stack" : "json_tuple";
    if (width == 0)
        return plan_fail(planner, generator->offset, "inline: which members the structs have is not known: "
                                                     "explode(ARRAY) as x, and then x.NAME");
    if (generator->name_count > 0 && generator->name_count != width)
        return plan_fail(planner, generator->offset, "%zu names for the %zu columns of %s", generator->name_count,
                         width, called);
    view->name = plan_free_name(block, plan_format(planner, "_%s", called));
    for (size_t i = 0; i < width; i++) {
        const char *member = plan_format(planner, "col%zu", i);
        const char *name = generator->kind == SQL_TUPLE ? plan_format(planner, "c%zu", i) : member;
        if (of_inline)
            name = member = node->members[i]->name;
        add_member_column(block, view, name, member);
    }
    return true;
}

static void add_exploded(struct block *block, struct view *view, const struct sql_generator *generator)
{
    struct planner *planner = block->planner;
    size_t named = generator->name_count;
    const char *element = named > (generator->position ? 1u : 0u) ? generator->names[generator->position ? 1 : 0]
                                                                   : "col";
    view->name = plan_free_name(block, view->map ? generator->names[1] : element);
    const char *quoted = plan_quote(planner, view->name);
    if (generator->position)
        add_view_column(block, view, named > 0 ? generator->names[0] : "pos",
                        plan_quote(planner, plan_format(planner, "%s_pos", view->name)));
    if (view->map)
        add_view_column(block, view, generator->names[0], plan_format(planner, "%s.key", quoted));
    add_view_column(block, view, view->map ? generator->names[1] : element,
                    view->map ? plan_format(planner, "%s.value", quoted) : quoted);
    view->element = view->map ? NULL : view->columns[view->column_count - 1];
}

static bool add_view(struct block *block, const struct sql_generator *generator)
{
    struct planner *planner = block->planner;
    if (generator->array->has_window)
        return plan_fail(planner, generator->offset, "a window in explode: a query in from may have it");
    bool map = generator->kind == SQL_ELEMENTS && generator->name_count == (generator->position ? 3u : 2u);
    if (map && generator->position)
        return plan_fail(planner, generator->offset, "posexplode of a map: explode it, which has two columns");
    if (!plan_resolve(block, generator->array, ALIAS_NONE))
        return false;
    for (size_t i = 0; generator->members && i < generator->width; i++)
        if (!plan_resolve(block, generator->members[i], ALIAS_NONE))
            return false;
    block->views = plan_grow(planner, block->views, block->view_count, sizeof *block->views);
    struct view *view = &block->views[block->view_count++];
    *view = (struct view){.generator = generator, .map = map};
    if (generator->kind == SQL_ELEMENTS)
        add_exploded(block, view, generator);
    else if (!add_members(block, view))
        return false;
    for (size_t i = 0; i < view->column_count; i++)
        plan_bind(block, generator->table, view->columns[i]->name, view->columns[i], false);
    return true;
}

bool plan_add_views(struct block *block)
{
    const struct sql_core *core = block->core;
    for (size_t i = 0; i < core->view_count; i++)
        if (!add_view(block, &core->views[i]))
            return false;
    return true;
}

/* The select list. */

struct item *plan_new_item(struct block *block, struct item item)
{
    block->items = plan_grow(block->planner, block->items, block->item_count, sizeof *block->items);
    block->items[block->item_count] = item;
    return &block->items[block->item_count++];
}

/* count(distinct *) is of all columns. */
static bool expand_aggregates(struct block *block)
{
    for (size_t i = 0; i < block->scope->aggregate_count; i++) {
        struct aggregate_call *call = &block->scope->aggregates[i];
        if (call->all_at == 0)
            continue;
        call->args = plan_make(block->planner, (block->binding_count + 1) * sizeof *call->args);
        call->arg_count = 0;
        for (size_t k = 0; k < block->binding_count; k++)
            if (!block->bindings[k].qualified_only)
                call->args[call->arg_count++] = plan_slot(block, block->bindings[k].column);
        if (call->arg_count == 0)
            return plan_fail(block->planner, call->all_at, "* without columns");
    }
    return true;
}

bool plan_expand_items(struct block *block)
{
    if (!expand_aggregates(block))
        return false;
    const struct sql_core *core = block->core;
    for (size_t i = 0; i < core->item_count; i++) {
        const struct sql_item *item = &core->items[i];
        if (item->star) {
            if (!plan_expand_star(block, item))
                return false;
            continue;
        }
        if (!item->generator) {
            plan_new_item(block, (struct item){.expr = item->expr, .name = item->alias, .offset = item->offset});
            continue;
        }
        if (!add_view(block, item->generator))
            return false;
        const struct view *view = &block->views[block->view_count - 1];
        for (size_t k = 0; k < view->column_count; k++) {
            view->columns[k]->used = true;
            plan_new_item(block, (struct item){
                                .column = view->columns[k], .name = view->columns[k]->name, .offset = item->offset});
        }
    }
    return true;
}

/* Paths may mean items, which stay where they are from now on. */
static void settle_items(struct block *block)
{
    struct item *items = plan_make(block->planner, (block->item_count + block->correlation_count + 1) * sizeof *items);
    if (block->item_count > 0)
        memcpy(items, block->items, block->item_count * sizeof *items);
    block->items = items;
}

bool plan_name_items(struct block *block)
{
    settle_items(block);
    for (size_t i = 0; i < block->item_count; i++) {
        struct item *item = &block->items[i];
        block->item_limit = i;
        if (item->expr && !(plan_subqueries(block, item->expr) && plan_resolve(block, item->expr, ALIAS_LAST)))
            return false;
        if (!item->name)
            item->name = plan_name(block, item->expr);
        item->inner = item->name;
    }
    block->item_limit = block->item_count;
    return true;
}

/* GROUP BY. */

bool plan_is_position(const struct expr *expr, size_t *place)
{
    if (expr->kind != EXPR_LITERAL || expr->literal.type != VALUE_LONG)
        return false;
    *place = expr->literal.integer > 0 ? (size_t)expr->literal.integer : 0;
    return true;
}

struct key *plan_new_key(struct block *block, const struct expr *expr, struct column *column)
{
    block->keys = plan_grow(block->planner, block->keys, block->key_count, sizeof *block->keys);
    struct key *key = &block->keys[block->key_count++];
    *key = (struct key){.expr = expr, .column = column};
    return key;
}

static bool same_key(struct block *block, const struct key *left, const struct key *right)
{
    if (!left->expr || !right->expr)
        return left->expr == right->expr && left->column == right->column;
    return strcmp(plan_canonical(block, left->expr), plan_canonical(block, right->expr)) == 0;
}

/* Where the last key stands: of grouping sets each is one, however often it is named. */
static size_t place_last(struct block *block)
{
    size_t last = block->key_count - 1, place = block->core->sets ? 0 : last;
    while (place < last && !same_key(block, &block->keys[place], &block->keys[last]))
        place++;
    block->key_count -= place < last;
    return place;
}

/* grouping(key) without grouping sets. */
static bool no_grouping(struct block *block, const struct expr *expr)
{
    if (expr->eval == expr_eval_grouping)
        return plan_fail(block->planner, expr->offset, "%s goes with rollup, cube or grouping sets in group by",
                         expr->name);
    bool good = true;
    for (size_t i = 0; good && i < expr->arg_count; i++)
        good = no_grouping(block, expr->args[i]);
    return good;
}

static bool no_groupings(struct block *block)
{
    bool good = !block->core->having || no_grouping(block, block->core->having);
    for (size_t i = 0; good && i < block->item_count; i++)
        good = !block->items[i].expr || no_grouping(block, block->items[i].expr);
    for (size_t i = 0; good && i < block->query->order_count; i++)
        good = no_grouping(block, block->query->order[i].expr);
    return good;
}

static bool add_key(struct block *block, const struct expr *expr)
{
    struct planner *planner = block->planner;
    size_t place;
    if (plan_is_position(expr, &place)) {
        if (place == 0 || place > block->item_count)
            return plan_fail(planner, expr->offset, "there is no column %zu: the select list has %zu", place,
                             block->item_count);
        const struct item *item = &block->items[place - 1];
        if (item->expr && plan_has_aggregate(block, item->expr))
            return plan_fail(planner, expr->offset, "column %zu is an aggregate: it cannot be grouped by", place);
        if (item->expr && item->expr->has_window)
            return plan_fail(planner, expr->offset, "column %zu is a window: it cannot be grouped by", place);
        plan_new_key(block, item->expr, item->column);
        return true;
    }
    if (!plan_subqueries(block, expr) || !plan_resolve(block, expr, ALIAS_LAST))
        return false;
    if (expr->has_window)
        return plan_fail(planner, expr->start, "a window in group by: a query in from may have it");
    const struct meaning *meaning = expr->kind == EXPR_SLOT ? plan_meaning(block, expr) : NULL;
    if (meaning && meaning->item)
        plan_new_key(block, meaning->item->expr, meaning->item->column);
    else
        plan_new_key(block, expr, NULL);
    return true;
}

bool plan_keys(struct block *block)
{
    const struct sql_core *core = block->core;
    block->places = plan_make(block->planner, (core->key_count + 1) * sizeof *block->places);
    for (size_t i = 0; i < core->key_count; i++) {
        if (!add_key(block, core->keys[i]))
            return false;
        block->places[i] = place_last(block);
    }
    for (size_t i = 0; core->group_all && i < block->item_count; i++)
        if (!block->items[i].expr ||
            !(plan_has_aggregate(block, block->items[i].expr) || block->items[i].expr->has_window))
            plan_new_key(block, block->items[i].expr, block->items[i].column);
    return core->sets || no_groupings(block);
}

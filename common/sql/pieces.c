/* Expressions as the texts that a stage takes: what was typed, with names, keys and windows replaced. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql/plan_inner.h"

/* What stands behind a column in a path; a member's name as the schema has it, if any case will do. */
static void add_steps(struct block *block, const struct path *path, const struct meaning *meaning, struct buffer *into)
{
    const struct schema_node *node = meaning->column ? meaning->column->node : NULL;
    for (size_t i = meaning->steps; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        if (!step->key) {
            buffer_add_format(into, "[%lld]", (long long)step->index);
            node = node ? node->element : NULL;
            continue;
        }
        while (node && node->element && node->member_count == 0)
            node = node->element;
        node = plan_member(node, step);
        const char *name = node ? node->name : arena_copy(block->planner->arena, step->key, step->key_len);
        buffer_add_format(into, ".%s", plan_quote(block->planner, name));
    }
}

/* A piece of the text that is replaced. */
struct piece {
    size_t start, end;
    const char *text;
};

struct pieces {
    struct block *block;
    struct piece *list;
    size_t count;
    bool keyed, in_aggregate, good;
};

static void add_piece(struct pieces *pieces, const struct expr *expr, const char *text)
{
    struct planner *planner = pieces->block->planner;
    pieces->list = plan_grow(planner, pieces->list, pieces->count, sizeof *pieces->list);
    pieces->list[pieces->count++] = (struct piece){expr->start, expr->end, text};
}

/* An item whose stage is yet to come: its own expression. */
static bool expand_item(struct pieces *pieces, const struct item *item, struct buffer *into)
{
    struct block *block = pieces->block;
    if (!item->expr || item->expr->has_window) {
        pieces->good = plan_fail(block->planner, item->offset, "%s is known behind the groups only", item->name);
        return false;
    }
    const char *text = plan_text(block, item->expr, pieces->keyed && !pieces->in_aggregate);
    pieces->good = text != NULL;
    if (text)
        buffer_add_format(into, "(%s)", text);
    return pieces->good;
}

static void slot_piece(struct pieces *pieces, const struct expr *slot)
{
    struct block *block = pieces->block;
    const struct meaning *meaning = plan_meaning(block, slot);
    struct buffer text = {0};
    if (!meaning) {
        pieces->good = plan_fail(block->planner, slot->offset, "%s is of the query around: it may only be equal to "
                                                               "something in a where of this one", slot->path->text);
        return;
    }
    if (pieces->keyed && !pieces->in_aggregate && meaning->column) {
        pieces->good = plan_fail(block->planner, slot->offset,
                                 "%s is neither in group by nor in an aggregate; first(%s) takes one of its values",
                                 slot->path->text, slot->path->text);
        return;
    }
    if (meaning->column)
        buffer_add_text(&text, meaning->column->text);
    else if (block->groups_first && !expand_item(pieces, meaning->item, &text))
        return;
    else if (!block->groups_first)
        buffer_add_text(&text, plan_quote(block->planner, meaning->item->inner));
    add_steps(block, slot->path, meaning, &text);
    add_piece(pieces, slot, arena_copy(block->planner->arena, text.data, text.len));
    buffer_free(&text);
}

static bool is_key(struct pieces *pieces, const struct expr *expr)
{
    struct block *block = pieces->block;
    if (!pieces->keyed || pieces->in_aggregate)
        return false;
    const char *canonical = plan_canonical(block, expr);
    for (size_t i = 0; i < block->output_count; i++) {
        if (strcmp(block->outputs[i].canonical, canonical) != 0)
            continue;
        add_piece(pieces, expr, block->outputs[i].text);
        return true;
    }
    for (size_t i = 0; block->output_count == 0 && i < block->key_count; i++) {
        if (strcmp(block->keys[i].canonical, canonical) != 0)
            continue;
        add_piece(pieces, expr, block->keys[i].name ? plan_quote(block->planner, block->keys[i].name)
                                                    : block->keys[i].text);
        return true;
    }
    return false;
}

/* Of IN only what stands in parentheses is replaced; unless nothing is in the list. */
static void subquery_piece(struct pieces *pieces, const struct expr *expr)
{
    struct planner *planner = pieces->block->planner;
    const struct subquery *subquery = &planner->subqueries[expr->number];
    const char *text = subquery->text;
    if (subquery->column)
        text = plan_format(planner, subquery->counts ? "coalesce(%s, 0)" : "%s", subquery->column->text);
    if (!text) {
        pieces->good = plan_fail(planner, expr->offset, "a query cannot stand here");
        return;
    }
    struct expr place = *expr;
    if (expr->level == SYNTAX_IN && *text == '(')
        place.start = expr->offset;
    add_piece(pieces, &place, text);
}

static void find_pieces(void *context, const struct expr *expr);

/* What stands behind the call's arguments, made anew: over (partition by … order by … FRAME). */
static void over_piece(struct pieces *pieces, const struct expr *expr)
{
    struct planner *planner = pieces->block->planner;
    const struct window_call *call = &pieces->block->scope->windows[expr->number];
    const struct window_spec *spec = &call->spec;
    const char *text = NULL, *orders = NULL;
    for (size_t i = 0; i < spec->partition_count; i++) {
        const char *one = plan_text(pieces->block, spec->partition[i], pieces->keyed);
        if (!one) {
            pieces->good = false;
            return;
        }
        text = text ? plan_append(planner, text, ", ", one) : plan_format(planner, "partition by %s", one);
    }
    for (size_t i = 0; i < spec->order.count; i++) {
        const struct order_key *key = &spec->order.keys[i];
        const char *one = plan_text(pieces->block, key->expr, pieces->keyed);
        if (!one) {
            pieces->good = false;
            return;
        }
        one = plan_format(planner, "%s%s%s", one, key->descending ? " desc" : "",
                          key->nulls_last == key->descending ? "" : key->nulls_last ? " nulls last" : " nulls first");
        orders = orders ? plan_append(planner, orders, ", ", one) : plan_format(planner, "order by %s", one);
    }
    if (orders)
        text = plan_append(planner, text, " ", orders);
    if (spec->framed)
        text = plan_append(planner, text, " ",
                           arena_copy(planner->arena, planner->script->text + spec->frame_start,
                                      spec->frame_end - spec->frame_start));
    struct expr place = *expr;
    place.start = call->over;
    add_piece(pieces, &place, plan_format(planner, "over (%s)", text ? text : ""));
}

static void window_pieces(struct pieces *pieces, const struct expr *expr)
{
    const struct window_call *call = &pieces->block->scope->windows[expr->number];
    for (size_t i = 0; i < call->arg_count; i++)
        find_pieces(pieces, call->args[i]);
    for (size_t i = 0; !call->row && i < call->aggregate.arg_count; i++)
        find_pieces(pieces, call->aggregate.args[i]);
    if (!call->row && call->aggregate.filter)
        find_pieces(pieces, call->aggregate.filter);
    if (pieces->good)
        over_piece(pieces, expr);
}

/* count(distinct *): the columns in the star's place. */
static void star_piece(struct pieces *pieces, const struct aggregate_call *call)
{
    const char *text = NULL;
    for (size_t i = 0; pieces->good && i < call->arg_count; i++) {
        const char *one = plan_text(pieces->block, call->args[i], false);
        pieces->good = one != NULL;
        text = plan_append(pieces->block->planner, text, ", ", one);
    }
    struct expr star = {.start = call->all_at, .end = call->all_at + 1};
    add_piece(pieces, &star, text);
    if (call->filter)
        find_pieces(pieces, call->filter);
}

static void find_pieces(void *context, const struct expr *expr)
{
    struct pieces *pieces = context;
    if (!pieces->good || is_key(pieces, expr))
        return;
    if (expr->kind == EXPR_SLOT)
        slot_piece(pieces, expr);
    if (expr->kind == EXPR_SUBQUERY) {
        subquery_piece(pieces, expr);
        if (expr->level != SYNTAX_IN || !pieces->good)
            return;
    }
    if (expr->kind == EXPR_WINDOW) {
        window_pieces(pieces, expr);
        return;
    }
    bool before = pieces->in_aggregate;
    pieces->in_aggregate = before || expr->kind == EXPR_AGGREGATE;
    const struct aggregate_call *call =
        expr->kind == EXPR_AGGREGATE ? &pieces->block->scope->aggregates[expr->number] : NULL;
    if (call && call->all_at > 0)
        star_piece(pieces, call);
    else
        plan_each_part(pieces->block, expr, find_pieces, pieces);
    pieces->in_aggregate = before;
}

static int by_start(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;
    return a->start != b->start ? (a->start > b->start) - (a->start < b->start)
                                : (a->end < b->end) - (a->end > b->end);
}

const char *plan_text(struct block *block, const struct expr *expr, bool keyed)
{
    struct pieces pieces = {.block = block, .keyed = keyed, .good = true};
    find_pieces(&pieces, expr);
    if (!pieces.good)
        return NULL;
    if (pieces.count > 0)
        qsort(pieces.list, pieces.count, sizeof *pieces.list, by_start);
    const char *source = block->planner->script->text;
    struct buffer text = {0};
    size_t at = expr->start;
    for (size_t i = 0; i < pieces.count; i++) {
        const struct piece *piece = &pieces.list[i];
        if (piece->start < at)
            continue; /* the same one, met twice */
        buffer_add(&text, source + at, piece->start - at);
        buffer_add_text(&text, piece->text);
        at = piece->end;
    }
    buffer_add(&text, source + at, expr->end > at ? expr->end - at : 0);
    const char *copy = arena_copy(block->planner->arena, text.data, text.len);
    buffer_free(&text);
    return copy;
}

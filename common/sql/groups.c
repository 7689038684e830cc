/* Windows over groups: first the keys and aggregates, each a column, then a stage over them. */
#include <stdio.h>
#include <string.h>

#include "sql/plan_inner.h"

/* A name out of its backticks. */
static const char *bare(struct planner *planner, const char *text)
{
    if (*text != '`')
        return text;
    struct buffer name = {0};
    for (text++; *text && (*text != '`' || text[1] == '`'); text++) {
        text += *text == '`';
        buffer_add_char(&name, *text);
    }
    const char *copy = arena_copy(planner->arena, name.data ? name.data : "", name.len);
    buffer_free(&name);
    return copy;
}

struct collecting {
    struct block *block;
    struct stage *stage;
    bool good;
};

static void add_output(struct collecting *collecting, const char *canonical, const char *text, const char *name,
                       bool typed)
{
    struct block *block = collecting->block;
    struct planner *planner = block->planner;
    struct stage *stage = collecting->stage;
    const char *inner = plan_inner(planner, stage, name), *quoted = plan_quote(planner, inner);
    plan_add_column(planner, stage, inner, inner);
    stage->columns[stage->column_count - 1].typed = typed;
    stage->select = plan_append(planner, stage->select, ", ", plan_named(planner, text, inner, true));
    block->outputs = plan_grow(planner, block->outputs, block->output_count, sizeof *block->outputs);
    block->outputs[block->output_count++] = (struct output_column){.canonical = canonical, .text = quoted};
}

/* What an aggregate is called: as the item that is nothing else. */
static const char *aggregate_name(struct block *block, const char *canonical)
{
    for (size_t i = 0; i < block->item_count; i++)
        if (block->items[i].expr && strcmp(plan_canonical(block, block->items[i].expr), canonical) == 0)
            return block->items[i].name;
    return plan_format(block->planner, "_a%zu", block->output_count + 1);
}

static void collect_aggregates(void *context, const struct expr *expr)
{
    struct collecting *collecting = context;
    struct block *block = collecting->block;
    if (!collecting->good)
        return;
    if (expr->kind != EXPR_AGGREGATE && expr->eval != expr_eval_grouping) {
        plan_each_part(block, expr, collect_aggregates, context);
        return;
    }
    const char *canonical = plan_canonical(block, expr);
    for (size_t i = 0; i < block->output_count; i++)
        if (strcmp(block->outputs[i].canonical, canonical) == 0)
            return;
    size_t outputs = block->output_count;
    block->output_count = 0; /* its text is the one of the groups' stage */
    const char *text = plan_text(block, expr, true);
    block->output_count = outputs;
    collecting->good = text != NULL;
    if (text)
        add_output(collecting, canonical, text, aggregate_name(block, canonical), plan_is_typed(block, expr));
}

static bool collect(struct collecting *collecting)
{
    struct block *block = collecting->block;
    for (size_t i = 0; i < block->key_count; i++) {
        const struct key *key = &block->keys[i];
        const char *text = key->name ? plan_quote(block->planner, key->name) : key->text;
        const struct expr *expr = key->expr ? key->expr : plan_slot(block, key->column);
        add_output(collecting, plan_canonical(block, expr), text,
                   key->name ? key->name : bare(block->planner, plan_last_of(key->text)), plan_is_typed(block, expr));
    }
    collecting->stage->shows_key = block->key_count > 0;
    for (size_t i = 0; i < block->item_count; i++)
        if (block->items[i].expr)
            collect_aggregates(collecting, block->items[i].expr);
    if (block->core->qualify)
        collect_aggregates(collecting, block->core->qualify);
    for (size_t i = 0; i < block->query->order_count; i++)
        collect_aggregates(collecting, block->query->order[i].expr);
    if (block->output_count == 0)
        add_output(collecting, "", "count(*)", "_rows", false);
    return collecting->good;
}

struct stage *plan_group_over(struct block *block, struct stage_feed feed, bool where)
{
    struct planner *planner = block->planner;
    struct stage *groups = plan_stage(planner, STAGE_GROUP), *stage = plan_stage(planner, STAGE_ROWS);
    struct collecting collecting = {.block = block, .stage = groups, .good = true};
    bool good = true;
    groups->feeds[0] = feed;
    block->groups_first = true;
    if (where)
        groups->where = plan_where_text(block, &good);
    if (!good || !plan_settle_keys(block, groups))
        return NULL;
    if (block->core->having) {
        groups->having = plan_text(block, block->core->having, true);
        if (!groups->having)
            return NULL;
    }
    if (!collect(&collecting))
        return NULL;
    block->groups_first = false;
    stage->feeds[0].stage = groups;
    return stage;
}

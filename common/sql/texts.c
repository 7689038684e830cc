/* A query as the texts of stages: names of columns, select lists, keys, order. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/plan_inner.h"

const char *plan_append(struct planner *planner, const char *text, const char *between, const char *more)
{
    return text ? plan_format(planner, "%s%s%s", text, between, more) : more;
}

const char *plan_where_text(struct block *block, bool *good)
{
    const char *text = NULL;
    for (size_t i = 0; i < block->where_count; i++) {
        const struct clause *clause = &block->where[i];
        const char *one = plan_text(block, clause->expr, false);
        if (!one) {
            *good = false;
            return NULL;
        }
        if (clause->suffix)
            one = plan_format(block->planner, "%s%s", one, clause->suffix);
        bool or = clause->expr->kind == EXPR_CALL && clause->expr->eval == expr_eval_or && !clause->expr->grouped;
        text = plan_append(block->planner, text, " and ",
                      or && block->where_count > 1 ? plan_format(block->planner, "(%s)", one) : one);
    }
    return text;
}

/* Texts. */

static bool is_plain(const struct item *item)
{
    return (item->column && !item->altered) || (item->expr && item->expr->kind == EXPR_SLOT);
}

static const char *item_text(struct block *block, const struct item *item, bool keyed)
{
    if (!item->column)
        return plan_text(block, item->expr, keyed);
    const char *text = item->column->text;
    if (block->output_count > 0 && !item->inner_path)
        text = plan_text(block, plan_slot(block, item->column), keyed);
    if (text && item->inner_path)
        text = plan_format(block->planner, "%s%s", text, item->inner_path);
    return text && item->altered ? plan_altered_text(block, item->altered, text, keyed) : text;
}

/* What a plain path is called if nothing is said. */
const char *plan_last_of(const char *text)
{
    const char *dot = NULL;
    bool quoted = false;
    for (const char *at = text; *at; at++) {
        quoted ^= *at == '`';
        if (*at == '.' && !quoted)
            dot = at;
    }
    return dot ? dot + 1 : text;
}

/* Whether a name is also a column that something else than this item reads. */
static bool is_shadow(struct block *block, const struct item *item, const char *name)
{
    const char *quoted = plan_quote(block->planner, name);
    for (size_t i = 0; i < block->meaning_count && block->output_count == 0; i++) {
        const struct meaning *meaning = &block->meanings[i];
        const struct expr *where = block->core->where;
        size_t at = meaning->slot->start;
        if (!meaning->column || !meaning->column->text || strcmp(meaning->column->text, quoted) != 0)
            continue;
        if ((item->expr && at >= item->expr->start && at < item->expr->end) ||
            (where && at >= where->start && at < where->end))
            continue;
        return true;
    }
    for (size_t i = 0; i < block->output_count; i++)
        if (strcmp(block->outputs[i].text, quoted) == 0 && item->expr &&
            strcmp(block->outputs[i].canonical, plan_canonical(block, item->expr)) != 0)
            return true;
    for (size_t i = 0; i < block->item_count; i++)
        if (&block->items[i] != item && block->items[i].column && strcmp(block->items[i].column->text, quoted) == 0)
            return true;
    return false;
}

/* The names of items in the stage: each another one, and none that hides what is read. */
void plan_settle_names(struct block *block, struct stage *stage)
{
    for (size_t i = 0; i < block->item_count; i++) {
        struct item *item = &block->items[i];
        const char *name = item->name;
        bool same = is_plain(item) && item->column && strcmp(item->column->text, plan_quote(block->planner, name)) == 0;
        if (item->expr && item->expr->kind == EXPR_SLOT) {
            const struct meaning *meaning = plan_meaning(block, item->expr);
            same = meaning && meaning->column && meaning->steps == item->expr->path->count &&
                   strcmp(meaning->column->text, plan_quote(block->planner, name)) == 0;
        }
        if (!same && is_shadow(block, item, name))
            name = plan_format(block->planner, "%s_1", name);
        item->inner = plan_inner(block->planner, stage, name);
        plan_add_column(block->planner, stage, item->name, item->inner);
        stage->columns[i].typed = item->expr ? plan_is_typed(block, item->expr) : item->column->typed;
        stage->columns[i].typed |= item->altered && plan_altered_typed(block, item->altered);
        stage->columns[i].item = item;
        stage->columns[i].block = block;
    }
}

const char *plan_named(struct planner *planner, const char *text, const char *name, bool plain)
{
    const char *quoted = plan_quote(planner, name);
    return plain && strcmp(plan_last_of(text), quoted) == 0 ? text : plan_format(planner, "%s as %s", text, quoted);
}

bool plan_list_text(struct block *block, struct stage *stage, bool keyed)
{
    for (size_t i = 0; i < block->item_count; i++) {
        struct item *item = &block->items[i];
        const char *text = item_text(block, item, keyed);
        if (!text)
            return false;
        bool plain = is_plain(item);
        for (size_t k = 0; k < block->output_count; k++)
            plain |= strcmp(text, block->outputs[k].text) == 0;
        for (size_t k = 0; keyed && block->output_count == 0 && k < block->key_count; k++) {
            bool is_key = block->keys[k].name ? strcmp(text, plan_quote(block->planner, block->keys[k].name)) == 0
                                              : strcmp(text, block->keys[k].text) == 0;
            stage->shows_key |= is_key;
            plain |= is_key;
        }
        stage->select = plan_append(block->planner, stage->select, ", ",
                                    plan_named(block->planner, text, item->inner, plain));
    }
    return true;
}

bool plan_qualify_text(struct block *block, struct stage *stage, bool keyed)
{
    if (block->core->qualify)
        stage->qualify = plan_text(block, block->core->qualify, keyed);
    return !block->core->qualify || stage->qualify;
}

bool plan_order_text(struct block *block, struct stage *stage, bool keyed)
{
    const struct sql_query *query = block->query;
    for (size_t i = 0; i < query->order_count; i++) {
        const struct sql_order *order = &query->order[i];
        size_t place;
        const char *text;
        if (plan_is_position(order->expr, &place)) {
            if (place == 0 || place > block->item_count)
                return plan_fail(block->planner, order->expr->offset,
                                 "there is no column %zu: the select list has %zu", place, block->item_count);
            text = plan_quote(block->planner, block->items[place - 1].inner);
        } else {
            text = NULL;
            const char *canonical = plan_canonical(block, order->expr);
            for (size_t k = 0; k < block->item_count && !text; k++) /* the same as an item: by its name */
                if (block->items[k].expr && order->expr->kind != EXPR_SLOT &&
                    strcmp(plan_canonical(block, block->items[k].expr), canonical) == 0)
                    text = plan_quote(block->planner, block->items[k].inner);
            text = text ? text : plan_text(block, order->expr, keyed);
        }
        if (!text)
            return false;
        const char *nulls = !order->nulls_given || order->nulls_last == order->descending ? ""
                            : order->nulls_last                                           ? " nulls last"
                                                                                          : " nulls first";
        stage->order = plan_append(block->planner, stage->order, ", ",
                              plan_format(block->planner, "%s%s%s", text, order->descending ? " desc" : "", nulls));
    }
    return true;
}

/* The array that a view explodes. */
static const char *exploded_text(struct block *block, const struct view *view)
{
    struct planner *planner = block->planner;
    const struct sql_generator *generator = view->generator;
    const char *text = plan_text(block, generator->array, false), *made = "stack(1";
    if (!text || generator->kind != SQL_TUPLE)
        return text && view->map ? plan_format(planner, "map_entries(%s)", text) : text;
    for (size_t i = 0; i < generator->width; i++) {
        const char *name = plan_text(block, generator->members[i], false);
        if (!name)
            return NULL;
        made = plan_format(planner, "%s, json_tuple(%s, %s)", made, text, name);
    }
    return plan_format(planner, "%s)", made);
}

/* The views of a block as what a stage explodes. */
bool plan_explodes(struct block *block, struct stage *stage)
{
    struct planner *planner = block->planner;
    for (size_t i = 0; i < block->view_count; i++) {
        const struct view *view = &block->views[i];
        const struct sql_generator *generator = view->generator;
        const char *array = exploded_text(block, view);
        if (!array)
            return false;
        stage->explodes = plan_grow(planner, stage->explodes, stage->explode_count, sizeof *stage->explodes);
        stage->explodes[stage->explode_count++] = (struct stage_explode){.array = array, .name = view->name};
        if (i > 0 && generator->outer != stage->outer)
            return plan_fail(planner, generator->array->start,
                             "views of which only some are outer: put one into a subquery");
        stage->outer = generator->outer;
    }
    return true;
}

/* The columns in use, of the tables and of the views, as a stage of their own. */
struct stage *plan_rows(struct block *block, struct stage_feed feed, struct stage *join)
{
    struct planner *planner = block->planner;
    struct stage *stage = join;
    bool good = true;
    if (!stage) {
        stage = plan_stage(planner, STAGE_ROWS);
        stage->feeds[0] = feed;
    }
    if (!plan_explodes(block, stage))
        return NULL;
    const char *where = plan_where_text(block, &good);
    if (where)
        stage->where = stage->where ? plan_format(planner, "%s and %s", stage->where, where) : where;
    return good ? stage : NULL;
}

static void take_column(struct planner *planner, struct stage *stage, struct column *column)
{
    if (!column->used)
        return;
    const char *inner = plan_inner(planner, stage, column->name);
    plan_add_column(planner, stage, column->name, inner);
    stage->columns[stage->column_count - 1].typed = column->typed;
    stage->select = plan_append(planner, stage->select, ", ", plan_named(planner, column->text, inner, true));
    column->text = plan_quote(planner, inner);
}

/* A stage under one that groups: every column in use. */
struct stage *plan_all_used(struct block *block, struct stage *stage, bool views)
{
    struct planner *planner = block->planner;
    for (size_t i = 0; i < block->binding_count; i++) {
        struct column *column = block->bindings[i].column;
        bool before = !views && !column->owner;
        for (size_t k = 0; k < i; k++)
            before |= block->bindings[k].column == column;
        if (!before)
            take_column(planner, stage, column);
    }
    for (size_t i = 0; i < planner->script->subquery_count; i++) {
        struct column *column = planner->subqueries[i].column;
        bool bound = !column;
        for (size_t k = 0; k < block->binding_count; k++)
            bound |= block->bindings[k].column == column;
        if (!bound && plan_belongs(block, plan_slot(block, column), block->from))
            take_column(planner, stage, column);
    }
    if (!stage->select) {
        plan_add_column(planner, stage, "_row", "_row");
        stage->select = "1 as _row";
    }
    return stage;
}

/* An element of GROUP BY as -g has it. */
static const char *grouping_text(struct block *block, const struct sql_grouping *grouping)
{
    static const char *const words[] = {[SQL_ROLLUP] = "rollup ", [SQL_CUBE] = "cube ", [SQL_SETS] = "grouping sets "};
    if (grouping->kind == SQL_KEY)
        return block->keys[block->places[grouping->key]].listed;
    const char *text = NULL, *word = words[grouping->kind];
    for (size_t i = 0; i < grouping->part_count; i++)
        text = plan_append(block->planner, text, ", ", grouping_text(block, &grouping->parts[i]));
    return plan_format(block->planner, "%s(%s)", word ? word : "", text ? text : "");
}

/* All keys as a list. Those that the query around is joined by are in every set, and first: so they count for nothing
 * in grouping_id(). */
static const char *keys_text(struct block *block)
{
    const struct sql_grouping *sets = block->core->sets;
    const char *text = NULL;
    size_t first = 0;
    for (size_t i = 0; sets && i < block->core->key_count; i++)
        first = block->places[i] >= first ? block->places[i] + 1 : first;
    for (size_t i = first; i < block->key_count; i++)
        text = plan_append(block->planner, text, ", ", block->keys[i].listed);
    for (size_t i = 0; sets && i < sets->part_count; i++)
        text = plan_append(block->planner, text, ", ", grouping_text(block, &sets->parts[i]));
    return text;
}

/* The keys' names and texts. */
bool plan_settle_keys(struct block *block, struct stage *stage)
{
    struct planner *planner = block->planner;
    for (size_t i = 0; i < block->key_count; i++) {
        struct key *key = &block->keys[i];
        struct item item = {.expr = key->expr, .column = key->column};
        key->canonical = key->expr ? plan_canonical(block, key->expr) : "";
        key->text = item_text(block, &item, false);
        if (!key->text)
            return false;
        const char *last = plan_last_of(key->text);
        bool taken = false;
        for (size_t k = 0; k < i; k++)
            taken |= strcmp(block->keys[k].name ? block->keys[k].name : plan_last_of(block->keys[k].text), last) == 0;
        bool renamed = false; /* an item that is this key has another name, and it the item's */
        for (size_t k = 0; k < block->item_count; k++) {
            const struct item *shown = &block->items[k];
            if (shown->expr && key->expr && !key->name &&
                strcmp(plan_canonical(block, shown->expr), key->canonical) == 0)
                key->name = shown->inner;
        }
        renamed = key->name && strcmp(plan_quote(planner, key->name), last) != 0;
        if (is_plain(&item) && !taken && !renamed && strchr(last, '[') == NULL) {
            key->listed = key->text;
            key->name = NULL;
            continue;
        }
        for (size_t k = 0; key->name && k < i; k++)
            if (block->keys[k].name && strcmp(block->keys[k].name, key->name) == 0)
                key->name = NULL;
        if (!key->name)
            key->name = plan_format(planner, "key%zu", i + 1);
        key->listed = plan_format(planner, "%s as %s", key->text, plan_quote(planner, key->name));
    }
    stage->keys = keys_text(block);
    return true;
}

struct stage *plan_group_stage(struct block *block, struct stage_feed feed, bool where)
{
    struct planner *planner = block->planner;
    struct stage *stage = plan_stage(planner, STAGE_GROUP);
    bool good = true;
    stage->feeds[0] = feed;
    if (where)
        stage->where = plan_where_text(block, &good);
    plan_settle_names(block, stage);
    if (!good || !plan_settle_keys(block, stage) || !plan_list_text(block, stage, true))
        return NULL;
    if (block->core->having) {
        stage->having = plan_text(block, block->core->having, true);
        if (!stage->having)
            return NULL;
    }
    return stage;
}

/* SELECT DISTINCT: the items are the keys. */
struct stage *plan_distinct_stage(struct block *block, struct stage_feed feed, bool where)
{
    struct planner *planner = block->planner;
    struct stage *stage = plan_stage(planner, STAGE_GROUP);
    bool good = true;
    stage->feeds[0] = feed;
    if (where)
        stage->where = plan_where_text(block, &good);
    plan_settle_names(block, stage);
    for (size_t i = 0; good && i < block->item_count; i++) {
        const char *text = item_text(block, &block->items[i], false);
        good = text != NULL;
        if (good)
            stage->keys = plan_append(planner, stage->keys, ", ",
                                 plan_named(planner, text, block->items[i].inner, is_plain(&block->items[i])));
    }
    return good ? stage : NULL;
}

/* DISTINCT over a stage that groups. */
struct stage *plan_distinct_over(struct planner *planner, struct stage *from)
{
    struct stage *stage = plan_stage(planner, STAGE_GROUP);
    stage->feeds[0].stage = from;
    for (size_t i = 0; i < from->column_count; i++) {
        plan_add_column(planner, stage, from->columns[i].name, from->columns[i].inner);
        stage->columns[i].typed = from->columns[i].typed;
        stage->keys = plan_append(planner, stage->keys, ", ", plan_quote(planner, from->columns[i].inner));
    }
    return stage;
}

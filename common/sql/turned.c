/* PIVOT: a stage that groups by all other columns and turns the values of one; UNPIVOT: a stage that makes a row of
 * each of some columns. */
#include <string.h>
#include <strings.h>

#include "group/aggregate/aggregate.h"
#include "group/pivot.h"
#include "sql/plan_inner.h"

/* A table that is turned, as a block of its own. */
struct turning {
    struct block *block;
    const struct sql_from *from;
    const struct sql_turned *turned;
    bool *taken; /* by binding: it is no column of what comes out */
};

static bool find_column(struct turning *turning, const char *name, size_t offset, size_t *number)
{
    const struct block *block = turning->block;
    for (*number = 0; *number < block->binding_count; ++*number)
        if (!block->bindings[*number].qualified_only && strcasecmp(block->bindings[*number].name, name) == 0)
            return turning->taken[*number] = true;
    return plan_fail(block->planner, offset, "no column %s", name);
}

static void take_slot(void *context, const struct expr *slot)
{
    struct turning *turning = context;
    const struct meaning *meaning = plan_meaning(turning->block, slot);
    for (size_t i = 0; meaning && i < turning->block->binding_count; i++)
        turning->taken[i] |= turning->block->bindings[i].column == meaning->column;
}

/* What the stage reads: all columns in use. */
static bool find_feed(struct turning *turning, struct stage_feed *feed)
{
    struct block *block = turning->block;
    struct stage *join = NULL;
    if (!plan_lower(block->planner, block->from, feed, &join))
        return false;
    if (!join)
        return true;
    struct stage *rows = plan_rows(block, *feed, join);
    if (rows)
        *feed = (struct stage_feed){.stage = plan_all_used(block, rows, true)};
    return rows != NULL;
}

/* The columns that stay, in front of the others; texts: where they go, with their names. */
static void add_kept(struct turning *turning, struct stage *stage, const char **texts)
{
    struct block *block = turning->block;
    for (size_t i = 0; i < block->binding_count; i++) {
        const struct binding *binding = &block->bindings[i];
        if (turning->taken[i] || binding->qualified_only)
            continue;
        const char *inner = plan_inner(block->planner, stage, binding->name);
        plan_add_column(block->planner, stage, binding->name, inner);
        stage->columns[stage->column_count - 1].typed = binding->column->typed;
        *texts = plan_append(block->planner, *texts, ", ",
                             plan_named(block->planner, binding->column->text, inner, true));
    }
}

static bool resolve_items(struct turning *turning)
{
    struct block *block = turning->block;
    for (size_t i = 0; i < turning->turned->item_count; i++) {
        const struct expr *expr = turning->turned->items[i].expr;
        if (!plan_resolve(block, expr, ALIAS_NONE))
            return false;
        if (!plan_has_aggregate(block, expr) || expr->has_window)
            return plan_fail(block->planner, expr->start, "pivot takes aggregates");
        plan_each(block, expr, take_slot, turning);
    }
    return true;
}

/* "a in (1, 2 as `x`)", as --pivot takes it, without names where none are given. */
static const char *pivot_text(struct turning *turning, const size_t *numbers)
{
    struct block *block = turning->block;
    struct planner *planner = block->planner;
    const struct sql_turned *turned = turning->turned;
    bool several = turned->column_count > 1;
    const char *columns = NULL, *values = NULL;
    for (size_t i = 0; i < turned->column_count; i++)
        columns = plan_append(planner, columns, ", ", block->bindings[numbers[i]].column->text);
    for (size_t i = 0; i < turned->value_count; i++) {
        const struct sql_turned_value *value = &turned->values[i];
        const char *text = NULL;
        for (size_t k = 0; k < value->count; k++) {
            const char *one = plan_resolve(block, value->constants[k], ALIAS_NONE)
                                  ? plan_text(block, value->constants[k], false)
                                  : NULL;
            if (!one)
                return NULL;
            text = plan_append(planner, text, ", ", one);
        }
        text = several ? plan_format(planner, "(%s)", text) : text;
        values = plan_append(planner, values, ", ",
                             value->alias ? plan_format(planner, "%s as %s", text, plan_quote(planner, value->alias))
                                          : text);
    }
    return plan_format(planner, several ? "(%s) in (%s)" : "%s in (%s)", columns, values);
}

/* The columns of each value. */
static bool add_values(struct turning *turning, struct stage *stage)
{
    struct block *block = turning->block;
    struct planner *planner = block->planner;
    const struct sql_turned *turned = turning->turned;
    struct problem problem = {0};
    const struct expr_options options = {.aggregate_at = aggregate_function_at};
    struct group_pivot *pivot = group_pivot_new(stage->pivot, &options, &problem);
    if (!pivot)
        return plan_fail(planner, turning->from->offset, "%s", problem.text);
    for (size_t i = 0; i < turned->value_count; i++)
        for (size_t k = 0; k < turned->item_count; k++) {
            const struct sql_item *item = &turned->items[k];
            const char *name = plan_format(planner, "%s", group_pivot_name(pivot, i));
            if (turned->item_count > 1)
                name = plan_format(planner, "%s_%s", name, item->alias ? item->alias : plan_name(block, item->expr));
            plan_add_column(planner, stage, name, plan_inner(planner, stage, name));
            stage->columns[stage->column_count - 1].typed = plan_is_typed(block, item->expr);
        }
    group_pivot_free(pivot);
    return true;
}

static struct stage *plan_pivot(struct turning *turning)
{
    struct block *block = turning->block;
    struct planner *planner = block->planner;
    const struct sql_turned *turned = turning->turned;
    struct stage *stage = plan_stage(planner, STAGE_GROUP);
    size_t *numbers = plan_make(planner, turned->column_count * sizeof *numbers);
    for (size_t i = 0; i < turned->column_count; i++)
        if (!find_column(turning, turned->columns[i], turning->from->offset, &numbers[i]))
            return NULL;
    if (!resolve_items(turning) || !find_feed(turning, &stage->feeds[0]))
        return NULL;
    add_kept(turning, stage, &stage->keys);
    stage->pivot = pivot_text(turning, numbers);
    if (!stage->pivot)
        return NULL;
    for (size_t i = 0; i < turned->item_count; i++) {
        const struct sql_item *item = &turned->items[i];
        const char *text = plan_text(block, item->expr, false);
        if (!text)
            return NULL;
        stage->select = plan_append(planner, stage->select, ", ",
                                    plan_named(planner, text, item->alias ? item->alias : plan_name(block, item->expr),
                                               false));
    }
    return add_values(turning, stage) ? stage : NULL;
}

/* What stands for one of the values' names: their texts of all values as an array. */
static const char *array_of(struct turning *turning, size_t which, bool *typed)
{
    struct block *block = turning->block;
    struct planner *planner = block->planner;
    const struct sql_turned *turned = turning->turned;
    const char *text = NULL;
    *typed = false;
    for (size_t i = 0; i < turned->value_count; i++) {
        size_t number;
        find_column(turning, turned->values[i].columns[which], turned->values[i].offset, &number);
        *typed |= block->bindings[number].column->typed;
        text = plan_append(planner, text, ", ", block->bindings[number].column->text);
    }
    return plan_format(planner, "array(%s)", text);
}

/* The columns' names as an array of texts. */
static const char *names_array(struct turning *turning)
{
    struct planner *planner = turning->block->planner;
    const char *text = NULL;
    for (size_t i = 0; i < turning->turned->value_count; i++) {
        const struct sql_turned_value *value = &turning->turned->values[i];
        const char *name = value->alias ? value->alias : value->columns[0];
        for (size_t k = 1; !value->alias && k < value->count; k++)
            name = plan_format(planner, "%s_%s", name, value->columns[k]);
        text = plan_append(planner, text, ", ", plan_string(planner, name, strlen(name)));
    }
    return plan_format(planner, "array(%s)", text);
}

static void add_turned(struct turning *turning, struct stage *stage, const char *name, const char *text, bool typed)
{
    struct planner *planner = turning->block->planner;
    const char *inner = plan_inner(planner, stage, name);
    plan_add_column(planner, stage, name, inner);
    stage->columns[stage->column_count - 1].typed = typed;
    stage->select = plan_append(planner, stage->select, ", ", plan_named(planner, text, inner, false));
}

static struct stage *plan_unpivot(struct turning *turning)
{
    struct block *block = turning->block;
    struct planner *planner = block->planner;
    const char *element = plan_free_name(block, "_unpivot");
    const struct sql_turned *turned = turning->turned;
    struct stage *stage = plan_stage(planner, STAGE_ROWS);
    size_t number;
    for (size_t i = 0; i < turned->value_count; i++)
        for (size_t k = 0; k < turned->values[i].count; k++)
            if (!find_column(turning, turned->values[i].columns[k], turned->values[i].offset, &number))
                return NULL;
    if (!find_feed(turning, &stage->feeds[0]))
        return NULL;
    add_kept(turning, stage, &stage->select);
    const char *zip = names_array(turning), *some = NULL;
    add_turned(turning, stage, turned->name, plan_format(planner, "%s.`0`", element), false);
    for (size_t i = 0; i < turned->value_name_count; i++) {
        bool typed;
        zip = plan_append(planner, zip, ", ", array_of(turning, i, &typed));
        const char *text = plan_format(planner, "%s.`%zu`", element, i + 1);
        add_turned(turning, stage, turned->value_names[i], text, typed);
        some = plan_append(planner, some, " or ", plan_format(planner, "%s is not null", text));
    }
    stage->explodes = plan_make(planner, sizeof *stage->explodes);
    stage->explodes[stage->explode_count++] =
        (struct stage_explode){.array = plan_format(planner, "arrays_zip(%s)", zip), .name = element};
    stage->where = turned->include_nulls ? NULL : some;
    return stage;
}

struct node *plan_turned(struct block *block, const struct sql_from *from)
{
    struct planner *planner = block->planner;
    struct sql_query *query = plan_make(planner, sizeof *query);
    struct sql_core *core = plan_make(planner, sizeof *core);
    struct sql_item *star = plan_make(planner, sizeof *star); /* all columns are asked for */
    *star = (struct sql_item){.star = true, .offset = from->offset};
    *core = (struct sql_core){.items = star, .item_count = 1, .from = from->left, .scope = from->turned->scope};
    *query = (struct sql_query){.core = core, .scope = core->scope, .offset = from->offset};
    struct block *inner = plan_make(planner, sizeof *inner);
    *inner = (struct block){.planner = planner, .query = query, .core = core, .scope = core->scope};
    inner->from = plan_from(inner, from->left);
    if (!inner->from)
        return NULL;
    struct turning turning = {.block = inner, .from = from, .turned = from->turned};
    turning.taken = plan_make(planner, (inner->binding_count + 1) * sizeof *turning.taken);
    for (size_t i = 0; i < inner->binding_count; i++)
        inner->bindings[i].column->used |= !inner->bindings[i].qualified_only;
    struct stage *stage = from->turned->unpivot ? plan_unpivot(&turning) : plan_pivot(&turning);
    if (!stage)
        return NULL;
    struct node *node = plan_node_of_stage(planner, stage);
    plan_bind_stage(block, node, from->alias, from->columns, from->column_count);
    return node;
}

/* VALUES; UNION, INTERSECT, EXCEPT. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "sql/plan_inner.h"

struct stage *plan_values(struct planner *planner, struct sql_query *query)
{
    struct block *block = plan_make(planner, sizeof *block);
    struct sql_core *core = plan_make(planner, sizeof *core);
    struct stage *stage = plan_stage(planner, STAGE_UNION);
    *block = (struct block){.planner = planner, .query = query, .core = core, .scope = query->scope};
    for (size_t i = 0; i < query->row_width; i++) {
        const char *name = plan_format(planner, "col%zu", i + 1);
        plan_add_column(planner, stage, name, name);
    }
    for (size_t i = 0; i < query->row_count; i++) {
        struct stage *row = plan_stage(planner, STAGE_ROWS);
        row->feeds[0].stage = plan_stage(planner, STAGE_ONE);
        for (size_t k = 0; k < query->row_width; k++) {
            if (!plan_subqueries(block, query->rows[i][k]) || !plan_resolve(block, query->rows[i][k], ALIAS_NONE))
                return NULL;
            const char *text = plan_text(block, query->rows[i][k], false);
            if (!text)
                return NULL;
            row->select = plan_append(planner, row->select, ", ",
                                 plan_format(planner, "%s as %s", text, stage->columns[k].inner));
            plan_add_column(planner, row, stage->columns[k].name, stage->columns[k].inner);
        }
        stage->parts = plan_grow(planner, stage->parts, stage->part_count, sizeof(struct stage *));
        stage->parts[stage->part_count++] = row;
    }
    return stage;
}

/* The other side of a set under the names of the first; further columns behind. */
static struct stage *renamed(struct planner *planner, struct stage *from, const struct stage *names, const char *more)
{
    struct stage *stage = plan_stage(planner, STAGE_ROWS);
    stage->feeds[0].stage = from;
    for (size_t i = 0; i < names->column_count; i++) {
        plan_add_column(planner, stage, names->columns[i].name, names->columns[i].inner);
        stage->columns[i].typed = from->columns[i].typed;
        stage->select =
            plan_append(planner, stage->select, ", ",
                   plan_named(planner, plan_quote(planner, from->columns[i].inner), names->columns[i].inner, true));
    }
    if (more)
        stage->select = plan_append(planner, stage->select, ", ", more);
    return stage;
}

static bool same_names(const struct stage *a, const struct stage *b)
{
    for (size_t i = 0; i < a->column_count; i++)
        if (strcmp(a->columns[i].inner, b->columns[i].inner) != 0)
            return false;
    return true;
}

/* INTERSECT, EXCEPT: groups of both sides, counted on each. */
static struct stage *plan_counted(struct planner *planner, const struct sql_query *query, struct stage *left,
                                  struct stage *right)
{
    struct stage *both = plan_stage(planner, STAGE_UNION);
    both->parts = plan_make(planner, 2 * sizeof(struct stage *));
    both->parts[0] = renamed(planner, left, left, "1 as _l, 0 as _r");
    both->parts[1] = renamed(planner, right, left, "0 as _l, 1 as _r");
    both->part_count = 2;
    for (size_t i = 0; i < left->column_count; i++)
        plan_add_column(planner, both, left->columns[i].name, left->columns[i].inner);
    plan_add_column(planner, both, "_l", "_l");
    plan_add_column(planner, both, "_r", "_r");
    bool intersect = query->set == SQL_INTERSECT;
    struct stage *groups = plan_distinct_over(planner, both);
    groups->column_count = left->column_count;
    groups->keys = NULL;
    for (size_t i = 0; i < left->column_count; i++)
        groups->keys = plan_append(planner, groups->keys, ", ", plan_quote(planner, left->columns[i].inner));
    for (size_t i = 0; i < left->column_count; i++)
        groups->select = plan_append(planner, groups->select, ", ", plan_quote(planner, left->columns[i].inner));
    groups->shows_key = true;
    groups->having = intersect ? "sum(_l) > 0 and sum(_r) > 0" : query->all ? "sum(_l) > sum(_r)"
                                                                            : "sum(_l) > 0 and sum(_r) = 0";
    if (!query->all)
        return groups;
    const char *list = groups->select;
    groups->select = plan_format(planner, "%s, array_repeat(1, cast(%s as int)) as _n", list,
                                 intersect ? "least(sum(_l), sum(_r))" : "sum(_l) - sum(_r)");
    plan_add_column(planner, groups, "_n", "_n");
    struct stage *stage = renamed(planner, groups, left, NULL);
    stage->column_count = left->column_count;
    stage->select = list;
    stage->explodes = plan_make(planner, sizeof *stage->explodes);
    stage->explodes[0] = (struct stage_explode){.array = "_n", .name = "_e"};
    stage->explode_count = 1;
    return stage;
}

struct stage *plan_set(struct planner *planner, struct sql_query *query)
{
    struct stage *left = plan_query(planner, query->left), *right = left ? plan_query(planner, query->right) : NULL;
    if (!right)
        return NULL;
    if (left->column_count != right->column_count) {
        plan_fail(planner, query->offset, "%zu columns on the left and %zu on the right", left->column_count,
                  right->column_count);
        return NULL;
    }
    if (query->set != SQL_UNION)
        return plan_counted(planner, query, left, right);
    struct stage *stage = plan_stage(planner, STAGE_UNION);
    if (left->kind == STAGE_UNION && left->skip == 0 && !left->has_limit && query->all) {
        stage->parts = left->parts;
        stage->part_count = left->part_count;
    } else {
        stage->parts = plan_grow(planner, NULL, 0, sizeof(struct stage *));
        stage->parts[stage->part_count++] = left;
    }
    stage->parts = plan_grow(planner, stage->parts, stage->part_count, sizeof(struct stage *));
    stage->parts[stage->part_count++] = same_names(left, right) ? right : renamed(planner, right, left, NULL);
    for (size_t i = 0; i < left->column_count; i++)
        plan_add_column(planner, stage, left->columns[i].name, left->columns[i].inner);
    for (size_t i = 0; i < left->column_count; i++)
        stage->columns[i].typed = left->columns[i].typed || right->columns[i].typed;
    return query->all ? stage : plan_distinct_over(planner, stage);
}

/* Queries in expressions: joins where they can be, and otherwise values that are found out first. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "json/json.h"
#include "sql/plan_inner.h"

/* A list that IN has to look through for each row holds at most so many values. */
enum { SUBQUERY_LIST_MAX = 10000 };

static bool run(struct planner *planner, struct stage *stage, const char *why)
{
    if (!planner->no_pipe)
        planner->no_pipe = why;
    return planner->options->run && planner->options->run(planner->options->context, stage, planner->problem);
}

/* A value as expressions write it. */
static const char *literal(struct planner *planner, struct span cell)
{
    struct arena arena = {0};
    struct value value = value_from_span(cell, &arena);
    struct buffer text = {0};
    bool is_text = value.type == VALUE_STRING || value.type == VALUE_CELL || value.type == VALUE_ARRAY ||
                   value.type == VALUE_STRUCT;
    const char *before = value.type == VALUE_DATE ? "date '" : value.type == VALUE_TIMESTAMP ? "timestamp '" : "";
    if (value.type == VALUE_NULL) {
        buffer_add_text(&text, "null");
    } else if (is_text) {
        buffer_add_text(&text, plan_string(planner, value.text, value.len));
    } else {
        buffer_add_text(&text, before);
        value_write_plain(&value, &text);
        buffer_add_text(&text, *before                        ? "'"
                               : value.type == VALUE_DOUBLE  ? "D"
                               : value.type == VALUE_DECIMAL ? "BD"
                               : value.type == VALUE_LONG && (value.width == 0 || value.width == 8) ? "L"
                                                                                                    : "");
        if (value.type == VALUE_DOUBLE && strpbrk(text.data, "NI")) { /* NaN, Infinity */
            text.len = 0;
            buffer_add_text(&text, "double('");
            value_write_plain(&value, &text);
            buffer_add_text(&text, "')");
        }
    }
    const char *copy = arena_copy(planner->arena, text.data, text.len);
    if (value.type == VALUE_LONG || value.type == VALUE_DOUBLE || value.type == VALUE_DECIMAL)
        copy = *copy == '-' ? plan_format(planner, "(%s)", copy) : copy;
    buffer_free(&text);
    arena_free(&arena);
    return copy;
}

static bool one_column(struct planner *planner, const struct expr *expr, const struct stage *stage, size_t hidden)
{
    return stage->column_count == 1 + hidden ||
           plan_fail(planner, expr->offset, "this query has %zu columns, where one is asked for",
                     stage->column_count - hidden);
}

/* (select max(x) …): its value now. */
static bool scalar_now(struct planner *planner, const struct expr *expr, struct stage *stage)
{
    struct subquery *subquery = &planner->subqueries[expr->number];
    subquery->text = "null";
    if (!run(planner, stage, "the value of a query is needed in an expression"))
        return planner->problem->status == STATUS_OK;
    struct span *cells = plan_make(planner, (stage->column_count + 1) * sizeof *cells);
    uint64_t at = 0;
    if (relation_next(stage->relation, &at, cells)) {
        subquery->text = literal(planner, cells[0]);
        if (relation_next(stage->relation, &at, cells))
            return plan_fail(planner, expr->offset, "this query gives more than one row, where one value is asked for");
    }
    return true;
}

/* A join with a query; its further columns are the keys that the query around gives. */
static struct node *join_with(struct block *block, enum join_kind kind, struct stage *stage, const struct block *inner,
                              const struct expr *left, size_t first_hidden)
{
    struct planner *planner = block->planner;
    struct node *join = plan_make(planner, sizeof *join), *right = plan_node_of_stage(planner, stage);
    *join = (struct node){.kind = NODE_JOIN, .join = kind, .left = block->from, .right = right};
    size_t count = inner->correlation_count + (left ? 1 : 0);
    join->keys = plan_make(planner, (count + 1) * sizeof *join->keys);
    if (left) {
        join->keys[join->key_count++] =
            (struct equality){.left = {.expr = left, .block = block},
                              .right = {.expr = plan_slot(block, right->columns[0]), .block = block}};
    }
    for (size_t i = 0; i < inner->correlation_count; i++)
        join->keys[join->key_count++] = (struct equality){
            .left = inner->correlations[i].left,
            .right = {.expr = plan_slot(block, right->columns[first_hidden + i]), .block = block}};
    block->from = join;
    return right;
}

/* (select max(x) from t where t.k = o.k) */
static bool scalar_joined(struct block *block, const struct expr *expr, struct stage *stage, const struct block *inner)
{
    struct planner *planner = block->planner;
    struct subquery *subquery = &planner->subqueries[expr->number];
    if (!inner->grouped || inner->core->grouped)
        return plan_fail(planner, expr->offset,
                         "a query in an expression that names the one around must be an aggregate without group by");
    const struct expr *item = inner->core->items[0].expr;
    subquery->counts = item && item->kind == EXPR_AGGREGATE &&
                       strcmp(inner->scope->aggregates[item->number].function, "count") == 0;
    struct node *right = join_with(block, JOIN_LEFT, stage, inner, NULL, 1);
    subquery->column = right->columns[0];
    subquery->column->used = true;
    return true;
}

/* x in (select …) somewhere within a condition: a list of values. */
static bool list_now(struct planner *planner, const struct expr *expr, struct stage *stage)
{
    struct subquery *subquery = &planner->subqueries[expr->number];
    subquery->text = "(null)";
    if (!run(planner, stage, "the values of a query are needed in an expression"))
        return planner->problem->status == STATUS_OK;
    struct buffer list = {0};
    struct span cells[1];
    uint64_t at = 0;
    size_t count = 0;
    while (relation_next(stage->relation, &at, cells)) {
        if (++count > SUBQUERY_LIST_MAX) {
            buffer_free(&list);
            return plan_fail(planner, expr->offset,
                             "in (select …) of more than %d values must stand alone in where, or between ands",
                             SUBQUERY_LIST_MAX);
        }
        buffer_add_format(&list, "%s%s", count > 1 ? ", " : "(", literal(planner, cells[0]));
    }
    buffer_add_char(&list, ')');
    const char *source = planner->script->text;
    bool negated = false;
    for (size_t i = expr->args[0]->end; i + 3 < expr->offset; i++)
        negated |= strncasecmp(source + i, "not", 3) == 0;
    subquery->text = count > 0 ? arena_copy(planner->arena, list.data, list.len) : negated ? "true" : "false";
    buffer_free(&list);
    return true;
}

static bool exists_now(struct planner *planner, const struct expr *expr, struct stage *stage)
{
    struct subquery *subquery = &planner->subqueries[expr->number];
    subquery->text = "false";
    if (!run(planner, stage, "whether a query has rows is needed in an expression"))
        return planner->problem->status == STATUS_OK;
    struct span *cells = plan_make(planner, (stage->column_count + 1) * sizeof *cells);
    uint64_t at = 0;
    subquery->text = relation_next(stage->relation, &at, cells) ? "true" : "false";
    return true;
}

static bool plan_one(struct block *block, const struct expr *expr)
{
    struct planner *planner = block->planner;
    const struct subquery *known = &planner->subqueries[expr->number];
    struct block *inner;
    if (known->text || known->column)
        return true;
    struct stage *stage = plan_inner_query(block, planner->script->subqueries[expr->number],
                                           expr->level == SYNTAX_EXISTS, &inner);
    if (!stage)
        return false;
    if (expr->level != SYNTAX_EXISTS && !one_column(planner, expr, stage, inner->correlation_count))
        return false;
    if (expr->level == SYNTAX_SCALAR && inner->correlation_count > 0)
        return scalar_joined(block, expr, stage, inner);
    if (inner->correlation_count > 0)
        return plan_fail(planner, expr->offset,
                         "a query that names the one around must stand alone in where, or between ands");
    bool good = expr->level == SYNTAX_SCALAR ? scalar_now(planner, expr, stage)
                : expr->level == SYNTAX_IN   ? list_now(planner, expr, stage)
                                             : exists_now(planner, expr, stage);
    stage_free(stage); /* nothing is asked of it any more */
    return good;
}

bool plan_subqueries(struct block *block, const struct expr *expr)
{
    if (expr->kind == EXPR_SUBQUERY && !plan_one(block, expr))
        return false;
    for (size_t i = 0; i < expr->arg_count; i++)
        if (!plan_subqueries(block, expr->args[i]))
            return false;
    return true;
}

/* What NOT IN must know of the other side. */
static bool look_for_nulls(struct planner *planner, struct stage *stage, bool *nulls, bool *rows)
{
    *nulls = false;
    *rows = true;
    if (!run(planner, stage, "not in must know first whether there are nulls"))
        return planner->problem->status == STATUS_OK;
    struct span *cells = plan_make(planner, (stage->column_count + 1) * sizeof *cells);
    uint64_t at = 0;
    *rows = false;
    while (!*nulls && relation_next(stage->relation, &at, cells)) {
        *rows = true;
        *nulls = cells[0].type == SPAN_NULL || cells[0].type == SPAN_ABSENT;
    }
    return true;
}

static bool plan_in(struct block *block, const struct expr *expr, bool negated, struct stage *stage,
                    const struct block *inner, bool *taken)
{
    struct planner *planner = block->planner;
    const struct expr *left = expr->args[0];
    bool nulls = false, rows = true;
    if (!one_column(planner, expr, stage, inner->correlation_count) || !plan_resolve(block, left, ALIAS_NONE))
        return false;
    if (negated && inner->correlation_count > 0)
        return plan_fail(planner, expr->offset, "not in with a query that names the one around: use not exists");
    if (!plan_belongs(block, left, block->from))
        return true; /* of a view: a list will do */
    if (negated && !look_for_nulls(planner, stage, &nulls, &rows))
        return false;
    *taken = true;
    if (!rows)
        return true;
    if (nulls) { /* nothing is unequal to all of them */
        planner->subqueries[expr->number].text = "(null)";
        *taken = false;
        return true;
    }
    if (negated)
        plan_push(block->from, (struct clause){.expr = left, .block = block, .suffix = " is not null"});
    join_with(block, negated ? JOIN_ANTI : JOIN_SEMI, stage, inner, left, 1);
    return true;
}

bool plan_condition_subquery(struct block *block, const struct expr *expr, bool *taken)
{
    bool negated = false;
    *taken = false;
    while (expr->kind == EXPR_CALL && expr->eval == expr_eval_not) {
        negated = !negated;
        expr = expr->args[0];
    }
    if (expr->kind != EXPR_SUBQUERY || expr->level == SYNTAX_SCALAR)
        return true;
    struct block *inner;
    struct stage *stage = plan_inner_query(block, block->planner->script->subqueries[expr->number],
                                           expr->level == SYNTAX_EXISTS, &inner);
    if (!stage)
        return false;
    if (expr->level == SYNTAX_IN)
        return plan_in(block, expr, negated, stage, inner, taken);
    *taken = true;
    join_with(block, negated ? JOIN_ANTI : JOIN_SEMI, stage, inner, NULL, 0);
    return true;
}

/* Calls with `over`: window functions, aggregates over windows, and windows by name. */
#include <strings.h>

#include "expr/parse_inner.h"

size_t expr_behind_parentheses(const struct parser *parser, size_t ahead)
{
    for (size_t open = 1; open > 0 && expr_token_ahead(parser, ahead)->kind != TOKEN_END; ahead++) {
        const struct token *token = expr_token_ahead(parser, ahead);
        open += expr_token_is(token, "(");
        open -= expr_token_is(token, ")");
    }
    return ahead;
}

bool expr_over_ahead(const struct parser *parser)
{
    size_t ahead = expr_behind_parentheses(parser, 0);
    for (;;) {
        const struct token *word = expr_token_ahead(parser, ahead), *next = expr_token_ahead(parser, ahead + 1);
        if (expr_token_word(word, "over"))
            return expr_token_is(next, "(") || (next->kind == TOKEN_NAME && !expr_token_word(next, "as"));
        bool nulls = (expr_token_word(word, "ignore") || expr_token_word(word, "respect")) &&
                     expr_token_word(next, "nulls");
        bool filter = expr_token_word(word, "filter") && expr_token_is(next, "(");
        bool within = expr_token_word(word, "within") && expr_token_word(next, "group");
        if (!nulls && !filter && !within)
            return false;
        ahead = nulls ? ahead + 2 : expr_behind_parentheses(parser, ahead + 2 + within);
    }
}

const struct window_function *expr_window_function(const struct parser *parser, const struct token *name)
{
    const struct window_function *function;
    for (size_t i = 0; parser->options->window_at && (function = parser->options->window_at(i)); i++)
        if (callable_named(&function->callable, name->text, name->text_len))
            return function;
    return NULL;
}

static bool same_order(const struct order *a, const struct order *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->keys[i].descending != b->keys[i].descending || a->keys[i].nulls_last != b->keys[i].nulls_last ||
            !expr_equal(a->keys[i].expr, b->keys[i].expr))
            return false;
    return true;
}

bool expr_same_window(const struct window_spec *a, const struct window_spec *b)
{
    if (a->partition_count != b->partition_count || !same_order(&a->order, &b->order))
        return false;
    for (size_t i = 0; i < a->partition_count; i++)
        if (!expr_equal(a->partition[i], b->partition[i]))
            return false;
    return true;
}

static bool any_aggregate(struct expr *const *list, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count; i++)
        any |= list[i]->has_aggregate;
    return any;
}

/* Whether it is over groups: aggregates stand in it. */
static bool is_over_groups(const struct window_call *call)
{
    bool any = any_aggregate(call->args, call->arg_count) ||
               any_aggregate(call->aggregate.args, call->aggregate.arg_count) ||
               any_aggregate(call->spec.partition, call->spec.partition_count) ||
               (call->aggregate.filter && call->aggregate.filter->has_aggregate);
    for (size_t i = 0; i < call->spec.order.count; i++)
        any |= call->spec.order.keys[i].expr->has_aggregate;
    return any;
}

/* A call of the select, in whose place its result stands. */
static struct expr *add_call(struct parser *parser, struct window_call *call)
{
    struct select *select = parser->scope;
    const struct token *last = &parser->tokens[parser->at - 1];
    call->text = arena_copy(parser->arena, parser->text + call->offset, last->offset + last->len - call->offset);
    size_t count = select->window_count;
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        struct window_call *all = arena_alloc(parser->arena, (count ? 2 * count : 1) * sizeof *all);
        if (count > 0)
            memcpy(all, select->windows, count * sizeof *all);
        select->windows = all;
    }
    select->windows[select->window_count++] = *call;
    struct expr *expr = expr_node(parser->arena, expr_eval_window, NULL, 0);
    expr->kind = EXPR_WINDOW;
    expr->constant = false;
    expr->has_window = true;
    expr->has_aggregate = is_over_groups(call);
    expr->number = count;
    expr->offset = call->offset;
    return expr_place(parser, expr, call->offset);
}

/* A bound's amount: a constant. */
static struct value bound_amount(struct parser *parser, bool rows)
{
    size_t offset = expr_token_now(parser)->offset;
    const struct expr *expr = expr_parse_value(parser);
    if (expr->kind != EXPR_LITERAL)
        expr_parse_fail(parser, offset, "a frame's bound is a constant");
    const struct value *value = &expr->literal;
    bool whole = value->type == VALUE_LONG && value->integer >= 0;
    bool amount = whole || (value->type == VALUE_DECIMAL && value->unscaled >= 0) ||
                  (value->type == VALUE_DOUBLE && value->real >= 0) || value->type == VALUE_INTERVAL;
    if (rows ? !whole : !amount)
        expr_parse_fail(parser, offset,
                        rows ? "expected how many rows" : "expected a number, not negative, or an interval");
    return *value;
}

static struct window_bound parse_bound(struct parser *parser, bool rows)
{
    struct window_bound bound = {0};
    if (expr_accept_word(parser, "unbounded")) {
        bound.edge = expr_accept_word(parser, "following") ? WINDOW_LAST : WINDOW_FIRST;
        if (bound.edge == WINDOW_FIRST)
            expr_expect_word(parser, "preceding");
        return bound;
    }
    if (expr_accept_word(parser, "current")) {
        expr_expect_word(parser, "row");
        bound.edge = WINDOW_CURRENT;
        return bound;
    }
    bound.amount = bound_amount(parser, rows);
    bound.edge = expr_accept_word(parser, "following") ? WINDOW_FOLLOWING : WINDOW_PRECEDING;
    if (bound.edge == WINDOW_PRECEDING)
        expr_expect_word(parser, "preceding");
    return bound;
}

static bool is_amount(const struct window_bound *bound)
{
    return bound->edge == WINDOW_PRECEDING || bound->edge == WINDOW_FOLLOWING;
}

/* rows|range [between] BOUND [and BOUND], if one stands there. */
static void parse_frame(struct parser *parser, struct window_spec *spec)
{
    size_t offset = expr_token_now(parser)->offset;
    spec->rows = expr_accept_word(parser, "rows");
    if (!spec->rows && !expr_accept_word(parser, "range"))
        return;
    spec->framed = true;
    bool between = expr_accept_word(parser, "between");
    spec->from = parse_bound(parser, spec->rows);
    spec->to = (struct window_bound){.edge = WINDOW_CURRENT};
    if (between) {
        expr_expect_word(parser, "and");
        spec->to = parse_bound(parser, spec->rows);
    }
    if (spec->from.edge == WINDOW_LAST || spec->to.edge == WINDOW_FIRST || spec->from.edge > spec->to.edge)
        expr_parse_fail(parser, offset, "a frame that ends before it begins");
    bool amounts = is_amount(&spec->from) || is_amount(&spec->to);
    if (!spec->rows && amounts && spec->order.count != 1)
        expr_parse_fail(parser, offset, "a range of amounts is of one value: order by it alone");
    const struct token *last = &parser->tokens[parser->at - 1];
    spec->frame_start = offset;
    spec->frame_end = last->offset + last->len;
}

static const struct window_spec *named_spec(struct parser *parser)
{
    const struct token *name = expr_token_now(parser);
    for (const struct named_window *named = parser->named; named; named = named->next)
        if (named->name->text_len == name->text_len && strcasecmp(named->name->text, name->text) == 0) {
            parser->at++;
            return &named->spec;
        }
    expr_parse_fail(parser, name->offset, "no window is called %s", name->text);
}

/* ([NAME] [partition by …] [order by …] [rows|range …]) */
static struct window_spec parse_spec(struct parser *parser)
{
    struct window_spec spec = {0};
    expr_expect(parser, "(");
    const struct token *word = expr_token_now(parser);
    bool clause = expr_token_word(word, "partition") || expr_token_word(word, "order") ||
                  expr_token_word(word, "rows") || expr_token_word(word, "range") ||
                  expr_token_word(word, "distribute") || expr_token_word(word, "cluster") ||
                  expr_token_word(word, "sort");
    if (word->kind == TOKEN_NAME && !clause)
        spec = *named_spec(parser);
    if (expr_accept_word(parser, "partition") || expr_accept_word(parser, "distribute")) {
        struct expr_list list = {0};
        expr_expect_word(parser, "by");
        do
            expr_list_add(parser, &list, expr_parse_expression(parser));
        while (expr_accept(parser, ","));
        spec.partition = list.items;
        spec.partition_count = list.count;
    }
    if (expr_accept_word(parser, "order") || expr_accept_word(parser, "sort")) {
        expr_expect_word(parser, "by");
        spec.order = (struct order){0};
        expr_parse_order_keys(parser, false, &spec.order);
    }
    parse_frame(parser, &spec);
    expr_expect(parser, ")");
    return spec;
}

static struct window_spec parse_over(struct parser *parser)
{
    expr_expect_word(parser, "over");
    if (expr_token_is(expr_token_now(parser), "("))
        return parse_spec(parser);
    return *named_spec(parser);
}

struct expr *expr_parse_window_aggregate(struct parser *parser, const struct aggregate_call *aggregate)
{
    struct window_call call = {.aggregate = *aggregate, .offset = aggregate->offset};
    call.over = expr_token_now(parser)->offset;
    call.spec = parse_over(parser);
    parser->in_window = false;
    return add_call(parser, &call);
}

struct expr *expr_parse_window_call(struct parser *parser, const struct window_function *function, size_t offset)
{
    const char *name = function->callable.name;
    struct window_call call = {.row = function, .offset = offset};
    struct expr_list list = {0};
    if (!parser->options->windows || !parser->scope)
        expr_parse_fail(parser, offset, "%s is a window function: it cannot stand here%s", name,
                        parser->options->windows ? "; --qualify chooses rows by one" : "");
    if (parser->in_window || parser->in_aggregate)
        expr_parse_fail(parser, offset, "a window within a window or an aggregate");
    parser->in_window = true;
    expr_parse_arguments(parser, &list);
    expr_check_counts(parser, name, offset, list.count, function->least, function->most);
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i]->kind == EXPR_LAMBDA)
            expr_parse_fail(parser, list.items[i]->offset, "argument %zu of %s is no lambda", i + 1, name);
    size_t nulls = expr_token_now(parser)->offset;
    call.ignore_nulls = expr_accept_word(parser, "ignore");
    if (call.ignore_nulls || expr_accept_word(parser, "respect"))
        expr_expect_word(parser, "nulls");
    if (call.ignore_nulls && !function->skips)
        expr_parse_fail(parser, nulls, "%s has no nulls to ignore", name);
    if (!expr_token_word(expr_token_now(parser), "over"))
        expr_parse_unexpected(parser, "over (partition by … order by …)");
    call.over = expr_token_now(parser)->offset;
    call.spec = parse_over(parser);
    if (call.spec.framed && !function->frame)
        expr_parse_fail(parser, offset, "%s is of the whole partition: it takes no frame", name);
    call.args = list.items;
    call.arg_count = list.count;
    parser->in_window = false;
    return add_call(parser, &call);
}

void expr_parse_named_windows(struct parser *parser)
{
    do {
        struct named_window *named = arena_alloc(parser->arena, sizeof *named);
        *named = (struct named_window){.name = expr_token_now(parser), .next = parser->named};
        if (named->name->kind != TOKEN_NAME)
            expr_parse_unexpected(parser, "a window's name");
        parser->at++;
        expr_expect_word(parser, "as");
        parser->in_window = true;
        named->spec = parse_spec(parser);
        parser->in_window = false;
        parser->named = named;
    } while (expr_accept(parser, ","));
}

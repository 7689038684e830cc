/* NAME(…): functions, aggregates, and the calls that have a grammar of their own. */
#include <stdio.h>
#include <strings.h>

#include "expr/parse_inner.h"
#include "value/interval.h"

static struct expr *text_literal(struct parser *parser, const char *text)
{
    return expr_literal(parser->arena, value_string(text, strlen(text)));
}

void expr_parse_arguments(struct parser *parser, struct expr_list *list)
{
    if (expr_accept(parser, ")"))
        return;
    do
        expr_list_add(parser, list,
                      expr_lambda_ahead(parser) ? expr_parse_lambda(parser) : expr_parse_expression(parser));
    while (expr_accept(parser, ","));
    if (expr_token_is(expr_token_now(parser), "=>"))
        expr_parse_fail(parser, expr_token_now(parser)->offset, "the arguments of this function have no names");
    expr_expect(parser, ")");
}

static size_t argument_named(struct parser *parser, const char *name, const char *const *names, size_t count)
{
    const struct token *token = expr_token_now(parser);
    size_t place = 0;
    while (place < count && !expr_token_word(token, names[place]))
        place++;
    if (place == count)
        expr_parse_fail(parser, token->offset, "%s has no argument %s", name, token->text);
    parser->at += 2;
    return place;
}

struct expr **expr_parse_named_arguments(struct parser *parser, const char *name, size_t offset,
                                         const char *const *names, struct expr *const *defaults, size_t count)
{
    struct expr **args = arena_alloc(parser->arena, (count + 1) * sizeof *args);
    bool named = false;
    memset(args, 0, (count + 1) * sizeof *args);
    for (size_t at = 0; !expr_accept(parser, ")"); at++) {
        if (at > 0)
            expr_expect(parser, ",");
        const struct token *token = expr_token_now(parser);
        bool names_it = token->kind == TOKEN_NAME && expr_token_is(expr_token_ahead(parser, 1), "=>");
        size_t place = names_it ? argument_named(parser, name, names, count) : at;
        if (!names_it && named)
            expr_parse_fail(parser, token->offset, "an argument without a name stands before those with one");
        if (place >= count)
            expr_check_counts(parser, name, offset, place + 1, 1, count);
        if (args[place])
            expr_parse_fail(parser, token->offset, "%s has %s twice", name, names[place]);
        named = named || names_it;
        args[place] = expr_parse_expression(parser);
    }
    for (size_t i = 0; i < count; i++) {
        if (!args[i] && !defaults[i])
            expr_parse_fail(parser, offset, "%s lacks its argument %s", name, names[i]);
        args[i] = args[i] ? args[i] : defaults[i];
    }
    return args;
}

/* The name of a struct's member that has none of its own, as Spark gives it: that of what it is taken from, or NULL. */
const char *expr_member_name(struct parser *parser, const struct expr *value)
{
    if (value->kind == EXPR_SLOT && value->path->count > 0 && value->path->steps[value->path->count - 1].key)
        return value->path->steps[value->path->count - 1].key;
    if (value->kind == EXPR_CALL && value->eval == expr_eval_field && value->args[1]->kind == EXPR_LITERAL)
        return arena_copy(parser->arena, value->args[1]->literal.text, value->args[1]->literal.len);
    if (value->kind == EXPR_ITEM)
        return parser->scope->items[value->number].name;
    if (value->kind == EXPR_VARIABLE)
        return value->name;
    return NULL;
}

static const char *member_name(struct parser *parser, const struct expr *value, size_t number)
{
    const char *name = expr_member_name(parser, value);
    char text[32];
    if (name)
        return name;
    snprintf(text, sizeof text, "col%zu", number);
    return arena_copy(parser->arena, text, strlen(text));
}

/* struct(*), struct(a.b.*): the record, or the object, itself. NULL: something else stands there. */
static struct expr *struct_of_all(struct parser *parser, size_t offset)
{
    size_t names = 0;
    while (expr_token_ahead(parser, 2 * names)->kind == TOKEN_NAME &&
           expr_token_is(expr_token_ahead(parser, 2 * names + 1), "."))
        names++;
    if (!expr_token_is(expr_token_ahead(parser, 2 * names), "*"))
        return NULL;
    size_t star = expr_token_ahead(parser, 2 * names)->offset;
    struct expr *expr;
    if (names > 0) {
        expr = expr_parse_primary(parser); /* as far as a name is behind the point */
        parser->at += 2;
    } else {
        static const struct path record = {.text = "struct(*)"};
        const char *message = NULL;
        expr = expr_node(parser->arena, expr_eval_slot, NULL, 0);
        expr->kind = EXPR_SLOT;
        expr->constant = false;
        expr->offset = offset;
        expr->path = &record;
        if (!parser->options->resolve)
            expr->number = path_set_add(parser->options->paths, &record);
        else if (!parser->options->resolve(parser->options->context, &record, &expr->number, &message))
            expr_parse_fail(parser, offset, "%s", message);
        parser->at++;
    }
    if (!expr_accept(parser, ")"))
        expr_parse_fail(parser, star, "struct(…*) is a whole record or object: nothing stands beside the *");
    return expr;
}

/* struct(a, b as name, …): each argument becomes a name and a value, as named_struct takes them. */
struct expr *expr_parse_struct(struct parser *parser, size_t offset)
{
    struct expr_list list = {0};
    struct expr *all = struct_of_all(parser, offset);
    if (all)
        return all;
    do {
        struct expr *value = expr_parse_expression(parser);
        const char *name = NULL;
        if (expr_accept_word(parser, "as")) {
            if (expr_token_now(parser)->kind != TOKEN_NAME)
                expr_parse_unexpected(parser, "a name");
            name = expr_token_now(parser)->text;
            parser->at++;
        } else {
            name = member_name(parser, value, list.count / 2 + 1);
        }
        expr_list_add(parser, &list, text_literal(parser, name));
        expr_list_add(parser, &list, value);
    } while (expr_accept(parser, ","));
    expr_expect(parser, ")");
    return expr_build_call(parser, function_find("named_struct", 12), "named_struct", offset, list.items, list.count);
}

static bool same_order(const struct order *a, const struct order *b)
{
    if (!a || !b || a->count != b->count)
        return a == b;
    for (size_t i = 0; i < a->count; i++)
        if (a->keys[i].descending != b->keys[i].descending || a->keys[i].nulls_last != b->keys[i].nulls_last)
            return false; /* what is ordered by is among the arguments */
    return true;
}

/* By what they compute: the same text may mean another thing behind an alias. */
static bool same_call(const struct aggregate_call *a, const struct aggregate_call *b)
{
    if (a->row != b->row || a->arg_count != b->arg_count || a->distinct != b->distinct ||
        a->star != b->star || a->descending != b->descending || !a->filter != !b->filter ||
        !same_order(a->order, b->order))
        return false;
    for (size_t i = 0; i < a->arg_count; i++)
        if (!expr_equal(a->args[i], b->args[i]))
            return false;
    return !a->filter || expr_equal(a->filter, b->filter);
}

/* The select's aggregates grow; a call written twice is computed once. */
static size_t aggregate_number(struct parser *parser, const struct aggregate_call *call)
{
    struct select *select = parser->scope;
    for (size_t i = 0; i < select->aggregate_count && !parser->options->statement; i++)
        if (same_call(&select->aggregates[i], call))
            return i;
    struct arena *arena = parser->options->statement ? parser->arena : &select->arena;
    struct aggregate_call *all = arena_alloc(arena, (select->aggregate_count + 1) * sizeof *all);
    if (select->aggregate_count > 0)
        memcpy(all, select->aggregates, select->aggregate_count * sizeof *all);
    all[select->aggregate_count] = *call;
    select->aggregates = all;
    return select->aggregate_count++;
}

void expr_check_counts(struct parser *parser, const char *name, size_t offset, size_t count, size_t least, size_t most)
{
    if (count >= least && count <= most)
        return;
    if (least == most)
        expr_parse_fail(parser, offset, "%s takes %zu argument%s, not %zu", name, least, least == 1 ? "" : "s", count);
    if (most == SIZE_MAX)
        expr_parse_fail(parser, offset, "%s takes %zu arguments or more, not %zu", name, least, count);
    expr_parse_fail(parser, offset, "%s takes %zu to %zu arguments, not %zu", name, least, most, count);
}

/* Lambdas stand where the function's row has a letter for one, and nowhere else. */
static void check_lambdas(struct parser *parser, const char *name, const char *letter, const struct expr_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct expr *arg = list->items[i];
        letter += *letter == '|';
        size_t least = *letter == 'l' || *letter == 'o' ? 1 : *letter == 'm' ? 2 : *letter == 'h' ? 3 : 0;
        size_t most = *letter == 'o' ? 2 : least;
        bool lambda = arg->kind == EXPR_LAMBDA;
        if (lambda && most == 0)
            expr_parse_fail(parser, arg->offset, "argument %zu of %s is no lambda", i + 1, name);
        if (!lambda && most > 0)
            expr_parse_fail(parser, arg->offset, "argument %zu of %s is a lambda: %s -> …", i + 1, name,
                            least == 3 ? "(k, x, y)" : least == 2 ? "(x, y)" : "x");
        if (lambda && (arg->number < least || arg->number > most))
            expr_parse_fail(parser, arg->offset, "this lambda of %s has %s", name,
                            most == 1    ? "one variable"
                            : least == 3 ? "three variables"
                            : least == 2 ? "two variables"
                                         : "one or two variables");
        if (letter[0] && letter[1] && letter[1] != '*')
            letter++;
    }
}

/* within group (order by …), as enum aggregate_order has it; a value's order is where percentiles and mode count
 * from. */
static void within_group(struct parser *parser, struct aggregate_call *call, struct expr_list *list)
{
    size_t offset = expr_token_now(parser)->offset;
    enum aggregate_order rule = call->row->order;
    bool joined = rule == AGGREGATE_ORDER_KEYS;
    bool needs = rule == AGGREGATE_ORDER_VALUE || (rule == AGGREGATE_ORDER_OR_ARGUMENT && list->count == 0);
    if (!expr_accept_word(parser, "within")) {
        if (needs)
            expr_parse_unexpected(parser, "within group (order by …)");
        return;
    }
    expr_expect_word(parser, "group");
    expr_expect(parser, "(");
    expr_expect_word(parser, "order");
    expr_expect_word(parser, "by");
    struct order *order = arena_alloc(parser->arena, sizeof *order);
    *order = (struct order){0};
    expr_parse_order_keys(parser, false, order);
    expr_expect(parser, ")");
    if (!joined && !needs)
        expr_parse_fail(parser, offset, "%s takes no order within the group", call->function);
    if (!joined && order->count != 1)
        expr_parse_fail(parser, offset, "%s is of one value: order by it alone", call->function);
    struct expr_list all = {0};
    size_t values = joined && list->count > 0 ? 1 : 0;
    for (size_t i = 0; i < values; i++)
        expr_list_add(parser, &all, list->items[i]);
    for (size_t i = 0; i < order->count; i++)
        expr_list_add(parser, &all, order->keys[i].expr);
    for (size_t i = values; i < list->count; i++)
        expr_list_add(parser, &all, list->items[i]);
    *list = all;
    call->order = joined ? order : NULL;
    call->descending = !joined && order->keys[0].descending;
}

static const struct aggregate_function *aggregate_at(const struct parser *parser, size_t number)
{
    return parser->options->aggregate_at ? parser->options->aggregate_at(number) : NULL;
}

static const struct aggregate_function *aggregate_find(struct parser *parser, const struct token *token,
                                                       const char **name)
{
    const struct aggregate_function *row;
    for (size_t i = 0; (row = aggregate_at(parser, i)); i++) {
        const char *called = callable_named(&row->callable, token->text, token->text_len);
        if (called) {
            *name = arena_copy(parser->arena, called, token->text_len);
            return row;
        }
    }
    return NULL;
}

/* The star of count(distinct *), which stands for all columns: whoever reads a statement knows them. */
static void read_all(struct parser *parser, struct aggregate_call *call, bool over)
{
    const struct token *star = expr_token_now(parser);
    if (over)
        expr_parse_fail(parser, star->offset, "%s(distinct *) over a window: name the columns", call->function);
    if (!parser->options->statement)
        expr_parse_fail(parser, star->offset, "%s(distinct *) asks for all columns (asql knows them): name them, or "
                        "%s(distinct struct(*)) counts different records", call->function, call->function);
    call->all_at = star->offset;
    parser->at += 2;
}

static bool at_star(const struct parser *parser)
{
    return expr_token_is(expr_token_now(parser), "*") && expr_token_is(expr_token_ahead(parser, 1), ")");
}

/* Behind the parenthesis of an aggregate. */
static struct expr *call_aggregate(struct parser *parser, const struct aggregate_function *row, const char *name,
                                   size_t offset)
{
    bool over = expr_over_ahead(parser), around = parser->in_aggregate;
    if (over && (!parser->options->windows || !parser->scope))
        expr_parse_fail(parser, offset, "a window (over) cannot stand here%s",
                        parser->options->aggregates ? ": pipe the groups into aflatten, which computes windows" : "");
    if (!over && parser->options->windows && !parser->options->aggregates && parser->scope)
        expr_parse_fail(parser, offset, "%s is an aggregate: it cannot stand here without over (…); aagg groups", name);
    if (!over && (!parser->options->aggregates || !parser->scope))
        expr_parse_fail(parser, offset, "%s is an aggregate: it cannot stand here", name);
    if (over && (parser->in_window || around))
        expr_parse_fail(parser, offset, "a window within a window or an aggregate");
    if (parser->in_aggregate)
        expr_parse_fail(parser, offset, "an aggregate within an aggregate");
    parser->in_aggregate = !over;
    parser->in_window = over || parser->in_window;
    struct aggregate_call call = {.row = row, .function = name, .offset = offset};
    struct expr_list list = {0};
    if (row->star && at_star(parser)) {
        parser->at += 2;
        call.star = true;
    } else if ((call.distinct = expr_accept_word(parser, "distinct")) && row->star && at_star(parser)) {
        read_all(parser, &call, over);
    } else {
        if (!call.distinct && expr_token_word(expr_token_now(parser), "all") &&
            expr_token_ahead(parser, 1)->kind != TOKEN_OPERATOR)
            parser->at++;
        expr_parse_arguments(parser, &list);
        check_lambdas(parser, name, "", &list);
        expr_check_counts(parser, name, offset, list.count, row->least, row->most);
    }
    if (row->weighs && list.count == 3) {
        struct expr *constant = list.items[1];
        list.items[1] = list.items[2];
        list.items[2] = constant;
    }
    if (expr_accept_word(parser, "ignore")) { /* first(x) ignore nulls is first(x, true) */
        expr_expect_word(parser, "nulls");
        expr_list_add(parser, &list, expr_literal(parser->arena, value_boolean(true)));
        expr_check_counts(parser, name, offset, list.count, row->least, row->most);
    } else if (expr_accept_word(parser, "respect")) {
        expr_expect_word(parser, "nulls");
    }
    within_group(parser, &call, &list);
    if (expr_accept_word(parser, "filter")) {
        expr_expect(parser, "(");
        expr_expect_word(parser, "where");
        call.filter = expr_parse_expression(parser);
        expr_expect(parser, ")");
    }
    parser->in_aggregate = around;
    const struct token *last = &parser->tokens[parser->at - 1];
    call.text = arena_copy(parser->arena, parser->text + offset, last->offset + last->len - offset);
    call.args = list.items;
    call.arg_count = list.count;
    if (over)
        return expr_parse_window_aggregate(parser, &call);
    struct expr *expr = expr_node(parser->arena, expr_eval_aggregate, NULL, 0);
    expr->kind = EXPR_AGGREGATE;
    expr->constant = false;
    expr->has_aggregate = true;
    expr->number = aggregate_number(parser, &call);
    expr->offset = offset;
    return expr_place(parser, expr, offset);
}

static _Noreturn void unknown_function(struct parser *parser, const struct token *name)
{
    const char *instead = function_absent(name->text, name->text_len);
    if (instead)
        expr_parse_fail(parser, name->offset, "%s is not supported: %s", name->text, instead);
    struct nearest_name nearest = callable_nearest(name->text_len);
    const struct function *function;
    for (size_t i = 0; (function = function_at(i, NULL)); i++)
        callable_offer(&nearest, &function->callable, name->text, name->text_len);
    const struct aggregate_function *aggregate;
    for (size_t i = 0; (aggregate = aggregate_at(parser, i)); i++)
        callable_offer(&nearest, &aggregate->callable, name->text, name->text_len);
    const struct window_function *window;
    for (size_t i = 0; parser->options->window_at && (window = parser->options->window_at(i)); i++)
        callable_offer(&nearest, &window->callable, name->text, name->text_len);
    if (nearest.name)
        expr_parse_fail(parser, name->offset, "no function %s; did you mean %.*s?", name->text, (int)nearest.len,
                        nearest.name);
    expr_parse_fail(parser, name->offset, "no function %s; atools-expr(7) lists them", name->text);
}

/* int(x) is cast(x as int) */
static struct expr *call_type(struct parser *parser, const struct token *name, struct cast_type type)
{
    struct expr_list list = {0};
    expr_parse_arguments(parser, &list);
    expr_check_counts(parser, name->text, name->offset, list.count, 1, 1);
    check_lambdas(parser, name->text, "", &list);
    return expr_parse_cast(parser, list.items[0], type, false, name->offset);
}

/* A plain call's arguments, of which the first ones have been read from `start` on, if there are any. */
static void parse_rest(struct parser *parser, size_t start, struct expr_list *list)
{
    if (list->count > 0 && expr_accept(parser, ")"))
        return;
    if (list->count == 0 || !expr_accept(parser, ",")) { /* more than a value stands there */
        list->count = 0;
        parser->at = start;
    }
    expr_parse_arguments(parser, list);
}

static struct expr *call_function(struct parser *parser, const struct token *token)
{
    const struct function *function = function_find(token->text, token->text_len);
    struct expr_list list = {0};
    struct cast_type type;
    size_t start = parser->at;
    if (!function && cast_type_named(token->text, token->text_len, &type))
        return call_type(parser, token, type);
    if (!function)
        unknown_function(parser, token);
    struct expr *whole = function->parse ? function->parse(parser, function, token->offset, &list) : NULL;
    if (whole)
        return whole;
    parse_rest(parser, start, &list);
    if (function->branches > 0 && list.count >= function->branches)
        expr_unify(parser, list.items + function->branches - 1, list.count - function->branches + 1);
    const char *name = callable_named(&function->callable, token->text, token->text_len);
    name = arena_copy(parser->arena, name, token->text_len);
    size_t least, most;
    function_counts(function, &least, &most);
    expr_check_counts(parser, name, token->offset, list.count, least, most);
    check_lambdas(parser, name, function->takes, &list);
    return expr_build_call(parser, function, name, token->offset, list.items, list.count);
}

/* grouping(key), grouping_id(key, …): what the group's row is not by. */
static struct expr *call_grouping(struct parser *parser, const struct token *name, bool one)
{
    struct expr_list list = {0};
    if (!parser->options->groupings)
        expr_parse_fail(parser, name->offset, "%s goes with aagg -g 'rollup (…)', cube and grouping sets", name->text);
    expr_parse_arguments(parser, &list);
    if (one)
        expr_check_counts(parser, name->text, name->offset, list.count, 1, 1);
    struct expr *expr = expr_node(parser->arena, expr_eval_grouping, list.items, list.count);
    expr->constant = false;
    expr->has_aggregate = true; /* known with the group */
    expr->number = one;
    expr->name = one ? "grouping" : "grouping_id";
    expr->offset = name->offset;
    return expr_place(parser, expr, name->offset);
}

struct expr *expr_parse_call(struct parser *parser)
{
    const struct token *name = expr_token_now(parser);
    parser->at += 2;
    if (expr_token_word(name, "grouping") || expr_token_word(name, "grouping_id"))
        return call_grouping(parser, name, name->text_len == 8);
    const char *called;
    const struct aggregate_function *aggregate = aggregate_find(parser, name, &called);
    const struct window_function *window = expr_window_function(parser, name);
    if (window && (!aggregate || (parser->options->windows && expr_over_ahead(parser) && window->skips)))
        return expr_parse_window_call(parser, window, name->offset);
    return aggregate ? call_aggregate(parser, aggregate, called, name->offset) : call_function(parser, name);
}

/* interval 1 day; interval '1' day; interval '1 2:3:4' day to second; interval 1 month 2 days; interval '1 day' */
struct expr *expr_parse_interval(struct parser *parser)
{
    size_t offset = expr_token_now(parser)->offset;
    parser->at++;
    struct value sum = {.type = VALUE_INTERVAL, .scale = INTERVAL_SECOND, .precision = INTERVAL_YEAR};
    bool any = false;
    for (;;) {
        size_t start = parser->at;
        bool negative = expr_accept(parser, "-");
        const struct token *amount = expr_token_now(parser), *unit = expr_token_ahead(parser, 1);
        int named;
        bool has_unit = unit->kind == TOKEN_NAME && !unit->quoted && interval_field_named(unit->text, &named);
        if (amount->kind == TOKEN_STRING && !has_unit && !any) {
            if (!interval_parse(amount->text, amount->text_len, &sum))
                expr_parse_fail(parser, amount->offset, "not an interval: %s", amount->text);
            parser->at++;
            break;
        }
        int first, last;
        if ((amount->kind != TOKEN_NUMBER && amount->kind != TOKEN_STRING) || unit->kind != TOKEN_NAME ||
            !interval_field_named(unit->text, &first)) {
            parser->at = start;
            break;
        }
        parser->at += 2;
        last = first;
        if (expr_token_word(expr_token_now(parser), "to") &&
            interval_field_named(expr_token_ahead(parser, 1)->text, &last))
            parser->at += 2;
        if (!interval_add(&sum, amount->text, amount->text_len, negative, first, last))
            expr_parse_fail(parser, amount->offset, "not an interval: %s %s", amount->text, unit->text);
        any = true;
    }
    if (!any && sum.scale == INTERVAL_SECOND && sum.precision == INTERVAL_YEAR)
        expr_parse_unexpected(parser, "an interval such as 1 day");
    struct expr *expr = expr_literal(parser->arena, sum);
    expr->offset = offset;
    return expr_place(parser, expr, offset);
}

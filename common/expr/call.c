/* NAME(…): functions, aggregates, and the calls that have a grammar of their own. */
#include <stdio.h>
#include <strings.h>

#include "expr/parse_inner.h"
#include "value/interval.h"

static struct expr *text_literal(struct parser *parser, const char *text)
{
    return expr_literal(parser->arena, value_string(text, strlen(text)));
}

/* cast(x as type) */
static struct expr *call_cast(struct parser *parser, bool try, size_t offset)
{
    struct expr *expr = parse_expression(parser);
    expect_word(parser, "as");
    struct cast_type type = parse_type(parser);
    expect(parser, ")");
    return parse_cast(parser, expr, type, try, offset);
}

/* extract(field from x) */
static struct expr *call_extract(struct parser *parser, size_t offset)
{
    const struct token *field = token_now(parser);
    if (field->kind != TOKEN_NAME)
        parse_unexpected(parser, "a field such as year");
    parser->at++;
    expect_word(parser, "from");
    struct expr *source = parse_value(parser);
    expect(parser, ")");
    return build_named(parser, "date_part", offset, 2, text_literal(parser, field->text), source);
}

/* substring(x from a [for n]), once x is read */
static struct expr *call_substring(struct parser *parser, struct expr *source, size_t offset)
{
    struct expr *from = parse_value(parser), *length = NULL;
    if (accept_word(parser, "for"))
        length = parse_value(parser);
    expect(parser, ")");
    return length ? build_named(parser, "substring", offset, 3, source, from, length)
                  : build_named(parser, "substring", offset, 2, source, from);
}

/* trim([both|leading|trailing] [characters] from x); NULL if it is a plain call. */
static struct expr *call_trim(struct parser *parser, size_t offset)
{
    const char *name = "trim";
    size_t start = parser->at;
    const struct token *next = token_ahead(parser, 1);
    bool plain = token_is(next, ")") || token_is(next, ","); /* a column called both */
    bool side = false;
    if (!plain && accept_word(parser, "both"))
        side = true;
    else if (!plain && accept_word(parser, "leading"))
        side = true, name = "ltrim";
    else if (!plain && accept_word(parser, "trailing"))
        side = true, name = "rtrim";
    struct expr *characters = token_word(token_now(parser), "from") ? NULL : parse_value(parser);
    if (!accept_word(parser, "from")) {
        if (side)
            parse_unexpected(parser, "from");
        parser->at = start;
        return NULL;
    }
    struct expr *source = parse_value(parser);
    expect(parser, ")");
    if (!characters)
        return build_named(parser, name, offset, 1, source);
    /* trim(x, characters) takes its arguments in this order; ltrim and rtrim do so too, inside */
    char inner[16];
    snprintf(inner, sizeof inner, "%s of", name);
    return build_named(parser, inner, offset, 2, source, characters);
}

/* overlay(x placing y from a [for n]), once x is read */
static struct expr *call_overlay(struct parser *parser, struct expr *source, size_t offset)
{
    struct expr *with = parse_value(parser), *length = NULL;
    expect_word(parser, "from");
    struct expr *from = parse_value(parser);
    if (accept_word(parser, "for"))
        length = parse_value(parser);
    expect(parser, ")");
    return length ? build_named(parser, "overlay", offset, 4, source, with, from, length)
                  : build_named(parser, "overlay", offset, 3, source, with, from);
}

static void parse_arguments(struct parser *parser, struct expr_list *list)
{
    if (accept(parser, ")"))
        return;
    do
        expr_list_add(parser, list, lambda_ahead(parser) ? parse_lambda(parser) : parse_expression(parser));
    while (accept(parser, ","));
    expect(parser, ")");
}

/* struct(a, b as name, …): each argument becomes a name and a value, as named_struct takes them. */
struct expr *parse_struct(struct parser *parser, size_t offset)
{
    struct expr_list list = {0};
    char number[32];
    do {
        struct expr *value = parse_expression(parser);
        const char *name = NULL;
        if (accept_word(parser, "as")) {
            if (token_now(parser)->kind != TOKEN_NAME)
                parse_unexpected(parser, "a name");
            name = token_now(parser)->text;
            parser->at++;
        } else if (value->kind == EXPR_SLOT && value->path->steps[value->path->count - 1].key) {
            name = value->path->steps[value->path->count - 1].key;
        } else {
            snprintf(number, sizeof number, "col%zu", list.count / 2 + 1);
            name = arena_copy(parser->arena, number, strlen(number));
        }
        expr_list_add(parser, &list, text_literal(parser, name));
        expr_list_add(parser, &list, value);
    } while (accept(parser, ","));
    expect(parser, ")");
    return build_call(parser, function_find("named_struct", 12), offset, list.items, list.count);
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
    if (strcmp(a->function, b->function) != 0 || a->arg_count != b->arg_count || a->distinct != b->distinct ||
        a->star != b->star || a->descending != b->descending || !a->filter != !b->filter || !same_order(a->order, b->order))
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
    for (size_t i = 0; i < select->aggregate_count; i++)
        if (same_call(&select->aggregates[i], call))
            return i;
    struct aggregate_call *all = arena_alloc(&select->arena, (select->aggregate_count + 1) * sizeof *all);
    if (select->aggregate_count > 0)
        memcpy(all, select->aggregates, select->aggregate_count * sizeof *all);
    all[select->aggregate_count] = *call;
    select->aggregates = all;
    return select->aggregate_count++;
}

static void check_counts(struct parser *parser, const char *name, size_t offset, size_t count, size_t least, size_t most)
{
    if (count >= least && count <= most)
        return;
    if (least == most)
        parse_fail(parser, offset, "%s takes %zu argument%s, not %zu", name, least, least == 1 ? "" : "s", count);
    if (most == SIZE_MAX)
        parse_fail(parser, offset, "%s takes %zu arguments or more, not %zu", name, least, count);
    parse_fail(parser, offset, "%s takes %zu to %zu arguments, not %zu", name, least, most, count);
}

/* Lambdas stand where the function's row has a letter for one, and nowhere else. */
static void check_lambdas(struct parser *parser, const char *name, const char *letter, const struct expr_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct expr *arg = list->items[i];
        letter += *letter == '|';
        size_t least = *letter == 'l' || *letter == 'o' ? 1 : *letter == 'm' ? 2 : 0, most = *letter == 'o' ? 2 : least;
        bool lambda = arg->kind == EXPR_LAMBDA;
        if (lambda && most == 0)
            parse_fail(parser, arg->offset, "argument %zu of %s is no lambda", i + 1, name);
        if (!lambda && most > 0)
            parse_fail(parser, arg->offset, "argument %zu of %s is a lambda: %s -> …", i + 1, name, least == 2 ? "(x, y)" : "x");
        if (lambda && (arg->number < least || arg->number > most))
            parse_fail(parser, arg->offset, "this lambda of %s has %s", name, most == 1 ? "one variable" : least == 2 ? "two variables" : "one or two variables");
        if (letter[0] && letter[1] && letter[1] != '*')
            letter++;
    }
}

/* within group (order by …): percentile_cont and percentile_disc take their values by it, mode may, and the order is where it
 * counts from; the keys of what is joined become arguments behind the first. */
static void within_group(struct parser *parser, struct aggregate_call *call, struct expr_list *list)
{
    size_t offset = token_now(parser)->offset;
    bool joined = strcmp(call->function, "string_agg") == 0 || strcmp(call->function, "listagg") == 0;
    bool mode = strcmp(call->function, "mode") == 0;
    bool needs = strncmp(call->function, "percentile_", 11) == 0 && strcmp(call->function, "percentile_approx") != 0;
    if (!accept_word(parser, "within")) {
        if (needs || (mode && list->count == 0))
            parse_unexpected(parser, "within group (order by …)");
        return;
    }
    expect_word(parser, "group");
    expect(parser, "(");
    expect_word(parser, "order");
    expect_word(parser, "by");
    struct order *order = arena_alloc(parser->arena, sizeof *order);
    *order = (struct order){0};
    parse_order_keys(parser, false, order);
    expect(parser, ")");
    if (!joined && !needs && !(mode && list->count == 0))
        parse_fail(parser, offset, "%s takes no order within the group", call->function);
    if (!joined && order->count != 1)
        parse_fail(parser, offset, "%s is of one value: order by it alone", call->function);
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

/* Behind the parenthesis of an aggregate. */
static struct expr *call_aggregate(struct parser *parser, const struct aggregate_name *name, const struct token *start)
{
    size_t offset = start->offset;
    if (!parser->options->aggregates || !parser->scope)
        parse_fail(parser, offset, "%s is an aggregate: it cannot stand here", name->name);
    if (parser->in_aggregate)
        parse_fail(parser, offset, "an aggregate within an aggregate");
    parser->in_aggregate = true;
    struct aggregate_call call = {.function = name->name, .offset = offset};
    struct expr_list list = {0};
    if (strcmp(name->name, "count") == 0 && token_is(token_now(parser), "*") && token_is(token_ahead(parser, 1), ")")) {
        parser->at += 2;
        call.star = true;
    } else {
        call.distinct = accept_word(parser, "distinct");
        if (!call.distinct && token_word(token_now(parser), "all") && token_ahead(parser, 1)->kind != TOKEN_OPERATOR)
            parser->at++;
        parse_arguments(parser, &list);
        check_lambdas(parser, name->name, "", &list);
        check_counts(parser, name->name, offset, list.count, name->least, name->most);
    }
    if (accept_word(parser, "ignore")) { /* first(x) ignore nulls is first(x, true) */
        expect_word(parser, "nulls");
        expr_list_add(parser, &list, expr_literal(parser->arena, value_boolean(true)));
        check_counts(parser, name->name, offset, list.count, name->least, name->most);
    } else if (accept_word(parser, "respect")) {
        expect_word(parser, "nulls");
    }
    within_group(parser, &call, &list);
    if (accept_word(parser, "filter")) {
        expect(parser, "(");
        expect_word(parser, "where");
        call.filter = parse_expression(parser);
        expect(parser, ")");
    }
    parser->in_aggregate = false;
    const struct token *last = &parser->tokens[parser->at - 1];
    call.text = arena_copy(parser->arena, parser->text + offset, last->offset + last->len - offset);
    call.args = list.items;
    call.arg_count = list.count;
    struct expr *expr = expr_node(parser->arena, eval_aggregate, NULL, 0);
    expr->kind = EXPR_AGGREGATE;
    expr->constant = false;
    expr->has_aggregate = true;
    expr->number = aggregate_number(parser, &call);
    expr->offset = offset;
    return expr;
}

static _Noreturn void unknown_function(struct parser *parser, const struct token *name)
{
    const char *nearest = function_nearest(name->text, name->text_len);
    if (nearest)
        parse_fail(parser, name->offset, "no function %s; did you mean %s?", name->text, nearest);
    parse_fail(parser, name->offset, "no function %s; atools-expr(7) lists them", name->text);
}

/* timestampadd(unit, n, t) and timestampdiff(unit, a, b), also under the names of functions of days; NULL if it is a plain call. */
static struct expr *call_units(struct parser *parser, const struct token *name)
{
    static const struct {
        const char *name, *function;
        bool plain; /* without a unit it is a function of days */
    } calls[] = {{"timestampadd", "timestampadd", false},   {"dateadd", "timestampadd", true},   {"date_add", "timestampadd", true},
                 {"timestampdiff", "timestampdiff", false}, {"datediff", "timestampdiff", true}, {"date_diff", "timestampdiff", true}};
    const struct token *unit = token_now(parser);
    bool named = unit->kind == TOKEN_NAME && function_is_unit(unit->text, unit->text_len) && token_is(token_ahead(parser, 1), ",");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (!token_word(name, calls[i].name) || (calls[i].plain && !named))
            continue;
        if (!named)
            parse_unexpected(parser, "a unit such as day");
        size_t start = parser->at;
        parser->at += 2;
        struct expr *first = parse_expression(parser);
        if (calls[i].plain && token_is(token_now(parser), ")")) { /* a column called day */
            parser->at = start;
            return NULL;
        }
        expect(parser, ",");
        struct expr *second = parse_expression(parser);
        expect(parser, ")");
        return build_named(parser, calls[i].function, name->offset, 3, text_literal(parser, unit->text), first, second);
    }
    return NULL;
}

static struct expr *call_function(struct parser *parser, const struct token *name)
{
    struct expr *counted = call_units(parser, name);
    if (counted)
        return counted;
    const struct function *function = function_find(name->text, name->text_len);
    struct expr_list list = {0};
    struct cast_type type;
    if (!function && cast_type_named(name->text, name->text_len, &type)) { /* int(x) is cast(x as int) */
        parse_arguments(parser, &list);
        check_counts(parser, name->text, name->offset, list.count, 1, 1);
        check_lambdas(parser, name->text, "", &list);
        return parse_cast(parser, list.items[0], type, false, name->offset);
    }
    if (!function)
        unknown_function(parser, name);
    bool in = strcasecmp(name->text, "position") == 0, placing = strcasecmp(name->text, "overlay") == 0;
    bool from = strcasecmp(name->text, "substring") == 0 || strcasecmp(name->text, "substr") == 0;
    if (in || from || placing) {
        struct expr *first = parse_value(parser);
        if (placing && accept_word(parser, "placing"))
            return call_overlay(parser, first, name->offset);
        if (from && accept_word(parser, "from"))
            return call_substring(parser, first, name->offset);
        if (in && accept_word(parser, "in")) {
            expr_list_add(parser, &list, first);
            expr_list_add(parser, &list, parse_value(parser));
            expect(parser, ")");
            return build_call(parser, function, name->offset, list.items, list.count);
        }
        expr_list_add(parser, &list, first);
        if (accept(parser, ","))
            parse_arguments(parser, &list);
        else
            expect(parser, ")");
    } else {
        parse_arguments(parser, &list);
    }
    if (function->branches > 0 && list.count >= function->branches)
        unify(parser, list.items + function->branches - 1, list.count - function->branches + 1);
    size_t least, most;
    function_counts(function, &least, &most);
    check_counts(parser, function->name, name->offset, list.count, least, most);
    check_lambdas(parser, function->name, function->takes, &list);
    return build_call(parser, function, name->offset, list.items, list.count);
}

struct expr *parse_call(struct parser *parser)
{
    const struct token *name = token_now(parser);
    size_t offset = name->offset;
    parser->at += 2;
    if (token_word(name, "cast") || token_word(name, "try_cast"))
        return call_cast(parser, token_word(name, "try_cast"), offset);
    if (token_word(name, "extract"))
        return call_extract(parser, offset);
    if (token_word(name, "struct"))
        return parse_struct(parser, offset);
    if (token_word(name, "trim")) {
        struct expr *trim = call_trim(parser, offset);
        if (trim)
            return trim;
    }
    const struct aggregate_name *aggregate = aggregate_find(name->text, name->text_len);
    if (aggregate)
        return call_aggregate(parser, aggregate, name);
    return call_function(parser, name);
}

/* interval 1 day; interval '1' day; interval '1 2:3:4' day to second; interval 1 month 2 days; interval '1 day' */
struct expr *parse_interval(struct parser *parser)
{
    size_t offset = token_now(parser)->offset;
    parser->at++;
    struct value sum = {.type = VALUE_INTERVAL, .scale = INTERVAL_SECOND, .precision = INTERVAL_YEAR};
    bool any = false;
    for (;;) {
        size_t start = parser->at;
        bool negative = accept(parser, "-");
        const struct token *amount = token_now(parser), *unit = token_ahead(parser, 1);
        if (amount->kind == TOKEN_STRING && unit->kind != TOKEN_NAME && !any) {
            if (!interval_parse(amount->text, amount->text_len, &sum))
                parse_fail(parser, amount->offset, "not an interval: %s", amount->text);
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
        if (token_word(token_now(parser), "to") && interval_field_named(token_ahead(parser, 1)->text, &last))
            parser->at += 2;
        if (!interval_add(&sum, amount->text, amount->text_len, negative, first, last))
            parse_fail(parser, amount->offset, "not an interval: %s %s", amount->text, unit->text);
        any = true;
    }
    if (!any && sum.scale == INTERVAL_SECOND && sum.precision == INTERVAL_YEAR)
        parse_unexpected(parser, "an interval such as 1 day");
    struct expr *expr = expr_literal(parser->arena, sum);
    expr->offset = offset;
    return expr;
}

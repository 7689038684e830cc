/* Spark SQL's grammar of expressions, from OR down to the unary operators. */
#include <stdarg.h>
#include <stdlib.h>

#include "expr/parse_inner.h"

void expr_list_add(struct parser *parser, struct expr_list *list, struct expr *expr)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 8;
        struct expr **items = arena_alloc(parser->arena, cap * sizeof *items);
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = expr;
}

struct expr *expr_place(struct parser *parser, struct expr *expr, size_t start)
{
    const struct token *last = &parser->tokens[parser->at > 0 ? parser->at - 1 : 0];
    expr->start = start;
    if (expr->arg_count > 0 && expr->args[0]->start < start)
        expr->start = expr->args[0]->start;
    expr->end = last->offset + last->len;
    return expr;
}

static struct expr *fold(struct parser *parser, struct expr *expr)
{
    return parser->options->statement ? expr : expr_fold(parser->arena, expr);
}

struct expr *expr_build_list(struct parser *parser, expr_evaluate *eval, size_t offset, struct expr *const *args,
                             size_t count)
{
    struct expr *expr = expr_node(parser->arena, eval, args, count);
    expr->offset = offset;
    expr->ansi = parser->options->ansi;
    return fold(parser, expr_place(parser, expr, offset));
}

struct expr *expr_build(struct parser *parser, expr_evaluate *eval, size_t offset, size_t count, ...)
{
    struct expr *args[4];
    va_list list;
    va_start(list, count);
    for (size_t i = 0; i < count && i < 4; i++)
        args[i] = va_arg(list, struct expr *);
    va_end(list);
    return expr_build_list(parser, eval, offset, args, count);
}

struct expr *expr_build_call(struct parser *parser, const struct function *function, const char *name, size_t offset,
                        struct expr *const *args, size_t count)
{
    struct expr *expr = expr_node(parser->arena, expr_eval_call, args, count);
    expr->function = function;
    expr->name = name;
    expr->offset = offset;
    expr->ansi = parser->options->ansi;
    expr->constant = expr->constant && !function->varies;
    if (function->lazy)
        expr->eval = function->lazy;
    if (function->prepare && !parser->options->statement) {
        const struct value **literals = arena_alloc(parser->arena, (count + 1) * sizeof *literals);
        for (size_t i = 0; i < count; i++)
            literals[i] = args[i]->kind == EXPR_LITERAL ? &args[i]->literal : NULL;
        const char *wrong = NULL;
        expr->prepared = function->prepare(parser->arena, literals, count, &wrong);
        if (wrong)
            expr_parse_fail(parser, offset, "%s: %s", name, wrong);
    }
    return fold(parser, expr_place(parser, expr, offset));
}

struct expr *expr_build_named(struct parser *parser, const char *name, size_t offset, size_t count, ...)
{
    const struct function *function = function_find(name, strlen(name));
    if (!function)
        expr_parse_fail(parser, offset, "%s is not available", name);
    struct expr *args[4];
    va_list list;
    va_start(list, count);
    for (size_t i = 0; i < count && i < 4; i++)
        args[i] = va_arg(list, struct expr *);
    va_end(list);
    return expr_build_call(parser, function, name, offset, args, count);
}

static void enter(struct parser *parser)
{
    if (++parser->depth > PARSE_DEPTH_MAX)
        expr_parse_fail(parser, expr_token_now(parser)->offset, "nested deeper than %d", PARSE_DEPTH_MAX);
}

/* One operator of a level: how it is written and what it does. */
struct operator {
    const char *text;
    expr_evaluate *eval;
};

static const struct operator *accept_operator(struct parser *parser, const struct operator *operators)
{
    for (; operators->text; operators++)
        if (expr_accept(parser, operators->text) || expr_accept_word(parser, operators->text))
            return operators;
    return NULL;
}

static const struct operator multiplying[] = {
    {"*", expr_eval_multiply}, {"/", expr_eval_divide}, {"%", expr_eval_modulo}, {"div", expr_eval_div}, {NULL, NULL}};
static const struct operator adding[] = {{"+", expr_eval_add}, {"-", expr_eval_subtract}, {"||", NULL}, {NULL, NULL}};
static const struct operator shifting[] = {
    {"<<", expr_eval_shift_left}, {">>", expr_eval_shift_right}, {">>>", expr_eval_shift_unsigned}, {NULL, NULL}};
static const struct operator bit_and[] = {{"&", expr_eval_bit_and}, {NULL, NULL}};
static const struct operator bit_xor[] = {{"^", expr_eval_bit_xor}, {NULL, NULL}};
static const struct operator bit_or[] = {{"|", expr_eval_bit_or}, {NULL, NULL}};
static const struct operator comparing[] = {{"=", expr_eval_equal},          {"==", expr_eval_equal},
                                            {"<=>", expr_eval_same},         {"<>", expr_eval_not_equal},
                                            {"!=", expr_eval_not_equal},     {"<", expr_eval_less},
                                            {">", expr_eval_greater},        {"<=", expr_eval_less_equal},
                                            {">=", expr_eval_greater_equal}, {NULL, NULL}};
static const struct operator *const levels[] = {comparing, bit_or, bit_xor, bit_and, shifting, adding, multiplying};
enum { LEVELS = sizeof levels / sizeof *levels };

static struct expr *parse_unary(struct parser *parser)
{
    size_t offset = expr_token_now(parser)->offset;
    enter(parser);
    struct expr *expr;
    if (expr_accept(parser, "-")) {
        if (expr_token_now(parser)->kind == TOKEN_NUMBER && !expr_token_is(expr_token_ahead(parser, 1), "::"))
            expr = expr_parse_number(parser, true);
        else
            expr = expr_build(parser, expr_eval_negate, offset, 1, parse_unary(parser));
    } else if (expr_accept(parser, "+")) {
        bool number = expr_token_now(parser)->kind == TOKEN_NUMBER;
        expr = parse_unary(parser);
        if (!number)
            expr = expr_build_named(parser, "positive", offset, 1, expr);
    } else if (expr_accept(parser, "~")) {
        expr = expr_build(parser, expr_eval_bit_not, offset, 1, parse_unary(parser));
    } else {
        expr = expr_parse_primary(parser);
    }
    parser->depth--;
    return expr;
}

/* Left-associative operators, one level a line of the table. */
static struct expr *parse_level(struct parser *parser, size_t level)
{
    if (level == LEVELS)
        return parse_unary(parser);
    struct expr *left = parse_level(parser, level + 1);
    for (;;) {
        size_t offset = expr_token_now(parser)->offset;
        const struct operator *operator = accept_operator(parser, levels[level]);
        if (!operator)
            return left;
        struct expr *right = parse_level(parser, level + 1);
        if (!operator->eval) {
            left = expr_build_named(parser, "concat", offset, 2, left, right);
            continue;
        }
        left = expr_build(parser, operator->eval, offset, 2, left, right);
        if (levels[level] == comparing && !parser->options->statement)
            expr_compare_specialize(left);
    }
}

struct expr *expr_parse_value(struct parser *parser)
{
    return parse_level(parser, 0);
}

static struct expr *parse_in(struct parser *parser, struct expr *left, size_t offset)
{
    struct expr_list list = {0};
    struct expr *subquery = expr_parse_subquery(parser, SYNTAX_IN, left);
    if (subquery)
        return subquery;
    expr_list_add(parser, &list, left);
    expr_expect(parser, "(");
    do
        expr_list_add(parser, &list, expr_parse_expression(parser));
    while (expr_accept(parser, ","));
    expr_expect(parser, ")");
    return expr_build_list(parser, expr_eval_in, offset, list.items, list.count);
}

/* x like any (p, q), x like all (p, q): one of them, all of them. */
static struct expr *parse_like_several(struct parser *parser, const char *name, struct expr *left, size_t offset,
                                       bool all)
{
    struct expr *several = NULL;
    expr_expect(parser, "(");
    do {
        struct expr *one = expr_build_named(parser, name, offset, 2, left, expr_parse_value(parser));
        several = several ? expr_build(parser, all ? expr_eval_and : expr_eval_or, offset, 2, several, one) : one;
    } while (expr_accept(parser, ","));
    expr_expect(parser, ")");
    return several;
}

/* `not` stands in front of like: it is the caller's, but "not like any" is "not all of them". */
static struct expr *parse_like(struct parser *parser, const char *name, struct expr *left, size_t offset, bool negated)
{
    const struct token *next = expr_token_ahead(parser, 1);
    bool several = expr_token_is(next, "(") &&
                   (expr_token_word(expr_token_now(parser), "any") || expr_token_word(expr_token_now(parser), "some") ||
                    expr_token_word(expr_token_now(parser), "all"));
    if (several) {
        bool all = expr_token_word(expr_token_now(parser), "all");
        parser->at++;
        return parse_like_several(parser, name, left, offset, all != negated);
    }
    struct expr *pattern = expr_parse_value(parser);
    if (expr_accept_word(parser, "escape"))
        return expr_build_named(parser, name, offset, 3, left, pattern, expr_parse_value(parser));
    return expr_build_named(parser, name, offset, 2, left, pattern);
}

/* Behind IS [NOT]. */
static struct expr *parse_is(struct parser *parser, struct expr *left, size_t offset, bool *not)
{
    *not = expr_accept_word(parser, "not") || expr_accept(parser, "!");
    if (expr_accept_word(parser, "null") || expr_accept_word(parser, "unknown"))
        return expr_build(parser, expr_eval_is_null, offset, 1, left);
    if (expr_accept_word(parser, "true"))
        return expr_build(parser, expr_eval_is_true, offset, 1, left);
    if (expr_accept_word(parser, "false"))
        return expr_build(parser, expr_eval_is_false, offset, 1, left);
    if (expr_accept_word(parser, "distinct")) {
        expr_expect_word(parser, "from");
        *not = !*not;
        return expr_build(parser, expr_eval_same, offset, 2, left, expr_parse_value(parser));
    }
    expr_parse_unexpected(parser, "null, true, false or distinct from behind is");
}

/* Predicates behind a value; NULL if there is none. */
static struct expr *parse_predicate(struct parser *parser, struct expr *left)
{
    size_t offset = expr_token_now(parser)->offset;
    bool not = false;
    struct expr *expr;
    if (expr_accept_word(parser, "is")) {
        expr = parse_is(parser, left, offset, &not);
    } else {
        not = expr_token_word(expr_token_now(parser), "not") || expr_token_is(expr_token_now(parser), "!");
        parser->at += not;
        if (expr_accept_word(parser, "in")) {
            expr = parse_in(parser, left, offset);
        } else if (expr_accept_word(parser, "between")) {
            struct expr *low = expr_parse_value(parser);
            expr_expect_word(parser, "and");
            expr = expr_build(parser, expr_eval_between, offset, 3, left, low, expr_parse_value(parser));
        } else if (expr_accept_word(parser, "like")) {
            expr = parse_like(parser, "like", left, offset, not);
        } else if (expr_accept_word(parser, "ilike")) {
            expr = parse_like(parser, "ilike", left, offset, not);
        } else if (expr_accept_word(parser, "rlike") || expr_accept_word(parser, "regexp")) {
            expr = expr_build_named(parser, "rlike", offset, 2, left, expr_parse_value(parser));
        } else if (not) {
            expr_parse_unexpected(parser, "in, between, like or rlike behind not");
        } else {
            return NULL;
        }
    }
    return not ? expr_build(parser, expr_eval_not, offset, 1, expr) : expr;
}

static struct expr *parse_not(struct parser *parser)
{
    size_t offset = expr_token_now(parser)->offset;
    if (expr_accept_word(parser, "not") || expr_accept(parser, "!")) {
        enter(parser);
        struct expr *expr = expr_build(parser, expr_eval_not, offset, 1, parse_not(parser));
        parser->depth--;
        return expr;
    }
    struct expr *expr = expr_parse_value(parser);
    for (struct expr *more = expr; more; more = parse_predicate(parser, expr))
        expr = more;
    return expr;
}

static struct expr *parse_and(struct parser *parser)
{
    struct expr *left = parse_not(parser);
    for (;;) {
        size_t offset = expr_token_now(parser)->offset;
        if (!expr_accept_word(parser, "and"))
            return left;
        left = expr_build(parser, expr_eval_and, offset, 2, left, parse_not(parser));
    }
}

struct expr *expr_parse_expression(struct parser *parser)
{
    enter(parser);
    struct expr *left = parse_and(parser);
    for (;;) {
        size_t offset = expr_token_now(parser)->offset;
        if (!expr_accept_word(parser, "or")) {
            parser->depth--;
            return left;
        }
        left = expr_build(parser, expr_eval_or, offset, 2, left, parse_and(parser));
    }
}

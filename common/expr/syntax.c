#include "expr/syntax.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expr/parse_inner.h"

bool syntax_read(const char *what, const char *text, const struct syntax_hooks *hooks, aggregate_table *aggregates,
                 window_table *windows, struct arena *arena,
                 void (*body)(struct parser *parser, void *context), void *context,
                 struct problem *problem)
{
    struct path_set paths = {0};
    const struct expr_options options = {
        .aggregates = true, .groupings = true, .aggregate_at = aggregates, .windows = true, .window_at = windows,
        .paths = &paths, .statement = hooks};
    struct parser parser = {.what = what, .text = text, .arena = arena, .options = &options};
    bool good = expr_parse_run(&parser, body, context) ||
                problem_caret(problem, what, text, parser.error_offset, parser.error);
    path_set_free(&paths);
    return good;
}

void syntax_fail(struct parser *parser, size_t offset, const char *format, ...)
{
    char text[sizeof parser->error];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    expr_parse_fail(parser, offset, "%s", text);
}

void syntax_unexpected(struct parser *parser, const char *wanted)
{
    expr_parse_unexpected(parser, wanted);
}

size_t syntax_offset(const struct parser *parser)
{
    return expr_token_now(parser)->offset;
}

size_t syntax_end(const struct parser *parser)
{
    const struct token *last = &parser->tokens[parser->at > 0 ? parser->at - 1 : 0];
    return last->offset + last->len;
}

bool syntax_word(const struct parser *parser, size_t ahead, const char *keyword)
{
    return expr_token_word(expr_token_ahead(parser, ahead), keyword);
}

bool syntax_is(const struct parser *parser, size_t ahead, const char *operator)
{
    return expr_token_is(expr_token_ahead(parser, ahead), operator);
}

bool syntax_is_name(const struct parser *parser, size_t ahead, bool *quoted)
{
    const struct token *token = expr_token_ahead(parser, ahead);
    *quoted = token->quoted;
    return token->kind == TOKEN_NAME;
}

bool syntax_at_end(const struct parser *parser, size_t ahead)
{
    return expr_token_ahead(parser, ahead)->kind == TOKEN_END;
}

bool syntax_accept_word(struct parser *parser, const char *keyword)
{
    return expr_accept_word(parser, keyword);
}

bool syntax_accept(struct parser *parser, const char *operator)
{
    return expr_accept(parser, operator);
}

void syntax_expect_word(struct parser *parser, const char *keyword)
{
    expr_expect_word(parser, keyword);
}

void syntax_expect(struct parser *parser, const char *operator)
{
    expr_expect(parser, operator);
}

const char *syntax_name(struct parser *parser, const char *wanted)
{
    const struct token *token = expr_token_now(parser);
    if (token->kind != TOKEN_NAME)
        expr_parse_unexpected(parser, wanted);
    parser->at++;
    return token->text;
}

const char *syntax_string(struct parser *parser)
{
    const struct token *token = expr_token_now(parser);
    if (token->kind != TOKEN_STRING)
        return NULL;
    parser->at++;
    return token->text;
}

void syntax_pass(struct parser *parser)
{
    parser->at += expr_token_now(parser)->kind != TOKEN_END;
}

struct select *syntax_scope(struct parser *parser, struct select *scope)
{
    struct select *before = parser->scope;
    parser->scope = scope;
    return before;
}

const struct named_window *syntax_windows(struct parser *parser, const struct named_window *named)
{
    const struct named_window *before = parser->named;
    parser->named = named;
    return before;
}

size_t syntax_named_windows(struct parser *parser, size_t ahead)
{
    size_t at = parser->at;
    bool in_window = parser->in_window;
    parser->at += ahead;
    expr_parse_named_windows(parser);
    size_t tokens = parser->at - at - ahead;
    parser->at = at;
    parser->in_window = in_window;
    return tokens;
}

struct expr *syntax_expression(struct parser *parser)
{
    bool in_aggregate = parser->in_aggregate, in_window = parser->in_window;
    const struct lambda_scope *lambda = parser->lambda;
    parser->in_aggregate = false;
    parser->in_window = false;
    parser->lambda = NULL;
    struct expr *expr = expr_parse_expression(parser);
    parser->in_aggregate = in_aggregate;
    parser->in_window = in_window;
    parser->lambda = lambda;
    return expr;
}

/* NULL is what computes it: a statement is not computed before it was compiled again. */
static struct value no_value(const struct expr *expr, struct row *row)
{
    (void)expr;
    return row_fail(row, "a query has no value here");
}

struct expr *expr_parse_subquery(struct parser *parser, enum syntax_subquery kind, struct expr *left)
{
    const struct syntax_hooks *hooks = parser->options->statement;
    size_t ahead = 0, offset = expr_token_now(parser)->offset;
    if (!hooks)
        return NULL;
    while (expr_token_is(expr_token_ahead(parser, ahead), "("))
        ahead++;
    const struct token *first = expr_token_ahead(parser, ahead);
    bool from = expr_token_word(first, "from") && expr_token_ahead(parser, ahead + 1)->kind == TOKEN_NAME;
    if (ahead == 0 || !(from || expr_token_word(first, "select") || expr_token_word(first, "with") ||
                        expr_token_word(first, "values")))
        return NULL;
    struct expr *expr = expr_node(parser->arena, no_value, &left, left ? 1 : 0);
    expr->kind = EXPR_SUBQUERY;
    expr->constant = false;
    expr->offset = offset;
    expr->level = (size_t)kind;
    expr->number = hooks->subquery(hooks->context, parser, kind);
    return expr_place(parser, expr, offset);
}

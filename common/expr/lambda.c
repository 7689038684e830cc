/* Lambdas: x -> …, (x, y) -> …, arguments of the functions that go over arrays. */
#include "expr/parse_inner.h"

bool expr_lambda_ahead(const struct parser *parser)
{
    size_t at = 0;
    if (!expr_token_is(expr_token_now(parser), "("))
        return expr_token_now(parser)->kind == TOKEN_NAME && expr_token_is(expr_token_ahead(parser, 1), "->");
    do { /* a parenthesis or comma, and a name */
        if (expr_token_ahead(parser, at + 1)->kind != TOKEN_NAME)
            return false;
        at += 2;
    } while (expr_token_is(expr_token_ahead(parser, at), ","));
    return expr_token_is(expr_token_ahead(parser, at), ")") && expr_token_is(expr_token_ahead(parser, at + 1), "->");
}

struct expr *expr_parse_lambda(struct parser *parser)
{
    struct lambda_scope scope = {.outer = parser->lambda};
    size_t offset = expr_token_now(parser)->offset;
    bool several = expr_accept(parser, "(");
    do {
        if (scope.count == LAMBDA_VARIABLES)
            expr_parse_fail(parser, expr_token_now(parser)->offset, "a lambda of more than %d variables",
                            (int)LAMBDA_VARIABLES);
        scope.names[scope.count++] = expr_token_now(parser);
        parser->at++;
    } while (several && expr_accept(parser, ","));
    if (several)
        expr_expect(parser, ")");
    expr_expect(parser, "->");
    parser->lambda = &scope;
    struct expr *body = expr_parse_expression(parser);
    parser->lambda = scope.outer;
    struct expr *lambda = expr_node(parser->arena, NULL, &body, 1);
    lambda->kind = EXPR_LAMBDA;
    lambda->constant = false;
    lambda->number = scope.count;
    lambda->offset = offset;
    return expr_place(parser, lambda, offset);
}

struct expr *expr_parse_variable(struct parser *parser)
{
    const struct token *name = expr_token_now(parser);
    size_t level = 0;
    for (const struct lambda_scope *scope = parser->lambda; scope; scope = scope->outer, level++) {
        for (size_t i = 0; i < scope->count; i++) {
            if (name->text_len != scope->names[i]->text_len ||
                memcmp(name->text, scope->names[i]->text, name->text_len) != 0)
                continue;
            parser->at++;
            struct expr *expr = expr_node(parser->arena, expr_eval_variable, NULL, 0);
            expr->kind = EXPR_VARIABLE;
            expr->constant = false;
            expr->number = i;
            expr->level = level;
            expr->name = name->text;
            expr->offset = name->offset;
            return expr_place(parser, expr, name->offset);
        }
    }
    return NULL;
}

/* The grammar of types: int, decimal(10,2), interval day to second, array<map<string, struct<a: date>>>. */
#include <stdlib.h>

#include "expr/parse_inner.h"
#include "value/decimal.h"
#include "value/interval.h"

/* (precision[, scale]) of decimal, (n) of char and varchar. */
static void parse_type_arguments(struct parser *parser, struct cast_type *type)
{
    if (expr_accept(parser, "(")) {
        unsigned numbers[2] = {10, 0};
        for (size_t i = 0; i < 2; i++) {
            const struct token *token = expr_token_now(parser);
            if (token->kind != TOKEN_NUMBER || token->text_len > 5)
                expr_parse_unexpected(parser, "a number");
            numbers[i] = (unsigned)strtoul(token->text, NULL, 10);
            parser->at++;
            if (!expr_accept(parser, ","))
                break;
        }
        if (type->type == VALUE_DECIMAL &&
            (numbers[0] > DECIMAL_DIGITS_MAX || numbers[0] == 0 || numbers[1] > numbers[0]))
            expr_parse_fail(parser, expr_token_now(parser)->offset,
                            "decimal(%u,%u): at most 38 digits, of them at least as many as behind the point",
                            numbers[0], numbers[1]);
        type->precision = (unsigned char)numbers[0];
        type->scale = (unsigned char)numbers[1];
        expr_expect(parser, ")");
    }
}

/* day, or day to second, behind interval: the type is of those fields. */
static void parse_interval_fields(struct parser *parser, struct cast_type *type)
{
    const struct token *first = expr_token_now(parser);
    int from, to;
    if (first->kind != TOKEN_NAME || !interval_field_named(first->text, &from) || from > INTERVAL_SECOND)
        return;
    to = from;
    parser->at++;
    if (expr_accept_word(parser, "to")) {
        const struct token *last = expr_token_now(parser);
        if (last->kind != TOKEN_NAME || !interval_field_named(last->text, &to) || to <= from || to > INTERVAL_SECOND ||
            (from <= INTERVAL_MONTH) != (to <= INTERVAL_MONTH))
            expr_parse_unexpected(parser, "a smaller field of an interval");
        parser->at++;
    }
    type->scale = (unsigned char)from;
    type->precision = (unsigned char)to;
    type->width = 1;
}

/* A > of a type: the lexer takes several in a row for one operator. `close` counts those of it that are used up. */
static void expect_close(struct parser *parser, unsigned *close)
{
    const struct token *token = expr_token_now(parser);
    unsigned all = expr_token_is(token, ">") ? 1 : expr_token_is(token, ">>") ? 2 : expr_token_is(token, ">>>") ? 3 : 0;
    if (all == 0)
        expr_parse_unexpected(parser, "> behind a type");
    if (++*close < all)
        return;
    *close = 0;
    parser->at++;
}

enum { TYPE_DEPTH_MAX = 100 };

static struct cast_type parse_type(struct parser *parser, unsigned *close, unsigned depth);

/* name type, name: type, …; not null and comments say nothing here. */
static void parse_members(struct parser *parser, struct cast_inner *inner, unsigned *close, unsigned depth)
{
    size_t cap = 0;
    inner->members = NULL;
    do {
        const struct token *name = expr_token_now(parser);
        if (name->kind != TOKEN_NAME)
            expr_parse_unexpected(parser, "a member's name");
        if (inner->member_count == cap) {
            struct cast_member *more = arena_alloc(parser->arena, (cap = 2 * cap + 4) * sizeof *more);
            if (inner->member_count > 0)
                memcpy(more, inner->members, inner->member_count * sizeof *more);
            inner->members = more;
        }
        struct cast_member *member = &inner->members[inner->member_count++];
        *member = (struct cast_member){.name = name->text, .len = name->text_len};
        parser->at++;
        expr_accept(parser, ":");
        member->type = parse_type(parser, close, depth);
        if (*close > 0)
            return;
        if (expr_accept_word(parser, "not"))
            expr_expect_word(parser, "null");
        if (expr_accept_word(parser, "comment")) {
            if (expr_token_now(parser)->kind != TOKEN_STRING)
                expr_parse_unexpected(parser, "a comment in quotes");
            parser->at++;
        }
    } while (expr_accept(parser, ","));
}

/* <…> of arrays, maps and structs. */
static void parse_inner_types(struct parser *parser, const struct token *name, struct cast_type *type, unsigned *close,
                              unsigned depth)
{
    if (!expr_token_is(expr_token_now(parser), "<"))
        return;
    bool map = expr_token_word(name, "map");
    if (!map && type->type != VALUE_ARRAY && type->type != VALUE_STRUCT)
        expr_parse_unexpected(parser, "no < behind this type");
    if (depth >= TYPE_DEPTH_MAX)
        expr_parse_fail(parser, name->offset, "a type of more than %d levels", (int)TYPE_DEPTH_MAX);
    parser->at++;
    struct cast_inner *inner = arena_alloc(parser->arena, sizeof *inner);
    *inner = (struct cast_inner){0};
    type->inner = inner;
    if (type->type == VALUE_STRUCT && !map) {
        parse_members(parser, inner, close, depth + 1);
        expect_close(parser, close);
        return;
    }
    if (map) {
        inner->key = parse_type(parser, close, depth + 1);
        expr_expect(parser, ",");
    }
    inner->element = parse_type(parser, close, depth + 1);
    expect_close(parser, close);
}

static struct cast_type parse_type(struct parser *parser, unsigned *close, unsigned depth)
{
    const struct token *token = expr_token_now(parser);
    struct cast_type type;
    if (token->kind != TOKEN_NAME)
        expr_parse_unexpected(parser, "a type");
    if (!cast_type_named(token->text, token->text_len, &type))
        expr_parse_fail(parser, token->offset,
                        "no type %s; there are boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), "
                        "string, date, timestamp",
                        token->text);
    parser->at++;
    parse_type_arguments(parser, &type);
    if (type.type == VALUE_INTERVAL)
        parse_interval_fields(parser, &type);
    parse_inner_types(parser, token, &type, close, depth);
    return type;
}

struct cast_type expr_parse_type(struct parser *parser)
{
    unsigned close = 0;
    struct cast_type type = parse_type(parser, &close, 0);
    if (close > 0)
        expr_parse_unexpected(parser, "one > less");
    return type;
}

/* A type, or members as of a table: "a int, b array<date>". */
static void parse_schema(struct parser *parser, void *context)
{
    struct cast_type *type = context, named;
    const struct token *first = expr_token_now(parser), *second = expr_token_ahead(parser, 1);
    bool members = first->kind == TOKEN_NAME && (first->quoted || expr_token_is(second, ":") ||
                                                 (second->kind == TOKEN_NAME && !expr_token_word(first, "interval")) ||
                                                 !cast_type_named(first->text, first->text_len, &named));
    if (!members) {
        *type = expr_parse_type(parser);
        return;
    }
    struct cast_inner *inner = arena_alloc(parser->arena, sizeof *inner);
    *inner = (struct cast_inner){0};
    unsigned close = 0;
    parse_members(parser, inner, &close, 0);
    if (close > 0)
        expr_parse_unexpected(parser, "one > less");
    *type = (struct cast_type){.type = VALUE_STRUCT, .inner = inner};
}

bool expr_schema(struct arena *arena, const char *text, struct cast_type *type, const char **wrong)
{
    static const struct expr_options options = {0};
    struct parser parser = {.what = "schema", .text = text, .arena = arena, .options = &options};
    if (expr_parse_run(&parser, parse_schema, type))
        return true;
    struct buffer message = {0};
    buffer_add_format(&message, "the schema %s: %s", text, parser.error);
    *wrong = expr_take_text(arena, &message).text;
    return false;
}

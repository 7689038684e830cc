/* The innermost grammar: literals, paths, case, cast, parentheses, subscripts. */
#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"
#include "expr/parse_inner.h"
#include "json/path.h"
#include "value/decimal.h"

static struct expr *literal(struct parser *parser, struct value value, size_t offset)
{
    struct expr *expr = expr_literal(parser->arena, value);
    expr->offset = offset;
    return expr_place(parser, expr, offset);
}

static size_t digits_of(const struct token *token)
{
    size_t len = 0;
    while (len < token->text_len &&
           ((token->text[len] >= '0' && token->text[len] <= '9') || token->text[len] == '.' ||
            ((token->text[len] | 0x20) == 'e' && len + 1 < token->text_len) ||
            ((token->text[len] == '-' || token->text[len] == '+') && (token->text[len - 1] | 0x20) == 'e')))
        len++;
    return len;
}

static struct value exact_literal(struct parser *parser, const struct token *token, size_t len, bool negative)
{
    struct decimal decimal;
    bool too_long = false;
    if (!decimal_parse(token->text, len, &decimal, &too_long))
        expr_parse_fail(parser, token->offset, too_long ? "a decimal of more than 38 digits" : "not a number: %s",
                        token->text);
    return (struct value){.type = VALUE_DECIMAL,
                          .unscaled = negative ? -decimal.unscaled : decimal.unscaled,
                          .precision = decimal.precision,
                          .scale = decimal.scale};
}

static struct value real_literal(const struct token *token, bool negative, bool narrow)
{
    double real = narrow ? (double)strtof(token->text, NULL) : strtod(token->text, NULL);
    struct value value = value_double(negative ? -real : real);
    value.width = narrow ? 4 : 0;
    return value;
}

/* A whole number within [-limit - 1, limit]. */
static struct value whole_literal(struct parser *parser, const struct token *token, size_t len, bool negative,
                                  int64_t limit, unsigned char width)
{
    struct value exact = exact_literal(parser, token, len, negative);
    if (exact.scale > 0 || exact.unscaled > limit || exact.unscaled < -(__int128)limit - 1)
        expr_parse_fail(parser, token->offset, "%s is out of its type's range", token->text);
    struct value value = value_long((int64_t)exact.unscaled);
    value.width = width;
    return value;
}

struct expr *expr_parse_number(struct parser *parser, bool negative)
{
    const struct token *token = expr_token_now(parser);
    size_t offset = token->offset, len = digits_of(token);
    const char *suffix = token->text + len;
    bool exponent = memchr(token->text, 'e', len) || memchr(token->text, 'E', len),
         point = memchr(token->text, '.', len);
    struct value value;
    if (strcasecmp(suffix, "l") == 0) {
        value = whole_literal(parser, token, len, negative, INT64_MAX, 0);
    } else if (strcasecmp(suffix, "s") == 0) {
        value = whole_literal(parser, token, len, negative, INT16_MAX, 2);
    } else if (strcasecmp(suffix, "y") == 0) {
        value = whole_literal(parser, token, len, negative, INT8_MAX, 1);
    } else if (strcasecmp(suffix, "bd") == 0) {
        value = exact_literal(parser, token, len, negative);
    } else if (strcasecmp(suffix, "d") == 0 || strcasecmp(suffix, "f") == 0) {
        value = real_literal(token, negative, (*suffix | 0x20) == 'f');
    } else if (*suffix) {
        expr_parse_fail(parser, offset, "not a number: %s; a name that begins with a digit stands in backticks",
                        token->text);
    } else if (exponent) {
        value = real_literal(token, negative, false);
    } else {
        value = exact_literal(parser, token, len, negative);
        bool whole = !point && value.unscaled >= INT64_MIN && value.unscaled <= INT64_MAX;
        if (whole) {
            bool small = value.unscaled >= INT32_MIN && value.unscaled <= INT32_MAX;
            unsigned char precision = value.precision;
            value = small ? value_int((int64_t)value.unscaled) : value_long((int64_t)value.unscaled);
            value.precision = precision;
        }
    }
    parser->at++;
    return literal(parser, value, offset);
}

static bool reserved(const struct token *token)
{
    static const char *const words[] = {"and",  "or",   "not",  "in",   "is",  "between", "like", "ilike", "rlike",
                                        "case", "when", "then", "else", "end", "as",      "div",  "distinct"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (expr_token_word(token, words[i]))
            return true;
    return false;
}

/* A whole number in brackets that is an index of a path; others are subscripts. */
static bool index_ahead(const struct parser *parser, int64_t *index)
{
    const struct token *number = expr_token_ahead(parser, 1);
    if (!expr_token_is(expr_token_now(parser), "[") || number->kind != TOKEN_NUMBER ||
        !expr_token_is(expr_token_ahead(parser, 2), "]"))
        return false;
    if (number->text_len > 9 || strspn(number->text, "0123456789") != number->text_len)
        return false;
    *index = strtoll(number->text, NULL, 10);
    return true;
}

static bool next_step(struct parser *parser, struct path_step *step)
{
    const struct token *token = expr_token_ahead(parser, 1);
    int64_t index = 0;
    if (expr_token_is(expr_token_now(parser), ".") && token->kind == TOKEN_NAME) {
        *step = (struct path_step){.key = token->text, .key_len = token->text_len};
        parser->at += 2;
        return true;
    }
    if (index_ahead(parser, &index)) {
        *step = (struct path_step){.index = index};
        parser->at += 3;
        return true;
    }
    if (expr_token_is(expr_token_now(parser), "[") && token->kind == TOKEN_STRING &&
        expr_token_is(expr_token_ahead(parser, 2), "]")) {
        *step = (struct path_step){.key = token->text, .key_len = token->text_len};
        parser->at += 3;
        return true;
    }
    return false;
}

struct path *expr_parse_steps(struct parser *parser)
{
    size_t offset = expr_token_now(parser)->offset, cap = 4;
    struct path *path = arena_alloc(parser->arena, sizeof *path);
    struct path_step *steps = arena_alloc(parser->arena, cap * sizeof *steps);
    steps[0] = (struct path_step){.key = expr_token_now(parser)->text, .key_len = expr_token_now(parser)->text_len};
    size_t count = 1;
    parser->at++;
    struct path_step step;
    while (next_step(parser, &step)) {
        if (count == cap) {
            struct path_step *more = arena_alloc(parser->arena, 2 * cap * sizeof *more);
            memcpy(more, steps, count * sizeof *more);
            steps = more;
            cap *= 2;
        }
        steps[count++] = step;
    }
    const struct token *last = &parser->tokens[parser->at - 1];
    size_t end = last->offset + last->len;
    *path = (struct path){
        .steps = steps, .count = count, .text = arena_copy(parser->arena, parser->text + offset, end - offset)};
    return path;
}

/* select_replace moves items, and with them the numbers in these nodes. */
static void remember(struct select *select, struct expr *reference)
{
    size_t count = select->reference_count;
    if ((count & (count - 1)) == 0) { /* full at each power of two */
        struct expr **all = arena_alloc(&select->arena, (count ? 2 * count : 1) * sizeof *all);
        if (count > 0)
            memcpy(all, select->references, count * sizeof *all);
        select->references = all;
    }
    select->references[select->reference_count++] = reference;
}

struct expr *expr_parse_item(struct parser *parser, size_t item, size_t offset)
{
    const struct select_item *found = &parser->scope->items[item];
    if (parser->in_window && found->expr->has_window)
        expr_parse_fail(parser, offset, "%s is a window's result: it cannot stand within a window", found->name);
    if (parser->in_aggregate || parser->in_window) /* computed a record at a time, long before the items are */
        return found->expr;
    struct expr *expr = expr_node(parser->arena, expr_eval_item, NULL, 0);
    expr->kind = EXPR_ITEM;
    expr->number = item;
    expr->constant = false;
    expr->has_aggregate = found->has_aggregate;
    expr->has_window = found->expr->has_window;
    expr->offset = offset;
    remember(parser->scope, expr);
    return expr;
}

static struct expr *step_of(struct parser *parser, struct expr *expr, const struct path_step *step, size_t offset)
{
    struct value value = step->key ? value_string(step->key, step->key_len) : value_int(step->index);
    return expr_build(parser, step->key ? expr_eval_field : expr_eval_subscript, offset, 2, expr,
                      literal(parser, value, offset));
}

static bool begins_with(const struct path *path, const struct path_step *steps, size_t count)
{
    if (path->count < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct path_step *step = &path->steps[i];
        if (!step->key || step->key_len != steps[i].key_len || memcmp(step->key, steps[i].key, step->key_len) != 0)
            return false;
    }
    return true;
}

bool expr_reads(const struct expr *expr, const struct path_step *steps, size_t count)
{
    if (expr->kind == EXPR_SLOT && expr->path && begins_with(expr->path, steps, count))
        return true;
    for (size_t i = 0; i < expr->arg_count; i++)
        if (expr_reads(expr->args[i], steps, count))
            return true;
    return false;
}

/* A name that is both an item's alias and a field: as in Spark, a select list means the field, which is known to be
 * there if the item itself reads it (upper(a) as a), and so does what is aggregated; behind the select list the alias
 * goes first. */
static bool means_field(const struct parser *parser, const struct select_item *item, const struct path_step *name)
{
    if (parser->in_aggregate && item->has_aggregate)
        return true;
    return (parser->in_aggregate || (parser->in_list && !parser->options->aggregates)) &&
           expr_reads(item->expr, name, 1);
}

struct expr *expr_parse_path(struct parser *parser)
{
    size_t offset = expr_token_now(parser)->offset;
    const struct path *path = expr_parse_steps(parser);
    for (size_t i = parser->scope ? parser->scope->count : 0; i-- > 0;) {
        const struct select_item *item = &parser->scope->items[i];
        if (item->kind != ITEM_EXPR || item->name_len != path->steps[0].key_len ||
            memcmp(item->name, path->steps[0].key, item->name_len) != 0)
            continue;
        if ((item->path && path_equal(item->path, path)) || means_field(parser, item, &path->steps[0]))
            break; /* the same as the path itself, or it does not stand for it */
        struct expr *expr = expr_parse_item(parser, i, offset);
        for (size_t s = 1; s < path->count; s++)
            expr = step_of(parser, expr, &path->steps[s], offset);
        return expr;
    }
    struct expr *expr = expr_node(parser->arena, expr_eval_slot, NULL, 0);
    expr->kind = EXPR_SLOT;
    expr->constant = false;
    expr->offset = offset;
    expr->path = path;
    const char *message = NULL;
    if (!parser->options->resolve)
        expr->number = path_set_add(parser->options->paths, path);
    else if (!parser->options->resolve(parser->options->context, path, &expr->number, &message))
        expr_parse_fail(parser, offset, "%s", message);
    return expr_place(parser, expr, offset);
}

/* A literal's or cast's type; false if it is not known before a row comes. */
static bool known_type(const struct expr *expr, struct cast_type *type)
{
    const struct value *value = &expr->literal;
    static const unsigned char digits[] = {20, 3, 5, 0, 10};
    if (expr->kind == EXPR_LITERAL && value->type != VALUE_NULL)
        *type = (struct cast_type){
            .type = value->type, .precision = value->precision, .scale = value->scale, .width = value->width};
    else if (expr->typed)
        *type = expr->type;
    else
        return false;
    if (type->type == VALUE_LONG)
        type->precision = digits[type->width];
    return type->type == VALUE_LONG || type->type == VALUE_DECIMAL || type->type == VALUE_DOUBLE;
}

static unsigned char larger(int a, int b)
{
    return (unsigned char)(a > b ? a : b);
}

/* Dates and timestamps become timestamps. */
static void unify_times(struct parser *parser, struct expr **branches, size_t count)
{
    bool dates = false, timestamps = false;
    for (size_t i = 0; i < count; i++) {
        enum value_type type = branches[i]->kind == EXPR_LITERAL ? branches[i]->literal.type
                               : branches[i]->typed              ? branches[i]->type.type
                                                                 : VALUE_NULL;
        dates = dates || type == VALUE_DATE;
        timestamps = timestamps || type == VALUE_TIMESTAMP;
        if (type != VALUE_DATE && type != VALUE_TIMESTAMP && !(branches[i]->kind == EXPR_LITERAL && type == VALUE_NULL))
            return;
    }
    for (size_t i = 0; dates && timestamps && i < count; i++)
        branches[i] = expr_parse_cast(parser, branches[i], (struct cast_type){.type = VALUE_TIMESTAMP}, false,
                                      branches[i]->offset);
}

void expr_unify(struct parser *parser, struct expr **branches, size_t count)
{
    if (parser->options->statement)
        return;
    unify_times(parser, branches, count);
    struct cast_type all = {0}, one;
    bool mixed = false;
    for (size_t i = 0; i < count; i++) {
        if (branches[i]->kind == EXPR_LITERAL && branches[i]->literal.type == VALUE_NULL)
            continue;
        if (!known_type(branches[i], &one))
            return;
        mixed |= all.type && (one.type != all.type || one.scale != all.scale);
        if (all.type == VALUE_DOUBLE || one.type == VALUE_DOUBLE) {
            all = (struct cast_type){.type = VALUE_DOUBLE};
        } else if (all.type) {
            unsigned char scale = larger(all.scale, one.scale);
            int digits = larger(all.precision - all.scale, one.precision - one.scale) + scale;
            bool decimal = all.type == VALUE_DECIMAL || one.type == VALUE_DECIMAL;
            all = (struct cast_type){.type = decimal ? VALUE_DECIMAL : VALUE_LONG,
                                     .scale = scale,
                                     .precision =
                                         digits < DECIMAL_DIGITS_MAX ? (unsigned char)digits : DECIMAL_DIGITS_MAX};
        } else {
            all = one;
        }
    }
    for (size_t i = 0; mixed && all.type != VALUE_LONG && i < count; i++)
        branches[i] = expr_parse_cast(parser, branches[i], all, false, branches[i]->offset);
}

static struct expr *parse_case(struct parser *parser)
{
    size_t offset = expr_token_now(parser)->offset;
    parser->at++;
    struct expr_list list = {0};
    bool of = !expr_token_word(expr_token_now(parser), "when");
    if (of)
        expr_list_add(parser, &list, expr_parse_expression(parser));
    expr_expect_word(parser, "when");
    do {
        expr_list_add(parser, &list, expr_parse_expression(parser));
        expr_expect_word(parser, "then");
        expr_list_add(parser, &list, expr_parse_expression(parser));
    } while (expr_accept_word(parser, "when"));
    if (expr_accept_word(parser, "else"))
        expr_list_add(parser, &list, expr_parse_expression(parser));
    else
        expr_list_add(parser, &list, literal(parser, value_null(), offset));
    expr_expect_word(parser, "end");
    /* branches stand at every second place, counted back from else */
    size_t first = of ? 2 : 1, pairs = (list.count - first) / 2;
    struct expr **branches = arena_alloc(parser->arena, (pairs + 1) * sizeof *branches);
    for (size_t i = 0; i < pairs; i++)
        branches[i] = list.items[first + 2 * i];
    branches[pairs] = list.items[list.count - 1];
    expr_unify(parser, branches, pairs + 1);
    for (size_t i = 0; i < pairs; i++)
        list.items[first + 2 * i] = branches[i];
    list.items[list.count - 1] = branches[pairs];
    return expr_build_list(parser, of ? expr_eval_case_of : expr_eval_case, offset, list.items, list.count);
}

struct expr *expr_parse_cast(struct parser *parser, struct expr *expr, struct cast_type type, bool try, size_t offset)
{
    struct expr *cast = expr_node(parser->arena, try ? expr_eval_try_cast : expr_eval_cast, &expr, 1);
    cast->type = type;
    cast->typed = true;
    cast->offset = offset;
    cast->ansi = parser->options->ansi && !try;
    expr_place(parser, cast, offset);
    return parser->options->statement ? cast : expr_fold(parser->arena, cast);
}

/* (x), or (x, y): a struct. */
static struct expr *parse_parentheses(struct parser *parser)
{
    struct expr *subquery = expr_parse_subquery(parser, SYNTAX_SCALAR, NULL);
    if (subquery)
        return subquery;
    size_t open = expr_token_now(parser)->offset, start = ++parser->at;
    struct expr *expr = expr_parse_expression(parser);
    if (expr_token_is(expr_token_now(parser), ",")) {
        parser->at = start;
        return expr_place(parser, expr_parse_struct(parser, expr->offset), open);
    }
    expr_expect(parser, ")");
    if (parser->options->statement) {
        expr_place(parser, expr, open);
        expr->start = open;
        expr->grouped = true;
    }
    return expr;
}

/* date '…' and timestamp '…' must be right when compiling. */
static struct expr *typed_literal(struct parser *parser, struct cast_type type)
{
    const struct token *token = expr_token_ahead(parser, 1);
    struct value text = value_string(token->text, token->text_len);
    struct value value = cast_value(&text, type, parser->arena, NULL);
    if (value.type == VALUE_NULL)
        expr_parse_fail(parser, token->offset, "not a %s: %s", type.type == VALUE_DATE ? "date" : "timestamp",
                        token->text);
    size_t start = expr_token_now(parser)->offset;
    parser->at += 2;
    return literal(parser, value, start);
}

/* x'41': bytes in hexadecimal; an odd first digit stands alone. */
static struct expr *binary_literal(struct parser *parser)
{
    const struct token *token = expr_token_ahead(parser, 1);
    size_t used;
    char *bytes = arena_alloc(parser->arena, token->text_len / 2 + 1);
    if (!text_hex_decode(token->text, token->text_len, bytes, &used))
        expr_parse_fail(parser, token->offset, "not hexadecimal: %s", token->text);
    size_t start = expr_token_now(parser)->offset;
    parser->at += 2;
    return literal(parser, value_binary(bytes, used), start);
}

static struct expr *parse_name(struct parser *parser)
{
    const struct token *token = expr_token_now(parser), *next = expr_token_ahead(parser, 1);
    size_t offset = token->offset;
    if (expr_token_word(token, "case"))
        return parse_case(parser);
    if (expr_token_word(token, "interval") &&
        (next->kind == TOKEN_NUMBER || next->kind == TOKEN_STRING || expr_token_is(next, "-")))
        return expr_parse_interval(parser);
    if (next->kind == TOKEN_STRING && expr_token_word(token, "date"))
        return typed_literal(parser, (struct cast_type){.type = VALUE_DATE});
    if (next->kind == TOKEN_STRING && (expr_token_word(token, "timestamp") || expr_token_word(token, "timestamp_ltz")))
        return typed_literal(parser, (struct cast_type){.type = VALUE_TIMESTAMP});
    if (next->kind == TOKEN_STRING && expr_token_word(token, "timestamp_ntz"))
        return typed_literal(parser, (struct cast_type){.type = VALUE_TIMESTAMP, .width = 1});
    if (next->kind == TOKEN_STRING && expr_token_word(token, "x") && token->offset + token->len == next->offset)
        return binary_literal(parser);
    if (expr_token_word(token, "exists") && expr_token_is(next, "(")) {
        parser->at++;
        struct expr *subquery = expr_parse_subquery(parser, SYNTAX_EXISTS, NULL);
        if (subquery) {
            subquery->start = offset;
            return subquery;
        }
        parser->at--;
    }
    const struct function *function = token->quoted ? NULL : function_find(token->text, token->text_len);
    if (expr_token_is(next, "(") && (!reserved(token) || function))
        return expr_parse_call(parser);
    if (expr_accept_word(parser, "null"))
        return literal(parser, value_null(), offset);
    if (expr_accept_word(parser, "true"))
        return literal(parser, value_boolean(true), offset);
    if (expr_accept_word(parser, "false"))
        return literal(parser, value_boolean(false), offset);
    if (function && function->bare && expr_token_word(token, function->callable.name)) {
        parser->at++;
        return expr_build_call(parser, function, function->callable.name, offset, NULL, 0);
    }
    if (!token->quoted && reserved(token))
        expr_parse_unexpected(parser, "a value");
    struct expr *variable = parser->lambda ? expr_parse_variable(parser) : NULL;
    return variable ? variable : expr_parse_path(parser);
}

static struct expr *parse_innermost(struct parser *parser)
{
    const struct token *token = expr_token_now(parser);
    switch (token->kind) {
    case TOKEN_NUMBER:
        return expr_parse_number(parser, false);
    case TOKEN_STRING: {
        /* neighbours are one string */
        struct buffer whole = {0};
        size_t offset = token->offset;
        if (expr_token_ahead(parser, 1)->kind != TOKEN_STRING) {
            parser->at++;
            return literal(parser, value_string(token->text, token->text_len), offset);
        }
        for (; expr_token_now(parser)->kind == TOKEN_STRING; parser->at++)
            buffer_add(&whole, expr_token_now(parser)->text, expr_token_now(parser)->text_len);
        return literal(parser, expr_take_text(parser->arena, &whole), offset);
    }
    case TOKEN_NAME:
        return parse_name(parser);
    case TOKEN_OPERATOR:
        if (expr_token_is(token, "("))
            return parse_parentheses(parser);
        if (expr_token_is(token, ".") &&
            expr_token_ahead(parser, 1)->kind == TOKEN_NAME) { /* jq's way to write a path */
            parser->at++;
            return expr_parse_path(parser);
        }
        break;
    case TOKEN_END:
        break;
    }
    expr_parse_unexpected(parser, "a value");
}

struct expr *expr_parse_primary(struct parser *parser)
{
    struct expr *expr = parse_innermost(parser);
    for (;;) {
        const struct token *token = expr_token_now(parser);
        size_t offset = token->offset;
        if (expr_accept(parser, "[")) {
            struct expr *index = expr_parse_value(parser);
            expr_expect(parser, "]");
            expr = expr_build(parser, expr_eval_subscript, offset, 2, expr, index);
        } else if (expr_token_is(token, ".") && expr_token_ahead(parser, 1)->kind == TOKEN_NAME) {
            const struct token *name = expr_token_ahead(parser, 1);
            parser->at += 2;
            struct value key = value_string(name->text, name->text_len);
            expr = expr_build(parser, expr_eval_field, offset, 2, expr, literal(parser, key, offset));
        } else if (expr_accept(parser, "::")) {
            expr = expr_parse_cast(parser, expr, expr_parse_type(parser), false, offset);
        } else {
            return expr;
        }
    }
}

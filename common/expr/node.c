/* Nodes of compiled expressions: making, folding, failing. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "expr/node.h"
#include "base/unicode.h"
#include "value/pack.h"

struct value row_fail(struct row *row, const char *format, ...)
{
    if (!row->error) {
        char text[400];
        va_list args;
        va_start(args, format);
        int len = vsnprintf(text, sizeof text, format, args);
        va_end(args);
        row->error = arena_copy(row->arena, text,
                                len < 0                     ? 0
                                : (size_t)len < sizeof text ? (size_t)len
                                                            : sizeof text - 1);
    }
    return value_null();
}

struct value expr_take_text(struct arena *arena, struct buffer *text)
{
    struct value value = value_string(arena_copy(arena, text->data, text->len), text->len);
    buffer_free(text);
    return value;
}

const char *row_show(struct row *row, const struct value *value)
{
    enum { SHOWN_MAX = 60 };
    struct buffer buffer = {0};
    bool quoted = value->type == VALUE_STRING || value->type == VALUE_CELL;
    if (quoted)
        buffer_add_char(&buffer, '\'');
    if (value->type == VALUE_NULL)
        buffer_add_text(&buffer, "null");
    value_write_plain(value, &buffer);
    if (buffer.len > SHOWN_MAX) {
        buffer.len = SHOWN_MAX;
        while (buffer.len > 0 && unicode_continues(buffer.data[buffer.len]))
            buffer.len--;
        buffer_add_text(&buffer, "…");
    }
    for (size_t i = 0; i < buffer.len; i++)
        if ((unsigned char)buffer.data[i] < 0x20)
            buffer.data[i] = ' ';
    if (quoted)
        buffer_add_char(&buffer, '\'');
    return expr_take_text(row->arena, &buffer).text;
}

bool expr_room(struct arena *arena, size_t count, size_t size)
{
    if (arena->size <= EXPR_MEMORY_MAX && count <= (EXPR_MEMORY_MAX - arena->size) / size)
        return true;
    arena->size = (size_t)EXPR_MEMORY_MAX + 1;
    return false;
}

struct value expr_too_long(struct row *row, const char *name)
{
    return row_fail(row, "%s: a value of more than %d bytes", name, (int)VALUE_SIZE_MAX);
}

struct value expr_limited(struct row *row, const char *name, struct value value)
{
    if (value.len > VALUE_SIZE_MAX)
        return expr_too_long(row, name);
    if (row->arena->size > EXPR_MEMORY_MAX)
        return row_fail(row, "%s: values of more than %d bytes made of one record", name, (int)EXPR_MEMORY_MAX);
    return value;
}

struct expr *expr_node(struct arena *arena, expr_evaluate *eval, struct expr *const *args, size_t count)
{
    struct expr *expr = arena_alloc(arena, sizeof *expr);
    *expr = (struct expr){.eval = eval, .kind = EXPR_CALL, .constant = true, .arg_count = count, .start = SIZE_MAX};
    if (count > 0) {
        expr->args = arena_alloc(arena, count * sizeof *expr->args);
        memcpy(expr->args, args, count * sizeof *args);
    }
    for (size_t i = 0; i < count; i++) {
        expr->constant = expr->constant && args[i]->constant;
        expr->has_aggregate = expr->has_aggregate || args[i]->has_aggregate;
        expr->has_window = expr->has_window || args[i]->has_window;
    }
    return expr;
}

struct expr *expr_literal(struct arena *arena, struct value value)
{
    struct expr *expr = expr_node(arena, expr_eval_literal, NULL, 0);
    expr->kind = EXPR_LITERAL;
    expr->literal = value;
    return expr;
}

struct expr *expr_fold(struct arena *arena, struct expr *expr)
{
    if (!expr->constant || expr->kind == EXPR_LITERAL)
        return expr;
    struct arena made = {0};
    struct row row = {.arena = &made};
    struct value value = expr->eval(expr, &row);
    struct expr *folded = row.error ? NULL : expr_literal(arena, value_keep(&value, arena));
    arena_free(&made);
    if (!folded)
        return expr; /* it fails when a record comes */
    folded->offset = expr->offset;
    folded->type = expr->type;
    folded->typed = expr->typed;
    return folded;
}

struct value expr_eval(const struct expr *expr, struct row *row)
{
    return expr->eval(expr, row);
}

bool expr_true(const struct expr *expr, struct row *row)
{
    struct value value = expr->eval(expr, row);
    if (value.type == VALUE_BOOLEAN)
        return value.boolean;
    struct value boolean = cast_boolean(&value);
    return boolean.type == VALUE_BOOLEAN && boolean.boolean;
}

bool expr_is_constant(const struct expr *expr)
{
    return expr->constant;
}

bool expr_is_path(const struct expr *expr, size_t *slot)
{
    if (expr->kind != EXPR_SLOT)
        return false;
    *slot = expr->number;
    return true;
}

static bool same_literal(const struct value *a, const struct value *b)
{
    struct buffer left = {0}, right = {0};
    pack_value(&left, a);
    pack_value(&right, b);
    bool same = a->scale == b->scale && a->precision == b->precision && left.len == right.len &&
                memcmp(left.data, right.data, left.len) == 0;
    buffer_free(&left);
    buffer_free(&right);
    return same;
}

bool expr_equal(const struct expr *a, const struct expr *b)
{
    if (a->eval != b->eval || a->kind != b->kind || a->ansi != b->ansi || a->number != b->number ||
        a->level != b->level || a->function != b->function || a->arg_count != b->arg_count)
        return false;
    if (a->type.type != b->type.type || a->type.precision != b->type.precision || a->type.scale != b->type.scale ||
        a->type.width != b->type.width)
        return false;
    for (size_t i = 0; i < a->arg_count; i++)
        if (!expr_equal(a->args[i], b->args[i]))
            return false;
    return a->kind != EXPR_LITERAL || same_literal(&a->literal, &b->literal);
}

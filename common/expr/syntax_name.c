/* Expressions as text again: the names that Spark gives to columns. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "expr/node.h"
#include "expr/syntax.h"

/* How an operator is written between its sides. */
static const struct {
    expr_evaluate *eval;
    const char *text;
} infix[] = {
    {expr_eval_add, "+"},          {expr_eval_subtract, "-"},      {expr_eval_multiply, "*"},
    {expr_eval_divide, "/"},       {expr_eval_modulo, "%"},        {expr_eval_div, "div"},
    {expr_eval_and, "AND"},        {expr_eval_or, "OR"},           {expr_eval_equal, "="},
    {expr_eval_less, "<"},         {expr_eval_less_equal, "<="},   {expr_eval_greater, ">"},
    {expr_eval_greater_equal, ">="}, {expr_eval_same, "<=>"},      {expr_eval_bit_and, "&"},
    {expr_eval_bit_or, "|"},       {expr_eval_bit_xor, "^"},       {expr_eval_shift_left, "<<"},
    {expr_eval_shift_right, ">>"}, {expr_eval_shift_unsigned, ">>>"},
};
enum { INFIX = sizeof infix / sizeof *infix };

static void write(const struct syntax_writer *writer, const struct expr *expr, struct buffer *into)
{
    syntax_write(writer, expr, into);
}

static void write_list(const struct syntax_writer *writer, struct expr *const *args, size_t count, struct buffer *into)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_text(into, ", ");
        write(writer, args[i], into);
    }
}

static void write_literal(const struct value *value, struct buffer *into)
{
    switch (value->type) {
    case VALUE_NULL:
        buffer_add_text(into, "NULL");
        return;
    case VALUE_DATE:
        buffer_add_text(into, "DATE '");
        break;
    case VALUE_TIMESTAMP:
        buffer_add_text(into, "TIMESTAMP '");
        break;
    default:
        value_write_plain(value, into);
        return;
    }
    value_write_plain(value, into);
    buffer_add_char(into, '\'');
}

static void write_type(struct cast_type type, struct buffer *into)
{
    struct arena arena = {0};
    struct value value = {
        .type = type.type, .width = type.width, .precision = type.precision, .scale = type.scale};
    const char *name = cast_type_name(&value, &arena);
    for (; *name; name++)
        buffer_add_char(into, *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name);
    arena_free(&arena);
}

/* ARRAY<INT>, MAP<STRING, INT> */
static void write_nested_type(struct cast_type type, struct buffer *into)
{
    bool map = type.inner && type.type == VALUE_STRUCT;
    if (map)
        buffer_add_text(into, "MAP");
    else
        write_type(type, into);
    if (!type.inner)
        return;
    buffer_add_char(into, '<');
    if (map) {
        write_nested_type(type.inner->key, into);
        buffer_add_text(into, ", ");
    }
    write_nested_type(type.inner->element, into);
    buffer_add_char(into, '>');
}

static void write_aggregate_call(const struct syntax_writer *writer, const struct aggregate_call *call,
                                 struct buffer *into)
{
    buffer_add_text(into, call->function);
    buffer_add_text(into, call->distinct ? "(DISTINCT " : "(");
    if (call->star)
        buffer_add_char(into, '1');
    write_list(writer, call->args, call->arg_count, into);
    buffer_add_char(into, ')');
    if (!call->filter)
        return;
    buffer_add_text(into, " FILTER (WHERE ");
    write(writer, call->filter, into);
    buffer_add_char(into, ')');
}

static void write_bound(const struct window_bound *bound, struct buffer *into)
{
    static const char *const edges[] = {"UNBOUNDED PRECEDING", " PRECEDING", "CURRENT ROW", " FOLLOWING",
                                        "UNBOUNDED FOLLOWING"};
    if (bound->edge == WINDOW_PRECEDING || bound->edge == WINDOW_FOLLOWING)
        write_literal(&bound->amount, into);
    buffer_add_text(into, edges[bound->edge]);
}

/* lag and lead are of one row, which Spark calls a frame. */
static void write_shift(const struct syntax_writer *writer, const struct window_call *call, bool back,
                        struct buffer *into)
{
    buffer_add_text(into, "ROWS BETWEEN ");
    for (size_t i = 0; i < 2; i++) {
        buffer_add_text(into, i > 0 ? " AND " : "");
        buffer_add_text(into, back ? "-" : "");
        if (call->arg_count > 1)
            write(writer, call->args[1], into);
        else
            buffer_add_char(into, '1');
        buffer_add_text(into, " FOLLOWING");
    }
}

static void write_frame(const struct syntax_writer *writer, const struct window_call *call, struct buffer *into)
{
    const struct window_spec *spec = &call->spec;
    const char *name = call->row ? call->row->callable.name : "";
    if (strcmp(name, "lag") == 0 || strcmp(name, "lead") == 0) {
        write_shift(writer, call, strcmp(name, "lag") == 0, into);
    } else if (spec->framed) {
        buffer_add_text(into, spec->rows ? "ROWS BETWEEN " : "RANGE BETWEEN ");
        write_bound(&spec->from, into);
        buffer_add_text(into, " AND ");
        write_bound(&spec->to, into);
    } else {
        bool ranks = call->row && !call->row->frame && strcmp(name, "cume_dist") != 0;
        buffer_add_text(into, ranks || spec->order.count == 0 ? "ROWS" : "RANGE");
        buffer_add_text(into, " BETWEEN UNBOUNDED PRECEDING AND ");
        buffer_add_text(into, ranks || spec->order.count > 0 ? "CURRENT ROW" : "UNBOUNDED FOLLOWING");
    }
}

/* NAME(…) OVER (PARTITION BY … ORDER BY … ROWS BETWEEN … AND …) */
static void write_window(const struct syntax_writer *writer, const struct expr *expr, struct buffer *into)
{
    const struct window_call *call = &writer->scope->windows[expr->number];
    const struct window_spec *spec = &call->spec;
    const char *name = call->row ? call->row->callable.name : "";
    if (!call->row) {
        write_aggregate_call(writer, &call->aggregate, into);
    } else {
        size_t length = strlen(name);
        bool rank = length >= 4 && strcmp(name + length - 4, "rank") == 0;
        for (; *name; name++)
            buffer_add_char(into, rank && *name != '_' ? (char)(*name - 32) : *name);
        buffer_add_char(into, '(');
        write_list(writer, call->args, call->arg_count, into);
        if (strcmp(call->row->callable.name, "lag") == 0 || strcmp(call->row->callable.name, "lead") == 0)
            buffer_add_text(into, call->arg_count == 1 ? ", 1, NULL" : call->arg_count == 2 ? ", NULL" : "");
        buffer_add_text(into, call->ignore_nulls ? ") ignore nulls" : ")");
    }
    buffer_add_text(into, " OVER (");
    if (spec->partition_count > 0) {
        buffer_add_text(into, "PARTITION BY ");
        write_list(writer, spec->partition, spec->partition_count, into);
        buffer_add_char(into, ' ');
    }
    for (size_t i = 0; i < spec->order.count; i++) {
        buffer_add_text(into, i > 0 ? ", " : "ORDER BY ");
        write(writer, spec->order.keys[i].expr, into);
        buffer_add_text(into, spec->order.keys[i].descending ? " DESC" : " ASC");
        buffer_add_text(into, spec->order.keys[i].nulls_last ? " NULLS LAST" : " NULLS FIRST");
    }
    buffer_add_text(into, spec->order.count > 0 ? " " : "");
    write_frame(writer, call, into);
    buffer_add_char(into, ')');
}

/* CASE [value] WHEN … THEN … ELSE … END; without ELSE the last one is a null that stands nowhere. */
static void write_case(const struct syntax_writer *writer, const struct expr *expr, bool of, struct buffer *into)
{
    size_t last = expr->arg_count - 1;
    buffer_add_text(into, "CASE");
    for (size_t i = of ? 1 : 0; i + 1 <= last; i += 2) {
        buffer_add_text(into, " WHEN ");
        if (of) {
            buffer_add_char(into, '(');
            write(writer, expr->args[0], into);
            buffer_add_text(into, " = ");
        }
        write(writer, expr->args[i], into);
        buffer_add_text(into, of ? ") THEN " : " THEN ");
        write(writer, expr->args[i + 1], into);
    }
    const struct expr *other = expr->args[last];
    if (other->kind != EXPR_LITERAL || other->literal.type != VALUE_NULL || other->offset != expr->offset) {
        buffer_add_text(into, " ELSE ");
        write(writer, other, into);
    }
    buffer_add_text(into, " END");
}

static bool write_infix(const struct syntax_writer *writer, const struct expr *expr, struct buffer *into)
{
    for (size_t i = 0; i < INFIX; i++) {
        if (expr->eval != infix[i].eval)
            continue;
        buffer_add_char(into, '(');
        write(writer, expr->args[0], into);
        buffer_add_format(into, " %s ", infix[i].text);
        write(writer, expr->args[1], into);
        buffer_add_char(into, ')');
        return true;
    }
    return false;
}

/* Before, between and behind one or two arguments. */
static void write_around(const struct syntax_writer *writer, const struct expr *expr, const char *before,
                         const char *between, const char *behind, struct buffer *into)
{
    buffer_add_text(into, before);
    write(writer, expr->args[0], into);
    if (between) {
        buffer_add_text(into, between);
        write(writer, expr->args[1], into);
    }
    buffer_add_text(into, behind);
}

static bool write_operator(const struct syntax_writer *writer, const struct expr *expr, struct buffer *into)
{
    expr_evaluate *eval = expr->eval;
    if (write_infix(writer, expr, into))
        return true;
    if (eval == expr_eval_not_equal)
        write_around(writer, expr, "(NOT (", " = ", "))", into);
    else if (eval == expr_eval_not && expr->args[0]->eval == expr_eval_is_null && !expr->args[0]->grouped)
        write_around(writer, expr->args[0], "(", NULL, " IS NOT NULL)", into);
    else if (eval == expr_eval_not)
        write_around(writer, expr, "(NOT ", NULL, ")", into);
    else if (eval == expr_eval_negate)
        write_around(writer, expr, "(- ", NULL, ")", into);
    else if (eval == expr_eval_bit_not)
        write_around(writer, expr, "~", NULL, "", into);
    else if (eval == expr_eval_is_null)
        write_around(writer, expr, "(", NULL, " IS NULL)", into);
    else if (eval == expr_eval_is_not_null)
        write_around(writer, expr, "(", NULL, " IS NOT NULL)", into);
    else if (eval == expr_eval_is_true)
        write_around(writer, expr, "(", NULL, " IS TRUE)", into);
    else if (eval == expr_eval_is_false)
        write_around(writer, expr, "(", NULL, " IS FALSE)", into);
    else if (eval == expr_eval_subscript)
        write_around(writer, expr, "", "[", "]", into);
    else if (eval == expr_eval_field)
        write_around(writer, expr, "", ".", "", into);
    else if (eval == expr_eval_case || eval == expr_eval_case_of)
        write_case(writer, expr, eval == expr_eval_case_of, into);
    else if (eval == expr_eval_in || eval == expr_eval_between) {
        bool in = eval == expr_eval_in;
        if (in)
            buffer_add_char(into, '(');
        buffer_add_text(into, in ? "" : "between(");
        write_list(writer, expr->args, in ? 1 : 3, into);
        if (in) {
            buffer_add_text(into, " IN (");
            write_list(writer, expr->args + 1, expr->arg_count - 1, into);
        }
        buffer_add_text(into, in ? "))" : ")");
    } else
        return false;
    return true;
}

static void write_call(const struct syntax_writer *writer, const struct expr *expr, struct buffer *into)
{
    if (strcasecmp(expr->name, "like") == 0 && expr->arg_count == 2) {
        write_around(writer, expr, "", " LIKE ", "", into);
        return;
    }
    bool upper = strcasecmp(expr->name, "rlike") == 0;
    for (const char *at = expr->name; *at; at++) {
        char c = *at >= 'A' && *at <= 'Z' ? (char)(*at + 32) : *at;
        buffer_add_char(into, upper ? (char)(c - 32) : c);
    }
    if (strcasecmp(expr->name, "if") == 0) {
        into->len -= 2;
        buffer_add_text(into, "(IF(");
    } else {
        buffer_add_char(into, '(');
    }
    write_list(writer, expr->args, expr->arg_count, into);
    buffer_add_text(into, strcasecmp(expr->name, "if") == 0 ? "))" : ")");
}

static void write_source(const struct syntax_writer *writer, const struct expr *expr, struct buffer *into)
{
    if (expr->start < expr->end)
        buffer_add(into, writer->text + expr->start, expr->end - expr->start);
}

void syntax_write(const struct syntax_writer *writer, const struct expr *expr, struct buffer *into)
{
    switch (expr->kind) {
    case EXPR_LITERAL:
        write_literal(&expr->literal, into);
        return;
    case EXPR_SLOT:
        if (writer->path)
            writer->path(writer->context, expr, into);
        else
            buffer_add_text(into, expr->path->text);
        return;
    case EXPR_AGGREGATE:
        write_aggregate_call(writer, &writer->scope->aggregates[expr->number], into);
        return;
    case EXPR_WINDOW:
        write_window(writer, expr, into);
        return;
    case EXPR_CALL:
        if (expr->eval == expr_eval_cast || expr->eval == expr_eval_try_cast) {
            buffer_add_text(into, expr->eval == expr_eval_cast ? "CAST(" : "TRY_CAST(");
            write(writer, expr->args[0], into);
            buffer_add_text(into, " AS ");
            write_nested_type(expr->type, into);
            buffer_add_char(into, ')');
        } else if (expr->function || expr->eval == expr_eval_grouping) {
            write_call(writer, expr, into);
        } else if (!write_operator(writer, expr, into)) {
            write_source(writer, expr, into);
        }
        return;
    case EXPR_SUBQUERY:
        if (expr->level == SYNTAX_SCALAR)
            buffer_add_text(into, "scalarsubquery()");
        else
            write_source(writer, expr, into);
        return;
    default:
        write_source(writer, expr, into);
    }
}

void syntax_column_name(const struct expr *expr, const struct select *scope, const char *text, struct buffer *into)
{
    const struct syntax_writer writer = {.scope = scope, .text = text};
    syntax_write(&writer, expr, into);
}

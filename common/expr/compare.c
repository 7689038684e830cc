/* Comparison: what Spark casts when the two sides' types differ, and the comparisons that can do without. */
#include <math.h>

#include "expr/node.h"
#include "value/decimal.h"

static bool is_number(const struct value *value)
{
    return value->type == VALUE_LONG || value->type == VALUE_DOUBLE || value->type == VALUE_DECIMAL;
}

static int order_of_reals(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

/* A long and a double meet as doubles, as in Spark. */
static int order_of_numbers(const struct value *a, const struct value *b)
{
    if (a->type == VALUE_LONG && b->type == VALUE_LONG)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->type == VALUE_DOUBLE || b->type == VALUE_DOUBLE)
        return order_of_reals(value_to_double(a), value_to_double(b));
    return value_compare(a, b, false);
}

/* The string or cell brought to the type of the other side. */
static struct value meet(const struct value *text, const struct value *other)
{
    switch (other->type) {
    case VALUE_BOOLEAN:
        return cast_boolean(text);
    case VALUE_LONG:
        if (text->type == VALUE_CELL)
            return cast_number(text);
        return cast_value(text, (struct cast_type){.type = VALUE_LONG, .width = other->width}, NULL, NULL);
    case VALUE_DOUBLE:
    case VALUE_DECIMAL: /* no decimal type fits any string: Spark compares as doubles */
        return text->type == VALUE_CELL ? cast_number(text) : cast_double(text);
    case VALUE_DATE:
        return cast_date(text);
    case VALUE_TIMESTAMP:
        return cast_timestamp(text);
    default:
        return value_null();
    }
}

static bool is_text(const struct value *value)
{
    return value->type == VALUE_STRING || value->type == VALUE_CELL;
}

static bool compare_texts(const struct value *a, const struct value *b, int *order)
{
    struct value x, y;
    if (a->type == VALUE_CELL && b->type == VALUE_CELL && value_to_number(a, &x) && value_to_number(b, &y))
        *order = order_of_numbers(&x, &y);
    else {
        size_t len = a->len < b->len ? a->len : b->len;
        int bytes = len > 0 ? memcmp(a->text, b->text, len) : 0;
        *order = bytes != 0 ? bytes : (a->len > b->len) - (a->len < b->len);
    }
    return true;
}

bool expr_compare(const struct value *a, const struct value *b, int *order)
{
    if (is_number(a) && is_number(b)) {
        *order = order_of_numbers(a, b);
        return true;
    }
    if (is_text(a) && is_text(b))
        return compare_texts(a, b, order);
    if (is_text(a) || is_text(b)) {
        struct value met = is_text(a) ? meet(a, b) : meet(b, a);
        return met.type != VALUE_NULL && (is_text(a) ? expr_compare(&met, b, order) : expr_compare(a, &met, order));
    }
    if (a->type == VALUE_BOOLEAN && is_number(b)) {
        struct value number = value_long(a->boolean);
        return expr_compare(&number, b, order);
    }
    if (b->type == VALUE_BOOLEAN && is_number(a)) {
        struct value number = value_long(b->boolean);
        return expr_compare(a, &number, order);
    }
    bool times =
        (a->type == VALUE_DATE || a->type == VALUE_TIMESTAMP) && (b->type == VALUE_DATE || b->type == VALUE_TIMESTAMP);
    if (a->type != b->type && !times)
        return false;
    *order = value_compare(a, b, false);
    return true;
}

/* Both sides evaluated and compared; false when the result is null. */
static bool compare_sides(const struct expr *expr, struct row *row, int *order)
{
    struct value left = expr->args[0]->eval(expr->args[0], row);
    if (left.type == VALUE_NULL)
        return false;
    struct value right = expr->args[1]->eval(expr->args[1], row);
    return right.type != VALUE_NULL && expr_compare(&left, &right, order);
}

struct value expr_eval_equal(const struct expr *expr, struct row *row)
{
    int order;
    return compare_sides(expr, row, &order) ? value_boolean(order == 0) : value_null();
}

struct value expr_eval_not_equal(const struct expr *expr, struct row *row)
{
    int order;
    return compare_sides(expr, row, &order) ? value_boolean(order != 0) : value_null();
}

struct value expr_eval_less(const struct expr *expr, struct row *row)
{
    int order;
    return compare_sides(expr, row, &order) ? value_boolean(order < 0) : value_null();
}

struct value expr_eval_less_equal(const struct expr *expr, struct row *row)
{
    int order;
    return compare_sides(expr, row, &order) ? value_boolean(order <= 0) : value_null();
}

struct value expr_eval_greater(const struct expr *expr, struct row *row)
{
    int order;
    return compare_sides(expr, row, &order) ? value_boolean(order > 0) : value_null();
}

struct value expr_eval_greater_equal(const struct expr *expr, struct row *row)
{
    int order;
    return compare_sides(expr, row, &order) ? value_boolean(order >= 0) : value_null();
}

/* <=>: null equals null. A side whose cast to the other's type fails is null there. */
struct value expr_eval_same(const struct expr *expr, struct row *row)
{
    struct value left = expr->args[0]->eval(expr->args[0], row), right = expr->args[1]->eval(expr->args[1], row);
    int order;
    if (left.type == VALUE_NULL || right.type == VALUE_NULL)
        return value_boolean(left.type == right.type);
    return value_boolean(expr_compare(&left, &right, &order) && order == 0);
}

struct value expr_eval_between(const struct expr *expr, struct row *row)
{
    struct value value = expr->args[0]->eval(expr->args[0], row);
    struct value low = expr->args[1]->eval(expr->args[1], row), high = expr->args[2]->eval(expr->args[2], row);
    int below = 0, above = 0;
    bool value_there = value.type != VALUE_NULL;
    bool low_there = value_there && low.type != VALUE_NULL && expr_compare(&value, &low, &below);
    bool high_there = value_there && high.type != VALUE_NULL && expr_compare(&value, &high, &above);
    if ((low_there && below < 0) || (high_there && above > 0))
        return value_boolean(false);
    return low_there && high_there ? value_boolean(true) : value_null();
}

static bool is_number_or_time(const struct value *value)
{
    return is_number(value) || value->type == VALUE_DATE || value->type == VALUE_TIMESTAMP;
}

/* In a list of strings and numbers or times all are compared as strings. */
static bool in_equal(const struct value *value, const struct value *item, struct arena *arena, bool *equal)
{
    int order;
    if ((value->type == VALUE_STRING && is_number_or_time(item)) ||
        (is_number_or_time(value) && item->type == VALUE_STRING)) {
        struct value a = cast_string(value, arena), b = cast_string(item, arena);
        compare_texts(&a, &b, &order);
    } else if (!expr_compare(value, item, &order)) {
        return false;
    }
    *equal = order == 0;
    return true;
}

struct value expr_eval_in(const struct expr *expr, struct row *row)
{
    struct value value = expr->args[0]->eval(expr->args[0], row);
    if (value.type == VALUE_NULL)
        return value;
    bool any_null = false;
    for (size_t i = 1; i < expr->arg_count; i++) {
        struct value item = expr->args[i]->eval(expr->args[i], row);
        bool equal = false;
        if (item.type == VALUE_NULL || !in_equal(&value, &item, row->arena, &equal))
            any_null = true;
        else if (equal)
            return value_boolean(true);
    }
    return any_null ? value_null() : value_boolean(false);
}

/* A column against a string literal: no decoding where the text has no escape. */
static bool slot_equals(const struct expr *expr, struct row *row, bool *equal)
{
    const struct span *span = &row->slots[expr->args[0]->number];
    const struct value *literal = &expr->args[1]->literal;
    if (span->escaped || (span->type != SPAN_STRING && span->type != SPAN_CELL))
        return false;
    size_t quotes = span->type == SPAN_STRING;
    *equal = span->len - 2 * quotes == literal->len && memcmp(span->text + quotes, literal->text, literal->len) == 0;
    return true;
}

static struct value eval_slot_equal(const struct expr *expr, struct row *row)
{
    bool equal;
    return slot_equals(expr, row, &equal) ? value_boolean(equal) : expr_eval_equal(expr, row);
}

static struct value eval_slot_not_equal(const struct expr *expr, struct row *row)
{
    bool equal;
    return slot_equals(expr, row, &equal) ? value_boolean(!equal) : expr_eval_not_equal(expr, row);
}

void expr_compare_specialize(struct expr *expr)
{
    if (expr->arg_count != 2 || (expr->eval != expr_eval_equal && expr->eval != expr_eval_not_equal))
        return;
    if (expr->args[0]->kind == EXPR_LITERAL && expr->args[1]->kind == EXPR_SLOT) {
        struct expr *literal = expr->args[0]; /* equality does not mind the order */
        expr->args[0] = expr->args[1];
        expr->args[1] = literal;
    }
    if (expr->args[0]->kind == EXPR_SLOT && expr->args[1]->kind == EXPR_LITERAL &&
        expr->args[1]->literal.type == VALUE_STRING)
        expr->eval = expr->eval == expr_eval_equal ? eval_slot_equal : eval_slot_not_equal;
}

static bool bound_kind(expr_evaluate *eval, enum expr_bound_kind *kind)
{
    if (eval == expr_eval_equal || eval == eval_slot_equal)
        *kind = EXPR_BOUND_EQUAL;
    else if (eval == expr_eval_less)
        *kind = EXPR_BOUND_LESS;
    else if (eval == expr_eval_less_equal)
        *kind = EXPR_BOUND_LESS_EQUAL;
    else if (eval == expr_eval_greater)
        *kind = EXPR_BOUND_GREATER;
    else if (eval == expr_eval_greater_equal)
        *kind = EXPR_BOUND_GREATER_EQUAL;
    else
        return false;
    return true;
}

/* The other way round: 5 < a is a > 5. */
static enum expr_bound_kind turned(enum expr_bound_kind kind)
{
    static const enum expr_bound_kind other[] = {
        [EXPR_BOUND_EQUAL] = EXPR_BOUND_EQUAL,
        [EXPR_BOUND_LESS] = EXPR_BOUND_GREATER,
        [EXPR_BOUND_LESS_EQUAL] = EXPR_BOUND_GREATER_EQUAL,
        [EXPR_BOUND_GREATER] = EXPR_BOUND_LESS,
        [EXPR_BOUND_GREATER_EQUAL] = EXPR_BOUND_LESS_EQUAL,
    };
    return other[kind];
}

/* What is bounded: a path, or, with a select, one of its window calls, perhaps by the name of its item. */
static bool is_bounded(const struct expr *expr, const struct select *windows, size_t *number)
{
    if (windows && expr->kind == EXPR_ITEM && windows->items[expr->number].kind == ITEM_EXPR)
        expr = windows->items[expr->number].expr;
    *number = expr->number;
    return expr->kind == (windows ? EXPR_WINDOW : EXPR_SLOT);
}

static size_t bound(const struct expr *expr, const struct select *windows, enum expr_bound_kind kind,
                    const struct expr *constant, struct expr_bound *bounds, size_t cap)
{
    size_t number;
    if (cap == 0 || !is_bounded(expr, windows, &number) || (constant && constant->kind != EXPR_LITERAL))
        return 0;
    bounds[0] = (struct expr_bound){.slot = number, .kind = kind};
    if (constant)
        bounds[0].constant = constant->literal;
    return 1;
}

static size_t bounds_of(const struct expr *expr, const struct select *windows, struct expr_bound *bounds, size_t cap)
{
    enum expr_bound_kind kind;
    size_t number;
    struct expr **args = expr->args;
    if (expr->eval == expr_eval_and) {
        size_t count = bounds_of(args[0], windows, bounds, cap);
        return count + bounds_of(args[1], windows, bounds + count, cap - count);
    }
    if (expr->eval == expr_eval_is_null)
        return bound(args[0], windows, EXPR_BOUND_NULL, NULL, bounds, cap);
    if (expr->eval == expr_eval_not && args[0]->eval == expr_eval_is_null)
        return bound(args[0]->args[0], windows, EXPR_BOUND_NOT_NULL, NULL, bounds, cap);
    if (expr->eval == expr_eval_between) {
        size_t count = bound(args[0], windows, EXPR_BOUND_GREATER_EQUAL, args[1], bounds, cap);
        return count + bound(args[0], windows, EXPR_BOUND_LESS_EQUAL, args[2], bounds + count, cap - count);
    }
    if (!bound_kind(expr->eval, &kind))
        return 0;
    return is_bounded(args[0], windows, &number) ? bound(args[0], windows, kind, args[1], bounds, cap)
                                                 : bound(args[1], windows, turned(kind), args[0], bounds, cap);
}

size_t expr_bounds(const struct expr *expr, struct expr_bound *bounds, size_t cap)
{
    return bounds_of(expr, NULL, bounds, cap);
}

size_t expr_window_bounds(const struct expr *expr, const struct select *select, struct expr_bound *bounds, size_t cap)
{
    return bounds_of(expr, select, bounds, cap);
}

bool expr_is_harmless(const struct expr *expr)
{
    static expr_evaluate *const safe[] = {
        expr_eval_and, expr_eval_or, expr_eval_not, expr_eval_is_null, expr_eval_is_not_null, expr_eval_equal,
        expr_eval_not_equal, expr_eval_less, expr_eval_less_equal, expr_eval_greater, expr_eval_greater_equal,
        expr_eval_same, expr_eval_in, expr_eval_between};
    bool is_safe = expr->kind == EXPR_LITERAL || expr->kind == EXPR_SLOT || expr->kind == EXPR_ITEM ||
                   expr->kind == EXPR_WINDOW;
    for (size_t i = 0; i < sizeof safe / sizeof *safe && !is_safe; i++)
        is_safe = expr->eval == safe[i];
    for (size_t i = 0; i < expr->arg_count && is_safe; i++)
        is_safe = expr_is_harmless(expr->args[i]);
    return is_safe;
}

/* Whether it is of nothing but slots that are known. */
static bool is_known(const struct expr *expr, const bool *known)
{
    bool all = expr->kind == EXPR_SLOT ? known[expr->number] : expr->kind != EXPR_ITEM && expr->kind != EXPR_WINDOW;
    for (size_t i = 0; i < expr->arg_count && all; i++)
        all = is_known(expr->args[i], known);
    return all;
}

bool expr_refuted(const struct expr *where, const bool *known, struct row *row)
{
    if (where->eval == expr_eval_and)
        return expr_refuted(where->args[0], known, row) || expr_refuted(where->args[1], known, row);
    if (!expr_is_harmless(where) || !is_known(where, known))
        return false;
    bool is_true = expr_true(where, row), failed = row->error != NULL;
    row->error = NULL;
    return !is_true && !failed;
}

/* Arithmetic: + - * / % div, bits; dates and intervals. */
#include <math.h>

#include "expr/node.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/interval.h"

enum arithmetic { ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, DIV };

static const char *const symbols[] = {"+", "-", "*", "/", "%", "div"};

/* The digits Spark gives an integer's decimal type: a literal has its own, a column those of its type. */
static struct decimal decimal_of(const struct value *value)
{
    if (value->type == VALUE_DECIMAL)
        return (struct decimal){.unscaled = value->unscaled, .precision = value->precision, .scale = value->scale};
    static const unsigned char digits[] = {20, 3, 5, 0, 10};
    return (struct decimal){.unscaled = value->integer,
                            .precision = value->precision ? value->precision : digits[value->width]};
}

static struct value overflow(struct row *row, enum arithmetic op, const struct value *a, const struct value *b)
{
    return row_fail(row, "%s %s %s is beyond a 64-bit integer", row_show(row, a), symbols[op], row_show(row, b));
}

/* Non-ANSI: null. */
static struct value by_zero(const struct expr *expr, struct row *row, enum arithmetic op, const struct value *a)
{
    if (expr->ansi)
        return row_fail(row, "division by zero: %s %s 0", row_show(row, a), symbols[op]);
    return value_null();
}

static struct value on_longs(const struct expr *expr, struct row *row, enum arithmetic op, const struct value *a,
                             const struct value *b)
{
    int64_t x = a->integer, y = b->integer;
    struct value result = {.type = VALUE_LONG,
                           .width = a->width && b->width ? (a->width > b->width ? a->width : b->width) : 0};
    bool beyond = false;
    switch (op) {
    case ADD:
        beyond = __builtin_add_overflow(x, y, &result.integer);
        break;
    case SUBTRACT:
        beyond = __builtin_sub_overflow(x, y, &result.integer);
        break;
    case MULTIPLY:
        beyond = __builtin_mul_overflow(x, y, &result.integer);
        break;
    case DIVIDE:
        return y == 0 ? by_zero(expr, row, op, a) : value_double((double)x / (double)y);
    case MODULO:
        if (y == 0)
            return by_zero(expr, row, op, a);
        result.integer = y == -1 ? 0 : x % y;
        break;
    case DIV:
        if (y == 0)
            return by_zero(expr, row, op, a);
        beyond = x == INT64_MIN && y == -1;
        result = value_long(beyond ? 0 : x / y);
        break;
    }
    return beyond ? overflow(row, op, a, b) : result;
}

static struct value on_doubles(const struct expr *expr, struct row *row, enum arithmetic op, const struct value *a,
                               const struct value *b)
{
    double x = value_to_double(a), y = value_to_double(b), result = 0;
    if (op >= DIVIDE && y == 0)
        return by_zero(expr, row, op, a);
    switch (op) {
    case ADD:
        result = x + y;
        break;
    case SUBTRACT:
        result = x - y;
        break;
    case MULTIPLY:
        result = x * y;
        break;
    case DIVIDE:
        result = x / y;
        break;
    case MODULO:
        result = fmod(x, y);
        break;
    case DIV: {
        struct value quotient = value_double(x / y);
        return cast_long(&quotient);
    }
    }
    struct value value = value_double(result);
    bool narrow = (a->type != VALUE_DOUBLE || a->width == 4) && (b->type != VALUE_DOUBLE || b->width == 4) &&
                  op != DIVIDE && a->type != VALUE_DECIMAL && b->type != VALUE_DECIMAL;
    if (narrow) {
        value.real = (double)(float)result;
        value.width = 4;
    }
    return value;
}

static struct value on_decimals(const struct expr *expr, struct row *row, enum arithmetic op, const struct value *a,
                                const struct value *b)
{
    struct decimal x = decimal_of(a), y = decimal_of(b), result = {0};
    bool good = false;
    if (op >= DIVIDE && y.unscaled == 0)
        return by_zero(expr, row, op, a);
    switch (op) {
    case ADD:
        good = decimal_add(x, y, &result);
        break;
    case SUBTRACT:
        good = decimal_subtract(x, y, &result);
        break;
    case MULTIPLY:
        good = decimal_multiply(x, y, &result);
        break;
    case DIVIDE:
        good = decimal_divide(x, y, &result);
        break;
    case MODULO:
        good = decimal_modulo(x, y, &result);
        break;
    case DIV: {
        struct decimal rest, whole;
        good = decimal_modulo(x, y, &rest) && decimal_subtract(x, rest, &whole) && decimal_divide(whole, y, &result) &&
               decimal_rescale(result, 38, 0, ROUND_HALF_UP, &result);
        struct value quotient = {.type = VALUE_DECIMAL, .unscaled = result.unscaled, .precision = 38};
        return good ? cast_value(&quotient, (struct cast_type){.type = VALUE_LONG}, row->arena, NULL) : value_null();
    }
    }
    if (!good && expr->ansi)
        return row_fail(row, "%s %s %s needs more than 38 digits", row_show(row, a), symbols[op], row_show(row, b));
    return good ? (struct value){.type = VALUE_DECIMAL, .unscaled = result.unscaled, .precision = result.precision,
                                 .scale = result.scale}
                : value_null();
}

static bool is_time(const struct value *value)
{
    return value->type == VALUE_DATE || value->type == VALUE_TIMESTAMP;
}

static struct value interval(int64_t microseconds, unsigned char first, unsigned char last)
{
    struct value value = {.type = VALUE_INTERVAL, .scale = first, .precision = last};
    value.interval.microseconds = microseconds;
    return value;
}

/* Dates, timestamps and intervals. */
static struct value on_times(struct row *row, enum arithmetic op, const struct value *a, const struct value *b)
{
    if (a->type == VALUE_INTERVAL && is_time(b) && op == ADD)
        return interval_shift(b, a, 1);
    if (is_time(a) && b->type == VALUE_INTERVAL && (op == ADD || op == SUBTRACT))
        return interval_shift(a, b, op == ADD ? 1 : -1);
    if (a->type == VALUE_INTERVAL && b->type == VALUE_INTERVAL && (op == ADD || op == SUBTRACT))
        return interval_sum(a, b, op == ADD ? 1 : -1);
    if (a->type == VALUE_INTERVAL && b->type == VALUE_INTERVAL && op == DIV)
        return interval_amount(b) == 0 ? value_null() : interval_quotient(a, b);
    if (op == SUBTRACT && is_time(a) && (is_time(b) || b->type == VALUE_STRING || b->type == VALUE_CELL)) {
        if (a->type == VALUE_DATE && (b->type == VALUE_DATE || !is_time(b))) {
            struct value other = cast_date(b);
            int64_t micros;
            if (other.type == VALUE_NULL || __builtin_mul_overflow(a->integer - other.integer, MICROS_PER_DAY, &micros))
                return value_null();
            return interval(micros, INTERVAL_DAY, INTERVAL_DAY);
        }
        struct value x = cast_timestamp(a), y = cast_timestamp(b);
        int64_t micros;
        if (y.type == VALUE_NULL || __builtin_sub_overflow(x.integer, y.integer, &micros))
            return value_null();
        struct civil from, to; /* what lies between is told by the local clock */
        datetime_local(y.integer, &from);
        datetime_local(x.integer, &to);
        if (__builtin_add_overflow(micros, (to.offset - from.offset) * MICROS_PER_SECOND, &micros))
            return value_null();
        return interval(micros, INTERVAL_DAY, INTERVAL_SECOND);
    }
    if (op == SUBTRACT && is_time(b) && (a->type == VALUE_STRING || a->type == VALUE_CELL)) {
        struct value left = b->type == VALUE_DATE ? cast_date(a) : cast_timestamp(a);
        return left.type == VALUE_NULL ? left : on_times(row, op, &left, b);
    }
    if (b->type == VALUE_INTERVAL && (op == ADD || op == SUBTRACT)) { /* a string or cell as a timestamp */
        struct value time = cast_timestamp(a);
        return time.type == VALUE_NULL ? time : interval_shift(&time, b, op == ADD ? 1 : -1);
    }
    struct value x = cast_number(a), y = cast_number(b);
    if (a->type == VALUE_DATE && y.type == VALUE_LONG && (op == ADD || op == SUBTRACT))
        return interval_days(a->integer, y.integer, op == ADD ? 1 : -1);
    if (b->type == VALUE_DATE && x.type == VALUE_LONG && op == ADD)
        return interval_days(b->integer, x.integer, 1);
    if (a->type == VALUE_INTERVAL && y.type != VALUE_NULL &&
        (op == MULTIPLY || (op == DIVIDE && value_to_double(&y) != 0)))
        return interval_scaled(a, &y, op == DIVIDE);
    if (b->type == VALUE_INTERVAL && x.type != VALUE_NULL && op == MULTIPLY)
        return interval_scaled(b, &x, false);
    return value_null();
}

static struct value operate(const struct expr *expr, struct row *row, enum arithmetic op, const struct value *a,
                            const struct value *b)
{
    if (a->type == VALUE_LONG && b->type == VALUE_LONG)
        return on_longs(expr, row, op, a, b);
    if (a->type == VALUE_NULL || b->type == VALUE_NULL)
        return value_null();
    if (is_time(a) || is_time(b) || a->type == VALUE_INTERVAL || b->type == VALUE_INTERVAL)
        return on_times(row, op, a, b);
    struct value x = cast_number(a), y = cast_number(b);
    if (x.type == VALUE_NULL || y.type == VALUE_NULL) {
        if (expr->ansi)
            return row_fail(row, "%s is no number", row_show(row, x.type == VALUE_NULL ? a : b));
        return value_null();
    }
    if (x.type == VALUE_LONG && y.type == VALUE_LONG)
        return on_longs(expr, row, op, &x, &y);
    if (x.type == VALUE_DOUBLE || y.type == VALUE_DOUBLE)
        return on_doubles(expr, row, op, &x, &y);
    return on_decimals(expr, row, op, &x, &y);
}

static struct value calculate(const struct expr *expr, struct row *row, enum arithmetic op)
{
    struct value a = expr->args[0]->eval(expr->args[0], row), b = expr->args[1]->eval(expr->args[1], row);
    return operate(expr, row, op, &a, &b);
}

struct value expr_arithmetic(struct call *call, char symbol, const struct value *a, const struct value *b)
{
    struct expr expr = {.ansi = call->ansi};
    static const char letters[] = "+-*/%";
    return operate(&expr, call->row, (enum arithmetic)(strchr(letters, symbol) - letters), a, b);
}

struct value expr_eval_add(const struct expr *expr, struct row *row)
{
    return calculate(expr, row, ADD);
}

struct value expr_eval_subtract(const struct expr *expr, struct row *row)
{
    return calculate(expr, row, SUBTRACT);
}

struct value expr_eval_multiply(const struct expr *expr, struct row *row)
{
    return calculate(expr, row, MULTIPLY);
}

struct value expr_eval_divide(const struct expr *expr, struct row *row)
{
    return calculate(expr, row, DIVIDE);
}

struct value expr_eval_modulo(const struct expr *expr, struct row *row)
{
    return calculate(expr, row, MODULO);
}

struct value expr_eval_div(const struct expr *expr, struct row *row)
{
    return calculate(expr, row, DIV);
}

struct value expr_eval_negate(const struct expr *expr, struct row *row)
{
    struct value value = expr->args[0]->eval(expr->args[0], row);
    if (value.type == VALUE_INTERVAL) {
        struct value zero = {.type = VALUE_INTERVAL, .scale = value.scale, .precision = value.precision};
        return interval_sum(&zero, &value, -1);
    }
    struct value number = cast_number(&value);
    number.as_written = false;
    switch (number.type) {
    case VALUE_LONG:
        if (number.integer == INT64_MIN)
            return row_fail(row, "- %s is beyond a 64-bit integer", row_show(row, &number));
        number.integer = -number.integer;
        return number;
    case VALUE_DOUBLE:
        number.real = -number.real;
        return number;
    case VALUE_DECIMAL:
        number.unscaled = -number.unscaled;
        return number;
    default:
        return value_null();
    }
}

/* Bits: both sides as integers; false when the result is null. */
static bool bits(const struct expr *expr, struct row *row, struct value *a, struct value *b)
{
    *a = expr->args[0]->eval(expr->args[0], row);
    *b = expr->args[1]->eval(expr->args[1], row);
    *a = cast_long(a);
    *b = cast_long(b);
    return a->type == VALUE_LONG && b->type == VALUE_LONG;
}

static struct value bits_value(const struct value *a, const struct value *b, int64_t result)
{
    struct value value = value_long(result);
    value.width = a->width && b->width ? 4 : 0;
    return value;
}

struct value expr_eval_bit_and(const struct expr *expr, struct row *row)
{
    struct value a, b;
    return bits(expr, row, &a, &b) ? bits_value(&a, &b, a.integer & b.integer) : value_null();
}

struct value expr_eval_bit_or(const struct expr *expr, struct row *row)
{
    struct value a, b;
    return bits(expr, row, &a, &b) ? bits_value(&a, &b, a.integer | b.integer) : value_null();
}

struct value expr_eval_bit_xor(const struct expr *expr, struct row *row)
{
    struct value a, b;
    return bits(expr, row, &a, &b) ? bits_value(&a, &b, a.integer ^ b.integer) : value_null();
}

struct value expr_eval_bit_not(const struct expr *expr, struct row *row)
{
    struct value value = expr->args[0]->eval(expr->args[0], row);
    value = cast_long(&value);
    if (value.type == VALUE_LONG) {
        value.integer = ~value.integer;
        value.as_written = false;
        value.precision = 0;
    }
    return value;
}

/* The count is taken modulo the type's bits, as in Java. */
static unsigned shift_count(const struct value *a, const struct value *b)
{
    return (unsigned)((uint64_t)b->integer & (a->width ? 31 : 63));
}

struct value expr_eval_shift_left(const struct expr *expr, struct row *row)
{
    struct value a, b;
    if (!bits(expr, row, &a, &b))
        return value_null();
    uint64_t shifted = (uint64_t)a.integer << shift_count(&a, &b);
    return a.width ? value_int((int32_t)(uint32_t)shifted) : value_long((int64_t)shifted);
}

struct value expr_eval_shift_right(const struct expr *expr, struct row *row)
{
    struct value a, b;
    if (!bits(expr, row, &a, &b))
        return value_null();
    int64_t shifted = a.integer >> shift_count(&a, &b);
    return a.width ? value_int(shifted) : value_long(shifted);
}

struct value expr_eval_shift_unsigned(const struct expr *expr, struct row *row)
{
    struct value a, b;
    if (!bits(expr, row, &a, &b))
        return value_null();
    if (a.width)
        return value_int((int32_t)((uint32_t)(uint64_t)a.integer >> shift_count(&a, &b)));
    return value_long((int64_t)((uint64_t)a.integer >> shift_count(&a, &b)));
}

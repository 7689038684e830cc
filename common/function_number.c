/* Functions of numbers. */
#include <math.h>

#include "decimal.h"
#include "expr_node.h"
#include "function.h"

static struct value of_decimal(struct decimal decimal)
{
    return (struct value){.type = VALUE_DECIMAL, .unscaled = decimal.unscaled, .precision = decimal.precision, .scale = decimal.scale};
}

static struct decimal decimal_of(const struct value *value)
{
    return (struct decimal){.unscaled = value->unscaled, .precision = value->precision, .scale = value->scale};
}

/* The type of round(decimal(p,s), digits). */
static struct value rounded_decimal(struct decimal from, int digits, enum decimal_rounding rounding)
{
    struct decimal to;
    int whole = from.precision - from.scale + 1, scale = digits < 0 ? 0 : digits < from.scale ? digits : from.scale;
    int precision = digits < 0 && whole < -digits + 1 ? -digits + 1 : whole + scale;
    if (precision > DECIMAL_DIGITS_MAX)
        precision = DECIMAL_DIGITS_MAX;
    if (digits < 0 && !decimal_round_at(from, digits, rounding, &from))
        return value_null();
    if (!decimal_rescale(from, (unsigned)precision, (unsigned)scale, rounding, &to))
        return value_null();
    return of_decimal(to);
}

/* By way of the shortest decimal text, as Spark (BigDecimal of the double's toString). */
static struct value rounded_double(const struct value *value, int digits, enum decimal_rounding rounding)
{
    struct value result = value_double(value->real);
    result.width = value->width;
    double size = fabs(value->real);
    if (isnan(value->real) || isinf(value->real) || digits > 350)
        return result;
    if (digits <= 15 && digits >= 0 && size >= 1e17)
        return result; /* no digits behind the point */
    char text[REAL_TEXT_MAX];
    struct decimal decimal;
    bool too_long = false;
    if (!decimal_parse(text, value_real_text(value->real, value->width == 4, text), &decimal, &too_long)) {
        if (size < 1 && digits < DECIMAL_DIGITS_MAX - 1)
            result.real = 0;
        return result;
    }
    if (digits >= decimal.scale)
        return result;
    if (!decimal_round_at(decimal, digits, rounding, &decimal))
        return result;
    result.real = decimal_to_double(decimal);
    if (value->width == 4)
        result.real = (double)(float)result.real;
    return result;
}

static struct value rounded_long(struct call *call, const struct value *value, int digits, enum decimal_rounding rounding)
{
    struct value result = value_long(value->integer);
    result.width = value->width;
    if (digits >= 0)
        return result;
    struct decimal decimal = {.unscaled = value->integer, .precision = 38};
    decimal_round_at(decimal, digits, rounding, &decimal);
    if (decimal.unscaled > INT64_MAX || decimal.unscaled < INT64_MIN)
        return row_fail(call->row, "%s rounded is beyond a 64-bit integer", row_show(call->row, value));
    result.integer = (int64_t)decimal.unscaled;
    return result;
}

static struct value rounded(struct call *call, const struct value *args, size_t count, enum decimal_rounding rounding)
{
    int64_t wanted = count > 1 ? args[1].integer : 0;
    int digits = (int)(wanted > 400 ? 400 : wanted < -400 ? -400 : wanted);
    if (args[0].type == VALUE_LONG)
        return rounded_long(call, &args[0], digits, rounding);
    if (args[0].type == VALUE_DOUBLE)
        return rounded_double(&args[0], digits, rounding);
    return rounded_decimal(decimal_of(&args[0]), digits, rounding);
}

static struct value fn_round(struct call *call, const struct value *args, size_t count)
{
    return rounded(call, args, count, ROUND_HALF_UP);
}

static struct value bround(struct call *call, const struct value *args, size_t count)
{
    return rounded(call, args, count, ROUND_HALF_EVEN);
}

/* floor and ceil: of a double a bigint, of a decimal a decimal. */
static struct value to_whole(struct call *call, const struct value *args, size_t count, enum decimal_rounding rounding)
{
    if (count > 1)
        return rounded(call, args, count, rounding);
    if (args[0].type == VALUE_DOUBLE) {
        struct value whole = value_double(rounding == ROUND_FLOOR ? floor(args[0].real) : ceil(args[0].real));
        return cast_long(&whole);
    }
    if (args[0].type == VALUE_LONG)
        return value_long(args[0].integer);
    return rounded_decimal(decimal_of(&args[0]), 0, rounding);
}

static struct value fn_floor(struct call *call, const struct value *args, size_t count)
{
    return to_whole(call, args, count, ROUND_FLOOR);
}

static struct value ceiling(struct call *call, const struct value *args, size_t count)
{
    return to_whole(call, args, count, ROUND_CEILING);
}

static struct value fn_abs(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value value = args[0];
    value.as_written = false;
    if (value.type == VALUE_DOUBLE)
        value.real = fabs(value.real);
    else if (value.type == VALUE_DECIMAL)
        value.unscaled = value.unscaled < 0 ? -value.unscaled : value.unscaled;
    else if (value.integer == INT64_MIN)
        return row_fail(call->row, "abs(%s) is beyond a 64-bit integer", row_show(call->row, &args[0]));
    else
        value.integer = value.integer < 0 ? -value.integer : value.integer;
    return value;
}

const struct function functions_number[] = {
    {"round", "n|i", .run = fn_round},
    {"bround", "n|i", .run = bround},
    {"floor", "n|i", .run = fn_floor},
    {"ceil", "n|i", .run = ceiling},
    {"ceiling", "n|i", .run = ceiling},
    {"abs", "n", .run = fn_abs},
    {0},
};

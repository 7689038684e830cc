/* Functions of numbers. */
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "value/decimal.h"
#include "value/interval.h"

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
    return cast_of_decimal(to);
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
    if (digits >= decimal.scale) {
        result.real += 0.0; /* no negative zero comes out of a BigDecimal */
        return result;
    }
    if (!decimal_round_at(decimal, digits, rounding, &decimal))
        return result;
    result.real = decimal_to_double(decimal);
    if (value->width == 4)
        result.real = (double)(float)result.real;
    return result;
}

static struct value rounded_long(struct call *call, const struct value *value, int digits,
                                 enum decimal_rounding rounding)
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
    return rounded_decimal(cast_to_decimal(&args[0]), digits, rounding);
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
    if (count > 1 && args[0].type == VALUE_DOUBLE) { /* a decimal then, as in Spark */
        struct cast_type exact = {.type = VALUE_DECIMAL, .precision = 30, .scale = 15};
        struct value both[] = {cast_value(&args[0], exact, call->arena, NULL), args[1]};
        return both[0].type == VALUE_NULL ? both[0] : rounded(call, both, count, rounding);
    }
    if (count > 1)
        return rounded(call, args, count, rounding);
    if (args[0].type == VALUE_DOUBLE) {
        struct value whole = value_double(rounding == ROUND_FLOOR ? floor(args[0].real) : ceil(args[0].real));
        return cast_long(&whole);
    }
    if (args[0].type == VALUE_LONG)
        return value_long(args[0].integer);
    return rounded_decimal(cast_to_decimal(&args[0]), 0, rounding);
}

static struct value fn_floor(struct call *call, const struct value *args, size_t count)
{
    return to_whole(call, args, count, ROUND_FLOOR);
}

static struct value ceiling(struct call *call, const struct value *args, size_t count)
{
    return to_whole(call, args, count, ROUND_CEILING);
}

static struct value minus(struct call *call, const struct value *interval)
{
    const struct value nothing = {.type = VALUE_INTERVAL, .scale = interval->scale, .precision = interval->precision};
    struct value negated = interval_sum(&nothing, interval, -1);
    return negated.type == VALUE_NULL ? row_fail(call->row, "- %s is beyond 64 bits", row_show(call->row, interval))
                                      : negated;
}

static struct value fn_abs(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value value = args[0];
    value.as_written = false;
    if (value.type == VALUE_INTERVAL)
        return interval_amount(&value) < 0 ? minus(call, &value) : value;
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

/* Functions of one double, each a line. */
static struct value fn_sqrt(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(sqrt(args->real));
}

static struct value fn_cbrt(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double((double)cbrtl((long double)args->real)); /* correctly rounded: 3.0 of 27 */
}

static struct value fn_exp(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(exp(args->real));
}

static struct value fn_expm1(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(expm1(args->real));
}

static struct value fn_rint(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(rint(args->real));
}

static struct value pi(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)args, (void)count;
    return value_double(M_PI);
}

static struct value euler(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)args, (void)count;
    return value_double(M_E);
}

static struct value power(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    double base = args[0].real, exponent = args[1].real;
    if (isnan(exponent) || (fabs(base) == 1 && isinf(exponent))) /* where C says 1, Java says NaN */
        return value_double(NAN);
    return value_double(pow(base, exponent));
}

typedef double real_function(double);

/* Logarithms of what has none are null. */
static struct value logarithm(double real, double least, real_function *function)
{
    return real <= least ? value_null() : value_double(function(real));
}

static struct value ln(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return logarithm(args->real, 0, log);
}

static struct value fn_log10(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return logarithm(args->real, 0, log10);
}

static double log_base_2(double real)
{
    return log(real) / log(2); /* as Spark computes it */
}

static struct value fn_log2(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return logarithm(args->real, 0, log_base_2);
}

static struct value fn_log1p(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return logarithm(args->real, -1, log1p);
}

/* log(x), log(base, x) */
static struct value fn_log(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    if (count == 1)
        return logarithm(args->real, 0, log);
    return args[0].real <= 0 || args[1].real <= 0 ? value_null() : value_double(log(args[1].real) / log(args[0].real));
}

static struct value fn_sign(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    double real = args->type == VALUE_INTERVAL ? (double)interval_amount(args) : value_to_double(args);
    return value_double(isnan(real) ? real : real > 0 ? 1 : real < 0 ? -1 : real);
}

static struct value negative(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value zero = value_int(0);
    if (args->type == VALUE_INTERVAL)
        return minus(call, args);
    return expr_arithmetic(call, '-', &zero, &args[0]);
}

static struct value positive(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    struct value value = args[0];
    value.as_written = false;
    return value;
}

static struct value mod(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return expr_arithmetic(call, '%', &args[0], &args[1]);
}

static bool is_negative(const struct value *number)
{
    return value_to_double(number) < 0;
}

/* The rest with the sign of the divisor's kind: ((a % n) + n) % n where a % n is negative. */
static struct value pmod(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value rest = expr_arithmetic(call, '%', &args[0], &args[1]);
    if (rest.type == VALUE_NULL || !is_negative(&rest))
        return rest;
    struct value sum = expr_arithmetic(call, '+', &rest, &args[1]);
    if (sum.type == VALUE_DECIMAL && rest.type == VALUE_DECIMAL) {
        struct value moved = expr_arithmetic(call, '%', &sum, &args[1]);
        struct cast_type type = {.type = VALUE_DECIMAL, .precision = rest.precision, .scale = rest.scale};
        return cast_value(&moved, type, call->arena, NULL);
    }
    return sum.type == VALUE_NULL ? sum : expr_arithmetic(call, '%', &sum, &args[1]);
}

/* The first or last of the arguments; nulls are passed over; all get one type. */
static struct value extreme(struct call *call, const struct value *args, size_t count, int sign)
{
    struct value best = value_null();
    bool doubles = false, strings = false, timestamps = false;
    unsigned scale = 0, whole = 0;
    for (size_t i = 0; i < count; i++) {
        const struct value *value = &args[i];
        timestamps |= value->type == VALUE_TIMESTAMP;
        if (value->type == VALUE_LONG) { /* its type's digits, as Spark counts them */
            unsigned digits = value->width == 4 ? 10 : value->width == 2 ? 5 : value->width == 1 ? 3 : 20;
            whole = digits > whole ? digits : whole;
        }
        doubles |= value->type == VALUE_DOUBLE;
        strings |= value->type == VALUE_STRING;
        if (value->type == VALUE_DECIMAL) {
            scale = value->scale > scale ? value->scale : scale;
            whole = value->precision - value->scale > (int)whole ? (unsigned)(value->precision - value->scale) : whole;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct value value = strings ? cast_string(&args[i], call->arena) : args[i];
        bool number = value.type == VALUE_LONG || value.type == VALUE_DECIMAL;
        if (doubles && number)
            value = cast_double(&value);
        else if (timestamps && value.type == VALUE_DATE)
            value = cast_timestamp(&value);
        else if (scale > 0 && number)
            value =
                cast_value(&value,
                           (struct cast_type){
                               .type = VALUE_DECIMAL, .precision = DECIMAL_DIGITS_MAX, .scale = (unsigned char)scale},
                           call->arena, NULL);
        if (value.type != VALUE_NULL && (best.type == VALUE_NULL || sign * value_compare(&value, &best, true) > 0))
            best = value;
    }
    if (best.type == VALUE_DECIMAL && scale > 0)
        best.precision = (unsigned char)(whole + scale < DECIMAL_DIGITS_MAX ? whole + scale : DECIMAL_DIGITS_MAX);
    return best;
}

static struct value greatest(struct call *call, const struct value *args, size_t count)
{
    return extreme(call, args, count, 1);
}

static struct value least(struct call *call, const struct value *args, size_t count)
{
    return extreme(call, args, count, -1);
}

static struct value fn_isnan(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_boolean(args[0].type == VALUE_DOUBLE && isnan(args[0].real));
}

static struct value fn_nanvl(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return args[0].type == VALUE_DOUBLE && isnan(args[0].real) ? args[1] : args[0]; /* the other one may be null then */
}

static struct value factorial(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int64_t product = 1;
    if (args->integer < 0 || args->integer > 20)
        return value_null();
    for (int64_t i = 2; i <= args->integer; i++)
        product *= i;
    return value_long(product);
}

/* Null instead of an error: an overflow, a division by zero under --ansi. */
static struct value tried(const struct call *call, char symbol, const struct value *args)
{
    struct row row = *call->row;
    struct call inner = {.row = &row, .arena = call->arena};
    row.error = NULL;
    struct value result = expr_arithmetic(&inner, symbol, &args[0], &args[1]);
    return row.error ? value_null() : result;
}

static struct value try_add(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return tried(call, '+', args);
}

static struct value try_subtract(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return tried(call, '-', args);
}

static struct value try_multiply(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return tried(call, '*', args);
}

static struct value try_divide(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return tried(call, '/', args);
}

static struct value try_mod(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return tried(call, '%', args);
}

/* Which of n equal stretches of [from, to) a number is in: 0 below, n + 1 above; from may be the larger one. */
static struct value width_bucket(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    bool intervals = args[0].type == VALUE_INTERVAL;
    double bounds[3];
    for (int i = 0; i < 3; i++) {
        if ((args[i].type == VALUE_INTERVAL) != intervals)
            return value_null();
        bounds[i] = intervals ? (double)interval_amount(&args[i]) : value_to_double(&args[i]);
    }
    double number = bounds[0], from = bounds[1], to = bounds[2];
    int64_t buckets = args[3].integer;
    if (buckets <= 0 || buckets == INT64_MAX || isnan(number) || from == to || !isfinite(from) || !isfinite(to))
        return value_null();
    if (from < to ? number < from : number > from)
        return value_long(0);
    if (from < to ? number >= to : number <= to)
        return value_long(buckets + 1);
    return value_long((int64_t)((double)buckets * (number - from) / (to - from)) + 1);
}

static struct value zeroifnull(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return args->type == VALUE_NULL ? value_int(0) : *args;
}

static struct value nullifzero(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    struct value number = cast_number(args);
    return number.type != VALUE_NULL && value_to_double(&number) == 0 ? value_null() : *args;
}

const struct function functions_number[] = {
    {{"abs", NULL, "x", "As x", "Without its sign", "abs(-5) => 5"},
     "v", .run = fn_abs},
    {{"sign", "signum", "x", "Double", "-1, 0 or 1",
      "sign(-5) => -1.0\n"
      "signum(5) => 1.0"},
     "v", .run = fn_sign},
    {{"negative", NULL, "x", "As x", "-x", "negative(5) => -5"},
     "v", .run = negative},
    {{"positive", NULL, "x", "As x", "x", "positive(-5) => -5"},
     "v", .run = positive},
    {{"round", NULL, "x[, n]", "As x", "To n decimals, halves away from zero", "round(2.345, 2) => 2.35"},
     "n|i", .run = fn_round},
    {{"bround", NULL, "x[, n]", "As x", "To n decimals, halves to the even neighbour", "bround(2.5) => 2"},
     "n|i", .run = bround},
    {{"floor", NULL, "x[, n]", "Bigint or decimal", "Downwards", "floor(-1.5) => -2"},
     "n|i", .run = fn_floor},
    {{"ceil", "ceiling", "x[, n]", "Bigint or decimal", "Upwards",
      "ceil(1.2) => 2\n"
      "ceiling(-1.2) => -1"},
     "n|i", .run = ceiling},
    {{"rint", NULL, "x", "Double", "To the nearest whole number, halves to the even one", "rint(2.5) => 2.0"},
     "d", .run = fn_rint},
    {{"mod", NULL, "x, y", "As x % y; also null if y is 0", "The rest, with the sign of x", "mod(-7, 3) => -1"},
     "nn", .run = mod},
    {{"pmod", NULL, "x, y", "As x % y; also null if y is 0", "The rest, not negative if y is positive",
      "pmod(-7, 3) => 2"},
     "nn", .run = pmod},
    {{"pow", "power", "x, y", "Double", "x to the power of y",
      "pow(2, 10) => 1024.0\n"
      "power(4, 0.5) => 2.0"},
     "dd", .run = power},
    {{"sqrt", NULL, "x", "Double", "Square root; NaN of negative numbers", "sqrt(2) => 1.4142135623730951"},
     "d", .run = fn_sqrt},
    {{"cbrt", NULL, "x", "Double", "Cube root", "cbrt(27) => 3.0"},
     "d", .run = fn_cbrt},
    {{"exp", NULL, "x", "Double", "e to the power of x", "exp(0) => 1.0"},
     "d", .run = fn_exp},
    {{"expm1", NULL, "x", "Double", "exp(x) - 1, exact near 0", "expm1(0) => 0.0"},
     "d", .run = fn_expm1},
    {{"ln", NULL, "x", "Double; also null unless x > 0", "Natural logarithm", "ln(1) => 0.0"},
     "d", .run = ln},
    {{"log", NULL, "[base,] x", "Double; also null unless both > 0", "Logarithm to a base (e)", "log(2, 8) => 3.0"},
     "d|d", .run = fn_log},
    {{"log10", NULL, "x", "Double; also null unless x > 0", "Logarithm to base 10", "log10(1000) => 3.0"},
     "d", .run = fn_log10},
    {{"log2", NULL, "x", "Double; also null unless x > 0", "Logarithm to base 2", "log2(8) => 3.0"},
     "d", .run = fn_log2},
    {{"log1p", NULL, "x", "Double; also null unless x > -1", "ln(1 + x), exact near 0", "log1p(0) => 0.0"},
     "d", .run = fn_log1p},
    {{"pi", NULL, "", "Double", "", "pi() => 3.141592653589793"},
     "", .run = pi},
    {{"e", NULL, "", "Double", "", "e() => 2.718281828459045"},
     "", .run = euler},
    {{"isnan", NULL, "x", "Boolean; never null", "Whether it is not a number", "isnan(double('NaN')) => true"},
     "n", .run = fn_isnan, .sees_null = true},
    {{"nanvl", NULL, "x, y", "Double", "y where x is NaN, else x", "nanvl(double('NaN'), 1) => 1.0"},
     "dd", .run = fn_nanvl, .sees_null = true},
    {{"factorial", NULL, "n", "Bigint; also null unless 0 <= n <= 20", "", "factorial(5) => 120"},
     "i", .run = factorial},
    {{"try_add", NULL, "x, y", "As x + y; null also where that overflows", "The sum",
      "try_add(9223372036854775807, 1) => null"},
     "xx", .run = try_add},
    {{"try_subtract", NULL, "x, y", "As x - y; null also where that overflows", "The difference",
      "try_subtract(5, 7) => -2"},
     "xx", .run = try_subtract},
    {{"try_multiply", NULL, "x, y", "As x * y; null also where that overflows", "The product",
      "try_multiply(4611686018427387904, 2) => null"},
     "xx", .run = try_multiply},
    {{"try_divide", NULL, "x, y", "As x / y; null also by zero, also with --ansi", "The quotient",
      "try_divide(1, 0) => null"},
     "nn", .run = try_divide},
    {{"try_mod", NULL, "x, y", "As x % y; null also by zero", "The rest", "try_mod(7, 4) => 3"},
     "nn", .run = try_mod},
    {{"width_bucket", NULL, "x, from, to, n", "Bigint; also null if n < 1 or from = to",
      "Which of n equal stretches x is in; 0 below, n + 1 above", "width_bucket(5.3, 0.2, 10.6, 5) => 3"},
     "vvvi", .run = width_bucket},
    {{"zeroifnull", NULL, "x", "As x; never null", "0 where x is null", "zeroifnull(null) => 0"},
     "x", .run = zeroifnull, .sees_null = true},
    {{"nullifzero", NULL, "x", "As x; also null for 0", "Null where x is 0", "nullifzero(0) => null"},
     "x", .run = nullifzero},
    {.takes = NULL},
};

const struct function functions_extreme[] = {
    {{"greatest", NULL, "x, y, ...", "Any; nulls are passed over", "The largest argument",
      "greatest(1, null, 3) => 3"},
     "xxx*", .run = greatest, .sees_null = true},
    {{"least", NULL, "x, y, ...", "Any; nulls are passed over", "The smallest argument", "least('b', 'a') => a"},
     "xxx*", .run = least, .sees_null = true},
    {.takes = NULL},
};

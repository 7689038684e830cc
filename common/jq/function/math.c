/* Functions of numbers. */
#include <math.h>

#include "jq/function/function_inner.h"

/* A function of the C library on one double, and on two. */
#define ONE_DOUBLE(name, expression)                                                                                   \
    static struct jq_value math_##name(struct jq_machine *jq, struct jq_value *arguments)                              \
    {                                                                                                                  \
        if (arguments[0].type != JQ_NUMBER)                                                                            \
            return jq_fail_value(jq, arguments[0], "number required");                                                 \
        double x = jq_to_double(&arguments[0]);                                                                        \
        jq_drop(jq, arguments[0]);                                                                                     \
        return jq_double(expression);                                                                                  \
    }
#define TWO_DOUBLES(name, expression)                                                                                  \
    static struct jq_value math_##name(struct jq_machine *jq, struct jq_value *arguments)                              \
    {                                                                                                                  \
        jq_drop(jq, arguments[0]);                                                                                     \
        if (arguments[1].type != JQ_NUMBER || arguments[2].type != JQ_NUMBER)                                          \
            return number_required(jq, arguments);                                                                     \
        double x = jq_to_double(&arguments[1]), y = jq_to_double(&arguments[2]);                                       \
        jq_drop(jq, arguments[1]);                                                                                     \
        jq_drop(jq, arguments[2]);                                                                                     \
        return jq_double(expression);                                                                                  \
    }

static struct jq_value number_required(struct jq_machine *jq, struct jq_value *arguments)
{
    bool first = arguments[1].type != JQ_NUMBER;
    jq_drop(jq, arguments[first ? 2 : 1]);
    return jq_fail_value(jq, arguments[first ? 1 : 2], "number required");
}

static double significand_of(double x)
{
    return x == 0 || isinf(x) || isnan(x) ? x : scalbn(x, -ilogb(x));
}

ONE_DOUBLE(acos, acos(x))
ONE_DOUBLE(acosh, acosh(x))
ONE_DOUBLE(asin, asin(x))
ONE_DOUBLE(asinh, asinh(x))
ONE_DOUBLE(atan, atan(x))
ONE_DOUBLE(atanh, atanh(x))
ONE_DOUBLE(cbrt, cbrt(x))
ONE_DOUBLE(cos, cos(x))
ONE_DOUBLE(cosh, cosh(x))
ONE_DOUBLE(erf, erf(x))
ONE_DOUBLE(erfc, erfc(x))
ONE_DOUBLE(exp, exp(x))
ONE_DOUBLE(exp10, pow(10, x))
ONE_DOUBLE(exp2, exp2(x))
ONE_DOUBLE(expm1, expm1(x))
ONE_DOUBLE(gamma, lgamma_r(x, &(int){0}))
ONE_DOUBLE(j0, j0(x))
ONE_DOUBLE(j1, j1(x))
ONE_DOUBLE(log, log(x))
ONE_DOUBLE(log10, log10(x))
ONE_DOUBLE(log1p, log1p(x))
ONE_DOUBLE(log2, log2(x))
ONE_DOUBLE(logb, logb(x))
ONE_DOUBLE(significand, significand_of(x))
ONE_DOUBLE(sin, sin(x))
ONE_DOUBLE(sinh, sinh(x))
ONE_DOUBLE(sqrt, sqrt(x))
ONE_DOUBLE(tan, tan(x))
ONE_DOUBLE(tanh, tanh(x))
ONE_DOUBLE(tgamma, tgamma(x))
ONE_DOUBLE(y0, y0(x))
ONE_DOUBLE(y1, y1(x))
TWO_DOUBLES(atan2, atan2(x, y))
TWO_DOUBLES(copysign, copysign(x, y))
TWO_DOUBLES(drem, remainder(x, y))
TWO_DOUBLES(fdim, fdim(x, y))
TWO_DOUBLES(fmax, fmax(x, y))
TWO_DOUBLES(fmin, fmin(x, y))
TWO_DOUBLES(fmod, fmod(x, y))
TWO_DOUBLES(hypot, hypot(x, y))
TWO_DOUBLES(jn, jn((int)x, y))
TWO_DOUBLES(ldexp, ldexp(x, (int)(y > 10000 ? 10000 : y < -10000 ? -10000 : y)))
TWO_DOUBLES(nextafter, nextafter(x, y))
TWO_DOUBLES(pow, pow(x, y))
TWO_DOUBLES(scalb, x *exp2(y))
TWO_DOUBLES(scalbln, scalbln(x, (long)(y > 10000 ? 10000 : y < -10000 ? -10000 : y)))
TWO_DOUBLES(yn, yn((int)x, y))

/* Whole numbers stay exact through these. */
#define ROUNDING(name, expression)                                                                                     \
    static struct jq_value math_##name(struct jq_machine *jq, struct jq_value *arguments)                              \
    {                                                                                                                  \
        if (arguments[0].type != JQ_NUMBER)                                                                            \
            return jq_fail_value(jq, arguments[0], "number required");                                                 \
        struct jq_value value = jq_settle(jq, arguments[0]);                                                           \
        if (value.form != JQ_DOUBLE)                                                                                   \
            return value;                                                                                              \
        double x = value.number;                                                                                       \
        return jq_double(expression);                                                                                  \
    }
ROUNDING(ceil, ceil(x))
ROUNDING(floor, floor(x))
ROUNDING(nearbyint, nearbyint(x))
ROUNDING(rint, rint(x))
ROUNDING(round, round(x))
ROUNDING(trunc, trunc(x))

static struct jq_value math_fabs(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type != JQ_NUMBER)
        return jq_fail_value(jq, arguments[0], "number required");
    struct jq_value value = jq_settle(jq, arguments[0]);
    return jq_to_double(&value) < 0 ? jq_number_negate(jq, value) : value;
}

/* As jq: what is greater than any number stays as it is. */
static struct jq_value math_abs(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = arguments[0];
    if (value.type > JQ_NUMBER)
        return value;
    if (value.type != JQ_NUMBER)
        return jq_fail_value(jq, value, "cannot be negated");
    return jq_to_double(&value) < 0 ? jq_number_negate(jq, value) : value;
}

static struct jq_value math_frexp(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type != JQ_NUMBER)
        return jq_fail_value(jq, arguments[0], "number required");
    int exponent = 0;
    double fraction = frexp(jq_to_double(&arguments[0]), &exponent);
    jq_drop(jq, arguments[0]);
    return jq_array_add(jq, jq_array_add(jq, jq_array(jq, 2), jq_double(fraction)),
                        jq_int(isfinite(fraction) ? exponent : 0));
}

static struct jq_value math_modf(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type != JQ_NUMBER)
        return jq_fail_value(jq, arguments[0], "number required");
    double whole, fraction = modf(jq_to_double(&arguments[0]), &whole);
    jq_drop(jq, arguments[0]);
    return jq_array_add(jq, jq_array_add(jq, jq_array(jq, 2), jq_double(fraction)), jq_double(whole));
}

static struct jq_value math_lgamma_r(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type != JQ_NUMBER)
        return jq_fail_value(jq, arguments[0], "number required");
    int sign = 0;
    double result = lgamma_r(jq_to_double(&arguments[0]), &sign);
    jq_drop(jq, arguments[0]);
    return jq_array_add(jq, jq_array_add(jq, jq_array(jq, 2), jq_double(result)), jq_int(sign));
}

static struct jq_value math_fma(struct jq_machine *jq, struct jq_value *arguments)
{
    for (int i = 1; i <= 3; i++) {
        if (arguments[i].type != JQ_NUMBER) {
            struct jq_value wrong = jq_keep(jq, arguments[i]);
            jq_drop_all(jq, arguments, 3);
            return jq_fail_value(jq, wrong, "number required");
        }
    }
    double result = fma(jq_to_double(&arguments[1]), jq_to_double(&arguments[2]), jq_to_double(&arguments[3]));
    jq_drop_all(jq, arguments, 3);
    return jq_double(result);
}

static struct jq_value infinite(struct jq_machine *jq, struct jq_value *arguments)
{
    jq_drop(jq, arguments[0]);
    return jq_double(INFINITY);
}

static struct jq_value nan_function(struct jq_machine *jq, struct jq_value *arguments)
{
    jq_drop(jq, arguments[0]);
    return jq_double(nan(""));
}

/* False of what is no number. */
#define CLASS(name, test)                                                                                              \
    static struct jq_value math_##name(struct jq_machine *jq, struct jq_value *arguments)                              \
    {                                                                                                                  \
        double x = arguments[0].type == JQ_NUMBER ? jq_to_double(&arguments[0]) : 0;                                   \
        bool is = arguments[0].type == JQ_NUMBER && (test);                                                            \
        jq_drop(jq, arguments[0]);                                                                                     \
        return jq_bool(is);                                                                                            \
    }
CLASS(isinfinite, isinf(x))
CLASS(isfinite, isfinite(x))
CLASS(isnan, isnan(x))
CLASS(isnormal, isnormal(x))

#define ROW(name, arity, call, description, example)                                                                   \
    {                                                                                                                  \
        name, arity, JQ_BY_VALUE, call, NULL, description, example                                                     \
    }
#define C1(name)                                                                                                       \
    {                                                                                                                  \
#name, 0, JQ_BY_VALUE, math_##name, NULL, "the C library's " #name, "1 | " #name                               \
    }
#define C2(name)                                                                                                       \
    {                                                                                                                  \
#name, 2, JQ_BY_VALUE, math_##name, NULL, "the C library's " #name, #name "(2; 1)"                             \
    }
const struct jq_native jq_math_functions[] = {
    C1(acos),
    C1(acosh),
    C1(asin),
    C1(asinh),
    C1(atan),
    C1(atanh),
    C1(cbrt),
    C1(cos),
    C1(cosh),
    C1(erf),
    C1(erfc),
    C1(exp),
    C1(exp10),
    C1(exp2),
    C1(expm1),
    C1(gamma),
    C1(j0),
    C1(j1),
    C1(log),
    C1(log10),
    C1(log1p),
    C1(log2),
    C1(logb),
    C1(significand),
    C1(sin),
    C1(sinh),
    C1(sqrt),
    C1(tan),
    C1(tanh),
    C1(tgamma),
    C1(y0),
    C1(y1),
    C1(nearbyint),
    C1(rint),
    C1(trunc),
    C2(atan2),
    C2(copysign),
    C2(drem),
    C2(fdim),
    C2(fmax),
    C2(fmin),
    C2(fmod),
    C2(hypot),
    C2(jn),
    C2(ldexp),
    C2(nextafter),
    C2(scalb),
    C2(scalbln),
    C2(yn),
    {"remainder", 2, JQ_BY_VALUE, math_drem, NULL, "the C library's remainder", "remainder(5; 3)"},
    {"nexttoward", 2, JQ_BY_VALUE, math_nextafter, NULL, "the C library's nexttoward", "nexttoward(1; 2)"},
    {"lgamma", 0, JQ_BY_VALUE, math_gamma, NULL, "the C library's lgamma", "1 | lgamma"},
    ROW("pow", 2, math_pow, "x to the power of y", "pow(2; 10)"),
    ROW("ceil", 0, math_ceil, "the least whole number that is not less", "1.5 | ceil"),
    ROW("floor", 0, math_floor, "the greatest whole number that is not greater", "1.5 | floor"),
    ROW("round", 0, math_round, "the nearest whole number, half away from 0", "1.5 | round"),
    ROW("fabs", 0, math_fabs, "the number without its sign", "-1 | fabs"),
    ROW("abs", 0, math_abs, "the number without its sign", "-1 | abs"),
    ROW("frexp", 0, math_frexp, "[fraction, exponent]", "8 | frexp"),
    ROW("modf", 0, math_modf, "[fraction, whole part]", "8.5 | modf"),
    ROW("lgamma_r", 0, math_lgamma_r, "[the logarithm of gamma, its sign]", "1 | lgamma_r"),
    ROW("fma", 3, math_fma, "x * y + z, rounded once", "fma(2; 3; 4)"),
    ROW("infinite", 0, infinite, "a number greater than all others", "infinite > 1e300"),
    ROW("nan", 0, nan_function, "no number", "[nan] | tojson"),
    ROW("isinfinite", 0, math_isinfinite, "whether it is infinite", "infinite | isinfinite"),
    ROW("isfinite", 0, math_isfinite, "whether it is a finite number", "1 | isfinite"),
    ROW("isnan", 0, math_isnan, "whether it is nan", "nan | isnan"),
    ROW("isnormal", 0, math_isnormal, "whether it is a normal number", "1 | isnormal"),
    {0},
};

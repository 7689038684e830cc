/* Angles: trigonometric and hyperbolic functions, of doubles as Spark computes them. */
#include <math.h>

#include "expr/function/function.h"
#include "expr/node.h"

static struct value fn_sin(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(sin(args->real));
}

static struct value fn_cos(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(cos(args->real));
}

static struct value fn_tan(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(tan(args->real));
}

static struct value fn_asin(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(asin(args->real));
}

static struct value fn_acos(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(acos(args->real));
}

static struct value fn_atan(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(atan(args->real));
}

static struct value fn_atan2(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(atan2(args[0].real + 0.0, args[1].real + 0.0));
}

static struct value fn_sinh(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(sinh(args->real));
}

static struct value fn_cosh(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(cosh(args->real));
}

static struct value fn_tanh(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(tanh(args->real));
}

static struct value fn_hypot(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(hypot(args[0].real, args[1].real));
}

static struct value degrees(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(args->real * (180.0 / M_PI));
}

static struct value radians(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(args->real * (M_PI / 180.0));
}

static struct value fn_asinh(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(args->real == -INFINITY ? args->real : log(args->real + sqrt(args->real * args->real + 1)));
}

static struct value fn_acosh(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(log(args->real + sqrt(args->real * args->real - 1)));
}

static struct value fn_atanh(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(0.5 * (log1p(args->real) - log1p(-args->real)));
}

static struct value cot(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(1 / tan(args->real));
}

static struct value sec(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(1 / cos(args->real));
}

static struct value csc(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_double(1 / sin(args->real));
}

const struct function functions_angle[] = {
    {"sin", "d", .run = fn_sin},
    {"cos", "d", .run = fn_cos},
    {"tan", "d", .run = fn_tan},
    {"asin", "d", .run = fn_asin},
    {"acos", "d", .run = fn_acos},
    {"atan", "d", .run = fn_atan},
    {"atan2", "dd", .run = fn_atan2},
    {"sinh", "d", .run = fn_sinh},
    {"cosh", "d", .run = fn_cosh},
    {"tanh", "d", .run = fn_tanh},
    {"hypot", "dd", .run = fn_hypot},
    {"degrees", "d", .run = degrees},
    {"radians", "d", .run = radians},
    {"asinh", "d", .run = fn_asinh},
    {"acosh", "d", .run = fn_acosh},
    {"atanh", "d", .run = fn_atanh},
    {"cot", "d", .run = cot},
    {"sec", "d", .run = sec},
    {"csc", "d", .run = csc},
    {0},
};

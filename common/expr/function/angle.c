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
    {{"sin", NULL, "x", "Double", "Sine of radians", "sin(0) => 0.0"},
     "d", .run = fn_sin},
    {{"cos", NULL, "x", "Double", "Cosine", "cos(0) => 1.0"},
     "d", .run = fn_cos},
    {{"tan", NULL, "x", "Double", "Tangent", "tan(0) => 0.0"},
     "d", .run = fn_tan},
    {{"asin", NULL, "x", "Double", "Arc sine", "asin(0) => 0.0"},
     "d", .run = fn_asin},
    {{"acos", NULL, "x", "Double", "Arc cosine", "acos(1) => 0.0"},
     "d", .run = fn_acos},
    {{"atan", NULL, "x", "Double", "Arc tangent", "atan(0) => 0.0"},
     "d", .run = fn_atan},
    {{"atan2", NULL, "y, x", "Double", "The angle of the point (x, y)", "atan2(0, 1) => 0.0"},
     "dd", .run = fn_atan2},
    {{"sinh", NULL, "x", "Double", "Hyperbolic sine", "sinh(0) => 0.0"},
     "d", .run = fn_sinh},
    {{"cosh", NULL, "x", "Double", "Hyperbolic cosine", "cosh(0) => 1.0"},
     "d", .run = fn_cosh},
    {{"tanh", NULL, "x", "Double", "Hyperbolic tangent", "tanh(0) => 0.0"},
     "d", .run = fn_tanh},
    {{"asinh", NULL, "x", "Double", "Inverse hyperbolic sine", "asinh(0) => 0.0"},
     "d", .run = fn_asinh},
    {{"acosh", NULL, "x", "Double", "Inverse hyperbolic cosine", "acosh(1) => 0.0"},
     "d", .run = fn_acosh},
    {{"atanh", NULL, "x", "Double", "Inverse hyperbolic tangent", "atanh(0) => 0.0"},
     "d", .run = fn_atanh},
    {{"cot", NULL, "x", "Double", "Cotangent", "round(cot(1), 6) => 0.642093"},
     "d", .run = cot},
    {{"sec", NULL, "x", "Double", "Secant", "sec(0) => 1.0"},
     "d", .run = sec},
    {{"csc", NULL, "x", "Double", "Cosecant", "round(csc(1), 6) => 1.188395"},
     "d", .run = csc},
    {{"hypot", NULL, "x, y", "Double", "Length of the hypotenuse", "hypot(3, 4) => 5.0"},
     "dd", .run = fn_hypot},
    {{"degrees", NULL, "x", "Double", "Radians as degrees", "degrees(0) => 0.0"},
     "d", .run = degrees},
    {{"radians", NULL, "x", "Double", "Degrees as radians", "radians(180) => 3.141592653589793"},
     "d", .run = radians},
    {.takes = NULL},
};

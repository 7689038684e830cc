/* Functions of the digits and bits of whole numbers, and numbers laid out in them. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "value/decimal.h"

/* Binary digits of the two's complement. */
static struct value bin(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    char *text = arena_alloc(call->arena, 64);
    uint64_t left = (uint64_t)args->integer;
    size_t at = 64;
    do {
        text[--at] = (char)('0' + (left & 1));
        left >>= 1;
    } while (left > 0);
    return value_string(text + at, 64 - at);
}

/* A number's text in one base as in another (2 to 36); a negative target base gives a signed result. */
static struct value conv(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    int64_t from = args[1].integer, to = args[2].integer;
    struct value text = args[0];
    if (from < 2 || from > 36 || to < -36 || to > 36 || (to > -2 && to < 2))
        return value_null();
    int64_t size = to < 0 ? -to : to;
    while (text.len > 0 && *text.text == ' ')
        text.text++, text.len--;
    if (text.len == 0)
        return value_null();
    bool negative_text = text.len > 0 && text.text[0] == '-', beyond = false;
    uint64_t number = 0;
    for (size_t i = negative_text; i < text.len && (int64_t)text_digit(text.text[i]) < from; i++)
        beyond |= __builtin_mul_overflow(number, (uint64_t)from, &number) ||
                  __builtin_add_overflow(number, (uint64_t)text_digit(text.text[i]), &number);
    if (beyond)
        number = UINT64_MAX;
    else if (negative_text)
        number = to < 0 || (int64_t)number < 0 ? (to < 0 ? -number : UINT64_MAX) : -number;
    bool minus = to < 0 && (int64_t)number < 0;
    if (minus)
        number = -number;
    char *digits = arena_alloc(call->arena, 66);
    size_t at = 66;
    do {
        digits[--at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % (uint64_t)size];
        number /= (uint64_t)size;
    } while (number > 0);
    if (minus)
        digits[--at] = '-';
    return value_string(digits + at, 66 - at);
}

/* Grouped in thousands with so many decimals. */
static struct value format_number(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    enum { DECIMALS_MAX = 300 };
    struct value number = cast_number(&args[0]);
    int64_t decimals = args[1].integer;
    if (number.type == VALUE_NULL || decimals < 0 || decimals > DECIMALS_MAX)
        return value_null();
    char digits[700];
    double real = value_to_double(&number);
    if (isnan(real) || isinf(real))
        return isnan(real) ? value_string("NaN", 3) : value_string(real < 0 ? "-∞" : "∞", real < 0 ? 4 : 3);
    int len = snprintf(digits, sizeof digits, "%.*f", (int)decimals, fabs(real));
    if (number.type != VALUE_DOUBLE) {
        struct value exact = cast_value(
            &number, (struct cast_type){.type = VALUE_DECIMAL, .precision = DECIMAL_DIGITS_MAX, .scale = number.scale},
            call->arena, NULL);
        struct decimal decimal;
        if (exact.type == VALUE_NULL ||
            !decimal_rescale(cast_to_decimal(&exact), DECIMAL_DIGITS_MAX, decimals > 18 ? 18 : (unsigned)decimals,
                             ROUND_HALF_EVEN, &decimal))
            return value_null();
        decimal.unscaled = decimal.unscaled < 0 ? -decimal.unscaled : decimal.unscaled;
        len = (int)decimal_text(decimal, true, digits);
    }
    size_t whole = strcspn(digits, ".") < (size_t)len ? strcspn(digits, ".") : (size_t)len, used = 0;
    char *text = arena_alloc(call->arena, (size_t)len * 2 + 2);
    if (signbit(real)) /* also of what is rounded to zero */
        text[used++] = '-';
    for (size_t i = 0; i < (size_t)len; i++) {
        if (i > 0 && i < whole && (whole - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    return value_string(text, used);
}

static struct value bit_count(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(__builtin_popcountll((uint64_t)args->integer));
}

static struct value bit_get(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[1].integer < 0 || args[1].integer > 63)
        return row_fail(call->row, "bit_get: there are bits 0 to 63, not %lld", (long long)args[1].integer);
    return (struct value){
        .type = VALUE_LONG, .width = 1, .integer = (int64_t)((uint64_t)args[0].integer >> args[1].integer & 1)};
}

const struct function functions_digits[] = {
    {{"bin", NULL, "n", "String", "In binary", "bin(13) => 1101"},
     "i", .run = bin},
    {{"conv", NULL, "s, from, to", "String; also null for bases beyond 2 to 36", "A number from one base to another",
      "conv('ff', 16, 10) => 255"},
     "sii", .run = conv},
    {{"bit_count", NULL, "n", "Int", "Bits that are set", "bit_count(13) => 3"},
     "i", .run = bit_count},
    {{"bit_get", "getbit", "n, i", "Tinyint", "Bit i (0 is the lowest)",
      "bit_get(11, 2) => 0\n"
      "getbit(11, 0) => 1"},
     "ii", .run = bit_get},
    {{"shiftleft", NULL, "n, bits", "As n", "As n << bits", "shiftleft(1, 4) => 16"},
     "xx", .lazy = expr_eval_shift_left, .sees_null = true},
    {{"shiftright", NULL, "n, bits", "As n", "As n >> bits", "shiftright(-16, 2) => -4"},
     "xx", .lazy = expr_eval_shift_right, .sees_null = true},
    {{"shiftrightunsigned", NULL, "n, bits", "As n", "As n >>> bits", "shiftrightunsigned(16, 2) => 4"},
     "xx", .lazy = expr_eval_shift_unsigned, .sees_null = true},
    {{"format_number", NULL, "x, n", "String", "With n decimals and commas between thousands",
      "format_number(1234567.891, 2) => 1,234,567.89"},
     "xi", .run = format_number},
    {.takes = NULL},
};

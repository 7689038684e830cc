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

enum { DECIMALS_MAX = 300, DIGITS_ROOM = 700 };

/* The digits of a finite number without its sign, rounded half to even at so many decimals; their count, 0 if it has
 * too many. */
static size_t fixed_digits(struct call *call, const struct value *number, int64_t decimals, char digits[DIGITS_ROOM])
{
    if (number->type == VALUE_DOUBLE)
        return (size_t)snprintf(digits, DIGITS_ROOM, "%.*f", (int)decimals, fabs(number->real));
    struct value exact = cast_value(
        number, (struct cast_type){.type = VALUE_DECIMAL, .precision = DECIMAL_DIGITS_MAX, .scale = number->scale},
        call->arena, NULL);
    struct decimal decimal;
    if (exact.type == VALUE_NULL ||
        !decimal_rescale(cast_to_decimal(&exact), DECIMAL_DIGITS_MAX, decimals > 18 ? 18 : (unsigned)decimals,
                         ROUND_HALF_EVEN, &decimal))
        return 0;
    decimal.unscaled = decimal.unscaled < 0 ? -decimal.unscaled : decimal.unscaled;
    return decimal_text(decimal, true, digits);
}

/* A pattern of java.text.DecimalFormat: text around #, 0, a comma for groups, a point, and % for hundredths. */
struct number_pattern {
    const char *prefix, *suffix;
    size_t prefix_len, suffix_len;
    size_t whole_least, fraction_least, fraction_most, group;
    bool percent;
};

static bool read_pattern(const struct value *text, struct number_pattern *pattern)
{
    const char *at = text->text, *end = at + text->len;
    *pattern = (struct number_pattern){.prefix = at};
    if (text->len == 0) { /* as Spark has it */
        pattern->suffix = at;
        pattern->whole_least = 1;
        pattern->group = 3;
        return true;
    }
    while (at < end && !strchr("#0,.", *at))
        at++;
    pattern->prefix_len = (size_t)(at - pattern->prefix);
    size_t hashes = 0, since = 0;
    bool groups = false, point = false, zeros = false;
    for (; at < end && strchr("#0,.", *at); at++) {
        if (*at == '.' && point)
            return false;
        point = point || *at == '.';
        groups = groups || *at == ',';
        since = *at == ',' ? 0 : since + !point;
        if (*at == '.' || *at == ',')
            continue;
        bool zero = *at == '0';
        if (point ? zero && pattern->fraction_most > pattern->fraction_least : zeros && !zero)
            return false; /* 0#, or #0 behind the point */
        zeros = zeros || zero;
        hashes += !point && !zero;
        pattern->whole_least += !point && zero;
        pattern->fraction_least += point && zero;
        pattern->fraction_most += point;
    }
    pattern->group = groups ? since : 0;
    if (!zeros && point && hashes > 0)
        pattern->whole_least = 1;
    pattern->suffix = at;
    pattern->suffix_len = (size_t)(end - at);
    if (at < end && *at == 'E') /* an exponent */
        return false;
    for (const char *c = text->text; c < end; c++) {
        bool affix = c < pattern->prefix + pattern->prefix_len || c >= pattern->suffix;
        if (affix && (strchr(";'#0,.", *c) || (unsigned char)*c >= 0x80))
            return false;
        pattern->percent = pattern->percent || (affix && *c == '%');
    }
    return pattern->fraction_most <= DECIMALS_MAX && pattern->whole_least <= DECIMALS_MAX;
}

static struct value by_pattern(struct call *call, const struct value *given, const struct number_pattern *pattern)
{
    struct value number = *given, hundred = value_int(100);
    char digits[DIGITS_ROOM];
    if (pattern->percent)
        number = expr_arithmetic(call, '*', &number, &hundred);
    double real = value_to_double(&number);
    if (isnan(real))
        return value_string("NaN", 3);
    size_t len = 0, whole = 0;
    if (!isinf(real)) {
        len = fixed_digits(call, &number, (int64_t)pattern->fraction_most, digits);
        if (len == 0)
            return value_null();
        whole = memchr(digits, '.', len) ? (size_t)((char *)memchr(digits, '.', len) - digits) : len;
        while (len > whole + 1 + pattern->fraction_least && digits[len - 1] == '0')
            len--;
        len = len == whole + 1 ? whole : len;
    }
    struct buffer into = {0};
    if (signbit(real))
        buffer_add_char(&into, '-');
    buffer_add(&into, pattern->prefix, pattern->prefix_len);
    bool nothing = whole == 1 && digits[0] == '0' && pattern->whole_least == 0 && len > 1;
    size_t shown = nothing ? 0 : whole, all = shown > pattern->whole_least ? shown : pattern->whole_least;
    if (isinf(real)) {
        buffer_add_text(&into, "∞");
        all = 0;
    }
    for (size_t i = 0; i < all; i++) {
        if (i > 0 && pattern->group > 0 && (all - i) % pattern->group == 0)
            buffer_add_char(&into, ',');
        buffer_add_char(&into, i < all - shown ? '0' : digits[i - (all - shown)]);
    }
    if (len > whole)
        buffer_add(&into, digits + whole, len - whole);
    buffer_add(&into, pattern->suffix, pattern->suffix_len);
    return expr_take_text(call->arena, &into);
}

/* Grouped in thousands with so many decimals, or by a pattern. */
static struct value format_number(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value number = cast_number(&args[0]), places = cast_long(&args[1]);
    if (number.type == VALUE_NULL)
        return number;
    if (args[1].type == VALUE_STRING) {
        struct number_pattern pattern;
        if (!read_pattern(&args[1], &pattern))
            return row_fail(call->row, "format_number: the pattern %s is not of # 0 , . and ASCII text around",
                            row_show(call->row, &args[1]));
        return by_pattern(call, &number, &pattern);
    }
    if (places.type == VALUE_NULL || places.integer < 0 || places.integer > DECIMALS_MAX)
        return value_null();
    char digits[DIGITS_ROOM];
    double real = value_to_double(&number);
    if (isnan(real) || isinf(real))
        return isnan(real) ? value_string("NaN", 3) : value_string(real < 0 ? "-∞" : "∞", real < 0 ? 4 : 3);
    size_t len = fixed_digits(call, &number, places.integer, digits), used = 0;
    if (len == 0)
        return value_null();
    size_t whole = memchr(digits, '.', len) ? (size_t)((char *)memchr(digits, '.', len) - digits) : len;
    char *text = arena_alloc(call->arena, len * 2 + 2);
    if (signbit(real)) /* also of what is rounded to zero */
        text[used++] = '-';
    for (size_t i = 0; i < len; i++) {
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
    {{"format_number", NULL, "x, n", "String",
      "With n decimals and commas between thousands, or by a pattern of # 0 , . % and text around it",
      "format_number(1234567.891, 2) => 1,234,567.89\n"
      "format_number(0.256, '#,##0.0%') => 25.6%"},
     "xx", .run = format_number},
    {.takes = NULL},
};

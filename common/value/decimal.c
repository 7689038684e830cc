#include "value/decimal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned __int128 u128;

/* 256 bits, for products of two 38-digit numbers. */
struct wide {
    u128 high, low;
};

static u128 magnitude(__int128 number)
{
    return number < 0 ? -(u128)number : (u128)number;
}

__int128 decimal_power(unsigned n)
{
    static const uint64_t small[] = {1u,         10u,         100u,         1000u,         10000u,
                                     100000u,    1000000u,    10000000u,    100000000u,    1000000000u,
                                     10000000000u, 100000000000u, 1000000000000u, 10000000000000u, 100000000000000u,
                                     1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u,
                                     10000000000000000000u};
    if (n < 20)
        return (__int128)small[n];
    return (__int128)small[19] * (__int128)small[n - 19];
}

unsigned decimal_digits(__int128 unscaled)
{
    u128 left = magnitude(unscaled);
    unsigned digits = 1;
    while (digits <= DECIMAL_DIGITS_MAX && left >= (u128)decimal_power(digits))
        digits++;
    return digits;
}

static struct wide wide_multiply(u128 a, u128 b)
{
    uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64), b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);
    u128 low = (u128)a0 * b0, middle1 = (u128)a0 * b1, middle2 = (u128)a1 * b0, high = (u128)a1 * b1;
    u128 middle = (low >> 64) + (uint64_t)middle1 + (uint64_t)middle2;
    return (struct wide){.high = high + (middle1 >> 64) + (middle2 >> 64) + (middle >> 64),
                         .low = (middle << 64) | (uint64_t)low};
}

/* Quotient and rest, bit by bit. False when the quotient needs more than 128 bits. */
static bool wide_divide(struct wide number, u128 divisor, u128 *quotient, u128 *rest)
{
    if (number.high == 0) {
        *quotient = number.low / divisor;
        *rest = number.low % divisor;
        return true;
    }
    if (number.high >= divisor)
        return false;
    u128 left = number.high, result = 0;
    for (int bit = 127; bit >= 0; bit--) {
        bool carry = left >> 127;
        left = (left << 1) | ((number.low >> bit) & 1);
        result <<= 1;
        if (carry || left >= divisor) {
            left -= divisor;
            result |= 1;
        }
    }
    *quotient = result;
    *rest = left;
    return true;
}

/* number / 10^digits, cut off, 18 digits at a time over 64-bit limbs. */
static struct wide wide_shrink(struct wide number, unsigned digits)
{
    while (digits > 0) {
        unsigned step = digits < 18 ? digits : 18;
        uint64_t divisor = (uint64_t)decimal_power(step);
        uint64_t limbs[] = {(uint64_t)(number.high >> 64), (uint64_t)number.high, (uint64_t)(number.low >> 64),
                            (uint64_t)number.low};
        u128 rest = 0;
        for (int i = 0; i < 4; i++) {
            u128 part = rest << 64 | limbs[i];
            limbs[i] = (uint64_t)(part / divisor);
            rest = part % divisor;
        }
        number = (struct wide){.high = (u128)limbs[0] << 64 | limbs[1], .low = (u128)limbs[2] << 64 | limbs[3]};
        digits -= step;
    }
    return number;
}

/* The quotient of magnitudes, rounded: `rest` of `divisor` was left over. */
static u128 round_up(u128 quotient, u128 rest, u128 divisor, bool negative, enum decimal_rounding rounding)
{
    if (rest == 0)
        return quotient;
    bool half_or_more = rest >= divisor - rest;
    bool more_than_half = rest > divisor - rest;
    switch (rounding) {
    case ROUND_HALF_UP:
        return quotient + half_or_more;
    case ROUND_HALF_EVEN:
        return quotient + (more_than_half || (half_or_more && (quotient & 1)));
    case ROUND_DOWN:
        return quotient;
    case ROUND_FLOOR:
        return quotient + negative;
    case ROUND_CEILING:
        return quotient + !negative;
    }
    return quotient;
}

/* number / divisor with sign and rounding, checked against 38 digits. */
static bool quotient_of(struct wide number, u128 divisor, bool negative, enum decimal_rounding rounding,
                        __int128 *result)
{
    u128 quotient, rest;
    if (!wide_divide(number, divisor, &quotient, &rest))
        return false;
    quotient = round_up(quotient, rest, divisor, negative, rounding);
    if (quotient >= (u128)decimal_power(38))
        return false;
    *result = negative ? -(__int128)quotient : (__int128)quotient;
    return true;
}

bool decimal_rescale(struct decimal from, unsigned precision, unsigned scale, enum decimal_rounding rounding,
                     struct decimal *to)
{
    __int128 unscaled = from.unscaled;
    bool negative = unscaled < 0;
    if (scale > from.scale) {
        struct wide product = wide_multiply(magnitude(unscaled), (u128)decimal_power(scale - from.scale));
        if (product.high != 0 || product.low >= (u128)decimal_power(38))
            return false;
        unscaled = negative ? -(__int128)product.low : (__int128)product.low;
    } else if (scale < from.scale) {
        struct wide number = {.high = 0, .low = magnitude(unscaled)};
        if (!quotient_of(number, (u128)decimal_power(from.scale - scale), negative, rounding, &unscaled))
            return false;
    }
    if (decimal_digits(unscaled) > precision)
        return false;
    *to = (struct decimal){.unscaled = unscaled, .precision = (unsigned char)precision, .scale = (unsigned char)scale};
    return true;
}

bool decimal_round_at(struct decimal from, int digits, enum decimal_rounding rounding, struct decimal *to)
{
    *to = from;
    if (digits >= (int)from.scale)
        return true;
    int drop = (int)from.scale - digits;
    if (drop > DECIMAL_DIGITS_MAX) {
        to->unscaled = 0;
        return true;
    }
    __int128 power = decimal_power((unsigned)drop);
    struct wide number = {.high = 0, .low = magnitude(from.unscaled)};
    __int128 rounded;
    if (!quotient_of(number, (u128)power, from.unscaled < 0, rounding, &rounded))
        return false;
    struct wide back = wide_multiply(magnitude(rounded), (u128)power);
    if (back.high != 0 || back.low >= (u128)decimal_power(38))
        return false;
    to->unscaled = rounded < 0 ? -(__int128)back.low : (__int128)back.low;
    unsigned needed = decimal_digits(to->unscaled);
    if (needed > to->precision)
        to->precision = (unsigned char)needed;
    return true;
}

/* Spark's DecimalType.adjustPrecisionScale: more than 38 digits cost scale, but never below 6. */
static void result_type(int precision, int scale, unsigned *p, unsigned *s)
{
    if (precision > DECIMAL_DIGITS_MAX) {
        int whole = precision - scale;
        int least = scale < 6 ? scale : 6;
        scale = DECIMAL_DIGITS_MAX - whole > least ? DECIMAL_DIGITS_MAX - whole : least;
        precision = DECIMAL_DIGITS_MAX;
    }
    *p = (unsigned)precision;
    *s = (unsigned)scale;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static bool add_signed(struct decimal a, struct decimal b, bool subtract, struct decimal *sum)
{
    int scale = larger(a.scale, b.scale);
    unsigned p, s;
    result_type(larger(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale, &p, &s);
    struct decimal x, y;
    bool exact = decimal_rescale(a, 38, (unsigned)scale, ROUND_HALF_UP, &x) &&
                 decimal_rescale(b, 38, (unsigned)scale, ROUND_HALF_UP, &y);
    /* too many digits for both: each at the result's scale, which is shorter then */
    if (!exact && (!decimal_rescale(a, 38, s, ROUND_HALF_UP, &x) || !decimal_rescale(b, 38, s, ROUND_HALF_UP, &y)))
        return false;
    x.unscaled = subtract ? x.unscaled - y.unscaled : x.unscaled + y.unscaled; /* 2 * 10^38 fits 127 bits */
    return decimal_rescale(x, p, s, ROUND_HALF_UP, sum);
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *sum)
{
    return add_signed(a, b, false, sum);
}

bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *difference)
{
    return add_signed(a, b, true, difference);
}

bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *product)
{
    unsigned p, s;
    result_type(a.precision + b.precision + 1, a.scale + b.scale, &p, &s);
    unsigned drop = (unsigned)a.scale + b.scale - s;
    bool negative = (a.unscaled < 0) != (b.unscaled < 0);
    struct wide wide = wide_multiply(magnitude(a.unscaled), magnitude(b.unscaled));
    __int128 unscaled;
    if (drop > DECIMAL_DIGITS_MAX) { /* what is cut off first cannot change which way HALF_UP goes */
        wide = wide_shrink(wide, drop - DECIMAL_DIGITS_MAX);
        drop = DECIMAL_DIGITS_MAX;
    }
    if (!quotient_of(wide, (u128)decimal_power(drop), negative, ROUND_HALF_UP, &unscaled))
        return false;
    if (decimal_digits(unscaled) > p)
        return false;
    *product = (struct decimal){.unscaled = unscaled, .precision = (unsigned char)p, .scale = (unsigned char)s};
    return true;
}

bool decimal_divide(struct decimal a, struct decimal b, struct decimal *quotient)
{
    unsigned p, s;
    int scale = larger(6, a.scale + b.precision + 1);
    result_type(a.precision - a.scale + b.scale + scale, scale, &p, &s);
    bool negative = (a.unscaled < 0) != (b.unscaled < 0);
    int shift = (int)s - a.scale + b.scale;
    struct wide number = {.high = 0, .low = magnitude(a.unscaled)};
    u128 divisor = magnitude(b.unscaled);
    if (shift > DECIMAL_DIGITS_MAX) {
        /* a * 10^38 * 10^k: only a small a keeps the quotient within 38 digits */
        struct wide first = wide_multiply(number.low, (u128)decimal_power((unsigned)shift - DECIMAL_DIGITS_MAX));
        if (first.high != 0)
            return false;
        number = wide_multiply(first.low, (u128)decimal_power(DECIMAL_DIGITS_MAX));
    } else if (shift >= 0) {
        number = wide_multiply(number.low, (u128)decimal_power((unsigned)shift));
    } else {
        struct wide wider = wide_multiply(divisor, (u128)decimal_power((unsigned)-shift));
        if (wider.high != 0)
            return false;
        divisor = wider.low;
    }
    __int128 unscaled;
    if (!quotient_of(number, divisor, negative, ROUND_HALF_UP, &unscaled) || decimal_digits(unscaled) > p)
        return false;
    *quotient = (struct decimal){.unscaled = unscaled, .precision = (unsigned char)p, .scale = (unsigned char)s};
    return true;
}

bool decimal_modulo(struct decimal a, struct decimal b, struct decimal *rest)
{
    int scale = larger(a.scale, b.scale);
    int whole = a.precision - a.scale < b.precision - b.scale ? a.precision - a.scale : b.precision - b.scale;
    unsigned p, s;
    result_type(whole + scale, scale, &p, &s);
    struct decimal x, y;
    if (!decimal_rescale(a, 38, (unsigned)scale, ROUND_HALF_UP, &x) ||
        !decimal_rescale(b, 38, (unsigned)scale, ROUND_HALF_UP, &y))
        return false;
    x.unscaled %= y.unscaled;
    return decimal_rescale(x, p, s, ROUND_HALF_UP, rest);
}

int decimal_compare(struct decimal a, struct decimal b)
{
    if ((a.unscaled < 0) != (b.unscaled < 0))
        return a.unscaled < 0 ? -1 : 1;
    unsigned scale = a.scale > b.scale ? a.scale : b.scale;
    struct wide x = wide_multiply(magnitude(a.unscaled), (u128)decimal_power(scale - a.scale));
    struct wide y = wide_multiply(magnitude(b.unscaled), (u128)decimal_power(scale - b.scale));
    int order = x.high != y.high ? (x.high < y.high ? -1 : 1) : x.low != y.low ? (x.low < y.low ? -1 : 1) : 0;
    return a.unscaled < 0 ? -order : order;
}

/* The exponent behind e; far beyond any use it stays at its limit. */
static bool parse_exponent(const char *text, size_t len, int *exponent)
{
    size_t i = 0;
    bool negative = len > 0 && text[0] == '-';
    if (len > 0 && (text[0] == '-' || text[0] == '+'))
        i++;
    if (i == len)
        return false;
    int number = 0;
    for (; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        if (number < 100000)
            number = number * 10 + (text[i] - '0');
    }
    *exponent = negative ? -number : number;
    return true;
}

bool decimal_parse(const char *text, size_t len, struct decimal *decimal, bool *too_long)
{
    size_t i = 0, digits = 0;
    int fraction = 0, exponent = 0;
    bool negative = len > 0 && text[0] == '-', any = false, point = false;
    u128 unscaled = 0;
    *too_long = false;
    if (len > 0 && (text[0] == '-' || text[0] == '+'))
        i++;
    for (; i < len; i++) {
        char c = text[i];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9')
            break;
        any = true;
        if (unscaled != 0 || c != '0')
            digits++;
        if (digits <= DECIMAL_DIGITS_MAX)
            unscaled = unscaled * 10 + (unsigned)(c - '0');
        fraction += point;
    }
    if (!any)
        return false;
    if (i < len && ((text[i] | 0x20) != 'e' || !parse_exponent(text + i + 1, len - i - 1, &exponent)))
        return false;
    int scale = fraction - exponent;
    if (scale < 0 && unscaled != 0) {
        digits += (size_t)-scale;
        if (digits <= DECIMAL_DIGITS_MAX)
            unscaled *= (u128)decimal_power((unsigned)-scale);
    }
    if (scale < 0)
        scale = 0;
    *too_long = digits > DECIMAL_DIGITS_MAX || scale > DECIMAL_DIGITS_MAX;
    if (*too_long)
        return false;
    unsigned precision = digits > (size_t)scale ? (unsigned)digits : (unsigned)scale;
    *decimal = (struct decimal){.unscaled = negative ? -(__int128)unscaled : (__int128)unscaled,
                                .precision = (unsigned char)(precision ? precision : 1),
                                .scale = (unsigned char)scale};
    return true;
}

static size_t digits_text(u128 number, char digits[DECIMAL_DIGITS_MAX + 2])
{
    char reversed[DECIMAL_DIGITS_MAX + 2];
    size_t count = 0;
    do {
        reversed[count++] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number > 0 && count < sizeof reversed);
    for (size_t i = 0; i < count; i++)
        digits[i] = reversed[count - 1 - i];
    return count;
}

size_t decimal_text(struct decimal decimal, bool plain, char text[DECIMAL_TEXT_MAX])
{
    char digits[DECIMAL_DIGITS_MAX + 2];
    size_t count = digits_text(magnitude(decimal.unscaled), digits), used = 0;
    int adjusted = (int)count - 1 - decimal.scale;
    if (decimal.unscaled < 0)
        text[used++] = '-';
    if (!plain && adjusted < -6) {
        text[used++] = digits[0];
        if (count > 1) {
            text[used++] = '.';
            memcpy(text + used, digits + 1, count - 1);
            used += count - 1;
        }
        return used + (size_t)snprintf(text + used, DECIMAL_TEXT_MAX - used, "E%d", adjusted);
    }
    if (decimal.scale >= count) {
        text[used++] = '0';
        text[used++] = '.';
        for (size_t i = count; i < decimal.scale; i++)
            text[used++] = '0';
        memcpy(text + used, digits, count);
        return used + count;
    }
    size_t whole = count - decimal.scale;
    memcpy(text + used, digits, whole);
    used += whole;
    if (decimal.scale > 0) {
        text[used++] = '.';
        memcpy(text + used, digits + whole, decimal.scale);
        used += decimal.scale;
    }
    return used;
}

double decimal_to_double(struct decimal decimal)
{
    u128 number = magnitude(decimal.unscaled);
    if (number <= (u128)1 << 53 && decimal.scale <= 22) {
        double result = (double)number / (double)decimal_power(decimal.scale); /* both exact: rounded once */
        return decimal.unscaled < 0 ? -result : result;
    }
    char text[DECIMAL_TEXT_MAX + 1];
    text[decimal_text(decimal, true, text)] = '\0';
    return strtod(text, NULL);
}

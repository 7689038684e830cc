/* Numbers as text and back: Java's Double.toString, Spark's reading of JSON numbers. */
#include "value/value.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value/decimal.h"

/* digits * 10^(exponent - count + 1): the first digit stands at 10^exponent. */
struct digits {
    char text[24];
    int count, exponent;
};

static bool reads_back(const char *text, double real, bool narrow)
{
    return narrow ? strtof(text, NULL) == (float)real : strtod(text, NULL) == real;
}

/* Whole numbers below 2^63 as Java before 19 writes them: all digits but those that say less than the type's last bit
 * (2^31 as a float is 2.14748365E9). */
static bool whole_number(double real, bool narrow, struct digits *digits)
{
    if (real >= 9223372036854775808.0 || real != (double)(uint64_t)real)
        return false;
    uint64_t whole = (uint64_t)real;
    int bits = 64 - __builtin_clzll(whole), beyond = bits - 2 - (narrow ? FLT_MANT_DIG : DBL_MANT_DIG), dropped = 0;
    if (beyond >= 0) {
        uint64_t power = 1;
        for (; power <= (UINT64_C(1) << beyond) / 10; power *= 10)
            dropped++;
        uint64_t rest = whole % power;
        whole = whole / power + (power > 1 && rest >= power / 2);
    }
    digits->count = snprintf(digits->text, sizeof digits->text, "%llu", (unsigned long long)whole);
    digits->exponent = digits->count - 1 + dropped;
    while (digits->count > 1 && digits->text[digits->count - 1] == '0')
        digits->count--;
    return true;
}

/* A decimal that lies exactly between a double and the next one is not the double's in Java before 19, though it reads
 * back as it (2e23 is 1.9999999999999998E23). Such ones are below 10^26. */
static bool lies_between(const char *text, double real)
{
    struct decimal decimal;
    bool too_long = false;
    int exponent;
    double mantissa = frexp(real, &exponent);
    if (real >= 1e26 || exponent <= DBL_MANT_DIG || !decimal_parse(text, strlen(text), &decimal, &too_long) ||
        decimal.scale > 0)
        return false;
    __int128 twice = (__int128)ldexp(mantissa, DBL_MANT_DIG) * 2, half = (__int128)1 << (exponent - DBL_MANT_DIG - 1);
    return decimal.unscaled == (twice + 1) * half || decimal.unscaled == (twice - 1) * half;
}

/* Whether Java before 19 takes the decimal for real's. Of a power of two it asks on both sides for what only the nearer
 * neighbour below needs. */
static bool is_text_of(const char *text, double real, bool narrow)
{
    int exponent;
    if (!reads_back(text, real, narrow))
        return false;
    if (frexp(real, &exponent) == 0.5) {
        int digits = narrow ? FLT_MANT_DIG : DBL_MANT_DIG, least = narrow ? FLT_MIN_EXP : DBL_MIN_EXP;
        int bit = (exponent > least ? exponent : least) - digits; /* what the last one of the mantissa is worth */
        return fabsl(strtold(text, NULL) - (long double)real) < ldexpl(1, bit - 2);
    }
    return narrow || !lies_between(text, real);
}

static void take_scientific(const char *text, struct digits *digits)
{
    digits->count = 0;
    const char *p = text;
    for (; *p && *p != 'e'; p++)
        if (*p != '.')
            digits->text[digits->count++] = *p;
    digits->exponent = (int)strtol(p + 1, NULL, 10);
    while (digits->count > 1 && digits->text[digits->count - 1] == '0')
        digits->count--;
}

/* Numbers of few decimals (prices, rounded shares): integer / 10^k is exact arithmetic, and with at most 15 digits
 * no other decimal as short reads back. */
static bool few_decimals(double real, struct digits *digits)
{
    static const double powers[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6};
    for (int k = 0; k < 7; k++) {
        double scaled = real * powers[k];
        if (scaled >= 1e15)
            return false;
        uint64_t whole = (uint64_t)scaled;
        for (int up = 0; up < 2; up++, whole++) {
            if (whole == 0 || (double)whole / powers[k] != real)
                continue;
            digits->count = snprintf(digits->text, sizeof digits->text, "%llu", (unsigned long long)whole);
            digits->exponent = digits->count - 1 - k;
            while (digits->count > 1 && digits->text[digits->count - 1] == '0')
                digits->count--;
            return true;
        }
    }
    return false;
}

/* The shortest decimal that reads back as real > 0; of several the nearest; at least two digits are tried, as Java
 * does (4.9E-324). Where Java before 19, which Spark runs on, writes more digits, so does this. */
static void shortest(double real, bool narrow, struct digits *digits)
{
    char text[40];
    int most = narrow ? 9 : 17;
    if ((!narrow && few_decimals(real, digits)) || whole_number(real, narrow, digits))
        return;
    for (int count = narrow ? 2 : 15; count <= most; count++) {
        snprintf(text, sizeof text, "%.*e", count - 1, real);
        if (is_text_of(text, real, narrow))
            break;
    }
    take_scientific(text, digits);
    if (real < 1e-300) /* subnormals have fewer than 15 digits */
        for (int count = 2; count < 17; count++) {
            snprintf(text, sizeof text, "%.*e", count - 1, real);
            if (is_text_of(text, real, narrow)) {
                take_scientific(text, digits);
                return;
            }
        }
}

size_t value_real_text(double real, bool narrow, char text[REAL_TEXT_MAX])
{
    if (isnan(real))
        return (size_t)snprintf(text, REAL_TEXT_MAX, "NaN");
    size_t used = 0;
    if (signbit(real))
        text[used++] = '-';
    real = fabs(real);
    if (isinf(real))
        return used + (size_t)snprintf(text + used, REAL_TEXT_MAX - used, "Infinity");
    struct digits digits = {.text = "0", .count = 1, .exponent = 0};
    if (real > 0)
        shortest(real, narrow, &digits);
    const char *d = digits.text;
    int n = digits.count, e = digits.exponent;
    bool scientific = real > 0 && (e < -3 || e >= 7);
    int whole = scientific ? 1 : e + 1; /* digits in front of the point */
    if (whole <= 0) {
        text[used++] = '0';
        text[used++] = '.';
        for (int i = whole; i < 0; i++)
            text[used++] = '0';
        memcpy(text + used, d, (size_t)n);
        return used + (size_t)n;
    }
    for (int i = 0; i < whole; i++)
        text[used++] = i < n ? d[i] : '0';
    text[used++] = '.';
    if (n <= whole)
        text[used++] = '0';
    for (int i = whole; i < n; i++)
        text[used++] = d[i];
    if (scientific)
        used += (size_t)snprintf(text + used, REAL_TEXT_MAX - used, "E%d", e);
    return used;
}

/* [-]digits[.digits][e[+-]digits], the RFC's grammar; *integral if there is neither point nor exponent. */
static bool number_grammar(const char *text, size_t len, bool *integral)
{
    size_t i = len > 0 && text[0] == '-';
    size_t start = i;
    while (i < len && text[i] >= '0' && text[i] <= '9')
        i++;
    if (i == start || (text[start] == '0' && i > start + 1))
        return false;
    *integral = i == len;
    if (i < len && text[i] == '.') {
        start = ++i;
        while (i < len && text[i] >= '0' && text[i] <= '9')
            i++;
        if (i == start)
            return false;
    }
    if (i < len && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < len && (text[i] == '+' || text[i] == '-'))
            i++;
        start = i;
        while (i < len && text[i] >= '0' && text[i] <= '9')
            i++;
        if (i == start)
            return false;
    }
    return i == len;
}

static double parse_real(const char *text, size_t len)
{
    char small[64];
    if (len < sizeof small) {
        memcpy(small, text, len);
        small[len] = '\0';
        return strtod(small, NULL);
    }
    char *copy = mem_copy(text, len); /* longer than 63 bytes: rare enough to allocate */
    double real = strtod(copy, NULL);
    free(copy);
    return real;
}

/* Up to 15 digits and 22 decimals: one exact division. */
static bool parse_simple_real(const char *text, size_t len, double *real)
{
    static const double powers[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    size_t i = len > 0 && text[0] == '-', digits = 0, decimals = 0;
    bool negative = i == 1, point = false;
    uint64_t number = 0;
    for (; i < len; i++) {
        if (text[i] == '.') {
            point = true;
            continue;
        }
        if (text[i] < '0' || text[i] > '9' || ++digits > 15)
            return false;
        number = number * 10 + (uint64_t)(text[i] - '0');
        decimals += point;
    }
    double magnitude = (double)number / powers[decimals];
    *real = negative ? -magnitude : magnitude;
    return true;
}

bool value_parse_number(const char *text, size_t len, struct value *value)
{
    bool integral = false;
    int64_t plain;
    if (value_plain_number(text, len, &plain)) {
        *value = (struct value){
            .type = VALUE_LONG, .as_written = true, .text = text, .len = len, .integer = plain};
        return true;
    }
    if (!number_grammar(text, len, &integral))
        return false;
    *value = (struct value){.as_written = true, .text = text, .len = len};
    if (integral && len <= 18) {
        int64_t number = 0;
        for (size_t i = text[0] == '-'; i < len; i++)
            number = number * 10 + (text[i] - '0');
        value->type = VALUE_LONG;
        value->integer = text[0] == '-' ? -number : number;
        return true;
    }
    if (integral) {
        struct decimal decimal;
        bool too_long = false;
        if (decimal_parse(text, len, &decimal, &too_long)) {
            bool fits = decimal.unscaled >= INT64_MIN && decimal.unscaled <= INT64_MAX;
            value->type = fits ? VALUE_LONG : VALUE_DECIMAL;
            if (fits) {
                value->integer = (int64_t)decimal.unscaled;
            } else {
                value->unscaled = decimal.unscaled;
                value->precision = decimal.precision;
            }
            return true;
        }
    }
    value->type = VALUE_DOUBLE;
    if (!parse_simple_real(text, len, &value->real))
        value->real = parse_real(text, len);
    return true;
}

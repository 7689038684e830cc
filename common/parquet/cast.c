#include "parquet/cast_inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "value/datetime.h"
#include "value/decimal.h"

/* A whole number of 64 bits. */
static bool read_long(struct span value, int64_t *number)
{
    const char *at = value.text, *end = at + value.len;
    bool negative = *at == '-';
    uint64_t sum = 0;
    at += negative;
    if (end - at > 19)
        return false;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        sum = 10 * sum + (uint64_t)(*at - '0');
    }
    if (sum > (uint64_t)INT64_MAX + negative)
        return false;
    *number = (int64_t)(negative ? -sum : sum);
    return true;
}

/* Up to 15 digits and a small exponent are exact in doubles, and so is one product or quotient of them. */
static bool read_short_double(struct span value, double *real)
{
    static const double powers[] = {1, 10, 100, 1000, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    uint64_t sum = 0;
    size_t digits = 0, behind = 0;
    bool negative = value.text[0] == '-', point = false;
    for (size_t i = negative; i < value.len; i++) {
        char c = value.text[i];
        if (c == '.') {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > 15)
            return false;
        sum = 10 * sum + (uint64_t)(c - '0');
        behind += point;
    }
    double whole = (double)sum / powers[behind];
    *real = negative ? -whole : whole;
    return true;
}

/* As Spark's reader: numbers, and the words it has for what is none. */
static bool read_double(struct span value, struct parquet_cast *cast, double *real)
{
    static const struct {
        const char *word;
        double real;
    } words[] = {{"\"NaN\"", (double)NAN},      {"\"Infinity\"", (double)INFINITY},   {"\"+INF\"", (double)INFINITY},
                 {"\"INF\"", (double)INFINITY}, {"\"-Infinity\"", -(double)INFINITY}, {"\"-INF\"", -(double)INFINITY}};
    if (value.type == SPAN_NUMBER) {
        if (read_short_double(value, real))
            return true;
        cast->text->len = 0;
        buffer_add(cast->text, value.text, value.len);
        buffer_add_char(cast->text, '\0');
        *real = strtod(cast->text->data, NULL);
        return true;
    }
    for (size_t i = 0; value.type == SPAN_STRING && i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i].word) == value.len && memcmp(words[i].word, value.text, value.len) == 0) {
            *real = words[i].real;
            return true;
        }
    }
    return false;
}

static void keep_real(struct parquet_cast *cast, double real)
{
    memcpy(&cast->number, &real, sizeof real);
}

static bool cast_integer(const struct parquet_target *target, struct span value, struct parquet_cast *cast)
{
    int64_t least = target->kind == PARQUET_KIND_BYTE    ? INT8_MIN
                    : target->kind == PARQUET_KIND_SHORT ? INT16_MIN
                    : target->kind == PARQUET_KIND_INT   ? INT32_MIN
                                                         : INT64_MIN;
    return value.type == SPAN_NUMBER && read_long(value, &cast->number) && cast->number >= least &&
           cast->number <= -(least + 1);
}

static bool cast_decimal(const struct parquet_target *target, struct span value, struct parquet_cast *cast)
{
    struct decimal decimal;
    bool too_long;
    if (value.type != SPAN_NUMBER || !decimal_parse(value.text, value.len, &decimal, &too_long) ||
        !decimal_rescale(decimal, target->precision, target->scale, ROUND_HALF_UP, &decimal))
        return false;
    cast->number = (int64_t)decimal.unscaled;
    if (target->physical != PARQUET_FIXED)
        return true;
    cast->text->len = 0;
    for (uint32_t i = target->width; i-- > 0;)
        buffer_add_char(cast->text, (char)(decimal.unscaled >> 8 * i));
    cast->bytes = cast->text->data;
    cast->len = cast->text->len;
    return true;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The string's text, without escapes. */
static bool decode(struct span value, struct parquet_cast *cast)
{
    if (value.type != SPAN_STRING)
        return false;
    cast->text->len = 0;
    json_decode(value, cast->text);
    return true;
}

static bool cast_binary(struct span value, struct parquet_cast *cast)
{
    if (!decode(value, cast) || cast->text->len % 4 != 0)
        return false;
    char *text = cast->text->data;
    size_t len = cast->text->len, made = 0;
    for (size_t i = 0; i < len; i += 4) {
        int digits[4], pad = 0;
        for (int k = 0; k < 4; k++) {
            bool last = i + 4 == len && k >= 2 && text[i + (size_t)k] == '=';
            digits[k] = last ? 0 : base64_digit(text[i + (size_t)k]);
            pad += last;
            if (digits[k] < 0 || (pad > 0 && !last))
                return false;
        }
        uint32_t bits =
            (uint32_t)digits[0] << 18 | (uint32_t)digits[1] << 12 | (uint32_t)digits[2] << 6 | (uint32_t)digits[3];
        for (int k = 0; k < 3 - pad; k++)
            text[made++] = (char)(bits >> (16 - 8 * k));
    }
    cast->bytes = made > 0 ? text : "";
    cast->len = made;
    return true;
}

static bool cast_time(const struct parquet_target *target, struct span value, struct parquet_cast *cast)
{
    if (!decode(value, cast))
        return false;
    if (target->kind == PARQUET_KIND_DATE)
        return datetime_parse_date(cast->text->data, cast->text->len, &cast->number) &&
               cast->number == (int32_t)cast->number;
    if (!datetime_parse_timestamp(cast->text->data, cast->text->len, &cast->number))
        return false;
    if (target->kind == PARQUET_KIND_TIMESTAMP_NTZ) { /* the local time that was read */
        struct civil civil;
        datetime_local(cast->number, &civil);
        cast->number += civil.offset * MICROS_PER_SECOND;
    }
    return true;
}

bool parquet_cast_span(const struct parquet_target *target, struct span value, struct parquet_cast *cast)
{
    double real;
    switch (target->kind) {
    case PARQUET_KIND_BOOLEAN:
        cast->number = value.type == SPAN_TRUE;
        return value.type == SPAN_TRUE || value.type == SPAN_FALSE;
    case PARQUET_KIND_FLOAT:
    case PARQUET_KIND_DOUBLE:
        if (!read_double(value, cast, &real))
            return false;
        keep_real(cast, target->kind == PARQUET_KIND_FLOAT ? (double)(float)real : real);
        return true;
    case PARQUET_KIND_DECIMAL:
        return cast_decimal(target, value, cast);
    case PARQUET_KIND_BINARY:
        return cast_binary(value, cast);
    case PARQUET_KIND_DATE:
    case PARQUET_KIND_TIMESTAMP:
    case PARQUET_KIND_TIMESTAMP_NTZ:
        return cast_time(target, value, cast);
    default:
        return cast_integer(target, value, cast);
    }
}

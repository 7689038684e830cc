/* Numbers: whole ones exact in 64 and 128 bits, others doubles; texts converted when they are computed with. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "jq/value_inner.h"

/* Whole doubles below this are JQ_INT: 2^53. */
static const double exact_max = 9007199254740992.0;

struct jq_value jq_double(double number)
{
    if (number < exact_max && number > -exact_max) {
        int64_t whole = (int64_t)number;
        if ((double)whole == number && (whole != 0 || !signbit(number)))
            return jq_int(whole);
    }
    return (struct jq_value){.type = JQ_NUMBER, .form = JQ_DOUBLE, .number = number};
}

static struct jq_value wide(struct jq_machine *jq, __int128 integer)
{
    if (integer >= INT64_MIN && integer <= INT64_MAX)
        return jq_int((int64_t)integer);
    struct jq_wide *piece = jq_alloc(jq, sizeof *piece);
    *piece = (struct jq_wide){.head.refs = 1, .integer = integer};
    return (struct jq_value){.type = JQ_NUMBER, .form = JQ_WIDE, .wide = piece};
}

/* The decimal digits, sign and power of ten of a number's text. */
struct decimal_text {
    unsigned __int128 digits; /* the first 38 */
    unsigned count;           /* all of them, without leading zeros */
    bool negative, whole;     /* whole: neither fraction nor exponent */
    long exponent;
};

static void read_digits(struct decimal_text *read, const char **at, const char *end, bool fraction)
{
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
        if (read->count < 38) {
            read->digits = read->digits * 10 + (unsigned)(**at - '0');
            read->exponent -= fraction;
        } else {
            read->exponent += !fraction;
        }
        read->count += read->count > 0 || **at != '0';
    }
}

static struct decimal_text read_decimal(const char *text, size_t len)
{
    struct decimal_text read = {.whole = true};
    const char *at = text, *end = text + len;
    if (at < end && *at == '-') {
        read.negative = true;
        at++;
    }
    read_digits(&read, &at, end, false);
    if (at < end && *at == '.') {
        read.whole = false;
        at++;
        read_digits(&read, &at, end, true);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        read.whole = false;
        at++;
        bool negative = at < end && *at == '-';
        if (at < end && (*at == '-' || *at == '+'))
            at++;
        long exponent = 0;
        for (; at < end && exponent < 100000; at++)
            exponent = exponent * 10 + (*at - '0');
        read.exponent += negative ? -exponent : exponent;
    }
    return read;
}

static double read_double(const char *text, size_t len)
{
    char small[64], *copy = len < sizeof small ? small : mem_copy(text, len);
    if (copy == small) {
        memcpy(small, text, len);
        small[len] = '\0';
    }
    double number = strtod(copy, NULL);
    if (copy != small)
        free(copy);
    return isinf(number) ? copysign(1.7976931348623157e308, number) : number;
}

struct jq_value jq_number_parse(struct jq_machine *jq, const char *text, size_t len)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal_text read = read_decimal(text, len);
    if (read.whole && read.count <= 38) {
        if (read.digits == 0 && read.negative)
            return jq_double(-0.0);
        return wide(jq, read.negative ? -(__int128)read.digits : (__int128)read.digits);
    }
    if (read.count <= 15 && read.exponent >= -22 && read.exponent <= 22) {
        double number = (double)(uint64_t)read.digits;
        number = read.exponent < 0 ? number / powers[-read.exponent] : number * powers[read.exponent];
        return jq_double(read.negative ? -number : number);
    }
    return jq_double(read_double(text, len));
}

struct jq_value jq_settle(struct jq_machine *jq, struct jq_value number)
{
    struct jq_value settled;
    if (number.form == JQ_TEXT)
        settled = jq_number_parse(jq, number.text, number.len);
    else if (number.form == JQ_HEAP)
        settled = jq_number_parse(jq, number.string->bytes, number.string->len);
    else
        return number;
    jq_drop(jq, number);
    return settled;
}

double jq_to_double(const struct jq_value *number)
{
    switch (number->form) {
    case JQ_INT:
        return (double)number->integer;
    case JQ_DOUBLE:
        return number->number;
    case JQ_WIDE:
        return (double)number->wide->integer;
    case JQ_HEAP:
        return read_double(number->string->bytes, number->string->len);
    default:
        return read_double(number->text, number->len);
    }
}

int64_t jq_to_int(const struct jq_value *number)
{
    if (number->form == JQ_INT)
        return number->integer;
    double value = jq_to_double(number);
    if (isnan(value))
        return 0;
    return value >= 9223372036854775807.0 ? INT64_MAX : value <= -9223372036854775808.0 ? INT64_MIN : (int64_t)value;
}

static size_t wide_text(__int128 integer, char text[JQ_NUMBER_TEXT_MAX])
{
    char digits[40];
    size_t count = 0, len = 0;
    unsigned __int128 left = integer < 0 ? -(unsigned __int128)integer : (unsigned __int128)integer;
    do
        digits[count++] = (char)('0' + (int)(left % 10));
    while ((left /= 10) > 0);
    if (integer < 0)
        text[len++] = '-';
    while (count > 0)
        text[len++] = digits[--count];
    return len;
}

static size_t int_text(int64_t integer, char text[JQ_NUMBER_TEXT_MAX])
{
    char digits[20] = {0};
    size_t count = 0, len = 0;
    uint64_t left = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
    do
        digits[count++] = (char)('0' + left % 10);
    while ((left /= 10) > 0);
    if (integer < 0)
        text[len++] = '-';
    while (count > 0)
        text[len++] = digits[--count];
    return len;
}

/* The fewest digits that read back as the same double, and where the point stands in them. */
static int shortest(double number, char digits[20], int *point)
{
    char text[40];
    for (int precision = 14; precision < 17; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, number);
        if (precision == 16 || strtod(text, NULL) == number)
            break;
    }
    char *exponent = strchr(text, 'e');
    *point = (int)strtol(exponent + 1, NULL, 10) + 1;
    int count = 0;
    for (char *at = text; at < exponent; at++)
        if (*at != '.')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

/* As jq prints doubles: shortest digits; an exponent of at least two digits for a point far outside of them. */
size_t jq_double_text(double number, char text[JQ_NUMBER_TEXT_MAX])
{
    if (isnan(number)) {
        memcpy(text, "null", 4);
        return 4;
    }
    if (isinf(number))
        number = copysign(1.7976931348623157e308, number);
    size_t len = 0;
    if (signbit(number))
        text[len++] = '-';
    if (number == 0) {
        text[len++] = '0';
        return len;
    }
    char digits[20] = {0};
    int point, count = shortest(fabs(number), digits, &point);
    if (point <= -5 || point > count + 15) {
        text[len++] = digits[0];
        if (count > 1) {
            text[len++] = '.';
            memcpy(text + len, digits + 1, (size_t)count - 1);
            len += (size_t)count - 1;
        }
        return len + (size_t)sprintf(text + len, "e%c%02d", point - 1 < 0 ? '-' : '+', abs(point - 1));
    }
    if (point <= 0) {
        memcpy(text + len, "0.", 2);
        len += 2;
        for (; point < 0; point++)
            text[len++] = '0';
        memcpy(text + len, digits, (size_t)count);
        return len + (size_t)count;
    }
    for (int i = 0; i < count || i < point; i++) {
        if (i == point)
            text[len++] = '.';
        text[len++] = i < count ? digits[i] : '0';
    }
    return len;
}

size_t jq_number_text(const struct jq_value *number, char text[JQ_NUMBER_TEXT_MAX])
{
    if (number->form == JQ_INT)
        return int_text(number->integer, text);
    if (number->form == JQ_WIDE)
        return wide_text(number->wide->integer, text);
    return jq_double_text(number->number, text);
}

/* Whole numbers of both forms. */
static bool whole(const struct jq_value *number, __int128 *integer)
{
    if (number->form == JQ_DOUBLE)
        return false;
    *integer = number->form == JQ_INT ? number->integer : number->wide->integer;
    return true;
}

int jq_number_compare(struct jq_machine *jq, const struct jq_value *left, const struct jq_value *right)
{
    if (left->form == JQ_INT && right->form == JQ_INT)
        return (left->integer > right->integer) - (left->integer < right->integer);
    struct jq_value a = jq_settle(jq, jq_keep(jq, *left)), b = jq_settle(jq, jq_keep(jq, *right));
    __int128 x, y;
    int order;
    if (whole(&a, &x) && whole(&b, &y)) {
        order = (x > y) - (x < y);
    } else {
        double c = jq_to_double(&a), d = jq_to_double(&b);
        order = isnan(c) ? -1 : isnan(d) ? 1 : (c > d) - (c < d);
        if (order == 0 && (whole(&a, &x) ? (__int128)d != x : whole(&b, &x) && (__int128)c != x))
            order = whole(&a, &x) ? ((__int128)d < x ? 1 : -1) : ((__int128)c > x ? 1 : -1);
    }
    jq_drop(jq, a);
    jq_drop(jq, b);
    return order;
}

enum operation { ADD, SUBTRACT, MULTIPLY, DIVIDE };

static struct jq_value compute(struct jq_machine *jq, enum operation operation, struct jq_value a, struct jq_value b)
{
    a = jq_settle(jq, a);
    b = jq_settle(jq, b);
    __int128 x, y, z = 0;
    bool exact = false;
    if (whole(&a, &x) && whole(&b, &y))
        exact = operation == ADD        ? !__builtin_add_overflow(x, y, &z)
                : operation == SUBTRACT ? !__builtin_sub_overflow(x, y, &z)
                : operation == MULTIPLY ? !__builtin_mul_overflow(x, y, &z)
                                        : y != -1 && x % y == 0;
    if (exact && operation == DIVIDE)
        z = x / y;
    /* whole doubles have no negative zero */
    if (exact && operation == MULTIPLY && z == 0 && (x < 0 || y < 0))
        exact = false;
    struct jq_value result;
    if (exact) {
        result = wide(jq, z);
    } else {
        double c = jq_to_double(&a), d = jq_to_double(&b);
        result = jq_double(operation == ADD        ? c + d
                           : operation == SUBTRACT ? c - d
                           : operation == MULTIPLY ? c * d
                                                   : c / d);
    }
    jq_drop(jq, a);
    jq_drop(jq, b);
    return result;
}

struct jq_value jq_number_add(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    int64_t sum;
    if (a.form == JQ_INT && b.form == JQ_INT && !__builtin_add_overflow(a.integer, b.integer, &sum))
        return jq_int(sum);
    if (a.form == JQ_DOUBLE && b.form == JQ_DOUBLE)
        return jq_double(a.number + b.number);
    return compute(jq, ADD, a, b);
}

struct jq_value jq_number_subtract(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    int64_t difference;
    if (a.form == JQ_INT && b.form == JQ_INT && !__builtin_sub_overflow(a.integer, b.integer, &difference))
        return jq_int(difference);
    if (a.form == JQ_DOUBLE && b.form == JQ_DOUBLE)
        return jq_double(a.number - b.number);
    return compute(jq, SUBTRACT, a, b);
}

struct jq_value jq_number_multiply(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    int64_t product;
    if (a.form == JQ_INT && b.form == JQ_INT && !__builtin_mul_overflow(a.integer, b.integer, &product) && product != 0)
        return jq_int(product);
    if (a.form == JQ_DOUBLE && b.form == JQ_DOUBLE)
        return jq_double(a.number * b.number);
    return compute(jq, MULTIPLY, a, b);
}

struct jq_value jq_number_divide(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    if (a.form == JQ_DOUBLE && b.form == JQ_DOUBLE)
        return jq_double(a.number / b.number);
    return compute(jq, DIVIDE, a, b);
}

struct jq_value jq_number_negate(struct jq_machine *jq, struct jq_value a)
{
    a = jq_settle(jq, a);
    if (a.form == JQ_DOUBLE)
        return jq_double(-a.number);
    if (a.form == JQ_INT && a.integer == 0)
        return jq_double(-0.0);
    return compute(jq, SUBTRACT, jq_int(0), a);
}

#include "value/value.h"

#include <math.h>
#include <stdio.h>

#include "json/json.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/nested.h"
#include "value/pack.h"
#include "value/tsv.h"

/* Decoding never makes a text longer, so a buffer of its length (and some room for careful decoders) in the arena
 * is never grown. */
static struct value decoded(struct span span, struct arena *arena, enum value_type type,
                            void (*decode)(struct span, struct buffer *))
{
    struct buffer buffer = {.cap = span.len + 64};
    buffer.data = arena_alloc(arena, buffer.cap);
    decode(span, &buffer);
    return (struct value){.type = type, .text = buffer.data, .len = buffer.len};
}

struct value value_from_span(struct span span, struct arena *arena)
{
    struct value value = {.type = VALUE_NULL};
    switch ((enum span_type)span.type) {
    case SPAN_ABSENT:
    case SPAN_NULL:
        break;
    case SPAN_FALSE:
        return value_boolean(false);
    case SPAN_TRUE:
        return value_boolean(true);
    case SPAN_NUMBER:
        value_parse_number(span.text, span.len, &value);
        break;
    case SPAN_STRING:
        if (span.escaped)
            return decoded(span, arena, VALUE_STRING, json_decode);
        return value_string(span.text + 1, span.len - 2);
    case SPAN_ARRAY:
        return (struct value){.type = VALUE_ARRAY, .spaced = true, .text = span.text, .len = span.len};
    case SPAN_OBJECT:
        return (struct value){.type = VALUE_STRUCT, .spaced = true, .text = span.text, .len = span.len};
    case SPAN_CELL:
        if (span.escaped)
            return decoded(span, arena, VALUE_CELL, tsv_decode);
        return (struct value){.type = VALUE_CELL, .text = span.text, .len = span.len};
    case SPAN_PACKED:
        return unpack_value(&(struct unpack){.at = span.text, .end = span.text + span.len});
    }
    return value;
}

struct value value_keep(const struct value *value, struct arena *arena)
{
    struct value copy = *value;
    if (value->text)
        copy.text = arena_copy(arena, value->text, value->len);
    if ((value->type == VALUE_ARRAY || value->type == VALUE_STRUCT) && value->of) {
        size_t size = nested_type_size(value->of) * sizeof *value->of;
        copy.of = memcpy(arena_alloc(arena, size), value->of, size);
    }
    return copy;
}

static bool text_is(const struct value *value, const char *text)
{
    size_t len = strlen(text);
    return value->len == len && memcmp(value->text, text, len) == 0;
}

bool value_to_number(const struct value *value, struct value *number)
{
    switch (value->type) {
    case VALUE_LONG:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
        *number = *value;
        return true;
    case VALUE_CELL:
        break;
    default:
        return false;
    }
    if (value->len == 0)
        return false;
    char first = value->text[0];
    if (first >= '0' && first <= '9')
        return value_parse_number(value->text, value->len, number);
    if (first == '-' && value_parse_number(value->text, value->len, number))
        return true;
    if (text_is(value, "NaN"))
        *number = value_double(NAN);
    else if (text_is(value, "Infinity"))
        *number = value_double(INFINITY);
    else if (text_is(value, "-Infinity"))
        *number = value_double(-INFINITY);
    else
        return false;
    return true;
}

bool value_is_number(const struct value *value)
{
    struct value number;
    return value_to_number(value, &number);
}

static struct decimal as_decimal(const struct value *value)
{
    if (value->type == VALUE_DECIMAL)
        return (struct decimal){.unscaled = value->unscaled, .precision = value->precision, .scale = value->scale};
    return (struct decimal){.unscaled = value->integer, .precision = 20};
}

double value_to_double(const struct value *number)
{
    if (number->type == VALUE_DOUBLE)
        return number->real;
    return number->type == VALUE_LONG ? (double)number->integer : decimal_to_double(as_decimal(number));
}

static int compare_reals(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

/* Exactly, so that the order stays one when both types are in a column. */
static int compare_long_real(int64_t a, double b)
{
    if (isnan(b) || b >= 9223372036854775808.0)
        return -1;
    if (b < -9223372036854775808.0)
        return 1;
    int64_t whole = (int64_t)b;
    if (a != whole)
        return a < whole ? -1 : 1;
    double rest = b - (double)whole;
    return (rest < 0) - (rest > 0);
}

static int compare_numbers(const struct value *a, const struct value *b)
{
    if (a->type == VALUE_LONG && b->type == VALUE_LONG)
        return (a->integer > b->integer) - (a->integer < b->integer);
    if (a->type == VALUE_LONG && b->type == VALUE_DOUBLE)
        return compare_long_real(a->integer, b->real);
    if (a->type == VALUE_DOUBLE && b->type == VALUE_LONG)
        return -compare_long_real(b->integer, a->real);
    if (a->type == VALUE_DOUBLE || b->type == VALUE_DOUBLE)
        return compare_reals(value_to_double(a), value_to_double(b));
    return decimal_compare(as_decimal(a), as_decimal(b));
}

static int compare_bytes(const struct value *a, const struct value *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = len > 0 ? memcmp(a->text, b->text, len) : 0;
    if (order != 0)
        return order < 0 ? -1 : 1;
    return (a->len > b->len) - (a->len < b->len);
}

/* Values of one class have an order among them; classes follow each other. */
enum compare_class {
    CLASS_NULL,
    CLASS_BOOLEAN,
    CLASS_NO_NUMBER, /* a cell that is none, among numbers */
    CLASS_NUMBER,
    CLASS_TIME,
    CLASS_INTERVAL,
    CLASS_TEXT,
    CLASS_ARRAY,
    CLASS_STRUCT
};

static enum compare_class compare_class(const struct value *value, bool numeric, struct value *number)
{
    switch (value->type) {
    case VALUE_NULL:
        return CLASS_NULL;
    case VALUE_BOOLEAN:
        return CLASS_BOOLEAN;
    case VALUE_LONG:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
        *number = *value;
        return CLASS_NUMBER;
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        return CLASS_TIME;
    case VALUE_INTERVAL:
        return CLASS_INTERVAL;
    case VALUE_STRING:
        return CLASS_TEXT;
    case VALUE_CELL:
        if (numeric)
            return value_to_number(value, number) ? CLASS_NUMBER : CLASS_NO_NUMBER;
        return CLASS_TEXT;
    case VALUE_ARRAY:
        return CLASS_ARRAY;
    case VALUE_STRUCT:
        return CLASS_STRUCT;
    }
    return CLASS_NULL;
}

static int compare_times(const struct value *a, const struct value *b)
{
    int64_t x = a->integer, y = b->integer;
    if (a->type != b->type) {
        x = a->type == VALUE_DATE ? datetime_midnight(x) : x;
        y = b->type == VALUE_DATE ? datetime_midnight(y) : y;
    }
    return (x > y) - (x < y);
}

static int compare_intervals(const struct value *a, const struct value *b)
{
    if (a->interval.months != b->interval.months)
        return a->interval.months < b->interval.months ? -1 : 1;
    return (a->interval.microseconds > b->interval.microseconds) -
           (a->interval.microseconds < b->interval.microseconds);
}

int value_compare(const struct value *a, const struct value *b, bool numeric)
{
    struct value x, y;
    enum compare_class left = compare_class(a, numeric, &x), right = compare_class(b, numeric, &y);
    if (left != right)
        return left < right ? -1 : 1;
    switch (left) {
    case CLASS_NULL:
        return 0;
    case CLASS_BOOLEAN:
        return a->boolean - b->boolean;
    case CLASS_NUMBER:
        return compare_numbers(&x, &y);
    case CLASS_TIME:
        return compare_times(a, b);
    case CLASS_INTERVAL:
        return compare_intervals(a, b);
    case CLASS_NO_NUMBER:
    case CLASS_TEXT:
        return compare_bytes(a, b);
    case CLASS_ARRAY:
    case CLASS_STRUCT:
        return value_compare_nested(a, b);
    }
    return 0;
}

/* The length first (one more, as 0 stands for null), seven bits a byte. */
static void key_bytes(const char *text, size_t len, struct buffer *into)
{
    buffer_reserve(into, len + 10);
    char *at = into->data + into->len;
    size_t left = len + 1;
    while (left > 127) {
        *at++ = (char)(left | 0x80);
        left >>= 7;
    }
    *at++ = (char)left;
    memcpy(at, text ? text : "", len);
    into->len = (size_t)(at - into->data) + len;
}

const char *value_long_digits(int64_t integer, char digits[VALUE_LONG_DIGITS], size_t *len)
{
    char *at = digits + VALUE_LONG_DIGITS;
    uint64_t left = integer < 0 ? -(uint64_t)integer : (uint64_t)integer;
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (integer < 0)
        *--at = '-';
    *len = (size_t)(digits + VALUE_LONG_DIGITS - at);
    return at;
}

static void key_long(int64_t integer, struct buffer *into)
{
    char digits[VALUE_LONG_DIGITS];
    size_t len;
    const char *text = value_long_digits(integer, digits, &len);
    key_bytes(text, len, into);
}

static void key_decimal(struct decimal decimal, struct buffer *into)
{
    while (decimal.scale > 0 && decimal.unscaled % 10 == 0) {
        decimal.unscaled /= 10;
        decimal.scale--;
    }
    char text[DECIMAL_TEXT_MAX];
    key_bytes(text, decimal_text(decimal, true, text), into);
}

static void key_real(double real, bool narrow, struct buffer *into)
{
    if (fabs(real) < 9e18 && real == (double)(int64_t)real) {
        key_long((int64_t)real, into);
        return;
    }
    char text[REAL_TEXT_MAX];
    size_t len = value_real_text(real, narrow, text);
    struct decimal decimal;
    bool too_long = false;
    if (fabs(real) < 1e38 && real == (double)(__int128)real)
        key_decimal((struct decimal){.unscaled = (__int128)real, .precision = 38}, into);
    else if (decimal_parse(text, len, &decimal, &too_long))
        key_decimal(decimal, into);
    else
        key_bytes(text, len, into);
}

/* A cell is a number's key only as that number would be written: 007 and 1.10 stay texts. */
static void key_cell(const struct value *cell, struct buffer *into)
{
    struct value number;
    char text[REAL_TEXT_MAX];
    if (cell->len > 0 && cell->text[0] <= '9' && value_to_number(cell, &number) && number.type == VALUE_DOUBLE &&
        value_real_text(number.real, false, text) == cell->len && memcmp(text, cell->text, cell->len) == 0)
        key_real(number.real, false, into);
    else
        key_bytes(cell->text, cell->len, into);
}

void value_key(const struct value *value, struct buffer *into)
{
    switch (value->type) {
    case VALUE_NULL:
        buffer_add_char(into, 0);
        return;
    case VALUE_LONG:
        key_long(value->integer, into);
        return;
    case VALUE_DOUBLE:
        key_real(value->real, value->width == 4, into);
        return;
    case VALUE_DECIMAL:
        key_decimal(as_decimal(value), into);
        return;
    case VALUE_STRING:
        key_bytes(value->text, value->len, into);
        return;
    case VALUE_CELL:
        key_cell(value, into);
        return;
    case VALUE_BOOLEAN:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
    case VALUE_INTERVAL:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        break;
    }
    /* written behind room for the longest length, then moved to its place */
    size_t start = into->len, room = 10;
    buffer_reserve(into, room);
    into->len += room;
    if (value->type == VALUE_ARRAY || value->type == VALUE_STRUCT)
        value_nested_key(value, into);
    else
        value_write_plain(value, into);
    size_t len = into->len - start - room;
    char *text = into->data + start + room;
    char head[10];
    size_t used = 0, left = len + 1;
    while (left > 127) {
        head[used++] = (char)(left | 0x80);
        left >>= 7;
    }
    head[used++] = (char)left;
    memmove(into->data + start + used, text, len);
    memcpy(into->data + start, head, used);
    into->len = start + used + len;
}

/* value: one SQL value, Spark SQL's types and rules (spark.sql.ansi.enabled=false).
 *
 * A value is small and copied freely; bytes it points to live in the batch or in the arena that was
 * given when it was made. Nested values (arrays, structs) are compact JSON text. */
#ifndef ATOOLS_VALUE_H
#define ATOOLS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/span.h"

enum value_type {
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_LONG,    /* 64 bits; `width` remembers int, smallint, tinyint */
    VALUE_DOUBLE,  /* width 4: a float, printed with a float's digits */
    VALUE_DECIMAL, /* exact: unscaled * 10^-scale, up to 38 digits (integers beyond long, cast(… as decimal(p,s))) */
    VALUE_STRING,  /* decoded UTF-8 bytes; width 1: BINARY, any bytes (base64 in JSON) */
    VALUE_DATE,    /* days since 1970-01-01 */
    VALUE_TIMESTAMP, /* microseconds since the epoch, UTC; width 1: TIMESTAMP_NTZ, the session's local time */
    VALUE_INTERVAL,  /* months + microseconds */
    VALUE_ARRAY,     /* JSON text */
    VALUE_STRUCT,    /* JSON text */
    VALUE_CELL,      /* untyped TSV cell, decoded: takes the type of what it meets, a number's where it reads as one */
};

/* Bytes of a text, array or struct that an expression makes. */
enum { VALUE_SIZE_MAX = 64 << 20 };

struct nested_type;

struct value {
    enum value_type type;
    bool as_written;  /* LONG, DOUBLE, DECIMAL: text holds the number as it stood in the input */
    bool spaced;      /* ARRAY, STRUCT: the JSON text is as it was read: white space, members in any order */
    unsigned char scale;     /* DECIMAL: digits behind the point; INTERVAL: first field it is written with */
    unsigned char
        precision; /* DECIMAL: digits of its type, 1..38; LONG from a literal: its digits; INTERVAL: last field */
    unsigned char width;     /* LONG, DOUBLE: bytes of its SQL type when not 8 (0 is 8); STRING, TIMESTAMP: see there */
    const char *text; /* STRING, CELL, ARRAY, STRUCT, or as_written */
    size_t len;
    union {
        const struct nested_type *of; /* ARRAY, STRUCT: types of what is in it that its text does not tell; or NULL */
        bool boolean;
        int64_t integer;   /* LONG, DATE, TIMESTAMP, INTERVAL (microseconds) */
        double real;
        __int128 unscaled; /* DECIMAL */
        struct {
            int64_t microseconds;
            int32_t months;
        } interval;
    };
};

/* The value of a span; decoded text goes into arena (nothing is allocated without escapes). */
struct value value_from_span(struct span span, struct arena *arena);

/* Three-way comparison for ORDER BY, min, max: a total order. Numbers of different types compare by value,
 * NaN is largest, -0.0 equals 0.0; dates and timestamps together; otherwise values of different types go by type
 * (null, boolean, number, date, interval, string, array, struct). A CELL is a number when `numeric` (and
 * comes before the numbers if it is none), else bytes. */
int value_compare(const struct value *a, const struct value *b, bool numeric);

/* Two arrays by their elements and then their length, or two structs by their members: in the order they were put
 * together in, or by name if one of them was read (`spaced`), where a member that is lacking is null. Null is least. */
int value_compare_nested(const struct value *a, const struct value *b);

/* What is equal for two arrays or structs that are, and for no others: the inner part of value_key. */
void value_nested_key(const struct value *value, struct buffer *into);

/* True when the CELL (or any value) reads as a number: for the "every non-null cell is a number" rule. */
bool value_is_number(const struct value *value);

/* The same, with the number: a LONG, DOUBLE or DECIMAL as it is, a CELL as it reads (NaN, Infinity too). */
bool value_to_number(const struct value *value, struct value *number);

/* A LONG, DOUBLE or DECIMAL as the nearest double. */
double value_to_double(const struct value *number);

/* Bits in the order of doubles: -0.0 is 0.0, all NaNs are the last one. */
static inline uint64_t value_real_order(double real)
{
    if (real != real)
        return UINT64_MAX;
    real += 0.0; /* -0.0 is 0.0 */
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

/* Appends a key: two values get the same bytes exactly when they are equal as group, distinct and join
 * keys: by their text, as if the column were one of strings (1, 1.0 and "1" are one key, so are -0.0 and 0.0; NaN is
 * one key; null is a key of its own). A key tells its own length, so keys may stand behind each other. */
void value_key(const struct value *value, struct buffer *into);

/* Written forms. TSV: COPY text (\N, escapes; `null` replaces \N if not NULL); JSON: a JSON value (NaN and infinities
 * as strings, a timestamp as Spark's JSON writer has it); plain: as cast(x as string), nothing for null. In TSV and
 * JSON a copied number keeps its text; a computed double, and any in the plain form, prints as Java does (1.0E10). */
void value_write_tsv(const struct value *value, const char *null, struct buffer *into);
void value_write_json(const struct value *value, struct buffer *into);
void value_write_plain(const struct value *value, struct buffer *into);

/* A span straight into the written form, without a value between (the fast path of plain columns). */
void value_write_span_tsv(struct span span, bool spaced, const char *null, struct buffer *into);
void value_write_span_json(struct span span, bool spaced, struct buffer *into);

/* A copy whose bytes live in `arena`. */
struct value value_keep(const struct value *value, struct arena *arena);

/* The shortest digits that read back as `real` (a float if `narrow`), laid out as Java's Double.toString
 * (Float.toString). Returns the length; nothing is terminated. */
enum { REAL_TEXT_MAX = 32 };
size_t value_real_text(double real, bool narrow, char text[REAL_TEXT_MAX]);

/* A whole number in its plainest form: at most 18 digits, which 64 bits hold; no sign, no 0 before others. */
static inline bool value_plain_number(const char *text, size_t len, int64_t *number)
{
    if (len == 0 || len > 18 || (text[0] == '0' && len > 1))
        return false;
    int64_t sum = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        sum = sum * 10 + digit;
    }
    *number = sum;
    return true;
}

/* Reads a whole text (RFC 8259 number grammar, any length) as LONG, DECIMAL up to 38 digits, or DOUBLE, as Spark types
 * a JSON number; false if it is none. as_written is set, text is kept. */
bool value_parse_number(const char *text, size_t len, struct value *value);

static inline struct value value_null(void)
{
    return (struct value){.type = VALUE_NULL};
}
static inline struct value value_boolean(bool boolean)
{
    return (struct value){.type = VALUE_BOOLEAN, .boolean = boolean};
}
static inline struct value value_long(int64_t integer)
{
    return (struct value){.type = VALUE_LONG, .integer = integer};
}
static inline struct value value_int(int64_t integer)
{
    return (struct value){.type = VALUE_LONG, .width = 4, .integer = integer};
}
static inline struct value value_double(double real)
{
    return (struct value){.type = VALUE_DOUBLE, .real = real};
}
static inline struct value value_string(const char *text, size_t len)
{
    return (struct value){.type = VALUE_STRING, .text = text, .len = len};
}
static inline struct value value_binary(const char *bytes, size_t len)
{
    return (struct value){.type = VALUE_STRING, .width = 1, .text = bytes, .len = len};
}
static inline bool value_is_binary(const struct value *value)
{
    return value->type == VALUE_STRING && value->width == 1;
}
static inline struct value value_date(int64_t days)
{
    return (struct value){.type = VALUE_DATE, .integer = days};
}
static inline struct value value_timestamp(int64_t microseconds)
{
    return (struct value){.type = VALUE_TIMESTAMP, .integer = microseconds};
}

/* A long in decimal, at the end of `digits`: where it begins, its length in *len. */
enum { VALUE_LONG_DIGITS = 24 };
const char *value_long_digits(int64_t integer, char digits[VALUE_LONG_DIGITS], size_t *len);

#endif

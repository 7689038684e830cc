/* value: one SQL value, Spark SQL's types and rules (spark.sql.ansi.enabled=false).
 *
 * A value is small and copied freely; bytes it points to live in the batch or in the arena that was
 * given when it was made. Nested values (arrays, structs) are compact JSON text. */
#ifndef ATOOLS_VALUE_H
#define ATOOLS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "span.h"

enum value_type {
    VALUE_NULL,
    VALUE_BOOLEAN,
    VALUE_LONG,
    VALUE_DOUBLE,
    VALUE_DECIMAL,   /* exact: unscaled * 10^-scale, up to 38 digits (integers beyond long, cast(… as decimal(p,s))) */
    VALUE_STRING,    /* decoded UTF-8 bytes */
    VALUE_DATE,      /* days since 1970-01-01 */
    VALUE_TIMESTAMP, /* microseconds since the epoch, UTC */
    VALUE_INTERVAL,  /* months + microseconds */
    VALUE_ARRAY,     /* JSON text */
    VALUE_STRUCT,    /* JSON text */
    VALUE_CELL,      /* untyped TSV cell, decoded: takes the type of what it meets (DESIGN "TSV") */
};

struct value {
    enum value_type type;
    bool as_written;  /* LONG, DOUBLE, DECIMAL: text holds the number as it stood in the input */
    bool spaced;      /* ARRAY, STRUCT: the JSON text may hold white space */
    unsigned char scale; /* DECIMAL */
    const char *text; /* STRING, CELL, ARRAY, STRUCT, or as_written */
    size_t len;
    union {
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

/* Three-way comparison for ORDER BY, min, max: nulls are the caller's business. Values of different
 * types are brought together as Spark does in a comparison; NaN is largest, -0.0 equals 0.0. Two CELLs:
 * numeric when `numeric`, else bytewise. */
int value_compare(const struct value *a, const struct value *b, bool numeric);

/* True when the CELL (or any value) reads as a number: for the "every non-null cell is a number" rule. */
bool value_is_number(const struct value *value);

/* Appends a key: two values get the same bytes exactly when they are equal as group, distinct and join
 * keys (strings decoded, 1 and 1.0 the same, -0.0 as 0.0, NaN one key; null is a key of its own). */
void value_key(const struct value *value, struct buffer *into);

/* Written forms. TSV: COPY text (\N, escapes; `null` replaces \N if not NULL); JSON: a JSON value; plain: as cast(x as string). A copied number
 * keeps its text; a computed double prints as Java does (1.0E10). */
void value_write_tsv(const struct value *value, const char *null, struct buffer *into);
void value_write_json(const struct value *value, struct buffer *into);
void value_write_plain(const struct value *value, struct buffer *into);

/* A span straight into the written form, without a value between (the fast path of plain columns). */
void span_write_tsv(struct span span, bool spaced, const char *null, struct buffer *into);
void span_write_json(struct span span, bool spaced, struct buffer *into);

/* A copy whose bytes live in `arena`. */
struct value value_keep(const struct value *value, struct arena *arena);

#endif

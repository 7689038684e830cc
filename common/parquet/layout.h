/* parquet_layout: what records are written as: a tree of fields with Spark's types, all of them nullable, and what
 * becomes of it in the file: groups, lists of three levels, maps, leaves with the physical types Spark's writer chooses
 * (but that a timestamp is an INT64 of microseconds).
 *
 * Immutable once made; shared by the batches and the writer of a file. */
#ifndef ATOOLS_PARQUET_LAYOUT_H
#define ATOOLS_PARQUET_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"

enum parquet_kind {
    PARQUET_KIND_BOOLEAN,
    PARQUET_KIND_BYTE,
    PARQUET_KIND_SHORT,
    PARQUET_KIND_INT,
    PARQUET_KIND_LONG,
    PARQUET_KIND_FLOAT,
    PARQUET_KIND_DOUBLE,
    PARQUET_KIND_DECIMAL, /* of precision (1 to 38) and scale */
    PARQUET_KIND_STRING,
    PARQUET_KIND_BINARY, /* in JSON: base64 */
    PARQUET_KIND_DATE,
    PARQUET_KIND_TIMESTAMP,
    PARQUET_KIND_TIMESTAMP_NTZ, /* without a time zone */
    PARQUET_KIND_STRUCT,        /* children: the members */
    PARQUET_KIND_ARRAY,         /* one child: the element */
    PARQUET_KIND_MAP,           /* two: key, of a type without parts, and value */
};

/* A field as the caller wants it. Names of elements, keys and values do not matter. */
struct parquet_field {
    const char *name;
    size_t name_len;
    enum parquet_kind kind;
    unsigned char precision, scale;
    struct parquet_field *children;
    size_t child_count;
};

struct parquet_layout;

/* The layout of records with these members; a copy is made of everything. NULL and the problem: it is nested deeper
 * than PARQUET_DEPTH_MAX, a struct has no members or two of one name, or a decimal's digits are out of range. */
struct parquet_layout *parquet_layout_new(const struct parquet_field *fields, size_t count, struct problem *problem);
void parquet_layout_free(struct parquet_layout *layout);

/* Appends the type of such records as Spark's StructType.json has it. */
void parquet_layout_spark(const struct parquet_layout *layout, struct buffer *into);

#endif

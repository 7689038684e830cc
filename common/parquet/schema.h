/* parquet_schema: what a Parquet file says its records look like: a tree of groups and leaves, each leaf a column.
 *
 * The tree as it stands in the file is kept whole (records are taken apart by its levels); `shape` says how a node is
 * meant: the groups between a list and its elements, a map and its entries are passed over by parquet_element and
 * parquet_map_key/value. Immutable once built; lives as long as the file (or arena) it is of. */
#ifndef ATOOLS_PARQUET_SCHEMA_H
#define ATOOLS_PARQUET_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* Groups nested deeper than this are refused; so a level fits a byte. */
enum { PARQUET_DEPTH_MAX = 200 };

/* Numbers of parquet.thrift's Type. */
enum parquet_physical {
    PARQUET_BOOLEAN,
    PARQUET_INT32,
    PARQUET_INT64,
    PARQUET_INT96,
    PARQUET_FLOAT,
    PARQUET_DOUBLE,
    PARQUET_BYTE_ARRAY,
    PARQUET_FIXED,
    PARQUET_PHYSICAL_COUNT,
};

/* Numbers of parquet.thrift's FieldRepetitionType. */
enum parquet_repetition { PARQUET_REQUIRED, PARQUET_OPTIONAL, PARQUET_REPEATED };

/* What a leaf's values mean; from the logical type, or else the older converted type. */
enum parquet_meaning {
    PARQUET_AS_IS, /* numbers, bytes */
    PARQUET_STRING,
    PARQUET_ENUM,
    PARQUET_JSON,
    PARQUET_BSON,
    PARQUET_UUID,
    PARQUET_INTEGER, /* of `bits`, signed or not */
    PARQUET_DECIMAL, /* of `precision` and `scale` */
    PARQUET_DATE,
    PARQUET_TIME,      /* of `unit` */
    PARQUET_TIMESTAMP, /* of `unit`; `utc`: a moment, else a local time */
    PARQUET_INTERVAL,
    PARQUET_FLOAT16,
    PARQUET_NOTHING, /* only nulls */
};

enum parquet_unit { PARQUET_MILLIS, PARQUET_MICROS, PARQUET_NANOS };

enum parquet_shape { PARQUET_LEAF, PARQUET_STRUCT, PARQUET_LIST, PARQUET_MAP };

struct parquet_node {
    const char *name; /* bytes as in the file, NUL behind them */
    size_t name_len;
    enum parquet_repetition repetition;
    enum parquet_shape shape;
    enum parquet_physical physical; /* LEAF */
    enum parquet_meaning meaning;   /* LEAF */
    enum parquet_unit unit;
    bool utc, is_signed;
    unsigned bits;
    uint32_t width;                  /* PARQUET_FIXED: bytes a value */
    int32_t precision, scale;        /* PARQUET_DECIMAL */
    unsigned char definition;        /* level from which on it is there (not null) */
    unsigned char repeats;           /* level of its innermost repeated ancestor, itself included */
    const struct parquet_node *parent;
    struct parquet_node *children;   /* next to each other in memory */
    size_t child_count;
    size_t first_leaf, leaf_count;   /* the columns at and below it */
};

/* True if a leaf's values are bytes, of no further meaning: BINARY in SQL. */
bool parquet_is_binary(const struct parquet_node *leaf);

/* The element of a LIST. One whose node repeats by itself is there whenever the level of the list's inner group is. */
const struct parquet_node *parquet_element(const struct parquet_node *list);

/* The node whose repetition makes the elements or entries of a LIST or MAP. */
const struct parquet_node *parquet_repeated(const struct parquet_node *container);

const struct parquet_node *parquet_map_key(const struct parquet_node *map);
const struct parquet_node *parquet_map_value(const struct parquet_node *map); /* NULL: a map without values */

/* The member of that name, or NULL; of a repeated name the first. */
const struct parquet_node *parquet_member(const struct parquet_node *group, const char *name, size_t len);

/* Appends the schema as Spark's JSON of a StructType, all of it nullable. NULL, or the node that Spark has no type for
 * (a time, an interval, decimals of more than 38 digits). */
const struct parquet_node *parquet_schema_spark(const struct parquet_node *root, struct buffer *into);

#endif

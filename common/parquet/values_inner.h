/* parquet_values: the values of a page, decoded some at a time, whatever their encoding. Private to common/parquet.
 *
 * What cells point to lies in the page, or (DELTA_BYTE_ARRAY) in the arena that is given with each call. */
#ifndef ATOOLS_PARQUET_VALUES_INNER_H
#define ATOOLS_PARQUET_VALUES_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "parquet/delta_inner.h"
#include "parquet/format_inner.h"
#include "parquet/hybrid_inner.h"
#include "parquet/schema.h"

/* One value, by its physical type. */
union parquet_cell {
    int64_t integer; /* BOOLEAN, INT32, INT64 */
    double real;     /* FLOAT, DOUBLE */
    struct {
        const char *data;
        size_t len;
    } bytes; /* BYTE_ARRAY, FIXED, INT96 */
};

struct parquet_values {
    const struct parquet_node *leaf;
    int32_t encoding;
    const unsigned char *at, *end;
    struct parquet_hybrid hybrid;   /* dictionary codes, booleans */
    uint64_t bit;                   /* PLAIN booleans */
    size_t stride;                  /* BYTE_STREAM_SPLIT: values in the page */
    struct parquet_delta delta;     /* numbers, or lengths */
    struct parquet_delta prefixes;  /* DELTA_BYTE_ARRAY: bytes shared with the value before */
    struct buffer last;             /* that value; owned */
    int64_t prefix, suffix;         /* the next value's, when `peeked` */
    bool peeked;
};

/* True if the values are codes of a dictionary. */
static inline bool parquet_values_coded(const struct parquet_values *values)
{
    return values->encoding == ENCODING_RLE_DICTIONARY || values->encoding == ENCODING_PLAIN_DICTIONARY;
}

/* Begins with a page's values, PARQUET_SLACK bytes readable behind them. NULL, or what is wrong. */
const char *parquet_values_start(struct parquet_values *values, const struct parquet_node *leaf, int32_t encoding,
                                 const char *bytes, size_t len);

/* Up to `count` (> 0) values: how many; fewer only where they are long; 0: they end before, or are damaged. */
size_t parquet_values_read(struct parquet_values *values, union parquet_cell *cells, size_t count, struct arena *arena);

/* A value that comes in the same bytes always (numbers; of fixed length): 0 for BOOLEAN and BYTE_ARRAY. */
size_t parquet_value_width(const struct parquet_node *leaf);

void parquet_values_free(struct parquet_values *values);

#endif

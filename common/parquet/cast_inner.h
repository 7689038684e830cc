/* parquet_cast: JSON scalars as what a leaf keeps. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_CAST_INNER_H
#define ATOOLS_PARQUET_CAST_INNER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/span.h"
#include "parquet/layout_inner.h"

struct parquet_cast {
    struct buffer *text; /* scratch */
    int64_t number;      /* BOOLEAN, INT32, INT64; FLOAT, DOUBLE: the bits of a double */
    const char *bytes;   /* BYTE_ARRAY, FIXED: in text */
    size_t len;
};

/* A value (not null) for a leaf that is no STRING; false: it does not fit. */
bool parquet_cast_span(const struct parquet_target *target, struct span value, struct parquet_cast *cast);

#endif

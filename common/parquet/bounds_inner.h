/* parquet_bounds: the least and greatest of values, as statistics keep them. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_BOUNDS_INNER_H
#define ATOOLS_PARQUET_BOUNDS_INNER_H

#include "base/mem.h"
#include "parquet/layout_inner.h"
#include "parquet/thrift.h"

struct parquet_bounds {
    bool there;                             /* a value was added that is no NaN */
    bool has_nan;                           /* one that is */
    bool exact_least, exact_most, has_most; /* after parquet_bounds_finish: not cut; there is a greatest */
    struct buffer least, most;              /* in PLAIN encoding, without lengths; owned */
};

/* Longer bounds of strings are cut, between characters. */
enum { PARQUET_BOUND_BYTES = 64 };

/* Three-way comparison of two PLAIN values of this leaf (which are no NaN). */
int parquet_bound_compare(const struct parquet_target *leaf, struct thrift_bytes a, struct thrift_bytes b);

void parquet_bounds_add(const struct parquet_target *leaf, struct thrift_bytes value, struct parquet_bounds *bounds);

/* Makes them what a file says: zeros of both signs are within, long strings are cut. */
void parquet_bounds_finish(const struct parquet_target *leaf, struct parquet_bounds *bounds);

#endif

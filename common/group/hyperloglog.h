/* hyperloglog: how many distinct values there are, roughly, in a fixed small memory: HyperLogLog++ with
 * Spark's hash (XXH64, seed 42), registers and ranges, so small and large counts come out as Spark's do. In
 * the middle range, where Spark corrects by tables measured for each precision, this uses Ertl's estimator
 * (New cardinality estimation algorithms for HyperLogLog sketches, 2017), which needs none.
 *
 * The precision p (2^p registers) is the caller's to keep; memory comes from the pool given. A
 * zero-initialised hyperloglog is empty. */
#ifndef ATOOLS_HYPERLOGLOG_H
#define ATOOLS_HYPERLOGLOG_H

#include <stdint.h>

#include "base/pool.h"
#include "value/pack.h"
#include "value/value.h"

enum { HYPERLOGLOG_LEAST = 4, HYPERLOGLOG_MOST = 18 };

struct hyperloglog {
    unsigned char *registers; /* NULL while there are few: */
    uint32_t *few;            /* register number << 8 | its content */
    uint32_t count, cap;
};

/* The precision for a relative standard deviation (Spark's default: 0.05, p = 9); 0 if it is out of range. */
unsigned hyperloglog_precision(double deviation);

/* A non-null value. */
void hyperloglog_add(struct hyperloglog *sketch, unsigned precision, const struct value *value, struct pool *pool);
/* The same, of a value with this hash, whichever it is made by: 64 bits, all of them mixed. */
void hyperloglog_add_hash(struct hyperloglog *sketch, unsigned precision, uint64_t hash, struct pool *pool);
void hyperloglog_merge(struct hyperloglog *sketch, unsigned precision, const struct hyperloglog *other,
                       struct pool *pool);
int64_t hyperloglog_estimate(const struct hyperloglog *sketch, unsigned precision);

/* By register: the same bytes for the same registers. */
void hyperloglog_write(const struct hyperloglog *sketch, unsigned precision, struct buffer *into);
bool hyperloglog_read(struct hyperloglog *sketch, unsigned precision, struct unpack *from, struct pool *pool);

#endif

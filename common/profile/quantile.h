/* quantile: how numbers are spread, in bounded memory: how many fell into each of a few thousand buckets. A bucket is
 * the numbers whose doubles begin with the same bits, of which as many are looked at as there is room for: while few
 * numbers are distinct each has a bucket of its own and all answers are exact, later each is right to a fraction
 * of a per cent of its size.
 *
 * No order of additions and merges can be seen: how many bits are looked at depends on the set of numbers alone. One
 * thread at a time; zero-initialised it is empty. */
#ifndef ATOOLS_QUANTILE_H
#define ATOOLS_QUANTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Buckets at most. */
enum { QUANTILE_BUCKETS = 4096 };

struct quantile_bucket {
    uint64_t bits;  /* the first bits of the number, in an order that is the numbers' */
    uint64_t count; /* 0: not in use */
};

struct quantile {
    struct quantile_bucket *buckets; /* a hash table; sorted by quantile_settle, which ends adding */
    size_t cap, count;
    unsigned shift; /* bits that are not looked at */
    uint64_t total;
};

void quantile_add(struct quantile *quantile, double number);
void quantile_merge(struct quantile *quantile, const struct quantile *other);

/* Nothing is added any more: now it may be asked. */
void quantile_settle(struct quantile *quantile);

/* The smallest number with at least this fraction (0 to 1) of all at or below it (Spark's percentile_approx), as it is
 * or, in a bucket of several, where it lies if they are spread evenly, in few digits. Not of an empty one. */
double quantile_at(const struct quantile *quantile, double fraction);

/* How many are in each of `bins` intervals of one width from the smallest number to the largest. Numbers that are not
 * finite are left out. False: there is no width. */
bool quantile_histogram(const struct quantile *quantile, uint64_t *counts, size_t bins);

void quantile_free(struct quantile *quantile);

#endif

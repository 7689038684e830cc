/* parquet_delta: DELTA_BINARY_PACKED numbers (Encodings.md), one after the other in constant memory. Private to
 * common/parquet.
 *
 * PARQUET_SLACK bytes behind the end must be readable. */
#ifndef ATOOLS_PARQUET_DELTA_INNER_H
#define ATOOLS_PARQUET_DELTA_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct parquet_delta {
    const unsigned char *at, *end;
    const unsigned char *widths; /* of the block's miniblocks */
    uint64_t minis, per_mini;    /* miniblocks a block, numbers a miniblock */
    uint64_t left;               /* numbers not given out yet */
    uint64_t mini;               /* the miniblock at hand; minis: the block is at its end */
    uint64_t mini_left;          /* numbers left in it */
    uint64_t bit;                /* where the next one begins, from `at` on */
    uint64_t least;              /* the block's smallest delta */
    uint64_t value;              /* the number before */
    bool first;                  /* none was given out yet */
};

/* False: the bytes do not begin so. */
bool parquet_delta_start(struct parquet_delta *delta, const void *bytes, const void *end);

/* The next `count` numbers; false: they end before, or are damaged. */
bool parquet_delta_read(struct parquet_delta *delta, int64_t *into, size_t count);

/* The byte behind all of them, found from the heads of the miniblocks alone; NULL: damaged. For one that was just
 * started. */
const unsigned char *parquet_delta_end(struct parquet_delta delta);

#endif

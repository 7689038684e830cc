/* parquet_hybrid: RLE and bit-packed runs in turn, in which Parquet keeps levels, dictionary codes and booleans
 * (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"); and the older bit-packing of levels alone. Private to
 * common/parquet.
 *
 * PARQUET_SLACK bytes behind the end must be readable, whatever is in them. */
#ifndef ATOOLS_PARQUET_HYBRID_INNER_H
#define ATOOLS_PARQUET_HYBRID_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum { PARQUET_SLACK = 64 };

struct parquet_hybrid {
    const unsigned char *at, *end;
    unsigned width;     /* bits a value, at most 32 */
    uint64_t repeated;  /* of an RLE run: how often `value` still comes */
    uint32_t value;
    uint64_t packed;    /* of a bit-packed run: values left, */
    uint64_t packed_at; /* the bit at which the next begins, from `at` on */
    bool backward;      /* the older kind: one run, the highest bit first */
};

void parquet_hybrid_start(struct parquet_hybrid *hybrid, const void *bytes, size_t len, unsigned width);

/* The older bit-packing: one run of `count` values. False: the bytes are too few. */
bool parquet_hybrid_start_packed(struct parquet_hybrid *hybrid, const void *bytes, size_t len, unsigned width,
                                 size_t count);

/* The next `count` values; false: they end before. */
bool parquet_hybrid_codes(struct parquet_hybrid *hybrid, uint32_t *into, size_t count);
bool parquet_hybrid_levels(struct parquet_hybrid *hybrid, unsigned char *into, size_t count); /* width at most 8 */

/* Appends numbers in runs. */
void parquet_hybrid_put_codes(const uint32_t *codes, size_t count, unsigned width, struct buffer *into);
void parquet_hybrid_put_levels(const unsigned char *levels, size_t count, unsigned width, struct buffer *into);

/* Bits that hold every value up to `most`. */
static inline unsigned parquet_bits(uint64_t most)
{
    return most == 0 ? 0 : 64 - (unsigned)__builtin_clzll(most);
}

/* `width` (at most 57) bits from bit `bit` of bytes on, lowest first; reads 8 bytes. */
uint64_t parquet_unpack(const unsigned char *bytes, uint64_t bit, unsigned width);

#endif

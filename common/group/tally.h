/* tally: distinct keys and how often each was seen, one small table inside a group's state: what
 * DISTINCT, collect_set and mode keep. A key may carry extra bytes (the value it stands for); of several
 * the bytewise least stay, so no order of adding or merging changes a tally.
 *
 * Memory comes from the pool given; one thread at a time. A zero-initialised tally is empty. */
#ifndef ATOOLS_TALLY_H
#define ATOOLS_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "value/pack.h"

struct tally_entry {
    uint64_t count;
    const char *extra; /* behind the key, or NULL */
    size_t extra_len, key_len;
    uint32_t hash;
    char key[];
};

struct tally {
    struct tally_entry **slots; /* a list while small, then open addressing */
    uint64_t count : 56;
    uint64_t cap_bits : 8;      /* room for 2^cap_bits; slots is NULL: for none */
};

void tally_add(struct tally *tally, const char *key, size_t key_len, const char *extra, size_t extra_len,
               uint64_t count, struct pool *pool);
void tally_merge(struct tally *tally, const struct tally *other, struct pool *pool);

/* The entries one by one: *at starts as 0; NULL behind the last. */
const struct tally_entry *tally_next(const struct tally *tally, size_t *at);

/* By key, bytewise: the same bytes for the same tally, however it came about. */
void tally_write(const struct tally *tally, struct buffer *into);
/* False if the bytes are no tally. */
bool tally_read(struct tally *tally, struct unpack *from, struct pool *pool);

#endif

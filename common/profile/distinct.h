/* distinct: the different values of a column, in bounded memory: how many there are, and which one is the most
 * frequent. Up to DISTINCT_EXACT of them are counted one by one and both answers are exact. Beyond that a HyperLogLog
 * estimates how many there are, a count-min sketch how often each occurs, and of the values only those that are
 * frequent stay (Misra and Gries): every value that makes up 1 % of all is among them, whatever the order, and no
 * other is an answer.
 *
 * No order of additions and merges can be seen. One thread at a time; zero-initialised it is empty. */
#ifndef ATOOLS_DISTINCT_H
#define ATOOLS_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/pool.h"
#include "group/hyperloglog.h"

enum { DISTINCT_EXACT = 2048, DISTINCT_TEXT = 128 /* bytes of a value that are kept */ };

struct distinct_value {
    uint64_t hash, count; /* count 0: not in use */
    size_t text;          /* where in texts */
    uint32_t len;
    bool cut; /* it was longer */
};

struct distinct {
    struct distinct_value *table; /* a hash table */
    size_t cap, count;
    struct buffer texts;
    uint64_t *sketch; /* of count-min; NULL: all values are in the table */
    struct hyperloglog registers;
    uint64_t total;
};

/* A value that has this hash (hash_bytes of something that equal values have in common), and how it is written. */
void distinct_add(struct distinct *distinct, uint64_t hash, const char *text, size_t len, struct pool *pool);
void distinct_merge(struct distinct *distinct, const struct distinct *other, struct pool *pool);

/* How many there are: exactly, or about. */
uint64_t distinct_count(const struct distinct *distinct);

/* The most frequent value, the first by its text of several; *count: about how often it occurs. NULL: none makes up 1 %
 * of all. */
const struct distinct_value *distinct_top(const struct distinct *distinct, uint64_t *count);

void distinct_free(struct distinct *distinct);

#endif

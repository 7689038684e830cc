/* parquet_strings: distinct byte strings, numbered in the order in which they came. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_DICTIONARY_INNER_H
#define ATOOLS_PARQUET_DICTIONARY_INNER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

struct parquet_string {
    uint64_t hash;
    size_t at, len; /* in bytes */
};

struct parquet_strings {
    struct buffer bytes;
    struct parquet_string *items;
    size_t count, cap;
    uint64_t *table; /* the hash's upper half, number + 1 below it; 0: free */
    size_t mask;
};

/* Makes the table larger, or for the first time. */
void parquet_strings_grow(struct parquet_strings *strings);

/* Adds one that is not there: with `prefix` bytes in front of it that do not count (a length). Its number. */
uint32_t parquet_strings_add(struct parquet_strings *strings, const char *text, size_t len, uint64_t hash,
                             size_t prefix);
/* Adds one that is not looked for any more. Its number. */
uint32_t parquet_strings_append(struct parquet_strings *strings, const char *text, size_t len, uint64_t hash);
/* Room for so many items more. */
void parquet_strings_reserve(struct parquet_strings *strings, size_t count);
void parquet_strings_clear(struct parquet_strings *strings);
void parquet_strings_free(struct parquet_strings *strings);

/* Hints that a string of this hash is looked for soon. */
static inline void parquet_strings_expect(const struct parquet_strings *strings, uint64_t hash)
{
    if (strings->table)
        __builtin_prefetch(&strings->table[(size_t)hash & strings->mask]);
}

/* The number of a string, which is added if new. At most UINT32_MAX - 1 of them. */
static inline uint32_t parquet_strings_number(struct parquet_strings *strings, const char *text, size_t len,
                                              uint64_t hash, size_t prefix)
{
    if (2 * strings->count >= strings->mask)
        parquet_strings_grow(strings);
    for (size_t at = (size_t)hash;; at++) {
        uint64_t entry = strings->table[at & strings->mask];
        if (entry == 0)
            return parquet_strings_add(strings, text, len, hash, prefix);
        if ((entry ^ hash) >> 32 != 0)
            continue;
        uint32_t number = (uint32_t)entry - 1;
        const struct parquet_string *item = &strings->items[number];
        if (item->len == len && memcmp(strings->bytes.data + item->at, text, len) == 0)
            return number;
    }
}

#endif

/* index: finds things that are kept in an array (columns by name, paths, members) by the hash of what they are called,
 * in a time that does not grow with their number, whoever chose the names. It holds hashes and numbers only: the names
 * stay with the caller, who compares.
 *
 *     uint64_t hash = index_hash(name, len);
 *     for (size_t at = index_first(&index, hash); at != INDEX_NONE; at = index_next(&index, hash, at))
 *         if (is_called(things[index_number(&index, at)], name, len))
 *             ...
 *
 * Zero-initialised it is empty and ready. Filled by one thread, then looked into by any number. */
#ifndef ATOOLS_INDEX_H
#define ATOOLS_INDEX_H

#include <stddef.h>
#include <stdint.h>

#define INDEX_NONE SIZE_MAX

struct index_slot {
    uint64_t hash;
    size_t number; /* INDEX_NONE: an unused slot */
};

struct index {
    struct index_slot *slots; /* a power of two, at most half of them used */
    size_t cap, count;
};

/* The hash of a name in this run (hash_seed). */
uint64_t index_hash(const void *name, size_t len);

/* The hash of something of several parts: `part` behind those that gave `hash` (0: none). */
uint64_t index_hash_more(uint64_t hash, const void *part, size_t len);

/* Gives a number (not INDEX_NONE) to a hash; several may have the same. */
void index_add(struct index *index, uint64_t hash, size_t number);

/* The places of all numbers with this hash, in the order in which they were added; INDEX_NONE behind the last. */
size_t index_first(const struct index *index, uint64_t hash);
size_t index_next(const struct index *index, uint64_t hash, size_t at);

/* The number at a place. */
size_t index_number(const struct index *index, size_t at);

/* Empty again, its memory given back. */
void index_free(struct index *index);

#endif

#include "base/index.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

enum { CAP_LEAST = 16 };

uint64_t index_hash(const void *name, size_t len)
{
    return hash_keyed(name, len, hash_seed());
}

uint64_t index_hash_more(uint64_t hash, const void *part, size_t len)
{
    return hash_mix(hash ^ UINT64_C(0x9e3779b97f4a7c15), index_hash(part, len));
}

/* From `at` on: the first place with this hash. */
static size_t search(const struct index *index, uint64_t hash, size_t at)
{
    for (;; at++) {
        const struct index_slot *slot = &index->slots[at & (index->cap - 1)];
        if (slot->number == INDEX_NONE)
            return INDEX_NONE;
        if (slot->hash == hash)
            return at & (index->cap - 1);
    }
}

static void put(struct index *index, uint64_t hash, size_t number)
{
    size_t at = (size_t)hash & (index->cap - 1);
    while (index->slots[at].number != INDEX_NONE)
        at = (at + 1) & (index->cap - 1);
    index->slots[at] = (struct index_slot){hash, number};
}

static void clear(struct index *index, size_t cap)
{
    index->slots = mem_resize(NULL, cap, sizeof *index->slots);
    index->cap = cap;
    for (size_t i = 0; i < cap; i++)
        index->slots[i].number = INDEX_NONE;
}

/* Twice as large. Numbers of one hash keep their order: going on from an unused slot meets them in it. */
static void grow(struct index *index)
{
    struct index_slot *old = index->slots;
    size_t cap = index->cap, start = 0;
    clear(index, cap ? 2 * cap : CAP_LEAST);
    while (start < cap && old[start].number != INDEX_NONE)
        start++;
    for (size_t i = 0; i < cap; i++) {
        const struct index_slot *slot = &old[(start + i) & (cap - 1)];
        if (slot->number != INDEX_NONE)
            put(index, slot->hash, slot->number);
    }
    free(old);
}

void index_add(struct index *index, uint64_t hash, size_t number)
{
    if (index->count >= index->cap / 2)
        grow(index);
    put(index, hash, number);
    index->count++;
}

size_t index_first(const struct index *index, uint64_t hash)
{
    return index->count > 0 ? search(index, hash, (size_t)hash) : INDEX_NONE;
}

size_t index_next(const struct index *index, uint64_t hash, size_t at)
{
    return search(index, hash, at + 1);
}

size_t index_number(const struct index *index, size_t at)
{
    return index->slots[at].number;
}

void index_free(struct index *index)
{
    free(index->slots);
    *index = (struct index){0};
}

#include "group/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { TALLY_LIST_BITS = 3, TALLY_FIRST_BITS = 1, TALLY_TABLE_BITS = 5 };

static size_t cap_of(const struct tally *tally)
{
    return tally->slots ? (size_t)1 << tally->cap_bits : 0;
}

static bool is_list(const struct tally *tally)
{
    return tally->cap_bits <= TALLY_LIST_BITS;
}

static bool is_entry(const struct tally_entry *entry, const char *key, size_t len, uint64_t hash)
{
    return entry->hash == (uint32_t)hash && entry->key_len == len && memcmp(entry->key, key, len) == 0;
}

static struct tally_entry **find_slot(const struct tally *tally, const char *key, size_t len, uint64_t hash)
{
    size_t cap = cap_of(tally);
    if (cap == 0)
        return NULL;
    if (is_list(tally)) {
        size_t i = 0;
        while (i < tally->count && tally->slots[i] && !is_entry(tally->slots[i], key, len, hash))
            i++;
        return i < cap ? &tally->slots[i] : NULL;
    }
    for (size_t i = (size_t)hash & (cap - 1);; i = (i + 1) & (cap - 1)) {
        const struct tally_entry *entry = tally->slots[i];
        if (!entry || is_entry(entry, key, len, hash))
            return &tally->slots[i];
    }
}

static void place_entry(struct tally *tally, struct tally_entry *entry)
{
    size_t cap = cap_of(tally), i = entry->hash & (cap - 1);
    while (tally->slots[i])
        i = (i + 1) & (cap - 1);
    tally->slots[i] = entry;
}

/* Makes room for one more entry. A table is at most two thirds full. */
static void make_room(struct tally *tally, struct pool *pool)
{
    size_t old_cap = cap_of(tally);
    if (tally->count < (is_list(tally) ? old_cap : old_cap / 3 * 2))
        return;
    struct tally_entry **old = tally->slots;
    tally->cap_bits = old_cap == 0                         ? TALLY_FIRST_BITS
                      : tally->cap_bits == TALLY_LIST_BITS ? TALLY_TABLE_BITS
                                                           : (unsigned char)(tally->cap_bits + 1);
    size_t size = ((size_t)1 << tally->cap_bits) * sizeof *tally->slots;
    tally->slots = memset(pool_alloc(pool, size), 0, size);
    if (is_list(tally)) {
        if (old_cap > 0)
            memcpy(tally->slots, old, old_cap * sizeof *old);
        return;
    }
    for (size_t i = 0; i < old_cap; i++)
        if (old[i])
            place_entry(tally, old[i]);
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t least = a_len < b_len ? a_len : b_len;
    int order = least > 0 ? memcmp(a, b, least) : 0;
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static void set_extra(struct tally_entry *entry, const char *extra, size_t len, struct pool *pool)
{
    char *copy = NULL;
    if (len > 0) {
        copy = len <= entry->extra_len ? (char *)(uintptr_t)entry->extra : pool_alloc(pool, len);
        memcpy(copy, extra, len);
    }
    entry->extra = copy;
    entry->extra_len = len;
}

void tally_add(struct tally *tally, const char *key, size_t key_len, const char *extra, size_t extra_len,
               uint64_t count, struct pool *pool)
{
    uint32_t hash = (uint32_t)(hash_keyed(key, key_len, hash_seed()) >> 32);
    struct tally_entry **slot = tally->slots ? find_slot(tally, key, key_len, hash) : NULL;
    if (slot && *slot) {
        (*slot)->count += count;
        if (extra_len > 0 && compare_bytes(extra, extra_len, (*slot)->extra, (*slot)->extra_len) < 0)
            set_extra(*slot, extra, extra_len, pool);
        return;
    }
    make_room(tally, pool);
    struct tally_entry *entry = pool_alloc(pool, offsetof(struct tally_entry, key) + key_len);
    entry->count = count;
    entry->extra_len = 0;
    entry->key_len = key_len;
    entry->hash = hash;
    if (key_len > 0)
        memcpy(entry->key, key, key_len);
    set_extra(entry, extra, extra_len, pool);
    *find_slot(tally, key, key_len, hash) = entry;
    tally->count++;
}

const struct tally_entry *tally_next(const struct tally *tally, size_t *at)
{
    for (size_t cap = cap_of(tally); *at < cap;) {
        const struct tally_entry *entry = tally->slots[(*at)++];
        if (entry)
            return entry;
    }
    return NULL;
}

void tally_merge(struct tally *tally, const struct tally *other, struct pool *pool)
{
    size_t at = 0;
    for (const struct tally_entry *entry; (entry = tally_next(other, &at));)
        tally_add(tally, entry->key, entry->key_len, entry->extra, entry->extra_len, entry->count, pool);
}

static int compare_entries(const void *left, const void *right)
{
    const struct tally_entry *a = *(const struct tally_entry *const *)left,
                             *b = *(const struct tally_entry *const *)right;
    return compare_bytes(a->key, a->key_len, b->key, b->key_len);
}

void tally_write(const struct tally *tally, struct buffer *into)
{
    const struct tally_entry *small[(size_t)1 << TALLY_TABLE_BITS], **entries = small;
    size_t count = (size_t)tally->count, at = 0;
    if (count > sizeof small / sizeof *small)
        entries = mem_resize(NULL, count, sizeof(const struct tally_entry *));
    for (size_t i = 0; i < count; i++)
        entries[i] = tally_next(tally, &at);
    if (count > 1)
        qsort(entries, count, sizeof *entries, compare_entries);
    pack_number(into, count);
    for (size_t i = 0; i < count; i++) {
        pack_number(into, entries[i]->count);
        pack_bytes(into, entries[i]->key, entries[i]->key_len);
        pack_bytes(into, entries[i]->extra, entries[i]->extra_len);
    }
    if (entries != small)
        free(entries);
}

bool tally_read(struct tally *tally, struct unpack *from, struct pool *pool)
{
    *tally = (struct tally){0};
    uint64_t count = unpack_number(from);
    for (uint64_t i = 0; i < count && !from->failed; i++) {
        uint64_t times = unpack_number(from);
        size_t key_len, extra_len;
        const char *key = unpack_bytes(from, &key_len);
        const char *extra = unpack_bytes(from, &extra_len);
        if (!from->failed)
            tally_add(tally, key, key_len, extra, extra_len, times, pool);
    }
    return !from->failed;
}

#include "group/tally.h"

#include <string.h>

#include "base/diag.h"
#include "base/hash.h"

enum { TALLY_LIST_MAX = 8 };

static struct tally_entry **find_slot(const struct tally *tally, const char *key, size_t len, uint32_t hash)
{
    if (tally->cap <= TALLY_LIST_MAX) {
        uint32_t i = 0;
        while (i < tally->count &&
               (tally->slots[i]->hash != hash || tally->slots[i]->key_len != len || memcmp(tally->slots[i]->key, key, len) != 0))
            i++;
        return i < tally->cap ? &tally->slots[i] : NULL;
    }
    for (uint32_t i = hash & (tally->cap - 1);; i = (i + 1) & (tally->cap - 1)) {
        const struct tally_entry *entry = tally->slots[i];
        if (!entry || (entry->hash == hash && entry->key_len == len && memcmp(entry->key, key, len) == 0))
            return &tally->slots[i];
    }
}

static void place_entry(struct tally *tally, struct tally_entry *entry)
{
    uint32_t i = entry->hash & (tally->cap - 1);
    while (tally->slots[i])
        i = (i + 1) & (tally->cap - 1);
    tally->slots[i] = entry;
}

/* Makes room for one more entry. A table is at most two thirds full. */
static void make_room(struct tally *tally, struct pool *pool)
{
    bool fits = tally->cap <= TALLY_LIST_MAX ? tally->count < tally->cap : tally->count < tally->cap / 3 * 2;
    if (fits)
        return;
    if (tally->cap >= UINT32_MAX / 2)
        die(STATUS_IO, "more than %u distinct values in one group", UINT32_MAX / 3);
    struct tally_entry **old = tally->slots;
    uint32_t old_cap = tally->cap, old_count = tally->count;
    tally->cap = old_cap == 0 ? 2 : old_cap == TALLY_LIST_MAX ? 4 * TALLY_LIST_MAX : old_cap * 2;
    tally->slots = pool_alloc(pool, tally->cap * sizeof *tally->slots);
    memset(tally->slots, 0, tally->cap * sizeof *tally->slots);
    if (tally->cap <= TALLY_LIST_MAX) {
        if (old_count > 0)
            memcpy(tally->slots, old, old_count * sizeof *old);
        return;
    }
    for (uint32_t i = 0; i < old_cap; i++)
        if (old[i])
            place_entry(tally, old[i]);
}

static bool extra_is_less(const char *extra, size_t len, const struct tally_entry *entry)
{
    size_t least = len < entry->extra_len ? len : entry->extra_len;
    int order = least > 0 ? memcmp(extra, entry->extra, least) : 0;
    return order < 0 || (order == 0 && len < entry->extra_len);
}

static void set_extra(struct tally_entry *entry, const char *extra, size_t len, struct pool *pool)
{
    if (len > UINT32_MAX)
        die(STATUS_IO, "a distinct value of more than 4 GiB");
    char *copy = NULL;
    if (len > 0) {
        copy = len <= entry->extra_len ? (char *)(uintptr_t)entry->extra : pool_alloc(pool, len);
        memcpy(copy, extra, len);
    }
    entry->extra = copy;
    entry->extra_len = (uint32_t)len;
}

void tally_add(struct tally *tally, const char *key, size_t key_len, const char *extra, size_t extra_len, uint64_t count,
               struct pool *pool)
{
    uint32_t hash = (uint32_t)(hash_bytes(key, key_len) >> 32);
    struct tally_entry **slot = tally->cap ? find_slot(tally, key, key_len, hash) : NULL;
    if (slot && *slot) {
        (*slot)->count += count;
        if (extra_len > 0 && extra_is_less(extra, extra_len, *slot))
            set_extra(*slot, extra, extra_len, pool);
        return;
    }
    make_room(tally, pool);
    struct tally_entry *entry = pool_alloc(pool, sizeof *entry + key_len);
    *entry = (struct tally_entry){.count = count, .hash = hash, .key_len = key_len};
    if (key_len > 0)
        memcpy(entry->key, key, key_len);
    set_extra(entry, extra, extra_len, pool);
    *find_slot(tally, key, key_len, hash) = entry;
    tally->count++;
}

const struct tally_entry *tally_next(const struct tally *tally, size_t *at)
{
    while (*at < tally->cap) {
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

void tally_write(const struct tally *tally, struct buffer *into)
{
    pack_number(into, tally->count);
    size_t at = 0;
    for (const struct tally_entry *entry; (entry = tally_next(tally, &at));) {
        pack_number(into, entry->count);
        pack_bytes(into, entry->key, entry->key_len);
        pack_bytes(into, entry->extra, entry->extra_len);
    }
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

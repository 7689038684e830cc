#include "frame/keys_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The finalizer of MurmurHash3: every bit of x reaches every bit of the result. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= UINT64_C(0xff51afd7ed558ccd);
    x ^= x >> 33;
    x *= UINT64_C(0xc4ceb9fe1a85ec53);
    x ^= x >> 33;
    return x;
}

static void hash_key(const char *key, size_t len, uint64_t hash[2])
{
    uint64_t a = mix(len + UINT64_C(0x9e3779b97f4a7c15)), b = mix(len + UINT64_C(0xc2b2ae3d27d4eb4f));
    for (size_t at = 0; at < len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, key + at, len - at < 8 ? len - at : 8);
        a = mix(a ^ word) + UINT64_C(0x165667b19e3779f9);
        b = mix(b + word) ^ (word << 32 | word >> 32);
    }
    hash[0] = mix(a);
    hash[1] = mix(b) | 1; /* never the mark of a free slot */
}

static uint64_t *find_slot(struct frame_keys *keys, const uint64_t hash[2])
{
    size_t at = hash[0] & (keys->cap - 1);
    while (keys->slots[at][1] != 0 && (keys->slots[at][0] != hash[0] || keys->slots[at][1] != hash[1]))
        at = (at + 1) & (keys->cap - 1);
    return keys->slots[at];
}

static void grow(struct frame_keys *keys)
{
    struct frame_keys old = *keys;
    keys->cap = old.cap ? old.cap * 2 : 64;
    keys->slots = mem_zero(keys->cap, sizeof *keys->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i][1] != 0)
            memcpy(find_slot(keys, old.slots[i]), old.slots[i], sizeof *keys->slots);
    free(old.slots);
}

bool frame_keys_add(struct frame_keys *keys, const char *key, size_t len)
{
    uint64_t hash[2];
    if (keys->count * 2 >= keys->cap)
        grow(keys);
    hash_key(key, len, hash);
    uint64_t *slot = find_slot(keys, hash);
    if (slot[1] != 0)
        return false;
    slot[0] = hash[0];
    slot[1] = hash[1];
    keys->count++;
    return true;
}

void frame_keys_free(struct frame_keys *keys)
{
    free(keys->slots);
    *keys = (struct frame_keys){0};
}

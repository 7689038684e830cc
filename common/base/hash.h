/* hash: 64 well-mixed bits of some bytes, for hash tables and for splitting keys over partitions.
 *
 * hash_bytes gives the same on every machine of one byte order, for what is kept beyond a run. Tables over bytes that
 * strangers choose take hash_keyed with the run's hash_seed: who does not know it cannot choose bytes that collide. */
#ifndef ATOOLS_HASH_H
#define ATOOLS_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The two halves of a 64 x 64 bit product, folded: every input bit reaches every output bit. */
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t hash_load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* Up to 8 bytes as a number; each length reads different places, so nothing behind them is touched. */
static inline uint64_t hash_load_short(const char *bytes, size_t len)
{
    if (len >= 4) {
        uint32_t first, last;
        memcpy(&first, bytes, sizeof first);
        memcpy(&last, bytes + len - 4, sizeof last);
        return (uint64_t)first << 32 | last;
    }
    if (len == 0)
        return 0;
    return (uint64_t)(unsigned char)bytes[0] << 16 | (uint64_t)(unsigned char)bytes[len / 2] << 8 |
           (unsigned char)bytes[len - 1];
}

/* A number drawn for this run, never 0; always the same within it. Any thread. What comes out must not depend on it. */
uint64_t hash_seed(void);

/* The seed is mixed into each word before it is multiplied: none can be chosen that makes a product 0. */
static inline uint64_t hash_keyed(const char *bytes, size_t len, uint64_t seed)
{
    const uint64_t one = UINT64_C(0x9e3779b97f4a7c15) ^ seed,
                   two = UINT64_C(0xd6e8feb86659fd93) ^ (seed << 32 | seed >> 32);
    const uint64_t three = UINT64_C(0xa0761d6478bd642f);
    uint64_t state = hash_mix(len ^ one, two);
    while (len > 16) {
        state = hash_mix(hash_load(bytes) ^ one, hash_load(bytes + 8) ^ state);
        bytes += 16;
        len -= 16;
    }
    uint64_t a, b;
    if (len > 8) {
        a = hash_load(bytes);
        b = hash_load(bytes + len - 8);
    } else {
        a = hash_load_short(bytes, len);
        b = 0;
    }
    return hash_mix(hash_mix(a ^ two, b ^ state) ^ one, three);
}

static inline uint64_t hash_bytes(const char *bytes, size_t len)
{
    return hash_keyed(bytes, len, 0);
}

#endif

/* murmur: the steps of MurmurHash3 of 32 bits, for hash() and for the seeds of random numbers. */
#ifndef ATOOLS_FUNCTION_MURMUR_H
#define ATOOLS_FUNCTION_MURMUR_H

#include <stdint.h>

static inline uint32_t murmur_rotate(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

/* The hash with four more bytes. */
static inline uint32_t murmur_mix(uint32_t hash, uint32_t word)
{
    hash ^= murmur_rotate(word * 0xcc9e2d51, 15) * 0x1b873593;
    return murmur_rotate(hash, 13) * 5 + 0xe6546b64;
}

/* The hash of all; `len` is how many bytes there were. */
static inline uint32_t murmur_finish(uint32_t hash, uint32_t len)
{
    hash ^= len;
    hash = (hash ^ hash >> 16) * 0x85ebca6b;
    hash = (hash ^ hash >> 13) * 0xc2b2ae35;
    return hash ^ hash >> 16;
}

#endif

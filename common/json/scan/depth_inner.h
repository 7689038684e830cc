/* The kernels of scan_depth, for its own .c files only: what they share. A vector kernel turns 64 bytes into bits (bit
 * i: byte i) and hands those at whose bytes depth 0 is near to scan_shallow_block; what is left at the end goes through
 * the portable kernel. */
#ifndef ATOOLS_SCAN_DEPTH_KERNELS_H
#define ATOOLS_SCAN_DEPTH_KERNELS_H

#include "json/scan/depth.h"

enum { SCAN_BLOCK = 64 };

void scan_depth_portable(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to,
                         uint64_t max);
void scan_depth_avx2(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to,
                     uint64_t max);
void scan_depth_avx512(struct scan_depth *state, enum scan_cuts cuts, const char *text, size_t from, size_t to,
                       uint64_t max);
size_t scan_newlines_portable(const char *text, size_t len);
size_t scan_newlines_avx2(const char *text, size_t len);
size_t scan_newlines_avx512(const char *text, size_t len);

#define SCAN_INLINE static inline __attribute__((always_inline))

/* Which bytes have an odd number of backslashes before them. Langdale and Lemire (2019), section 3.1.1. */
SCAN_INLINE uint64_t scan_escaped(struct scan_depth *state, uint64_t backslashes)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t escaped = state->escaped;
    if (backslashes == 0) {
        state->escaped = 0;
        return escaped;
    }
    backslashes &= ~escaped;
    uint64_t follows = backslashes << 1 | escaped;
    uint64_t odd_starts = backslashes & ~even & ~follows;
    unsigned long long even_starts;
    state->escaped = __builtin_uaddll_overflow(odd_starts, backslashes, &even_starts);
    return (even ^ (uint64_t)even_starts << 1) & follows;
}

/* Takes the cuts at depth 0, bits of the block at `at`; ends: those bits that mean a cut behind their byte. True when
 * max was reached. */
SCAN_INLINE bool scan_take_cuts(struct scan_depth *state, uint64_t bits, uint64_t ends, size_t at, uint64_t max)
{
    if (bits == 0)
        return false;
    uint64_t count = (uint64_t)__builtin_popcountll(bits);
    bool full = count >= max - state->count;
    if (full) {
        for (uint64_t before = max - state->count - 1; before > 0; before--)
            bits &= bits - 1;
        bits &= ~(bits - 1);
        count = max - state->count;
    }
    unsigned last = 63 - (unsigned)__builtin_clzll(bits);
    state->count += count;
    state->cut = at + last + (ends >> last & 1);
    return full;
}

/* A block within which depth 0 is reached. separators: the bytes that are cuts at depth 0; string_ends: the
 * closing quotes. True when the scan ends in it. */
SCAN_INLINE bool scan_shallow_block(struct scan_depth *state, enum scan_cuts cuts, uint64_t opens, uint64_t closes,
                                    uint64_t separators, uint64_t string_ends, size_t at, uint64_t max)
{
    uint64_t ends = cuts == SCAN_VALUES ? string_ends : 0;
    uint64_t points = separators | ends;
    for (uint64_t brackets = opens | closes; brackets; brackets &= brackets - 1) {
        uint64_t bit = brackets & ~(brackets - 1);
        if (state->depth == 0 && scan_take_cuts(state, points & (bit - 1), ends, at, max))
            return true;
        points &= ~(bit - 1);
        if (opens & bit) {
            state->depth++;
            continue;
        }
        if (state->depth == 0 && cuts == SCAN_ELEMENTS) {
            state->closed = true;
            state->end = at + (size_t)__builtin_ctzll(bit);
            return true;
        }
        if (state->depth > 0)
            state->depth--;
        if (state->depth == 0 && cuts == SCAN_VALUES && scan_take_cuts(state, bit, bit, at, max))
            return true;
    }
    return state->depth == 0 && scan_take_cuts(state, points, ends, at, max);
}

#endif

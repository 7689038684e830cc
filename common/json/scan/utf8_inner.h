/* scan_utf8: UTF-8 a byte at a time (RFC 3629). */
#ifndef ATOOLS_SCAN_UTF8_H
#define ATOOLS_SCAN_UTF8_H

#include <stdbool.h>

/* Between two bytes: how many continuation bytes must come, and the range of the first of them. */
struct scan_utf8 {
    unsigned rest;
    unsigned char low, high;
};

/* True if the byte may come; the state moves on. */
static inline bool scan_utf8_step(struct scan_utf8 *state, unsigned char byte)
{
    if (state->rest > 0) {
        bool good = byte >= state->low && byte <= state->high;
        state->rest--;
        state->low = 0x80;
        state->high = 0xBF;
        return good;
    }
    if (byte < 0x80)
        return true;
    state->low = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
    state->high = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
    state->rest = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    return byte >= 0xC2 && byte <= 0xF4;
}

#endif

#include "scan.h"

#include <stdint.h>
#include <string.h>

/* How many continuation bytes follow this first byte, and within what range the first of them must be. 0: none may. */
static unsigned sequence(unsigned char first, unsigned char *low, unsigned char *high)
{
    *low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    *high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
}

bool scan_utf8(const char *text, size_t len, size_t *at)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t i = 0;
    while (i < len) {
        uint64_t word;
        while (i + sizeof word <= len && (memcpy(&word, bytes + i, sizeof word), (word & UINT64_C(0x8080808080808080)) == 0))
            i += sizeof word;
        if (i == len)
            break;
        if (bytes[i] < 0x80) {
            i++;
            continue;
        }
        unsigned char low, high;
        unsigned rest = sequence(bytes[i], &low, &high);
        if (rest == 0) {
            *at = i;
            return false;
        }
        for (i++; rest > 0; rest--, i++) {
            if (i == len || bytes[i] < low || bytes[i] > high) {
                *at = i;
                return false;
            }
            low = 0x80;
            high = 0xBF;
        }
    }
    return true;
}

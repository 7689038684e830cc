#include "parquet/snappy_inner.h"

#include <stdint.h>
#include <string.h>

enum { STEP = 16, LITERAL = 0, COPY_1 = 1, COPY_2 = 2 };

/* The length at *at, which is moved behind it. */
static bool take_length(const unsigned char **at, const unsigned char *end, size_t *whole)
{
    uint64_t length = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (*at == end)
            return false;
        unsigned char byte = *(*at)++;
        length |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *whole = (size_t)length;
            return length <= UINT32_MAX;
        }
    }
    return false;
}

bool parquet_snappy_length(const char *bytes, size_t len, size_t *whole)
{
    const unsigned char *at = (const unsigned char *)bytes;
    return take_length(&at, at + len, whole);
}

static inline uint32_t load(const unsigned char *bytes, size_t count)
{
    uint32_t number = 0;
    for (size_t i = 0; i < count; i++)
        number |= (uint32_t)bytes[i] << 8 * i;
    return number;
}

/* Copies what stands `offset` bytes before `to`, where the bytes copied may repeat. Up to `end` may be written. */
static inline void copy_back(unsigned char *to, size_t offset, size_t len, const unsigned char *end)
{
    const unsigned char *from = to - offset;
    size_t room = (size_t)(end - to);
    if (offset >= STEP && room >= len + STEP) {
        for (size_t i = 0; i < len; i += STEP)
            memcpy(to + i, from + i, STEP);
        return;
    }
    if (offset >= 8 && room >= len + 8) {
        for (size_t i = 0; i < len; i += 8)
            memcpy(to + i, from + i, 8);
        return;
    }
    for (size_t i = 0; i < len; i++)
        to[i] = from[i];
}

/* The bytes of a literal whose tag was taken. NULL: they are not there. */
static inline const unsigned char *copy_literal(unsigned tag, const unsigned char *at, const unsigned char *end,
                                                unsigned char **to, const unsigned char *to_end)
{
    size_t len = (size_t)(tag >> 2) + 1, left = (size_t)(end - at), room = (size_t)(to_end - *to);
    if (len <= STEP && left >= STEP && room >= STEP) {
        memcpy(*to, at, STEP);
        *to += len;
        return at + len;
    }
    if (len > 60) {
        size_t bytes = len - 60;
        if (left < bytes)
            return NULL;
        len = (size_t)load(at, bytes) + 1;
        at += bytes;
        left -= bytes;
    }
    if (len > left || len > room)
        return NULL;
    memcpy(*to, at, len);
    *to += len;
    return at + len;
}

bool parquet_snappy_expand(const char *bytes, size_t len, char *into, size_t whole)
{
    const unsigned char *at = (const unsigned char *)bytes, *end = at + len;
    unsigned char *const start = (unsigned char *)into, *const to_end = start + whole, *to = start;
    size_t said;
    if (!take_length(&at, end, &said) || said != whole)
        return false;
    while (at < end) {
        unsigned tag = *at++;
        if ((tag & 3) == LITERAL) {
            at = copy_literal(tag, at, end, &to, to_end);
            if (!at)
                return false;
            continue;
        }
        size_t bytes_of = (tag & 3) == COPY_1 ? 1 : (tag & 3) == COPY_2 ? 2 : 4;
        if ((size_t)(end - at) < bytes_of)
            return false;
        size_t offset = load(at, bytes_of), count = (tag >> 2) + 1;
        if ((tag & 3) == COPY_1) {
            offset |= (size_t)(tag >> 5) << 8;
            count = (tag >> 2 & 7) + 4;
        }
        at += bytes_of;
        if (offset == 0 || offset > (size_t)(to - start) || count > (size_t)(to_end - to))
            return false;
        copy_back(to, offset, count, to_end);
        to += count;
    }
    return to == to_end;
}

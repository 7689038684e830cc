#include "value/sealed.h"

#include <string.h>
#include <zlib.h>

#include "base/text.h"

enum { CHECKSUM_SIZE = 4 };

uint64_t sealed_hash(const char *bytes, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint32_t checksum(const char *bytes, size_t len)
{
    uLong sum = crc32(0, NULL, 0);
    while (len > 0) {
        uInt some = len < UINT32_MAX / 2 ? (uInt)len : UINT32_MAX / 2;
        sum = crc32(sum, (const Bytef *)bytes, some);
        bytes += some;
        len -= some;
    }
    return (uint32_t)sum;
}

void sealed_add(const char *bytes, size_t len, struct buffer *into)
{
    uint32_t sum = checksum(bytes, len);
    struct buffer whole = {0};
    for (unsigned i = 0; i < CHECKSUM_SIZE; i++)
        buffer_add_char(&whole, (char)(sum >> 8 * i));
    buffer_add(&whole, bytes, len);
    text_base64_add(whole.data, whole.len, into);
    buffer_free(&whole);
}

bool sealed_open(struct span text, struct buffer *into)
{
    if (text.type != SPAN_STRING || text.escaped || text.len < 2)
        return false;
    size_t start = into->len, count;
    buffer_reserve(into, text.len);
    char *bytes = into->data + start;
    if (!text_base64_decode(text.text + 1, text.len - 2, bytes, &count) || count < CHECKSUM_SIZE)
        return false;
    uint32_t sum = 0;
    for (unsigned i = 0; i < CHECKSUM_SIZE; i++)
        sum |= (uint32_t)(unsigned char)bytes[i] << 8 * i;
    count -= CHECKSUM_SIZE;
    if (checksum(bytes + CHECKSUM_SIZE, count) != sum)
        return false;
    memmove(bytes, bytes + CHECKSUM_SIZE, count);
    into->len = start + count;
    return true;
}

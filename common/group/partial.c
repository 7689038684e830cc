#include "group/partial.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/hash.h"
#include "base/text.h"

void partial_name(const char *keys, const char *list, char name[PARTIAL_NAME_LEN + 1])
{
    struct buffer text = {0};
    buffer_add_format(&text, "%d\n%s\n%s", (int)PARTIAL_VERSION, keys ? keys : "", list);
    snprintf(name, PARTIAL_NAME_LEN + 1, "%016llx", (unsigned long long)hash_bytes(text.data, text.len));
    buffer_free(&text);
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

void partial_encode(const char *bytes, size_t len, struct buffer *into)
{
    uint32_t sum = checksum(bytes, len);
    struct buffer whole = {0};
    buffer_add(&whole, &sum, sizeof sum);
    buffer_add(&whole, bytes, len);
    text_base64_add(whole.data, whole.len, into);
    buffer_free(&whole);
}

bool partial_decode(struct span state, struct buffer *into)
{
    if (state.type != SPAN_STRING || state.escaped || state.len < 2)
        return false;
    size_t start = into->len, count;
    buffer_reserve(into, state.len);
    if (!text_base64_decode(state.text + 1, state.len - 2, into->data + start, &count))
        return false;
    into->len += count;
    uint32_t sum;
    if (into->len - start < sizeof sum)
        return false;
    memcpy(&sum, into->data + start, sizeof sum);
    size_t bytes = into->len - start - sizeof sum;
    if (checksum(into->data + start + sizeof sum, bytes) != sum)
        return false;
    memmove(into->data + start, into->data + start + sizeof sum, bytes);
    into->len = start + bytes;
    return true;
}

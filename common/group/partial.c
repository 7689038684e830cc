#include "group/partial.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/hash.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void partial_name(const char *keys, const char *list, char name[PARTIAL_NAME_LEN + 1])
{
    struct buffer text = {0};
    buffer_add_format(&text, "%d\n%s\n%s", (int)PARTIAL_VERSION, keys ? keys : "", list);
    snprintf(name, PARTIAL_NAME_LEN + 1, "%016llx", (unsigned long long)hash_bytes(text.data, text.len));
    buffer_free(&text);
}

static void encode(const unsigned char *bytes, size_t len, struct buffer *into)
{
    buffer_reserve(into, len / 3 * 4 + 4);
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t word = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        buffer_add_char(into, digits[word >> 18]);
        buffer_add_char(into, digits[word >> 12 & 63]);
        buffer_add_char(into, left > 1 ? digits[word >> 6 & 63] : '=');
        buffer_add_char(into, left > 2 ? digits[word & 63] : '=');
    }
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
    encode((const unsigned char *)whole.data, whole.len, into);
    buffer_free(&whole);
}

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool partial_decode(struct span state, struct buffer *into)
{
    if (state.type != SPAN_STRING || state.escaped || state.len < 2 || (state.len - 2) % 4 != 0)
        return false;
    const char *text = state.text + 1;
    size_t len = state.len - 2;
    while (len > 0 && text[len - 1] == '=' && len > state.len - 4)
        len--;
    size_t start = into->len;
    uint32_t word = 0;
    for (size_t i = 0; i < len; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            return false;
        word = word << 6 | (uint32_t)digit;
        if (i % 4 > 0)
            buffer_add_char(into, (char)(word >> (6 - 2 * (i % 4))));
    }
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

#include "group/partial.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/text.h"
#include "group/positions.h"
#include "value/tsv.h"

enum { CHECKSUM_SIZE = 4 };

uint64_t partial_hash(const char *bytes, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

void partial_name(const char *keys, const char *list, char name[PARTIAL_NAME_LEN + 1])
{
    struct buffer text = {0};
    buffer_add_format(&text, "%d\n%s\n%s", (int)PARTIAL_VERSION, keys ? keys : "", list);
    snprintf(name, PARTIAL_NAME_LEN + 1, "%016llx", (unsigned long long)partial_hash(text.data, text.len));
    buffer_free(&text);
}

void partial_add_front(enum partial_front front, const char *key, size_t len, struct buffer *into)
{
    if (front == PARTIAL_HASH)
        buffer_add_format(into, "%016llx", (unsigned long long)partial_hash(key, len));
    struct unpack from = {.at = key, .end = key + len};
    for (size_t i = 0; front == PARTIAL_TEXT && from.at < from.end && !from.failed; i++) {
        uint64_t more = unpack_number(&from);
        const char *text = more > 0 ? unpack_raw(&from, (size_t)more - 1) : NULL;
        if (i > 0)
            buffer_add_char(into, ',');
        if (text)
            tsv_encode(text, (size_t)more - 1, into);
        else
            buffer_add_text(into, "\\N");
    }
    if (front != PARTIAL_PLAIN)
        buffer_add_char(into, '\t');
}

void partial_write_head(const char *name, struct positions *positions, struct buffer *into)
{
    buffer_add_format(into, "{\"aagg\":%d,\"of\":\"%s\",\"offsets\":", (int)PARTIAL_VERSION, name);
    positions_write(positions, into);
    buffer_add_text(into, "}\n");
}

void partial_write_end(const char *name, struct positions *positions, const char *group, size_t group_len,
                       struct buffer *into)
{
    partial_write_head(name, positions, into);
    if (!group)
        return;
    into->len -= 2; /* the brace and the newline */
    buffer_add_text(into, ",\"group\":\"");
    buffer_add(into, group, group_len);
    buffer_add_text(into, "\"}\n");
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
    for (unsigned i = 0; i < CHECKSUM_SIZE; i++)
        buffer_add_char(&whole, (char)(sum >> 8 * i));
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
    char *bytes = into->data + start;
    if (!text_base64_decode(state.text + 1, state.len - 2, bytes, &count) || count < CHECKSUM_SIZE)
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

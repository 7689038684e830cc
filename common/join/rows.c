#include "join/rows.h"

#include "base/hash.h"
#include "value/value.h"

enum { ROW_ALIGN = 8, LENGTH_MAX = 10, ESCAPED = 0x80 };

bool join_row_key(const struct span *slots, const size_t *key_slots, size_t count, struct arena *arena,
                  struct buffer *key)
{
    buffer_reserve(key, 1); /* without keys it is of no bytes, which stand somewhere all the same */
    key->len = 0;
    for (size_t i = 0; i < count; i++) {
        struct span slot = slots[key_slots[i]];
        if (slot.type == SPAN_ABSENT || slot.type == SPAN_NULL)
            return false;
        struct value value = value_from_span(slot, arena);
        value_key(&value, key);
    }
    return true;
}

uint64_t join_row_hash(const char *key, size_t len)
{
    return hash_keyed(key, len, hash_seed());
}

static void add_length(struct buffer *into, size_t len)
{
    for (; len >= 0x80; len >>= 7)
        into->data[into->len++] = (char)(len | 0x80);
    into->data[into->len++] = (char)len;
}

bool join_row_pack(const struct span *slots, size_t count, bool spaced, const struct buffer *key, bool no_key,
                   uint64_t place, struct buffer *into)
{
    size_t start = into->len, key_len = no_key ? 0 : key->len,
           size = offsetof(struct join_row, bytes) + key_len + ROW_ALIGN;
    for (size_t i = 0; i < count; i++)
        size += slots[i].len + 1 + LENGTH_MAX;
    if (size > JOIN_ROW_MAX)
        return false;
    buffer_reserve(into, size);
    struct join_row head = {.hash = no_key ? 0 : join_row_hash(key->data, key_len), .place = place,
                            .key_len = (uint32_t)key_len, .no_key = no_key, .spaced = spaced};
    into->len += offsetof(struct join_row, bytes);
    if (key_len > 0)
        memcpy(into->data + into->len, key->data, key_len);
    into->len += key_len;
    for (size_t i = 0; i < count; i++) {
        into->data[into->len++] = (char)(slots[i].type | (slots[i].escaped ? ESCAPED : 0));
        if (slots[i].type == SPAN_ABSENT || slots[i].type == SPAN_NULL)
            continue;
        add_length(into, slots[i].len);
        memcpy(into->data + into->len, slots[i].text, slots[i].len);
        into->len += slots[i].len;
    }
    while (into->len % ROW_ALIGN != 0)
        into->data[into->len++] = '\0';
    head.size = (uint32_t)(into->len - start);
    memcpy(into->data + start, &head, offsetof(struct join_row, bytes));
    return true;
}

void join_row_unpack(const struct join_row *row, struct span *slots, size_t count)
{
    static const char null_text[] = "null";
    const char *at = row->bytes + row->key_len;
    for (size_t i = 0; i < count; i++) {
        unsigned char head = (unsigned char)*at++;
        struct span slot = {.type = head & (ESCAPED - 1), .escaped = (head & ESCAPED) != 0};
        if (slot.type == SPAN_NULL) {
            slot.text = null_text;
            slot.len = sizeof null_text - 1;
        } else if (slot.type != SPAN_ABSENT) {
            size_t len = 0;
            unsigned shift = 0;
            unsigned char byte;
            do {
                byte = (unsigned char)*at++;
                len |= (size_t)(byte & 0x7F) << shift;
                shift += 7;
            } while (byte & 0x80);
            slot.text = at;
            slot.len = len;
            at += len;
        }
        slots[i] = slot;
    }
}

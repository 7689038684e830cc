#include "group/partial.h"

#include <stdio.h>

#include "group/positions.h"
#include "value/sealed.h"
#include "value/tsv.h"

void partial_name(const char *keys, const char *list, char name[PARTIAL_NAME_LEN + 1])
{
    struct buffer text = {0};
    buffer_add_format(&text, "%d\n%s\n%s", (int)PARTIAL_VERSION, keys ? keys : "", list);
    snprintf(name, PARTIAL_NAME_LEN + 1, "%016llx", (unsigned long long)sealed_hash(text.data, text.len));
    buffer_free(&text);
}

void partial_add_front(enum partial_front front, const char *key, size_t len, struct buffer *into)
{
    if (front == PARTIAL_HASH)
        buffer_add_format(into, "%016llx", (unsigned long long)sealed_hash(key, len));
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

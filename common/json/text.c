/* The texts of JSON: strings decoded, compared and encoded, values laid out. All of it works on text
 * that json_check accepted. */
#include <string.h>

#include "base/text.h"
#include "base/unicode.h"
#include "json/cursor.h"
#include "json/json.h"

size_t json_unescape(const char *at, const char *end, uint32_t *code)
{
    static const char meant[128] = {['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r',
                                    ['t'] = '\t', ['"'] = '"',  ['/'] = '/',  ['\\'] = '\\'};
    if (at[1] != 'u') {
        *code = (unsigned char)meant[at[1] & 0x7F];
        return 2;
    }
    *code = text_hex4(at + 2);
    if (*code < 0xD800 || *code >= 0xDC00 || end - at < 12 || at[6] != '\\' || at[7] != 'u')
        return 6;
    unsigned low = text_hex4(at + 8);
    if (low < 0xDC00 || low >= 0xE000)
        return 6;
    *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
    return 12;
}

/* The same as UTF-8, a lone surrogate as U+FFFD: its length, the escape's length in *used. */
static size_t decode_escape(const char *at, const char *end, char into[4], size_t *used)
{
    uint32_t code;
    *used = json_unescape(at, end, &code);
    return unicode_put(code >= 0xD800 && code < 0xE000 ? 0xFFFD : code, into);
}

void json_decode(struct span string, struct buffer *into)
{
    const char *at = string.text + 1, *end = string.text + string.len - 1;
    buffer_reserve(into, string.len); /* an escape is never shorter than what it stands for */
    while (at < end) {
        const char *escape = string.escaped ? memchr(at, '\\', (size_t)(end - at)) : NULL;
        const char *stop = escape ? escape : end;
        buffer_add(into, at, (size_t)(stop - at));
        at = stop;
        if (escape) {
            char bytes[4];
            size_t used, len = decode_escape(at, end, bytes, &used);
            buffer_add(into, bytes, len);
            at += used;
        }
    }
}

bool json_string_equal(struct span string, const char *bytes, size_t len)
{
    const char *at = string.text + 1, *end = string.text + string.len - 1;
    if (!string.escaped)
        return (size_t)(end - at) == len && memcmp(at, bytes, len) == 0;
    while (at < end) {
        char decoded[4] = {*at};
        size_t used = 1, count = 1;
        if (*at == '\\')
            count = decode_escape(at, end, decoded, &used);
        if (count > len || memcmp(decoded, bytes, count) != 0)
            return false;
        bytes += count;
        len -= count;
        at += used;
    }
    return len == 0;
}

static void encode_control(unsigned char c, struct buffer *into)
{
    static const char from[] = "\b\f\n\r\t", to[] = "bfnrt";
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        char pair[2] = {'\\', to[known - from]};
        buffer_add(into, pair, 2);
        return;
    }
    static const char digits[] = "0123456789abcdef";
    char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
    buffer_add(into, escape, sizeof escape);
}

void json_encode(const char *bytes, size_t len, struct buffer *into)
{
    const unsigned char *at = (const unsigned char *)bytes;
    size_t i = 0;
    buffer_reserve(into, len + 2);
    buffer_add_char(into, '"');
    while (i < len) {
        size_t start = i;
        while (i < len && at[i] >= 0x20 && at[i] < 0x7F && at[i] != '"' && at[i] != '\\')
            i++;
        buffer_add(into, bytes + start, i - start);
        if (i == len)
            break;
        if (at[i] < 0x20 || at[i] == 0x7F) {
            encode_control(at[i++], into);
        } else if (at[i] < 0x80) {
            char pair[2] = {'\\', (char)at[i++]};
            buffer_add(into, pair, 2);
        } else {
            size_t count = unicode_valid(bytes + i, len - i);
            if (count > 0)
                buffer_add(into, bytes + i, count);
            else
                buffer_add_text(into, UNICODE_UNKNOWN);
            i += count > 0 ? count : 1;
        }
    }
    buffer_add_char(into, '"');
}

void json_compact(const char *text, size_t len, struct buffer *into)
{
    const char *at = text, *end = text + len, *start = text;
    bool escaped;
    buffer_reserve(into, len);
    while (at < end) {
        if (*at == '"') {
            at = json_skip_string(at, &escaped);
        } else if (text_is_space(*at)) {
            buffer_add(into, start, (size_t)(at - start));
            start = at = json_skip_blank(at, end);
        } else {
            at++;
        }
    }
    buffer_add(into, start, (size_t)(at - start));
}

static void pretty_newline(size_t depth, struct buffer *into)
{
    buffer_reserve(into, 1 + 2 * depth);
    into->data[into->len++] = '\n';
    memset(into->data + into->len, ' ', 2 * depth);
    into->len += 2 * depth;
}

void json_pretty(const char *text, size_t len, struct buffer *into)
{
    const char *at = text, *end = text + len;
    size_t depth = 0;
    bool empty = false, escaped; /* empty: a container was just opened */
    while (at < end) {
        if (text_is_space(*at)) {
            at++;
            continue;
        }
        if (*at == ']' || *at == '}') {
            depth--;
            if (!empty)
                pretty_newline(depth, into);
            buffer_add_char(into, *at++);
            empty = false;
            continue;
        }
        if (empty)
            pretty_newline(depth, into);
        empty = *at == '[' || *at == '{';
        if (*at == '"') {
            const char *stop = json_skip_string(at, &escaped);
            buffer_add(into, at, (size_t)(stop - at));
            at = stop;
        } else if (*at == ',') {
            buffer_add_char(into, *at++);
            pretty_newline(depth, into);
        } else {
            depth += empty;
            buffer_add_char(into, *at);
            if (*at++ == ':')
                buffer_add_char(into, ' ');
        }
    }
}

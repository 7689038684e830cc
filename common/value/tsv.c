#include "value/tsv.h"

#include <string.h>

#include "base/text.h"
#include "base/unicode.h"

static struct span cell_span(const char *text, size_t len, bool escaped)
{
    bool null = len == 2 && text[0] == '\\' && text[1] == 'N';
    return (struct span){.text = text, .len = len, .type = null ? SPAN_NULL : SPAN_CELL, .escaped = escaped && !null};
}

size_t tsv_split(const char *line, size_t len, struct span *cells, size_t cap)
{
    size_t count = 0, start = 0;
    bool escaped = false;
    for (size_t i = 0;; i++) {
        if (i < len && line[i] == '\\') {
            escaped = true;
            i += i + 1 < len;
        } else if (i >= len || line[i] == '\t') {
            if (count < cap)
                cells[count] = cell_span(line + start, i - start, escaped);
            count++;
            if (i >= len)
                return count;
            start = i + 1;
            escaped = false;
        }
    }
}

/* Up to `most` digits at text[*i]; *i moves behind them. */
static char number(struct span cell, size_t *i, unsigned base, int most)
{
    unsigned value = 0;
    for (; most > 0 && *i < cell.len && text_digit(cell.text[*i]) < base; most--, (*i)++)
        value = value * base + text_digit(cell.text[*i]);
    return (char)value;
}

/* What the byte behind a backslash at text[*i] stands for; *i moves behind it. */
static char unescape(struct span cell, size_t *i)
{
    char c = cell.text[(*i)++];
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    case 'x':
        return *i < cell.len && text_digit(cell.text[*i]) < 16 ? number(cell, i, 16, 2) : c;
    default:
        if (c < '0' || c > '7')
            return c;
        (*i)--;
        return number(cell, i, 8, 3);
    }
}

void tsv_decode(struct span cell, struct buffer *into)
{
    if (!cell.escaped) {
        buffer_add(into, cell.text, cell.len);
        return;
    }
    buffer_reserve(into, cell.len);
    for (size_t i = 0; i < cell.len;) {
        const char *backslash = memchr(cell.text + i, '\\', cell.len - i);
        size_t plain = backslash ? (size_t)(backslash - cell.text) - i : cell.len - i;
        buffer_add(into, cell.text + i, plain);
        i += plain;
        if (i + 1 < cell.len) {
            i++;
            buffer_add_char(into, unescape(cell, &i));
        } else if (i < cell.len) {
            buffer_add_char(into, cell.text[i++]);
        }
    }
}

void tsv_encode(const char *bytes, size_t len, struct buffer *into)
{
    size_t start = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        size_t size = c < 0x80 ? 1 : unicode_valid(bytes + i, len - i);
        if (c >= 0x20 && c != '\\' && size > 0) {
            i += size - 1;
            continue;
        }
        const char *escape = c == '\t'   ? "\\t"
                             : c == '\n' ? "\\n"
                             : c == '\r' ? "\\r"
                             : c == '\\' ? "\\\\"
                             : c == '\0' ? "\\\\u0000"
                             : size == 0 ? UNICODE_UNKNOWN
                                         : NULL;
        if (!escape)
            continue;
        buffer_add(into, bytes + start, i - start);
        buffer_add_text(into, escape);
        start = i + 1;
    }
    buffer_add(into, bytes + start, len - start);
}

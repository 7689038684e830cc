#include "group/key.h"

#include <string.h>

#include "json/json.h"

/* How a column was written, the first byte of its part of the head. */
enum head_kind {
    HEAD_NULL,
    HEAD_STRING, /* a JSON string without escapes: its bytes are the key's */
    HEAD_NUMBER, /* a JSON number whose text is the key's */
    HEAD_CELL,   /* a TSV cell likewise */
    HEAD_SPAN,   /* the span follows: type, escaped, text */
    HEAD_VALUE,  /* a packed value follows */
};

/* As value_key writes a text: one more than its length, seven bits a byte, and the text. */
static void key_text(const char *text, size_t len, struct buffer *key)
{
    pack_number(key, (uint64_t)len + 1);
    buffer_add(key, text, len);
}

/* A whole number as value_key would print it: no -0, and short enough to be a long. */
static bool is_plain_integer(struct span span)
{
    size_t start = span.text[0] == '-', digits = span.len - start;
    if (digits > 18 || (span.text[start] == '0' && span.len > 1))
        return false;
    for (size_t i = start; i < span.len; i++)
        if (span.text[i] < '0' || span.text[i] > '9')
            return false;
    return true;
}

static void add_head_span(struct span span, struct buffer *head)
{
    buffer_add_char(head, HEAD_SPAN);
    buffer_add_char(head, (char)span.type);
    buffer_add_char(head, span.escaped);
    pack_bytes(head, span.text, span.len);
}

void group_key_span(struct span span, struct buffer *key, struct buffer *head, struct arena *arena)
{
    switch ((enum span_type)span.type) {
    case SPAN_ABSENT:
    case SPAN_NULL:
        buffer_add_char(key, 0);
        buffer_add_char(head, HEAD_NULL);
        return;
    case SPAN_STRING:
        if (span.escaped)
            break;
        key_text(span.text + 1, span.len - 2, key);
        buffer_add_char(head, HEAD_STRING);
        return;
    case SPAN_NUMBER:
        if (!is_plain_integer(span))
            break;
        key_text(span.text, span.len, key);
        buffer_add_char(head, HEAD_NUMBER);
        return;
    default:
        break;
    }
    struct value value = value_from_span(span, arena);
    size_t start = key->len;
    value_key(&value, key);
    struct unpack from = {.at = key->data + start, .end = key->data + key->len};
    uint64_t len = unpack_number(&from);
    if (span.type == SPAN_CELL && !span.escaped && len == span.len + 1 && memcmp(from.at, span.text, span.len) == 0)
        buffer_add_char(head, HEAD_CELL);
    else
        add_head_span(span, head);
}

void group_key_value(const struct value *value, struct buffer *key, struct buffer *head)
{
    struct value plain = *value;
    if (plain.type == VALUE_DOUBLE && !plain.as_written && plain.real == 0)
        plain.real = 0; /* as Spark has it: no computed key is -0.0 */
    value_key(&plain, key);
    buffer_add_char(head, HEAD_VALUE);
    pack_value(head, &plain);
}

static struct span quoted(const char *text, size_t len, struct arena *arena)
{
    char *copy = arena_alloc(arena, len + 2);
    copy[0] = '"';
    memcpy(copy + 1, text, len);
    copy[len + 1] = '"';
    return (struct span){.text = copy, .len = len + 2, .type = SPAN_STRING};
}

static bool read_span(struct unpack *head, struct span *span)
{
    const char *kind = unpack_raw(head, 2);
    if (!kind || (unsigned char)kind[0] > SPAN_PACKED || (unsigned char)kind[0] <= SPAN_NULL)
        return false;
    span->type = (unsigned char)kind[0];
    span->escaped = kind[1] != 0;
    span->text = unpack_bytes(head, &span->len);
    return !head->failed && span->len > 0 && (span->type != SPAN_STRING || span->len >= 2);
}

bool group_key_next(struct unpack *key, struct unpack *head, struct span *span, struct value *value,
                    struct arena *arena)
{
    *span = (struct span){.type = SPAN_ABSENT};
    *value = value_null();
    uint64_t left = unpack_number(key);
    size_t len = left > 0 ? (size_t)left - 1 : 0;
    const char *text = unpack_raw(key, len), *kind = unpack_raw(head, 1);
    if (key->failed || head->failed)
        return false;
    switch ((enum head_kind)*kind) {
    case HEAD_NULL:
        span->type = SPAN_NULL;
        return left == 0;
    case HEAD_STRING:
        *span = quoted(text, len, arena);
        *value = value_string(text, len);
        return !head->untrusted || (unpack_is_span(span) && !span->escaped);
    case HEAD_NUMBER:
        *span = (struct span){.text = text, .len = len, .type = SPAN_NUMBER};
        return value_parse_number(text, len, value);
    case HEAD_CELL:
        *span = (struct span){.text = text, .len = len, .type = SPAN_CELL};
        if (head->untrusted && !unpack_is_span(span))
            return false;
        *value = value_from_span(*span, arena);
        return true;
    case HEAD_SPAN:
        if (!read_span(head, span) || (head->untrusted && !unpack_is_span(span)))
            return false;
        *value = value_from_span(*span, arena);
        return true;
    case HEAD_VALUE:
        *value = unpack_value(head);
        return !head->failed;
    }
    return false;
}

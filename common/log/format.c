#include "log/format.h"

#include <string.h>

#include "base/text.h"

/* A piece: bytes as they are (letter 0), or what a letter stands for. */
struct piece {
    char letter;
    const char *bytes;
    size_t len;
};

struct format {
    struct piece *pieces;
    size_t count;
};

/* The byte of the escape at *text (behind the backslash), moving on; -1 if it is none. */
static int take_escape(const char **text)
{
    static const char names[] = "nrt0\\", bytes[] = "\n\r\t\0\\";
    const char *found = **text ? strchr(names, **text) : NULL;
    if (found) {
        (*text)++;
        return (unsigned char)bytes[found - names];
    }
    if (**text != 'x')
        return -1;
    if (!text_is_hex((*text)[1]) || !text_is_hex((*text)[2]))
        return -1;
    int byte = (int)(text_digit((*text)[1]) << 4 | text_digit((*text)[2]));
    *text += 3;
    return byte;
}

/* Adds the byte of the escape at *text (the backslash), moving on; false and a problem for a wrong one. */
static bool add_escape(const char *option, const char *whole, const char **text, struct buffer *into,
                       struct problem *problem)
{
    const char *start = (*text)++;
    int byte = take_escape(text);
    if (byte < 0)
        return problem_caret(problem, option, whole, (size_t)(start - whole),
                             "expected one of \\n \\r \\t \\0 \\\\ \\xNN");
    buffer_add_char(into, (char)byte);
    return true;
}

const char *format_bytes(const char *option, const char *text, size_t *len, struct problem *problem)
{
    struct buffer bytes = {0};
    bool good = true;
    buffer_reserve(&bytes, 1);
    for (const char *at = text; good && *at;) {
        if (*at == '\\')
            good = add_escape(option, text, &at, &bytes, problem);
        else
            buffer_add_char(&bytes, *at++);
    }
    *len = bytes.len;
    if (!good)
        buffer_free(&bytes);
    return good ? bytes.data : NULL;
}

static void add_piece(struct format *format, struct piece piece)
{
    format->pieces = mem_resize(format->pieces, format->count + 1, sizeof *format->pieces);
    format->pieces[format->count++] = piece;
}

/* The bytes gathered before a letter, or the end, become a piece. */
static void add_plain(struct format *format, struct buffer *plain)
{
    if (plain->len > 0)
        add_piece(format, (struct piece){.bytes = mem_copy(plain->data, plain->len), .len = plain->len});
    plain->len = 0;
}

struct format *format_compile(const char *option, const char *text, struct problem *problem)
{
    struct format *format = mem_zero(1, sizeof *format);
    struct buffer plain = {0};
    bool good = true;
    for (const char *at = text; good && *at;) {
        if (*at == '\\') {
            good = add_escape(option, text, &at, &plain, problem);
        } else if (*at != '%' || at[1] == '%') {
            buffer_add_char(&plain, *at);
            at += *at == '%' ? 2 : 1;
        } else if (at[1] == '\0' || !strchr("sSRkKThtpo", at[1])) {
            good = problem_caret(problem, option, text, (size_t)(at - text),
                                 "expected one of %s %S %R %k %K %T %h %t %p %o %%");
        } else {
            add_plain(format, &plain);
            add_piece(format, (struct piece){.letter = at[1]});
            at += 2;
        }
    }
    add_plain(format, &plain);
    buffer_free(&plain);
    return good ? format : NULL;
}

bool format_wants_headers(const struct format *format)
{
    for (size_t i = 0; i < format->count; i++)
        if (format->pieces[i].letter == 'h')
            return true;
    return false;
}

static void add_bytes(const char *bytes, size_t len, const char *null_text, struct buffer *into)
{
    if (bytes)
        buffer_add(into, bytes, len);
    else
        buffer_add_text(into, null_text);
}

static void add_binary(int64_t number, struct buffer *into)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buffer_add_char(into, (char)((uint64_t)number >> shift & 0xFF));
}

static void add_headers(const struct broker_header *headers, size_t count, struct buffer *into)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buffer_add_char(into, ',');
        buffer_add_text(into, headers[i].name);
        buffer_add_char(into, '=');
        add_bytes(headers[i].value, headers[i].value_len, "NULL", into);
    }
}

void format_write(const struct format *format, const struct broker_message *message,
                  const struct broker_header *headers, size_t header_count, const char *null_text, struct buffer *into)
{
    long long value_len = message->value ? (long long)message->value_len : -1;
    for (size_t i = 0; i < format->count; i++) {
        const struct piece *piece = &format->pieces[i];
        switch (piece->letter) {
        case 's': add_bytes(message->value, message->value_len, null_text, into); break;
        case 'S': buffer_add_format(into, "%lld", value_len); break;
        case 'R': add_binary(value_len, into); break;
        case 'k': add_bytes(message->key, message->key_len, null_text, into); break;
        case 'K': buffer_add_format(into, "%lld", message->key ? (long long)message->key_len : -1LL); break;
        case 'T': buffer_add_format(into, "%lld", (long long)message->timestamp); break;
        case 'h': add_headers(headers, header_count, into); break;
        case 't': buffer_add_text(into, message->topic); break;
        case 'p': buffer_add_format(into, "%d", (int)message->partition); break;
        case 'o': buffer_add_format(into, "%lld", (long long)message->offset); break;
        default: buffer_add(into, piece->bytes, piece->len); break;
        }
    }
}

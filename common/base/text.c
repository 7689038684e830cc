#include "base/text.h"

#include <stdint.h>
#include <string.h>

static const char base64_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_word(char c)
{
    return text_digit(c) != TEXT_NO_DIGIT || c == '_' || (unsigned char)c >= 0x80;
}

size_t text_pass_quoted(const char *text, size_t len, size_t at)
{
    char quote = text[at];
    if (quote != '\'' && quote != '"' && quote != '`')
        return at;
    bool raw = at > 0 && (text[at - 1] == 'r' || text[at - 1] == 'R') && (at == 1 || !is_word(text[at - 2]));
    bool escapes = quote != '`' && !raw;
    for (at++; at < len && text[at] != quote; at++)
        at += text[at] == '\\' && escapes;
    return at < len ? at : len;
}

void text_hex(const void *bytes, size_t len, bool capital, char *into)
{
    const char *digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
    const unsigned char *from = bytes;
    for (size_t i = 0; i < len; i++) {
        into[2 * i] = digits[from[i] >> 4];
        into[2 * i + 1] = digits[from[i] & 15];
    }
}

bool text_hex_decode(const char *text, size_t len, char *into, size_t *count)
{
    unsigned byte = 0;
    *count = 0;
    for (size_t i = 0; i < len; i++) {
        if (!text_is_hex(text[i]))
            return false;
        byte = byte << 4 | text_digit(text[i]);
        if ((len - i) % 2 == 1)
            into[(*count)++] = (char)byte; /* without what was before it */
    }
    return true;
}

void text_base64_add(const void *bytes, size_t len, struct buffer *into)
{
    const unsigned char *from = bytes;
    buffer_reserve(into, len / 3 * 4 + 4);
    char *out = into->data + into->len;
    for (size_t i = 0; i < len; i += 3, out += 4) {
        size_t left = len - i;
        uint32_t group =
            (uint32_t)from[i] << 16 | (left > 1 ? (uint32_t)from[i + 1] << 8 : 0) | (left > 2 ? from[i + 2] : 0u);
        out[0] = base64_letters[group >> 18];
        out[1] = base64_letters[group >> 12 & 63];
        out[2] = '=';
        out[3] = '=';
        if (left > 1)
            out[2] = base64_letters[group >> 6 & 63];
        if (left > 2)
            out[3] = base64_letters[group & 63];
    }
    into->len = (size_t)(out - into->data);
}

/* One more than what each byte stands for; 0: nothing. */
static const unsigned char base64_values[256] = {
    /* 40: before ( */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 63, 0, 0, 0, 64, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0, 0,
    0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 0, 0, 27, 28, 29,
    30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49,
    50, 51, 52, 0, 0, 0, 0, 0,
};

int text_base64_value(char c)
{
    return base64_values[(unsigned char)c] - 1;
}

bool text_base64_decode(const char *text, size_t len, char *into, size_t *count)
{
    if (len % 4 != 0)
        return false;
    size_t padding = len > 0 && text[len - 1] == '=' ? 1 + (text[len - 2] == '=') : 0;
    char *out = into;
    for (size_t i = 0; i < len; i += 4) {
        uint32_t group = 0, unknown = 0;
        size_t pads = i + 4 == len ? padding : 0;
        for (size_t j = 0; j < 4; j++) {
            uint32_t value = j >= 4 - pads ? 0 : (uint32_t)text_base64_value(text[i + j]);
            unknown |= value; /* -1 has all bits */
            group = group << 6 | (value & 63);
        }
        if (unknown > 63)
            return false;
        for (size_t j = 0; j < 3 - pads; j++)
            *out++ = (char)(group >> (16 - 8 * j));
    }
    *count = (size_t)(out - into);
    return true;
}

static bool is_escaped(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f || strchr("\"#%'*/:=?\\{[]^", byte) != NULL;
}

void text_add_file_name(const char *bytes, size_t len, struct buffer *into)
{
    for (size_t i = 0; i < len; i++)
        if (is_escaped((unsigned char)bytes[i]))
            buffer_add_format(into, "%%%02X", (unsigned)(unsigned char)bytes[i]);
        else
            buffer_add_char(into, bytes[i]);
}

/* unicode: characters of UTF-8 text: counting, stepping, simple case mapping (the C library's tables).
 *
 * Invalid bytes count as one character each. Any thread may call anything. */
#ifndef ATOOLS_UNICODE_H
#define ATOOLS_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a byte of UTF-8 is not the first of its character. */
static inline bool unicode_continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Bytes of the character that text begins with (1 to 4, at most len > 0); *code is it. */
size_t unicode_next(const char *text, size_t len, uint32_t *code);
/* Bytes of the valid character that text begins with (RFC 3629: shortest form, no surrogates, up to U+10FFFF); 0:
 * none. */
size_t unicode_valid(const char *text, size_t len);
/* Stands for what is no character (U+FFFD). */
#define UNICODE_UNKNOWN "\xEF\xBF\xBD"

/* Writes a character; returns its bytes. */
static inline size_t unicode_put(uint32_t code, char into[4])
{
    if (code < 0x80) {
        into[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        into[0] = (char)(0xC0 | code >> 6);
        into[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        into[0] = (char)(0xE0 | code >> 12);
        into[1] = (char)(0x80 | (code >> 6 & 0x3F));
        into[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    into[0] = (char)(0xF0 | code >> 18);
    into[1] = (char)(0x80 | (code >> 12 & 0x3F));
    into[2] = (char)(0x80 | (code >> 6 & 0x3F));
    into[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

size_t unicode_count(const char *text, size_t len);
/* Bytes of the first `count` characters (len if there are fewer). */
size_t unicode_offset(const char *text, size_t len, size_t count);

uint32_t unicode_lower(uint32_t code);
uint32_t unicode_upper(uint32_t code);
bool unicode_letter(uint32_t code);

/* Whole texts as Java maps them: also ß to SS, ligatures, the final sigma. into has room for 3 * len bytes. */
size_t unicode_text_lower(const char *text, size_t len, char *into);
size_t unicode_text_upper(const char *text, size_t len, char *into);
/* Words, which spaces part, begin with a capital; the rest is small. */
size_t unicode_text_title(const char *text, size_t len, char *into);

#endif

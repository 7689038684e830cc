/* text: bytes and the digits they are written with: classes of ASCII characters (whatever the locale), hexadecimal,
 * base64. Characters of UTF-8 are unicode's. Any thread may call anything. */
#ifndef ATOOLS_TEXT_H
#define ATOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* White space of JSON (RFC 8259 §2), and of what is written like it. */
static inline bool text_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline bool text_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether these bytes are among those. */
static inline bool text_holds(const char *bytes, size_t len, const char *what, size_t what_len)
{
    return bytes && len > 0 &&
           (what_len == 1 ? memchr(bytes, what[0], len) : memmem(bytes, len, what, what_len)) != NULL;
}

/* The value of a digit in bases up to 36, capital or small; TEXT_NO_DIGIT for any other byte. */
enum { TEXT_NO_DIGIT = 99 };
static inline unsigned text_digit(char c)
{
    if (text_is_digit(c))
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : TEXT_NO_DIGIT;
}

static inline bool text_is_hex(char c)
{
    return text_digit(c) < 16;
}

/* The number that four hexadecimal digits write (\uXXXX); they have been checked: others give nonsense below 65536. */
static inline unsigned text_hex4(const char *digits)
{
    unsigned number = 0;
    for (int i = 0; i < 4; i++)
        number = number << 4 | ((((unsigned char)digits[i] & 15u) + (digits[i] > '9' ? 9u : 0u)) & 15u);
    return number;
}

/* Passes over what SQL has in quotes: where the quote is that closes the one at `at`, or len if none does; `at` if no
 * quote stands there. Behind a backslash nothing closes strings, but for those with an r before them. */
size_t text_pass_quoted(const char *text, size_t len, size_t at);

/* Bytes in hexadecimal into 2 * len bytes, with letters of the given case; no NUL. */
void text_hex(const void *bytes, size_t len, bool capital, char *into);

/* Decodes hexadecimal into at most len / 2 + 1 bytes, the first of one digit where their number is odd; false if it is
 * not that (into is then undefined). */
bool text_hex_decode(const char *text, size_t len, char *into, size_t *count);

/* Bytes in base64 (RFC 4648 §4, padded) behind what is in the buffer. */
void text_base64_add(const void *bytes, size_t len, struct buffer *into);

/* The value of a letter of base64, -1 for any other byte. */
int text_base64_value(char c);

/* Decodes padded base64 into at most len / 4 * 3 bytes; false if it is not that (into is then undefined). */
bool text_base64_decode(const char *text, size_t len, char *into, size_t *count);

/* What stands for nothing in names of files: Spark's name of a partition without a value. */
#define TEXT_NO_VALUE "__HIVE_DEFAULT_PARTITION__"

/* Appends bytes as a part of a file's name: those that Spark escapes in names of partitions (ExternalCatalogUtils) as
 * %XX, '/' among them. */
void text_add_file_name(const char *bytes, size_t len, struct buffer *into);

/* The byte order mark in UTF-8. */
#define TEXT_BOM "\xef\xbb\xbf"

#endif

#include "base/unicode.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>
#include <wctype.h>

/* The C library's character tables, opened once; without them only ASCII has case. */
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;
static locale_t tables;

static void open_tables(void)
{
    static const char *const names[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof *names && !tables; i++)
        tables = newlocale(LC_CTYPE_MASK, names[i], (locale_t)0);
}

static size_t continuation(const char *text, size_t have, size_t want)
{
    for (size_t i = 1; i < want; i++)
        if (i >= have || !unicode_continues(text[i]))
            return 0;
    return want;
}

size_t unicode_next(const char *text, size_t len, uint32_t *code)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t size = bytes[0] < 0x80 ? 1 : bytes[0] >= 0xF0 ? 4 : bytes[0] >= 0xE0 ? 3 : bytes[0] >= 0xC2 ? 2 : 1;
    *code = bytes[0];
    if (size == 1 || !continuation(text, len, size))
        return 1;
    uint32_t bits = bytes[0] & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++)
        bits = bits << 6 | (bytes[i] & 0x3F);
    *code = bits;
    return size;
}

size_t unicode_valid(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (len == 0)
        return 0;
    unsigned char c = bytes[0];
    size_t need = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
    if (need == 0 || need > len)
        return 0;
    if (need > 1) {
        unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
        unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
        if (bytes[1] < low || bytes[1] > high)
            return 0;
    }
    for (size_t i = 2; i < need; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    return need;
}

size_t unicode_count(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++)
        count += !unicode_continues(text[i]);
    return count;
}

size_t unicode_offset(const char *text, size_t len, size_t count)
{
    size_t at = 0;
    while (at < len && count > 0) {
        at++;
        while (at < len && unicode_continues(text[at]))
            at++;
        count--;
    }
    return at;
}

uint32_t unicode_lower(uint32_t code)
{
    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code | 0x20 : code;
    pthread_once(&tables_once, open_tables);
    return tables ? (uint32_t)towlower_l((wint_t)code, tables) : code;
}

uint32_t unicode_upper(uint32_t code)
{
    if (code < 0x80)
        return code >= 'a' && code <= 'z' ? code - 0x20 : code;
    pthread_once(&tables_once, open_tables);
    return tables ? (uint32_t)towupper_l((wint_t)code, tables) : code;
}

bool unicode_letter(uint32_t code)
{
    if (code < 0x80)
        return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
    pthread_once(&tables_once, open_tables);
    return tables && iswalpha_l((wint_t)code, tables);
}

/* A capital sigma is written ς where a word ends: a letter before it, none behind. */
static bool final_sigma(const char *text, size_t len, size_t at)
{
    uint32_t code = 0;
    if (at + 2 < len) {
        unicode_next(text + at + 2, len - at - 2, &code);
        if (unicode_letter(code))
            return false;
    }
    if (at == 0)
        return false;
    size_t before = at - 1;
    while (before > 0 && unicode_continues(text[before]))
        before--;
    unicode_next(text + before, at - before, &code);
    return unicode_letter(code);
}

/* The small form of the character at `at`; returns its bytes. */
static size_t put_lower(const char *text, size_t len, size_t at, size_t size, uint32_t code, char *into)
{
    if (size == 1) {
        *into = code < 0x80 ? (char)unicode_lower(code) : text[at];
        return 1;
    }
    if (code == 0x130) { /* İ becomes i and a dot above */
        memcpy(into, "i\xCC\x87", 3);
        return 3;
    }
    return unicode_put(code == 0x3A3 && final_sigma(text, len, at) ? 0x3C2 : unicode_lower(code), into);
}

size_t unicode_text_lower(const char *text, size_t len, char *into)
{
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t size = unicode_next(text + at, len - at, &code);
        used += put_lower(text, len, at, size, code, into + used);
        at += size;
    }
    return used;
}

/* Digraphs such as ǆ have a form of their own at the start of a word. */
static uint32_t title_of(uint32_t code)
{
    if (code >= 0x1C4 && code <= 0x1CC)
        return code <= 0x1C6 ? 0x1C5 : code <= 0x1C9 ? 0x1C8 : 0x1CB;
    return code >= 0x1F1 && code <= 0x1F3 ? 0x1F2 : unicode_upper(code);
}

size_t unicode_text_title(const char *text, size_t len, char *into)
{
    size_t used = 0;
    bool first = true;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t size = unicode_next(text + at, len - at, &code);
        bool valid = size > 1 || code < 0x80;
        used += first && valid ? unicode_put(title_of(code), into + used)
                               : put_lower(text, len, at, size, code, into + used);
        first = code == ' ';
        at += size;
    }
    return used;
}

/* Capitals of more than one letter. */
static const char *long_upper(uint32_t code)
{
    static const char *const ligatures[] = {"FF", "FI", "FL", "FFI", "FFL", "ST", "ST"};
    if (code == 0xDF)
        return "SS";
    if (code == 0x149)
        return "\xCA\xBCN";
    return code >= 0xFB00 && code <= 0xFB06 ? ligatures[code - 0xFB00] : NULL;
}

size_t unicode_text_upper(const char *text, size_t len, char *into)
{
    size_t used = 0;
    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t size = unicode_next(text + at, len - at, &code);
        const char *longer = size > 1 ? long_upper(code) : NULL;
        if (longer) {
            size_t longer_len = strlen(longer);
            memcpy(into + used, longer, longer_len);
            used += longer_len;
        } else if (size == 1) {
            into[used++] = code < 0x80 ? (char)unicode_upper(code) : text[at];
        } else {
            used += unicode_put(unicode_upper(code), into + used);
        }
        at += size;
    }
    return used;
}

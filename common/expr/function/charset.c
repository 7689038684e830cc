/* Text as bytes of a charset, and back; text that stands for bytes. */
#include <strings.h>

#include "base/text.h"
#include "base/unicode.h"
#include "expr/function/charset_inner.h"
#include "expr/node.h"

enum charset { ASCII, LATIN_1, UTF_8, UTF_16, UTF_16BE, UTF_16LE, UTF_32, CHARSETS };

static const char *const charsets[CHARSETS] = {"us-ascii", "iso-8859-1", "utf-8",  "utf-16",
                                               "utf-16be", "utf-16le",   "utf-32"};

static bool charset_named(struct call *call, const struct value *name, enum charset *charset)
{
    for (int i = 0; i < CHARSETS; i++)
        if (strlen(charsets[i]) == name->len && strncasecmp(charsets[i], name->text, name->len) == 0) {
            *charset = (enum charset)i;
            return true;
        }
    row_fail(call->row, "%s: no charset %s; there are us-ascii, iso-8859-1, utf-8, utf-16, utf-16be, utf-16le, utf-32",
             call->name, row_show(call->row, name));
    return false;
}

/* A unit of size bytes, the highest byte first unless `little`. */
static char *put(char *at, uint32_t unit, int size, bool little)
{
    for (int i = 0; i < size; i++)
        *at++ = (char)(unit >> 8 * (little ? i : size - 1 - i));
    return at;
}

static struct value encode(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    enum charset charset;
    if (!charset_named(call, &args[1], &charset))
        return value_null();
    if (charset == UTF_8)
        return value_binary(args->text, args->len);
    char *bytes = arena_alloc(call->arena, 4 * args->len + 4), *at = bytes;
    if (charset == UTF_16 && args->len > 0)
        at = put(at, 0xFEFF, 2, false);
    for (size_t i = 0; i < args->len;) {
        uint32_t code;
        i += unicode_next(args->text + i, args->len - i, &code);
        if (charset <= LATIN_1 && code >= (charset == ASCII ? 0x80u : 0x100u))
            return row_fail(call->row, "%s: %s is not all in %s", call->name, row_show(call->row, args),
                            charsets[charset]);
        if (charset <= LATIN_1) {
            *at++ = (char)code;
        } else if (charset == UTF_32) {
            at = put(at, code, 4, false);
        } else if (code >= 0x10000) {
            at = put(at, 0xD800 + ((code - 0x10000) >> 10), 2, charset == UTF_16LE);
            at = put(at, 0xDC00 + ((code - 0x10000) & 0x3FF), 2, charset == UTF_16LE);
        } else {
            at = put(at, code, 2, charset == UTF_16LE);
        }
    }
    return value_binary(bytes, (size_t)(at - bytes));
}

static uint32_t take(const char *at, int size, bool little)
{
    uint32_t unit = 0;
    for (int i = 0; i < size; i++)
        unit = unit << 8 | (unsigned char)at[little ? size - 1 - i : i];
    return unit;
}

/* The code at *at; false where the bytes are none. */
static bool take_code(enum charset charset, bool little, const char **at, const char *end, uint32_t *code)
{
    int size = charset <= LATIN_1 ? 1 : charset == UTF_32 ? 4 : 2;
    if (end - *at < size)
        return false;
    *code = take(*at, size, little);
    *at += size;
    if (size == 2 && *code >= 0xD800 && *code < 0xDC00) {
        uint32_t low = end - *at >= 2 ? take(*at, 2, little) : 0;
        if (low < 0xDC00 || low >= 0xE000)
            return false;
        *at += 2;
        *code = 0x10000 + ((*code - 0xD800) << 10) + (low - 0xDC00);
        return true;
    }
    return *code < (charset == ASCII ? 0x80u : 0x110000u) && (*code < 0xD800 || *code >= 0xE000);
}

struct value function_decode_bytes(struct call *call, const struct value *bytes, const struct value *name)
{
    enum charset charset;
    if (!charset_named(call, name, &charset))
        return value_null();
    if (charset == UTF_8)
        return value_string(bytes->text, bytes->len);
    const char *at = bytes->text, *end = at + bytes->len;
    bool little = charset == UTF_16LE;
    if (charset == UTF_16 && bytes->len >= 2 && (take(at, 2, false) == 0xFEFF || take(at, 2, true) == 0xFEFF)) {
        little = take(at, 2, true) == 0xFEFF;
        at += 2;
    }
    char *text = arena_alloc(call->arena, 3 * bytes->len + 4);
    size_t len = 0;
    while (at < end) {
        uint32_t code;
        if (!take_code(charset, little, &at, end, &code))
            return row_fail(call->row, "%s: the bytes are no %s", call->name, charsets[charset]);
        len += unicode_put(code, text + len);
    }
    return value_string(text, len);
}

/* As bytes by a format; false where the text is not of it, or *wrong there is no such format. */
static bool text_to_bytes(struct call *call, const struct value *args, size_t count, bool *known, struct value *bytes)
{
    const struct value hex = value_string("hex", 3), *format = count > 1 ? &args[1] : &hex;
    char *into = arena_alloc(call->arena, args->len + 4);
    size_t len = 0;
    *known = true;
    if (format->len == 3 && strncasecmp(format->text, "hex", 3) == 0) {
        bool hex_digits = text_hex_decode(args->text, args->len, into, &len);
        *bytes = value_binary(into, len);
        return hex_digits;
    }
    if ((format->len == 5 && strncasecmp(format->text, "utf-8", 5) == 0) ||
        (format->len == 4 && strncasecmp(format->text, "utf8", 4) == 0)) {
        *bytes = value_binary(args->text, args->len);
        return true;
    }
    *known = format->len == 6 && strncasecmp(format->text, "base64", 6) == 0;
    bool good = *known && text_base64_decode(args->text, args->len, into, &len);
    *bytes = value_binary(into, len);
    return good;
}

static struct value to_binary(struct call *call, const struct value *args, size_t count)
{
    struct value bytes;
    bool known, good = text_to_bytes(call, args, count, &known, &bytes);
    if (!known)
        return row_fail(call->row, "%s: the format is hex, utf-8 or base64", call->name);
    return good ? bytes : row_fail(call->row, "to_binary: %s is not of the format", row_show(call->row, args));
}

static struct value try_to_binary(struct call *call, const struct value *args, size_t count)
{
    struct value bytes;
    bool known, good = text_to_bytes(call, args, count, &known, &bytes);
    if (!known)
        return row_fail(call->row, "%s: the format is hex, utf-8 or base64", call->name);
    return good ? bytes : value_null();
}

/* Luhn's check digit of card numbers. */
static struct value luhn_check(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    unsigned sum = 0;
    for (size_t i = 0; i < args->len; i++) {
        char c = args->text[args->len - 1 - i];
        if (c < '0' || c > '9')
            return value_boolean(false);
        unsigned digit = (unsigned)(c - '0') * (i % 2 == 1 ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
    }
    return value_boolean(args->len > 0 && sum % 10 == 0);
}

const struct function functions_charset[] = {
    {{"encode", NULL, "s, charset", "Binary", "The bytes of a string in a charset",
      "hex(encode('\xC3\xA4', 'utf-16')) => FEFF00E4"},
     "ss", .run = encode},
    {{"to_binary", NULL, "s[, format]", "Binary; an error if s is not of the format",
      "The bytes that stand there in hex, utf-8 or base64", "hex(to_binary('QQ==', 'base64')) => 41"},
     "s|s", .run = to_binary},
    {{"try_to_binary", NULL, "s[, format]", "Binary; also null if s is not of the format", "The same",
      "try_to_binary('xyz') => null"},
     "s|s", .run = try_to_binary},
    {{"luhn_check", NULL, "s", "Boolean", "Whether the last digit is the check digit of the others, as of card numbers",
      "luhn_check('79927398713') => true"},
     "s", .run = luhn_check},
    {.takes = NULL},
};

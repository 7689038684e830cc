/* Functions that refuse: what is not true, and bytes that are no text. And the places of bits in bitmaps. */
#include <stdint.h>

#include "base/unicode.h"
#include "expr/function/function.h"
#include "expr/node.h"

static struct value assert_true(struct call *call, const struct value *args, size_t count)
{
    struct value truth = args[0].type == VALUE_BOOLEAN ? args[0] : cast_boolean(&args[0]);
    if (truth.type == VALUE_BOOLEAN && truth.boolean)
        return value_null();
    if (count == 1)
        return row_fail(call->row, "assert_true: it is %s", truth.type == VALUE_NULL ? "null" : "not true");
    struct value text = cast_string(&args[1], call->arena);
    return row_fail(call->row, "assert_true: %s", row_show(call->row, &text));
}

static struct value raise_error(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value text = cast_string(&args[0], call->arena);
    return row_fail(call->row, "raise_error: %s", row_show(call->row, &text));
}

/* How many bytes from text on stand for one U+FFFD: those that might have begun a character (Unicode 3.9, D93b). */
static size_t ill_formed(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t more = bytes[0] >= 0xC2 && bytes[0] < 0xE0 ? 1 : (bytes[0] & 0xF0) == 0xE0 ? 2
                                                        : bytes[0] >= 0xF0 && bytes[0] < 0xF5 ? 3 : 0;
    size_t good = 1;
    unsigned char least = bytes[0] == 0xE0 ? 0xA0 : bytes[0] == 0xF0 ? 0x90 : 0x80,
                  most = bytes[0] == 0xED ? 0x9F : bytes[0] == 0xF4 ? 0x8F : 0xBF;
    for (; good <= more && good < len && bytes[good] >= least && bytes[good] <= most; good++) {
        least = 0x80;
        most = 0xBF;
    }
    return good;
}

/* Up to where the bytes are characters. */
static size_t valid_up_to(const struct value *text)
{
    size_t at = 0;
    for (size_t step; at < text->len && (step = unicode_valid(text->text + at, text->len - at)) > 0;)
        at += step;
    return at;
}

static struct value is_valid_utf8(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_boolean(valid_up_to(args) == args->len);
}

static struct value make_valid_utf8(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (!expr_room(call->arena, args->len + 1, 3))
        return value_null();
    char *text = arena_alloc(call->arena, 3 * args->len + 1);
    size_t used = 0;
    for (size_t at = 0; at < args->len;) {
        size_t step = unicode_valid(args->text + at, args->len - at);
        const char *from = step > 0 ? args->text + at : UNICODE_UNKNOWN;
        size_t len = step > 0 ? step : 3;
        memcpy(text + used, from, len);
        used += len;
        at += step > 0 ? step : ill_formed(args->text + at, args->len - at);
    }
    return value_string(text, used);
}

static struct value try_validate_utf8(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return valid_up_to(args) == args->len ? args[0] : value_null();
}

static struct value validate_utf8(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    size_t at = valid_up_to(args);
    if (at == args->len)
        return args[0];
    return row_fail(call->row, "validate_utf8: byte %zu is no UTF-8", at + 1);
}

/* A bitmap has so many bits; bucket 1 is of the numbers from 1 on, bucket 0 of those down from 0. */
enum { BITMAP_BITS = 32768 };

static struct value bitmap_bit_position(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int64_t n = args[0].integer;
    return value_long(n > 0 ? (n - 1) % BITMAP_BITS : -(n % BITMAP_BITS));
}

static struct value bitmap_bucket_number(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int64_t n = args[0].integer;
    return value_long(n > 0 ? 1 + (n - 1) / BITMAP_BITS : n / BITMAP_BITS);
}

static struct value bitmap_count(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    int64_t bits = 0;
    if (!value_is_binary(&args[0]))
        return row_fail(call->row, "bitmap_count: %s is no binary", row_show(call->row, &args[0]));
    for (size_t i = 0; i < args[0].len; i++)
        bits += __builtin_popcount((unsigned char)args[0].text[i]);
    return value_long(bits);
}

const struct function functions_check[] = {
    {{"assert_true", NULL, "c[, message]", "Null; an error if c is not true", "Makes a record that it is not true of "
      "a bad one", "assert_true(1 < 2) => null"},
     "x|x", .run = assert_true, .sees_null = true},
    {{"raise_error", NULL, "message", "An error", "Makes the record a bad one, as in if(c, x, raise_error('no x'))",
      "if(1 < 2, 'good', raise_error('bad')) => good"},
     "x", .run = raise_error, .sees_null = true},
    {{"is_valid_utf8", NULL, "s", "Boolean", "Whether the bytes of a string or binary are UTF-8",
      "is_valid_utf8(x'61C262') => false"},
     "s", .run = is_valid_utf8},
    {{"make_valid_utf8", NULL, "s", "String", "With U+FFFD for the bytes that are none",
      "hex(make_valid_utf8(x'61C262')) => 61EFBFBD62"},
     "s", .run = make_valid_utf8},
    {{"validate_utf8", NULL, "s", "String; an error if it is not UTF-8", "The bytes as a string",
      "validate_utf8(x'61') => a"},
     "s", .run = validate_utf8},
    {{"try_validate_utf8", NULL, "s", "String; null if it is not UTF-8", "The same",
      "try_validate_utf8(x'61C262') => null"},
     "s", .run = try_validate_utf8},
    {{"bitmap_bit_position", NULL, "n", "Bigint", "The place of n in its bitmap of 32768 bits, from 0",
      "bitmap_bit_position(123) => 122"},
     "i", .run = bitmap_bit_position},
    {{"bitmap_bucket_number", NULL, "n", "Bigint", "Which bitmap n belongs to", "bitmap_bucket_number(40000) => 2"},
     "i", .run = bitmap_bucket_number},
    {{"bitmap_count", NULL, "b", "Bigint", "Bits of a binary that are set", "bitmap_count(x'1010') => 2"},
     "x", .run = bitmap_count},
    {.takes = NULL},
};

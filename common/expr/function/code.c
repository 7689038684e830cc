/* Functions of the bytes and codes behind text: base64, hexadecimal, code points, checksums. */
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

#include "base/digest.h"
#include "base/text.h"
#include "base/unicode.h"
#include "expr/function/function.h"
#include "expr/function/sha512_inner.h"
#include "expr/node.h"

static struct value base64(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct buffer text = {.data = arena_alloc(call->arena, args->len / 3 * 4 + 4), .cap = args->len / 3 * 4 + 4};
    text_base64_add(args->text, args->len, &text); /* fits: the buffer does not grow */
    return value_string(text.data, text.len);
}

/* White space between is skipped; anything else that is no base64 gives null. */
static struct value unbase64(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    char *text = arena_alloc(call->arena, args->len + 3);
    size_t used = 0, letters = 0, ends = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < args->len; i++) {
        char c = args->text[i];
        int digit = text_base64_value(c);
        if (c == '=') {
            ends++;
            continue;
        }
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        if (digit < 0 || ends > 0)
            return value_null();
        group = group << 6 | (uint32_t)digit;
        if (++letters % 4 == 0) {
            text[used++] = (char)(group >> 16);
            text[used++] = (char)(group >> 8);
            text[used++] = (char)group;
        }
    }
    size_t rest = letters % 4;
    if (rest == 1)
        return value_null();
    if (rest >= 2)
        text[used++] = (char)(rest == 2 ? group >> 4 : group >> 10);
    if (rest == 3)
        text[used++] = (char)(group >> 2);
    return value_binary(text, used);
}

static struct value hex_of(struct call *call, const unsigned char *bytes, size_t len, bool capital)
{
    char *text = arena_alloc(call->arena, 2 * len + 1);
    text_hex(bytes, len, capital, text);
    return value_string(text, 2 * len);
}

/* Of a number its two's complement without leading zeros; of a string its bytes. */
static struct value hex(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args->type == VALUE_LONG || args->type == VALUE_DOUBLE || args->type == VALUE_DECIMAL) {
        char *text = arena_alloc(call->arena, 24);
        struct value number = cast_long(args);
        return value_string(text, (size_t)snprintf(text, 24, "%llX", (unsigned long long)number.integer));
    }
    struct value text = cast_string(args, call->arena);
    return hex_of(call, (const unsigned char *)text.text, text.len, true);
}

/* An odd first digit stands alone. */
static struct value unhex(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    char *bytes = arena_alloc(call->arena, args->len / 2 + 1);
    size_t used;
    return text_hex_decode(args->text, args->len, bytes, &used) ? value_binary(bytes, used) : value_null();
}

static struct value fn_crc32(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_long((int64_t)crc32_z(crc32_z(0, NULL, 0), (const Bytef *)args->text, args->len));
}

static uint32_t rotate_left(uint32_t word, unsigned bits)
{
    return word << bits | word >> (32 - bits);
}

/* RFC 1321, 3.4. The constants are the fractions of |sin(i + 1)|. */
static void md5_block(uint32_t *state, const unsigned char *block)
{
    static const unsigned char shifts[] = {7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21};
    static const uint32_t sines[] = {
        0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
        0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
        0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
        0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
        0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
        0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
        0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
        0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (unsigned i = 0; i < 64; i++) {
        unsigned round = i / 16;
        uint32_t mixed = round == 0   ? (b & c) | (~b & d)
                         : round == 1 ? (d & b) | (~d & c)
                         : round == 2 ? b ^ c ^ d
                                      : c ^ (b | ~d);
        unsigned from = 4 * (round == 0   ? i
                             : round == 1 ? (5 * i + 1) % 16
                             : round == 2 ? (3 * i + 5) % 16
                                          : 7 * i % 16);
        uint32_t word = (uint32_t)block[from] | (uint32_t)block[from + 1] << 8 | (uint32_t)block[from + 2] << 16 |
                        (uint32_t)block[from + 3] << 24;
        uint32_t next = b + rotate_left(a + mixed + sines[i] + word, shifts[4 * round + i % 4]);
        a = d, d = c, c = b, b = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

static struct value md5(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    uint32_t state[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    unsigned char digest[16];
    digest_blocks(args->text, args->len, false, md5_block, state);
    for (unsigned i = 0; i < 16; i++)
        digest[i] = (unsigned char)(state[i / 4] >> 8 * (i % 4));
    return hex_of(call, digest, sizeof digest, false);
}

/* 224, 256 (0 means so too), 384 or 512 bits; other lengths give null. */
static struct value sha2(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    unsigned char digest[SHA512_BYTES];
    switch (args[1].integer) {
    case 0:
    case 224:
    case 256:
        digest_sha256(args->text, args->len, args[1].integer == 224, digest);
        return hex_of(call, digest, args[1].integer == 224 ? DIGEST_SHA224_BYTES : DIGEST_SHA256_BYTES, false);
    case 384:
    case 512:
        sha512_sum(args->text, args->len, args[1].integer == 384, digest);
        return hex_of(call, digest, (size_t)args[1].integer / 8, false);
    default:
        return value_null();
    }
}

/* FIPS 180-4, 6.1.2. */
static void sha1_block(uint32_t *state, const unsigned char *block)
{
    static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t words[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (unsigned i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
                   block[4 * i + 3];
    for (unsigned i = 16; i < 80; i++)
        words[i] = rotate_left(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    for (unsigned i = 0; i < 80; i++) {
        unsigned round = i / 20;
        uint32_t mixed = round == 0 ? (b & c) | (~b & d) : round == 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        uint32_t next = rotate_left(a, 5) + mixed + e + constants[round] + words[i];
        e = d, d = c, c = rotate_left(b, 30), b = a, a = next;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
}

static struct value sha1(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    uint32_t state[] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    unsigned char digest[20];
    digest_blocks(args->text, args->len, true, sha1_block, state);
    for (unsigned i = 0; i < 20; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
    return hex_of(call, digest, sizeof digest, false);
}

static struct value ascii(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    uint32_t code = 0;
    if (args->len > 0)
        unicode_next(args->text, args->len, &code);
    return value_int(code);
}

static struct value chr(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].integer < 0)
        return value_string("", 0);
    char *text = arena_alloc(call->arena, 4);
    return value_string(text, unicode_put((uint32_t)(args[0].integer & 0xFF), text));
}

static struct value octet_length(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int((int64_t)args->len);
}

static struct value bit_length(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int((int64_t)args->len * 8);
}

const struct function functions_code[] = {
    {{"ascii", NULL, "s", "Int", "The first character's code point", "ascii('A') => 65"},
     "s", .run = ascii},
    {{"chr", "char", "n", "String", "The character of that code, modulo 256",
      "chr(65) => A\n"
      "char(97) => a"},
     "i", .run = chr},
    {{"octet_length", NULL, "s", "Int", "Bytes in UTF-8", "octet_length('żółw') => 7"},
     "s", .run = octet_length},
    {{"bit_length", NULL, "s", "Int", "Bits in UTF-8", "bit_length('ab') => 16"},
     "s", .run = bit_length},
    {{"base64", NULL, "s", "String", "Bytes in base 64", "base64('hello') => aGVsbG8="},
     "s", .run = base64},
    {{"unbase64", NULL, "s", "Binary; also null if s is none", "Back from base 64",
      "string(unbase64('aGVsbG8=')) => hello"},
     "s", .run = unbase64},
    {{"hex", NULL, "x", "String", "A whole number, or a string's bytes, in hexadecimal", "hex(255) => FF"},
     "x", .run = hex},
    {{"unhex", NULL, "s", "Binary; also null if s is none", "Back from hexadecimal", "string(unhex('41')) => A"},
     "s", .run = unhex},
    {{"md5", NULL, "s", "String", "MD5 checksum", "md5('abc') => 900150983cd24fb0d6963f7d28e17f72"},
     "s", .run = md5},
    {{"sha1", "sha", "s", "String", "SHA-1 checksum",
      "sha1('abc') => a9993e364706816aba3e25717850c26c9cd0d89d\n"
      "sha('') => da39a3ee5e6b4b0d3255bfef95601890afd80709"},
     "s", .run = sha1},
    {{"sha2", NULL, "s, bits", "String; also null unless bits is 224, 256, 384, 512 or 0", "SHA-2 checksum; 0 is 256",
      "sha2('abc', 256) => ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
     "si", .run = sha2},
    {{"crc32", NULL, "s", "Bigint", "CRC-32 checksum", "crc32('abc') => 891568578"},
     "s", .run = fn_crc32},
    {.takes = NULL},
};

/* Functions that write bytes in another way: base64, hexadecimal, checksums. */
#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

#include "base/text.h"
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
    return value_string(text, used);
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
    size_t used = 0, i = 0;
    if (args->len % 2 == 1) {
        if (!text_is_hex(args->text[i]))
            return value_null();
        bytes[used++] = (char)text_digit(args->text[i++]);
    }
    for (; i < args->len; i += 2) {
        if (!text_is_hex(args->text[i]) || !text_is_hex(args->text[i + 1]))
            return value_null();
        bytes[used++] = (char)(text_digit(args->text[i]) << 4 | text_digit(args->text[i + 1]));
    }
    return value_string(bytes, used);
}

static struct value fn_crc32(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_long((int64_t)crc32_z(crc32_z(0, NULL, 0), (const Bytef *)args->text, args->len));
}

/* A message in blocks of 64 bytes, closed with a 1 bit, zeros and the length in bits: MD5 and SHA alike. */
static void each_block(const char *text, size_t len, bool big_endian,
                       void (*take)(uint32_t *state, const unsigned char *block), uint32_t *state)
{
    unsigned char last[128] = {0};
    size_t whole = len / 64 * 64, rest = len - whole, total = rest < 56 ? 64 : 128;
    for (size_t at = 0; at < whole; at += 64)
        take(state, (const unsigned char *)text + at);
    if (rest > 0)
        memcpy(last, text + whole, rest);
    last[rest] = 0x80;
    for (unsigned i = 0; i < 8; i++)
        last[total - 8 + i] = (unsigned char)((uint64_t)len * 8 >> (big_endian ? 56 - 8 * i : 8 * i));
    for (size_t at = 0; at < total; at += 64)
        take(state, last + at);
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
    each_block(args->text, args->len, false, md5_block, state);
    for (unsigned i = 0; i < 16; i++)
        digest[i] = (unsigned char)(state[i / 4] >> 8 * (i % 4));
    return hex_of(call, digest, sizeof digest, false);
}

static uint32_t rotate_right(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

/* FIPS 180-4, 6.2.2. */
static void sha256_block(uint32_t *state, const unsigned char *block)
{
    static const uint32_t roots[] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};
    uint32_t words[64], v[8];
    for (unsigned i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
                   block[4 * i + 3];
    for (unsigned i = 16; i < 64; i++) {
        uint32_t a = words[i - 15], b = words[i - 2];
        words[i] = words[i - 16] + (rotate_right(a, 7) ^ rotate_right(a, 18) ^ a >> 3) + words[i - 7] +
                   (rotate_right(b, 17) ^ rotate_right(b, 19) ^ b >> 10);
    }
    memcpy(v, state, sizeof v);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]), majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t first = v[7] + (rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25)) + choice +
                         roots[i] + words[i];
        uint32_t second = (rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22)) + majority;
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += first;
        v[0] = first + second;
    }
    for (unsigned i = 0; i < 8; i++)
        state[i] += v[i];
}

/* SHA-224 is SHA-256 from another state, cut off. */
static struct value sha256(struct call *call, const struct value *text, bool cut)
{
    uint32_t state[] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    static const uint32_t other[] = {0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939,
                                     0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4};
    unsigned char digest[32];
    if (cut)
        memcpy(state, other, sizeof state);
    each_block(text->text, text->len, true, sha256_block, state);
    for (unsigned i = 0; i < 32; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
    return hex_of(call, digest, cut ? 28 : 32, false);
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
        return sha256(call, args, args[1].integer == 224);
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
    each_block(args->text, args->len, true, sha1_block, state);
    for (unsigned i = 0; i < 20; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
    return hex_of(call, digest, sizeof digest, false);
}

const struct function functions_code[] = {
    {{"base64", NULL, "s", "String", "Bytes in base 64", "base64('hello') => aGVsbG8="},
     "s", .run = base64},
    {{"unbase64", NULL, "s", "String; also null if s is none", "Back from base 64",
      "string(unbase64('aGVsbG8=')) => hello"},
     "s", .run = unbase64},
    {{"hex", NULL, "x", "String", "A whole number, or a string's bytes, in hexadecimal", "hex(255) => FF"},
     "x", .run = hex},
    {{"unhex", NULL, "s", "String; also null if s is none", "Back from hexadecimal", "string(unhex('41')) => A"},
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

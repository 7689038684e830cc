/* hash and xxhash64: Murmur3 (32 bits) and XXH64 over values, from the seed 42 on, as Spark has them: each value's hash
 * is the seed of the next, null leaves it as it is, an array or struct is its elements one after the other. */
#include <string.h>

#include "expr/function/array_inner.h"
#include "expr/function/function.h"
#include "expr/function/murmur_inner.h"
#include "expr/node.h"
#include "value/decimal.h"
#include "value/interval.h"
#include "value/nested.h"

enum { SEED = 42 };

/* One of the two: what each does with 4 bytes, 8 bytes, and a text. */
struct hasher {
    uint64_t (*of_int)(uint32_t number, uint64_t seed);
    uint64_t (*of_long)(uint64_t number, uint64_t seed);
    uint64_t (*of_bytes)(const char *bytes, size_t len, uint64_t seed);
};

static uint64_t murmur_int(uint32_t number, uint64_t seed)
{
    return murmur_finish(murmur_mix((uint32_t)seed, number), 4);
}

static uint64_t murmur_long(uint64_t number, uint64_t seed)
{
    return murmur_finish(murmur_mix(murmur_mix((uint32_t)seed, (uint32_t)number), (uint32_t)(number >> 32)), 8);
}

static uint32_t word_of(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The last one to three bytes are mixed in one by one, each with its sign: Spark's own way. */
static uint64_t murmur_bytes(const char *bytes, size_t len, uint64_t seed)
{
    uint32_t hash = (uint32_t)seed;
    size_t at = 0;
    for (; at + 4 <= len; at += 4)
        hash = murmur_mix(hash, word_of(bytes + at));
    for (; at < len; at++)
        hash = murmur_mix(hash, (uint32_t)(int32_t)(signed char)bytes[at]);
    return murmur_finish(hash, (uint32_t)len);
}

#define XX_1 0x9e3779b185ebca87u
#define XX_2 0xc2b2ae3d27d4eb4fu
#define XX_3 0x165667b19e3779f9u
#define XX_4 0x85ebca77c2b2ae63u
#define XX_5 0x27d4eb2f165667c5u

static uint64_t rotate64(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static uint64_t xx_finish(uint64_t hash)
{
    hash = (hash ^ hash >> 33) * XX_2;
    hash = (hash ^ hash >> 29) * XX_3;
    return hash ^ hash >> 32;
}

static uint64_t xx_round(uint64_t lane, uint64_t word)
{
    return rotate64(lane + word * XX_2, 31) * XX_1;
}

static uint64_t xx_add_int(uint64_t hash, uint32_t number)
{
    return rotate64(hash ^ number * XX_1, 23) * XX_2 + XX_3;
}

static uint64_t xx_add_long(uint64_t hash, uint64_t number)
{
    return rotate64(hash ^ xx_round(0, number), 27) * XX_1 + XX_4;
}

static uint64_t xx_int(uint32_t number, uint64_t seed)
{
    return xx_finish(xx_add_int(seed + XX_5 + 4, number));
}

static uint64_t xx_long(uint64_t number, uint64_t seed)
{
    return xx_finish(xx_add_long(seed + XX_5 + 8, number));
}

static uint64_t long_of(const char *bytes)
{
    return word_of(bytes) | (uint64_t)word_of(bytes + 4) << 32;
}

static uint64_t xx_bytes(const char *bytes, size_t len, uint64_t seed)
{
    size_t at = 0;
    uint64_t hash = seed + XX_5;
    if (len >= 32) {
        uint64_t lanes[] = {seed + XX_1 + XX_2, seed + XX_2, seed, seed - XX_1};
        for (; at + 32 <= len; at += 32)
            for (size_t i = 0; i < 4; i++)
                lanes[i] = xx_round(lanes[i], long_of(bytes + at + 8 * i));
        hash = rotate64(lanes[0], 1) + rotate64(lanes[1], 7) + rotate64(lanes[2], 12) + rotate64(lanes[3], 18);
        for (size_t i = 0; i < 4; i++)
            hash = (hash ^ xx_round(0, lanes[i])) * XX_1 + XX_4;
    }
    hash += len;
    for (; at + 8 <= len; at += 8)
        hash = xx_add_long(hash, long_of(bytes + at));
    if (at + 4 <= len) {
        hash = xx_add_int(hash, word_of(bytes + at));
        at += 4;
    }
    for (; at < len; at++)
        hash = rotate64(hash ^ (unsigned char)bytes[at] * XX_5, 11) * XX_1;
    return xx_finish(hash);
}

static uint64_t hash_value(const struct hasher *hasher, struct call *call, const struct value *value, uint64_t seed);

static uint64_t hash_double(const struct hasher *hasher, const struct value *value, uint64_t seed)
{
    if (value->width == 4) {
        float narrow = value->real == 0 ? 0 : (float)value->real;
        uint32_t bits;
        memcpy(&bits, &narrow, sizeof bits);
        return hasher->of_int(narrow != narrow ? 0x7fc00000 : bits, seed);
    }
    double real = value->real == 0 ? 0 : value->real; /* no negative zero */
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return hasher->of_long(real != real ? 0x7ff8000000000000 : bits, seed);
}

/* Beyond 18 digits it is the bytes of the unscaled number, as few as hold it, the highest first. */
static uint64_t hash_decimal(const struct hasher *hasher, const struct value *value, uint64_t seed)
{
    char bytes[16];
    unsigned count = 1;
    if (value->precision <= 18)
        return hasher->of_long((uint64_t)value->unscaled, seed);
    while (count < sizeof bytes && value->unscaled >> (8 * count - 1) != 0 && value->unscaled >> (8 * count - 1) != -1)
        count++;
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (char)(value->unscaled >> (8 * (count - 1 - i)));
    return hasher->of_bytes(bytes, count, seed);
}

static uint64_t hash_array(const struct hasher *hasher, struct call *call, const struct value *array, uint64_t seed)
{
    struct elements all = array_elements(call->arena, array);
    bool doubles = false;
    for (size_t i = 0; i < all.count; i++)
        doubles |= all.values[i].type == VALUE_DOUBLE;
    for (size_t i = 0; i < all.count; i++) {
        struct value element = doubles ? cast_double(&all.values[i]) : all.values[i];
        seed = hash_value(hasher, call, &element, seed);
    }
    return seed;
}

static uint64_t hash_struct(const struct hasher *hasher, struct call *call, const struct value *object, uint64_t seed)
{
    struct nested_member *members;
    size_t count =
        object->spaced ? nested_sorted(object, call->arena, &members) : nested_all(object, call->arena, &members);
    for (size_t i = 0; i < count; i++) {
        struct value member = nested_member_value(object, members[i].number, members[i].value, call->arena);
        seed = hash_value(hasher, call, &member, seed);
    }
    return seed;
}

static uint64_t hash_value(const struct hasher *hasher, struct call *call, const struct value *value, uint64_t seed)
{
    switch (value->type) {
    case VALUE_NULL:
        return seed;
    case VALUE_BOOLEAN:
        return hasher->of_int(value->boolean, seed);
    case VALUE_DATE:
        return hasher->of_int((uint32_t)value->integer, seed);
    case VALUE_LONG:
        return value->width == 0 ? hasher->of_long((uint64_t)value->integer, seed)
                                 : hasher->of_int((uint32_t)value->integer, seed);
    case VALUE_TIMESTAMP:
        return hasher->of_long((uint64_t)value->integer, seed);
    case VALUE_DOUBLE:
        return hash_double(hasher, value, seed);
    case VALUE_DECIMAL:
        return hash_decimal(hasher, value, seed);
    case VALUE_INTERVAL:
        return value->scale <= INTERVAL_MONTH ? hasher->of_int((uint32_t)value->interval.months, seed)
                                              : hasher->of_long((uint64_t)value->interval.microseconds, seed);
    case VALUE_STRING:
    case VALUE_CELL:
        return hasher->of_bytes(value->text, value->len, seed);
    case VALUE_ARRAY:
        return hash_array(hasher, call, value, seed);
    case VALUE_STRUCT:
        return hash_struct(hasher, call, value, seed);
    }
    return seed;
}

static uint64_t hash_all(const struct hasher *hasher, struct call *call, const struct value *args, size_t count)
{
    uint64_t hash = SEED;
    for (size_t i = 0; i < count; i++)
        hash = hash_value(hasher, call, &args[i], hash);
    return hash;
}

static struct value hash(struct call *call, const struct value *args, size_t count)
{
    static const struct hasher murmur = {murmur_int, murmur_long, murmur_bytes};
    return value_int((int32_t)hash_all(&murmur, call, args, count));
}

static struct value xxhash64(struct call *call, const struct value *args, size_t count)
{
    static const struct hasher xx = {xx_int, xx_long, xx_bytes};
    return value_long((int64_t)hash_all(&xx, call, args, count));
}

const struct function functions_hash[] = {
    {{"hash", NULL, "x, ...", "Int; nulls change nothing",
      "Murmur3 of all arguments, as Spark computes it. Whole numbers in arrays and structs count as bigints",
      "hash('abc', 1) => 945627151"},
     "xx*", .run = hash, .sees_null = true},
    {{"xxhash64", NULL, "x, ...", "Bigint; nulls change nothing",
      "XXH64 of all arguments, as Spark computes it: one record in a hundred, always the same ones, is xxhash64(id) "
      "% 100 = 0", "xxhash64('abc') => 1423657621850124518"},
     "xx*", .run = xxhash64, .sees_null = true},
    {.takes = NULL},
};

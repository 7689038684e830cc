#include "group/hyperloglog.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FEW_MAX = 64, SEED = 42 };

#define PRIME_1 UINT64_C(0x9E3779B185EBCA87)
#define PRIME_2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define PRIME_3 UINT64_C(0x165667B19E3779F9)
#define PRIME_4 UINT64_C(0x85EBCA77C2B2AE63)
#define PRIME_5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotate(uint64_t word, unsigned by)
{
    return word << by | word >> (64 - by);
}

static uint64_t finish(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= PRIME_2;
    hash ^= hash >> 29;
    hash *= PRIME_3;
    return hash ^ hash >> 32;
}

static uint64_t round_lane(uint64_t lane, uint64_t word)
{
    return rotate(lane + word * PRIME_2, 31) * PRIME_1;
}

static uint64_t load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The four lanes of XXH64 over whole blocks of 32 bytes. */
static uint64_t hash_blocks(const char *bytes, size_t blocks)
{
    uint64_t lanes[4] = {SEED + PRIME_1 + PRIME_2, SEED + PRIME_2, SEED, SEED - PRIME_1};
    for (size_t i = 0; i < blocks; i++)
        for (size_t j = 0; j < 4; j++)
            lanes[j] = round_lane(lanes[j], load(bytes + 32 * i + 8 * j));
    uint64_t hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (size_t j = 0; j < 4; j++)
        hash = (hash ^ round_lane(0, lanes[j])) * PRIME_1 + PRIME_4;
    return hash;
}

static uint64_t hash_text(const char *bytes, size_t len)
{
    size_t at = len / 32 * 32;
    uint64_t hash = at > 0 ? hash_blocks(bytes, len / 32) : SEED + PRIME_5;
    hash += len;
    for (; at + 8 <= len; at += 8)
        hash = rotate(hash ^ round_lane(0, load(bytes + at)), 27) * PRIME_1 + PRIME_4;
    if (at + 4 <= len) {
        uint32_t word;
        memcpy(&word, bytes + at, sizeof word);
        hash = rotate(hash ^ word * PRIME_1, 23) * PRIME_2 + PRIME_3;
        at += 4;
    }
    for (; at < len; at++)
        hash = rotate(hash ^ (unsigned char)bytes[at] * PRIME_5, 11) * PRIME_1;
    return finish(hash);
}

static uint64_t hash_int(uint32_t number)
{
    uint64_t hash = SEED + PRIME_5 + 4;
    return finish(rotate(hash ^ number * PRIME_1, 23) * PRIME_2 + PRIME_3);
}

static uint64_t hash_long(int64_t number)
{
    uint64_t hash = SEED + PRIME_5 + 8;
    return finish(rotate(hash ^ round_lane(0, (uint64_t)number), 27) * PRIME_1 + PRIME_4);
}

static uint64_t hash_real(double real)
{
    if (fabs(real) < 9e18 && real == (double)(int64_t)real)
        return hash_long((int64_t)real); /* 1 and 1.0 are one value */
    uint64_t bits = UINT64_C(0x7ff8000000000000); /* Java's one NaN */
    if (!isnan(real))
        memcpy(&bits, &real, sizeof bits);
    return hash_long((int64_t)bits);
}

static uint64_t hash_value(const struct value *value)
{
    switch (value->type) {
    case VALUE_NULL:
        return SEED;
    case VALUE_BOOLEAN:
        return hash_int(value->boolean);
    case VALUE_LONG:
        return value->width && value->width < 8 ? hash_int((uint32_t)value->integer) : hash_long(value->integer);
    case VALUE_TIMESTAMP:
        return hash_long(value->integer);
    case VALUE_DATE:
        return hash_int((uint32_t)value->integer);
    case VALUE_DOUBLE:
        return hash_real(value->real);
    case VALUE_DECIMAL:
        return hash_long((int64_t)(value->unscaled ^ value->unscaled >> 64));
    case VALUE_INTERVAL:
        return hash_long(value->interval.microseconds ^ (int64_t)value->interval.months << 32);
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
    case VALUE_CELL:
        break;
    }
    return hash_text(value->text, value->len);
}

unsigned hyperloglog_precision(double deviation)
{
    if (!(deviation > 0) || deviation > 0.39)
        return 0;
    double precision = ceil(2 * log(1.106 / deviation) / log(2));
    return precision < HYPERLOGLOG_LEAST || precision > HYPERLOGLOG_MOST ? 0 : (unsigned)precision;
}

static void set_register(struct hyperloglog *sketch, unsigned precision, uint32_t number, unsigned char content,
                         struct pool *pool);

static void make_dense(struct hyperloglog *sketch, unsigned precision, struct pool *pool)
{
    size_t registers = (size_t)1 << precision;
    sketch->registers = pool_alloc(pool, registers);
    memset(sketch->registers, 0, registers);
    for (uint32_t i = 0; i < sketch->count; i++)
        set_register(sketch, precision, sketch->few[i] >> 8, (unsigned char)sketch->few[i], pool);
    sketch->count = 0;
    sketch->few = NULL;
}

static void set_register(struct hyperloglog *sketch, unsigned precision, uint32_t number, unsigned char content,
                         struct pool *pool)
{
    if (sketch->registers) {
        if (sketch->registers[number] < content)
            sketch->registers[number] = content;
        return;
    }
    for (uint32_t i = 0; i < sketch->count; i++)
        if (sketch->few[i] >> 8 == number) {
            if ((unsigned char)sketch->few[i] < content)
                sketch->few[i] = number << 8 | content;
            return;
        }
    uint32_t most = (uint32_t)1 << (precision - 3);
    if (sketch->count == (most < FEW_MAX ? most : FEW_MAX)) {
        make_dense(sketch, precision, pool);
        set_register(sketch, precision, number, content, pool);
        return;
    }
    if (sketch->count == sketch->cap) {
        uint32_t cap = sketch->cap ? sketch->cap * 2 : 2;
        uint32_t *few = pool_alloc(pool, cap * sizeof *few);
        if (sketch->count > 0)
            memcpy(few, sketch->few, sketch->count * sizeof *few);
        sketch->few = few;
        sketch->cap = cap;
    }
    sketch->few[sketch->count++] = number << 8 | content;
}

void hyperloglog_add(struct hyperloglog *sketch, unsigned precision, const struct value *value, struct pool *pool)
{
    hyperloglog_add_hash(sketch, precision, hash_value(value), pool);
}

void hyperloglog_add_hash(struct hyperloglog *sketch, unsigned precision, uint64_t hash, struct pool *pool)
{
    uint64_t rest = hash << precision | UINT64_C(1) << (precision - 1);
    set_register(sketch, precision, (uint32_t)(hash >> (64 - precision)), (unsigned char)(__builtin_clzll(rest) + 1),
                 pool);
}

void hyperloglog_merge(struct hyperloglog *sketch, unsigned precision, const struct hyperloglog *other,
                       struct pool *pool)
{
    for (uint32_t i = 0; i < other->count; i++)
        set_register(sketch, precision, other->few[i] >> 8, (unsigned char)other->few[i], pool);
    if (!other->registers)
        return;
    if (!sketch->registers)
        make_dense(sketch, precision, pool);
    for (uint32_t i = 0; i < (uint32_t)1 << precision; i++)
        set_register(sketch, precision, i, other->registers[i], pool);
}

static double sigma(double x)
{
    if (x == 1)
        return INFINITY;
    double y = 1, z = x, before;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (z != before);
    return z;
}

static double tau(double x)
{
    if (x == 0 || x == 1)
        return 0;
    double y = 1, z = 1 - x, before;
    do {
        x = sqrt(x);
        before = z;
        y /= 2;
        z -= (1 - x) * (1 - x) * y;
    } while (z != before);
    return z / 3;
}

/* Ertl's estimator over how many registers hold each content. */
static double estimate_between(const uint32_t *contents, unsigned precision)
{
    double m = (double)((uint32_t)1 << precision);
    unsigned top = 64 - precision;
    double z = m * tau(1 - contents[top + 1] / m);
    for (unsigned k = top; k >= 1; k--)
        z = (z + contents[k]) / 2;
    return m * m / (2 * log(2)) / (z + m * sigma(contents[0] / m));
}

int64_t hyperloglog_estimate(const struct hyperloglog *sketch, unsigned precision)
{
    /* below these counts linear counting is the better estimate (Heule et al., HyperLogLog in Practice) */
    static const double thresholds[] = {10,   20,   40,    80,    220,   400,    900,   1800,
                                        3100, 6500, 11500, 20000, 50000, 120000, 350000};
    uint32_t contents[66] = {0}, registers = (uint32_t)1 << precision;
    for (uint32_t i = 0; sketch->registers && i < registers; i++)
        contents[sketch->registers[i]]++;
    if (!sketch->registers) {
        for (uint32_t i = 0; i < sketch->count; i++)
            contents[sketch->few[i] & 0xff]++;
        contents[0] = registers - sketch->count;
    }
    double m = registers, inverse = 0;
    for (int k = 0; k < 66; k++)
        inverse += ldexp(contents[k], -k);
    double alpha = precision == 4 ? 0.673 : precision == 5 ? 0.697 : precision == 6 ? 0.709 : 0.7213 / (1 + 1.079 / m);
    double raw = alpha * m * m / inverse;
    double estimate = raw < 5 * m ? estimate_between(contents, precision) : raw;
    if (contents[0] > 0) {
        double linear = m * log(m / contents[0]);
        if (linear <= thresholds[precision - HYPERLOGLOG_LEAST] || raw <= 2.5 * m)
            estimate = linear;
    }
    return (int64_t)floor(estimate + 0.5);
}

static int compare_few(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

void hyperloglog_write(const struct hyperloglog *sketch, unsigned precision, struct buffer *into)
{
    pack_number(into, sketch->registers ? 0 : sketch->count + 1);
    if (sketch->registers)
        pack_raw(into, sketch->registers, (size_t)1 << precision);
    uint32_t few[FEW_MAX];
    if (sketch->count > 0) {
        memcpy(few, sketch->few, sketch->count * sizeof *few);
        qsort(few, sketch->count, sizeof *few, compare_few);
    }
    for (uint32_t i = 0; i < sketch->count; i++)
        pack_number(into, few[i]);
}

bool hyperloglog_read(struct hyperloglog *sketch, unsigned precision, struct unpack *from, struct pool *pool)
{
    *sketch = (struct hyperloglog){0};
    uint64_t count = unpack_number(from);
    unsigned most = 64 - precision + 1;
    if (count == 0) {
        size_t registers = (size_t)1 << precision;
        const char *bytes = unpack_raw(from, registers);
        if (!bytes)
            return false;
        make_dense(sketch, precision, pool);
        for (uint32_t i = 0; i < registers; i++) {
            if ((unsigned char)bytes[i] > most)
                return false;
            sketch->registers[i] = (unsigned char)bytes[i];
        }
    }
    for (uint64_t i = 1; i < count && !from->failed; i++) {
        uint64_t entry = unpack_number(from);
        if (entry >> 8 >= (uint64_t)1 << precision || (entry & 0xff) > most)
            return false;
        set_register(sketch, precision, (uint32_t)(entry >> 8), (unsigned char)entry, pool);
    }
    return !from->failed;
}

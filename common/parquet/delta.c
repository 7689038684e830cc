#include "parquet/delta_inner.h"

#include "parquet/hybrid_inner.h"

enum { MINIS_MAX = 1 << 16 };
#define BLOCK_MAX (UINT64_C(1) << 31)

static bool read_varint(struct parquet_delta *delta, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (delta->at == delta->end)
            return false;
        unsigned char byte = *delta->at++;
        *value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool read_zigzag(struct parquet_delta *delta, uint64_t *value)
{
    if (!read_varint(delta, value))
        return false;
    *value = *value >> 1 ^ -(*value & 1);
    return true;
}

bool parquet_delta_start(struct parquet_delta *delta, const void *bytes, const void *end)
{
    uint64_t block;
    *delta = (struct parquet_delta){.at = bytes, .end = end, .first = true};
    if (!read_varint(delta, &block) || !read_varint(delta, &delta->minis) || !read_varint(delta, &delta->left) ||
        !read_zigzag(delta, &delta->value))
        return false;
    if (delta->minis == 0 || delta->minis > MINIS_MAX || block == 0 || block > BLOCK_MAX || block % delta->minis != 0)
        return false;
    delta->per_mini = block / delta->minis;
    delta->mini = delta->minis;
    return delta->per_mini % 8 == 0 && delta->left <= BLOCK_MAX;
}

static bool next_block(struct parquet_delta *delta)
{
    if (!read_zigzag(delta, &delta->least) || (uint64_t)(delta->end - delta->at) < delta->minis)
        return false;
    delta->widths = delta->at;
    delta->at += delta->minis;
    delta->mini = 0;
    for (uint64_t i = 0; i < delta->minis; i++)
        if (delta->widths[i] > 64)
            return false;
    return true;
}

/* Begins the next miniblock. */
static bool next_mini(struct parquet_delta *delta)
{
    if (delta->mini == delta->minis && !next_block(delta))
        return false;
    delta->mini_left = delta->per_mini;
    delta->bit = 0;
    return true;
}

static uint64_t unpack_wide(const unsigned char *bytes, uint64_t bit, unsigned width)
{
    if (width <= 56)
        return parquet_unpack(bytes, bit, width);
    return parquet_unpack(bytes, bit, 32) | parquet_unpack(bytes, bit + 32, width - 32) << 32;
}

/* Up to `count` numbers out of the miniblock at hand. */
static bool read_mini(struct parquet_delta *delta, int64_t *into, size_t count)
{
    unsigned width = delta->widths[delta->mini];
    if ((delta->bit + count * width + 7) / 8 > (uint64_t)(delta->end - delta->at))
        return false;
    uint64_t value = delta->value, bit = delta->bit;
    for (size_t i = 0; i < count; i++, bit += width) {
        value += delta->least + unpack_wide(delta->at, bit, width);
        into[i] = (int64_t)value;
    }
    delta->value = value;
    delta->bit = bit;
    delta->mini_left -= count;
    if (delta->mini_left == 0) {
        delta->at += delta->per_mini * width / 8;
        delta->mini++;
    }
    return true;
}

bool parquet_delta_read(struct parquet_delta *delta, int64_t *into, size_t count)
{
    if (count > delta->left)
        return false;
    delta->left -= count;
    if (count > 0 && delta->first) {
        delta->first = false;
        *into++ = (int64_t)delta->value;
        count--;
    }
    while (count > 0) {
        if (delta->mini_left == 0 && !next_mini(delta))
            return false;
        size_t taken = delta->mini_left < count ? (size_t)delta->mini_left : count;
        if (!read_mini(delta, into, taken))
            return false;
        into += taken;
        count -= taken;
    }
    return true;
}

const unsigned char *parquet_delta_end(struct parquet_delta delta)
{
    uint64_t left = delta.left > 0 ? delta.left - 1 : 0;
    while (left > 0) {
        if (!next_block(&delta))
            return NULL;
        for (uint64_t i = 0; i < delta.minis && left > 0; i++) {
            uint64_t bytes = delta.per_mini * delta.widths[i] / 8;
            if (bytes > (uint64_t)(delta.end - delta.at))
                return NULL;
            delta.at += bytes;
            left -= left < delta.per_mini ? left : delta.per_mini;
        }
    }
    return delta.at;
}

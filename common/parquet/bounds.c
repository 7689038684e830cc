#include "parquet/bounds_inner.h"
#include "base/unicode.h"

#include <string.h>

static int64_t load_integer(const char *bytes, size_t len)
{
    uint64_t number = 0;
    for (size_t i = len; i-- > 0;)
        number = number << 8 | (unsigned char)bytes[i];
    return len == 4 ? (int32_t)number : (int64_t)number;
}

static double load_real(const char *bytes, size_t len)
{
    double real;
    float narrow;
    if (len == 8) {
        memcpy(&real, bytes, sizeof real);
        return real;
    }
    memcpy(&narrow, bytes, sizeof narrow);
    return (double)narrow;
}

int parquet_bound_compare(const struct parquet_target *leaf, struct thrift_bytes a, struct thrift_bytes b)
{
    if (leaf->physical == PARQUET_BYTE_ARRAY || leaf->physical == PARQUET_FIXED) {
        if (leaf->physical == PARQUET_FIXED && a.data[0] != b.data[0]) /* two's complement, big-endian */
            return (signed char)a.data[0] < (signed char)b.data[0] ? -1 : 1;
        size_t len = a.len < b.len ? a.len : b.len;
        int order = len > 0 ? memcmp(a.data, b.data, len) : 0;
        return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
    }
    if (leaf->physical == PARQUET_FLOAT || leaf->physical == PARQUET_DOUBLE) {
        double x = load_real(a.data, a.len), y = load_real(b.data, b.len);
        return (x > y) - (x < y);
    }
    int64_t x = a.len == 1 ? a.data[0] : load_integer(a.data, a.len),
            y = b.len == 1 ? b.data[0] : load_integer(b.data, b.len);
    return (x > y) - (x < y);
}

static bool is_nan(const struct parquet_target *leaf, struct thrift_bytes value)
{
    if (leaf->physical != PARQUET_FLOAT && leaf->physical != PARQUET_DOUBLE)
        return false;
    double real = load_real(value.data, value.len);
    return real != real;
}

static struct thrift_bytes bytes_of(const struct buffer *buffer)
{
    return (struct thrift_bytes){buffer->data ? buffer->data : "", buffer->len};
}

static void keep(struct buffer *into, struct thrift_bytes value)
{
    into->len = 0;
    buffer_add(into, value.data, value.len);
}

void parquet_bounds_add(const struct parquet_target *leaf, struct thrift_bytes value, struct parquet_bounds *bounds)
{
    if (is_nan(leaf, value)) {
        bounds->has_nan = true;
        return;
    }
    if (!bounds->there || parquet_bound_compare(leaf, value, bytes_of(&bounds->least)) < 0)
        keep(&bounds->least, value);
    if (!bounds->there || parquet_bound_compare(leaf, value, bytes_of(&bounds->most)) > 0)
        keep(&bounds->most, value);
    bounds->there = true;
}

/* Which zero it was can't be told by comparing: the bounds are the outer ones. */
static void widen_zero(const struct parquet_target *leaf, struct buffer *bound, bool negative)
{
    if ((leaf->physical == PARQUET_FLOAT || leaf->physical == PARQUET_DOUBLE) &&
        load_real(bound->data, bound->len) == 0)
        bound->data[bound->len - 1] = (char)(negative ? 0x80 : 0);
}

/* Cuts a string's upper bound behind a character that can be made greater. False: there is none. */
static bool cut_most(struct buffer *most)
{
    size_t len = PARQUET_BOUND_BYTES;
    while (len > 0 && unicode_continues(most->data[len])) /* not within a character */
        len--;
    while (len > 0) {
        unsigned char last = (unsigned char)most->data[len - 1];
        if (last < 0x7F || (last >= 0x80 && last < 0xBF)) { /* the last byte of a character has no further rule */
            most->data[len - 1] = (char)(last + 1);
            most->len = len;
            return true;
        }
        do
            len--;
        while (len > 0 && unicode_continues(most->data[len]));
    }
    return false;
}

void parquet_bounds_finish(const struct parquet_target *leaf, struct parquet_bounds *bounds)
{
    bounds->exact_least = bounds->exact_most = bounds->has_most = true;
    if (!bounds->there)
        return;
    widen_zero(leaf, &bounds->least, true);
    widen_zero(leaf, &bounds->most, false);
    if (leaf->physical != PARQUET_BYTE_ARRAY)
        return;
    if (bounds->least.len > PARQUET_BOUND_BYTES) {
        size_t len = PARQUET_BOUND_BYTES;
        while (len > 0 && unicode_continues(bounds->least.data[len]))
            len--;
        bounds->least.len = len;
        bounds->exact_least = false;
    }
    if (bounds->most.len > PARQUET_BOUND_BYTES) {
        bounds->exact_most = false;
        bounds->has_most = cut_most(&bounds->most);
    }
}

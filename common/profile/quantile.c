#include "profile/quantile.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "value/value.h"

enum { TABLE_CAP = 2 * QUANTILE_BUCKETS, FIRST_CAP = 64, DIGITS_MOST = 17 };

/* The number that value_real_order gave these bits. */
static double number_of(uint64_t bits)
{
    double number;
    bits = bits >> 63 ? bits & ~(UINT64_C(1) << 63) : ~bits;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* The bucket's place in the table, in use or not. */
static struct quantile_bucket *find(const struct quantile *quantile, uint64_t bits)
{
    size_t at = (size_t)hash_mix(bits ^ UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xd6e8feb86659fd93));
    for (;; at++) {
        struct quantile_bucket *bucket = &quantile->buckets[at & (quantile->cap - 1)];
        if (bucket->count == 0 || bucket->bits == bits)
            return bucket;
    }
}

static void put(struct quantile *quantile, uint64_t bits, uint64_t count)
{
    struct quantile_bucket *bucket = find(quantile, bits);
    quantile->count += bucket->count == 0;
    bucket->bits = bits;
    bucket->count += count;
}

/* All buckets into a table of another size, or with fewer bits. */
static void rebuild(struct quantile *quantile, size_t cap, unsigned shift)
{
    struct quantile_bucket *old = quantile->buckets;
    size_t old_cap = quantile->cap;
    unsigned more = shift - quantile->shift;
    quantile->buckets = mem_zero(cap, sizeof *quantile->buckets);
    quantile->cap = cap;
    quantile->count = 0;
    quantile->shift = shift;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].count > 0)
            put(quantile, old[i].bits >> more, old[i].count);
    free(old);
}

static void make_room(struct quantile *quantile)
{
    if (2 * (quantile->count + 1) > quantile->cap && quantile->cap < TABLE_CAP)
        rebuild(quantile, quantile->cap ? 2 * quantile->cap : FIRST_CAP, quantile->shift);
    while (quantile->count > QUANTILE_BUCKETS - 1)
        rebuild(quantile, quantile->cap, quantile->shift + 1);
}

void quantile_add(struct quantile *quantile, double number)
{
    make_room(quantile);
    put(quantile, value_real_order(number) >> quantile->shift, 1);
    quantile->total++;
}

void quantile_merge(struct quantile *quantile, const struct quantile *other)
{
    for (size_t i = 0; i < other->cap; i++) {
        if (other->buckets[i].count == 0)
            continue;
        make_room(quantile);
        if (quantile->shift < other->shift)
            rebuild(quantile, quantile->cap, other->shift);
        put(quantile, other->buckets[i].bits >> (quantile->shift - other->shift), other->buckets[i].count);
    }
    quantile->total += other->total;
}

static int by_bits(const void *a, const void *b)
{
    const struct quantile_bucket *x = a, *y = b;
    return (x->bits > y->bits) - (x->bits < y->bits);
}

void quantile_settle(struct quantile *quantile)
{
    while (quantile->count > QUANTILE_BUCKETS - 1)
        rebuild(quantile, quantile->cap, quantile->shift + 1);
    size_t used = 0;
    for (size_t i = 0; i < quantile->cap; i++)
        if (quantile->buckets[i].count > 0)
            quantile->buckets[used++] = quantile->buckets[i];
    if (used > 0)
        qsort(quantile->buckets, used, sizeof *quantile->buckets, by_bits);
}

/* The number of fewest digits between two, near a third. */
static double short_number(double low, double high, double near)
{
    for (int digits = 1; digits < DIGITS_MOST; digits++) {
        char text[64];
        snprintf(text, sizeof text, "%.*g", digits, near);
        double number = strtod(text, NULL);
        if (number >= low && number <= high)
            return number;
    }
    return near;
}

/* The smallest and the largest number of a bucket. */
static void bucket_ends(const struct quantile *quantile, const struct quantile_bucket *bucket, double *low,
                        double *high)
{
    uint64_t first = bucket->bits << quantile->shift;
    *low = number_of(first);
    *high = number_of(first | ((UINT64_C(1) << quantile->shift) - 1));
}

double quantile_at(const struct quantile *quantile, double fraction)
{
    uint64_t rank = (uint64_t)ceil(fraction * (double)quantile->total), before = 0;
    size_t i = 0;
    rank = rank == 0 ? 1 : rank > quantile->total ? quantile->total : rank;
    while (before + quantile->buckets[i].count < rank)
        before += quantile->buckets[i++].count;
    double low, high;
    bucket_ends(quantile, &quantile->buckets[i], &low, &high);
    if (quantile->shift == 0 || !isfinite(low) || !isfinite(high))
        return low;
    double part = ((double)(rank - before) - 0.5) / (double)quantile->buckets[i].count;
    return short_number(low, high, low + (high - low) * part);
}

static double bucket_middle(const struct quantile *quantile, size_t i)
{
    double low, high;
    bucket_ends(quantile, &quantile->buckets[i], &low, &high);
    return low + (high - low) / 2;
}

bool quantile_histogram(const struct quantile *quantile, uint64_t *counts, size_t bins)
{
    size_t first = 0, end = quantile->count;
    while (first < end && !isfinite(bucket_middle(quantile, first)))
        first++;
    while (end > first && !isfinite(bucket_middle(quantile, end - 1)))
        end--;
    if (first == end)
        return false;
    double low = bucket_middle(quantile, first), width = bucket_middle(quantile, end - 1) / 2 - low / 2;
    if (!(width > 0))
        return false;
    memset(counts, 0, bins * sizeof *counts);
    for (size_t i = first; i < end; i++) {
        double share = (bucket_middle(quantile, i) / 2 - low / 2) / width; /* halves: a difference may be infinite */
        size_t bin = (size_t)(share * (double)bins);
        counts[bin < bins ? bin : bins - 1] += quantile->buckets[i].count;
    }
    return true;
}

void quantile_free(struct quantile *quantile)
{
    free(quantile->buckets);
    *quantile = (struct quantile){0};
}

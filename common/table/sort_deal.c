/* Many entries dealt to buckets, over threads. */
#include <stdlib.h>

#include "base/threads.h"
#include "table/sort_inner.h"

enum {
    BUCKET_ENTRIES = 2048, /* about so many, with their rows: what a processor's own cache holds */
    BUCKETS_MAX = 4096,
    SAMPLES = 4, /* prefixes a bucket that are looked at to bound it */
};

static size_t slice(const struct sort_dealing *dealing, unsigned share)
{
    return (size_t)((unsigned __int128)dealing->count * share / dealing->threads);
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

void sort_deal_start(struct sort_dealing *dealing)
{
    size_t buckets = 16;
    while (buckets < BUCKETS_MAX && buckets * BUCKET_ENTRIES < dealing->count)
        buckets *= 2;
    size_t count = buckets * SAMPLES, run = 1;
    uint64_t *samples = mem_resize(NULL, count, sizeof *samples);
    for (size_t i = 0; i < count; i++)
        samples[i] = dealing->entries[(size_t)((unsigned __int128)dealing->count * i / count)].prefix;
    qsort(samples, count, sizeof *samples, compare_numbers);
    dealing->bounds = mem_resize(NULL, buckets, sizeof *dealing->bounds);
    dealing->buckets = 0;
    for (size_t i = 1; i < count; i++) {
        run = samples[i] == samples[i - 1] ? run + 1 : 1;
        dealing->skewed = dealing->skewed || run >= count / 4;
        bool further = dealing->buckets == 0 || samples[i] > dealing->bounds[dealing->buckets - 1];
        if (i % SAMPLES == 0 && further)
            dealing->bounds[dealing->buckets++] = samples[i];
    }
    dealing->buckets++;
    free(samples);
    /* a power of 2 less one, so that finding a bucket is the same steps for all */
    for (size_t i = dealing->buckets - 1; i < buckets; i++)
        dealing->bounds[i] = UINT64_MAX;
    dealing->starts = mem_zero(dealing->buckets + 1, sizeof *dealing->starts);
}

/* How many bounds are not beyond the prefix. */
static size_t bucket_of(const struct sort_dealing *dealing, size_t half, uint64_t prefix)
{
    size_t low = 0;
    for (size_t step = half; step > 0; step /= 2)
        low += dealing->bounds[low + step - 1] <= prefix ? step : 0;
    return low < dealing->buckets ? low : dealing->buckets - 1; /* a prefix that is all ones */
}

static void count_share(void *context, unsigned share)
{
    struct sort_dealing *dealing = context;
    size_t *counts = dealing->places + share * dealing->buckets, half = 1;
    while (2 * half < dealing->buckets)
        half *= 2;
    for (size_t i = slice(dealing, share), end = slice(dealing, share + 1); i < end; i++) {
        size_t bucket = bucket_of(dealing, half, dealing->entries[i].prefix);
        dealing->numbers[i] = (uint16_t)bucket;
        counts[bucket]++;
    }
}

static void deal_share(void *context, unsigned share)
{
    struct sort_dealing *dealing = context;
    size_t *places = dealing->places + share * dealing->buckets;
    for (size_t i = slice(dealing, share), end = slice(dealing, share + 1); i < end; i++)
        dealing->into[places[dealing->numbers[i]]++] = dealing->entries[i];
}

void sort_deal(struct sort_dealing *dealing)
{
    dealing->numbers = mem_resize(NULL, dealing->count, sizeof *dealing->numbers);
    dealing->places = mem_zero(dealing->threads * dealing->buckets, sizeof *dealing->places);
    threads_share(dealing->threads, count_share, dealing);
    size_t at = 0;
    for (size_t bucket = 0; bucket < dealing->buckets; bucket++) {
        dealing->starts[bucket] = at;
        for (unsigned share = 0; share < dealing->threads; share++) {
            size_t *place = &dealing->places[share * dealing->buckets + bucket], some = *place;
            *place = at;
            at += some;
        }
    }
    dealing->starts[dealing->buckets] = at;
    threads_share(dealing->threads, deal_share, dealing);
    free(dealing->numbers);
    free(dealing->places);
    dealing->numbers = NULL;
    dealing->places = NULL;
}

void sort_deal_free(struct sort_dealing *dealing)
{
    free(dealing->bounds);
    free(dealing->starts);
}

#include "profile/distinct.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/unicode.h"

enum { FIRST_CAP = 16, TABLE_CAP = 2 * DISTINCT_EXACT, PRECISION = 12, ROWS = 4, WIDTH = 2048, SHARE = 100 };

static struct distinct_value *find(const struct distinct *distinct, uint64_t hash)
{
    for (size_t at = (size_t)hash;; at++) {
        struct distinct_value *value = &distinct->table[at & (distinct->cap - 1)];
        if (value->count == 0 || value->hash == hash)
            return value;
    }
}

/* The counter of a value in a row of the sketch: each row has its own hash of the value's. */
static uint64_t *counter(const struct distinct *distinct, size_t row, uint64_t hash)
{
    static const uint64_t odd[ROWS] = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0xc2b2ae3d27d4eb4f),
                                       UINT64_C(0x165667b19e3779f9), UINT64_C(0x27d4eb2f165667c5)};
    return &distinct->sketch[row * WIDTH + (hash_mix(hash ^ odd[row], odd[ROWS - 1 - row]) & (WIDTH - 1))];
}

static void sketch_add(struct distinct *distinct, uint64_t hash, uint64_t count, struct pool *pool)
{
    for (size_t row = 0; row < ROWS; row++)
        *counter(distinct, row, hash) += count;
    hyperloglog_add_hash(&distinct->registers, PRECISION, hash, pool);
}

static uint64_t sketch_count(const struct distinct *distinct, uint64_t hash)
{
    uint64_t least = UINT64_MAX;
    for (size_t row = 0; row < ROWS; row++)
        least = *counter(distinct, row, hash) < least ? *counter(distinct, row, hash) : least;
    return least;
}

/* There are too many values to be counted one by one. */
static void start_sketch(struct distinct *distinct, struct pool *pool)
{
    distinct->sketch = mem_zero((size_t)ROWS * WIDTH, sizeof *distinct->sketch);
    for (size_t i = 0; i < distinct->cap; i++)
        if (distinct->table[i].count > 0)
            sketch_add(distinct, distinct->table[i].hash, distinct->table[i].count, pool);
}

/* Another table, in which each value that occurred more often than `less` times has so many less; with their texts. */
static void rebuild(struct distinct *distinct, size_t cap, uint64_t less)
{
    struct distinct_value *old = distinct->table;
    size_t old_cap = distinct->cap;
    struct buffer texts = distinct->texts;
    distinct->table = mem_zero(cap, sizeof *distinct->table);
    distinct->texts = (struct buffer){0};
    distinct->cap = cap;
    distinct->count = 0;
    for (size_t i = 0; i < old_cap; i++) {
        if (old[i].count <= less)
            continue;
        struct distinct_value *value = find(distinct, old[i].hash);
        *value = old[i];
        value->count -= less;
        value->text = distinct->texts.len;
        buffer_add(&distinct->texts, texts.data + old[i].text, old[i].len);
        distinct->count++;
    }
    free(old);
    buffer_free(&texts);
}

static int by_count(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Half of the values, the less frequent ones, make room: from all is taken how often the middle one occurs. */
static void purge(struct distinct *distinct)
{
    uint64_t *counts = mem_zero(distinct->count, sizeof *counts);
    size_t used = 0;
    for (size_t i = 0; i < distinct->cap; i++)
        if (distinct->table[i].count > 0)
            counts[used++] = distinct->table[i].count;
    qsort(counts, used, sizeof *counts, by_count);
    rebuild(distinct, distinct->cap, counts[used / 2]);
    free(counts);
}

/* Bytes of a value to be kept: whole characters. */
static size_t kept_len(const char *text, size_t len)
{
    if (len <= DISTINCT_TEXT)
        return len;
    len = DISTINCT_TEXT;
    while (len > 0 && unicode_continues(text[len]))
        len--;
    return len;
}

static struct distinct_value *make_room(struct distinct *distinct, uint64_t hash, struct pool *pool)
{
    if (2 * (distinct->count + 1) > distinct->cap && distinct->cap < TABLE_CAP)
        rebuild(distinct, distinct->cap ? 2 * distinct->cap : FIRST_CAP, 0);
    if (distinct->count == DISTINCT_EXACT) {
        if (!distinct->sketch)
            start_sketch(distinct, pool);
        purge(distinct);
    }
    return find(distinct, hash);
}

/* Counts one more value, or one that another table has. */
static void put(struct distinct *distinct, const struct distinct_value *from, const char *text, struct pool *pool)
{
    struct distinct_value *value = distinct->cap > 0 ? find(distinct, from->hash) : NULL;
    if (value && value->count > 0) {
        value->count += from->count;
        return;
    }
    value = make_room(distinct, from->hash, pool);
    *value = *from;
    value->text = distinct->texts.len;
    buffer_add(&distinct->texts, text, from->len);
    distinct->count++;
}

void distinct_add(struct distinct *distinct, uint64_t hash, const char *text, size_t len, struct pool *pool)
{
    size_t kept = kept_len(text, len);
    struct distinct_value value = {.hash = hash, .count = 1, .len = (uint32_t)kept, .cut = kept < len};
    put(distinct, &value, text, pool);
    if (distinct->sketch)
        sketch_add(distinct, hash, 1, pool);
    distinct->total++;
}

static void put_all(struct distinct *distinct, const struct distinct *other, struct pool *pool)
{
    for (size_t i = 0; i < other->cap; i++) {
        const struct distinct_value *value = &other->table[i];
        if (value->count == 0)
            continue;
        put(distinct, value, other->texts.data + value->text, pool);
        if (distinct->sketch && !other->sketch)
            sketch_add(distinct, value->hash, value->count, pool);
    }
}

void distinct_merge(struct distinct *distinct, const struct distinct *other, struct pool *pool)
{
    if (other->sketch && !distinct->sketch)
        start_sketch(distinct, pool);
    put_all(distinct, other, pool);
    if (other->sketch) {
        for (size_t i = 0; i < (size_t)ROWS * WIDTH; i++)
            distinct->sketch[i] += other->sketch[i];
        hyperloglog_merge(&distinct->registers, PRECISION, &other->registers, pool);
    }
    distinct->total += other->total;
}

uint64_t distinct_count(const struct distinct *distinct)
{
    return distinct->sketch ? (uint64_t)hyperloglog_estimate(&distinct->registers, PRECISION) : distinct->count;
}

static bool text_before(const struct distinct *distinct, const struct distinct_value *a, const struct distinct_value *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = len > 0 ? memcmp(distinct->texts.data + a->text, distinct->texts.data + b->text, len) : 0;
    return order < 0 || (order == 0 && a->len < b->len);
}

const struct distinct_value *distinct_top(const struct distinct *distinct, uint64_t *count)
{
    const struct distinct_value *top = NULL;
    *count = 0;
    for (size_t i = 0; i < distinct->cap; i++) {
        const struct distinct_value *value = &distinct->table[i];
        if (value->count == 0)
            continue;
        uint64_t often = distinct->sketch ? sketch_count(distinct, value->hash) : value->count;
        if (distinct->sketch && often < distinct->total / SHARE)
            continue;
        if (!top || often > *count || (often == *count && text_before(distinct, value, top))) {
            top = value;
            *count = often;
        }
    }
    return top;
}

void distinct_free(struct distinct *distinct)
{
    free(distinct->table);
    free(distinct->sketch);
    buffer_free(&distinct->texts);
    *distinct = (struct distinct){0};
}

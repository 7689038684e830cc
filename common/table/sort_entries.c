/* Rows in memory put in order. What an entry holds beside its row is a prefix: 64 bits that order as far as they reach.
 * Entries are sorted by these alone; of those that have one in common it is known what they share, and they are sorted
 * by what comes next: more of the text, the next key, the place. So rows, which are far away, are looked at once a
 * key, not once a comparison. Many entries are first dealt to buckets, a stretch of prefixes each, for threads to
 * share. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "table/sort_inner.h"

enum {
    INSERTION = 12,
    MANY = 32 * 1024,   /* entries that are worth buckets */
    BUCKETS = 256,      /* at most */
    SAMPLES = 4096,     /* prefixes that are looked at to bound them */
    AHEAD = 16,         /* rows that are fetched before they are needed */
    TEXT_PIECE = 7,     /* bytes of a text in a prefix; the last one says how many more there are */
    TEXT_SKIP_MAX = 70, /* so far texts are looked at in pieces */
};

/* Kinds of values whose prefixes can be compared with each other. */
enum sort_class { CLASS_NONE, CLASS_NUMBER, CLASS_TEXT, CLASS_BOOLEAN, CLASS_DATE, CLASS_TIME, CLASS_MIXED };

/* What a stretch of entries is to be ordered by: they are the same up to there. */
struct level {
    const struct sort *sort;
    sort_mode mode;
    size_t key;      /* key_count: the place */
    size_t skip;     /* bytes of its text */
    enum sort_class class;
};

static enum sort_class class_of(const struct level *level, const struct sort_key *key)
{
    switch (key->type) {
    case VALUE_NULL:
        return CLASS_NONE;
    case VALUE_LONG:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
        return CLASS_NUMBER;
    case VALUE_STRING:
        return CLASS_TEXT;
    case VALUE_CELL:
        return level->mode & sort_bit(level->key) ? CLASS_NUMBER : CLASS_TEXT;
    case VALUE_BOOLEAN:
        return CLASS_BOOLEAN;
    case VALUE_DATE:
        return CLASS_DATE;
    case VALUE_TIMESTAMP:
        return CLASS_TIME;
    default:
        return CLASS_MIXED;
    }
}

/* Seven bytes, and how many there are: 1 for none, 9 for more. */
static uint64_t text_bits(const struct sort_key *key, size_t skip)
{
    size_t left = key->len > skip ? key->len - skip : 0;
    const char *text = left > 0 ? key->text + skip : NULL;
    uint64_t bits = 0;
    for (size_t i = 0; i < TEXT_PIECE; i++)
        bits = bits << 8 | (i < left ? (unsigned char)text[i] : 0);
    return bits << 8 | ((left > TEXT_PIECE ? TEXT_PIECE + 1 : left) + 1);
}

static bool has_more(const struct sort_key *key, size_t skip)
{
    return key->len > skip + TEXT_PIECE;
}

/* Rounding keeps the order of numbers: those that become one are told apart later. */
static uint64_t number_bits(const struct sort_key *key)
{
    struct value value = sort_key_value(key), number;
    return value_to_number(&value, &number) ? value_real_order(value_to_double(&number)) >> 1 : 0;
}

/* 63 of them: those that are too far from 0 become one. */
static uint64_t whole_bits(int64_t whole)
{
    const int64_t most = INT64_C(1) << 62;
    return (uint64_t)(whole < -most ? -most : whole >= most ? most - 1 : whole) + (uint64_t)most;
}

static const uint64_t NULLS_FIRST = 0, NULLS_LAST = UINT64_MAX;

/* No other value has the prefix that nulls have. */
static uint64_t prefix_of(const struct level *level, const struct sort_row *row)
{
    if (level->key == level->sort->key_count)
        return row->place;
    const struct sort_key *key = &row->keys[level->key];
    const struct order_key *how = &level->sort->options.order->keys[level->key];
    if (key->type == VALUE_NULL)
        return how->nulls_last ? NULLS_LAST : NULLS_FIRST;
    uint64_t bits = 0;
    switch (level->class) {
    case CLASS_TEXT:
        bits = text_bits(key, level->skip);
        return how->descending ? ~bits : bits;
    case CLASS_NUMBER:
        bits = number_bits(key);
        break;
    case CLASS_BOOLEAN:
    case CLASS_DATE:
    case CLASS_TIME:
        bits = whole_bits(key->integer);
        break;
    case CLASS_NONE:
    case CLASS_MIXED:
        break;
    }
    if (how->descending)
        bits = (UINT64_MAX >> 1) - bits;
    return how->nulls_last ? bits : bits | UINT64_C(1) << 63;
}

static void fetch(const struct sort_entry *entries, size_t at, size_t count)
{
    if (at + AHEAD < count)
        __builtin_prefetch(entries[at + AHEAD].row);
}

/* What all of the entries' keys are. */
static enum sort_class class_among(const struct level *level, const struct sort_entry *entries, size_t count)
{
    enum sort_class class = CLASS_NONE;
    for (size_t i = 0; i < count && class != CLASS_MIXED && level->key < level->sort->key_count; i++) {
        fetch(entries, i, count);
        enum sort_class other = class_of(level, &entries[i].row->keys[level->key]);
        if (other != CLASS_NONE)
            class = class == CLASS_NONE || class == other ? other : CLASS_MIXED;
    }
    return class;
}

static void set_prefixes(const struct level *level, struct sort_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fetch(entries, i, count);
        entries[i].prefix = prefix_of(level, entries[i].row);
    }
}

typedef bool entry_before(const struct level *level, const struct sort_entry *a, const struct sort_entry *b);

static bool before_by_prefix(const struct level *level, const struct sort_entry *a, const struct sort_entry *b)
{
    (void)level;
    return a->prefix < b->prefix;
}

static bool before_by_row(const struct level *level, const struct sort_entry *a, const struct sort_entry *b)
{
    return sort_compare_from(level->sort, a->row, b->row, level->mode, level->key) < 0;
}

static inline void merge_halves(const struct level *level, const struct sort_entry *from, size_t middle, size_t count,
                                struct sort_entry *into, entry_before *before)
{
    size_t a = 0, b = middle, at = 0;
    while (a < middle && b < count)
        into[at++] = before(level, &from[b], &from[a]) ? from[b++] : from[a++];
    while (a < middle)
        into[at++] = from[a++];
    while (b < count)
        into[at++] = from[b++];
}

/* Merge sort from the bottom up, within the entries; what is in order costs one look. scratch has room for as many. */
static inline void sort_with(const struct level *level, struct sort_entry *entries, size_t count,
                             struct sort_entry *scratch, entry_before *before)
{
    size_t ordered = 1;
    while (ordered < count && !before(level, &entries[ordered], &entries[ordered - 1]))
        ordered++;
    if (ordered >= count)
        return;
    for (size_t at = 0; at < count; at += INSERTION) {
        size_t some = count - at < INSERTION ? count - at : INSERTION;
        for (size_t i = at + 1; i < at + some; i++) {
            struct sort_entry entry = entries[i];
            size_t j = i;
            for (; j > at && before(level, &entry, &entries[j - 1]); j--)
                entries[j] = entries[j - 1];
            entries[j] = entry;
        }
    }
    struct sort_entry *from = entries, *into = scratch;
    for (size_t width = INSERTION; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t left = count - at;
            merge_halves(level, from + at, left < width ? left : width, left < 2 * width ? left : 2 * width, into + at,
                         before);
        }
        struct sort_entry *swap = from;
        from = into;
        into = swap;
    }
    if (from != entries)
        memcpy(entries, from, count * sizeof *entries);
}

static void sort_level(const struct level *level, struct sort_entry *entries, size_t count, struct sort_entry *scratch,
                       unsigned threads);

static bool all_equal(const struct level *level, const struct sort_entry *entries, size_t count)
{
    bool numeric = level->mode & sort_bit(level->key);
    for (size_t i = 1; i < count; i++)
        if (sort_compare_key(&entries[0].row->keys[level->key], &entries[i].row->keys[level->key], numeric) != 0)
            return false;
    return true;
}

/* Entries of one prefix, by what comes behind it. */
static void resolve(const struct level *level, struct sort_entry *entries, size_t count, struct sort_entry *scratch,
                    unsigned threads)
{
    struct level next = {.sort = level->sort, .mode = level->mode, .key = level->key + 1};
    bool goes_on = level->key < level->sort->key_count;
    const struct sort_key *first = goes_on ? &entries[0].row->keys[level->key] : NULL;
    if (goes_on && first->type != VALUE_NULL) {
        if (level->class != CLASS_TEXT) {
            goes_on = all_equal(level, entries, count);
        } else if (has_more(first, level->skip)) {
            next.key = level->key;
            next.skip = level->skip + TEXT_PIECE;
            goes_on = next.skip <= TEXT_SKIP_MAX;
        }
    }
    if (goes_on)
        sort_level(&next, entries, count, scratch, threads);
    else
        sort_with(level, entries, count, scratch, before_by_row);
}

/* Entries whose prefixes are set. */
static void sort_by_prefix(const struct level *level, struct sort_entry *entries, size_t count,
                           struct sort_entry *scratch, unsigned threads)
{
    sort_with(level, entries, count, scratch, before_by_prefix);
    for (size_t at = 0, next; at < count; at = next) {
        next = at + 1;
        while (next < count && entries[next].prefix == entries[at].prefix)
            next++;
        if (next - at > 1)
            resolve(level, entries + at, next - at, scratch + at, threads);
    }
}

/* Many entries, and those who work on them. */
struct dealing {
    const struct level *level;
    struct sort_entry *entries, *scratch;
    size_t count;
    unsigned shares;
    uint64_t bounds[BUCKETS]; /* bucket i has prefixes from bounds[i - 1] on, and below bounds[i] */
    unsigned buckets;
    size_t (*counts)[BUCKETS]; /* of each share; then where its next entry of the bucket goes */
    size_t starts[BUCKETS + 1];
    atomic_uint next;         /* bucket to be sorted */
    atomic_uint class;        /* bits of those that were met */
};

static size_t slice(const struct dealing *dealing, unsigned share)
{
    return (size_t)((unsigned __int128)dealing->count * share / dealing->shares);
}

static void look_share(void *context, unsigned share)
{
    struct dealing *dealing = context;
    size_t from = slice(dealing, share), to = slice(dealing, share + 1);
    atomic_fetch_or(&dealing->class, 1u << class_among(dealing->level, dealing->entries + from, to - from));
}

static void prefix_share(void *context, unsigned share)
{
    struct dealing *dealing = context;
    size_t from = slice(dealing, share), to = slice(dealing, share + 1);
    set_prefixes(dealing->level, dealing->entries + from, to - from);
}

static unsigned bucket_of(const struct dealing *dealing, uint64_t prefix)
{
    unsigned low = 0, most = dealing->buckets - 1;
    while (low < most) {
        unsigned middle = (low + most) / 2;
        if (prefix < dealing->bounds[middle])
            most = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void count_share(void *context, unsigned share)
{
    struct dealing *dealing = context;
    for (size_t i = slice(dealing, share); i < slice(dealing, share + 1); i++)
        dealing->counts[share][bucket_of(dealing, dealing->entries[i].prefix)]++;
}

static void deal_share(void *context, unsigned share)
{
    struct dealing *dealing = context;
    for (size_t i = slice(dealing, share); i < slice(dealing, share + 1); i++)
        dealing->scratch[dealing->counts[share][bucket_of(dealing, dealing->entries[i].prefix)]++] =
            dealing->entries[i];
}

static int compare_numbers(const void *a, const void *b)
{
    const uint64_t *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Bounds between the buckets, by a sample; the entries into them. */
static void deal(struct dealing *dealing)
{
    uint64_t *samples = mem_resize(NULL, SAMPLES, sizeof *samples);
    for (size_t i = 0; i < SAMPLES; i++)
        samples[i] = dealing->entries[(size_t)((unsigned __int128)dealing->count * i / SAMPLES)].prefix;
    qsort(samples, SAMPLES, sizeof *samples, compare_numbers);
    dealing->buckets = 0;
    for (size_t i = SAMPLES / BUCKETS; i < SAMPLES; i += SAMPLES / BUCKETS)
        if (dealing->buckets == 0 || samples[i] > dealing->bounds[dealing->buckets - 1])
            dealing->bounds[dealing->buckets++] = samples[i];
    dealing->buckets++;
    free(samples);
    dealing->counts = mem_zero(dealing->shares, sizeof *dealing->counts);
    threads_share(dealing->shares, count_share, dealing);
    for (size_t b = 0, at = 0; b < dealing->buckets; b++) {
        dealing->starts[b] = at;
        for (unsigned share = 0; share < dealing->shares; share++) {
            size_t some = dealing->counts[share][b];
            dealing->counts[share][b] = at;
            at += some;
        }
        dealing->starts[b + 1] = at;
    }
    threads_share(dealing->shares, deal_share, dealing);
    free(dealing->counts);
}

/* A bucket so large that the others wouldn't keep threads busy is sorted by all of them, at the end. */
static bool is_huge(const struct dealing *dealing, unsigned bucket)
{
    size_t count = dealing->starts[bucket + 1] - dealing->starts[bucket];
    return dealing->shares > 1 && count >= MANY && count > dealing->count / 4;
}

static void sort_bucket(const struct dealing *dealing, unsigned bucket, unsigned threads)
{
    size_t from = dealing->starts[bucket], count = dealing->starts[bucket + 1] - from;
    if (count == 0)
        return;
    memcpy(dealing->entries + from, dealing->scratch + from, count * sizeof *dealing->entries);
    sort_by_prefix(dealing->level, dealing->entries + from, count, dealing->scratch + from, threads);
}

static void bucket_share(void *context, unsigned share)
{
    (void)share;
    struct dealing *dealing = context;
    for (unsigned bucket; (bucket = atomic_fetch_add(&dealing->next, 1)) < dealing->buckets;)
        if (!is_huge(dealing, bucket))
            sort_bucket(dealing, bucket, 1);
}

static void sort_many(struct level *level, struct sort_entry *entries, size_t count, struct sort_entry *scratch,
                      unsigned threads)
{
    struct dealing dealing = {
        .level = level, .entries = entries, .scratch = scratch, .count = count, .shares = threads};
    threads_share(threads, look_share, &dealing);
    unsigned classes = atomic_load(&dealing.class) & ~(1u << CLASS_NONE);
    level->class = classes == 0 ? CLASS_NONE : CLASS_MIXED;
    for (unsigned class = CLASS_NUMBER; class < CLASS_MIXED; class++)
        if (classes == 1u << class)
            level->class = (enum sort_class)class;
    threads_share(threads, prefix_share, &dealing);
    deal(&dealing);
    threads_share(threads, bucket_share, &dealing);
    for (unsigned bucket = 0; bucket < dealing.buckets; bucket++)
        if (is_huge(&dealing, bucket))
            sort_bucket(&dealing, bucket, threads);
}

/* Entries that are the same before the level. */
static void sort_level(const struct level *level, struct sort_entry *entries, size_t count, struct sort_entry *scratch,
                       unsigned threads)
{
    struct level now = *level;
    if (count >= MANY) {
        sort_many(&now, entries, count, scratch, threads);
        return;
    }
    now.class = class_among(&now, entries, count);
    set_prefixes(&now, entries, count);
    sort_by_prefix(&now, entries, count, scratch, 1);
}

static bool in_order(const struct level *level, const struct sort_entry *entries, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        fetch(entries, i, count);
        if (before_by_row(level, &entries[i], &entries[i - 1]))
            return false;
    }
    return true;
}

void sort_entries(struct sort *sort, sort_mode mode, unsigned threads)
{
    struct level level = {.sort = sort, .mode = mode};
    if (in_order(&level, sort->entries, sort->count))
        return;
    struct sort_entry *scratch = mem_resize(NULL, sort->count, sizeof *scratch);
    sort_level(&level, sort->entries, sort->count, scratch, threads > 0 ? threads : 1);
    free(scratch);
}

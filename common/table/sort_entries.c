/* Rows in memory put in order. What an entry holds beside its row is a prefix: 64 bits that order as far as they reach.
 * Entries are sorted by these alone; of those that have one in common it is known what they share, and they are sorted
 * by what comes next: more of the text, the next key, the place. So rows, which are far away, are looked at once a
 * key, not once a comparison. Many entries are first dealt to buckets, a stretch of prefixes each, for threads to
 * share. */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/threads.h"
#include "table/sort_inner.h"

enum {
    INSERTION = 12,
    TEXT_PIECE = 7,     /* bytes of a text in a prefix; the last one says how many more there are */
    TEXT_SKIP_MAX = 70, /* so far texts are looked at in pieces */
    DIGITS_FROM = 128,  /* entries that are worth being counted by digits of their prefixes, */
    DIGITS_TO = 1 << 16, /* and still lie in a cache, */
    DIGITS_MANY = 512,  /* and are worth any number of digits: */
    DIGITS_FEW = 4      /* few of them are so many at most */
};

enum sort_class sort_class_of(const struct sort_key *key)
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
        return CLASS_CELL;
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

static enum sort_class class_of(const struct sort_level *level, const struct sort_key *key)
{
    enum sort_class class = sort_class_of(key);
    if (class != CLASS_CELL)
        return class;
    return level->mode & sort_bit(level->key) ? CLASS_NUMBER : CLASS_TEXT;
}

static struct sort_key entry_key(const struct sort_level *level, const struct sort_entry *entry)
{
    return sort_row_key(sort_piece_row(entry->piece), level->key);
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
    double real;
    return sort_key_number(key, &real) ? value_real_order(real) >> 1 : 0;
}

/* 63 of them: those that are too far from 0 become one. */
static uint64_t whole_bits(int64_t whole)
{
    const int64_t most = INT64_C(1) << 62;
    return (uint64_t)(whole < -most ? -most : whole >= most ? most - 1 : whole) + (uint64_t)most;
}

static const uint64_t NULLS_FIRST = 0, NULLS_LAST = UINT64_MAX;

/* No other value has the prefix that nulls have. */
static uint64_t prefix_of(const struct sort_level *level, struct sort_row row)
{
    if (level->key == level->sort->key_count)
        return sort_row_place(row);
    const struct sort_key read = sort_row_key(row, level->key), *key = &read;
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
    case CLASS_CELL:
        break;
    }
    if (how->descending)
        bits = (UINT64_MAX >> 1) - bits;
    return how->nulls_last ? bits : bits | UINT64_C(1) << 63;
}

uint64_t sort_first_prefix(const struct sort *sort, struct sort_row row)
{
    struct sort_level level = {.sort = sort};
    if (sort->key_count > 0) {
        struct sort_key key = sort_row_key(row, 0);
        level.class = sort_class_of(&key);
    }
    return prefix_of(&level, row);
}

enum sort_class sort_first_class(const struct sort *sort)
{
    if (sort->key_count == 0)
        return sort->prefixed ? CLASS_NONE : CLASS_CELL;
    unsigned classes = sort->classes & ~(1u << CLASS_NONE);
    for (unsigned class = CLASS_NUMBER; sort->prefixed && class < CLASS_MIXED; class++)
        if (classes == 1u << class)
            return (enum sort_class)class;
    return CLASS_CELL;
}

/* What all of the entries' keys are. */
static enum sort_class class_among(const struct sort_level *level, const struct sort_entry *entries, size_t count)
{
    enum sort_class class = CLASS_NONE;
    for (size_t i = 0; i < count && class != CLASS_MIXED && level->key < level->sort->key_count; i++) {
        sort_fetch(entries, i, count);
        struct sort_key key = entry_key(level, &entries[i]);
        enum sort_class other = class_of(level, &key);
        if (other != CLASS_NONE)
            class = class == CLASS_NONE || class == other ? other : CLASS_MIXED;
    }
    return class;
}

static void set_prefixes(const struct sort_level *level, struct sort_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        sort_fetch(entries, i, count);
        entries[i].prefix = prefix_of(level, sort_piece_row(entries[i].piece));
    }
}

typedef bool entry_before(const struct sort_level *level, const struct sort_entry *a, const struct sort_entry *b);

static bool before_by_prefix(const struct sort_level *level, const struct sort_entry *a, const struct sort_entry *b)
{
    (void)level;
    return a->prefix < b->prefix;
}

static bool before_by_row(const struct sort_level *level, const struct sort_entry *a, const struct sort_entry *b)
{
    return sort_compare_from(level->sort, sort_piece_row(a->piece), sort_piece_row(b->piece), level->mode,
                             level->key) < 0;
}

static inline void merge_halves(const struct sort_level *level, const struct sort_entry *from, size_t middle,
                                size_t count, struct sort_entry *into, entry_before *before)
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
static inline void sort_with(const struct sort_level *level, struct sort_entry *entries, size_t count,
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

/* By the digits of 8 bits in which prefixes differ, the lowest first; scratch has room for as many. */
static void sort_by_digits(struct sort_entry *entries, size_t count, uint64_t differ, struct sort_entry *scratch)
{
    struct sort_entry *from = entries, *into = scratch;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t places[256] = {0};
        if (!(differ >> shift & 255))
            continue;
        for (size_t i = 0; i < count; i++)
            places[from[i].prefix >> shift & 255]++;
        for (size_t digit = 0, at = 0; digit < 256; digit++) {
            size_t some = places[digit];
            places[digit] = at;
            at += some;
        }
        for (size_t i = 0; i < count; i++)
            into[places[from[i].prefix >> shift & 255]++] = from[i];
        struct sort_entry *swap = from;
        from = into;
        into = swap;
    }
    if (from != entries)
        memcpy(entries, from, count * sizeof *entries);
}

/* The bits in which prefixes differ. */
static uint64_t differences(const struct sort_entry *entries, size_t count)
{
    uint64_t differ = 0;
    for (size_t i = 1; i < count; i++)
        differ |= entries[i].prefix ^ entries[0].prefix;
    return differ;
}

static void order_by_prefix(const struct sort_level *level, struct sort_entry *entries, size_t count,
                            struct sort_entry *scratch)
{
    unsigned digits = 8;
    uint64_t differ = UINT64_MAX;
    if (count >= DIGITS_FROM && count <= DIGITS_TO) {
        differ = differences(entries, count);
        digits = 0;
        for (unsigned shift = 0; shift < 64; shift += 8)
            digits += (differ >> shift & 255) != 0;
    }
    if (digits <= DIGITS_FEW || (count >= DIGITS_MANY && count <= DIGITS_TO))
        sort_by_digits(entries, count, differ, scratch);
    else
        sort_with(level, entries, count, scratch, before_by_prefix);
}

static void sort_level(const struct sort_level *level, struct sort_entry *entries, size_t count,
                       struct sort_entry *scratch, unsigned threads);

static bool all_equal(const struct sort_level *level, const struct sort_entry *entries, size_t count)
{
    bool numeric = level->mode & sort_bit(level->key);
    struct sort_key first = entry_key(level, &entries[0]);
    for (size_t i = 1; i < count; i++) {
        struct sort_key key = entry_key(level, &entries[i]);
        if (sort_compare_key(&first, &key, numeric) != 0)
            return false;
    }
    return true;
}

/* Entries of one prefix, by what comes behind it. */
static void resolve(const struct sort_level *level, struct sort_entry *entries, size_t count,
                    struct sort_entry *scratch, unsigned threads)
{
    struct sort_level next = {.sort = level->sort, .mode = level->mode, .key = level->key + 1};
    bool goes_on = level->key < level->sort->key_count;
    struct sort_key first = {.type = VALUE_NULL};
    if (goes_on)
        first = entry_key(level, &entries[0]);
    if (goes_on && first.type != VALUE_NULL) {
        if (level->class != CLASS_TEXT) {
            goes_on = all_equal(level, entries, count);
        } else if (has_more(&first, level->skip)) {
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
static void sort_by_prefix(const struct sort_level *level, struct sort_entry *entries, size_t count,
                           struct sort_entry *scratch, unsigned threads)
{
    order_by_prefix(level, entries, count, scratch);
    for (size_t at = 0, next; at < count; at = next) {
        next = at + 1;
        while (next < count && entries[next].prefix == entries[at].prefix)
            next++;
        if (next - at > 1)
            resolve(level, entries + at, next - at, scratch + at, threads);
    }
}

/* How many bytes all texts begin with, as far as prefixes tell: what lies within the shortest one. */
static size_t common_bytes(const struct sort_level *level, const struct sort_entry *entries, size_t count)
{
    uint64_t differ = differences(entries, count);
    uint64_t all = level->sort->options.order->keys[level->key].descending ? UINT64_MAX : 0;
    size_t common = differ == 0 ? 0 : (size_t)__builtin_clzll(differ) / 8;
    common = common < TEXT_PIECE ? common : TEXT_PIECE;
    for (size_t i = 0; i < count && common > 0; i++) {
        size_t tail = (entries[i].prefix ^ all) & 255; /* one more than the bytes there are; nulls have another one */
        if (tail == 0 || tail > TEXT_PIECE + 2)
            return 0;
        common = tail - 1 < common ? tail - 1 : common;
    }
    return common;
}

void sort_stretch(const struct sort_level *level, struct sort_entry *entries, size_t count,
                  struct sort_entry *scratch, unsigned threads)
{
    struct sort_level now = *level;
    size_t common = level->class == CLASS_TEXT ? common_bytes(level, entries, count) : 0;
    if (common > 0) { /* room for more of the texts */
        now.skip += common;
        set_prefixes(&now, entries, count);
    }
    sort_by_prefix(&now, entries, count, scratch, threads);
}

/* Many entries, and those who work on them. */
struct work {
    const struct sort_level *level;
    struct sort_entry *entries;
    size_t count;
    unsigned threads;
    struct sort_dealing *dealing;
    atomic_size_t next;  /* bucket to be sorted */
    atomic_uint classes; /* bits of those that were met */
};

static size_t slice(const struct work *work, unsigned share)
{
    return (size_t)((unsigned __int128)work->count * share / work->threads);
}

static void look_share(void *context, unsigned share)
{
    struct work *work = context;
    size_t from = slice(work, share), to = slice(work, share + 1);
    atomic_fetch_or(&work->classes, 1u << class_among(work->level, work->entries + from, to - from));
}

static void prefix_share(void *context, unsigned share)
{
    struct work *work = context;
    size_t from = slice(work, share), to = slice(work, share + 1);
    set_prefixes(work->level, work->entries + from, to - from);
}

/* The class of all entries, and their prefixes. */
static void set_class(struct sort_level *level, struct sort_entry *entries, size_t count, unsigned threads)
{
    struct work work = {.level = level, .entries = entries, .count = count, .threads = threads};
    threads_share(threads, look_share, &work);
    unsigned classes = atomic_load(&work.classes) & ~(1u << CLASS_NONE);
    level->class = classes == 0 ? CLASS_NONE : CLASS_MIXED;
    for (unsigned class = CLASS_NUMBER; class < CLASS_MIXED; class++)
        if (classes == 1u << class)
            level->class = (enum sort_class)class;
    threads_share(threads, prefix_share, &work);
}

enum sort_class sort_set_first(struct sort *sort, sort_mode mode, unsigned threads)
{
    struct sort_level level = {.sort = sort, .mode = mode, .class = sort_first_class(sort)};
    if (level.class == CLASS_CELL)
        set_class(&level, sort->entries, sort->count, threads);
    return level.class;
}

/* A bucket so large that the others wouldn't keep threads busy is sorted by all of them, at the end. */
static bool is_huge(const struct work *work, size_t bucket)
{
    size_t count = work->dealing->starts[bucket + 1] - work->dealing->starts[bucket];
    return work->threads > 1 && count >= SORT_MANY && count > work->count / 4;
}

static void sort_bucket(const struct work *work, size_t bucket, unsigned threads)
{
    size_t from = work->dealing->starts[bucket], count = work->dealing->starts[bucket + 1] - from;
    struct sort_entry *scratch = work->dealing->into + from;
    if (count == 0)
        return;
    memcpy(work->entries + from, scratch, count * sizeof *scratch);
    sort_stretch(work->level, work->entries + from, count, scratch, threads);
}

static void bucket_share(void *context, unsigned share)
{
    (void)share;
    struct work *work = context;
    for (size_t bucket; (bucket = atomic_fetch_add(&work->next, 1)) < work->dealing->buckets;)
        if (!is_huge(work, bucket))
            sort_bucket(work, bucket, 1);
}

/* Entries whose prefixes are set, over threads. */
static void sort_many(const struct sort_level *level, struct sort_entry *entries, size_t count,
                      struct sort_entry *scratch, unsigned threads)
{
    struct sort_dealing dealing = {.entries = entries, .into = scratch, .count = count, .threads = threads};
    struct work work = {.level = level, .entries = entries, .count = count, .threads = threads, .dealing = &dealing};
    sort_deal_start(&dealing);
    sort_deal(&dealing);
    threads_share(threads, bucket_share, &work);
    for (size_t bucket = 0; bucket < dealing.buckets; bucket++)
        if (is_huge(&work, bucket))
            sort_bucket(&work, bucket, threads);
    sort_deal_free(&dealing);
}

/* Entries that are the same before the level. */
static void sort_level(const struct sort_level *level, struct sort_entry *entries, size_t count,
                       struct sort_entry *scratch, unsigned threads)
{
    struct sort_level now = *level;
    if (count >= SORT_MANY) {
        set_class(&now, entries, count, threads);
        sort_many(&now, entries, count, scratch, threads);
        return;
    }
    now.class = class_among(&now, entries, count);
    set_prefixes(&now, entries, count);
    sort_by_prefix(&now, entries, count, scratch, 1);
}

bool sort_in_order(const struct sort *sort, sort_mode mode)
{
    const struct sort_level level = {.sort = sort, .mode = mode};
    for (size_t i = 1; i < sort->count; i++) {
        sort_fetch(sort->entries, i, sort->count);
        if (before_by_row(&level, &sort->entries[i], &sort->entries[i - 1]))
            return false;
    }
    return true;
}

void sort_entries(struct sort *sort, sort_mode mode, unsigned threads)
{
    if (sort_in_order(sort, mode))
        return;
    if (threads == 0)
        threads = 1;
    struct sort_level level = {.sort = sort, .mode = mode};
    struct sort_entry *scratch = mem_resize(NULL, sort->count, sizeof *scratch);
    level.class = sort_set_first(sort, mode, sort->count >= SORT_MANY ? threads : 1);
    sort->prefixed = false; /* they become those of other keys */
    if (sort->count >= SORT_MANY)
        sort_many(&level, sort->entries, sort->count, scratch, threads);
    else
        sort_by_prefix(&level, sort->entries, sort->count, scratch, 1);
    free(scratch);
}

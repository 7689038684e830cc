/* sort_rows: what sort.c (rows in memory), sort_row.c (how they are packed), sort_entries.c and sort_parts.c (put in
 * order) and sort_external.c (runs in files) share; nobody else's. */
#ifndef ATOOLS_SORT_ROWS_H
#define ATOOLS_SORT_ROWS_H

#include <string.h>

#include "base/pool.h"
#include "base/spill.h"
#include "table/sort.h"
#include "value/pack.h"

/* One key of a row, as it is read. DECIMAL and INTERVAL stand packed at text. */
struct sort_key {
    uint64_t type : 7, spaced : 1, len : 56;
    union {
        int64_t integer;
        double real;
        const char *text;
    };
};

/* A row as it lies in memory and in files: its place, its part, its keys, the caller's bytes to the end. */
struct sort_row {
    const char *at;
    size_t len;
};

struct sort_entry {
    uint64_t prefix; /* sort_entries.c: orders as the row does, as far as 64 bits reach */
    char *piece;     /* of the pool: a mark of pruning, the length of the row, the row */
};

/* Which keys compare cells as numbers, one bit a key (keys from 63 on share the last bit). */
typedef uint64_t sort_mode;

struct sort_run {
    const struct spill *spill;
    uint64_t from, to;
    sort_mode unsure; /* keys whose cells were taken for numbers, which a later cell may prove wrong */
};

struct sort_merging;

struct sort {
    struct sort_options options;
    size_t key_count;
    struct pool pool;
    struct sort_entry *entries;
    size_t count, cap;
    sort_mode cells, words; /* keys that have met a cell; one that is no number */
    unsigned classes;       /* of the first key's values: bits, by enum sort_class */
    bool prefixed;          /* all entries have the prefix of their first key, if that is of one class */
    struct buffer packed;   /* the row being added */
    /* pruning under a limit: the row that is last of the first N, in each mode that is still possible */
    struct sort_row last[8];
    size_t last_count;
    sort_mode last_unsure;
    size_t prune_at;
    /* runs */
    struct sort_run *runs;
    size_t run_count, run_cap;
    struct spill **spills;
    size_t spill_count;
    struct spill *spill; /* the one being written */
    struct sort_merging *merging;
    /* reading */
    bool reading;
    uint64_t given;
    size_t next;
    /* comparing */
    struct sort_row before; /* the row given last, or a copy of it; at: NULL before the first one */
    struct buffer copy;
    size_t same;
    /* parts: entries of part i from starts[i] up to starts[i + 1] */
    size_t *starts, part_count;
    unsigned part_class;
};

/* Kinds of values whose prefixes can be compared with each other. CELL: numbers or text, which a mode decides. */
enum sort_class {
    CLASS_NONE, CLASS_NUMBER, CLASS_TEXT, CLASS_BOOLEAN, CLASS_DATE, CLASS_TIME, CLASS_MIXED, CLASS_CELL
};

/* What a stretch of entries is to be ordered by: they are the same up to there. */
struct sort_level {
    const struct sort *sort;
    sort_mode mode;
    size_t key;  /* key_count: the place */
    size_t skip; /* bytes of its text */
    enum sort_class class;
};

/* Packs a row behind `into`; what its values' kinds say about the sort is noted. */
void sort_pack(struct sort *sort, const struct value *keys, uint64_t place, uint64_t part, const void *bytes,
               size_t len, struct buffer *into);

/* A row's bytes: the caller's. */
const char *sort_row_bytes(const struct sort *sort, struct sort_row row, size_t *len);

struct value sort_key_value(const struct sort_key *key);

/* A number's nearest double, a cell's too if it reads as a number; false, and 0, for what is none. */
bool sort_key_number(const struct sort_key *key, double *real);

/* Full order of two rows in a mode: keys, then place. */
int sort_compare(const struct sort *sort, struct sort_row a, struct sort_row b, sort_mode mode);

/* The same of rows that are equal in the keys before this one; key_count: by place. */
int sort_compare_from(const struct sort *sort, struct sort_row a, struct sort_row b, sort_mode mode, size_t key);

/* Two keys, none of them null; whether cells are numbers. */
int sort_compare_key(const struct sort_key *a, const struct sort_key *b, bool numeric);

/* How many of the leading keys two rows have in common, when no more rows come. */
size_t sort_same_keys(const struct sort *sort, struct sort_row a, struct sort_row b);

/* Behind a number of pack_number's. */
static inline const char *sort_skip_number(const char *at)
{
    while (*at & 0x80)
        at++;
    return at + 1;
}

static inline const char *sort_take_number(const char *at, uint64_t *number)
{
    *number = (unsigned char)*at++ & 0x7f;
    for (unsigned shift = 7; at[-1] & 0x80; shift += 7)
        *number |= (uint64_t)((unsigned char)*at++ & 0x7f) << shift;
    return at;
}

static inline uint64_t sort_row_place(struct sort_row row)
{
    uint64_t place;
    sort_take_number(row.at, &place);
    return place;
}

/* Where a row's keys begin. */
static inline const char *sort_row_keys(struct sort_row row)
{
    return sort_skip_number(sort_skip_number(row.at));
}

/* Reads a key; behind it. */
static inline const char *sort_take_key(const char *at, struct sort_key *key)
{
    unsigned head = (unsigned char)*at++;
    *key = (struct sort_key){.type = head & 0x7fu, .spaced = head >> 7 & 1u};
    switch (key->type) {
    case VALUE_NULL:
        return at;
    case VALUE_BOOLEAN:
    case VALUE_LONG:
    case VALUE_DOUBLE:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        memcpy(&key->integer, at, sizeof key->integer);
        return at + sizeof key->integer;
    default:
        break;
    }
    uint64_t len;
    key->text = sort_take_number(at, &len);
    key->len = len & (UINT64_MAX >> 8);
    return key->text + len;
}

/* Key number `number`. */
static inline struct sort_key sort_row_key(struct sort_row row, size_t number)
{
    struct sort_key key;
    const char *at = sort_row_keys(row);
    for (size_t i = 0; i <= number; i++)
        at = sort_take_key(at, &key);
    return key;
}

/* Asks for the row that is so many entries ahead, before it is needed: two lines of a processor's cache. */
static inline void sort_fetch(const struct sort_entry *entries, size_t at, size_t count)
{
    enum { AHEAD = 16, LINE = 64 };
    if (at + AHEAD >= count)
        return;
    __builtin_prefetch(entries[at + AHEAD].piece);
    __builtin_prefetch(entries[at + AHEAD].piece + LINE);
}

static inline struct sort_row sort_piece_row(const char *piece)
{
    uint64_t len;
    const char *at = sort_take_number(piece + 1, &len);
    return (struct sort_row){.at = at, .len = (size_t)len};
}

/* Keys whose cells have all been numbers so far: numeric or not is open. */
static inline sort_mode sort_unsure(const struct sort *sort)
{
    return sort->cells & ~sort->words;
}

/* Orders sort->entries, with so many threads. */
void sort_entries(struct sort *sort, sort_mode mode, unsigned threads);

/* Whether they are in order. */
bool sort_in_order(const struct sort *sort, sort_mode mode);

enum sort_class sort_class_of(const struct sort_key *key);

/* What a row's first key orders by; nothing yet if that is a cell. */
uint64_t sort_first_prefix(const struct sort *sort, struct sort_row row);

/* The class that all values of the first key are of, if that is known and all entries have its prefixes; else
 * CLASS_CELL. */
enum sort_class sort_first_class(const struct sort *sort);

/* Sees to it that they have: the class, CLASS_MIXED if there is none. */
enum sort_class sort_set_first(struct sort *sort, sort_mode mode, unsigned threads);

/* Orders entries whose prefixes are set, with one thread; scratch has room for as many. */
void sort_stretch(const struct sort_level *level, struct sort_entry *entries, size_t count,
                  struct sort_entry *scratch, unsigned threads);

/* sort_deal.c: entries whose prefixes are set go to buckets, each a stretch of prefixes, the lower ones first. */
struct sort_dealing {
    const struct sort_entry *entries;
    struct sort_entry *into; /* has room for as many */
    size_t count;
    unsigned threads;
    size_t buckets, *starts; /* where each begins, and one more: the end */
    bool skewed;             /* a fourth of the entries or more seem to have one prefix */
    uint64_t *bounds;        /* bucket i has prefixes from bounds[i - 1] on, and below bounds[i] */
    uint16_t *numbers;       /* of each entry: its bucket */
    size_t *places;          /* of each share and bucket: how many; then where the next one goes */
};
/* Finds the bounds, in a sample of the entries. */
void sort_deal_start(struct sort_dealing *dealing);
void sort_deal(struct sort_dealing *dealing);
void sort_deal_free(struct sort_dealing *dealing);
enum { SORT_MANY = 32 * 1024 /* entries that are worth buckets */ };

/* The mode if no more rows come. */
sort_mode sort_final_mode(const struct sort *sort);

/* Writes all rows in memory as one run, and forgets them. */
void sort_spill(struct sort *sort);

/* Makes ready to read the runs in order, then gives their rows. */
void sort_merging_start(struct sort *sort);
bool sort_merging_next(struct sort *sort, struct sort_row *row);
void sort_merging_free(struct sort_merging *merging);

/* Puts a row (copied) into memory. */
void sort_keep(struct sort *sort, struct sort_row row);

static inline sort_mode sort_bit(size_t key)
{
    return (sort_mode)1 << (key < 63 ? key : 63);
}

#endif

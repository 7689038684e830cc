/* sort_rows: what sort.c (rows in memory) and sort_external.c (runs in files) share; nobody else's. */
#ifndef ATOOLS_SORT_ROWS_H
#define ATOOLS_SORT_ROWS_H

#include "base/pool.h"
#include "base/spill.h"
#include "table/sort.h"
#include "value/pack.h"

/* One key of a row, 16 bytes. DECIMAL and INTERVAL stand packed at text. */
struct sort_key {
    uint64_t type : 7, spaced : 1, len : 56;
    union {
        int64_t integer;
        double real;
        const char *text;
    };
};

struct sort_row {
    uint64_t place, part;
    const char *bytes; /* the caller's */
    size_t len;
    bool wanted;       /* mark of pruning */
    struct sort_key keys[];
};

struct sort_entry {
    uint64_t prefix; /* sort_entries.c: orders as the row does, as far as 64 bits reach */
    struct sort_row *row;
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
    struct sort_row *scratch;
    struct buffer packed;
    /* pruning under a limit: the row that is last of the first N, in each mode that is still possible */
    struct sort_row *last[8];
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
    const struct sort_row *before; /* the row given last, or a copy of its keys */
    struct sort_row *copy;
    struct buffer texts;
    size_t same;
};

struct value sort_key_value(const struct sort_key *key);
struct sort_key sort_key_of(const struct value *value, struct buffer *packed);

/* Full order of two rows in a mode: keys, then place. */
int sort_compare(const struct sort *sort, const struct sort_row *a, const struct sort_row *b, sort_mode mode);

/* The same of rows that are equal in the keys before this one; key_count: by place. */
int sort_compare_from(const struct sort *sort, const struct sort_row *a, const struct sort_row *b, sort_mode mode,
                      size_t key);

/* Two keys, none of them null; whether cells are numbers. */
int sort_compare_key(const struct sort_key *a, const struct sort_key *b, bool numeric);

/* Keys whose cells have all been numbers so far: numeric or not is open. */
static inline sort_mode sort_unsure(const struct sort *sort)
{
    return sort->cells & ~sort->words;
}

/* Orders sort->entries, with so many threads. */
void sort_entries(struct sort *sort, sort_mode mode, unsigned threads);

/* The mode if no more rows come. */
sort_mode sort_final_mode(const struct sort *sort);

/* Writes all rows in memory as one run, and forgets them. */
void sort_spill(struct sort *sort);

/* Makes ready to read the runs in order, then gives their rows. */
void sort_merging_start(struct sort *sort);
const struct sort_row *sort_merging_next(struct sort *sort);
void sort_merging_free(struct sort_merging *merging);

/* Puts a row (copied) into memory. */
void sort_keep(struct sort *sort, const struct sort_row *row);

static inline sort_mode sort_bit(size_t key)
{
    return (sort_mode)1 << (key < 63 ? key : 63);
}

#endif

/* join_table: the rows of one side, to be found by key: the blocks they stand in, then an index over
 * them. Filled by one thread at a time, indexed once by several, then read by any number; rows are put and removed by
 * one while nobody reads. */
#ifndef ATOOLS_JOIN_TABLE_H
#define ATOOLS_JOIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "join/rows.h"

enum { JOIN_NO_ROW = UINT32_MAX };

struct join_table {
    struct buffer *blocks;  /* rows behind each other; mapped, each larger than the one before */
    size_t block_count;
    size_t rows, bytes;     /* so far; bytes is what they and their index will take */
    const struct join_row **row; /* by number, in order of input; once indexed; mapped */
    size_t row_extra;       /* bytes that somebody keeps of each row besides */
    size_t cap;             /* of row and next */
    size_t waste;           /* bytes of rows that were replaced or removed */
    uint32_t *next;         /* the next row of the same key, or JOIN_NO_ROW; mapped */
    unsigned char *matched; /* 1: a row of the other side has met it */
    struct join_part *parts; /* the index: rows by key, a part for each thread that built it */
    size_t part_count;
};

/* Copies `rows` packed rows. */
void join_table_add(struct join_table *table, const struct buffer *packed, size_t rows);

/* Builds the index with so many threads. No row may be added later, */
void join_table_index(struct join_table *table, unsigned threads);

/* but one that takes the place of the row of its key, or is the first with it; or that row goes. The table was empty
 * when it was indexed: each key has one row. */
void join_table_put(struct join_table *table, const struct join_row *row);
void join_table_remove(struct join_table *table, const struct join_row *row);

/* The first row (number) with this key, or JOIN_NO_ROW; the others of that key follow by next, in order. */
uint32_t join_table_find(const struct join_table *table, uint64_t hash, const char *key, size_t len);

/* For many lookups at once, three steps before join_table_find, each asking the memory for what the next one looks
 * at: the slot; its row's entries (the row's number, or JOIN_NO_ROW); the row. */
void join_table_ask_slot(const struct join_table *table, uint64_t hash);
uint32_t join_table_ask_entry(const struct join_table *table, uint64_t hash);
void join_table_ask_row(const struct join_table *table, uint32_t number);

/* Everything is freed; the table is empty and may be filled again. */
void join_table_clear(struct join_table *table);

/* As many rows as an index can number. */
#define JOIN_TABLE_ROWS_MAX ((size_t)UINT32_MAX - 1)

#endif

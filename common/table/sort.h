/* sort: ORDER BY for any tool: rows of bytes under typed keys. With a limit it keeps little more
 * than the first N rows (top-N); beyond its memory it writes sorted runs to temporary files and
 * merges them (external merge sort). Rows with equal keys come in order of their place.
 *
 * TSV cells have no types: a key whose non-null values are all cells that read as numbers is compared
 * numerically, otherwise bytewise; that is known only at the end, and a sort never guesses: it keeps
 * what either order would need.
 *
 * A sort belongs to one thread while rows are added; several may be merged at the end. Failing
 * temporary files end the program (status 3). */
#ifndef ATOOLS_SORT_H
#define ATOOLS_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expr/expr.h"
#include "value/value.h"

struct sort;

struct sort_options {
    const struct order *order; /* directions and nulls of each key; NULL: no keys, by place alone */
    bool has_limit;
    uint64_t limit;            /* rows wanted at most */
    size_t memory;             /* bytes of rows to keep before spilling; 0: no bound */
    bool compares;             /* sort_same will be asked */
    unsigned threads;          /* that put the rows in order at the end; 0: one */
};

/* The order must live on; the options are copied. */
struct sort *sort_new(const struct sort_options *options);

/* Adds a row: order->count key values and len bytes of the caller's own, all copied. (place, part) is the
 * row's place in the input, such as (sort_place(sequence, index), number within the record): it
 * settles ties and must not repeat. */
void sort_add(struct sort *sort, const struct value *keys, uint64_t place, uint64_t part, const void *row, size_t len);

/* Moves all rows of `other` (made with the same options) into sort, and frees other. */
void sort_merge(struct sort *sort, struct sort *other);

/* The next row in order, at most `limit` in all; the first call ends adding. The bytes live until the
 * next call. All temporary files are written before the first row comes. */
bool sort_next(struct sort *sort, const char **row, size_t *len);

/* How many of the leading keys the row that sort_next gave has in common with the row before; 0 for the first one. */
size_t sort_same(const struct sort *sort);

/* After the first sort_next: no row is in a file, so that all bytes live until sort_free. */
bool sort_in_memory(const struct sort *sort);

/* Instead of sort_next, when all rows are there: they are divided into parts, each to be read by a thread of its own,
 * at the same time as others. The rows of a part come before those of the next one; rows whose first key is the same
 * are in one. How many parts, or 0, then only sort_next gives them: too few rows, or a limit, or in order as they are,
 * or in a file, or too many with one key. */
size_t sort_divide(struct sort *sort);

/* How many rows the parts before have. */
uint64_t sort_part_start(const struct sort *sort, size_t part);

/* Where a thread is in a part; in one after the other. Zero-initialise. */
struct sort_reader {
    const struct sort *sort;
    struct sort_entry *scratch, *next, *end;
    size_t cap;
    const char *before;
    size_t same; /* of the row given last, as sort_same */
};

/* Puts a part in order, to be read from its beginning. A part is opened once. */
void sort_part_open(const struct sort *sort, size_t part, struct sort_reader *reader);

/* Its next row; the bytes live until sort_free. */
bool sort_part_next(struct sort_reader *reader, const char **row, size_t *len);

void sort_reader_free(struct sort_reader *reader);

void sort_free(struct sort *sort);

/* A record's place in the input as one number: its batch's sequence and its index in there. */
static inline uint64_t sort_place(uint64_t sequence, uint64_t index)
{
    const uint64_t most = (UINT64_C(1) << 30) - 1;
    return sequence << 30 | (index < most ? index : most);
}

#endif

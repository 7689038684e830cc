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

void sort_free(struct sort *sort);

/* A record's place in the input as one number: its batch's sequence and its index in there. */
static inline uint64_t sort_place(uint64_t sequence, uint64_t index)
{
    const uint64_t most = (UINT64_C(1) << 30) - 1;
    return sequence << 30 | (index < most ? index : most);
}

#endif

/* over_store: the rows of some partitions as bytes, by number: in memory that somebody else keeps, or copied, or beyond
 * so many bytes in a temporary file, through which each reader goes with a window of its own. One thread. */
#ifndef ATOOLS_OVER_STORE_H
#define ATOOLS_OVER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "base/spill.h"

struct over_row {
    union {
        const char *bytes;
        uint64_t offset; /* in the file */
    };
    uint64_t len : 63, starts : 1;
};

struct over_store {
    size_t memory; /* bytes to copy before the file is used; 0: no bound */
    struct over_row *rows;
    size_t count, cap;
    struct pool pool;
    struct spill *spill;   /* or NULL: all are in memory */
    unsigned generation;   /* a reader's window is of an earlier one: stale */
};

/* Where one of those who read is; in one store after the other. Zero-initialise. */
struct over_reader {
    const struct over_store *store;
    struct spill_reader reader;
    const char *bytes;
    uint64_t from, to; /* what of the file is there */
    unsigned generation;
};

/* Forgets all rows. */
void over_store_empty(struct over_store *store);

/* Adds a row; starts: it is no peer of the one before. lasting: the bytes live longer than the store has the row. */
void over_store_add(struct over_store *store, const char *bytes, size_t len, bool starts, bool lasting);

/* When all are added, before any is read. */
void over_store_settle(struct over_store *store);

/* Row number i: bytes alive until the reader's next row. */
const char *over_store_row(const struct over_store *store, struct over_reader *reader, size_t i, size_t *len);

void over_reader_free(struct over_reader *reader);
void over_store_free(struct over_store *store);

#endif

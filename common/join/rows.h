/* join_rows: rows of one side of a join as bytes: what is kept in memory and in temporary files.
 *
 * A stored row is a header, its key, and the spans of its slots with their texts; rows stand behind
 * each other, each padded to 8 bytes. Everything is immutable once written. */
#ifndef ATOOLS_JOIN_ROWS_H
#define ATOOLS_JOIN_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/span.h"

struct join_row {
    uint64_t hash;     /* of the key */
    uint64_t place;    /* sort_place of the record */
    uint32_t size;     /* of the whole row, header and padding included */
    uint32_t key_len;
    bool no_key;       /* a null in the key: it matches nothing */
    bool spaced;       /* its spans may hold white space */
    bool right;        /* of rows of both sides (partial.h): it is the right one's */
    char bytes[];      /* the key, then each slot: type, length, text */
};

/* Rows larger than this are refused (a record of 4 GiB). */
#define JOIN_ROW_MAX UINT32_MAX

/* The key of a row: its slots' values as group keys behind each other; false if one is null. `key` is
 * emptied first; arena is scratch. */
bool join_row_key(const struct span *slots, const size_t *key_slots, size_t count, struct arena *arena,
                  struct buffer *key);

uint64_t join_row_hash(const char *key, size_t len);

/* Appends a row behind into->len, which is a multiple of 8. False if it is too large. */
bool join_row_pack(const struct span *slots, size_t count, bool spaced, const struct buffer *key, bool no_key,
                   uint64_t place, struct buffer *into);

/* The spans of a row's slots; they point into it. */
void join_row_unpack(const struct join_row *row, struct span *slots, size_t count);

static inline bool join_row_matches(const struct join_row *row, uint64_t hash, const char *key, size_t len)
{
    return row->hash == hash && row->key_len == len && memcmp(row->bytes, key, len) == 0;
}

#endif

/* board: rows by their key, each the JSON object that was put there last, in the order in which the keys first came.
 * It keeps within a number of rows and of bytes: a row that would go beyond is refused, one that is there can still be
 * changed as long as the bytes suffice.
 *
 * Belongs to whoever holds the lock around it (live). Rows are copied in; memory is asked for where a row is new or has
 * grown only. */
#ifndef ATOOLS_SERVE_BOARD_H
#define ATOOLS_SERVE_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/span.h"

struct board;

enum board_change {
    BOARD_ADDED,
    BOARD_CHANGED,
    BOARD_SAME,    /* the same bytes stood there */
    BOARD_REMOVED,
    BOARD_ABSENT,  /* nothing to be removed */
    BOARD_FULL,    /* refused: too many rows, or bytes */
};

/* What a row costs besides its own bytes, counted with them. */
enum { BOARD_ROW_COST = 128 };

/* rows_max, bytes_max: what it holds at most. Free with board_free. */
struct board *board_new(size_t rows_max, size_t bytes_max);
void board_free(struct board *board);

/* Puts the row of a key (any bytes) in the place of an earlier one, or behind all others. */
enum board_change board_put(struct board *board, const char *key, size_t key_len, const char *json, size_t json_len);
enum board_change board_remove(struct board *board, const char *key, size_t key_len);

/* The row of a key, an OBJECT, until the next change; or ABSENT. */
struct span board_find(const struct board *board, const char *key, size_t key_len);

/* All rows in their order behind what is in the buffer, a newline behind each. */
void board_copy(const struct board *board, struct buffer *into);

size_t board_count(const struct board *board);
/* Bytes it takes, as they count against bytes_max. */
size_t board_bytes(const struct board *board);

#endif

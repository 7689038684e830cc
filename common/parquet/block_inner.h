/* parquet_block from within: its bytes. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_BLOCK_INNER_H
#define ATOOLS_PARQUET_BLOCK_INNER_H

#include <stdint.h>

#include "parquet/block.h"

/* How a column's values stand in a block. */
enum parquet_block_form {
    BLOCK_NOTHING, /* all are null */
    BLOCK_NUMBERS, /* BOOLEAN, LONG, DATE, TIMESTAMP; DOUBLE: its bits, and the text as it was written */
    BLOCK_TEXTS,   /* STRING, CELL: struct parquet_block_text, and their bytes one after the other */
    BLOCK_PACKED,  /* of any types: as pack_value has them */
};

/* A block: this, each row's weight as a uint32_t, and the columns. */
struct parquet_block_head {
    uint64_t len;
    uint64_t rows;
};
_Static_assert(sizeof(struct parquet_block_head) == PARQUET_BLOCK_HEAD, "the head is what block.h says");

/* A column: this; a byte for each row that is 1 if its value is there, if some are not; the numbers in `narrow` bytes
 * each, or the texts; the bytes. */
struct parquet_block_column {
    uint64_t count; /* of values that are there */
    uint64_t bytes;
    unsigned char form, type, width; /* type and width of all values */
    unsigned char narrow;
    bool nulls;
};

struct parquet_block_text {
    uint64_t hash;
    uint64_t len;
};

/* Of a DOUBLE in BLOCK_NUMBERS: behind its length, a byte; 0: it was computed. */
enum { BLOCK_NUMBER_TEXT_MAX = 255 };

/* The value of a number: its type and width are set. `text` is where the text of a DOUBLE is; returns what is behind
 * it. */
const char *parquet_block_number(struct value *value, int64_t number, const char *text);

#endif

/* parquet_block: rows of values, apart by columns, as they came: before it is known what their columns are written as.
 * Blocks are bytes, to be kept in a file until the layout is there; then batches are made of them
 * (parquet_batch_block). Nothing of a value is lost, so it can become whatever its column turns out to be.
 *
 * One thread a block; their bytes are of this process, and believed when read. */
#ifndef ATOOLS_PARQUET_BLOCK_H
#define ATOOLS_PARQUET_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "parquet/batch.h"
#include "value/value.h"

/* More than so many bytes or rows are not collected: parquet_block_full. */
enum { PARQUET_BLOCK_BYTES = 512 * 1024, PARQUET_BLOCK_ROWS = 8192 };

struct parquet_block;

struct parquet_block *parquet_block_new(size_t columns);
void parquet_block_free(struct parquet_block *block);

/* Adds the next row's value of column number `at`; the text is copied. Each column gets one, then the row ends. */
void parquet_block_add(struct parquet_block *block, size_t at, const struct value *value);
/* The same of a LONG: quicker. */
void parquet_block_add_long(struct parquet_block *block, size_t at, int64_t number);
void parquet_block_row(struct parquet_block *block);

size_t parquet_block_rows(const struct parquet_block *block);
bool parquet_block_full(const struct parquet_block *block);

/* Appends the block, of at least one row, and empties it. */
void parquet_block_put(struct parquet_block *block, struct buffer *into);

/* What a block begins with, and how long it is, that included. */
enum { PARQUET_BLOCK_HEAD = 16 };
size_t parquet_block_len(const char *head);

/* Adds the rows of a block, of which that is the head and what stands behind it, to a batch whose layout has the
 * block's columns as members, in their order. A value that its member can't hold becomes null: the layout is made for
 * all of them. Scalars are as value_write_json writes them, read by parquet_batch_add's rules, but for text: a number's
 * cell counts as the number. */
void parquet_batch_block(struct parquet_batch *batch, const char *head, const char *rest);

#endif

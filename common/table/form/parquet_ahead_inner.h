/* parquet_ahead: rows become a Parquet file as they come, as long as their columns' types are those that they had at
 * first: what is mostly so. It is tried; who has the rows must still keep them all, in a file of the same pieces, for
 * the case that it fails. Private to common/table/form.
 *
 * A piece is what each column has been so far (of the thread that made it), and a block of rows. */
#ifndef ATOOLS_PARQUET_AHEAD_INNER_H
#define ATOOLS_PARQUET_AHEAD_INNER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/output.h"
#include "parquet/block.h"
#include "parquet/layout.h"
#include "parquet/writer.h"
#include "table/form/written_column_inner.h"

struct parquet_ahead;

/* Columns of these names (which live on), in the fields. `pieces` writes the file with this descriptor. */
struct parquet_ahead *parquet_ahead_new(const struct parquet_field *names, size_t count, int descriptor,
                                        struct output *pieces);

/* Appends a piece, of at least one row, and empties the block. */
void parquet_ahead_piece(const struct written_column *columns, size_t count, struct parquet_block *block,
                         struct buffer *into);

/* Pieces that come behind those in the file: before they are written to it. One thread at a time. */
void parquet_ahead_take(struct parquet_ahead *ahead, const char *bytes, size_t len);

/* Writes the file, if it is the one of these fields: true. Frees. */
bool parquet_ahead_finish(struct parquet_ahead *ahead, const struct parquet_field *fields, struct output *out);
void parquet_ahead_free(struct parquet_ahead *ahead);

/* Adds the rows of all pieces in the file to the writer, whose layout is their columns. The descriptor is closed. */
void parquet_ahead_write(int descriptor, size_t columns, const struct parquet_layout *layout,
                         struct parquet_writer *writer);

/* A writer as it is for all such files. */
struct parquet_writer *parquet_ahead_writer(const struct parquet_layout *layout,
                                            void (*write)(void *context, const void *bytes, size_t len), void *context);

#endif

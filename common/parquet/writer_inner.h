/* parquet_writer from within: what the footer will say. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_WRITER_INNER_H
#define ATOOLS_PARQUET_WRITER_INNER_H

#include "parquet/chunk_inner.h"
#include "parquet/writer.h"

struct parquet_writer {
    const struct parquet_layout *layout;
    struct parquet_write_options options;
    struct parquet_chunk_writer *chunks; /* by column */
    size_t *entries, *values;            /* of the batch at hand, by column */
    uint64_t written, rows;
    size_t group_rows;                   /* of the row group at hand */
    size_t step_rows, step_bytes;        /* since the row group's size was looked at */
    struct buffer groups;                /* the footer's list of row groups, */
    size_t group_count;                  /* so many */
    struct buffer indexes;               /* column and offset indexes, behind the last row group; */
    struct buffer places;                /* where they are in it: a struct parquet_index_place for each chunk */
    struct buffer scratch;
};

/* Writes the row group at hand, and begins another. */
void parquet_write_group(struct parquet_writer *writer);

/* Writes indexes and footer. */
void parquet_write_footer(struct parquet_writer *writer);

#endif

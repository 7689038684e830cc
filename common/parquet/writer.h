/* parquet_writer: batches of records into one Parquet file, in their order. The bytes depend on the records, the layout
 * and the options alone, not on how records were divided into batches.
 *
 * Written are: pages of version 1 (what every reader reads) with checksums, dictionaries as long as they pay, levels in
 * runs, statistics, column and offset indexes, the row metadata by which Spark knows its types. Row groups end at about
 * row_group_bytes; so much memory is held, and what a page takes for each column. One thread at a time. */
#ifndef ATOOLS_PARQUET_WRITER_H
#define ATOOLS_PARQUET_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parquet/batch.h"
#include "parquet/codec.h"
#include "parquet/layout.h"
#include "parquet/stats.h"

enum { PARQUET_ROW_GROUP_BYTES = 16 << 20 };

struct parquet_write_options {
    /* one that parquet_codec_by_name knows and is ready (parquet_codec_ready); Spark's default is snappy */
    enum parquet_codec codec;
    size_t row_group_bytes;   /* 0: PARQUET_ROW_GROUP_BYTES */
    /* Where the file's bytes go, one piece after the other. */
    void (*write)(void *context, const void *bytes, size_t len);
    void *context;
    struct parquet_stats *stats; /* NULL, or where statistics of the file are collected (stats.h) */
};

struct parquet_writer;

/* The layout lives as long as the writer. */
struct parquet_writer *parquet_writer_new(const struct parquet_layout *layout,
                                          const struct parquet_write_options *options);

/* Adds a batch's records. */
void parquet_write(struct parquet_writer *writer, const struct parquet_batch *batch);

/* Bytes written so far, without the row group at hand; rows added. */
uint64_t parquet_written(const struct parquet_writer *writer);
uint64_t parquet_written_rows(const struct parquet_writer *writer);

/* Writes the last row group and the footer: the file is whole. Frees the writer. */
void parquet_writer_finish(struct parquet_writer *writer);

/* Frees it without that. */
void parquet_writer_free(struct parquet_writer *writer);

#endif

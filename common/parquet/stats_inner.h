/* parquet_stats as the writer fills them. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_STATS_INNER_H
#define ATOOLS_PARQUET_STATS_INNER_H

#include "parquet/chunk_inner.h"
#include "parquet/stats.h"

/* A row group's chunk of that column, which is finished. */
void parquet_stats_add(struct parquet_stats *stats, size_t column, const struct parquet_chunk_writer *chunk);

#endif

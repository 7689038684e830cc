/* parquet_stats: what a file's columns hold, over all of its row groups, collected while it is written, for tables
 * whose log has statistics of files (Delta Lake, "Per-file Statistics"): the least and greatest value and how many
 * nulls, of columns that are in no list or map. One thread. */
#ifndef ATOOLS_PARQUET_STATS_H
#define ATOOLS_PARQUET_STATS_H

#include <stdint.h>

#include "base/mem.h"
#include "parquet/layout.h"

/* Of so many columns at most, the first ones, as Delta's writers do. */
enum { PARQUET_STATS_COLUMNS = 32 };

struct parquet_stats;

/* Of one file. The layout lives as long. */
struct parquet_stats *parquet_stats_new(const struct parquet_layout *layout);
void parquet_stats_free(struct parquet_stats *stats);

/* Appends {"numRecords":…,"minValues":{…},"maxValues":{…},"nullCount":{…}}. No bounds are told of columns that have a
 * NaN, an infinity, or no order that is the same everywhere (bytes, booleans). */
void parquet_stats_json(const struct parquet_stats *stats, uint64_t rows, struct buffer *into);

#endif

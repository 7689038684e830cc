/* partition_internal: what the files of partition_log share; not for anyone else. */
#ifndef ATOOLS_PARTITION_INTERNAL_H
#define ATOOLS_PARTITION_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "log/local/partition.h"

enum { INDEX_ENTRY = 8, TIME_ENTRY = 12, SEGMENT_PATH_MAX = 4096 };

/* "dir/00000000000000000000.SUFFIX"; false if too long. */
bool partition_segment_path(char *path, const char *dir, int64_t base, const char *suffix, char *error);

/* Opens a segment's file; -1 with errno. */
int partition_segment_open(const char *dir, int64_t base, const char *suffix, int flags, char *error);

/* Where to begin looking for `offset` in the segment: the position of a batch at or before it, by its
 * index, 0 without a usable one. */
uint64_t partition_segment_position(const char *dir, int64_t base, int log, int64_t offset);

/* The greatest timestamp of a segment by its time index, INT64_MAX if that does not tell. */
int64_t partition_segment_max_time(const char *dir, int64_t base);

/* "FILE: byte N (offset M): text" */
void partition_segment_error(char *error, const char *dir, int64_t base, uint64_t position, int64_t offset, const char *text);

/* True if the front could open a batch at `expected` or later (the gaps compaction leaves). */
bool partition_front_plausible(const struct record_batch *front, int64_t expected);

static inline int64_t partition_front_last_offset(const struct record_batch *front)
{
    return front->base_offset + front->last_offset_delta;
}

#endif

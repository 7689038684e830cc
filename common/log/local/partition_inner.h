/* partition_inner: what the files of partition share; not for anyone else. */
#ifndef ATOOLS_PARTITION_INNER_H
#define ATOOLS_PARTITION_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "log/local/partition.h"

enum { INDEX_ENTRY = 8, TIME_ENTRY = 12, SEGMENT_PATH_MAX = 4096 };

/* ---- segments.c: files by name, indexes ---- */

/* "dir/00000000000000000000.SUFFIX"; false if too long. */
bool partition_segment_path(char *path, const char *dir, int64_t base, const char *suffix, struct broker_error *error);

/* Opens a segment's file, which must be a plain one; -1 with errno, and error. */
int partition_segment_open(const char *dir, int64_t base, const char *suffix, int flags, struct broker_error *error);

/* Fills error with "FILE: byte N (offset M): text"; false. */
bool partition_segment_error(struct broker_error *error, enum broker_class class, const char *dir, int64_t base,
                             uint64_t position, int64_t offset, const char *text);

/* Where to begin looking for `offset` in the segment: the position of a batch at or before it, by its
 * index, 0 without a usable one. */
uint64_t partition_segment_position(const char *dir, int64_t base, int log, int64_t offset);

/* The greatest timestamp of a segment by its time index, INT64_MAX if that does not tell. */
int64_t partition_segment_max_time(const char *dir, int64_t base);

/* An offset in the segment before which no record is as late as `time`. */
int64_t partition_segment_time_offset(const char *dir, int64_t base, int64_t time);

/* The base of the segment that follows, INT64_MAX if there is none. */
bool partition_segment_behind(const char *dir, int64_t base, int64_t *behind, struct broker_error *error);

/* True if these may be the first bytes of a batch at `expected` or later. */
bool partition_front_plausible(const struct record_batch *front, int64_t expected);

static inline int64_t partition_front_last_offset(const struct record_batch *front)
{
    return front->base_offset + front->last_offset_delta;
}

/* Reading at the last batches: from the last index entry on, whatever offset that is. */
struct partition_reader *partition_reader_open_end(const char *dir, struct broker_error *error);

/* ---- checkpoint.c: how far the log is known to be complete ---- */

struct partition_checkpoint {
    int64_t base;      /* of the segment; -1: there is no checkpoint */
    uint64_t position; /* in it: what is before is complete, and on disk */
    int64_t next;      /* the offset that follows; -1: unknown */
    /* offsets from this one on were given out by an appender of ours, without a gap; INT64_MAX: none were */
    int64_t since;
};

/* Its file's name. */
extern const char partition_checkpoint_name[];

/* No file, or an empty one, is no checkpoint; a damaged one is an error. */
bool partition_checkpoint_read(const char *dir, struct partition_checkpoint *checkpoint, struct broker_error *error);

/* Writes it in place. A failure is not told: what is complete would only be less well known. */
void partition_checkpoint_write(int folder, const struct partition_checkpoint *checkpoint);

/* ---- damage.c: what it means that a batch is not where it must stand ---- */

/* A place in a segment, and the offset the next batch must have. */
struct partition_place {
    const char *dir;
    int64_t base;
    int log;
    uint64_t position;
    int64_t expected;
};

/* The whole, valid batch at the place into *bytes: 1; 0: none, *what says why (NULL: the file ends there); -1:
 * error. */
int partition_batch_at(const struct partition_place *place, struct buffer *bytes, struct record_batch *front,
                       const char **what, struct broker_error *error);

/* May the offset after `expected` be `found`? In a log that a broker has compacted, or where repair has taken out what
 * was damaged. 1, 0, -1. `front` is the batch found, or NULL for the segment that follows. */
int partition_gap(const struct partition_place *place, int64_t found, const struct record_batch *front,
                  struct broker_error *error);

/* Judges a place where no valid batch was found. 1: there is one now (somebody was just writing it): look again; 0: the
 * log ends here, perhaps with an unfinished write; -1: what is missing was complete once: BROKER_DAMAGED (or an
 * error). */
int partition_judge(const struct partition_place *place, struct broker_error *error);

/* The first valid batch that begins behind the place, not beyond offset `limit`: 1, 0, -1. */
int partition_find_behind(const struct partition_place *place, int64_t limit, uint64_t *position,
                          struct record_batch *front, struct broker_error *error);

/* Writes down, beside the segments, that repair has taken offsets from … until-1 out. */
bool partition_gap_add(const char *dir, int64_t from, int64_t until, struct broker_error *error);

#endif

/* partition: one partition's directory in Kafka's own layout: segments named by their first
 * offset (NNNNNNNNNNNNNNNNNNNN.log, .index, .timeindex, .txnindex). Appends under a lock on the
 * directory (flock), so several processes may write; any number may read at the same time.
 *
 * A log ends with its last complete batch. What stands behind it is an unfinished write if the log was never known to
 * be complete beyond (the checkpoint, "synced"), no valid batch follows it, and no segment does; readers stop before it
 * and the next appender cuts it. Anything else that is not a valid batch with the offset that follows the one before is
 * damage: nothing is cut and nothing passed over; the error (BROKER_DAMAGED) names file, byte and offset.
 *
 * Errors name file and offset. An appender or reader belongs to one thread. */
#ifndef ATOOLS_PARTITION_H
#define ATOOLS_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "log/error.h"
#include "log/local/record_batch.h"

enum {
    PARTITION_INDEX_INTERVAL = 4096, /* bytes of log between two index entries, Kafka's default */
};
#define PARTITION_SEGMENT_BYTES (UINT64_C(1) << 30) /* Kafka's default segment.bytes */

/* --- segments --- */

/* The first offsets of the segments in `dir`, ascending, into *bases (free() it; NULL if there are none); their count,
 * -1 on failure. */
int64_t partition_log_segments(const char *dir, int64_t **bases, struct broker_error *error);

/* The first offset, and the offset the next record will get: of a log whose end is damaged, as far as that is known,
 * and at least one more than can be read, so that whoever reads up to it meets the damage. */
bool partition_log_ends(const char *dir, int64_t *start, int64_t *end, struct broker_error *error);

/* The first offset whose record's timestamp is at least `time` (milliseconds), and that timestamp;
 * *offset = -1 if there is none. */
bool partition_log_at_time(const char *dir, int64_t time, int64_t *offset, int64_t *timestamp,
                           struct broker_error *error);

/* --- appending --- */

struct partition_appender;

/* Opens for appending: checks what is behind the last index entry, or behind the checkpoint if that is before it, and
 * cuts an unfinished write (said by diag_warn). Damage is an error. The directory must exist. */
struct partition_appender *partition_appender_open(const char *dir, uint64_t segment_bytes, struct broker_error *error);

/* Takes the lock and catches up with what others appended, so that the next append's offset is known
 * (*next). Locks nest: append locks by itself if the caller has not. */
bool partition_appender_lock(struct partition_appender *appender, int64_t *next, struct broker_error *error);
void partition_appender_unlock(struct partition_appender *appender);

/* Appends one finished batch; its base offset is set and returned. On failure (ENOSPC) the log is as before. */
bool partition_append(struct partition_appender *appender, struct buffer *batch, int64_t *base_offset,
                      struct broker_error *error);

/* Adds an entry to the segment's index of aborted transactions (Kafka's .txnindex, version 0). */
bool partition_append_aborted(struct partition_appender *appender, int64_t producer_id, int64_t first_offset,
                              int64_t last_offset, int64_t stable_offset, struct broker_error *error);

/* Makes all that was appended so far survive power loss. */
bool partition_appender_sync(struct partition_appender *appender, struct broker_error *error);

/* The same in two steps, the slow one for another thread: partition_sync_begin notes what has been appended so far
 * (false: nothing to do); partition_sync_wait, on any thread, waits until that is on disk (false: errno);
 * partition_sync_end, on the appender's thread, frees and, if `good`, remembers. */
struct partition_sync {
    int log; /* a descriptor of its own: the appender may go on to another segment meanwhile */
    int64_t base, next;
    uint64_t size;
};
bool partition_sync_begin(struct partition_appender *appender, struct partition_sync *sync);
bool partition_sync_wait(const struct partition_sync *sync);
void partition_sync_end(struct partition_appender *appender, const struct partition_sync *sync, bool good);

/* Lets the system begin to write what was appended, without waiting. */
void partition_appender_start_writeback(struct partition_appender *appender);

void partition_appender_close(struct partition_appender *appender);

/* --- reading --- */

struct partition_reader;

/* Opens at the batch that holds `offset`, or the first one behind it. An offset below the log's start
 * begins at the start. */
struct partition_reader *partition_reader_open(const char *dir, int64_t offset, struct broker_error *error);

/* The next whole batch: 1, *bytes (checked, valid until the next call) and *front; 0: at the end for now (more may
 * come); -1: error. fronts_only: of large batches only the front is read, and checked by where it stands; *bytes is
 * NULL then. Small ones, and the ends of transactions, are checked whole. */
int partition_reader_next(struct partition_reader *reader, const char **bytes, struct record_batch *front,
                          bool fronts_only, struct broker_error *error);

/* The offset that follows what has been read, and what is known to be missing (the gaps of compaction and repair). */
int64_t partition_reader_expected(const struct partition_reader *reader);

void partition_reader_close(struct partition_reader *reader);

/* --- damage --- */

struct partition_finding {
    int64_t from, until; /* as in broker_finding */
    bool unfinished;
    const char *text;
    const char *aside;   /* repair: the file that now holds what was there; NULL */
};
typedef void partition_found(void *context, const struct partition_finding *finding);

/* Reads everything, to the last record, and calls `found` for what is not as it was written; repair: takes that out, as
 * broker_repair says. */
bool partition_check(const char *dir, bool repair, partition_found *found, void *context, struct broker_error *error);

#endif

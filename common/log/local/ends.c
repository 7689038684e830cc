/* Where a partition's log begins and ends, and what offset a time is at. */
#include <inttypes.h>
#include <stdlib.h>

#include "log/local/partition_inner.h"

/* Reads the last batches, whole: the end is what they lead to. */
static bool find_end(const char *dir, int64_t *end, struct broker_error *error)
{
    struct partition_reader *reader = partition_reader_open_end(dir, error);
    if (!reader)
        return false;
    struct partition_checkpoint checkpoint;
    struct broker_error failure;
    struct record_batch front;
    const char *bytes;
    int got;
    while ((got = partition_reader_next(reader, &bytes, &front, false, &failure)) > 0)
        continue;
    *end = partition_reader_expected(reader);
    partition_reader_close(reader);
    if (got < 0 && failure.class == BROKER_DAMAGED) { /* there was more */
        if (!partition_checkpoint_read(dir, &checkpoint, error))
            return false;
        *end = checkpoint.next > *end ? checkpoint.next : *end + 1;
        return true;
    }
    if (got < 0)
        *error = failure;
    return got == 0;
}

bool partition_log_ends(const char *dir, int64_t *start, int64_t *end, struct broker_error *error)
{
    int64_t *bases, count = partition_log_segments(dir, &bases, error);
    *start = count > 0 ? bases[0] : 0;
    free(bases);
    return count >= 0 && find_end(dir, end, error);
}

/* Reads on from `from` to the first record as late as `time`, up to the end of the log. */
static bool search_time(const char *dir, int64_t from, int64_t time, int64_t *offset, int64_t *timestamp,
                        struct broker_error *error)
{
    struct partition_reader *reader = partition_reader_open(dir, from, error);
    if (!reader)
        return false;
    struct record_batch_reader batch = {0};
    struct record_batch front;
    const char *bytes;
    int more = 0;
    while (*offset < 0 && (more = partition_reader_next(reader, &bytes, &front, false, error)) > 0) {
        if (front.max_timestamp < time || front.attributes & RECORD_BATCH_CONTROL)
            continue;
        if (!record_batch_reader_start(&batch, bytes)) {
            more = -1;
            break;
        }
        int got;
        for (struct log_record record; *offset < 0 && (got = record_batch_reader_next(&batch, &record)) != 0;) {
            if (got < 0)
                more = -1;
            if (got < 0)
                break;
            if (record.timestamp >= time) {
                *offset = record.offset;
                *timestamp = record.timestamp;
            }
        }
        if (more < 0)
            break;
    }
    if (more < 0 && batch.error)
        broker_fail(error, BROKER_FAILED, "%.300s: batch at offset %" PRId64 ": %s", dir, front.base_offset,
                    batch.error);
    record_batch_reader_free(&batch);
    partition_reader_close(reader);
    return *offset >= 0 || more == 0;
}

bool partition_log_at_time(const char *dir, int64_t time, int64_t *offset, int64_t *timestamp,
                           struct broker_error *error)
{
    *offset = *timestamp = -1;
    int64_t *bases;
    int64_t count = partition_log_segments(dir, &bases, error);
    if (count < 0)
        return false;
    int64_t i = 0;
    while (i < count - 1 && partition_segment_max_time(dir, bases[i]) < time)
        i++; /* the last segment's index may be behind: it is always looked into */
    bool good = count == 0 ||
                search_time(dir, partition_segment_time_offset(dir, bases[i], time), time, offset, timestamp, error);
    free(bases);
    return good;
}

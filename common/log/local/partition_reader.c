/* Reading a partition: batches out of large reused blocks, segment after segment. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"
#include "log/local/partition_inner.h"

enum {
    READ_BLOCK = 256 * 1024,
    READ_AHEAD = 2 * 1024 * 1024, /* the block's memory: batches are seldom moved in it */
    READ_FRONT = 4096, /* enough for the fronts of many small batches, little lost on large ones */
};

struct partition_reader {
    char *dir;
    int64_t base;     /* the segment being read; -1: there was none yet */
    int log;
    uint64_t position; /* in the segment, of the next batch */
    int64_t expected;  /* no batch may begin below this offset */
    struct buffer block; /* the segment's bytes from block_start on */
    uint64_t block_start;
};

/* Makes the segment the one being read, from a position on. */
static bool enter_segment(struct partition_reader *reader, int64_t base, struct broker_error *error)
{
    int log = partition_segment_open(reader->dir, base, "log", O_RDONLY, error);
    if (log < 0)
        return false;
    if (reader->log >= 0)
        close(reader->log);
    posix_fadvise(log, 0, 0, POSIX_FADV_SEQUENTIAL);
    reader->log = log;
    reader->base = base;
    reader->position = reader->block_start = 0;
    reader->block.len = 0;
    return true;
}

static struct partition_place place_of(const struct partition_reader *reader)
{
    return (struct partition_place){reader->dir, reader->base, reader->log, reader->position, reader->expected};
}

/* Makes room for `more` bytes behind the block; what has been read already makes way when it must. */
static void make_room(struct partition_reader *reader, size_t more)
{
    struct buffer *block = &reader->block;
    if (block->cap - block->len >= more)
        return;
    uint64_t passed = reader->position - reader->block_start;
    size_t keep = passed < block->len ? block->len - (size_t)passed : 0;
    if (keep > 0)
        memmove(block->data, block->data + passed, keep);
    block->len = keep;
    reader->block_start = reader->position;
    if (block->cap < READ_AHEAD)
        buffer_reserve(block, READ_AHEAD - block->len);
    buffer_reserve(block, more);
}

/* Brings `len` bytes at the present position, and more up to `step`, into the block. 1: there; 0: the segment ends
 * before; -1: failed. */
static int fetch(struct partition_reader *reader, size_t len, size_t step, struct broker_error *error)
{
    uint64_t skip = reader->position - reader->block_start;
    if (skip > reader->block.len) { /* a batch was passed over by its front */
        reader->block.len = 0;
        reader->block_start = reader->position;
        skip = 0;
    }
    while (reader->block.len - skip < len) {
        size_t missing = len - (reader->block.len - (size_t)skip), want = missing > step ? missing : step;
        make_room(reader, want);
        skip = reader->position - reader->block_start;
        ssize_t n = file_read_at(reader->log, reader->block.data + reader->block.len, want,
                                 reader->block_start + reader->block.len);
        if (n < 0) {
            partition_segment_error(error, BROKER_FAILED, reader->dir, reader->base, reader->position, reader->expected,
                                    strerror(errno));
            return -1;
        }
        if (n == 0)
            return 0;
        reader->block.len += (size_t)n;
    }
    return 1;
}

/* Opens the last segment that begins at or before offset, or the first one, near a batch at or before it by the index.
 * 1; 0: there is no segment yet; -1. */
static int open_segment(struct partition_reader *reader, int64_t offset, struct broker_error *error)
{
    int64_t *bases, count = partition_log_segments(reader->dir, &bases, error);
    int64_t i = count - 1;
    while (i > 0 && bases[i] > offset)
        i--;
    int64_t base = count > 0 ? bases[i] : 0;
    free(bases);
    if (count <= 0 || !enter_segment(reader, base, error))
        return count == 0 ? 0 : -1;
    reader->expected = base;
    reader->position = reader->block_start = partition_segment_position(reader->dir, base, reader->log, offset);
    if (reader->position == 0)
        return 1;
    /* the index and the log agree on this batch's offset */
    int got = fetch(reader, RECORD_BATCH_FRONT, READ_FRONT, error);
    if (got > 0)
        reader->expected = record_batch_front(reader->block.data).base_offset;
    return got < 0 ? -1 : 1;
}

static struct partition_reader *new_reader(const char *dir)
{
    struct partition_reader *reader = mem_zero(1, sizeof *reader);
    reader->dir = mem_copy(dir, strlen(dir));
    reader->log = -1;
    reader->base = -1;
    return reader;
}

/* Passes over whole batches below the offset, by their fronts. */
static bool skip_to(struct partition_reader *reader, int64_t offset, struct broker_error *error)
{
    int got;
    while ((got = fetch(reader, RECORD_BATCH_FRONT, READ_FRONT, error)) > 0) {
        struct record_batch front = record_batch_front(reader->block.data + (reader->position - reader->block_start));
        int64_t size = local_file_size(reader->log);
        if (size < 0)
            return local_fail_errno(error, reader->dir);
        if (!partition_front_plausible(&front, reader->expected) || front.base_offset != reader->expected ||
            partition_front_last_offset(&front) >= offset ||
            reader->position + record_batch_size(&front) > (uint64_t)size)
            break; /* what does not stand where it must is looked at by the next read */
        reader->position += record_batch_size(&front);
        reader->expected = partition_front_last_offset(&front) + 1;
    }
    return got >= 0;
}

struct partition_reader *partition_reader_open(const char *dir, int64_t offset, struct broker_error *error)
{
    struct partition_reader *reader = new_reader(dir);
    int got = open_segment(reader, offset, error);
    if (got == 0)
        reader->expected = offset;
    if (got >= 0 && (got == 0 || skip_to(reader, offset, error)))
        return reader;
    partition_reader_close(reader);
    return NULL;
}

struct partition_reader *partition_reader_open_end(const char *dir, struct broker_error *error)
{
    struct partition_reader *reader = new_reader(dir);
    if (open_segment(reader, INT64_MAX, error) >= 0)
        return reader;
    partition_reader_close(reader);
    return NULL;
}

int64_t partition_reader_expected(const struct partition_reader *reader)
{
    return reader->expected;
}

/* The batch at the present position, if it is where it must be: 1; 0: look at it more closely; -1. */
static int read_batch(struct partition_reader *reader, const char **bytes, struct record_batch *front, bool fronts_only,
                      struct broker_error *error)
{
    int got = fetch(reader, RECORD_BATCH_FRONT, fronts_only ? READ_FRONT : READ_BLOCK, error);
    if (got <= 0)
        return got;
    *front = record_batch_front(reader->block.data + (reader->position - reader->block_start));
    if (!partition_front_plausible(front, reader->expected) || front->magic != 2)
        return 0;
    if (front->base_offset > reader->expected) {
        struct partition_place place = place_of(reader);
        if ((got = partition_gap(&place, front->base_offset, front, error)) <= 0)
            return got;
    }
    uint64_t size = record_batch_size(front);
    *bytes = NULL;
    if (fronts_only && size > READ_FRONT && !(front->attributes & RECORD_BATCH_CONTROL)) {
        int64_t end = local_file_size(reader->log);
        if (end < 0)
            return local_fail_errno(error, reader->dir) - 1;
        if (reader->position + size > (uint64_t)end)
            return 0;
    } else {
        got = fetch(reader, (size_t)size, fronts_only ? READ_FRONT : READ_BLOCK, error);
        if (got <= 0)
            return got;
        *bytes = reader->block.data + (reader->position - reader->block_start);
        if (!record_batch_valid(front, *bytes))
            return 0;
    }
    reader->position += size;
    reader->expected = partition_front_last_offset(front) + 1;
    return 1;
}

/* Moves on to the segment that follows one that was read to its end. 1; 0: there is none, or more has been written to
 * this one before it was ended (then *grown); -1. */
static int next_segment(struct partition_reader *reader, bool *grown, struct broker_error *error)
{
    int64_t next;
    *grown = false;
    if (!partition_segment_behind(reader->dir, reader->base, &next, error))
        return -1;
    if (next == INT64_MAX)
        return 0;
    int64_t size = local_file_size(reader->log);
    if (size < 0)
        return local_fail_errno(error, reader->dir) - 1;
    if ((uint64_t)size > reader->position) {
        *grown = true;
        return 0;
    }
    if (next != reader->expected) {
        struct partition_place place = place_of(reader);
        int gap = next > reader->expected ? partition_gap(&place, next, NULL, error) : 0;
        if (gap < 0)
            return -1;
        if (gap == 0) {
            char text[128];
            snprintf(text, sizeof text,
                     "the segment ends here, the next one begins with offset %" PRId64 " (atopic check, atopic repair)",
                     next);
            partition_segment_error(error, BROKER_DAMAGED, reader->dir, reader->base, reader->position,
                                    reader->expected, text);
            return -1;
        }
        reader->expected = next;
    }
    return enter_segment(reader, next, error) ? 1 : -1;
}

/* Nothing valid at the position: 1: look again, perhaps in the next segment; 0: the log ends here for now; -1. */
static int turn(struct partition_reader *reader, struct broker_error *error)
{
    int64_t size = local_file_size(reader->log);
    if (size < 0)
        return local_fail_errno(error, reader->dir) - 1;
    bool grown = false;
    if ((uint64_t)size == reader->position) {
        int got = next_segment(reader, &grown, error);
        if (got != 0)
            return got;
    }
    reader->block.len = 0; /* what was read of it may have been half written */
    reader->block_start = reader->position;
    struct partition_place place = place_of(reader);
    return grown ? 1 : partition_judge(&place, error);
}

int partition_reader_next(struct partition_reader *reader, const char **bytes, struct record_batch *front,
                          bool fronts_only, struct broker_error *error)
{
    if (reader->log < 0) {
        int got = open_segment(reader, reader->expected, error);
        if (got <= 0)
            return got;
    }
    for (;;) {
        int got = read_batch(reader, bytes, front, fronts_only, error);
        if (got != 0)
            return got;
        got = turn(reader, error);
        if (got <= 0)
            return got;
    }
}

void partition_reader_close(struct partition_reader *reader)
{
    if (!reader)
        return;
    if (reader->log >= 0)
        close(reader->log);
    buffer_free(&reader->block);
    free(reader->dir);
    free(reader);
}

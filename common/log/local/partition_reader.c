/* Reading a partition: batches out of large reused blocks, segment after segment. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
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

/* Opens the last segment that begins at or before offset, or the first one. False: none yet, or an error. */
static bool open_segment(struct partition_reader *reader, int64_t offset, bool *failed, char *error)
{
    *failed = false;
    int64_t *bases;
    int64_t count = partition_log_segments(reader->dir, &bases, error);
    if (count <= 0) {
        *failed = count < 0;
        free(bases);
        return false;
    }
    int64_t i = count - 1;
    while (i > 0 && bases[i] > offset)
        i--;
    reader->base = bases[i];
    free(bases);
    reader->log = partition_segment_open(reader->dir, reader->base, "log", O_RDONLY, error);
    if (reader->log < 0) {
        *failed = true;
        reader->base = -1;
        return false;
    }
    posix_fadvise(reader->log, 0, 0, POSIX_FADV_SEQUENTIAL);
    reader->expected = reader->base;
    reader->position = partition_segment_position(reader->dir, reader->base, reader->log, offset);
    reader->block.len = 0;
    reader->block_start = reader->position;
    return true;
}

/* Moves on to the segment that begins at or behind what has been read, if there is one. */
static bool next_segment(struct partition_reader *reader, bool *failed, char *error)
{
    *failed = false;
    int64_t *bases;
    int64_t count = partition_log_segments(reader->dir, &bases, error);
    if (count < 0) {
        *failed = true;
        return false;
    }
    int64_t next = -1;
    for (int64_t i = count - 1; i >= 0 && bases[i] > reader->base; i--)
        next = bases[i];
    free(bases);
    if (next < 0)
        return false;
    int log = partition_segment_open(reader->dir, next, "log", O_RDONLY, error);
    if (log < 0) {
        *failed = true;
        return false;
    }
    close(reader->log);
    posix_fadvise(log, 0, 0, POSIX_FADV_SEQUENTIAL);
    reader->log = log;
    reader->base = next;
    reader->position = 0;
    reader->block.len = 0;
    reader->block_start = reader->position;
    return true;
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
static int fetch(struct partition_reader *reader, size_t len, size_t step, char *error)
{
    uint64_t skip = reader->position - reader->block_start;
    if (skip > reader->block.len) { /* a batch was passed over by its front */
        reader->block.len = 0;
        reader->block_start = reader->position;
        skip = 0;
    }
    if (reader->block.len - skip >= len)
        return 1;
    size_t missing = len - (reader->block.len - (size_t)skip), want = missing > step ? missing : step;
    make_room(reader, want);
    ssize_t n = file_read_at(reader->log, reader->block.data + reader->block.len, want, reader->block_start + reader->block.len);
    if (n < 0) {
        partition_segment_error(error, reader->dir, reader->base, reader->position, reader->expected, strerror(errno));
        return -1;
    }
    reader->block.len += (size_t)n;
    return (size_t)n >= missing;
}

struct partition_reader *partition_reader_open(const char *dir, int64_t offset, char *error)
{
    struct partition_reader *reader = mem_zero(1, sizeof *reader);
    reader->dir = mem_copy(dir, strlen(dir));
    reader->log = -1;
    reader->base = -1;
    bool failed = false;
    if (open_segment(reader, offset, &failed, error)) {
        /* skip whole batches below the offset, by their fronts */
        for (int got; (got = fetch(reader, RECORD_BATCH_FRONT, READ_FRONT, error)) != 0;) {
            if (got < 0) {
                failed = true;
                break;
            }
            struct record_batch front =
                record_batch_front(reader->block.data + (reader->position - reader->block_start));
            if (!partition_front_plausible(&front, reader->expected) || partition_front_last_offset(&front) >= offset)
                break;
            reader->position += record_batch_size(&front);
            reader->expected = partition_front_last_offset(&front) + 1;
        }
    } else if (!failed) {
        reader->expected = offset;
    }
    if (failed) {
        partition_reader_close(reader);
        return NULL;
    }
    return reader;
}

/* A batch whose bytes do not fit together: the torn end of the log, or damage. */
static int torn_or_damaged(struct partition_reader *reader, const struct record_batch *front, const char *what, char *error)
{
    uint64_t size = file_size(reader->log);
    bool last = !front || reader->position + record_batch_size(front) >= size;
    if (last)
        return 0; /* an unfinished write; the next appender cuts or completes it */
    partition_segment_error(error, reader->dir, reader->base, reader->position, reader->expected, what);
    return -1;
}

static int read_batch(struct partition_reader *reader, const char **bytes, struct record_batch *front, bool fronts_only,
                      char *error)
{
    int got = fetch(reader, RECORD_BATCH_FRONT, fronts_only ? READ_FRONT : READ_BLOCK, error);
    if (got <= 0)
        return got;
    const char *at = reader->block.data + (reader->position - reader->block_start);
    *front = record_batch_front(at);
    if (!partition_front_plausible(front, reader->expected))
        return torn_or_damaged(reader, front->length > 0 ? front : NULL, "no record batch begins here", error);
    uint64_t size = record_batch_size(front);
    if (fronts_only) {
        if (reader->position + size > file_size(reader->log))
            return 0;
        *bytes = NULL;
    } else {
        got = fetch(reader, (size_t)size, READ_BLOCK, error);
        if (got <= 0)
            return got;
        at = reader->block.data + (reader->position - reader->block_start);
        if (front->magic != 2) {
            partition_segment_error(error, reader->dir, reader->base, reader->position, front->base_offset,
                          "not a record batch of version 2 (magic 2)");
            return -1;
        }
        if (!record_batch_valid(front, at))
            return torn_or_damaged(reader, front, "the record batch is damaged (its checksum is wrong)", error);
        *bytes = at;
    }
    reader->position += size;
    reader->expected = partition_front_last_offset(front) + 1;
    return 1;
}

int partition_reader_next(struct partition_reader *reader, const char **bytes, struct record_batch *front, bool fronts_only,
                          char *error)
{
    bool failed = false;
    if (reader->log < 0 && !open_segment(reader, reader->expected, &failed, error))
        return failed ? -1 : 0;
    for (;;) {
        int got = read_batch(reader, bytes, front, fronts_only, error);
        if (got != 0)
            return got;
        if (!next_segment(reader, &failed, error))
            return failed ? -1 : 0;
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

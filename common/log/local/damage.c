/* What it means that a batch is not where it must stand. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"
#include "log/local/partition_inner.h"

enum {
    MAGIC_AT = 16, /* where a batch says its version */
    MAGIC = 2,
    SCAN_BLOCK = 256 * 1024,
    SCAN_TRIES_MAX = 1000, /* what looks so often like a batch, and is none, is taken for one: then nothing is cut */
};
static const char gaps_name[] = "repaired"; /* a line a gap: FROM UNTIL */
static const char hint[] = " (atopic check, atopic repair)";
static const char other_offset[] = "the record batch has another offset than follows here";
static const char other_format[] = "not a record batch of version 2 (magic 2)";

/* -1, and why the file cannot be read. */
static int fail_at(const struct partition_place *place, struct broker_error *error)
{
    partition_segment_error(error, BROKER_FAILED, place->dir, place->base, place->position, place->expected,
                            strerror(errno));
    return -1;
}

static void damaged_at(const struct partition_place *place, const char *what, struct broker_error *error)
{
    char text[160];
    snprintf(text, sizeof text, "%s%s", what, hint);
    partition_segment_error(error, BROKER_DAMAGED, place->dir, place->base, place->position, place->expected, text);
}

/* Has repair taken out just these offsets, at once or one part after the other? 1, 0, -1. */
static int is_listed(const char *dir, int64_t from, int64_t until, struct broker_error *error)
{
    char path[SEGMENT_PATH_MAX];
    struct buffer text = {0};
    int got = local_path(path, error, "%s/%s", dir, gaps_name) ? local_load_text(path, &text, error) : -1;
    for (const char *line = got > 0 ? text.data : ""; *line && from < until;) {
        int64_t first, behind;
        int used = 0;
        if (sscanf(line, "%" SCNd64 " %" SCNd64 "\n%n", &first, &behind, &used) != 2 || used == 0) {
            broker_fail(error, BROKER_DAMAGED, "%.300s: not a list of what repair has taken out", path);
            got = -1;
            break;
        }
        line += used;
        if (first == from && behind > from) { /* and what comes next may stand anywhere */
            from = behind;
            line = text.data;
        }
    }
    buffer_free(&text);
    return got < 0 ? -1 : from == until;
}

bool partition_gap_add(const char *dir, int64_t from, int64_t until, struct broker_error *error)
{
    char path[SEGMENT_PATH_MAX];
    struct buffer text = {0};
    int listed = is_listed(dir, from, until, error);
    bool good =
        listed >= 0 && local_path(path, error, "%s/%s", dir, gaps_name) && local_load_text(path, &text, error) >= 0;
    if (good && !listed) {
        buffer_add_format(&text, "%" PRId64 " %" PRId64 "\n", from, until);
        good = local_replace_text(path, &text, true, error);
    }
    buffer_free(&text);
    return good;
}

int partition_gap(const struct partition_place *place, int64_t found, const struct record_batch *front,
                  struct broker_error *error)
{
    struct partition_checkpoint checkpoint;
    int64_t behind;
    int listed = is_listed(place->dir, place->expected, found, error);
    if (listed != 0)
        return listed;
    if (!partition_checkpoint_read(place->dir, &checkpoint, error) ||
        !partition_segment_behind(place->dir, place->base, &behind, error))
        return -1;
    if (place->expected >= checkpoint.since || behind == INT64_MAX)
        return 0; /* ours have none, and a broker compacts all but its newest segment */
    if (!front)
        return 1;
    /* an offset that was changed by damage reaches beyond the one that follows */
    char bytes[RECORD_BATCH_FRONT];
    int64_t after = behind;
    ssize_t got = file_read_at(place->log, bytes, sizeof bytes, place->position + record_batch_size(front));
    if (got < 0)
        return fail_at(place, error);
    if (got == (ssize_t)sizeof bytes)
        after = record_batch_front(bytes).base_offset;
    return after > partition_front_last_offset(front) && behind > partition_front_last_offset(front);
}

int partition_batch_at(const struct partition_place *place, struct buffer *bytes, struct record_batch *front,
                       const char **what, struct broker_error *error)
{
    int64_t size = local_file_size(place->log);
    bytes->len = 0;
    buffer_reserve(bytes, RECORD_BATCH_FRONT);
    ssize_t got = size < 0 ? -1 : file_read_at(place->log, bytes->data, RECORD_BATCH_FRONT, place->position);
    if (got < 0)
        return fail_at(place, error);
    *what = got == 0 ? NULL : "the file ends within a record batch";
    if (got < RECORD_BATCH_FRONT)
        return 0;
    *front = record_batch_front(bytes->data);
    uint64_t left = (uint64_t)size > place->position ? (uint64_t)size - place->position : 0;
    bool whole = front->length > 0 && record_batch_size(front) <= left;
    *what = (front->magic == 0 || front->magic == 1) && whole ? other_format : "no record batch begins here";
    if (front->magic != MAGIC || !partition_front_plausible(front, INT64_MIN))
        return 0;
    *what = "the record batch is longer than its file";
    if (!whole)
        return 0;
    size_t len = (size_t)record_batch_size(front);
    buffer_reserve(bytes, len);
    got = file_read_at(place->log, bytes->data, len, place->position);
    if (got < 0)
        return fail_at(place, error);
    *what = "the record batch is damaged (its checksum is wrong)";
    if (got != (ssize_t)len || !record_batch_valid(front, bytes->data))
        return 0;
    *what = other_offset;
    if (front->base_offset <= place->expected)
        return front->base_offset == place->expected;
    return partition_gap(place, front->base_offset, front, error);
}

/* True if a batch that begins at the bytes may be one of ours, by what costs nothing. */
static bool may_begin(const char *bytes, const struct partition_place *place, int64_t limit, uint64_t left,
                      struct record_batch *front)
{
    *front = record_batch_front(bytes);
    return front->magic == MAGIC && partition_front_plausible(front, place->expected) &&
           partition_front_last_offset(front) < limit && record_batch_size(front) <= left;
}

/* The candidates in one block of the file. 1: a valid batch; 0; -1. */
static int scan_block(const struct partition_place *place, int64_t limit, uint64_t size, const struct buffer *block,
                      uint64_t start, int *tries, uint64_t *position, struct record_batch *front,
                      struct broker_error *error)
{
    struct buffer whole = {0};
    int found = 0;
    for (size_t at = 0; found == 0 && at + RECORD_BATCH_FRONT <= block->len; at++) {
        const char *magic = memchr(block->data + at + MAGIC_AT, MAGIC, block->len - RECORD_BATCH_FRONT - at + 1);
        if (!magic)
            break;
        at = (size_t)(magic - block->data) - MAGIC_AT;
        if (!may_begin(block->data + at, place, limit, size - start - at, front))
            continue;
        struct partition_place there = *place;
        there.position = start + at;
        there.expected = front->base_offset;
        const char *what;
        found = ++*tries > SCAN_TRIES_MAX ? 1 : partition_batch_at(&there, &whole, front, &what, error);
        *position = there.position;
    }
    buffer_free(&whole);
    return found;
}

int partition_find_behind(const struct partition_place *place, int64_t limit, uint64_t *position,
                          struct record_batch *front, struct broker_error *error)
{
    int64_t size = local_file_size(place->log);
    if (size < 0)
        return fail_at(place, error);
    struct buffer block = {0};
    int found = 0, tries = 0;
    buffer_reserve(&block, SCAN_BLOCK);
    for (uint64_t at = place->position + 1; found == 0 && at + RECORD_BATCH_FRONT <= (uint64_t)size;
         at += SCAN_BLOCK - RECORD_BATCH_FRONT + 1) {
        ssize_t got = file_read_at(place->log, block.data, SCAN_BLOCK, at);
        block.len = got > 0 ? (size_t)got : 0;
        if (got < 0)
            found = fail_at(place, error);
        else if (got >= RECORD_BATCH_FRONT)
            found = scan_block(place, limit, (uint64_t)size, &block, at, &tries, position, front, error);
    }
    buffer_free(&block);
    return found;
}

/* Was the log complete beyond the place once? 1 and what shows it, 0, -1. */
static int was_complete(const struct partition_place *place, const char **shown, struct broker_error *error)
{
    struct partition_checkpoint checkpoint;
    struct record_batch front;
    int64_t behind;
    uint64_t position;
    if (!partition_segment_behind(place->dir, place->base, &behind, error) ||
        !partition_checkpoint_read(place->dir, &checkpoint, error))
        return -1;
    *shown = "the file ends here, but it was complete beyond";
    if (checkpoint.base > place->base || (checkpoint.base == place->base && checkpoint.position > place->position))
        return 1;
    *shown = "the segment does not reach to the next one";
    if (behind < INT64_MAX)
        return 1;
    int64_t size = local_file_size(place->log), limit = checkpoint.next;
    if (size < 0)
        return fail_at(place, error);
    if ((uint64_t)size <= place->position)
        return 0;
    if (limit < place->expected)
        limit = place->expected;
    if (__builtin_add_overflow(limit, size - (int64_t)place->position, &limit)) /* a record has more than a byte */
        limit = INT64_MAX;
    return partition_find_behind(place, limit, &position, &front, error);
}

int partition_judge(const struct partition_place *place, struct broker_error *error)
{
    struct buffer bytes = {0};
    struct record_batch front;
    const char *shown = NULL, *what;
    int complete = was_complete(place, &shown, error);
    /* looked at again behind the evidence: what was just being written when it was found missing is there now */
    int there = complete < 0 ? -1 : partition_batch_at(place, &bytes, &front, &what, error);
    buffer_free(&bytes);
    if (there != 0)
        return there;
    if (!complete && what != other_offset && what != other_format)
        return 0; /* a write that was cut short leaves neither of them */
    damaged_at(place, what ? what : shown, error);
    return -1;
}

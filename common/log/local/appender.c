/* Appending to a partition: one lock, one write a batch, indexes as Kafka writes them, recovery. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "log/local/partition_inner.h"

enum { ABORTED_ENTRY = 34, CHECKPOINT_MAX = 64 };

/* How far the log is known to be on disk: "BASE POSITION\n", beside the segments. Kafka keeps the like in
 * recovery-point-offset-checkpoint; a broker passes over names it does not know. */
static const char checkpoint_name[] = "synced";

struct partition_appender {
    char *dir;
    uint64_t segment_bytes;
    int dir_fd; /* carries the lock */
    int locks;  /* how often locked, nested */
    int log, index, timeindex;
    int64_t base;        /* of the active segment */
    int64_t next_offset; /* of the log, as far as this process has seen */
    uint64_t size;       /* of the active segment, up to which next_offset is known */
    uint64_t since_index;
    int64_t max_time, max_time_offset;
    uint64_t started; /* writeback was asked for up to here */
    bool unsynced;
    bool named; /* the active segment's name is on disk */
};

static void put_big_endian(unsigned char *at, uint64_t number, size_t len)
{
    for (size_t i = len; i > 0; i--, number >>= 8)
        at[i - 1] = (unsigned char)number;
}

static bool fail(const struct partition_appender *appender, const char *what, char *error)
{
    snprintf(error, PARTITION_ERROR_MAX, "%.300s: %s: %s", appender->dir, what, strerror(errno));
    return false;
}

static void close_segment(struct partition_appender *appender)
{
    int *const files[] = {&appender->log, &appender->index, &appender->timeindex};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (*files[i] >= 0)
            close(*files[i]);
        *files[i] = -1;
    }
}

static bool open_segment(struct partition_appender *appender, int64_t base, char *error)
{
    close_segment(appender);
    appender->log = partition_segment_open(appender->dir, base, "log", O_RDWR | O_CREAT, error);
    if (appender->log >= 0)
        appender->index = partition_segment_open(appender->dir, base, "index", O_RDWR | O_CREAT, error);
    if (appender->index >= 0)
        appender->timeindex = partition_segment_open(appender->dir, base, "timeindex", O_RDWR | O_CREAT, error);
    if (appender->timeindex < 0) {
        close_segment(appender);
        return false;
    }
    appender->base = base;
    appender->next_offset = base;
    appender->size = appender->since_index = appender->started = 0;
    appender->max_time = -1;
    appender->max_time_offset = base;
    appender->named = false;
    return true;
}

static uint64_t checkpoint_read(const struct partition_appender *appender)
{
    char text[CHECKPOINT_MAX + 1] = "";
    int fd = openat(appender->dir_fd, checkpoint_name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t len = file_read_at(fd, text, CHECKPOINT_MAX, 0);
    close(fd);
    int64_t base;
    uint64_t position;
    int used = 0;
    if (len <= 0 || sscanf(text, "%" SCNd64 " %" SCNu64 "%n", &base, &position, &used) != 2 || text[used] != '\n')
        return 0;
    return base == appender->base ? position : 0;
}

static void checkpoint_write(const struct partition_appender *appender, uint64_t size)
{
    char text[CHECKPOINT_MAX];
    int len = snprintf(text, sizeof text, "%020" PRId64 " %020" PRIu64 "\n", appender->base, size);
    int fd = openat(appender->dir_fd, checkpoint_name, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0)
        return; /* only a shortcut: without it the whole segment is checked next time */
    file_write_at(fd, text, (size_t)len, 0);
    close(fd);
}

/* The whole, valid batch at a position into *bytes: 1; 0: none (the file ends, or it is damaged); -1: read error. */
static int batch_at(const struct partition_appender *appender, uint64_t position, uint64_t size, int64_t expected,
                    struct buffer *bytes, struct record_batch *front)
{
    bytes->len = 0;
    buffer_reserve(bytes, RECORD_BATCH_FRONT);
    ssize_t got = file_read_at(appender->log, bytes->data, RECORD_BATCH_FRONT, position);
    if (got != RECORD_BATCH_FRONT)
        return got < 0 ? -1 : 0;
    *front = record_batch_front(bytes->data);
    if (!partition_front_plausible(front, expected) || record_batch_size(front) > size - position)
        return 0;
    size_t len = (size_t)record_batch_size(front);
    buffer_reserve(bytes, len);
    got = file_read_at(appender->log, bytes->data, len, position);
    if (got != (ssize_t)len)
        return got < 0 ? -1 : 0;
    return record_batch_valid(front, bytes->data);
}

/* True if a valid batch begins anywhere behind `position`: then what is there is damage, not a torn end. */
static bool valid_batch_behind(const struct partition_appender *appender, uint64_t position, uint64_t size, int64_t expected)
{
    struct buffer bytes = {0};
    struct record_batch front;
    /* the damaged batch's own length leads to its neighbour, unless the length itself is damaged */
    char start[RECORD_BATCH_FRONT];
    bool found = false;
    if (file_read_at(appender->log, start, sizeof start, position) == (ssize_t)sizeof start) {
        struct record_batch broken = record_batch_front(start);
        if (broken.length > 0 && record_batch_size(&broken) < size - position)
            found = batch_at(appender, position + record_batch_size(&broken), size, expected, &bytes, &front) == 1;
    }
    buffer_free(&bytes);
    return found;
}

static void note_time(struct partition_appender *appender, const struct record_batch *front)
{
    if (front->max_timestamp > appender->max_time) {
        appender->max_time = front->max_timestamp;
        appender->max_time_offset = partition_front_last_offset(front);
    }
}

/* Brings next_offset and size to the end of the active segment. check: validate each batch (a first opening);
 * otherwise what others appended under the lock is trusted, by its fronts. */
static bool catch_up(struct partition_appender *appender, bool check, char *error)
{
    struct buffer bytes = {0};
    uint64_t size = file_size(appender->log);
    bool good = true;
    while (good && appender->size < size) {
        struct record_batch front = {0};
        int got;
        if (check) {
            got = batch_at(appender, appender->size, size, appender->next_offset, &bytes, &front);
        } else {
            char head[RECORD_BATCH_FRONT];
            ssize_t len = file_read_at(appender->log, head, sizeof head, appender->size);
            front = len == (ssize_t)sizeof head ? record_batch_front(head) : front;
            got = len == (ssize_t)sizeof head && partition_front_plausible(&front, appender->next_offset) &&
                  record_batch_size(&front) <= size - appender->size;
        }
        if (got == 1) {
            appender->size += record_batch_size(&front);
            appender->next_offset = partition_front_last_offset(&front) + 1;
            note_time(appender, &front);
            continue;
        }
        if (got < 0) {
            good = fail(appender, "reading", error);
        } else if (valid_batch_behind(appender, appender->size, size, appender->next_offset)) {
            partition_segment_error(error, appender->dir, appender->base, appender->size, appender->next_offset,
                          "the record batch is damaged, with good ones behind it; nothing is appended");
            good = false;
        } else {
            warn("%s/%020" PRId64 ".log: cut %" PRIu64 " bytes of an unfinished write at byte %" PRIu64 " (offset %" PRId64 ")",
                 appender->dir, appender->base, size - appender->size, appender->size + 1, appender->next_offset);
            if (ftruncate(appender->log, (off_t)appender->size) != 0)
                good = fail(appender, "cutting an unfinished write", error);
            break;
        }
    }
    buffer_free(&bytes);
    return good;
}

/* Goes to the synced point by the index and the fronts behind its last entry, without checking records. */
static void skip_synced(struct partition_appender *appender, uint64_t synced)
{
    uint64_t position = partition_segment_position(appender->dir, appender->base, appender->log, INT64_MAX);
    appender->size = position < synced ? position : 0;
    appender->max_time = partition_segment_max_time(appender->dir, appender->base);
    if (appender->max_time == INT64_MAX) {
        appender->max_time = -1;
        appender->size = 0; /* no time index: see every front */
    }
    char head[RECORD_BATCH_FRONT];
    while (appender->size < synced && file_read_at(appender->log, head, sizeof head, appender->size) == (ssize_t)sizeof head) {
        struct record_batch front = record_batch_front(head);
        if (!partition_front_plausible(&front, appender->base))
            break;
        note_time(appender, &front);
        appender->size += record_batch_size(&front);
        appender->next_offset = partition_front_last_offset(&front) + 1;
    }
}

/* Makes the newest segment the active one, and knows its end. */
static bool find_end(struct partition_appender *appender, char *error)
{
    int64_t *bases;
    int64_t count = partition_log_segments(appender->dir, &bases, error);
    if (count < 0)
        return false;
    int64_t base = count > 0 ? bases[count - 1] : 0;
    free(bases);
    if (!open_segment(appender, base, error))
        return false;
    uint64_t synced = checkpoint_read(appender), size = file_size(appender->log);
    if (synced > 0 && synced <= size) {
        struct partition_appender probe = *appender;
        skip_synced(&probe, synced);
        if (probe.size == synced)
            *appender = probe;
    }
    return catch_up(appender, true, error);
}

struct partition_appender *partition_appender_open(const char *dir, uint64_t segment_bytes, char *error)
{
    struct partition_appender *appender = mem_zero(1, sizeof *appender);
    appender->dir = mem_copy(dir, strlen(dir));
    appender->segment_bytes = segment_bytes;
    appender->log = appender->index = appender->timeindex = -1;
    appender->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = appender->dir_fd >= 0 || fail(appender, "opening", error);
    if (good) {
        while (flock(appender->dir_fd, LOCK_EX) != 0 && errno == EINTR)
            ;
        good = find_end(appender, error);
        flock(appender->dir_fd, LOCK_UN);
    }
    if (!good) {
        partition_appender_close(appender);
        return NULL;
    }
    return appender;
}

/* Follows another process into the segment it began. */
static bool follow_roll(struct partition_appender *appender, char *error)
{
    for (;;) {
        char path[SEGMENT_PATH_MAX];
        struct stat info;
        if (!partition_segment_path(path, appender->dir, appender->next_offset, "log", error))
            return false;
        if (appender->next_offset == appender->base || stat(path, &info) != 0)
            return true;
        if (!open_segment(appender, appender->next_offset, error) || !catch_up(appender, false, error))
            return false;
    }
}

bool partition_appender_lock(struct partition_appender *appender, int64_t *next, char *error)
{
    if (appender->locks == 0) {
        while (flock(appender->dir_fd, LOCK_EX) != 0)
            if (errno != EINTR)
                return fail(appender, "locking", error);
        struct stat info;
        if (fstat(appender->dir_fd, &info) == 0 && info.st_nlink == 0) {
            flock(appender->dir_fd, LOCK_UN);
            snprintf(error, PARTITION_ERROR_MAX, "%.300s: the topic has been deleted", appender->dir);
            return false;
        }
        if (!catch_up(appender, false, error) || !follow_roll(appender, error)) {
            flock(appender->dir_fd, LOCK_UN);
            return false;
        }
    }
    appender->locks++;
    if (next)
        *next = appender->next_offset;
    return true;
}

void partition_appender_unlock(struct partition_appender *appender)
{
    if (--appender->locks == 0)
        flock(appender->dir_fd, LOCK_UN);
}

static bool index_add(struct partition_appender *appender, int64_t last_offset, uint64_t position, char *error)
{
    unsigned char entry[INDEX_ENTRY];
    put_big_endian(entry, (uint64_t)(last_offset - appender->base), 4);
    put_big_endian(entry + 4, position, 4);
    uint64_t at = file_size(appender->index) / INDEX_ENTRY * INDEX_ENTRY;
    return file_write_at(appender->index, entry, sizeof entry, at) || fail(appender, "writing the index", error);
}

static bool timeindex_add(struct partition_appender *appender, char *error)
{
    uint64_t at = file_size(appender->timeindex) / TIME_ENTRY * TIME_ENTRY;
    unsigned char entry[TIME_ENTRY];
    put_big_endian(entry, (uint64_t)appender->max_time, 8);
    put_big_endian(entry + 8, (uint64_t)(appender->max_time_offset - appender->base), 4);
    unsigned char last[8];
    /* entries ascend in time: one that does not is left out, as Kafka does */
    if (appender->max_time < 0 || (at > 0 && file_read_at(appender->timeindex, last, sizeof last, at - TIME_ENTRY) == 8 &&
                                   memcmp(entry, last, sizeof last) <= 0))
        return true;
    return file_write_at(appender->timeindex, entry, sizeof entry, at) || fail(appender, "writing the time index", error);
}

static bool roll(struct partition_appender *appender, char *error)
{
    if (!timeindex_add(appender, error) || !partition_appender_sync(appender, error))
        return false;
    if (!open_segment(appender, appender->next_offset, error))
        return false;
    appender->named = fsync(appender->dir_fd) == 0;
    return appender->named || fail(appender, "syncing", error);
}

static bool append_locked(struct partition_appender *appender, struct buffer *batch, int64_t *base_offset, char *error)
{
    struct record_batch front = record_batch_front(batch->data);
    bool full = appender->size > 0 && (appender->size + batch->len > appender->segment_bytes ||
                                       appender->next_offset + front.last_offset_delta - appender->base > INT32_MAX);
    if (full && !roll(appender, error))
        return false;
    *base_offset = appender->next_offset;
    record_batch_set_offset(batch, *base_offset);
    int64_t last_offset = *base_offset + front.last_offset_delta;
    if (!file_write_at(appender->log, batch->data, batch->len, appender->size)) {
        fail(appender, "writing", error);
        if (ftruncate(appender->log, (off_t)appender->size) != 0)
            warn("%s: cutting an unfinished write: %s", appender->dir, strerror(errno));
        return false;
    }
    front = record_batch_front(batch->data);
    note_time(appender, &front);
    appender->unsynced = true;
    appender->since_index += batch->len;
    bool indexed = true;
    if (appender->since_index > PARTITION_INDEX_INTERVAL) {
        indexed = index_add(appender, last_offset, appender->size, error) && timeindex_add(appender, error);
        appender->since_index = 0;
    }
    if (!indexed) { /* a full disk: the batch does not stay without its index entry */
        if (ftruncate(appender->log, (off_t)appender->size) != 0)
            warn("%s: cutting an unfinished write: %s", appender->dir, strerror(errno));
        return false;
    }
    appender->size += batch->len;
    appender->next_offset = last_offset + 1;
    return true;
}

bool partition_append(struct partition_appender *appender, struct buffer *batch, int64_t *base_offset, char *error)
{
    if (!partition_appender_lock(appender, NULL, error))
        return false;
    bool good = append_locked(appender, batch, base_offset, error);
    partition_appender_unlock(appender);
    return good;
}

bool partition_append_aborted(struct partition_appender *appender, int64_t producer_id, int64_t first_offset,
                              int64_t last_offset, int64_t stable_offset, char *error)
{
    unsigned char entry[ABORTED_ENTRY] = {0}; /* version 0 */
    put_big_endian(entry + 2, (uint64_t)producer_id, 8);
    put_big_endian(entry + 10, (uint64_t)first_offset, 8);
    put_big_endian(entry + 18, (uint64_t)last_offset, 8);
    put_big_endian(entry + 26, (uint64_t)stable_offset, 8);
    int file = partition_segment_open(appender->dir, appender->base, "txnindex", O_RDWR | O_CREAT, error);
    if (file < 0)
        return false;
    bool good = file_write_at(file, entry, sizeof entry, file_size(file) / ABORTED_ENTRY * ABORTED_ENTRY) ||
                fail(appender, "writing the transaction index", error);
    close(file);
    return good;
}

void partition_appender_start_writeback(struct partition_appender *appender)
{
#ifdef SYNC_FILE_RANGE_WRITE
    if (appender->size > appender->started)
        sync_file_range(appender->log, (off_t)appender->started, (off_t)(appender->size - appender->started),
                        SYNC_FILE_RANGE_WRITE);
#endif
    appender->started = appender->size;
}

bool partition_appender_sync(struct partition_appender *appender, char *error)
{
    if (!appender->unsynced)
        return true;
    if (fdatasync(appender->log) != 0)
        return fail(appender, "syncing", error);
    if (!appender->named && fsync(appender->dir_fd) != 0)
        return fail(appender, "syncing", error);
    appender->named = true;
    appender->unsynced = false;
    checkpoint_write(appender, appender->size);
    return true;
}

bool partition_sync_begin(struct partition_appender *appender, struct partition_sync *sync)
{
    if (!appender->unsynced || !appender->named) /* the name has to be synced too: not apart */
        return false;
    *sync = (struct partition_sync){fcntl(appender->log, F_DUPFD_CLOEXEC, 0), appender->base, appender->size};
    return sync->log >= 0;
}

bool partition_sync_wait(const struct partition_sync *sync)
{
    return fdatasync(sync->log) == 0;
}

void partition_sync_end(struct partition_appender *appender, const struct partition_sync *sync, bool good)
{
    close(sync->log);
    if (good && appender->base == sync->base) /* a segment that was ended meanwhile has been synced for itself */
        checkpoint_write(appender, sync->size);
}

void partition_appender_close(struct partition_appender *appender)
{
    if (!appender)
        return;
    close_segment(appender);
    if (appender->dir_fd >= 0)
        close(appender->dir_fd);
    free(appender->dir);
    free(appender);
}

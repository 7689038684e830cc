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
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"
#include "log/local/partition_inner.h"

enum { ABORTED_ENTRY = 34 };

struct partition_appender {
    char *dir;
    uint64_t segment_bytes;
    int dir_fd; /* carries the lock */
    int locks;  /* how often locked, nested */
    int log, index, timeindex;
    int64_t base;        /* of the active segment */
    int64_t next_offset; /* of the log, as far as this process has seen */
    uint64_t size;       /* of the active segment, up to which next_offset is known */
    int64_t since;       /* of the checkpoint */
    uint64_t since_index;
    int64_t max_time, max_time_offset;
    uint64_t started; /* writeback was asked for up to here */
    bool unsynced;
    bool named; /* the active segment's name is on disk */
};

static uint64_t get_big_endian(const unsigned char *at, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++)
        number = number << 8 | at[i];
    return number;
}

static void put_big_endian(unsigned char *at, uint64_t number, size_t len)
{
    for (size_t i = len; i > 0; i--, number >>= 8)
        at[i - 1] = (unsigned char)number;
}

static bool fail(const struct partition_appender *appender, const char *what, struct broker_error *error)
{
    return broker_fail(error, BROKER_FAILED, "%.300s: %s: %s", appender->dir, what, strerror(errno));
}

/* Gives the lock back; where that is refused, by closing what holds it: it would wait for itself next. */
static void unlock(struct partition_appender *appender)
{
    if (local_file_flock(appender->dir_fd, LOCK_UN))
        return;
    close(appender->dir_fd);
    appender->dir_fd = file_open(appender->dir, O_RDONLY | O_DIRECTORY, 0);
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

static bool open_segment(struct partition_appender *appender, int64_t base, struct broker_error *error)
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

static void note_time(struct partition_appender *appender, const struct record_batch *front)
{
    if (front->max_timestamp > appender->max_time) {
        appender->max_time = front->max_timestamp;
        appender->max_time_offset = partition_front_last_offset(front);
    }
}

static void note_checkpoint(struct partition_appender *appender, int64_t base, uint64_t position, int64_t next)
{
    struct partition_checkpoint checkpoint = {base, position, next, appender->since};
    partition_checkpoint_write(appender->dir_fd, &checkpoint);
}

static struct partition_place end_of(const struct partition_appender *appender)
{
    return (struct partition_place){appender->dir, appender->base, appender->log, appender->size,
                                    appender->next_offset};
}

/* Index entries of what is no longer there. */
static void cut_indexes(const struct partition_appender *appender)
{
    unsigned char entry[TIME_ENTRY];
    int64_t size = local_file_size(appender->index), cut = size;
    for (; cut >= INDEX_ENTRY &&
           file_read_at(appender->index, entry, INDEX_ENTRY, (uint64_t)cut - INDEX_ENTRY) == INDEX_ENTRY;
         cut -= INDEX_ENTRY)
        if (get_big_endian(entry + 4, 4) < appender->size)
            break;
    if (cut < size && ftruncate(appender->index, cut) != 0)
        return; /* only a hint */
    size = cut = local_file_size(appender->timeindex);
    for (; cut >= TIME_ENTRY &&
           file_read_at(appender->timeindex, entry, TIME_ENTRY, (uint64_t)cut - TIME_ENTRY) == TIME_ENTRY;
         cut -= TIME_ENTRY)
        if (appender->base + (int64_t)get_big_endian(entry + 8, 4) < appender->next_offset)
            break;
    if (cut < size && ftruncate(appender->timeindex, cut) != 0)
        return;
}

/* Cuts what an append that was broken off has left, and says so. */
static bool cut_unfinished(struct partition_appender *appender, uint64_t size, struct broker_error *error)
{
    diag_warn("%s/%020" PRId64 ".log: cut %" PRIu64 " bytes of an unfinished write at byte %" PRIu64 " (offset %" PRId64
              ")",
              appender->dir, appender->base, size - appender->size, appender->size + 1, appender->next_offset);
    if (ftruncate(appender->log, (off_t)appender->size) != 0)
        return fail(appender, "cutting an unfinished write", error);
    cut_indexes(appender);
    return true;
}

/* The batch that stands where the log is known to end: 1; 0: none; -1. check: it is read whole (a first opening);
 * otherwise what others appended under the lock is trusted, by its front. */
static int look(const struct partition_appender *appender, bool check, uint64_t size, struct buffer *bytes,
                struct record_batch *front, struct broker_error *error)
{
    struct partition_place place = end_of(appender);
    const char *what;
    char head[RECORD_BATCH_FRONT];
    if (check)
        return partition_batch_at(&place, bytes, front, &what, error);
    ssize_t len = file_read_at(appender->log, head, sizeof head, appender->size);
    if (len == (ssize_t)sizeof head) {
        *front = record_batch_front(head);
        if (front->magic == 2 && partition_front_plausible(front, appender->next_offset) &&
            front->base_offset == appender->next_offset && record_batch_size(front) <= size - appender->size)
            return 1;
    }
    return partition_batch_at(&place, bytes, front, &what, error);
}

/* Brings next_offset and size to the end of the active segment. */
static bool catch_up(struct partition_appender *appender, bool check, struct broker_error *error)
{
    struct buffer bytes = {0};
    int got = 1;
    bool done = false;
    while (got > 0 && !done) {
        struct record_batch front;
        int64_t size = local_file_size(appender->log);
        if (size < 0) {
            fail(appender, "reading", error);
            got = -1;
        } else if ((uint64_t)size < appender->size) {
            partition_segment_error(error, BROKER_DAMAGED, appender->dir, appender->base, (uint64_t)size,
                                    appender->next_offset, "the file has become shorter (atopic check, atopic repair)");
            got = -1;
        } else if ((uint64_t)size > appender->size &&
                   (got = look(appender, check, (uint64_t)size, &bytes, &front, error)) > 0) {
            appender->size += record_batch_size(&front);
            appender->next_offset = partition_front_last_offset(&front) + 1;
            note_time(appender, &front);
        } else if (got >= 0 && (check || (uint64_t)size != appender->size)) {
            struct partition_place place = end_of(appender);
            got = partition_judge(&place, error);
            if (got == 0 && (uint64_t)size > appender->size)
                got = cut_unfinished(appender, (uint64_t)size, error) ? 0 : -1;
        } else {
            done = true;
        }
    }
    buffer_free(&bytes);
    return got >= 0;
}

/* Goes to the last batch that the index knows, or to the end of what the checkpoint covers if that comes first; what is
 * behind will be checked whole. Where there is no time index, the fronts on the way tell the latest time. */
static void skip_known(struct partition_appender *appender, const struct partition_checkpoint *checkpoint)
{
    char head[RECORD_BATCH_FRONT];
    uint64_t synced = checkpoint->base == appender->base ? checkpoint->position : 0;
    uint64_t indexed = partition_segment_position(appender->dir, appender->base, appender->log, INT64_MAX);
    uint64_t target = indexed < synced ? indexed : synced;
    appender->max_time = partition_segment_max_time(appender->dir, appender->base);
    if (appender->max_time == INT64_MAX) {
        appender->max_time = -1;
    } else if (target > 0 && target == indexed &&
               file_read_at(appender->log, head, sizeof head, indexed) == (ssize_t)sizeof head) {
        appender->size = indexed;
        appender->next_offset = record_batch_front(head).base_offset;
        return;
    }
    while (appender->size < target &&
           file_read_at(appender->log, head, sizeof head, appender->size) == (ssize_t)sizeof head) {
        struct record_batch front = record_batch_front(head);
        if (front.magic != 2 || !partition_front_plausible(&front, appender->next_offset) ||
            front.base_offset != appender->next_offset || appender->size + record_batch_size(&front) > target)
            break; /* looked at more closely */
        note_time(appender, &front);
        appender->size += record_batch_size(&front);
        appender->next_offset = partition_front_last_offset(&front) + 1;
    }
}

/* Makes the newest segment the active one, and knows its end. */
static bool find_end(struct partition_appender *appender, struct broker_error *error)
{
    struct partition_checkpoint checkpoint;
    int64_t *bases, count = partition_log_segments(appender->dir, &bases, error);
    int64_t base = count > 0 ? bases[count - 1] : 0;
    free(bases);
    if (count < 0 || !partition_checkpoint_read(appender->dir, &checkpoint, error))
        return false;
    if (checkpoint.base > base || (count == 0 && checkpoint.position > 0))
        return broker_fail(error, BROKER_DAMAGED,
                           "%.300s/%020" PRId64
                           ".log: the segment was there and is missing (atopic check, atopic repair)",
                           appender->dir, checkpoint.base);
    if (!open_segment(appender, base, error))
        return false;
    skip_known(appender, &checkpoint);
    appender->since = checkpoint.since;
    if (!catch_up(appender, true, error))
        return false;
    if (checkpoint.since == INT64_MAX) { /* from here on the offsets are ours */
        appender->since = appender->next_offset;
        note_checkpoint(appender, base, checkpoint.base == base ? checkpoint.position : 0,
                        checkpoint.base == base ? checkpoint.next : -1);
    }
    return true;
}

struct partition_appender *partition_appender_open(const char *dir, uint64_t segment_bytes, struct broker_error *error)
{
    struct partition_appender *appender = mem_zero(1, sizeof *appender);
    appender->dir = mem_copy(dir, strlen(dir));
    appender->segment_bytes = segment_bytes;
    appender->log = appender->index = appender->timeindex = -1;
    appender->dir_fd = file_open(dir, O_RDONLY | O_DIRECTORY, 0);
    bool good = appender->dir_fd >= 0 || fail(appender, "opening", error);
    if (good) {
        good = local_file_flock(appender->dir_fd, LOCK_EX) || fail(appender, "locking", error);
        good = good && find_end(appender, error);
        unlock(appender);
    }
    if (!good) {
        partition_appender_close(appender);
        return NULL;
    }
    return appender;
}

/* Follows another process into the segment it began. */
static bool follow_roll(struct partition_appender *appender, struct broker_error *error)
{
    for (;;) {
        char path[SEGMENT_PATH_MAX];
        struct stat info;
        if (!partition_segment_path(path, appender->dir, appender->next_offset, "log", error))
            return false;
        if (appender->next_offset == appender->base)
            return true;
        if (stat(path, &info) != 0)
            return errno == ENOENT || local_fail_errno(error, path);
        if (!open_segment(appender, appender->next_offset, error) || !catch_up(appender, false, error))
            return false;
    }
}

bool partition_appender_lock(struct partition_appender *appender, int64_t *next, struct broker_error *error)
{
    if (appender->locks == 0) {
        if (!local_file_flock(appender->dir_fd, LOCK_EX))
            return fail(appender, "locking", error);
        struct stat info;
        bool replaced = fstat(appender->log, &info) == 0 && info.st_nlink == 0;
        if (fstat(appender->dir_fd, &info) == 0 && info.st_nlink == 0) {
            unlock(appender);
            return broker_fail(error, BROKER_FAILED, "%.300s: the topic has been deleted", appender->dir);
        }
        if (replaced) {
            unlock(appender);
            return broker_fail(error, BROKER_FAILED,
                               "%.300s: the segment was replaced (atopic repair): the log has to be opened anew",
                               appender->dir);
        }
        if (!catch_up(appender, false, error) || !follow_roll(appender, error)) {
            unlock(appender);
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
        unlock(appender);
}

/* Where the next entry of an index goes: behind the whole ones. False with errno. */
static bool end_of_entries(int file, uint64_t entry, uint64_t *at)
{
    int64_t size = local_file_size(file);
    *at = size > 0 ? (uint64_t)size / entry * entry : 0;
    return size >= 0;
}

static bool index_add(struct partition_appender *appender, int64_t last_offset, uint64_t position,
                      struct broker_error *error)
{
    unsigned char entry[INDEX_ENTRY];
    put_big_endian(entry, (uint64_t)(last_offset - appender->base), 4);
    put_big_endian(entry + 4, position, 4);
    uint64_t at;
    return end_of_entries(appender->index, INDEX_ENTRY, &at) && file_write_at(appender->index, entry, sizeof entry, at)
               ? true
               : fail(appender, "writing the index", error);
}

static bool timeindex_add(struct partition_appender *appender, struct broker_error *error)
{
    uint64_t at;
    unsigned char entry[TIME_ENTRY];
    if (!end_of_entries(appender->timeindex, TIME_ENTRY, &at))
        return fail(appender, "writing the time index", error);
    put_big_endian(entry, (uint64_t)appender->max_time, 8);
    put_big_endian(entry + 8, (uint64_t)(appender->max_time_offset - appender->base), 4);
    unsigned char last[8];
    /* entries ascend in time: one that does not is left out, as Kafka does */
    if (appender->max_time < 0 ||
        (at > 0 && file_read_at(appender->timeindex, last, sizeof last, at - TIME_ENTRY) == 8 &&
         memcmp(entry, last, sizeof last) <= 0))
        return true;
    return file_write_at(appender->timeindex, entry, sizeof entry, at) ||
           fail(appender, "writing the time index", error);
}

static bool roll(struct partition_appender *appender, struct broker_error *error)
{
    if (!timeindex_add(appender, error) || !partition_appender_sync(appender, error))
        return false;
    if (!open_segment(appender, appender->next_offset, error))
        return false;
    appender->named = fsync(appender->dir_fd) == 0;
    return appender->named || fail(appender, "syncing", error);
}

static bool append_locked(struct partition_appender *appender, struct buffer *batch, int64_t *base_offset,
                          struct broker_error *error)
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
            diag_warn("%s: cutting an unfinished write: %s", appender->dir, strerror(errno));
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
            diag_warn("%s: cutting an unfinished write: %s", appender->dir, strerror(errno));
        return false;
    }
    appender->size += batch->len;
    appender->next_offset = last_offset + 1;
    return true;
}

bool partition_append(struct partition_appender *appender, struct buffer *batch, int64_t *base_offset,
                      struct broker_error *error)
{
    if (!partition_appender_lock(appender, NULL, error))
        return false;
    bool good = append_locked(appender, batch, base_offset, error);
    partition_appender_unlock(appender);
    return good;
}

bool partition_append_aborted(struct partition_appender *appender, int64_t producer_id, int64_t first_offset,
                              int64_t last_offset, int64_t stable_offset, struct broker_error *error)
{
    unsigned char entry[ABORTED_ENTRY] = {0}; /* version 0 */
    put_big_endian(entry + 2, (uint64_t)producer_id, 8);
    put_big_endian(entry + 10, (uint64_t)first_offset, 8);
    put_big_endian(entry + 18, (uint64_t)last_offset, 8);
    put_big_endian(entry + 26, (uint64_t)stable_offset, 8);
    int file = partition_segment_open(appender->dir, appender->base, "txnindex", O_RDWR | O_CREAT, error);
    if (file < 0)
        return false;
    uint64_t at;
    bool good = end_of_entries(file, ABORTED_ENTRY, &at) && file_write_at(file, entry, sizeof entry, at);
    if (!good)
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

bool partition_appender_sync(struct partition_appender *appender, struct broker_error *error)
{
    if (!appender->unsynced)
        return true;
    if (fdatasync(appender->log) != 0)
        return fail(appender, "syncing", error);
    if (!appender->named && fsync(appender->dir_fd) != 0)
        return fail(appender, "syncing", error);
    appender->named = true;
    appender->unsynced = false;
    note_checkpoint(appender, appender->base, appender->size, appender->next_offset);
    return true;
}

bool partition_sync_begin(struct partition_appender *appender, struct partition_sync *sync)
{
    if (!appender->unsynced || !appender->named) /* the name has to be synced too: not apart */
        return false;
    *sync = (struct partition_sync){fcntl(appender->log, F_DUPFD_CLOEXEC, 0), appender->base, appender->next_offset,
                                    appender->size};
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
        note_checkpoint(appender, sync->base, sync->size, sync->next);
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

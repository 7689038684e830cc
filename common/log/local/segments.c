/* Segments on disk: names, files, indexes. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"
#include "log/local/partition_inner.h"

enum { BASE_DIGITS = 20 };

bool partition_segment_path(char *path, const char *dir, int64_t base, const char *suffix, struct broker_error *error)
{
    int len = snprintf(path, SEGMENT_PATH_MAX, "%s/%020" PRId64 ".%s", dir, base, suffix);
    if (len > 0 && len < SEGMENT_PATH_MAX)
        return true;
    return broker_fail(error, BROKER_INVALID, "%.100s…: the path is too long", dir);
}

int partition_segment_open(const char *dir, int64_t base, const char *suffix, int flags, struct broker_error *error)
{
    char path[SEGMENT_PATH_MAX];
    if (!partition_segment_path(path, dir, base, suffix, error)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = local_file_open_own(AT_FDCWD, path, flags), why = errno;
    if (fd < 0)
        broker_fail(error, BROKER_FAILED, "%.400s: %s", path,
                    why == ELOOP    ? "a symbolic link, where a segment must be a file"
                    : why == EINVAL ? "not a file"
                                    : strerror(why));
    errno = why;
    return fd;
}

bool partition_segment_error(struct broker_error *error, enum broker_class class, const char *dir, int64_t base,
                             uint64_t position, int64_t offset, const char *text)
{
    return broker_fail(error, class, "%.300s/%020" PRId64 ".log: byte %" PRIu64 " (offset %" PRId64 "): %s", dir, base,
                       position + 1, offset, text);
}

bool partition_front_plausible(const struct record_batch *front, int64_t expected)
{
    return front->length >= RECORD_BATCH_FRONT - RECORD_BATCH_UNCOUNTED && front->base_offset >= expected &&
           front->last_offset_delta >= 0 && front->count >= 0 &&
           front->base_offset <= INT64_MAX - front->last_offset_delta;
}

static int compare_bases(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t partition_log_segments(const char *dir, int64_t **bases, struct broker_error *error)
{
    *bases = NULL;
    DIR *folder = opendir(dir);
    if (!folder) {
        local_fail_errno(error, dir);
        return -1;
    }
    size_t count = 0, cap = 0;
    const char *name;
    int got;
    while ((got = local_folder_next(folder, &name)) > 0) {
        if (strspn(name, "0123456789") != BASE_DIGITS || strcmp(name + BASE_DIGITS, ".log") != 0)
            continue;
        errno = 0;
        int64_t base = strtoll(name, NULL, 10);
        if (errno) /* beyond every offset: nobody's segment */
            continue;
        if (count == cap) {
            cap = cap ? 2 * cap : 16;
            *bases = mem_resize(*bases, cap, sizeof **bases);
        }
        (*bases)[count++] = base;
    }
    if (got < 0)
        local_fail_errno(error, dir);
    closedir(folder);
    if (got < 0) {
        free(*bases);
        *bases = NULL;
        return -1;
    }
    if (count > 0)
        qsort(*bases, count, sizeof **bases, compare_bases);
    return (int64_t)count;
}

bool partition_segment_behind(const char *dir, int64_t base, int64_t *behind, struct broker_error *error)
{
    int64_t *bases, count = partition_log_segments(dir, &bases, error);
    *behind = INT64_MAX;
    for (int64_t i = count - 1; i >= 0 && bases[i] > base; i--)
        *behind = bases[i];
    free(bases);
    return count >= 0;
}

/* Entries of `size` bytes in an index; one that cannot be looked at has none: it is only a hint. */
static uint64_t entries_in(int index, uint64_t size)
{
    int64_t bytes = local_file_size(index);
    return bytes > 0 ? (uint64_t)bytes / size : 0;
}

static uint64_t big_endian(const unsigned char *bytes, size_t len)
{
    uint64_t number = 0;
    for (size_t i = 0; i < len; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* The batch front at a position, if a whole one is there. */
static bool front_at(int log, uint64_t position, struct record_batch *front)
{
    char bytes[RECORD_BATCH_FRONT];
    if (file_read_at(log, bytes, sizeof bytes, position) != (ssize_t)sizeof bytes)
        return false;
    *front = record_batch_front(bytes);
    return true;
}

uint64_t partition_segment_position(const char *dir, int64_t base, int log, int64_t offset)
{
    struct broker_error error;
    int index = partition_segment_open(dir, base, "index", O_RDONLY, &error);
    if (index < 0)
        return 0;
    uint64_t low = 0, high = entries_in(index, INDEX_ENTRY); /* entries below low are at or before offset */
    uint64_t position = 0;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        unsigned char entry[INDEX_ENTRY];
        if (file_read_at(index, entry, sizeof entry, middle * INDEX_ENTRY) != (ssize_t)sizeof entry)
            break;
        int64_t entry_offset = base + (int64_t)big_endian(entry, 4);
        uint64_t entry_position = big_endian(entry + 4, 4);
        struct record_batch front;
        /* An index is only a hint (it may be torn, or preallocated with zeros): believe what the log confirms. */
        bool confirmed = front_at(log, entry_position, &front) && partition_front_plausible(&front, base) &&
                         partition_front_last_offset(&front) == entry_offset;
        if (confirmed && entry_offset <= offset) {
            position = entry_position;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    close(index);
    return position;
}

int64_t partition_segment_max_time(const char *dir, int64_t base)
{
    struct broker_error error;
    int index = partition_segment_open(dir, base, "timeindex", O_RDONLY, &error);
    if (index < 0)
        return INT64_MAX;
    uint64_t entries = entries_in(index, TIME_ENTRY);
    unsigned char entry[TIME_ENTRY];
    int64_t time = INT64_MAX;
    if (entries > 0 && file_read_at(index, entry, sizeof entry, (entries - 1) * TIME_ENTRY) == (ssize_t)sizeof entry)
        time = (int64_t)big_endian(entry, 8);
    close(index);
    return time > 0 ? time : INT64_MAX; /* a preallocated tail of zeros says nothing */
}

int64_t partition_segment_time_offset(const char *dir, int64_t base, int64_t time)
{
    struct broker_error error;
    int index = partition_segment_open(dir, base, "timeindex", O_RDONLY, &error);
    if (index < 0)
        return base;
    uint64_t low = 0, high = entries_in(index, TIME_ENTRY);
    int64_t offset = base;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        unsigned char entry[TIME_ENTRY];
        if (file_read_at(index, entry, sizeof entry, middle * TIME_ENTRY) != (ssize_t)sizeof entry)
            break;
        int64_t entry_time = (int64_t)big_endian(entry, 8);
        if (entry_time > 0 && entry_time < time) {
            offset = base + (int64_t)big_endian(entry + 8, 4);
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    close(index);
    return offset;
}

/* Segments on disk: names, indexes, ends, lookup by time. */
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
#include "log/local/partition_inner.h"

enum { BASE_DIGITS = 20 };

bool partition_segment_path(char *path, const char *dir, int64_t base, const char *suffix, char *error)
{
    int len = snprintf(path, SEGMENT_PATH_MAX, "%s/%020" PRId64 ".%s", dir, base, suffix);
    if (len > 0 && len < SEGMENT_PATH_MAX)
        return true;
    snprintf(error, PARTITION_ERROR_MAX, "%.100s…: the path is too long", dir);
    return false;
}

int partition_segment_open(const char *dir, int64_t base, const char *suffix, int flags, char *error)
{
    char path[SEGMENT_PATH_MAX];
    if (!partition_segment_path(path, dir, base, suffix, error)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = open(path, flags | O_CLOEXEC, 0666);
    if (fd < 0)
        snprintf(error, PARTITION_ERROR_MAX, "%.400s: %s", path, strerror(errno));
    return fd;
}

void partition_segment_error(char *error, const char *dir, int64_t base, uint64_t position, int64_t offset, const char *text)
{
    snprintf(error, PARTITION_ERROR_MAX, "%.300s/%020" PRId64 ".log: byte %" PRIu64 " (offset %" PRId64 "): %s", dir, base,
             position + 1, offset, text);
}

bool partition_front_plausible(const struct record_batch *front, int64_t expected)
{
    return front->length >= RECORD_BATCH_FRONT - RECORD_BATCH_UNCOUNTED && front->base_offset >= expected &&
           front->last_offset_delta >= 0 && front->count >= 0 && front->base_offset <= INT64_MAX - front->last_offset_delta;
}

static int compare_bases(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t partition_log_segments(const char *dir, int64_t **bases, char *error)
{
    DIR *folder = opendir(dir);
    if (!folder) {
        snprintf(error, PARTITION_ERROR_MAX, "%.400s: %s", dir, strerror(errno));
        return -1;
    }
    size_t count = 0, cap = 0;
    *bases = NULL;
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (strspn(name, "0123456789") != BASE_DIGITS || strcmp(name + BASE_DIGITS, ".log") != 0)
            continue;
        if (count == cap) {
            cap = cap ? 2 * cap : 16;
            *bases = mem_resize(*bases, cap, sizeof **bases);
        }
        (*bases)[count++] = strtoll(name, NULL, 10);
    }
    closedir(folder);
    if (count > 0)
        qsort(*bases, count, sizeof **bases, compare_bases);
    return (int64_t)count;
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
    char error[PARTITION_ERROR_MAX];
    int index = partition_segment_open(dir, base, "index", O_RDONLY, error);
    if (index < 0)
        return 0;
    uint64_t low = 0, high = file_size(index) / INDEX_ENTRY; /* entries below low are at or before offset */
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

bool partition_log_ends(const char *dir, int64_t *start, int64_t *end, char *error)
{
    int64_t *bases;
    int64_t count = partition_log_segments(dir, &bases, error);
    if (count < 0)
        return false;
    *start = *end = count > 0 ? bases[0] : 0;
    if (count > 0) {
        int64_t base = bases[count - 1];
        *end = base;
        int log = partition_segment_open(dir, base, "log", O_RDONLY, error);
        if (log < 0) {
            free(bases);
            return false;
        }
        uint64_t size = file_size(log);
        uint64_t position = partition_segment_position(dir, base, log, INT64_MAX);
        for (struct record_batch front; front_at(log, position, &front) && partition_front_plausible(&front, base);) {
            if (record_batch_size(&front) > size - position)
                break; /* still being written, or torn */
            *end = partition_front_last_offset(&front) + 1;
            position += record_batch_size(&front);
        }
        close(log);
    }
    free(bases);
    return true;
}

int64_t partition_segment_max_time(const char *dir, int64_t base)
{
    char error[PARTITION_ERROR_MAX];
    int index = partition_segment_open(dir, base, "timeindex", O_RDONLY, error);
    if (index < 0)
        return INT64_MAX;
    uint64_t entries = file_size(index) / TIME_ENTRY;
    unsigned char entry[TIME_ENTRY];
    int64_t time = INT64_MAX;
    if (entries > 0 && file_read_at(index, entry, sizeof entry, (entries - 1) * TIME_ENTRY) == (ssize_t)sizeof entry)
        time = (int64_t)big_endian(entry, 8);
    close(index);
    return time > 0 ? time : INT64_MAX; /* a preallocated tail of zeros says nothing */
}

/* An offset in the segment before which no record is as late as `time`. */
static int64_t segment_time_offset(const char *dir, int64_t base, int64_t time)
{
    char error[PARTITION_ERROR_MAX];
    int index = partition_segment_open(dir, base, "timeindex", O_RDONLY, error);
    if (index < 0)
        return base;
    uint64_t low = 0, high = file_size(index) / TIME_ENTRY;
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

/* Reads on from `from` to the first record as late as `time`, up to the end of the log. */
static bool search_time(const char *dir, int64_t from, int64_t time, int64_t *offset, int64_t *timestamp, char *error)
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
            snprintf(error, PARTITION_ERROR_MAX, "%.300s: batch at offset %" PRId64 ": %s", dir, front.base_offset, batch.error);
            more = -1;
            break;
        }
        for (struct log_record record; record_batch_reader_next(&batch, &record) > 0;)
            if (record.timestamp >= time) {
                *offset = record.offset;
                *timestamp = record.timestamp;
                break;
            }
    }
    record_batch_reader_free(&batch);
    partition_reader_close(reader);
    return *offset >= 0 || more == 0;
}

bool partition_log_at_time(const char *dir, int64_t time, int64_t *offset, int64_t *timestamp, char *error)
{
    *offset = *timestamp = -1;
    int64_t *bases;
    int64_t count = partition_log_segments(dir, &bases, error);
    if (count < 0)
        return false;
    int64_t i = 0;
    while (i < count - 1 && partition_segment_max_time(dir, bases[i]) < time)
        i++; /* the last segment's index may be behind: it is always looked into */
    bool good = count == 0 || search_time(dir, segment_time_offset(dir, bases[i], time), time, offset, timestamp, error);
    free(bases);
    return good;
}

/* The checkpoint beside a partition's segments, "synced": up to where the log is known to be complete and on disk.
 * Kafka keeps the like in recovery-point-offset-checkpoint; a broker passes over names it does not know. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/crc32c.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"
#include "log/local/partition_inner.h"

enum {
    TEXT_MAX = 160,
    LOOKS = 3, /* somebody may be writing it: how often it is looked at before it is called damaged */
};
const char partition_checkpoint_name[] = "synced";

/* Always of one length, so that one is written over another: "BASE POSITION NEXT SINCE CRC-32C\n". */
static size_t compose(const struct partition_checkpoint *checkpoint, char *text)
{
    int len = snprintf(text, TEXT_MAX, "%020" PRId64 " %020" PRIu64 " %020" PRId64 " %020" PRId64, checkpoint->base,
                       checkpoint->position, checkpoint->next, checkpoint->since);
    return (size_t)len +
           (size_t)snprintf(text + len, TEXT_MAX - (size_t)len, " %08" PRIx32 "\n", crc32c(0, text, (size_t)len));
}

/* The text must be what compose would write; one of before there was a checksum says only "BASE POSITION\n". */
static bool parse(const char *text, struct partition_checkpoint *checkpoint)
{
    char again[TEXT_MAX];
    int used = 0;
    *checkpoint = (struct partition_checkpoint){.next = -1, .since = INT64_MAX};
    int fields = sscanf(text, "%" SCNd64 " %" SCNu64 "%n %" SCNd64 " %" SCNd64, &checkpoint->base,
                        &checkpoint->position, &used, &checkpoint->next, &checkpoint->since);
    if (fields < 2 || checkpoint->base < 0)
        return false;
    if (fields == 2)
        return strcmp(text + used, "\n") == 0;
    compose(checkpoint, again);
    return strcmp(text, again) == 0;
}

/* Not a byte of it has come to be: it was created just before the power went. */
static bool is_empty(const char *text, size_t len)
{
    while (len > 0 && text[len - 1] == '\0')
        len--;
    return len == 0;
}

bool partition_checkpoint_read(const char *dir, struct partition_checkpoint *checkpoint, struct broker_error *error)
{
    char path[SEGMENT_PATH_MAX], text[TEXT_MAX + 1];
    if (!local_path(path, error, "%s/%s", dir, partition_checkpoint_name))
        return false;
    for (int look = 0;; look++) {
        *checkpoint = (struct partition_checkpoint){.base = -1, .next = -1, .since = INT64_MAX};
        int fd = local_file_open_own(AT_FDCWD, path, O_RDONLY);
        if (fd < 0)
            return errno == ENOENT || local_fail_errno(error, path);
        ssize_t len = file_read_at(fd, text, TEXT_MAX, 0);
        if (len < 0)
            local_fail_errno(error, path);
        close(fd);
        if (len < 0)
            return false;
        text[len] = '\0';
        if (is_empty(text, (size_t)len) || parse(text, checkpoint)) {
            if (is_empty(text, (size_t)len))
                checkpoint->base = -1;
            return true;
        }
        if (look == LOOKS)
            return broker_fail(error, BROKER_DAMAGED,
                               "%.300s: it does not say how far the log is complete (atopic check, atopic repair)",
                               path);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

void partition_checkpoint_write(int folder, const struct partition_checkpoint *checkpoint)
{
    char text[TEXT_MAX];
    size_t len = compose(checkpoint, text);
    int fd = local_file_open_own(folder, partition_checkpoint_name, O_WRONLY | O_CREAT);
    if (fd < 0)
        return;
    file_write_at(fd, text, len, 0);
    close(fd);
}

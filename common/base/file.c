#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    LOAD_STEP = 4096,
    AGAIN_MAX = 1000, /* what cannot be done for a moment (EAGAIN) is tried so often, a millisecond apart */
};

/* True if a call that failed is to be made again. */
static bool again(int *tries)
{
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN || ++*tries > AGAIN_MAX)
        return false;
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return true;
}

int file_open_at(int folder, const char *name, int flags, mode_t mode)
{
    int tries = 0, fd;
    do
        fd = openat(folder, name, flags | O_CLOEXEC, mode);
    while (fd < 0 && again(&tries));
    return fd;
}

int file_open(const char *path, int flags, mode_t mode)
{
    return file_open_at(AT_FDCWD, path, flags, mode);
}

ssize_t file_read_at(int fd, void *into, size_t len, uint64_t at)
{
    size_t done = 0;
    int tries = 0;
    while (done < len) {
        ssize_t n = pread(fd, (char *)into + done, len - done, (off_t)(at + done));
        if (n > 0)
            done += (size_t)n;
        else if (n == 0)
            break;
        else if (!again(&tries))
            return -1;
    }
    return (ssize_t)done;
}

bool file_write_at(int fd, const void *bytes, size_t len, uint64_t at)
{
    int tries = 0;
    for (size_t done = 0; done < len;) {
        ssize_t n = pwrite(fd, (const char *)bytes + done, len - done, (off_t)(at + done));
        if (n == 0)
            errno = ENOSPC;
        if (n == 0 || (n < 0 && !again(&tries)))
            return false;
        if (n > 0)
            done += (size_t)n;
    }
    return true;
}

/* Waits as a blocking descriptor would. */
static bool wait_for_room(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    return poll(&wait, 1, -1) >= 0 || errno == EINTR;
}

bool file_write(int fd, const void *bytes, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = write(fd, (const char *)bytes + done, len - done);
        if (n == 0)
            errno = EIO;
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || (errno != EINTR && !(errno == EAGAIN && wait_for_room(fd))))
            return false;
    }
    return true;
}

uint64_t file_size(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 0;
}

bool file_sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_copy(path, slash == path ? 1 : (size_t)(slash - path)) : mem_copy(".", 1);
    int fd = file_open(folder, O_RDONLY | O_DIRECTORY, 0);
    free(folder);
    if (fd < 0)
        return false;
    bool good = fsync(fd) == 0 || errno == EINVAL;
    int error = errno;
    close(fd);
    errno = error;
    return good;
}

static bool load_all(int fd, size_t most, struct buffer *into)
{
    into->len = 0;
    int tries = 0;
    for (;;) {
        buffer_reserve(into, LOAD_STEP + 1); /* and the NUL */
        ssize_t n = read(fd, into->data + into->len, LOAD_STEP);
        if (n < 0 && again(&tries))
            continue;
        if (n < 0)
            return false;
        into->len += (size_t)n;
        if (into->len > most) {
            errno = EFBIG;
            return false;
        }
        if (n == 0)
            break;
    }
    into->data[into->len] = '\0';
    return true;
}

bool file_load(const char *path, size_t most, struct buffer *into)
{
    int fd = file_open(path, O_RDONLY, 0);
    if (fd < 0)
        return false;
    bool good = load_all(fd, most, into);
    int error = errno;
    close(fd);
    errno = error;
    return good;
}

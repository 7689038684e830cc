/* fault: LD_PRELOAD this to make one system call of a program fail. FAULT_CALL names it, FAULT_NTH says which one (from
 * 1), FAULT_ERRNO with what number, FAULT_PATH that only files whose name holds this text count (where a name or a descriptor
 * is given). FAULT_LOG is a file that gets a line when the fault has happened. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls;

static bool is_meant(const char *path)
{
    const char *wanted = getenv("FAULT_PATH");
    return !wanted || (path && strstr(path, wanted));
}

static bool is_meant_fd(int fd)
{
    char link[64], path[4096];
    if (!getenv("FAULT_PATH"))
        return true;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    return is_meant(path);
}

/* True if this call is the one; errno is set. */
static bool strikes(const char *call, bool meant)
{
    const char *wanted = getenv("FAULT_CALL"), *nth = getenv("FAULT_NTH"), *number = getenv("FAULT_ERRNO"), *log = getenv("FAULT_LOG");
    if (!wanted || !meant || strcmp(wanted, call) != 0 || atomic_fetch_add(&calls, 1) + 1 != (nth ? strtol(nth, NULL, 10) : 1))
        return false;
    if (log) {
        static int (*real)(const char *, int, ...);
        if (!real)
            *(void **)&real = dlsym(RTLD_NEXT, "open64");
        int fd = real(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
        if (fd >= 0 && dprintf(fd, "%s\n", call) > 0)
            close(fd);
    }
    errno = number ? (int)strtol(number, NULL, 10) : EIO;
    return true;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) \
        *(void **)&real = dlsym(RTLD_NEXT, #name)

#define OPENING(name) \
    int name(const char *path, int flags, ...) \
    { \
        va_list args; \
        va_start(args, flags); \
        mode_t mode = va_arg(args, mode_t); \
        va_end(args); \
        REAL(name); \
        return strikes("open", is_meant(path)) ? -1 : real(path, flags, mode); \
    }
#define OPENING_AT(name) \
    int name(int folder, const char *path, int flags, ...) \
    { \
        va_list args; \
        va_start(args, flags); \
        mode_t mode = va_arg(args, mode_t); \
        va_end(args); \
        REAL(name); \
        return strikes("open", is_meant(path)) ? -1 : real(folder, path, flags, mode); \
    }
OPENING(open)
OPENING(open64)
OPENING_AT(openat)
OPENING_AT(openat64)

ssize_t read(int fd, void *into, size_t len)
{
    REAL(read);
    return strikes("read", is_meant_fd(fd)) ? -1 : real(fd, into, len);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    REAL(write);
    return strikes("write", is_meant_fd(fd)) ? -1 : real(fd, bytes, len);
}

ssize_t pread(int fd, void *into, size_t len, off_t at)
{
    REAL(pread);
    return strikes("pread", is_meant_fd(fd)) ? -1 : real(fd, into, len, at);
}

ssize_t pread64(int fd, void *into, size_t len, off64_t at)
{
    REAL(pread64);
    return strikes("pread", is_meant_fd(fd)) ? -1 : real(fd, into, len, at);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    REAL(pwrite);
    return strikes("pwrite", is_meant_fd(fd)) ? -1 : real(fd, bytes, len, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    REAL(pwrite64);
    return strikes("pwrite", is_meant_fd(fd)) ? -1 : real(fd, bytes, len, at);
}

DIR *opendir(const char *path)
{
    REAL(opendir);
    return strikes("opendir", is_meant(path)) ? NULL : real(path);
}

struct dirent *readdir(DIR *folder)
{
    REAL(readdir);
    return strikes("readdir", true) ? NULL : real(folder);
}

struct dirent64 *readdir64(DIR *folder)
{
    REAL(readdir64);
    return strikes("readdir", true) ? NULL : real(folder);
}

int stat(const char *path, struct stat *info)
{
    REAL(stat);
    return strikes("stat", is_meant(path)) ? -1 : real(path, info);
}

int fstat(int fd, struct stat *info)
{
    REAL(fstat);
    return strikes("fstat", is_meant_fd(fd)) ? -1 : real(fd, info);
}

int flock(int fd, int how)
{
    REAL(flock);
    return strikes("flock", is_meant_fd(fd)) ? -1 : real(fd, how);
}

int fsync(int fd)
{
    REAL(fsync);
    return strikes("fsync", is_meant_fd(fd)) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return strikes("fdatasync", is_meant_fd(fd)) ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
    REAL(rename);
    return strikes("rename", is_meant(to)) ? -1 : real(from, to);
}

int ftruncate(int fd, off_t size)
{
    REAL(ftruncate);
    return strikes("ftruncate", is_meant_fd(fd)) ? -1 : real(fd, size);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(mkdir);
    return strikes("mkdir", is_meant(path)) ? -1 : real(path, mode);
}

void *malloc(size_t size)
{
    REAL(malloc);
    return strikes("malloc", true) ? NULL : real(size);
}

/* shim: LD_PRELOAD library that lets one system or library call fail. FAULT=CALL:N:ERRNO[:always] fails the N-th such
 * call (from 1; with `always` and every later one) with that error number; with FAULT_PATH=TEXT only calls about a file
 * whose name holds that text count (and those that are about no file); FAULT_COUNTS=FILE appends a line `CALL COUNT` a
 * call at the end, and `failed 1` when the fault was met. Calls with another name for the same thing (open, openat,
 * open64, fopen) count as one. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum call {
    OPEN, READ, PREAD, WRITE, PWRITE, CLOSE, FSYNC, MALLOC, MMAP, THREAD, RENAME, UNLINK, TRUNCATE, STAT, OPENDIR,
    READDIR, FLOCK, PIPE, POLL, SEEK, MKDIR, CALLS
};
static const char *const names[CALLS] = {
    "open", "read", "pread", "write", "pwrite", "close", "fsync", "malloc", "mmap", "thread", "rename", "unlink",
    "truncate", "stat", "opendir", "readdir", "flock", "pipe", "poll", "seek", "mkdir",
};

static atomic_ulong counts[CALLS];
static enum call failing = CALLS;
static const char *meant; /* FAULT_PATH */
static unsigned long number;
static int error_number;
static bool always;
static atomic_bool ready, failed;

/* Whether this call is the one to fail; then errno is set. */
static bool fails(enum call call)
{
    if (!ready)
        return false;
    unsigned long n = ++counts[call];
    if (call != failing || (always ? n < number : n != number))
        return false;
    failed = true;
    errno = error_number;
    return true;
}

/* The same for a call about a file: only if it is meant. */
static bool fails_at(enum call call, const char *path)
{
    return (!meant || (path && strstr(path, meant))) && fails(call);
}

/* Between threads of one process (an eventfd) nothing fails for these reasons, and libraries end the program then. */
static bool fails_fd(enum call call, int fd)
{
    char link[64], path[4096];
    if (!ready)
        return false;
    int error = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof path - 1);
    path[len > 0 ? len : 0] = '\0';
    errno = error;
    return strcmp(path, "anon_inode:[eventfd]") != 0 && fails_at(call, path);
}

__attribute__((constructor)) static void start(void)
{
    const char *fault = getenv("FAULT");
    meant = getenv("FAULT_PATH");
    if (fault) {
        for (enum call call = 0; call < CALLS; call++) {
            size_t len = strlen(names[call]);
            if (strncmp(fault, names[call], len) == 0 && fault[len] == ':') {
                char *end;
                failing = call;
                number = strtoul(fault + len + 1, &end, 10);
                error_number = (int)strtol(end + 1, &end, 10);
                always = *end == ':';
            }
        }
    }
    ready = true;
}

__attribute__((destructor)) static void end(void)
{
    ready = false;
    const char *path = getenv("FAULT_COUNTS");
    int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (fd < 0)
        return;
    char text[1024];
    int len = 0;
    for (enum call call = 0; call < CALLS; call++)
        len += snprintf(text + len, sizeof text - (size_t)len, "%s %lu\n", names[call], (unsigned long)counts[call]);
    len += snprintf(text + len, sizeof text - (size_t)len, "failed %d\n", (int)failed);
    (void)!syscall(SYS_write, fd, text, (size_t)len);
    syscall(SYS_close, fd);
}

#define NEXT(name) \
    static __typeof__(name) *next; \
    if (!next) \
        next = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

/* For the loader (dlopen) and for C++ (libsnappy): both end a program that has no memory in their own ways. */
static bool is_for_others(const void *caller)
{
    Dl_info info;
    return dladdr(caller, &info) != 0 && info.dli_fname &&
           (strstr(info.dli_fname, "/ld-linux") || strstr(info.dli_fname, "/libstdc++"));
}

static bool fails_memory(const void *caller)
{
    return ready && !is_for_others(caller) && fails(MALLOC);
}

#define CALLER __builtin_return_address(0)
void *malloc(size_t size) { return fails_memory(CALLER) ? NULL : __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return fails_memory(CALLER) ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return fails_memory(CALLER) ? NULL : __libc_realloc(old, size); }

#define MODE(mode, flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list args; \
        va_start(args, last); \
        mode = va_arg(args, mode_t); \
        va_end(args); \
    }

int open(const char *path, int flags, ...)
{
    MODE(mode, flags, flags)
    NEXT(open);
    return fails(OPEN) ? -1 : next(path, flags, mode);
}
int open64(const char *path, int flags, ...)
{
    MODE(mode, flags, flags)
    NEXT(open64);
    return fails(OPEN) ? -1 : next(path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...)
{
    MODE(mode, flags, flags)
    NEXT(openat);
    return fails(OPEN) ? -1 : next(folder, path, flags, mode);
}
/* What fortified code calls. */
int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags) { return open64(path, flags); }
int __openat_2(int folder, const char *path, int flags) { return openat(folder, path, flags); }
FILE *fopen(const char *path, const char *mode) { NEXT(fopen); return fails_at(OPEN, path) ? NULL : next(path, mode); }
FILE *fopen64(const char *path, const char *mode)
{
    NEXT(fopen64);
    return fails_at(OPEN, path) ? NULL : next(path, mode);
}
int mkostemp(char *path, int flags) { NEXT(mkostemp); return fails_at(OPEN, path) ? -1 : next(path, flags); }
int mkstemp(char *path) { NEXT(mkstemp); return fails_at(OPEN, path) ? -1 : next(path); }
ssize_t read(int fd, void *into, size_t len) { NEXT(read); return fails_fd(READ, fd) ? -1 : next(fd, into, len); }
ssize_t readv(int fd, const struct iovec *parts, int count)
{
    NEXT(readv);
    return fails_fd(READ, fd) ? -1 : next(fd, parts, count);
}
ssize_t pread(int fd, void *into, size_t len, off_t at)
{
    NEXT(pread);
    return fails_fd(PREAD, fd) ? -1 : next(fd, into, len, at);
}
ssize_t pread64(int fd, void *into, size_t len, off64_t at)
{
    NEXT(pread64);
    return fails_fd(PREAD, fd) ? -1 : next(fd, into, len, at);
}
ssize_t __read_chk(int fd, void *into, size_t len, size_t room) { (void)room; return read(fd, into, len); }
ssize_t __pread_chk(int fd, void *into, size_t len, off_t at, size_t room)
{
    (void)room;
    return pread(fd, into, len, at);
}
ssize_t __pread64_chk(int fd, void *into, size_t len, off64_t at, size_t room)
{
    (void)room;
    return pread64(fd, into, len, at);
}
/* Messages on stderr are how a fault is told: they are spared. */
ssize_t write(int fd, const void *bytes, size_t len)
{
    NEXT(write);
    return fd != 2 && fails_fd(WRITE, fd) ? -1 : next(fd, bytes, len);
}
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    NEXT(writev);
    return fails_fd(WRITE, fd) ? -1 : next(fd, parts, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    NEXT(pwrite);
    return fails_fd(PWRITE, fd) ? -1 : next(fd, bytes, len, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    NEXT(pwrite64);
    return fails_fd(PWRITE, fd) ? -1 : next(fd, bytes, len, at);
}
/* As Linux does it, the descriptor is gone also when close fails. */
int close(int fd)
{
    NEXT(close);
    if (fails_fd(CLOSE, fd)) {
        int error = errno;
        next(fd);
        errno = error;
        return -1;
    }
    return next(fd);
}
int fsync(int fd) { NEXT(fsync); return fails_fd(FSYNC, fd) ? -1 : next(fd); }
int fdatasync(int fd) { NEXT(fdatasync); return fails_fd(FSYNC, fd) ? -1 : next(fd); }
void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    NEXT(mmap);
    return fails(MMAP) ? MAP_FAILED : next(at, len, protection, flags, fd, offset);
}
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument)
{
    NEXT(pthread_create);
    return fails(THREAD) ? error_number : next(thread, attributes, body, argument);
}
int rename(const char *from, const char *to) { NEXT(rename); return fails_at(RENAME, to) ? -1 : next(from, to); }
int renameat(int a, const char *from, int b, const char *to)
{
    NEXT(renameat);
    return fails_at(RENAME, to) ? -1 : next(a, from, b, to);
}
int unlink(const char *path) { NEXT(unlink); return fails_at(UNLINK, path) ? -1 : next(path); }
int unlinkat(int folder, const char *path, int flags)
{
    NEXT(unlinkat);
    return fails_at(UNLINK, path) ? -1 : next(folder, path, flags);
}
int ftruncate(int fd, off_t len) { NEXT(ftruncate); return fails_fd(TRUNCATE, fd) ? -1 : next(fd, len); }
int ftruncate64(int fd, off64_t len) { NEXT(ftruncate64); return fails_fd(TRUNCATE, fd) ? -1 : next(fd, len); }
int stat(const char *path, struct stat *into) { NEXT(stat); return fails_at(STAT, path) ? -1 : next(path, into); }
int fstat(int fd, struct stat *into) { NEXT(fstat); return fails_fd(STAT, fd) ? -1 : next(fd, into); }
int lstat(const char *path, struct stat *into) { NEXT(lstat); return fails_at(STAT, path) ? -1 : next(path, into); }
int fstatat(int f, const char *path, struct stat *into, int flags)
{
    NEXT(fstatat);
    return fails_at(STAT, path) ? -1 : next(f, path, into, flags);
}
DIR *opendir(const char *path) { NEXT(opendir); return fails_at(OPENDIR, path) ? NULL : next(path); }
DIR *fdopendir(int fd) { NEXT(fdopendir); return fails_fd(OPENDIR, fd) ? NULL : next(fd); }
struct dirent *readdir(DIR *folder) { NEXT(readdir); return fails(READDIR) ? NULL : next(folder); }
struct dirent64 *readdir64(DIR *folder) { NEXT(readdir64); return fails(READDIR) ? NULL : next(folder); }
int flock(int fd, int operation) { NEXT(flock); return fails_fd(FLOCK, fd) ? -1 : next(fd, operation); }
int pipe(int ends[2]) { NEXT(pipe); return fails(PIPE) ? -1 : next(ends); }
int pipe2(int ends[2], int flags) { NEXT(pipe2); return fails(PIPE) ? -1 : next(ends, flags); }
int poll(struct pollfd *watched, nfds_t count, int wait)
{
    NEXT(poll);
    return fails(POLL) ? -1 : next(watched, count, wait);
}
off_t lseek(int fd, off_t offset, int whence)
{
    NEXT(lseek);
    return fails_fd(SEEK, fd) ? -1 : next(fd, offset, whence);
}
off64_t lseek64(int fd, off64_t offset, int whence)
{
    NEXT(lseek64);
    return fails_fd(SEEK, fd) ? -1 : next(fd, offset, whence);
}
int mkdir(const char *path, mode_t mode) { NEXT(mkdir); return fails_at(MKDIR, path) ? -1 : next(path, mode); }

/* Small files of the local side: read whole, replaced whole, locked. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/local_inner.h"

enum { SMALL_FILE_MAX = 64 * 1024 * 1024 };

bool local_fail_errno(struct broker_error *error, const char *what)
{
    return broker_fail(error, BROKER_FAILED, "%.400s: %s", what, strerror(errno));
}

bool local_path(char *path, struct broker_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(path, LOCAL_PATH_MAX, format, args);
    va_end(args);
    if (len >= 0 && len < LOCAL_PATH_MAX)
        return true;
    return broker_fail(error, BROKER_INVALID, "%.200s…: the path is too long", path);
}

static bool plain_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

const char *local_escape(struct arena *arena, const char *name)
{
    size_t len = strlen(name);
    char *file = arena_alloc(arena, 3 * len + 1), *at = file;
    for (size_t i = 0; i < len; i++) {
        bool plain = plain_character(name[i]) && !(i == 0 && name[i] == '.');
        if (plain)
            *at++ = name[i];
        else
            at += sprintf(at, "%%%02X", (unsigned char)name[i]);
    }
    *at = '\0';
    return file;
}

const char *local_unescape(struct arena *arena, const char *file)
{
    char *name = arena_alloc(arena, strlen(file) + 1), *at = name;
    for (; *file; file++) {
        unsigned byte;
        if (*file == '%' && sscanf(file + 1, "%2X", &byte) == 1) {
            *at++ = (char)byte;
            file += 2;
        } else {
            *at++ = *file;
        }
    }
    *at = '\0';
    return name;
}

bool local_make_folder(const char *path, struct broker_error *error)
{
    char part[LOCAL_PATH_MAX];
    if (!local_path(part, error, "%s", path))
        return false;
    for (char *slash = part + 1;; slash++) {
        if (*slash != '/' && *slash != '\0')
            continue;
        bool last = *slash == '\0';
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return local_fail_errno(error, part);
        if (last)
            return true;
        *slash = '/';
    }
}

int local_load(const char *path, struct buffer *into, struct broker_error *error)
{
    if (file_load(path, SMALL_FILE_MAX, into))
        return 1;
    if (errno == ENOENT || errno == ENOTDIR)
        return 0;
    local_fail_errno(error, path);
    return -1;
}

/* The name in the folder must be on disk too, not only the file. */
static bool sync_folder_of(const char *path)
{
    char folder[LOCAL_PATH_MAX];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = fsync(fd) == 0;
    close(fd);
    return good;
}

bool local_replace(const char *path, const char *bytes, size_t len, bool durable, struct broker_error *error)
{
    char aside[LOCAL_PATH_MAX];
    if (!local_path(aside, error, "%s.%ld~", path, (long)getpid()))
        return false;
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return local_fail_errno(error, aside);
    bool good = file_write(fd, bytes, len) && (!durable || fsync(fd) == 0);
    good = close(fd) == 0 && good;
    good = good && rename(aside, path) == 0 && (!durable || sync_folder_of(path));
    if (!good) {
        local_fail_errno(error, path);
        unlink(aside);
    }
    return good;
}

int local_lock(const char *path, bool shared, bool wait, struct broker_error *error)
{
    error->class = BROKER_OK;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 && (errno == EACCES || errno == EROFS) && shared)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        local_fail_errno(error, path);
        return -1;
    }
    int how = (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);
    while (flock(fd, how) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            local_fail_errno(error, path);
        close(fd);
        return -1;
    }
    return fd;
}

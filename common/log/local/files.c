/* Small files of the local side: read whole, replaced whole, locked. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/crc32c.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"

enum { SMALL_FILE_MAX = 64 * 1024 * 1024 };

int local_file_open_own(int folder, const char *name, int flags)
{
    struct stat info;
    int fd = file_open_at(folder, name, flags | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (fd < 0 || (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

bool local_file_flock(int fd, int how)
{
    int result;
    do
        result = flock(fd, how);
    while (result != 0 && errno == EINTR);
    return result == 0;
}

int local_folder_next(DIR *folder, const char **name)
{
    struct dirent *entry;
    do {
        errno = 0;
        entry = readdir(folder);
    } while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
    if (entry)
        *name = entry->d_name;
    return entry ? 1 : errno ? -1 : 0;
}

int64_t local_file_size(int fd)
{
    struct stat info;
    return fstat(fd, &info) == 0 ? (int64_t)info.st_size : -1;
}

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
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
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
    if (errno == EFBIG)
        broker_fail(error, BROKER_DAMAGED, "%.400s: more than %d bytes: not a file of this log", path, SMALL_FILE_MAX);
    else
        local_fail_errno(error, path);
    return -1;
}

bool local_replace(const char *path, const char *bytes, size_t len, bool durable, struct broker_error *error)
{
    char aside[LOCAL_PATH_MAX];
    if (!local_path(aside, error, "%s.%ld~", path, (long)getpid()))
        return false;
    int fd = file_open(aside, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        return local_fail_errno(error, aside);
    bool good = file_write(fd, bytes, len) && (!durable || fsync(fd) == 0);
    good = close(fd) == 0 && good;
    good = good && rename(aside, path) == 0 && (!durable || file_sync_folder(path));
    if (!good) {
        local_fail_errno(error, path);
        unlink(aside);
    }
    return good;
}

int local_lock(const char *path, bool shared, bool wait, struct broker_error *error)
{
    error->class = BROKER_OK;
    int fd = file_open(path, O_RDWR | O_CREAT, 0666);
    if (fd < 0 && (errno == EACCES || errno == EROFS) && shared)
        fd = file_open(path, O_RDONLY, 0);
    if (fd < 0) {
        local_fail_errno(error, path);
        return -1;
    }
    int how = (shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);
    if (!local_file_flock(fd, how)) {
        if (wait || errno != EWOULDBLOCK)
            local_fail_errno(error, path);
        close(fd);
        return -1;
    }
    return fd;
}

static const char seal[] = "crc32c ";
enum { SEAL = sizeof seal - 1 + 8 + 1 }; /* the word, eight digits, the newline */

int local_load_text(const char *path, struct buffer *into, struct broker_error *error)
{
    int got = local_load(path, into, error);
    if (got <= 0 || into->len < SEAL || memcmp(into->data + into->len - SEAL, seal, sizeof seal - 1) != 0)
        return got;
    char wanted[SEAL + 1];
    into->len -= SEAL;
    snprintf(wanted, sizeof wanted, "%s%08" PRIx32 "\n", seal, crc32c(0, into->data, into->len));
    bool good = memcmp(into->data + into->len, wanted, SEAL) == 0;
    into->data[into->len] = '\0';
    if (!good)
        broker_fail(error, BROKER_DAMAGED, "%.400s: damaged (its checksum is wrong)", path);
    return good ? 1 : -1;
}

bool local_replace_text(const char *path, const struct buffer *text, bool durable, struct broker_error *error)
{
    struct buffer sealed = {0};
    buffer_add(&sealed, text->data, text->len);
    buffer_add_format(&sealed, "%s%08" PRIx32 "\n", seal, crc32c(0, text->data, text->len));
    bool good = local_replace(path, sealed.data, sealed.len, durable, error);
    buffer_free(&sealed);
    return good;
}

int local_load_number(const char *path, const char *what, int64_t *number, struct broker_error *error)
{
    struct buffer text = {0};
    int got = local_load_text(path, &text, error);
    if (got > 0) {
        char *end;
        errno = 0;
        *number = strtoll(text.data, &end, 10);
        if (errno || text.data[0] < '0' || text.data[0] > '9' || strcmp(end, "\n") != 0) {
            broker_fail(error, BROKER_DAMAGED, "%.300s: damaged: not %s", path, what);
            got = -1;
        }
    }
    buffer_free(&text);
    return got;
}

bool local_replace_number(const char *path, int64_t number, bool durable, struct broker_error *error)
{
    struct buffer text = {0};
    buffer_add_format(&text, "%" PRId64 "\n", number);
    bool good = local_replace_text(path, &text, durable, error);
    buffer_free(&text);
    return good;
}

int local_exists(const char *path, struct broker_error *error)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return 1;
    if (errno == ENOENT || errno == ENOTDIR)
        return 0;
    local_fail_errno(error, path);
    return -1;
}

bool local_move_aside(const char *path, bool keep, char *aside, struct broker_error *error)
{
    for (int number = 1;; number++) {
        if (!local_path(aside, error, number == 1 ? "%s~damaged" : "%s~damaged%d", path, number))
            return false;
        if (link(path, aside) == 0)
            break;
        if (errno != EEXIST)
            return local_fail_errno(error, aside);
    }
    return file_sync_folder(aside) && (keep || unlink(path) == 0) ? true : local_fail_errno(error, path);
}

/* A Delta table in a local folder. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "delta/place.h"

static bool fail(const char *path, struct problem *problem)
{
    return problem_set(problem, STATUS_IO, "%s: %s", path, strerror(errno));
}

static bool list(void *context, delta_found *found, void *into, struct problem *problem)
{
    struct buffer path = {0};
    const struct dirent *entry;
    buffer_add_format(&path, "%s/%s", (const char *)context, DELTA_LOG);
    buffer_add_char(&path, '\0');
    DIR *folder = opendir(path.data);
    bool good = folder || errno == ENOENT || fail(path.data, problem);
    for (errno = 0; folder && (entry = readdir(folder)) != NULL; errno = 0) {
        struct stat info;
        if (fstatat(dirfd(folder), entry->d_name, &info, 0) == 0 && S_ISREG(info.st_mode))
            found(into, entry->d_name, (uint64_t)info.st_size);
    }
    if (folder && errno != 0)
        good = fail(path.data, problem);
    if (folder)
        closedir(folder);
    buffer_free(&path);
    return good;
}

static bool read_bytes(void *context, const char *file, uint64_t at, void *into, size_t len, struct problem *problem)
{
    struct buffer path = {0};
    buffer_add_format(&path, "%s/%s", (const char *)context, file);
    buffer_add_char(&path, '\0');
    int fd = file_open(path.data, O_RDONLY, 0);
    ssize_t n = fd >= 0 ? file_read_at(fd, into, len, at) : -1;
    bool good = n == (ssize_t)len || (n < 0 ? fail(path.data, problem)
                                            : problem_set(problem, STATUS_IO, "%s: it is shorter now", path.data));
    if (fd >= 0)
        close(fd);
    buffer_free(&path);
    return good;
}

struct delta_place delta_place_local(const char *path)
{
    return (struct delta_place){
        .context = (void *)(uintptr_t)path, .name = path, .list = list, .read = read_bytes};
}

#include "base/scatter.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/index.h"
#include "base/mem.h"

enum {
    OPEN_MOST = 64,                /* files open at once */
    BUFFER_MOST = 64 * 1024,       /* of one file, before it is written; */
    MEMBER_MOST = 1024 * 1024,     /* where it is compressed then */
    MEMORY_MOST = 32 * 1024 * 1024, /* of all buffers */
    NAME_MOST = 255,               /* bytes between slashes */
    NUMBER_TEXT = 24,
};

#define HIDDEN ".atools-split-"

struct target {
    char *name;
    struct buffer waiting;
    int fd;        /* -1: not open */
    uint64_t used; /* when it was last, by scatter.clock */
};

struct scatter {
    char *hidden; /* the folder in which the files grow, */
    int folder;   /* open and locked */
    struct target *targets;
    size_t count, cap;
    struct index index; /* by name */
    size_t open[OPEN_MOST], open_count;
    size_t memory; /* in all buffers */
    uint64_t clock;
    struct buffer head;
    struct shrink_options shrink;
};

/* The one that is removed when the program ends before it is finished. */
static struct scatter *unfinished;

static bool fail(struct problem *problem, const char *name)
{
    return problem_set(problem, STATUS_IO, "%s: %s", name, strerror(errno));
}

/* Removes a hidden folder and what is in it, all of it files. */
static void remove_hidden(int parent, const char *name, int fd)
{
    DIR *files = fdopendir(dup(fd));
    for (struct dirent *entry; files && (entry = readdir(files)) != NULL;)
        if (entry->d_name[0] != '.')
            unlinkat(fd, entry->d_name, 0);
    if (files)
        closedir(files);
    unlinkat(parent, name, AT_REMOVEDIR);
}

static void abandon(void)
{
    if (unfinished)
        remove_hidden(AT_FDCWD, unfinished->hidden, unfinished->folder);
    unfinished = NULL;
}

/* What others left that were killed: nobody holds the lock. */
static void remove_stale(const char *folder)
{
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries)) != NULL;) {
        if (strncmp(entry->d_name, HIDDEN, sizeof HIDDEN - 1) != 0)
            continue;
        int fd = file_open_at(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            remove_hidden(dirfd(entries), entry->d_name, fd);
        if (fd >= 0)
            close(fd);
    }
    if (entries)
        closedir(entries);
}

/* Makes the folders above the last slash of a path. */
static bool make_parents(const char *path, struct problem *problem)
{
    bool good = true;
    for (const char *slash = strchr(path + 1, '/'); slash && good; slash = strchr(slash + 1, '/')) {
        char *folder = mem_copy(path, (size_t)(slash - path));
        good = mkdir(folder, 0777) == 0 || errno == EEXIST || fail(problem, folder);
        free(folder);
    }
    return good;
}

struct scatter *scatter_new(const char *folder, const struct shrink_options *shrink, struct problem *problem)
{
    struct buffer path = {0};
    buffer_add_format(&path, "%s/%sXXXXXX", strcmp(folder, "/") == 0 ? "" : folder, HIDDEN);
    buffer_add_char(&path, '\0');
    int fd = -1;
    if (make_parents(path.data, problem)) {
        remove_stale(folder);
        if (mkdtemp(path.data))
            fd = file_open(path.data, O_RDONLY | O_DIRECTORY, 0);
        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
            fail(problem, path.data);
    }
    if (problem->status != STATUS_OK) {
        buffer_free(&path);
        return NULL;
    }
    struct scatter *scatter = mem_zero(1, sizeof *scatter);
    scatter->hidden = path.data;
    scatter->folder = fd;
    scatter->shrink = *shrink;
    static bool registered; /* atexit forgets nothing */
    if (!registered)
        atexit(abandon);
    registered = true;
    unfinished = scatter;
    return scatter;
}

void scatter_head(struct scatter *scatter, const char *bytes, size_t len)
{
    buffer_add(&scatter->head, bytes, len);
}

static bool close_target(struct scatter *scatter, size_t place, struct problem *problem)
{
    struct target *target = &scatter->targets[scatter->open[place]];
    bool good = close(target->fd) == 0 || errno == EINTR || fail(problem, target->name);
    target->fd = -1;
    scatter->open[place] = scatter->open[--scatter->open_count];
    return good;
}

/* Closes the one that was not written to for longest. */
static bool close_oldest(struct scatter *scatter, struct problem *problem)
{
    size_t oldest = 0;
    for (size_t i = 1; i < scatter->open_count; i++)
        if (scatter->targets[scatter->open[i]].used < scatter->targets[scatter->open[oldest]].used)
            oldest = i;
    return close_target(scatter, oldest, problem);
}

/* Opens a target's file, and closes others where there are too many. */
static bool open_target(struct scatter *scatter, size_t number, struct problem *problem)
{
    struct target *target = &scatter->targets[number];
    target->used = ++scatter->clock;
    if (target->fd >= 0)
        return true;
    if (scatter->open_count == OPEN_MOST && !close_oldest(scatter, problem))
        return false;
    char file[NUMBER_TEXT];
    snprintf(file, sizeof file, "%zu", number);
    while ((target->fd = file_open_at(scatter->folder, file, O_WRONLY | O_CREAT | O_APPEND, 0666)) < 0) {
        if ((errno != EMFILE && errno != ENFILE) || scatter->open_count == 0)
            return fail(problem, target->name);
        if (!close_oldest(scatter, problem))
            return false;
    }
    scatter->open[scatter->open_count++] = number;
    return true;
}

/* A member of a compressed file. */
static bool shrink_waiting(struct scatter *scatter, struct target *target, struct problem *problem)
{
    struct buffer member = {0};
    struct shrinker *shrinker = shrink_new(&scatter->shrink);
    bool good = shrink_add(shrinker, target->waiting.data, target->waiting.len, &member) &&
                shrink_end(shrinker, &member);
    if (!good)
        problem_set(problem, STATUS_IO, "%s: %s failed", target->name, shrink_name(shrinker));
    else
        good = file_write(target->fd, member.data, member.len) || fail(problem, target->name);
    shrink_free(shrinker);
    buffer_free(&member);
    return good;
}

static bool flush_target(struct scatter *scatter, size_t number, struct problem *problem)
{
    struct target *target = &scatter->targets[number];
    if (target->waiting.len == 0)
        return true;
    if (!open_target(scatter, number, problem))
        return false;
    if (scatter->shrink.form != EXPAND_NONE) {
        if (!shrink_waiting(scatter, target, problem))
            return false;
    } else if (!file_write(target->fd, target->waiting.data, target->waiting.len)) {
        return fail(problem, target->name);
    }
    scatter->memory -= target->waiting.len;
    buffer_free(&target->waiting);
    return true;
}

static bool flush_all(struct scatter *scatter, struct problem *problem)
{
    for (size_t i = 0; i < scatter->count; i++)
        if (!flush_target(scatter, i, problem))
            return false;
    return true;
}

/* Whether a file may be called so; its folders are made. */
static bool check_name(const char *name, struct problem *problem)
{
    struct stat info;
    for (const char *at = name; *at;) {
        size_t len = strcspn(at, "/");
        if (len > NAME_MOST)
            return problem_set(problem, STATUS_DATA, "a file's name would have %zu bytes, more than %d: %.60s...", len,
                               NAME_MOST, at);
        at += len + (at[len] == '/');
    }
    if (!make_parents(name, problem))
        return false;
    if (stat(name, &info) == 0 && S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return fail(problem, name);
    }
    return true;
}

/* The number of the target, made if there is none; SIZE_MAX: it cannot be. */
static size_t target_of(struct scatter *scatter, const char *name, struct problem *problem)
{
    uint64_t hash = index_hash(name, strlen(name));
    for (size_t at = index_first(&scatter->index, hash); at != INDEX_NONE; at = index_next(&scatter->index, hash, at))
        if (strcmp(scatter->targets[index_number(&scatter->index, at)].name, name) == 0)
            return index_number(&scatter->index, at);
    if (!check_name(name, problem))
        return SIZE_MAX;
    if (scatter->count == scatter->cap) {
        scatter->cap = scatter->cap ? 2 * scatter->cap : 16;
        scatter->targets = mem_resize(scatter->targets, scatter->cap, sizeof *scatter->targets);
    }
    struct target *target = &scatter->targets[scatter->count];
    *target = (struct target){.name = mem_copy(name, strlen(name)), .fd = -1};
    buffer_add(&target->waiting, scatter->head.data, scatter->head.len);
    scatter->memory += scatter->head.len;
    index_add(&scatter->index, hash, scatter->count);
    return scatter->count++;
}

bool scatter_write(struct scatter *scatter, const char *name, const char *bytes, size_t len, struct problem *problem)
{
    size_t number = target_of(scatter, name, problem);
    if (number == SIZE_MAX)
        return false;
    struct target *target = &scatter->targets[number];
    buffer_add(&target->waiting, bytes, len);
    scatter->memory += len;
    if (target->waiting.len >= (scatter->shrink.form == EXPAND_NONE ? (size_t)BUFFER_MOST : (size_t)MEMBER_MOST))
        return flush_target(scatter, number, problem);
    return scatter->memory < MEMORY_MOST || flush_all(scatter, problem);
}

static bool place_all(struct scatter *scatter, struct problem *problem)
{
    while (scatter->open_count > 0)
        if (!close_target(scatter, 0, problem))
            return false;
    for (size_t i = 0; i < scatter->count; i++) {
        char file[NUMBER_TEXT];
        snprintf(file, sizeof file, "%zu", i);
        if (renameat(scatter->folder, file, AT_FDCWD, scatter->targets[i].name) != 0)
            return fail(problem, scatter->targets[i].name);
    }
    return true;
}

bool scatter_finish(struct scatter *scatter, bool whole, struct problem *problem)
{
    bool good = !whole || (flush_all(scatter, problem) && place_all(scatter, problem));
    abandon();
    close(scatter->folder);
    for (size_t i = 0; i < scatter->count; i++) {
        if (scatter->targets[i].fd >= 0)
            close(scatter->targets[i].fd);
        buffer_free(&scatter->targets[i].waiting);
        free(scatter->targets[i].name);
    }
    free(scatter->targets);
    index_free(&scatter->index);
    buffer_free(&scatter->head);
    free(scatter->hidden);
    free(scatter);
    return good;
}

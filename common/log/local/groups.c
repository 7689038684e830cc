/* Consumer groups of the local side: a committed offset and a lock for each partition. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"

static bool group_path(const struct local *local, const char *group, const char *topic, int32_t partition,
                       const char *suffix, char *path, struct broker_error *error)
{
    struct arena arena = {0};
    const char *folder = local_escape(&arena, group);
    bool good = topic ? local_path(path, error, "%s/.atools/groups/%s/%s-%" PRId32 "%s", local->dir, folder, topic,
                                   partition, suffix)
                      : local_path(path, error, "%s/.atools/groups/%s", local->dir, folder);
    arena_free(&arena);
    return good;
}

static bool make_group(const struct local *local, const char *group, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    return group_path(local, group, NULL, 0, "", path, error) && local_make_folder(path, error);
}

bool local_group_read(const struct local *local, const char *group, const char *topic, int32_t partition,
                      int64_t *offset, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    *offset = -1;
    return group_path(local, group, topic, partition, "", path, error) &&
           local_load_number(path, "the offset that a group has committed (atopic reset sets it anew)", offset,
                             error) >= 0;
}

bool local_group_write(const struct local *local, const char *group, const char *topic, int32_t partition,
                       int64_t offset, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    return make_group(local, group, error) && group_path(local, group, topic, partition, "", path, error) &&
           local_replace_number(path, offset, local->sync, error);
}

int local_group_claim(const struct local *local, const char *group, const char *topic, int32_t partition,
                      struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    error->class = BROKER_OK;
    if (!make_group(local, group, error) || !group_path(local, group, topic, partition, "%lock", path, error))
        return -1;
    int fd = local_lock(path, false, false, error);
    if (fd >= 0) { /* who it is, for `groups` */
        char text[32];
        int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
        if (ftruncate(fd, 0) != 0 || !file_write_at(fd, text, (size_t)len, 0))
            local_fail_errno(error, path); /* only a remark is lost */
        error->class = BROKER_OK;
    }
    return fd;
}

/* One file of a group's folder: "TOPIC-N" or "TOPIC-N%lock". */
static bool parse_file(struct arena *arena, const char *file, struct broker_position *position, bool *lock)
{
    const char *percent = strchr(file, '%'), *dash = strrchr(file, '-');
    size_t len = percent ? (size_t)(percent - file) : strlen(file);
    if (file[0] == '.' || strchr(file, '~') || !dash || dash == file || (percent && strcmp(percent, "%lock") != 0))
        return false;
    char *end;
    long partition = strtol(dash + 1, &end, 10);
    if (end != file + len || partition < 0 || partition >= LOCAL_PARTITIONS_MAX)
        return false;
    *position = (struct broker_position){arena_copy(arena, file, (size_t)(dash - file)), (int32_t)partition, -1};
    *lock = percent != NULL;
    return true;
}

static int compare_positions(const void *a, const void *b)
{
    const struct broker_position *x = a, *y = b;
    int order = strcmp(x->topic, y->topic);
    return order ? order : (x->partition > y->partition) - (x->partition < y->partition);
}

/* The partitions of a group's folder with a lock file (locks) or with a committed offset, sorted. False and class
 * BROKER_UNKNOWN if there is no such group. */
static bool group_files(const struct local *local, const char *group, bool locks, struct arena *arena,
                        struct broker_position **positions, size_t *count, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    *count = 0;
    *positions = NULL;
    if (!group_path(local, group, NULL, 0, "", path, error))
        return false;
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? broker_fail(error, BROKER_UNKNOWN, "group %s: there is no such group", group)
                               : local_fail_errno(error, path);
    struct buffer found = {0};
    const char *name;
    int got;
    while ((got = local_folder_next(folder, &name)) > 0) {
        struct broker_position position;
        bool lock;
        if (parse_file(arena, name, &position, &lock) && lock == locks) {
            buffer_add(&found, &position, sizeof position);
            ++*count;
        }
    }
    if (got < 0)
        local_fail_errno(error, path);
    closedir(folder);
    if (got == 0 && *count > 0) {
        *positions = arena_alloc(arena, found.len);
        memcpy(*positions, found.data, found.len);
        qsort(*positions, *count, sizeof **positions, compare_positions);
    }
    buffer_free(&found);
    return got == 0;
}

bool local_committed(struct broker *broker, const char *group, struct arena *arena,
                     const struct broker_position **positions, size_t *count, struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    struct broker_position *found;
    if (!group_files(local, group, false, arena, &found, count, error)) {
        *positions = NULL;
        *count = 0;
        return error->class == BROKER_UNKNOWN;
    }
    for (size_t i = 0; i < *count; i++)
        if (!local_group_read(local, group, found[i].topic, found[i].partition, &found[i].offset, error))
            return false;
    *positions = found;
    return true;
}

/* The process that reads a partition in this group, as text; NULL: nobody. */
static bool living_reader(const struct local *local, const char *group, const struct broker_position *position,
                          struct arena *arena, const char **reader, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    struct broker_error ignored;
    struct buffer text = {0};
    *reader = NULL;
    if (!group_path(local, group, position->topic, position->partition, "%lock", path, error))
        return false;
    int fd = local_lock(path, true, false, error);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 || error->class != BROKER_OK)
        return fd >= 0;
    *reader = "unknown";
    if (local_load(path, &text, &ignored) == 1)
        *reader = arena_copy(arena, text.data, strcspn(text.data, "\n"));
    buffer_free(&text);
    return true;
}

static bool describe_group(const struct local *local, const char *name, struct arena *arena, struct broker_group *group,
                           struct broker_error *error)
{
    struct broker_position *locks;
    size_t count;
    if (!group_files(local, name, true, arena, &locks, &count, error))
        return false;
    struct broker_member *members = arena_alloc(arena, (count + 1) * sizeof *members);
    struct broker_position *assigned = arena_alloc(arena, (count + 1) * (count + 1) * sizeof *assigned);
    size_t member_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *reader;
        if (!living_reader(local, name, &locks[i], arena, &reader, error))
            return false;
        if (!reader)
            continue;
        size_t m = 0;
        while (m < member_count && strcmp(members[m].id, reader) != 0)
            m++;
        if (m == member_count) {
            members[m] = (struct broker_member){reader, "atools", "localhost", assigned + m * (count + 1), 0};
            member_count++;
        }
        assigned[m * (count + 1) + members[m].assigned_count++] = locks[i];
    }
    *group = (struct broker_group){arena_copy(arena, name, strlen(name)), member_count ? "Stable" : "Empty", members,
                                   member_count, false};
    return true;
}

static int compare_groups(const void *a, const void *b)
{
    return strcmp(((const struct broker_group *)a)->name, ((const struct broker_group *)b)->name);
}

/* The names of all groups, as const char * in the buffer. Files among the folders are nobody's. */
static bool group_names(const struct local *local, struct arena *arena, struct buffer *names, size_t *count,
                        struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    *count = 0;
    if (!local_path(path, error, "%s/.atools/groups", local->dir))
        return false;
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? local_need_folder(local, error) : local_fail_errno(error, path);
    const char *file;
    int got;
    while ((got = local_folder_next(folder, &file)) > 0) {
        struct stat info;
        if (file[0] == '.')
            continue;
        if (fstatat(dirfd(folder), file, &info, 0) != 0) {
            if (errno == ENOENT) /* gone meanwhile */
                continue;
            got = -1;
            break;
        }
        if (!S_ISDIR(info.st_mode))
            continue;
        const char *name = local_unescape(arena, file);
        buffer_add(names, &name, sizeof name);
        ++*count;
    }
    if (got < 0)
        local_fail_errno(error, path);
    closedir(folder);
    return got == 0;
}

bool local_groups(struct broker *broker, const char *name, struct arena *arena, const struct broker_group **groups,
                  size_t *count, struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    *count = 0;
    *groups = NULL;
    if (name) {
        struct broker_group *one = arena_alloc(arena, sizeof *one);
        *groups = one;
        *count = 1;
        return describe_group(local, name, arena, one, error);
    }
    struct buffer names = {0}, found = {0};
    size_t name_count;
    bool good = group_names(local, arena, &names, &name_count, error);
    for (size_t i = 0; good && i < name_count; i++) {
        struct broker_group one;
        good = describe_group(local, ((const char *const *)(const void *)names.data)[i], arena, &one, error);
        buffer_add(&found, &one, sizeof one);
        ++*count;
    }
    buffer_free(&names);
    if (*count > 0) {
        struct broker_group *all = arena_alloc(arena, found.len);
        memcpy(all, found.data, found.len);
        qsort(all, *count, sizeof *all, compare_groups);
        *groups = all;
    }
    buffer_free(&found);
    return good;
}

bool local_commit_group(struct broker *broker, const char *group, const struct broker_position *positions, size_t count,
                        struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    struct arena arena = {0};
    struct broker_group state;
    bool good = true;
    if (describe_group(local, group, &arena, &state, error))
        good = state.member_count == 0 ||
               broker_fail(error, BROKER_REFUSED, "group %s: it has living members; stop them first", group);
    else
        good = error->class == BROKER_UNKNOWN; /* a new group */
    for (size_t i = 0; good && i < count; i++)
        good = local_group_write(local, group, positions[i].topic, positions[i].partition, positions[i].offset, error);
    arena_free(&arena);
    return good;
}

/* Deletes what a group has committed for the topic, whatever partitions it had. */
static bool forget_in(const struct local *local, const char *group, const char *topic, struct broker_error *error)
{
    struct arena arena = {0};
    struct broker_position *found;
    size_t count;
    char path[LOCAL_PATH_MAX];
    bool good = group_files(local, group, false, &arena, &found, &count, error);
    for (size_t i = 0; good && i < count; i++)
        if (strcmp(found[i].topic, topic) == 0)
            good = group_path(local, group, topic, found[i].partition, "", path, error) &&
                   (unlink(path) == 0 || errno == ENOENT || local_fail_errno(error, path));
    arena_free(&arena);
    return good;
}

bool local_group_forget(const struct local *local, const char *topic, struct broker_error *error)
{
    struct arena arena = {0};
    struct buffer names = {0};
    size_t count;
    bool good = group_names(local, &arena, &names, &count, error);
    for (size_t i = 0; good && i < count; i++)
        good = forget_in(local, ((const char *const *)(const void *)names.data)[i], topic, error);
    buffer_free(&names);
    arena_free(&arena);
    return good;
}

bool local_groups_check(const struct local *local, local_damaged_file *damaged, void *context,
                        struct broker_error *error)
{
    struct arena arena = {0};
    struct buffer names = {0};
    size_t count;
    bool good = group_names(local, &arena, &names, &count, error);
    for (size_t i = 0; good && i < count; i++) {
        const char *group = ((const char *const *)(const void *)names.data)[i];
        struct broker_position *found;
        size_t files;
        good = group_files(local, group, false, &arena, &found, &files, error);
        for (size_t j = 0; good && j < files; j++) {
            char path[LOCAL_PATH_MAX];
            int64_t offset;
            good = local_group_read(local, group, found[j].topic, found[j].partition, &offset, error) ||
                   (error->class == BROKER_DAMAGED &&
                    group_path(local, group, found[j].topic, found[j].partition, "", path, error) &&
                    damaged(context, path, "not the offset that a group has committed", error));
        }
    }
    buffer_free(&names);
    arena_free(&arena);
    return good;
}

/* Files of this machine. A file is written beside its place, synced, and renamed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/store_inner.h"

enum { NAMES_MAX = 16 << 10, OPEN_FOLDERS_MAX = 32 };

static bool fail(struct store *store, const char *path, struct problem *problem, const char *what)
{
    return store_fail(store, path, problem, what, "%s", strerror(errno));
}

static bool open_local(struct store *store, const char *rest, struct problem *problem)
{
    if (!*rest)
        return problem_usage(problem, "expected a path, not nothing");
    store->place = mem_copy("", 0);
    store->root = mem_copy(rest, strlen(rest));
    return true;
}

static void close_local(struct store *store)
{
    (void)store;
}

/* The name of a user or group, or its number. */
static const char *owner_name(struct arena *arena, bool is_group, unsigned id)
{
    char *text = arena_alloc(arena, NAMES_MAX), number[16];
    const char *name = NULL;
    struct passwd user, *found_user = NULL;
    struct group group, *found_group = NULL;
    if (is_group && getgrgid_r(id, &group, text, NAMES_MAX, &found_group) == 0 && found_group)
        name = group.gr_name;
    if (!is_group && getpwuid_r(id, &user, text, NAMES_MAX, &found_user) == 0 && found_user)
        name = user.pw_name;
    if (name)
        return name;
    int len = snprintf(number, sizeof number, "%u", id);
    return arena_copy(arena, number, (size_t)len);
}

/* Users and groups of the entry before: mostly those of the next one, too. */
struct owners {
    uid_t user;
    gid_t group;
    const char *user_name, *group_name;
};

static void name_owners(struct store_entry *entry, const struct stat *info, struct arena *arena, struct owners *owners)
{
    if (!owners->user_name || owners->user != info->st_uid)
        owners->user_name = owner_name(arena, false, owners->user = info->st_uid);
    if (!owners->group_name || owners->group != info->st_gid)
        owners->group_name = owner_name(arena, true, owners->group = info->st_gid);
    entry->owner = owners->user_name;
    entry->group = owners->group_name;
}

static void fill(const struct store *store, struct store_entry *entry, const struct stat *info, struct arena *arena,
                 struct owners *owners)
{
    if (store->owners)
        name_owners(entry, info, arena, owners);
    entry->is_folder = S_ISDIR(info->st_mode);
    entry->size = entry->is_folder || info->st_size < 0 ? 0 : (uint64_t)info->st_size;
    entry->modified_ms = (int64_t)info->st_mtim.tv_sec * 1000 + info->st_mtim.tv_nsec / 1000000;
    entry->mode = info->st_mode & 01777;
    entry->replicas = entry->is_folder ? 0 : 1;
}

static enum store_answer stat_local(struct store *store, const char *path, struct arena *arena,
                                    struct store_entry *entry, struct problem *problem)
{
    struct stat info;
    struct owners owners = {0};
    if (stat(path, &info) == 0) {
        fill(store, entry, &info, arena, &owners);
        return STORE_YES;
    }
    if (errno == ENOENT || errno == ENOTDIR)
        return STORE_NO;
    fail(store, path, problem, "look at it");
    return STORE_FAILED;
}

static bool list_local(struct store *store, const char *path, struct store_listing *listing, struct problem *problem)
{
    DIR *folder = opendir(path);
    if (!folder)
        return fail(store, path, problem, "list");
    struct owners owners = {0};
    const struct dirent *found;
    for (errno = 0; (found = readdir(folder)) != NULL; errno = 0) {
        struct stat info;
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
            continue;
        if (fstatat(dirfd(folder), found->d_name, &info, 0) != 0 && /* a link that leads nowhere is shown as itself */
            fstatat(dirfd(folder), found->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
            continue; /* gone in the meantime */
        fill(store, store_listing_add(listing, found->d_name, strlen(found->d_name)), &info, &listing->arena, &owners);
    }
    bool good = errno == 0 || fail(store, path, problem, "list");
    closedir(folder);
    return good;
}

static bool read_at_local(struct store *store, const char *path, uint64_t at, void *into, size_t len,
                          struct problem *problem)
{
    int fd = file_open(path, O_RDONLY, 0);
    if (fd < 0)
        return fail(store, path, problem, "read");
    ssize_t n = file_read_at(fd, into, len, at);
    bool good = n == (ssize_t)len;
    if (n < 0)
        fail(store, path, problem, "read");
    else if (!good)
        store_fail(store, path, problem, "read", "it ends at byte %llu", (unsigned long long)(at + (uint64_t)n));
    close(fd);
    return good;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* mkdir -p for the folder that path lies in. */
static bool make_folders(struct store *store, const char *path, struct problem *problem)
{
    char *folder = store_parent(path);
    bool good = true;
    for (char *at = folder; good && *at;) {
        at += 1 + strcspn(at + 1, "/");
        char end = *at;
        *at = '\0';
        if (mkdir(folder, 0777) != 0) {
            int error = errno; /* a read-only system says so of folders that are there, too */
            good = is_folder(folder);
            errno = error == EEXIST ? ENOTDIR : error;
            if (!good)
                fail(store, folder, problem, "make the folder");
        }
        *at = end;
    }
    free(folder);
    return good;
}

struct draft {
    int fd;
    char *path;
};

static bool start_draft(struct store *store, const char *path, struct draft *draft, struct problem *problem)
{
    if (!make_folders(store, path, problem))
        return false;
    draft->path = store_temporary(path);
    draft->fd = file_open(draft->path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    return draft->fd >= 0 || fail(store, path, problem, "write");
}

static void remove_draft(struct draft *draft)
{
    if (draft->fd >= 0) {
        close(draft->fd);
        unlink(draft->path);
    }
    free(draft->path);
}

static bool piece_local(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem)
{
    struct draft *draft = writer->own;
    if (!draft) {
        draft = writer->own = mem_zero(1, sizeof *draft);
        draft->fd = -1;
        if (!start_draft(writer->store, writer->path, draft, problem))
            return false;
    }
    return file_write(draft->fd, bytes, len) || fail(writer->store, writer->path, problem, "write");
}

static void abandon_local(struct store_writer *writer)
{
    if (writer->own)
        remove_draft(writer->own);
    free(writer->own);
    writer->own = NULL;
}

static bool finish_local(struct store_writer *writer, const void *bytes, size_t len, struct problem *problem)
{
    if (!piece_local(writer, bytes, len, problem))
        return false;
    struct draft *draft = writer->own;
    if (fsync(draft->fd) != 0 || rename(draft->path, writer->path) != 0 || !file_sync_folder(writer->path))
        return fail(writer->store, writer->path, problem, "write");
    int fd = draft->fd;
    draft->fd = -1; /* it is no draft any more */
    abandon_local(writer);
    return close(fd) == 0 || fail(writer->store, writer->path, problem, "write");
}

/* A file system without links renames, if it can without replacing. */
static int link_absent(const char *from, const char *to)
{
    if (link(from, to) == 0)
        return 0;
#ifdef RENAME_NOREPLACE
    if (errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS || errno == EMLINK)
        return renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
#endif
    return -1;
}

static enum store_answer synced(struct store *store, const char *path, struct problem *problem)
{
    return file_sync_folder(path) || fail(store, path, problem, "write") ? STORE_YES : STORE_FAILED;
}

static enum store_answer put_absent_local(struct store *store, const char *path, const void *bytes, size_t len,
                                          struct problem *problem)
{
    struct draft draft = {.fd = -1};
    enum store_answer answer = STORE_FAILED;
    if (start_draft(store, path, &draft, problem)) {
        if (!file_write(draft.fd, bytes, len) || fsync(draft.fd) != 0)
            fail(store, path, problem, "write");
        else if (link_absent(draft.path, path) == 0)
            answer = synced(store, path, problem);
        else if (errno == EEXIST)
            answer = STORE_NO;
        else
            fail(store, path, problem, "write");
    }
    remove_draft(&draft);
    return answer;
}

/* Without replacing. Where the system can't do that with renameat2, a link does it for files, and rename(2) for
 * folders, of which it replaces only an empty one. */
static int rename_absent(const char *from, const char *to)
{
#ifdef RENAME_NOREPLACE
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
#endif
    if (is_folder(from))
        return rename(from, to);
    return link(from, to) == 0 ? unlink(from) : -1;
}

static enum store_answer rename_local(struct store *store, const char *from, const char *to, struct problem *problem)
{
    if (!make_folders(store, to, problem))
        return STORE_FAILED;
    if (rename_absent(from, to) == 0)
        return synced(store, to, problem);
    if (errno == EEXIST || errno == ENOTEMPTY)
        return STORE_NO;
    fail(store, from, problem, "rename");
    return STORE_FAILED;
}

static int remove_one(const char *path, const struct stat *info, int flag, struct FTW *place)
{
    (void)info, (void)flag, (void)place;
    return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

static enum store_answer remove_local(struct store *store, const char *path, struct problem *problem)
{
    struct stat info;
    if (lstat(path, &info) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return STORE_NO;
    if (nftw(path, remove_one, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS) == 0)
        return STORE_YES;
    fail(store, path, problem, "remove");
    return STORE_FAILED;
}

#define LOCAL(URL)                                                                                                     \
    {                                                                                                                  \
        .prefix = (URL), .open = open_local, .close = close_local, .stat = stat_local, .list = list_local,             \
        .read_at = read_at_local, .piece = piece_local, .finish = finish_local, .abandon = abandon_local,              \
        .put_absent = put_absent_local, .rename = rename_local, .remove = remove_local,                                \
    }

const struct store_kind store_kind_local = LOCAL(""), store_kind_file = LOCAL("file://");

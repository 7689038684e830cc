/* Topics of the local side: partition directories and the configs set on them. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"

/* The topic configs that Kafka knows, with its defaults; sorted by name. Only those marked act here:
 * there is no retention and no compaction. */
struct known_config {
    const char *name, *value;
    uint64_t min, max; /* of those that act and are numbers */
    bool acts;
};
static const struct known_config known_configs[] = {
    {"cleanup.policy", "delete", 0, 0, false},
    {"compression.gzip.level", "-1", 0, 0, false},
    {"compression.lz4.level", "9", 0, 0, false},
    {"compression.type", "producer", 0, 0, false},
    {"compression.zstd.level", "3", 0, 0, false},
    {"delete.retention.ms", "86400000", 0, 0, false},
    {"file.delete.delay.ms", "60000", 0, 0, false},
    {"flush.messages", "9223372036854775807", 0, 0, false},
    {"flush.ms", "9223372036854775807", 0, 0, false},
    {"follower.replication.throttled.replicas", "", 0, 0, false},
    {"index.interval.bytes", "4096", 0, 0, false},
    {"leader.replication.throttled.replicas", "", 0, 0, false},
    {"local.retention.bytes", "-2", 0, 0, false},
    {"local.retention.ms", "-2", 0, 0, false},
    {"max.compaction.lag.ms", "9223372036854775807", 0, 0, false},
    {"max.message.bytes", "1048588", 0, INT_MAX, true},
    {"message.timestamp.after.max.ms", "9223372036854775807", 0, 0, false},
    {"message.timestamp.before.max.ms", "9223372036854775807", 0, 0, false},
    {"message.timestamp.type", "CreateTime", 0, 0, true},
    {"min.cleanable.dirty.ratio", "0.5", 0, 0, false},
    {"min.compaction.lag.ms", "0", 0, 0, false},
    {"min.insync.replicas", "1", 0, 0, false},
    {"preallocate", "false", 0, 0, false},
    {"remote.storage.enable", "false", 0, 0, false},
    {"retention.bytes", "-1", 0, 0, false},
    {"retention.ms", "-1", 0, 0, false},
    {"segment.bytes", "1073741824", 14, INT_MAX, true},
    {"segment.index.bytes", "10485760", 0, 0, false},
    {"segment.jitter.ms", "0", 0, 0, false},
    {"segment.ms", "604800000", 0, 0, false},
    {"unclean.leader.election.enable", "false", 0, 0, false},
};
enum { KNOWN_CONFIGS = sizeof known_configs / sizeof *known_configs };

static const struct known_config *find_config(const char *name)
{
    for (size_t i = 0; i < KNOWN_CONFIGS; i++)
        if (strcmp(known_configs[i].name, name) == 0)
            return &known_configs[i];
    return NULL;
}

static bool check_config(const struct broker_property *config, struct broker_error *error)
{
    const struct known_config *known = find_config(config->name);
    if (!known)
        return broker_fail(error, BROKER_INVALID, "topic config %s: there is no such config", config->name);
    if (!config->value)
        return true;
    if (strpbrk(config->value, "\n\r"))
        return broker_fail(error, BROKER_INVALID, "%s: a value is one line", config->name);
    if (known->max > 0) {
        char *end;
        errno = 0;
        unsigned long long number = strtoull(config->value, &end, 10);
        if (!isdigit((unsigned char)config->value[0]) || *end || errno || number < known->min || number > known->max)
            return broker_fail(error, BROKER_INVALID, "%s=%s: expected a whole number from %" PRIu64 " to %" PRIu64,
                               known->name, config->value, known->min, known->max);
    } else if (strcmp(known->name, "message.timestamp.type") == 0 && strcmp(config->value, "CreateTime") != 0 &&
               strcmp(config->value, "LogAppendTime") != 0) {
        return broker_fail(error, BROKER_INVALID, "%s=%s: expected CreateTime or LogAppendTime", known->name,
                           config->value);
    }
    return true;
}

static bool check_name(const char *topic, struct broker_error *error)
{
    size_t len = strlen(topic);
    bool good = len >= 1 && len <= LOCAL_TOPIC_MAX && strcmp(topic, ".") != 0 && strcmp(topic, "..") != 0;
    for (size_t i = 0; good && i < len; i++)
        good = isalnum((unsigned char)topic[i]) || strchr("._-", topic[i]);
    return good || broker_fail(error, BROKER_INVALID,
                               "%s: a topic name is 1 to %d letters, digits, '.', '_', '-', and not '.' or '..'", topic,
                               LOCAL_TOPIC_MAX);
}

/* The topic's name and partition of a directory's name; false if it is not one. */
static bool split_directory(const char *name, char *topic, int32_t *partition)
{
    const char *dash = strrchr(name, '-');
    if (!dash || dash == name || dash - name > LOCAL_TOPIC_MAX || !isdigit((unsigned char)dash[1]))
        return false;
    char *end;
    errno = 0;
    long number = strtol(dash + 1, &end, 10);
    if (*end || errno || number < 0 || number >= LOCAL_PARTITIONS_MAX || (dash[1] == '0' && dash[2]))
        return false;
    memcpy(topic, name, (size_t)(dash - name));
    topic[dash - name] = '\0';
    *partition = (int32_t)number;
    return true;
}

/* 1, 0, -1 when that cannot be told. */
static int has_partition(const struct local *local, const char *topic, int32_t partition, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    struct stat info;
    if (!local_path(path, error, "%s/%s-%" PRId32, local->dir, topic, partition))
        return -1;
    if (stat(path, &info) == 0)
        return S_ISDIR(info.st_mode);
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
        return 0;
    local_fail_errno(error, path);
    return -1;
}

int32_t local_partition_count(const struct local *local, const char *topic, struct broker_error *error)
{
    struct broker_error wrong;
    int32_t count = 0;
    if (!check_name(topic, &wrong))
        return 0;
    int has = 1;
    while (count < LOCAL_PARTITIONS_MAX && (has = has_partition(local, topic, count, error)) > 0)
        count++;
    return has < 0 ? -1 : count;
}

bool local_need_folder(const struct local *local, struct broker_error *error)
{
    int there = local_exists(local->dir, error);
    if (there == 0)
        broker_fail(error, BROKER_UNKNOWN, "%s: there is no such directory; the first topic makes it", local->dir);
    return there > 0;
}

bool local_need_partitions(const struct local *local, const char *topic, int32_t least, int32_t *count,
                           struct broker_error *error)
{
    *count = local_partition_count(local, topic, error);
    if (*count < 0 || (*count >= least && *count > 0))
        return *count > 0;
    return local_need_folder(local, error) &&
           broker_fail(error, BROKER_UNKNOWN, "topic %s: there is no such topic (atopic create makes one)", topic);
}

static int compare_topics(const void *a, const void *b)
{
    return strcmp(((const struct broker_topic *)a)->name, ((const struct broker_topic *)b)->name);
}

static struct broker_topic describe(struct arena *arena, const char *name, int32_t count)
{
    static const int32_t self = 0;
    struct broker_partition *partitions = arena_alloc(arena, (size_t)count * sizeof *partitions);
    for (int32_t i = 0; i < count; i++)
        partitions[i] = (struct broker_partition){
            .number = i, .leader = 0, .replicas = &self, .isr = &self, .replica_count = 1, .isr_count = 1};
    return (struct broker_topic){arena_copy(arena, name, strlen(name)), partitions, (size_t)count};
}

bool local_topics(struct broker *broker, const char *name, struct arena *arena, const struct broker_topic **topics,
                  size_t *count, struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    *count = 0;
    *topics = NULL;
    if (name) {
        int32_t partitions;
        if (!local_need_partitions(local, name, 1, &partitions, error))
            return false;
        struct broker_topic *one = arena_alloc(arena, sizeof *one);
        *one = describe(arena, name, partitions);
        *topics = one;
        *count = 1;
        return true;
    }
    DIR *folder = opendir(local->dir);
    if (!folder)
        return errno != ENOENT ? local_fail_errno(error, local->dir) : local_need_folder(local, error);
    struct buffer found = {0};
    char topic[LOCAL_TOPIC_MAX + 1];
    const char *file;
    int32_t partition, partitions;
    int got;
    while ((got = local_folder_next(folder, &file)) > 0)
        if (split_directory(file, topic, &partition) && partition == 0) {
            partitions = local_partition_count(local, topic, error);
            if (partitions < 0)
                break;
            if (partitions == 0)
                continue;
            struct broker_topic one = describe(arena, topic, partitions);
            buffer_add(&found, &one, sizeof one);
            ++*count;
        }
    if (got < 0)
        local_fail_errno(error, local->dir);
    closedir(folder);
    if (got == 0 && *count > 0) {
        struct broker_topic *all = arena_alloc(arena, found.len);
        memcpy(all, found.data, found.len);
        qsort(all, *count, sizeof *all, compare_topics);
        *topics = all;
    }
    buffer_free(&found);
    return got == 0;
}

/* True if each line of the text is a config that has such a value. */
static bool check_configs(const char *text)
{
    char line[1024];
    struct broker_error wrong;
    for (size_t len; *text; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        const char *equals = memchr(text, '=', len);
        if (!equals || text[len] != '\n' || len >= sizeof line)
            return false;
        memcpy(line, text, len);
        line[len] = line[equals - text] = '\0';
        if (!check_config(&(struct broker_property){line, line + (equals - text) + 1}, &wrong))
            return false;
    }
    return true;
}

/* The value set on a topic, in the arena; NULL if none is. */
static bool set_value(const struct local *local, const char *topic, const char *name, struct arena *arena,
                      const char **value, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    struct buffer text = {0};
    *value = NULL;
    if (!local_path(path, error, "%s/.atools/topics/%s", local->dir, topic))
        return false;
    int got = local_load_text(path, &text, error);
    if (got > 0 && !check_configs(text.data)) {
        broker_fail(error, BROKER_DAMAGED, "%.300s: damaged: not the configs of a topic", path);
        got = -1;
    }
    size_t name_len = strlen(name);
    for (char *line = got > 0 ? text.data : NULL; line && *line;) {
        char *end = strchr(line, '\n');
        if (!end)
            break;
        if (strncmp(line, name, name_len) == 0 && line[name_len] == '=')
            *value = arena_copy(arena, line + name_len + 1, (size_t)(end - line) - name_len - 1);
        line = end + 1;
    }
    buffer_free(&text);
    return got >= 0;
}

bool local_configs(struct broker *broker, const char *topic, struct arena *arena, const struct broker_config **configs,
                   size_t *count, struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    int32_t partitions;
    if (!local_need_partitions(local, topic, 1, &partitions, error))
        return false;
    struct broker_config *all = arena_alloc(arena, KNOWN_CONFIGS * sizeof *all);
    for (size_t i = 0; i < KNOWN_CONFIGS; i++) {
        const char *value;
        if (!set_value(local, topic, known_configs[i].name, arena, &value, error))
            return false;
        all[i] = (struct broker_config){known_configs[i].name, value ? value : known_configs[i].value, value};
    }
    *configs = all;
    *count = KNOWN_CONFIGS;
    return true;
}

bool local_config_number(struct local *local, const char *topic, const char *name, uint64_t *number,
                         struct broker_error *error)
{
    struct arena arena = {0};
    const char *value;
    bool good = set_value(local, topic, name, &arena, &value, error);
    if (good)
        *number = strtoull(value ? value : find_config(name)->value, NULL, 10);
    arena_free(&arena);
    return good;
}

bool local_append_time(struct local *local, const char *topic, bool *yes, struct broker_error *error)
{
    struct arena arena = {0};
    const char *value;
    bool good = set_value(local, topic, "message.timestamp.type", &arena, &value, error);
    *yes = good && value && strcmp(value, "LogAppendTime") == 0;
    arena_free(&arena);
    return good;
}

bool local_topic_check(const struct local *local, const char *topic, local_damaged_file *damaged, void *context,
                       struct broker_error *error)
{
    struct arena arena = {0};
    const char *value;
    char path[LOCAL_PATH_MAX];
    bool good = set_value(local, topic, known_configs[0].name, &arena, &value, error) ||
                (error->class == BROKER_DAMAGED && local_path(path, error, "%s/.atools/topics/%s", local->dir, topic) &&
                 damaged(context, path, "not the configs of a topic", error));
    arena_free(&arena);
    return good;
}

/* Writes the configs set so far, changed by these, as "name=value" lines. */
static bool write_configs(struct local *local, const char *topic, const struct broker_property *configs, size_t count,
                          struct broker_error *error)
{
    struct arena arena = {0};
    struct buffer text = {0};
    char path[LOCAL_PATH_MAX];
    bool good = true;
    for (size_t i = 0; good && i < KNOWN_CONFIGS; i++) {
        const char *value;
        good = set_value(local, topic, known_configs[i].name, &arena, &value, error);
        for (size_t j = 0; j < count; j++)
            if (strcmp(configs[j].name, known_configs[i].name) == 0)
                value = configs[j].value;
        if (good && value)
            buffer_add_format(&text, "%s=%s\n", known_configs[i].name, value);
    }
    good = good && local_path(path, error, "%s/.atools/topics/%s", local->dir, topic) &&
           local_replace_text(path, &text, true, error);
    buffer_free(&text);
    arena_free(&arena);
    return good;
}

/* The lock under which topics come and go; makes DIR and its folders. */
static int topics_lock(struct local *local, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    if (!local_path(path, error, "%s/.atools/topics", local->dir) || !local_make_folder(path, error) ||
        !local_path(path, error, "%s/.atools/lock", local->dir))
        return -1;
    return local_lock(path, false, true, error);
}

/* Makes partitions from..count-1; number 0, with which a topic comes to be, last. */
static bool make_partitions(struct local *local, const char *topic, int32_t from, int32_t count,
                            struct broker_error *error)
{
    for (int32_t i = count - 1; i >= from; i--) {
        char path[LOCAL_PATH_MAX];
        int32_t number = from == 0 ? i : from + (count - 1 - i); /* more of a living topic come ascending */
        if (!local_path(path, error, "%s/%s-%" PRId32, local->dir, topic, number))
            return false;
        if (mkdir(path, 0777) == 0)
            continue;
        int has = errno == EEXIST ? has_partition(local, topic, number, error) : 0;
        if (has > 0)
            continue;
        errno = errno == EEXIST ? ENOTDIR : errno; /* a file, or a link to nowhere */
        return has < 0 ? false : local_fail_errno(error, path);
    }
    int fd = file_open(local->dir, O_RDONLY | O_DIRECTORY, 0);
    bool good = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return good || local_fail_errno(error, local->dir);
}

static bool check_change(const char *topic, int32_t partitions, const struct broker_property *configs, size_t count,
                         struct broker_error *error)
{
    if (!check_name(topic, error))
        return false;
    if (partitions < 0 || partitions > LOCAL_PARTITIONS_MAX)
        return broker_fail(error, BROKER_INVALID, "%s: %" PRId32 " partitions: expected 1 to %d", topic, partitions,
                           LOCAL_PARTITIONS_MAX);
    for (size_t i = 0; i < count; i++)
        if (!check_config(&configs[i], error))
            return false;
    return true;
}

bool local_create(struct broker *broker, const char *topic, int32_t partitions, int32_t replication,
                  const struct broker_property *configs, size_t count, struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    (void)replication; /* one copy, whatever is asked for */
    if (!check_change(topic, partitions, configs, count, error))
        return false;
    int lock = topics_lock(local, error);
    if (lock < 0)
        return false;
    bool good;
    int has = has_partition(local, topic, 0, error);
    if (has < 0) {
        good = false;
    } else if (has > 0) {
        good = broker_fail(error, BROKER_EXISTS, "topic %s: it exists already", topic);
    } else {
        char path[LOCAL_PATH_MAX]; /* what an unfinished creation left */
        good = local_path(path, error, "%s/.atools/topics/%s", local->dir, topic);
        if (good)
            unlink(path);
        good = good && local_group_forget(local, topic, error) /* as well as an unfinished deletion */ &&
               write_configs(local, topic, configs, count, error) &&
               make_partitions(local, topic, 0, partitions > 0 ? partitions : 1, error);
    }
    close(lock);
    return good;
}

bool local_alter(struct broker *broker, const char *topic, int32_t partitions, const struct broker_property *configs,
                 size_t count, struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    if (!check_change(topic, partitions, configs, count, error))
        return false;
    int32_t present;
    if (!local_need_partitions(local, topic, 1, &present, error))
        return false;
    int lock = topics_lock(local, error);
    if (lock < 0)
        return false;
    bool good = local_need_partitions(local, topic, 1, &present, error);
    if (good && partitions > 0 && partitions <= present)
        good = broker_fail(error, BROKER_INVALID,
                           "topic %s: has %" PRId32 " partition%s already; their number can only grow", topic, present,
                           present == 1 ? "" : "s");
    good = good && (count == 0 || write_configs(local, topic, configs, count, error)) &&
           (partitions <= present || make_partitions(local, topic, present, partitions, error));
    close(lock);
    return good;
}

/* Deletes a partition's folder, or what is in the one that a link points to, and the link. */
static bool remove_partition(const char *path, struct broker_error *error)
{
    DIR *folder = opendir(path);
    if (!folder && errno != ENOENT)
        return local_fail_errno(error, path);
    bool good = true;
    const char *file;
    int got = 0;
    while (folder && (got = local_folder_next(folder, &file)) > 0)
        if (unlinkat(dirfd(folder), file, 0) != 0)
            good = local_fail_errno(error, path);
    if (got < 0)
        good = local_fail_errno(error, path);
    if (folder)
        closedir(folder);
    return good && (rmdir(path) == 0 || (errno == ENOTDIR && unlink(path) == 0) || local_fail_errno(error, path));
}

/* The name of a partition put aside: no topic's, and beside it, so that a relative link still holds. */
static bool aside_path(const struct local *local, int number, char *path, struct broker_error *error)
{
    return local_path(path, error, "%s/%d.deleted", local->dir, number);
}

/* Deletes what deletions have put aside, this one and any that was killed. */
static bool remove_deleted(const struct local *local, struct broker_error *error)
{
    DIR *folder = opendir(local->dir);
    if (!folder)
        return local_fail_errno(error, local->dir);
    bool good = true;
    const char *file;
    int got;
    while ((got = local_folder_next(folder, &file)) > 0) {
        char *end, path[LOCAL_PATH_MAX];
        long number = strtol(file, &end, 10);
        if (!isdigit((unsigned char)file[0]) || strcmp(end, ".deleted") != 0 || number > INT_MAX)
            continue;
        good = aside_path(local, (int)number, path, error) && remove_partition(path, error) && good;
    }
    if (got < 0)
        good = local_fail_errno(error, local->dir);
    closedir(folder);
    return good;
}

/* Puts a partition aside, under a name that nothing has. */
static bool put_aside(const struct local *local, const char *topic, int32_t partition, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX], gone[LOCAL_PATH_MAX];
    struct stat info;
    if (!local_path(path, error, "%s/%s-%" PRId32, local->dir, topic, partition))
        return false;
    for (int number = 0;; number++) {
        if (!aside_path(local, number, gone, error))
            return false;
        if (lstat(gone, &info) != 0 && errno != ENOENT)
            return local_fail_errno(error, gone);
        if (lstat(gone, &info) != 0)
            return rename(path, gone) == 0 || errno == ENOENT || local_fail_errno(error, path);
    }
}

bool local_delete(struct broker *broker, const char *topic, struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    int32_t count;
    if (!local_need_partitions(local, topic, 1, &count, error))
        return false;
    int lock = topics_lock(local, error);
    if (lock < 0)
        return false;
    /* With partition 0 the topic is gone, so it comes last: of a deletion that was killed before, the topic is
     * left and can be deleted again; never partitions that a new topic of this name would find. */
    char path[LOCAL_PATH_MAX];
    bool good = true;
    for (int32_t i = count - 1; good && i >= 0; i--)
        good = put_aside(local, topic, i, error);
    if (good && local_path(path, error, "%s/.atools/topics/%s", local->dir, topic))
        unlink(path);
    good = good && local_group_forget(local, topic, error);
    good = remove_deleted(local, error) && good;
    close(lock);
    return good;
}

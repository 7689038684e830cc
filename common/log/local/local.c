/* The local side of broker: opening, properties, offsets. */
#include "log/local/local_inner.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

/* Properties with a meaning here; every other name is for a Kafka cluster only and is accepted. */
static bool set_property(struct local *local, const struct broker_property *property, struct broker_error *error)
{
    const char *name = property->name, *value = property->value;
    if (strcmp(name, "acks") == 0 || strcmp(name, "request.required.acks") == 0) {
        if (strcmp(value, "all") != 0 && strcmp(value, "-1") != 0 && strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
            return broker_fail(error, BROKER_INVALID, "%s=%s: expected all, -1, 0 or 1", name, value);
        local->sync = strcmp(value, "0") != 0 && strcmp(value, "1") != 0;
        return true;
    }
    if (strcmp(name, "compression.codec") == 0 || strcmp(name, "compression.type") == 0) {
        if (strcmp(value, "none") != 0 && strcmp(value, "gzip") != 0)
            return broker_fail(error, BROKER_INVALID, "%s=%s: a local log takes none and gzip", name, value);
        local->codec = strcmp(value, "gzip") == 0 ? CODEC_GZIP : CODEC_NONE;
        return true;
    }
    if (strcmp(name, "partitioner") == 0) {
        static const struct {
            const char *name;
            enum local_partitioner partitioner;
            bool random;
        } known[] = {{"random", PARTITION_RANDOM, true},          {"consistent", PARTITION_CRC32, false},
                     {"consistent_random", PARTITION_CRC32, true}, {"murmur2", PARTITION_MURMUR2, false},
                     {"murmur2_random", PARTITION_MURMUR2, true},  {"fnv1a", PARTITION_FNV1A, false},
                     {"fnv1a_random", PARTITION_FNV1A, true}};
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            if (strcmp(value, known[i].name) == 0) {
                local->partitioner = known[i].partitioner;
                local->random_without_key = known[i].random;
                return true;
            }
        return broker_fail(error, BROKER_INVALID,
                           "partitioner=%s: expected random, consistent, murmur2 or fnv1a, or one with _random", value);
    }
    if (strcmp(name, "isolation.level") == 0) {
        local->read_uncommitted = strcmp(value, "read_uncommitted") == 0;
        return local->read_uncommitted || strcmp(value, "read_committed") == 0 ||
               broker_fail(error, BROKER_INVALID, "isolation.level=%s: expected read_committed or read_uncommitted",
                           value);
    }
    if (strcmp(name, "linger.ms") == 0 || strcmp(name, "queue.buffering.max.ms") == 0) {
        char *end;
        double linger = strtod(value, &end);
        if (end == value || *end || !(linger >= 0 && linger <= 900000))
            return broker_fail(error, BROKER_INVALID, "%s=%s: expected a number from 0 to 900000", name, value);
        local->linger_ms = (int)linger;
    }
    return true;
}

struct broker *broker_local_open(const char *directory, const struct broker_property *properties, size_t count,
                                 struct broker_error *error)
{
    if (directory[0] == '\0') {
        broker_fail(error, BROKER_INVALID, "-b file: needs a directory (file:DIR)");
        return NULL;
    }
    struct local *local = mem_zero(1, sizeof *local);
    local->broker.side = &local_side;
    size_t len = strlen(directory);
    while (len > 1 && directory[len - 1] == '/')
        len--;
    local->dir = mem_copy(directory, len);
    local->sync = true;
    local->partitioner = PARTITION_MURMUR2;
    local->random_without_key = true;
    local->linger_ms = -1;
    for (size_t i = 0; i < count; i++)
        if (!set_property(local, &properties[i], error)) {
            free(local->dir);
            free(local);
            return NULL;
        }
    return &local->broker;
}

static void local_close(struct broker *broker)
{
    struct local *local = (struct local *)broker;
    free(local->dir);
    free(local);
}

static uint32_t fnv1a(const char *key, size_t len)
{
    uint32_t hash = UINT32_C(0x811C9DC5);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)key[i]) * UINT32_C(0x01000193);
    return hash & 0x7FFFFFFF;
}

int32_t local_partition_of(const struct local *local, const char *key, size_t key_len, int32_t count, uint64_t *random)
{
    /* consistent_random: empty is none */
    bool keyless = !key || (key_len == 0 && local->partitioner == PARTITION_CRC32);
    if (local->partitioner == PARTITION_RANDOM || (keyless && local->random_without_key)) {
        *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (int32_t)((*random >> 33) % (uint64_t)count);
    }
    uint32_t hash = 0;
    if (local->partitioner == PARTITION_CRC32)
        hash = (uint32_t)crc32_z(0, (const Bytef *)(key ? key : ""), key_len);
    else if (local->partitioner == PARTITION_MURMUR2)
        hash = broker_murmur2(key ? key : "", key_len) & 0x7FFFFFFF;
    else
        hash = fnv1a(key ? key : "", key_len);
    return (int32_t)(hash % (uint32_t)count);
}

bool local_offsets(struct broker *broker, const char *topic, const bool *wanted, bool *leaderless,
                   struct broker_ends *ends, size_t count, struct broker_error *error)
{
    (void)leaderless; /* who keeps a folder is always there */
    struct local *local = (struct local *)broker;
    char dir[LOCAL_PATH_MAX];
    int32_t present;
    if (!local_need_partitions(local, topic, (int32_t)count, &present, error))
        return false;
    int lock = local_transaction_decision_lock(local, true, error);
    if (lock < 0 && error->class != BROKER_OK)
        return false;
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
        ends[i] = (struct broker_ends){0};
        if (wanted && !wanted[i])
            continue;
        good = local_path(dir, error, "%s/%s-%zu", local->dir, topic, i);
        good = good && partition_log_ends(dir, &ends[i].low, &ends[i].high, error);
        ends[i].stable = ends[i].high;
    }
    good = good && local_transaction_stable(local, topic, ends, count, error);
    if (lock >= 0)
        close(lock);
    return good;
}

bool local_offsets_at(struct broker *broker, const char *topic, const bool *wanted, int64_t time, int64_t *offsets,
                      size_t count, struct broker_error *error)
{
    struct local *local = (struct local *)broker;
    char dir[LOCAL_PATH_MAX];
    int32_t present;
    if (!local_need_partitions(local, topic, (int32_t)count, &present, error))
        return false;
    for (size_t i = 0; i < count; i++) {
        int64_t timestamp;
        offsets[i] = 0;
        if (wanted && !wanted[i])
            continue;
        if (!local_path(dir, error, "%s/%s-%zu", local->dir, topic, i))
            return false;
        if (!partition_log_at_time(dir, time, &offsets[i], &timestamp, error))
            return false;
        if (offsets[i] < 0)
            offsets[i] = BROKER_OFFSET_LATEST;
    }
    return true;
}

const struct broker_side local_side = {
    .close = local_close,
    .topics = local_topics,
    .configs = local_configs,
    .create = local_create,
    .alter = local_alter,
    .delete = local_delete,
    .offsets = local_offsets,
    .offsets_at = local_offsets_at,
    .groups = local_groups,
    .committed = local_committed,
    .commit_group = local_commit_group,
    .check = local_check,
    .writer_open = local_writer_open,
    .writer_partitions = local_writer_partitions,
    .writer_limit = local_writer_limit,
    .append = local_append,
    .poll = local_poll,
    .flush = local_flush,
    .init_transactions = local_init_transactions,
    .begin = local_begin,
    .commit = local_commit,
    .abort = local_abort,
    .writer_close = local_writer_close,
    .reader_open = local_reader_open,
    .read = local_read,
    .message_headers = local_message_headers,
    .reader_commit = local_reader_commit,
    .reader_close = local_reader_close,
};

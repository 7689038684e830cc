/* Transactions of the local side. The state file of a transactional id, replaced durably with status
 * "committing", is the decision, for all partitions at once; the markers in the partitions follow it, and
 * whoever comes next writes those that a crash left out. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/local/files_inner.h"
#include "log/local/local_inner.h"

static const char *const status_names[] = {"none", "open", "committing", "aborting"};

static bool state_path(const struct local *local, const char *id, const char *suffix, char *path,
                       struct broker_error *error)
{
    struct arena arena = {0};
    bool good = local_path(path, error, "%s/.atools/writers", local->dir) && local_make_folder(path, error) &&
                local_path(path, error, "%s/.atools/writers/%s%s", local->dir, local_escape(&arena, id), suffix);
    arena_free(&arena);
    return good;
}

void local_transaction_clear(struct transaction *transaction)
{
    free(transaction->parts);
    *transaction = (struct transaction){0};
}

void local_transaction_add(struct transaction *transaction, const char *topic, int32_t partition, int64_t first)
{
    if (transaction->count == transaction->cap) {
        transaction->cap = transaction->cap ? 2 * transaction->cap : 8;
        transaction->parts = mem_resize(transaction->parts, transaction->cap, sizeof *transaction->parts);
    }
    struct transaction_part *part = &transaction->parts[transaction->count++];
    snprintf(part->topic, sizeof part->topic, "%s", topic);
    part->partition = partition;
    part->first = first;
}

/* "producer EPOCH ID STATUS", a line a part: "FIRST PARTITION TOPIC", "end". */
static bool parse_state(const char *text, struct transaction *transaction)
{
    char status[16];
    int used = 0, epoch;
    if (sscanf(text, "producer %d %" SCNd64 " %15s\n%n", &epoch, &transaction->producer_id, status, &used) != 3 ||
        used == 0 || epoch < 0 || epoch > INT16_MAX)
        return false;
    transaction->epoch = (int16_t)epoch;
    size_t known = 0;
    while (known < 4 && strcmp(status, status_names[known]) != 0)
        known++;
    if (known == 4)
        return false;
    transaction->status = (enum transaction_status)known;
    text += used;
    while (strcmp(text, "end\n") != 0) {
        char topic[LOCAL_TOPIC_MAX + 1];
        int64_t first;
        int32_t partition;
        used = 0;
        if (sscanf(text, "%" SCNd64 " %" SCNd32 " %249s\n%n", &first, &partition, topic, &used) != 3 || used == 0)
            return false;
        local_transaction_add(transaction, topic, partition, first);
        text += used;
    }
    return true;
}

static int read_state(const char *path, struct transaction *transaction, struct broker_error *error)
{
    struct buffer text = {0};
    *transaction = (struct transaction){0};
    int got = local_load_text(path, &text, error);
    if (got == 1 && !parse_state(text.data, transaction)) {
        local_transaction_clear(transaction);
        broker_fail(error, BROKER_DAMAGED, "%.300s: damaged: not the state of a transactional writer", path);
        got = -1;
    }
    buffer_free(&text);
    return got;
}

int local_transaction_read(const struct local *local, const char *id, struct transaction *transaction,
                           struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    return state_path(local, id, "", path, error) ? read_state(path, transaction, error) : -1;
}

bool local_transaction_write(const struct local *local, const char *id, const struct transaction *transaction,
                             bool durable, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    struct buffer text = {0};
    buffer_add_format(&text, "producer %d %" PRId64 " %s\n", transaction->epoch, transaction->producer_id,
                      status_names[transaction->status]);
    for (size_t i = 0; i < transaction->count; i++)
        buffer_add_format(&text, "%" PRId64 " %" PRId32 " %s\n", transaction->parts[i].first,
                          transaction->parts[i].partition, transaction->parts[i].topic);
    buffer_add_text(&text, "end\n");
    bool good = state_path(local, id, "", path, error) && local_replace_text(path, &text, durable, error);
    buffer_free(&text);
    return good;
}

int local_transaction_lock(const struct local *local, const char *id, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    return state_path(local, id, "%lock", path, error) ? local_lock(path, false, true, error) : -1;
}

int local_transaction_live(const struct local *local, const char *id, int16_t epoch, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX], suffix[32];
    snprintf(suffix, sizeof suffix, "%%live%d", epoch);
    return state_path(local, id, suffix, path, error) ? local_lock(path, false, true, error) : -1;
}

void local_transaction_forget_live(const struct local *local, const char *id, int16_t epoch)
{
    char path[LOCAL_PATH_MAX], suffix[32];
    struct broker_error error;
    for (int old = epoch - 2; old < epoch; old++) { /* an epoch may be used up by a takeover alone */
        snprintf(suffix, sizeof suffix, "%%live%d", old);
        if (state_path(local, id, suffix, path, &error))
            unlink(path);
    }
}

int local_transaction_is_live(const struct local *local, const char *id, int16_t epoch, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX], suffix[32];
    snprintf(suffix, sizeof suffix, "%%live%d", epoch);
    int there = state_path(local, id, suffix, path, error) ? local_exists(path, error) : -1;
    if (there <= 0)
        return there;
    int fd = local_lock(path, true, false, error);
    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : error->class == BROKER_OK ? 1 : -1;
}

int local_transaction_decision_lock(const struct local *local, bool shared, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    error->class = BROKER_OK;
    if (!local_path(path, error, "%s/.atools/decision", local->dir))
        return -1;
    if (shared && local_exists(path, error) <= 0)
        return -1; /* no transaction was ever decided here: nothing to wait for */
    return local_lock(path, shared, true, error);
}

bool local_transaction_new_producer(const struct local *local, int64_t *producer_id, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX], lock_path[LOCAL_PATH_MAX];
    if (!local_path(path, error, "%s/.atools/producer-id", local->dir) ||
        !local_path(lock_path, error, "%s/.atools/lock", local->dir))
        return false;
    int lock = local_lock(lock_path, false, true, error);
    if (lock < 0)
        return false;
    int got = local_load_number(path, "the last producer id", producer_id, error);
    *producer_id = got == 1 ? *producer_id + 1 : 0;
    bool good = got >= 0 && local_replace_number(path, *producer_id, true, error);
    close(lock);
    return good;
}

/* True if the transaction that begins at `first` has its end marker in the partition already. *last: the last
 * offset of its records. */
static bool has_marker(const char *dir, int64_t producer_id, int64_t first, bool *found, int64_t *last,
                       struct broker_error *error)
{
    struct partition_reader *reader = partition_reader_open(dir, first, error);
    if (!reader)
        return false;
    const char *bytes;
    struct record_batch front;
    int got = 0;
    *found = false;
    *last = -1;
    while (!*found && (got = partition_reader_next(reader, &bytes, &front, true, error)) > 0) {
        if (front.producer_id != producer_id || !(front.attributes & RECORD_BATCH_TRANSACTIONAL))
            continue;
        *found = front.attributes & RECORD_BATCH_CONTROL;
        if (!*found)
            *last = front.base_offset + front.last_offset_delta;
    }
    partition_reader_close(reader);
    return *found || got == 0;
}

static bool write_marker(struct local *local, const struct transaction *transaction,
                         const struct transaction_part *part, struct broker_error *error)
{
    char dir[LOCAL_PATH_MAX];
    bool found = false;
    int64_t last = -1, offset;
    uint64_t segment_bytes;
    if (!local_path(dir, error, "%s/%s-%" PRId32, local->dir, part->topic, part->partition))
        return false;
    int there = local_exists(dir, error);
    if (there <= 0)
        return there == 0; /* the topic has been deleted since */
    if (!has_marker(dir, transaction->producer_id, part->first, &found, &last, error))
        return false;
    if (found || last < 0)
        return true; /* written before a crash, or the first batch never came to be */
    if (!local_config_number(local, part->topic, "segment.bytes", &segment_bytes, error))
        return false;
    struct partition_appender *appender = partition_appender_open(dir, segment_bytes, error);
    if (!appender)
        return false;
    bool commit = transaction->status == TRANSACTION_COMMITTING;
    struct buffer marker = {0};
    record_batch_write_control(&marker, transaction->producer_id, transaction->epoch, commit, clock_wall_ms());
    bool good = partition_append(appender, &marker, &offset, error);
    if (good && !commit)
        good = partition_append_aborted(appender, transaction->producer_id, part->first, offset, offset, error);
    good = good && (!local->sync || partition_appender_sync(appender, error));
    buffer_free(&marker);
    partition_appender_close(appender);
    return good;
}

bool local_transaction_finish(struct local *local, const char *id, struct transaction *transaction,
                              struct broker_error *error)
{
    for (size_t i = 0; i < transaction->count; i++)
        if (!write_marker(local, transaction, &transaction->parts[i], error))
            return false;
    transaction->status = TRANSACTION_NONE;
    transaction->count = 0;
    return local_transaction_write(local, id, transaction, local->sync, error);
}

/* Calls `each` with every transactional id's state as long as it gives 1; 0: enough, -1: an error; and
 * `damaged`, if it is there, with a state that cannot be read. */
static bool each_state(const struct local *local,
                       int (*each)(void *, const char *, const struct transaction *, struct broker_error *),
                       void *context, local_damaged_file *damaged, struct broker_error *error)
{
    char path[LOCAL_PATH_MAX];
    if (!local_path(path, error, "%s/.atools/writers", local->dir))
        return false;
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT || local_fail_errno(error, path);
    struct arena arena = {0};
    const char *name;
    int next, more = 1;
    while (more > 0 && (next = local_folder_next(folder, &name)) != 0) {
        if (next < 0) {
            local_fail_errno(error, path);
            more = -1;
            break;
        }
        if (name[0] == '.' || strstr(name, "%lock") || strstr(name, "%live") || strchr(name, '~'))
            continue;
        struct transaction state;
        char file[LOCAL_PATH_MAX];
        int got =
            local_path(file, error, "%s/.atools/writers/%s", local->dir, name) ? read_state(file, &state, error) : -1;
        if (got < 0 && damaged && error->class == BROKER_DAMAGED) {
            more = damaged(context, file, "not the state of a transactional writer", error) ? 1 : -1;
        } else if (got == 1) {
            more = each(context, local_unescape(&arena, name), &state, error);
            local_transaction_clear(&state);
        } else if (got < 0) {
            more = -1;
        }
    }
    closedir(folder);
    arena_free(&arena);
    return more >= 0;
}

struct stable_search {
    const struct local *local;
    const char *topic;
    struct broker_ends *ends;
    size_t count;
};

static int lower_stable(void *context, const char *id, const struct transaction *state, struct broker_error *error)
{
    struct stable_search *search = context;
    int live =
        state->status == TRANSACTION_OPEN ? local_transaction_is_live(search->local, id, state->epoch, error) : 0;
    if (live <= 0)
        return live < 0 ? -1 : 1; /* decided, or its writer is dead and it will never commit */
    for (size_t i = 0; i < state->count; i++) {
        const struct transaction_part *part = &state->parts[i];
        if (strcmp(part->topic, search->topic) == 0 && (size_t)part->partition < search->count &&
            part->first < search->ends[part->partition].stable)
            search->ends[part->partition].stable = part->first;
    }
    return 1;
}

bool local_transaction_stable(const struct local *local, const char *topic, struct broker_ends *ends, size_t count,
                              struct broker_error *error)
{
    struct stable_search search = {local, topic, ends, count};
    return each_state(local, lower_stable, &search, NULL, error);
}

struct fate_search {
    const struct local *local;
    int64_t producer_id, offset;
    const char *topic;
    int32_t partition;
    enum transaction_fate fate;
};

static int find_fate(void *context, const char *id, const struct transaction *state, struct broker_error *error)
{
    struct fate_search *search = context;
    if (state->producer_id != search->producer_id)
        return 1;
    bool included = false;
    for (size_t i = 0; i < state->count; i++)
        included =
            included || (strcmp(state->parts[i].topic, search->topic) == 0 &&
                         state->parts[i].partition == search->partition && state->parts[i].first <= search->offset);
    if (included && state->status == TRANSACTION_COMMITTING)
        search->fate = FATE_COMMITTED;
    int live = included && state->status == TRANSACTION_OPEN
                   ? local_transaction_is_live(search->local, id, state->epoch, error)
                   : 0;
    if (live > 0)
        search->fate = FATE_OPEN;
    return live < 0 ? -1 : 0;
}

bool local_transaction_fate(const struct local *local, int64_t producer_id, const char *topic, int32_t partition,
                            int64_t offset, enum transaction_fate *fate, struct broker_error *error)
{
    struct fate_search search = {local, producer_id, offset, topic, partition, FATE_ABORTED};
    bool good = each_state(local, find_fate, &search, NULL, error);
    *fate = search.fate;
    return good;
}

static int pass_over(void *context, const char *id, const struct transaction *state, struct broker_error *error)
{
    (void)context;
    (void)id;
    (void)state;
    (void)error;
    return 1;
}

bool local_transactions_check(const struct local *local, local_damaged_file *damaged, void *context,
                              struct broker_error *error)
{
    return each_state(local, pass_over, context, damaged, error);
}

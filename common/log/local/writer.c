/* Writing to a local log: records are gathered into a batch a partition, appended with one write, and
 * reported as delivered when they are as safe as acks asks. Syncing is grouped. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/local/local_inner.h"
#include "log/local/syncer_inner.h"

enum {
    BATCH_TARGET = 512 * 1024,         /* a batch is appended when it has grown to this */
    WRITEBACK_STEP = 8 * 1024 * 1024,  /* the system is told to begin writing after so much */
    SYNC_STEP = 24 * 1024 * 1024,      /* unsynced bytes after which syncing does not wait for a flush */
    PENDING_MAX = 128 * 1024,          /* records without an outcome after which it does not either */
    LINGER_MS = 250,                   /* how long a record may wait when nobody says */
};

struct local_partition {
    struct partition_appender *appender; /* opened with the first record */
    struct record_batch_writer batch;
    struct buffer numbers; /* uint64_t of the records in batch */
    int32_t sequence;
    bool in_transaction;
    bool unsynced;
};

struct local_topic {
    char *name;
    struct local_partition *partitions;
    int32_t count;
    uint64_t limit, segment_bytes;
    bool append_time;
    int32_t sticky; /* where records without a key go until the batch is full */
};

struct local_writer {
    struct broker_writer writer;
    struct local *local;
    struct local_topic *topics;
    size_t topic_count;
    void (*outcome)(void *, const struct broker_outcome *, size_t);
    void *context;
    int linger_ms;
    uint64_t random;
    struct buffer pending;    /* struct broker_outcome of appended records that are not safe yet */
    struct partition_syncer syncer;
    struct buffer syncing;    /* struct broker_outcome of the records that it makes safe */
    size_t batched;           /* records in batches that are not appended yet */
    uint64_t unsynced_bytes, unstarted_bytes;
    int64_t waiting_since;    /* monotonic ms of the oldest record without outcome; 0: none */
    struct buffer headers;    /* struct log_header, reused */
    /* transactions */
    char *id;
    struct transaction state;
    int live;                 /* the lock that says this writer lives; -1: no transactions */
    bool begun, broken;       /* broken: a record of the transaction failed */
    bool unfinished;          /* the last transaction is decided, but not all of its markers are written */
    bool fenced;              /* another writer has the id: nothing goes on */
    struct broker_error lost; /* no transactions: what an append failed with behind its records */
};

static void hand_out(struct local_writer *writer, uint64_t number, enum broker_class class, const char *text,
                     int32_t partition)
{
    struct broker_outcome outcome = {number, class, text, partition, -1, false};
    if (class != BROKER_OK && class != BROKER_PURGED)
        writer->broken = true;
    writer->outcome(writer->context, &outcome, 1);
}

static bool open_topic(struct local_writer *writer, struct local_topic *topic, const char *name,
                       struct broker_error *error)
{
    struct local *local = writer->local;
    topic->count = local_partition_count(local, name, error);
    if (topic->count == 0) { /* as a broker with auto.create.topics.enable does */
        bool created = local_create(&local->broker, name, 0, 0, NULL, 0, error);
        writer->writer.created |= created && topic == writer->topics;
        if ((created || error->class == BROKER_EXISTS) &&
            !local_need_partitions(local, name, 1, &topic->count, error))
            return false;
    }
    if (topic->count <= 0)
        return false;
    topic->name = mem_copy(name, strlen(name));
    topic->partitions = mem_zero((size_t)topic->count, sizeof *topic->partitions);
    topic->sticky = -1;
    return local_config_number(local, name, "max.message.bytes", &topic->limit, error) &&
           local_config_number(local, name, "segment.bytes", &topic->segment_bytes, error) &&
           local_append_time(local, name, &topic->append_time, error);
}

struct broker_writer *local_writer_open(struct broker *broker, const struct broker_writer_options *options,
                                        struct broker_error *error)
{
    struct local_writer *writer = mem_zero(1, sizeof *writer);
    writer->writer.side = broker->side;
    writer->local = (struct local *)broker;
    writer->topics = mem_zero(options->topic_count, sizeof *writer->topics);
    writer->topic_count = options->topic_count;
    writer->outcome = options->outcome;
    writer->context = options->context;
    writer->linger_ms = options->linger_ms >= 0         ? options->linger_ms
                        : writer->local->linger_ms >= 0 ? writer->local->linger_ms
                                                        : LINGER_MS;
    writer->random = (uint64_t)clock_steady_ms() ^ (uint64_t)getpid() << 32;
    writer->live = -1;
    if (options->transactional_id)
        writer->id = mem_copy(options->transactional_id, strlen(options->transactional_id));
    for (size_t i = 0; i < options->topic_count; i++)
        if (!open_topic(writer, &writer->topics[i], options->topics[i], error)) {
            local_writer_close(&writer->writer);
            return NULL;
        }
    return &writer->writer;
}

int32_t local_writer_partitions(const struct broker_writer *broker_writer, size_t topic)
{
    return ((const struct local_writer *)broker_writer)->topics[topic].count;
}

size_t local_writer_limit(const struct broker_writer *broker_writer, size_t topic)
{
    return (size_t)((const struct local_writer *)broker_writer)->topics[topic].limit;
}

/* True while this writer's epoch is the one in the state file; under the transaction's lock. */
static bool still_ours(struct local_writer *writer, struct broker_error *error)
{
    struct transaction present;
    int got = local_transaction_read(writer->local, writer->id, &present, error);
    if (got < 0)
        return false;
    bool ours = got == 1 && present.producer_id == writer->state.producer_id && present.epoch == writer->state.epoch;
    local_transaction_clear(&present);
    writer->fenced = writer->fenced || !ours;
    return ours || broker_fail(error, BROKER_FENCED, "another producer with the same transactional id has taken over");
}

/* Appends a finished batch of a transaction: the partition enters the transaction's state before its first batch. */
static bool append_transactional(struct local_writer *writer, struct local_topic *topic, int32_t number,
                                 struct buffer *bytes, int64_t *offset, struct broker_error *error)
{
    struct local_partition *partition = &topic->partitions[number];
    int lock = local_transaction_lock(writer->local, writer->id, error);
    if (lock < 0)
        return false;
    bool good = still_ours(writer, error) && partition_appender_lock(partition->appender, offset, error);
    if (good) {
        if (!partition->in_transaction) {
            local_transaction_add(&writer->state, topic->name, number, *offset);
            writer->state.status = TRANSACTION_OPEN;
            good = local_transaction_write(writer->local, writer->id, &writer->state, false, error);
            partition->in_transaction = good;
        }
        good = good && partition_append(partition->appender, bytes, offset, error);
        partition_appender_unlock(partition->appender);
    }
    close(lock);
    return good;
}

static bool append_batch(struct local_writer *writer, struct local_topic *topic, int32_t number, struct buffer *bytes,
                         int64_t *offset, struct broker_error *error)
{
    struct local_partition *partition = &topic->partitions[number];
    if (writer->id)
        return append_transactional(writer, topic, number, bytes, offset, error);
    return partition_append(partition->appender, bytes, offset, error);
}

/* The records of an appended batch wait for the sync, or are reported at once. */
static void batch_done(struct local_writer *writer, struct local_partition *partition, int32_t number, int64_t offset)
{
    const uint64_t *numbers = (const uint64_t *)(const void *)partition->numbers.data;
    size_t count = (size_t)partition->batch.count;
    buffer_reserve(&writer->pending, count * sizeof(struct broker_outcome));
    for (size_t i = 0; i < count; i++) {
        struct broker_outcome outcome = {numbers[i], BROKER_OK, NULL, number, offset + (int64_t)i, false};
        buffer_add(&writer->pending, &outcome, sizeof outcome);
    }
}

/* Hands out the outcomes gathered in `pending`; failure, if not NULL, is what became of them all. */
static void report(struct local_writer *writer, struct buffer *pending, const char *failure)
{
    struct broker_outcome *outcomes = (struct broker_outcome *)(void *)pending->data;
    size_t count = pending->len / sizeof *outcomes;
    for (size_t i = 0; failure && i < count; i++) {
        outcomes[i].class = BROKER_FAILED;
        outcomes[i].text = failure;
    }
    writer->broken = writer->broken || failure;
    if (count > 0)
        writer->outcome(writer->context, outcomes, count);
    pending->len = 0;
}

/* Waits for the sync that is under way and reports its records. */
static bool finish_sync(struct local_writer *writer, struct broker_error *error)
{
    int failure = partition_syncer_finish(&writer->syncer);
    bool good = failure == 0 || broker_fail(error, BROKER_FATAL, "syncing: %s", strerror(failure));
    report(writer, &writer->syncing, good ? NULL : error->text);
    return good;
}

/* Appends what a partition has gathered. A failure is the outcome of each of its records; false only when the
 * writer itself is lost (fenced). */
static bool send_batch(struct local_writer *writer, struct local_topic *topic, int32_t number,
                       struct broker_error *error)
{
    struct local_partition *partition = &topic->partitions[number];
    if (partition->batch.count == 0)
        return true;
    struct record_batch front = {
        .attributes = (int16_t)writer->local->codec, .producer_id = -1, .producer_epoch = -1, .base_sequence = -1,
    };
    if (topic->append_time)
        front.attributes |= RECORD_BATCH_APPEND_TIME;
    if (writer->id) {
        front.attributes |= RECORD_BATCH_TRANSACTIONAL;
        front.producer_id = writer->state.producer_id;
        front.producer_epoch = writer->state.epoch;
        front.base_sequence = partition->sequence;
    }
    struct buffer *bytes = record_batch_writer_finish(&partition->batch, &front, clock_wall_ms());
    int64_t offset = -1;
    struct broker_error failure = {0};
    bool good = append_batch(writer, topic, number, bytes, &offset, &failure);
    size_t count = (size_t)partition->batch.count;
    if (good) {
        batch_done(writer, partition, number, offset);
        partition->sequence = (int32_t)((uint32_t)(partition->sequence + partition->batch.count) & INT32_MAX);
        partition->unsynced = true;
        writer->unsynced_bytes += bytes->len;
        writer->unstarted_bytes += bytes->len;
    } else {
        const uint64_t *numbers = (const uint64_t *)(const void *)partition->numbers.data;
        for (size_t i = 0; i < count; i++)
            hand_out(writer, numbers[i], failure.class, failure.text, number);
    }
    writer->batched -= count;
    partition->numbers.len = 0;
    record_batch_writer_start(&partition->batch);
    topic->sticky = -1;
    if (good && writer->local->sync && writer->unstarted_bytes >= WRITEBACK_STEP) {
        partition_appender_start_writeback(partition->appender);
        writer->unstarted_bytes = 0;
    }
    if (!good && failure.class == BROKER_FENCED) {
        *error = failure;
        return false;
    }
    return true;
}

/* Makes everything appended as safe as acks asks, and reports it. */
static bool settle(struct local_writer *writer, struct broker_error *error)
{
    bool good = finish_sync(writer, error);
    for (size_t t = 0; t < writer->topic_count; t++)
        for (int32_t p = 0; p < writer->topics[t].count; p++) {
            struct local_partition *partition = &writer->topics[t].partitions[p];
            if (!partition->unsynced)
                continue;
            if (writer->local->sync && !partition_appender_sync(partition->appender, error))
                good = broker_fail(error, BROKER_FATAL, "%s", error->text);
            partition->unsynced = false;
        }
    writer->unsynced_bytes = 0;
    report(writer, &writer->pending, good ? NULL : error->text); /* after a failure nobody knows which are safe */
    writer->waiting_since = writer->batched > 0 ? clock_steady_ms() : 0;
    return good;
}

/* Begins a sync of all that has been appended; false if it cannot be done apart. */
static bool start_sync(struct local_writer *writer)
{
    bool good = true;
    for (size_t t = 0; t < writer->topic_count; t++)
        for (int32_t p = 0; good && p < writer->topics[t].count; p++)
            if (writer->topics[t].partitions[p].unsynced)
                good = partition_syncer_add(&writer->syncer, writer->topics[t].partitions[p].appender);
    if (good && partition_syncer_start(&writer->syncer))
        return true;
    partition_syncer_drop(&writer->syncer);
    return false;
}

/* Syncs what has been appended on a thread of its own, after the sync before; its records are reported later. */
static bool settle_behind(struct local_writer *writer, struct broker_error *error)
{
    if (!finish_sync(writer, error))
        return false;
    if (!start_sync(writer)) /* a first sync, or no thread to be had */
        return settle(writer, error);
    for (size_t t = 0; t < writer->topic_count; t++)
        for (int32_t p = 0; p < writer->topics[t].count; p++)
            writer->topics[t].partitions[p].unsynced = false;
    struct buffer reported = writer->syncing;
    writer->syncing = writer->pending;
    writer->pending = reported;
    writer->unsynced_bytes = 0;
    writer->waiting_since = clock_steady_ms(); /* until the next look, or the next flush */
    return true;
}

static bool send_all(struct local_writer *writer, struct broker_error *error)
{
    bool good = true;
    for (size_t t = 0; t < writer->topic_count; t++)
        for (int32_t p = 0; p < writer->topics[t].count; p++)
            good = send_batch(writer, &writer->topics[t], p, error) && good;
    return good;
}

static int32_t choose_partition(struct local_writer *writer, struct local_topic *topic,
                                const struct broker_record *record)
{
    if (record->partition != BROKER_ANY_PARTITION)
        return record->partition;
    bool keyless = !record->key && writer->local->random_without_key;
    if (!keyless)
        return local_partition_of(writer->local, record->key, record->key_len, topic->count, &writer->random);
    if (topic->sticky < 0) /* any will do: stay with one until its batch is full */
        topic->sticky = local_partition_of(writer->local, NULL, 0, topic->count, &writer->random);
    return topic->sticky;
}

static bool open_partition(struct local_writer *writer, struct local_topic *topic, int32_t number,
                           struct broker_error *error)
{
    struct local_partition *partition = &topic->partitions[number];
    if (partition->appender)
        return true;
    char dir[LOCAL_PATH_MAX];
    if (!local_path(dir, error, "%s/%s-%" PRId32, writer->local->dir, topic->name, number))
        return false;
    partition->appender = partition_appender_open(dir, topic->segment_bytes, error);
    record_batch_writer_start(&partition->batch);
    return partition->appender || broker_fail(error, BROKER_FATAL, "%s", error->text);
}

/* Puts one record into its partition's batch, appending the batch before or after when it is full. */
static bool add_record(struct local_writer *writer, struct local_topic *topic, const struct broker_record *record,
                       int64_t now, struct broker_error *error)
{
    size_t size = broker_record_size(record);
    int32_t number = choose_partition(writer, topic, record);
    if (number < 0 || number >= topic->count) {
        struct broker_error text;
        broker_fail(&text, BROKER_REFUSED, "partition %" PRId32 ": %s has %" PRId32 " partitions", number, topic->name,
                    topic->count);
        hand_out(writer, record->number, BROKER_REFUSED, text.text, number);
        return true;
    }
    if (size > topic->limit) {
        struct broker_error text;
        broker_fail(&text, BROKER_TOO_LARGE,
                    "%zu bytes with the batch around it; %s takes %" PRIu64 " (max.message.bytes)", size, topic->name,
                    topic->limit);
        hand_out(writer, record->number, BROKER_TOO_LARGE, text.text, number);
        return true;
    }
    if (!open_partition(writer, topic, number, error))
        return false;
    struct local_partition *partition = &topic->partitions[number];
    writer->headers.len = 0;
    for (size_t i = 0; i < record->header_count; i++) {
        const struct broker_header *header = &record->headers[i];
        struct log_header copy = {header->name, strlen(header->name), header->value, header->value_len};
        buffer_add(&writer->headers, &copy, sizeof copy);
    }
    struct log_record entry = {
        .timestamp = record->timestamp == BROKER_TIMESTAMP_NOW ? now : record->timestamp, .key = record->key,
        .key_len = record->key_len, .value = record->value, .value_len = record->value_len,
        .headers = (const struct log_header *)(const void *)writer->headers.data, .header_count = record->header_count,
    };
    if (partition->batch.count > 0 && record_batch_writer_size_with(&partition->batch, &entry) > topic->limit &&
        !send_batch(writer, topic, number, error)) {
        hand_out(writer, record->number, error->class, error->text, number);
        return false;
    }
    record_batch_writer_add(&partition->batch, &entry);
    buffer_add(&partition->numbers, &record->number, sizeof record->number);
    writer->batched++;
    if (writer->waiting_since == 0)
        writer->waiting_since = clock_steady_ms();
    return partition->batch.bytes.len < BATCH_TARGET || send_batch(writer, topic, number, error);
}

static bool is_lost(const struct local_writer *writer, struct broker_error *error)
{
    if (writer->lost.class != BROKER_OK)
        *error = writer->lost;
    return writer->lost.class != BROKER_OK;
}

ssize_t local_append(struct broker_writer *broker_writer, size_t topic, const struct broker_record *records,
                     size_t count, struct broker_error *error)
{
    struct local_writer *writer = (struct local_writer *)broker_writer;
    if (writer->id && !writer->begun) {
        broker_fail(error, BROKER_FATAL, "no transaction has begun");
        return -1;
    }
    int64_t now = clock_wall_ms();
    if (is_lost(writer, error))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (!add_record(writer, &writer->topics[topic], &records[i], now, error)) /* fenced, or this one not taken */
            return i > 0 && !writer->id ? (ssize_t)i : -1;
    bool full =
        writer->unsynced_bytes >= SYNC_STEP || writer->pending.len / sizeof(struct broker_outcome) >= PENDING_MAX;
    struct broker_error *why = writer->id ? error : &writer->lost; /* without a transaction, told at the next call */
    bool good = writer->local->sync ? !full || settle_behind(writer, why) : settle(writer, why);
    return good || !writer->id ? (ssize_t)count : -1;
}

bool local_poll(struct broker_writer *broker_writer, int input, int timeout_ms, struct broker_error *error)
{
    struct local_writer *writer = (struct local_writer *)broker_writer;
    if (is_lost(writer, error))
        return false;
    if (writer->waiting_since == 0)
        return wake_wait(input, -1, timeout_ms), true;
    if (timeout_ms != 0) /* nothing else to do than to wait for the disk */
        return send_all(writer, error) && settle(writer, error);
    bool due = clock_steady_ms() - writer->waiting_since >= writer->linger_ms;
    return !due ||
           (send_all(writer, error) && (writer->local->sync ? settle_behind(writer, error) : settle(writer, error)));
}

bool local_flush(struct broker_writer *broker_writer, int timeout_ms, struct broker_error *error)
{
    struct local_writer *writer = (struct local_writer *)broker_writer;
    (void)timeout_ms; /* a disk answers */
    bool sent = send_all(writer, error);
    return settle(writer, error) && sent;
}

/* ---- transactions ---- */

/* A new epoch of the id (a new producer id when epochs run out), durably, before anything is written with it. */
static bool take_over(struct local_writer *writer, struct broker_error *error)
{
    struct transaction *state = &writer->state;
    int known = local_transaction_read(writer->local, writer->id, state, error);
    if (known < 0)
        return false;
    if (state->status != TRANSACTION_NONE) { /* what a crashed or living writer left open ends now */
        if (state->status == TRANSACTION_OPEN)
            state->status = TRANSACTION_ABORTING;
        if (state->epoch < INT16_MAX)
            state->epoch++; /* fences it first */
        if (!local_transaction_write(writer->local, writer->id, state, true, error) ||
            !local_transaction_finish(writer->local, writer->id, state, error))
            return false;
    }
    if (!known || state->epoch == INT16_MAX) {
        if (!local_transaction_new_producer(writer->local, &state->producer_id, error))
            return false;
        state->epoch = 0;
    } else {
        state->epoch++;
    }
    return local_transaction_write(writer->local, writer->id, state, true, error);
}

bool local_init_transactions(struct broker_writer *broker_writer, struct broker_error *error)
{
    struct local_writer *writer = (struct local_writer *)broker_writer;
    int lock = local_transaction_lock(writer->local, writer->id, error);
    if (lock < 0)
        return false;
    int decision = local_transaction_decision_lock(writer->local, false, error);
    bool good = decision >= 0;
    local_transaction_clear(&writer->state);
    good = good && take_over(writer, error);
    if (good) {
        if (writer->live >= 0)
            close(writer->live);
        writer->live = local_transaction_live(writer->local, writer->id, writer->state.epoch, error);
        good = writer->live >= 0;
        local_transaction_forget_live(writer->local, writer->id, writer->state.epoch);
    }
    if (decision >= 0)
        close(decision);
    close(lock);
    return good;
}

static void forget_parts(struct local_writer *writer)
{
    for (size_t t = 0; t < writer->topic_count; t++)
        for (int32_t p = 0; p < writer->topics[t].count; p++)
            writer->topics[t].partitions[p].in_transaction = false;
}

/* The markers of the last decision, if they are not all written. */
static bool finish_markers(struct local_writer *writer, struct broker_error *error)
{
    int lock = writer->unfinished ? local_transaction_lock(writer->local, writer->id, error) : -1;
    if (!writer->unfinished)
        return true;
    bool good = lock >= 0 && still_ours(writer, error) &&
                local_transaction_finish(writer->local, writer->id, &writer->state, error);
    if (lock >= 0)
        close(lock);
    writer->unfinished = !good;
    return good;
}

bool local_begin(struct broker_writer *broker_writer, struct broker_error *error)
{
    struct local_writer *writer = (struct local_writer *)broker_writer;
    if (writer->live < 0 || writer->begun)
        return broker_fail(error, BROKER_FATAL,
                           writer->begun ? "a transaction is open already" : "init_transactions comes first");
    if (!finish_markers(writer, error))
        return error->class == BROKER_FENCED ? false : broker_fail(error, BROKER_FATAL, "%s", error->text);
    mem_last_word(NULL);
    writer->begun = true;
    writer->broken = false;
    return true;
}

/* Writes the decision, durably. A failed write that can be read all the same is one: readers go by it. */
static bool write_decision(struct local_writer *writer, enum transaction_status status, struct broker_error *error)
{
    struct transaction present;
    struct broker_error ignored;
    writer->state.status = status;
    if (local_transaction_write(writer->local, writer->id, &writer->state, writer->local->sync, error))
        return true;
    bool written = local_transaction_read(writer->local, writer->id, &present, &ignored) == 1;
    if (written) {
        written = present.status == status;
        local_transaction_clear(&present);
    }
    return written;
}

/* Carries out the decision: durable first, then the markers, which may follow later. A disk that does not take the
 * decision will not take it the next moment: the transaction stays open, and dies with this process. */
static bool decide(struct local_writer *writer, enum transaction_status status, struct broker_error *error)
{
    int lock = local_transaction_lock(writer->local, writer->id, error);
    if (lock < 0)
        return false;
    bool good = still_ours(writer, error);
    int decision = good ? local_transaction_decision_lock(writer->local, false, error) : -1;
    good = good && decision >= 0;
    if (good && writer->state.count > 0) {
        struct broker_error later;
        good = write_decision(writer, status, error);
        if (good && status == TRANSACTION_COMMITTING)
            mem_last_word("the transaction is committed all the same: all of it is published");
        writer->unfinished = good && !local_transaction_finish(writer->local, writer->id, &writer->state, &later);
    }
    if (decision >= 0)
        close(decision);
    close(lock);
    if (good) {
        forget_parts(writer);
        writer->begun = false;
    } else if (error->class == BROKER_FAILED) {
        error->class = BROKER_FATAL;
    }
    return good;
}

bool local_commit(struct broker_writer *broker_writer, struct broker_error *error)
{
    struct local_writer *writer = (struct local_writer *)broker_writer;
    if (!writer->begun)
        return broker_fail(error, BROKER_FATAL, "no transaction has begun");
    if (!local_flush(broker_writer, -1, error))
        return error->class == BROKER_FENCED ? false : broker_fail(error, BROKER_ABORTABLE, "%s", error->text);
    if (writer->broken && !writer->fenced)
        return broker_fail(error, BROKER_ABORTABLE, "a record of the transaction was not delivered");
    return decide(writer, TRANSACTION_COMMITTING, error);
}

/* Records that are in a batch only are dropped. */
static void purge(struct local_writer *writer)
{
    for (size_t t = 0; t < writer->topic_count; t++)
        for (int32_t p = 0; p < writer->topics[t].count; p++) {
            struct local_partition *partition = &writer->topics[t].partitions[p];
            const uint64_t *numbers = (const uint64_t *)(const void *)partition->numbers.data;
            size_t count = partition->numbers.len / sizeof *numbers;
            writer->batched -= count;
            for (size_t i = 0; i < count; i++)
                hand_out(writer, numbers[i], BROKER_PURGED, "dropped with its transaction", p);
            partition->numbers.len = 0;
            if (partition->appender)
                record_batch_writer_start(&partition->batch);
        }
}

bool local_abort(struct broker_writer *broker_writer, struct broker_error *error)
{
    struct local_writer *writer = (struct local_writer *)broker_writer;
    if (!writer->begun)
        return broker_fail(error, BROKER_FATAL, "no transaction has begun");
    purge(writer);
    return settle(writer, error) && decide(writer, TRANSACTION_ABORTING, error);
}

void local_writer_close(struct broker_writer *broker_writer)
{
    struct local_writer *writer = (struct local_writer *)broker_writer;
    struct broker_error error;
    purge(writer), settle(writer, &error);
    for (size_t t = 0; t < writer->topic_count; t++) {
        struct local_topic *topic = &writer->topics[t];
        for (int32_t p = 0; topic->partitions && p < topic->count; p++) {
            partition_appender_close(topic->partitions[p].appender);
            record_batch_writer_free(&topic->partitions[p].batch);
            buffer_free(&topic->partitions[p].numbers);
        }
        free(topic->partitions);
        free(topic->name);
    }
    if (writer->live >= 0)
        close(writer->live);
    free(writer->topics);
    free(writer->id);
    local_transaction_clear(&writer->state);
    buffer_free(&writer->pending);
    buffer_free(&writer->syncing);
    partition_syncer_free(&writer->syncer);
    buffer_free(&writer->headers);
    free(writer);
}

/* The Kafka side's writer: librdkafka's producer, idempotent, values never copied. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/wake.h"
#include "log/kafka/kafka_inner.h"

enum {
    QUEUE_RECORDS = 200 * 1000,        /* records waiting for their outcome, unless the user says otherwise */
    QUEUE_KIBIBYTES = 24 * 1024,       /* and their bytes */
    BATCH_BYTES = 1000 * 1000,         /* a batch is at most so large, or the topic's limit */
    BATCH_RECORDS = 100 * 1000,
    LINGER_MS = 20,
    LINGER_LEAST_MS = 2,               /* with less, a thousand requests a second wait for each other in the broker */
    LIMIT_DEFAULT = 1048588,           /* Kafka's default max.message.bytes, when we may not ask */
    CLIENT_LIMIT_MIN = 1000,           /* librdkafka's range of message.max.bytes */
    CLIENT_LIMIT_MAX = 1000 * 1000 * 1000,
    CREATE_ON_THE_FLY_MS = 4000,       /* how long a topic may take to appear by being asked for */
    FLUSH_STEP_MS = 200,               /* between two looks at what has become of a transaction */
    VISIBLE_MS = 10 * 1000,            /* how long readers of committed records may lag behind the last commit */
    VISIBLE_STEP_US = 5 * 1000,
    HAND_OVER = 256,                   /* outcomes and records go through arrays of this size */
};

struct target {
    rd_kafka_topic_t *topic;
    char *name;
    int32_t partitions;
    bool created; /* by being asked for */
    size_t limit;
    /* known beforehand, as the broker would refuse a record's whole batch */
    bool compacted;            /* takes no record without a key */
    bool append_time;            /* what a record says of its time does not matter */
    int64_t before_ms, after_ms; /* how far a create time may be from now */
    int64_t *ends;               /* in transactions: behind the last record of ours in each partition */
};

struct kafka_writer {
    struct broker_writer writer; /* first: see broker.h */
    struct kafka_broker *kafka;
    struct kafka_client *client;
    struct target *targets;
    size_t target_count;
    void (*outcome)(void *, const struct broker_outcome *, size_t);
    void *context;
    bool compressed;         /* sizes on the wire are not ours to know */
    bool transaction_failed; /* a record of the open transaction failed */
    bool aborting;
    bool committed;           /* there are records that a transaction has committed */
    int64_t began, limit_ms;  /* the open transaction, and how long it may be open */
    size_t records, bytes;         /* accepted, without outcome */
    size_t max_records, max_bytes; /* what may be */
    rd_kafka_queue_t *reports; /* what rd_kafka_poll serves; */
    int wake;                  /* is readable when something comes into it */
    struct broker_outcome outcomes[HAND_OVER];
    size_t outcome_count;
    rd_kafka_message_t messages[HAND_OVER];
};

static void hand_over(struct kafka_writer *writer)
{
    if (writer->outcome_count == 0)
        return;
    size_t count = writer->outcome_count;
    writer->outcome_count = 0;
    writer->outcome(writer->context, writer->outcomes, count);
}

static void add(struct kafka_writer *writer, const struct broker_outcome *outcome)
{
    writer->outcomes[writer->outcome_count++] = *outcome;
    if (outcome->class != BROKER_OK)
        writer->transaction_failed = true;
    if (writer->outcome_count == HAND_OVER)
        hand_over(writer);
}

/* Of a record that was not sent. */
static void add_outcome(struct kafka_writer *writer, uint64_t number, rd_kafka_resp_err_t code, const char *text,
                        int32_t partition)
{
    add(writer, &(struct broker_outcome){.number = number, .class = kafka_class(code),
                                         .text = text ? text : rd_kafka_err2str(code),
                                         .partition = partition, .offset = -1});
}

static void note_end(struct kafka_writer *writer, const rd_kafka_message_t *message)
{
    for (size_t i = 0; i < writer->target_count; i++) {
        struct target *target = &writer->targets[i];
        if (target->topic == message->rkt && target->ends && !message->err && message->partition >= 0 &&
            message->partition < target->partitions && message->offset >= target->ends[message->partition])
            target->ends[message->partition] = message->offset + 1;
    }
}

/* librdkafka's delivery report, from inside rd_kafka_poll. */
static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk;
    struct kafka_client *client = opaque;
    struct kafka_writer *writer = client->owner;
    writer->records--;
    writer->bytes -= message->len + message->key_len;
    enum broker_class class = kafka_class(message->err);
    note_end(writer, message);
    add(writer, &(struct broker_outcome){.number = (uint64_t)(uintptr_t)message->_private, .class = class,
                                         .text = message->err ? rd_kafka_err2str(message->err) : NULL,
                                         .partition = message->partition, .offset = message->offset,
                                         .among = class == BROKER_TOO_LARGE || class == BROKER_REFUSED});
}

/* Asks for a topic in the way that makes brokers with auto.create.topics.enable create it. */
static bool create_on_the_fly(struct kafka_broker *kafka, const char *name, struct broker_error *error)
{
    struct kafka_conf conf = kafka_conf(kafka);
    struct kafka_client *client = kafka_client_start(RD_KAFKA_PRODUCER, &conf, kafka->debug, error);
    if (!client)
        return false;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(client->rk, name, NULL);
    bool there = false;
    for (int64_t until = clock_steady_ms() + CREATE_ON_THE_FLY_MS; topic && !there && clock_steady_ms() < until;
         usleep(50 * 1000)) {
        const struct rd_kafka_metadata *metadata;
        if (rd_kafka_metadata(client->rk, 0, topic, &metadata, KAFKA_CONTACT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
            break;
        there = metadata->topic_cnt == 1 && !metadata->topics[0].err && metadata->topics[0].partition_cnt > 0;
        rd_kafka_metadata_destroy(metadata);
    }
    if (topic)
        rd_kafka_topic_destroy(topic);
    kafka_client_end(client);
    return there;
}

static void take_config(struct target *target, const struct broker_config *config)
{
    if (config->value && strcmp(config->name, "max.message.bytes") == 0)
        target->limit = (size_t)strtoull(config->value, NULL, 10);
    if (config->value && strcmp(config->name, "cleanup.policy") == 0)
        target->compacted = strstr(config->value, "compact") != NULL;
    if (config->value && strcmp(config->name, "message.timestamp.before.max.ms") == 0)
        target->before_ms = strtoll(config->value, NULL, 10);
    if (config->value && strcmp(config->name, "message.timestamp.after.max.ms") == 0)
        target->after_ms = strtoll(config->value, NULL, 10);
    if (config->value && strcmp(config->name, "message.timestamp.type") == 0)
        target->append_time = strcmp(config->value, "LogAppendTime") == 0;
}

/* Partitions and limit of a topic, created if the cluster does that. */
static bool learn_target(struct kafka_broker *kafka, const char *name, struct target *target,
                         struct broker_error *error)
{
    struct arena arena = {0};
    const struct broker_topic *topics;
    const struct broker_config *configs;
    size_t count;
    bool good = kafka_topics(&kafka->broker, name, &arena, &topics, &count, error);
    target->created = !good && error->class == BROKER_UNKNOWN && create_on_the_fly(kafka, name, error);
    if (target->created)
        good = kafka_settle(kafka, name, 1, error) &&
               kafka_topics(&kafka->broker, name, &arena, &topics, &count, error);
    if (good && count == 1) {
        target->name = mem_copy(name, strlen(name));
        target->partitions = (int32_t)topics[0].partition_count;
        target->limit = LIMIT_DEFAULT;
        target->before_ms = target->after_ms = INT64_MAX;
        size_t config_count = 0;
        struct broker_error ignored; /* one may be allowed to write and not to ask */
        if (kafka_configs(&kafka->broker, name, &arena, &configs, &config_count, &ignored))
            for (size_t i = 0; i < config_count; i++)
                take_config(target, &configs[i]);
    }
    arena_free(&arena);
    return good;
}

static size_t conf_number(const rd_kafka_conf_t *conf, const char *name)
{
    char text[64];
    size_t size = sizeof text;
    if (rd_kafka_conf_get(conf, name, text, &size) != RD_KAFKA_CONF_OK)
        return 0;
    return (size_t)strtoull(text, NULL, 10);
}

static void default_number(struct kafka_conf *conf, const struct kafka_broker *kafka, const char *name, size_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", number);
    kafka_default(conf, kafka, name, text);
}

static bool named(const struct kafka_broker *kafka, const char *name)
{
    for (size_t i = 0; i < kafka->named_count; i++)
        if (strcmp(kafka->named[i], name) == 0)
            return true;
    return false;
}

/* The queue is bounded by us, not by librdkafka: it would take a smaller record after refusing a
 * larger one for want of room, and change their order. */
static struct kafka_conf producer_conf(struct kafka_writer *writer, const struct broker_writer_options *options)
{
    struct kafka_broker *kafka = writer->kafka;
    struct kafka_conf conf = kafka_conf(kafka);
    kafka_default(&conf, kafka, "partitioner", "murmur2_random");
    if (!named(kafka, "acks") && !named(kafka, "request.required.acks"))
        kafka_default(&conf, kafka, "enable.idempotence", "true");
    size_t limit = 0, smallest = writer->targets[0].limit;
    for (size_t i = 0; i < writer->target_count; i++)
        if (writer->targets[i].limit > limit)
            limit = writer->targets[i].limit;
    char codec[32];
    size_t size = sizeof codec;
    writer->compressed = rd_kafka_conf_get(conf.conf, "compression.codec", codec, &size) == RD_KAFKA_CONF_OK &&
                         strcmp(codec, "none") != 0;
    if (writer->compressed || limit > CLIENT_LIMIT_MAX)
        limit = CLIENT_LIMIT_MAX;
    default_number(&conf, kafka, "message.max.bytes", limit < CLIENT_LIMIT_MIN ? CLIENT_LIMIT_MIN : limit);
    default_number(&conf, kafka, "batch.size", smallest < BATCH_BYTES ? smallest : BATCH_BYTES);
    default_number(&conf, kafka, "batch.num.messages", BATCH_RECORDS);
    default_number(&conf, kafka, "queue.buffering.max.messages", QUEUE_RECORDS);
    default_number(&conf, kafka, "queue.buffering.max.kbytes", QUEUE_KIBIBYTES);
    int linger = options->linger_ms < 0 ? LINGER_MS : options->linger_ms > 0 ? options->linger_ms : LINGER_LEAST_MS;
    default_number(&conf, kafka, "linger.ms", (size_t)linger);
    writer->max_records = conf_number(conf.conf, "queue.buffering.max.messages");
    writer->max_bytes = conf_number(conf.conf, "queue.buffering.max.kbytes") * 1024;
    kafka_set(&conf, "queue.buffering.max.messages", "10000000");
    kafka_set(&conf, "queue.buffering.max.kbytes", "2147483647");
    if (options->transactional_id)
        kafka_set(&conf, "transactional.id", options->transactional_id);
    writer->limit_ms = (int64_t)conf_number(conf.conf, "transaction.timeout.ms");
    rd_kafka_conf_set_dr_msg_cb(conf.conf, on_delivery);
    return conf;
}

struct broker_writer *kafka_writer_open(struct broker *broker, const struct broker_writer_options *options,
                                        struct broker_error *error)
{
    struct kafka_writer *writer = mem_zero(1, sizeof *writer);
    writer->writer.side = &kafka_side;
    writer->kafka = (struct kafka_broker *)broker;
    writer->outcome = options->outcome;
    writer->context = options->context;
    writer->targets = mem_zero(options->topic_count, sizeof *writer->targets);
    writer->wake = wake_new();
    bool good = writer->wake >= 0 || broker_fail(error, BROKER_FATAL, "no descriptor for an event");
    for (size_t i = 0; i < options->topic_count && good; i++) {
        good = learn_target(writer->kafka, options->topics[i], &writer->targets[i], error);
        writer->target_count += good;
    }
    if (good) {
        struct kafka_conf conf = producer_conf(writer, options);
        writer->client = kafka_client_start(RD_KAFKA_PRODUCER, &conf, writer->kafka->debug, error);
        good = writer->client != NULL;
    }
    writer->writer.created = writer->target_count > 0 && writer->targets[0].created;
    if (good) {
        const uint64_t one = 1; /* as wake_set writes it */
        writer->client->owner = writer;
        writer->reports = rd_kafka_queue_get_main(writer->client->rk);
        rd_kafka_queue_io_event_enable(writer->reports, writer->wake, &one, sizeof one);
    }
    for (size_t i = 0; i < writer->target_count && good; i++) {
        writer->targets[i].topic = rd_kafka_topic_new(writer->client->rk, writer->targets[i].name, NULL);
        if (options->transactional_id)
            writer->targets[i].ends = mem_zero((size_t)writer->targets[i].partitions, sizeof(int64_t));
        if (!writer->targets[i].topic)
            good = kafka_fail(error, rd_kafka_last_error(), "topic %s", writer->targets[i].name);
    }
    if (good)
        return &writer->writer;
    kafka_writer_close(&writer->writer);
    return NULL;
}

int32_t kafka_writer_partitions(const struct broker_writer *writer, size_t topic)
{
    return ((const struct kafka_writer *)writer)->targets[topic].partitions;
}

size_t kafka_writer_limit(const struct broker_writer *writer, size_t topic)
{
    return ((const struct kafka_writer *)writer)->targets[topic].limit;
}

/* Somebody else has the producer's id. That is the cluster itself, where a transaction was open for too long. */
static bool fail_fenced(const struct kafka_writer *writer, struct broker_error *error)
{
    int64_t open_ms = writer->began ? clock_steady_ms() - writer->began : 0;
    if (open_ms >= writer->limit_ms && open_ms > 0)
        return broker_fail(error, BROKER_FATAL,
                           "the transaction was open for %lld s, longer than transaction.timeout.ms allows (%lld ms), "
                           "and the cluster has aborted it",
                           (long long)(open_ms / 1000), (long long)writer->limit_ms);
    return broker_fail(error, BROKER_FENCED, "another producer with the same transactional id has taken over");
}

/* False, with the error, when the producer is lost. */
static bool is_well(const struct kafka_writer *writer, struct broker_error *error)
{
    struct kafka_client *client = writer->client;
    if (!client->is_fatal)
        return true;
    if (client->is_fenced)
        return fail_fenced(writer, error);
    return broker_fail(error, BROKER_FATAL, "%s", client->fatal);
}

/* The record goes alone, with everything a message can have. */
static rd_kafka_resp_err_t send_one(struct kafka_writer *writer, struct target *target,
                                    const struct broker_record *record)
{
    rd_kafka_headers_t *headers = NULL;
    if (record->header_count > 0) {
        headers = rd_kafka_headers_new(record->header_count);
        for (size_t i = 0; i < record->header_count; i++) {
            const struct broker_header *header = &record->headers[i];
            rd_kafka_header_add(headers, header->name, -1, header->value,
                                header->value ? (ssize_t)header->value_len : 0);
        }
    }
    int64_t timestamp = record->timestamp == BROKER_TIMESTAMP_NOW ? 0 : record->timestamp;
    int32_t partition = record->partition == BROKER_ANY_PARTITION ? RD_KAFKA_PARTITION_UA : record->partition;
    rd_kafka_resp_err_t code;
    if (headers)
        code = rd_kafka_producev(writer->client->rk, RD_KAFKA_V_RKT(target->topic), RD_KAFKA_V_PARTITION(partition),
                                 RD_KAFKA_V_KEY(record->key, record->key_len),
                                 RD_KAFKA_V_VALUE((void *)(uintptr_t)record->value, record->value_len),
                                 RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)record->number),
                                 RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    else
        code = rd_kafka_producev(writer->client->rk, RD_KAFKA_V_RKT(target->topic), RD_KAFKA_V_PARTITION(partition),
                                 RD_KAFKA_V_KEY(record->key, record->key_len),
                                 RD_KAFKA_V_VALUE((void *)(uintptr_t)record->value, record->value_len),
                                 RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)record->number),
                                 RD_KAFKA_V_END);
    if (code && headers)
        rd_kafka_headers_destroy(headers);
    return code;
}

/* What is wrong with a record before it is sent; NULL if nothing. */
static const char *objection(const struct kafka_writer *writer, const struct target *target,
                             const struct broker_record *record, rd_kafka_resp_err_t *code)
{
    if (!writer->compressed && broker_record_size(record) > target->limit) {
        *code = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
        return rd_kafka_err2str(*code);
    }
    if (target->compacted && !record->key) {
        *code = RD_KAFKA_RESP_ERR_INVALID_RECORD;
        return "a record without key is refused by a compacted topic";
    }
    if (record->timestamp == 0) { /* librdkafka takes it as now */
        *code = RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
        return "create time 0 cannot be sent";
    }
    if (record->timestamp > 0 && !target->append_time) {
        int64_t now = clock_wall_ms();
        *code = RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
        if (now - record->timestamp > target->before_ms)
            return "the create time is longer ago than the topic takes (message.timestamp.before.max.ms)";
        if (record->timestamp - now > target->after_ms)
            return "the create time is further ahead than the topic takes (message.timestamp.after.max.ms)";
    }
    if (record->partition >= target->partitions) {
        *code = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
        return "the topic has no such partition";
    }
    return NULL;
}

/* Sends count records that need nothing special in one call. */
static rd_kafka_resp_err_t send_many(struct kafka_writer *writer, struct target *target,
                                     const struct broker_record *records, size_t count)
{
    rd_kafka_message_t *messages = writer->messages;
    for (size_t i = 0; i < count; i++) {
        messages[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
        messages[i].partition =
            records[i].partition == BROKER_ANY_PARTITION ? RD_KAFKA_PARTITION_UA : records[i].partition;
        messages[i].payload = (void *)(uintptr_t)records[i].value;
        messages[i].len = records[i].value_len;
        messages[i].key = (void *)(uintptr_t)records[i].key;
        messages[i].key_len = records[i].key_len;
        messages[i]._private = (void *)(uintptr_t)records[i].number;
        writer->bytes += records[i].value_len + records[i].key_len;
    }
    writer->records += count;
    /* one partition needs no partitioner */
    int sent = target->partitions == 1 ? rd_kafka_produce_batch(target->topic, 0, 0, messages, (int)count)
                                       : rd_kafka_produce_batch(target->topic, RD_KAFKA_PARTITION_UA,
                                                                RD_KAFKA_MSG_F_PARTITION, messages, (int)count);
    if (sent == (int)count)
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t fatal = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < count; i++) {
        if (!messages[i].err)
            continue;
        writer->records--;
        writer->bytes -= messages[i].len + messages[i].key_len;
        if (messages[i].err == RD_KAFKA_RESP_ERR__FATAL || messages[i].err == RD_KAFKA_RESP_ERR__STATE)
            fatal = messages[i].err;
        add_outcome(writer, records[i].number, messages[i].err, NULL, -1);
    }
    return fatal;
}

static bool is_plain(const struct broker_record *record)
{
    return record->header_count == 0 && record->timestamp == BROKER_TIMESTAMP_NOW;
}

ssize_t kafka_append(struct broker_writer *base, size_t topic, const struct broker_record *records, size_t count,
                     struct broker_error *error)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    struct target *target = &writer->targets[topic];
    if (!is_well(writer, error))
        return -1;
    size_t taken = 0;
    rd_kafka_resp_err_t wrong = RD_KAFKA_RESP_ERR_NO_ERROR;
    while (taken < count && !wrong) {
        rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
        const char *text = NULL;
        size_t run = 0, bytes = writer->bytes;
        bool full = false;
        for (; run < HAND_OVER && taken + run < count; run++) {
            const struct broker_record *record = &records[taken + run];
            size_t size = record->value_len + record->key_len;
            size_t waiting = writer->records + run;
            full = waiting > 0 && (waiting >= writer->max_records || bytes + size > writer->max_bytes);
            if (full || !is_plain(record) || (text = objection(writer, target, record, &code)))
                break;
            bytes += size;
        }
        if (run > 0)
            wrong = send_many(writer, target, records + taken, run);
        taken += run;
        if (full || wrong || run == HAND_OVER || taken == count) {
            if (full || wrong)
                break;
            continue;
        }
        const struct broker_record *record = &records[taken];
        if (text || (text = objection(writer, target, record, &code))) {
            add_outcome(writer, record->number, code, text, record->partition);
        } else if ((code = send_one(writer, target, record)) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            writer->records++;
            writer->bytes += record->value_len + record->key_len;
        } else {
            wrong = code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR__STATE ? code
                                                                                         : RD_KAFKA_RESP_ERR_NO_ERROR;
            add_outcome(writer, record->number, code, NULL, record->partition);
        }
        taken++;
    }
    hand_over(writer);
    return (ssize_t)taken; /* all of them have their outcome or will; a lost producer shows at the next call */
}

bool kafka_poll(struct broker_writer *base, int input, int timeout_ms, struct broker_error *error)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    wake_clear(writer->wake); /* first: what comes from now on is seen below, or wakes us */
    if (rd_kafka_poll(writer->client->rk, 0) == 0 && timeout_ms != 0) {
        wake_wait(input, writer->wake, timeout_ms);
        rd_kafka_poll(writer->client->rk, 0);
    }
    hand_over(writer);
    return is_well(writer, error);
}

/* A record of a doomed transaction may be kept for ever, to be sent again in another one. */
bool kafka_flush(struct broker_writer *base, int timeout_ms, struct broker_error *error)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    int64_t until = timeout_ms < 0 ? INT64_MAX : clock_steady_ms() + timeout_ms, left;
    do {
        left = until - clock_steady_ms();
        rd_kafka_flush(writer->client->rk, left < FLUSH_STEP_MS ? (int)(left < 0 ? 0 : left) : FLUSH_STEP_MS);
        hand_over(writer);
    } while (writer->records > 0 && left > 0 && !writer->client->is_doomed && !writer->client->is_fatal);
    if (!is_well(writer, error))
        return false;
    if (writer->records == 0)
        return true;
    if (writer->client->is_doomed)
        return broker_fail(error, BROKER_ABORTABLE, "the transaction has failed");
    return broker_fail(error, BROKER_TIMEOUT, "%zu records are not confirmed yet", writer->records);
}

/* The verdict of a transaction call; takes `wrong` over. */
static bool transaction_verdict(struct kafka_writer *writer, rd_kafka_error_t *wrong, const char *what,
                                struct broker_error *error)
{
    hand_over(writer);
    if (!wrong)
        return true;
    rd_kafka_resp_err_t code = rd_kafka_error_code(wrong);
    enum broker_class class = rd_kafka_error_txn_requires_abort(wrong) ? BROKER_ABORTABLE
                              : rd_kafka_error_is_retriable(wrong)     ? BROKER_RETRIABLE
                                                                       : BROKER_FATAL;
    if (kafka_class(code) == BROKER_FENCED || (rd_kafka_error_is_fatal(wrong) && writer->client->is_fenced))
        fail_fenced(writer, error);
    else
        broker_fail(error, rd_kafka_error_is_fatal(wrong) ? BROKER_FATAL : class, "%s: %s", what,
                    rd_kafka_error_string(wrong));
    rd_kafka_error_destroy(wrong);
    return false;
}

bool kafka_init_transactions(struct broker_writer *base, struct broker_error *error)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    return transaction_verdict(writer, rd_kafka_init_transactions(writer->client->rk, -1), "transactions cannot begin",
                               error);
}

bool kafka_begin(struct broker_writer *base, struct broker_error *error)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    writer->transaction_failed = false;
    writer->client->is_doomed = false;
    writer->began = clock_steady_ms();
    return transaction_verdict(writer, rd_kafka_begin_transaction(writer->client->rk), "the transaction cannot begin",
                               error);
}

bool kafka_commit(struct broker_writer *base, struct broker_error *error)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    if (!kafka_flush(base, -1, error))
        return false;
    if (writer->transaction_failed)
        return broker_fail(error, BROKER_ABORTABLE, "a record of the transaction was not delivered");
    if (!transaction_verdict(writer, rd_kafka_commit_transaction(writer->client->rk, -1),
                             "the transaction cannot be committed", error))
        return false;
    writer->committed = true;
    writer->began = 0;
    return true;
}

bool kafka_commit_with(struct broker_writer *base, const char *member, const struct broker_position *positions,
                       size_t count, struct broker_error *error)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    rd_kafka_consumer_group_metadata_t *group = kafka_member_read(member, error);
    if (!group)
        return false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
            positions[i].offset;
    rd_kafka_error_t *wrong = rd_kafka_send_offsets_to_transaction(writer->client->rk, list, group, -1);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_group_metadata_destroy(group);
    return transaction_verdict(writer, wrong, "the group's offsets cannot be committed", error);
}

bool kafka_abort(struct broker_writer *base, struct broker_error *error)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    return transaction_verdict(writer, rd_kafka_abort_transaction(writer->client->rk, -1),
                               "the transaction cannot be aborted", error);
}

/* The cluster says that a transaction is committed before all partitions have its end: waits until who reads committed
 * records sees ours. Somebody else's open transaction may hold them back for long. */
static void await_visible(struct kafka_writer *writer)
{
    int64_t until = clock_steady_ms() + VISIBLE_MS;
    for (size_t i = 0; i < writer->target_count; i++) {
        struct target *target = &writer->targets[i];
        size_t count = (size_t)target->partitions, hidden = 0;
        bool *wanted = mem_zero(count, sizeof *wanted);
        int64_t *stable = mem_zero(count, sizeof *stable);
        struct broker_error error;
        for (size_t p = 0; p < count; p++)
            hidden += wanted[p] = target->ends && target->ends[p] > 0;
        while (hidden > 0 && kafka_stable_offsets(writer->kafka, target->name, wanted, stable, count, &error)) {
            hidden = 0;
            for (size_t p = 0; p < count; p++)
                hidden += wanted[p] = wanted[p] && stable[p] < target->ends[p];
            if (hidden == 0 || clock_steady_ms() > until)
                break;
            usleep(VISIBLE_STEP_US);
        }
        if (hidden > 0)
            diag_notice("topic %s: what was committed is not visible yet to those who read committed records only: "
                        "another transaction is open there", target->name);
        free(stable);
        free(wanted);
    }
}

void kafka_writer_close(struct broker_writer *base)
{
    struct kafka_writer *writer = (struct kafka_writer *)base;
    if (writer->client && writer->committed && !writer->client->is_fatal)
        await_visible(writer);
    if (writer->client) {
        if (writer->records > 0) {
            rd_kafka_purge(writer->client->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
            while (writer->records > 0 && rd_kafka_poll(writer->client->rk, 1000) > 0)
                continue;
            hand_over(writer);
        }
        for (size_t i = 0; i < writer->target_count; i++)
            if (writer->targets[i].topic)
                rd_kafka_topic_destroy(writer->targets[i].topic);
        if (writer->reports)
            rd_kafka_queue_destroy(writer->reports);
        kafka_client_end(writer->client);
    }
    if (writer->wake >= 0)
        close(writer->wake);
    for (size_t i = 0; i < writer->target_count; i++)
        free(writer->targets[i].ends);
    for (size_t i = 0; i < writer->target_count; i++)
        free(writer->targets[i].name);
    free(writer->targets);
    free(writer);
}

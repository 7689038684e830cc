/* The Kafka side's reader: librdkafka's simple consumer for ranges read alone, its balanced
 * consumer for a group. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "log/kafka/kafka_inner.h"

enum {
    READ_MAX = 4096,                   /* messages handed out at once */
    FETCH_BYTES = 2 * 1024 * 1024,     /* of one partition in one answer */
    FETCH_BYTES_MIN = 1024 * 1024,     /* when there are several */
    QUEUE_MESSAGES = 300 * 1000,       /* messages read ahead, all partitions together */
    /* and at least so many for each: fewer than one answer's, and the library sleeps 1 s */
    QUEUE_MESSAGES_MIN = 40 * 1000,
    QUEUE_KIBIBYTES = 24 * 1024,       /* read ahead, all partitions together */
    QUEUE_KIBIBYTES_MIN = 1024,        /* and at least so much for each */
    COORDINATOR_STEP_US = 100 * 1000,  /* between two questions to a group's coordinator that is not ready */
    GROUP_LOOK_MS = 500,               /* how often the group's progress is asked for */
};

static const char FETCH_WAIT_MS[] = "20", SESSION_MS[] = "10000";

/* One partition. */
struct place {
    char *topic;
    int32_t partition;
    int64_t from, until;
    int64_t position;  /* behind the last message handed out (or the end, when that is reached) */
    int64_t committed; /* by us */
    rd_kafka_topic_t *handle; /* read alone: started with it */
    const rd_kafka_topic_t *seen; /* the topic handle its messages came with */
    bool done;         /* the end is reached */
    bool assigned;     /* group: it is ours at present */
};

struct kafka_reader {
    struct broker_reader reader; /* first: see broker.h */
    struct kafka_broker *kafka;
    struct kafka_client *client;
    rd_kafka_queue_t *queue;
    struct place *places;
    size_t place_count;
    size_t open;  /* places read alone that are not done */
    struct place *last;
    bool group, batch; /* batch: there are ends */
    bool closing;
    bool revoking, told; /* group: partitions are asked back; the caller knows */
    bool new_member;     /* group: what broker_reader_member says was not asked for since it changed */
    rd_kafka_topic_partition_list_t *revoked;
    int64_t next_look;
    struct broker_error failure; /* met inside a callback */
    bool failed;
    rd_kafka_message_t *held[READ_MAX];
    size_t held_count;
};

static void release(struct kafka_reader *reader)
{
    for (size_t i = 0; i < reader->held_count; i++)
        rd_kafka_message_destroy(reader->held[i]);
    reader->held_count = 0;
}

static struct place *find_place(struct kafka_reader *reader, const char *topic, int32_t partition)
{
    for (size_t i = 0; i < reader->place_count; i++)
        if (reader->places[i].partition == partition && strcmp(reader->places[i].topic, topic) == 0)
            return &reader->places[i];
    return NULL;
}

static struct place *place_of(struct kafka_reader *reader, const rd_kafka_message_t *message)
{
    struct place *place = reader->last;
    if (place && place->seen == message->rkt && place->partition == message->partition)
        return place;
    place = message->rkt ? find_place(reader, rd_kafka_topic_name(message->rkt), message->partition) : NULL;
    if (place) {
        place->seen = message->rkt;
        reader->last = place;
    }
    return place;
}

static void add_partition(rd_kafka_topic_partition_list_t *list, const struct place *place, int64_t offset)
{
    rd_kafka_topic_partition_list_add(list, place->topic, place->partition)->offset = offset;
}

/* The end of a place is reached: nothing more of it is wanted. */
static void finish(struct kafka_reader *reader, struct place *place)
{
    if (place->done)
        return;
    place->done = true;
    if (place->position < place->until)
        place->position = place->until;
    if (!reader->group) {
        reader->open--;
        rd_kafka_consume_stop(place->handle, place->partition);
        return;
    }
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    add_partition(list, place, 0);
    rd_kafka_pause_partitions(reader->client->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    reader->next_look = 0;
}

/* What the group has committed for the partitions in the list; false and error on failure. */
static bool ask_committed(struct kafka_reader *reader, rd_kafka_topic_partition_list_t *list,
                          struct broker_error *error)
{
    rd_kafka_resp_err_t code;
    for (int64_t until = clock_steady_ms() + KAFKA_ANSWER_MS;; usleep(COORDINATOR_STEP_US)) {
        code = rd_kafka_committed(reader->client->rk, list, KAFKA_ANSWER_MS);
        for (int i = 0; !code && i < list->cnt; i++)
            code = list->elems[i].err;
        if (kafka_class(code) != BROKER_RETRIABLE || clock_steady_ms() > until)
            break;
    }
    return !code || kafka_fail(error, code, "committed offsets");
}

/* A partition made after the start, for a run that follows: from its first record. */
static struct place *add_place(struct kafka_reader *reader, const char *topic, int32_t partition)
{
    reader->places = mem_resize(reader->places, reader->place_count + 1, sizeof *reader->places);
    reader->last = NULL;
    struct place *place = &reader->places[reader->place_count++];
    *place = (struct place){.topic = mem_copy(topic, strlen(topic)),
                            .partition = partition,
                            .from = RD_KAFKA_OFFSET_BEGINNING,
                            .until = BROKER_NO_END,
                            .committed = -1};
    return place;
}

/* New partitions: each begins where the group left off, or at its `from`. */
static void take_over(struct kafka_reader *reader, rd_kafka_topic_partition_list_t *list)
{
    if (list->cnt > 0 && !ask_committed(reader, list, &reader->failure)) {
        reader->failed = true;
        return;
    }
    rd_kafka_topic_partition_list_t *finished = rd_kafka_topic_partition_list_new(list->cnt);
    for (int i = 0; i < list->cnt; i++) {
        struct place *place = find_place(reader, list->elems[i].topic, list->elems[i].partition);
        if (!place && reader->batch) { /* made after the start */
            list->elems[i].offset = RD_KAFKA_OFFSET_END;
            rd_kafka_topic_partition_list_add(finished, list->elems[i].topic, list->elems[i].partition);
            continue;
        }
        if (!place)
            place = add_place(reader, list->elems[i].topic, list->elems[i].partition);
        bool known = list->elems[i].offset >= 0;
        int64_t offset = known ? list->elems[i].offset : place->from;
        list->elems[i].offset = offset;
        place->position = offset;
        place->committed = known ? offset : -1;
        place->assigned = true;
        place->done = offset >= place->until;
        if (place->done)
            add_partition(finished, place, 0);
    }
    rd_kafka_t *rk = reader->client->rk;
    reader->new_member = true;
    if (strcmp(rd_kafka_rebalance_protocol(rk), "COOPERATIVE") == 0)
        rd_kafka_error_destroy(rd_kafka_incremental_assign(rk, list));
    else
        rd_kafka_assign(rk, list);
    if (finished->cnt > 0)
        rd_kafka_pause_partitions(rk, finished);
    rd_kafka_topic_partition_list_destroy(finished);
}

static void give_up_revoked(struct kafka_reader *reader)
{
    rd_kafka_t *rk = reader->client->rk;
    reader->revoking = false;
    for (int i = 0; i < reader->revoked->cnt; i++) {
        struct place *place = find_place(reader, reader->revoked->elems[i].topic, reader->revoked->elems[i].partition);
        if (place)
            place->assigned = false;
    }
    if (strcmp(rd_kafka_rebalance_protocol(rk), "COOPERATIVE") == 0)
        rd_kafka_error_destroy(rd_kafka_incremental_unassign(rk, reader->revoked));
    else
        rd_kafka_assign(rk, NULL);
    rd_kafka_topic_partition_list_destroy(reader->revoked);
    reader->revoked = NULL;
}

/* Called from inside the reading call. Partitions asked back are given up only after the caller has
 * written out what it has (BROKER_READ_REVOKING). */
static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    (void)rk;
    struct kafka_reader *reader = ((struct kafka_client *)opaque)->owner;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        take_over(reader, list);
        return;
    }
    reader->revoking = true;
    reader->told = false;
    if (reader->revoked)
        rd_kafka_topic_partition_list_destroy(reader->revoked);
    reader->revoked = rd_kafka_topic_partition_list_copy(list);
    if (reader->closing)
        give_up_revoked(reader);
}

/* A partition's share of what is read ahead. */
static void default_share(struct kafka_conf *conf, const struct kafka_broker *kafka, const char *name, size_t share,
                          size_t min)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", share > min ? share : min);
    kafka_default(conf, kafka, name, text);
}

static struct kafka_conf consumer_conf(const struct kafka_broker *kafka, const struct broker_reader_options *options,
                                       bool batch)
{
    struct kafka_conf conf = kafka_conf(kafka);
    kafka_set(&conf, "enable.partition.eof", "true");
    kafka_set(&conf, "enable.auto.commit", "false");
    kafka_set(&conf, "enable.auto.offset.store", "false");
    kafka_set(&conf, "auto.offset.reset", "error"); /* an offset that is gone must not be passed over */
    if (options->read_uncommitted)
        kafka_set(&conf, "isolation.level", "read_uncommitted");
    if (options->group)
        kafka_set(&conf, "group.id", options->group);
    size_t parts = options->range_count ? options->range_count : 1;
    default_share(&conf, kafka, "queued.max.messages.kbytes", QUEUE_KIBIBYTES / parts, QUEUE_KIBIBYTES_MIN);
    default_share(&conf, kafka, "queued.min.messages", QUEUE_MESSAGES / parts, QUEUE_MESSAGES_MIN);
    default_share(&conf, kafka, "max.partition.fetch.bytes", FETCH_BYTES / parts, FETCH_BYTES_MIN);
    /* the end shows in an answer without messages, which the broker holds back so long (500 ms): in a batch
     * that is only waiting */
    if (batch)
        kafka_default(&conf, kafka, "fetch.wait.max.ms", FETCH_WAIT_MS);
    /* a member that dies without a word blocks its partitions so long (45 s) */
    kafka_default(&conf, kafka, "session.timeout.ms", SESSION_MS);
    return conf;
}

static bool start_alone(struct kafka_reader *reader, struct broker_error *error)
{
    rd_kafka_t *rk = reader->client->rk;
    reader->queue = rd_kafka_queue_new(rk);
    for (size_t i = 0; i < reader->place_count; i++) {
        struct place *place = &reader->places[i];
        place->position = place->from;
        place->done = place->from >= place->until;
        if (place->done)
            continue;
        place->handle = rd_kafka_topic_new(rk, place->topic, NULL);
        if (!place->handle ||
            rd_kafka_consume_start_queue(place->handle, place->partition, place->from, reader->queue) != 0)
            return kafka_fail(error, rd_kafka_last_error(), "%s [%d]", place->topic, (int)place->partition);
        reader->open++;
    }
    return true;
}

static bool start_group(struct kafka_reader *reader, struct broker_error *error)
{
    rd_kafka_t *rk = reader->client->rk;
    rd_kafka_poll_set_consumer(rk);
    reader->queue = rd_kafka_queue_get_consumer(rk);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new((int)reader->place_count);
    for (size_t i = 0; i < reader->place_count; i++)
        if (!rd_kafka_topic_partition_list_find(topics, reader->places[i].topic, RD_KAFKA_PARTITION_UA))
            rd_kafka_topic_partition_list_add(topics, reader->places[i].topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    return !code || kafka_fail(error, code, "group");
}

struct broker_reader *kafka_reader_open(struct broker *broker, const struct broker_reader_options *options,
                                        struct broker_error *error)
{
    struct kafka_reader *reader = mem_zero(1, sizeof *reader);
    reader->reader.side = &kafka_side;
    reader->kafka = (struct kafka_broker *)broker;
    reader->group = options->group != NULL;
    reader->places = mem_zero(options->range_count, sizeof *reader->places);
    reader->place_count = options->range_count;
    for (size_t i = 0; i < options->range_count; i++) {
        const struct broker_range *range = &options->ranges[i];
        reader->places[i] = (struct place){.topic = mem_copy(range->topic, strlen(range->topic)),
                                           .partition = range->partition,
                                           .from = range->from,
                                           .until = range->until,
                                           .committed = -1};
        reader->batch = reader->batch || range->until != BROKER_NO_END;
    }
    struct kafka_conf conf = consumer_conf(reader->kafka, options, reader->batch);
    if (reader->group)
        rd_kafka_conf_set_rebalance_cb(conf.conf, on_rebalance);
    reader->client = kafka_client_start(RD_KAFKA_CONSUMER, &conf, reader->kafka->debug, error);
    if (reader->client) {
        reader->client->owner = reader;
        if (reader->group ? start_group(reader, error) : start_alone(reader, error))
            return &reader->reader;
    }
    kafka_reader_close(&reader->reader);
    return NULL;
}

/* An error that came among the messages. True: it is none of ours to act upon. */
static bool take_error(struct kafka_reader *reader, const rd_kafka_message_t *message, struct broker_error *error)
{
    struct place *place = place_of(reader, message);
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (place && !place->done && message->offset >= place->until)
            finish(reader, place);
        return true;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        if (place && place->done)
            return true;
        return broker_fail(error, BROKER_FAILED, "%s [%d]: offset %lld is not there (deleted, or beyond the end)",
                           place ? place->topic : "?", (int)message->partition,
                           place ? (long long)place->position : -1LL);
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: /* the group goes on; we join again by reading on */
        return true;
    default:
        if (place && place->done)
            return true;
        return broker_fail(error, kafka_class(message->err), "%s [%d]: %s", place ? place->topic : "group",
                           (int)message->partition, rd_kafka_message_errstr(message));
    }
}

/* A message of ours: noted as handed out. False: it is behind the end, or of a place given up. */
static bool take_message(struct kafka_reader *reader, const rd_kafka_message_t *message)
{
    struct place *place = place_of(reader, message);
    if (!place)
        return false; /* made after the start of a batch */
    if (place->done || message->offset >= place->until) {
        finish(reader, place);
        return false;
    }
    place->position = message->offset + 1;
    if (place->position >= place->until)
        finish(reader, place);
    return true;
}

static void fill(const rd_kafka_message_t *from, struct broker_message *to)
{
    rd_kafka_timestamp_type_t type;
    to->timestamp = rd_kafka_message_timestamp(from, &type);
    to->timestamp_type = type == RD_KAFKA_TIMESTAMP_CREATE_TIME       ? 0
                         : type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? 1
                                                                      : -1;
    to->topic = rd_kafka_topic_name(from->rkt);
    to->partition = from->partition;
    to->offset = from->offset;
    to->key = from->key;
    to->key_len = from->key_len;
    to->value = from->payload;
    to->value_len = from->len;
    to->handle = (void *)(uintptr_t)from;
}

/* Group, batch: have all members together reached every end? Asks now and then. */
static bool group_is_done(struct kafka_reader *reader)
{
    if (!reader->batch || clock_steady_ms() < reader->next_look)
        return false;
    for (size_t i = 0; i < reader->place_count; i++)
        if (reader->places[i].assigned && !reader->places[i].done)
            return false;
    reader->next_look = clock_steady_ms() + GROUP_LOOK_MS;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reader->place_count);
    for (size_t i = 0; i < reader->place_count; i++)
        add_partition(list, &reader->places[i], RD_KAFKA_OFFSET_INVALID);
    struct broker_error ignored; /* we ask again */
    bool done = ask_committed(reader, list, &ignored);
    for (size_t i = 0; done && i < reader->place_count; i++) {
        /* where nothing is committed somebody has to: a group that began at the end goes on from there */
        int64_t offset = list->elems[i].offset;
        done = offset >= 0 && offset >= reader->places[i].until;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return done;
}

/* What is there, at most cap; the first of it is waited for. (The library's batch call with a timeout
 * waits until the batch is full.) */
static void take(struct kafka_reader *reader, size_t cap, int timeout_ms)
{
    ssize_t got = rd_kafka_consume_batch_queue(reader->queue, 0, reader->held, cap);
    reader->held_count = got > 0 ? (size_t)got : 0;
    if (reader->held_count > 0 || timeout_ms == 0)
        return;
    reader->held[0] = rd_kafka_consume_queue(reader->queue, timeout_ms);
    reader->held_count = reader->held[0] != NULL;
    if (reader->held_count > 0 && cap > 1 && !reader->revoking) {
        got = rd_kafka_consume_batch_queue(reader->queue, 0, reader->held + 1, cap - 1);
        reader->held_count += got > 0 ? (size_t)got : 0;
    }
}

enum broker_read kafka_read(struct broker_reader *base, struct broker_message *messages, size_t cap, int timeout_ms,
                            size_t *count, struct broker_error *error)
{
    struct kafka_reader *reader = (struct kafka_reader *)base;
    release(reader);
    *count = 0;
    if (reader->failed) {
        *error = reader->failure;
        return BROKER_READ_FAILED;
    }
    if (reader->revoking && !reader->told) {
        reader->told = true;
        return BROKER_READ_REVOKING;
    }
    if (reader->revoking)
        give_up_revoked(reader);
    if (!reader->group && reader->open == 0)
        return BROKER_READ_DONE;
    if (reader->group && group_is_done(reader))
        return BROKER_READ_DONE;
    if (!reader->group) /* errors and log lines; the messages have a queue of their own */
        rd_kafka_poll(reader->client->rk, 0);
    take(reader, cap < READ_MAX ? cap : READ_MAX, timeout_ms);
    bool good = true;
    for (size_t i = 0; i < reader->held_count && good; i++) {
        const rd_kafka_message_t *message = reader->held[i];
        if (message->err)
            good = take_error(reader, message, error);
        else if (take_message(reader, message))
            fill(message, &messages[(*count)++]);
    }
    if (good && reader->client->is_fatal)
        good = broker_fail(error, BROKER_FATAL, "%s", reader->client->fatal);
    if (!good) {
        reader->failure = *error;
        reader->failed = true;
    }
    if (*count > 0)
        return BROKER_READ_MESSAGES; /* first what came before the error */
    if (reader->failed)
        *error = reader->failure;
    return reader->failed ? BROKER_READ_FAILED : BROKER_READ_IDLE;
}

size_t kafka_message_headers(const struct broker_message *message, struct arena *arena,
                             const struct broker_header **headers)
{
    rd_kafka_headers_t *list;
    if (rd_kafka_message_headers(message->handle, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    size_t count = rd_kafka_header_cnt(list);
    struct broker_header *copy = arena_alloc(arena, (count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        const void *value;
        rd_kafka_header_get_all(list, i, &copy[i].name, &value, &copy[i].value_len);
        copy[i].value = value;
    }
    *headers = copy;
    return count;
}

/* Whether the group has to commit its position: also where there was no message, if it never has. */
static bool is_ahead(const struct place *place)
{
    return place->assigned && place->position > place->committed;
}

bool kafka_reader_commit(struct broker_reader *base, struct broker_error *error)
{
    struct kafka_reader *reader = (struct kafka_reader *)base;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reader->place_count);
    for (size_t i = 0; i < reader->place_count; i++) {
        const struct place *place = &reader->places[i];
        if (is_ahead(place))
            add_partition(list, place, place->position);
    }
    rd_kafka_resp_err_t code =
        list->cnt > 0 ? rd_kafka_commit(reader->client->rk, list, 0) : RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int i = 0; !code && i < list->cnt; i++) {
        code = list->elems[i].err;
        struct place *place = find_place(reader, list->elems[i].topic, list->elems[i].partition);
        if (!code && place)
            place->committed = list->elems[i].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    switch (code) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
        return true;
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
        return broker_fail(error, BROKER_RETRIABLE, "commit: %s", rd_kafka_err2str(code));
    default:
        return kafka_fail(error, code, "commit");
    }
}

bool kafka_reader_member(struct broker_reader *base, struct buffer *into)
{
    struct kafka_reader *reader = (struct kafka_reader *)base;
    if (!reader->new_member)
        return false;
    reader->new_member = !kafka_member_write(reader->client->rk, into);
    return !reader->new_member;
}

size_t kafka_reader_positions(struct broker_reader *base, struct arena *arena,
                              const struct broker_position **positions)
{
    const struct kafka_reader *reader = (const struct kafka_reader *)base;
    struct broker_position *list = arena_alloc(arena, (reader->place_count + 1) * sizeof *list);
    size_t count = 0;
    for (size_t i = 0; i < reader->place_count; i++) {
        const struct place *place = &reader->places[i];
        if (is_ahead(place))
            list[count++] = (struct broker_position){place->topic, place->partition, place->position};
    }
    *positions = list;
    return count;
}

bool kafka_reader_settled(struct broker_reader *base, struct broker_error *error)
{
    struct kafka_reader *reader = (struct kafka_reader *)base;
    bool lost = rd_kafka_assignment_lost(reader->client->rk), behind = false;
    if (lost)
        return broker_fail(error, BROKER_FAILED, "the group has given away the partitions that were read here");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)reader->place_count);
    for (size_t i = 0; i < reader->place_count; i++)
        if (is_ahead(&reader->places[i]))
            add_partition(list, &reader->places[i], RD_KAFKA_OFFSET_INVALID);
    bool good = list->cnt == 0 || ask_committed(reader, list, error);
    for (int i = 0; good && i < list->cnt; i++) {
        struct place *place = find_place(reader, list->elems[i].topic, list->elems[i].partition);
        behind |= list->elems[i].offset < place->position;
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (good && behind)
        return broker_fail(error, BROKER_RETRIABLE, "what was read is not committed");
    return good;
}

void kafka_reader_close(struct broker_reader *base)
{
    struct kafka_reader *reader = (struct kafka_reader *)base;
    release(reader);
    for (size_t i = 0; i < reader->place_count; i++) {
        struct place *place = &reader->places[i];
        if (place->handle && !place->done)
            rd_kafka_consume_stop(place->handle, place->partition);
        if (place->handle)
            rd_kafka_topic_destroy(place->handle);
    }
    if (reader->revoked && reader->client)
        give_up_revoked(reader);
    if (reader->client) {
        reader->closing = true;
        if (reader->group)
            rd_kafka_consumer_close(reader->client->rk);
        if (reader->queue)
            rd_kafka_queue_destroy(reader->queue);
        kafka_client_end(reader->client);
    }
    for (size_t i = 0; i < reader->place_count; i++)
        free(reader->places[i].topic);
    free(reader->places);
    free(reader);
}

/* The Kafka side's questions about topics and offsets, and changes to topics. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "log/kafka/kafka_inner.h"

/* How long a created or deleted topic may take to show in the cluster's metadata. */
enum { SETTLE_MS = 30 * 1000, SETTLE_STEP_US = 20 * 1000 };

/* How often, while an answer is waited for, it is looked whether it can come at all. */
enum { LOOK_MS = 50 };

rd_kafka_AdminOptions_t *kafka_admin_options(struct kafka_client *client, rd_kafka_admin_op_t operation)
{
    char text[128];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client->rk, operation);
    rd_kafka_AdminOptions_set_request_timeout(options, KAFKA_CONTACT_MS, text, sizeof text);
    return options;
}

rd_kafka_event_t *kafka_answer(struct kafka_broker *kafka, struct kafka_client *client, rd_kafka_queue_t *queue,
                               const char *what, struct broker_error *error)
{
    rd_kafka_event_t *event = NULL;
    int64_t until = clock_steady_ms() + KAFKA_ANSWER_MS;
    while (!event && clock_steady_ms() < until) {
        if (!kafka_look(client, error))
            return NULL;
        event = rd_kafka_queue_poll(queue, LOOK_MS);
    }
    if (!event) {
        kafka_fail_silence(error, kafka, client, what);
        return NULL;
    }
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return event;
    if (kafka_class(code) == BROKER_TIMEOUT)
        kafka_fail_silence(error, kafka, client, what);
    else
        broker_fail(error, kafka_class(code), "%s: %s", what, rd_kafka_event_error_string(event));
    rd_kafka_event_destroy(event);
    return NULL;
}

static int compare_topics(const void *a, const void *b)
{
    const struct broker_topic *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static int compare_partitions(const void *a, const void *b)
{
    const struct broker_partition *left = a, *right = b;
    return left->number < right->number ? -1 : left->number > right->number;
}

static const int32_t *copy_ids(struct arena *arena, const int32_t *ids, int count)
{
    int32_t *copy = arena_alloc(arena, ((size_t)count + 1) * sizeof *copy);
    if (count > 0)
        memcpy(copy, ids, (size_t)count * sizeof *copy);
    return copy;
}

static void copy_topic(struct arena *arena, const struct rd_kafka_metadata_topic *from, struct broker_topic *to)
{
    to->name = arena_copy(arena, from->topic, strlen(from->topic));
    to->partition_count = (size_t)from->partition_cnt;
    struct broker_partition *partitions = arena_alloc(arena, (to->partition_count + 1) * sizeof *partitions);
    for (size_t i = 0; i < to->partition_count; i++) {
        const struct rd_kafka_metadata_partition *partition = &from->partitions[i];
        partitions[i] = (struct broker_partition){
            .number = partition->id,
            .leader = partition->leader,
            .replicas = copy_ids(arena, partition->replicas, partition->replica_cnt),
            .replica_count = (size_t)partition->replica_cnt,
            .isr = copy_ids(arena, partition->isrs, partition->isr_cnt),
            .isr_count = (size_t)partition->isr_cnt,
        };
    }
    qsort(partitions, to->partition_count, sizeof *partitions, compare_partitions);
    to->partitions = partitions;
}

/* librdkafka's question for metadata, asked again and again with more patience each time, so that it is seen soon when
 * no answer can come. `topic` NULL: all of them. */
static rd_kafka_resp_err_t wait_for_metadata(struct kafka_client *client, rd_kafka_topic_t *topic,
                                             const struct rd_kafka_metadata **metadata)
{
    struct broker_error ignored; /* is asked for by whoever gets the code */
    rd_kafka_resp_err_t code;
    int64_t until = clock_steady_ms() + KAFKA_CONTACT_MS;
    for (int64_t step = LOOK_MS, left = KAFKA_CONTACT_MS;; step += step < left ? step : 0) {
        code = rd_kafka_metadata(client->rk, topic ? 0 : 1, topic, metadata, (int)(step < left ? step : left));
        if (kafka_class(code) != BROKER_TIMEOUT || !kafka_look(client, &ignored))
            return code;
        usleep(SETTLE_STEP_US); /* it may have failed without waiting */
        left = until - clock_steady_ms();
        if (left <= 0)
            return code;
    }
}

/* Metadata of one topic or all; retries while leaders are being elected. NULL and error on failure. */
static const struct rd_kafka_metadata *ask_metadata(struct kafka_broker *kafka, const char *name,
                                                    struct broker_error *error)
{
    struct kafka_client *client = kafka_ask(kafka, true, error);
    if (!client)
        return NULL;
    rd_kafka_topic_t *topic = NULL;
    if (name && !(topic = rd_kafka_topic_new(client->rk, name, NULL))) {
        kafka_fail(error, rd_kafka_last_error(), "topic %s", name);
        return NULL;
    }
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = wait_for_metadata(client, topic, &metadata);
    if (topic)
        rd_kafka_topic_destroy(topic);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return metadata;
    if (kafka_class(code) == BROKER_TIMEOUT)
        kafka_fail_silence(error, kafka, client, name ? name : "topics");
    else
        kafka_fail(error, code, "%s", name ? name : "topics");
    return NULL;
}

bool kafka_topics(struct broker *broker, const char *name, struct arena *arena, const struct broker_topic **topics,
                  size_t *count, struct broker_error *error)
{
    const struct rd_kafka_metadata *metadata = ask_metadata((struct kafka_broker *)broker, name, error);
    if (!metadata)
        return false;
    struct broker_topic *list = arena_alloc(arena, ((size_t)metadata->topic_cnt + 1) * sizeof *list);
    *count = 0;
    bool good = true;
    for (int i = 0; i < metadata->topic_cnt && good; i++) {
        const struct rd_kafka_metadata_topic *topic = &metadata->topics[i];
        if (topic->err == RD_KAFKA_RESP_ERR_NO_ERROR || topic->err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
            copy_topic(arena, topic, &list[(*count)++]);
        else if (name && kafka_class(topic->err) == BROKER_UNKNOWN)
            good =
                broker_fail(error, BROKER_UNKNOWN, "topic %s: there is no such topic (atopic create makes one)", name);
        else if (name)
            good = kafka_fail(error, topic->err, "topic %s", name);
    }
    rd_kafka_metadata_destroy(metadata);
    qsort(list, *count, sizeof *list, compare_topics);
    *topics = list;
    return good;
}

/* A config entry as the broker tells it. */
typedef void config_visitor(void *context, const rd_kafka_ConfigEntry_t *entry);

static bool visit_configs(struct kafka_broker *kafka, const char *topic, config_visitor *visit, void *context,
                          struct broker_error *error)
{
    struct kafka_client *client = kafka_ask(kafka, true, error);
    if (!client)
        return false;
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_DescribeConfigs(client->rk, &resource, 1, options, queue);
    rd_kafka_event_t *event = kafka_answer(kafka, client, queue, topic, error);
    bool good = event != NULL;
    if (event) {
        size_t resource_count, entry_count;
        const rd_kafka_ConfigResource_t **resources =
            rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &resource_count);
        rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resources[0]);
        if (kafka_class(code) == BROKER_UNKNOWN)
            good =
                broker_fail(error, BROKER_UNKNOWN, "topic %s: there is no such topic (atopic create makes one)", topic);
        else if (code)
            good = broker_fail(error, kafka_class(code), "topic %s: %s", topic,
                               rd_kafka_ConfigResource_error_string(resources[0]));
        const rd_kafka_ConfigEntry_t **entries =
            good ? rd_kafka_ConfigResource_configs(resources[0], &entry_count) : NULL;
        for (size_t i = 0; good && i < entry_count; i++)
            visit(context, entries[i]);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(resource);
    return good;
}

static bool is_set(const rd_kafka_ConfigEntry_t *entry)
{
    return rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
}

struct config_list {
    struct arena *arena;
    struct broker_config *configs;
    size_t count, cap;
};

static void list_config(void *context, const rd_kafka_ConfigEntry_t *entry)
{
    struct config_list *list = context;
    if (list->count == list->cap) {
        struct broker_config *more = arena_alloc(list->arena, (list->cap + 64) * sizeof *more);
        if (list->count > 0)
            memcpy(more, list->configs, list->count * sizeof *more);
        list->configs = more;
        list->cap += 64;
    }
    const char *name = rd_kafka_ConfigEntry_name(entry), *value = rd_kafka_ConfigEntry_value(entry);
    list->configs[list->count++] = (struct broker_config){
        .name = arena_copy(list->arena, name, strlen(name)),
        .value = value ? arena_copy(list->arena, value, strlen(value)) : NULL,
        .set = is_set(entry),
    };
}

static int compare_configs(const void *a, const void *b)
{
    const struct broker_config *left = a, *right = b;
    return strcmp(left->name, right->name);
}

bool kafka_configs(struct broker *broker, const char *topic, struct arena *arena, const struct broker_config **configs,
                   size_t *count, struct broker_error *error)
{
    struct config_list list = {.arena = arena};
    if (!visit_configs((struct kafka_broker *)broker, topic, list_config, &list, error))
        return false;
    if (list.count > 0)
        qsort(list.configs, list.count, sizeof *list.configs, compare_configs);
    *configs = list.configs;
    *count = list.count;
    return true;
}

/* The verdict on the one topic of a create, delete or partitions request. */
static bool topic_verdict(rd_kafka_event_t *event, const char *topic, struct broker_error *error)
{
    size_t count;
    const rd_kafka_topic_result_t **results;
    switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
        results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
        break;
    case RD_KAFKA_EVENT_DELETETOPICS_RESULT:
        results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
        break;
    default:
        results = rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event), &count);
        break;
    }
    rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
    const char *text = rd_kafka_topic_result_error_string(results[0]);
    switch (kafka_class(code)) {
    case BROKER_OK:
        return true;
    case BROKER_UNKNOWN:
        return broker_fail(error, BROKER_UNKNOWN, "topic %s: there is no such topic (atopic create makes one)", topic);
    case BROKER_EXISTS:
        return broker_fail(error, BROKER_EXISTS, "topic %s: it exists already", topic);
    default:
        return broker_fail(error, kafka_class(code), "topic %s: %s", topic, text ? text : rd_kafka_err2str(code));
    }
}

/* Whether what this cluster, or this broker of it, says of the topic is what kafka_settle waits for. */
static bool is_settled(struct kafka_broker *kafka, const char *topic, int32_t partitions, struct broker_error *error)
{
    struct arena arena = {0};
    const struct broker_topic *topics;
    size_t count;
    bool there = kafka_topics(&kafka->broker, topic, &arena, &topics, &count, error) && count == 1;
    bool settled = !there ? partitions == 0 && error->class == BROKER_UNKNOWN
                          : partitions > 0 && topics[0].partition_count >= (size_t)partitions;
    for (size_t i = 0; settled && there && i < topics[0].partition_count; i++)
        settled = topics[0].partitions[i].leader >= 0;
    arena_free(&arena);
    return settled;
}

/* The same of one broker alone: a client that knows of no other one at its start asks that one. A broker that does not
 * answer is asked by nobody. */
static bool settle_broker(const struct kafka_broker *kafka, const struct rd_kafka_metadata_broker *node,
                          const char *topic, int32_t partitions, int64_t until)
{
    char address[512], text[256];
    struct kafka_broker one = *kafka;
    struct broker_error error = {0};
    snprintf(address, sizeof address, strchr(node->host, ':') ? "[%s]:%d" : "%s:%d", node->host, node->port);
    one.committed = one.uncommitted = NULL;
    one.servers = address;
    one.conf = rd_kafka_conf_dup(kafka->conf);
    rd_kafka_conf_set(one.conf, "bootstrap.servers", address, text, sizeof text);
    bool settled = false;
    while (!settled && clock_steady_ms() < until) {
        settled = is_settled(&one, topic, partitions, &error) || error.class == BROKER_TIMEOUT;
        if (!settled)
            usleep(SETTLE_STEP_US);
    }
    kafka_client_end(one.committed);
    rd_kafka_conf_destroy(one.conf);
    return settled;
}

bool kafka_settle(struct kafka_broker *kafka, const char *topic, int32_t partitions, struct broker_error *error)
{
    int64_t until = clock_steady_ms() + SETTLE_MS;
    bool settled = false;
    while (!settled && clock_steady_ms() < until) {
        settled = is_settled(kafka, topic, partitions, error);
        if (!settled)
            usleep(SETTLE_STEP_US);
    }
    const struct rd_kafka_metadata *metadata = settled ? ask_metadata(kafka, NULL, error) : NULL;
    for (int i = 0; metadata && metadata->broker_cnt > 1 && i < metadata->broker_cnt; i++)
        settled = settled && settle_broker(kafka, &metadata->brokers[i], topic, partitions, until);
    if (metadata)
        rd_kafka_metadata_destroy(metadata);
    return settled || broker_fail(error, BROKER_TIMEOUT, "topic %s: the cluster did not carry it out in %d s", topic,
                                  SETTLE_MS / 1000);
}

static bool ask_creation(struct kafka_broker *kafka, struct kafka_client *client, rd_kafka_NewTopic_t *new,
                         const char *topic, struct broker_error *error)
{
    char text[256];
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_AdminOptions_set_operation_timeout(options, KAFKA_CONTACT_MS, text, sizeof text);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_CreateTopics(client->rk, &new, 1, options, queue);
    rd_kafka_event_t *event = kafka_answer(kafka, client, queue, topic, error);
    bool good = event && topic_verdict(event, topic, error);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    return good;
}

/* True if the cluster's metadata lacks the topic. A controller that refuses it all the same as existing has just made
 * it, or is not yet done with deleting it, which with ZooKeeper goes on for a while after the topic has gone from the
 * metadata. */
static bool is_hidden(struct kafka_broker *kafka, const char *topic)
{
    struct arena arena = {0};
    struct broker_error error = {0};
    const struct broker_topic *topics;
    size_t count;
    bool there = kafka_topics(&kafka->broker, topic, &arena, &topics, &count, &error);
    arena_free(&arena);
    return !there && error.class == BROKER_UNKNOWN;
}

bool kafka_create(struct broker *broker, const char *topic, int32_t partitions, int32_t replication,
                  const struct broker_property *configs, size_t count, struct broker_error *error)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct kafka_client *client = kafka_ask(kafka, true, error);
    if (!client)
        return false;
    char text[256];
    rd_kafka_NewTopic_t *new =
        rd_kafka_NewTopic_new(topic, partitions ? partitions : -1, replication ? replication : -1, text, sizeof text);
    if (!new)
        return broker_fail(error, BROKER_INVALID, "topic %s: %s", topic, text);
    bool good = true;
    for (size_t i = 0; i < count && good; i++)
        if (rd_kafka_NewTopic_set_config(new, configs[i].name, configs[i].value) != RD_KAFKA_RESP_ERR_NO_ERROR)
            good = broker_fail(error, BROKER_INVALID, "topic %s: config %s cannot be set", topic, configs[i].name);
    if (good) {
        int64_t until = clock_steady_ms() + SETTLE_MS;
        while (!(good = ask_creation(kafka, client, new, topic, error)) && error->class == BROKER_EXISTS &&
               clock_steady_ms() < until && is_hidden(kafka, topic))
            usleep(SETTLE_STEP_US);
    }
    rd_kafka_NewTopic_destroy(new);
    return good && kafka_settle(kafka, topic, partitions ? partitions : 1, error);
}

static bool add_partitions(struct kafka_broker *kafka, struct kafka_client *client, const char *topic,
                           int32_t partitions, struct broker_error *error)
{
    char text[256];
    rd_kafka_NewPartitions_t *new = rd_kafka_NewPartitions_new(topic, (size_t)partitions, text, sizeof text);
    if (!new)
        return broker_fail(error, BROKER_INVALID, "topic %s: %s", topic, text);
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_CREATEPARTITIONS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_CreatePartitions(client->rk, &new, 1, options, queue);
    rd_kafka_event_t *event = kafka_answer(kafka, client, queue, topic, error);
    bool good = event && topic_verdict(event, topic, error);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewPartitions_destroy(new);
    return good && kafka_settle(kafka, topic, partitions, error);
}

/* The configs to keep: those set on the topic that the change does not name. */
struct config_change {
    rd_kafka_ConfigResource_t *resource;
    const struct broker_property *configs;
    size_t count;
};

static void keep_config(void *context, const rd_kafka_ConfigEntry_t *entry)
{
    struct config_change *change = context;
    const char *name = rd_kafka_ConfigEntry_name(entry);
    bool named = false;
    for (size_t i = 0; i < change->count; i++)
        named = named || strcmp(change->configs[i].name, name) == 0;
    if (!named && is_set(entry) && rd_kafka_ConfigEntry_value(entry))
        rd_kafka_ConfigResource_set_config(change->resource, name, rd_kafka_ConfigEntry_value(entry));
}

/* librdkafka 2.0.2 has AlterConfigs only, which resets what is not named: read, merge, write back. */
static bool alter_configs(struct kafka_broker *kafka, struct kafka_client *client, const char *topic,
                          const struct broker_property *configs, size_t count, struct broker_error *error)
{
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    struct config_change change = {resource, configs, count};
    bool good = visit_configs(kafka, topic, keep_config, &change, error);
    for (size_t i = 0; i < count && good; i++)
        if (configs[i].value)
            rd_kafka_ConfigResource_set_config(resource, configs[i].name, configs[i].value);
    if (good) {
        rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
        rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
        rd_kafka_AlterConfigs(client->rk, &resource, 1, options, queue);
        rd_kafka_event_t *event = kafka_answer(kafka, client, queue, topic, error);
        good = event != NULL;
        if (event) {
            size_t resource_count;
            const rd_kafka_ConfigResource_t **resources =
                rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &resource_count);
            rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(resources[0]);
            if (code)
                good = broker_fail(error, kafka_class(code), "topic %s: %s", topic,
                                   rd_kafka_ConfigResource_error_string(resources[0]));
            rd_kafka_event_destroy(event);
        }
        rd_kafka_queue_destroy(queue);
        rd_kafka_AdminOptions_destroy(options);
    }
    rd_kafka_ConfigResource_destroy(resource);
    return good;
}

bool kafka_alter(struct broker *broker, const char *topic, int32_t partitions, const struct broker_property *configs,
                 size_t count, struct broker_error *error)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct kafka_client *client = kafka_ask(kafka, true, error);
    if (!client)
        return false;
    if (count > 0 && !alter_configs(kafka, client, topic, configs, count, error))
        return false;
    return partitions == 0 || add_partitions(kafka, client, topic, partitions, error);
}

bool kafka_delete(struct broker *broker, const char *topic, struct broker_error *error)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct kafka_client *client = kafka_ask(kafka, true, error);
    if (!client)
        return false;
    char text[128];
    rd_kafka_DeleteTopic_t *gone = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_DELETETOPICS);
    rd_kafka_AdminOptions_set_operation_timeout(options, KAFKA_CONTACT_MS, text, sizeof text);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_DeleteTopics(client->rk, &gone, 1, options, queue);
    rd_kafka_event_t *event = kafka_answer(kafka, client, queue, topic, error);
    bool good = event && topic_verdict(event, topic, error);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteTopic_destroy(gone);
    return good && kafka_settle(kafka, topic, 0, error);
}

/* The Kafka side's questions about consumer groups. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "log/kafka/kafka_inner.h"

/* A cluster that has just started is not ready to speak of groups for a moment. */
enum { RETRY_STEP_US = 100 * 1000 };

static bool may_retry(const struct broker_error *error, int64_t until)
{
    if (error->class != BROKER_RETRIABLE || clock_steady_ms() > until)
        return false;
    usleep(RETRY_STEP_US);
    return true;
}

static int compare_groups(const void *a, const void *b)
{
    const struct broker_group *left = a, *right = b;
    return strcmp(left->name, right->name);
}

static int compare_positions(const void *a, const void *b)
{
    const struct broker_position *left = a, *right = b;
    int order = strcmp(left->topic, right->topic);
    return order ? order : left->partition < right->partition ? -1 : left->partition > right->partition;
}

static const struct broker_position *copy_positions(struct arena *arena, const rd_kafka_topic_partition_list_t *list,
                                                    size_t *count)
{
    size_t cap = list ? (size_t)list->cnt : 0;
    struct broker_position *positions = arena_alloc(arena, (cap + 1) * sizeof *positions);
    *count = 0;
    for (size_t i = 0; i < cap; i++) {
        const rd_kafka_topic_partition_t *from = &list->elems[i];
        positions[(*count)++] = (struct broker_position){arena_copy(arena, from->topic, strlen(from->topic)),
                                                         from->partition, from->offset};
    }
    qsort(positions, *count, sizeof *positions, compare_positions);
    return positions;
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return arena_copy(arena, text ? text : "", text ? strlen(text) : 0);
}

static void copy_group(struct arena *arena, const rd_kafka_ConsumerGroupDescription_t *from, struct broker_group *to)
{
    to->name = copy_text(arena, rd_kafka_ConsumerGroupDescription_group_id(from));
    to->state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(from));
    to->member_count = rd_kafka_ConsumerGroupDescription_member_count(from);
    to->unknown = false;
    struct broker_member *members = arena_alloc(arena, (to->member_count + 1) * sizeof *members);
    for (size_t i = 0; i < to->member_count; i++) {
        const rd_kafka_MemberDescription_t *member = rd_kafka_ConsumerGroupDescription_member(from, i);
        const rd_kafka_MemberAssignment_t *assignment = rd_kafka_MemberDescription_assignment(member);
        members[i].id = copy_text(arena, rd_kafka_MemberDescription_consumer_id(member));
        members[i].client = copy_text(arena, rd_kafka_MemberDescription_client_id(member));
        members[i].host = copy_text(arena, rd_kafka_MemberDescription_host(member));
        members[i].assigned = copy_positions(
            arena, assignment ? rd_kafka_MemberAssignment_partitions(assignment) : NULL, &members[i].assigned_count);
    }
    to->members = members;
}

/* Describes the named groups; an unknown one is left out of the list. */
static bool describe(struct kafka_broker *kafka, struct kafka_client *client, const char **names, size_t name_count,
                     struct arena *arena, struct broker_group *list, size_t *count, struct broker_error *error)
{
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_DescribeConsumerGroups(client->rk, names, name_count, options, queue);
    rd_kafka_event_t *event = kafka_answer(kafka, client, queue, "groups", error);
    bool good = event != NULL;
    *count = 0;
    if (event) {
        size_t group_count;
        const rd_kafka_ConsumerGroupDescription_t **groups = rd_kafka_DescribeConsumerGroups_result_groups(
            rd_kafka_event_DescribeConsumerGroups_result(event), &group_count);
        for (size_t i = 0; i < group_count && good; i++) {
            const rd_kafka_error_t *wrong = rd_kafka_ConsumerGroupDescription_error(groups[i]);
            if (wrong && kafka_class(rd_kafka_error_code(wrong)) == BROKER_UNKNOWN)
                continue;
            if (wrong)
                good = broker_fail(error, kafka_class(rd_kafka_error_code(wrong)), "group %s: %s",
                                   rd_kafka_ConsumerGroupDescription_group_id(groups[i]), rd_kafka_error_string(wrong));
            else if (rd_kafka_ConsumerGroupDescription_state(groups[i]) != RD_KAFKA_CONSUMER_GROUP_STATE_DEAD)
                copy_group(arena, groups[i], &list[(*count)++]);
        }
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    return good;
}

/* All groups, with what the listing says of them. */
static bool list_groups(struct kafka_broker *kafka, struct kafka_client *client, struct arena *arena,
                        struct broker_group **list, size_t *count, struct broker_error *error)
{
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_ListConsumerGroups(client->rk, options, queue);
    rd_kafka_event_t *event = kafka_answer(kafka, client, queue, "groups", error);
    bool good = event != NULL;
    if (event) {
        const rd_kafka_ListConsumerGroups_result_t *result = rd_kafka_event_ListConsumerGroups_result(event);
        size_t error_count;
        const rd_kafka_error_t **errors = rd_kafka_ListConsumerGroups_result_errors(result, &error_count);
        if (error_count > 0)
            good = broker_fail(error, kafka_class(rd_kafka_error_code(errors[0])), "groups: %s",
                               rd_kafka_error_string(errors[0]));
        const rd_kafka_ConsumerGroupListing_t **groups = rd_kafka_ListConsumerGroups_result_valid(result, count);
        *list = arena_alloc(arena, (*count + 1) * sizeof **list);
        for (size_t i = 0; i < *count; i++)
            (*list)[i] = (struct broker_group){
                .name = copy_text(arena, rd_kafka_ConsumerGroupListing_group_id(groups[i])),
                .state = rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(groups[i])),
                .unknown = true};
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    return good;
}

static bool is_in(const struct broker_group *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return true;
    return false;
}

/* Groups of the protocol that came with KIP-848 are listed, but described only by a request that librdkafka before 2.10
 * does not have: of these the listing is all there is. */
static bool ask_groups(struct broker *broker, const char *name, struct arena *arena, const struct broker_group **groups,
                       size_t *count, struct broker_error *error)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct kafka_client *client = kafka_ask(kafka, true, error);
    struct broker_group *listed;
    size_t listed_count, name_count = 0;
    if (!client || !list_groups(kafka, client, arena, &listed, &listed_count, error))
        return false;
    const char **names = arena_alloc(arena, (listed_count + 1) * sizeof *names);
    for (size_t i = 0; i < listed_count && !name; i++)
        names[name_count++] = listed[i].name;
    if (name)
        names[name_count++] = name;
    struct broker_group *list = arena_alloc(arena, (listed_count + name_count + 1) * sizeof *list);
    *groups = list;
    *count = 0;
    if (name_count > 0 && !describe(kafka, client, names, name_count, arena, list, count, error))
        return false;
    size_t described = *count;
    for (size_t i = 0; i < listed_count; i++)
        if ((!name || strcmp(name, listed[i].name) == 0) && !is_in(list, described, listed[i].name))
            list[(*count)++] = listed[i];
    qsort(list, *count, sizeof *list, compare_groups);
    if (name && *count == 0)
        return broker_fail(error, BROKER_UNKNOWN, "group %s: there is no such group", name);
    return true;
}

/* The one group's answer to a question about its offsets. */
static const rd_kafka_group_result_t *group_answer(rd_kafka_event_t *event)
{
    size_t count;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT)
        return rd_kafka_ListConsumerGroupOffsets_result_groups(rd_kafka_event_ListConsumerGroupOffsets_result(event),
                                                               &count)[0];
    return rd_kafka_AlterConsumerGroupOffsets_result_groups(rd_kafka_event_AlterConsumerGroupOffsets_result(event),
                                                            &count)[0];
}

static bool group_verdict(const rd_kafka_group_result_t *result, const char *group, struct broker_error *error)
{
    const rd_kafka_error_t *wrong = rd_kafka_group_result_error(result);
    if (wrong)
        return broker_fail(error, kafka_class(rd_kafka_error_code(wrong)), "group %s: %s", group,
                           rd_kafka_error_string(wrong));
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(result);
    for (int i = 0; list && i < list->cnt; i++) {
        rd_kafka_resp_err_t code = list->elems[i].err;
        if (kafka_class(code) == BROKER_REFUSED)
            return broker_fail(error, BROKER_REFUSED, "group %s: it has living members; stop them first", group);
        if (code)
            return kafka_fail(error, code, "group %s: %s [%d]", group, list->elems[i].topic,
                              (int)list->elems[i].partition);
    }
    return true;
}

static bool ask_committed(struct broker *broker, const char *group, struct arena *arena,
                          const struct broker_position **positions, size_t *count, struct broker_error *error)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct kafka_client *client = kafka_ask(kafka, true, error);
    if (!client)
        return false;
    rd_kafka_ListConsumerGroupOffsets_t *question = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_ListConsumerGroupOffsets(client->rk, &question, 1, options, queue);
    rd_kafka_event_t *event = kafka_answer(kafka, client, queue, group, error);
    bool good = event && group_verdict(group_answer(event), group, error);
    if (good)
        *positions = copy_positions(arena, rd_kafka_group_result_partitions(group_answer(event)), count);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(question);
    return good;
}

static bool ask_commit(struct broker *broker, const char *group, const struct broker_position *positions, size_t count,
                       struct broker_error *error)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    struct kafka_client *client = kafka_ask(kafka, true, error);
    if (!client)
        return false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, positions[i].topic, positions[i].partition)->offset =
            positions[i].offset;
    rd_kafka_AlterConsumerGroupOffsets_t *change = rd_kafka_AlterConsumerGroupOffsets_new(group, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_AlterConsumerGroupOffsets(client->rk, &change, 1, options, queue);
    rd_kafka_event_t *event = kafka_answer(kafka, client, queue, group, error);
    bool good = event && group_verdict(group_answer(event), group, error);
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_AlterConsumerGroupOffsets_destroy(change);
    return good;
}

bool kafka_groups(struct broker *broker, const char *name, struct arena *arena, const struct broker_group **groups,
                  size_t *count, struct broker_error *error)
{
    for (int64_t until = clock_steady_ms() + KAFKA_CONTACT_MS;;)
        if (ask_groups(broker, name, arena, groups, count, error))
            return true;
        else if (!may_retry(error, until))
            return false;
}

bool kafka_committed(struct broker *broker, const char *group, struct arena *arena,
                     const struct broker_position **positions, size_t *count, struct broker_error *error)
{
    for (int64_t until = clock_steady_ms() + KAFKA_CONTACT_MS;;)
        if (ask_committed(broker, group, arena, positions, count, error))
            return true;
        else if (!may_retry(error, until))
            return false;
}

bool kafka_commit_group(struct broker *broker, const char *group, const struct broker_position *positions, size_t count,
                        struct broker_error *error)
{
    for (int64_t until = clock_steady_ms() + KAFKA_CONTACT_MS;;)
        if (ask_commit(broker, group, positions, count, error))
            return true;
        else if (!may_retry(error, until))
            return false;
}

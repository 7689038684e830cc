#include "log/listing.h"

#include <string.h>

#include "json/json.h"

static void add_text(struct buffer *into, const char *before, const char *text)
{
    buffer_add_text(into, before);
    json_encode(text, strlen(text), into);
}

static void add_ids(const int32_t *ids, size_t count, struct buffer *into)
{
    for (size_t i = 0; i < count; i++)
        buffer_add_format(into, i ? ",%d" : "%d", (int)ids[i]);
}

/* kafka-topics' lines: the topic, then one a partition. */
void listing_topic(const struct broker_topic *topic, const struct broker_config *configs, size_t count, struct buffer *into)
{
    buffer_add_format(into, "Topic: %s\tPartitionCount: %zu\tReplicationFactor: %zu\tConfigs: ", topic->name, topic->partition_count,
                      topic->partition_count ? topic->partitions[0].replica_count : 0);
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (!configs[i].set)
            continue;
        buffer_add_format(into, "%s%s=%s", first ? "" : ",", configs[i].name, configs[i].value ? configs[i].value : "");
        first = false;
    }
    buffer_add_char(into, '\n');
    for (size_t i = 0; i < topic->partition_count; i++) {
        const struct broker_partition *partition = &topic->partitions[i];
        buffer_add_format(into, "\tTopic: %s\tPartition: %d\tLeader: ", topic->name, (int)partition->number);
        buffer_add_format(into, partition->leader < 0 ? "none" : "%d", (int)partition->leader);
        buffer_add_text(into, "\tReplicas: ");
        add_ids(partition->replicas, partition->replica_count, into);
        buffer_add_text(into, "\tIsr: ");
        add_ids(partition->isr, partition->isr_count, into);
        buffer_add_char(into, '\n');
    }
}

void listing_topic_json(const struct broker_topic *topic, const struct broker_config *configs, size_t count, struct buffer *into)
{
    add_text(into, "{\"topic\":", topic->name);
    buffer_add_format(into, ",\"replicationFactor\":%zu,\"configs\":{", topic->partition_count ? topic->partitions[0].replica_count : 0);
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        if (!configs[i].set)
            continue;
        add_text(into, first ? "" : ",", configs[i].name);
        add_text(into, ":", configs[i].value ? configs[i].value : "");
        first = false;
    }
    buffer_add_text(into, "},\"partitions\":[");
    for (size_t i = 0; i < topic->partition_count; i++) {
        const struct broker_partition *partition = &topic->partitions[i];
        buffer_add_format(into, "%s{\"partition\":%d,\"leader\":%d,\"replicas\":[", i ? "," : "", (int)partition->number,
                          (int)partition->leader);
        add_ids(partition->replicas, partition->replica_count, into);
        buffer_add_text(into, "],\"isr\":[");
        add_ids(partition->isr, partition->isr_count, into);
        buffer_add_text(into, "]}");
    }
    buffer_add_text(into, "]}");
    buffer_add_char(into, '\n');
}

void listing_group(const struct broker_group *group, struct buffer *into)
{
    buffer_add_format(into, "%s\t%s\t%zu\n", group->name, group->state, group->member_count);
}

void listing_group_json(const struct broker_group *group, struct buffer *into)
{
    add_text(into, "{\"group\":", group->name);
    add_text(into, ",\"state\":", group->state);
    buffer_add_text(into, ",\"members\":[");
    for (size_t i = 0; i < group->member_count; i++) {
        const struct broker_member *member = &group->members[i];
        add_text(into, i ? ",{\"id\":" : "{\"id\":", member->id);
        add_text(into, ",\"client\":", member->client);
        add_text(into, ",\"host\":", member->host);
        buffer_add_text(into, ",\"partitions\":[");
        for (size_t j = 0; j < member->assigned_count; j++) {
            add_text(into, j ? ",{\"topic\":" : "{\"topic\":", member->assigned[j].topic);
            buffer_add_format(into, ",\"partition\":%d}", (int)member->assigned[j].partition);
        }
        buffer_add_text(into, "]}");
    }
    buffer_add_text(into, "]}");
    buffer_add_char(into, '\n');
}

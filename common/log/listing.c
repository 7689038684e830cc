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
void listing_topic(const struct broker_topic *topic, const struct broker_config *configs, size_t count,
                   struct buffer *into)
{
    buffer_add_format(into, "Topic: %s\tPartitionCount: %zu\tReplicationFactor: %zu\tConfigs: ", topic->name,
                      topic->partition_count, topic->partition_count ? topic->partitions[0].replica_count : 0);
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

void listing_topic_json(const struct broker_topic *topic, const struct broker_config *configs, size_t count,
                        struct buffer *into)
{
    add_text(into, "{\"topic\":", topic->name);
    buffer_add_format(into, ",\"replicationFactor\":%zu,\"configs\":{",
                      topic->partition_count ? topic->partitions[0].replica_count : 0);
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
        buffer_add_format(into, "%s{\"partition\":%d,\"leader\":%d,\"replicas\":[", i ? "," : "",
                          (int)partition->number, (int)partition->leader);
        add_ids(partition->replicas, partition->replica_count, into);
        buffer_add_text(into, "],\"isr\":[");
        add_ids(partition->isr, partition->isr_count, into);
        buffer_add_text(into, "]}");
    }
    buffer_add_text(into, "]}");
    buffer_add_char(into, '\n');
}

struct cell {
    const char *name;
    const char *text; /* NULL: it is a number */
    int64_t number;
    bool none;        /* \N, null */
};

static void add_cells(const struct cell *cells, size_t count, bool json, struct buffer *into)
{
    for (size_t i = 0; i < count; i++) {
        if (json)
            buffer_add_format(into, "%s\"%s\":", i ? "," : "{", cells[i].name);
        else if (i > 0)
            buffer_add_char(into, '\t');
        if (cells[i].none)
            buffer_add_text(into, json ? "null" : "\\N");
        else if (!cells[i].text)
            buffer_add_format(into, "%lld", (long long)cells[i].number);
        else if (json)
            json_encode(cells[i].text, strlen(cells[i].text), into);
        else
            buffer_add_text(into, cells[i].text);
    }
    buffer_add_text(into, json ? "}\n" : "\n");
}

void listing_finding(const struct broker_finding *finding, bool json, struct buffer *into)
{
    struct buffer what = {0};
    buffer_add_format(&what, finding->aside ? "%s; what was there is in %s" : "%s", finding->text, finding->aside);
    buffer_add_char(&what, '\0');
    const struct cell cells[] = {
        {"topic", .text = finding->topic, .none = !finding->topic},
        {"partition", .number = finding->partition, .none = finding->partition < 0},
        {"first", .number = finding->from, .none = finding->from < 0},
        {"last", .number = finding->until - 1, .none = finding->until < 0},
        {"damage", .text = what.data},
    };
    add_cells(cells, sizeof cells / sizeof *cells, json, into);
    buffer_free(&what);
}

void listing_group(const struct broker_group *group, struct buffer *into)
{
    const struct cell cells[] = {{"group", .text = group->name},
                                 {"state", .text = group->state},
                                 {"members", .number = (int64_t)group->member_count, .none = group->unknown}};
    add_cells(cells, sizeof cells / sizeof *cells, false, into);
}

void listing_group_json(const struct broker_group *group, struct buffer *into)
{
    add_text(into, "{\"group\":", group->name);
    add_text(into, ",\"state\":", group->state);
    if (group->unknown) {
        buffer_add_text(into, ",\"members\":null}\n");
        return;
    }
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

void listing_lag(const char *group, const struct lag *lag, bool json, struct buffer *into)
{
    const struct cell cells[] = {{"group", .text = group},
                                         {"topic", .text = lag->topic},
                                         {"partition", .number = lag->partition},
                                         {"committed", .number = lag->committed},
                                         {"end", .number = lag->end},
                                         {"lag", .number = lag->behind},
                                         {"high", .number = lag->high}};
    add_cells(cells, sizeof cells / sizeof *cells, json, into);
}

void listing_position(const char *group, const struct broker_position *position, bool json, struct buffer *into)
{
    const struct cell cells[] = {{"group", .text = group},
                                         {"topic", .text = position->topic},
                                         {"partition", .number = position->partition},
                                         {"committed", .number = position->offset}};
    add_cells(cells, sizeof cells / sizeof *cells, json, into);
}

void listing_name(const struct broker_topic *topic, bool json, struct buffer *into)
{
    const struct cell cells[] = {{"topic", .text = topic->name},
                                 {"partitions", .number = (int64_t)topic->partition_count}};
    add_cells(cells, json ? 2 : 1, json, into);
}

void listing_offset(const char *topic, size_t partition, int64_t offset, bool json, struct buffer *into)
{
    const struct cell cells[] = {
        {"topic", .text = topic}, {"partition", .number = (int64_t)partition}, {"offset", .number = offset}};
    add_cells(cells, sizeof cells / sizeof *cells, json, into);
}

void listing_ends(const char *topic, size_t partition, const struct broker_ends *ends, bool json, struct buffer *into)
{
    const struct cell cells[] = {{"topic", .text = topic},
                                 {"partition", .number = (int64_t)partition},
                                 {"low", .number = ends->low},
                                 {"stable", .number = ends->stable},
                                 {"high", .number = ends->high}};
    add_cells(cells, sizeof cells / sizeof *cells, json, into);
}

void listing_load(const char *name, const char *topic, uint64_t records, bool json, struct buffer *into)
{
    const struct cell cells[] = {
        {"name", .text = name}, {"topic", .text = topic}, {"records", .number = (int64_t)records}};
    add_cells(cells, sizeof cells / sizeof *cells, json, into);
}

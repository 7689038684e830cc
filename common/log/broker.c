#include "log/broker.h"

#include <string.h>

static const char local_prefix[] = "file:";

struct broker *broker_open(const char *address, const struct broker_property *properties, size_t count,
                           struct broker_error *error)
{
    if (strncmp(address, local_prefix, sizeof local_prefix - 1) == 0)
        return broker_local_open(address + sizeof local_prefix - 1, properties, count, error);
    return broker_kafka_open(address, properties, count, error);
}

void broker_close(struct broker *broker)
{
    if (broker)
        broker->side->close(broker);
}

bool broker_topics(struct broker *broker, const char *name, struct arena *arena, const struct broker_topic **topics,
                   size_t *count, struct broker_error *error)
{
    return broker->side->topics(broker, name, arena, topics, count, error);
}

bool broker_configs(struct broker *broker, const char *topic, struct arena *arena, const struct broker_config **configs,
                    size_t *count, struct broker_error *error)
{
    return broker->side->configs(broker, topic, arena, configs, count, error);
}

bool broker_create(struct broker *broker, const char *topic, int32_t partitions, int32_t replication,
                   const struct broker_property *configs, size_t count, struct broker_error *error)
{
    return broker->side->create(broker, topic, partitions, replication, configs, count, error);
}

bool broker_alter(struct broker *broker, const char *topic, int32_t partitions, const struct broker_property *configs,
                  size_t count, struct broker_error *error)
{
    return broker->side->alter(broker, topic, partitions, configs, count, error);
}

bool broker_delete(struct broker *broker, const char *topic, struct broker_error *error)
{
    return broker->side->delete(broker, topic, error);
}

bool broker_offsets(struct broker *broker, const char *topic, const bool *wanted, bool *leaderless,
                    struct broker_ends *ends, size_t count, struct broker_error *error)
{
    return broker->side->offsets(broker, topic, wanted, leaderless, ends, count, error);
}

bool broker_offsets_at(struct broker *broker, const char *topic, const bool *wanted, int64_t time, int64_t *offsets,
                       size_t count, struct broker_error *error)
{
    return broker->side->offsets_at(broker, topic, wanted, time, offsets, count, error);
}

bool broker_groups(struct broker *broker, const char *name, struct arena *arena, const struct broker_group **groups,
                   size_t *count, struct broker_error *error)
{
    return broker->side->groups(broker, name, arena, groups, count, error);
}

bool broker_committed(struct broker *broker, const char *group, struct arena *arena,
                      const struct broker_position **positions, size_t *count, struct broker_error *error)
{
    return broker->side->committed(broker, group, arena, positions, count, error);
}

bool broker_commit_group(struct broker *broker, const char *group, const struct broker_position *positions,
                         size_t count, struct broker_error *error)
{
    return broker->side->commit_group(broker, group, positions, count, error);
}

static bool look_for_damage(struct broker *broker, const char *topic, bool repair, broker_found *found, void *context,
                            struct broker_error *error)
{
    if (!broker->side->check)
        return broker_fail(error, BROKER_INVALID, "check and repair are for a log in a directory (-b file:DIR)");
    return broker->side->check(broker, topic, repair, found, context, error);
}

bool broker_check(struct broker *broker, const char *topic, broker_found *found, void *context,
                  struct broker_error *error)
{
    return look_for_damage(broker, topic, false, found, context, error);
}

bool broker_repair(struct broker *broker, const char *topic, broker_found *found, void *context,
                   struct broker_error *error)
{
    return look_for_damage(broker, topic, true, found, context, error);
}

struct broker_writer *broker_writer_open(struct broker *broker, const struct broker_writer_options *options,
                                         struct broker_error *error)
{
    return broker->side->writer_open(broker, options, error);
}

int32_t broker_writer_partitions(const struct broker_writer *writer, size_t topic)
{
    return writer->side->writer_partitions(writer, topic);
}

size_t broker_writer_limit(const struct broker_writer *writer, size_t topic)
{
    return writer->side->writer_limit(writer, topic);
}

bool broker_writer_created(const struct broker_writer *writer)
{
    return writer->created;
}

ssize_t broker_append(struct broker_writer *writer, size_t topic, const struct broker_record *records, size_t count,
                      struct broker_error *error)
{
    return writer->side->append(writer, topic, records, count, error);
}

bool broker_poll(struct broker_writer *writer, int input, int timeout_ms, struct broker_error *error)
{
    return writer->side->poll(writer, input, timeout_ms, error);
}

bool broker_flush(struct broker_writer *writer, int timeout_ms, struct broker_error *error)
{
    return writer->side->flush(writer, timeout_ms, error);
}

bool broker_init_transactions(struct broker_writer *writer, struct broker_error *error)
{
    return writer->side->init_transactions(writer, error);
}

bool broker_begin(struct broker_writer *writer, struct broker_error *error)
{
    return writer->side->begin(writer, error);
}

bool broker_commit(struct broker_writer *writer, struct broker_error *error)
{
    return writer->side->commit(writer, error);
}

bool broker_abort(struct broker_writer *writer, struct broker_error *error)
{
    return writer->side->abort(writer, error);
}

bool broker_commit_with(struct broker_writer *writer, const char *member, const struct broker_position *positions,
                        size_t count, struct broker_error *error)
{
    if (!writer->side->commit_with)
        return broker_fail(error, BROKER_INVALID, "a log in a directory (-b file:DIR) has no groups that share");
    return writer->side->commit_with(writer, member, positions, count, error);
}

void broker_writer_close(struct broker_writer *writer)
{
    if (writer)
        writer->side->writer_close(writer);
}

struct broker_reader *broker_reader_open(struct broker *broker, const struct broker_reader_options *options,
                                         struct broker_error *error)
{
    return broker->side->reader_open(broker, options, error);
}

enum broker_read broker_read(struct broker_reader *reader, struct broker_message *messages, size_t cap, int timeout_ms,
                             size_t *count, struct broker_error *error)
{
    return reader->side->read(reader, messages, cap, timeout_ms, count, error);
}

size_t broker_message_headers(struct broker_reader *reader, const struct broker_message *message, struct arena *arena,
                              const struct broker_header **headers)
{
    return reader->side->message_headers(message, arena, headers);
}

bool broker_reader_commit(struct broker_reader *reader, struct broker_error *error)
{
    return reader->side->reader_commit(reader, error);
}

bool broker_reader_member(struct broker_reader *reader, struct buffer *into)
{
    return reader->side->reader_member && reader->side->reader_member(reader, into);
}

size_t broker_reader_positions(struct broker_reader *reader, struct arena *arena,
                               const struct broker_position **positions)
{
    return reader->side->reader_positions ? reader->side->reader_positions(reader, arena, positions) : 0;
}

bool broker_reader_settled(struct broker_reader *reader, struct broker_error *error)
{
    return !reader->side->reader_settled || reader->side->reader_settled(reader, error);
}

void broker_reader_close(struct broker_reader *reader)
{
    if (reader)
        reader->side->reader_close(reader);
}

/* Bytes of a zigzag varint (Kafka's record fields are signed). */
static size_t varint_size(int64_t number)
{
    uint64_t zigzag = ((uint64_t)number << 1) ^ (uint64_t)(number >> 63);
    size_t size = 1;
    for (; zigzag > 127; zigzag >>= 7)
        size++;
    return size;
}

static size_t field_size(const char *bytes, size_t len)
{
    return bytes ? varint_size((int64_t)len) + len : varint_size(-1);
}

size_t broker_record_size(const struct broker_record *record)
{
    enum { BATCH_HEADER = 61, ATTRIBUTES = 1, TIMESTAMP_DELTA = 1, OFFSET_DELTA = 1 };
    size_t body = ATTRIBUTES + TIMESTAMP_DELTA + OFFSET_DELTA + field_size(record->key, record->key_len) +
                  field_size(record->value, record->value_len) + varint_size((int64_t)record->header_count);
    for (size_t i = 0; i < record->header_count; i++)
        body += field_size(record->headers[i].name, strlen(record->headers[i].name)) +
                field_size(record->headers[i].value, record->headers[i].value_len);
    return BATCH_HEADER + varint_size((int64_t)body) + body;
}

uint32_t broker_murmur2(const char *key, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)key;
    const uint32_t m = 0x5bd1e995;
    uint32_t hash = 0x9747b28cu ^ (uint32_t)len;
    size_t i = 0;
    for (; len - i >= 4; i += 4) {
        uint32_t k =
            bytes[i] | (uint32_t)bytes[i + 1] << 8 | (uint32_t)bytes[i + 2] << 16 | (uint32_t)bytes[i + 3] << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        hash *= m;
        hash ^= k;
    }
    size_t left = len - i;
    if (left >= 3)
        hash ^= (uint32_t)bytes[i + 2] << 16;
    if (left >= 2)
        hash ^= (uint32_t)bytes[i + 1] << 8;
    if (left >= 1) {
        hash ^= bytes[i];
        hash *= m;
    }
    hash ^= hash >> 13;
    hash *= m;
    return hash ^ (hash >> 15);
}

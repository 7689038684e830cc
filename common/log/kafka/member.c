/* A member of a group as text, which the process that reads hands to the one that writes: librdkafka keeps the
 * generation, by which a broker knows who has lost its partitions, in a form of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "log/kafka/kafka_inner.h"

bool kafka_member_write(rd_kafka_t *rk, struct buffer *into)
{
    void *bytes = NULL;
    size_t len;
    rd_kafka_consumer_group_metadata_t *member = rd_kafka_consumer_group_metadata(rk);
    if (!member)
        return false;
    rd_kafka_error_t *wrong = rd_kafka_consumer_group_metadata_write(member, &bytes, &len);
    rd_kafka_consumer_group_metadata_destroy(member);
    if (wrong) {
        rd_kafka_error_destroy(wrong);
        return false;
    }
    text_base64_add(bytes, len, into);
    rd_kafka_mem_free(NULL, bytes);
    return true;
}

rd_kafka_consumer_group_metadata_t *kafka_member_read(const char *text, struct broker_error *error)
{
    size_t len;
    char *bytes = mem_zero(strlen(text) + 1, 1);
    rd_kafka_consumer_group_metadata_t *member = NULL;
    bool good = text_base64_decode(text, strlen(text), bytes, &len);
    rd_kafka_error_t *wrong = good ? rd_kafka_consumer_group_metadata_read(&member, bytes, len) : NULL;
    if (wrong)
        rd_kafka_error_destroy(wrong);
    free(bytes);
    if (!good || wrong) {
        broker_fail(error, BROKER_INVALID, "no member of a group, or one of another librdkafka");
        return NULL;
    }
    return member;
}

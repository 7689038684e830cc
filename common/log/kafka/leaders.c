/* What the leaders of partitions are asked for: where these begin and end. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/mem.h"
#include "log/kafka/kafka_inner.h"

/* How long leaders are waited for in one question, between two, and until that is said. */
enum { LEADERS_MS = 3 * 1000, ELECTION_STEP_US = 100 * 1000, TELL_MS = 1000 };

/* May go away by itself, with fresh metadata: a broker that died, a leader that is being elected, a topic that this
 * broker has not heard of yet. */
static bool is_passing(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
        return true;
    default:
        return kafka_class(code) == BROKER_TIMEOUT;
    }
}

struct question {
    const char *topic;
    const bool *wanted; /* of `count` partitions, or NULL: all */
    size_t count;
    bool committed;     /* what is committed only */
    int64_t time;
};

/* One question to the leaders; the first partition's trouble in *wrong, -1: of all. */
static rd_kafka_resp_err_t ask_leaders(struct kafka_client *client, const struct question *question, const bool *asked,
                                       int64_t *offsets, int32_t *wrong)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)question->count);
    for (size_t i = 0; i < question->count; i++)
        if (asked[i])
            rd_kafka_topic_partition_list_add(list, question->topic, (int32_t)i)->offset = question->time;
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client->rk, list, LEADERS_MS);
    *wrong = -1;
    for (int i = 0; !code && i < list->cnt; i++) {
        code = list->elems[i].err;
        *wrong = list->elems[i].partition;
        offsets[list->elems[i].partition] = list->elems[i].offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

/* One among `asked` that has no leader, as the metadata says, or -1. With `leaderless` they are asked no more, and
 * marked there. */
static int32_t find_leaderless(const struct rd_kafka_metadata *metadata, const char *topic, bool *asked,
                               bool *leaderless, size_t count)
{
    int32_t one = -1;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *found = &metadata->topics[i];
        for (int j = 0; strcmp(found->topic, topic) == 0 && j < found->partition_cnt; j++) {
            const struct rd_kafka_metadata_partition *partition = &found->partitions[j];
            if (partition->leader >= 0 || partition->id < 0 || (size_t)partition->id >= count || !asked[partition->id])
                continue;
            one = partition->id;
            if (leaderless) {
                asked[partition->id] = false;
                leaderless[partition->id] = true;
            }
        }
    }
    return one;
}

static bool any(const bool *asked, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (asked[i])
            return true;
    return false;
}

static void tell_wait(const char *topic, int32_t wrong, rd_kafka_resp_err_t code)
{
    if (wrong >= 0)
        diag_notice("topic %s [%d]: waiting for its leader (%s)", topic, (int)wrong, rd_kafka_err2str(code));
    else
        diag_notice("topic %s: waiting for its leaders (%s)", topic, rd_kafka_err2str(code));
}

/* Asks for one offset a partition: of a time, or -1 the latest, -2 the earliest, which the protocol takes in the same
 * place as a time. One request a leader, for all partitions at once. Those in `leaderless` (or NULL) are not asked, and
 * who turns out to have no leader is put there; *code and *wrong are about the others. False and error: no answer can
 * come. */
static bool ask_and_wait(struct kafka_client *client, const struct question *question, bool *asked, bool *leaderless,
                         int64_t *offsets, rd_kafka_resp_err_t *code, int32_t *wrong, struct broker_error *error)
{
    bool told = false;
    const size_t count = question->count;
    int32_t without = -1; /* a partition without leader, which the library names at times only */
    for (int64_t began = clock_steady_ms();; usleep(ELECTION_STEP_US)) {
        *code = any(asked, count) ? ask_leaders(client, question, asked, offsets, wrong) : RD_KAFKA_RESP_ERR_NO_ERROR;
        if (*code && *wrong < 0 && without >= 0 && !leaderless) {
            *wrong = without;
            *code = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
        }
        int64_t waited = clock_steady_ms() - began;
        bool unknown = kafka_class(*code) == BROKER_UNKNOWN;
        if (kafka_class(*code) == BROKER_TIMEOUT && !kafka_look(client, error))
            return false;
        if (!is_passing(*code) || waited >= (unknown ? KAFKA_CONTACT_MS : KAFKA_ANSWER_MS))
            return true;
        if (!told && waited >= TELL_MS)
            tell_wait(question->topic, *wrong, *code);
        told = told || waited >= TELL_MS;
        const struct rd_kafka_metadata *fresh; /* what the client knows of leaders is renewed by asking */
        if (rd_kafka_metadata(client->rk, 1, NULL, &fresh, LEADERS_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        without = find_leaderless(fresh, question->topic, asked, leaderless, count);
        rd_kafka_metadata_destroy(fresh);
    }
}

static bool ask_offsets(struct kafka_broker *kafka, const struct question *question, bool *leaderless, int64_t *offsets,
                        struct broker_error *error)
{
    struct kafka_client *client = kafka_ask(kafka, question->committed, error);
    if (!client)
        return false;
    bool *asked = mem_zero(question->count, sizeof *asked);
    for (size_t i = 0; i < question->count; i++)
        asked[i] = (!question->wanted || question->wanted[i]) && !(leaderless && leaderless[i]);
    int32_t wrong = -1;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    bool good = ask_and_wait(client, question, asked, leaderless, offsets, &code, &wrong, error);
    free(asked);
    if (!good || !code)
        return good;
    if (kafka_class(code) == BROKER_TIMEOUT)
        return kafka_fail_silence(error, kafka, client, question->topic);
    return wrong >= 0 ? kafka_fail(error, code, "topic %s [%d]", question->topic, (int)wrong)
                      : kafka_fail(error, code, "topic %s", question->topic);
}

bool kafka_offsets(struct broker *broker, const char *topic, const bool *wanted, bool *leaderless,
                   struct broker_ends *ends, size_t count, struct broker_error *error)
{
    struct kafka_broker *kafka = (struct kafka_broker *)broker;
    int64_t *offsets = mem_zero(count * 3, sizeof *offsets);
    struct question question = {topic, wanted, count, true, RD_KAFKA_OFFSET_BEGINNING};
    bool good = ask_offsets(kafka, &question, leaderless, offsets, error);
    question.time = RD_KAFKA_OFFSET_END;
    good = good && ask_offsets(kafka, &question, leaderless, offsets + count, error);
    question.committed = false;
    good = good && ask_offsets(kafka, &question, leaderless, offsets + 2 * count, error);
    for (size_t i = 0; good && i < count; i++) {
        bool known = !leaderless || !leaderless[i];
        ends[i] = known ? (struct broker_ends){.low = offsets[i], .stable = offsets[count + i],
                                               .high = offsets[2 * count + i]}
                        : (struct broker_ends){0};
    }
    free(offsets);
    return good;
}

bool kafka_stable_offsets(struct kafka_broker *kafka, const char *topic, const bool *wanted, int64_t *offsets,
                          size_t count, struct broker_error *error)
{
    const struct question question = {topic, wanted, count, true, RD_KAFKA_OFFSET_END};
    memset(offsets, 0, count * sizeof *offsets);
    return ask_offsets(kafka, &question, NULL, offsets, error);
}

bool kafka_offsets_at(struct broker *broker, const char *topic, const bool *wanted, int64_t time, int64_t *offsets,
                      size_t count, struct broker_error *error)
{
    const struct question question = {topic, wanted, count, true, time < 0 ? 0 : time};
    memset(offsets, 0, count * sizeof *offsets);
    return ask_offsets((struct kafka_broker *)broker, &question, NULL, offsets, error);
}

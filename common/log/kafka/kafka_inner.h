/* broker_kafka: what the files of the Kafka side share. Private to them. */
#ifndef ATOOLS_BROKER_KAFKA_H
#define ATOOLS_BROKER_KAFKA_H

#include <librdkafka/rdkafka.h>
#include <stdatomic.h>

#include "log/broker.h"

/* One librdkafka instance and what is known about its troubles. Its address is the instance's
 * opaque, so it stays where it is. Log lines come from librdkafka's threads; errors only when the instance is polled,
 * on the thread that polls. */
struct kafka_client {
    rd_kafka_t *rk;
    void *owner;              /* the writer or reader, for their callbacks */
    atomic_llong last_remark; /* when a connection trouble was last reported, ms */
    atomic_bool debug;        /* every log line is wanted */
    bool asks;                /* for questions: its troubles become the error of the question */
    char trouble[384];        /* the last one with a connection (refused, a bad certificate), empty: none */
    bool may_pass;            /* one of its troubles may go away by itself */
    bool is_lost;             /* no broker of the list will ever answer: `trouble` says why */
    char fatal[256];          /* set once, before is_fatal */
    atomic_bool is_fatal, is_fenced;
    atomic_bool is_doomed; /* the open transaction can only be aborted: told by nothing but a line of the log */
};

struct kafka_broker {
    struct broker broker; /* first: see broker.h */
    char *servers;
    rd_kafka_conf_t *conf;          /* the user's properties, copied for each instance */
    char **named;                   /* the properties' names */
    size_t named_count;
    struct kafka_client *committed; /* for questions; made when first needed */
    struct kafka_client *uncommitted;
    bool debug;
};

/* How long a question may take: the first answer of a cluster, and any later one. */
enum { KAFKA_CONTACT_MS = 10 * 1000, KAFKA_ANSWER_MS = 60 * 1000 };

extern const struct broker_side kafka_side;

/* The class of a librdkafka error, and an error made of it: "WHAT: librdkafka's text". Returns false. */
enum broker_class kafka_class(rd_kafka_resp_err_t code);
bool kafka_fail(struct broker_error *error, rd_kafka_resp_err_t code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether the SASL mechanism that is configured is in this program (kerberos.c); false: an error. */
bool kafka_mechanism_there(const rd_kafka_conf_t *conf, struct broker_error *error);

/* Takes in what has happened to the instance; false and error if no broker will ever answer it. */
bool kafka_look(struct kafka_client *client, struct broker_error *error);

/* As kafka_fail, for an answer that did not come: says what the client knows about the connection. */
bool kafka_fail_silence(struct broker_error *error, const struct kafka_broker *kafka, struct kafka_client *client,
                        const char *what);

/* A configuration being made; what librdkafka did not take of it (a name it does not have: not the librdkafka we
 * know) is told when an instance is started with it. */
struct kafka_conf {
    rd_kafka_conf_t *conf;
    bool asks; /* see kafka_client */
    char wrong[256];
};

/* Starts an instance; takes conf over. NULL and error on failure. The caller may have set callbacks but not the
 * opaque. */
struct kafka_client *kafka_client_start(rd_kafka_type_t type, struct kafka_conf *conf, bool debug,
                                        struct broker_error *error);
void kafka_client_end(struct kafka_client *client);

/* The instance for questions, seeing committed records only or all (which decides what "latest" means). */
struct kafka_client *kafka_ask(struct kafka_broker *kafka, bool committed, struct broker_error *error);

/* A copy of the user's configuration; sets a property in it unless the user did (or always). */
struct kafka_conf kafka_conf(const struct kafka_broker *kafka);
void kafka_default(struct kafka_conf *conf, const struct kafka_broker *kafka, const char *name, const char *value);
void kafka_set(struct kafka_conf *conf, const char *name, const char *value);

/* Waits until every broker that lives knows the topic with all its partitions (at least `partitions` of them), each
 * with a leader, or, with partitions 0, until all have forgotten it: who asks any of them next sees what was done. */
bool kafka_settle(struct kafka_broker *kafka, const char *topic, int32_t partitions, struct broker_error *error);

/* The last stable offsets of the wanted partitions of 0 … count-1; the others' are 0. */
bool kafka_stable_offsets(struct kafka_broker *kafka, const char *topic, const bool *wanted, int64_t *offsets,
                          size_t count, struct broker_error *error);

/* The member of a group that a consumer is, behind what is in the buffer, in base64; and back: NULL with the error. */
bool kafka_member_write(rd_kafka_t *rk, struct buffer *into);
rd_kafka_consumer_group_metadata_t *kafka_member_read(const char *text, struct broker_error *error);

/* The functions of the side (contracts in broker.h). */
bool kafka_topics(struct broker *, const char *, struct arena *, const struct broker_topic **, size_t *,
                  struct broker_error *);
bool kafka_configs(struct broker *, const char *, struct arena *, const struct broker_config **, size_t *,
                   struct broker_error *);
bool kafka_create(struct broker *, const char *, int32_t, int32_t, const struct broker_property *, size_t,
                  struct broker_error *);
bool kafka_alter(struct broker *, const char *, int32_t, const struct broker_property *, size_t, struct broker_error *);
bool kafka_delete(struct broker *, const char *, struct broker_error *);
bool kafka_offsets(struct broker *, const char *, const bool *, bool *, struct broker_ends *, size_t,
                   struct broker_error *);
bool kafka_offsets_at(struct broker *, const char *, const bool *, int64_t, int64_t *, size_t, struct broker_error *);
bool kafka_groups(struct broker *, const char *, struct arena *, const struct broker_group **, size_t *,
                  struct broker_error *);
bool kafka_committed(struct broker *, const char *, struct arena *, const struct broker_position **, size_t *,
                     struct broker_error *);
bool kafka_commit_group(struct broker *, const char *, const struct broker_position *, size_t, struct broker_error *);
struct broker_writer *kafka_writer_open(struct broker *, const struct broker_writer_options *, struct broker_error *);
int32_t kafka_writer_partitions(const struct broker_writer *, size_t);
size_t kafka_writer_limit(const struct broker_writer *, size_t);
ssize_t kafka_append(struct broker_writer *, size_t, const struct broker_record *, size_t, struct broker_error *);
bool kafka_poll(struct broker_writer *, int, int, struct broker_error *);
bool kafka_flush(struct broker_writer *, int, struct broker_error *);
bool kafka_init_transactions(struct broker_writer *, struct broker_error *);
bool kafka_begin(struct broker_writer *, struct broker_error *);
bool kafka_commit(struct broker_writer *, struct broker_error *);
bool kafka_abort(struct broker_writer *, struct broker_error *);
bool kafka_commit_with(struct broker_writer *, const char *, const struct broker_position *, size_t,
                       struct broker_error *);
void kafka_writer_close(struct broker_writer *);
struct broker_reader *kafka_reader_open(struct broker *, const struct broker_reader_options *, struct broker_error *);
enum broker_read kafka_read(struct broker_reader *, struct broker_message *, size_t, int, size_t *,
                            struct broker_error *);
size_t kafka_message_headers(const struct broker_message *, struct arena *, const struct broker_header **);
bool kafka_reader_commit(struct broker_reader *, struct broker_error *);
bool kafka_reader_member(struct broker_reader *, struct buffer *);
size_t kafka_reader_positions(struct broker_reader *, struct arena *, const struct broker_position **);
bool kafka_reader_settled(struct broker_reader *, struct broker_error *);
void kafka_reader_close(struct broker_reader *);

/* The group functions' share of asking: waits for one admin answer of the given type; NULL and error if
 * none came. `what` names the subject in messages. Destroy the event and the queue's other answers with it. */
rd_kafka_event_t *kafka_answer(struct kafka_broker *kafka, struct kafka_client *client, rd_kafka_queue_t *queue,
                               const char *what, struct broker_error *error);
rd_kafka_AdminOptions_t *kafka_admin_options(struct kafka_client *client, rd_kafka_admin_op_t operation);

#endif

/* broker: a log of topics and partitions, whoever keeps it. One interface, two sides: a Kafka
 * cluster ("host:port[,…]", kafka/ over librdkafka) and a local directory ("file:DIR", local/, in
 * Kafka's own segment format). The tools never ask which one it is.
 *
 * A broker answers questions and changes topics; a writer appends to topics; a reader reads
 * partitions. Each handle belongs to one thread; callbacks come on the thread that made the
 * call, from inside it. Several handles may be used side by side.
 *
 * Errors: functions that can fail take `struct broker_error *error`, fill it when they return
 * false (or -1), and leave it alone otherwise. Nothing here ends the program or prints, except
 * remarks of the side that belong to no call (a lost connection), which go through diag.
 *
 * Results of questions are put into the caller's arena and live as long as that. */
#ifndef ATOOLS_BROKER_H
#define ATOOLS_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/mem.h"
#include "log/error.h"

/* A property of -X, -F: any librdkafka property or Kafka topic config. */
struct broker_property {
    const char *name, *value;
};

struct broker;

/* Makes ready to talk to `address` ("host:port[,…]" or "file:DIR"); asks the network nothing yet
 * (a local DIR need not exist: it is made when the first topic is created). Properties are copied.
 * NULL on a property that does not exist or has an impossible value (BROKER_INVALID). The local side
 * honours acks, compression.codec (or compression.type), partitioner, linger.ms, message.max.bytes,
 * isolation.level, group settings where they mean something, and accepts every other name. */
struct broker *broker_open(const char *address, const struct broker_property *properties, size_t count,
                           struct broker_error *error);
void broker_close(struct broker *broker);

/* ---- topics ---- */

struct broker_partition {
    int32_t number;
    int32_t leader; /* -1: none at present; local: 0 */
    const int32_t *replicas, *isr;
    size_t replica_count, isr_count;
};

struct broker_topic {
    const char *name;
    const struct broker_partition *partitions; /* sorted by number, which are 0 … partition_count-1 */
    size_t partition_count;
};

struct broker_config {
    const char *name, *value; /* value: NULL when it may not be read (a password) */
    bool set;                 /* set on this topic (false: the broker's default) */
};

/* The topic `name` (BROKER_UNKNOWN if there is none, never creating it), or with NULL all topics,
 * sorted by name (internal ones, whose names start with "__", included). */
bool broker_topics(struct broker *broker, const char *name, struct arena *arena, const struct broker_topic **topics,
                   size_t *count, struct broker_error *error);

/* All configs in force for a topic, sorted by name. At least max.message.bytes, cleanup.policy,
 * segment.bytes and message.timestamp.type are among them. */
bool broker_configs(struct broker *broker, const char *topic, struct arena *arena, const struct broker_config **configs,
                    size_t *count, struct broker_error *error);

/* Creates a topic. partitions, replication: 0 is the broker's default (local: 1; any replication is
 * taken as 1). BROKER_EXISTS if it is there. The topic can be used when this returns. */
bool broker_create(struct broker *broker, const char *topic, int32_t partitions, int32_t replication,
                   const struct broker_property *configs, size_t count, struct broker_error *error);

/* More partitions (0: as they are; fewer is BROKER_INVALID), and configs set, or with value NULL
 * back to the default; configs not named stay as they are. */
bool broker_alter(struct broker *broker, const char *topic, int32_t partitions, const struct broker_property *configs,
                  size_t count, struct broker_error *error);

/* Deletes a topic and waits until it is out of the listing. */
bool broker_delete(struct broker *broker, const char *topic, struct broker_error *error);

/* ---- offsets ---- */

struct broker_ends {
    int64_t low;    /* first offset there is */
    int64_t high;   /* one behind the last record (the high watermark) */
    int64_t stable; /* last stable offset: read_committed sees records below it only; high without open transactions */
};

/* Of partitions 0 … count-1 of the topic, into ends[0 … count-1]. `wanted` (NULL: all of them) has count elements: a
 * partition that is not wanted is not asked for, may be dead or damaged, and gets zeros. `leaderless` has count
 * elements, too: those set by this call have no leader at present, and zeros; NULL: they are waited for, a minute at
 * most. */
bool broker_offsets(struct broker *broker, const char *topic, const bool *wanted, bool *leaderless,
                    struct broker_ends *ends, size_t count, struct broker_error *error);

/* The first offset in the partition (0 … count-1) whose record has a timestamp >= time (epoch ms),
 * or BROKER_OFFSET_LATEST if there is none. `wanted` as in broker_offsets. */
enum { BROKER_OFFSET_LATEST = -1, BROKER_OFFSET_EARLIEST = -2 }; /* as in Kafka's protocol and Spark's JSON */
bool broker_offsets_at(struct broker *broker, const char *topic, const bool *wanted, int64_t time, int64_t *offsets,
                       size_t count, struct broker_error *error);

/* ---- consumer groups ---- */

struct broker_position {
    const char *topic;
    int32_t partition;
    int64_t offset; /* the next one to read */
};

struct broker_member {
    const char *id, *client, *host;
    const struct broker_position *assigned; /* offset is not used */
    size_t assigned_count;
};

struct broker_group {
    const char *name;
    const char *state; /* Kafka's words: "Stable", "Empty", "PreparingRebalance", "Dead", … */
    const struct broker_member *members;
    size_t member_count;
    bool unknown; /* its members cannot be asked for: it is of a kind that came after this librdkafka (KIP-848) */
};

/* The group `name` (BROKER_UNKNOWN if there is none), or with NULL all, sorted by name. */
bool broker_groups(struct broker *broker, const char *name, struct arena *arena, const struct broker_group **groups,
                   size_t *count, struct broker_error *error);

/* Everything the group has committed, sorted by topic and partition; nothing for an unknown group. */
bool broker_committed(struct broker *broker, const char *group, struct arena *arena,
                      const struct broker_position **positions, size_t *count, struct broker_error *error);

/* Sets committed offsets (lag reset). BROKER_REFUSED if the group has living members. */
bool broker_commit_group(struct broker *broker, const char *group, const struct broker_position *positions,
                         size_t count, struct broker_error *error);

/* ---- damage ---- */

/* Something found that is not as it was written. */
struct broker_finding {
    const char *topic;   /* NULL: a file that belongs to none */
    int32_t partition;   /* -1: to none */
    int64_t from, until; /* the offsets from … until-1 cannot be read; -1: none, or not known */
    bool unfinished;     /* no damage: a write that was never finished, which the next append cuts */
    const char *text;    /* where, and what is wrong: "FILE: byte N (offset M): …" */
    const char *aside;   /* repair: the file that now holds what was there, or NULL */
};

/* Reads everything of a topic (NULL: of all topics, and what the groups and writers have left) and calls `found` for
 * all that is damaged. Only for a local log; BROKER_INVALID for a cluster, which sees to itself. */
typedef void broker_found(void *context, const struct broker_finding *finding);
bool broker_check(struct broker *broker, const char *topic, broker_found *found, void *context,
                  struct broker_error *error);

/* The same, and takes what is damaged out of the way: the file it was in stays, under another name (never deleted), and
 * one with all that can be read takes its place. The offsets that are lost stay unused, and readers pass over them.
 * Nobody may write to the topic meanwhile: who has it open fails afterwards. */
bool broker_repair(struct broker *broker, const char *topic, broker_found *found, void *context,
                   struct broker_error *error);

/* ---- writing ---- */

enum { BROKER_ANY_PARTITION = -1 };
enum { BROKER_TIMESTAMP_NOW = -1 };

struct broker_header {
    const char *name;  /* NUL-terminated; may be empty, may repeat */
    const char *value; /* NULL: null */
    size_t value_len;
};

struct broker_record {
    uint64_t number;   /* the caller's; comes back in the outcome */
    const char *key;   /* NULL: none */
    size_t key_len;
    const char *value; /* NULL: a tombstone */
    size_t value_len;
    const struct broker_header *headers;
    size_t header_count;
    int32_t partition; /* BROKER_ANY_PARTITION: the partitioner decides */
    int64_t timestamp; /* create time, epoch ms, or BROKER_TIMESTAMP_NOW */
};

/* What became of one record. */
struct broker_outcome {
    uint64_t number;
    enum broker_class class; /* BROKER_OK: delivered as acks asks */
    const char *text;        /* what is wrong; NULL with BROKER_OK; lives during the callback */
    int32_t partition;       /* where it went; -1 if unknown */
    int64_t offset;          /* of a delivered record; -1 if unknown */
    bool among;              /* refused with the whole batch that it was sent in: it may be another's fault */
};

struct broker_writer_options {
    const char *const *topics; /* what this writer will append to, each known by its number here; the first one's
                                * limits decide the size of batches */
    size_t topic_count;
    const char *transactional_id; /* NULL: no transactions */
    int linger_ms;                /* how long a batch may wait to be filled; 0: not longer than makes latency least;
                                   * -1: tuned for throughput */
    /* Called with outcomes, every accepted record exactly once, from inside broker_append, broker_poll, broker_flush,
     * the transaction calls and broker_writer_close; not necessarily in order of number (per partition: in order). */
    void (*outcome)(void *context, const struct broker_outcome *outcomes, size_t count);
    void *context;
};

struct broker_writer;

/* Asks for the topics' partitions and limits (BROKER_UNKNOWN if one is missing and may not be made
 * on the fly; BROKER_TIMEOUT if nobody answers). */
struct broker_writer *broker_writer_open(struct broker *broker, const struct broker_writer_options *options,
                                         struct broker_error *error);

/* Partitions of topic number `topic`, and its max.message.bytes (counting the batch around a lone record). */
int32_t broker_writer_partitions(const struct broker_writer *writer, size_t topic);
size_t broker_writer_limit(const struct broker_writer *writer, size_t topic);

/* Whether topic 0 was not there, and was made when the writer was opened. */
bool broker_writer_created(const struct broker_writer *writer);

/* Takes records for topic number `topic` in order; returns how many were accepted, which is less than
 * count (or 0) when the queue is full: broker_poll, then go on with the rest. -1 on an error that is
 * not one record's (BROKER_FATAL, BROKER_FENCED, BROKER_ABORTABLE); without a transaction none of these
 * was accepted then (an error behind some that were is told by the next call). Records refused are
 * accepted here and get their outcome. value bytes must live until the record's outcome; key, headers and the record
 * array only during the call. Order within a partition is the order of acceptance; a record that fails
 * does not disturb the others. */
ssize_t broker_append(struct broker_writer *writer, size_t topic, const struct broker_record *records, size_t count,
                      struct broker_error *error);

/* Hands out outcomes that have come; waits up to timeout_ms (0: not at all) for at least one, or until descriptor
 * `input` (-1: none) can be read, or a signal comes. False on a fatal error of the writer (fenced, a lost disk). */
bool broker_poll(struct broker_writer *writer, int input, int timeout_ms, struct broker_error *error);

/* Sends what waits and hands out outcomes until every accepted record has one, or timeout_ms have
 * passed (-1: no limit). True when none is left open; error is filled with BROKER_TIMEOUT otherwise. */
bool broker_flush(struct broker_writer *writer, int timeout_ms, struct broker_error *error);

/* Transactions; only with a transactional_id. Each waits without limit for the log's answer.
 * RETRIABLE: make the same call again; ABORTABLE: broker_abort; FENCED, FATAL: close.
 * init ends what a crashed writer of this id left open, and fences a living one. commit first waits
 * for the outcome of every record of the transaction (as broker_flush) and is ABORTABLE if one failed.
 * After commit returned true, and only then, read_committed readers see the records, all of them,
 * over all topics and partitions, or none. abort drops open records (outcome BROKER_PURGED). */
bool broker_init_transactions(struct broker_writer *writer, struct broker_error *error);
bool broker_begin(struct broker_writer *writer, struct broker_error *error);
bool broker_commit(struct broker_writer *writer, struct broker_error *error);
bool broker_abort(struct broker_writer *writer, struct broker_error *error);

/* In an open transaction: when it is committed, and only then, the group has committed these positions, which a member
 * has read up to. member: what broker_reader_member said of it; when the group has shared out its partitions anew since
 * then, the transaction can only be aborted (ABORTABLE). Errors as of broker_commit; INVALID: the log cannot do it. */
bool broker_commit_with(struct broker_writer *writer, const char *member, const struct broker_position *positions,
                        size_t count, struct broker_error *error);

/* Frees. Records without an outcome get BROKER_PURGED; an open transaction is left to be ended by the
 * next init, or aborted. Waits until who starts to read committed records sees all that was committed here; some
 * seconds at most, if somebody else's transaction hides it. */
void broker_writer_close(struct broker_writer *writer);

/* ---- reading ---- */

static const int64_t BROKER_NO_END = INT64_MAX;

/* One partition to read: offsets in [from, until), or on without end (BROKER_NO_END). With a group,
 * `from` is where to begin if the group has committed nothing there. */
struct broker_range {
    const char *topic;
    int32_t partition;
    int64_t from, until;
};

struct broker_reader_options {
    const struct broker_range *ranges;
    size_t range_count;
    const char *group;     /* NULL: no group; otherwise the ranges are shared out among its living members */
    bool read_uncommitted; /* default: read_committed */
};

struct broker_message {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int64_t timestamp;  /* epoch ms, -1: none */
    int timestamp_type; /* 0 create, 1 append, -1 none */
    const char *key;    /* NULL: none */
    size_t key_len;
    const char *value;  /* NULL: a tombstone */
    size_t value_len;
    void *handle;       /* the side's own (headers) */
};

struct broker_reader;

struct broker_reader *broker_reader_open(struct broker *broker, const struct broker_reader_options *options,
                                         struct broker_error *error);

enum broker_read {
    BROKER_READ_MESSAGES, /* *count of them */
    BROKER_READ_IDLE,     /* none within timeout_ms (flush your output) */
    BROKER_READ_REVOKING, /* group: partitions go to another member with the next call: write out what you have
                           * and broker_reader_commit first */
    BROKER_READ_DONE,     /* every range has reached its end (group: by all members, as committed) */
    BROKER_READ_FAILED,
};

/* Up to cap messages into messages (all that is there, without waiting for more than the first); order
 * within a partition is offset order. They and what they point to live until the next call. Markers of
 * transactions, aborted records and gaps are passed over and are no obstacle to DONE. An offset that
 * is not there (deleted meanwhile, or beyond the end) fails; nothing is skipped silently. */
enum broker_read broker_read(struct broker_reader *reader, struct broker_message *messages, size_t cap, int timeout_ms,
                             size_t *count, struct broker_error *error);

/* Headers of a message, in order, into the arena; their count. */
size_t broker_message_headers(struct broker_reader *reader, const struct broker_message *message, struct arena *arena,
                              const struct broker_header **headers);

/* Group: commits, and waits for the answer, that every message handed out so far is done (and ranges
 * that reached their end are). */
bool broker_reader_commit(struct broker_reader *reader, struct broker_error *error);

/* Group: for those who leave committing to a writer (broker_commit_with). Adds what that has to know of this member to
 * the buffer, letters and digits of base64, if it has changed since this was asked last; false: it has not. */
bool broker_reader_member(struct broker_reader *reader, struct buffer *into);

/* The positions behind every message handed out, of partitions that are ours and have any that the group has not
 * committed when they became so; in the arena. */
size_t broker_reader_positions(struct broker_reader *reader, struct arena *arena,
                               const struct broker_position **positions);

/* Asks the group: true when it has committed all of these. False with RETRIABLE: not yet; otherwise it cannot any more,
 * or nobody answers. */
bool broker_reader_settled(struct broker_reader *reader, struct broker_error *error);

/* Leaves the group (without committing) and frees. */
void broker_reader_close(struct broker_reader *reader);

/* ---- for the sides ---- */

/* A side fills one of these; struct broker, broker_writer and broker_reader of a side begin with
 * `const struct broker_side *side` (embed them as the first member of your own struct). Each function has
 * the contract of the broker_ function of that name; broker.c does nothing but call through. */
struct broker_side {
    void (*close)(struct broker *broker);
    bool (*topics)(struct broker *, const char *, struct arena *, const struct broker_topic **, size_t *,
                   struct broker_error *);
    bool (*configs)(struct broker *, const char *, struct arena *, const struct broker_config **, size_t *,
                    struct broker_error *);
    bool (*create)(struct broker *, const char *, int32_t, int32_t, const struct broker_property *, size_t,
                   struct broker_error *);
    bool (*alter)(struct broker *, const char *, int32_t, const struct broker_property *, size_t,
                  struct broker_error *);
    bool (*delete)(struct broker *, const char *, struct broker_error *);
    bool (*offsets)(struct broker *, const char *, const bool *, bool *, struct broker_ends *, size_t,
                    struct broker_error *);
    bool (*offsets_at)(struct broker *, const char *, const bool *, int64_t, int64_t *, size_t, struct broker_error *);
    bool (*groups)(struct broker *, const char *, struct arena *, const struct broker_group **, size_t *,
                   struct broker_error *);
    bool (*committed)(struct broker *, const char *, struct arena *, const struct broker_position **, size_t *,
                      struct broker_error *);
    bool (*commit_group)(struct broker *, const char *, const struct broker_position *, size_t, struct broker_error *);
    /* true: repair; NULL: INVALID */
    bool (*check)(struct broker *, const char *, bool, broker_found *, void *, struct broker_error *);

    struct broker_writer *(*writer_open)(struct broker *, const struct broker_writer_options *, struct broker_error *);
    int32_t (*writer_partitions)(const struct broker_writer *, size_t);
    size_t (*writer_limit)(const struct broker_writer *, size_t);
    ssize_t (*append)(struct broker_writer *, size_t, const struct broker_record *, size_t, struct broker_error *);
    bool (*poll)(struct broker_writer *, int, int, struct broker_error *);
    bool (*flush)(struct broker_writer *, int, struct broker_error *);
    bool (*init_transactions)(struct broker_writer *, struct broker_error *);
    bool (*begin)(struct broker_writer *, struct broker_error *);
    bool (*commit)(struct broker_writer *, struct broker_error *);
    bool (*abort)(struct broker_writer *, struct broker_error *);
    /* NULL: INVALID */
    bool (*commit_with)(struct broker_writer *, const char *, const struct broker_position *, size_t,
                        struct broker_error *);
    void (*writer_close)(struct broker_writer *);

    struct broker_reader *(*reader_open)(struct broker *, const struct broker_reader_options *, struct broker_error *);
    enum broker_read (*read)(struct broker_reader *, struct broker_message *, size_t, int, size_t *,
                             struct broker_error *);
    size_t (*message_headers)(const struct broker_message *, struct arena *, const struct broker_header **);
    bool (*reader_commit)(struct broker_reader *, struct broker_error *);
    bool (*reader_member)(struct broker_reader *, struct buffer *); /* NULL: there is nothing to say */
    size_t (*reader_positions)(struct broker_reader *, struct arena *, const struct broker_position **);
    bool (*reader_settled)(struct broker_reader *, struct broker_error *);
    void (*reader_close)(struct broker_reader *);
};

struct broker {
    const struct broker_side *side;
};
struct broker_writer {
    const struct broker_side *side;
    bool created; /* topic 0 was made by the opening */
};
struct broker_reader {
    const struct broker_side *side;
};

/* The openers of the sides. The local one gets the DIR of "file:DIR". */
struct broker *broker_kafka_open(const char *servers, const struct broker_property *properties, size_t count,
                                 struct broker_error *error);
struct broker *broker_local_open(const char *directory, const struct broker_property *properties, size_t count,
                                 struct broker_error *error);

/* Bytes the batch of this one record alone takes on the wire, uncompressed (magic 2: 61 bytes of batch
 * header and the record's varints): what max.message.bytes is compared with. */
size_t broker_record_size(const struct broker_record *record);

/* Java's murmur2 of a key, as Kafka's default partitioner uses it: (murmur2 & 0x7fffffff) % partitions. */
uint32_t broker_murmur2(const char *key, size_t len);

#endif

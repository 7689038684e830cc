/* broker_local: what the files of the local side share; not for the tools (see broker.h).
 *
 * DIR/TOPIC-N/            one partition in Kafka's own segment format (partition_log)
 * DIR/.atools/topics/     the configs set on each topic
 * DIR/.atools/groups/     committed offsets, and a lock for each partition with a living reader
 * DIR/.atools/writers/    one state for each transactional id
 * Every small file is replaced whole (written aside, renamed), so a reader never sees half of one. */
#ifndef ATOOLS_BROKER_LOCAL_H
#define ATOOLS_BROKER_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/wake.h"
#include "log/broker.h"
#include "log/local/partition.h"

enum {
    LOCAL_PATH_MAX = 4096,
    LOCAL_TOPIC_MAX = 249,      /* Kafka's longest topic name */
    LOCAL_PARTITIONS_MAX = 10000,
    LOCAL_BATCH_LIMIT = 1048588, /* Kafka's default max.message.bytes */
};

enum local_partitioner { PARTITION_RANDOM, PARTITION_CRC32, PARTITION_MURMUR2, PARTITION_FNV1A };

struct local {
    struct broker broker;
    char *dir;
    bool sync;                  /* acks=all: reported as delivered only when it survives power loss */
    int codec;                  /* enum record_batch_codec: NONE or GZIP */
    enum local_partitioner partitioner;
    bool random_without_key;    /* …_random: records without a key go anywhere */
    bool read_uncommitted;
    int linger_ms;
};

/* ---- small files and paths (files.c) ---- */

/* printf into a path of LOCAL_PATH_MAX bytes; false with error if it is too long. */
bool local_path(char *path, struct broker_error *error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A name made safe as a file name (letters, digits, '.', '_', '-' stay; other bytes become %XX); in the arena. */
const char *local_escape(struct arena *arena, const char *name);
const char *local_unescape(struct arena *arena, const char *file);

/* Makes the folder and those above it (below dir, which is made too). */
bool local_make_folder(const char *path, struct broker_error *error);

/* The whole file into `into`: 1; 0: there is none; -1: error. A NUL is put behind it (not counted). */
int local_load(const char *path, struct buffer *into, struct broker_error *error);

/* Replaces the file in one step; durable: it survives power loss when this returns. */
bool local_replace(const char *path, const char *bytes, size_t len, bool durable, struct broker_error *error);

/* The same for texts of lines, with a last line that holds their checksum. A text that does not go with it is
 * BROKER_DAMAGED; one without (as older versions wrote) is taken as it is. */
int local_load_text(const char *path, struct buffer *into, struct broker_error *error);
bool local_replace_text(const char *path, const struct buffer *text, bool durable, struct broker_error *error);

/* Such a text that is one number, from 0 on; anything else is BROKER_DAMAGED, saying what it should be. */
int local_load_number(const char *path, const char *what, int64_t *number, struct broker_error *error);
bool local_replace_number(const char *path, int64_t number, bool durable, struct broker_error *error);

/* Is there something of this name? 1, 0, -1 when that cannot be told. */
int local_exists(const char *path, struct broker_error *error);

/* Opens and locks a lock file (made if missing): its descriptor; -1: held by somebody (only if !wait) or an error,
 * then error->class is not BROKER_OK. Closing the descriptor unlocks. */
int local_lock(const char *path, bool shared, bool wait, struct broker_error *error);

bool local_fail_errno(struct broker_error *error, const char *what);


/* ---- topics (broker_local.c, topics.c) ---- */

bool local_topics(struct broker *, const char *, struct arena *, const struct broker_topic **, size_t *,
                  struct broker_error *);
bool local_configs(struct broker *, const char *, struct arena *, const struct broker_config **, size_t *,
                   struct broker_error *);
bool local_create(struct broker *, const char *, int32_t, int32_t, const struct broker_property *, size_t,
                  struct broker_error *);
bool local_alter(struct broker *, const char *, int32_t, const struct broker_property *, size_t, struct broker_error *);
bool local_delete(struct broker *, const char *, struct broker_error *);
bool local_offsets(struct broker *, const char *, const bool *, bool *, struct broker_ends *, size_t,
                   struct broker_error *);
bool local_offsets_at(struct broker *, const char *, const bool *, int64_t, int64_t *, size_t, struct broker_error *);

/* BROKER_UNKNOWN if the log itself is not there. */
bool local_need_folder(const struct local *local, struct broker_error *error);

/* Partitions of a topic: 0 if there is no such topic, -1 when that cannot be told. */
int32_t local_partition_count(const struct local *local, const char *topic, struct broker_error *error);

/* The same, at least `least` of them: BROKER_UNKNOWN if there are fewer. */
bool local_need_partitions(const struct local *local, const char *topic, int32_t least, int32_t *count,
                           struct broker_error *error);

/* A numeric config of a topic. */
bool local_config_number(struct local *local, const char *topic, const char *name, uint64_t *number,
                         struct broker_error *error);
/* True if the topic's timestamps are those of appending. */
bool local_append_time(struct local *local, const char *topic, bool *yes, struct broker_error *error);

/* ---- transactions (transactions.c) ---- */

enum transaction_status { TRANSACTION_NONE, TRANSACTION_OPEN, TRANSACTION_COMMITTING, TRANSACTION_ABORTING };

struct transaction_part {
    char topic[LOCAL_TOPIC_MAX + 1];
    int32_t partition;
    int64_t first; /* offset of the transaction's first batch there */
};

/* The state of one transactional id, as its file says. */
struct transaction {
    int64_t producer_id;
    int16_t epoch;
    enum transaction_status status;
    struct transaction_part *parts;
    size_t count, cap;
};

/* 1, 0 (no such id), -1. Free with transaction_clear. */
int local_transaction_read(const struct local *local, const char *id, struct transaction *transaction,
                           struct broker_error *error);
bool local_transaction_write(const struct local *local, const char *id, const struct transaction *transaction,
                             bool durable, struct broker_error *error);
void local_transaction_add(struct transaction *transaction, const char *topic, int32_t partition, int64_t first);
void local_transaction_clear(struct transaction *transaction);

/* The lock under which a state is changed and transactional records are appended. */
int local_transaction_lock(const struct local *local, const char *id, struct broker_error *error);
/* The lock that a writer holds as long as it lives. */
int local_transaction_live(const struct local *local, const char *id, int16_t epoch, struct broker_error *error);
/* Removes what the epochs before this one left of it. */
void local_transaction_forget_live(const struct local *local, const char *id, int16_t epoch);
/* 1, 0, -1 when that cannot be told. */
int local_transaction_is_live(const struct local *local, const char *id, int16_t epoch, struct broker_error *error);

/* Writes the end markers of a COMMITTING or ABORTING transaction where they are missing, and then that it is over. */
bool local_transaction_finish(struct local *local, const char *id, struct transaction *transaction,
                              struct broker_error *error);

/* A producer id nobody had. */
bool local_transaction_new_producer(const struct local *local, int64_t *producer_id, struct broker_error *error);

/* Held (shared) while ends are looked up, (exclusive) while a decision is carried out: no reader's ends
 * fall between the markers of one transaction. */
int local_transaction_decision_lock(const struct local *local, bool shared, struct broker_error *error);

/* Lowers ends[i].stable to the first open transaction of living writers. */
bool local_transaction_stable(const struct local *local, const char *topic, struct broker_ends *ends, size_t count,
                              struct broker_error *error);

enum transaction_fate { FATE_COMMITTED, FATE_ABORTED, FATE_OPEN };

/* What the states say of a producer's batch at `offset` that has no marker (yet) in its partition. */
bool local_transaction_fate(const struct local *local, int64_t producer_id, const char *topic, int32_t partition,
                            int64_t offset, enum transaction_fate *fate, struct broker_error *error);

/* ---- groups (groups.c) ---- */

bool local_groups(struct broker *, const char *, struct arena *, const struct broker_group **, size_t *,
                  struct broker_error *);
bool local_committed(struct broker *, const char *, struct arena *, const struct broker_position **, size_t *,
                     struct broker_error *);
bool local_commit_group(struct broker *, const char *, const struct broker_position *, size_t, struct broker_error *);

/* The committed offset, or -1. */
bool local_group_read(const struct local *local, const char *group, const char *topic, int32_t partition,
                      int64_t *offset, struct broker_error *error);
bool local_group_write(const struct local *local, const char *group, const char *topic, int32_t partition,
                       int64_t offset, struct broker_error *error);
/* Becomes the one living reader of the partition in this group: a descriptor, or -1 (held by another: class OK). */
int local_group_claim(const struct local *local, const char *group, const char *topic, int32_t partition,
                      struct broker_error *error);

/* Forgets what groups committed on a topic that is deleted, or made anew: its offsets mean nothing to the new one. */
bool local_group_forget(const struct local *local, const char *topic, struct broker_error *error);

/* ---- damage (check.c) ---- */

bool local_check(struct broker *, const char *, bool, broker_found *, void *, struct broker_error *);

/* Gives a file another name, one that nothing has (`aside`, LOCAL_PATH_MAX bytes): NAME~damaged. keep: it keeps the old
 * one, too, until something replaces it. */
bool local_move_aside(const char *path, bool keep, char *aside, struct broker_error *error);

/* Calls `damaged` with each small file of the groups, the writers, or the topics that cannot be used, and what is
 * wrong. */
typedef bool local_damaged_file(void *context, const char *path, const char *what, struct broker_error *error);
bool local_groups_check(const struct local *, local_damaged_file *, void *, struct broker_error *);
bool local_transactions_check(const struct local *, local_damaged_file *, void *, struct broker_error *);
bool local_topic_check(const struct local *, const char *topic, local_damaged_file *, void *, struct broker_error *);

/* ---- writer, reader (writer.c, reader.c) ---- */

struct broker_writer *local_writer_open(struct broker *, const struct broker_writer_options *, struct broker_error *);
struct broker_reader *local_reader_open(struct broker *, const struct broker_reader_options *, struct broker_error *);

/* The partition of a record (key partitioning as the Kafka clients do it). */
int32_t local_partition_of(const struct local *local, const char *key, size_t key_len, int32_t count, uint64_t *random);

int32_t local_writer_partitions(const struct broker_writer *, size_t);
size_t local_writer_limit(const struct broker_writer *, size_t);
ssize_t local_append(struct broker_writer *, size_t, const struct broker_record *, size_t, struct broker_error *);
bool local_poll(struct broker_writer *, int, int, struct broker_error *);
bool local_flush(struct broker_writer *, int, struct broker_error *);
bool local_init_transactions(struct broker_writer *, struct broker_error *);
bool local_begin(struct broker_writer *, struct broker_error *);
bool local_commit(struct broker_writer *, struct broker_error *);
bool local_abort(struct broker_writer *, struct broker_error *);
void local_writer_close(struct broker_writer *);

enum broker_read local_read(struct broker_reader *, struct broker_message *, size_t, int, size_t *,
                            struct broker_error *);
size_t local_message_headers(const struct broker_message *, struct arena *, const struct broker_header **);
bool local_reader_commit(struct broker_reader *, struct broker_error *);
void local_reader_close(struct broker_reader *);

extern const struct broker_side local_side;

#endif

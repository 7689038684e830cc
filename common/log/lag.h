/* lag: where a consumer group stands in its topics, and setting it back or forth. For atopic; results are in the
 * arena. */
#ifndef ATOOLS_LAG_H
#define ATOOLS_LAG_H

#include "log/broker.h"
#include "log/offsets.h"

/* One partition of a group's. */
struct lag {
    const char *topic;
    int32_t partition;
    int64_t committed;
    int64_t end;    /* what a read_committed reader can reach (the last stable offset) */
    int64_t behind; /* from the one to the other */
    int64_t high;   /* one behind the last record: more than the end while a transaction is open */
};

/* All that the group has committed, sorted by topic and partition; BROKER_UNKNOWN if that is nothing. */
bool lag_of(struct broker *broker, const char *group, struct arena *arena, const struct lag **lags, size_t *count,
            struct broker_error *error);

/* The topics a reset is about when nobody names them: those of the offsets' JSON, or those the group has committed
 * (BROKER_UNKNOWN if that is nothing). */
bool lag_topics(struct broker *broker, const char *group, const struct offsets *offsets, struct arena *arena,
                const char *const **topics, size_t *count, struct broker_error *error);

/* Sets what the group has committed for a topic: all its partitions, or those that the offsets' JSON names. What lies
 * outside of the log is brought to its nearer end. *positions: what was set. */
bool lag_reset(struct broker *broker, const char *group, const char *topic, const struct offsets *offsets,
               struct arena *arena, const struct broker_position **positions, size_t *count,
               struct broker_error *error);

#endif

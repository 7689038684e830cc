/* ranges: what a run reads of its topics, from where -o says to where --until says, or the end as it is at the start.
 */
#ifndef ATOOLS_LOG_RANGES_H
#define ATOOLS_LOG_RANGES_H

#include "log/broker.h"
#include "log/offsets.h"
#include "log/partitions.h"

struct ranges_options {
    const struct offsets *from, *until; /* until NULL: the end as it is */
    const struct partitions *partitions;
    bool follow; /* there is no end */
    bool shared; /* with a group, which has to know of each partition where it ends */
};

/* Partitions of a topic that had no leader. */
struct ranges_late {
    const char *topic;
    bool *wanted;
    size_t count;
};

/* Zero-initialised: none. */
struct ranges {
    struct broker_range *list;
    size_t count;
    uint64_t total; /* offsets between the ends */
    struct ranges_late *late;
    size_t late_count;
    struct arena arena;
};

/* Adds the partitions of the topic, whose name must live on. One without a leader is followed as soon as it has one;
 * where there is an end it is put off (`late`); a remark says so. Where neither can be (a group; following from a time
 * or so many before the end) it is waited for. False and error: there is no such topic, partition (BROKER_INVALID) or
 * offset, or no leader came. */
bool ranges_add(struct ranges *ranges, struct broker *broker, const char *topic, const struct ranges_options *options,
                struct broker_error *error);

/* Those that were put off take the place of the others; their leaders are waited for. False and error as above. */
bool ranges_take_late(struct ranges *ranges, struct broker *broker, const struct ranges_options *options,
                      struct broker_error *error);

void ranges_free(struct ranges *ranges);

#endif

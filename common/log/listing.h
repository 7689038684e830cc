/* listing: topics and consumer groups as people and programs read them. Pure functions; all append
 * whole lines. */
#ifndef ATOOLS_LISTING_H
#define ATOOLS_LISTING_H

#include "log/broker.h"

/* The lines of `kafka-topics --describe`: the topic with the configs set on it, then one a partition. */
void listing_topic(const struct broker_topic *topic, const struct broker_config *configs, size_t count,
                   struct buffer *into);
void listing_topic_json(const struct broker_topic *topic, const struct broker_config *configs, size_t count,
                        struct buffer *into);

/* name, state, number of members; JSON: with the members and their partitions. */
void listing_group(const struct broker_group *group, struct buffer *into);
void listing_group_json(const struct broker_group *group, struct buffer *into);

/* One line of a table: cells with tabs between them, or one JSON object of their names. */
struct listing_cell {
    const char *name;
    const char *text; /* NULL: it is a number */
    int64_t number;
    bool none;        /* \N, null */
};
void listing_cells(const struct listing_cell *cells, size_t count, bool json, struct buffer *into);

/* What atopic check and repair have found: topic, partition, first and last offset that cannot be read (\N: none, or
 * not known), where and what; or as one JSON object. */
void listing_finding(const struct broker_finding *finding, bool json, struct buffer *into);

#endif

/* listing: topics and consumer groups as people and programs read them. Pure functions; all append
 * whole lines. */
#ifndef ATOOLS_LISTING_H
#define ATOOLS_LISTING_H

#include "log/broker.h"
#include "log/lag.h"

/* The lines of `kafka-topics --describe`: the topic with the configs set on it, then one a partition. */
void listing_topic(const struct broker_topic *topic, const struct broker_config *configs, size_t count,
                   struct buffer *into);
void listing_topic_json(const struct broker_topic *topic, const struct broker_config *configs, size_t count,
                        struct buffer *into);

/* name, state, number of members; JSON: with the members and their partitions. */
void listing_group(const struct broker_group *group, struct buffer *into);
void listing_group_json(const struct broker_group *group, struct buffer *into);

/* One line of a table, with tabs between its cells, or one JSON object of their names: a topic (as text its name
 * alone); one offset of a partition; its ends; a load that a ledger knows, its topic, and how many records are in. */
void listing_name(const struct broker_topic *topic, bool json, struct buffer *into);
void listing_offset(const char *topic, size_t partition, int64_t offset, bool json, struct buffer *into);
void listing_ends(const char *topic, size_t partition, const struct broker_ends *ends, bool json, struct buffer *into);
void listing_load(const char *name, const char *topic, uint64_t records, bool json, struct buffer *into);

/* A row of where a group stands, and of what was set by a reset. */
void listing_lag(const char *group, const struct lag *lag, bool json, struct buffer *into);
void listing_position(const char *group, const struct broker_position *position, bool json, struct buffer *into);

/* What atopic check and repair have found: topic, partition, first and last offset that cannot be read (\N: none, or
 * not known), where and what; or as one JSON object. */
void listing_finding(const struct broker_finding *finding, bool json, struct buffer *into);

#endif

/* listing: topics and consumer groups as people and programs read them. Pure functions; all append
 * whole lines. */
#ifndef ATOOLS_LISTING_H
#define ATOOLS_LISTING_H

#include "log/broker.h"

/* The lines of `kafka-topics --describe`: the topic with the configs set on it, then one a partition. */
void listing_topic(const struct broker_topic *topic, const struct broker_config *configs, size_t count, struct buffer *into);
void listing_topic_json(const struct broker_topic *topic, const struct broker_config *configs, size_t count, struct buffer *into);

/* name, state, number of members; JSON: with the members and their partitions. */
void listing_group(const struct broker_group *group, struct buffer *into);
void listing_group_json(const struct broker_group *group, struct buffer *into);

#endif

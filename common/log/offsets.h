/* offsets: where to begin and where to end, as -o and --until say it: earliest (beginning), latest
 * (end), N, -N (N before the end), @TIME, @FILE (as far as a state or view of aagg goes), or Spark's JSON
 * {"topic":{"0":4,"1":-2}}. */
#ifndef ATOOLS_OFFSETS_H
#define ATOOLS_OFFSETS_H

#include "base/problem.h"
#include "json/json.h"
#include "log/broker.h"

enum offsets_kind { OFFSETS_EARLIEST, OFFSETS_LATEST, OFFSETS_NUMBER, OFFSETS_TIME, OFFSETS_JSON, OFFSETS_NONE };

struct offsets {
    enum offsets_kind kind;
    int64_t number; /* NUMBER: an offset, or negative: so many before the end; TIME: epoch ms */
    const char *text;
    char *owned;           /* @FILE: the JSON out of it, or NULL */
    struct json_tree tree; /* JSON; points into text */
};

/* Parses an option's argument, which must live on; false and a problem for a wrong one. */
bool offsets_parse(const char *option, const char *text, struct offsets *offsets, struct problem *problem);

/* False and a problem if the JSON names a topic that is not among these. */
bool offsets_check_topics(const struct offsets *offsets, const char *option, const char *const *topics, size_t count,
                          struct problem *problem);

static const int64_t OFFSETS_NOT_NAMED = INT64_MIN;

/* One offset a partition (0 … count-1) of the topic: `ends` tells what there is, a partition that the
 * JSON does not name gets `missing` (NONE: OFFSETS_NOT_NAMED). "latest" is the stable end. The result may lie outside
 * of what is there. `wanted` as in broker_offsets. A partition in the JSON that does not exist is BROKER_INVALID. */
bool offsets_resolve(const struct offsets *offsets, struct broker *broker, const char *topic, const bool *wanted,
                     const struct broker_ends *ends, size_t count, enum offsets_kind missing, int64_t *result,
                     struct broker_error *error);

/* The topics that the JSON names, in the arena; false if it is no JSON. */
bool offsets_topics(const struct offsets *offsets, struct arena *arena, const char *const **topics, size_t *count);

#endif

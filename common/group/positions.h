/* positions: how far each partition has been taken in: the offset of the next message. What a view or a state is "up
 * to". One thread at a time; zero-initialised: nothing is known of any. */
#ifndef ATOOLS_GROUP_POSITIONS_H
#define ATOOLS_GROUP_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/span.h"
#include "table/rows.h"

static const int64_t POSITION_NO_TIME = INT64_MIN;

struct position_of {
    char *topic; /* NUL-terminated */
    size_t topic_len;
    int32_t partition;
    int64_t next;
    int64_t time; /* the latest of its records, milliseconds; POSITION_NO_TIME: none yet. Whoever watches sets it, */
    int64_t seen; /* and when it came, on the steady clock */
};

struct positions {
    struct position_of *list;
    size_t count, cap;
    size_t last; /* that was asked for last */
};

/* The partition of a record; it is added with `next` 0 if it is new. Valid until the next call. */
struct position_of *positions_find(struct positions *positions, const struct rows_origin *origin);

/* Each as far as the one that is further. */
void positions_merge(struct positions *positions, const struct positions *other);

/* As {"topic":{"0":42}}, sorted. */
void positions_write(struct positions *positions, struct buffer *into);

/* Merges what such an OBJECT holds; false if it is none. */
bool positions_read(struct positions *positions, struct span object);

/* Whether no partition of `other` is further here. */
bool positions_within(const struct positions *positions, struct positions *other);

void positions_free(struct positions *positions);

#endif

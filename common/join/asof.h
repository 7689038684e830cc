/* join_asof: the one row of a key that is nearest in time: what is compared, and rows of a table ordered by it. */
#ifndef ATOOLS_JOIN_ASOF_H
#define ATOOLS_JOIN_ASOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"
#include "join/table.h"
#include "json/span.h"

enum asof_direction { ASOF_BACKWARD, ASOF_FORWARD, ASOF_NEAREST };

/* A number or a time (microseconds), exactly: `part` is what is behind the whole one, or beyond 64 bits. */
struct asof_time {
    enum { ASOF_NONE, ASOF_NUMBER, ASOF_TIME } kind; /* NONE: null, which is near to nothing */
    int64_t whole;
    double part;
};

struct join_asof {
    enum asof_direction direction;
    bool no_equal;             /* rows of the same time are not met */
    bool has_tolerance;
    struct asof_time tolerance; /* a number is one of numbers, a length of time one of times */
};

/* --direction, --tolerance; false with a problem. */
bool join_asof_direction(struct join_asof *asof, const char *argument, struct problem *problem);
bool join_asof_tolerance(struct join_asof *asof, const char *argument, struct problem *problem);

/* What stands there; or why the row is bad: it is neither a number nor a time, nor null, or the tolerance is of another
 * kind. arena: scratch. */
const char *join_asof_read(const struct join_asof *asof, struct span span, struct arena *arena, struct asof_time *time);

/* The rows of each key of an indexed table in their order. Shared read-only. */
struct asof_index {
    struct asof_time *times; /* by row */
    uint32_t *order;         /* rows, those of a key behind each other; of equal times as they came in */
    uint32_t *first, *count; /* by the first row of a key: where its rows stand in `order`, those of no time left out */
    size_t cap;
};

/* table: indexed; slot: of the time in its rows, which have so many; join_asof_read found nothing wrong there. */
void asof_index_make(struct asof_index *index, const struct join_asof *asof, const struct join_table *table,
                     size_t slot, size_t slot_count, unsigned threads);
void asof_index_free(struct asof_index *index);

/* The bytes of one row in it. */
enum { ASOF_ROW_BYTES = sizeof(struct asof_time) + 3 * sizeof(uint32_t) };

/* Rows of one key from the nearest one on. */
struct asof_search {
    const struct join_asof *asof;
    const struct asof_index *index;
    struct asof_time at;
    uint32_t first, before, after, last; /* in order: [first, before) are left below, [after, last) above */
};

/* head: the first row of the key. */
void asof_search_start(struct asof_search *search, const struct join_asof *asof, const struct asof_index *index,
                       uint32_t head, struct asof_time at);

/* The next nearest row, or JOIN_NO_ROW. */
uint32_t asof_search_next(struct asof_search *search);

/* Whether a row of this time and place goes before another one; both can be met from `at`. */
bool join_asof_nearer(const struct join_asof *asof, struct asof_time at, struct asof_time time, uint64_t place,
                      struct asof_time than, uint64_t than_place);

#endif

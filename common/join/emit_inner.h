/* join_emit: one thread's half of a join: a probe row past the table, joined rows to the project.
 * Private to join*.c. */
#ifndef ATOOLS_JOIN_EMIT_H
#define ATOOLS_JOIN_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "join/join.h"
#include "json/span.h"

/* All joined rows of a record come out, or none. Until all are made they are kept in the result; where they are too
 * many for that, all are tried first, and then they go out as they come. */
enum join_pass { JOIN_KEEP, JOIN_TRY, JOIN_HAND_ON };

/* Where a slot of the joined row comes from: a side, or whichever says the key, or the time. */
enum { FROM_KEY_SIDE = 2, FROM_TIME_SIDE };

struct joiner_source {
    size_t from;
    size_t slots[2]; /* by side */
};

struct joiner {
    const struct join *join;
    const struct join_table *table;
    const struct asof_index *times; /* of an asof join */
    struct project_writer *writer;
    struct span *slots[2];  /* of the two rows being joined, by side */
    struct span *row;       /* of the joined row */
    struct joiner_source *sources; /* of its slots */
    struct arena arena;     /* of one joined row */
    struct buffer key;
    enum join_pass pass;
    bool too_many;          /* JOIN_KEEP ended for this */
    const char *error;      /* why a row failed */
};

/* The table will be indexed, and its times (join_index). */
struct joiner *joiner_new(const struct join *join, const struct join_table *table, const struct asof_index *times);

/* One thread at a time. */
void joiner_free(struct joiner *joiner);

/* The nearest row, over the pieces of a table: only that one is met. */
struct asof_best {
    struct asof_time time; /* NONE: there is none yet */
    uint64_t place;
    bool failed;           /* it cannot be found out: this row was bad */
};

/* The row of the probe side; its slots stand in joiner->slots. */
struct probe_row {
    uint64_t hash;
    const char *key;
    size_t key_len;
    bool no_key;
    bool spaced;
    uint64_t place;
    bool met;  /* it met rows of an earlier piece of the table; set if it meets one now */
    bool last; /* no further piece of the table will come */
    struct asof_time time;
    const struct asof_best *best; /* NULL: the table is in one piece */
};

/* Writes all joined rows of one probe row into result; false, and joiner->error, if one failed, or if they are too many
 * to be kept. */
bool joiner_probe(struct joiner *joiner, struct probe_row *probe, struct result *result);

/* Looks in this piece of the table for a row that is nearer than *best; false as above. */
bool joiner_look(struct joiner *joiner, const struct probe_row *probe, struct asof_best *best);

/* Writes row `number` of the table without a partner if it is wanted so; false as above. */
bool joiner_alone(struct joiner *joiner, uint32_t number, struct result *result);

/* The side that streams. */
static inline enum join_side_name join_probe_side(const struct join *join)
{
    return join->build == JOIN_SIDE_LEFT ? JOIN_SIDE_RIGHT : JOIN_SIDE_LEFT;
}

/* Whether rows of a side without a partner come out. */
bool join_preserves(const struct join *join, enum join_side_name side);

/* Indexes a table of the side that is kept, and its times. */
void join_index(const struct join *join, struct join_table *table, struct asof_index *times, unsigned threads);

/* A joined row failed outside any batch, made of a side's row with this place: false, and the problem is set; under
 * --bad it is told, and true. */
bool join_bad_row(const struct join *join, const char *error, enum join_side_name side, uint64_t place,
                  struct problem *problem);

#endif

/* column: what is known of the values at one place of the records: their type, smallest and largest, sums, how they are
 * spread, which are different; in bounded memory, whatever they are. Values of other types than the column's in the end
 * are remembered as text, so that nothing depends on the order in which they come. One thread at a time. */
#ifndef ATOOLS_COLUMN_H
#define ATOOLS_COLUMN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/pool.h"
#include "group/exact.h"
#include "json/span.h"
#include "profile/distinct.h"
#include "profile/quantile.h"
#include "table/schema.h"
#include "value/value.h"

/* A value that outlives its record. */
struct column_end {
    struct value value;
    struct buffer bytes;
};

struct column {
    struct schema *schema;   /* its root stands for a value: what was seen */
    bool days, moments;      /* there were texts that are dates, or timestamps; */
    bool other_texts;        /* and others */
    uint64_t count;          /* of values that are not null */
    struct column_end first, last;       /* by their text */
    struct column_end smallest, largest; /* of the numbers */
    struct exact sum, squares;
    uint64_t numbers, times;
    int64_t earliest, latest; /* of the times, in microseconds */
    struct quantile spread;  /* of numbers */
    struct quantile time;    /* of dates and timestamps, in microseconds */
    struct distinct distinct;
};

struct column *column_new(void);
void column_free(struct column *column);

/* A value that is not null; of a flat form a CELL. The arena is for scratch. */
void column_add(struct column *column, struct span value, struct pool *pool, struct arena *arena);
void column_merge(struct column *column, struct column *other, struct pool *pool);

/* Whatever was seen, its type is that of the node. */
void column_is(struct column *column, const struct schema_node *node);

/* The columns of the row that tells of it behind its name and type, in the arena: spans of JSON. `records` is how many
 * records there were, `cells` whether its values were cells, whose types are read off their text. */
enum column_fact {
    COLUMN_TYPE, COLUMN_COUNT, COLUMN_NULLS, COLUMN_DISTINCT, COLUMN_MIN, COLUMN_MAX, COLUMN_AVG, COLUMN_STD,
    COLUMN_Q25, COLUMN_Q50, COLUMN_Q75, COLUMN_TOP, COLUMN_FREQ, COLUMN_HISTOGRAM, COLUMN_FACTS
};
void column_tell(struct column *column, uint64_t records, bool cells, struct span facts[COLUMN_FACTS],
                 struct arena *arena);

#endif

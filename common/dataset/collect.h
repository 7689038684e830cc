/* collect: rows into gather: what each record is, and which group it belongs to. Records are those of the input, or, of
 * Kafka's messages as `aconsume -J` writes them (envelopes), what is in their values. */
#ifndef ATOOLS_DATASET_COLLECT_H
#define ATOOLS_DATASET_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "dataset/gather.h"
#include "frame/chunks.h"
#include "parquet/layout.h"
#include "table/rows.h"

struct collect_options {
    bool envelope;
    const char *const *columns; /* members whose values name the group, a=1/b=2; none with envelopes */
    size_t column_count;
    const struct parquet_layout *layout; /* NULL, or what every record must fit */
    bool strict; /* what the layout has not got does not fit */
};

struct collect;

/* Binds the rows. NULL and the problem: a column that a header has not got. All arguments live on. */
struct collect *collect_new(struct rows *rows, struct gather *gather, const struct collect_options *options,
                            struct problem *problem);
void collect_free(struct collect *collect);

/* From now on (the next batches) records must fit this one, which lives on. Any thread. */
void collect_hold(struct collect *collect, const struct parquet_layout *layout);

/* For chunks_run, with the collect as its tool. */
extern const struct chunks_work collect_work;

/* Messages without a value (tombstones) so far. */
uint64_t collect_empty(const struct collect *collect);

#endif

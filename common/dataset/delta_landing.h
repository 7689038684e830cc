/* delta_landing: files into a Delta table: they lie in its folder unseen until a commit names them, which is one file
 * of the log that appears if nobody else's of its number is there. Of several who commit at a time all succeed who only
 * add files; of those whose commits do not go with each other one does, and the others say so. One thread. */
#ifndef ATOOLS_DATASET_DELTA_LANDING_H
#define ATOOLS_DATASET_DELTA_LANDING_H

#include "dataset/delta_store.h"
#include "delta/table.h"
#include "parquet/layout.h"

struct delta_landing;

/* The table in that folder of a store, which may not be there yet: `mode` as Spark's log calls it. NULL and the
 * problem: it cannot be read or written, or there is something else. All arguments live on. */
struct delta_landing *delta_landing_open(struct store *store, const char *folder, const char *url, bool overwrites,
                                         const char *mode, struct problem *problem);
void delta_landing_free(struct delta_landing *landing);

/* What the table was when it was opened; version -1: it was not there. */
const struct delta_table *delta_landing_table(const struct delta_landing *landing);

/* The columns that files are parted by. Before delta_landing_schema; of a table that files are added to: its own,
 * unless the names given are others, which is a problem. */
bool delta_landing_partition(struct delta_landing *landing, const char *const *columns, size_t count,
                             struct problem *problem);

/* What records must fit that are added to the table, with `asked`, if it is not NULL, put to it; NULL without a
 * problem: anything fits. The caller frees it. */
struct parquet_layout *delta_landing_layout(const struct delta_landing *landing, const struct parquet_layout *asked,
                                            struct problem *problem);

/* The schema of new records (Spark's JSON, which need not live on); the layout that files have to be written in, freed
 * by the caller. NULL and the problem: it does not go with the table's. */
struct parquet_layout *delta_landing_schema(struct delta_landing *landing, const char *json, size_t len,
                                            struct problem *problem);

/* A file that was written, in the table's folder. */
struct delta_landed {
    const char *name, *partition; /* the folders that it is in, or "" */
    uint64_t rows, bytes;
    const char *stats;
    size_t stats_len;
};
void delta_landing_add(struct delta_landing *landing, const struct delta_landed *file);

/* Up to which offset messages of a topic's partition ("TOPIC+PARTITION") have been landed with this commit. */
void delta_landing_offset(struct delta_landing *landing, const char *group, int64_t next);

/* All of that, by one step. Nothing to be said: no commit. */
bool delta_landing_commit(struct delta_landing *landing, struct problem *problem);

/* A commit was tried, and it is not known what became of it: the files must stay. */
bool delta_landing_in_doubt(const struct delta_landing *landing);

/* Each such offset that the table has; false: what looks like one is none. */
typedef void delta_offset_visit(void *context, const char *topic, size_t len, int32_t partition, int64_t next);
void delta_landing_offsets(const struct delta_table *table, delta_offset_visit *visit, void *context);

#endif

/* delta_table: what a Delta Lake table is at one version: made up from the newest checkpoint before it and the commits
 * behind that (PROTOCOL.md of Delta Lake, "Action Reconciliation"). Features of tables that are not known here are
 * refused by name: their data would be read wrong.
 *
 * Read by one thread, read-only from then on. All it points to lives as long as it does. */
#ifndef ATOOLS_DELTA_TABLE_H
#define ATOOLS_DELTA_TABLE_H

#include "base/index.h"
#include "base/mem.h"
#include "delta/place.h"
#include "json/span.h"
#include "parquet/partition.h"

enum { DELTA_LATEST = -1 };

/* A file of the table, or one that it had. */
struct delta_file {
    const char *path; /* within the table */
    struct span action; /* add's or remove's object */
    uint64_t size;
    bool removed;
};

/* The last of an application's transactions that came into the table. */
struct delta_txn {
    const char *app;
    int64_t version;
    struct span action;
};

struct delta_table {
    const char *name;
    int64_t version; /* -1: there is no table yet */
    int64_t checkpoint; /* the one that was read; -1: none */
    struct span protocol, metadata; /* ABSENT without a table */
    struct span schema; /* decoded schemaString: an OBJECT */
    const char **partition_columns;
    size_t partition_column_count;
    struct delta_file *files; /* removed ones, too, that the log still tells of */
    size_t file_count, file_cap;
    struct delta_txn *txns;
    size_t txn_count, txn_cap;
    struct index by_path, by_app;
    struct arena arena;
    struct buffer *texts; /* what actions stand in */
    size_t text_count;
};

/* version: DELTA_LATEST, or one that there is. Of a place without a log: a table with version -1 (a problem if a
 * version was asked for). NULL and the problem: STATUS_DATA for a damaged log, STATUS_USAGE for a version that is not
 * there or a feature that is not known. */
struct delta_table *delta_table_read(const struct delta_place *place, int64_t version, struct problem *problem);
void delta_table_free(struct delta_table *table);

/* The name of a version's commit in the table: "_delta_log/00000000000000000007.json". */
void delta_commit_name(int64_t version, struct buffer *into);

/* Appends a file, whole. */
bool delta_load(const struct delta_place *place, const char *file, uint64_t size, struct buffer *into,
                struct problem *problem);

/* The transaction of an application, or NULL. */
const struct delta_txn *delta_table_txn(const struct delta_table *table, const char *app, size_t len);

/* The columns that a file's add has for its partition, typed as the schema says. */
bool delta_partitions(const struct delta_table *table, const struct delta_file *file, struct parquet_partitions *into,
                      struct problem *problem);

/* A setting of the table ("delta.appendOnly"); ABSENT: it is not set. */
struct span delta_setting(const struct delta_table *table, const char *name);

/* False and the problem: what the table demands of writers is not known here. */
bool delta_table_writable(const struct delta_table *table, struct problem *problem);

#endif

/* delta_commit: what is written into a Delta table's log: the actions of a commit, each a line that is appended, and
 * checkpoints. Pure: files are put by the caller. */
#ifndef ATOOLS_DELTA_COMMIT_H
#define ATOOLS_DELTA_COMMIT_H

#include "delta/table.h"

/* A checkpoint is written behind each commit whose version is a multiple of this. */
enum { DELTA_CHECKPOINT_EVERY = 10 };

/* What is said of a commit as a whole; times in milliseconds since 1970. */
struct delta_info {
    int64_t now_ms, read_version; /* -1: there was no table */
    const char *mode;             /* Spark's: "Append", "Overwrite", "ErrorIfExists", "Ignore" */
    const char *const *partition_columns;
    size_t partition_column_count;
    bool blind; /* nothing of the table was looked at: files are only added */
    uint64_t files, rows, bytes;
};
void delta_add_info(const struct delta_info *info, struct buffer *into);

/* The protocol that a new table with this schema needs. */
void delta_add_protocol(struct span schema, struct buffer *into);

/* The metadata of a new table, or of one that there is with another schema: all else stays. */
void delta_add_metadata(const struct delta_table *table, struct span schema, const char *const *partition_columns,
                        size_t partition_column_count, int64_t now_ms, const char *id, struct buffer *into);

void delta_add_txn(const char *app, int64_t version, int64_t now_ms, struct buffer *into);

/* A file that came: path within the table; its folders (a=1/b=2) name the partition's values, as parquet_partition_add
 * writes them; stats: JSON. */
struct delta_new_file {
    const char *path, *partition;
    uint64_t size;
    int64_t now_ms;
    const char *stats;
    size_t stats_len;
};
void delta_add_file(const struct delta_new_file *file, struct buffer *into);

void delta_add_remove(const struct delta_file *file, int64_t now_ms, struct buffer *into);

/* The bytes of a checkpoint of the table at its version, and the text of _last_checkpoint for it. False and the
 * problem. */
bool delta_checkpoint(const struct delta_table *table, int64_t now_ms, struct buffer *into, struct buffer *last,
                      struct problem *problem);

/* Appends the name of the table's checkpoint: "_delta_log/00000000000000000010.checkpoint.parquet". */
void delta_checkpoint_name(int64_t version, struct buffer *into);
#define DELTA_LAST_CHECKPOINT DELTA_LOG "/_last_checkpoint"

#endif

/* scan: the records of datasets as lines of JSON or TSV: a source of row groups for chunks, and what is done with
 * each. A dataset is a file of Parquet or a folder of such, in any store; columns in the names of folders (a=1/…)
 * belong to the records. Only the columns that are asked for are read. */
#ifndef ATOOLS_DATASET_SCAN_H
#define ATOOLS_DATASET_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "base/problem.h"
#include "delta/table.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "json/path.h"
#include "parquet/file.h"
#include "parquet/partition.h"

struct scan_options {
    const struct path_set *columns; /* of records only these, nested as they are; NULL: all */
    bool cells;                     /* as lines of TSV, a cell for each of columns, instead of JSON */
    bool as_of;                     /* of Delta tables this version, instead of the last one: */
    int64_t version;
    struct option_range row_groups; /* counted over all files */
    const struct expr *where;       /* NULL, or what has to be true of a record; its paths, by number: */
    const struct path_set *where_paths;
};

struct scan;

/* Lists the files; of a Delta table those that its log names. NULL and the problem: a dataset that is not there, or
 * cannot be looked at. All arguments live on. */
struct scan *scan_new(char *const *urls, size_t count, const struct scan_options *options, struct problem *problem);
void scan_free(struct scan *scan);

/* Instead of a run: opens each file in turn, as far as its footer, and shows it. False and the problem: one can't be
 * read. */
typedef void scan_visit(void *context, const char *url, uint64_t size, const struct parquet_file *file,
                        const struct parquet_partitions *columns);
bool scan_each(struct scan *scan, scan_visit *visit, void *context, struct problem *problem);

/* For chunks_run: its source, and its work with the scan as its tool. Each row group is worked on by itself. */
struct source *scan_source(struct scan *scan);
extern const struct chunks_work scan_work;

/* After a run: warns of each path that no file has. */
void scan_warn_absent(const struct scan *scan);

#endif

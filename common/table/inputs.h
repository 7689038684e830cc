/* inputs: the files that records are in: those that are named, and those in folders that are named: datasets, as Spark,
 * Hive and aland write them. Files in folders called NAME=VALUE have such columns, which belong to each record. Found
 * by one thread, read-only from then on. */
#ifndef ATOOLS_INPUTS_H
#define ATOOLS_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "parquet/partition.h"

/* Folders that lie in each other deeper than this are refused: links may lead in circles (and the system follows only
 * 40 of them). */
enum { INPUTS_DEPTH_MAX = 32 };

struct inputs {
    char *const *files; /* "-": stdin */
    size_t count;       /* 0: stdin */
    const struct parquet_partitions *columns; /* by file; or NULL: none has any */
};

/* Looks into the folders among the names: their files, in the order of the names' bytes, folders in them included,
 * without what begins with '_' or '.'; of a Delta table those that its log names; a folder without any is a file that
 * is empty. Whatever is no folder stays as it
 * is. False and the problem: a folder that can't be listed. `inputs` is freed by inputs_free; names live on. */
bool inputs_find(struct inputs *inputs, char *const *names, size_t count, struct problem *problem);
void inputs_free(struct inputs *inputs);

#endif

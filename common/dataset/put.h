/* put: gathered records into files of a dataset: Parquet, or NDJSON. */
#ifndef ATOOLS_DATASET_PUT_H
#define ATOOLS_DATASET_PUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"
#include "dataset/gather.h"
#include "dataset/landing.h"
#include "parquet/codec.h"
#include "parquet/layout.h"

/* A row group takes at least so many bytes. */
enum { PUT_ROW_GROUP_LEAST = 64 << 10 };

/* What a file is: its codec of pages (NDJSON: of the whole file), as --codec calls it, and the ending of its name. */
struct put_form {
    const char *name, *codec;
    enum parquet_codec number;
    const char *ending;
};

/* The form -T calls `name`, with that codec (NULL: the form's usual one). NULL and the problem: there is none. */
const struct put_form *put_form_find(const char *name, const char *codec, struct problem *problem);
bool put_form_is_parquet(const struct put_form *form);

struct put_options {
    const struct put_form *form;
    size_t row_group_bytes;  /* 0: PARQUET_ROW_GROUP_BYTES */
    uint64_t file_rows;      /* of a file at most; UINT64_MAX: any number */
    uint64_t file_bytes;     /* a file that has so many is finished */
    unsigned threads;        /* 0: one a core */
    const struct parquet_layout *layout; /* NULL: by the schema gathered */
    const char *const *left_out;         /* members that are not written: partition columns, */
    size_t left_out_count;
    bool by_offsets; /* groups are partitions of topics: names say offsets, one file a group; or a Delta table's log
                      * says them */
};

struct put_total {
    uint64_t files, rows, bytes;
};

/* Writes all groups. False: the problem is set, or (STATUS_OK) it was said already. Threads of its own. */
bool put_groups(struct gather *gather, struct landing *landing, const struct put_options *options,
                struct put_total *total, struct problem *problem);

/* Instead, one file of records that come as columns, of the types of a schema. Needs Parquet, and no limits of files.
 * NULL: there can be none, or the problem. put_direct_batch: a new batch for it. put_direct_add writes one; false: the
 * problem. put_direct_end frees; the file is finished if it is `whole` and there is one: false: the problem. */
struct put;
struct put *put_direct_start(struct schema *schema, struct landing *landing, const struct put_options *options,
                             struct put_total *total, struct problem *problem);
struct parquet_batch *put_direct_batch(const struct put *put);
bool put_direct_add(struct put *put, const struct parquet_batch *batch);
bool put_direct_end(struct put *put, bool whole);

#endif

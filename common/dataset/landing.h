/* landing: the folder that records land in, and how its new files appear: where the place can rename (local, HDFS) they
 * are made in a hidden folder beside the dataset, and at the end appear by renames: a new dataset by a single one,
 * whole. In S3 each file appears by itself when it is finished. _SUCCESS comes last.
 *
 * A dataset has one landing at a time: a new one removes the hidden folders of those before it, which died; or which,
 * if they are alive, then find out that they were overtaken before anything of theirs appears. (In S3 there is nothing
 * to find that out by.) Into a Delta table any
 * number may land at a time (delta_landing.h). One thread. */
#ifndef ATOOLS_DATASET_LANDING_H
#define ATOOLS_DATASET_LANDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"
#include "dataset/delta_landing.h"
#include "store/store.h"

/* What becomes of a dataset that is there already: Spark's SaveMode. */
enum landing_mode { LANDING_ERROR, LANDING_APPEND, LANDING_OVERWRITE, LANDING_IGNORE };

struct landing;

/* *ignored: the dataset is there, and the mode says that nothing is to be done; the result is NULL. NULL otherwise: the
 * problem (a dataset that is there, under LANDING_ERROR, is one of usage). delta: a Delta table, which a dataset that
 * is one stays in any case. The URL lives on. */
struct landing *landing_open(const char *url, enum landing_mode mode, bool delta, bool *ignored,
                             struct problem *problem);

/* Whether new files come to others that stay. */
bool landing_is_there(const struct landing *landing);

/* The Delta table that files land in; NULL: it is none. */
struct delta_landing *landing_delta(const struct landing *landing);

/* Where the dataset is: a store, and its name in it. */
struct store *landing_store(const struct landing *landing);
const char *landing_name(const struct landing *landing);

/* Begins a file of this name within the dataset, to be finished by store_finish. */
struct store_writer *landing_write(struct landing *landing, const char *name, struct problem *problem);

/* All files of landing_write appear, then _SUCCESS; of a Delta table those that delta_landing_add was told of. */
bool landing_finish(struct landing *landing, struct problem *problem);

/* Frees; what has not been finished is taken away. */
void landing_close(struct landing *landing);

/* A topic's partition and the offset behind what has been landed of it. */
struct landing_offset {
    char *topic;
    int32_t partition;
    int64_t next;
};
struct landing_offsets {
    struct landing_offset *list; /* by topic and partition */
    size_t count, cap;
};

/* What the names of a dataset's files say about the messages in them, or a Delta table's transactions; of a dataset
 * that is not there: nothing. url: for messages. */
bool landing_read_offsets(struct store *store, const char *name, const char *url, struct landing_offsets *offsets,
                          struct problem *problem);
void landing_offsets_free(struct landing_offsets *offsets);

/* As `aconsume -o` takes them: {"exams":{"0":3280}}. */
void landing_write_offsets(const struct landing_offsets *offsets, struct buffer *into);

/* The name of a file with messages of a topic's partition (as gather's groups are called, "TOPIC+PARTITION"), from
 * `first` up to before `next`; without its ending. */
void landing_offset_name(const char *group, int64_t first, int64_t next, struct buffer *into);

/* The store that a dataset's URL lies in, and its name there (freed with free()); "" where it is a bucket as a whole.
 */
struct store *landing_place(const char *url, char **name, struct problem *problem);

#endif

/* gather: records on their way into a dataset, before it is known what they are written as: put by in a temporary file,
 * by groups (a group becomes files of its own), and the schema of them all.
 *
 * Threads fill parcels of their own; gather_take takes them in, in the order of the input, one thread at a time. */
#ifndef ATOOLS_DATASET_GATHER_H
#define ATOOLS_DATASET_GATHER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/index.h"
#include "base/mem.h"
#include "base/spill.h"
#include "json/span.h"
#include "table/schema.h"

/* More groups (values of partition columns, partitions of topics) are refused. */
enum { GATHER_GROUPS_MAX = 10000 };

/* What stands before each record, here and in what gather_next gives. */
struct gather_head {
    uint64_t len;   /* of the text behind it, which GATHER_SLACK bytes follow that may be read */
    int64_t offset; /* of the message it came from; or -1 */
    uint64_t begins; /* 1: it is the first one of its message */
};
enum { GATHER_SLACK = 8 };

struct gather_extent {
    uint64_t from, to; /* of the temporary file */
};

struct gather_group {
    char *name; /* NUL behind it */
    size_t name_len;
    uint64_t rows;
    int64_t first, next; /* offsets: where its records begin, and the one behind its last message; or -1 */
    struct gather_extent *extents;
    size_t extent_count, extent_cap;
};

struct gather {
    struct schema *schema; /* of all records; NULL: nobody asked for it */
    struct gather_group **groups; /* in the order in which they came */
    size_t count, cap;
    uint64_t passed; /* messages that were here before */
    struct index index;
    struct spill *spill;
    pthread_mutex_t lock;   /* of groups, index */
    pthread_mutex_t taking; /* of what groups hold, schema, spill */
};

struct gather *gather_new(bool wants_schema);
void gather_free(struct gather *gather);

/* The number of a group, which is added if there is none of that name; GATHER_GROUPS_MAX: there are too many. Any
 * thread. */
size_t gather_group(struct gather *gather, const char *name, size_t len);

struct gather_part {
    size_t group;
    struct buffer records; /* each with its head */
    uint64_t rows;
    int64_t first, last; /* offsets of its messages; -1: there are none */
    bool ordered;        /* they rise */
};

/* What a thread has of one batch. Zero-initialised; emptied by gather_take. */
struct gather_parcel {
    struct gather_part *parts;
    size_t count, cap;
    size_t *places; /* by group: its part's number and 1 */
    size_t place_cap;
    size_t bytes;
    struct schema *schema;
};

/* A message of a group is in the parcel, whether it has records or not (offset -1: it is none of a topic's). The part
 * it belongs to, for gather_record. */
size_t gather_message(struct gather_parcel *parcel, size_t group, int64_t offset);

/* Adds a record, valid JSON of an object, to the part. begins: it is its message's first. */
void gather_record(struct gather_parcel *parcel, size_t part, bool wants_schema, struct span record, int64_t offset,
                   bool begins);

/* Takes what has been gathered so far out: a gather of its own, with the same groups and a copy of the schema, which
 * goes on growing here. While others go on taking in. */
struct gather *gather_split(struct gather *gather);

/* Takes everything in but messages whose offset was taken before; the parcel is empty again. */
void gather_take(struct gather *gather, struct gather_parcel *parcel);
void gather_parcel_free(struct gather_parcel *parcel);

/* Appends the records of an extent that are left (reader: started on it), at most `rows`: how many. */
uint64_t gather_next(struct spill_reader *reader, uint64_t rows, struct buffer *into);

#endif

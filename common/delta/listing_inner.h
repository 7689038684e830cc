/* delta_listing: which files of a log's folder make up a version. Private to common/delta. */
#ifndef ATOOLS_DELTA_LISTING_INNER_H
#define ATOOLS_DELTA_LISTING_INNER_H

#include "base/mem.h"
#include "delta/place.h"

enum delta_log_kind { DELTA_COMMIT, DELTA_CHECKPOINT, DELTA_CHECKPOINT_V2 };

struct delta_log_file {
    enum delta_log_kind kind;
    int64_t version;
    unsigned part, parts; /* of a checkpoint: 1 of 1, … */
    uint64_t size;
    char *name; /* in the log's folder */
};

struct delta_listing {
    struct delta_log_file *files; /* by version, kind and part */
    size_t count, cap;
};

/* Freed by delta_listing_free, also after a failure. */
bool delta_listing_read(const struct delta_place *place, struct delta_listing *listing, struct problem *problem);
void delta_listing_free(struct delta_listing *listing);

/* The newest version there is a commit or checkpoint of; -1: none. */
int64_t delta_listing_latest(const struct delta_listing *listing);

/* The first file of the newest whole checkpoint up to this version, or NULL: its parts stand behind it. */
const struct delta_log_file *delta_listing_checkpoint(const struct delta_listing *listing, int64_t version);

/* A version's commit, or NULL. */
const struct delta_log_file *delta_listing_commit(const struct delta_listing *listing, int64_t version);

#endif

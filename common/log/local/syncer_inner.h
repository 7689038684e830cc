/* partition_syncer: syncs what several appenders have written, on a thread of its own, while their owner goes
 * on appending. One sync at a time; all calls come from the owner's thread. Zero-initialise; free with
 * partition_syncer_free when no sync is under way. */
#ifndef ATOOLS_PARTITION_SYNCER_H
#define ATOOLS_PARTITION_SYNCER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "log/local/partition.h"

struct partition_syncer_part {
    struct partition_appender *appender;
    struct partition_sync sync;
};

struct partition_syncer {
    bool running;
    pthread_t thread;
    struct partition_syncer_part *parts;
    size_t count, cap;
    int failure; /* errno of a sync that failed */
};

/* Takes in what has been appended so far. False: it cannot be synced apart; start with what was taken in makes no
 * sense then (partition_syncer_drop). */
bool partition_syncer_add(struct partition_syncer *syncer, struct partition_appender *appender);
void partition_syncer_drop(struct partition_syncer *syncer);

/* Begins to sync what was taken in. False: there is no thread to be had. */
bool partition_syncer_start(struct partition_syncer *syncer);

/* Waits for the sync that is under way; 0 or the errno of its failure. */
int partition_syncer_finish(struct partition_syncer *syncer);

void partition_syncer_free(struct partition_syncer *syncer);

#endif

/* steps: how what is gathered lands: all of it at the end, or step by step while the input goes on, each step whole: a
 * landing of its own, whose files appear together. With messages of topics a step goes on where the dataset is, and
 * nowhere else: what was landed by somebody else meanwhile is found out before anything appears.
 *
 * Opened, and ended, by one thread; steps in between are a thread's of its own. */
#ifndef ATOOLS_DATASET_STEPS_H
#define ATOOLS_DATASET_STEPS_H

#include <signal.h>

#include "dataset/collect.h"
#include "dataset/direct.h"
#include "dataset/gather.h"
#include "dataset/landing.h"
#include "dataset/put.h"
#include "frame/source.h"

struct steps_options {
    const char *url;
    enum landing_mode mode;
    bool delta;
    bool envelope; /* messages of topics */
    int64_t every_ms; /* 0: one step, at the end */
    const struct parquet_layout *schema; /* NULL: inferred */
    bool strict; /* what the schema so far has not got does not fit */
};

struct steps;

/* Opens the dataset; columns of its partition, and what records must fit, are put into `collect`, where the table that
 * is there says so. *ignored: as landing_open. All arguments live on. */
struct steps *steps_open(const struct steps_options *options, struct put_options *put, struct collect_options *collect,
                         bool *ignored, struct problem *problem);
void steps_free(struct steps *steps);

struct gather *steps_gather(struct steps *steps);

/* Writes the records of files in one go, if they, the dataset and what is asked for allow it (direct.h); steps_end then
 * has nothing to add. */
enum direct_end steps_direct(struct steps *steps, const struct inputs *inputs, const struct rows_options *options,
                             int *status, struct problem *problem);

/* From now on, with every_ms, steps are taken. SIGINT and SIGTERM, which are blocked since steps_open, end the input;
 * steps_end takes the last step then. `source` is stopped when a step goes wrong. */
void steps_start(struct steps *steps, struct collect *collect, struct source *source);

/* No more steps in between. False: one went wrong, the problem says how. */
bool steps_stop(struct steps *steps, struct problem *problem);

/* The last step. False: the problem is set, or (STATUS_OK) it was said already. */
bool steps_end(struct steps *steps, struct problem *problem);

/* What has been landed altogether; which signal ended the input (0: none did). */
const struct put_total *steps_total(const struct steps *steps);
int steps_signal(const struct steps *steps);

#endif

/* deltas: aagg --partial --every: partial states of what came since the last report, while records come. Their sum is
 * what one run over all records would have written. Groups are forgotten behind each report, so memory is that of one
 * of them. With envelopes each report ends with a line that says up to where it goes, and, where the input says so
 * (log/handover.h), for which group that is to be committed. Records are taken in one thread (chunks_run with
 * group_deltas_work); reports are written by it, or by the thread of ticker.h, under a lock. */
#ifndef ATOOLS_DELTAS_H
#define ATOOLS_DELTAS_H

#include "group/live/live.h"

struct deltas_options {
    const struct live_options *live; /* every, envelope, out; and its name */
    enum partial_front front;
};

struct deltas;

/* The run's select, where and rows are set (rows bound); breaks is set here. All of it must live on. NULL with the
 * problem: no descriptor is left. */
struct deltas *group_deltas_start(struct group_run *run, const struct group_report *report,
                                  const struct deltas_options *options, struct problem *problem);

/* For chunks_run with one thread; the tool is the deltas. */
extern const struct chunks_work group_deltas_work;

/* As those of live.h. */
bool group_deltas_report(struct deltas *deltas, struct problem *problem);
int group_deltas_wake(const struct deltas *deltas);
int64_t group_deltas_tick(struct deltas *deltas, struct problem *problem);

/* The last report, also where reading ended with an error: it is of what came before. Frees. */
void group_deltas_end(struct deltas *deltas, struct problem *problem);

#endif

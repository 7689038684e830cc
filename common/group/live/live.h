/* live: results while records come: `aagg --every`. Records go to their groups one by one in one thread (chunks_run
 * with group_live_work); reports are written by it, or by the thread of ticker.h, under the lock.
 *
 * A watermark moves at reports only, as Spark's does at its triggers: behind each, to the latest time of all records so
 * far less the delay; of envelopes, to the least of the partitions' latest times. Windows that end at or before it are
 * closed: no record is added to them any more, and they are forgotten. */
#ifndef ATOOLS_LIVE_H
#define ATOOLS_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/output.h"
#include "base/problem.h"
#include "frame/chunks.h"
#include "group/report.h"
#include "group/run.h"

enum live_mode {
    LIVE_UPDATE,   /* the rows that changed since the last report */
    LIVE_COMPLETE, /* all rows */
    LIVE_APPEND,   /* rows of windows that were closed: each once */
};

struct live_options {
    bool every, envelope;    /* --every, --envelope */
    bool deltas;             /* --partial: reports are states of what came since the last one (deltas.h) */
    bool mode_given;
    const char *watermark, *late_path; /* as given */
    char *watermark_time;
    struct expr *compiled;
    enum live_mode mode;
    uint64_t every_records;  /* a report behind so many records; 0: by time, */
    int64_t every_us;        /* so long behind the last one, if there is something to tell */
    const struct expr *time; /* of an event: a timestamp; NULL: no watermark */
    int64_t delay_ms;        /* how far the watermark is behind it */
    int64_t idle_us;         /* a partition that was silent for so long does not hold the watermark */
    struct output *late;     /* records that came too late for a window; or NULL */
    const char *state;       /* the file that keeps all of it; or NULL */
    const char *base;        /* a view that all begins with; or NULL */
    const char *reread;      /* a command that prints the messages behind a view once more; or NULL */
    const struct path_set *paths; /* that the run's rows are bound to */
    bool skips_bad;          /* --bad */
    int64_t checkpoint_us;   /* between two writings of the state */
    const char *name;        /* of partial states: partial_name */
    size_t memory;           /* that groups may take */
    bool repaint;            /* a table on a terminal */
    struct output *out;
};

struct live;

/* The run's select, where and rows are set (rows bound); watch is set here. Report: as for group_report_write. Both and
 * the options must live on. The base and the state are read: NULL with the problem if that cannot be done. */
struct live *group_live_start(struct group_run *run, const struct group_report *report,
                              const struct live_options *options, struct problem *problem);

/* For chunks_run with one thread; the tool is the live. */
extern const struct chunks_work group_live_work;

/* Reports what is there to tell. False with the problem. Any thread. */
bool group_live_report(struct live *live, struct problem *problem);

/* For a thread that is to do what is due: a descriptor that is readable when that may have changed; and does it: how
 * many microseconds until something will be due, -1: not before something changes. Fills the problem if it fails. */
int group_live_wake(const struct live *live);
int64_t group_live_tick(struct live *live, struct problem *problem);

/* Takes the file of the base again: groups become those of it and of the messages behind it, which --reread prints. A
 * base that cannot be taken is told, and all stays as it is. False with the problem: a report or a state could not be
 * written. Any thread. */
bool group_live_renew(struct live *live, struct problem *problem);

/* The last report and the state, and frees. No other thread uses it any more. status: what reading ended with; after an
 * error, or with a problem, what came before it is told, and the state stays as it was written last. */
void group_live_end(struct live *live, int status, struct problem *problem);

#endif

/* chunks: batches over threads, results in input order. Each of N equal threads loops: read
 * the next batch (one thread at a time; large files are only divided there, and read by each thread for
 * itself), and as long as others wait for work hand it to them and read on; work on it, post its result,
 * and deliver all that is due in order, if nobody else is at that. Nobody waits for his turn: a few
 * results may lie ready until a slower one before them is. Small input, or one thread, runs without
 * creating any. The same bytes come out for any number of threads.
 *
 * It also carries out what all data filters share: stopping at a bad record or keeping it
 * aside, the limit on results, flushing when the input idles, the closing count. */
#ifndef ATOOLS_CHUNKS_H
#define ATOOLS_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/output.h"
#include "frame/result.h"
#include "frame/source.h"

struct chunks_options {
    unsigned threads;     /* 0: one a core */
    bool has_limit;
    uint64_t limit;       /* rows at most, over all, */
    uint64_t skip;        /* of which so many, the first ones, are left out of what goes to out */
    bool skip_bad;        /* --bad skip, --bad FILE */
    struct output *bad;   /* NULL, or where bad records go */
    struct output *out;   /* where result->out goes; NULL: nowhere (aagg) */
    bool flush;           /* -u */
};

struct chunks_work {
    void *(*start)(void *tool);                                              /* a thread's own state */
    /* In parallel; the batches that come to one state come in their order (unless pure), with gaps. The batch's memory
     * is work's to change. What is more than result_is_large goes out before the batch is done (result_hand_on). */
    void (*work)(void *state, struct batch *batch, struct result *result);
    bool pure; /* work() leaves all it does in its result and nothing in state: a batch's result may be thrown away and
                * the batch be divided anew (source_divide) */
    void (*finish)(void *tool, void *state);                                 /* merge; called one thread at a time */
    bool (*take)(void *tool, const struct batch *batch,
                 struct result *result); /* optional, in input order, before result->out
                                          * (or a piece of it) is written; false stops reading */
};

/* Runs until the end, the limit, or an error, which is printed. Returns the exit status; counts
 * of records, rows and bad records go into *total if not NULL. SIGINT and SIGTERM keep their
 * default action. */
struct chunks_total {
    uint64_t records, rows, bad;
};
int chunks_run(struct source *source, const struct chunks_options *options, const struct chunks_work *work,
               void *tool, struct chunks_total *total);

#endif

/* ticker: the thread of time and signals beside one that reads: what is due by the clock is done, and SIGINT, SIGTERM,
 * SIGUSR1 and SIGHUP are heard without anybody being interrupted. Idle, it takes no processor time.
 *
 * Begin it before there are other threads: they inherit that the signals are blocked. */
#ifndef ATOOLS_LIVE_TICKER_H
#define ATOOLS_LIVE_TICKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/problem.h"

/* All are called by the ticker's thread. */
struct ticker_work {
    int wake;                        /* a descriptor that is readable when something may be due; -1: none */
    int64_t (*tick)(void *context, struct problem *problem); /* see group_live_tick; or NULL */
    void (*show)(void *context, struct problem *problem);    /* SIGUSR1 */
    void (*renew)(void *context, struct problem *problem);   /* SIGHUP, if ticker_start was to hear it */
    void (*stop)(void *context);     /* SIGINT, SIGTERM, or a problem: ends what is being read */
    void *context;
};

/* A signal so long after the one that stopped ends the program at once; nearer ones are the same (timeout(1) sends two:
 * one to the process, one to its group). */
enum { TICKER_AGAIN_MS = 300 };

struct ticker;

/* Until ticker_work SIGINT and SIGTERM end the program at once. hangup: SIGHUP renews, also one that came before. */
struct ticker *ticker_start(bool hangup);
void ticker_work(struct ticker *ticker, const struct ticker_work *work);

/* Reading is over, the work is done no more. The signal that stopped it, or 0, and the problem that did. A signal that
 * comes now ends the program. */
int ticker_rest(struct ticker *ticker, struct problem *problem);

/* Ends the thread; frees. The signals have their ways again. */
void ticker_end(struct ticker *ticker);

#endif

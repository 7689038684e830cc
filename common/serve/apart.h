/* apart: queries run in processes of their own, so that none can take more time or memory than it is allowed, nor harm
 * the server by anything its expressions find wrong in us. A keeper, forked before there are threads, forks one for
 * each query and ends it when its time is up; rows and answer go through memory without a name (memfd).
 *
 *     server ──rows, query──→ keeper ──fork──→ query ──answer──→ server
 *
 * Started by main() while there is one thread; apart_run is called by one thread at a time. */
#ifndef ATOOLS_SERVE_APART_H
#define ATOOLS_SERVE_APART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/problem.h"
#include "serve/query.h"

struct apart;

/* Bytes that a query may take besides what it is started with; those of its rows and its answer included. */
#define APART_MEMORY ((size_t)1 << 30)

/* Bytes of `where` and `order` together. */
enum { APART_TEXT_MAX = 64 * 1024 };

enum apart_outcome {
    APART_DONE,
    APART_WRONG, /* the query is: the problem says why */
    APART_LATE,  /* its time was up */
    APART_LOST,  /* it ended otherwise: too little memory */
};

/* NULL and the problem: no process can be had. */
struct apart *apart_start(struct problem *problem);
void apart_end(struct apart *apart);

/* query_run, in at most time_ms. The answer is put behind what is in `into`. The problem's `what` and `argument` are
 * not set, but its offset is: *in_order says which of the two texts it is in. */
enum apart_outcome apart_run(struct apart *apart, const struct query *query, const struct buffer *rows,
                             unsigned time_ms, struct buffer *into, struct problem *problem, bool *in_order);

#endif

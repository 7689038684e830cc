/* verbatim: results that stand in the batch as they are to be written: nothing is copied, only what separates them is
 * replaced by what ends a result. Works as long as each result begins one byte behind the last one, whatever that byte
 * is; the first that does not ends it (spaces, blank lines, a record put aside), and the others are copied as
 * always. */
#ifndef ATOOLS_VERBATIM_H
#define ATOOLS_VERBATIM_H

#include <stdbool.h>

#include "base/mem.h"
#include "frame/chunks.h"
#include "frame/frame.h"
#include "json/span.h"

/* Zero-initialised, one a thread; free `ends` with buffer_free. */
struct verbatim {
    const char *begin;  /* of the first result; NULL: none yet */
    struct buffer ends; /* of each: const char * */
};

/* Before the first result of a batch. */
void verbatim_start(struct verbatim *verbatim);

/* The next result, a span of the batch. False: it does not stand behind the last one. */
bool verbatim_add(struct verbatim *verbatim, struct span value);

/* The batch is done and nothing but results was met: result->text becomes all of them, each with `end` behind it. The
 * batch's bytes between them are overwritten. */
void verbatim_finish(struct verbatim *verbatim, struct batch *batch, char end, struct result *result);

/* Instead: copies the results to the end of `out`, each with `end` behind it; there are none after that. */
void verbatim_copy(struct verbatim *verbatim, char end, struct buffer *out);

#endif

/* ahead: a file read (and inflated) on a thread of its own, some blocks ahead of whoever uses it. Two threads: the one
 * that reads, and the user's. */
#ifndef ATOOLS_AHEAD_H
#define ATOOLS_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/input.h"

struct ahead;

/* A block that was read. */
struct ahead_block {
    char *bytes;   /* malloc'ed, the user's from now on; what was read begins `front` bytes into it */
    size_t len;    /* of what was read */
    uint64_t done; /* input_done then */
    bool ended;    /* it is the last block */
    bool failed;   /* behind it reading failed: input_error (it is the last block, too) */
};

/* Begins to read the input, on which no read may ever wait for somebody (a regular file), in blocks of `size` bytes of
 * which the first `front` (< size) stay free. The input must not be touched until ahead_stop. NULL if no thread can be
 * had. */
struct ahead *ahead_start(struct input *input, size_t front, size_t size);

/* The next block, when it has been read; not to be called again after the last one. `spare`: memory of `size` bytes
 * from malloc that a later block may use, or NULL. */
void ahead_take(struct ahead *ahead, char *spare, struct ahead_block *block);

/* Ends reading, at any time; NULL is allowed. */
void ahead_stop(struct ahead *ahead);

#endif

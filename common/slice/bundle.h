/* bundle: values packed into arrays, one a line, none larger than a limit: what a topic's message
 * limit needs. Sequential: belongs to one thread at a time. */
#ifndef ATOOLS_BUNDLE_H
#define ATOOLS_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct bundle {
    uint64_t count_max; /* 0: any number of values */
    size_t bytes_max;   /* 0: any size; otherwise that of the whole array with its brackets */
    uint64_t count;     /* values in the open array */
    struct buffer open; /* '[' and the values so far */
};

/* Packs one compact value, no longer than bytes_max - 2. An array that is thereby full is written behind
 * into->len, with a newline. */
void bundle_add(struct bundle *bundle, const char *value, size_t len, struct buffer *into);

/* Writes what is left, if anything. */
void bundle_end(struct bundle *bundle, struct buffer *into);

void bundle_free(struct bundle *bundle);

#endif

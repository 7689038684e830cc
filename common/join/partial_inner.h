/* join_partial, as the reading of a side sees it: rows become lines instead of being kept. Private to join*.c. */
#ifndef ATOOLS_JOIN_PARTIAL_INNER_H
#define ATOOLS_JOIN_PARTIAL_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "frame/result.h"
#include "json/span.h"

struct join_partial;

/* Appends a row's line; index: its record's number within the batch. scratch is any buffer. Any thread. */
void join_partial_add(const struct join_partial *partial, const struct span *slots, size_t count, bool spaced,
                      const struct buffer *key, bool no_key, uint64_t index, struct buffer *scratch,
                      struct buffer *into);

/* Gives a batch's lines their places; in the order of the input, one thread at a time. */
void join_partial_place(struct join_partial *partial, struct result *result);

#endif

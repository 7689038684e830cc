/* fold: items that come in pieces, and what goes over all of them in a thread of its own: a program that asks for one
 * item after the other while they are still being read.
 *
 * One thread at a time puts items in and takes results out, in the order of the input; the fold's own thread reads
 * items and gives results. Neither gets far ahead of the other. Where no thread can be had the items are kept, and the
 * work is done when the last one has come. */
#ifndef ATOOLS_FOLD_H
#define ATOOLS_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "json/span.h"

struct fold;

/* Begins work(context, fold). Never NULL. */
struct fold *fold_begin(void (*work)(void *context, struct fold *fold), void *context);

/* Adds an item to a piece: a JSON value without white space around it; `text` itself, or fold_item_end for what has
 * been written behind the place that fold_item_begin gave. */
size_t fold_item_begin(struct buffer *piece);
void fold_item_end(struct buffer *piece, size_t place);

/* Hands in a piece, which is empty behind it; waits while there is enough to do. */
void fold_put(struct fold *fold, struct buffer *piece);

/* Moves what results there are behind *results, a buffer, and the number of bytes that each one has (size_t) behind
 * *lengths. */
void fold_take(struct fold *fold, struct buffer *results, struct buffer *lengths);

/* No more items come. Then: waits for some results; false, and nothing is moved: the work is done. */
void fold_end(struct fold *fold);
bool fold_rest(struct fold *fold, struct buffer *results, struct buffer *lengths);

/* Wherever it is, it is over: what it still reads is the end. */
void fold_free(struct fold *fold);

/* For the work. The next item, alive until the next call; false: there is none. */
bool fold_read(struct fold *fold, struct span *item);
/* A result; some are handed over together, at the latest before the work waits for items. False: nobody waits for
 * more. */
bool fold_give(struct fold *fold, const char *text, size_t len);

#endif

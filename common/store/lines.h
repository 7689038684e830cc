/* lines: the part of a text file that one of several readers takes, each with a range of its bytes: the whole lines
 * that begin there. The ranges of a file, put together, give each line once, wherever they are cut. */
#ifndef ATOOLS_STORE_LINES_H
#define ATOOLS_STORE_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/problem.h"
#include "store/store.h"

/* Gives `take` the lines of the file `name` (size: its bytes, as store_stat tells them) whose first byte is at `from`
 * or behind it and before `to`; where the last one has no newline it comes without. header: the file's first line
 * comes before them, if it is not one of them (none of them: it comes all the same). Bytes arrive in pieces, which are
 * take's to look at until it returns. False and the problem: the store failed. */
bool lines_read(struct store *store, const char *name, uint64_t from, uint64_t to, uint64_t size, bool header,
                void (*take)(void *context, const char *bytes, size_t len), void *context, struct problem *problem);

#endif

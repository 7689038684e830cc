/* scatter: bytes into any number of files at once, with a bounded number of them open and bounded memory. The files
 * grow under other names, in a hidden folder, and take their places when all of them are whole: who is ended before
 * leaves nothing that could be taken for a result. What an earlier one left there is removed. One thread at a time. */
#ifndef ATOOLS_SCATTER_H
#define ATOOLS_SCATTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/problem.h"
#include "base/shrink.h"

struct scatter;

/* Files below this folder, which is made; compressed as the options say, in members of some size. NULL: it cannot be
 * written to. */
struct scatter *scatter_new(const char *folder, const struct shrink_options *shrink, struct problem *problem);

/* What each file begins with, copied; before the first bytes. */
void scatter_head(struct scatter *scatter, const char *bytes, size_t len);

/* Bytes behind those of the file called so (a path, NUL-terminated). False: it cannot be one, or not be written. */
bool scatter_write(struct scatter *scatter, const char *name, const char *bytes, size_t len, struct problem *problem);

/* Puts all files in their places, over what was there; but if it is not whole, none. Frees. False: some could not be
 * put there. */
bool scatter_finish(struct scatter *scatter, bool whole, struct problem *problem);

#endif

/* ls: what lies in a store, in the columns of `hadoop fs -ls`. */
#ifndef ATOOLS_DATASET_LS_H
#define ATOOLS_DATASET_LS_H

#include "base/mem.h"
#include "base/problem.h"

/* Appends the listing of what the URL names: a folder's entries below "Found N items", or a file's line. False and the
 * problem: it is not there, or cannot be looked at. */
bool ls_write(const char *url, struct buffer *into, struct problem *problem);

#endif

/* snapshot: the board in a file, over restarts: a line that says whose it is, then a row a line. Written whole beside
 * its place, made durable, and renamed there: whatever happens, the file is one state or another. */
#ifndef ATOOLS_SERVE_SNAPSHOT_H
#define ATOOLS_SERVE_SNAPSHOT_H

#include <stdbool.h>

#include "base/problem.h"
#include "serve/columns.h"
#include "serve/live.h"

/* Writes it; false and the problem (STATUS_IO): the earlier one is still there. Any thread, one at a time. */
bool snapshot_write(struct live *live, const struct columns *keys, const char *path, struct problem *problem);

/* Puts the rows of the file on the board; none if there is no file. False and the problem: it cannot be read
 * (STATUS_IO), is of other keys (STATUS_USAGE), or is no such file (STATUS_DATA). */
bool snapshot_read(struct live *live, const struct columns *keys, const char *path, struct problem *problem);

#endif

/* delta_history: what the commits of a Delta table's log say of themselves. */
#ifndef ATOOLS_DELTA_HISTORY_H
#define ATOOLS_DELTA_HISTORY_H

#include "base/mem.h"
#include "delta/place.h"

/* Appends a header and a line of TSV for each commit that the log still has, the last one first: version, timestamp
 * (ISO 8601, UTC), operation, mode, files added, files removed, rows added (\N: not all files say it), engine. False
 * and the problem: there is no log, or it is damaged. */
bool delta_history(const struct delta_place *place, struct buffer *into, struct problem *problem);

#endif

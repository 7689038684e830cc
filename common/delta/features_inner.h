/* delta_features: what a table demands of those who read and write it (PROTOCOL.md of Delta Lake, "Table Features").
 * Private to common/delta. */
#ifndef ATOOLS_DELTA_FEATURES_INNER_H
#define ATOOLS_DELTA_FEATURES_INNER_H

#include "delta/table.h"

/* False and the problem: something that is not known here, by its name. */
bool delta_features_readable(const struct delta_table *table, struct problem *problem);

#endif

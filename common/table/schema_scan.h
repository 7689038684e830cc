/* schema_scan: the schema of whole inputs, by all threads. */
#ifndef ATOOLS_SCHEMA_SCAN_H
#define ATOOLS_SCHEMA_SCAN_H

#include "frame/chunks.h"
#include "table/rows.h"
#include "table/schema.h"

/* Adds every record of rows (JSON, not bound yet) to schema; paths (of keys; NULL: all): only what is at these. share:
 * of whole records about so many are taken, 1 all; which ones follows from their bytes. Returns the exit status as
 * chunks_run. */
int schema_scan(struct rows *rows, const struct path_set *paths, double share, const struct chunks_options *options,
                struct schema *schema);

#endif

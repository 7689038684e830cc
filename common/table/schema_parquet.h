/* schema_parquet: the shape that records of a Parquet file have as JSON, by its schema. */
#ifndef ATOOLS_SCHEMA_PARQUET_H
#define ATOOLS_SCHEMA_PARQUET_H

#include "parquet/partition.h"
#include "parquet/schema.h"
#include "table/schema.h"

/* Adds what records below the root of a file's schema are. A map is a string: it is one column, whatever its keys.
 * Bytes, in JSON strings of base64, are binary where paths lead to them: not in lists. */
void schema_parquet_add(struct schema *schema, const struct parquet_node *root);

/* Adds the columns that stand in the names of a file's folders. */
void schema_parquet_add_partitions(struct schema *schema, const struct parquet_partitions *columns);

#endif

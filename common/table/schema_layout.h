/* schema_layout: what records of a schema are written as in Parquet: the types that printSchema shows. */
#ifndef ATOOLS_SCHEMA_LAYOUT_H
#define ATOOLS_SCHEMA_LAYOUT_H

#include "base/problem.h"
#include "parquet/layout.h"
#include "table/schema.h"

/* One node (schema_stays) as a field; what it points to is in the arena and the schema. */
void schema_field(const struct schema_node *node, struct arena *arena, struct parquet_field *field);

/* The layout (parquet_layout_free frees it); the schema is sorted. NULL and the problem: nothing is left to be written,
 * or see parquet_layout_new. */
struct parquet_layout *schema_layout(struct schema *schema, struct problem *problem);

#endif

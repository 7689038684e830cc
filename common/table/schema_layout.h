/* schema_layout: what records of a schema are written as in Parquet: the types that printSchema shows. */
#ifndef ATOOLS_SCHEMA_LAYOUT_H
#define ATOOLS_SCHEMA_LAYOUT_H

#include "base/problem.h"
#include "parquet/layout.h"
#include "table/schema.h"

/* The layout (parquet_layout_free frees it); the schema is sorted. NULL and the problem: nothing is left to be written, or see
 * parquet_layout_new. */
struct parquet_layout *schema_layout(struct schema *schema, struct problem *problem);

#endif

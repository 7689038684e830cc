/* delta_schema: the schema of a Delta table, which is Spark's StructType as JSON. Pure. */
#ifndef ATOOLS_DELTA_SCHEMA_H
#define ATOOLS_DELTA_SCHEMA_H

#include "base/mem.h"
#include "base/problem.h"
#include "json/span.h"
#include "parquet/layout.h"
#include "value/cast.h"

/* The type of a column (a STRING, or an OBJECT for nested ones); ABSENT: there is none of that name. */
struct span delta_schema_type(struct span schema, const char *column);

/* What values of a type that is not nested are cast to: a string, if it is not known. False: it is nested. */
bool delta_schema_plain_type(struct span type, struct cast_type *to);

/* Appends the schema with what `newer` has besides: further columns, and members of structs at any depth, behind those
 * that are there, which keep their order, comments and types. `conflict`: NULL, or gets the first path where both have
 * a type that is not the same (NUL behind it), and stays empty if there is none. True: something came in addition. */
bool delta_schema_merge(struct span schema, struct span newer, struct buffer *into, struct buffer *conflict);

/* What records of a schema are written as, without some columns (those of partitions). NULL and the problem: a type
 * that is not known or can't be written (STATUS_USAGE). `name`: the table, for messages. */
struct parquet_layout *delta_schema_layout(struct span schema, const char *const *without, size_t without_count,
                                           const char *name, struct problem *problem);

/* False and the problem: two columns differ only in case, which Delta takes for one. */
bool delta_schema_names(struct span schema, const char *name, struct problem *problem);

/* Whether there is a column of that type ("timestamp_ntz") at any depth. */
bool delta_schema_has(struct span type, const char *wanted);

#endif

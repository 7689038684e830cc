/* parquet_schema from within: how the tree is built from the footer's flat list. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_SCHEMA_INNER_H
#define ATOOLS_PARQUET_SCHEMA_INNER_H

#include "base/mem.h"
#include "base/problem.h"
#include "parquet/schema.h"

/* One SchemaElement of the footer, in the order of the tree. */
struct parquet_schema_element {
    struct parquet_node node; /* name, repetition, physical, meaning and what belongs to it */
    int32_t physical;         /* -1: a group */
    int32_t children;
    int32_t converted;        /* -1: none */
    bool list, map;           /* by its logical type */
    bool logical;             /* it has one that we know */
    int32_t scale, precision; /* of the element itself, for the converted type */
    int32_t width;
};

/* The root; NULL and the problem if the elements are no tree or a type is not what it can be. `name` is the file's. */
struct parquet_node *parquet_schema_build(struct arena *arena, const struct parquet_schema_element *elements,
                                          size_t count, const char *name, struct problem *problem);

#endif

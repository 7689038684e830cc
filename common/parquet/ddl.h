/* parquet_ddl: a layout by its text, as Spark's from_json and CREATE TABLE have it. */
#ifndef ATOOLS_PARQUET_DDL_H
#define ATOOLS_PARQUET_DDL_H

#include "base/problem.h"
#include "parquet/layout.h"

/* `a BIGINT, b STRUCT<x: INT, y: ARRAY<STRING>>, c MAP<STRING, DOUBLE>, d DECIMAL(10,2)`: a colon may stand behind any
 * name, names in backticks may hold anything, words are read in either case, NOT NULL and COMMENT are not. NULL and the
 * problem, with a caret in the text, which is called `what`. */
struct parquet_layout *parquet_ddl(const char *text, const char *what, struct problem *problem);

#endif

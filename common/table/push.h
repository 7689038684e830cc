/* push: what a condition asks of columns of a file, so that row groups are passed over whose statistics have nothing
 * that fits (only what statistics and SQL order alike), and files whose folders' names don't. Pure. */
#ifndef ATOOLS_PUSH_H
#define ATOOLS_PUSH_H

#include <stdbool.h>
#include <stddef.h>

#include "expr/expr.h"
#include "json/path.h"
#include "parquet/partition.h"
#include "parquet/reader.h"

/* Of one condition so many bounds are looked at. */
enum { PUSH_MAX = 32 };

/* The predicates that `where` (its paths, by number) makes on columns of a file with this schema: bounds of whole
 * numbers up to 2^53 on signed integers and doubles, of ASCII texts on strings, and of nulls on these. None on what
 * stands in the names of folders. How many. */
size_t push_predicates(const struct expr *where, const struct path_set *paths, const struct parquet_node *root,
                       const struct parquet_partitions *columns, struct parquet_predicate predicates[PUSH_MAX]);

/* Whether no record of a file can be what `where` (its paths, by number) asks for, by what stands in the names of its
 * folders. */
bool push_excludes(const struct expr *where, const struct path_set *paths, const struct parquet_partitions *columns);

#endif

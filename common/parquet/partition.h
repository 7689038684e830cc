/* parquet_partition: columns whose values stand in the names of a dataset's folders, a=1/b=x%20y/…, as Hive and Spark
 * write them. Pure. */
#ifndef ATOOLS_PARQUET_PARTITION_H
#define ATOOLS_PARQUET_PARTITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/* What stands for null, and for the empty text. */
#define PARQUET_PARTITION_NULL "__HIVE_DEFAULT_PARTITION__"

/* Appends NAME=VALUE, the bytes that Spark escapes as %XX; value NULL: null. */
void parquet_partition_add(const char *name, size_t name_len, const char *value, size_t value_len, struct buffer *into);

/* Takes the next NAME=VALUE out of a file's path: *name and *value are emptied, and get them decoded; *path moves
 * behind it. Folders without '=' are passed over. False: none is left (the file's own name is none). */
bool parquet_partition_next(const char **path, struct buffer *name, struct buffer *value, bool *is_null);

#endif

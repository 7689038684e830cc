/* parquet_partition: columns whose values stand in the names of a dataset's folders, a=1/b=x%20y/…, as Hive and Spark
 * write them. Pure. A file's columns belong to whoever reads them; once typed they are read-only. */
#ifndef ATOOLS_PARQUET_PARTITION_H
#define ATOOLS_PARQUET_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "json/path.h"
#include "json/span.h"
#include "value/value.h"

/* What stands for null, and for the empty text. */
#define PARQUET_PARTITION_NULL TEXT_NO_VALUE

/* Appends NAME=VALUE, the bytes that Spark escapes as %XX; value NULL: null. */
void parquet_partition_add(const char *name, size_t name_len, const char *value, size_t value_len, struct buffer *into);

/* Takes the next NAME=VALUE out of a file's path: *name and *value are emptied, and get them decoded; *path moves
 * behind it. Folders without '=' are passed over. False: none is left (the file's own name is none). */
bool parquet_partition_next(const char **path, struct buffer *name, struct buffer *value, bool *is_null);

/* Such columns of a file, in the order of its folders. */
struct parquet_partition {
    const char *name;
    size_t name_len;
    struct value value; /* once typed; before: its text, or NULL */
    /* once typed, 8 bytes behind each readable: */
    struct span member; /* "name":value, as JSON */
    struct span json;   /* the value in it */
    struct span typed;  /* that, or PACKED where its type is another than JSON tells */
};
static inline bool parquet_partition_is(const struct parquet_partition *column, const char *name, size_t len)
{
    return column->name_len == len && memcmp(column->name, name, len) == 0;
}
struct parquet_partitions {
    struct parquet_partition *columns;
    size_t count;
    struct arena arena; /* all that is in them */
};

/* Takes the columns out of a file's path within its dataset, not typed yet; freed by parquet_partitions_free. */
void parquet_partitions_read(struct parquet_partitions *partitions, const char *path);
void parquet_partitions_free(struct parquet_partitions *partitions);

/* Adds a column, typed already: its value, which is copied and no array or struct. */
void parquet_partitions_put(struct parquet_partitions *partitions, const char *name, size_t name_len,
                            const struct value *value);

/* Types the columns of all files of a dataset, each by all its values, as Spark does (PartitioningUtils of Spark 4.0):
 * int, bigint, a decimal of whole numbers, double, date, timestamp, or string. A double is none where another value is
 * beyond int, nor is a time where another one is a number: these are strings. */
void parquet_partitions_type(struct parquet_partitions *files, size_t count);

/* The column that a path is; or NULL. */
const struct parquet_partition *parquet_partitions_find(const struct parquet_partitions *partitions,
                                                        const struct path *path);

/* Appends the text of an object, with these columns as its last members: those that are `wanted` (NULL: all), but
 * nulls. */
void parquet_partitions_extend(const struct parquet_partitions *partitions, const char *object, size_t len,
                               const struct path_set *wanted, struct buffer *into);

#endif

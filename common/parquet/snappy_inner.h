/* parquet_snappy: what Snappy compressed, expanded: by copies of 16 bytes where there is room, which for columns of
 * numbers, whose matches are short, is much faster than the library as it is packaged. Private to common/parquet.
 *
 * Format: https://github.com/google/snappy/blob/main/format_description.txt */
#ifndef ATOOLS_PARQUET_SNAPPY_INNER_H
#define ATOOLS_PARQUET_SNAPPY_INNER_H

#include <stdbool.h>
#include <stddef.h>

/* How long the expanded bytes are said to be; false: that is damaged. */
bool parquet_snappy_length(const char *bytes, size_t len, size_t *whole);

/* Expands len bytes to exactly `whole` ones; false: they are damaged. Nothing is written beyond. */
bool parquet_snappy_expand(const char *bytes, size_t len, char *into, size_t whole);

#endif

/* parquet_render: cells as JSON text, and as SQL values. Private to common/parquet.
 *
 * JSON is as Spark's toJSON has it: numbers with all their digits, decimals as numbers, dates and timestamps as strings
 * in ISO 8601 form (timestamps in the session's zone, local ones without a zone; nine digits of a second where they are
 * needed), bytes in base64, NaN and infinities as strings. What Spark has no type for: times as "10:00:00.5" with
 * three, six or nine digits, uuids in their usual form, intervals as ISO 8601 durations. Bytes of a string that are no
 * UTF-8 become U+FFFD. */
#ifndef ATOOLS_PARQUET_RENDER_INNER_H
#define ATOOLS_PARQUET_RENDER_INNER_H

#include "base/mem.h"
#include "parquet/schema.h"
#include "parquet/values_inner.h"
#include "value/nested.h"
#include "value/value.h"

/* Appends a cell of this leaf as a JSON value. */
void parquet_render(const struct parquet_node *leaf, const union parquet_cell *cell, struct buffer *into);

/* True if that is a JSON string: for a map's key, which must be one. */
bool parquet_render_quotes(const struct parquet_node *leaf, const union parquet_cell *cell);

/* The SQL value: text that must be made goes into the arena, other text stays in the cell. */
struct value parquet_cell_value(const struct parquet_node *leaf, const union parquet_cell *cell, struct arena *arena);

/* The same if the value says all that the cell does; else (moments by nanoseconds, a local time that the session's zone
 * skips) null. */
struct value parquet_cell_exact(const struct parquet_node *leaf, const union parquet_cell *cell, struct arena *arena);

/* The type of such values that are not null, as a tree of one node; and whether JSON text that is written of one reads
 * as a value of it. */
struct nested_type parquet_cell_type(const struct parquet_node *leaf);
bool parquet_type_told(struct nested_type type);

/* Appends bytes as a JSON string. */
void parquet_render_string(const char *bytes, size_t len, struct buffer *into);

#endif

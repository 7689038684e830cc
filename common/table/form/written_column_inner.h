/* written_column: what the values of an output column have been, and the field of Parquet that comes of it. Private to
 * common/table/form.
 *
 * What was seen is never forgotten, and merging gives the same in any order. */
#ifndef ATOOLS_WRITTEN_COLUMN_INNER_H
#define ATOOLS_WRITTEN_COLUMN_INNER_H

#include <stdbool.h>

#include "base/mem.h"
#include "parquet/layout.h"
#include "table/schema.h"
#include "value/value.h"

struct written_seen {
    unsigned types;          /* a bit for each enum value_type, and one for BINARY */
    unsigned width;          /* of the widest LONG and DOUBLE, in bytes */
    unsigned whole, scale;   /* most digits of DECIMALs, in front of the point and behind it */
    bool no_whole_cell, no_number_cell; /* a CELL was no whole number as it is written canonically; no number */
};

struct written_column {
    struct written_seen seen;
    struct schema *schema;   /* of ARRAYs and STRUCTs, or NULL; owned */
};

/* Sees a value that is not null. */
void written_column_see(struct written_column *column, const struct value *value);

/* Sees a LONG as records have it. */
static inline void written_column_see_long(struct written_column *column)
{
    column->seen.types |= 1u << VALUE_LONG;
    column->seen.width = sizeof(int64_t);
}

/* Adds what another one has seen. */
void written_seen_merge(struct written_seen *seen, const struct written_seen *other);
void written_column_merge(struct written_column *column, const struct written_column *other);

/* The field's type and children, these in the arena; its name is the caller's. Without `nested` arrays and structs are
 * text. */
void written_column_field(const struct written_column *column, bool nested, struct arena *arena,
                          struct parquet_field *field);

/* The same of a column of scalars; false: it has arrays or structs. */
bool written_seen_field(const struct written_seen *seen, struct parquet_field *field);

void written_column_free(struct written_column *column);

#endif

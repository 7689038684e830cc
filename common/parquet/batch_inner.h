/* parquet_batch from within. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_BATCH_INNER_H
#define ATOOLS_PARQUET_BATCH_INNER_H

#include "parquet/batch.h"
#include "parquet/dictionary_inner.h"
#include "parquet/layout_inner.h"

/* A column's entries: levels a byte each, and the values of those that have one. */
struct parquet_shred {
    unsigned char *definitions, *repetitions;
    size_t entries, entry_cap;
    int64_t *numbers; /* BOOLEAN, INT32, INT64; bits of FLOAT and DOUBLE as a double; else the codes of */
    size_t values, value_cap;
    struct parquet_strings strings; /* BYTE_ARRAY, FIXED: the distinct values, as far as they repeat */
    bool unique; /* they hardly do: no more are looked for */
    size_t mark_entries, mark_values; /* before the present record */
};

struct parquet_batch {
    const struct parquet_layout *layout;
    struct parquet_shred *columns;
    size_t *weights;    /* bytes of each record's text */
    size_t rows, row_cap;
    uint64_t visit;     /* number of the struct at hand, over all */
    uint64_t *seen;     /* by a target's number: the visit it was last met in */
    uint32_t *follows;  /* by twice a target's number: which of its members came first last time, and which of its
                         * parent's  came behind it */
    bool strict;
    bool careful;       /* the record repeats a key: each struct's members are looked for first */
    bool repeated;      /* a key was met twice: the record must be gone through again, with care */
    struct arena arena; /* of a careful record */
    struct buffer text; /* a decoded string */
    const char *end;    /* of the record's text */
    struct parquet_misfit *misfit;
    struct buffer made; /* JSON of a value of a block */
};

/* A value of a member of the layout's root, JSON with 8 bytes behind it; false: it can't hold it, nothing was added. */
bool parquet_batch_take(struct parquet_batch *batch, const struct parquet_target *member, const char *text, size_t len);
void parquet_batch_weigh(struct parquet_batch *batch, size_t weight);

/* Room for so many entries and values more. */
void parquet_shred_reserve(struct parquet_shred *column, size_t entries, size_t values);

#endif

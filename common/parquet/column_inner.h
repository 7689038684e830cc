/* parquet_column: one column of one row group, read page by page and handed out some entries at a time: each with its
 * levels, and the values of those that have one. Private to common/parquet.
 *
 * One thread. Where damage is met the problem is filled and the column is at its end. What cells point to lives until
 * the next batch, or, with `keep`, until parquet_column_release. */
#ifndef ATOOLS_PARQUET_COLUMN_INNER_H
#define ATOOLS_PARQUET_COLUMN_INNER_H

#include "parquet/file_inner.h"
#include "parquet/values_inner.h"

enum {
    PARQUET_BATCH = 1024,        /* entries at a time */
    PARQUET_WINDOW = 256 * 1024, /* bytes read from a file at a time, unless a page is longer */
};

/* The chunk's dictionary, and how its values are written: made by whoever wants it, empty when a chunk begins. */
struct parquet_dictionary {
    struct buffer page;
    struct arena made;
    union parquet_cell *cells;
    size_t count, cap;
    struct buffer text;  /* each value as JSON, one behind the other, */
    size_t *text_ends;   /* ending here; NULL: not made yet */
    struct value *values; /* NULL: not made yet */
    struct span *spans;   /* of the text; NULL: not made yet */
};

struct parquet_column {
    const struct parquet_file *file;
    const struct parquet_node *leaf;
    const struct parquet_chunk *chunk;
    size_t row_group;
    bool keep;
    struct problem *problem; /* the reader's */

    uint64_t at, to;         /* bytes of the file: the next page, the chunk's end */
    struct buffer window;
    uint64_t window_at;      /* where in the file the window begins */
    int64_t entries_left;    /* that pages not begun must have; unless */
    bool jumped;             /* pages were passed over */
    int64_t page_number;
    struct parquet_page_place *places; /* the offset index, or NULL */
    size_t place_count;

    struct buffer page;      /* the present one */
    struct buffer *retired;  /* pages that cells still point to (keep) */
    size_t retired_count, retired_cap;
    size_t page_left;        /* entries of the page not in a batch yet */
    struct parquet_hybrid definition_levels, repetition_levels;
    struct parquet_values values;
    struct parquet_dictionary dictionary;
    bool has_dictionary;
    struct arena made;       /* values put together */

    /* The batch: entries at .. count - 1 are to come; value_at is the value of the next entry that has one. */
    size_t at_entry, count, value_at;
    size_t spare;            /* entries behind count whose values did not fit */
    bool coded;              /* the values are codes */
    bool full;               /* each entry of the batch has a value */
    bool over;               /* the chunk is at its end, and the batch one entry without value that is not there */
    unsigned char definitions[PARQUET_BATCH], repetitions[PARQUET_BATCH];
    union parquet_cell cells[PARQUET_BATCH];
    uint32_t codes[PARQUET_BATCH];
};

/* Begins with a row group's chunk of this leaf. */
void parquet_column_start(struct parquet_column *column, const struct parquet_file *file, size_t row_group,
                          const struct parquet_node *leaf, struct problem *problem);

/* The next batch, when at_entry == count. False: the chunk is at its end (over) or damaged (the problem is set;
 * over). */
bool parquet_column_fill(struct parquet_column *column);

/* Makes sure an entry is at at_entry, be it the one that is not there. */
static inline void parquet_column_peek(struct parquet_column *column)
{
    if (column->at_entry == column->count)
        parquet_column_fill(column);
}

/* Passes the rows up to `row` of the row group, whose first `from` were passed already. */
void parquet_column_skip(struct parquet_column *column, uint64_t from, uint64_t row);

/* True if all entries were taken, and none that is not there. */
bool parquet_column_done(struct parquet_column *column);

/* What was kept may go. */
void parquet_column_release(struct parquet_column *column);
void parquet_column_free(struct parquet_column *column);

#endif

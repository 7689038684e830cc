/* parquet_chunk_writer: one column of the row group at hand on its way into a file: its values become pages as they
 * come, compressed, until the row group is written. Private to common/parquet.
 *
 * Values go into a dictionary, until that is too large or does not pay: from then on, in this row group, they are
 * written as they are. Nothing depends on how rows were handed over. */
#ifndef ATOOLS_PARQUET_CHUNK_INNER_H
#define ATOOLS_PARQUET_CHUNK_INNER_H

#include "parquet/batch_inner.h"
#include "parquet/bounds_inner.h"
#include "parquet/codec.h"
#include "parquet/format_inner.h"

enum {
    PARQUET_PAGE_ROWS = 20000,        /* a page ends with the row that makes it so long */
    PARQUET_PAGE_ENTRIES = 1 << 17,
    PARQUET_PAGE_BYTES = 1 << 20,
    PARQUET_DICTIONARY_BYTES = 1 << 20, /* a dictionary larger than this is not added to */
};

struct parquet_page_note {
    size_t offset, len; /* within the chunk's pages, with header */
    size_t first_row;
    int64_t nulls;
    bool all_null;
    struct thrift_bytes least, most; /* in notes' memory */
    bool has_bounds;
};

struct parquet_chunk_writer {
    const struct parquet_target *leaf;
    enum parquet_codec codec;

    bool plain;                      /* the dictionary is not used any more */
    struct parquet_strings strings;  /* the dictionary: bytes with their lengths in front, or numbers */
    int64_t *numbers;                /* of numbers */
    size_t number_count, number_cap;
    uint64_t *number_table;          /* number + 1 by hash */
    size_t number_mask;
    uint32_t *met;                   /* by code: the page it was last met in */
    size_t met_cap;

    struct buffer definitions, repetitions; /* of the page at hand */
    uint32_t *codes;
    size_t code_count, code_cap;
    struct buffer values;            /* in PLAIN encoding; booleans a byte each */
    size_t entries, rows, value_count;
    struct parquet_bounds bounds;    /* of plain values */

    struct buffer pages;             /* finished ones */
    size_t uncompressed;             /* their bytes with headers, before compression */
    struct parquet_page_note *notes;
    size_t note_count, note_cap;
    struct arena memory;             /* notes' bounds */
    size_t first_row;                /* of the page at hand */
    int64_t total_entries, total_nulls;
    bool coded_pages, plain_pages;   /* there are such */
    struct parquet_bounds whole;     /* of all pages */
    struct buffer scratch, packed;

    uint32_t *map;                   /* a batch's codes: ours, or UINT32_MAX */
    size_t map_cap;
};

void parquet_chunk_start(struct parquet_chunk_writer *chunk, const struct parquet_target *leaf,
                         enum parquet_codec codec);
void parquet_chunk_free(struct parquet_chunk_writer *chunk);

/* A new batch begins: its codes are not known yet. */
void parquet_chunk_batch(struct parquet_chunk_writer *chunk, const struct parquet_shred *from);

/* Adds the next `rows` rows of the batch, from entry *entry and value *value on, which are moved on. */
void parquet_chunk_add(struct parquet_chunk_writer *chunk, const struct parquet_shred *from, size_t rows, size_t *entry,
                       size_t *value);

/* Bytes that the chunk takes so far. */
size_t parquet_chunk_size(const struct parquet_chunk_writer *chunk);

/* Ends the last page; appends the dictionary's page, if there is one. The chunk is that, and the pages. */
void parquet_chunk_finish(struct parquet_chunk_writer *chunk, struct buffer *dictionary);

/* Forgets all but memory: another row group begins. */
void parquet_chunk_reset(struct parquet_chunk_writer *chunk);

#endif

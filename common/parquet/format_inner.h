/* parquet_format: the structures of parquet.thrift that we use, as they are read. Private to common/parquet.
 *
 * Bytes point into the memory that was read (the footer's, a page header's, an index's). */
#ifndef ATOOLS_PARQUET_FORMAT_INNER_H
#define ATOOLS_PARQUET_FORMAT_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"
#include "parquet/schema_inner.h"
#include "parquet/thrift.h"

/* Numbers of parquet.thrift's Encoding. */
enum parquet_encoding {
    ENCODING_PLAIN = 0,
    ENCODING_PLAIN_DICTIONARY = 2,
    ENCODING_RLE = 3,
    ENCODING_BIT_PACKED = 4,
    ENCODING_DELTA_BINARY_PACKED = 5,
    ENCODING_DELTA_LENGTH_BYTE_ARRAY = 6,
    ENCODING_DELTA_BYTE_ARRAY = 7,
    ENCODING_RLE_DICTIONARY = 8,
    ENCODING_BYTE_STREAM_SPLIT = 9,
};

/* Numbers of parquet.thrift's PageType. */
enum parquet_page_type { PAGE_DATA, PAGE_INDEX, PAGE_DICTIONARY, PAGE_DATA_V2 };

struct parquet_statistics {
    struct thrift_bytes min, max; /* by the order of the column's type */
    bool has_min, has_max, has_nulls;
    struct thrift_bytes old_min, old_max; /* by signed bytes: right for numbers only */
    bool has_old_min, has_old_max;
    int64_t nulls;
};

struct parquet_chunk {
    bool there, encrypted, elsewhere; /* has metadata; is encrypted; lies in another file */
    int32_t physical, codec;
    int64_t values, compressed, uncompressed;
    int64_t data_page, dictionary_page; /* offsets; dictionary_page 0: none */
    struct parquet_statistics statistics;
    int64_t offset_index, column_index; /* 0: none */
    int32_t offset_index_len, column_index_len;
};

struct parquet_row_group {
    struct parquet_chunk *chunks;
    size_t chunk_count;
    int64_t rows;
};

struct parquet_footer {
    struct parquet_schema_element *elements;
    size_t element_count;
    struct parquet_row_group *row_groups;
    size_t row_group_count;
    int64_t rows;
    struct thrift_bytes created_by;
    struct thrift_bytes *keys, *values; /* key_value_metadata */
    size_t key_count;
    bool encrypted;
};

/* Reads a footer (without the length and PAR1 behind it), whose bytes live as long as what was read. False: it is
 * damaged. */
bool parquet_footer_read(const char *bytes, size_t len, struct arena *arena, struct parquet_footer *footer);

struct parquet_page_header {
    int32_t type;
    int32_t uncompressed, compressed; /* bytes behind the header */
    bool has_crc;
    uint32_t crc;
    int32_t values;                    /* with nulls */
    int32_t encoding;
    int32_t definition_encoding, repetition_encoding; /* PAGE_DATA */
    int32_t nulls, rows;                              /* PAGE_DATA_V2 */
    int32_t definition_len, repetition_len;           /* PAGE_DATA_V2 */
    bool is_compressed;                               /* PAGE_DATA_V2: what is behind the levels */
};

/* Reads a page header; *used is its length. False: *more says whether more bytes may help. */
bool parquet_page_header_read(const char *bytes, size_t len, struct parquet_page_header *header, size_t *used,
                              bool *more);

/* Where the pages of a column chunk are, and what is in them. */
struct parquet_page_place {
    int64_t offset;
    int32_t len;
    int64_t first_row; /* of the row group */
};

struct parquet_column_index {
    size_t count;
    bool *null_pages;
    struct thrift_bytes *mins, *maxs;
    int64_t *nulls; /* NULL: not told */
};

/* False: damaged. Places go up in row and offset. */
bool parquet_offset_index_read(const char *bytes, size_t len, struct arena *arena, struct parquet_page_place **places,
                               size_t *count);
bool parquet_column_index_read(const char *bytes, size_t len, struct arena *arena, struct parquet_column_index *index);

#endif

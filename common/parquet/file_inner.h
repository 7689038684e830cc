/* parquet_file from within. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_FILE_INNER_H
#define ATOOLS_PARQUET_FILE_INNER_H

#include "base/mem.h"
#include "parquet/file.h"
#include "parquet/format_inner.h"

struct parquet_file {
    struct parquet_source source;
    struct arena arena;
    char *footer_bytes; /* owned */
    struct parquet_footer footer;
    struct parquet_node *root;
    const struct parquet_node **leaves; /* by number */
};

/* Bytes that a file may not have: false and the problem then. */
bool parquet_file_read(const struct parquet_file *file, uint64_t at, void *into, size_t len, struct problem *problem);

/* Where a chunk's pages begin and end in the file. */
void parquet_chunk_place(const struct parquet_chunk *chunk, uint64_t *from, uint64_t *to);

/* Appends a leaf's path, names with dots between them. */
void parquet_path_text(const struct parquet_node *leaf, struct buffer *into);

/* Something of a column is damaged: "FILE: row group N, column a.b[, page N]: what", numbers from 0 on; page < 0:
 * none. */
bool parquet_damaged(const struct parquet_file *file, size_t row_group, const struct parquet_node *leaf, int64_t page,
                     struct problem *problem, const char *what);

/* A library that is needed is not on this machine (STATUS_IO). */
bool parquet_lacks(const struct parquet_file *file, const char *library, struct problem *problem);

#endif

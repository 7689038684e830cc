/* parquet_file: a Parquet file that is open: its footer, read and checked; the columns are read by parquet_reader.
 *
 * The bytes come from a parquet_source: a local file, memory, or whatever gives bytes at an offset (HDFS, S3). A file
 * is read-only once open and may be used by several threads, if its source's read may. */
#ifndef ATOOLS_PARQUET_FILE_H
#define ATOOLS_PARQUET_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"
#include "parquet/schema.h"

/* "PAR1", which a Parquet file begins and ends with. */
enum { PARQUET_MAGIC_LEN = 4 };
extern const char parquet_magic[PARQUET_MAGIC_LEN + 1];

/* A footer longer than this is refused. */
enum { PARQUET_FOOTER_MAX = 1 << 30 };

struct parquet_source {
    void *context;
    /* Reads exactly len bytes at `at`, which are there (at + len <= size); false and the problem (STATUS_IO) if it
     * can't. Any thread. */
    bool (*read)(void *context, uint64_t at, void *into, size_t len, struct problem *problem);
    uint64_t size;    /* bytes of the file */
    const char *name; /* for messages; lives as long as the file */
};

/* A source over a regular local file's descriptor, which stays the caller's and open. */
bool parquet_source_local(struct parquet_source *source, int descriptor, const char *name, struct problem *problem);

/* A source over bytes in memory. */
struct parquet_source parquet_source_memory(const void *bytes, size_t len, const char *name);

struct parquet_file;

/* NULL and the problem: no Parquet file, an encrypted one, or one whose footer is damaged (STATUS_DATA), or
 * unreadable. */
struct parquet_file *parquet_open(const struct parquet_source *source, struct problem *problem);
void parquet_close(struct parquet_file *file);

/* The root of its schema: a PARQUET_STRUCT. */
const struct parquet_node *parquet_schema(const struct parquet_file *file);

/* The node whose leaf has this number. */
const struct parquet_node *parquet_leaf(const struct parquet_file *file, size_t leaf);

uint64_t parquet_rows(const struct parquet_file *file);
size_t parquet_row_groups(const struct parquet_file *file);

/* What `aread --files` shows of a row group: rows, bytes in the file, and the codec of a column by its name. */
uint64_t parquet_group_rows(const struct parquet_file *file, size_t row_group);
uint64_t parquet_group_bytes(const struct parquet_file *file, size_t row_group);
const char *parquet_group_codec(const struct parquet_file *file, size_t row_group, size_t leaf);

/* Appends what the statistics of all row groups say of the columns, as an object of JSON: by a column's path, its
 * nulls, least and greatest value, as far as they are known: {"a.b":{"nulls":0,"min":1,"max":9}}. Texts may be cut;
 * bytes and what has another order in SQL have no bounds. Lists and maps are passed over in paths. */
void parquet_statistics_json(const struct parquet_file *file, struct buffer *into);

/* What wrote it ("" if it does not say), and a value of its metadata (NULL: not there); *len bytes each. */
const char *parquet_created_by(const struct parquet_file *file, size_t *len);
const char *parquet_metadata(const struct parquet_file *file, const char *key, size_t *len);

#endif

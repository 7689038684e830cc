/* rows_tsv: the TSV side of rows: headers, columns by name in each file, lines to slots. Private to rows*.c.
 *
 * rows_tsv is shared by the readers: the first batch of a file settles that file's columns, readers of its later
 * batches wait for that. */
#ifndef ATOOLS_ROWS_TSV_H
#define ATOOLS_ROWS_TSV_H

#include "frame/chunks.h"
#include "frame/frame.h"
#include "json/path.h"
#include "json/span.h"
#include "table/rows.h"

struct rows_tsv;

/* text: the first bytes of the first file that is not empty, with at least its first line. */
struct rows_tsv *rows_tsv_new(const char *text, size_t len, bool header);
const struct span *rows_tsv_header(const struct rows_tsv *columns, size_t *count);
void rows_tsv_bind(struct rows_tsv *columns, const struct path_set *paths);
void rows_tsv_watch(struct rows_tsv *columns);
void rows_tsv_free(struct rows_tsv *columns);

struct rows_tsv_reader;
struct rows_tsv_reader *rows_tsv_reader_new(struct rows_tsv *columns);
void rows_tsv_start(struct rows_tsv_reader *reader, const struct batch *batch, struct result *result);
bool rows_tsv_next(struct rows_tsv_reader *reader, struct rows_reader *row);
void rows_tsv_reader_free(struct rows_tsv_reader *reader);

#endif

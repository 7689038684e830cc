/* tsv: the written forms' head and frame: header line, cells, NDJSON objects, for any tool.
 * PostgreSQL's COPY text with a header line (\N is null; tabs, line ends and backslashes are escaped); cells
 * themselves are written by value_write_tsv / value_write_span_tsv. */
#ifndef ATOOLS_TSV_H
#define ATOOLS_TSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "json/span.h"

/* Splits a line (without its newline) into at most cap CELL/NULL spans; returns how many there are. A tab behind a
 * backslash belongs to the cell, as in COPY. */
size_t tsv_split(const char *line, size_t len, struct span *cells, size_t cap);

/* Decodes a CELL span (\t \n \r \\ and what COPY knows) behind into->len. */
void tsv_decode(struct span cell, struct buffer *into);

/* Writes decoded bytes as a cell. A NUL stays as \\u0000; a byte that is no UTF-8 becomes U+FFFD, as in JSON. */
void tsv_encode(const char *bytes, size_t len, struct buffer *into);

#endif

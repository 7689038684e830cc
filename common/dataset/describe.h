/* describe: what a dataset's files say of themselves in their footers; nothing else of them is read. */
#ifndef ATOOLS_DESCRIBE_H
#define ATOOLS_DESCRIBE_H

#include "base/mem.h"
#include "base/problem.h"
#include "dataset/scan.h"
#include "table/schema.h"

/* Appends a header and a line of TSV for each file: rows, bytes, row_groups, codecs (of its columns, each once, with
 * commas between), file. False and the problem: one can't be read; those before it were appended. */
bool describe_files(struct scan *scan, struct buffer *into, struct problem *problem);

/* Adds the shape of the records of all files. */
bool describe_schema(struct scan *scan, struct schema *schema, struct problem *problem);

#endif

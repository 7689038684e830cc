/* split: rows into files called by their values: each row of text has the name of its file before it on its way through
 * results and sorting, and an output takes them apart. */
#ifndef ATOOLS_SPLIT_H
#define ATOOLS_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/output.h"
#include "base/problem.h"
#include "base/scatter.h"
#include "expr/expr.h"
#include "expr/file_name.h"

/* Begins a row behind into->len, for which row->error may be set; then its text follows, then split_end with what this
 * gave. Any thread. */
size_t split_begin(const struct file_name *name, struct row *row, struct buffer *into);
void split_end(size_t begun, struct buffer *into);

/* An output for such rows; closed by output_close, behind which the scatter is finished by who made it. */
struct output *split_output(struct scatter *scatter);

#endif

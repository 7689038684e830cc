/* file_name: names of files made of the values of rows: 'events/{type}/{date(ts)}.ndjson'. What stands in braces is an
 * expression; {{ and }} are braces. Values cannot leave the folder that the text names: what is not safe in a name
 * is written as %XX, as Spark does it in names of partitions, and so is a dot at a value's beginning; null and an empty
 * text are __HIVE_DEFAULT_PARTITION__. Different values give different names.
 *
 * It is freed by whoever compiled it. Immutable once compiled: any thread may write names, each with a row and a buffer
 * of its own. */
#ifndef ATOOLS_FILE_NAME_H
#define ATOOLS_FILE_NAME_H

#include "base/mem.h"
#include "base/problem.h"
#include "expr/expr.h"

struct file_name;

/* Compiles the text, which lives on; scope as expr_compile has it. `what` names the argument in messages. NULL where it
 * is wrong, or has no expression. */
struct file_name *file_name_compile(const char *what, const char *text, struct select *scope,
                                    const struct expr_options *options, struct problem *problem);

/* Appends the name for a row; row->error is set where an expression failed. */
void file_name_write(const struct file_name *name, struct row *row, struct buffer *into);

/* The folder that all names are below: NUL-terminated, "." for the present one. */
const char *file_name_folder(const struct file_name *name);

void file_name_free(struct file_name *name);

#endif

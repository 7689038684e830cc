/* describe: the columns of a table and their types, as DESCRIBE shows them. */
#ifndef ATOOLS_SQL_DESCRIBE_H
#define ATOOLS_SQL_DESCRIBE_H

#include "base/mem.h"
#include "sql/source.h"
#include "sql/stage.h"

/* A statement that gives the rows col_name, data_type, comment: of a source; of a stage that was run.
 * NUL-terminated. */
void describe_source(struct sql_source *source, struct buffer *into);
void describe_stage(const struct stage *stage, struct buffer *into);

#endif

/* group_columns: rows that come by columns (rows_columns) into groups, without a look at each value: a code of a
 * dictionary, or a whole number, leads to its group at once. What a thread has for it; the same groups and states come
 * out as record by record. */
#ifndef ATOOLS_GROUP_COLUMNS_H
#define ATOOLS_GROUP_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "frame/result.h"
#include "group/group.h"
#include "group/select.h"
#include "table/rows.h"

struct group_columns;

/* NULL: this grouping needs its records one by one. It has so many paths; all but one key, which is a path, and
 * aggregates that take columns are beyond this. memory: of the table, of which a part is used here; 0: no bound. */
struct group_columns *group_columns_new(const struct group_select *select, size_t path_count, size_t memory);
void group_columns_free(struct group_columns *columns);

/* Behind rows_start: whether the reader has the batch's rows so. */
bool group_columns_fit(const struct group_columns *columns, const struct rows_reader *reader);

/* Brings all rows of the batch to their groups. */
void group_columns_take(struct group_columns *columns, struct rows_reader *reader, struct groups *groups,
                        const struct batch *batch, const struct result *result);

/* Groups were brought elsewhere than by group_columns_take, or may be gone. */
void group_columns_forget(struct group_columns *columns);

#endif

/* table: what Spark's show() prints. Rows are collected as plain texts, then laid out. */
#ifndef ATOOLS_TABLE_H
#define ATOOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"
#include "value.h"

struct table_options {
    size_t rows;     /* at most so many are shown (20 unless said) */
    size_t width;    /* cells are cut at so many characters (20 unless said); 0: not at all */
    bool vertical;
};

/* Parses the argument of --table[=ROWS[,WIDTH]] (NULL: defaults); wrong text is status 2. */
struct table_options table_parse(const char *option, const char *argument);

struct table;
struct table *table_start(const struct table_options *options, const char *const *names, const size_t *name_lens, size_t columns);

/* One row. Rows beyond options->rows are only noticed ("only showing top N rows"): false when so, the
 * caller may stop. */
bool table_row(struct table *table, const struct value *values);

/* Lays everything out behind into->len; frees. */
void table_finish(struct table *table, struct buffer *into);

#endif

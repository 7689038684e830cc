/* table: what Spark's show() prints. Rows are collected as values, then laid out: a column has
 * one type, so whole numbers among doubles are shown as doubles, and structs list the fields that
 * any shown row has (or any, as far as table_column was told). Belongs to one thread. */
#ifndef ATOOLS_TABLE_H
#define ATOOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "table/draw.h"
#include "table/schema.h"
#include "value/value.h"

/* Most rows that --table takes. */
enum { TABLE_DRAWN_MAX = 16 /* columns with bars, or of sparklines */ };
enum { TABLE_ROWS = 20, TABLE_WIDTH = 20, TABLE_ROWS_MAX = 10000000, TABLE_WIDTH_MAX = 1000000000 };

struct table_options {
    size_t rows;     /* at most so many are shown (20 unless said) */
    size_t width;    /* cells are cut at so many characters (20 unless said); 0: not at all */
    bool sized;      /* width was asked for */
    size_t fit;      /* not 0: no line is wider, and cells are cut for that only */
    bool vertical;
    bool types;      /* below a column's name stands its type */
    const char *bars[TABLE_DRAWN_MAX + 1];   /* columns of numbers that have a bar behind them; up to a NULL */
    const char *sparks[TABLE_DRAWN_MAX + 1]; /* columns whose arrays are drawn; up to a NULL */
    struct draw_options draw;
};

/* Parses the argument of --table[=ROWS[,WIDTH]] (NULL: defaults); wrong text is a problem, and false. */
bool table_parse(const char *option, const char *argument, struct table_options *options, struct problem *problem);

/* Adds a name to bars or sparks, which names live on; false and a problem where there are too many. */
bool table_drawn_add(const char *option, const char *name, const char *names[TABLE_DRAWN_MAX + 1],
                     struct problem *problem);

/* Whether all columns that are to be drawn are columns of the select list; else a problem, which names those there
 * are. */
bool table_check(const struct table_options *options, const struct select *select, struct problem *problem);

struct table;
struct table *table_start(const struct table_options *options, const char *const *names, const size_t *name_lens,
                          size_t columns);

/* Tells what else is known of a column's type: what was seen at this place of the input, shown or not. */
void table_column(struct table *table, size_t column, const struct schema_node *node);

/* One row. Rows beyond options->rows are only noticed ("only showing top N rows"): false when so, the
 * caller may stop. */
bool table_row(struct table *table, const struct value *values);

/* Lays everything out behind into->len (NULL: nowhere); frees. */
void table_finish(struct table *table, struct buffer *into);

/* Writes text as show() and printSchema() do: newline, return, tab, form feed, backspace, vertical
 * tab and bell as \n \r \t \f \b \v \a. Otherwise than there the other controls are \x and two digits a byte, so that
 * none reaches a terminal; what is no UTF-8 is U+FFFD. */
void table_escape(const char *text, size_t len, struct buffer *into);

/* Columns a text takes on the screen as Spark counts them: UTF-16 units, wide East Asian ones twice. */
size_t table_width(const char *text, size_t len);

#endif

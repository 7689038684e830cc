/* statement: what a text of SQL says, as trees: clauses around the expressions of expr. Nothing is looked up here.
 *
 * Everything lives in the arena that it was read into; the text lives on. */
#ifndef ATOOLS_SQL_STATEMENT_H
#define ATOOLS_SQL_STATEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"
#include "expr/node.h"

struct sql_query;

/* What makes rows, or columns of them, is an array that is exploded. */
enum sql_generates {
    SQL_ELEMENTS, /* explode, posexplode */
    SQL_STACK,    /* the array's structs have col0, col1, … */
    SQL_INLINE,   /* the columns are the members of its structs */
    SQL_TUPLE,    /* json_tuple: it is the JSON text, of which there are members */
};

/* explode(x), posexplode_outer(x), stack(n, x, …), … */
struct sql_generator {
    enum sql_generates kind;
    const struct expr *array;
    bool outer, position;
    size_t width;                /* STACK, TUPLE: columns of a row */
    const struct expr **members; /* TUPLE: their names in the text */
    const char *table;           /* LATERAL VIEW: its name; or NULL */
    const char **names;          /* given with AS, */
    size_t name_count;
    size_t offset;
};

/* What a star leaves out, or has another value for: * except (a.b), * replace (x as c) */
struct sql_change {
    const struct expr *place; /* a path of names */
    const struct expr *expr;  /* NULL: it is left out */
};

struct sql_item {
    bool star;
    const char **names; /* t.*, a.b.*: those in front */
    size_t name_count;
    struct sql_change *changes; /* behind the star */
    size_t change_count;
    const struct expr *expr;
    struct sql_generator *generator; /* explode(x) as an item */
    const char *alias;               /* or NULL */
    size_t offset;
};

struct sql_order {
    const struct expr *expr;
    bool descending, nulls_given, nulls_last;
};

enum sql_join { SQL_INNER, SQL_LEFT, SQL_RIGHT, SQL_FULL, SQL_SEMI, SQL_ANTI, SQL_CROSS };
enum sql_from_kind { SQL_FROM_TABLE, SQL_FROM_QUERY, SQL_FROM_JOIN, SQL_FROM_TURNED };

/* One of what stands behind IN. */
struct sql_turned_value {
    const struct expr **constants; /* PIVOT: one for each column */
    const char **columns;          /* UNPIVOT: one for each value's name */
    size_t count;
    const char *alias;             /* or NULL */
    size_t offset;
};

/* PIVOT (items FOR columns IN (values)), UNPIVOT (value_names FOR name IN (values)) */
struct sql_turned {
    bool unpivot, include_nulls;
    struct sql_item *items;
    size_t item_count;
    const char **columns;
    size_t column_count;
    const char *name;
    const char **value_names;
    size_t value_name_count;
    struct sql_turned_value *values;
    size_t value_count;
    struct select *scope;
};

struct sql_from {
    enum sql_from_kind kind;
    const char *name;           /* TABLE: as written, without quotes */
    bool is_file;               /* TABLE: it stood in quotes, or behind json., parquet., … */
    const char *alias;          /* or NULL */
    const char **columns;       /* as t(a, b) */
    size_t column_count;
    struct sql_query *query;    /* QUERY */
    struct sql_from *left, *right; /* JOIN; TURNED: left */
    struct sql_turned *turned;
    enum sql_join join;
    bool natural;
    const char **using;
    size_t using_count;
    const struct expr *on;
    size_t offset;
};

/* An element of GROUP BY where rollup, cube or grouping sets stands there. */
enum sql_grouping_kind { SQL_KEY, SQL_LIST, SQL_ROLLUP, SQL_CUBE, SQL_SETS };

struct sql_grouping {
    enum sql_grouping_kind kind;
    size_t key; /* KEY: its place among the keys */
    struct sql_grouping *parts;
    size_t part_count;
};

/* SELECT … FROM … WHERE … GROUP BY … HAVING … QUALIFY … */
struct sql_core {
    bool distinct;
    struct sql_item *items;
    size_t item_count;
    struct sql_from *from; /* NULL: one row */
    struct sql_generator *views;
    size_t view_count;
    const struct expr *where;
    const struct expr **keys;
    size_t key_count;
    bool grouped, group_all;
    struct sql_grouping *sets; /* of these keys; NULL: one group by all of them */
    const struct expr *having, *qualify;
    struct select *scope; /* the aggregate and window calls of all its expressions, and of the order by behind it */
    size_t offset;
};

enum sql_query_kind { SQL_CORE, SQL_SET, SQL_VALUES };
enum sql_set { SQL_UNION, SQL_INTERSECT, SQL_EXCEPT };

struct sql_with {
    const char *name;
    const char **columns;
    size_t column_count;
    struct sql_query *query;
    size_t offset;
};

struct sql_query {
    enum sql_query_kind kind;
    struct sql_with *with;
    size_t with_count;
    struct sql_core *core;
    struct sql_query *left, *right; /* SET */
    enum sql_set set;
    bool all;
    const struct expr ***rows;      /* VALUES */
    size_t row_count, row_width;
    struct sql_order *order;
    size_t order_count;
    bool has_limit;
    uint64_t limit, skip;
    struct select *scope;
    size_t offset;
};

enum sql_kind { SQL_SELECT, SQL_VIEW, SQL_INSERT, SQL_DESCRIBE };

struct sql_statement {
    enum sql_kind kind;
    const char *name;      /* VIEW, DESCRIBE: of the table */
    bool replace;
    const char *directory; /* INSERT */
    const char *format;
    struct sql_query *query;
    size_t offset;
};

/* The queries in expressions, by the number of their nodes (EXPR_SUBQUERY). */
struct sql_script {
    const char *text;
    struct arena arena;
    struct sql_statement *statements;
    size_t count;
    struct sql_query **subqueries;
    size_t subquery_count;
};

/* Reads statements with `;` between them. NULL: the problem shows where the text is wrong. */
struct sql_script *sql_read(const char *text, struct problem *problem);
void sql_script_free(struct sql_script *script);

#endif

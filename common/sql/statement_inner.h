/* statement: what its files share. */
#ifndef ATOOLS_SQL_STATEMENT_INNER_H
#define ATOOLS_SQL_STATEMENT_INNER_H

#include <stdbool.h>
#include <stddef.h>

#include "expr/syntax.h"
#include "sql/statement.h"

struct reader {
    struct sql_script *script;
    struct parser *parser;
    unsigned depth;
    const char *alias; /* the last one without AS, */
    size_t alias_at, alias_end; /* and where it stands */
};

/* Zeroed, in the script's arena. */
void *sql_make(struct reader *reader, size_t size);
/* Room for one more at the end of a list there, which grows at each power of two. */
void *sql_grow(struct reader *reader, void *list, size_t count, size_t size);

/* Whether a word that begins another clause is so many tokens ahead. */
bool sql_is_clause(const struct parser *parser, size_t ahead);
/* Whether a word that a query begins with is so many tokens ahead. */
bool sql_begins_query(const struct parser *parser, size_t ahead);
/* Whether PIVOT ( or UNPIVOT ( stands so many tokens ahead. */
bool sql_is_turn(const struct parser *parser, size_t ahead);
/* PIVOT and UNPIVOT behind a table or join, if they stand there: what is made of it. */
struct sql_from *sql_read_turned(struct reader *reader, struct sql_from *from);
/* For the aggregate and window calls of a clause. */
struct select *sql_new_scope(struct reader *reader);
/* [as] NAME, where no clause begins; NULL: none. */
const char *sql_read_alias(struct reader *reader);
/* (a, b, c) */
const char **sql_read_names(struct reader *reader, size_t *count);

struct sql_query *sql_read_query(struct reader *reader);
struct sql_query *sql_read_values(struct reader *reader);

/* Behind SELECT: a, b.* except (c), explode(d), … (statement_items.c) */
void sql_read_items(struct reader *reader, struct sql_core *core);
/* Behind LATERAL: VIEW [OUTER] explode(x) t AS a */
void sql_read_view(struct reader *reader, struct sql_core *core);

/* Behind GROUP BY: a, rollup(b, c), … */
void sql_read_keys(struct reader *reader, struct sql_core *core);

/* Behind FROM: a, b join c, … */
struct sql_from *sql_read_from(struct reader *reader);
/* NAME, 'FILE', `FILE`, json.`FILE` */
void sql_read_table(struct reader *reader, struct sql_from *from);

#endif

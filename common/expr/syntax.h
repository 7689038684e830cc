/* syntax: the tokens and the expressions of a statement, for a grammar around them (sql): expressions have one grammar,
 * which is expr's. Trees that are read so are only looked at (node.h): nothing in them is folded, each node knows where
 * it stands in the text (start, end), each aggregate call is one of its own in the scope. To be computed, the text of
 * an expression is compiled again. */
#ifndef ATOOLS_SYNTAX_H
#define ATOOLS_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "value/cast.h"

struct parser;

/* (select …), x in (select …), exists (select …) */
enum syntax_subquery { SYNTAX_SCALAR, SYNTAX_IN, SYNTAX_EXISTS };

struct syntax_hooks {
    /* At the parenthesis that a query stands in: reads up to behind the closing one; the number that the node gets. */
    size_t (*subquery)(void *context, struct parser *parser, enum syntax_subquery kind);
    void *context;
};

/* Splits the text and runs body over it, which must leave nothing unread. False: a problem with a caret. The trees live
 * in `arena`. */
bool syntax_read(const char *what, const char *text, const struct syntax_hooks *hooks, aggregate_table *aggregates,
                 window_table *windows, struct arena *arena,
                 void (*body)(struct parser *parser, void *context), void *context,
                 struct problem *problem);

/* The text is wrong at `offset`; does not return. */
_Noreturn void syntax_fail(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "expected WHAT, not …" at the present token. */
_Noreturn void syntax_unexpected(struct parser *parser, const char *wanted);

/* Where the present token begins, and where the one before it ended. */
size_t syntax_offset(const struct parser *parser);
size_t syntax_end(const struct parser *parser);

/* Whether the token so many ahead (0: the present one) is this keyword (any case), or this operator. */
bool syntax_word(const struct parser *parser, size_t ahead, const char *keyword);
bool syntax_is(const struct parser *parser, size_t ahead, const char *operator);
/* Whether it is a name that stands for itself, that is any word (in backticks or not). */
bool syntax_is_name(const struct parser *parser, size_t ahead, bool *quoted);
bool syntax_at_end(const struct parser *parser, size_t ahead);

/* Goes past the present token if it is that. */
bool syntax_accept_word(struct parser *parser, const char *keyword);
bool syntax_accept(struct parser *parser, const char *operator);
void syntax_expect_word(struct parser *parser, const char *keyword);
void syntax_expect(struct parser *parser, const char *operator);

/* Takes a name, decoded; "expected WANTED" if there is none. */
const char *syntax_name(struct parser *parser, const char *wanted);
/* Takes a string in quotes; NULL if there is none. */
const char *syntax_string(struct parser *parser);
/* Goes past the present token, whatever it is. */
void syntax_pass(struct parser *parser);

/* The scope that aggregate calls are collected in from now on; what it was. */
struct select *syntax_scope(struct parser *parser, struct select *scope);

/* The windows that `over NAME` may mean from now on; what they were. */
const struct named_window *syntax_windows(struct parser *parser, const struct named_window *named);
/* Reads NAME as (…), … so many tokens ahead, behind WINDOW; how many tokens that is. The present one stays. */
size_t syntax_named_windows(struct parser *parser, size_t ahead);

struct expr *syntax_expression(struct parser *parser);

/* What Spark calls a column that is this expression. */
void syntax_column_name(const struct expr *expr, const struct select *scope, const char *text, struct buffer *into);

/* A text that is the same for two expressions that compute the same. `path` writes what stands for a path (NULL: its
 * text). */
struct syntax_writer {
    const struct select *scope;
    const char *text; /* that was read */
    void (*path)(void *context, const struct expr *slot, struct buffer *into);
    void *context;
};
void syntax_write(const struct syntax_writer *writer, const struct expr *expr, struct buffer *into);

/* A schema's text, as from_json takes it: a type, or "name type, …"; false with *wrong, in the arena. */
bool expr_schema(struct arena *arena, const char *text, struct cast_type *type, const char **wrong);

#endif

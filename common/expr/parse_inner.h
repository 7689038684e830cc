/* expr_parse: the parser's own parts; for expr_*.c only. */
#ifndef ATOOLS_EXPR_PARSE_H
#define ATOOLS_EXPR_PARSE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "expr/expr.h"
#include "expr/node.h"
#include "expr/syntax.h"

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_NUMBER, TOKEN_STRING, TOKEN_OPERATOR };

struct token {
    enum token_kind kind;
    bool quoted;       /* NAME in backticks: never a keyword */
    size_t offset, len; /* in the argument */
    const char *text;  /* NAME, STRING: decoded; OPERATOR, NUMBER: as typed */
    size_t text_len;
};

/* Expressions nested deeper are refused. */
enum { PARSE_DEPTH_MAX = 500 };

/* The variables of a lambda, in sight in its body. */
enum { LAMBDA_VARIABLES = 3 };
struct lambda_scope {
    const struct token *names[LAMBDA_VARIABLES];
    size_t count;
    const struct lambda_scope *outer;
};

/* A window that `over NAME` means. */
struct named_window {
    const struct token *name;
    struct window_spec spec;
    const struct named_window *next;
};

struct parser {
    const char *what, *text;
    struct token *tokens; /* the last one is TOKEN_END */
    size_t count, at;
    struct arena *arena;
    struct select *scope; /* whose aliases are visible, aggregates are collected; or NULL */
    const struct expr_options *options;
    unsigned depth;
    bool in_aggregate;
    bool in_window; /* arguments or window of a call with over */
    const struct named_window *named; /* the last one, or NULL */
    bool in_list; /* it is the select list itself that is read */
    const struct lambda_scope *lambda; /* the innermost lambda whose body is being read, or NULL */
    jmp_buf failed; /* where parse_fail goes, after setting: */
    size_t error_offset;
    char error[512];
};

/* The text is wrong at `offset`. */
_Noreturn void expr_parse_fail(struct parser *parser, size_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Splits parser->text into parser->tokens. */
void expr_lex(struct parser *parser);

/* Looking at tokens. A keyword is a NAME without backticks, any case. */
const struct token *expr_token_now(const struct parser *parser);
const struct token *expr_token_ahead(const struct parser *parser, size_t count);
bool expr_token_is(const struct token *token, const char *operator);
bool expr_token_word(const struct token *token, const char *keyword);
bool expr_accept(struct parser *parser, const char *operator);
bool expr_accept_word(struct parser *parser, const char *keyword);
/* Behind "(", so many tokens ahead: how many the one behind its closing parenthesis is ahead, or the last one. */
size_t expr_behind_parentheses(const struct parser *parser, size_t ahead);
void expr_expect(struct parser *parser, const char *operator);
void expr_expect_word(struct parser *parser, const char *keyword);
/* "expected WHAT" at the present token. */
_Noreturn void expr_parse_unexpected(struct parser *parser, const char *wanted);

/* The grammar, from the outside in. */
struct expr *expr_parse_expression(struct parser *parser);          /* or, and, not, predicates */
struct expr *expr_parse_value(struct parser *parser);               /* arithmetic and comparison */
struct expr *expr_parse_primary(struct parser *parser); /* literals, paths, calls, parentheses, subscripts */
struct expr *expr_parse_call(struct parser *parser);                /* NAME ( … */
struct expr *expr_parse_struct(struct parser *parser, size_t offset); /* the members, up to the closing parenthesis */
const char *expr_member_name(struct parser *parser, const struct expr *value);
/* windows */
bool expr_over_ahead(const struct parser *parser); /* behind "NAME(": whether over follows the call */
const struct window_function *expr_window_function(const struct parser *parser, const struct token *name);
/* Behind "NAME(" of a window function. */
struct expr *expr_parse_window_call(struct parser *parser, const struct window_function *function, size_t offset);
/* An aggregate call that was read, from its over on. */
struct expr *expr_parse_window_aggregate(struct parser *parser, const struct aggregate_call *call);
void expr_parse_named_windows(struct parser *parser); /* NAME as (…), … */
/* The arguments of a call, up to its closing parenthesis, and how many there may be. */
struct expr_list;
void expr_parse_arguments(struct parser *parser, struct expr_list *list);
/* Arguments of which some may stand behind their names, x => 1, in any order, after those that do not; `defaults` of
 * `count` are what the others are (NULL: they are needed). */
struct expr **expr_parse_named_arguments(struct parser *parser, const char *name, size_t offset,
                                         const char *const *names, struct expr *const *defaults, size_t count);
void expr_check_counts(struct parser *parser, const char *name, size_t offset, size_t count, size_t least, size_t most);
struct expr *expr_parse_path(struct parser *parser);
struct path *expr_parse_steps(struct parser *parser); /* a path's steps from the present token, a name, on */
struct expr *expr_parse_item(struct parser *parser, size_t item,
                             size_t offset); /* what stands for an item of the scope */
void expr_parse_order_keys(
    struct parser *parser, bool numbers,
    struct order *order); /* expr [asc|desc] [nulls first|last], …; `numbers`: 2 is the second item */
bool expr_lambda_ahead(const struct parser *parser);                /* x -> … or (x, y) -> … */
struct expr *expr_parse_lambda(struct parser *parser);
struct expr *expr_parse_variable(struct parser *parser);            /* NULL if it is none in sight */
struct expr *expr_parse_number(struct parser *parser, bool negative);
struct expr *expr_parse_interval(struct parser *parser);            /* behind the word interval */
struct cast_type expr_parse_type(struct parser *parser);
struct expr *expr_parse_cast(struct parser *parser, struct expr *expr, struct cast_type type, bool try, size_t offset);

/* Says where a node stands: from `start` or its first argument on, up to the token before the present one. */
struct expr *expr_place(struct parser *parser, struct expr *expr, size_t start);

/* A query in parentheses, where a statement may have one; NULL: none begins here. */
struct expr *expr_parse_subquery(struct parser *parser, enum syntax_subquery kind, struct expr *left);

/* A node, folded when constant. */
struct expr *expr_build(struct parser *parser, expr_evaluate *eval, size_t offset, size_t count, ...);
struct expr *expr_build_list(struct parser *parser, expr_evaluate *eval, size_t offset, struct expr *const *args,
                             size_t count);
/* A call of a known function, under this one of its names, with checked arguments. */
struct expr *expr_build_call(struct parser *parser, const struct function *function, const char *name, size_t offset,
                        struct expr *const *args, size_t count);
/* The same by name, for grammar that stands for a function (like, rlike, ||, extract). */
struct expr *expr_build_named(struct parser *parser, const char *name, size_t offset, size_t count, ...);

/* Lexes and runs body, which parses; false if the text was wrong: parser->error, error_offset. */
bool expr_parse_run(struct parser *parser, void (*body)(struct parser *parser, void *context), void *context);

/* Branches of one choice (case, if, coalesce): where the types of all are known, numbers are brought to one type. */
void expr_unify(struct parser *parser, struct expr **branches, size_t count);

/* A growing list in the arena. */
struct expr_list {
    struct expr **items;
    size_t count, cap;
};
void expr_list_add(struct parser *parser, struct expr_list *list, struct expr *expr);

#endif

/* expr_node: what a compiled expression is made of; for the parser, the operators and the functions only. */
#ifndef ATOOLS_EXPR_NODE_H
#define ATOOLS_EXPR_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "expr/expr.h"
#include "expr/function/function.h"
#include "value/cast.h"
#include "value/value.h"

typedef struct value expr_evaluate(const struct expr *expr, struct row *row);

enum expr_kind {
    EXPR_LITERAL,
    EXPR_SLOT,
    EXPR_ITEM,
    EXPR_AGGREGATE,
    EXPR_CALL,
    EXPR_LAMBDA,
    EXPR_VARIABLE,
    EXPR_WINDOW,
    EXPR_SUBQUERY,
};

struct expr {
    expr_evaluate *eval;
    enum expr_kind kind;
    bool ansi;
    bool constant;      /* no row is needed */
    bool has_aggregate; /* an aggregate's result is needed */
    bool has_window;    /* a window's result is needed */
    struct expr **args;
    size_t arg_count;
    size_t number;            /* SLOT, ITEM, AGGREGATE, WINDOW, SUBQUERY; LAMBDA: how many variables; VARIABLE: which
                               * one */
    size_t level;             /* VARIABLE: of the lambda so many lambdas outside the innermost one */
    struct value literal;     /* LITERAL */
    const struct path *path;  /* SLOT */
    struct cast_type type;    /* casts */
    bool typed;               /* the type of its values is known before any row: `type` */
    const struct function *function;
    const char *name;         /* that it is called by */
    const void *prepared;     /* what the function made of its constant arguments */
    size_t offset;            /* in the argument, for carets */
    size_t start, end;        /* where all of it stands there */
    bool grouped;             /* in parentheses */
    struct arena *owned;      /* root of an expression compiled without a scope: its memory */
};

/* The bytes as a string in the arena; the buffer is freed. */
struct value expr_take_text(struct arena *arena, struct buffer *text);

/* Sets row->error (the first one stays) and gives null. */
struct value row_fail(struct row *row, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A value as it appears in such a message: quoted, cut when long; in the row's arena. */
const char *row_show(struct row *row, const struct value *value);

/* What expressions may make of one record: the bytes of all values together, also of those in between. A single one has
 * at most VALUE_SIZE_MAX. */
enum { EXPR_MEMORY_MAX = 4 * VALUE_SIZE_MAX };

/* Asked before much is allocated: whether there is room for so many pieces of a size. If not, the arena counts as full,
 * so that expr_limited fails. */
bool expr_room(struct arena *arena, size_t count, size_t size);
/* The value, or null and the row's error where it is too long or too much has been made. `name`: by what. */
struct value expr_limited(struct row *row, const char *name, struct value value);
struct value expr_too_long(struct row *row, const char *name);

/* A node of a kind with room for its arguments; constant and has_aggregate follow from them. */
struct expr *expr_node(struct arena *arena, expr_evaluate *eval, struct expr *const *args, size_t count);
struct expr *expr_literal(struct arena *arena, struct value value);
/* The node, or its value when it is constant and its evaluation does not fail. */
struct expr *expr_fold(struct arena *arena, struct expr *expr);

/* True if both compute the same of every row: what stands in the one stands in the other, of the same slots and
 * items. */
bool expr_equal(const struct expr *a, const struct expr *b);

/* The operators' evaluation. */
expr_evaluate expr_eval_literal, expr_eval_slot, expr_eval_item, expr_eval_aggregate, expr_eval_variable,
    expr_eval_window;
expr_evaluate expr_eval_and, expr_eval_or, expr_eval_not, expr_eval_is_null, expr_eval_is_not_null, expr_eval_is_true,
    expr_eval_is_false;
expr_evaluate expr_eval_equal, expr_eval_not_equal, expr_eval_less, expr_eval_less_equal, expr_eval_greater,
    expr_eval_greater_equal, expr_eval_same;
expr_evaluate expr_eval_in, expr_eval_between, expr_eval_case, expr_eval_case_of, expr_eval_cast, expr_eval_try_cast,
    expr_eval_call;
expr_evaluate expr_eval_add, expr_eval_subtract, expr_eval_multiply, expr_eval_divide, expr_eval_modulo, expr_eval_div,
    expr_eval_negate;
expr_evaluate expr_eval_bit_and, expr_eval_bit_or, expr_eval_bit_xor, expr_eval_bit_not, expr_eval_shift_left,
    expr_eval_shift_right, expr_eval_shift_unsigned;
expr_evaluate expr_eval_subscript, expr_eval_field;

/* grouping(key), grouping_id(key, …): of each argument nothing but its `level` counts, the bit of row.grouping, which
 * who knows the keys sets; without arguments it is all bits. */
expr_evaluate expr_eval_grouping;

/* A lambda's body for these values of its variables. */
struct value expr_apply_lambda(const struct expr *lambda, struct row *row, const struct value *values);

/* Two values under an operator: '+', '-', '*', '/' or '%'. For functions that are one. */
struct value expr_arithmetic(struct call *call, char symbol, const struct value *a, const struct value *b);

/* A comparison whose sides allow a cheaper evaluation gets it (column with a literal). */
void expr_compare_specialize(struct expr *expr);

/* Brings two non-null values together as Spark compares them and compares them. False: the result is null. */
bool expr_compare(const struct value *a, const struct value *b, int *order);

#endif

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

enum expr_kind { EXPR_LITERAL, EXPR_SLOT, EXPR_ITEM, EXPR_AGGREGATE, EXPR_CALL, EXPR_LAMBDA, EXPR_VARIABLE };

struct expr {
    expr_evaluate *eval;
    enum expr_kind kind;
    bool ansi;
    bool constant;      /* no row is needed */
    bool has_aggregate; /* an aggregate's result is needed */
    struct expr **args;
    size_t arg_count;
    size_t number;            /* SLOT, ITEM, AGGREGATE; LAMBDA: how many variables; VARIABLE: which one */
    size_t level;             /* VARIABLE: of the lambda so many lambdas outside the innermost one */
    struct value literal;     /* LITERAL */
    const struct path *path;  /* SLOT */
    struct cast_type type;    /* casts */
    bool typed;               /* the type of its values is known before any row: `type` */
    const struct function *function;
    const char *name;         /* that it is called by */
    const void *prepared;     /* what the function made of its constant arguments */
    size_t offset;            /* in the argument, for carets */
    struct arena *owned;      /* root of an expression compiled without a scope: its memory */
};

/* Sets row->error (the first one stays) and gives null. */
struct value row_fail(struct row *row, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A value as it appears in such a message: quoted, cut when long; in the row's arena. */
const char *row_show(struct row *row, const struct value *value);

/* A node of a kind with room for its arguments; constant and has_aggregate follow from them. */
struct expr *expr_node(struct arena *arena, expr_evaluate *eval, struct expr *const *args, size_t count);
struct expr *expr_literal(struct arena *arena, struct value value);
/* The node, or its value when it is constant and its evaluation does not fail. */
struct expr *expr_fold(struct arena *arena, struct expr *expr);

/* True if both compute the same of every row: what stands in the one stands in the other, of the same slots and items. */
bool expr_equal(const struct expr *a, const struct expr *b);

/* The operators' evaluation. */
expr_evaluate eval_literal, eval_slot, eval_item, eval_aggregate, eval_variable;
expr_evaluate eval_and, eval_or, eval_not, eval_is_null, eval_is_not_null, eval_is_true, eval_is_false;
expr_evaluate eval_equal, eval_not_equal, eval_less, eval_less_equal, eval_greater, eval_greater_equal, eval_same;
expr_evaluate eval_in, eval_between, eval_case, eval_case_of, eval_cast, eval_try_cast, eval_call;
expr_evaluate eval_add, eval_subtract, eval_multiply, eval_divide, eval_modulo, eval_div, eval_negate;
expr_evaluate eval_bit_and, eval_bit_or, eval_bit_xor, eval_bit_not, eval_shift_left, eval_shift_right, eval_shift_unsigned;
expr_evaluate eval_subscript, eval_field;

/* A lambda's body for these values of its variables. */
struct value lambda_apply(const struct expr *lambda, struct row *row, const struct value *values);

/* Two values under an operator: '+', '-', '*', '/' or '%'. For functions that are one. */
struct value call_arithmetic(struct call *call, char symbol, const struct value *a, const struct value *b);

/* A comparison whose sides allow a cheaper evaluation gets it (column with a literal). */
void compare_specialize(struct expr *expr);

/* Brings two non-null values together as Spark compares them and compares them. False: the result is null. */
bool compare_values(const struct value *a, const struct value *b, int *order);

#endif

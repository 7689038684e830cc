/* expr: SQL expressions and select lists, Spark SQL's semantics, compiled once, evaluated a row at
 * a time. A compiled select is immutable and shared by threads; each thread has its own arena.
 *
 * Aggregate calls are parsed here (one grammar) but computed by group: in the expression around
 * them they are numbered places, as earlier aliases and paths are. */
#ifndef ATOOLS_EXPR_H
#define ATOOLS_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"
#include "expr/callable.h"
#include "json/path.h"
#include "json/span.h"
#include "value/value.h"

struct expr;

/* The variables of a lambda that is being evaluated, and of those around it. */
struct row_frame {
    const struct value *values;
    const struct row_frame *outer;
};

/* What an expression is evaluated over. */
struct row {
    const struct span *slots;         /* paths, by path_set number */
    const struct value *aggregates;   /* results of the select's aggregate calls, by number */
    const struct value *items;        /* values of the select's items so far, by number (aliases) */
    const struct value *windows;      /* results of the select's window calls, by number */
    uint64_t grouping;                /* the keys that this row's group is not by, bit 0 the last one (grouping_id) */
    const struct row_frame *frame;    /* expr's own; NULL to begin with */
    struct arena *arena;              /* for the results */
    const char *error;                /* set by a failing expression (--ansi, integer overflow): what went wrong; the
                                       * value is null then. The caller clears it before each row, and makes it a bad
                                       * record */
};

/* One key of ORDER BY. A whole number is not a position. */
struct order_key {
    struct expr *expr;
    bool descending, nulls_last; /* nulls_last resolved: asc first, desc last unless said */
};
struct order {
    struct order_key *keys;
    size_t count;
};

/* How an aggregate goes with `within group (order by …)`. */
enum aggregate_order {
    AGGREGATE_ORDER_NONE,        /* not at all */
    AGGREGATE_ORDER_KEYS,        /* it may: the keys become arguments behind the first */
    AGGREGATE_ORDER_VALUE,       /* it must: what it is ordered by is its value, in front of its arguments */
    AGGREGATE_ORDER_OR_ARGUMENT, /* its value stands there or is its argument */
};

/* An aggregate function as the parser knows it; what computes it is not expr's. */
struct aggregate_function {
    struct callable callable;
    size_t least, most; /* arguments; SIZE_MAX for any number */
    bool star;          /* NAME(*) has a meaning */
    enum aggregate_order order;
    bool weighs;        /* of three arguments the second is constant, and is put behind the third */
};

/* All aggregate functions there are, by number; NULL behind the last. */
typedef const struct aggregate_function *aggregate_table(size_t number);


struct aggregate_call {
    const struct aggregate_function *row;
    const char *function;  /* the name it is called by, lower case: "count", "sum", … */
    struct expr **args;    /* count(*): none */
    size_t arg_count;
    bool distinct;
    bool star;             /* count(*) */
    size_t all_at;         /* count(distinct *) of a statement: where the star stands; 0: there is none */
    struct expr *filter;   /* filter (where …), or NULL */
    /* within group (order by …) of what is joined: its keys are arguments behind the first; or NULL */
    const struct order *order;
    bool descending;       /* within group (order by … desc) of percentiles and mode */
    const char *text;      /* as typed */
    size_t offset;         /* in the argument, for a caret */
};

/* A window function as the parser knows it; what computes it is not expr's. */
struct window_function {
    struct callable callable;
    size_t least, most; /* arguments */
    bool frame;         /* it is of the frame's rows, not of the partition's */
    bool skips;         /* ignore nulls has a meaning */
    int kind;           /* its owner's */
};

/* All window functions there are that are no aggregates, by number; NULL behind the last. */
typedef const struct window_function *window_table(size_t number);

/* The names of all that may be called, a space before each: the scalar functions, and the aggregates and window
 * functions of two tables (or NULL). For completions. */
void expr_call_names(aggregate_table *aggregates, window_table *windows, struct buffer *into);

enum window_edge {
    WINDOW_FIRST, /* unbounded preceding */
    WINDOW_PRECEDING,
    WINDOW_CURRENT,
    WINDOW_FOLLOWING,
    WINDOW_LAST, /* unbounded following */
};
struct window_bound {
    enum window_edge edge;
    struct value amount; /* PRECEDING, FOLLOWING: a LONG of 0 or more for rows; a number or an INTERVAL for a range */
};

/* over (partition by … order by … rows|range between … and …) */
struct window_spec {
    struct expr **partition;
    size_t partition_count;
    struct order order;
    bool framed; /* a frame was given; else it is from the first row to the current one's peers, or all without order */
    bool rows;
    struct window_bound from, to;
    size_t frame_start, frame_end; /* where the given frame stands in the text */
};

struct window_call {
    const struct window_function *row; /* NULL: an aggregate, */
    struct aggregate_call aggregate;   /* this one */
    struct expr **args;                /* of a row */
    size_t arg_count;
    bool ignore_nulls;
    struct window_spec spec;
    const char *text; /* as typed */
    size_t offset, over; /* where it, and `over`, stands */
};

enum item_kind {
    ITEM_EXPR,
    ITEM_STAR, /* `*`, or `a.b.*` with its path: the tool expands it (select_replace) */
};

/* What `* except (a, b.c)` and `* replace (expr as a.b)` change of the object that the star stands for. */
struct star_change {
    const struct path *path; /* from that object on; keys only */
    struct expr *expr;       /* what stands there instead; NULL: nothing does */
    size_t number;           /* of those with an expression in the whole select, from 0 */
    size_t offset;
};

struct select_item {
    enum item_kind kind;
    const char *name;         /* column name, decoded (STAR: NULL) */
    size_t name_len;
    struct expr *expr;
    const struct path *path;  /* EXPR that is a plain path: that path; STAR: the prefix, NULL for bare `*` */
    size_t slot;              /* EXPR that is a plain path: its number in the path set */
    size_t offset;            /* where it stands in the argument */
    bool has_aggregate;       /* needs aggregate results */
    struct star_change *changes; /* STAR */
    size_t change_count;
};

struct select {
    const char *what; /* how the argument is called in messages */
    const char *text;
    struct select_item *items;
    size_t count;
    size_t hidden; /* so many items at the beginning are not written: others use them (project) */
    struct aggregate_call *aggregates; /* of all expressions compiled with this select as scope */
    size_t aggregate_count;
    size_t change_count; /* star_change.expr there are */
    struct window_call *windows; /* of all expressions compiled with this select as scope */
    size_t window_count;
    struct arena arena;
    const struct named_window *named_windows; /* private */
    struct expr **references; /* private: the places where items are used as aliases */
    size_t reference_count;
};

struct expr_options {
    bool ansi;          /* --ansi */
    bool aggregates;    /* aggregate calls are allowed */
    aggregate_table *aggregate_at; /* those that are known, also where they are not allowed; or NULL */
    window_table *window_at;       /* those that are known, or NULL */
    bool groupings;                /* grouping(key) and grouping_id() are allowed */
    bool windows;                  /* calls with `over` are allowed: window functions and aggregates */
    const char *named_windows;     /* "w as (partition by …), v as (…)", which `over w` means; or NULL */
    struct path_set *paths; /* where paths are numbered */
    /* Optional: resolves a path to an own slot number instead (ajoin's l.x, r.y). False: *message says why not. */
    bool (*resolve)(void *context, const struct path *path, size_t *slot, const char **message);
    void *context;
    bool names_later;   /* two columns may have one name until select_check_names is asked */
    const struct syntax_hooks *statement; /* only what stands where is asked (syntax.h): nothing is folded; or NULL */
};

/* Compiles "a, b.c as x, count(*) n, d.*". `what` names the argument. NULL where the text is wrong: the problem is one
 * with a caret (a misspelt function names the nearest one; a duplicate column name is wrong too), and options->paths is
 * of no more use but to be freed; so it is below. */
struct select *select_compile(const char *what, const char *text, const struct expr_options *options,
                              struct problem *problem);

/* Compiles one expression. With a scope the select's items are visible by name (--having, order by: an item wins over
 * a path of that name) and the memory is the scope's; without one (-w, pass NULL) there are only paths. Compile such
 * expressions after select_replace. NULL where the text is wrong. */
struct expr *expr_compile(const char *what, const char *text, struct select *scope, const struct expr_options *options,
                          struct problem *problem);

/* NULL where the text is wrong. */
struct order *order_compile(const char *what, const char *text, struct select *scope,
                            const struct expr_options *options, struct problem *problem);

/* Replaces the STAR item number i by count items: plain paths (name, path), or of those with exprs[k] (exprs may be
 * NULL) that expression; slots are numbered in options->paths. False where options->resolve refuses a path. */
bool select_replace(struct select *select, size_t i, const struct path *const *paths, const char *const *names,
                    struct expr *const *exprs, size_t count, const struct expr_options *options,
                    struct problem *problem);

/* The same, but the items stand at place i and nothing goes. */
bool select_insert(struct select *select, size_t i, const struct path *const *paths, const char *const *names,
                   size_t count, const struct expr_options *options, struct problem *problem);

/* Whether an expression reads this path, or something below it. */
bool expr_reads(const struct expr *expr, const struct path_step *steps, size_t count);

/* The first item that comes out under the name of one before it; SIZE_MAX: there is none. */
size_t select_twin(const struct select *select);

/* Checks names again after replacing: false where two columns have one name. */
bool select_check_names(const struct select *select, struct problem *problem);

/* Frees the select and every expression compiled with it as scope. */
void select_free(struct select *select);

/* Frees an expression compiled without a scope. */
void expr_free(struct expr *expr);

struct value expr_eval(const struct expr *expr, struct row *row);

/* expr_eval in a boolean context: true, and neither false nor null. */
bool expr_true(const struct expr *expr, struct row *row);

/* What the value of a path must be for an expression to be true. */
enum expr_bound_kind {
    EXPR_BOUND_EQUAL,
    EXPR_BOUND_LESS,
    EXPR_BOUND_LESS_EQUAL,
    EXPR_BOUND_GREATER,
    EXPR_BOUND_GREATER_EQUAL,
    EXPR_BOUND_NULL,
    EXPR_BOUND_NOT_NULL,
};
struct expr_bound {
    size_t slot;
    enum expr_bound_kind kind;
    struct value constant; /* of the first five; lives as long as the expression */
};

/* Such bounds of an expression, at most cap: those of paths with constants, and between them `and`. How many. What the
 * expression asks for besides them is not told. */
size_t expr_bounds(const struct expr *expr, struct expr_bound *bounds, size_t cap);

/* Whether its evaluation can have no error (without --ansi): comparisons of paths, items, windows and constants. */
bool expr_is_harmless(const struct expr *expr);

/* Whether a condition is true of no row that has the slots that are `known` (by number) as this row has them: some
 * condition that it has between `and`, harmless and of none but these, is not. */
bool expr_refuted(const struct expr *where, const bool *known, struct row *row);

/* The same of the select's window calls, by their names too: slot is the call's number. */
size_t expr_window_bounds(const struct expr *expr, const struct select *select, struct expr_bound *bounds, size_t cap);

/* Whether two windows go over the same rows in the same order (their frames may differ). */
bool expr_same_window(const struct window_spec *a, const struct window_spec *b);

/* True if no value it needs comes from a row (literals only). */
bool expr_is_constant(const struct expr *expr);

/* The plain path's slot, or false. */
bool expr_is_path(const struct expr *expr, size_t *slot);

#endif

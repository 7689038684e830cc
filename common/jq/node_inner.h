/* jq_node: a compiled program. Private to common/jq.
 *
 * Names are gone: a variable or closure is a slot of some frame, `hops` frames out from the one in force; a function is
 * a pointer to its body. A scope (the program, a function's body, a closure argument) has a frame at run time only if
 * it has slots. Immutable after jq_compile. */
#ifndef ATOOLS_JQ_NODE_INNER_H
#define ATOOLS_JQ_NODE_INNER_H

#include "jq/value_inner.h"

enum jq_kind {
    JQ_IDENTITY,
    JQ_FIELD, /* a.key; this and the next three: operation 1 where ? makes their own errors nothing */
    JQ_INDEX, /* a[b] */
    JQ_SLICE, /* a[b:c] */
    JQ_EACH,  /* a[] */
    JQ_LITERAL,
    JQ_INTERPOLATE, /* parts, text and expressions in turn; format */
    JQ_COLLECT,     /* [a] */
    JQ_CONSTRUCT,   /* {…}: parts are keys and values in turn */
    JQ_NEGATE,
    JQ_PIPE,
    JQ_COMMA,
    JQ_ADD,
    JQ_SUBTRACT,
    JQ_MULTIPLY,
    JQ_DIVIDE,
    JQ_MODULO,
    JQ_EQUAL,
    JQ_UNEQUAL,
    JQ_LESS,
    JQ_LESS_EQUAL,
    JQ_GREATER,
    JQ_GREATER_EQUAL,
    JQ_AND,
    JQ_OR,
    JQ_ELSE,         /* a // b */
    JQ_ASSIGN,       /* a = b */
    JQ_UPDATE,       /* a |= b */
    JQ_UPDATE_WITH,  /* a op= b, operation */
    JQ_IF,           /* if a then b else c (NULL: .) */
    JQ_TRY,          /* try a catch b (NULL: nothing) */
    JQ_REDUCE,       /* reduce a as slot (b; c) */
    JQ_FOREACH,      /* foreach a as slot (b; c; d) (d NULL: .) */
    JQ_BIND,         /* a as slot | b */
    JQ_ALTERNATIVES, /* parts: the same body behind one pattern each; slots: variables to begin as null */
    JQ_LABEL,        /* label slot | a */
    JQ_BREAK,
    JQ_VARIABLE,
    JQ_GLOBAL,  /* slot of the machine's globals */
    JQ_CLOSURE, /* an argument of the function */
    JQ_CALL,
    JQ_NATIVE,  /* a function of the table that wants values */
    JQ_PATHS,   /* path(a) */
    JQ_FIRST,   /* first(a) */
    JQ_LIMIT,   /* limit(a; b), skip(a; b) with operation */
    JQ_RANGE,   /* range(a; b) */
    JQ_RECURSE, /* recurse(a), a NULL: .. */
    JQ_EMPTY,
    JQ_IS_EMPTY, /* isempty(a) */
    JQ_ANY,
    JQ_ALL, /* any(a; b) */
    JQ_INPUTS,
    JQ_REPEAT, /* repeat(a), while(b; a), until(b; a) by operation */
    JQ_LAST,   /* last(a) */
    JQ_SUM,    /* add(a) */
    JQ_SORTED, /* results of a by b (NULL: by themselves), arranged by operation, an enum jq_sorting */
    JQ_BLOCK,  /* a in a frame of its own (scope) */
    JQ_TALLY,  /* [a] | length */
};

enum jq_sorting { JQ_SORT, JQ_GROUP, JQ_UNIQUE, JQ_MIN, JQ_MAX };

/* How many results a node has for one input. */
enum jq_count {
    JQ_MANY,
    JQ_DEPENDS, /* one at most if the closures in it are so */
    JQ_ONE,     /* one at most */
};

struct jq_scope {
    struct jq_scope *parent;
    uint32_t slots, closures; /* the first slots are closures */
};

struct jq_argument {
    const struct jq_node *body;
    struct jq_scope *scope;
};

struct jq_definition {
    const char *name;
    size_t name_len;
    uint32_t arity;
    struct jq_scope *scope; /* its own; the arguments are its first slots */
    struct jq_scope *home;  /* where it is defined */
    struct jq_node *body;
    const bool *by_value;        /* arguments whose value alone is asked for ($name), */
    const uint32_t *value_slots; /* and the slots that take it */
    enum jq_count count;
    bool one; /* count is not to be worked out: at most one result */
};

struct jq_native;
struct jq_edit;

struct jq_node {
    uint8_t kind;      /* enum jq_kind */
    uint8_t operation; /* enum jq_kind of an arithmetic node; a variant */
    uint8_t count;     /* enum jq_count */
    bool plain;        /* FIELD: a chain of fields from . on; slot numbers its path */
    uint32_t slot, hops;
    uint32_t part_count;
    uint32_t offset; /* in the program's text */
    const struct jq_node *a, *b, *c, *d;
    struct jq_bytes key;     /* FIELD */
    struct jq_value literal; /* LITERAL, and FIELD's key as a value; JQ_NONE: constant `slot` of the machine */
    const struct jq_node **parts;
    uint32_t *slots;
    const struct jq_definition *definition; /* CALL */
    struct jq_argument *arguments;
    const struct jq_native *native;
    const struct jq_scope *from, *to; /* of names: where used, where defined */
    struct jq_scope *scope;           /* BLOCK */
    const struct jq_edit *edit;       /* made by copying text (edit.c); NULL: not */
    uint32_t pass;                    /* of the count (resolve.c) */
    struct jq_node *next;             /* all nodes of the program */
};

struct jq_program {
    struct arena arena;
    const struct jq_node *root;
    struct jq_scope *scope;
    struct jq_node *nodes;
    const char **globals; /* names; the first are $ENV, $ARGS, then the variables of jq_compile */
    uint32_t global_count;
    struct jq_bytes *constants; /* decoded strings that need escapes */
    uint32_t constant_count;
    struct path_set paths;
};

/* Formats of strings: @text and the others. */
enum jq_format {
    JQ_FORMAT_NONE,
    JQ_FORMAT_TEXT,
    JQ_FORMAT_JSON,
    JQ_FORMAT_CSV,
    JQ_FORMAT_TSV,
    JQ_FORMAT_HTML,
    JQ_FORMAT_URI,
    JQ_FORMAT_URID,
    JQ_FORMAT_SH,
    JQ_FORMAT_BASE64,
    JQ_FORMAT_BASE64D,
    JQ_FORMAT_BASE32,
    JQ_FORMAT_BASE32D
};
enum jq_format jq_format_named(const char *name, size_t len);

/* A function of the table. Values: `call` takes over input and arguments (arguments[0] is the input) and gives a
 * result, or JQ_NONE after jq_fail or for no result. Written in jq: source, the definition's text. */
struct jq_native {
    const char *name;
    uint8_t arity;
    uint8_t form; /* enum jq_native_form */
    struct jq_value (*call)(struct jq_machine *jq, struct jq_value *arguments);
    const char *source;
    const char *description, *example;
};
enum jq_native_form {
    JQ_BY_VALUE,         /* of several results of its arguments the first one varies fastest */
    JQ_BY_VALUE_ORDERED, /* the last one does */
    JQ_BY_PARSER,        /* a kind of node of its own */
    JQ_IN_JQ,
    JQ_IN_JQ_ONE, /* with one result at most, whatever its arguments are */
};
const struct jq_native *jq_native_find(const char *name, size_t len, uint32_t arity);
/* It asks or does more than its input and arguments say (a row of function/system.c). */
bool jq_native_acts(const struct jq_native *native);
/* All rows, in no order; NULL behind the last. */
const struct jq_native *jq_native_row(size_t number);

/* Whether a node, whose results are written and forgotten, is an edit of its input's text (edit.c); it is marked. */
bool jq_edit_find(struct jq_program *program, struct jq_node *node);

/* What the names come to (resolve.c): hops of every name, counts of results. */
void jq_resolve(struct jq_program *program, struct jq_definition **definitions, size_t count);

#endif

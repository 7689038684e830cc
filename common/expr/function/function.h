/* function: the scalar functions: one function is one row of a table beside its C function, and nothing anywhere else:
 * the parser, its hints, the list in atools-expr(7) and the tests of the examples come from the rows.
 *
 * To add one: write `static struct value name(struct call *call, const struct value *args, size_t count)` in the file
 * it belongs to, put a row into that file's table, and run `make man-functions`.
 *
 * A row's `takes` tells the arguments, a letter each; arguments are cast before the call, and null arguments (or
 * those that cannot be cast) give null without a call:
 *   s string   i integer   d double   n number   v number or interval   b boolean   D date   t timestamp   a array
 *   x anything
 *   l lambda of one variable   m of two   h of three   o of one or two (only in rows that are lazy)
 * Behind '|' arguments are optional; a final '*' repeats the letter before it any number of times (also none).
 * A row with `sees_null` gets null arguments too. */
#ifndef ATOOLS_FUNCTION_H
#define ATOOLS_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "expr/callable.h"
#include "value/value.h"

struct row;
struct expr;
struct expr_list;
struct parser;

struct call {
    struct row *row;
    struct arena *arena;  /* for results */
    const char *name;     /* that it is called by */
    const void *prepared; /* by the row's prepare(), or NULL */
    bool ansi;
};

struct function {
    struct callable callable; /* {name, aliases, arguments, result, about, examples} */
    const char *takes;
    struct value (*run)(struct call *call, const struct value *args, size_t count);
    bool sees_null;
    bool varies;            /* not the same for the same arguments: never computed before a row comes */
    bool bare;              /* also without parentheses, where it takes no arguments (current_date) */
    unsigned char branches; /* from this argument on (1 is the first) all are brought to one type; 0: none */
    /* Optional: makes something of the constant arguments (args[i] is NULL where not constant), once, when
     * compiling: a compiled pattern, a parsed format. It lives in the arena, or as long as the program. A message in
     * *wrong refuses the expression. */
    const void *(*prepare)(struct arena *arena, const struct value *const *args, size_t count, const char **wrong);
    /* Optional instead of run: evaluates its arguments itself (if, coalesce). */
    struct value (*lazy)(const struct expr *expr, struct row *row);
    /* Optional: a grammar of its own: cast(x as int), trim(both 'x' from s). Called behind "NAME("; gives the whole
     * call, or NULL where it is a plain one, of which it may have read the first arguments into the list. */
    struct expr *(*parse)(struct parser *parser, const struct function *function, size_t offset,
                          struct expr_list *first);
};

/* How many arguments a row takes; *most is SIZE_MAX for any number. */
void function_counts(const struct function *function, size_t *least, size_t *most);

/* The row of a name (any case), or NULL. */
const struct function *function_find(const char *name, size_t len);

/* All rows, in the manual's order: NULL at the end. *section: the part of the manual it stands in; may be NULL. */
const struct function *function_at(size_t number, const char **section);

/* What to do instead of a function of Spark that is not here; NULL for any other name. */
const char *function_absent(const char *name, size_t len);

/* The tables; each ends with a row without a name. */
extern const struct function functions_angle[], functions_array[], functions_array_set[], functions_cast[],
    functions_charset[], functions_check[], functions_code[], functions_concat[], functions_csv[], functions_digits[],
    functions_extreme[], functions_hash[], functions_json[], functions_lambda[], functions_logic[], functions_map[],
    functions_number[], functions_number_format[], functions_random[], functions_regex[], functions_schema_of_json[],
    functions_sentences[], functions_string[], functions_text[], functions_time[], functions_time_make[],
    functions_units[], functions_window[], functions_zip[];

/* A field of a length of time (extract), what is left of it by the larger ones; the sign is the length's. */
struct value function_interval_part(struct call *call, const struct value *name, const struct value *interval);

/* An array backwards, for reverse(). */
struct value function_array_reverse(struct call *call, const struct value *array);

#endif

/* function: the scalar functions: one function is one row of a table and one C function.
 *
 * To add one: write `static struct value name(struct call *call, const struct value *args, size_t count)` in the
 * function_*.c it belongs to, and put a row into that file's table.
 *
 * A row's `takes` tells the arguments, a letter each; arguments are cast before the call, and null arguments (or
 * those that cannot be cast) give null without a call:
 *   s string   i integer   d double   n number   b boolean   D date   t timestamp   a array   x anything
 *   l lambda of one variable   m of two   o of one or two (only in rows that are lazy)
 * Behind '|' arguments are optional; a final '*' repeats the letter before it any number of times (also none).
 * A row with `sees_null` gets null arguments too. */
#ifndef ATOOLS_FUNCTION_H
#define ATOOLS_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "value/value.h"

struct row;
struct expr;

struct call {
    struct row *row;
    struct arena *arena;  /* for results */
    const void *prepared; /* by the row's prepare(), or NULL */
    bool ansi;
};

struct function {
    const char *name;
    const char *takes;
    struct value (*run)(struct call *call, const struct value *args, size_t count);
    bool sees_null;
    unsigned char branches; /* from this argument on (1 is the first) all are brought to one type; 0: none */
    /* Optional: makes something of the constant arguments (args[i] is NULL where not constant), once, when
     * compiling: a compiled pattern, a parsed format. It lives in the arena, or as long as the program. A message in *wrong
     * refuses the expression. */
    const void *(*prepare)(struct arena *arena, const struct value *const *args, size_t count, const char **wrong);
    /* Optional instead of run: evaluates its arguments itself (if, coalesce). */
    struct value (*lazy)(const struct expr *expr, struct row *row);
};

/* No function makes a longer text than this of shorter ones. */
enum { TEXT_MAX = 256 << 20 };

/* How many arguments a row takes; *most is SIZE_MAX for any number. */
void function_counts(const struct function *function, size_t *least, size_t *most);

/* The row of a name (any case), or NULL. */
const struct function *function_find(const char *name, size_t len);

/* All rows, one table after the other, for tests and hints: NULL at the end. */
const struct function *function_at(size_t number);

/* The function's or aggregate's name nearest to a misspelt one, or NULL. */
const char *function_nearest(const char *name, size_t len);

/* Aggregates: known by name here, computed by the tools. */
struct aggregate_name {
    const char *name;
    size_t least, most; /* arguments */
};
const struct aggregate_name *aggregate_find(const char *name, size_t len);

/* The tables; each ends with a row without a name. */
extern const struct function functions_text[], functions_string[], functions_code[], functions_hash[], functions_regex[], functions_number[], functions_angle[], functions_units[], functions_time[], functions_array[],
    functions_lambda[], functions_map[], functions_json[], functions_logic[];

/* A unit of time as timestampadd takes it (day, MONTH). */
bool function_is_unit(const char *name, size_t len);

/* A field of a length of time (extract), what is left of it by the larger ones; the sign is the length's. */
struct value interval_part(struct call *call, const struct value *name, const struct value *interval);

/* An array backwards, for reverse(). */
struct value array_reverse(struct call *call, const struct value *array);

#endif

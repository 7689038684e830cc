/* variables: what --arg and its relatives give to a program: $name, $ARGS. Belongs to one thread until a program is
 * compiled; then it is only read. */
#ifndef ATOOLS_VARIABLES_H
#define ATOOLS_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/problem.h"
#include "jq/jq.h"

enum variables_kind {
    VARIABLES_STRING, /* the text itself */
    VARIABLES_JSON,   /* the text is a JSON value */
    VARIABLES_SLURP,  /* the text names a file: all its values in one array */
    VARIABLES_RAW,    /* the text names a file: its bytes as a string */
};

/* Zero-initialised: none. */
struct variables {
    struct jq_variable *list;
    size_t count, cap;
    struct buffer positional, named; /* members of $ARGS in the making */
    struct buffer args;
};

/* --slurpfile and --rawfile refuse a file that is larger. */
enum { VARIABLES_FILE_MAX = 1024 * 1024 * 1024 };

/* $name, unless there is one already (the first one counts, as with jq). The name lives on. False and a problem where
 * the text is wrong; `option` is the option as typed. */
bool variables_add(struct variables *variables, enum variables_kind kind, const char *option, const char *name,
                   const char *text, struct problem *problem);

/* One more positional argument, a string or a JSON text. */
bool variables_positional(struct variables *variables, bool json, const char *text, struct problem *problem);

/* $ARGS as a JSON text, alive as long as the variables. */
const char *variables_args(struct variables *variables);

void variables_free(struct variables *variables);

#endif

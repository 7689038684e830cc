/* problem: why a part could not do what it was asked for, in words for the user. Parts return false (or NULL) and fill
 * the caller's problem; only cmd/ ends the program, with problem_die. The exceptions are in base/: memory that is not
 * there (mem, pool), output and temporary files that cannot be written (output, spill); nothing could go on then.
 *
 * Zero-initialised: no problem. The first one said stays. `what` and `argument` are not copied: they live on (argv). */
#ifndef ATOOLS_PROBLEM_H
#define ATOOLS_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"

struct problem {
    enum status status;       /* STATUS_OK: none */
    bool hint;                /* about the command line as a whole: "try 'TOOL --help'" is said behind it */
    const char *what;         /* the argument it is about ("select list"), or NULL, */
    const char *argument;     /* as typed, */
    size_t offset;            /* and the byte in it where a caret belongs */
    char text[DIAG_TEXT_MAX]; /* lower case, no full stop; cut when longer */
};

/* Each gives false, so that a part can say `return problem_set(…)`. */
bool problem_set(struct problem *problem, enum status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A wrong command line: STATUS_USAGE and the hint. */
bool problem_usage(struct problem *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A wrong argument, shown with a caret under byte `offset`: STATUS_USAGE. */
bool problem_caret(struct problem *problem, const char *what, const char *argument, size_t offset, const char *text);

/* Prints it as diag_die, diag_die_usage or diag_die_caret would and exits with its status; with STATUS_OK it says
 * nothing (a help text has been printed). For cmd/ only. */
_Noreturn void problem_die(const struct problem *problem);

/* The same, unless all is good: problem_check(part_verb(…, &problem), &problem). For cmd/ only. */
void problem_check(bool good, const struct problem *problem);

#endif

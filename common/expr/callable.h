/* callable: what is called as NAME(…), told once for everybody who has to tell of it: the parser, its hints, the
 * manual and the tests. The rows of scalar functions and of aggregates begin with it; rows are constants and live as
 * long as the program. */
#ifndef ATOOLS_CALLABLE_H
#define ATOOLS_CALLABLE_H

#include <stdbool.h>
#include <stddef.h>

struct callable {
    const char *name;      /* lower case */
    const char *aliases;   /* other names, with a blank between; or NULL */
    const char *arguments; /* as the manual shows them: "s, from[, n]"; "" for none */
    const char *result;    /* its type, and when it is null unless an argument is: "String; also null if s is none" */
    const char *about;     /* what it gives, in a line, without a full stop; "" where the name says it */
    const char *examples;  /* "upper('a') => A", a line each: run by the tests, and shown by the manual */
};

/* If it goes by this name (any case): that name in lower case, `len` bytes of it, which live as long as the row. Else
 * NULL. */
const char *callable_named(const struct callable *callable, const char *name, size_t len);

/* The name nearest to a misspelt one so far, and how far it is from it. */
struct nearest_name {
    const char *name; /* NULL: none is near enough */
    size_t len, distance;
};

/* Begins a search for the name nearest to name[0, len). */
struct nearest_name callable_nearest(size_t len);
/* Offers a row's names. */
void callable_offer(struct nearest_name *nearest, const struct callable *callable, const char *name, size_t len);

#endif

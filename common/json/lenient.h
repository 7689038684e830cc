/* lenient: what is not JSON, but some readers take for it (Spark's options allowComments and so on), as JSON: for
 * records that the strict check has refused. Pure. */
#ifndef ATOOLS_LENIENT_H
#define ATOOLS_LENIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "base/problem.h"

enum lenient {
    LENIENT_NAN = 1,        /* NaN, Infinity, -Infinity, INF, +INF, -INF: become strings */
    LENIENT_COMMENTS = 2,   /* of Java */
    LENIENT_SINGLE = 4,     /* strings in single quotes */
    LENIENT_UNQUOTED = 8,   /* names of members without quotes */
    LENIENT_ZEROS = 16,     /* numbers with zeros in front, which go */
    LENIENT_BACKSLASH = 32, /* a backslash before any character, which stays */
};

/* Reads a list, "nan,comments"; false and a problem for anything else. */
bool lenient_parse(const char *option, const char *text, unsigned *allowed, struct problem *problem);

/* "nan|comments|…", for --help and completions. */
void lenient_names(struct buffer *into);

/* Writes a text as JSON behind into->len. False: it is none, also with what is allowed; into->len is as it was. */
bool lenient_read(const char *text, size_t len, unsigned allowed, struct buffer *into);

#endif

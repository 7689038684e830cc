/* regexp: regular expressions by PCRE2, the library nearest to Java's java.util.regex (same escapes, lazy and
 * possessive quantifiers, look-around, named groups; not: class intersection [a-z&&[^b]]). \d, \w, \s and \b are ASCII,
 * as in Java; a dot does not match a line's end.
 *
 * A compiled expression is immutable and shared by threads. */
#ifndef ATOOLS_REGEXP_H
#define ATOOLS_REGEXP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct regex;

/* Compiles into the arena; `lasting` ones (constant patterns) are translated to machine code, which is never freed.
 * NULL with *wrong (static, or in the arena) when the pattern is none. */
const struct regex *regexp_compile(struct arena *arena, const char *pattern, size_t len, bool lasting,
                                   const char **wrong);

/* Groups in parentheses. */
size_t regexp_groups(const struct regex *regex);
/* The number of a named group, or 0. */
size_t regexp_group_named(const struct regex *regex, const char *name, size_t len);

enum regex_result { REGEX_NONE, REGEX_FOUND, REGEX_FAILED };

/* Finds the first match from `start` on. *places: start and end of the match and of each group (REGEX_UNSET where a
 * group took no part), in the arena. REGEX_FAILED: the pattern needs too many steps on this text. */
#define REGEX_UNSET ((size_t)-1)
enum regex_result regexp_find(const struct regex *regex, const char *text, size_t len, size_t start,
                              struct arena *arena, const size_t **places);

#endif

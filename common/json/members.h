/* members: steps over the members of one object, or the elements of one array, in JSON text that
 * is known to be valid (walk has checked it): no tree, nothing allocated, nothing checked.
 * Reads no byte behind the value's last. */
#ifndef ATOOLS_MEMBERS_H
#define ATOOLS_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "json/span.h"

struct members {
    const char *next; /* behind the opening bracket, or behind the last member */
    bool object;
};

/* Begins an OBJECT or ARRAY span. */
struct members members_start(struct span container);

/* True with the next member; key (a STRING span) is left alone in an array. */
bool members_next(struct members *members, struct span *key, struct span *value);

/* The span of the value that begins at text (white space before it skipped). `end` is the end of
 * readable text: needed for a number that nothing follows. */
struct span members_value(const char *text, const char *end);

/* The steps themselves, for whoever goes through a text once: behind white space; behind the string
 * that begins at text (escaped is set if there is a backslash); behind a number. */
static inline const char *members_skip_white(const char *text)
{
    while (*text == ' ' || *text == '\n' || *text == '\t' || *text == '\r')
        text++;
    return text;
}

static inline const char *members_skip_string(const char *text, bool *escaped)
{
    for (text++; *text != '"'; text++) {
        if (*text == '\\') {
            *escaped = true;
            text++;
        }
    }
    return text + 1;
}

static inline const char *members_skip_number(const char *text, const char *end)
{
    while (text < end && ((*text >= '0' && *text <= '9') || *text == '.' || *text == '-' || *text == '+' ||
                          *text == 'e' || *text == 'E'))
        text++;
    return text;
}

/* True when nothing is in it. */
bool members_empty(struct span container);

#endif

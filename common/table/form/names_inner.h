/* A list of names as a message has it: "tsv, json or table". */
#ifndef ATOOLS_FORM_NAMES_H
#define ATOOLS_FORM_NAMES_H

#include "base/mem.h"

/* Adds a name behind which `left` others will come; behind the last one a NUL, which is not counted. */
static inline void form_names_add(struct buffer *into, const char *name, size_t left)
{
    buffer_add_text(into, name);
    buffer_add_text(into, left > 1 ? ", " : left == 1 ? " or " : "");
    if (left > 0)
        return;
    buffer_add_char(into, '\0');
    into->len--;
}

#endif

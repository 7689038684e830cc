/* like: SQL's LIKE patterns: % any text, _ one character, an escape character (\ unless said). */
#ifndef ATOOLS_LIKE_H
#define ATOOLS_LIKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "value/value.h"

struct like;

/* Compiles into the arena. NULL with *wrong when the escape stands before something it cannot escape. */
const struct like *like_compile(struct arena *arena, const struct value *pattern, const struct value *escape,
                                const char **wrong);

bool like_match(const struct like *like, const char *text, size_t len, bool any_case);

#endif

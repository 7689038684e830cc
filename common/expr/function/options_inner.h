/* options_inner: the options of a function, a map of literals: map('sep', ';', 'mode', 'FAILFAST'); for function_*.c.
 * Names, and values that are words, are of any case. */
#ifndef ATOOLS_FUNCTION_OPTIONS_H
#define ATOOLS_FUNCTION_OPTIONS_H

#include <stdbool.h>

#include "base/mem.h"
#include "value/value.h"

/* Takes one option into what the caller makes of all of them; a message in *wrong refuses it. */
typedef void option_take(void *into, const struct value *name, const struct value *value, struct arena *arena,
                         const char **wrong);

/* Takes one option after the other, each value a text; false with *wrong where one is refused or null, or where `map`
 * is no map of literals (NULL: not constant). Names and values live as long as the map and the arena. */
bool function_options(const struct value *map, struct arena *arena, option_take *take, void *into, const char **wrong);

/* Whether a name or a value is that word. */
bool function_option_is(const struct value *text, const char *word);

/* Whether the mode is FAILFAST; *wrong where it is not PERMISSIVE either. */
bool function_option_fail_fast(const struct value *mode, const char **wrong);

/* That there is no option of this name; in the arena. */
const char *function_option_unknown(const struct value *name, struct arena *arena);

#endif

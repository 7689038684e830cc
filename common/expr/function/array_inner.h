/* function_array: arrays taken apart into values and put together again; for function_*.c. */
#ifndef ATOOLS_FUNCTION_ARRAY_H
#define ATOOLS_FUNCTION_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "expr/function/function.h"
#include "value/value.h"

/* An array's elements, in the arena, with room for one more. */
struct elements {
    struct value *values;
    size_t count;
};
struct elements array_elements(struct arena *arena, const struct value *array);

/* Whether SQL's = says that two are the same, or both are null; and whether an element is so. */
bool array_same(const struct value *a, const struct value *b);
bool array_holds(const struct elements *all, const struct value *wanted);

/* concat of arrays, and of anything else. */
struct value array_concat(struct call *call, const struct value *args, size_t count);

/* The array of these values, in the arena. */
struct value array_of_elements(struct arena *arena, const struct value *values, size_t count);

/* Elements of different types become one: strings where one is a string, else doubles, else decimals of the longest
 * scale. */
void array_unify_elements(struct arena *arena, struct value *values, size_t count);

/* Ascending, nulls last: array_sort(x). */
struct value array_sort_plain(struct call *call, const struct value *args, size_t count);

#endif

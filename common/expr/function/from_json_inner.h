/* from_json_inner: from_json with a schema; for json.c. */
#ifndef ATOOLS_FUNCTION_FROM_JSON_INNER_H
#define ATOOLS_FUNCTION_FROM_JSON_INNER_H

#include "expr/function/function.h"

/* What the schema and the options come to, or NULL where there is no schema; see struct function. */
const void *from_json_prepare(struct arena *arena, const struct value *const *args, size_t count, const char **wrong);

/* The text by the prepared schema. Null for a blank text, and for what is no JSON unless the schema has members. */
struct value from_json_typed(struct call *call, const struct value *text);

#endif

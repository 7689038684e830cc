/* Functions of arrays. */
#include "expr_node.h"
#include "function.h"
#include "nested.h"

/* Spark without ANSI: size(null) is -1; cardinality and array_size of null are null. */
static struct value size(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    if (args[0].type != VALUE_ARRAY && args[0].type != VALUE_STRUCT)
        return value_int(-1);
    return value_int((int64_t)nested_count(&args[0]));
}

const struct function functions_array[] = {
    {"size", "x", .run = size, .sees_null = true},
    {"cardinality", "x", .run = size, .sees_null = true},
    {0},
};

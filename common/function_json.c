/* Functions of JSON text. */
#include "expr_node.h"
#include "function.h"
#include "nested.h"

static struct value named_struct(struct call *call, const struct value *args, size_t count)
{
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "{", 1);
    for (size_t i = 0; i + 1 < count; i += 2) {
        struct value name = cast_string(&args[i], call->arena);
        if (name.type == VALUE_NULL)
            return name;
        nested_add_value(&text, &name);
        nested_add(&text, ":", 1);
        nested_add_value(&text, &args[i + 1]);
    }
    return nested_finish(&text, VALUE_STRUCT);
}

const struct function functions_json[] = {
    {"named_struct", "x*", .run = named_struct, .sees_null = true},
    {0},
};

/* Casts of arrays and maps: each element, each key and value. */
#include "json/cursor.h"
#include "value/cast.h"
#include "value/nested.h"

/* The value of an element as the type; what cannot be cast is null and *failed is set. */
static struct value part(const struct value *container, struct span span, struct cast_type to, bool strict,
                         struct arena *arena, bool *failed)
{
    bool wrong = false;
    struct value value = nested_value(container, span, arena);
    value = strict ? cast_strict(&value, to, arena, &wrong) : cast_value(&value, to, arena, &wrong);
    *failed = *failed || wrong;
    return value;
}

static struct value cast_array(const struct value *array, struct cast_type to, bool strict, struct arena *arena,
                               bool *failed)
{
    struct nested_text text = {.arena = arena};
    struct json_cursor cursor = nested_cursor(array);
    struct span element;
    nested_add(&text, "[", 1);
    while (json_cursor_next(&cursor, &element)) {
        struct value value = part(array, element, to, strict, arena, failed);
        nested_add_value(&text, &value);
    }
    return nested_finish(&text, VALUE_ARRAY);
}

static struct value cast_map(const struct value *map, struct cast_type to, bool strict, struct arena *arena,
                             bool *failed)
{
    struct nested_text text = {.arena = arena};
    struct json_cursor cursor = nested_cursor(map);
    struct span key, element;
    nested_add(&text, "{", 1);
    while (json_cursor_member(&cursor, &key, &element)) {
        struct value name = part(map, key, to.inner->key, strict, arena, failed);
        name = cast_string(&name, arena); /* keys are text in JSON */
        if (name.type == VALUE_NULL)
            return name;
        struct value value = part(map, element, to.inner->element, strict, arena, failed);
        nested_add_value(&text, &name);
        nested_add(&text, ":", 1);
        nested_add_value(&text, &value);
    }
    return nested_finish(&text, VALUE_STRUCT);
}

struct value cast_nested(const struct value *value, struct cast_type to, bool strict, struct arena *arena, bool *failed)
{
    bool wrong = false;
    struct value result = value->type == VALUE_ARRAY ? cast_array(value, to.inner->element, strict, arena, &wrong)
                                                     : cast_map(value, to, strict, arena, &wrong);
    if (failed)
        *failed = wrong;
    return result;
}

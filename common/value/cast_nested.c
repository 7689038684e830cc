/* Casts of arrays, maps and structs: each element, each key and value, each member. */
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
    struct nested_text text = {.arena = arena, .map = true};
    struct json_cursor cursor = nested_cursor(map);
    struct span key, element;
    nested_add(&text, "{", 1);
    while (json_cursor_member(&cursor, &key, &element)) {
        struct value name = part(map, key, to.inner->key, strict, arena, failed);
        if (name.type == VALUE_NULL)
            return name;
        struct value value = part(map, element, to.inner->element, strict, arena, failed);
        nested_add_key(&text, &name);
        nested_add_value(&text, &value);
    }
    return nested_finish(&text, VALUE_STRUCT);
}

/* By their places: names are the type's. A struct of another number of members cannot be cast. */
static struct value cast_struct(const struct value *object, const struct cast_inner *to, bool strict,
                                struct arena *arena, bool *failed)
{
    struct nested_member *members;
    struct nested_text text = {.arena = arena};
    size_t count = object->spaced ? nested_sorted(object, arena, &members) : nested_all(object, arena, &members);
    if (count != to->member_count) {
        *failed = true;
        return value_null();
    }
    nested_add(&text, "{", 1);
    for (size_t i = 0; i < count; i++) {
        bool wrong = false;
        struct value name = value_string(to->members[i].name, to->members[i].len);
        struct value value = nested_member_value(object, members[i].number, members[i].value, arena);
        value = strict ? cast_strict(&value, to->members[i].type, arena, &wrong)
                       : cast_value(&value, to->members[i].type, arena, &wrong);
        *failed = *failed || wrong;
        nested_add_key(&text, &name);
        nested_add_value(&text, &value);
    }
    return nested_finish(&text, VALUE_STRUCT);
}

struct value cast_nested(const struct value *value, struct cast_type to, bool strict, struct arena *arena, bool *failed)
{
    bool wrong = false;
    struct value result = value->type == VALUE_ARRAY ? cast_array(value, to.inner->element, strict, arena, &wrong)
                          : to.inner->members        ? cast_struct(value, to.inner, strict, arena, &wrong)
                                                     : cast_map(value, to, strict, arena, &wrong);
    if (failed)
        *failed = wrong;
    return result;
}

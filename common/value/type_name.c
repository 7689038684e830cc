/* The names of types in full. What a text alone tells of is named by what it holds. */
#include <string.h>

#include "value/cast.h"
#include "value/nested.h"

enum { TYPE_DEPTH_MAX = 500 };

static void write_name(const struct value *value, unsigned depth, struct arena *arena, struct buffer *into);

/* Two names of elements as one: numbers are brought together, all else becomes strings. */
static const char *name_of_both(const char *a, const char *b)
{
    if (!a || strcmp(a, "void") == 0)
        return b;
    if (strcmp(a, b) == 0 || strcmp(b, "void") == 0)
        return a;
    static const char *const numbers[] = {"int", "bigint", "double"};
    int ranks[2] = {-1, -1};
    for (int i = 0; i < 3; i++) {
        ranks[0] = strcmp(a, numbers[i]) == 0 ? i : ranks[0];
        ranks[1] = strcmp(b, numbers[i]) == 0 ? i : ranks[1];
    }
    if (ranks[0] >= 0 && ranks[1] >= 0)
        return numbers[ranks[0] > ranks[1] ? ranks[0] : ranks[1]];
    return strchr(a, '<') && strchr(b, '<') ? a : "string";
}

static const char *name_in(struct arena *arena, const struct value *value, unsigned depth)
{
    struct buffer name = {0};
    write_name(value, depth, arena, &name);
    const char *text = arena_copy(arena, name.data, name.len);
    buffer_free(&name);
    return text;
}

/* The name of a type of which no value is there. False: the tree does not say it: names of members are in texts. */
static bool write_type(const struct nested_type *type, struct arena *arena, struct buffer *into)
{
    struct value value = {.type = VALUE_NULL};
    bool map = type && type->type == VALUE_STRUCT && type->width == 1;
    if (!type || type->type == VALUE_NULL || type->type == VALUE_CELL || (type->type == VALUE_STRUCT && !map))
        return false;
    if (type->type == VALUE_ARRAY || map) {
        buffer_add_text(into, map ? "map<" : "array<");
        if (!write_type(type + 1, arena, into))
            return false;
        buffer_add_text(into, map ? "," : "");
        if (map && !write_type(type + 1 + nested_type_size(type + 1), arena, into))
            return false;
        buffer_add_char(into, '>');
        return true;
    }
    value.type = (enum value_type)type->type;
    value.width = type->width;
    value.precision = type->precision;
    value.scale = type->scale;
    buffer_add_text(into, cast_type_name(&value, arena));
    return true;
}

/* The same, or void. */
static const char *name_of_type(const struct nested_type *type, struct arena *arena)
{
    struct buffer name = {0};
    bool told = write_type(type, arena, &name);
    const char *text = told ? arena_copy(arena, name.data, name.len) : "void";
    buffer_free(&name);
    return text;
}

static void write_array(const struct value *array, unsigned depth, struct arena *arena, struct buffer *into)
{
    struct json_cursor cursor = nested_cursor(array);
    struct span element;
    const char *name = NULL;
    while (json_cursor_next(&cursor, &element)) {
        struct value value = nested_value(array, element, arena);
        name = name_of_both(name, name_in(arena, &value, depth));
    }
    bool told = name && strcmp(name, "void") != 0;
    buffer_add_format(into, "array<%s>", told ? name : name_of_type(nested_type_of_elements(array), arena));
}

static void write_map(const struct value *map, unsigned depth, struct arena *arena, struct buffer *into)
{
    struct nested_member *members;
    size_t count = nested_all(map, arena, &members);
    const char *key = NULL, *value = NULL;
    for (size_t i = 0; i < count; i++) {
        struct value name = value_from_span(members[i].key, arena);
        name = nested_key_value(map, &name, arena);
        struct value one = nested_member_value(map, i, members[i].value, arena);
        key = name_of_both(key, name_in(arena, &name, depth));
        value = name_of_both(value, name_in(arena, &one, depth));
    }
    if (!value || strcmp(value, "void") == 0)
        value = name_of_type(nested_type_of_elements(map), arena);
    buffer_add_format(into, "map<%s,%s>", key ? key : map->of ? name_of_type(map->of + 1, arena) : "void", value);
}

static void write_struct(const struct value *object, unsigned depth, struct arena *arena, struct buffer *into)
{
    struct nested_member *members;
    size_t count = object->spaced ? nested_sorted(object, arena, &members) : nested_all(object, arena, &members);
    buffer_add_text(into, "struct<");
    for (size_t i = 0; i < count; i++) {
        struct value name = object->spaced ? value_string(members[i].key.text, members[i].key.len)
                                           : value_from_span(members[i].key, arena);
        struct value member = nested_member_value(object, members[i].number, members[i].value, arena);
        buffer_add_text(into, i > 0 ? "," : "");
        buffer_add(into, name.text, name.len);
        buffer_add_char(into, ':');
        if (member.type == VALUE_NULL)
            buffer_add_text(into, name_of_type(nested_type_at(object, members[i].number), arena));
        else
            write_name(&member, depth, arena, into);
    }
    buffer_add_char(into, '>');
}

static void write_name(const struct value *value, unsigned depth, struct arena *arena, struct buffer *into)
{
    if ((value->type != VALUE_ARRAY && value->type != VALUE_STRUCT) || depth == TYPE_DEPTH_MAX)
        buffer_add_text(into, cast_type_name(value, arena));
    else if (value->type == VALUE_ARRAY)
        write_array(value, depth + 1, arena, into);
    else if (nested_is_map(value))
        write_map(value, depth + 1, arena, into);
    else
        write_struct(value, depth + 1, arena, into);
}

void nested_type_name(const struct value *value, struct arena *arena, struct buffer *into)
{
    write_name(value, 0, arena, into);
}

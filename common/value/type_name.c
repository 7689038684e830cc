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

static void write_array(const struct value *array, unsigned depth, struct arena *arena, struct buffer *into)
{
    struct json_cursor cursor = nested_cursor(array);
    struct span element;
    const char *name = NULL;
    while (json_cursor_next(&cursor, &element)) {
        struct value value = nested_value(array, element, arena);
        name = name_of_both(name, name_in(arena, &value, depth));
    }
    buffer_add_format(into, "array<%s>", name ? name : "void");
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
    buffer_add_format(into, "map<%s,%s>", key ? key : "void", value ? value : "void");
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

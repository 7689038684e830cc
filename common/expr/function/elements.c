/* Arrays taken apart into values, and put together again. */
#include "expr/function/array_inner.h"
#include "expr/node.h"
#include "value/nested.h"

struct elements array_elements(struct arena *arena, const struct value *array)
{
    size_t count = nested_count(array);
    bool room = expr_room(arena, count + 1, sizeof(struct value));
    struct elements all = {.values = arena_alloc(arena, ((room ? count : 0) + 1) * sizeof *all.values)};
    if (!room)
        return all;
    struct json_cursor cursor = nested_cursor(array);
    struct span element;
    while (json_cursor_next(&cursor, &element))
        all.values[all.count++] = nested_value(array, element, arena);
    return all;
}

struct value array_of_elements(struct arena *arena, const struct value *values, size_t count)
{
    struct nested_text text = {.arena = arena};
    nested_add(&text, "[", 1);
    for (size_t i = 0; i < count; i++)
        nested_add_value(&text, &values[i]);
    return nested_finish(&text, VALUE_ARRAY);
}

void array_unify_elements(struct arena *arena, struct value *values, size_t count)
{
    bool strings = false, doubles = false, dates = false, timestamps = false;
    static const unsigned char digits[] = {20, 3, 5, 0, 10}; /* of whole numbers, by their width */
    int whole = 0, scale = 0;
    for (size_t i = 0; i < count; i++) {
        strings |= values[i].type == VALUE_STRING;
        doubles |= values[i].type == VALUE_DOUBLE;
        dates |= values[i].type == VALUE_DATE;
        timestamps |= values[i].type == VALUE_TIMESTAMP;
        bool decimal = values[i].type == VALUE_DECIMAL;
        int own = decimal                        ? values[i].precision - values[i].scale
                  : values[i].type == VALUE_LONG ? digits[values[i].width]
                                                 : 0;
        scale = decimal && values[i].scale > scale ? values[i].scale : scale;
        whole = own > whole ? own : whole;
    }
    struct cast_type decimal = {
        .type = VALUE_DECIMAL,
        .scale = (unsigned char)scale,
        .precision = (unsigned char)(whole + scale < DECIMAL_DIGITS_MAX ? whole + scale : DECIMAL_DIGITS_MAX)};
    for (size_t i = 0; i < count; i++) {
        bool number = values[i].type == VALUE_LONG || values[i].type == VALUE_DECIMAL;
        if (strings)
            values[i] = cast_string(&values[i], arena);
        else if (dates && timestamps && values[i].type == VALUE_DATE)
            values[i] = cast_timestamp(&values[i]);
        else if (doubles && number)
            values[i] = cast_double(&values[i]);
        else if (number && decimal.scale > 0)
            values[i] = cast_value(&values[i], decimal, arena, NULL);
    }
}

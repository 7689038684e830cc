#include "json/walk/text_inner.h"

#include "json/cursor.h"
#include "json/json.h"

static struct span find_member(struct span object, const struct path_step *step)
{
    return json_cursor_find(json_cursor_into(object), step->key, step->key_len, NULL);
}

static struct span find_element(struct span array, int64_t index)
{
    struct span value;
    struct json_cursor cursor = json_cursor_into(array);
    for (int64_t i = 0; index >= 0 && json_cursor_next(&cursor, &value); i++)
        if (i == index)
            return value;
    return (struct span){0};
}

/* The array of what the steps (keys only) lead to in each element. An element that is an array has no members (nor has
 * it in Spark), so what is nested does not make this recurse: only the steps do. */
static struct span find_in_each(struct span array, const struct path_step *steps, size_t count, struct arena *arena)
{
    struct buffer out = {0};
    buffer_add_char(&out, '[');
    struct json_cursor cursor = json_cursor_into(array);
    struct span element;
    while (json_cursor_next(&cursor, &element)) {
        struct span value = {0};
        if (element.type == SPAN_OBJECT)
            value = walk_text_find(element, steps, count, arena);
        if (out.len > 1)
            buffer_add_char(&out, ',');
        if (value.type == SPAN_ABSENT)
            buffer_add_text(&out, "null");
        else
            buffer_add(&out, value.text, value.len);
    }
    buffer_add_char(&out, ']');
    struct span result = {.text = arena_copy(arena, out.data, out.len), .len = out.len, .type = SPAN_ARRAY};
    buffer_free(&out);
    return result;
}

/* A key asked of an array. An index further on takes one of the answers: that is the answer of that one element. */
static struct span find_over(struct span array, const struct path_step *steps, size_t count, struct arena *arena)
{
    size_t keys = 0;
    while (keys < count && steps[keys].key)
        keys++;
    if (keys == count)
        return find_in_each(array, steps, count, arena);
    struct span element = find_element(array, steps[keys].index);
    if (element.type != SPAN_OBJECT)
        return (struct span){0};
    struct span value = walk_text_find(element, steps, keys, arena);
    return value.type == SPAN_ABSENT ? value : walk_text_find(value, steps + keys + 1, count - keys - 1, arena);
}

struct span walk_text_find(struct span value, const struct path_step *steps, size_t count, struct arena *arena)
{
    for (size_t i = 0; i < count; i++) {
        if (steps[i].key) {
            if (value.type == SPAN_ARRAY)
                return find_over(value, steps + i, count - i, arena);
            value = value.type == SPAN_OBJECT ? find_member(value, &steps[i]) : (struct span){0};
        } else {
            value = value.type == SPAN_ARRAY ? find_element(value, steps[i].index) : (struct span){0};
        }
    }
    return value;
}

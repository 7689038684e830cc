#include "value/nested.h"
#include "value/nested_inner.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "value/cast.h"
#include "value/interval.h"

struct json_cursor nested_cursor(const struct value *container)
{
    return json_cursor_over(container->text + 1, container->len - 2);
}

size_t nested_count(const struct value *container)
{
    return (size_t)json_cursor_count(nested_cursor(container));
}

static int by_name(const void *a, const void *b)
{
    const struct nested_member *x = a, *y = b;
    int order = span_compare(x->key, y->key);
    return order != 0 ? order : (x->number > y->number) - (x->number < y->number);
}

size_t nested_all(const struct value *object, struct arena *arena, struct nested_member **members)
{
    size_t count = 0;
    struct nested_member *all = arena_alloc(arena, (nested_count(object) + 1) * sizeof *all);
    struct json_cursor cursor = nested_cursor(object);
    struct span key, value;
    while (json_cursor_member(&cursor, &key, &value)) {
        all[count] = (struct nested_member){.key = key, .value = value, .number = count};
        count++;
    }
    *members = all;
    return count;
}

size_t nested_sorted(const struct value *object, struct arena *arena, struct nested_member **members)
{
    size_t count = nested_all(object, arena, members), kept = 0;
    struct nested_member *all = *members;
    for (size_t i = 0; i < count; i++) {
        struct value name = value_from_span(all[i].key, arena);
        all[i].key = (struct span){.text = name.text, .len = name.len};
    }
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 0; i < count; i++)
        if (i + 1 == count || span_compare(all[i].key, all[i + 1].key) != 0)
            all[kept++] = all[i];
    return kept;
}

struct value nested_value(const struct value *container, struct span element, struct arena *arena)
{
    struct value value = value_from_span(element, arena);
    value.spaced = value.spaced && container->spaced;
    return container->of ? nested_typed(value, nested_type_of_elements(container), arena) : value;
}

struct value nested_member_value(const struct value *object, size_t number, struct span member, struct arena *arena)
{
    struct value value = value_from_span(member, arena);
    value.spaced = value.spaced && object->spaced;
    return object->of ? nested_typed(value, nested_type_at(object, number), arena) : value;
}

struct value nested_key_value(const struct value *map, const struct value *key, struct arena *arena)
{
    return nested_is_map(map) ? nested_typed(*key, map->of + 1, arena) : *key;
}

struct value nested_element(const struct value *array, uint64_t index, struct arena *arena)
{
    struct json_cursor cursor = nested_cursor(array);
    struct span element;
    while (json_cursor_next(&cursor, &element))
        if (index-- == 0)
            return nested_value(array, element, arena);
    return value_null();
}

struct value nested_member(const struct value *object, const char *key, size_t len, struct arena *arena)
{
    size_t number = 0;
    struct span found = json_cursor_find(nested_cursor(object), key, len, &number);
    return nested_member_value(object, number, found, arena);
}

struct value nested_members(const struct value *array, const char *key, size_t len, struct arena *arena)
{
    struct json_cursor cursor = nested_cursor(array);
    struct nested_text text = {.arena = arena};
    struct span element;
    nested_add(&text, "[", 1);
    while (json_cursor_next(&cursor, &element)) {
        struct value object = nested_value(array, element, arena);
        struct value member = object.type == VALUE_STRUCT ? nested_member(&object, key, len, arena) : value_null();
        nested_add_value(&text, &member);
    }
    return nested_finish(&text, VALUE_ARRAY);
}

struct value nested_step(const struct value *container, const struct path_step *step, struct arena *arena)
{
    if (step->key && container->type == VALUE_STRUCT)
        return nested_member(container, step->key, step->key_len, arena);
    if (step->key && container->type == VALUE_ARRAY)
        return nested_members(container, step->key, step->key_len, arena);
    if (!step->key && step->index >= 0 && container->type == VALUE_ARRAY)
        return nested_element(container, (uint64_t)step->index, arena);
    if (!step->key && nested_is_map(container) && container->of[1].type == VALUE_LONG) {
        char digits[VALUE_LONG_DIGITS];
        size_t len;
        const char *key = value_long_digits(step->index, digits, &len);
        return nested_member(container, key, len, arena);
    }
    return value_null();
}

static void reserve(struct nested_text *text, size_t more)
{
    if (more <= text->cap - text->len)
        return;
    size_t need = text->len + more, cap = text->cap ? 2 * text->cap : 256;
    if (cap > VALUE_SIZE_MAX) /* the last piece begins before that */
        cap = VALUE_SIZE_MAX + more;
    char *data = arena_alloc(text->arena, cap > need ? cap : need);
    if (text->len > 0)
        memcpy(data, text->data, text->len);
    text->data = data;
    text->cap = cap > need ? cap : need;
}

void nested_add(struct nested_text *text, const char *bytes, size_t len)
{
    if (len == 0 || nested_too_long(text))
        return;
    reserve(text, len);
    memcpy(text->data + text->len, bytes, len);
    text->len += len;
}

/* A comma is put in front unless the container has just been opened or a key stands there. */
static void add_json(struct nested_text *text, const struct value *value)
{
    char last = text->len > 0 ? text->data[text->len - 1] : 0;
    if (text->len > 1 && last != ':')
        nested_add(text, ",", 1);
    if (nested_too_long(text))
        return;
    reserve(text, 6 * value->len + 256); /* JSON escapes make a string at most six times as long */
    struct buffer buffer = {.data = text->data, .len = text->len, .cap = text->cap};
    value_write_json(value, &buffer); /* fits: the buffer does not grow */
    text->len = buffer.len;
}

void nested_add_value(struct nested_text *text, const struct value *value)
{
    nested_note_type(text, value);
    add_json(text, value);
}

void nested_add_key(struct nested_text *text, const struct value *key)
{
    nested_note_key(text, key);
    struct value name = cast_string(key, text->arena);
    add_json(text, &name);
    nested_add(text, ":", 1);
}

struct value nested_finish(struct nested_text *text, enum value_type type)
{
    nested_add(text, type == VALUE_ARRAY ? "]" : "}", 1);
    return (struct value){
        .type = type, .text = text->data, .len = text->len, .of = nested_noted_type(text, type)};
}

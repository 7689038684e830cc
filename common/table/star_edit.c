#include "table/star_edit.h"

#include <string.h>

#include "json/cursor.h"
#include "json/json.h"
#include "value/pack.h"

struct star_edit *star_edit_add(struct arena *arena, struct star_edit *root, const struct path_step *steps,
                                size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct star_edit **at = &root->first;
        while (*at && !((*at)->key_len == steps[i].key_len && memcmp((*at)->key, steps[i].key, steps[i].key_len) == 0))
            at = &(*at)->next;
        if (!*at) {
            *at = arena_alloc(arena, sizeof **at);
            **at = (struct star_edit){.key = steps[i].key, .key_len = steps[i].key_len};
        }
        root = *at;
    }
    return root;
}

const struct star_edit *star_edit_find(const struct star_edit *edit, struct span key)
{
    for (const struct star_edit *at = edit ? edit->first : NULL; at; at = at->next)
        if (json_string_equal(key, at->key, at->key_len))
            return at;
    return NULL;
}

static void write_object(struct span object, const struct star_edit *edit, const struct value *values, bool spaced,
                         struct buffer *into)
{
    struct json_cursor cursor = json_cursor_into(object);
    struct span key, value;
    bool any = false;
    buffer_add_char(into, '{');
    while (json_cursor_member(&cursor, &key, &value)) {
        const struct star_edit *inner = star_edit_find(edit, key);
        if (inner && inner->gone)
            continue;
        if (any)
            buffer_add_char(into, ',');
        any = true;
        buffer_add(into, key.text, key.len);
        buffer_add_char(into, ':');
        if (inner && inner->replaced)
            value_write_json(&values[inner->number], into);
        else
            star_edit_write(value, inner, values, spaced, into);
    }
    buffer_add_char(into, '}');
}

static void write_array(struct span array, const struct star_edit *edit, const struct value *values, bool spaced,
                        struct buffer *into)
{
    struct json_cursor cursor = json_cursor_into(array);
    struct span element;
    bool any = false;
    buffer_add_char(into, '[');
    while (json_cursor_next(&cursor, &element)) {
        if (any)
            buffer_add_char(into, ',');
        any = true;
        star_edit_write(element, edit, values, spaced, into);
    }
    buffer_add_char(into, ']');
}

void star_edit_write(struct span value, const struct star_edit *edit, const struct value *values, bool spaced,
                     struct buffer *into)
{
    value = edit ? pack_container(value) : value;
    if (edit && value.type == SPAN_OBJECT)
        write_object(value, edit, values, spaced, into);
    else if (edit && value.type == SPAN_ARRAY)
        write_array(value, edit, values, spaced, into);
    else
        value_write_span_json(value, spaced, into);
}

const struct star_edit *star_edit_fails(struct span value, const struct star_edit *edit)
{
    if (!edit->deep)
        return NULL;
    value = pack_container(value);
    if (value.type == SPAN_ARRAY)
        return edit;
    if (value.type != SPAN_OBJECT)
        return NULL;
    struct json_cursor cursor = json_cursor_into(value);
    struct span key, member;
    while (json_cursor_member(&cursor, &key, &member)) {
        const struct star_edit *inner = star_edit_find(edit, key);
        const struct star_edit *failed = inner ? star_edit_fails(member, inner) : NULL;
        if (failed)
            return failed;
    }
    return NULL;
}

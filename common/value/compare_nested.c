/* The order of arrays and structs, and their keys, value by value. */
#include <string.h>

#include "value/nested.h"
#include "value/value.h"

/* Deeper than this the bytes decide: what is compared is far from what anyone orders by. */
enum { NESTED_DEPTH_MAX = 100 };

static int compare_inner(const struct value *x, const struct value *y, bool spaced, unsigned depth,
                         struct arena *arena);

static int compare_arrays(const struct value *a, const struct value *b, bool spaced, unsigned depth,
                          struct arena *arena)
{
    struct json_cursor left = nested_cursor(a), right = nested_cursor(b);
    struct span x, y;
    for (;;) {
        bool more = json_cursor_next(&left, &x), also = json_cursor_next(&right, &y);
        if (!more || !also)
            return more - also;
        struct value first = nested_value(a, x, arena), second = nested_value(b, y, arena);
        int order = compare_inner(&first, &second, spaced, depth, arena);
        if (order != 0)
            return order;
    }
}

/* A member that one side lacks is null there. */
static int compare_by_name(const struct value *a, const struct value *b, unsigned depth, struct arena *arena)
{
    struct nested_member *left, *right;
    size_t lefts = nested_sorted(a, arena, &left), rights = nested_sorted(b, arena, &right);
    for (size_t i = 0, k = 0; i < lefts || k < rights;) {
        int which = i == lefts ? 1 : k == rights ? -1 : span_compare(left[i].key, right[k].key);
        struct value first = which <= 0 ? nested_member_value(a, left[i].number, left[i].value, arena) : value_null(),
                     second =
                         which >= 0 ? nested_member_value(b, right[k].number, right[k].value, arena) : value_null();
        int order = compare_inner(&first, &second, true, depth, arena);
        if (order != 0)
            return order;
        i += which <= 0;
        k += which >= 0;
    }
    return 0;
}

/* A struct that was put together has its members in that order; one that was read has them sorted by name, as Spark
 * infers it. */
static int compare_structs(const struct value *a, const struct value *b, bool spaced, unsigned depth,
                           struct arena *arena)
{
    if (spaced)
        return compare_by_name(a, b, depth, arena);
    struct json_cursor left = nested_cursor(a), right = nested_cursor(b);
    struct span key, x, y;
    for (size_t i = 0;; i++) {
        bool more = json_cursor_member(&left, &key, &x), also = json_cursor_member(&right, &key, &y);
        if (!more || !also)
            return more - also;
        struct value first = nested_member_value(a, i, x, arena), second = nested_member_value(b, i, y, arena);
        int order = compare_inner(&first, &second, false, depth, arena);
        if (order != 0)
            return order;
    }
}

static int compare_bytes(const struct value *a, const struct value *b)
{
    size_t len = a->len < b->len ? a->len : b->len;
    int order = memcmp(a->text, b->text, len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

static int compare_containers(const struct value *a, const struct value *b, bool spaced, unsigned depth,
                              struct arena *arena)
{
    if (depth == NESTED_DEPTH_MAX)
        return compare_bytes(a, b);
    return a->type == VALUE_ARRAY ? compare_arrays(a, b, spaced, depth + 1, arena)
                                  : compare_structs(a, b, spaced, depth + 1, arena);
}

static int compare_inner(const struct value *x, const struct value *y, bool spaced, unsigned depth,
                         struct arena *arena)
{
    if (x->type == y->type && (x->type == VALUE_ARRAY || x->type == VALUE_STRUCT))
        return compare_containers(x, y, spaced, depth, arena);
    return value_compare(x, y, false);
}

int value_compare_nested(const struct value *a, const struct value *b)
{
    struct arena arena = {0};
    int order = a->len == b->len && memcmp(a->text, b->text, a->len) == 0
                    ? 0
                    : compare_containers(a, b, a->spaced || b->spaced, 0, &arena);
    arena_free(&arena);
    return order;
}

static void add_inner_key(const struct value *container, unsigned depth, struct arena *arena, struct buffer *into);

static void add_key(struct value value, unsigned depth, struct arena *arena, struct buffer *into)
{
    if ((value.type != VALUE_ARRAY && value.type != VALUE_STRUCT) || depth == NESTED_DEPTH_MAX) {
        value_key(&value, into);
        return;
    }
    struct buffer inside = {0};
    add_inner_key(&value, depth + 1, arena, &inside);
    value = value_string(inside.data, inside.len);
    value_key(&value, into);
    buffer_free(&inside);
}

static void add_inner_key(const struct value *container, unsigned depth, struct arena *arena, struct buffer *into)
{
    if (container->type == VALUE_ARRAY) {
        struct json_cursor cursor = nested_cursor(container);
        struct span element;
        buffer_add_text(into, "\xff["); /* no text's first byte is 0xff */
        while (json_cursor_next(&cursor, &element))
            add_key(nested_value(container, element, arena), depth, arena, into);
        return;
    }
    struct nested_member *members;
    size_t count =
        container->spaced ? nested_sorted(container, arena, &members) : nested_all(container, arena, &members);
    buffer_add_text(into, "\xff{");
    for (size_t i = 0; i < count; i++) {
        if (container->spaced && (members[i].value.type == SPAN_NULL || members[i].value.type == SPAN_ABSENT))
            continue; /* as if it were lacking */
        const struct value name = value_string(members[i].key.text, members[i].key.len);
        if (container->spaced)
            value_key(&name, into);
        add_key(nested_member_value(container, members[i].number, members[i].value, arena), depth, arena, into);
    }
}

void value_nested_key(const struct value *value, struct buffer *into)
{
    struct arena arena = {0};
    add_inner_key(value, 0, &arena, into);
    arena_free(&arena);
}

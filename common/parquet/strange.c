/* Members of records that a layout has not got. */
#include "json/cursor.h"
#include "json/json.h"
#include "parquet/batch.h"
#include "parquet/layout_inner.h"

static bool is_strange(const struct parquet_target *target, struct span value, struct buffer *path);

static bool strange_member(const struct parquet_target *target, struct span object, struct buffer *path)
{
    struct json_cursor cursor = json_cursor_into(object);
    struct span key, value;
    size_t before = path->len;
    while (json_cursor_member(&cursor, &key, &value)) {
        if (before > 0)
            buffer_add_char(path, '.');
        size_t at = path->len;
        json_decode(key, path);
        bool map = target->kind == PARQUET_KIND_MAP;
        const struct parquet_target *member =
            map ? &target->children[1] : parquet_target_member(target, path->data + at, path->len - at);
        if (!member || is_strange(member, value, path))
            return true;
        path->len = before;
    }
    return false;
}

/* Recursion is bounded by the layout's depth. What is written as text may hold anything. */
static bool is_strange(const struct parquet_target *target, struct span value, struct buffer *path)
{
    if ((target->kind == PARQUET_KIND_STRUCT || target->kind == PARQUET_KIND_MAP) && value.type == SPAN_OBJECT)
        return strange_member(target, value, path);
    if (target->kind != PARQUET_KIND_ARRAY || value.type != SPAN_ARRAY)
        return false;
    struct json_cursor cursor = json_cursor_into(value);
    struct span element;
    while (json_cursor_next(&cursor, &element))
        if (is_strange(target->children, element, path))
            return true;
    return false;
}

bool parquet_layout_strange(const struct parquet_layout *layout, struct span record, struct buffer *path)
{
    buffer_reserve(path, 1); /* names may be empty, but not nowhere */
    return is_strange(&layout->root, record, path);
}

#include "json/cursor.h"

#include "base/text.h"
#include "json/json.h"
#include "json/scan/depth.h"

static const char *number_end(const char *at, const char *end)
{
    while (at < end && *at != ',' && *at != ']' && *at != '}' && !text_is_space(*at))
        at++;
    return at;
}

struct span json_value(const char *at, const char *end)
{
    struct span value = {.text = at, .type = json_type(*at)};
    struct scan_depth state = {0};
    switch (value.type) {
    case SPAN_STRING:
        value.len = (size_t)(json_skip_string(at, &value.escaped) - at);
        break;
    case SPAN_ARRAY:
    case SPAN_OBJECT:
        scan_depth(&state, SCAN_ELEMENTS, at + 1, 0, (size_t)(end - at - 1), UINT64_MAX);
        value.len = state.end + 2;
        break;
    case SPAN_NUMBER:
        value.len = (size_t)(number_end(at, end) - at);
        break;
    default:
        value.len = value.type == SPAN_FALSE ? 5 : 4;
    }
    return value;
}

struct span json_value_trim(const char *text, size_t len)
{
    const char *end = text + len;
    text = json_skip_blank(text, end);
    while (end > text && text_is_space(end[-1]))
        end--;
    struct span value = {.text = text, .len = (size_t)(end - text), .type = json_type(*text)};
    return value.type == SPAN_STRING ? json_value(text, end) : value; /* of others all is known */
}

bool json_cursor_next(struct json_cursor *cursor, struct span *value)
{
    bool more = json_cursor_more(cursor);
    if (more)
        *value = json_cursor_take(cursor);
    return more;
}

bool json_cursor_key(struct json_cursor *cursor, struct span *key)
{
    return json_cursor_next(cursor, key) && json_cursor_more(cursor);
}

bool json_cursor_member(struct json_cursor *cursor, struct span *key, struct span *value)
{
    return json_cursor_next(cursor, key) && json_cursor_next(cursor, value);
}

struct span json_cursor_find(struct json_cursor object, const char *name, size_t len, size_t *number)
{
    struct span key, value, found = {.type = SPAN_ABSENT};
    for (size_t i = 0; json_cursor_member(&object, &key, &value); i++) {
        if (!json_string_equal(key, name, len))
            continue;
        found = value;
        if (number)
            *number = i;
    }
    return found;
}

void json_cursor_skip(struct json_cursor *cursor, uint64_t count)
{
    struct scan_depth state = {0};
    if (count == 0)
        return;
    scan_depth(&state, SCAN_ELEMENTS, cursor->at, 0, (size_t)(cursor->end - cursor->at), count);
    cursor->at += state.cut + 1;
}

uint64_t json_cursor_count(struct json_cursor cursor)
{
    struct scan_depth state = {0};
    if (!json_cursor_more(&cursor))
        return 0;
    scan_depth(&state, SCAN_ELEMENTS, cursor.at, 0, (size_t)(cursor.end - cursor.at), UINT64_MAX);
    return state.count + 1;
}

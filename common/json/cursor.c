#include "json/cursor.h"

#include "base/text.h"
#include "json/scan/depth.h"

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && text_is_space(*at))
        at++;
    return at;
}

static struct span string_at(const char *at)
{
    struct span span = {.text = at, .type = SPAN_STRING};
    for (at++; *at != '"'; at++)
        if (*at == '\\') {
            span.escaped = true;
            at++;
        }
    span.len = (size_t)(at + 1 - span.text);
    return span;
}

static struct span number_at(const char *at, const char *end)
{
    struct span span = {.text = at, .type = SPAN_NUMBER};
    while (at < end && *at != ',' && *at != ']' && *at != '}' && !text_is_space(*at))
        at++;
    span.len = (size_t)(at - span.text);
    return span;
}

/* The value that begins at `at`. */
static struct span value_at(const char *at, const char *end)
{
    struct scan_depth state = {0};
    switch (*at) {
    case '"':
        return string_at(at);
    case '[':
    case '{':
        scan_depth(&state, SCAN_ELEMENTS, at + 1, 0, (size_t)(end - at - 1), UINT64_MAX);
        return (struct span){.text = at, .len = state.end + 2, .type = *at == '[' ? SPAN_ARRAY : SPAN_OBJECT};
    case 't':
        return (struct span){.text = at, .len = 4, .type = SPAN_TRUE};
    case 'f':
        return (struct span){.text = at, .len = 5, .type = SPAN_FALSE};
    case 'n':
        return (struct span){.text = at, .len = 4, .type = SPAN_NULL};
    default:
        return number_at(at, end);
    }
}

struct span json_value_trim(const char *text, size_t len)
{
    const char *end = text + len;
    text = skip_space(text, end);
    while (end > text && text_is_space(end[-1]))
        end--;
    if (*text == '[' || *text == '{') /* the end is known */
        return (struct span){.text = text, .len = (size_t)(end - text), .type = *text == '[' ? SPAN_ARRAY : SPAN_OBJECT};
    return value_at(text, end);
}

struct json_cursor json_cursor_into(struct span container)
{
    return (struct json_cursor){container.text + 1, container.text + container.len - 1};
}

struct json_cursor json_cursor_over(const char *text, size_t len)
{
    return (struct json_cursor){text, text + len};
}

bool json_cursor_next(struct json_cursor *cursor, struct span *value)
{
    const char *at = skip_space(cursor->at, cursor->end);
    if (at == cursor->end) {
        cursor->at = at;
        return false;
    }
    *value = value_at(at, cursor->end);
    at = skip_space(value->text + value->len, cursor->end);
    cursor->at = at < cursor->end ? at + 1 : at; /* a comma, or behind a key a colon */
    return true;
}

bool json_cursor_member(struct json_cursor *cursor, struct span *name, struct span *value)
{
    return json_cursor_next(cursor, name) && json_cursor_next(cursor, value);
}

void json_cursor_skip(struct json_cursor *cursor, uint64_t count)
{
    struct scan_depth state = {0};
    if (count == 0)
        return;
    scan_depth(&state, SCAN_ELEMENTS, cursor->at, 0, (size_t)(cursor->end - cursor->at), count);
    cursor->at += state.cut + 1;
}

uint64_t json_cursor_count(const struct json_cursor *cursor)
{
    struct scan_depth state = {0};
    const char *at = skip_space(cursor->at, cursor->end);
    if (at == cursor->end)
        return 0;
    scan_depth(&state, SCAN_ELEMENTS, at, 0, (size_t)(cursor->end - at), UINT64_MAX);
    return state.count + 1;
}

/* json_cursor: steps over the values of valid JSON text, without a tree: the elements or members of a container, or
 * values with commas between them, each of which is passed over or entered. What is passed over is skipped by
 * scan_depth's kernels, so finding a value costs little more than reading the text once. Nothing is
 * checked: the text must have been accepted (json_check, walk). Reads no byte behind the text's end. */
#ifndef ATOOLS_JSON_CURSOR_H
#define ATOOLS_JSON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "json/span.h"

struct json_cursor {
    const char *at,
        *end; /* what is left of the text; it may end with the container's bracket, or what is behind that */
};

/* Behind white space. */
static inline const char *json_skip_blank(const char *at, const char *end)
{
    while (at < end && text_is_space(*at))
        at++;
    return at;
}

/* Behind the string whose opening quote is at `at`; *escaped is set if there is a backslash. */
static inline const char *json_skip_string(const char *at, bool *escaped)
{
    for (at++;; at += 2) {
        while (*at != '"' && *at != '\\')
            at++;
        if (*at == '"')
            return at + 1;
        *escaped = true;
    }
}

/* What the first byte of a value tells. */
static inline unsigned char json_type(char first)
{
    switch (first) {
    case '"':
        return SPAN_STRING;
    case '[':
        return SPAN_ARRAY;
    case '{':
        return SPAN_OBJECT;
    case 't':
        return SPAN_TRUE;
    case 'f':
        return SPAN_FALSE;
    case 'n':
        return SPAN_NULL;
    default:
        return SPAN_NUMBER;
    }
}

/* The value that begins at `at`, in text up to `end`. */
struct span json_value(const char *at, const char *end);

/* A value without the white space around it. */
struct span json_value_trim(const char *text, size_t len);

/* Over values with commas between them, as what an ARRAY or OBJECT has between its brackets. */
static inline struct json_cursor json_cursor_over(const char *text, size_t len)
{
    return (struct json_cursor){text, text + len};
}

/* Over what an ARRAY or OBJECT span holds. To enter a value while stepping, whose end is not known, is to move the
 * cursor behind its bracket. */
static inline struct json_cursor json_cursor_into(struct span container)
{
    return json_cursor_over(container.text + 1, container.len - 1);
}

/* Goes to the next element, key or member's value. False: there is none, and a closing bracket that stands there is
 * passed. */
static inline bool json_cursor_more(struct json_cursor *cursor)
{
    const char *at = json_skip_blank(cursor->at, cursor->end);
    if (at < cursor->end && (*at == ',' || *at == ':'))
        at = json_skip_blank(at + 1, cursor->end);
    bool more = at < cursor->end && *at != ']' && *at != '}';
    cursor->at = !more && at < cursor->end ? at + 1 : at;
    return more;
}

/* The value that the cursor has gone to is passed. */
static inline struct span json_cursor_take(struct json_cursor *cursor)
{
    struct span value = json_value(cursor->at, cursor->end);
    cursor->at = value.text + value.len;
    return value;
}

/* The next element (in an object: key or member's value, in turn). False at the end. */
bool json_cursor_next(struct json_cursor *cursor, struct span *value);

/* The key of an object's next member, and goes to its value. False at the end. */
bool json_cursor_key(struct json_cursor *cursor, struct span *key);

/* An object's next member. False at the end. */
bool json_cursor_member(struct json_cursor *cursor, struct span *key, struct span *value);

/* The value of an object's last member of that name (decoded bytes), SPAN_ABSENT if there is none; *number, which may
 * be NULL, is then its place among what is left. */
struct span json_cursor_find(struct json_cursor object, const char *name, size_t len, size_t *number);

/* Passes `count` elements, which are there, with at least one more behind them. Before any was passed by the functions
 * above. */
void json_cursor_skip(struct json_cursor *cursor, uint64_t count);

/* How many elements are left. */
uint64_t json_cursor_count(struct json_cursor cursor);

/* True when nothing is in this ARRAY or OBJECT. */
static inline bool json_empty(struct span container)
{
    struct json_cursor cursor = json_cursor_into(container);
    return !json_cursor_more(&cursor);
}

#endif

#include "delta/action.h"

#include <string.h>

#include "base/text.h"
#include "json/cursor.h"
#include "json/json.h"
#include "value/value.h"

static bool take_line(const char *file, uint64_t number, const char *line, size_t len, delta_action_visit *visit,
                      void *context, struct problem *problem)
{
    size_t at;
    const char *message = "expected an object";
    struct span whole, name, body;
    if (!json_check(line, len, &at, &message))
        return problem_set(problem, STATUS_DATA, "%s:%llu: byte %zu: %s", file, (unsigned long long)number, at + 1,
                           message);
    whole = json_value_trim(line, len);
    if (whole.type != SPAN_OBJECT)
        return problem_set(problem, STATUS_DATA, "%s:%llu: byte 1: expected an object", file,
                           (unsigned long long)number);
    struct json_cursor cursor = json_cursor_into(whole);
    while (json_cursor_member(&cursor, &name, &body))
        if (body.type == SPAN_OBJECT && !visit(context, name, body, problem))
            return false;
    return true;
}

bool delta_actions(const char *file, const char *text, size_t len, delta_action_visit *visit, void *context,
                   struct problem *problem)
{
    const char *at = text, *end = text + len;
    for (uint64_t number = 1; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at)), *stop = newline ? newline : end;
        if (json_skip_blank(at, stop) < stop &&
            !take_line(file, number, at, (size_t)(stop - at), visit, context, problem))
            return false;
        at = stop + 1;
    }
    return true;
}

struct span delta_member(struct span object, const char *name)
{
    struct span key, value, found = {.type = SPAN_ABSENT};
    if (object.type != SPAN_OBJECT)
        return found;
    struct json_cursor cursor = json_cursor_into(object);
    while (json_cursor_member(&cursor, &key, &value))
        if (value.type != SPAN_NULL && delta_is(key, name))
            found = value;
    return found;
}

bool delta_is(struct span string, const char *text)
{
    return string.type == SPAN_STRING && json_string_equal(string, text, strlen(text));
}

void delta_text(struct span string, struct buffer *into)
{
    if (string.type == SPAN_STRING)
        json_decode(string, into);
}

int64_t delta_whole(struct span span, int64_t otherwise)
{
    struct value value;
    return span.type == SPAN_NUMBER && value_parse_number(span.text, span.len, &value) && value.type == VALUE_LONG
               ? value.integer
               : otherwise;
}

void delta_path_encode(const char *path, struct buffer *into)
{
    for (; *path; path++)
        if (text_digit(*path) != TEXT_NO_DIGIT || memchr("/-_.~=", *path, 6))
            buffer_add_char(into, *path);
        else
            buffer_add_format(into, "%%%02X", (unsigned)(unsigned char)*path);
}

void delta_path_decode(const char *text, size_t len, struct buffer *into)
{
    for (size_t i = 0; i < len; i++) {
        bool escape = text[i] == '%' && i + 2 < len && text_is_hex(text[i + 1]) && text_is_hex(text[i + 2]);
        buffer_add_char(into, escape ? (char)(text_digit(text[i + 1]) << 4 | text_digit(text[i + 2])) : text[i]);
        i += escape ? 2 : 0;
    }
}

#include "json/walk/text_inner.h"

#include <string.h>

#include "json/json.h"

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')
        at++;
    return at;
}

/* Behind a string's closing quote. */
static const char *skip_string(const char *at, bool *escaped)
{
    for (at++; *at != '"'; at++)
        if (*at == '\\') {
            *escaped = true;
            at++;
        }
    return at + 1;
}

static const char *skip_container(const char *at)
{
    size_t depth = 0;
    bool escaped = false;
    do {
        if (*at == '"') {
            at = skip_string(at, &escaped);
            continue;
        }
        if (*at == '{' || *at == '[')
            depth++;
        else if (*at == '}' || *at == ']')
            depth--;
        at++;
    } while (depth > 0);
    return at;
}

static const char *skip_digits(const char *at)
{
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

const char *walk_text_number_end(const char *at)
{
    at += *at == '-';
    const char *digits = at;
    at = skip_digits(at);
    if (at == digits || (*digits == '0' && at > digits + 1))
        return NULL;
    if (*at == '.') {
        digits = ++at;
        at = skip_digits(at);
        if (at == digits)
            return NULL;
    }
    if ((*at | 0x20) != 'e')
        return at;
    at++;
    at += *at == '+' || *at == '-';
    digits = at;
    at = skip_digits(at);
    return at == digits ? NULL : at;
}

struct span walk_text_value(const char *text)
{
    struct span span = {.text = text};
    const char *end;
    switch (*text) {
    case '"':
        span.type = SPAN_STRING;
        end = skip_string(text, &span.escaped);
        break;
    case '{':
    case '[':
        span.type = *text == '{' ? SPAN_OBJECT : SPAN_ARRAY;
        end = skip_container(text);
        break;
    case 't':
    case 'f':
    case 'n':
        span.type = *text == 't' ? SPAN_TRUE : *text == 'f' ? SPAN_FALSE : SPAN_NULL;
        end = text + (*text == 'f' ? 5 : 4);
        break;
    default:
        span.type = SPAN_NUMBER;
        end = walk_text_number_end(text);
    }
    span.len = (size_t)(end - text);
    return span;
}

/* The last member of that name. */
static struct span find_member(struct span object, const struct path_step *step)
{
    struct span found = {0};
    const char *at = skip_space(object.text + 1);
    while (*at != '}') {
        struct span key = walk_text_value(at);
        at = skip_space(skip_space(at + key.len) + 1);
        struct span value = walk_text_value(at);
        if (json_string_equal(key, step->key, step->key_len))
            found = value;
        at = skip_space(at + value.len);
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return found;
}

static struct span find_element(struct span array, int64_t index)
{
    const char *at = skip_space(array.text + 1);
    for (int64_t i = 0; index >= 0 && *at != ']'; i++) {
        struct span value = walk_text_value(at);
        if (i == index)
            return value;
        at = skip_space(at + value.len);
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return (struct span){0};
}

/* The array of what the steps (keys only) lead to in each element. An element that is an array has no members (nor has it
 * in Spark), so what is nested does not make this recurse: only the steps do. */
static struct span find_in_each(struct span array, const struct path_step *steps, size_t count, struct arena *arena)
{
    struct buffer out = {0};
    buffer_add_char(&out, '[');
    const char *at = skip_space(array.text + 1);
    while (*at != ']') {
        struct span element = walk_text_value(at);
        struct span value = {0};
        if (element.type == SPAN_OBJECT)
            value = walk_text_find(element, steps, count, arena);
        if (out.len > 1)
            buffer_add_char(&out, ',');
        if (value.type == SPAN_ABSENT)
            buffer_add_text(&out, "null");
        else
            buffer_add(&out, value.text, value.len);
        at = skip_space(at + element.len);
        if (*at == ',')
            at = skip_space(at + 1);
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

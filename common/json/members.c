#include "json/members.h"

#include <stdint.h>
#include <string.h>

/* text is at an opening bracket; returns the byte behind its closing one. Brackets of both kinds
 * count alike: the text is valid. */
static const char *skip_container(const char *text)
{
    size_t depth = 0;
    bool escaped = false;
    for (;; text++) {
        switch (*text) {
        case '"':
            text = members_skip_string(text, &escaped) - 1;
            break;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            if (--depth == 0)
                return text + 1;
            break;
        default:
            break;
        }
    }
}

struct span members_value(const char *text, const char *end)
{
    text = members_skip_white(text);
    struct span value = {.text = text};
    const char *stop = text;
    switch (*text) {
    case '"':
        value.type = SPAN_STRING;
        stop = members_skip_string(text, &value.escaped);
        break;
    case '{':
    case '[':
        value.type = *text == '{' ? SPAN_OBJECT : SPAN_ARRAY;
        stop = skip_container(text);
        break;
    case 't':
        value.type = SPAN_TRUE;
        stop = text + 4;
        break;
    case 'f':
        value.type = SPAN_FALSE;
        stop = text + 5;
        break;
    case 'n':
        value.type = SPAN_NULL;
        stop = text + 4;
        break;
    default:
        value.type = SPAN_NUMBER;
        stop = members_skip_number(text, end);
        break;
    }
    value.len = (size_t)(stop - text);
    return value;
}

struct members members_start(struct span container)
{
    return (struct members){.next = container.text + 1, .object = container.type == SPAN_OBJECT};
}

bool members_next(struct members *members, struct span *key, struct span *value)
{
    const char *text = members_skip_white(members->next);
    if (*text == ',')
        text = members_skip_white(text + 1);
    if (*text == '}' || *text == ']')
        return false;
    if (members->object) {
        bool escaped = false;
        const char *stop = members_skip_string(text, &escaped);
        *key = (struct span){.text = text, .len = (size_t)(stop - text), .type = SPAN_STRING, .escaped = escaped};
        text = members_skip_white(stop) + 1; /* the colon */
    }
    /* within a container a closing bracket follows: no number reaches the end of the text */
    *value = members_value(text, (const char *)UINTPTR_MAX);
    members->next = value->text + value->len;
    return true;
}

bool members_empty(struct span container)
{
    const char *text = members_skip_white(container.text + 1);
    return *text == '}' || *text == ']';
}

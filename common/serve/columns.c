#include "serve/columns.h"

#include <string.h>

#include "base/text.h"
#include "value/tsv.h"
#include "value/value.h"

static void add(struct columns *columns, const struct path *path)
{
    const struct path **list = arena_alloc(&columns->arena, (columns->count + 1) * sizeof *list);
    if (columns->count > 0)
        memcpy(list, columns->list, columns->count * sizeof *list);
    list[columns->count++] = path;
    columns->list = list;
}

void columns_add(struct columns *columns, const char *name, size_t len)
{
    add(columns, path_of_key(&columns->arena, name, len));
}

bool columns_have(const struct columns *columns, const char *name, size_t len)
{
    for (size_t i = 0; i < columns->count; i++) {
        const struct path_step *step = columns->list[i]->steps;
        if (step->key_len == len && memcmp(step->key, name, len) == 0)
            return true;
    }
    return false;
}

bool columns_parse(struct columns *columns, const char *what, const char *text, struct problem *problem)
{
    for (const char *at = text;; at++) {
        size_t offset;
        const char *message, *begin = at + strspn(at, " ");
        const struct path *path = path_parse(&columns->arena, begin, &at, &offset, &message);
        if (!path)
            return problem_caret(problem, what, text, (size_t)(begin - text) + offset, message);
        if (path->count != 1 || !path->steps->key)
            return problem_caret(problem, what, text, (size_t)(begin - text),
                                 "expected a member's name; one that holds a dot stands in backticks");
        if (columns_have(columns, path->steps->key, path->steps->key_len))
            return problem_caret(problem, what, text, (size_t)(begin - text), "named twice");
        columns_add(columns, path->steps->key, path->steps->key_len);
        at += strspn(at, " ");
        if (!*at)
            return true;
        if (*at != ',')
            return problem_caret(problem, what, text, (size_t)(at - text), "expected a comma or the end");
    }
}

void columns_free(struct columns *columns)
{
    arena_free(&columns->arena);
    *columns = (struct columns){0};
}

bool columns_url_decode(const char *text, size_t len, struct buffer *into)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '%') {
            buffer_add_char(into, text[i]);
            continue;
        }
        if (len - i < 3 || !text_is_hex(text[i + 1]) || !text_is_hex(text[i + 2]))
            return false;
        buffer_add_char(into, (char)(text_digit(text[i + 1]) * 16 + text_digit(text[i + 2])));
        i += 2;
    }
    return true;
}

bool columns_url_key(const struct columns *keys, const char *path, struct buffer *key)
{
    struct buffer cell = {0}, text = {0};
    size_t count = 0;
    bool good = true;
    for (const char *at = path; good; count++) {
        size_t len = strcspn(at, "/");
        cell.len = text.len = 0;
        good = count < keys->count && columns_url_decode(at, len, &cell);
        bool null = cell.len == 2 && memcmp(cell.data, "\\N", 2) == 0;
        if (good && !null && cell.len > 0)
            tsv_decode((struct span){.text = cell.data, .len = cell.len, .type = SPAN_CELL, .escaped = true}, &text);
        struct value value = null ? value_null() : value_string(text.len ? text.data : "", text.len);
        if (good)
            value_key(&value, key);
        if (!at[len])
            break;
        at += len + 1;
    }
    buffer_free(&cell);
    buffer_free(&text);
    return good && count + 1 == keys->count;
}

#include "json/path.h"

#include <stdlib.h>
#include <string.h>

struct parser {
    struct arena *arena;
    const char *text, *at;
    struct path_step *steps;
    size_t count, cap;
    const char *message; /* not NULL: at stands where it went wrong */
};

static bool is_name_byte(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           c == '@' || c == '-' || c >= 0x80;
}

static bool fail(struct parser *parser, const char *message)
{
    parser->message = message;
    return false;
}

static void add_step(struct parser *parser, struct path_step step)
{
    if (parser->count == parser->cap) {
        size_t cap = parser->cap ? 2 * parser->cap : 4;
        struct path_step *steps = arena_alloc(parser->arena, cap * sizeof *steps);
        if (parser->count > 0)
            memcpy(steps, parser->steps, parser->count * sizeof *steps);
        parser->steps = steps;
        parser->cap = cap;
    }
    parser->steps[parser->count++] = step;
}

static void add_key(struct parser *parser, const char *key, size_t len)
{
    add_step(parser, (struct path_step){.key = arena_copy(parser->arena, key, len), .key_len = len});
}

/* What stands between two quotes, a doubled quote meaning one. */
static bool parse_quoted(struct parser *parser, char quote)
{
    const char *open = parser->at++;
    char *key = arena_alloc(parser->arena, strlen(open));
    size_t len = 0;
    for (;; parser->at++) {
        char c = *parser->at;
        if (c == '\0') {
            parser->at = open;
            return fail(parser, quote == '`' ? "this backtick is never closed" : "this quote is never closed");
        }
        if (c == quote && *++parser->at != quote)
            break;
        key[len++] = c;
    }
    if (len == 0) {
        parser->at = open;
        return fail(parser, "an empty name");
    }
    add_key(parser, key, len);
    return true;
}

static bool parse_name(struct parser *parser)
{
    if (*parser->at == '`')
        return parse_quoted(parser, '`');
    const char *start = parser->at;
    while (is_name_byte((unsigned char)*parser->at))
        parser->at++;
    if (parser->at == start)
        return fail(parser, "expected a name");
    add_key(parser, start, (size_t)(parser->at - start));
    return true;
}

static bool parse_index(struct parser *parser)
{
    const char *digits = parser->at;
    bool negative = *parser->at == '-';
    parser->at += negative;
    int64_t index = 0;
    const char *first = parser->at;
    for (; *parser->at >= '0' && *parser->at <= '9'; parser->at++) {
        if (index > (INT64_MAX - 9) / 10) {
            parser->at = digits;
            return fail(parser, "the index is too large");
        }
        index = 10 * index + (*parser->at - '0');
    }
    if (parser->at == first)
        return fail(parser, "expected an index or a name in quotes");
    add_step(parser, (struct path_step){.index = negative ? -index : index});
    return true;
}

static void skip_space(struct parser *parser)
{
    while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n')
        parser->at++;
}

/* [n] or ['name']. */
static bool parse_bracket(struct parser *parser)
{
    parser->at++;
    skip_space(parser);
    bool quoted = *parser->at == '\'' || *parser->at == '"';
    if (!(quoted ? parse_quoted(parser, *parser->at) : parse_index(parser)))
        return false;
    skip_space(parser);
    if (*parser->at != ']')
        return fail(parser, "expected ']'");
    parser->at++;
    return true;
}

static bool parse_steps(struct parser *parser, bool whole)
{
    if (*parser->at == '.')
        parser->at++;
    if (!(*parser->at == '[' ? parse_bracket(parser) : parse_name(parser)))
        return false;
    for (;;) {
        if (*parser->at == '[') {
            if (!parse_bracket(parser))
                return false;
        } else if (*parser->at == '.' &&
                   (whole || parser->at[1] == '`' || is_name_byte((unsigned char)parser->at[1]))) {
            parser->at++;
            if (!parse_name(parser))
                return false;
        } else {
            return !whole || *parser->at == '\0' || fail(parser, "expected '.', '[' or the end");
        }
    }
}

struct path *path_parse(struct arena *arena, const char *text, const char **end, size_t *offset, const char **message)
{
    struct parser parser = {.arena = arena, .text = text, .at = text};
    if (!parse_steps(&parser, end == NULL)) {
        *offset = (size_t)(parser.at - text);
        *message = parser.message;
        return NULL;
    }
    if (end)
        *end = parser.at;
    struct path *path = arena_alloc(arena, sizeof *path);
    path->steps = parser.steps;
    path->count = parser.count;
    path->text = arena_copy(arena, text, (size_t)(parser.at - text));
    return path;
}

void path_add_quoted(const char *name, size_t len, struct buffer *into)
{
    buffer_add_char(into, '`');
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '`')
            buffer_add_char(into, '`');
        buffer_add_char(into, name[i]);
    }
    buffer_add_char(into, '`');
}

static bool step_equal(const struct path_step *a, const struct path_step *b)
{
    if (!a->key || !b->key)
        return !a->key && !b->key && a->index == b->index;
    return a->key_len == b->key_len && memcmp(a->key, b->key, a->key_len) == 0;
}

struct path *path_of_key(struct arena *arena, const char *key, size_t len)
{
    struct path *path = arena_alloc(arena, sizeof *path);
    struct path_step *step = arena_alloc(arena, sizeof *step);
    *step = (struct path_step){.key = arena_copy(arena, key, len), .key_len = len};
    *path = (struct path){.steps = step, .count = 1, .text = step->key};
    return path;
}

bool path_equal(const struct path *a, const struct path *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!step_equal(&a->steps[i], &b->steps[i]))
            return false;
    return true;
}

bool path_keys_only(const struct path *path)
{
    for (size_t i = 0; i < path->count; i++)
        if (!path->steps[i].key)
            return false;
    return true;
}

static uint64_t path_hash(const struct path *path)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        hash = step->key ? index_hash_more(hash, step->key, step->key_len)
                         : index_hash_more(hash, &step->index, sizeof step->index);
    }
    return hash;
}

size_t path_set_add(struct path_set *set, const struct path *path)
{
    uint64_t hash = path_hash(path);
    for (size_t at = index_first(&set->index, hash); at != INDEX_NONE; at = index_next(&set->index, hash, at))
        if (path_equal(set->paths[index_number(&set->index, at)], path))
            return index_number(&set->index, at);
    if (set->count == set->cap) {
        set->cap = set->cap ? 2 * set->cap : 8;
        set->paths = mem_resize(set->paths, set->cap, sizeof *set->paths);
    }
    index_add(&set->index, hash, set->count);
    set->paths[set->count] = path;
    return set->count++;
}

void path_set_free(struct path_set *set)
{
    free(set->paths);
    index_free(&set->index);
    *set = (struct path_set){0};
}

/* The parser: recursive descent over jq's grammar for paths. What is none is a program, or wrong: jq_compile says.
 *
 *   pipe    = comma ['|' pipe]
 *   comma   = postfix {',' postfix}
 *   postfix = primary {suffix | '?'}
 *   primary = '.' [name | string] | '.' bracket | name | '(' pipe ')'
 *   suffix  = '.' (name | string | bracket) | bracket        each may be followed by '?'
 *   bracket = '[' ( | string | integer | [integer] ':' [integer]) ']' */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "slice/filter.h"

enum { PARENTHESES_MAX = 200 };

/* Larger indexes mean the same: past every end. */
static const int64_t index_max = INT64_MAX / 4;

struct parser {
    struct arena *arena;
    const char *at;
    unsigned depth;
};

struct pipeline {
    struct filter_stage *head, *tail;
};

static void skip_space(struct parser *parser)
{
    for (;; parser->at++) {
        if (*parser->at == '#')
            parser->at += strcspn(parser->at, "\n");
        if (*parser->at == '\0' || !strchr(" \t\r\n", *parser->at))
            return;
    }
}

static bool starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_length(const char *at)
{
    size_t len = 0;
    while (starts_name(at[len]) || text_is_digit(at[len]))
        len++;
    return len;
}

static struct filter_stage *new_stage(struct parser *parser, enum filter_kind kind)
{
    struct filter_stage *stage = arena_alloc(parser->arena, sizeof *stage);
    *stage = (struct filter_stage){.kind = kind};
    return stage;
}

static void append(struct pipeline *pipeline, struct filter_stage *stage)
{
    if (pipeline->tail)
        pipeline->tail->next = stage;
    else
        pipeline->head = stage;
    pipeline->tail = stage;
}

static void append_all(struct pipeline *pipeline, struct pipeline behind)
{
    if (!behind.head)
        return;
    append(pipeline, behind.head);
    pipeline->tail = behind.tail;
}

/* A step of a path, with the '?' that may follow it. */
static void append_step(struct parser *parser, struct pipeline *pipeline, struct filter_stage *stage)
{
    skip_space(parser);
    if (*parser->at == '?') {
        stage->optional = true;
        parser->at++;
    }
    append(pipeline, stage);
}

/* The string whose opening quote is at parser->at, decoded into stage->key. */
static bool parse_string(struct parser *parser, struct filter_stage *stage)
{
    const char *open = parser->at, *at = open + 1;
    bool escaped = false;
    for (; *at != '"'; at++) {
        if (*at == '\0')
            return false;
        if (*at != '\\')
            continue;
        escaped = true;
        at++;
        bool good = *at && strchr("\"\\/bfnrtu", *at);
        for (int i = 1; good && *at == 'u' && i <= 4; i++)
            good = at[i] && strchr("0123456789abcdefABCDEF", at[i]);
        if (!good)
            return false;
    }
    parser->at = at + 1;
    struct span span = {.text = open, .len = (size_t)(parser->at - open), .type = SPAN_STRING, .escaped = escaped};
    struct buffer decoded = {0};
    json_decode(span, &decoded);
    stage->key = arena_copy(parser->arena, decoded.data, decoded.len);
    stage->key_len = decoded.len;
    buffer_free(&decoded);
    return true;
}

static bool parse_integer(struct parser *parser, int64_t *number)
{
    bool negative = *parser->at == '-';
    parser->at += negative;
    skip_space(parser);
    if (!text_is_digit(*parser->at))
        return false;
    *number = 0;
    for (; text_is_digit(*parser->at); parser->at++)
        *number = *number > index_max / 10 ? index_max : 10 * *number + (*parser->at - '0');
    if (*parser->at == '.' || *parser->at == 'e' || *parser->at == 'E')
        return false;
    if (negative)
        *number = -*number;
    skip_space(parser);
    return true;
}

static bool parse_range(struct parser *parser, struct filter_stage *stage)
{
    if (*parser->at != ':') {
        if (!parse_integer(parser, &stage->from))
            return false;
        if (*parser->at != ':')
            return true;
        stage->has_from = true;
    }
    stage->kind = FILTER_SLICE;
    parser->at++;
    skip_space(parser);
    if (*parser->at == ']' && stage->has_from)
        return true;
    stage->has_to = true;
    return parse_integer(parser, &stage->to);
}

/* From '[' on. */
static bool parse_bracket(struct parser *parser, struct pipeline *pipeline)
{
    parser->at++;
    struct filter_stage *stage = new_stage(parser, FILTER_INDEX);
    skip_space(parser);
    if (*parser->at == ']') {
        stage->kind = FILTER_EACH;
    } else if (*parser->at == '"') {
        stage->kind = FILTER_KEY;
        if (!parse_string(parser, stage))
            return false;
        skip_space(parser);
    } else if (!parse_range(parser, stage)) {
        return false;
    }
    if (*parser->at != ']')
        return false;
    parser->at++;
    append_step(parser, pipeline, stage);
    return true;
}

/* What follows the '.' at parser->at: a name directly behind it, a string, a bracket; none of these if `alone` is
 * allowed. */
static bool parse_dot(struct parser *parser, struct pipeline *pipeline, bool alone)
{
    parser->at++;
    if (*parser->at == '.') /* .. */
        return false;
    size_t len = name_length(parser->at);
    if (len > 0 && !text_is_digit(*parser->at)) {
        struct filter_stage *stage = new_stage(parser, FILTER_KEY);
        stage->key = arena_copy(parser->arena, parser->at, len);
        stage->key_len = len;
        parser->at += len;
        append_step(parser, pipeline, stage);
        return true;
    }
    skip_space(parser);
    if (*parser->at == '"') {
        struct filter_stage *stage = new_stage(parser, FILTER_KEY);
        if (!parse_string(parser, stage))
            return false;
        append_step(parser, pipeline, stage);
        return true;
    }
    if (*parser->at == '[')
        return parse_bracket(parser, pipeline);
    return alone && (unsigned char)*parser->at < 0x80 && !starts_name(*parser->at) && !text_is_digit(*parser->at);
}

static bool parse_name(struct parser *parser, struct pipeline *pipeline)
{
    static const struct {
        const char *name;
        enum filter_kind kind;
    } functions[] = {
        {"length", FILTER_LENGTH},
        {"keys", FILTER_KEYS},
        {"keys_unsorted", FILTER_KEYS_UNSORTED},
        {"type", FILTER_TYPE},
    };
    size_t len = name_length(parser->at);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].name) == len && memcmp(functions[i].name, parser->at, len) == 0) {
            parser->at += len;
            append(pipeline, new_stage(parser, functions[i].kind));
            return true;
        }
    }
    return false;
}

static bool parse_pipe(struct parser *parser, struct pipeline *pipeline);

static bool parse_parentheses(struct parser *parser, struct pipeline *pipeline)
{
    parser->at++;
    if (++parser->depth > PARENTHESES_MAX || !parse_pipe(parser, pipeline) || *parser->at != ')')
        return false;
    parser->depth--;
    parser->at++;
    return true;
}

static bool parse_primary(struct parser *parser, struct pipeline *pipeline)
{
    skip_space(parser);
    char c = *parser->at;
    if (c == '.')
        return parse_dot(parser, pipeline, true);
    if (c == '(')
        return parse_parentheses(parser, pipeline);
    if (starts_name(c))
        return parse_name(parser, pipeline);
    return false;
}

static bool parse_postfix(struct parser *parser, struct pipeline *pipeline)
{
    if (!parse_primary(parser, pipeline))
        return false;
    for (;;) {
        skip_space(parser);
        if (*parser->at == '[') {
            if (!parse_bracket(parser, pipeline))
                return false;
        } else if (*parser->at == '.') {
            if (!parse_dot(parser, pipeline, false))
                return false;
        } else if (*parser->at == '?') {
            parser->at++;
            if (pipeline->head && pipeline->head->kind == FILTER_TRY && !pipeline->head->next)
                continue; /* a second one changes nothing */
            struct filter_stage *try = new_stage(parser, FILTER_TRY);
            try->left = pipeline->head;
            *pipeline = (struct pipeline){try, try};
        } else {
            return true;
        }
    }
}

static bool parse_comma(struct parser *parser, struct pipeline *pipeline)
{
    if (!parse_postfix(parser, pipeline))
        return false;
    while (*parser->at == ',') {
        parser->at++;
        struct pipeline right = {0};
        if (!parse_postfix(parser, &right))
            return false;
        struct filter_stage *comma = new_stage(parser, FILTER_COMMA);
        comma->left = pipeline->head;
        comma->right = right.head;
        *pipeline = (struct pipeline){comma, comma};
    }
    return true;
}

static bool parse_pipe(struct parser *parser, struct pipeline *pipeline)
{
    for (;;) {
        struct pipeline stage = {0};
        if (!parse_comma(parser, &stage))
            return false;
        append_all(pipeline, stage);
        if (*parser->at != '|')
            return true;
        parser->at++;
    }
}

static bool parse_all(struct parser *parser, struct pipeline *pipeline)
{
    return strlen(parser->at) <= FILTER_LENGTH_MAX && parse_pipe(parser, pipeline) && *parser->at == '\0';
}

struct filter *filter_parse(const char *text)
{
    struct filter *filter = mem_zero(1, sizeof *filter);
    struct parser parser = {.arena = &filter->arena, .at = text};
    struct pipeline pipeline = {0};
    if (!parse_all(&parser, &pipeline)) {
        filter_free(filter);
        return NULL;
    }
    filter->stages = pipeline.head;
    return filter;
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    arena_free(&filter->arena);
    free(filter);
}

/* The parser: recursive descent over jq's grammar for paths.
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
    const char *text, *at;
    unsigned depth;
    const char *message; /* not NULL: it went wrong at `at` */
};

struct pipeline {
    struct filter_stage *head, *tail;
};

static bool fail(struct parser *parser, const char *at, const char *message)
{
    parser->at = at;
    parser->message = message;
    return false;
}

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
            return fail(parser, open, "this quote is never closed");
        if (*at != '\\')
            continue;
        escaped = true;
        at++;
        if (*at == '(')
            return fail(parser, at - 1, "\\( ) in strings is not supported");
        bool good = *at && strchr("\"\\/bfnrtu", *at);
        for (int i = 1; good && *at == 'u' && i <= 4; i++)
            good = at[i] && strchr("0123456789abcdefABCDEF", at[i]);
        if (!good)
            return fail(parser, at - 1, "invalid escape");
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
    const char *start = parser->at;
    bool negative = *parser->at == '-';
    parser->at += negative;
    skip_space(parser);
    if (!text_is_digit(*parser->at))
        return fail(parser, start, "expected an index, a range such as 2:5, or a key in double quotes");
    *number = 0;
    for (; text_is_digit(*parser->at); parser->at++)
        *number = *number > index_max / 10 ? index_max : 10 * *number + (*parser->at - '0');
    if (*parser->at == '.' || *parser->at == 'e' || *parser->at == 'E')
        return fail(parser, start, "expected a whole number");
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
    const char *open = parser->at++;
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
    if (*parser->at == '\0')
        return fail(parser, open, "this bracket is never closed");
    if (*parser->at != ']')
        return fail(parser, parser->at, "expected ']'");
    parser->at++;
    append_step(parser, pipeline, stage);
    return true;
}

/* What follows the '.' at parser->at: a name directly behind it, a string, a bracket; none of these if `alone` is
 * allowed. */
static bool parse_dot(struct parser *parser, struct pipeline *pipeline, bool alone)
{
    const char *dot = parser->at++;
    if (*parser->at == '.')
        return fail(parser, dot, "recursion (..) is not supported");
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
    if (alone && (unsigned char)*parser->at < 0x80 && !starts_name(*parser->at) && !text_is_digit(*parser->at))
        return true;
    return fail(parser, parser->at, "expected a key; odd ones stand in quotes: .\"odd key\"");
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
    static const struct {
        const char *name, *hint;
    } elsewhere[] = {
        {"select", "select: a condition on the results is -w 'SQL CONDITION'"},
        {"map", "map(f): write .[] | f"},
        {"has", "has(k): write -w 'k is not null'"},
        {"limit", "limit(n; f): write -n N"},
        {"first", "first: write .[0], or -n 1"},
        {"last", "last: write .[-1]"},
        {"recurse", "recurse is not supported"},
        {"unique", "unique: pipe into sort -u, or aagg -g"},
        {"group_by", "group_by: pipe into aagg -g"},
        {"sort_by", "sort_by: pipe into aflatten -o"},
        {"add", "add: pipe into aagg 'sum(x)'"},
        {"tostring", "tostring: values keep their text; -r drops the quotes of strings"},
    };
    size_t len = name_length(parser->at);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (strlen(functions[i].name) == len && memcmp(functions[i].name, parser->at, len) == 0) {
            parser->at += len;
            append(pipeline, new_stage(parser, functions[i].kind));
            return true;
        }
    }
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strlen(elsewhere[i].name) == len && memcmp(elsewhere[i].name, parser->at, len) == 0)
            return fail(parser, parser->at, elsewhere[i].hint);
    return fail(parser, parser->at,
                "unknown function (there are length, keys, keys_unsorted, type; a key is written .key)");
}

static bool parse_pipe(struct parser *parser, struct pipeline *pipeline);

static bool parse_parentheses(struct parser *parser, struct pipeline *pipeline)
{
    const char *open = parser->at++;
    if (++parser->depth > PARENTHESES_MAX)
        return fail(parser, open, "too many parentheses");
    if (!parse_pipe(parser, pipeline))
        return false;
    if (*parser->at == '\0')
        return fail(parser, open, "this parenthesis is never closed");
    if (*parser->at != ')')
        return fail(parser, parser->at, "expected ')', '|' or ','");
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
    if (c == '[' || c == '{')
        return fail(parser, parser->at, "values are not made here (a path begins with '.'; new columns: aflatten)");
    return fail(parser, parser->at, c ? "expected a path, which begins with '.'" : "expected a filter");
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
    if (strlen(parser->text) > FILTER_LENGTH_MAX)
        return fail(parser, parser->text, "longer than 8192 bytes");
    if (!parse_pipe(parser, pipeline))
        return false;
    char c = *parser->at;
    if (c == '\0')
        return true;
    if (c == ')' || c == ']')
        return fail(parser, parser->at, "nothing is open here");
    if (strchr("=<>!+-*/%", c))
        return fail(parser, parser->at,
                    "operators are not supported (a condition: -w 'SQL'; a key with odd characters: .\"odd-key\")");
    return fail(parser, parser->at, "expected '|', ',' or the end");
}

struct filter *filter_parse(const char *text, size_t *offset, const char **message)
{
    struct filter *filter = mem_zero(1, sizeof *filter);
    struct parser parser = {.arena = &filter->arena, .text = text, .at = text};
    struct pipeline pipeline = {0};
    if (!parse_all(&parser, &pipeline)) {
        *offset = (size_t)(parser.at - text);
        *message = parser.message;
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

/* Terms: what stands between operators. */
#include "json/json.h"
#include "jq/parse_inner.h"

static struct jq_node *identity(struct jq_parser *parser)
{
    return jq_node_new(parser, JQ_IDENTITY, NULL, NULL);
}

static unsigned hex(struct jq_parser *parser, const char *at)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        char c = at + i < parser->end ? at[i] : '\0';
        unsigned digit = c >= '0' && c <= '9'                     ? (unsigned)(c - '0')
                         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)((c | 0x20) - 'a' + 10)
                                                                  : 16;
        if (digit == 16) {
            parser->start = at;
            jq_wrong(parser, "expected four hexadecimal digits behind \\u");
            return 0;
        }
        code = code << 4 | digit;
    }
    return code;
}

/* The escape at parser->at, decoded by json_decode. */
static bool parse_escape(struct jq_parser *parser, struct buffer *text)
{
    const char *at = parser->at;
    size_t len = 2;
    if (at + 1 == parser->end || !strchr("\"\\/bfnrtu", at[1]) || at[1] == '\0') {
        parser->start = at;
        jq_wrong(parser, "no such escape in a string");
        return false;
    }
    if (at[1] == 'u') {
        unsigned code = hex(parser, at + 2);
        len = 6;
        if (code >= 0xD800 && code < 0xDC00 && parser->end - at >= 8 && at[6] == '\\' && at[7] == 'u') {
            unsigned low = hex(parser, at + 8);
            len = low >= 0xDC00 && low < 0xE000 ? 12 : 6;
        }
        if (parser->wrong)
            return false;
    }
    char quoted[16] = "\"";
    memcpy(quoted + 1, at, len);
    quoted[len + 1] = '"';
    json_decode((struct span){.text = quoted, .len = len + 2, .type = SPAN_STRING, .escaped = true}, text);
    parser->at += len;
    return true;
}

/* Text up to the closing quote (passed: true) or an interpolation's parenthesis (passed: false). */
static bool parse_text(struct jq_parser *parser, struct buffer *text)
{
    while (parser->at < parser->end) {
        char c = *parser->at;
        if (c == '"') {
            parser->at++;
            return true;
        }
        if (c != '\\') {
            buffer_add_char(text, c);
            parser->at++;
        } else if (parser->at + 1 < parser->end && parser->at[1] == '(') {
            parser->at += 2;
            return false;
        } else if (!parse_escape(parser, text)) {
            return true;
        }
    }
    jq_wrong(parser, "the string is not closed");
    return true;
}

static void add_part(struct jq_parser *parser, struct jq_node *node, const struct jq_node *part)
{
    uint32_t count = node->part_count;
    if ((count & (count - 1)) == 0) {
        const struct jq_node **parts = arena_alloc(&parser->program->arena, ((size_t)count * 2 + 1) * sizeof *parts);
        if (count > 0)
            memcpy(parts, node->parts, count * sizeof *parts);
        node->parts = parts;
    }
    node->parts[node->part_count++] = part;
}

struct jq_node *jq_parse_string(struct jq_parser *parser, enum jq_format format)
{
    struct buffer text = {0};
    struct jq_node *string = NULL;
    const char *start = parser->start;
    for (;;) {
        bool closed = parse_text(parser, &text);
        if (parser->wrong)
            break;
        struct jq_node *part = jq_node_text(parser, text.data, text.len);
        text.len = 0;
        if (closed && !string) {
            string = part;
            break;
        }
        if (!string) {
            string = jq_node_new(parser, JQ_INTERPOLATE, NULL, NULL);
            string->operation = (uint8_t)format;
        }
        add_part(parser, string, part);
        if (closed)
            break;
        jq_lex(parser);
        const struct jq_node *inner = jq_parse_pipe(parser);
        if (!inner)
            break;
        if (!jq_lex_is(parser, ")")) {
            jq_wrong(parser, "expected ')' to end \\(");
            break;
        }
        add_part(parser, string, inner);
    }
    buffer_free(&text);
    if (parser->wrong)
        return NULL;
    string->offset = (uint32_t)(start - parser->text);
    jq_lex(parser);
    return string;
}

static struct jq_node *parse_number(struct jq_parser *parser)
{
    char shown[JQ_NUMBER_TEXT_MAX];
    struct jq_node *node = jq_node_new(parser, JQ_LITERAL, NULL, NULL);
    const char *text = parser->word;
    size_t len = parser->word_len, at;
    const char *message;
    if (!json_check(text, len, &at, &message)) { /* .5, 1., 01: as JSON would have it */
        struct buffer made = {0};
        while (len > 1 && *text == '0' && text[1] >= '0' && text[1] <= '9')
            text++, len--;
        if (*text == '.')
            buffer_add_char(&made, '0');
        buffer_add(&made, text, len);
        char *point = memchr(made.data, '.', made.len);
        if (point && (size_t)(point + 1 - made.data) == made.len)
            made.len--;
        else if (point && (point[1] == 'e' || point[1] == 'E'))
            memmove(point, point + 1, (size_t)(made.data + --made.len - point));
        text = arena_copy(&parser->program->arena, made.data, made.len);
        len = made.len;
        buffer_free(&made);
    }
    bool fits = len <= 18; /* no memory is needed for it */
    struct jq_value settled = fits ? jq_number_parse(NULL, text, len) : jq_none();
    size_t shown_len = fits ? jq_number_text(&settled, shown) : 0;
    if (fits && shown_len == len && memcmp(shown, text, len) == 0)
        node->literal = settled;
    else
        node->literal = (struct jq_value){.type = JQ_NUMBER,
                                          .form = JQ_TEXT,
                                          .text = arena_copy(&parser->program->arena, text, len),
                                          .len = (uint32_t)len};
    jq_lex(parser);
    return node;
}

/* `[`: an index, a slice or each, of a term. */
static struct jq_node *parse_bracket(struct jq_parser *parser, const struct jq_node *of)
{
    const struct jq_node *from = NULL, *to = NULL;
    jq_lex(parser);
    if (jq_lex_is(parser, "]")) {
        jq_lex(parser);
        return jq_node_new(parser, JQ_EACH, of, NULL);
    }
    if (!jq_lex_is(parser, ":")) {
        from = jq_parse_pipe(parser);
        if (!from)
            return NULL;
        if (jq_lex_is(parser, "]")) {
            jq_lex(parser);
            if (from->kind == JQ_LITERAL && from->literal.type == JQ_STRING)
                return jq_node_field(parser, of, from->literal.text + 1, from->literal.len - 2);
            return jq_node_new(parser, JQ_INDEX, of, from);
        }
    }
    if (!jq_expect(parser, ":"))
        return NULL;
    if (!jq_lex_is(parser, "]")) {
        to = jq_parse_pipe(parser);
        if (!to)
            return NULL;
    } else if (!from) {
        return jq_wrong(parser, "expected a bound of the slice");
    }
    if (!jq_expect(parser, "]"))
        return NULL;
    struct jq_node *slice = jq_node_new(parser, JQ_SLICE, of, from);
    slice->c = to;
    return slice;
}

static struct jq_node *parse_string_index(struct jq_parser *parser, const struct jq_node *of)
{
    const struct jq_node *key = jq_parse_string(parser, JQ_FORMAT_NONE);
    if (!key)
        return NULL;
    if (key->kind == JQ_LITERAL && key->literal.type == JQ_STRING)
        return jq_node_field(parser, of, key->literal.text + 1, key->literal.len - 2);
    return jq_node_new(parser, JQ_INDEX, of, key);
}

/* Behind a dot that is no field: a string, a bracket, or (behind nothing) . itself. */
static struct jq_node *parse_dot(struct jq_parser *parser, struct jq_node *of)
{
    jq_lex(parser);
    if (parser->token == JQ_TOKEN_QUOTE)
        return parse_string_index(parser, of ? of : identity(parser));
    if (jq_lex_is(parser, "["))
        return parse_bracket(parser, of ? of : identity(parser));
    return of ? jq_wrong(parser, "expected a name, a string or '[' behind the dot") : identity(parser);
}

static struct jq_node *parse_if(struct jq_parser *parser)
{
    jq_lex(parser);
    const struct jq_node *condition = jq_parse_pipe(parser);
    if (!condition || !jq_expect_word(parser, "then"))
        return NULL;
    struct jq_node *node = jq_node_new(parser, JQ_IF, condition, jq_parse_pipe(parser));
    if (!node->b)
        return NULL;
    if (jq_lex_is_word(parser, "elif")) {
        node->c = parse_if(parser);
        return node->c ? node : NULL;
    }
    if (jq_lex_is_word(parser, "else")) {
        jq_lex(parser);
        node->c = jq_parse_pipe(parser);
        if (!node->c)
            return NULL;
    }
    return jq_expect_word(parser, "end") ? node : NULL;
}

static struct jq_node *parse_try(struct jq_parser *parser)
{
    jq_lex(parser);
    struct jq_node *node = jq_node_new(parser, JQ_TRY, jq_parse_term(parser), NULL);
    if (node->a && jq_lex_is_word(parser, "catch")) {
        jq_lex(parser);
        node->b = jq_parse_term(parser);
        if (!node->b)
            return NULL;
    }
    return node->a ? node : NULL;
}

/* reduce TERM as PATTERNS (INIT; UPDATE), foreach with a third part. */
static struct jq_node *parse_fold(struct jq_parser *parser, enum jq_kind kind)
{
    jq_lex(parser);
    struct jq_name *names = parser->names;
    struct jq_patterns patterns;
    const struct jq_node *source = jq_parse_term(parser);
    if (!source || !jq_expect_word(parser, "as") || !jq_parse_patterns(parser, &patterns) || !jq_expect(parser, "("))
        return NULL;
    struct jq_name *bound = parser->names;
    parser->names = names; /* the beginning does not see them */
    const struct jq_node *init = jq_parse_pipe(parser);
    parser->names = bound;
    if (!init || !jq_expect(parser, ";"))
        return NULL;
    const struct jq_node *update = jq_parse_pipe(parser);
    if (!update)
        return NULL;
    struct jq_node *node = jq_node_new(parser, kind, source, init);
    node->slot = patterns.slot;
    node->c = jq_pattern_body(parser, &patterns, update);
    if (kind == JQ_FOREACH && jq_lex_is(parser, ";")) {
        jq_lex(parser);
        node->d = jq_parse_pipe(parser);
        if (!node->d)
            return NULL;
    }
    parser->names = names;
    return jq_expect(parser, ")") ? node : NULL;
}

static struct jq_node *parse_collect(struct jq_parser *parser)
{
    jq_lex(parser);
    const struct jq_node *inner = NULL;
    if (!jq_lex_is(parser, "]")) {
        inner = jq_parse_pipe(parser);
        if (!inner)
            return NULL;
    }
    struct jq_node *node = jq_node_new(parser, JQ_COLLECT, inner, NULL);
    return jq_expect(parser, "]") ? node : NULL;
}

/* A member's key; *value: what it stands for without a value (NULL: it needs one). */
static const struct jq_node *parse_key(struct jq_parser *parser, const struct jq_node **value)
{
    const struct jq_node *key;
    *value = NULL;
    if (parser->token == JQ_TOKEN_NAME) {
        key = jq_node_text(parser, parser->word, parser->word_len);
        *value = jq_node_field(parser, identity(parser), parser->word, parser->word_len);
        jq_lex(parser);
        return key;
    }
    if (parser->token == JQ_TOKEN_VARIABLE) {
        key = jq_node_text(parser, parser->word, parser->word_len);
        *value = jq_parse_variable(parser);
        return jq_lex_is(parser, ":") ? *value : key;
    }
    if (parser->token == JQ_TOKEN_QUOTE || parser->token == JQ_TOKEN_FORMAT || parser->token == JQ_TOKEN_NUMBER) {
        if (parser->token == JQ_TOKEN_NUMBER)
            return jq_wrong(parser, "a key is a string: put it in quotes");
        key = jq_parse_term(parser);
        *value = key ? jq_node_new(parser, JQ_INDEX, identity(parser), key) : NULL;
        return key;
    }
    if (!jq_lex_is(parser, "("))
        return jq_wrong(parser, "expected a key");
    jq_lex(parser);
    key = jq_parse_pipe(parser);
    return key && jq_expect(parser, ")") ? key : NULL;
}

static struct jq_node *parse_construct(struct jq_parser *parser)
{
    struct jq_node *node = jq_node_new(parser, JQ_CONSTRUCT, NULL, NULL);
    jq_lex(parser);
    while (!jq_lex_is(parser, "}")) {
        const struct jq_node *value, *key = parse_key(parser, &value);
        if (!key)
            return NULL;
        if (jq_lex_is(parser, ":")) {
            jq_lex(parser);
            value = jq_parse_object_value(parser);
        } else if (!value) {
            return jq_wrong(parser, "expected ':' and a value");
        }
        if (!value)
            return NULL;
        add_part(parser, node, key);
        add_part(parser, node, value);
        if (!jq_lex_is(parser, "}") && !jq_expect(parser, ","))
            return NULL;
    }
    jq_lex(parser);
    return node;
}

static struct jq_node *parse_format(struct jq_parser *parser)
{
    enum jq_format format = jq_format_named(parser->word, parser->word_len);
    if (format == JQ_FORMAT_NONE)
        return jq_wrong(parser, "%.*s is not a valid format", (int)(parser->word_len < 64 ? parser->word_len : 64),
                        parser->word);
    struct jq_node *name = jq_node_text(parser, parser->word, parser->word_len);
    jq_lex(parser);
    if (parser->token == JQ_TOKEN_QUOTE)
        return jq_parse_string(parser, format);
    struct jq_node *node = jq_node_new(parser, JQ_NATIVE, NULL, NULL);
    node->native = jq_native_find("format", 6, 1);
    node->arguments = arena_alloc(&parser->program->arena, sizeof *node->arguments);
    node->arguments[0].body = name;
    return node;
}

static struct jq_node *parse_word(struct jq_parser *parser)
{
    if (jq_lex_is_word(parser, "if"))
        return parse_if(parser);
    if (jq_lex_is_word(parser, "try"))
        return parse_try(parser);
    if (jq_lex_is_word(parser, "reduce"))
        return parse_fold(parser, JQ_REDUCE);
    if (jq_lex_is_word(parser, "foreach"))
        return parse_fold(parser, JQ_FOREACH);
    if (jq_lex_keyword(parser->word, parser->word_len))
        return jq_wrong(parser, "expected a value, not %.*s", (int)parser->word_len, parser->word);
    return jq_parse_call(parser);
}

static struct jq_node *parse_primary(struct jq_parser *parser)
{
    struct jq_node *node;
    switch (parser->token) {
    case JQ_TOKEN_NUMBER:
        return parse_number(parser);
    case JQ_TOKEN_QUOTE:
        return jq_parse_string(parser, JQ_FORMAT_TEXT);
    case JQ_TOKEN_FORMAT:
        return parse_format(parser);
    case JQ_TOKEN_NAME:
        return parse_word(parser);
    case JQ_TOKEN_VARIABLE:
        return jq_parse_variable(parser);
    case JQ_TOKEN_FIELD:
        node = jq_node_field(parser, identity(parser), parser->word, parser->word_len);
        jq_lex(parser);
        return node;
    case JQ_TOKEN_END:
        return jq_wrong(parser, "expected a value before the end");
    default:
        break;
    }
    if (jq_lex_is(parser, "."))
        return parse_dot(parser, NULL);
    if (jq_lex_is(parser, "..")) {
        jq_lex(parser);
        return jq_node_new(parser, JQ_RECURSE, NULL, NULL);
    }
    if (jq_lex_is(parser, "["))
        return parse_collect(parser);
    if (jq_lex_is(parser, "{"))
        return parse_construct(parser);
    if (!jq_lex_is(parser, "("))
        return jq_wrong(parser, "expected a value");
    jq_lex(parser);
    node = jq_parse_pipe(parser);
    return node && jq_expect(parser, ")") ? node : NULL;
}

struct jq_node *jq_parse_term(struct jq_parser *parser)
{
    bool recursion = jq_lex_is(parser, ".."), closed = jq_lex_is(parser, "("); /* closed: ? is of all of it */
    struct jq_node *node = parse_primary(parser);
    while (node) {
        if (parser->token == JQ_TOKEN_FIELD && !recursion) {
            node = jq_node_field(parser, node, parser->word, parser->word_len);
            jq_lex(parser);
        } else if (jq_lex_is(parser, ".")) {
            node = parse_dot(parser, node);
        } else if (jq_lex_is(parser, "[")) {
            node = parse_bracket(parser, node);
        } else if (jq_lex_is(parser, "?") || jq_lex_is(parser, "?//")) {
            parser->at = parser->start + 1;
            jq_lex(parser);
            if (node->kind <= JQ_EACH && node->kind >= JQ_FIELD && !node->operation && !closed)
                node->operation = 1; /* of this step alone */
            else
                node = jq_node_new(parser, JQ_TRY, node, NULL);
            closed = true;
            continue;
        } else {
            return node;
        }
        recursion = closed = false;
    }
    return NULL;
}

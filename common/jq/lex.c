/* The tokens of a jq program. */
#include <stdarg.h>
#include <stdio.h>

#include "jq/parse_inner.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

struct jq_node *jq_wrong(struct jq_parser *parser, const char *format, ...)
{
    if (parser->wrong)
        return NULL;
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    parser->wrong = arena_copy(&parser->program->arena, text, strlen(text));
    parser->wrong_at = parser->start;
    parser->at = parser->end;
    parser->token = JQ_TOKEN_END;
    return NULL;
}

/* A comment goes to the end of its line, on over the next one where an odd number of backslashes ends it. */
static const char *skip_comment(const char *at, const char *end)
{
    while (at < end && *at != '\n') {
        if (*at == '\\') {
            if (at + 1 < end && at[1] == '\r' && at + 2 < end && at[2] == '\n')
                at++;
            at += at + 1 < end;
        }
        at++;
    }
    return at;
}

static void skip_space(struct jq_parser *parser)
{
    for (;;) {
        while (parser->at < parser->end &&
               (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n' || *parser->at == '\r'))
            parser->at++;
        if (parser->at == parser->end || *parser->at != '#')
            return;
        parser->at = skip_comment(parser->at, parser->end);
    }
}

/* A name, also one with modules in front (a::b). */
static const char *name_end(const char *at, const char *end)
{
    while (at < end &&
           (is_letter(*at) || is_digit(*at) || (at + 2 < end && at[0] == ':' && at[1] == ':' && is_letter(at[2]))))
        at += *at == ':' ? 2 : 1;
    return at;
}

static const char *number_end(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    if (at < end && *at == '.')
        at++;
    while (at < end && is_digit(*at))
        at++;
    if (at < end && (*at == 'e' || *at == 'E')) {
        const char *exponent = at + 1;
        exponent += exponent < end && (*exponent == '+' || *exponent == '-');
        if (exponent < end && is_digit(*exponent))
            for (at = exponent; at < end && is_digit(*at);)
                at++;
    }
    return at;
}

static size_t sign_length(const char *at, const char *end)
{
    static const char *const signs[] = {
        "?//", "//=", "..", "//", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">="};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t len = strlen(signs[i]);
        if ((size_t)(end - at) >= len && memcmp(at, signs[i], len) == 0)
            return len;
    }
    return 1;
}

static void set_word(struct jq_parser *parser, enum jq_token token, const char *from, const char *to)
{
    parser->token = token;
    parser->word = from;
    parser->word_len = (size_t)(to - from);
    parser->at = to;
}

void jq_lex(struct jq_parser *parser)
{
    skip_space(parser);
    const char *at = parser->at, *end = parser->end;
    parser->start = at;
    if (at == end) {
        set_word(parser, JQ_TOKEN_END, at, at);
    } else if (*at == '"') {
        set_word(parser, JQ_TOKEN_QUOTE, at, at + 1);
    } else if (is_digit(*at) || (*at == '.' && at + 1 < end && is_digit(at[1]))) {
        set_word(parser, JQ_TOKEN_NUMBER, at, number_end(at, end));
    } else if (is_letter(*at)) {
        set_word(parser, JQ_TOKEN_NAME, at, name_end(at, end));
    } else if (at + 1 < end && is_letter(at[1]) && (*at == '$' || *at == '.' || *at == '@')) {
        enum jq_token token = *at == '$' ? JQ_TOKEN_VARIABLE : *at == '.' ? JQ_TOKEN_FIELD : JQ_TOKEN_FORMAT;
        const char *stop = at + 1;
        while (stop < end && (is_letter(*stop) || is_digit(*stop)))
            stop++;
        set_word(parser, token, at + 1, token == JQ_TOKEN_VARIABLE ? name_end(at + 1, end) : stop);
    } else {
        set_word(parser, JQ_TOKEN_SIGN, at, at + sign_length(at, end));
    }
}

bool jq_lex_is(const struct jq_parser *parser, const char *sign)
{
    return parser->token == JQ_TOKEN_SIGN && strlen(sign) == parser->word_len &&
           memcmp(parser->word, sign, parser->word_len) == 0;
}

bool jq_lex_is_word(const struct jq_parser *parser, const char *word)
{
    return parser->token == JQ_TOKEN_NAME && strlen(word) == parser->word_len &&
           memcmp(parser->word, word, parser->word_len) == 0;
}

bool jq_lex_keyword(const char *word, size_t len)
{
    static const char *const words[] = {"def", "if",    "then",  "elif",   "else",    "end", "as", "reduce", "foreach",
                                        "try", "catch", "label", "import", "include", "and", "or", "module", "__loc__"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && memcmp(words[i], word, len) == 0)
            return true;
    return false;
}

static struct jq_node *unexpected(struct jq_parser *parser, const char *wanted)
{
    if (parser->token == JQ_TOKEN_END)
        return jq_wrong(parser, "expected %s before the end", wanted);
    return jq_wrong(parser, "expected %s", wanted);
}

bool jq_expect(struct jq_parser *parser, const char *sign)
{
    if (!jq_lex_is(parser, sign)) {
        char wanted[16];
        snprintf(wanted, sizeof wanted, "'%s'", sign);
        unexpected(parser, wanted);
        return false;
    }
    jq_lex(parser);
    return true;
}

bool jq_expect_word(struct jq_parser *parser, const char *word)
{
    if (!jq_lex_is_word(parser, word)) {
        unexpected(parser, word);
        return false;
    }
    jq_lex(parser);
    return true;
}

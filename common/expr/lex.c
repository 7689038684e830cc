/* Spark SQL's tokens: names, backticked names, numbers, strings with escapes, operators, comments. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "base/text.h"
#include "base/unicode.h"
#include "expr/parse_inner.h"

void expr_parse_fail(struct parser *parser, size_t offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(parser->error, sizeof parser->error, format, args);
    va_end(args);
    parser->error_offset = offset;
    longjmp(parser->failed, 1);
}

static bool name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_' || c == '$' || c == '@' || (unsigned char)c >= 0x80;
}

static bool name_part(char c)
{
    return name_start(c) || isdigit((unsigned char)c);
}

static size_t lex_name(struct parser *parser, size_t at, struct token *token)
{
    size_t end = at;
    while (name_part(parser->text[end]))
        end++;
    token->kind = TOKEN_NAME;
    token->text = arena_copy(parser->arena, parser->text + at, end - at);
    token->text_len = end - at;
    return end;
}

static size_t lex_backticks(struct parser *parser, size_t at, struct token *token)
{
    const char *text = parser->text;
    size_t len = 0, end = at + 1, room = 1;
    while (text[at + room] && (text[at + room] != '`' || text[at + room + 1] == '`'))
        room += text[at + room] == '`' ? 2 : 1;
    char *name = arena_alloc(parser->arena, room + 1);
    for (;; end++) {
        if (!text[end])
            expr_parse_fail(parser, at, "a backtick that is not closed");
        if (text[end] == '`' && text[++end] != '`')
            break;
        name[len++] = text[end];
    }
    if (len == 0)
        expr_parse_fail(parser, at, "an empty name");
    name[len] = '\0';
    *token = (struct token){.kind = TOKEN_NAME, .quoted = true, .text = name, .text_len = len};
    return end;
}

/* 12, 1.5, .5, 5., 1e3, with L S Y D F BD behind. */
static size_t lex_number(struct parser *parser, size_t at, struct token *token)
{
    const char *text = parser->text;
    size_t end = at;
    while (isdigit((unsigned char)text[end]))
        end++;
    if (text[end] == '.') {
        end++;
        while (isdigit((unsigned char)text[end]))
            end++;
    }
    if (text[end] == 'e' || text[end] == 'E') {
        size_t exponent = end + 1;
        if (text[exponent] == '+' || text[exponent] == '-')
            exponent++;
        if (isdigit((unsigned char)text[exponent])) {
            end = exponent;
            while (isdigit((unsigned char)text[end]))
                end++;
        }
    }
    while (end < at + 400 && isalpha((unsigned char)text[end]))
        end++;
    token->kind = TOKEN_NUMBER;
    token->text = arena_copy(parser->arena, text + at, end - at);
    token->text_len = end - at;
    return end;
}

/* One escape behind a backslash, as Spark's unescapeSQLString; returns the bytes read. */
static size_t lex_escape(const char *at, char *into, size_t *len)
{
    bool unicode = at[0] == 'u' && text_is_hex(at[1]) && text_is_hex(at[2]) && text_is_hex(at[3]) && text_is_hex(at[4]);
    unsigned code = unicode ? text_hex4(at + 1) : 0;
    if (unicode && (code < 0xD800 || code >= 0xE000)) {
        *len += unicode_put(code, into + *len);
        return 5;
    }
    if (at[0] >= '0' && at[0] <= '1' && at[1] >= '0' && at[1] <= '7' && at[2] >= '0' && at[2] <= '7') {
        into[(*len)++] = (char)((at[0] - '0') << 6 | (at[1] - '0') << 3 | (at[2] - '0'));
        return 3;
    }
    static const char letters[] = "0bnrtZ", meanings[] = "\0\b\n\r\t\x1A";
    const char *found = strchr(letters, at[0]);
    if (at[0] == '%' || at[0] == '_') /* left for LIKE */
        into[(*len)++] = '\\';
    into[(*len)++] = found ? meanings[found - letters] : at[0];
    return 1;
}

/* At least the bytes up to the closing quote. */
static size_t string_room(const char *text, bool raw)
{
    size_t room = 1;
    while (text[room] && text[room] != text[0])
        room += text[room] == '\\' && !raw && text[room + 1] ? 2 : 1;
    return room;
}

static size_t lex_string(struct parser *parser, size_t at, bool raw, struct token *token)
{
    const char *text = parser->text;
    char quote = text[at];
    char *into = arena_alloc(parser->arena, 2 * string_room(text + at, raw) + 4);
    size_t len = 0, end = at + 1;
    while (text[end] != quote) {
        if (!text[end])
            expr_parse_fail(parser, at, "a string that is not closed");
        if (text[end] == '\\' && !raw && text[end + 1]) {
            end += 1 + lex_escape(text + end + 1, into, &len);
        } else {
            into[len++] = text[end++];
        }
    }
    into[len] = '\0';
    *token = (struct token){.kind = TOKEN_STRING, .text = into, .text_len = len};
    return end + 1;
}

static size_t lex_operator(struct parser *parser, size_t at, struct token *token)
{
    static const char *const operators[] = {
        "<=>", ">>>", "<=", ">=", "<>", "!=", "==", "=>", "||", "<<", ">>", "::", "->", "+", "-", "*", "/",
        "%",   "=",   "<",  ">",  "(",  ")",  ",",  ".",  ";",  ":",  "[",  "]",  "!",  "~",  "&", "^", "|"};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        size_t len = strlen(operators[i]);
        if (strncmp(parser->text + at, operators[i], len) == 0) {
            *token = (struct token){.kind = TOKEN_OPERATOR, .text = operators[i], .text_len = len};
            return at + len;
        }
    }
    unsigned char c = (unsigned char)parser->text[at];
    if (c >= 0x20 && c < 0x7F)
        expr_parse_fail(parser, at, "'%c' has no meaning here", c);
    expr_parse_fail(parser, at, "the byte 0x%02x has no meaning here", c);
}

/* White space, -- comments and slash-star comments. */
static size_t lex_space(struct parser *parser, size_t at)
{
    const char *text = parser->text;
    for (;;) {
        if (isspace((unsigned char)text[at])) {
            at++;
        } else if (text[at] == '-' && text[at + 1] == '-') {
            while (text[at] && text[at] != '\n')
                at++;
        } else if (text[at] == '/' && text[at + 1] == '*') {
            const char *end = strstr(text + at + 2, "*/");
            if (!end)
                expr_parse_fail(parser, at, "a comment that is not closed");
            at = (size_t)(end - text) + 2;
        } else {
            return at;
        }
    }
}

void expr_lex(struct parser *parser)
{
    const char *text = parser->text;
    size_t at = 0, count = 0, cap = strlen(text) + 1;
    parser->tokens = arena_alloc(parser->arena, cap * sizeof *parser->tokens);
    for (;;) {
        at = lex_space(parser, at);
        struct token token = {.kind = TOKEN_END, .text = ""};
        size_t end = at;
        char c = text[at];
        bool after_dot = count > 0 && expr_token_is(&parser->tokens[count - 1], ".");
        if (!c)
            ;
        else if (c == '`')
            end = lex_backticks(parser, at, &token);
        else if (c == '\'' || c == '"')
            end = lex_string(parser, at, false, &token);
        else if ((c == 'r' || c == 'R') && (text[at + 1] == '\'' || text[at + 1] == '"'))
            end = lex_string(parser, at + 1, true, &token);
        else if (name_start(c))
            end = lex_name(parser, at, &token);
        else if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)text[at + 1]) && !after_dot))
            end = lex_number(parser, at, &token);
        else
            end = lex_operator(parser, at, &token);
        token.offset = at;
        token.len = end - at;
        parser->tokens[count++] = token;
        parser->count = count;
        if (token.kind == TOKEN_END)
            return;
        at = end;
    }
}

const struct token *expr_token_now(const struct parser *parser)
{
    return &parser->tokens[parser->at];
}

const struct token *expr_token_ahead(const struct parser *parser, size_t count)
{
    size_t left = parser->count - 1 - parser->at;
    return &parser->tokens[parser->at + (count < left ? count : left)];
}

bool expr_token_is(const struct token *token, const char *operator)
{
    return token->kind == TOKEN_OPERATOR && strcmp(token->text, operator) == 0;
}

bool expr_token_word(const struct token *token, const char *keyword)
{
    return token->kind == TOKEN_NAME && !token->quoted && strcasecmp(token->text, keyword) == 0;
}

bool expr_accept(struct parser *parser, const char *operator)
{
    bool found = expr_token_is(expr_token_now(parser), operator);
    parser->at += found;
    return found;
}

bool expr_accept_word(struct parser *parser, const char *keyword)
{
    bool found = expr_token_word(expr_token_now(parser), keyword);
    parser->at += found;
    return found;
}

void expr_parse_unexpected(struct parser *parser, const char *wanted)
{
    const struct token *token = expr_token_now(parser);
    if (token->kind == TOKEN_END)
        expr_parse_fail(parser, token->offset, "expected %s, but the text ends", wanted);
    expr_parse_fail(parser, token->offset, "expected %s, not %.*s", wanted, token->len > 60 ? 60 : (int)token->len,
               parser->text + token->offset);
}

void expr_expect(struct parser *parser, const char *operator)
{
    if (!expr_accept(parser, operator))
        expr_parse_unexpected(parser, operator);
}

void expr_expect_word(struct parser *parser, const char *keyword)
{
    if (!expr_accept_word(parser, keyword))
        expr_parse_unexpected(parser, keyword);
}

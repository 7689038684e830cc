#include "json/lenient.h"

#include "base/text.h"
#include "json/cursor.h"
#include "json/json.h"

static const struct {
    const char *name;
    unsigned allows;
} names[] = {
    {"nan", LENIENT_NAN},           {"comments", LENIENT_COMMENTS},   {"single-quotes", LENIENT_SINGLE},
    {"unquoted", LENIENT_UNQUOTED}, {"leading-zeros", LENIENT_ZEROS}, {"backslash", LENIENT_BACKSLASH},
};
enum { NAMES = sizeof names / sizeof *names };

void lenient_names(struct buffer *into)
{
    for (size_t i = 0; i < NAMES; i++) {
        buffer_add_text(into, i > 0 ? "|" : "");
        buffer_add_text(into, names[i].name);
    }
}

static unsigned find_name(const char *text, size_t len)
{
    for (size_t i = 0; i < NAMES; i++)
        if (strlen(names[i].name) == len && memcmp(names[i].name, text, len) == 0)
            return names[i].allows;
    return 0;
}

bool lenient_parse(const char *option, const char *text, unsigned *allowed, struct problem *problem)
{
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        unsigned one = find_name(at, len);
        if (one == 0) {
            struct buffer all = {0};
            lenient_names(&all);
            buffer_add_char(&all, '\0');
            problem_usage(problem, "%s %s: expected some of %s, with commas between", option, text, all.data);
            buffer_free(&all);
            return false;
        }
        *allowed |= one;
        at += len;
        if (*at == '\0')
            return true;
    }
}

/* What is read, and where it is written. */
struct reading {
    const char *at, *end;
    unsigned allowed;
    struct buffer *into;
};

/* An escape: one that JSON has as it is, of any other the character behind the backslash. */
static void read_escape(struct reading *reading, char quote)
{
    char next = reading->at + 1 < reading->end ? reading->at[1] : '\0';
    bool known = next != '\0' && strchr("\"\\/bfnrtu", next) != NULL;
    bool bare = (next == '\'' && quote == '\'') || (!known && next != '\0' && (reading->allowed & LENIENT_BACKSLASH));
    if (!bare)
        buffer_add_char(reading->into, '\\');
    reading->at++;
    if (next != '\0') {
        buffer_add_char(reading->into, next);
        reading->at++;
    }
}

/* A string up to its quote, or the end. */
static void read_string(struct reading *reading)
{
    char quote = *reading->at++;
    buffer_add_char(reading->into, '"');
    while (reading->at < reading->end && *reading->at != quote) {
        if (*reading->at == '\\') {
            read_escape(reading, quote);
            continue;
        }
        if (*reading->at == '"')
            buffer_add_char(reading->into, '\\');
        buffer_add_char(reading->into, *reading->at++);
    }
    if (reading->at < reading->end) {
        buffer_add_char(reading->into, '"');
        reading->at++;
    }
}

static void pass_comment(struct reading *reading)
{
    bool line = reading->at[1] == '/';
    reading->at += 2;
    while (reading->at < reading->end &&
           !(line ? *reading->at == '\n'
                  : *reading->at == '*' && reading->at + 1 < reading->end && reading->at[1] == '/'))
        reading->at++;
    if (!line)
        reading->at = reading->at < reading->end ? reading->at + 2 : reading->end;
    buffer_add_char(reading->into, ' ');
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool is_one_of(const char *word, size_t len, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == len && memcmp(*words, word, len) == 0)
            return true;
    return false;
}

/* A name without quotes, a literal, or what is no number; with its sign, if it has one. */
static void read_word(struct reading *reading)
{
    static const char *const none[] = {"NaN", "Infinity", "+Infinity", "-Infinity", "INF", "+INF", "-INF", NULL};
    const char *word = reading->at++;
    while (reading->at < reading->end && (is_word(*reading->at) || text_is_digit(*reading->at)))
        reading->at++;
    size_t len = (size_t)(reading->at - word);
    const char *next = json_skip_blank(reading->at, reading->end);
    bool name = next < reading->end && *next == ':' && is_word(*word);
    bool quoted = (name && (reading->allowed & LENIENT_UNQUOTED)) ||
                  (!name && (reading->allowed & LENIENT_NAN) && is_one_of(word, len, none));
    if (!quoted) {
        buffer_add(reading->into, word, len);
        return;
    }
    buffer_add_char(reading->into, '"');
    if (!name) { /* as Spark writes them */
        buffer_add_text(reading->into, *word == '-' ? "-" : "");
        buffer_add_text(reading->into, len == 3 && *word == 'N' ? "NaN" : "Infinity");
    } else {
        buffer_add(reading->into, word, len);
    }
    buffer_add_char(reading->into, '"');
}

static void read_number(struct reading *reading)
{
    while ((reading->allowed & LENIENT_ZEROS) && *reading->at == '0' && reading->at + 1 < reading->end &&
           text_is_digit(reading->at[1]))
        reading->at++;
    while (reading->at < reading->end && (text_is_digit(*reading->at) || strchr("+-.eE", *reading->at)))
        buffer_add_char(reading->into, *reading->at++);
}

static void read_piece(struct reading *reading)
{
    const char *at = reading->at;
    char next = at + 1 < reading->end ? at[1] : '\0';
    if (*at == '"' || (*at == '\'' && (reading->allowed & LENIENT_SINGLE)))
        read_string(reading);
    else if (*at == '/' && (next == '/' || next == '*') && (reading->allowed & LENIENT_COMMENTS))
        pass_comment(reading);
    else if (is_word(*at) || ((*at == '-' || *at == '+') && is_word(next)))
        read_word(reading);
    else if (text_is_digit(*at))
        read_number(reading);
    else
        buffer_add_char(reading->into, *reading->at++);
}

bool lenient_read(const char *text, size_t len, unsigned allowed, struct buffer *into)
{
    struct reading reading = {.at = text, .end = text + len, .allowed = allowed, .into = into};
    size_t begun = into->len, at;
    const char *message;
    while (reading.at < reading.end)
        read_piece(&reading);
    buffer_reserve(into, 1);
    if (json_check(into->data + begun, into->len - begun, &at, &message))
        return true;
    into->len = begun;
    return false;
}

#include "json/json.h"

#include <string.h>

#include "base/text.h"
#include "json/cursor.h"

/* The automaton's states. `sub` counts down what is left of a literal, an escape's hex digits or a
 * UTF-8 sequence; the KEY bit marks a string that is an object's key. */
enum state {
    VALUE,       /* a value must come */
    ARRAY_FIRST, /* behind '[': a value or ']' */
    OBJECT_FIRST, /* behind '{': a key or '}' */
    NEXT_KEY,    /* behind ',' in an object */
    COLON,
    AFTER,       /* behind a value in a container */
    LITERAL_TRUE,
    LITERAL_FALSE,
    LITERAL_NULL,
    NUMBER_MINUS, /* behind '-': a digit must come */
    NUMBER_ZERO,  /* behind a leading 0: no digit may come */
    NUMBER_WHOLE,
    NUMBER_POINT, /* behind '.': a digit must come */
    NUMBER_FRACTION,
    NUMBER_E,     /* behind e: a sign or digit must come */
    NUMBER_SIGN,  /* behind e+: a digit must come */
    NUMBER_EXPONENT,
    STRING,
    ESCAPE,
    HEX,
    UTF8,    /* sub continuation bytes must come */
    UTF8_E0, /* RFC 3629: the second byte has a range of its own */
    UTF8_ED,
    UTF8_F0,
    UTF8_F4,
    DONE,
};
enum { KEY = 0x80 };

static const char *const literals[] = {"true", "false", "null"};

/* Bytes that stand for themselves within a string. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static bool in_object(const struct json_checker *checker)
{
    unsigned level = checker->depth - 1;
    return checker->stack[level / 64] >> (level % 64) & 1;
}

static bool fail(struct json_checker *checker, const char *message)
{
    checker->message = message;
    return false;
}

static bool open_container(struct json_checker *checker, bool object)
{
    if (checker->depth == JSON_DEPTH_MAX)
        return fail(checker, "nested deeper than 10000");
    uint64_t bit = UINT64_C(1) << (checker->depth % 64);
    uint64_t *word = &checker->stack[checker->depth / 64];
    if (bit == 1)
        *word = 0;
    *word = object ? *word | bit : *word & ~bit;
    checker->depth++;
    checker->state = object ? OBJECT_FIRST : ARRAY_FIRST;
    return true;
}

static void end_value(struct json_checker *checker)
{
    checker->state = checker->depth == 0 ? DONE : AFTER;
}

static void close_container(struct json_checker *checker)
{
    checker->depth--;
    end_value(checker);
}

static const char *no_value_message(unsigned char c, bool first)
{
    if (c == '\0')
        return "NUL byte outside a string";
    if (c == 'N' || c == 'I' || c == '+' || c == '.')
        return "expected a value (JSON has no NaN, Infinity, leading + or bare point)";
    if (c == '\'')
        return "expected a value (strings stand in double quotes)";
    return first ? "expected a value or ']'" : "expected a value";
}

/* The first byte of a value. */
static bool step_value(struct json_checker *checker, unsigned char c, bool first)
{
    switch (c) {
    case '"':
        checker->state = STRING;
        return true;
    case '{':
        return open_container(checker, true);
    case '[':
        return open_container(checker, false);
    case 't':
        checker->state = LITERAL_TRUE;
        checker->sub = 1;
        return true;
    case 'f':
        checker->state = LITERAL_FALSE;
        checker->sub = 1;
        return true;
    case 'n':
        checker->state = LITERAL_NULL;
        checker->sub = 1;
        return true;
    case '-':
        checker->state = NUMBER_MINUS;
        return true;
    case '0':
        checker->state = NUMBER_ZERO;
        return true;
    default:
        if (text_is_digit((char)c)) {
            checker->state = NUMBER_WHOLE;
            return true;
        }
        return fail(checker, no_value_message(c, first));
    }
}

/* A byte between tokens that is no white space. */
static bool step_structure(struct json_checker *checker, unsigned char c)
{
    switch (checker->state) {
    case VALUE:
        return step_value(checker, c, false);
    case ARRAY_FIRST:
        if (c != ']')
            return step_value(checker, c, true);
        close_container(checker);
        return true;
    case OBJECT_FIRST:
        if (c == '}') {
            close_container(checker);
            return true;
        }
        if (c != '"')
            return fail(checker, "expected a key in double quotes or '}'");
        checker->state = STRING | KEY;
        return true;
    case NEXT_KEY:
        if (c != '"')
            return fail(checker, "expected a key in double quotes");
        checker->state = STRING | KEY;
        return true;
    case COLON:
        if (c != ':')
            return fail(checker, "expected ':'");
        checker->state = VALUE;
        return true;
    default: /* AFTER */
        if (in_object(checker)) {
            if (c == ',')
                checker->state = NEXT_KEY;
            else if (c == '}')
                close_container(checker);
            else
                return fail(checker, "expected ',' or '}'");
            return true;
        }
        if (c == ',')
            checker->state = VALUE;
        else if (c == ']')
            close_container(checker);
        else
            return fail(checker, "expected ',' or ']'");
        return true;
    }
}

static bool step_literal(struct json_checker *checker, unsigned char c)
{
    const char *word = literals[checker->state - LITERAL_TRUE];
    if (c != (unsigned char)word[checker->sub])
        return fail(checker, "misspelt literal (expected true, false or null)");
    if (word[++checker->sub] == '\0')
        end_value(checker);
    return true;
}

/* A byte in a string that is not plain. */
static bool step_string(struct json_checker *checker, unsigned char c)
{
    unsigned char key = checker->state & KEY;
    if (c == '"') {
        if (key)
            checker->state = COLON;
        else
            end_value(checker);
        return true;
    }
    if (c == '\\') {
        checker->state = ESCAPE | key;
        return true;
    }
    if (c < 0x20)
        return fail(checker, "control character in a string (it must be escaped)");
    if (c < 0xC2 || c > 0xF4)
        return fail(checker, "invalid UTF-8");
    enum state state = c == 0xE0   ? UTF8_E0
                       : c == 0xED ? UTF8_ED
                       : c == 0xF0 ? UTF8_F0
                       : c == 0xF4 ? UTF8_F4
                                   : UTF8;
    checker->state = (unsigned char)(state | key);
    checker->sub = c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;
    return true;
}

/* The rest of an escape or of a UTF-8 sequence. */
static bool step_character(struct json_checker *checker, unsigned char c)
{
    unsigned char key = checker->state & KEY;
    unsigned char low = 0x80, high = 0xBF;
    switch (checker->state & ~KEY) {
    case ESCAPE:
        if (c == 'u') {
            checker->state = HEX | key;
            checker->sub = 4;
            return true;
        }
        if (c == '\0' || !strchr("\"\\/bfnrt", c))
            return fail(checker, "invalid escape in a string");
        checker->state = STRING | key;
        return true;
    case HEX:
        if (!text_is_hex((char)c))
            return fail(checker, "invalid escape in a string (\\u needs 4 hexadecimal digits)");
        if (--checker->sub == 0)
            checker->state = STRING | key;
        return true;
    case UTF8_E0:
        low = 0xA0;
        break;
    case UTF8_ED:
        high = 0x9F;
        break;
    case UTF8_F0:
        low = 0x90;
        break;
    case UTF8_F4:
        high = 0x8F;
        break;
    default:
        break;
    }
    if (c < low || c > high)
        return fail(checker, "invalid UTF-8");
    checker->state = (--checker->sub == 0 ? STRING : UTF8) | key;
    return true;
}

/* A byte within a number: 1 it belongs to it, 0 the number ended before it, -1 wrong. */
static int step_number(struct json_checker *checker, unsigned char c)
{
    bool digit = text_is_digit((char)c), e = c == 'e' || c == 'E';
    switch (checker->state) {
    case NUMBER_MINUS:
        if (!digit)
            return fail(checker, "expected a digit behind '-'") - 1;
        checker->state = c == '0' ? NUMBER_ZERO : NUMBER_WHOLE;
        return 1;
    case NUMBER_ZERO:
        if (digit)
            return fail(checker, "a number must not begin with 0") - 1;
        /* fall through */
    case NUMBER_WHOLE:
        if (digit)
            return 1;
        if (c == '.' || e) {
            checker->state = c == '.' ? NUMBER_POINT : NUMBER_E;
            return 1;
        }
        return 0;
    case NUMBER_POINT:
        if (!digit)
            return fail(checker, "expected a digit behind '.'") - 1;
        checker->state = NUMBER_FRACTION;
        return 1;
    case NUMBER_FRACTION:
        if (e)
            checker->state = NUMBER_E;
        return digit || e;
    case NUMBER_E:
        if (!digit && c != '+' && c != '-')
            return fail(checker, "expected an exponent") - 1;
        checker->state = digit ? NUMBER_EXPONENT : NUMBER_SIGN;
        return 1;
    case NUMBER_SIGN:
        if (!digit)
            return fail(checker, "expected a digit in the exponent") - 1;
        checker->state = NUMBER_EXPONENT;
        return 1;
    default: /* NUMBER_EXPONENT */
        return digit;
    }
}

static bool number_may_end(unsigned char state)
{
    return state == NUMBER_ZERO || state == NUMBER_WHOLE || state == NUMBER_FRACTION || state == NUMBER_EXPONENT;
}

void json_check_start(struct json_checker *checker)
{
    checker->state = VALUE;
    checker->sub = 0;
    checker->depth = 0;
    checker->message = NULL;
}

enum json_verdict json_check_feed(struct json_checker *checker, const char *bytes, size_t len, size_t *used)
{
    size_t i = 0;
    while (i < len) {
        unsigned char c = (unsigned char)bytes[i];
        unsigned char state = checker->state & (unsigned char)~KEY;
        bool good = true;
        if (state == STRING) {
            while (is_plain(c) && ++i < len)
                c = (unsigned char)bytes[i];
            if (i == len)
                break;
            good = step_string(checker, c);
        } else if (state <= AFTER) {
            if (!text_is_space((char)c))
                good = step_structure(checker, c);
        } else if (state >= NUMBER_MINUS && state <= NUMBER_EXPONENT) {
            int verdict = step_number(checker, c);
            good = verdict >= 0;
            if (verdict == 0) {
                end_value(checker);
                i--; /* this byte is not the number's: looked at again */
            }
        } else if (state <= LITERAL_NULL) {
            good = step_literal(checker, c);
        } else if (state == DONE) {
            i--;
        } else {
            good = step_character(checker, c);
        }
        if (!good) {
            *used = i;
            return JSON_BAD;
        }
        i++;
        if (checker->state == DONE) {
            *used = i;
            return JSON_WHOLE;
        }
    }
    *used = len;
    return JSON_MORE;
}

enum json_verdict json_check_end(struct json_checker *checker)
{
    unsigned char state = checker->state & (unsigned char)~KEY;
    if (state == DONE || (checker->depth == 0 && number_may_end(state))) {
        checker->state = DONE;
        return JSON_WHOLE;
    }
    if (state >= STRING && state <= UTF8_F4)
        checker->message = "ends within a string";
    else if (state >= NUMBER_MINUS && state <= NUMBER_EXPONENT && !number_may_end(state))
        checker->message = "ends within a number";
    else if (state >= LITERAL_TRUE && state <= LITERAL_NULL)
        checker->message = "misspelt literal (expected true, false or null)";
    else if (checker->depth == 0)
        checker->message = "expected a value";
    else
        checker->message = in_object(checker) ? "ends within an object" : "ends within an array";
    return JSON_BAD;
}

bool json_check(const char *text, size_t len, size_t *at, const char **message)
{
    struct json_checker checker;
    json_check_start(&checker);
    size_t used;
    enum json_verdict verdict = json_check_feed(&checker, text, len, &used);
    if (verdict == JSON_MORE)
        verdict = json_check_end(&checker);
    if (verdict == JSON_BAD) {
        *at = used;
        *message = checker.message;
        return false;
    }
    used = (size_t)(json_skip_blank(text + used, text + len) - text);
    if (used < len) {
        *at = used;
        *message = "more text behind the value";
        return false;
    }
    return true;
}

bool json_is(struct span span)
{
    size_t at;
    const char *message;
    return span.len > 0 && json_type(span.text[0]) == span.type && !text_is_space(span.text[0]) &&
           !text_is_space(span.text[span.len - 1]) && json_check(span.text, span.len, &at, &message);
}

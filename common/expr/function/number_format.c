/* to_char, to_number: numbers by Oracle's formats as Spark has them: [MI|S] [$] 0 9 , G . D [MI|S|PR]. */
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "base/text.h"
#include "expr/function/charset_inner.h"
#include "expr/function/function.h"
#include "expr/function/time_inner.h"
#include "expr/node.h"
#include "value/datetime_format.h"
#include "value/decimal.h"

enum sign { SIGN_NONE, SIGN_PLUS_MINUS /* S */, SIGN_MINUS /* MI */, SIGN_BRACKETS /* PR */ };

/* One place of a digit, or a comma, in front of the point. */
struct place {
    bool comma, zero; /* zero: of digits that all have to be there */
};

struct number_format {
    enum sign before, after;
    bool dollar, point;
    struct place *places;
    size_t place_count;
    unsigned whole, fraction; /* digits in front of the point and behind it */
};

struct format_reader {
    const char *at, *end;
    const char *wrong;
};

static bool is_digit_place(char c)
{
    return c == '0' || c == '9';
}

/* A sign at this place, or none. */
static enum sign read_sign(struct format_reader *reader, bool last)
{
    char c = reader->at < reader->end ? (char)(*reader->at & ~0x20) : '\0';
    char next = reader->end - reader->at > 1 ? (char)(reader->at[1] & ~0x20) : '\0';
    enum sign sign = c == 'S'                          ? SIGN_PLUS_MINUS
                     : c == 'M' && next == 'I'         ? SIGN_MINUS
                     : c == 'P' && next == 'R' && last ? SIGN_BRACKETS
                                                       : SIGN_NONE;
    reader->at += sign == SIGN_NONE ? 0 : sign == SIGN_PLUS_MINUS ? 1 : 2;
    return sign;
}

/* Digits in a row, of which the first says what all are. */
static void read_places(struct format_reader *reader, struct number_format *format)
{
    bool zero = false, last = false; /* the place before was a digit */
    for (; reader->at < reader->end; reader->at++) {
        char c = *reader->at;
        bool comma = c == ',' || (c & ~0x20) == 'G';
        if (!comma && !is_digit_place(c))
            break;
        zero = last ? zero : c == '0';
        if (comma && !last)
            reader->wrong = "a comma (or G) stands between digits";
        last = !comma;
        format->places[format->place_count++] = (struct place){.comma = comma, .zero = !comma && zero};
        format->whole += !comma;
    }
    if (format->place_count > 0 && !last)
        reader->wrong = "a comma (or G) stands between digits";
    if (reader->at < reader->end && (*reader->at == '.' || (*reader->at & ~0x20) == 'D')) {
        format->point = true;
        for (reader->at++; reader->at < reader->end && is_digit_place(*reader->at); reader->at++)
            format->fraction++;
    }
}

/* NULL with *wrong for what is none. */
static const struct number_format *read_format(struct arena *arena, const struct value *text, const char **wrong)
{
    struct format_reader reader = {.at = text->text, .end = text->text + text->len};
    struct number_format *format = arena_alloc(arena, sizeof *format);
    *format = (struct number_format){.places = arena_alloc(arena, (text->len + 1) * sizeof *format->places)};
    format->before = read_sign(&reader, false);
    if (reader.at < reader.end && *reader.at == '$') {
        format->dollar = true;
        reader.at++;
    }
    read_places(&reader, format);
    format->after = read_sign(&reader, true);
    if (!reader.wrong && reader.at < reader.end)
        reader.wrong = "expected [MI|S] [$] digits 0 9 with , (G) [. (D) digits] [MI|S|PR]";
    if (!reader.wrong && format->whole + format->fraction == 0)
        reader.wrong = "there is no digit, 0 or 9";
    if (!reader.wrong && format->before != SIGN_NONE && format->after != SIGN_NONE)
        reader.wrong = "there are two signs";
    if (!reader.wrong && format->whole + format->fraction > DECIMAL_DIGITS_MAX)
        reader.wrong = "more than 38 digits";
    *wrong = reader.wrong;
    return reader.wrong ? NULL : format;
}

/* A sign in front, and the blanks of the digits in front of that. */
static void add_blank(struct buffer *into)
{
    char last = into->len > 0 ? into->data[into->len - 1] : '\0';
    if (last == '+' || last == '-' || last == '<') {
        into->data[into->len - 1] = ' ';
        buffer_add_char(into, last);
    } else {
        buffer_add_char(into, ' ');
    }
}

/* A sign behind, in front of blanks. */
static void add_behind(struct buffer *into, char sign)
{
    size_t at = into->len;
    while (at > 0 && into->data[at - 1] == ' ')
        at--;
    buffer_add_char(into, ' ');
    into->data[into->len - 1] = into->data[at];
    into->data[at] = sign;
}

static void write_sign(enum sign sign, bool negative, bool behind, struct buffer *into)
{
    char mark = negative ? (sign == SIGN_BRACKETS ? '>' : '-') : sign == SIGN_PLUS_MINUS ? '+' : ' ';
    if (sign == SIGN_BRACKETS && !negative)
        buffer_add_text(into, "  ");
    else if (sign != SIGN_NONE && (!behind || mark == ' '))
        buffer_add_char(into, mark);
    else if (sign != SIGN_NONE)
        add_behind(into, mark);
}

/* Digits without a point and without zeros in front of them (whole) or behind them (fraction). */
struct digits {
    const char *whole, *fraction;
    size_t whole_len, fraction_len;
};

static void write_places(const struct number_format *format, const struct digits *digits, bool overflow,
                         struct buffer *into)
{
    size_t left = format->whole; /* places of digits that are still to come */
    bool any = false;
    for (size_t i = 0; i < format->place_count; i++) {
        const struct place *place = &format->places[i];
        if (place->comma) {
            if (any && !overflow)
                buffer_add_char(into, ',');
            else
                add_blank(into);
            continue;
        }
        bool given = left <= digits->whole_len;
        if (overflow)
            buffer_add_char(into, '#');
        else if (given)
            buffer_add_char(into, digits->whole[digits->whole_len - left]);
        else if (place->zero)
            buffer_add_char(into, '0');
        else
            add_blank(into);
        any = any || given || place->zero;
        left--;
    }
}

static struct value write_number(const struct number_format *format, const struct decimal *number, struct arena *arena)
{
    char plain[DECIMAL_TEXT_MAX];
    size_t len = decimal_text(*number, true, plain), start = plain[0] == '-';
    const char *point = memchr(plain, '.', len);
    size_t whole_end = point ? (size_t)(point - plain) : len;
    while (start < whole_end && plain[start] == '0')
        start++;
    while (point && plain[len - 1] == '0')
        len--;
    const struct digits digits = {.whole = plain + start, .whole_len = whole_end - start,
                                  .fraction = point ? point + 1 : "",
                                  .fraction_len = point ? len - whole_end - 1 : 0};
    bool overflow = digits.whole_len > format->whole || digits.fraction_len > format->fraction;
    bool negative = number->unscaled < 0;
    struct buffer into = {0};
    if (format->after == SIGN_BRACKETS && negative)
        buffer_add_char(&into, '<');
    write_sign(format->before, negative, false, &into);
    if (format->dollar)
        buffer_add_char(&into, '$');
    write_places(format, &digits, overflow, &into);
    if (format->point && into.len > 0 && into.data[into.len - 1] == ' ')
        into.data[into.len - 1] = '0';
    if (format->point)
        buffer_add_char(&into, format->fraction > 0 ? '.' : ' ');
    for (size_t i = 0; i < format->fraction; i++)
        buffer_add_char(&into, overflow ? '#' : i < digits.fraction_len ? digits.fraction[i] : '0');
    write_sign(format->after, negative, true, &into);
    return expr_take_text(arena, &into);
}

/* What the literal is prepared for: a number, or a time; a binary needs no more than the literal. */
struct text_format {
    const struct number_format *number;
    const struct datetime_format *time;
    const char *number_wrong, *time_wrong;
};

static const void *prepare_to_char(struct arena *arena, const struct value *const *args, size_t count,
                                   const char **wrong)
{
    (void)count;
    struct text_format *format = arena_alloc(arena, sizeof *format);
    *format = (struct text_format){.number = NULL};
    if (args[1] && args[1]->type == VALUE_NULL)
        return format;
    if (!args[1] || args[1]->type != VALUE_STRING) {
        *wrong = "the format is a literal";
        return NULL;
    }
    format->number = read_format(arena, args[1], &format->number_wrong);
    format->time = datetime_format_compile(arena, args[1]->text, args[1]->len, &format->time_wrong);
    bool number = args[0] && (args[0]->type == VALUE_LONG || args[0]->type == VALUE_DOUBLE ||
                              args[0]->type == VALUE_DECIMAL);
    if (number && !format->number)
        *wrong = format->number_wrong;
    return *wrong ? NULL : format;
}

static struct value binary_text(struct call *call, const struct value *bytes, const struct value *format)
{
    if (format->len == 6 && strncasecmp(format->text, "base64", 6) == 0) {
        struct buffer text = {0};
        text_base64_add(bytes->text, bytes->len, &text);
        return expr_take_text(call->arena, &text);
    }
    if (format->len == 3 && strncasecmp(format->text, "hex", 3) == 0) {
        char *text = arena_alloc(call->arena, 2 * bytes->len + 1);
        text_hex(bytes->text, bytes->len, true, text);
        return value_string(text, 2 * bytes->len);
    }
    if (format->len == 5 && strncasecmp(format->text, "utf-8", 5) == 0)
        return value_string(bytes->text, bytes->len);
    return row_fail(call->row, "%s: the format of a binary is base64, hex or utf-8", call->name);
}

/* As Spark brings numbers to decimals: of doubles 15 digits behind the point count. */
static struct value exact_number(const struct value *value, struct arena *arena)
{
    struct value number = cast_number(value);
    if (number.type == VALUE_DOUBLE)
        number = cast_value(&number, number.width == 4
                                         ? (struct cast_type){.type = VALUE_DECIMAL, .precision = 14, .scale = 7}
                                         : (struct cast_type){.type = VALUE_DECIMAL, .precision = 30, .scale = 15},
                            arena, NULL);
    return number;
}

static struct value to_char(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct text_format *format = call->prepared;
    if (value_is_binary(&args[0]))
        return binary_text(call, &args[0], &args[1]);
    if (args[0].type == VALUE_DATE || args[0].type == VALUE_TIMESTAMP) {
        struct value time = cast_timestamp(&args[0]);
        if (!format->time)
            return row_fail(call->row, "%s: the format of a time: %s", call->name, format->time_wrong);
        return datetime_format_text(format->time, time.integer, call->arena);
    }
    struct value number = exact_number(&args[0], call->arena);
    if (number.type == VALUE_NULL && (args[0].type == VALUE_BOOLEAN || args[0].type > VALUE_TIMESTAMP) &&
        args[0].type != VALUE_CELL)
        return row_fail(call->row, "%s: %s is no number, date, timestamp or binary", call->name,
                        row_show(call->row, &args[0]));
    if (number.type == VALUE_NULL)
        return number;
    if (!format->number)
        return row_fail(call->row, "%s: the format of a number: %s", call->name, format->number_wrong);
    struct decimal decimal = cast_to_decimal(&number);
    return write_number(format->number, &decimal, call->arena);
}

static const void *prepare_to_number(struct arena *arena, const struct value *const *args, size_t count,
                                     const char **wrong)
{
    (void)count;
    static const struct number_format none;
    if (args[1] && args[1]->type == VALUE_NULL)
        return &none;
    if (!args[1] || args[1]->type != VALUE_STRING) {
        *wrong = "the format is a literal";
        return NULL;
    }
    return read_format(arena, args[1], wrong);
}

/* Goes past a sign, where one may stand and does. */
static void take_sign(enum sign sign, const char **at, const char *end, bool *negative)
{
    char c = *at < end ? **at : '\0';
    bool taken = c == '-' || (sign == SIGN_PLUS_MINUS && c == '+');
    if (sign == SIGN_NONE || sign == SIGN_BRACKETS || !taken)
        return;
    *negative = c == '-';
    ++*at;
}

/* The digits and commas in front of the point against the format's, from the last ones on; false if there are more, or
 * fewer than the zeros ask for. */
static bool groups_fit(const struct number_format *format, const char *start, const char *end)
{
    size_t i = format->place_count;
    for (;;) {
        size_t most = 0, found = 0;
        bool exact = false;
        for (; i > 0 && !format->places[i - 1].comma; i--, most++)
            exact = format->places[i - 1].zero;
        for (; end > start && end[-1] != ','; end--)
            found++;
        if (found > most || (exact && found != most))
            return false;
        if (i == 0)
            return end == start;
        i--;
        end -= end > start;
    }
}

/* Digits and, in front of the point, commas; they are added to `digits`. */
static const char *take_digits(const char *at, const char *end, bool commas, struct buffer *digits)
{
    for (; at < end && (text_is_digit(*at) || (commas && *at == ',')); at++)
        if (*at != ',')
            buffer_add_char(digits, *at);
    return at;
}

/* False where the text does not fit. */
static bool read_number(const struct number_format *format, const char *at, const char *end, struct buffer *digits,
                        bool *negative)
{
    bool bracket = format->after == SIGN_BRACKETS && at < end && *at == '<';
    at += bracket;
    *negative = bracket;
    take_sign(format->before, &at, end, negative);
    if (format->dollar && (at == end || *at++ != '$'))
        return false;
    const char *start = at;
    at = take_digits(at, end, true, digits);
    if (!groups_fit(format, start, at))
        return false;
    size_t whole = digits->len;
    if (format->point && at < end && *at == '.')
        at = take_digits(at + 1, end, false, digits);
    if (digits->len - whole > format->fraction)
        return false;
    while (digits->len - whole < format->fraction)
        buffer_add_char(digits, '0');
    if (digits->len == 0)
        return false;
    take_sign(format->after, &at, end, negative);
    if (bracket && (at == end || *at++ != '>'))
        return false;
    return at == end;
}

static struct value try_to_number(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct number_format *format = call->prepared;
    char *text = arena_alloc(call->arena, args[0].len + 1), *end = text;
    struct buffer digits = {0};
    bool negative = false;
    for (size_t i = 0; i < args[0].len; i++) /* white space says nothing, wherever it stands */
        if (!text_is_space(args[0].text[i]))
            *end++ = args[0].text[i];
    struct value number = value_null();
    if (read_number(format, text, end, &digits, &negative)) {
        number = (struct value){.type = VALUE_DECIMAL, .scale = (unsigned char)format->fraction,
                                .precision = (unsigned char)(format->whole + format->fraction)};
        for (size_t i = 0; i < digits.len; i++)
            number.unscaled = number.unscaled * 10 + (digits.data[i] - '0');
        number.unscaled = negative ? -number.unscaled : number.unscaled;
    }
    buffer_free(&digits);
    return number;
}

static struct value to_number(struct call *call, const struct value *args, size_t count)
{
    struct value number = try_to_number(call, args, count);
    if (number.type == VALUE_NULL)
        return row_fail(call->row, "to_number: %s is not of the format %s (try_to_number gives null)",
                        row_show(call->row, &args[0]), row_show(call->row, &args[1]));
    return number;
}

const struct function functions_number_format[] = {
    {{"to_char", "to_varchar", "x, format", "String; also null if x is no number",
      "A number by a format, a literal: 0 and 9 are digits (with 0 in front zeros are written), commas (or G) and a "
      "point (or D) where they stand, $, and S, MI or PR for the sign; what has no room becomes #. Dates and "
      "timestamps by a pattern, binaries as 'base64', 'hex' or 'utf-8'",
      "to_char(12454.8, '$99,999.00') => $12,454.80\n"
      "to_varchar(-7, '099S') => 007-"},
     "xs", .run = to_char, .prepare = prepare_to_char},
    {{"to_number", NULL, "s, format", "Decimal; an error if s is not of the format", "A number that is written so",
      "to_number('12,454.8-', '99,999.9S') => -12454.8"},
     "ss", .run = to_number, .prepare = prepare_to_number},
    {{"try_to_number", NULL, "s, format", "Decimal; null if s is not of the format", "The same",
      "try_to_number('x', '99') => null"},
     "ss", .run = try_to_number, .prepare = prepare_to_number},
    {.takes = NULL},
};

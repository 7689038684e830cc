/* The written forms of values and spans. */
#include <stdio.h>

#include "base/text.h"
#include "base/unicode.h"
#include "json/json.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/interval.h"
#include "value/pack.h"
#include "value/tsv.h"
#include "value/value.h"

static void write_long(int64_t integer, struct buffer *into)
{
    char digits[VALUE_LONG_DIGITS];
    size_t len;
    const char *text = value_long_digits(integer, digits, &len);
    buffer_add(into, text, len);
}


/* Digits behind a point, without the zeros at the end. */
static void write_fraction(uint64_t micros, struct buffer *into)
{
    buffer_add_format(into, ".%06llu", (unsigned long long)micros);
    while (into->data[into->len - 1] == '0')
        into->len--;
}

/* Of months and of time, as Spark's type interval has it: 1 years 2 months 3 days 4 hours 5 minutes 6.7 seconds. */
static void write_mixed_interval(const struct value *value, struct buffer *into)
{
    int64_t micros = value->interval.microseconds, rest = micros % MICROS_PER_DAY;
    const struct {
        int64_t amount;
        const char *name;
    } parts[] = {{value->interval.months / 12, "years"},
                 {value->interval.months % 12, "months"},
                 {micros / MICROS_PER_DAY, "days"},
                 {rest / (3600 * MICROS_PER_SECOND), "hours"},
                 {rest / (60 * MICROS_PER_SECOND) % 60, "minutes"}};
    size_t start = into->len;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].amount != 0)
            buffer_add_format(into, "%lld %s ", (long long)parts[i].amount, parts[i].name);
    int64_t second = rest % (60 * MICROS_PER_SECOND);
    uint64_t left = second < 0 ? -(uint64_t)second : (uint64_t)second;
    if (second != 0 || into->len == start) {
        buffer_add_format(into, "%s%llu", second < 0 ? "-" : "", (unsigned long long)(left / MICROS_PER_SECOND));
        if (left % MICROS_PER_SECOND != 0)
            write_fraction(left % MICROS_PER_SECOND, into);
        buffer_add_text(into, " seconds");
    } else {
        into->len--;
    }
}

/* INTERVAL '1-2' YEAR TO MONTH, INTERVAL '3 04:05:06.7' DAY TO SECOND. */
static void write_interval(const struct value *value, struct buffer *into)
{
    static const char *const names[] = {"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"};
    static const uint64_t sizes[] = {
        0, 0, MICROS_PER_DAY, 3600 * MICROS_PER_SECOND, 60 * MICROS_PER_SECOND, MICROS_PER_SECOND};
    int first = value->scale, last = value->precision;
    bool months = first <= INTERVAL_MONTH;
    if (interval_is_mixed(value)) {
        write_mixed_interval(value, into);
        return;
    }
    int64_t amount = months ? value->interval.months : value->interval.microseconds;
    uint64_t left = amount < 0 ? -(uint64_t)amount : (uint64_t)amount;
    buffer_add_text(into, amount < 0 ? "INTERVAL '-" : "INTERVAL '");
    for (int field = first; field <= last && field <= INTERVAL_SECOND; field++) {
        uint64_t unit = months ? (field == INTERVAL_YEAR ? 12 : 1) : sizes[field];
        const char *between = field == first ? "" : field == INTERVAL_MONTH ? "-" : field == INTERVAL_HOUR ? " " : ":";
        bool padded = !months && (field > first || field > INTERVAL_DAY);
        buffer_add_format(into, padded ? "%s%02llu" : "%s%llu", between, (unsigned long long)(left / unit));
        left %= unit;
    }
    if (last == INTERVAL_SECOND && left > 0)
        write_fraction(left, into);
    buffer_add_format(into, "' %s", names[first]);
    if (last != first)
        buffer_add_format(into, " TO %s", names[last]);
}

static void write_json_text(const char *text, size_t len, bool spaced, struct buffer *into)
{
    if (spaced)
        json_compact(text, len, into);
    else
        buffer_add(into, text, len);
}

void value_write_plain(const struct value *value, struct buffer *into)
{
    char text[64]; /* room for any of the fixed forms */
    switch (value->type) {
    case VALUE_NULL:
        break;
    case VALUE_BOOLEAN:
        buffer_add_text(into, value->boolean ? "true" : "false");
        break;
    case VALUE_LONG:
        write_long(value->integer, into);
        break;
    case VALUE_DOUBLE:
        buffer_add(into, text, value_real_text(value->real, value->width == 4, text));
        break;
    case VALUE_DECIMAL: {
        struct decimal decimal = {.unscaled = value->unscaled, .precision = value->precision, .scale = value->scale};
        buffer_add(into, text, decimal_text(decimal, false, text));
        break;
    }
    case VALUE_STRING:
    case VALUE_CELL:
        buffer_add(into, value->text, value->len);
        break;
    case VALUE_DATE:
        buffer_add(into, text, datetime_date_text(value->integer, text));
        break;
    case VALUE_TIMESTAMP:
        buffer_add(into, text, datetime_timestamp_text(value->integer, false, text));
        break;
    case VALUE_INTERVAL:
        write_interval(value, into);
        break;
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        write_json_text(value->text, value->len, value->spaced, into);
        break;
    }
}

/* JSON text as a cell: only its backslashes need another. */
static void write_json_cell(const char *text, size_t len, bool spaced, struct buffer *into)
{
    size_t start = into->len;
    write_json_text(text, len, spaced, into);
    size_t written = into->len - start, backslashes = 0;
    for (const char *at = into->data + start; (at = memchr(at, '\\', (size_t)(into->data + into->len - at))); at++)
        backslashes++;
    if (backslashes == 0)
        return;
    buffer_reserve(into, backslashes);
    char *from = into->data + start + written, *to = from + backslashes;
    into->len += backslashes;
    while (to > from) {
        *--to = *--from;
        if (*to == '\\')
            *--to = '\\';
    }
}

void value_write_tsv(const struct value *value, const char *null, struct buffer *into)
{
    switch (value->type) {
    case VALUE_NULL:
        buffer_add_text(into, null ? null : "\\N");
        break;
    case VALUE_STRING:
    case VALUE_CELL:
        tsv_encode(value->text, value->len, into);
        break;
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        write_json_cell(value->text, value->len, value->spaced, into);
        break;
    case VALUE_LONG:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
        if (value->as_written) {
            buffer_add(into, value->text, value->len);
            break;
        }
        /* fall through */
    case VALUE_BOOLEAN:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
    case VALUE_INTERVAL:
        value_write_plain(value, into);
        break;
    }
}

static void write_quoted(const struct value *value, struct buffer *into)
{
    buffer_add_char(into, '"');
    value_write_plain(value, into);
    buffer_add_char(into, '"');
}

/* A cell becomes the number, true or false that it reads as, else a string. */
static void write_json_of_cell(const struct value *cell, struct buffer *into)
{
    struct value number;
    bool boolean = (cell->len == 4 && memcmp(cell->text, "true", 4) == 0) ||
                   (cell->len == 5 && memcmp(cell->text, "false", 5) == 0);
    if (boolean || (value_to_number(cell, &number) && number.as_written))
        buffer_add(into, cell->text, cell->len);
    else
        json_encode(cell->text, cell->len, into);
}

void value_write_json(const struct value *value, struct buffer *into)
{
    switch (value->type) {
    case VALUE_NULL:
        buffer_add(into, "null", 4);
        break;
    case VALUE_BOOLEAN:
        value_write_plain(value, into);
        break;
    case VALUE_STRING:
        if (value->width == 0) {
            json_encode(value->text, value->len, into);
            break;
        }
        buffer_add_char(into, '"');
        text_base64_add(value->text, value->len, into);
        buffer_add_char(into, '"');
        break;
    case VALUE_CELL:
        write_json_of_cell(value, into);
        break;
    case VALUE_LONG:
    case VALUE_DOUBLE:
    case VALUE_DECIMAL:
        if (value->as_written)
            buffer_add(into, value->text, value->len);
        else if (value->type == VALUE_DOUBLE && value->real - value->real != 0) /* NaN, infinities */
            write_quoted(value, into);
        else
            value_write_plain(value, into);
        break;
    case VALUE_TIMESTAMP: {
        char text[DATETIME_TEXT_MAX];
        buffer_add_char(into, '"');
        size_t len = datetime_timestamp_text(value->integer, true, text);
        if (value->width == 1) /* the local time alone: what stands behind it is Z or +hh:mm */
            len -= text[len - 1] == 'Z' ? 1 : 6;
        buffer_add(into, text, len);
        buffer_add_char(into, '"');
        break;
    }
    case VALUE_DATE:
    case VALUE_INTERVAL:
        write_quoted(value, into);
        break;
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        write_json_text(value->text, value->len, value->spaced, into);
        break;
    }
}

/* What an escape stands for; what no text can hold keeps its JSON form, the backslash doubled. Returns what is behind
 * it. */
static const char *write_character(const char *escape, const char *end, struct buffer *into)
{
    uint32_t code;
    char character[4];
    const char *behind = escape + json_unescape(escape, end, &code);
    size_t len = unicode_put(code, character);
    if (code == 0 || (code >= 0xD800 && code < 0xE000)) {
        buffer_add_char(into, '\\');
        buffer_add(into, escape, (size_t)(behind - escape));
    } else if (code < 0x80) {
        tsv_encode(character, len, into);
    } else {
        buffer_add(into, character, len);
    }
    return behind;
}

/* A JSON string with escapes as a cell, in one go. */
static void write_escaped_cell(struct span span, struct buffer *into)
{
    const char *at = span.text + 1, *end = span.text + span.len - 1;
    while (at < end) {
        const char *backslash = memchr(at, '\\', (size_t)(end - at));
        buffer_add(into, at, (size_t)((backslash ? backslash : end) - at));
        if (!backslash)
            return;
        at = backslash + 2;
        switch (backslash[1]) {
        case '"':
        case '/':
            buffer_add_char(into, backslash[1]);
            break;
        case 'u':
        case 'b':
        case 'f':
            at = write_character(backslash, end, into);
            break;
        default: /* \n \r \t \\ mean the same in a cell */
            buffer_add(into, backslash, 2);
        }
    }
}

void value_write_span_tsv(struct span span, bool spaced, const char *null, struct buffer *into)
{
    switch ((enum span_type)span.type) {
    case SPAN_ABSENT:
    case SPAN_NULL:
        buffer_add_text(into, null ? null : "\\N");
        break;
    case SPAN_FALSE:
    case SPAN_TRUE:
    case SPAN_NUMBER:
    case SPAN_CELL:
        buffer_add(into, span.text, span.len);
        break;
    case SPAN_STRING:
        if (span.escaped)
            write_escaped_cell(span, into);
        else
            buffer_add(into, span.text + 1, span.len - 2);
        break;
    case SPAN_ARRAY:
    case SPAN_OBJECT:
        write_json_cell(span.text, span.len, spaced, into);
        break;
    case SPAN_PACKED: {
        bool date;
        int64_t number;
        char digits[DATETIME_TEXT_MAX];
        size_t len;
        if (unpack_whole(span, &date, &number)) {
            const char *text = digits;
            if (date)
                len = datetime_date_text(number, digits);
            else
                text = value_long_digits(number, digits, &len);
            buffer_add(into, text, len);
            break;
        }
        struct value value = value_from_span(span, NULL); /* nothing in it has to be decoded */
        value_write_tsv(&value, null, into);
        break;
    }
    }
}

void value_write_span_json(struct span span, bool spaced, struct buffer *into)
{
    switch ((enum span_type)span.type) {
    case SPAN_ABSENT:
    case SPAN_NULL:
        buffer_add(into, "null", 4);
        break;
    case SPAN_FALSE:
    case SPAN_TRUE:
    case SPAN_NUMBER:
    case SPAN_STRING:
        buffer_add(into, span.text, span.len);
        break;
    case SPAN_CELL: {
        if (!span.escaped) {
            write_json_of_cell(&(struct value){.type = VALUE_CELL, .text = span.text, .len = span.len}, into);
            break;
        }
        struct buffer text = {0}; /* an escaped cell is rare: worth an allocation here, so no arena is asked for */
        tsv_decode(span, &text);
        json_encode(text.data, text.len, into);
        buffer_free(&text);
        break;
    }
    case SPAN_ARRAY:
    case SPAN_OBJECT:
        write_json_text(span.text, span.len, spaced, into);
        break;
    case SPAN_PACKED: {
        struct value value = value_from_span(span, NULL);
        value_write_json(&value, into);
        break;
    }
    }
}

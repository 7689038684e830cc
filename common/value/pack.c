#include "value/pack.h"
#include "value/nested.h"

#include <string.h>

#include "json/json.h"
#include "json/scan/scan.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/interval.h"

/* The first byte: the type, and what else follows. */
enum { PACK_TYPE = 0x0f, PACK_WIDTH = 0x10, PACK_TYPED = 0x20, PACK_AS_WRITTEN = 0x40, PACK_SPACED = 0x80 };

/* Puts a number at a place with room for 10 bytes: behind it. */
static inline char *put_number(char *at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (char)(number | 0x80);
    *at++ = (char)number;
    return at;
}

static inline char *put_word(char *at, uint64_t word)
{
    for (unsigned i = 0; i < sizeof word; i++) /* compilers make one store of it */
        at[i] = (char)(word >> 8 * i);
    return at + sizeof word;
}

void pack_number(struct buffer *into, uint64_t number)
{
    buffer_reserve(into, 10);
    into->len = (size_t)(put_number(into->data + into->len, number) - into->data);
}

uint64_t unpack_number(struct unpack *from)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && from->at < from->end; shift += 7) {
        unsigned char byte = (unsigned char)*from->at++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
    from->failed = true;
    return 0;
}

const char *unpack_raw(struct unpack *from, size_t len)
{
    if (from->failed || (size_t)(from->end - from->at) < len) {
        from->failed = true;
        return NULL;
    }
    const char *bytes = from->at;
    from->at += len;
    return bytes;
}

void pack_bytes(struct buffer *into, const void *bytes, size_t len)
{
    pack_number(into, len);
    buffer_add(into, bytes, len);
}

const char *unpack_bytes(struct unpack *from, size_t *len)
{
    *len = (size_t)unpack_number(from);
    const char *bytes = unpack_raw(from, *len);
    if (!bytes)
        *len = 0;
    return bytes;
}

void pack_word(struct buffer *into, uint64_t word)
{
    buffer_reserve(into, sizeof word);
    put_word(into->data + into->len, word);
    into->len += sizeof word;
}

uint64_t unpack_word(struct unpack *from)
{
    uint64_t word = 0;
    const char *bytes = unpack_raw(from, sizeof word);
    for (unsigned i = 0; bytes && i < sizeof word; i++)
        word |= (uint64_t)(unsigned char)bytes[i] << 8 * i;
    return word;
}

void pack_wide(struct buffer *into, __int128 wide)
{
    pack_word(into, (uint64_t)wide);
    pack_word(into, (uint64_t)((unsigned __int128)wide >> 64));
}

__int128 unpack_wide(struct unpack *from)
{
    uint64_t low = unpack_word(from), high = unpack_word(from);
    return (__int128)((unsigned __int128)high << 64 | low);
}

void pack_real(struct buffer *into, double real)
{
    uint64_t word;
    memcpy(&word, &real, sizeof word);
    pack_word(into, word);
}

double unpack_real(struct unpack *from)
{
    uint64_t word = unpack_word(from);
    double real;
    memcpy(&real, &word, sizeof real);
    return real;
}

/* Small negative numbers short too. */
static uint64_t zigzag(int64_t number)
{
    return (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
}

static int64_t unzigzag(uint64_t number)
{
    return (int64_t)(number >> 1 ^ (0 - (number & 1)));
}

void pack_value(struct buffer *into, const struct value *value)
{
    bool wide = value->width == 0 || value->width == 8;
    const struct nested_type *of = value->type == VALUE_ARRAY || value->type == VALUE_STRUCT ? value->of : NULL;
    buffer_add_char(into, (char)((int)value->type | (wide ? 0 : PACK_WIDTH) | (of ? PACK_TYPED : 0) |
                                 (value->as_written ? PACK_AS_WRITTEN : 0) | (value->spaced ? PACK_SPACED : 0)));
    if (!wide)
        buffer_add_char(into, (char)value->width);
    switch (value->type) {
    case VALUE_BOOLEAN:
        buffer_add_char(into, (char)value->boolean);
        break;
    case VALUE_LONG:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        pack_number(into, zigzag(value->integer));
        break;
    case VALUE_DOUBLE:
        pack_real(into, value->real);
        break;
    case VALUE_DECIMAL:
        buffer_add_char(into, (char)value->scale);
        buffer_add_char(into, (char)value->precision);
        pack_wide(into, value->unscaled);
        break;
    case VALUE_INTERVAL:
        buffer_add_char(into, (char)value->scale);
        buffer_add_char(into, (char)value->precision);
        pack_number(into, zigzag(value->interval.microseconds));
        pack_number(into, zigzag(value->interval.months));
        break;
    case VALUE_NULL:
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
    case VALUE_CELL:
        break;
    }
    bool text = value->as_written || value->type == VALUE_STRING || value->type == VALUE_CELL ||
                value->type == VALUE_ARRAY || value->type == VALUE_STRUCT;
    if (text)
        pack_bytes(into, value->text, value->len);
    if (of)
        pack_bytes(into, of, nested_type_size(of) * sizeof *of);
}

/* A number or a time, in place. */
static struct span pack_plain(const struct value *value, struct arena *arena)
{
    enum { BYTES_MAX = 12 };
    char *bytes = arena_alloc(arena, BYTES_MAX), *at = bytes;
    bool wide = value->width == 0 || value->width == 8;
    uint64_t word;
    *at++ = (char)((int)value->type | (wide ? 0 : PACK_WIDTH));
    if (!wide)
        *at++ = (char)value->width;
    memcpy(&word, &value->real, sizeof word);
    at = value->type == VALUE_DOUBLE ? put_word(at, word) : put_number(at, zigzag(value->integer));
    return (struct span){.text = bytes, .len = (size_t)(at - bytes), .type = SPAN_PACKED};
}

struct span pack_span(const struct value *value, struct arena *arena)
{
    bool number = value->type == VALUE_LONG || value->type == VALUE_DOUBLE;
    if ((number && !value->as_written) || value->type == VALUE_DATE || value->type == VALUE_TIMESTAMP)
        return pack_plain(value, arena);
    struct buffer packed = {0};
    pack_value(&packed, value);
    struct span span = {
        .text = arena_copy(arena, packed.data, packed.len), .len = packed.len, .type = SPAN_PACKED};
    buffer_free(&packed);
    return span;
}

/* A JSON text that is written as it stands: one that is not `spaced` must not end a line. */
static bool is_nested(const struct value *value)
{
    unsigned char type = value->type == VALUE_ARRAY ? SPAN_ARRAY : SPAN_OBJECT;
    if (!json_is((struct span){.text = value->text, .len = value->len, .type = type}))
        return false;
    return value->spaced || !(memchr(value->text, '\n', value->len) || memchr(value->text, '\r', value->len) ||
                              memchr(value->text, '\t', value->len));
}

/* Whether it is a value that this program could have made. */
static bool is_sound(const struct value *value)
{
    struct value number;
    if (value->as_written && !value_parse_number(value->text, value->len, &number))
        return false;
    switch (value->type) {
    case VALUE_LONG:
        return value->width == 0 || value->width == 1 || value->width == 2 || value->width == 4;
    case VALUE_DOUBLE:
        return value->width == 0 || value->width == 4;
    case VALUE_DECIMAL:
        return value->precision <= DECIMAL_DIGITS_MAX && value->scale <= DECIMAL_DIGITS_MAX &&
               decimal_digits(value->unscaled) <= DECIMAL_DIGITS_MAX;
    case VALUE_DATE:
        return value->integer >= INT64_MIN / MICROS_PER_DAY && value->integer <= INT64_MAX / MICROS_PER_DAY;
    case VALUE_INTERVAL:
        return value->scale <= value->precision && value->precision <= INTERVAL_SECOND;
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        return is_nested(value);
    case VALUE_STRING:
    case VALUE_TIMESTAMP:
        return value->width <= 1;
    case VALUE_NULL:
    case VALUE_BOOLEAN:
    case VALUE_CELL:
        break;
    }
    return true;
}

struct span pack_container(struct span span)
{
    struct value value = span.type == SPAN_PACKED ? value_from_span(span, NULL) : value_null();
    if (value.type != VALUE_ARRAY && value.type != VALUE_STRUCT)
        return span;
    return (struct span){.text = value.text, .len = value.len,
                         .type = value.type == VALUE_ARRAY ? SPAN_ARRAY : SPAN_OBJECT};
}

bool unpack_whole(struct span packed, bool *date, int64_t *number)
{
    const unsigned char *head = (const unsigned char *)packed.text;
    unsigned type = *head & ~(unsigned)PACK_WIDTH;
    size_t start = 1 + ((*head & PACK_WIDTH) != 0);
    if (type != VALUE_LONG && type != VALUE_DATE)
        return false;
    *date = type == VALUE_DATE;
    *number = unzigzag(unpack_number(&(struct unpack){.at = packed.text + start, .end = packed.text + packed.len}));
    return true;
}

struct value unpack_value(struct unpack *from)
{
    struct value value = {.type = VALUE_NULL};
    const unsigned char *head = (const unsigned char *)unpack_raw(from, 1);
    if (!head || (*head & PACK_TYPE) > VALUE_CELL) {
        from->failed = true;
        return value;
    }
    value.type = (enum value_type)(*head & PACK_TYPE);
    value.as_written = *head & PACK_AS_WRITTEN;
    value.spaced = *head & PACK_SPACED;
    const char *bytes = NULL;
    if (*head & PACK_WIDTH) {
        bytes = unpack_raw(from, 1);
        value.width = bytes ? (unsigned char)*bytes : 0;
    }
    switch (value.type) {
    case VALUE_BOOLEAN:
        bytes = unpack_raw(from, 1);
        value.boolean = bytes && *bytes;
        break;
    case VALUE_LONG:
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        value.integer = unzigzag(unpack_number(from));
        break;
    case VALUE_DOUBLE:
        value.real = unpack_real(from);
        break;
    case VALUE_DECIMAL:
        bytes = unpack_raw(from, 2);
        if (bytes) {
            value.scale = (unsigned char)bytes[0];
            value.precision = (unsigned char)bytes[1];
        }
        value.unscaled = unpack_wide(from);
        break;
    case VALUE_INTERVAL:
        bytes = unpack_raw(from, 2);
        if (bytes) {
            value.scale = (unsigned char)bytes[0];
            value.precision = (unsigned char)bytes[1];
        }
        value.interval.microseconds = unzigzag(unpack_number(from));
        value.interval.months = (int32_t)unzigzag(unpack_number(from));
        break;
    case VALUE_NULL:
    case VALUE_STRING:
    case VALUE_ARRAY:
    case VALUE_STRUCT:
    case VALUE_CELL:
        break;
    }
    bool text = value.as_written || value.type == VALUE_STRING || value.type == VALUE_CELL ||
                value.type == VALUE_ARRAY || value.type == VALUE_STRUCT;
    if (text)
        value.text = unpack_bytes(from, &value.len);
    if (*head & PACK_TYPED) {
        size_t len = 0;
        const char *types = unpack_bytes(from, &len);
        if (!from->failed && (len % sizeof *value.of != 0 || (value.type != VALUE_ARRAY && value.type != VALUE_STRUCT)))
            from->failed = true;
        if (!from->failed)
            value.of = (const struct nested_type *)types;
        if (!from->failed && !nested_type_is_sound(value.of, len / sizeof *value.of, value.type))
            from->failed = true;
    }
    if (from->untrusted && !from->failed)
        from->failed = !is_sound(&value);
    if (from->failed)
        value = (struct value){.type = VALUE_NULL};
    return value;
}

bool unpack_is_span(struct span *span)
{
    span->escaped = (span->type == SPAN_STRING || span->type == SPAN_CELL) && memchr(span->text, '\\', span->len);
    size_t at;
    if (span->type == SPAN_CELL)
        return !memchr(span->text, '\t', span->len) && !memchr(span->text, '\n', span->len) &&
               scan_utf8(span->text, span->len, &at);
    if (span->type == SPAN_PACKED) {
        struct unpack packed = {.at = span->text, .end = span->text + span->len, .untrusted = true};
        unpack_value(&packed);
        return !packed.failed && packed.at == packed.end;
    }
    return json_is(*span);
}

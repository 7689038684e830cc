#include "parquet/render_inner.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/uuid.h"
#include "json/json.h"
#include "value/datetime.h"
#include "value/decimal.h"

enum {
    JULIAN_EPOCH = 2440588,  /* the Julian day number of 1970-01-01 */
    DECIMAL_BYTES_MAX = 128, /* a longer unscaled number is written in base64 */
    TEXT_MAX = 64,           /* of a number (DECIMAL_TEXT_MAX too), date or time */
};

static void put_two(char *text, unsigned number)
{
    text[0] = (char)('0' + number / 10);
    text[1] = (char)('0' + number % 10);
}

/* A number at the end of `digits`. */
static size_t unsigned_text(uint64_t number, char *text)
{
    char digits[VALUE_LONG_DIGITS];
    size_t at = sizeof digits;
    for (; number >= 100; number /= 100) {
        at -= 2;
        put_two(digits + at, (unsigned)(number % 100));
    }
    if (number >= 10) {
        at -= 2;
        put_two(digits + at, (unsigned)number);
    } else {
        digits[--at] = (char)('0' + number);
    }
    memcpy(text, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

static size_t signed_text(int64_t number, char text[TEXT_MAX])
{
    if (number >= 0)
        return unsigned_text((uint64_t)number, text);
    text[0] = '-';
    return 1 + unsigned_text(-(uint64_t)number, text + 1);
}

/* What an integer stands for, unsigned ones without sign. */
static bool is_unsigned(const struct parquet_node *leaf)
{
    return leaf->meaning == PARQUET_INTEGER && !leaf->is_signed;
}

static int64_t integer_of(const struct parquet_node *leaf, int64_t integer)
{
    if (!is_unsigned(leaf) || leaf->bits == 64)
        return integer;
    return integer & (int64_t)((UINT64_C(1) << leaf->bits) - 1);
}

static size_t integer_text(const struct parquet_node *leaf, int64_t integer, char text[TEXT_MAX])
{
    if (is_unsigned(leaf) && leaf->bits == 64)
        return unsigned_text((uint64_t)integer, text);
    return signed_text(integer_of(leaf, integer), text);
}

static double half_float(const char *bytes)
{
    unsigned half = (unsigned)(unsigned char)bytes[0] | (unsigned)(unsigned char)bytes[1] << 8;
    unsigned exponent = half >> 10 & 0x1F, fraction = half & 0x3FF;
    double real = exponent == 0    ? ldexp((double)fraction, -24)
                  : exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                   : ldexp((double)(fraction | 0x400), (int)exponent - 25);
    return half & 0x8000 ? -real : real;
}

/* Big-endian two's complement of up to 16 bytes that matter; false: more. */
static bool unscaled_of(const char *bytes, size_t len, __int128 *unscaled)
{
    unsigned char sign = len > 0 && (unsigned char)bytes[0] >= 0x80 ? 0xFF : 0;
    while (len > 16 && (unsigned char)bytes[0] == sign) {
        bytes++;
        len--;
    }
    if (len > 16)
        return false;
    unsigned __int128 number = sign ? ~(unsigned __int128)0 : 0;
    for (size_t i = 0; i < len; i++)
        number = number << 8 | (unsigned char)bytes[i];
    *unscaled = (__int128)number;
    return (len == 0 || ((unsigned char)(number >> 127) != 0) == (sign != 0));
}

/* The decimal, if it has at most 38 digits. */
static bool decimal_of(const struct parquet_node *leaf, const union parquet_cell *cell, struct decimal *decimal)
{
    if (leaf->precision > DECIMAL_DIGITS_MAX)
        return false;
    decimal->precision = (unsigned char)leaf->precision;
    decimal->scale = (unsigned char)leaf->scale;
    if (leaf->physical == PARQUET_INT32 || leaf->physical == PARQUET_INT64)
        decimal->unscaled = cell->integer;
    else if (!unscaled_of(cell->bytes.data, cell->bytes.len, &decimal->unscaled))
        return false;
    return decimal_digits(decimal->unscaled) <= DECIMAL_DIGITS_MAX;
}

/* Digits of a number of many bytes, by dividing it by 10^9 again and again. False: too many bytes. */
static bool long_digits(const char *bytes, size_t len, struct buffer *digits, bool *negative)
{
    uint32_t words[DECIMAL_BYTES_MAX / 4] = {0};
    if (len > DECIMAL_BYTES_MAX)
        return false;
    size_t count = (len + 3) / 4;
    *negative = len > 0 && (unsigned char)bytes[0] >= 0x80;
    uint32_t carry = *negative;
    for (size_t i = 0; i < 4 * count; i++) { /* i: byte from the lowest on */
        uint32_t byte = i < len ? (unsigned char)bytes[len - 1 - i] : *negative ? 0xFF : 0;
        byte = *negative ? (byte ^ 0xFF) + carry : byte;
        carry = *negative ? byte >> 8 : 0;
        words[i / 4] |= (byte & 0xFF) << 8 * (i % 4);
    }
    size_t start = digits->len;
    for (; count > 0; count -= words[count - 1] == 0) {
        uint64_t rest = 0;
        for (size_t i = count; i-- > 0;) {
            rest = rest << 32 | words[i];
            words[i] = (uint32_t)(rest / 1000000000);
            rest %= 1000000000;
        }
        for (int i = 0; i < 9; i++, rest /= 10)
            buffer_add_char(digits, (char)('0' + rest % 10));
    }
    while (digits->len > start + 1 && digits->data[digits->len - 1] == '0')
        digits->len--;
    if (digits->len == start)
        buffer_add_char(digits, '0');
    for (size_t low = start, high = digits->len - 1; low < high; low++, high--) {
        char digit = digits->data[low];
        digits->data[low] = digits->data[high];
        digits->data[high] = digit;
    }
    return true;
}

/* A decimal with more digits than a value can have. */
static void add_long_decimal(const struct parquet_node *leaf, const union parquet_cell *cell, struct buffer *into)
{
    struct buffer digits = {0};
    bool negative = false;
    size_t scale = (size_t)leaf->scale;
    if (!long_digits(cell->bytes.data, cell->bytes.len, &digits, &negative)) {
        buffer_add_char(into, '"');
        text_base64_add(cell->bytes.data, cell->bytes.len, into);
        buffer_add_char(into, '"');
        buffer_free(&digits);
        return;
    }
    if (negative)
        buffer_add_char(into, '-');
    size_t whole = digits.len > scale ? digits.len - scale : 0;
    buffer_add(into, whole > 0 ? digits.data : "0", whole > 0 ? whole : 1);
    if (scale > 0)
        buffer_add_char(into, '.');
    for (size_t i = digits.len; i < scale; i++)
        buffer_add_char(into, '0');
    buffer_add(into, digits.data + whole, digits.len - whole);
    buffer_free(&digits);
}

/* a / b rounded down, and what is left. */
static int64_t floor_divide(int64_t a, int64_t b, int64_t *rest)
{
    int64_t below = a % b < 0;
    *rest = a % b + below * b;
    return a / b - below;
}

/* Digits of a second behind the point: 3, 6 or 9, `least` at least. */
static size_t fraction_text(int64_t nanos, int least, char *text)
{
    int digits = nanos % 1000 ? 9 : nanos % 1000000 ? 6 : nanos ? 3 : 0;
    if (digits < least)
        digits = least;
    if (digits == 0)
        return 0;
    text[0] = '.';
    for (int i = 9; i > 0; i--, nanos /= 10)
        if (i <= digits)
            text[i] = (char)('0' + nanos % 10);
    return 1 + (size_t)digits;
}

static size_t clock_text(int64_t seconds, char *text)
{
    put_two(text, (unsigned)(seconds / 3600 % 100));
    text[2] = ':';
    put_two(text + 3, (unsigned)(seconds / 60 % 60));
    text[5] = ':';
    put_two(text + 6, (unsigned)(seconds % 60));
    return 8;
}

/* A moment by seconds and nanoseconds (0 to 999999999). */
static size_t moment_text(int64_t seconds, int64_t nanos, bool utc, char text[TEXT_MAX])
{
    const int64_t most = YEAR_LIMIT * INT64_C(31556952);
    int offset = 0;
    if (seconds > most || seconds < -most) /* the calendar ends before; such a number is none of a clock */
        return (size_t)snprintf(text, TEXT_MAX, "%lld.%09lld", (long long)seconds, (long long)nanos);
    if (utc) {
        offset = datetime_zone_offset(NULL, seconds);
        seconds += offset;
    }
    int64_t of_day;
    int64_t days = floor_divide(seconds, SECONDS_PER_DAY, &of_day);
    size_t used = datetime_date_text(days, text);
    text[used++] = 'T';
    used += clock_text(of_day, text + used);
    used += fraction_text(nanos, 3, text + used);
    if (!utc)
        return used;
    return used + datetime_offset_text(offset, text + used, TEXT_MAX - used);
}

static int64_t units_a_second(enum parquet_unit unit)
{
    return unit == PARQUET_MILLIS ? 1000 : unit == PARQUET_MICROS ? 1000000 : 1000000000;
}

/* Splits a count of units. */
static void split_time(const struct parquet_node *leaf, int64_t count, int64_t *seconds, int64_t *nanos)
{
    int64_t units = units_a_second(leaf->unit);
    *seconds = floor_divide(count, units, nanos);
    *nanos *= 1000000000 / units;
}

/* INT96: nanoseconds of the day in 8 bytes, the Julian day in 4. */
static void split_int96(const char *bytes, int64_t *seconds, int64_t *nanos)
{
    uint64_t of_day;
    uint32_t day;
    memcpy(&of_day, bytes, sizeof of_day);
    memcpy(&day, bytes + sizeof of_day, sizeof day);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    of_day = __builtin_bswap64(of_day);
    day = __builtin_bswap32(day);
#endif
    int64_t whole = floor_divide((int64_t)of_day, 1000000000, nanos);
    *seconds = ((int64_t)(int32_t)day - JULIAN_EPOCH) * SECONDS_PER_DAY + whole;
}

static size_t time_text(const struct parquet_node *leaf, int64_t count, char text[TEXT_MAX])
{
    int64_t seconds, nanos;
    split_time(leaf, count, &seconds, &nanos);
    if (seconds < 0 || seconds > SECONDS_PER_DAY)
        return signed_text(count, text);
    size_t used = clock_text(seconds, text);
    return used + fraction_text(nanos, 0, text + used);
}

static uint32_t load32(const char *bytes)
{
    const unsigned char *b = (const unsigned char *)bytes;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Months, days, milliseconds. */
static size_t interval_text(const char *bytes, char text[TEXT_MAX])
{
    uint32_t millis = load32(bytes + 8);
    size_t used = (size_t)snprintf(text, TEXT_MAX, "P%uM%uDT%u", load32(bytes), load32(bytes + 4), millis / 1000);
    if (millis % 1000)
        used += (size_t)snprintf(text + used, TEXT_MAX - used, ".%03u", millis % 1000);
    text[used++] = 'S';
    return used;
}

static size_t date_text(int64_t days, char text[TEXT_MAX])
{
    const int64_t most = YEAR_LIMIT * INT64_C(365);
    if (days > most || days < -most)
        return signed_text(days, text);
    return datetime_date_text(days, text);
}

/* The text of what is a string in JSON without being one in the file; 0: the leaf is none of these. */
static size_t quoted_text(const struct parquet_node *leaf, const union parquet_cell *cell, char text[TEXT_MAX])
{
    int64_t seconds, nanos;
    switch (leaf->meaning) {
    case PARQUET_DATE:
        return date_text(cell->integer, text);
    case PARQUET_TIME:
        return time_text(leaf, cell->integer, text);
    case PARQUET_TIMESTAMP:
        split_time(leaf, cell->integer, &seconds, &nanos);
        return moment_text(seconds, nanos, leaf->utc, text);
    case PARQUET_UUID:
        uuid_write(cell->bytes.data, text);
        return UUID_TEXT - 1;
    case PARQUET_INTERVAL:
        return interval_text(cell->bytes.data, text);
    default:
        break;
    }
    if (leaf->physical != PARQUET_INT96)
        return 0;
    split_int96(cell->bytes.data, &seconds, &nanos);
    return moment_text(seconds, nanos, true, text);
}

/* Eight bytes that stand for themselves in a JSON string: printable ASCII but quote and backslash. */
static inline bool all_plain(uint64_t bytes)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = UINT64_C(0x8080808080808080);
    uint64_t quote = bytes ^ ones * '"', backslash = bytes ^ ones * '\\', deleted = bytes ^ ones * 0x7F;
    uint64_t zero = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((deleted - ones) & ~deleted);
    uint64_t control = (bytes - ones * 0x20) & ~bytes;
    return ((zero | control | bytes) & highs) == 0;
}

void parquet_render_string(const char *bytes, size_t len, struct buffer *into)
{
    buffer_reserve(into, len + 2 + 8);
    char *out = into->data + into->len;
    *out++ = '"';
    size_t i = 0;
    for (; i + 8 <= len; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        if (!all_plain(word))
            break;
        memcpy(out + i, &word, sizeof word);
    }
    if (i + 8 > len) {
        for (; i < len; i++) {
            unsigned char c = (unsigned char)bytes[i];
            if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
                break;
            out[i] = (char)c;
        }
    }
    if (i == len) {
        out[len] = '"';
        into->len += len + 2;
        return;
    }
    json_encode(bytes, len, into);
}

static bool is_text(const struct parquet_node *leaf)
{
    return leaf->meaning == PARQUET_STRING || leaf->meaning == PARQUET_ENUM || leaf->meaning == PARQUET_JSON;
}

static void add_real(double real, bool narrow, struct buffer *into)
{
    buffer_reserve(into, REAL_TEXT_MAX + 2);
    bool finite = isfinite(real);
    if (!finite)
        buffer_add_char(into, '"');
    into->len += value_real_text(real, narrow, into->data + into->len);
    if (!finite)
        buffer_add_char(into, '"');
}

static void add_bytes(const struct parquet_node *leaf, const union parquet_cell *cell, struct buffer *into)
{
    char text[TEXT_MAX];
    struct decimal decimal;
    if (is_text(leaf)) {
        parquet_render_string(cell->bytes.data, cell->bytes.len, into);
    } else if (leaf->meaning == PARQUET_DECIMAL) {
        if (decimal_of(leaf, cell, &decimal))
            buffer_add(into, text, decimal_text(decimal, false, text));
        else
            add_long_decimal(leaf, cell, into);
    } else if (leaf->meaning == PARQUET_FLOAT16) {
        add_real(half_float(cell->bytes.data), true, into);
    } else {
        buffer_add_char(into, '"');
        text_base64_add(cell->bytes.data, cell->bytes.len, into);
        buffer_add_char(into, '"');
    }
}

void parquet_render(const struct parquet_node *leaf, const union parquet_cell *cell, struct buffer *into)
{
    char text[TEXT_MAX];
    size_t len = quoted_text(leaf, cell, text);
    if (len > 0) {
        buffer_reserve(into, len + 2);
        buffer_add_char(into, '"');
        buffer_add(into, text, len);
        buffer_add_char(into, '"');
        return;
    }
    struct decimal decimal;
    switch (leaf->physical) {
    case PARQUET_BOOLEAN:
        buffer_add_text(into, cell->integer ? "true" : "false");
        return;
    case PARQUET_INT32:
    case PARQUET_INT64:
        if (leaf->meaning == PARQUET_DECIMAL && decimal_of(leaf, cell, &decimal))
            buffer_add(into, text, decimal_text(decimal, false, text));
        else
            buffer_add(into, text, integer_text(leaf, cell->integer, text));
        return;
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        add_real(cell->real, leaf->physical == PARQUET_FLOAT, into);
        return;
    default:
        add_bytes(leaf, cell, into);
        return;
    }
}

bool parquet_render_quotes(const struct parquet_node *leaf, const union parquet_cell *cell)
{
    switch (leaf->physical) {
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        return !isfinite(cell->real);
    case PARQUET_BOOLEAN:
        return false;
    case PARQUET_INT32:
    case PARQUET_INT64:
        return leaf->meaning == PARQUET_DATE || leaf->meaning == PARQUET_TIME || leaf->meaning == PARQUET_TIMESTAMP;
    default:
        return (leaf->meaning != PARQUET_DECIMAL ||
                (leaf->precision > DECIMAL_DIGITS_MAX && cell->bytes.len > DECIMAL_BYTES_MAX)) &&
               (leaf->meaning != PARQUET_FLOAT16 || !isfinite(half_float(cell->bytes.data)));
    }
}

static struct value text_value(const char *text, size_t len, struct arena *arena)
{
    return value_string(arena_copy(arena, text, len), len);
}

static struct value moment_value(const struct parquet_node *leaf, const union parquet_cell *cell)
{
    int64_t seconds, nanos, micros;
    if (leaf->physical == PARQUET_INT96)
        split_int96(cell->bytes.data, &seconds, &nanos);
    else
        split_time(leaf, cell->integer, &seconds, &nanos);
    if (__builtin_mul_overflow(seconds, MICROS_PER_SECOND, &micros) ||
        __builtin_add_overflow(micros, nanos / 1000, &micros))
        return value_null();
    if (leaf->physical == PARQUET_INT64 && !leaf->utc) { /* a local time is one of the session's zone */
        int64_t utc = datetime_zone_local_to_utc(NULL, seconds);
        micros += (utc - seconds) * MICROS_PER_SECOND;
    }
    struct value value = value_timestamp(micros);
    value.width = leaf->physical == PARQUET_INT64 && !leaf->utc;
    return value;
}

/* Whether the value of such a cell is all that it says. */
static bool is_moment_whole(const struct parquet_node *leaf, const union parquet_cell *cell, int64_t micros)
{
    int64_t seconds, nanos;
    if (leaf->physical == PARQUET_INT96)
        split_int96(cell->bytes.data, &seconds, &nanos);
    else
        split_time(leaf, cell->integer, &seconds, &nanos);
    if (leaf->physical == PARQUET_INT64 && !leaf->utc) /* no such local time may be */
        micros = datetime_clock(micros);
    return nanos % 1000 == 0 && micros == seconds * MICROS_PER_SECOND + nanos / 1000;
}

static struct value decimal_value(const struct parquet_node *leaf, const union parquet_cell *cell, struct arena *arena)
{
    struct decimal decimal;
    if (decimal_of(leaf, cell, &decimal))
        return (struct value){.type = VALUE_DECIMAL,
                              .scale = decimal.scale,
                              .precision = decimal.precision,
                              .unscaled = decimal.unscaled};
    struct buffer text = {0};
    if (leaf->physical == PARQUET_INT32 || leaf->physical == PARQUET_INT64)
        buffer_add_format(&text, "%lld", (long long)cell->integer);
    else
        add_long_decimal(leaf, cell, &text);
    struct value value = text_value(text.data, text.len, arena);
    buffer_free(&text);
    return value;
}

static struct value integer_value(const struct parquet_node *leaf, int64_t integer)
{
    if (is_unsigned(leaf) && leaf->bits == 64)
        return (struct value){.type = VALUE_DECIMAL, .precision = 20, .unscaled = (__int128)(uint64_t)integer};
    struct value value = value_long(integer_of(leaf, integer));
    if (leaf->physical == PARQUET_INT32 && !(is_unsigned(leaf) && leaf->bits == 32)) {
        /* Spark's types: an unsigned one is read as the next larger */
        unsigned bits = leaf->meaning == PARQUET_INTEGER ? leaf->bits : 32;
        value.width = (unsigned char)((is_unsigned(leaf) ? 2 * bits : bits) / 8);
    }
    return value;
}

static struct value real_value(double real, bool narrow)
{
    struct value value = value_double(real);
    value.width = narrow ? 4 : 0;
    return value;
}

static struct value bytes_value(const struct parquet_node *leaf, const union parquet_cell *cell)
{
    if (is_text(leaf))
        return value_string(cell->bytes.data, cell->bytes.len);
    if (leaf->meaning == PARQUET_FLOAT16)
        return real_value(half_float(cell->bytes.data), true);
    return value_binary(cell->bytes.data, cell->bytes.len);
}

struct value parquet_cell_value(const struct parquet_node *leaf, const union parquet_cell *cell, struct arena *arena)
{
    char text[TEXT_MAX];
    if (leaf->meaning == PARQUET_DATE)
        return value_date(cell->integer);
    if (leaf->meaning == PARQUET_TIMESTAMP || leaf->physical == PARQUET_INT96)
        return moment_value(leaf, cell);
    if (leaf->meaning == PARQUET_DECIMAL)
        return decimal_value(leaf, cell, arena);
    size_t len = leaf->meaning != PARQUET_AS_IS && leaf->meaning != PARQUET_INTEGER ? quoted_text(leaf, cell, text) : 0;
    if (len > 0)
        return text_value(text, len, arena);
    switch (leaf->physical) {
    case PARQUET_BOOLEAN:
        return value_boolean(cell->integer != 0);
    case PARQUET_INT32:
    case PARQUET_INT64:
        return integer_value(leaf, cell->integer);
    case PARQUET_FLOAT:
    case PARQUET_DOUBLE:
        return real_value(cell->real, leaf->physical == PARQUET_FLOAT);
    default:
        return bytes_value(leaf, cell);
    }
}

struct value parquet_cell_exact(const struct parquet_node *leaf, const union parquet_cell *cell, struct arena *arena)
{
    struct value value = parquet_cell_value(leaf, cell, arena);
    return value.type != VALUE_TIMESTAMP || is_moment_whole(leaf, cell, value.integer) ? value : value_null();
}

struct nested_type parquet_cell_type(const struct parquet_node *leaf)
{
    static const union parquet_cell zero;
    struct value value = value_string("", 0);
    if (leaf->meaning == PARQUET_DATE)
        value = value_date(0);
    else if (leaf->meaning == PARQUET_TIMESTAMP || leaf->physical == PARQUET_INT96)
        value = (struct value){.type = VALUE_TIMESTAMP, .width = leaf->physical == PARQUET_INT64 && !leaf->utc};
    else if (leaf->meaning == PARQUET_DECIMAL && leaf->precision <= DECIMAL_DIGITS_MAX)
        value = (struct value){.type = VALUE_DECIMAL, .precision = (unsigned char)leaf->precision,
                               .scale = (unsigned char)leaf->scale};
    else if (leaf->physical == PARQUET_BOOLEAN)
        value = value_boolean(false);
    else if (leaf->meaning == PARQUET_FLOAT16 || leaf->physical == PARQUET_FLOAT || leaf->physical == PARQUET_DOUBLE)
        value = real_value(0, leaf->physical != PARQUET_DOUBLE);
    else if (leaf->meaning == PARQUET_AS_IS || leaf->meaning == PARQUET_INTEGER)
        value = leaf->physical == PARQUET_INT32 || leaf->physical == PARQUET_INT64 ? integer_value(leaf, zero.integer)
                                                                                   : value_binary("", 0);
    else if (parquet_is_binary(leaf))
        value = value_binary("", 0);
    return nested_type_of(&value);
}

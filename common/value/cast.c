#include "value/cast.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "value/datetime.h"
#include "value/decimal.h"
#include "value/interval.h"

bool cast_type_named(const char *name, size_t len, struct cast_type *type)
{
    static const struct {
        const char *name;
        struct cast_type type;
    } types[] = {
        {"boolean", {.type = VALUE_BOOLEAN}},
        {"tinyint", {.type = VALUE_LONG, .width = 1}},
        {"byte", {.type = VALUE_LONG, .width = 1}},
        {"smallint", {.type = VALUE_LONG, .width = 2}},
        {"short", {.type = VALUE_LONG, .width = 2}},
        {"int", {.type = VALUE_LONG, .width = 4}},
        {"integer", {.type = VALUE_LONG, .width = 4}},
        {"bigint", {.type = VALUE_LONG}},
        {"long", {.type = VALUE_LONG}},
        {"float", {.type = VALUE_DOUBLE, .width = 4}},
        {"real", {.type = VALUE_DOUBLE, .width = 4}},
        {"double", {.type = VALUE_DOUBLE}},
        {"decimal", {.type = VALUE_DECIMAL, .precision = 10}},
        {"dec", {.type = VALUE_DECIMAL, .precision = 10}},
        {"numeric", {.type = VALUE_DECIMAL, .precision = 10}},
        {"string", {.type = VALUE_STRING}},
        {"varchar", {.type = VALUE_STRING}},
        {"char", {.type = VALUE_STRING}},
        {"binary", {.type = VALUE_STRING, .width = 1}},
        {"date", {.type = VALUE_DATE}},
        {"timestamp", {.type = VALUE_TIMESTAMP}},
        {"timestamp_ltz", {.type = VALUE_TIMESTAMP}},
        {"timestamp_ntz", {.type = VALUE_TIMESTAMP, .width = 1}},
        {"interval", {.type = VALUE_INTERVAL}},
        {"array", {.type = VALUE_ARRAY}},
        {"struct", {.type = VALUE_STRUCT}},
        {"map", {.type = VALUE_STRUCT}},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strlen(types[i].name) == len && strncasecmp(types[i].name, name, len) == 0) {
            *type = types[i].type;
            return true;
        }
    return false;
}

const char *cast_type_name(const struct value *value, struct arena *arena)
{
    static const char *const names[] = {
        [VALUE_NULL] = "void",     [VALUE_BOOLEAN] = "boolean",     [VALUE_LONG] = "bigint",  [VALUE_DOUBLE] = "double",
        [VALUE_STRING] = "string", [VALUE_DATE] = "date",           [VALUE_TIMESTAMP] = "timestamp",
        [VALUE_ARRAY] = "array",   [VALUE_STRUCT] = "struct",       [VALUE_CELL] = "string",
    };
    static const char *const fields[] = {"year", "month", "day", "hour", "minute", "second"};
    char text[64];
    int len = 0;
    if (value->type == VALUE_DECIMAL)
        len = snprintf(text, sizeof text, "decimal(%d,%d)", value->precision, value->scale);
    else if (value->type == VALUE_INTERVAL && interval_is_mixed(value))
        return "interval";
    else if (value->type == VALUE_INTERVAL && value->scale == value->precision)
        len = snprintf(text, sizeof text, "interval %s", fields[value->scale]);
    else if (value->type == VALUE_INTERVAL)
        len = snprintf(text, sizeof text, "interval %s to %s", fields[value->scale], fields[value->precision]);
    else if (value->width == 1 && (value->type == VALUE_STRING || value->type == VALUE_TIMESTAMP))
        return value->type == VALUE_STRING ? "binary" : "timestamp_ntz";
    else if (value->width == 4)
        return value->type == VALUE_LONG ? "int" : "float";
    else if (value->width > 0)
        return value->width == 2 ? "smallint" : "tinyint";
    else
        return names[value->type];
    return arena_copy(arena, text, (size_t)len);
}

/* White space and control bytes around, as Spark's casts trim them. */
static void trim(const struct value *value, const char **text, size_t *len)
{
    const char *start = value->text, *end = start + value->len;
    while (start < end && (unsigned char)*start <= ' ')
        start++;
    while (end > start && ((unsigned char)end[-1] <= ' ' || end[-1] == 0x7F))
        end--;
    *text = start;
    *len = (size_t)(end - start);
}

static bool is_text(const struct value *value)
{
    return value->type == VALUE_STRING || value->type == VALUE_CELL;
}

static bool is_number(const struct value *value)
{
    return value->type == VALUE_LONG || value->type == VALUE_DOUBLE || value->type == VALUE_DECIMAL;
}

struct value cast_string(const struct value *value, struct arena *arena)
{
    if (value->type == VALUE_STRING || value->type == VALUE_NULL)
        return *value;
    if (value->type == VALUE_CELL)
        return value_string(value->text, value->len);
    struct buffer buffer = {0};
    if (value->type != VALUE_ARRAY && value->type != VALUE_STRUCT) {
        /* short: no form of these is longer than an interval's */
        buffer.cap = 512;
        buffer.data = arena_alloc(arena, buffer.cap);
        value_write_plain(value, &buffer);
        return value_string(buffer.data, buffer.len);
    }
    if (!value->spaced)
        return value_string(value->text, value->len);
    buffer.cap = value->len + 64; /* compacting never makes it longer */
    buffer.data = arena_alloc(arena, buffer.cap);
    value_write_plain(value, &buffer);
    return value_string(buffer.data, buffer.len);
}

/* [+-]digits[.digits]: the fraction is cut off (UTF8String.toLong). */
static bool text_to_long(const struct value *value, int64_t *integer)
{
    const char *text;
    size_t len, i = 0;
    trim(value, &text, &len);
    bool negative = len > 0 && text[0] == '-';
    if (len > 0 && (text[0] == '-' || text[0] == '+'))
        i++;
    if (i == len)
        return false;
    uint64_t number = 0;
    for (; i < len && text[i] != '.'; i++) {
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(number, UINT64_C(10), &number) ||
            __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
            return false;
    }
    for (i++; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    if (number > (uint64_t)INT64_MAX + negative)
        return false;
    *integer = negative ? (int64_t)-number : (int64_t)number;
    return true;
}

static bool word_is(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

/* Java's Double.parseDouble, and inf, infinity, nan in any case. */
static bool text_to_double(const struct value *value, double *real)
{
    const char *text;
    size_t len;
    trim(value, &text, &len);
    struct value number;
    if (value_parse_number(text, len, &number)) {
        *real = value_to_double(&number);
        if (number.type == VALUE_LONG && number.integer == 0 && text[0] == '-')
            *real = -0.0;
        return true;
    }
    size_t sign = len > 0 && (text[0] == '-' || text[0] == '+');
    bool negative = sign && text[0] == '-';
    if (word_is(text + sign, len - sign, "inf") || word_is(text + sign, len - sign, "infinity")) {
        *real = negative ? -INFINITY : INFINITY;
        return true;
    }
    if (word_is(text, len, "nan") || (len - sign == 3 && memcmp(text + sign, "NaN", 3) == 0)) {
        *real = NAN;
        return true;
    }
    /* what Java reads beyond JSON: 5. .5 +5 007 1d 1f */
    char copy[400];
    if (len == 0 || len >= sizeof copy || memchr(text, '\0', len))
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    if (copy[len - 1] == 'd' || copy[len - 1] == 'D' || copy[len - 1] == 'f' || copy[len - 1] == 'F')
        copy[--len] = '\0';
    if (strspn(copy, "0123456789.+-eE") != len || len == 0)
        return false;
    char *end = NULL;
    *real = strtod(copy, &end);
    return *end == '\0' && end != copy;
}

struct value cast_double(const struct value *value)
{
    double real;
    if (is_number(value))
        return value->type == VALUE_DOUBLE && value->width == 0 ? *value : value_double(value_to_double(value));
    if (is_text(value))
        return text_to_double(value, &real) ? value_double(real) : value_null();
    if (value->type == VALUE_BOOLEAN)
        return value_double(value->boolean ? 1 : 0);
    if (value->type == VALUE_TIMESTAMP)
        return value_double((double)value->integer / 1e6);
    return value_null();
}

/* A cell in arithmetic: a number as JSON writes it keeps its type; what Spark's casts of text read besides (007, +5, "
 * 7", .5, 1.) is a long where it is whole, else a double. */
static struct value cell_to_number(const struct value *cell)
{
    struct value number;
    double real;
    if (value_to_number(cell, &number))
        return number;
    if (!memchr(cell->text, '.', cell->len) && text_to_long(cell, &number.integer))
        return value_long(number.integer);
    return text_to_double(cell, &real) ? value_double(real) : value_null();
}

struct value cast_number(const struct value *value)
{
    if (is_number(value))
        return *value;
    if (value->type == VALUE_CELL)
        return cell_to_number(value);
    return value->type == VALUE_STRING ? cast_double(value) : value_null();
}

/* Java's (long) of a double: towards zero, saturating, NaN is 0. */
static int64_t saturate(double real, double limit, int64_t most, int64_t least)
{
    if (isnan(real))
        return 0;
    if (real >= limit)
        return most;
    return real <= -limit ? least : (int64_t)real;
}

static int64_t wrap(int64_t integer, unsigned width)
{
    switch (width) {
    case 1:
        return (int8_t)(uint8_t)(uint64_t)integer;
    case 2:
        return (int16_t)(uint16_t)(uint64_t)integer;
    case 4:
        return (int32_t)(uint32_t)(uint64_t)integer;
    default:
        return integer;
    }
}

static bool fits(int64_t integer, unsigned width)
{
    return wrap(integer, width) == integer;
}

static struct value to_long(const struct value *value, unsigned char width)
{
    struct value result = {.type = VALUE_LONG, .width = width};
    switch (value->type) {
    case VALUE_BOOLEAN:
        result.integer = value->boolean;
        return result;
    case VALUE_LONG:
        if (width == value->width && value->as_written)
            return *value;
        result.integer = wrap(value->integer, width);
        return result;
    case VALUE_DOUBLE: /* to short and byte by way of int, as Java does */
        result.integer = width == 0 ? saturate(value->real, 9223372036854775808.0, INT64_MAX, INT64_MIN)
                                    : saturate(value->real, 2147483648.0, INT32_MAX, INT32_MIN);
        result.integer = wrap(result.integer, width);
        return result;
    case VALUE_DECIMAL: {
        __int128 whole = value->unscaled / decimal_power(value->scale);
        result.integer = wrap((int64_t)(uint64_t)(unsigned __int128)whole, width);
        return result;
    }
    case VALUE_STRING:
    case VALUE_CELL:
        return text_to_long(value, &result.integer) && fits(result.integer, width) ? result : value_null();
    case VALUE_TIMESTAMP:
        result.integer = value->integer / MICROS_PER_SECOND - (value->integer % MICROS_PER_SECOND < 0);
        result.integer = wrap(result.integer, width);
        return result;
    case VALUE_INTERVAL:
        result.integer = interval_amount(value) / interval_unit(value);
        return fits(result.integer, width) ? result : value_null();
    default:
        return value_null();
    }
}

struct value cast_long(const struct value *value)
{
    return value->type == VALUE_LONG ? *value : to_long(value, 0);
}

struct value cast_boolean(const struct value *value)
{
    static const char *const truths[] = {"t", "true", "y", "yes", "1"}, *const lies[] = {"f", "false", "n", "no", "0"};
    if (value->type == VALUE_BOOLEAN)
        return *value;
    if (value->type == VALUE_LONG)
        return value_boolean(value->integer != 0);
    if (value->type == VALUE_DOUBLE)
        return value_boolean(value->real != 0);
    if (value->type == VALUE_DECIMAL)
        return value_boolean(value->unscaled != 0);
    if (value->type == VALUE_TIMESTAMP)
        return value_boolean(value->integer != 0);
    if (!is_text(value))
        return value_null();
    const char *text;
    size_t len;
    trim(value, &text, &len);
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        if (word_is(text, len, truths[i]))
            return value_boolean(true);
        if (word_is(text, len, lies[i]))
            return value_boolean(false);
    }
    return value_null();
}

/* Text of more than 38 digits: the fraction is rounded at the scale that is wanted; with an exponent its worth as a
 * double has to do. */
static bool parse_long_decimal(const char *text, size_t len, unsigned scale, struct decimal *decimal)
{
    bool too_long = false;
    const char *point = memchr(text, '.', len);
    size_t fraction = point ? (size_t)(text + len - point) - 1 : 0;
    if (memchr(text, 'e', len) || memchr(text, 'E', len)) {
        struct value whole = value_string(text, len);
        double real = 0;
        char digits[64];
        if (!text_to_double(&whole, &real) || fabs(real) >= 1e38)
            return false;
        int written = snprintf(digits, sizeof digits, "%.*f", (int)scale, real);
        return written > 0 && (size_t)written < sizeof digits &&
               decimal_parse(digits, (size_t)written, decimal, &too_long);
    }
    if (fraction <= scale || !decimal_parse(text, len - fraction + scale, decimal, &too_long))
        return false;
    if (point[1 + scale] >= '5')
        decimal->unscaled += *text == '-' ? -1 : 1;
    return true;
}

static struct value to_decimal(const struct value *value, unsigned precision, unsigned scale)
{
    struct decimal from, to;
    char text[REAL_TEXT_MAX];
    bool too_long = false;
    switch (value->type) {
    case VALUE_BOOLEAN:
        from = (struct decimal){.unscaled = value->boolean, .precision = 1};
        break;
    case VALUE_LONG:
    case VALUE_DECIMAL:
        from = cast_to_decimal(value);
        break;
    case VALUE_DOUBLE:
        if (!decimal_parse(text, value_real_text(value->real, false, text), &from, &too_long)) {
            if (!too_long || fabs(value->real) > 1)
                return value_null();
            from = (struct decimal){.unscaled = 0, .precision = 1};
        }
        break;
    case VALUE_STRING:
    case VALUE_CELL: {
        const char *start;
        size_t len;
        trim(value, &start, &len);
        if (!decimal_parse(start, len, &from, &too_long) && !(too_long && parse_long_decimal(start, len, scale, &from)))
            return value_null();
        break;
    }
    case VALUE_TIMESTAMP:
        from = (struct decimal){.unscaled = value->integer, .precision = 20, .scale = 6};
        break;
    case VALUE_INTERVAL:
        if (value->precision == INTERVAL_SECOND)
            from = (struct decimal){.unscaled = value->interval.microseconds, .precision = 18, .scale = 6};
        else
            from = (struct decimal){.unscaled = interval_amount(value) / interval_unit(value), .precision = 18};
        break;
    default:
        return value_null();
    }
    return decimal_rescale(from, precision, scale, ROUND_HALF_UP, &to) ? cast_of_decimal(to) : value_null();
}

struct value cast_date(const struct value *value)
{
    int64_t days;
    if (value->type == VALUE_DATE)
        return *value;
    if (value->type == VALUE_TIMESTAMP)
        return value_date(datetime_day_of(value->integer));
    if (is_text(value) && datetime_parse_date(value->text, value->len, &days))
        return value_date(days);
    return value_null();
}

struct value cast_timestamp(const struct value *value)
{
    int64_t micros;
    switch (value->type) {
    case VALUE_TIMESTAMP:
        return *value;
    case VALUE_DATE:
        return value_timestamp(datetime_midnight(value->integer));
    case VALUE_STRING:
    case VALUE_CELL:
        return datetime_parse_timestamp(value->text, value->len, &micros) ? value_timestamp(micros) : value_null();
    case VALUE_BOOLEAN:
        return value_timestamp(value->boolean);
    case VALUE_LONG: /* seconds; far beyond the calendar it saturates, as java.util.concurrent.TimeUnit */
        if (__builtin_mul_overflow(value->integer, MICROS_PER_SECOND, &micros))
            micros = value->integer < 0 ? INT64_MIN : INT64_MAX;
        return value_timestamp(micros);
    case VALUE_DOUBLE:
        if (isnan(value->real) || isinf(value->real))
            return value_null();
        return value_timestamp(saturate(value->real * 1e6, 9223372036854775808.0, INT64_MAX, INT64_MIN));
    case VALUE_DECIMAL: {
        struct decimal micro;
        if (!decimal_rescale(cast_to_decimal(value), 38, 6, ROUND_DOWN, &micro) || micro.unscaled > INT64_MAX ||
            micro.unscaled < INT64_MIN)
            return value_null();
        return value_timestamp((int64_t)micro.unscaled);
    }
    default:
        return value_null();
    }
}

static struct value to_real(const struct value *value, unsigned char width)
{
    struct value real = cast_double(value);
    if (real.type == VALUE_DOUBLE && width == 4) {
        real.real = (double)(float)real.real;
        real.width = 4;
        real.as_written = false;
    }
    return real;
}

/* With fields (interval day to second) also "1 02:03:04" and numbers, and no other fields are left. */
static struct value to_interval(const struct value *value, struct cast_type to)
{
    struct value interval = {.type = VALUE_INTERVAL, .scale = to.scale, .precision = to.precision};
    if (is_text(value)) {
        const char *text;
        size_t len;
        trim(value, &text, &len);
        if (to.width > 0 && interval_add(&interval, text, len, false, to.scale, to.precision))
            return interval;
        if (!interval_parse(text, len, &interval))
            return value_null();
    } else if (value->type == VALUE_INTERVAL) {
        interval = *value;
    } else {
        return to.width > 0 ? interval_of_number(value, to.scale, to.precision) : value_null();
    }
    if (to.width == 0)
        return interval;
    if ((to.precision <= INTERVAL_MONTH) != (interval.precision <= INTERVAL_MONTH))
        return value_null();
    interval.scale = to.scale;
    interval.precision = to.precision;
    int64_t unit = interval_unit(&interval);
    interval.interval.months -= to.precision == INTERVAL_YEAR ? interval.interval.months % 12 : 0;
    if (to.precision > INTERVAL_MONTH)
        interval.interval.microseconds -= to.precision < INTERVAL_SECOND ? interval.interval.microseconds % unit : 0;
    return interval;
}

/* Text as its bytes, whole numbers as those of their type, the highest first. */
static struct value to_binary(const struct value *value, struct arena *arena)
{
    if (is_text(value))
        return value_binary(value->text, value->len);
    if (value->type != VALUE_LONG)
        return value_null();
    size_t width = value->width ? value->width : 8;
    char *bytes = arena_alloc(arena, width);
    for (size_t i = 0; i < width; i++)
        bytes[i] = (char)((uint64_t)value->integer >> 8 * (width - 1 - i));
    return value_binary(bytes, width);
}

/* The clock's time that a text names, whatever zone stands behind it. */
static struct value to_local_timestamp(const struct value *value)
{
    struct value local = *value;
    size_t at = 0;
    if (is_text(value)) {
        trim(value, &local.text, &local.len);
        while (at < local.len && local.text[at] != 'T' && local.text[at] != ' ')
            at++;
        for (at++; at < local.len && memchr("0123456789:.", local.text[at], 12); at++)
            ;
        local.len = at < local.len ? at : local.len;
    }
    local = cast_timestamp(&local);
    local.width = local.type == VALUE_TIMESTAMP ? 1 : 0;
    return local;
}

static struct value cast_to(const struct value *value, struct cast_type to, struct arena *arena)
{
    switch (to.type) {
    case VALUE_BOOLEAN:
        return cast_boolean(value);
    case VALUE_LONG:
        return to_long(value, to.width);
    case VALUE_DOUBLE:
        return to_real(value, to.width);
    case VALUE_DECIMAL:
        return to_decimal(value, to.precision, to.scale);
    case VALUE_STRING: {
        struct value text = to.width == 1 ? to_binary(value, arena) : cast_string(value, arena);
        text.width = text.type == VALUE_STRING ? to.width : 0;
        return text;
    }
    case VALUE_DATE:
        return cast_date(value);
    case VALUE_TIMESTAMP: {
        struct value time = to.width == 1 ? to_local_timestamp(value) : cast_timestamp(value);
        time.width = time.type == VALUE_TIMESTAMP ? to.width : 0;
        return time;
    }
    case VALUE_INTERVAL:
        return to_interval(value, to);
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        return value->type == to.type ? *value : value_null();
    case VALUE_NULL:
    case VALUE_CELL:
        break;
    }
    return value_null();
}

/* What --ansi refuses though a cast without it gives a value: numbers that would wrap. */
static bool wraps(const struct value *from, const struct value *to)
{
    if (to->type != VALUE_LONG ||
        (from->type != VALUE_LONG && from->type != VALUE_DOUBLE && from->type != VALUE_DECIMAL))
        return false;
    double was = value_to_double(from), is = (double)to->integer;
    return !(was - is < 1 && is - was < 1) && was != is;
}

static struct value cast_by(const struct value *value, struct cast_type to, bool strict, struct arena *arena,
                            bool *failed)
{
    if (failed)
        *failed = false;
    if (value->type == VALUE_NULL)
        return *value;
    if (to.inner && value->type == to.type)
        return cast_nested(value, to, strict, arena, failed);
    struct value result = cast_to(value, to, arena);
    if (strict && (wraps(value, &result) || (result.type == VALUE_LONG && value->type == VALUE_STRING &&
                                             memchr(value->text, '.', value->len))))
        result = value_null();
    if (failed)
        *failed = result.type == VALUE_NULL;
    return result;
}

struct value cast_value(const struct value *value, struct cast_type to, struct arena *arena, bool *failed)
{
    if (!failed && !to.inner) /* for most records of most casts: nothing stands between */
        return value->type == VALUE_NULL ? *value : cast_to(value, to, arena);
    return cast_by(value, to, false, arena, failed);
}

struct value cast_strict(const struct value *value, struct cast_type to, struct arena *arena, bool *failed)
{
    return cast_by(value, to, true, arena, failed);
}

#include "value/interval.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "value/datetime.h"
#include "value/decimal.h"

enum { INTERVAL_WEEK = INTERVAL_SECOND + 1, INTERVAL_MILLISECOND, INTERVAL_MICROSECOND };

bool interval_field_named(const char *name, int *field)
{
    static const struct {
        const char *name;
        int field;
    } fields[] = {{"year", INTERVAL_YEAR},
                  {"month", INTERVAL_MONTH},
                  {"day", INTERVAL_DAY},
                  {"hour", INTERVAL_HOUR},
                  {"minute", INTERVAL_MINUTE},
                  {"second", INTERVAL_SECOND},
                  {"week", INTERVAL_WEEK},
                  {"millisecond", INTERVAL_MILLISECOND},
                  {"microsecond", INTERVAL_MICROSECOND}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        size_t len = strlen(fields[i].name);
        if (strncasecmp(name, fields[i].name, len) == 0 && (name[len] == '\0' || strcasecmp(name + len, "s") == 0)) {
            *field = fields[i].field;
            return true;
        }
    }
    return false;
}

/* Microseconds of one unit; 0 for years and months. */
static int64_t unit_size(int field)
{
    static const int64_t sizes[] = {0,
                                    0,
                                    MICROS_PER_DAY,
                                    3600 * MICROS_PER_SECOND,
                                    60 * MICROS_PER_SECOND,
                                    MICROS_PER_SECOND,
                                    7 * MICROS_PER_DAY,
                                    1000,
                                    1};
    return sizes[field];
}

static void widen(struct value *sum, int first, int last)
{
    if (first > INTERVAL_SECOND)
        first = last = first == INTERVAL_WEEK ? INTERVAL_DAY : INTERVAL_SECOND;
    if (first < sum->scale)
        sum->scale = (unsigned char)first;
    if (last > sum->precision)
        sum->precision = (unsigned char)last;
}

/* count units, with overflow looked for. */
static bool add_units(struct value *sum, int64_t count, int field)
{
    if (field <= INTERVAL_MONTH) {
        int64_t months;
        if (__builtin_mul_overflow(count, field == INTERVAL_YEAR ? 12 : 1, &months) ||
            __builtin_add_overflow(months, sum->interval.months, &months) || months > INT32_MAX || months < INT32_MIN)
            return false;
        sum->interval.months = (int32_t)months;
        return true;
    }
    int64_t micros;
    return !__builtin_mul_overflow(count, unit_size(field), &micros) &&
           !__builtin_add_overflow(sum->interval.microseconds, micros, &sum->interval.microseconds);
}

/* Digits, at most 18 of them. */
static bool read_count(const char **at, const char *end, int64_t *count)
{
    const char *start = *at;
    *count = 0;
    while (*at < end && **at >= '0' && **at <= '9' && *at - start < 18)
        *count = *count * 10 + (*(*at)++ - '0');
    return *at > start;
}

/* Behind the point of seconds: up to nine digits, of them six count. */
static bool read_fraction(const char **at, const char *end, int64_t *micros)
{
    int64_t scale = 100000;
    const char *start = ++*at;
    *micros = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at, scale /= 10)
        *micros += (**at - '0') * scale;
    return *at > start && *at - start <= 9;
}

bool interval_add(struct value *sum, const char *text, size_t len, bool negative, int first, int last)
{
    const char *at = text, *end = text + len;
    while (at < end && *at == ' ')
        at++;
    while (end > at && end[-1] == ' ')
        end--;
    if (at < end && (*at == '-' || *at == '+'))
        negative ^= *at++ == '-';
    if (first > last || (last > INTERVAL_SECOND && first != last))
        return false;
    widen(sum, first, last);
    for (int field = first; field <= last; field++) {
        int64_t count, micros = 0;
        static const char before[] = {0, '-', 0, ' ', ':', ':'};
        if (field > first && (at == end || *at++ != before[field]))
            return false;
        if (!read_count(&at, end, &count))
            return false;
        if (field == INTERVAL_SECOND && at < end && *at == '.' && !read_fraction(&at, end, &micros))
            return false;
        if (!add_units(sum, negative ? -count : count, field) ||
            (micros && !add_units(sum, negative ? -micros : micros, INTERVAL_MICROSECOND)))
            return false;
    }
    return at == end;
}

bool interval_parse(const char *text, size_t len, struct value *interval)
{
    *interval = (struct value){.type = VALUE_INTERVAL, .scale = INTERVAL_SECOND, .precision = INTERVAL_YEAR};
    const char *at = text, *end = text + len;
    bool any = false;
    while (at < end && *at == ' ')
        at++;
    if (end - at > 9 && strncasecmp(at, "interval ", 9) == 0)
        at += 9;
    for (;;) {
        while (at < end && *at == ' ')
            at++;
        if (at == end)
            return any;
        const char *number = at;
        while (at < end && *at != ' ')
            at++;
        size_t number_len = (size_t)(at - number);
        while (at < end && *at == ' ')
            at++;
        char name[16] = "";
        size_t name_len = 0;
        for (; at < end && *at != ' ' && name_len < sizeof name - 1; at++)
            name[name_len++] = *at;
        name[name_len] = '\0';
        int field;
        if (!interval_field_named(name, &field) || !interval_add(interval, number, number_len, false, field, field))
            return false;
        any = true;
    }
}

int64_t interval_add_months(int64_t days, int64_t months)
{
    struct civil civil;
    datetime_date(days, &civil);
    int64_t month = civil.year * 12 + civil.month - 1 + months;
    int64_t year = month / 12 - (month % 12 < 0);
    int in_year = (int)(month - year * 12) + 1;
    int last = datetime_month_days(year, in_year);
    return datetime_days(year, in_year, civil.day < last ? civil.day : last);
}

static bool in_range(int64_t days)
{
    return days > -(int64_t)YEAR_LIMIT * 365 && days < (int64_t)YEAR_LIMIT * 365;
}

struct value interval_days(int64_t days, int64_t more, int times)
{
    bool beyond = times < 0 ? __builtin_sub_overflow(days, more, &days) : __builtin_add_overflow(days, more, &days);
    return beyond || !in_range(days) ? value_null() : value_date(days);
}

static struct value shift_date(int64_t days, int64_t months, int64_t more)
{
    return interval_days(months != 0 ? interval_add_months(days, months) : days, more, 1);
}

struct value interval_sum(const struct value *a, const struct value *b, int times)
{
    struct value sum = *a;
    int64_t months = a->interval.months + (int64_t)times * b->interval.months, micros;
    if (months > INT32_MAX || months < INT32_MIN ||
        __builtin_mul_overflow(b->interval.microseconds, (int64_t)times, &micros) ||
        __builtin_add_overflow(a->interval.microseconds, micros, &sum.interval.microseconds))
        return value_null();
    sum.interval.months = (int32_t)months;
    sum.scale = a->scale < b->scale ? a->scale : b->scale;
    sum.precision = a->precision > b->precision ? a->precision : b->precision;
    return sum;
}

static __int128 divided(__int128 number, __int128 by)
{
    __int128 whole = number / by, rest = number % by;
    bool away = (rest < 0 ? -rest : rest) >= (by < 0 ? -by : by) - (rest < 0 ? -rest : rest);
    return away ? whole + ((number < 0) == (by < 0) ? 1 : -1) : whole;
}

/* part * number, or part / number; false if it is not within ±limit. */
static bool scale_part(int64_t part, const struct value *number, bool divide, int64_t limit, int64_t *result)
{
    __int128 exact = 0, scale = decimal_power(number->type == VALUE_DECIMAL ? number->scale : 0);
    if (number->type == VALUE_DOUBLE) {
        double real = round(divide ? (double)part / number->real : (double)part * number->real);
        if (!(fabs(real) < (double)limit))
            return false;
        exact = (__int128)real;
    } else {
        __int128 factor = number->type == VALUE_LONG ? number->integer : number->unscaled;
        if (__builtin_mul_overflow((__int128)part, divide ? scale : factor, &exact))
            return false;
        exact = divided(exact, divide ? factor : scale);
    }
    *result = (int64_t)exact;
    return exact >= -(__int128)limit - 1 && exact <= limit;
}

struct value interval_scaled(const struct value *interval, const struct value *number, bool divide)
{
    struct value scaled = *interval;
    int64_t months = 0, micros = 0;
    if (!scale_part(interval->interval.months, number, divide, INT32_MAX, &months) ||
        !scale_part(interval->interval.microseconds, number, divide, INT64_MAX, &micros))
        return value_null();
    scaled.interval.months = (int32_t)months;
    scaled.interval.microseconds = micros;
    scaled.scale = interval->scale <= INTERVAL_MONTH ? INTERVAL_YEAR : INTERVAL_DAY;
    scaled.precision = interval->precision <= INTERVAL_MONTH ? INTERVAL_MONTH : INTERVAL_SECOND;
    return scaled;
}

struct value interval_quotient(const struct value *interval, const struct value *divisor)
{
    if ((interval->precision <= INTERVAL_MONTH) != (divisor->precision <= INTERVAL_MONTH))
        return value_null();
    int64_t by = interval_amount(divisor), amount = interval_amount(interval);
    return by == -1 && amount == INT64_MIN ? value_null() : value_long(amount / by);
}

int64_t interval_unit(const struct value *interval)
{
    return interval->precision == INTERVAL_YEAR    ? 12
           : interval->precision == INTERVAL_MONTH ? 1
                                                   : unit_size(interval->precision);
}

struct value interval_of_number(const struct value *number, int first, int last)
{
    struct value interval = {.type = VALUE_INTERVAL, .scale = (unsigned char)first, .precision = (unsigned char)last};
    bool months = last <= INTERVAL_MONTH;
    int64_t amount = 0;
    if ((number->type != VALUE_LONG && number->type != VALUE_DECIMAL) ||
        !scale_part(interval_unit(&interval), number, false, months ? INT32_MAX : INT64_MAX, &amount))
        return value_null();
    if (months)
        interval.interval.months = (int32_t)amount;
    else
        interval.interval.microseconds = amount;
    return interval;
}

struct value interval_shift(const struct value *time, const struct value *interval, int times)
{
    int64_t months = (int64_t)interval->interval.months * times;
    int64_t micros;
    if (__builtin_mul_overflow(interval->interval.microseconds, (int64_t)times, &micros))
        return value_null();
    int64_t days = micros / MICROS_PER_DAY, rest = micros % MICROS_PER_DAY;
    if (time->type == VALUE_DATE && interval->precision <= INTERVAL_DAY)
        return shift_date(time->integer, months, days);
    int64_t start = time->type == VALUE_DATE ? datetime_midnight(time->integer) : time->integer;
    if (months != 0 || days != 0) {
        struct civil civil, moved;
        datetime_local(start, &civil);
        struct value date = shift_date(datetime_days(civil.year, civil.month, civil.day), months, days);
        if (date.type == VALUE_NULL)
            return date;
        datetime_date(date.integer, &moved);
        civil.year = moved.year;
        civil.month = moved.month;
        civil.day = moved.day;
        start = datetime_from_local(&civil);
    }
    if (__builtin_add_overflow(start, rest, &start))
        return value_null();
    bool date = time->type == VALUE_DATE && interval_is_mixed(interval);
    return date ? value_date(datetime_day_of(start)) : value_timestamp(start);
}

#include "base/moment.h"

#include <string.h>

#include "base/text.h"

enum { MS_SECOND = 1000, MS_MINUTE = 60 * MS_SECOND, MS_HOUR = 60 * MS_MINUTE, MS_DAY = 24 * MS_HOUR };

/* What is left of the text. */
struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

/* Exactly `digits` digits, within [min, max]. */
static bool take_number(struct cursor *cursor, int digits, int min, int max, int *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++) {
        if (cursor->at == cursor->end || !text_is_digit(*cursor->at))
            return false;
        *number = *number * 10 + (*cursor->at++ - '0');
    }
    return *number >= min && *number <= max;
}

/* Days from 1970-01-01 of a date of the Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* HH:MM[:SS[.fraction]] */
static bool take_time(struct cursor *cursor, int64_t *ms)
{
    int hour, minute, second = 0, fraction = 0;
    if (!take_number(cursor, 2, 0, 23, &hour) || !take(cursor, ':') || !take_number(cursor, 2, 0, 59, &minute))
        return false;
    if (take(cursor, ':')) {
        if (!take_number(cursor, 2, 0, 59, &second))
            return false;
        if (take(cursor, '.') || take(cursor, ',')) {
            int digits = 0;
            for (; cursor->at < cursor->end && text_is_digit(*cursor->at); cursor->at++, digits++)
                if (digits < 3)
                    fraction = fraction * 10 + (*cursor->at - '0');
            if (digits == 0)
                return false;
            for (; digits < 3; digits++)
                fraction *= 10;
        }
    }
    *ms = (int64_t)hour * MS_HOUR + minute * MS_MINUTE + second * MS_SECOND + fraction;
    return true;
}

/* Z, +HH, +HHMM, +HH:MM, or nothing: how far it is ahead of UTC. */
static bool take_zone(struct cursor *cursor, int64_t *ms)
{
    *ms = 0;
    if (cursor->at == cursor->end || take(cursor, 'Z'))
        return true;
    int64_t sign = take(cursor, '-') ? -1 : 1;
    if (sign == 1 && !take(cursor, '+'))
        return false;
    int hour, minute = 0;
    if (!take_number(cursor, 2, 0, 18, &hour))
        return false;
    bool more = take(cursor, ':');
    if ((more || cursor->at < cursor->end) && !take_number(cursor, 2, 0, 59, &minute))
        return false;
    *ms = sign * ((int64_t)hour * MS_HOUR + minute * MS_MINUTE);
    return true;
}

bool moment_iso(const char *text, size_t len, int64_t *ms)
{
    struct cursor cursor = {text, text + len};
    int year, month, day;
    if (!take_number(&cursor, 4, 0, 9999, &year) || !take(&cursor, '-') || !take_number(&cursor, 2, 1, 12, &month) ||
        !take(&cursor, '-') || !take_number(&cursor, 2, 1, month_days(year, month), &day))
        return false;
    int64_t time = 0, zone = 0;
    if (cursor.at < cursor.end) {
        if ((!take(&cursor, 'T') && !take(&cursor, ' ')) || !take_time(&cursor, &time) || !take_zone(&cursor, &zone))
            return false;
    }
    *ms = days_of(year, month, day) * MS_DAY + time - zone;
    return cursor.at == cursor.end;
}

/* The unit at the cursor in ms, 0 if there is none. */
static int64_t take_unit(struct cursor *cursor)
{
    if (cursor->end - cursor->at >= 2 && memcmp(cursor->at, "ms", 2) == 0) {
        cursor->at += 2;
        return 1;
    }
    return take(cursor, 's')   ? MS_SECOND
           : take(cursor, 'm') ? MS_MINUTE
           : take(cursor, 'h') ? MS_HOUR
           : take(cursor, 'd') ? MS_DAY
           : take(cursor, 'w') ? (int64_t)7 * MS_DAY
                               : 0;
}

bool moment_duration(const char *text, size_t len, int64_t *ms)
{
    struct cursor cursor = {text, text + len};
    *ms = 0;
    while (cursor.at < cursor.end) {
        int64_t number = 0, part;
        const char *start = cursor.at;
        for (; cursor.at < cursor.end && text_is_digit(*cursor.at); cursor.at++)
            if (__builtin_mul_overflow(number, 10, &number) ||
                __builtin_add_overflow(number, *cursor.at - '0', &number))
                return false;
        int64_t unit = cursor.at > start ? take_unit(&cursor) : 0;
        if (unit == 0 || __builtin_mul_overflow(number, unit, &part) || __builtin_add_overflow(*ms, part, ms))
            return false;
    }
    return len > 0;
}

bool moment_parse(const char *text, size_t len, int64_t now, int64_t *ms)
{
    if (len > 1 && (text[0] == '-' || text[0] == '+')) {
        int64_t span;
        if (!moment_duration(text + 1, len - 1, &span))
            return false;
        return text[0] == '-' ? !__builtin_sub_overflow(now, span, ms) : !__builtin_add_overflow(now, span, ms);
    }
    int64_t number = 0;
    size_t digits = 0;
    for (; digits < len && text_is_digit(text[digits]); digits++)
        if (__builtin_mul_overflow(number, 10, &number) || __builtin_add_overflow(number, text[digits] - '0', &number))
            return false;
    if (digits == len && len > 0) {
        *ms = number;
        return true;
    }
    return moment_iso(text, len, ms);
}

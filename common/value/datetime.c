#include "value/datetime.h"

#include <stdio.h>
#include <string.h>

/* Rounds towards minus infinity, as calendars need. */

bool datetime_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int datetime_month_days(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && datetime_leap(year) ? 29 : days[month - 1];
}

/* Years are counted from March here, so that a leap day is the last of its year; a cycle of 400
 * years has 146097 days. */
int64_t datetime_days(int64_t year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t cycle = datetime_floor(y, 400), year_of_cycle = y - cycle * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    return cycle * 146097 + day_of_cycle - 719468;
}

void datetime_date(int64_t days, struct civil *civil)
{
    int64_t shifted = days + 719468;
    int64_t cycle = datetime_floor(shifted, 146097), day_of_cycle = shifted - cycle * 146097;
    int64_t year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
    int64_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    *civil = (struct civil){.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
                            .month = (int)(month < 10 ? month + 3 : month - 9)};
    civil->year = year_of_cycle + cycle * 400 + (civil->month <= 2);
}

int datetime_weekday(int64_t days)
{
    int64_t day = (days + 3) % 7; /* 1970-01-01 was a Thursday */
    return (int)(day < 0 ? day + 7 : day) + 1;
}

int datetime_day_of_year(int64_t days)
{
    struct civil civil;
    datetime_date(days, &civil);
    return (int)(days - datetime_days(civil.year, 1, 1)) + 1;
}

int datetime_week(int64_t days, int64_t *week_year)
{
    int64_t thursday = days - datetime_weekday(days) + 4; /* the week belongs to its Thursday's year */
    struct civil civil;
    datetime_date(thursday, &civil);
    *week_year = civil.year;
    return (int)((thursday - datetime_days(civil.year, 1, 1)) / 7) + 1;
}

void datetime_local(int64_t microseconds, struct civil *civil)
{
    int64_t seconds = datetime_floor(microseconds, MICROS_PER_SECOND);
    int offset = datetime_zone_offset(NULL, seconds);
    int64_t local = seconds + offset;
    int64_t days = datetime_floor(local, SECONDS_PER_DAY);
    int second_of_day = (int)(local - days * SECONDS_PER_DAY);
    datetime_date(days, civil);
    civil->hour = second_of_day / 3600;
    civil->minute = second_of_day / 60 % 60;
    civil->second = second_of_day % 60;
    int rest = (int)(microseconds % MICROS_PER_SECOND);
    civil->microsecond = rest < 0 ? rest + (int)MICROS_PER_SECOND : rest;
    civil->offset = offset;
}

static int64_t clamped(__int128 microseconds)
{
    return microseconds < INT64_MIN ? INT64_MIN : microseconds > INT64_MAX ? INT64_MAX : (int64_t)microseconds;
}

int64_t datetime_from_local(const struct civil *civil)
{
    int64_t local = datetime_days(civil->year, civil->month, civil->day) * SECONDS_PER_DAY + civil->hour * 3600 +
                    civil->minute * 60 + civil->second;
    return clamped((__int128)datetime_zone_local_to_utc(NULL, local) * MICROS_PER_SECOND + civil->microsecond);
}

int64_t datetime_day_of(int64_t microseconds)
{
    int64_t seconds = datetime_floor(microseconds, MICROS_PER_SECOND);
    return datetime_floor(seconds + datetime_zone_offset(NULL, seconds), SECONDS_PER_DAY);
}

int64_t datetime_midnight(int64_t days)
{
    return clamped((__int128)datetime_zone_local_to_utc(NULL, days * SECONDS_PER_DAY) * MICROS_PER_SECOND);
}

int64_t datetime_clock(int64_t microseconds)
{
    int offset = datetime_zone_offset(NULL, datetime_floor(microseconds, MICROS_PER_SECOND));
    return clamped((__int128)microseconds + offset * MICROS_PER_SECOND);
}

int64_t datetime_from_clock(int64_t clock)
{
    int64_t seconds = datetime_floor(clock, MICROS_PER_SECOND);
    int64_t moved = datetime_zone_local_to_utc(NULL, seconds) - seconds;
    return clamped((__int128)clock + moved * MICROS_PER_SECOND);
}

static inline size_t put_two(int number, char *text)
{
    text[0] = (char)('0' + number / 10);
    text[1] = (char)('0' + number % 10);
    return 2;
}

static size_t put_date(const struct civil *civil, char text[DATETIME_TEXT_MAX])
{
    if (civil->year < 0 || civil->year > 9999)
        return (size_t)snprintf(text, DATETIME_TEXT_MAX, "%c%04lld-%02d-%02d", civil->year < 0 ? '-' : '+',
                                (long long)(civil->year < 0 ? -civil->year : civil->year), civil->month, civil->day);
    put_two((int)civil->year / 100, text);
    put_two((int)civil->year % 100, text + 2);
    text[4] = text[7] = '-';
    put_two(civil->month, text + 5);
    put_two(civil->day, text + 8);
    return 10;
}

size_t datetime_date_text(int64_t days, char text[DATETIME_TEXT_MAX])
{
    struct civil civil;
    datetime_date(days, &civil);
    return put_date(&civil, text);
}

size_t datetime_offset_text(int offset, char *text, size_t size)
{
    int magnitude = offset < 0 ? -offset : offset;
    if (offset == 0) {
        *text = 'Z';
        return 1;
    }
    int used = snprintf(text, size, "%c%02d:%02d", offset < 0 ? '-' : '+', magnitude / 3600, magnitude / 60 % 60);
    if (magnitude % 60 != 0)
        used += snprintf(text + used, size - (size_t)used, ":%02d", magnitude % 60);
    return (size_t)used;
}

size_t datetime_timestamp_text(int64_t microseconds, bool iso, char text[DATETIME_TEXT_MAX])
{
    struct civil civil;
    datetime_local(microseconds, &civil);
    size_t used = put_date(&civil, text);
    text[used++] = iso ? 'T' : ' ';
    used += put_two(civil.hour, text + used);
    text[used++] = ':';
    used += put_two(civil.minute, text + used);
    text[used++] = ':';
    used += put_two(civil.second, text + used);
    if (iso || civil.microsecond > 0) {
        text[used] = '.';
        for (int i = 6, rest = civil.microsecond; i > 0; i--, rest /= 10)
            text[used + (size_t)i] = (char)('0' + rest % 10);
        used += 7;
        if (iso && civil.microsecond % 1000 == 0)
            used -= 3;
        while (!iso && text[used - 1] == '0')
            used--;
    }
    return iso ? used + datetime_offset_text(civil.offset, text + used, DATETIME_TEXT_MAX - used) : used;
}

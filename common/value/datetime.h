/* datetime: the calendar (proleptic Gregorian, as java.time), the session's time zone, and dates and
 * timestamps as text. Days count from 1970-01-01, timestamps in microseconds from the epoch, UTC.
 *
 * The session zone is UTC unless TZ is set; it is read once, at the first use. Any thread may call
 * anything here. */
#ifndef ATOOLS_DATETIME_H
#define ATOOLS_DATETIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/problem.h"

#define MICROS_PER_SECOND INT64_C(1000000)
#define SECONDS_PER_DAY INT64_C(86400)
#define MICROS_PER_DAY (SECONDS_PER_DAY * MICROS_PER_SECOND)

/* Years outside are refused, so that no calculation overflows. */
enum { YEAR_LIMIT = 290000 };

/* a / b downwards; b is positive. */
static inline int64_t datetime_floor(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct civil {
    int64_t year;
    int month, day;           /* from 1 */
    int hour, minute, second; /* of a timestamp's local time */
    int microsecond;
    int offset;               /* seconds east of UTC */
};

bool datetime_leap(int64_t year);
int datetime_month_days(int64_t year, int month);

/* Days of a date that exists. */
int64_t datetime_days(int64_t year, int month, int day);
/* Fills year, month, day; the time of day becomes 0. */
void datetime_date(int64_t days, struct civil *civil);

/* Monday is 1. */
int datetime_weekday(int64_t days);
int datetime_day_of_year(int64_t days);
/* ISO 8601 week, and the year it belongs to. */
int datetime_week(int64_t days, int64_t *week_year);

/* A timestamp as local time in the session zone, and back. A local time in a gap is moved
 * forward by the gap's length; in an overlap the earlier offset counts (java.time's rules). What would lie beyond
 * 64 bits of microseconds is the nearest end. */
void datetime_local(int64_t microseconds, struct civil *civil);
int64_t datetime_from_local(const struct civil *civil);

/* The local clock's time as if it were UTC's, and back as from local time. */
int64_t datetime_clock(int64_t microseconds);
int64_t datetime_from_clock(int64_t clock);

/* Day and midnight, both local. */
int64_t datetime_day_of(int64_t microseconds);
int64_t datetime_midnight(int64_t days);

/* False, with a problem, where TZ is set and no zone is called so, which then counts as UTC. libc: of the C library's
 * names (without "Z", "+02:00" and Java's of three letters), for what goes by its localtime. */
bool datetime_session(bool libc, struct problem *problem);

/* A zone by name: "Z", "UTC", "+02:00", "Europe/Berlin"; NULL is the session's. False if there is none. */
struct zone;
bool datetime_zone(const char *name, size_t len, const struct zone **zone);
int datetime_zone_offset(const struct zone *zone, int64_t seconds);
int64_t datetime_zone_local_to_utc(const struct zone *zone, int64_t local_seconds);

/* Reads a whole text as Spark's cast does: dates yyyy[-m[m][-d[d][ |T…]]], timestamps with an optional time,
 * fraction and zone. White space around is allowed. */
bool datetime_parse_date(const char *text, size_t len, int64_t *days);
bool datetime_parse_timestamp(const char *text, size_t len, int64_t *microseconds);

/* An offset as it stands behind a timestamp: "Z", "+01:00"; "+00:53:28" where clocks went by the sun, so that nothing
 * is lost (Spark leaves its seconds out). Returns the length. */
size_t datetime_offset_text(int offset, char *text, size_t size);

/* Written as Spark's cast to string: 2020-01-31; 2020-01-31 10:00:00.5. `iso`: as its JSON writer,
 * 2020-01-31T10:00:00.500Z (with six digits where there are microseconds). Return the length. */
enum { DATETIME_TEXT_MAX = 48 };
size_t datetime_date_text(int64_t days, char text[DATETIME_TEXT_MAX]);
size_t datetime_timestamp_text(int64_t microseconds, bool iso, char text[DATETIME_TEXT_MAX]);

#endif

/* interval: lengths of time: months (years) or microseconds (days to seconds), or both. A value of
 * type INTERVAL is written with the fields from `scale` to `precision`. */
#ifndef ATOOLS_INTERVAL_H
#define ATOOLS_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "value/value.h"

enum interval_field { INTERVAL_YEAR, INTERVAL_MONTH, INTERVAL_DAY, INTERVAL_HOUR, INTERVAL_MINUTE, INTERVAL_SECOND };

/* year, years, month, …, also week and the parts of a second, which count as the field they fall in: *field is then
 * beyond INTERVAL_SECOND and for interval_add only. */
bool interval_field_named(const char *name, int *field);

/* Adds "5" day, or "1 02:03:04.5" day to second, or "1-2" year to month to sum, whose fields widen. */
bool interval_add(struct value *sum, const char *text, size_t len, bool negative, int first, int last);

/* "1 day 2 hours", with or without the word interval in front. */
bool interval_parse(const char *text, size_t len, struct value *interval);

/* A DATE or TIMESTAMP, and the interval added `times` (1 or -1): months first, at most the month's last day; days by
 * the local clock. A date stays one unless hours or less are added and no months. NULL when out of range. */
struct value interval_shift(const struct value *time, const struct value *interval, int times);

/* a + times * b. NULL when out of range. */
struct value interval_sum(const struct value *a, const struct value *b, int times);

/* INTERVAL times a number, or divided by one that is not 0: exactly by whole numbers and decimals, rounded half away
 * from zero. NULL when out of range. */
struct value interval_scaled(const struct value *interval, const struct value *number, bool divide);

/* How often the one goes into the other, towards zero; NULL unless both are of months or both of days and less. The
 * divisor is not nothing. */
struct value interval_quotient(const struct value *interval, const struct value *divisor);

/* Whether it has months and days or less: then it is no length, and is written as Spark's type interval. */
static inline bool interval_is_mixed(const struct value *interval)
{
    return interval->scale <= INTERVAL_MONTH && interval->precision > INTERVAL_MONTH;
}

/* Its months, or its microseconds if it is of days and less. */
static inline int64_t interval_amount(const struct value *interval)
{
    return interval->precision <= INTERVAL_MONTH ? interval->interval.months : interval->interval.microseconds;
}

/* What one of its last field is, in that measure: a minute is 60000000. */
int64_t interval_unit(const struct value *interval);

/* So many of the field that it ends with ("10" as interval day): NULL if it is no number, or out of range. */
struct value interval_of_number(const struct value *number, int first, int last);

/* days + times * more as a date; NULL when out of range. */
struct value interval_days(int64_t days, int64_t more, int times);

/* Months added to a date. */
int64_t interval_add_months(int64_t days, int64_t months);

#endif

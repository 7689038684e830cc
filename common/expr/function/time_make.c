/* Lengths of time and timestamps put together from numbers, and clocks of other zones. */
#include <stdint.h>

#include "expr/function/function.h"
#include "expr/function/time_inner.h"
#include "expr/node.h"
#include "value/interval.h"
#include "value/nested.h"

/* Microseconds of each of the fields from weeks on. */
static const int64_t unit_micros[] = {7 * MICROS_PER_DAY, MICROS_PER_DAY, 3600 * MICROS_PER_SECOND,
                                      60 * MICROS_PER_SECOND};
enum { FIELD_WEEK = 2, FIELD_DAY, FIELD_HOUR, FIELD_MINUTE, FIELD_SECOND, FIELDS };

/* Seconds with six digits as microseconds. */
static bool seconds_of(const struct value *value, int64_t *micros)
{
    struct value exact = cast_value(
        value, (struct cast_type){.type = VALUE_DECIMAL, .precision = 18, .scale = 6}, NULL, NULL);
    *micros = (int64_t)exact.unscaled;
    return exact.type == VALUE_DECIMAL;
}

/* Years, months, weeks, days, hours, minutes, seconds, of which the first one is field number `first`; false beyond 32
 * bits of months or days, or 64 of microseconds. What cannot be a number was null before. */
static bool add_fields(const struct value *args, size_t count, size_t first, struct value *length)
{
    int64_t months = 0, days = 0, time = 0;
    for (size_t i = 0; i < count; i++) {
        size_t field = first + i;
        int64_t amount = args[i].integer, micros;
        if (field == FIELD_SECOND) {
            if (!seconds_of(&args[i], &micros) || __builtin_add_overflow(time, micros, &time))
                return false;
        } else if (amount > INT32_MAX || amount < INT32_MIN) {
            return false;
        } else if (field < FIELD_WEEK) {
            months += field == 0 ? 12 * amount : amount;
        } else if (field <= FIELD_DAY) {
            days += field == FIELD_WEEK ? 7 * amount : amount;
        } else if (__builtin_mul_overflow(amount, unit_micros[field - FIELD_WEEK], &micros) ||
                   __builtin_add_overflow(time, micros, &time)) {
            return false;
        }
    }
    if (months > INT32_MAX || months < INT32_MIN || days > INT32_MAX || days < INT32_MIN)
        return false;
    length->interval.months = (int32_t)months;
    return !__builtin_mul_overflow(days, MICROS_PER_DAY, &days) &&
           !__builtin_add_overflow(days, time, &length->interval.microseconds);
}

static struct value try_make_interval(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    struct value length = {.type = VALUE_INTERVAL, .scale = INTERVAL_YEAR, .precision = INTERVAL_SECOND};
    return add_fields(args, count, 0, &length) ? length : value_null();
}

static struct value make_interval(struct call *call, const struct value *args, size_t count)
{
    struct value length = try_make_interval(call, args, count);
    if (length.type == VALUE_NULL && call->ansi)
        return row_fail(call->row, "make_interval: a length of time beyond its type");
    return length;
}

static struct value make_dt_interval(struct call *call, const struct value *args, size_t count)
{
    struct value length = {.type = VALUE_INTERVAL, .scale = INTERVAL_DAY, .precision = INTERVAL_SECOND};
    if (!add_fields(args, count, FIELD_DAY, &length))
        return row_fail(call->row, "make_dt_interval: a length of time beyond 64 bits of microseconds");
    return length;
}

static struct value make_ym_interval(struct call *call, const struct value *args, size_t count)
{
    struct value length = {.type = VALUE_INTERVAL, .scale = INTERVAL_YEAR, .precision = INTERVAL_MONTH};
    if (!add_fields(args, count, 0, &length))
        return row_fail(call->row, "make_ym_interval: a length of time beyond 32 bits of months");
    return length;
}

/* convert_timezone([from, ]to, t): what a clock there shows when one here shows t. */
static struct value convert_timezone(struct call *call, const struct value *args, size_t count)
{
    const struct zone *zones[2] = {NULL, NULL};
    for (size_t i = 0; i + 1 < count; i++) {
        struct value name = cast_string(&args[i], call->arena);
        if (name.type == VALUE_NULL)
            return name;
        if (!datetime_zone(name.text, name.len, &zones[3 - count + i]))
            return row_fail(call->row, "no time zone %s", row_show(call->row, &name));
    }
    struct value time = cast_value(&args[count - 1], (struct cast_type){.type = VALUE_TIMESTAMP, .width = 1},
                                   call->arena, NULL);
    if (time.type == VALUE_NULL)
        return time;
    int64_t clock = datetime_clock(time.integer), seconds = datetime_floor(clock, MICROS_PER_SECOND), moved;
    int64_t utc = datetime_zone_local_to_utc(zones[0], seconds);
    moved = utc + datetime_zone_offset(zones[1], utc) - seconds;
    if (__builtin_add_overflow(clock, moved * MICROS_PER_SECOND, &clock))
        return value_null();
    time = value_timestamp(datetime_from_clock(clock));
    time.width = 1;
    return time;
}

/* The end of a window of time, but a microsecond: what the window's rows are not behind. */
static struct value window_time(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].type != VALUE_STRUCT)
        return value_null();
    struct value end = nested_member(&args[0], "end", 3, call->arena);
    end = cast_timestamp(&end);
    return end.type == VALUE_NULL ? end : value_timestamp(end.integer - 1);
}

const struct function functions_time_make[] = {
    {{"make_interval", NULL, "[years[, months[, weeks[, days[, hours[, minutes[, seconds]]]]]]]",
      "Interval; also null beyond its type",
      "A length of months and time, to be added to times. A day of it is 24 hours",
      "make_interval(1, 2, 0, 3, 4, 5, 6.5) => 1 years 2 months 3 days 4 hours 5 minutes 6.5 seconds\n"
      "date '2020-01-31' + make_interval(0, 1) => 2020-02-29"},
     "|iiiiiin", .run = make_interval},
    {{"try_make_interval", NULL, "[years[, months[, weeks[, days[, hours[, minutes[, seconds]]]]]]]",
      "Interval; null beyond its type, also with --ansi", "The same", "try_make_interval(2147483647) => null"},
     "|iiiiiin", .run = try_make_interval},
    {{"make_dt_interval", NULL, "[days[, hours[, minutes[, seconds]]]]", "Interval day to second",
      "A length of time; an error beyond its type", "make_dt_interval(1, 2, 3, 4.5) => INTERVAL '1 02:03:04.5' DAY TO "
      "SECOND"},
     "|iiin", .run = make_dt_interval},
    {{"make_ym_interval", NULL, "[years[, months]]", "Interval year to month", "A length of months; an error beyond "
      "its type", "make_ym_interval(1, 14) => INTERVAL '2-2' YEAR TO MONTH"},
     "|ii", .run = make_ym_interval},
    {{"convert_timezone", NULL, "[from, ]to, t", "Timestamp_ntz",
      "What a clock in the zone to shows when one in the zone from (the session's) shows t",
      "convert_timezone('Europe/Brussels', 'America/Los_Angeles', '2021-12-06 00:00:00') => 2021-12-05 15:00:00"},
     "sx|x", .run = convert_timezone},
    {{"window_time", NULL, "w", "Timestamp", "The last microsecond of a window of time, a struct with an end",
      "window_time(named_struct('start', timestamp '2020-01-01', 'end', timestamp '2020-01-02')) => "
      "2020-01-01 23:59:59.999999"},
     "x", .run = window_time},
    {.takes = NULL},
};

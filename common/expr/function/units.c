/* Functions that count in units of time: timestampadd, timestampdiff; and the session's zone. */
#include <stdlib.h>
#include <strings.h>

#include "expr/function/function.h"
#include "expr/node.h"
#include "value/datetime.h"
#include "value/interval.h"

/* Either months or microseconds; days (and weeks) go by the local clock. */
struct unit {
    const char *name;
    int months;
    int64_t microseconds;
};

static const struct unit *unit_named(const struct value *name)
{
    static const struct unit units[] = {{"microsecond", 0, 1},
                                        {"millisecond", 0, 1000},
                                        {"second", 0, MICROS_PER_SECOND},
                                        {"minute", 0, 60 * MICROS_PER_SECOND},
                                        {"hour", 0, 3600 * MICROS_PER_SECOND},
                                        {"day", 0, MICROS_PER_DAY},
                                        {"dayofyear", 0, MICROS_PER_DAY},
                                        {"week", 0, 7 * MICROS_PER_DAY},
                                        {"month", 1, 0},
                                        {"quarter", 3, 0},
                                        {"year", 12, 0}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == name->len && strncasecmp(units[i].name, name->text, name->len) == 0)
            return &units[i];
    return NULL;
}

bool function_is_unit(const char *name, size_t len)
{
    const struct value text = value_string(name, len);
    return unit_named(&text) != NULL;
}

static struct value unknown_unit(struct call *call, const struct value *name)
{
    return row_fail(call->row, "no unit of time: %s", row_show(call->row, name));
}

/* timestampadd(unit, n, t) */
static struct value timestamp_add(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct unit *unit = unit_named(&args[0]);
    int64_t micros, months, number = args[1].integer;
    if (!unit)
        return unknown_unit(call, &args[0]);
    if (__builtin_mul_overflow(number, unit->microseconds, &micros) || __builtin_mul_overflow(number, (int64_t)unit->months, &months) ||
        months > INT32_MAX || months < INT32_MIN)
        return row_fail(call->row, "timestampadd: beyond the years of timestamps");
    struct value sum;
    if (unit->months == 0 && unit->microseconds < MICROS_PER_DAY) {
        sum = args[2];
        if (__builtin_add_overflow(args[2].integer, micros, &sum.integer))
            sum = value_null();
    } else {
        struct value interval = {.type = VALUE_INTERVAL, .scale = unit->months ? INTERVAL_YEAR : INTERVAL_DAY};
        interval.precision = unit->months ? INTERVAL_MONTH : INTERVAL_DAY;
        interval.interval.months = (int32_t)months;
        interval.interval.microseconds = micros;
        sum = interval_shift(&args[2], &interval, 1);
    }
    return sum.type == VALUE_NULL ? row_fail(call->row, "timestampadd: beyond the years of timestamps") : sum;
}

/* The local clock as if it were UTC's. */
static int64_t local_clock(int64_t microseconds)
{
    struct civil civil;
    datetime_local(microseconds, &civil);
    int64_t seconds = datetime_days(civil.year, civil.month, civil.day) * SECONDS_PER_DAY + civil.hour * 3600 + civil.minute * 60 + civil.second;
    return seconds * MICROS_PER_SECOND + civil.microsecond;
}

static int64_t floor_days(int64_t microseconds)
{
    return microseconds / MICROS_PER_DAY - (microseconds % MICROS_PER_DAY < 0);
}

/* Whole months between two local times: a month is whole when day and time have come round. */
static int64_t months_from(int64_t from, int64_t to)
{
    int64_t day = floor_days(from), last = floor_days(to), time = from - day * MICROS_PER_DAY, end = to - last * MICROS_PER_DAY;
    last += last > day && end < time ? -1 : last < day && end > time ? 1 : 0;
    struct civil a, b;
    datetime_date(day, &a);
    datetime_date(last, &b);
    return (((b.year - a.year) * 12 + b.month - a.month) * 32 + b.day - a.day) / 32;
}

/* timestampdiff(unit, from, to): whole units, those begun do not count. */
static struct value timestamp_diff(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct unit *unit = unit_named(&args[0]);
    if (!unit)
        return unknown_unit(call, &args[0]);
    if (unit->months == 0 && unit->microseconds < MICROS_PER_DAY)
        return value_long((args[2].integer - args[1].integer) / unit->microseconds);
    int64_t from = local_clock(args[1].integer), to = local_clock(args[2].integer);
    return value_long(unit->months ? months_from(from, to) / unit->months : (to - from) / unit->microseconds);
}

struct value interval_part(struct call *call, const struct value *name, const struct value *interval)
{
    static const struct {
        const char *name;
        int field;
    } shorts[] = {{"y", INTERVAL_YEAR},  {"yr", INTERVAL_YEAR},  {"yrs", INTERVAL_YEAR},   {"mon", INTERVAL_MONTH},  {"mons", INTERVAL_MONTH},
                  {"d", INTERVAL_DAY},   {"h", INTERVAL_HOUR},   {"hr", INTERVAL_HOUR},    {"hrs", INTERVAL_HOUR},   {"m", INTERVAL_MINUTE},
                  {"min", INTERVAL_MINUTE}, {"mins", INTERVAL_MINUTE}, {"s", INTERVAL_SECOND}, {"sec", INTERVAL_SECOND}, {"secs", INTERVAL_SECOND}};
    char field[16] = "";
    int which = -1;
    memcpy(field, name->text, name->len < 15 ? name->len : 15);
    for (size_t i = 0; i < sizeof shorts / sizeof *shorts; i++)
        if (strcasecmp(field, shorts[i].name) == 0)
            which = shorts[i].field;
    int64_t months = interval->interval.months, micros = interval->interval.microseconds;
    if ((which < 0 && !interval_field_named(field, &which)) || which > INTERVAL_SECOND || (which <= INTERVAL_MONTH) != (interval->scale <= INTERVAL_MONTH))
        return row_fail(call->row, "there is no field %s of this interval", row_show(call->row, name));
    switch ((enum interval_field)which) {
    case INTERVAL_YEAR:
        return value_int(months / 12);
    case INTERVAL_MONTH:
        return value_int(months % 12);
    case INTERVAL_DAY:
        return value_int(micros / MICROS_PER_DAY);
    case INTERVAL_HOUR:
        return value_int(micros / (3600 * MICROS_PER_SECOND) % 24);
    case INTERVAL_MINUTE:
        return value_int(micros / (60 * MICROS_PER_SECOND) % 60);
    case INTERVAL_SECOND:
        break;
    }
    return (struct value){.type = VALUE_DECIMAL, .precision = 8, .scale = 6, .unscaled = micros % (60 * MICROS_PER_SECOND)};
}

static struct value current_timezone(struct call *call, const struct value *args, size_t count)
{
    (void)args, (void)count;
    const char *zone = getenv("TZ");
    zone = zone && *zone == ':' ? zone + 1 : zone;
    zone = zone && *zone ? zone : "UTC";
    return value_string(arena_copy(call->arena, zone, strlen(zone)), strlen(zone));
}

const struct function functions_units[] = {
    {"timestampadd", "sit", .run = timestamp_add},
    {"timestampdiff", "stt", .run = timestamp_diff},
    {"current_timezone", "", .run = current_timezone},
    {0},
};

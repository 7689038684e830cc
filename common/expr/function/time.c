/* Functions of dates and timestamps. */
#include <math.h>
#include <stdint.h>
#include <strings.h>
#include <time.h>

#include "expr/function/function.h"
#include "expr/node.h"
#include "value/datetime.h"
#include "value/datetime_format.h"
#include "value/decimal.h"
#include "value/interval.h"

static struct civil local_of(const struct value *value)
{
    struct civil civil;
    datetime_local(value->integer, &civil);
    return civil;
}

static struct civil date_of(const struct value *value)
{
    struct civil civil;
    datetime_date(value->integer, &civil);
    return civil;
}

static struct value year(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(date_of(args).year);
}

static struct value quarter(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int((date_of(args).month + 2) / 3);
}

static struct value month(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(date_of(args).month);
}

static struct value day(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(date_of(args).day);
}

static struct value hour(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(local_of(args).hour);
}

static struct value minute(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(local_of(args).minute);
}

static struct value second(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(local_of(args).second);
}

/* Sunday is 1. */
static struct value dayofweek(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(datetime_weekday(args->integer) % 7 + 1);
}

/* Monday is 0. */
static struct value weekday(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(datetime_weekday(args->integer) - 1);
}

static struct value dayofyear(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(datetime_day_of_year(args->integer));
}

static struct value weekofyear(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int64_t week_year;
    return value_int(datetime_week(args->integer, &week_year));
}

static struct value name_of(struct call *call, const struct value *date, const char *pattern)
{
    const char *wrong;
    struct buffer text = {.cap = 64, .data = arena_alloc(call->arena, 64)};
    datetime_format_write(datetime_format_compile(call->arena, pattern, strlen(pattern), &wrong), datetime_midnight(date->integer), &text);
    return value_string(text.data, text.len);
}

static struct value dayname(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return name_of(call, args, "EEE");
}

static struct value monthname(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return name_of(call, args, "MMM");
}

/* extract(field from x), date_part('field', x). */
static struct value date_part(struct call *call, const struct value *args, size_t count)
{
    static const struct {
        const char *name;
        struct value (*run)(struct call *, const struct value *, size_t);
        bool of_time;
    } parts[] = {
        {"year", year, false},        {"y", year, false},           {"years", year, false},         {"yr", year, false},
        {"quarter", quarter, false},  {"qtr", quarter, false},      {"month", month, false},        {"mon", month, false},
        {"months", month, false},     {"week", weekofyear, false},  {"w", weekofyear, false},       {"weeks", weekofyear, false},
        {"day", day, false},          {"d", day, false},            {"days", day, false},           {"dayofweek", dayofweek, false},
        {"dow", dayofweek, false},    {"doy", dayofyear, false},    {"hour", hour, true},           {"h", hour, true},
        {"hours", hour, true},        {"minute", minute, true},     {"m", minute, true},            {"min", minute, true},
        {"minutes", minute, true},    {"yrs", year, false},         {"mons", month, false},         {"hr", hour, true},
        {"hrs", hour, true},          {"mins", minute, true},
    };
    if (args[1].type == VALUE_INTERVAL)
        return interval_part(call, &args[0], &args[1]);
    const char *name = args[0].text;
    char field[16] = "";
    memcpy(field, name, args[0].len < 15 ? args[0].len : 15);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcasecmp(field, parts[i].name) == 0) {
            struct value part = parts[i].of_time ? cast_timestamp(&args[1]) : cast_date(&args[1]);
            return part.type == VALUE_NULL ? part : parts[i].run(call, &part, count);
        }
    struct value date = cast_date(&args[1]), when = cast_timestamp(&args[1]);
    if (date.type == VALUE_NULL || when.type == VALUE_NULL)
        return value_null();
    if (strcasecmp(field, "dayofweek_iso") == 0 || strcasecmp(field, "dow_iso") == 0)
        return value_int(datetime_weekday(date.integer));
    if (strcasecmp(field, "yearofweek") == 0) {
        int64_t week_year;
        datetime_week(date.integer, &week_year);
        return value_int(week_year);
    }
    if (strcasecmp(field, "second") == 0 || strcasecmp(field, "s") == 0 || strcasecmp(field, "sec") == 0 || strcasecmp(field, "secs") == 0 ||
        strcasecmp(field, "seconds") == 0) {
        struct civil civil = local_of(&when);
        return (struct value){.type = VALUE_DECIMAL, .precision = 8, .scale = 6,
                              .unscaled = civil.second * MICROS_PER_SECOND + civil.microsecond};
    }
    return row_fail(call->row, "there is no field %s of a time", row_show(call->row, &args[0]));
}

/* A pattern that is a literal is compiled once. It is the last argument. */
static const void *prepare_format(struct arena *arena, const struct value *const *args, size_t count, const char **wrong)
{
    if (count == 0 || !args[count - 1] || args[count - 1]->type != VALUE_STRING)
        return NULL;
    return datetime_format_compile(arena, args[count - 1]->text, args[count - 1]->len, wrong);
}

static const void *prepare_second_format(struct arena *arena, const struct value *const *args, size_t count, const char **wrong)
{
    return count == 2 ? prepare_format(arena, args, count, wrong) : NULL;
}

static const struct datetime_format *format_of(struct call *call, const struct value *pattern)
{
    const char *wrong = NULL;
    if (call->prepared)
        return call->prepared;
    const struct datetime_format *format = datetime_format_compile(call->arena, pattern->text, pattern->len, &wrong);
    if (!format)
        row_fail(call->row, "date pattern %s: %s", row_show(call->row, pattern), wrong);
    return format;
}

static struct value formatted(struct call *call, int64_t microseconds, const struct value *pattern)
{
    const struct datetime_format *format = format_of(call, pattern);
    if (!format)
        return value_null();
    struct buffer text = {.cap = 32 * pattern->len + 64};
    text.data = arena_alloc(call->arena, text.cap);
    datetime_format_write(format, microseconds, &text);
    return value_string(text.data, text.len);
}

static struct value date_format(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return formatted(call, args[0].integer, &args[1]);
}

static const struct value usual_format = {.type = VALUE_STRING, .text = "yyyy-MM-dd HH:mm:ss", .len = 19};

static struct value from_unixtime(struct call *call, const struct value *args, size_t count)
{
    int64_t micros;
    if (__builtin_mul_overflow(args[0].integer, MICROS_PER_SECOND, &micros))
        return value_null();
    return formatted(call, micros, count > 1 ? &args[1] : &usual_format);
}

/* A text by a pattern as a timestamp; NULL when it does not fit (--ansi: an error). */
static struct value parsed(struct call *call, const struct value *text, const struct value *pattern)
{
    const struct datetime_format *format = format_of(call, pattern);
    int64_t micros;
    if (!format)
        return value_null();
    if (datetime_format_read(format, text->text, text->len, &micros))
        return value_timestamp(micros);
    if (call->ansi)
        return row_fail(call->row, "%s does not fit the pattern %s", row_show(call->row, text), row_show(call->row, pattern));
    return value_null();
}

static bool is_text(const struct value *value)
{
    return value->type == VALUE_STRING || value->type == VALUE_CELL;
}

static struct value cast_or_fail(struct call *call, const struct value *value, enum value_type type)
{
    struct value result = cast_value(value, (struct cast_type){.type = type}, call->arena, NULL);
    if (result.type == VALUE_NULL && call->ansi)
        return row_fail(call->row, "%s is no %s", row_show(call->row, value), type == VALUE_DATE ? "date" : "timestamp");
    return result;
}

static struct value to_timestamp(struct call *call, const struct value *args, size_t count)
{
    if (count > 1 && is_text(&args[0]))
        return parsed(call, &args[0], &args[1]);
    return cast_or_fail(call, &args[0], VALUE_TIMESTAMP);
}

static struct value try_to_timestamp(struct call *call, const struct value *args, size_t count)
{
    struct call inner = *call;
    inner.ansi = false;
    return to_timestamp(&inner, args, count);
}

static struct value to_date(struct call *call, const struct value *args, size_t count)
{
    if (count == 1 || !is_text(&args[0]))
        return cast_or_fail(call, &args[0], VALUE_DATE);
    struct value time = parsed(call, &args[0], &args[1]);
    return cast_date(&time);
}

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Seconds since the epoch; without arguments those of now. */
static struct value unix_timestamp(struct call *call, const struct value *args, size_t count)
{
    if (count == 0)
        return value_long((int64_t)time(NULL));
    struct value when = is_text(&args[0]) ? parsed(call, &args[0], count > 1 ? &args[1] : &usual_format) : cast_timestamp(&args[0]);
    /* towards zero: Spark divides here, where unix_seconds() takes the floor */
    return when.type == VALUE_NULL ? when : value_long(when.integer / MICROS_PER_SECOND);
}

static struct value checked_date(struct call *call, int64_t days)
{
    if (days > (int64_t)YEAR_LIMIT * 365 || days < -(int64_t)YEAR_LIMIT * 365)
        return row_fail(call->row, "a date beyond the years that are supported");
    return value_date(days);
}

static struct value date_add(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    int64_t days;
    return __builtin_add_overflow(args[0].integer, args[1].integer, &days) ? checked_date(call, INT64_MAX) : checked_date(call, days);
}

static struct value date_sub(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    int64_t days;
    return __builtin_sub_overflow(args[0].integer, args[1].integer, &days) ? checked_date(call, INT64_MAX) : checked_date(call, days);
}

static struct value datediff(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(args[0].integer - args[1].integer);
}

static struct value add_months(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[1].integer > YEAR_LIMIT * 12 || args[1].integer < -YEAR_LIMIT * 12)
        return checked_date(call, INT64_MAX);
    return checked_date(call, interval_add_months(args[0].integer, args[1].integer));
}

static bool last_of_month(const struct civil *civil)
{
    return civil->day == datetime_month_days(civil->year, civil->month);
}

static int64_t since_midnight(const struct value *time)
{
    return (time->integer - datetime_midnight(datetime_day_of(time->integer))) / MICROS_PER_SECOND;
}

/* Whole months when both are the same day or both the last of their months; else a 31st part a day, rounded to 8 places. */
static struct value months_between(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    struct civil a = local_of(&args[0]), b = local_of(&args[1]);
    double months = (double)((a.year - b.year) * 12 + a.month - b.month);
    if (a.day == b.day || (last_of_month(&a) && last_of_month(&b)))
        return value_double(months);
    int64_t seconds = (a.day - b.day) * SECONDS_PER_DAY + since_midnight(&args[0]) - since_midnight(&args[1]);
    double result = months + (double)seconds / (double)(31 * SECONDS_PER_DAY);
    bool rounded = count < 3 || args[2].boolean;
    return value_double(rounded ? round(result * 1e8) / 1e8 : result);
}

static struct value last_day(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    struct civil civil = date_of(args);
    return value_date(args->integer + datetime_month_days(civil.year, civil.month) - civil.day);
}

/* The next such weekday behind the date: Mon, MO, Monday. */
static struct value next_day(struct call *call, const struct value *args, size_t count)
{
    static const char *const names[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    (void)call, (void)count;
    const struct value *name = &args[1];
    for (int i = 0; i < 7; i++) {
        bool fits = name->len == 2 || name->len == 3 || name->len == strlen(names[i]);
        if (!fits || strncasecmp(name->text, names[i], name->len) != 0)
            continue;
        int ahead = (i + 1 - datetime_weekday(args[0].integer) + 6) % 7 + 1;
        return value_date(args[0].integer + ahead);
    }
    return value_null();
}

enum unit { UNIT_NONE, UNIT_MICROSECOND, UNIT_MILLISECOND, UNIT_SECOND, UNIT_MINUTE, UNIT_HOUR, UNIT_DAY, UNIT_WEEK, UNIT_MONTH, UNIT_QUARTER, UNIT_YEAR };

static enum unit unit_named(const struct value *name)
{
    static const struct {
        const char *name;
        enum unit unit;
    } units[] = {{"microsecond", UNIT_MICROSECOND}, {"millisecond", UNIT_MILLISECOND}, {"second", UNIT_SECOND}, {"minute", UNIT_MINUTE},
                 {"hour", UNIT_HOUR}, {"day", UNIT_DAY}, {"dd", UNIT_DAY}, {"week", UNIT_WEEK}, {"month", UNIT_MONTH}, {"mon", UNIT_MONTH},
                 {"mm", UNIT_MONTH}, {"quarter", UNIT_QUARTER}, {"year", UNIT_YEAR}, {"yyyy", UNIT_YEAR}, {"yy", UNIT_YEAR}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == name->len && strncasecmp(units[i].name, name->text, name->len) == 0)
            return units[i].unit;
    return UNIT_NONE;
}

static int64_t truncated_days(int64_t days, enum unit unit)
{
    struct civil civil;
    datetime_date(days, &civil);
    if (unit == UNIT_WEEK)
        return days - datetime_weekday(days) + 1;
    if (unit == UNIT_MONTH)
        return days - civil.day + 1;
    if (unit == UNIT_QUARTER)
        return datetime_days(civil.year, (civil.month - 1) / 3 * 3 + 1, 1);
    return unit == UNIT_YEAR ? datetime_days(civil.year, 1, 1) : days;
}

/* trunc(date, 'month'): week and longer only. */
static struct value trunc_date(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    enum unit unit = unit_named(&args[1]);
    return unit < UNIT_WEEK ? value_null() : value_date(truncated_days(args[0].integer, unit));
}

/* date_trunc('hour', timestamp) */
static struct value date_trunc(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    enum unit unit = unit_named(&args[0]);
    int64_t micros = args[1].integer;
    static const int64_t sizes[] = {0, 1, 1000, MICROS_PER_SECOND};
    if (unit == UNIT_NONE)
        return value_null();
    if (unit >= UNIT_DAY)
        return value_timestamp(datetime_midnight(truncated_days(datetime_day_of(micros), unit)));
    if (unit <= UNIT_SECOND) {
        int64_t start;
        return __builtin_mul_overflow(floor_divide(micros, sizes[unit]), sizes[unit], &start) ? value_null() : value_timestamp(start);
    }
    struct civil civil;
    datetime_local(micros, &civil);
    if (civil.year > YEAR_LIMIT || civil.year < -YEAR_LIMIT)
        return value_null();
    civil.minute = unit == UNIT_HOUR ? 0 : civil.minute;
    civil.second = civil.microsecond = 0;
    return value_timestamp(datetime_from_local(&civil));
}

static struct value make_date(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int64_t y = args[0].integer, m = args[1].integer, d = args[2].integer;
    if (y > YEAR_LIMIT || y < -YEAR_LIMIT || m < 1 || m > 12 || d < 1 || d > datetime_month_days(y, (int)m))
        return value_null();
    return value_date(datetime_days(y, (int)m, (int)d));
}

static struct value make_timestamp(struct call *call, const struct value *args, size_t count)
{
    const struct zone *zone = NULL;
    if (count > 6 && !datetime_zone(args[6].text, args[6].len, &zone))
        return row_fail(call->row, "no time zone %s", row_show(call->row, &args[6]));
    struct value date = make_date(call, args, count);
    struct value seconds = cast_value(&args[5], (struct cast_type){.type = VALUE_DECIMAL, .precision = 16, .scale = 6}, call->arena, NULL);
    int64_t h = args[3].integer, m = args[4].integer;
    if (date.type == VALUE_NULL || seconds.type == VALUE_NULL || h < 0 || h > 23 || m < 0 || m > 59 || seconds.unscaled < 0 ||
        seconds.unscaled > 60 * MICROS_PER_SECOND)
        return value_null();
    struct civil civil = date_of(&date);
    civil.hour = (int)h;
    civil.minute = (int)m;
    if (zone) {
        int64_t local = datetime_days(civil.year, civil.month, civil.day) * SECONDS_PER_DAY + h * 3600 + m * 60;
        return value_timestamp(datetime_zone_local_to_utc(zone, local) * MICROS_PER_SECOND + (int64_t)seconds.unscaled);
    }
    return value_timestamp(datetime_from_local(&civil) + (int64_t)seconds.unscaled);
}

static struct value current_date(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)args, (void)count;
    return value_date(datetime_day_of((int64_t)time(NULL) * MICROS_PER_SECOND));
}

static struct value current_timestamp(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)args, (void)count;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return value_timestamp((int64_t)now.tv_sec * MICROS_PER_SECOND + now.tv_nsec / 1000);
}

static struct value scaled_timestamp(struct call *call, int64_t count, int64_t scale)
{
    int64_t micros;
    if (__builtin_mul_overflow(count, scale, &micros))
        return row_fail(call->row, "a timestamp beyond 64 bits of microseconds");
    return value_timestamp(micros);
}

static struct value timestamp_seconds(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return args[0].type == VALUE_LONG ? scaled_timestamp(call, args[0].integer, MICROS_PER_SECOND) : cast_timestamp(&args[0]);
}

static struct value timestamp_millis(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return scaled_timestamp(call, args[0].integer, 1000);
}

static struct value timestamp_micros(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return scaled_timestamp(call, args[0].integer, 1);
}

static struct value unix_seconds(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_long(floor_divide(args[0].integer, MICROS_PER_SECOND));
}

static struct value unix_millis(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_long(floor_divide(args[0].integer, 1000));
}

static struct value unix_micros(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_long(args[0].integer);
}

static struct value unix_date(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(args[0].integer);
}

static struct value date_from_unix_date(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return checked_date(call, args[0].integer);
}

/* The timestamp moved by the zone's distance from UTC; the session zone plays no part. */
static struct value in_zone(struct call *call, const struct value *args, bool from_utc)
{
    const struct zone *zone;
    if (!datetime_zone(args[1].text, args[1].len, &zone))
        return row_fail(call->row, "no time zone %s", row_show(call->row, &args[1]));
    int64_t seconds = floor_divide(args[0].integer, MICROS_PER_SECOND), micros;
    int64_t moved = from_utc ? datetime_zone_offset(zone, seconds) : datetime_zone_local_to_utc(zone, seconds) - seconds;
    return __builtin_add_overflow(args[0].integer, moved * MICROS_PER_SECOND, &micros) ? value_null() : value_timestamp(micros);
}

static struct value from_utc_timestamp(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return in_zone(call, args, true);
}

static struct value to_utc_timestamp(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return in_zone(call, args, false);
}

const struct function functions_time[] = {
    {"year", "D", .run = year},
    {"quarter", "D", .run = quarter},
    {"month", "D", .run = month},
    {"day", "D", .run = day},
    {"dayofmonth", "D", .run = day},
    {"hour", "t", .run = hour},
    {"minute", "t", .run = minute},
    {"second", "t", .run = second},
    {"dayofweek", "D", .run = dayofweek},
    {"weekday", "D", .run = weekday},
    {"dayofyear", "D", .run = dayofyear},
    {"weekofyear", "D", .run = weekofyear},
    {"dayname", "D", .run = dayname},
    {"monthname", "D", .run = monthname},
    {"date_part", "sx", .run = date_part},
    {"datepart", "sx", .run = date_part},
    {"date_format", "ts", .run = date_format, .prepare = prepare_second_format},
    {"from_unixtime", "i|s", .run = from_unixtime, .prepare = prepare_second_format},
    {"to_timestamp", "x|s", .run = to_timestamp, .prepare = prepare_second_format},
    {"to_timestamp_ltz", "x|s", .run = to_timestamp, .prepare = prepare_second_format},
    {"to_timestamp_ntz", "x|s", .run = to_timestamp, .prepare = prepare_second_format},
    {"try_to_timestamp", "x|s", .run = try_to_timestamp, .prepare = prepare_second_format},
    {"to_date", "x|s", .run = to_date, .prepare = prepare_second_format},
    {"unix_timestamp", "|xs", .run = unix_timestamp, .prepare = prepare_second_format},
    {"to_unix_timestamp", "x|s", .run = unix_timestamp, .prepare = prepare_second_format},
    {"date_add", "Di", .run = date_add},
    {"dateadd", "Di", .run = date_add},
    {"date_sub", "Di", .run = date_sub},
    {"datediff", "DD", .run = datediff},
    {"date_diff", "DD", .run = datediff},
    {"add_months", "Di", .run = add_months},
    {"months_between", "tt|b", .run = months_between},
    {"last_day", "D", .run = last_day},
    {"next_day", "Ds", .run = next_day},
    {"trunc", "Ds", .run = trunc_date},
    {"date_trunc", "st", .run = date_trunc},
    {"make_date", "iii", .run = make_date},
    {"make_timestamp", "iiiiin|s", .run = make_timestamp},
    {"current_date", "", .run = current_date},
    {"curdate", "", .run = current_date},
    {"current_timestamp", "", .run = current_timestamp},
    {"now", "", .run = current_timestamp},
    {"timestamp_seconds", "n", .run = timestamp_seconds},
    {"timestamp_millis", "i", .run = timestamp_millis},
    {"timestamp_micros", "i", .run = timestamp_micros},
    {"unix_seconds", "t", .run = unix_seconds},
    {"unix_millis", "t", .run = unix_millis},
    {"unix_micros", "t", .run = unix_micros},
    {"unix_date", "D", .run = unix_date},
    {"date_from_unix_date", "i", .run = date_from_unix_date},
    {"from_utc_timestamp", "ts", .run = from_utc_timestamp},
    {"to_utc_timestamp", "ts", .run = to_utc_timestamp},
    {0},
};

/* Functions of dates and timestamps. */
#include <pthread.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "expr/function/function.h"
#include "expr/function/time_inner.h"
#include "expr/node.h"
#include "expr/parse_inner.h"
#include "value/datetime_format.h"
#include "value/decimal.h"
#include "value/interval.h"

static struct value year(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(time_civil_of_date(args).year);
}

static struct value quarter(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int((time_civil_of_date(args).month + 2) / 3);
}

static struct value month(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(time_civil_of_date(args).month);
}

static struct value day(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(time_civil_of_date(args).day);
}

static struct value hour(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(time_civil_of_timestamp(args).hour);
}

static struct value minute(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(time_civil_of_timestamp(args).minute);
}

static struct value second(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(time_civil_of_timestamp(args).second);
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
    return datetime_format_text(datetime_format_compile(call->arena, pattern, strlen(pattern), &wrong),
                                datetime_midnight(date->integer), call->arena);
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

static struct value weekday_iso(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int(datetime_weekday(args->integer));
}

static struct value year_of_week(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    int64_t year;
    datetime_week(args->integer, &year);
    return value_int(year);
}

/* With its fraction. */
static struct value exact_second(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    struct civil civil = time_civil_of_timestamp(args);
    return (struct value){.type = VALUE_DECIMAL, .precision = 8, .scale = 6,
                          .unscaled = civil.second * MICROS_PER_SECOND + civil.microsecond};
}

/* The fields of times; those of intervals are among them. */
static const struct time_field {
    const char *name;
    struct value (*run)(struct call *, const struct value *, size_t);
    bool of_time;
} time_fields[] = {
    {"year", year, false}, {"y", year, false}, {"years", year, false}, {"yr", year, false}, {"yrs", year, false},
    {"yearofweek", year_of_week, false}, {"quarter", quarter, false}, {"qtr", quarter, false},
    {"month", month, false}, {"mon", month, false}, {"months", month, false}, {"mons", month, false},
    {"week", weekofyear, false}, {"w", weekofyear, false}, {"weeks", weekofyear, false},
    {"day", day, false}, {"d", day, false}, {"days", day, false}, {"doy", dayofyear, false},
    {"dayofweek", dayofweek, false}, {"dow", dayofweek, false},
    {"dayofweek_iso", weekday_iso, false}, {"dow_iso", weekday_iso, false},
    {"hour", hour, true}, {"h", hour, true}, {"hours", hour, true}, {"hr", hour, true}, {"hrs", hour, true},
    {"minute", minute, true}, {"m", minute, true}, {"min", minute, true}, {"minutes", minute, true},
    {"mins", minute, true}, {"second", exact_second, true}, {"s", exact_second, true}, {"sec", exact_second, true},
    {"seconds", exact_second, true}, {"secs", exact_second, true},
};

static const struct time_field *time_field_named(const struct value *name)
{
    for (size_t i = 0; i < sizeof time_fields / sizeof *time_fields; i++)
        if (strlen(time_fields[i].name) == name->len && strncasecmp(time_fields[i].name, name->text, name->len) == 0)
            return &time_fields[i];
    return NULL;
}

/* extract(field from x), date_part('field', x). */
static struct value date_part(struct call *call, const struct value *args, size_t count)
{
    if (args[1].type == VALUE_INTERVAL)
        return function_interval_part(call, &args[0], &args[1]);
    const struct time_field *field = time_field_named(&args[0]);
    if (!field)
        return row_fail(call->row, "there is no field %s of a time", row_show(call->row, &args[0]));
    struct value part = field->of_time ? cast_timestamp(&args[1]) : cast_date(&args[1]);
    return part.type == VALUE_NULL ? part : field->run(call, &part, count);
}

/* A field that is a literal is one that there is. */
static const void *prepare_field(struct arena *arena, const struct value *const *args, size_t count, const char **wrong)
{
    (void)arena;
    if (count == 2 && args[0] && args[0]->type == VALUE_STRING && !time_field_named(args[0]))
        *wrong = "a time has no such field (year, quarter, month, week, day, dow, doy, hour, minute, second)";
    return NULL;
}

/* extract(field from x) */
static struct expr *parse_extract(struct parser *parser, const struct function *function, size_t offset,
                                  struct expr_list *first)
{
    (void)first;
    const struct token *field = expr_token_now(parser);
    if (field->kind != TOKEN_NAME)
        expr_parse_unexpected(parser, "a field such as year");
    parser->at++;
    expr_expect_word(parser, "from");
    struct expr *args[] = {expr_literal(parser->arena, value_string(field->text, field->text_len)),
                           expr_parse_value(parser)};
    expr_expect(parser, ")");
    return expr_build_call(parser, function, function->callable.name, offset, args, 2);
}

/* A pattern that is a literal is compiled once. It is the last argument. */
static const void *prepare_format(struct arena *arena, const struct value *const *args, size_t count,
                                  const char **wrong)
{
    if (count == 0 || !args[count - 1] || args[count - 1]->type != VALUE_STRING)
        return NULL;
    return datetime_format_compile(arena, args[count - 1]->text, args[count - 1]->len, wrong);
}

static const void *prepare_second_format(struct arena *arena, const struct value *const *args, size_t count,
                                         const char **wrong)
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
    return format ? datetime_format_text(format, microseconds, call->arena) : value_null();
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
        return row_fail(call->row, "%s does not fit the pattern %s", row_show(call->row, text),
                        row_show(call->row, pattern));
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
        return row_fail(call->row, "%s is no %s", row_show(call->row, value),
                        type == VALUE_DATE ? "date" : "timestamp");
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

/* Now, in microseconds: what it was at the first call, for the whole run, as a query of Spark has it. */
static int64_t now;
static void read_clock(void)
{
    now = clock_wall_us();
}
static int64_t run_time(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* the first of all threads reads it, for all records */
    pthread_once(&once, read_clock);
    return now;
}

/* Seconds since the epoch; without arguments those of now. */
static struct value unix_timestamp(struct call *call, const struct value *args, size_t count)
{
    if (count == 0)
        return value_long(run_time() / MICROS_PER_SECOND);
    struct value when =
        is_text(&args[0]) ? parsed(call, &args[0], count > 1 ? &args[1] : &usual_format) : cast_timestamp(&args[0]);
    /* towards zero: Spark divides here, where unix_seconds() takes the floor */
    return when.type == VALUE_NULL ? when : value_long(when.integer / MICROS_PER_SECOND);
}

static struct value make_date(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    int64_t y = args[0].integer, m = args[1].integer, d = args[2].integer;
    if (y > YEAR_LIMIT || y < -YEAR_LIMIT)
        return row_fail(call->row, "%s: the years are up to %d, not %lld", call->name, (int)YEAR_LIMIT, (long long)y);
    if (m < 1 || m > 12 || d < 1 || d > datetime_month_days(y, (int)m))
        return value_null();
    return value_date(datetime_days(y, (int)m, (int)d));
}

static struct value make_timestamp(struct call *call, const struct value *args, size_t count)
{
    const struct zone *zone = NULL;
    if (count > 6 && !datetime_zone(args[6].text, args[6].len, &zone))
        return row_fail(call->row, "no time zone %s", row_show(call->row, &args[6]));
    struct value date = make_date(call, args, count);
    struct value seconds =
        cast_value(&args[5], (struct cast_type){.type = VALUE_DECIMAL, .precision = 16, .scale = 6}, call->arena, NULL);
    int64_t h = args[3].integer, m = args[4].integer;
    if (date.type == VALUE_NULL || seconds.type == VALUE_NULL || h < 0 || h > 23 || m < 0 || m > 59 ||
        seconds.unscaled < 0 || seconds.unscaled > 60 * MICROS_PER_SECOND)
        return value_null();
    struct civil civil = time_civil_of_date(&date);
    civil.hour = (int)h;
    civil.minute = (int)m;
    if (zone) {
        int64_t local = datetime_days(civil.year, civil.month, civil.day) * SECONDS_PER_DAY + h * 3600 + m * 60;
        return value_timestamp(datetime_zone_local_to_utc(zone, local) * MICROS_PER_SECOND + (int64_t)seconds.unscaled);
    }
    return value_timestamp(datetime_from_local(&civil) + (int64_t)seconds.unscaled);
}

static struct value make_timestamp_ntz(struct call *call, const struct value *args, size_t count)
{
    struct value time = make_timestamp(call, args, count);
    time.width = time.type == VALUE_TIMESTAMP;
    return time;
}

static struct value current_date(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)args, (void)count;
    return value_date(datetime_day_of(run_time()));
}

static struct value current_timestamp(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)args, (void)count;
    return value_timestamp(run_time());
}

static struct value localtimestamp(struct call *call, const struct value *args, size_t count)
{
    struct value time = current_timestamp(call, args, count);
    time.width = 1;
    return time;
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
    return args[0].type == VALUE_LONG ? scaled_timestamp(call, args[0].integer, MICROS_PER_SECOND)
                                      : cast_timestamp(&args[0]);
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
    return value_long(datetime_floor(args[0].integer, MICROS_PER_SECOND));
}

static struct value unix_millis(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_long(datetime_floor(args[0].integer, 1000));
}

static struct value unix_micros(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_long(args[0].integer);
}

/* The timestamp moved by the zone's distance from UTC; the session zone plays no part. */
static struct value in_zone(struct call *call, const struct value *args, bool from_utc)
{
    const struct zone *zone;
    if (!datetime_zone(args[1].text, args[1].len, &zone))
        return row_fail(call->row, "no time zone %s", row_show(call->row, &args[1]));
    int64_t seconds = datetime_floor(args[0].integer, MICROS_PER_SECOND), micros;
    int64_t moved =
        from_utc ? datetime_zone_offset(zone, seconds) : datetime_zone_local_to_utc(zone, seconds) - seconds;
    return __builtin_add_overflow(args[0].integer, moved * MICROS_PER_SECOND, &micros) ? value_null()
                                                                                       : value_timestamp(micros);
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

static struct value current_timezone(struct call *call, const struct value *args, size_t count)
{
    (void)args, (void)count;
    const char *zone = getenv("TZ");
    zone = zone && *zone == ':' ? zone + 1 : zone;
    zone = zone && *zone ? zone : "UTC";
    return value_string(arena_copy(call->arena, zone, strlen(zone)), strlen(zone));
}

const struct function functions_time[] = {
    {{"current_date", "curdate", "", "Date; never null",
      "Today, in the session zone; the same for all records. Also without parentheses",
      "current_date() > date '2020-01-01' => true\n"
      "curdate() = current_date => true"},
     "", .run = current_date, .bare = true},
    {{"current_timestamp", "now", "", "Timestamp; never null",
      "Now; the same for all records. Also without parentheses",
      "current_timestamp() > timestamp '2020-01-01' => true\n"
      "now() > '2020-01-01' => true"},
     "", .run = current_timestamp, .bare = true},
    {{"localtimestamp", NULL, "", "Timestamp_ntz; never null", "The same, a time of the local clock",
      "localtimestamp() > timestamp_ntz '2020-01-01' => true"},
     "", .run = localtimestamp, .bare = true},
    {{"current_timezone", NULL, "", "String", "The session's zone", "current_timezone() => UTC"},
     "", .run = current_timezone},
    {{"to_date", NULL, "x[, format]", "Date; also null if x is none", "A string as a date",
      "to_date('03/02/2020', 'dd/MM/yyyy') => 2020-02-03"},
     "x|s", .run = to_date, .prepare = prepare_second_format},
    {{"to_timestamp", "to_timestamp_ltz to_timestamp_ntz", "x[, format]", "Timestamp; also null if x is none",
      "A string as a timestamp",
      "to_timestamp('3.2.2020 4:05', 'd.M.yyyy H:mm') => 2020-02-03 04:05:00\n"
      "to_timestamp_ltz('2020-01-31') => 2020-01-31 00:00:00\n"
      "to_timestamp_ntz('2020-01-31') => 2020-01-31 00:00:00"},
     "x|s", .run = to_timestamp, .prepare = prepare_second_format},
    {{"try_to_timestamp", NULL, "x[, pattern]", "Timestamp; null where it is none, also with --ansi", "The same",
      "try_to_timestamp('2020-13-01') => null"},
     "x|s", .run = try_to_timestamp, .prepare = prepare_second_format},
    {{"unix_timestamp", NULL, "[x[, format]]", "Bigint; also null if x is none",
      "Seconds since 1970, of now without arguments", "unix_timestamp('1970-01-02 00:00:00') => 86400"},
     "|xs", .run = unix_timestamp, .prepare = prepare_second_format},
    {{"to_unix_timestamp", NULL, "x[, format]", "Bigint; also null if x is none", "The same, of x",
      "to_unix_timestamp('1970-01-02', 'yyyy-MM-dd') => 86400"},
     "x|s", .run = unix_timestamp, .prepare = prepare_second_format},
    {{"from_unixtime", NULL, "n[, format]", "String", "Seconds since 1970 as text",
      "from_unixtime(86400, 'yyyy-MM-dd') => 1970-01-02"},
     "i|s", .run = from_unixtime, .prepare = prepare_second_format},
    {{"date_format", NULL, "t, format", "String", "A timestamp as text",
      "date_format('2020-02-03', 'EEE d MMM yyyy') => Mon 3 Feb 2020"},
     "ts", .run = date_format, .prepare = prepare_second_format},
    {{"year", NULL, "t", "Int", "", "year('2020-02-29') => 2020"},
     "D", .run = year},
    {{"quarter", NULL, "t", "Int", "1 to 4", "quarter('2020-05-01') => 2"},
     "D", .run = quarter},
    {{"month", NULL, "t", "Int", "1 to 12", "month('2020-02-29') => 2"},
     "D", .run = month},
    {{"day", "dayofmonth", "t", "Int", "Day of the month",
      "day('2020-02-29') => 29\n"
      "dayofmonth('2020-02-29') => 29"},
     "D", .run = day},
    {{"hour", NULL, "t", "Int", "", "hour('2020-01-01 13:14:15') => 13"},
     "t", .run = hour},
    {{"minute", NULL, "t", "Int", "", "minute('2020-01-01 13:14:15') => 14"},
     "t", .run = minute},
    {{"second", NULL, "t", "Int", "", "second('2020-01-01 13:14:15') => 15"},
     "t", .run = second},
    {{"dayofweek", NULL, "t", "Int", "1 is Sunday", "dayofweek('2020-03-01') => 1"},
     "D", .run = dayofweek},
    {{"weekday", NULL, "t", "Int", "0 is Monday", "weekday('2020-03-01') => 6"},
     "D", .run = weekday},
    {{"dayofyear", NULL, "t", "Int", "1 to 366", "dayofyear('2020-12-31') => 366"},
     "D", .run = dayofyear},
    {{"weekofyear", NULL, "t", "Int", "ISO 8601 week", "weekofyear('2021-01-03') => 53"},
     "D", .run = weekofyear},
    {{"dayname", NULL, "t", "String", "Three letters", "dayname(date '2020-03-01') => Sun"},
     "D", .run = dayname},
    {{"monthname", NULL, "t", "String", "Three letters", "monthname(date '2020-03-01') => Mar"},
     "D", .run = monthname},
    {{"extract", NULL, "field from t", "Int, second a decimal",
      "A field of a time: year, quarter, month, week, day, dow, doy, hour, minute, second",
      "extract(hour from timestamp '2020-03-01 13:14:15') => 13"},
     "sx", .run = date_part, .parse = parse_extract, .prepare = prepare_field},
    {{"date_part", "datepart", "field, t", "Int, second a decimal", "As extract(field from t)",
      "date_part('doy', date '2020-03-01') => 61\n"
      "datepart('week', date '2020-03-01') => 9"},
     "sx", .run = date_part, .prepare = prepare_field},
    {{"make_date", NULL, "y, m, d", "Date; also null if there is no such day", "",
      "make_date(2020, 2, 29) => 2020-02-29"},
     "iii", .run = make_date},
    {{"make_timestamp", "make_timestamp_ltz", "y, m, d, h, min, s[, zone]", "Timestamp; also null if there is none", "",
      "make_timestamp(2020, 1, 2, 3, 4, 5.5) => 2020-01-02 03:04:05.5\n"
      "make_timestamp_ltz(2020, 1, 2, 3, 4, 5) => 2020-01-02 03:04:05"},
     "iiiiin|s", .run = make_timestamp},
    {{"try_make_timestamp", "try_make_timestamp_ltz", "y, m, d, h, min, s[, zone]",
      "Timestamp; null if there is none, also with --ansi", "The same",
      "try_make_timestamp(2020, 13, 2, 3, 4, 5) => null\n"
      "try_make_timestamp_ltz(2020, 1, 2, 3, 4, 60) => 2020-01-02 03:05:00"},
     "iiiiin|s", .run = make_timestamp},
    {{"make_timestamp_ntz", "try_make_timestamp_ntz", "y, m, d, h, min, s", "Timestamp_ntz; null if there is none",
      "The same, a time of the local clock",
      "make_timestamp_ntz(2020, 1, 2, 3, 4, 5) => 2020-01-02 03:04:05\n"
      "try_make_timestamp_ntz(2020, 1, 2, 25, 4, 5) => null"},
     "iiiiin", .run = make_timestamp_ntz},
    {{"timestamp_seconds", NULL, "n", "Timestamp", "Seconds since 1970",
      "timestamp_seconds(1.5) => 1970-01-01 00:00:01.5"},
     "n", .run = timestamp_seconds},
    {{"timestamp_millis", NULL, "n", "Timestamp", "Milliseconds since 1970",
      "timestamp_millis(1500) => 1970-01-01 00:00:01.5"},
     "i", .run = timestamp_millis},
    {{"timestamp_micros", NULL, "n", "Timestamp", "Microseconds since 1970",
      "timestamp_micros(1500000) => 1970-01-01 00:00:01.5"},
     "i", .run = timestamp_micros},
    {{"unix_seconds", NULL, "t", "Bigint", "Seconds since 1970, downwards",
      "unix_seconds(timestamp '1970-01-01 00:00:02') => 2"},
     "t", .run = unix_seconds},
    {{"unix_millis", NULL, "t", "Bigint", "Milliseconds since 1970",
      "unix_millis(timestamp '1970-01-01 00:00:02') => 2000"},
     "t", .run = unix_millis},
    {{"unix_micros", NULL, "t", "Bigint", "Microseconds since 1970",
      "unix_micros(timestamp '1970-01-01 00:00:02') => 2000000"},
     "t", .run = unix_micros},
    {{"from_utc_timestamp", NULL, "t, zone", "Timestamp", "A UTC time as that zone's clock shows it",
      "from_utc_timestamp('2020-07-01 12:00:00', 'Europe/Berlin') => 2020-07-01 14:00:00"},
     "ts", .run = from_utc_timestamp},
    {{"to_utc_timestamp", NULL, "t, zone", "Timestamp", "That zone's clock as UTC",
      "to_utc_timestamp('2020-07-01 12:00:00', 'Europe/Berlin') => 2020-07-01 10:00:00"},
     "ts", .run = to_utc_timestamp},
    {.takes = NULL},
};

/* Functions that count in units of time, and that go to the start of one. */
#include <math.h>
#include <strings.h>

#include "expr/function/function.h"
#include "expr/function/time_inner.h"
#include "expr/node.h"
#include "expr/parse_inner.h"
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
    if (__builtin_mul_overflow(number, unit->microseconds, &micros) ||
        __builtin_mul_overflow(number, (int64_t)unit->months, &months) || months > INT32_MAX || months < INT32_MIN)
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

/* Microseconds since midnight. */
static int64_t time_of_day(int64_t local)
{
    int64_t rest = local % MICROS_PER_DAY;
    return rest < 0 ? rest + MICROS_PER_DAY : rest;
}

/* Whole months between two local times: a month is whole when day and time have come round. */
static int64_t months_from(int64_t from, int64_t to)
{
    int64_t day = datetime_floor(from, MICROS_PER_DAY), last = datetime_floor(to, MICROS_PER_DAY);
    int64_t time = time_of_day(from), end = time_of_day(to);
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
    bool by_clock = unit->months != 0 || unit->microseconds >= MICROS_PER_DAY;
    int64_t from = by_clock ? datetime_clock(args[1].integer) : args[1].integer;
    int64_t to = by_clock ? datetime_clock(args[2].integer) : args[2].integer;
    if (unit->months)
        return value_long(months_from(from, to) / unit->months);
    __int128 units = ((__int128)to - from) / unit->microseconds;
    if (units > INT64_MAX || units < INT64_MIN)
        return row_fail(call->row, "timestampdiff: beyond 64 bits");
    return value_long((int64_t)units);
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
    return __builtin_add_overflow(args[0].integer, args[1].integer, &days) ? checked_date(call, INT64_MAX)
                                                                           : checked_date(call, days);
}

static struct value date_sub(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    int64_t days;
    return __builtin_sub_overflow(args[0].integer, args[1].integer, &days) ? checked_date(call, INT64_MAX)
                                                                           : checked_date(call, days);
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
    __int128 elapsed = (__int128)time->integer - datetime_midnight(datetime_day_of(time->integer));
    return (int64_t)(elapsed / MICROS_PER_SECOND);
}

/* Whole months when both are the same day or both the last of their months; else a 31st part a day, rounded to 8
 * places. */
static struct value months_between(struct call *call, const struct value *args, size_t count)
{
    (void)call;
    struct civil a = time_civil_of_timestamp(&args[0]), b = time_civil_of_timestamp(&args[1]);
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
    struct civil civil = time_civil_of_date(args);
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

/* What trunc and date_trunc go back to. */
enum start {
    START_NONE,
    START_MICROSECOND,
    START_MILLISECOND,
    START_SECOND,
    START_MINUTE,
    START_HOUR,
    START_DAY,
    START_WEEK,
    START_MONTH,
    START_QUARTER,
    START_YEAR
};

static enum start start_named(const struct value *name)
{
    static const struct {
        const char *name;
        enum start start;
    } starts[] = {{"microsecond", START_MICROSECOND}, {"millisecond", START_MILLISECOND}, {"second", START_SECOND},
                  {"minute", START_MINUTE},           {"hour", START_HOUR},               {"day", START_DAY},
                  {"dd", START_DAY},                  {"week", START_WEEK},               {"month", START_MONTH},
                  {"mon", START_MONTH},               {"mm", START_MONTH},                {"quarter", START_QUARTER},
                  {"year", START_YEAR},               {"yyyy", START_YEAR},               {"yy", START_YEAR}};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (strlen(starts[i].name) == name->len && strncasecmp(starts[i].name, name->text, name->len) == 0)
            return starts[i].start;
    return START_NONE;
}

static int64_t truncated_days(int64_t days, enum start unit)
{
    struct civil civil;
    datetime_date(days, &civil);
    if (unit == START_WEEK)
        return days - datetime_weekday(days) + 1;
    if (unit == START_MONTH)
        return days - civil.day + 1;
    if (unit == START_QUARTER)
        return datetime_days(civil.year, (civil.month - 1) / 3 * 3 + 1, 1);
    return unit == START_YEAR ? datetime_days(civil.year, 1, 1) : days;
}

/* trunc(date, 'month'): week and longer only. */
static struct value trunc_date(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    enum start unit = start_named(&args[1]);
    return unit < START_WEEK ? value_null() : value_date(truncated_days(args[0].integer, unit));
}

/* date_trunc('hour', timestamp) */
static struct value date_trunc(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    enum start unit = start_named(&args[0]);
    int64_t micros = args[1].integer;
    static const int64_t sizes[] = {0, 1, 1000, MICROS_PER_SECOND};
    if (unit == START_NONE)
        return value_null();
    if (unit >= START_DAY) {
        int64_t start = datetime_midnight(truncated_days(datetime_day_of(micros), unit));
        return start == INT64_MIN ? value_null() : value_timestamp(start); /* no midnight is there */
    }
    if (unit <= START_SECOND) {
        int64_t start;
        return __builtin_mul_overflow(datetime_floor(micros, sizes[unit]), sizes[unit], &start)
                   ? value_null()
                   : value_timestamp(start);
    }
    struct civil civil;
    datetime_local(micros, &civil);
    if (civil.year > YEAR_LIMIT || civil.year < -YEAR_LIMIT)
        return value_null();
    civil.minute = unit == START_HOUR ? 0 : civil.minute;
    civil.second = civil.microsecond = 0;
    return value_timestamp(datetime_from_local(&civil));
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

struct value function_interval_part(struct call *call, const struct value *name, const struct value *interval)
{
    static const struct {
        const char *name;
        int field;
    } shorts[] = {{"y", INTERVAL_YEAR},    {"yr", INTERVAL_YEAR},    {"yrs", INTERVAL_YEAR},
                  {"mon", INTERVAL_MONTH}, {"mons", INTERVAL_MONTH}, {"d", INTERVAL_DAY},
                  {"h", INTERVAL_HOUR},    {"hr", INTERVAL_HOUR},    {"hrs", INTERVAL_HOUR},
                  {"m", INTERVAL_MINUTE},  {"min", INTERVAL_MINUTE}, {"mins", INTERVAL_MINUTE},
                  {"s", INTERVAL_SECOND},  {"sec", INTERVAL_SECOND}, {"secs", INTERVAL_SECOND}};
    char field[16] = "";
    int which = -1;
    memcpy(field, name->text, name->len < 15 ? name->len : 15);
    for (size_t i = 0; i < sizeof shorts / sizeof *shorts; i++)
        if (strcasecmp(field, shorts[i].name) == 0)
            which = shorts[i].field;
    int64_t months = interval->interval.months, micros = interval->interval.microseconds;
    if ((which < 0 && !interval_field_named(field, &which)) || which > INTERVAL_SECOND ||
        (which <= INTERVAL_MONTH && interval->scale > INTERVAL_MONTH) ||
        (which > INTERVAL_MONTH && interval->precision <= INTERVAL_MONTH))
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
    return (struct value){
        .type = VALUE_DECIMAL, .precision = 8, .scale = 6, .unscaled = micros % (60 * MICROS_PER_SECOND)};
}

/* Behind "NAME(": a unit that is named and not a string, an amount and a time. NULL if there is none. */
static struct expr *parse_unit(struct parser *parser, const struct function *counted, size_t offset,
                               struct expr_list *first)
{
    const struct token *unit = expr_token_now(parser);
    const struct value name = value_string(unit->text, unit->text_len);
    if (unit->kind != TOKEN_NAME || !unit_named(&name) || !expr_token_is(expr_token_ahead(parser, 1), ","))
        return NULL;
    size_t start = parser->at;
    parser->at += 2;
    struct expr *amount = expr_parse_expression(parser);
    if (first && expr_token_is(expr_token_now(parser), ")")) { /* a column called day */
        size_t end = parser->at;
        parser->at = start;
        expr_list_add(parser, first, expr_parse_path(parser));
        expr_list_add(parser, first, amount);
        parser->at = end;
        return NULL;
    }
    expr_expect(parser, ",");
    struct expr *args[] = {expr_literal(parser->arena, name), amount, expr_parse_expression(parser)};
    expr_expect(parser, ")");
    return expr_build_call(parser, counted, counted->callable.name, offset, args, 3);
}

/* timestampadd(unit, …), timestampdiff(unit, …) */
static struct expr *parse_units(struct parser *parser, const struct function *function, size_t offset,
                                struct expr_list *first)
{
    (void)first;
    struct expr *expr = parse_unit(parser, function, offset, NULL);
    if (!expr)
        expr_parse_unexpected(parser, "a unit such as day");
    return expr;
}

/* date_add and datediff are of days unless there is a unit in front. */
static struct expr *parse_unit_add(struct parser *parser, const struct function *function, size_t offset,
                                   struct expr_list *first)
{
    (void)function;
    return parse_unit(parser, function_find("timestampadd", 12), offset, first);
}

static struct expr *parse_unit_difference(struct parser *parser, const struct function *function, size_t offset,
                                          struct expr_list *first)
{
    (void)function;
    return parse_unit(parser, function_find("timestampdiff", 13), offset, first);
}

const struct function functions_units[] = {
    {{"date_add", "dateadd", "d, n", "Date", "n days later",
      "date_add('2020-02-28', 2) => 2020-03-01\n"
      "dateadd('2020-02-28', 1) => 2020-02-29"},
     "Di", .run = date_add, .parse = parse_unit_add},
    {{"date_sub", NULL, "d, n", "Date", "n days earlier", "date_sub('2020-03-01', 1) => 2020-02-29"},
     "Di", .run = date_sub},
    {{"timestampadd", NULL, "unit, n, t", "Timestamp",
      "So many units later: microsecond, millisecond, second, minute, hour, day, week, month, quarter or year. Also "
      "dateadd(unit, n, t) and date_add(unit, n, t)",
      "timestampadd(month, 1, timestamp '2020-01-31 10:00:00') => 2020-02-29 10:00:00"},
     "sit", .run = timestamp_add, .parse = parse_units},
    {{"timestampdiff", NULL, "unit, t, u", "Bigint",
      "Whole units from t to u. Also datediff(unit, t, u) and date_diff(unit, t, u)",
      "timestampdiff(hour, timestamp '2020-01-01', timestamp '2020-01-02 01:59:00') => 25"},
     "stt", .run = timestamp_diff, .parse = parse_units},
    {{"datediff", "date_diff", "d, e", "Int", "Days from e to d",
      "datediff('2020-03-01', '2020-02-01') => 29\n"
      "date_diff('2020-03-01', '2020-03-02') => -1"},
     "DD", .run = datediff, .parse = parse_unit_difference},
    {{"add_months", NULL, "d, n", "Date", "n months later, at most the month's last day",
      "add_months('2020-01-31', 1) => 2020-02-29"},
     "Di", .run = add_months},
    {{"months_between", NULL, "t, u[, round]", "Double", "Months from u to t, days as 31st parts",
      "months_between('2020-03-15', '2020-01-01') => 2.4516129"},
     "tt|b", .run = months_between},
    {{"last_day", NULL, "d", "Date", "The month's last day", "last_day('2020-02-03') => 2020-02-29"},
     "D", .run = last_day},
    {{"next_day", NULL, "d, weekday", "Date; also null for no weekday", "The next such day behind d",
      "next_day('2020-03-01', 'Mon') => 2020-03-02"},
     "Ds", .run = next_day},
    {{"trunc", NULL, "d, unit", "Date; also null for no unit", "Start of the week, month, quarter, year",
      "trunc('2020-05-17', 'quarter') => 2020-04-01"},
     "Ds", .run = trunc_date},
    {{"date_trunc", NULL, "unit, t", "Timestamp; also null for no unit",
      "Start of the second, minute, hour, day, week, month, quarter, year",
      "date_trunc('hour', '2020-05-17 10:20:30') => 2020-05-17 10:00:00"},
     "st", .run = date_trunc},
    {{"unix_date", NULL, "d", "Int", "Days since 1970", "unix_date(date '1970-02-01') => 31"},
     "D", .run = unix_date},
    {{"date_from_unix_date", NULL, "n", "Date", "Back from it", "date_from_unix_date(31) => 1970-02-01"},
     "i", .run = date_from_unix_date},
    {.takes = NULL},
};

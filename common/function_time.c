/* Functions of dates and timestamps. */
#include "datetime.h"
#include "function.h"

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

const struct function functions_time[] = {
    {"year", "D", .run = year},
    {"month", "D", .run = month},
    {"day", "D", .run = day},
    {"dayofmonth", "D", .run = day},
    {"hour", "t", .run = hour},
    {"minute", "t", .run = minute},
    {"second", "t", .run = second},
    {0},
};

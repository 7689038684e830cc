/* Functions of dates: seconds, broken-down times, texts. */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/problem.h"
#include "jq/function/function_inner.h"
#include "value/datetime.h"

enum { TEXT_MAX = 4096, PARTS = 8 };

static struct jq_value broken_down(struct jq_machine *jq, const struct tm *time, double fraction)
{
    struct jq_value parts = jq_array(jq, PARTS);
    int64_t whole[] = {time->tm_year + INT64_C(1900), time->tm_mon, time->tm_mday, time->tm_hour, time->tm_min};
    for (size_t i = 0; i < 5; i++)
        parts = jq_array_add(jq, parts, jq_int(whole[i]));
    parts = jq_array_add(jq, parts, jq_double((double)time->tm_sec + fraction));
    parts = jq_array_add(jq, parts, jq_int(time->tm_wday));
    return jq_array_add(jq, parts, jq_int(time->tm_yday));
}

static struct jq_value break_down(struct jq_machine *jq, struct jq_value value, bool local)
{
    struct tm time = {0};
    if (value.type != JQ_NUMBER) {
        jq_drop(jq, value);
        return jq_fail_text(jq, "%s() requires a number", local ? "localtime" : "gmtime");
    }
    double number = jq_to_double(&value);
    jq_drop(jq, value);
    time_t seconds = (time_t)(number > 9e15 ? 9e15 : number < -9e15 ? -9e15 : isnan(number) ? 0 : floor(number));
    struct problem problem = {0};
    if (local && !datetime_session(true, &problem))
        return jq_fail_text(jq, "%s", problem.text);
    if (!(local ? localtime_r(&seconds, &time) : gmtime_r(&seconds, &time)))
        return jq_fail_text(jq, "error converting number of seconds since epoch to datetime");
    return broken_down(jq, &time, isfinite(number) ? number - floor(number) : 0);
}

static struct jq_value gmtime_function(struct jq_machine *jq, struct jq_value *arguments)
{
    return break_down(jq, arguments[0], false);
}

static struct jq_value localtime_function(struct jq_machine *jq, struct jq_value *arguments)
{
    return break_down(jq, arguments[0], true);
}

/* Looks at an array of numbers; those that are missing are 0, as in jq. */
static bool read_parts(struct jq_machine *jq, struct jq_value *array, struct tm *time)
{
    *time = (struct tm){0};
    int *into[PARTS] = {&time->tm_year, &time->tm_mon, &time->tm_mday, &time->tm_hour,
                        &time->tm_min,  &time->tm_sec, &time->tm_wday, &time->tm_yday};
    if (array->type != JQ_ARRAY)
        return false;
    size_t len = jq_array_length(jq, array);
    for (size_t i = 0; i < PARTS && i < len; i++) {
        const struct jq_value *part = &array->array->items[i];
        if (part->type != JQ_NUMBER)
            return false;
        double number = jq_to_double(part);
        *into[i] = number > 2e9 ? 2000000000 : number < -2e9 ? -2000000000 : isnan(number) ? 0 : (int)number;
    }
    if (len > 0)
        time->tm_year -= 1900;
    return true;
}

static struct jq_value mktime_function(struct jq_machine *jq, struct jq_value *arguments)
{
    struct tm time;
    bool array = arguments[0].type == JQ_ARRAY, good = read_parts(jq, &arguments[0], &time);
    jq_drop(jq, arguments[0]);
    if (!good)
        return jq_fail_text(jq, array ? "mktime requires parsed datetime inputs" : "mktime requires array inputs");
    return jq_int((int64_t)timegm(&time));
}

static struct jq_value format_time(struct jq_machine *jq, struct jq_value *arguments, bool local)
{
    const char *name = local ? "strflocaltime/1" : "strftime/1";
    char text[TEXT_MAX], pattern[TEXT_MAX];
    struct tm time;
    if (arguments[0].type == JQ_NUMBER)
        arguments[0] = break_down(jq, arguments[0], local);
    if (arguments[0].type == JQ_NONE) {
        jq_drop(jq, arguments[1]);
        return jq_none();
    }
    bool parsed = read_parts(jq, &arguments[0], &time);
    size_t pattern_len = 0;
    bool string = arguments[1].type == JQ_STRING;
    if (string) {
        struct jq_bytes bytes = jq_string_bytes(jq, &arguments[1]);
        pattern_len = bytes.len < TEXT_MAX - 1 ? bytes.len : TEXT_MAX - 1;
        memcpy(pattern, bytes.at, pattern_len);
    }
    pattern[pattern_len] = '\0';
    jq_drop_all(jq, arguments, 1);
    if (!parsed)
        return jq_fail_text(jq, "%s requires parsed datetime inputs", name);
    if (!string)
        return jq_fail_text(jq, "%s requires a string format", name);
    if (!local)
        timegm(&time); /* what is out of its range moves on */
    time.tm_zone = "UTC";
    struct problem problem = {0};
    if (local && !datetime_session(true, &problem))
        return jq_fail_text(jq, "%s", problem.text);
    if (local) { /* its zone */
        struct tm copy = time;
        copy.tm_isdst = -1;
        mktime(&copy);
        time.tm_isdst = copy.tm_isdst;
        time.tm_gmtoff = copy.tm_gmtoff;
        time.tm_zone = copy.tm_zone;
    }
    size_t len = pattern_len > 0 ? strftime(text, sizeof text, pattern, &time) : 0;
    if (len == 0 && pattern_len > 0)
        return jq_fail_text(jq, "%s: unknown system failure", name);
    return jq_string(jq, text, len);
}

static struct jq_value strftime_function(struct jq_machine *jq, struct jq_value *arguments)
{
    return format_time(jq, arguments, false);
}

static struct jq_value strflocaltime(struct jq_machine *jq, struct jq_value *arguments)
{
    return format_time(jq, arguments, true);
}

/* The day of the week and of the year from the date. */
static void complete(struct tm *time)
{
    struct tm copy = *time;
    copy.tm_hour = copy.tm_min = copy.tm_sec = 0;
    if (timegm(&copy) == (time_t)-1 && copy.tm_year != 69)
        return;
    time->tm_wday = copy.tm_wday;
    time->tm_yday = copy.tm_yday;
}

static struct jq_value strptime_function(struct jq_machine *jq, struct jq_value *arguments)
{
    char text[TEXT_MAX], pattern[TEXT_MAX];
    if (arguments[0].type != JQ_STRING || arguments[1].type != JQ_STRING) {
        if (arguments[0].type != JQ_STRING) {
            jq_drop(jq, arguments[1]);
            return jq_fail_value(jq, arguments[0],
                                 "cannot be parsed as a date: strptime/1 requires string inputs and arguments");
        }
        jq_drop_all(jq, arguments, 1);
        return jq_fail_text(jq, "strptime/1 requires string inputs and arguments");
    }
    struct jq_bytes input = jq_string_bytes(jq, &arguments[0]), format = jq_string_bytes(jq, &arguments[1]);
    snprintf(text, sizeof text, "%.*s", (int)(input.len < TEXT_MAX ? input.len : TEXT_MAX), input.at);
    snprintf(pattern, sizeof pattern, "%.*s", (int)(format.len < TEXT_MAX ? format.len : TEXT_MAX), format.at);
    jq_drop_all(jq, arguments, 1);
    struct tm time = {.tm_wday = 8, .tm_yday = 367};
    const char *rest = strptime(text, pattern, &time);
    if (!rest)
        return jq_fail_text(jq, "date \"%.200s\" does not match format \"%.200s\"", text, pattern);
    if (time.tm_mday > 0 && (time.tm_wday == 8 || time.tm_yday == 367))
        complete(&time);
    struct jq_value parts = broken_down(jq, &time, 0);
    return *rest ? jq_array_add(jq, parts, jq_string_text(jq, rest)) : parts;
}

static struct jq_value now(struct jq_machine *jq, struct jq_value *arguments)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    jq_drop(jq, arguments[0]);
    return jq_double((double)time.tv_sec + (double)time.tv_nsec / 1e9);
}

#define ROW(name, arity, call, description, example)                                                                   \
    {                                                                                                                  \
        name, arity, JQ_BY_VALUE, call, NULL, description, example                                                     \
    }
const struct jq_native jq_time_functions[] = {
    ROW("now", 0, now, "seconds since 1970", "now | type"),
    ROW("gmtime", 0, gmtime_function,
        "seconds as [year, month from 0, day, hour, minute, second, day of the week, day of the year]", "0 | gmtime"),
    ROW("localtime", 0, localtime_function, "the same in the local time zone", "0 | localtime | length"),
    ROW("mktime", 0, mktime_function, "such a time as seconds", "[1970, 0, 1, 0, 0, 1, 4, 0] | mktime"),
    ROW("strftime", 1, strftime_function, "a time by the C library's strftime", "0 | strftime(\"%Y\")"),
    ROW("strflocaltime", 1, strflocaltime, "the same in the local time zone", "0 | strflocaltime(\"%Y\") | length"),
    ROW("strptime", 1, strptime_function, "a text by the C library's strptime, as gmtime has it",
        "\"1970\" | strptime(\"%Y\") | .[0]"),
    {0},
};

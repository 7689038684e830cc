#include "expr/function/time_window.h"

#include <string.h>

#include "expr/function/function.h"
#include "expr/node.h"
#include "value/datetime.h"
#include "value/interval.h"
#include "value/nested.h"

bool time_window_length(const struct value *value, int month_days, int64_t *length)
{
    struct value interval = *value;
    if (value->type == VALUE_STRING && !interval_parse(value->text, value->len, &interval))
        return false;
    if (interval.type != VALUE_INTERVAL || (interval.interval.months != 0 && month_days == 0))
        return false;
    int64_t months = 0;
    return !__builtin_mul_overflow(interval.interval.months, month_days * MICROS_PER_DAY, &months) &&
           !__builtin_add_overflow(months, interval.interval.microseconds, length);
}

static struct value window_run(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct time_window_shape *shape = call->prepared;
    struct time_window window;
    if (time_window_count(shape) > 1)
        return row_fail(call->row, "windows that overlap are keys only: aagg -g \"window(…) as w\"");
    return time_window_at(shape, args[0].integer, 0, &window) ? time_window_value(window, call->arena) : value_null();
}

static struct value session_run(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct time_window window;
    if (!time_window_session(call->prepared, args[0].integer, &args[1], &window))
        return value_null();
    return time_window_value(window, call->arena);
}

static const void *prepare_window(struct arena *arena, const struct value *const *args, size_t count,
                                  const char **wrong)
{
    struct time_window_shape *shape = arena_alloc(arena, sizeof *shape);
    *shape = (struct time_window_shape){0};
    int64_t *const lengths[] = {&shape->length, &shape->slide, &shape->start};
    for (size_t i = 1; i < count && i <= sizeof lengths / sizeof *lengths; i++)
        if (!args[i] || !time_window_length(args[i], 0, lengths[i - 1]))
            *wrong = "the lengths of a window are constants such as '10 minutes', without months";
    if (*wrong)
        return NULL;
    if (count < 3)
        shape->slide = shape->length;
    if (shape->length <= 0 || shape->slide <= 0 || shape->slide > shape->length)
        *wrong = "a window has a length, and slides by no more than that";
    else if (shape->start <= -shape->slide || shape->start >= shape->slide)
        *wrong = "a window begins less than one slide off";
    else if (time_window_count(shape) > TIME_WINDOW_OVERLAP_MAX)
        *wrong = "too many windows overlap";
    return shape;
}

static const void *prepare_session(struct arena *arena, const struct value *const *args, size_t count,
                                   const char **wrong)
{
    struct time_window_shape *shape = arena_alloc(arena, sizeof *shape);
    *shape = (struct time_window_shape){.session = true};
    if (count == 2 && args[1] && (!time_window_length(args[1], 0, &shape->length) || shape->length <= 0))
        *wrong = "the gap is a length of time such as '5 minutes', without months";
    return shape;
}

const struct time_window_shape *time_window_of(const struct expr *call)
{
    bool is = call->kind == EXPR_CALL && call->function &&
              (call->function->run == window_run || call->function->run == session_run);
    return is ? call->prepared : NULL;
}

const struct expr *time_window_time(const struct expr *call)
{
    return call->args[0];
}

const struct expr *time_window_gap(const struct expr *call)
{
    return call->args[1];
}

int64_t time_window_count(const struct time_window_shape *shape)
{
    return shape->session ? 1 : (shape->length - 1) / shape->slide + 1;
}

bool time_window_at(const struct time_window_shape *shape, int64_t time, int64_t number, struct time_window *window)
{
    int64_t since, back;
    if (__builtin_sub_overflow(time, shape->start, &since))
        return false;
    int64_t into = since % shape->slide;
    if (__builtin_mul_overflow(number, shape->slide, &back) ||
        __builtin_sub_overflow(time, into < 0 ? into + shape->slide : into, &window->start) ||
        __builtin_sub_overflow(window->start, back, &window->start) ||
        __builtin_add_overflow(window->start, shape->length, &window->end))
        return false;
    return time >= window->start && time < window->end;
}

bool time_window_session(const struct time_window_shape *shape, int64_t time, const struct value *gap,
                         struct time_window *window)
{
    int64_t length = shape->length;
    if (length == 0 && !time_window_length(gap, 0, &length))
        return false;
    window->start = time;
    return length > 0 && !__builtin_add_overflow(time, length, &window->end);
}

struct value time_window_value(struct time_window window, struct arena *arena)
{
    static const char start[] = "{\"start\":\"", end[] = "\",\"end\":\"";
    static const struct nested_type types[] = {
        {.type = VALUE_STRUCT, .size = {3}},
        {.type = VALUE_TIMESTAMP, .size = {1}},
        {.type = VALUE_TIMESTAMP, .size = {1}},
    };
    char *text = arena_alloc(arena, 2 * DATETIME_TEXT_MAX + sizeof start + sizeof end + 2);
    size_t len = sizeof start - 1;
    memcpy(text, start, len);
    len += datetime_timestamp_text(window.start, true, text + len);
    memcpy(text + len, end, sizeof end - 1);
    len += sizeof end - 1;
    len += datetime_timestamp_text(window.end, true, text + len);
    memcpy(text + len, "\"}", 2);
    return (struct value){.type = VALUE_STRUCT, .text = text, .len = len + 2, .of = types};
}

bool time_window_of_value(const struct value *value, struct arena *arena, struct time_window *window)
{
    if (value->type != VALUE_STRUCT)
        return false;
    struct value start = nested_member(value, "start", 5, arena), end = nested_member(value, "end", 3, arena);
    start = cast_timestamp(&start);
    end = cast_timestamp(&end);
    *window = (struct time_window){.start = start.integer, .end = end.integer};
    return start.type == VALUE_TIMESTAMP && end.type == VALUE_TIMESTAMP && window->start < window->end;
}

const struct function functions_window[] = {
    {{"window", NULL, "time, length[, slide[, start]]", "Struct of start and end",
      "The window of time that it is in, from start up to, not with, end; the lengths are texts such as '10 minutes'. "
      "Windows that slide by less than their length overlap: those are keys of aagg only",
      "window('2024-05-01 10:17:00', '15 minutes') => "
      "{\"start\":\"2024-05-01T10:15:00.000Z\",\"end\":\"2024-05-01T10:30:00.000Z\"}\n"
      "minute(window('2024-05-01 10:17:00', '1 hour', '1 hour', '5 minutes').start) => 5"},
     "tx|xx", .run = window_run, .prepare = prepare_window},
    {{"session_window", NULL, "time, gap", "Struct of start and end",
      "As a key of aagg, the records that are no further apart than the gap; alone, the one that it begins",
      "minute(session_window('2024-05-01 10:17:00', '5 minutes').end) => 22"},
     "tx", .run = session_run, .prepare = prepare_session},
    {.takes = NULL},
};

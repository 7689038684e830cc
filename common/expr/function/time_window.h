/* time_window: windows of time: window(time, length[, slide[, start]]) and session_window(time, gap). As functions they
 * give the one window that a time is in; what groups by them takes lengths from here, in microseconds. */
#ifndef ATOOLS_FUNCTION_TIME_WINDOW_H
#define ATOOLS_FUNCTION_TIME_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "value/value.h"

struct expr;

/* Windows that slide by less than their length overlap: a time is in at most so many. */
enum { TIME_WINDOW_OVERLAP_MAX = 100000 };

/* Microseconds. */
struct time_window_shape {
    bool session;
    int64_t length, slide, start; /* session: length is the gap, or 0 where each record says its own */
};

struct time_window {
    int64_t start, end; /* from start up to, not with, end */
};

/* The shape if the expression is a call of window or session_window; else NULL. args[0] of the call is the time,
 * args[1] a session's gap. */
const struct time_window_shape *time_window_of(const struct expr *call);
const struct expr *time_window_time(const struct expr *call);
const struct expr *time_window_gap(const struct expr *call);

/* How many windows a time may be in: 1 unless they overlap. */
int64_t time_window_count(const struct time_window_shape *shape);

/* Of the windows that may hold the time the one that begins last (number 0), the one before it (1), …: false where it
 * does not hold it, or lies beyond 64 bits. */
bool time_window_at(const struct time_window_shape *shape, int64_t time, int64_t number, struct time_window *window);

/* The session that a record at this time begins, with what its gap came to (a constant one: value is not looked at).
 * False where the gap is null, or not longer than nothing. */
bool time_window_session(const struct time_window_shape *shape, int64_t time, const struct value *gap,
                         struct time_window *window);

/* A window as the struct that SQL has of it, in the arena. */
struct value time_window_value(struct time_window window, struct arena *arena);

/* The bounds of such a struct, as a key holds it; false if it is none. */
bool time_window_of_value(const struct value *value, struct arena *arena, struct time_window *window);

/* A length of time as microseconds: a text such as '10 minutes', or an interval. Months have no length unless
 * month_days says so many days. False where it is none. */
bool time_window_length(const struct value *value, int month_days, int64_t *length);

#endif

/* time_window: which windows a time is in, at the ends of what 64 bits hold too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expr/expr.h"
#include "expr/function/time_window.h"

/* Each window that holds the time does, and no other does; checked one by one. */
static void test_holds(void **state)
{
    (void)state;
    for (int64_t length = 1; length < 12; length++)
        for (int64_t slide = 1; slide <= length; slide++)
            for (int64_t start = 1 - slide; start < slide; start++) {
                const struct time_window_shape shape = {.length = length, .slide = slide, .start = start};
                for (int64_t time = -30; time < 30; time++) {
                    int64_t found = 0, holding = 0, last = INT64_MAX;
                    for (int64_t i = 0; i < time_window_count(&shape); i++) {
                        struct time_window window;
                        if (!time_window_at(&shape, time, i, &window))
                            continue;
                        found++;
                        assert_true(window.start <= time && time < window.end && window.end - window.start == length);
                        assert_true((window.start - start) % slide == 0 && window.start < last);
                        last = window.start;
                    }
                    for (int64_t from = -60; from < 60; from++)
                        holding += (from - start) % slide == 0 && from <= time && time < from + length;
                    assert_int_equal(found, holding);
                }
            }
}

static void test_ends(void **state)
{
    (void)state;
    struct time_window window;
    const struct time_window_shape wide = {.length = INT64_MAX, .slide = INT64_MAX}, hour = {.length = 60, .slide = 60};
    assert_false(time_window_at(&hour, INT64_MAX, 0, &window));
    assert_false(time_window_at(&hour, INT64_MIN, 0, &window));
    assert_true(time_window_at(&wide, 5, 0, &window));
    const struct time_window_shape gap = {.session = true, .length = 10};
    assert_false(time_window_session(&gap, INT64_MAX - 5, NULL, &window));
    assert_true(time_window_session(&gap, INT64_MAX - 10, NULL, &window));
}

static void test_session(void **state)
{
    (void)state;
    const struct time_window_shape own = {.session = true};
    struct time_window window;
    static const struct {
        const char *gap;
        bool good;
        int64_t end;
    } gaps[] = {{"5 seconds", true, 5000007}, {"0 seconds", false, 0}, {"-1 second", false, 0},
                {"1 month", false, 0},        {"soon", false, 0},      {"1 day 1 hour", true, INT64_C(90000000007)}};
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++) {
        struct value gap = value_string(gaps[i].gap, strlen(gaps[i].gap));
        assert_int_equal(time_window_session(&own, 7, &gap, &window), gaps[i].good);
        if (gaps[i].good)
            assert_true(window.start == 7 && window.end == gaps[i].end);
    }
    struct value null = value_null();
    assert_false(time_window_session(&own, 7, &null, &window));
}

static void test_value(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct time_window window = {.start = -1, .end = INT64_C(1700000000000001)}, read;
    struct value value = time_window_value(window, &arena);
    assert_true(time_window_of_value(&value, &arena, &read));
    assert_true(read.start == window.start && read.end == window.end);
    value = value_string("x", 1);
    assert_false(time_window_of_value(&value, &arena, &read));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_holds), cmocka_unit_test(test_ends),
                                       cmocka_unit_test(test_session), cmocka_unit_test(test_value)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

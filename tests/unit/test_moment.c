/* moment: ISO 8601, epoch milliseconds, times relative to now, spans. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/moment.h"

static void iso_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"1970-01-01", 0},
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
        {"2018-01-23T14:23:19.082Z", 1516717399082},
        {"2018-01-23 14:23:19.082", 1516717399082},
        {"2018-01-23T14:23:19,0829999", 1516717399082},
        {"2018-01-23T16:23:19.082+02:00", 1516717399082},
        {"2018-01-23T16:23:19.082+0200", 1516717399082},
        {"2018-01-23T13:23:19.082-01", 1516717399082},
        {"2000-02-29T00:00", 951782400000},
        {"2400-02-29", 13574563200000},
        {"0001-01-01", -62135596800000},
        {"9999-12-31T23:59:59.999Z", 253402300799999},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = 7;
        assert_true(moment_iso(cases[i].text, strlen(cases[i].text), &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void wrong_times(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "2018-1-1",          "2018-13-01",         "2018-02-29",       "1900-02-29",
                                        "2018-01-01T", "2018-01-01T24:00", "2018-01-01T10:60", "2018-01-01T10:00:60",
                                        "2018-01-01T10:00:00.", "2018-01-01T10:00+",
                                        "2018-01-01T10:00+2", "2018-01-01T10:00Zx", "1516717442.735266", "x", "--10m",
                                        "-10", "-m", "-10y", "99999999999999999999"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms;
        assert_false(moment_parse(cases[i], strlen(cases[i]), 0, &ms));
    }
}

static void other_forms(void **state)
{
    (void)state;
    int64_t ms;
    assert_true(moment_parse("1516717399082", 13, 0, &ms));
    assert_int_equal(ms, 1516717399082);
    assert_true(moment_parse("-10m", 4, 1000000, &ms));
    assert_int_equal(ms, 400000);
    assert_true(moment_parse("+1h30m5s7ms", 11, 0, &ms));
    assert_int_equal(ms, 5405007);
    assert_true(moment_parse("-1w2d", 5, 0, &ms));
    assert_int_equal(ms, -9 * INT64_C(86400000));
    assert_true(moment_duration("500ms", 5, &ms));
    assert_int_equal(ms, 500);
    assert_false(moment_duration("", 0, &ms));
    assert_false(moment_duration("9223372036854775807w", 20, &ms));
    assert_true(clock_wall_ms() > INT64_C(1700000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(iso_times), cmocka_unit_test(wrong_times),
                                       cmocka_unit_test(other_forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

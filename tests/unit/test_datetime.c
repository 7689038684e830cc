/* datetime, datetime_format, interval: the calendar, zones, texts and patterns, and what lies at the ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "value/cast.h"
#include "value/datetime.h"
#include "value/datetime_format.h"
#include "value/interval.h"

/* Every day of 800 years there and back; the days of months, weeks and years go on by one. */
static void test_calendar(void **state)
{
    (void)state;
    int64_t first = datetime_days(1600, 1, 1), last = datetime_days(2400, 1, 1);
    assert_int_equal(datetime_days(1970, 1, 1), 0);
    assert_int_equal(last - first, 292194); /* two cycles of 146097 */
    for (int64_t day = first; day < last; day++) {
        struct civil civil;
        datetime_date(day, &civil);
        assert_int_equal(datetime_days(civil.year, civil.month, civil.day), day);
        assert_in_range(civil.day, 1, datetime_month_days(civil.year, civil.month));
        assert_int_equal(datetime_day_of_year(day), day - datetime_days(civil.year, 1, 1) + 1);
        assert_int_equal(datetime_weekday(day + 7), datetime_weekday(day));
    }
    static const struct {
        int year, month, day, weekday, week;
        int64_t week_year;
    } weeks[] = {
        {2021, 1, 3, 7, 53, 2020}, {2021, 1, 4, 1, 1, 2021}, {2018, 12, 31, 1, 1, 2019}, {2020, 12, 31, 4, 53, 2020}};
    for (size_t i = 0; i < sizeof weeks / sizeof *weeks; i++) {
        int64_t day = datetime_days(weeks[i].year, weeks[i].month, weeks[i].day), week_year;
        assert_int_equal(datetime_weekday(day), weeks[i].weekday);
        assert_int_equal(datetime_week(day, &week_year), weeks[i].week);
        assert_int_equal(week_year, weeks[i].week_year);
    }
    assert_true(datetime_leap(2000) && datetime_leap(2024) && !datetime_leap(1900) && !datetime_leap(2023));
    assert_int_equal(datetime_floor(-1, 10), -1);
    assert_int_equal(datetime_floor(-10, 10), -1);
    assert_int_equal(datetime_floor(-11, 10), -2);
    assert_int_equal(datetime_floor(9, 10), 0);
    assert_int_equal(datetime_floor(INT64_MIN, 2), INT64_MIN / 2);
}

static void test_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted; /* NULL: it is none */
    } cases[] = {{"2020-02-29", "2020-02-29 00:00:00"},
                 {"2021-02-29", NULL},
                 {" 2020-1-2 3:4:5 ", "2020-01-02 03:04:05"},
                 {"2020-01-02T03:04:05.1234567Z", "2020-01-02 03:04:05.123456"},
                 {"2020-01-02 03:04:05+02:00", "2020-01-02 01:04:05"},
                 {"2020-01-02 24:00:00", NULL},
                 {"2020-01-02 23:59:59.999999", "2020-01-02 23:59:59.999999"},
                 {"2020-13-01", NULL},
                 {"2020-12-31", "2020-12-31 00:00:00"},
                 {"2020-12-32", NULL},
                 {"", NULL},
                 {"x", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t micros;
        char text[DATETIME_TEXT_MAX];
        bool good = datetime_parse_timestamp(cases[i].text, strlen(cases[i].text), &micros);
        if (good != (cases[i].wanted != NULL))
            fail_msg("'%s' is %s", cases[i].text, good ? "read" : "refused");
        if (!good)
            continue;
        size_t len = datetime_timestamp_text(micros, false, text);
        if (len != strlen(cases[i].wanted) || memcmp(text, cases[i].wanted, len) != 0)
            fail_msg("'%s' is %.*s", cases[i].text, (int)len, text);
    }
}

/* A gap is moved over, in an overlap the earlier offset counts. */
static void test_zones(void **state)
{
    (void)state;
    const struct zone *berlin, *none;
    assert_true(datetime_zone("Europe/Berlin", 13, &berlin));
    assert_false(datetime_zone("Nowhere/At All", 14, &none));
    int64_t gap = datetime_days(2020, 3, 29) * 86400 + 2 * 3600 + 1800,
            overlap = datetime_days(2020, 10, 25) * 86400 + 2 * 3600 + 1800;
    assert_int_equal(datetime_zone_offset(berlin, gap - 2 * 3600), 3600);
    assert_int_equal(datetime_zone_offset(berlin, gap), 7200);
    assert_int_equal(datetime_zone_local_to_utc(berlin, gap), gap - 3600);
    assert_int_equal(datetime_zone_local_to_utc(berlin, overlap), overlap - 7200);
    assert_true(datetime_zone("+18:00", 6, &berlin));
    assert_int_equal(datetime_zone_offset(berlin, 0), 18 * 3600);
    assert_false(datetime_zone("+18:01", 6, &berlin));
}

static void test_formats(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct buffer text = {0};
    static const struct {
        const char *pattern, *text;
    } cases[] = {{"yyyy-MM-dd HH:mm:ss.SSSSSS", "2020-02-03 04:05:06.789012"},
                 {"EEE d MMM yyyy", "Mon 3 Feb 2020"},
                 {"EEEE, MMMM dd", "Monday, February 03"},
                 {"'day' D 'of' yy", "day 34 of 20"},
                 {"hh:mm a", "04:05 AM"},
                 {"QQQ XXX", "Q1 Z"}};
    const char *wrong = NULL;
    int64_t micros;
    assert_true(datetime_parse_timestamp("2020-02-03 04:05:06.789012", 26, &micros));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct datetime_format *format =
            datetime_format_compile(&arena, cases[i].pattern, strlen(cases[i].pattern), &wrong);
        assert_non_null(format);
        text.len = 0;
        datetime_format_write(format, micros, &text);
        if (text.len != strlen(cases[i].text) || memcmp(text.data, cases[i].text, text.len) != 0)
            fail_msg("%s gives %.*s", cases[i].pattern, (int)text.len, text.data);
    }
    static const char *const refused[] = {"b", "yyyyyyyyyyyyyyyyyyy", "'open", "SSSSSSSSSS", "[yyyy"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        wrong = NULL;
        if (datetime_format_compile(&arena, refused[i], strlen(refused[i]), &wrong))
            fail_msg("the pattern %s is taken", refused[i]);
        assert_non_null(wrong);
    }
    const struct datetime_format *day = datetime_format_compile(&arena, "dd/MM/yyyy[ HH]", 15, &wrong);
    assert_true(datetime_format_read(day, "03/02/2020", 10, &micros));
    assert_int_equal(micros, datetime_days(2020, 2, 3) * 86400000000);
    assert_true(datetime_format_read(day, "03/02/2020 23", 13, &micros));
    assert_false(datetime_format_read(day, "03/02/2020 24", 13, &micros));
    assert_false(datetime_format_read(day, "30/02/2020", 10, &micros));
    assert_false(datetime_format_read(day, "03/02/2020x", 11, &micros));
    buffer_free(&text);
    arena_free(&arena);
}

/* At the smallest and the largest timestamp nothing wraps. */
static void test_ends(void **state)
{
    (void)state;
    assert_int_equal(datetime_midnight(datetime_day_of(INT64_MIN)), INT64_MIN); /* earlier than there is */
    assert_int_equal(datetime_midnight(datetime_day_of(INT64_MIN) + 1), INT64_C(-106751991) * 86400000000);
    assert_int_equal(datetime_midnight(datetime_day_of(INT64_MAX)), INT64_C(106751991) * 86400000000);
    assert_int_equal(datetime_midnight(datetime_day_of(INT64_MAX) + 1), INT64_MAX);
    static const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct civil civil;
        datetime_local(ends[i], &civil);
        assert_int_equal(datetime_from_local(&civil), ends[i]);
        assert_int_equal(datetime_clock(ends[i]), ends[i]); /* in UTC */
        assert_int_equal(datetime_from_clock(ends[i]), ends[i]);
    }
}

static void test_intervals(void **state)
{
    (void)state;
    struct value interval;
    assert_true(interval_parse("1 day 2 hours", 13, &interval));
    assert_int_equal(interval.interval.microseconds, INT64_C(26) * 3600000000);
    assert_true(interval_parse("interval 1 year 2 months", 24, &interval));
    assert_int_equal(interval.interval.months, 14);
    assert_false(interval_parse("1 parsec", 8, &interval));
    assert_false(interval_parse("", 0, &interval));
    int64_t january = datetime_days(2020, 1, 31);
    assert_int_equal(interval_add_months(january, 1), datetime_days(2020, 2, 29));
    assert_int_equal(interval_add_months(january, 13), datetime_days(2021, 2, 28));
    assert_int_equal(interval_add_months(january, -2), datetime_days(2019, 11, 30));
    struct value date = value_date(january),
                 day = {.type = VALUE_INTERVAL, .scale = INTERVAL_DAY, .precision = INTERVAL_DAY};
    day.interval.microseconds = 86400000000;
    struct value next = interval_shift(&date, &day, 1);
    assert_int_equal(next.type, VALUE_DATE);
    assert_int_equal(next.integer, january + 1);
    struct value most = {.type = VALUE_INTERVAL, .scale = INTERVAL_YEAR, .precision = INTERVAL_MONTH}, one = most;
    most.interval.months = INT32_MAX;
    one.interval.months = 1;
    assert_int_equal(interval_sum(&most, &one, -1).interval.months, INT32_MAX - 1);
    assert_int_equal(interval_sum(&most, &one, 1).type, VALUE_NULL);
    const struct value once = value_int(1), twice = value_int(2);
    assert_int_equal(interval_scaled(&most, &once, false).interval.months, INT32_MAX);
    assert_int_equal(interval_scaled(&most, &twice, false).type, VALUE_NULL);
    assert_int_equal(interval_scaled(&most, &twice, true).interval.months, INT32_MAX / 2 + 1);
    const struct value three = value_int(3);
    struct value third = {.type = VALUE_INTERVAL, .scale = INTERVAL_DAY, .precision = INTERVAL_DAY};
    third.interval.microseconds = -86400000001;
    assert_int_equal(interval_scaled(&third, &three, true).interval.microseconds, -28800000000);
    assert_int_equal(interval_quotient(&third, &day).integer, -1);
    assert_int_equal(interval_quotient(&third, &one).type, VALUE_NULL);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_calendar), cmocka_unit_test(test_read),
                                       cmocka_unit_test(test_zones),    cmocka_unit_test(test_formats),
                                       cmocka_unit_test(test_ends),     cmocka_unit_test(test_intervals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

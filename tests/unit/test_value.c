/* value: reading numbers, Java's doubles, order, keys, written forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "value/value.h"

static struct span span(enum span_type type, const char *text)
{
    return (struct span){
        .text = text, .len = strlen(text), .type = (unsigned char)type, .escaped = strchr(text, '\\') != NULL};
}

static void check_text(const char *what, const struct buffer *got, const char *wanted)
{
    if (got->len != strlen(wanted) || memcmp(got->data, wanted, got->len) != 0)
        fail_msg("%s: %.*s, expected %s", what, (int)got->len, got->data ? got->data : "", wanted);
}

static void test_real_text(void **state)
{
    (void)state;
    static const struct {
        double real;
        const char *text;
    } cases[] = {{0, "0.0"},
                 {-0.0, "-0.0"},
                 {1, "1.0"},
                 {0.1, "0.1"},
                 {1e7, "1.0E7"},
                 {9999999, "9999999.0"},
                 {123456789, "1.23456789E8"},
                 {0.001, "0.001"},
                 {0.0001, "1.0E-4"},
                 {1.0 / 3, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"},
                 {5e-324, "4.9E-324"},
                 {2.2250738585072014e-308, "2.2250738585072014E-308"},
                 {1.7976931348623157e308, "1.7976931348623157E308"},
                 {1e23, "9.999999999999999E22"}, /* 1.0E23 is as near to the next double */
                 {2e23, "1.9999999999999998E23"},
                 {1152921504606846976.0, "1.15292150460684698E18"},
                 {1.0842021724855044e-19, "1.0842021724855044E-19"}, /* 2^-63 */
                 {8.691694759794e-311, "8.6916947597938E-311"},      /* 2^-1030 */
                 {2e-44, "2.0E-44"},
                 {9007199254740993.0, "9.007199254740992E15"},
                 {1e10, "1.0E10"},
                 {5.684341886080802E-14, "5.6843418860808015E-14"},
                 {4.35, "4.35"},
                 {100.0, "100.0"},
                 {1.5e-323, "1.5E-323"},
                 {INFINITY, "Infinity"},
                 {-INFINITY, "-Infinity"},
                 {NAN, "NaN"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[REAL_TEXT_MAX + 1];
        text[value_real_text(cases[i].real, false, text)] = '\0';
        assert_string_equal(text, cases[i].text);
    }
    char text[REAL_TEXT_MAX + 1];
    text[value_real_text((double)0.1f, true, text)] = '\0';
    assert_string_equal(text, "0.1");
    text[value_real_text(2147483648, true, text)] = '\0';
    assert_string_equal(text, "2.14748365E9");
}

/* Any double reads back from its text, and no shorter text does but of whole numbers. */
static void test_real_text_random(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        double real;
        uint64_t bits = i % 2 ? seed : (seed & 0x800fffffffffffffu) | (uint64_t)(1000 + seed % 50) << 52;
        memcpy(&real, &bits, sizeof real);
        if (isnan(real) || isinf(real))
            continue;
        char text[REAL_TEXT_MAX + 1], shorter[40];
        text[value_real_text(real, false, text)] = '\0';
        if (strtod(text, NULL) != real)
            fail_msg("%.17g is written %s", real, text);
        int digits = 0;
        for (const char *at = text; *at && *at != 'E'; at++)
            digits += (*at >= '1' && *at <= '9') || (*at == '0' && digits > 0);
        if (digits == 17 && (real != floor(real) || fabs(real) >= 9.3e18)) {
            snprintf(shorter, sizeof shorter, "%.15e", real);
            if (strtod(shorter, NULL) == real)
                fail_msg("%s is longer than %s", text, shorter);
        }
    }
}

static void test_numbers(void **state)
{
    (void)state;
    struct value value;
    static const struct {
        const char *text;
        enum value_type type;
    } cases[] = {{"0", VALUE_LONG},
                 {"-0", VALUE_LONG},
                 {"9223372036854775807", VALUE_LONG},
                 {"-9223372036854775808", VALUE_LONG},
                 {"9223372036854775808", VALUE_DECIMAL},
                 {"99999999999999999999999999999999999999", VALUE_DECIMAL},
                 {"100000000000000000000000000000000000000", VALUE_DOUBLE},
                 {"1.0", VALUE_DOUBLE},
                 {"1e5", VALUE_DOUBLE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(value_parse_number(cases[i].text, strlen(cases[i].text), &value));
        assert_int_equal(value.type, cases[i].type);
    }
    static const char *const wrong[] = {"", "-", "01", "1.", ".5", "1e", "+1", "0x1", "1 ", "NaN"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(value_parse_number(wrong[i], strlen(wrong[i]), &value));
    assert_true(value_parse_number("-9223372036854775808", 20, &value));
    assert_true(value.integer == INT64_MIN);
}

/* Values in ascending order: each is less than all behind it. */
static void test_order(void **state)
{
    (void)state;
    struct value values[] = {
        value_null(),          value_boolean(false), value_boolean(true),    value_double(-INFINITY),
        value_long(INT64_MIN), value_double(-1.5),   value_long(0),          value_double(0.5),
        value_long(INT64_MAX), value_double(9.3e18), value_double(INFINITY), value_double(NAN),
        value_date(0),         value_timestamp(1),   value_string("", 0),    value_string("10", 2),
        value_string("9", 1),  value_string("a", 1)};
    size_t count = sizeof values / sizeof *values;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < count; k++) {
            int order = value_compare(&values[i], &values[k], false);
            if ((order > 0) - (order < 0) != (i > k) - (i < k))
                fail_msg("value %zu against %zu: %d", i, k, order);
        }
    struct value zero = value_double(0), minus = value_double(-0.0);
    assert_int_equal(value_compare(&zero, &minus, false), 0);
    struct value ten = {.type = VALUE_CELL, .text = "10", .len = 2}, nine = {.type = VALUE_CELL, .text = "9", .len = 1};
    assert_true(value_compare(&ten, &nine, true) > 0);
    assert_true(value_compare(&ten, &nine, false) < 0);
}

static bool same_key(struct value a, struct value b)
{
    struct buffer x = {0}, y = {0};
    value_key(&a, &x);
    value_key(&b, &y);
    bool same = x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
    buffer_free(&x);
    buffer_free(&y);
    return same;
}

static struct value of(struct arena *arena, enum span_type type, const char *text)
{
    return value_from_span(span(type, text), arena);
}

static void test_keys(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_true(same_key(of(&arena, SPAN_NUMBER, "1"), of(&arena, SPAN_NUMBER, "1.0")));
    assert_true(same_key(of(&arena, SPAN_NUMBER, "1"), of(&arena, SPAN_NUMBER, "100e-2")));
    assert_true(same_key(of(&arena, SPAN_NUMBER, "-0.0"), of(&arena, SPAN_NUMBER, "0")));
    assert_true(same_key(of(&arena, SPAN_NUMBER, "1e20"), of(&arena, SPAN_NUMBER, "100000000000000000000")));
    assert_true(same_key(of(&arena, SPAN_STRING, "\"\\u0041\""), of(&arena, SPAN_STRING, "\"A\"")));
    assert_true(same_key(of(&arena, SPAN_CELL, "1"), of(&arena, SPAN_NUMBER, "1")));
    assert_true(same_key(of(&arena, SPAN_CELL, "1.0"), of(&arena, SPAN_CELL, "1")));
    assert_false(same_key(of(&arena, SPAN_CELL, "1.10"), of(&arena, SPAN_CELL, "1.1")));
    assert_false(same_key(of(&arena, SPAN_CELL, "007"), of(&arena, SPAN_CELL, "7")));
    assert_true(same_key(value_double(NAN), value_double(-NAN)));
    assert_false(same_key(value_null(), value_string("", 0)));
    assert_false(same_key(of(&arena, SPAN_NUMBER, "9007199254740993"), of(&arena, SPAN_NUMBER, "9007199254740992")));
    assert_true(same_key(of(&arena, SPAN_ARRAY, "[1, 2]"), of(&arena, SPAN_ARRAY, "[1,2]")));
    char longer[300];
    memset(longer, 'x', sizeof longer);
    assert_false(same_key(value_string(longer, 299), value_string(longer, 300)));
    arena_free(&arena);
}

static void test_written(void **state)
{
    (void)state;
    static const struct {
        enum span_type type;
        const char *text, *tsv, *json;
    } cases[] = {
        {SPAN_NULL, "null", "\\N", "null"},
        {SPAN_NUMBER, "1.50", "1.50", "1.50"},
        {SPAN_NUMBER, "12345678901234567890123", "12345678901234567890123", "12345678901234567890123"},
        {SPAN_STRING, "\"a\\tb\\\\c\\\"d\\u00e9\"", "a\\tb\\\\c\"d\xC3\xA9", "\"a\\tb\\\\c\\\"d\xC3\xA9\""},
        {SPAN_STRING, "\"\\ud83d\\ude00\"", "\xF0\x9F\x98\x80", "\"\xF0\x9F\x98\x80\""},
        {SPAN_TRUE, "true", "true", "true"},
        {SPAN_ARRAY, "[1, \"x\\\\\" ]", "[1,\"x\\\\\\\\\"]", "[1,\"x\\\\\"]"},
        {SPAN_OBJECT, "{ \"a\" : 1 }", "{\"a\":1}", "{\"a\":1}"},
        {SPAN_CELL, "12", "12", "12"},
        {SPAN_CELL, "012", "012", "\"012\""},
        {SPAN_CELL, "true", "true", "true"},
        {SPAN_CELL, "a\\tb", "a\\tb", "\"a\\tb\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct buffer text = {0};
        struct span given = span(cases[i].type, cases[i].text);
        struct value value = value_from_span(given, &arena);
        value_write_tsv(&value, NULL, &text);
        check_text("value as TSV", &text, cases[i].tsv);
        text.len = 0;
        value_write_span_tsv(given, true, NULL, &text);
        check_text("span as TSV", &text, cases[i].tsv);
        text.len = 0;
        value_write_json(&value, &text);
        check_text("value as JSON", &text, cases[i].json);
        text.len = 0;
        value_write_plain(&value, &text);
        buffer_free(&text);
        arena_free(&arena);
    }
    struct buffer text = {0};
    value_write_span_tsv(span(SPAN_STRING, "\"\\u0000\\ud800x\\u000a\""), false, NULL, &text);
    check_text("what no text holds", &text, "\\\\u0000\\\\ud800x\\n");
    text.len = 0;
    struct value nan = value_double(NAN), big = value_double(1e10), time = value_timestamp(1500000);
    value_write_json(&nan, &text);
    value_write_json(&big, &text);
    value_write_json(&time, &text);
    check_text("computed", &text, "\"NaN\"1.0E10\"1970-01-01T00:00:01.500Z\"");
    buffer_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_real_text), cmocka_unit_test(test_real_text_random),
                                       cmocka_unit_test(test_numbers),   cmocka_unit_test(test_order),
                                       cmocka_unit_test(test_keys),      cmocka_unit_test(test_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

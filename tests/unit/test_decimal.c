/* decimal: digits, rounding, the types of results, and the ends at 38 digits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "value/decimal.h"

static struct decimal read(const char *text)
{
    struct decimal decimal;
    bool too_long = false;
    if (!decimal_parse(text, strlen(text), &decimal, &too_long))
        fail_msg("%s is no decimal", text);
    return decimal;
}

static void check(struct decimal decimal, const char *wanted, unsigned precision, unsigned scale)
{
    char text[DECIMAL_TEXT_MAX];
    size_t len = decimal_text(decimal, true, text);
    if (len != strlen(wanted) || memcmp(text, wanted, len) != 0)
        fail_msg("%.*s, wanted %s", (int)len, text, wanted);
    assert_int_equal(decimal.precision, precision);
    assert_int_equal(decimal.scale, scale);
}

static const char nines[] = "99999999999999999999999999999999999999"; /* 38 */

static void test_parse(void **state)
{
    (void)state;
    check(read("0012.50"), "12.50", 4, 2);
    check(read("-1.5e2"), "-150", 3, 0);
    check(read("+.5"), "0.5", 1, 1);
    check(read(nines), nines, 38, 0);
    assert_int_equal(decimal_digits(0), 1);
    assert_int_equal(decimal_digits(read(nines).unscaled), DECIMAL_DIGITS_MAX);
    static const char *const wrong[] = {"", "+", ".", "1.2.3", "1e", "0x1", " 1", "1 "};
    struct decimal decimal;
    bool too_long = false;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (decimal_parse(wrong[i], strlen(wrong[i]), &decimal, &too_long))
            fail_msg("'%s' is read", wrong[i]);
        assert_false(too_long);
    }
    /* one digit more */
    assert_false(decimal_parse("100000000000000000000000000000000000000", 39, &decimal, &too_long));
    assert_true(too_long);
}

static void test_rescale(void **state)
{
    (void)state;
    static const struct {
        const char *from, *half_up, *half_even, *down, *floor, *ceiling;
    } cases[] = {{"2.5", "3", "2", "2", "2", "3"},
                 {"3.5", "4", "4", "3", "3", "4"},
                 {"-2.5", "-3", "-2", "-2", "-3", "-2"},
                 {"2.49", "2", "2", "2", "2", "3"},
                 {"-0.1", "0", "0", "0", "-1", "0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *wanted[] = {cases[i].half_up, cases[i].half_even, cases[i].down, cases[i].floor, cases[i].ceiling};
        for (int rounding = ROUND_HALF_UP; rounding <= ROUND_CEILING; rounding++) {
            struct decimal to;
            assert_true(decimal_rescale(read(cases[i].from), 5, 0, (enum decimal_rounding)rounding, &to));
            check(to, wanted[rounding], 5, 0);
        }
    }
    struct decimal to;
    assert_true(decimal_rescale(read("99.5"), 3, 1, ROUND_HALF_UP, &to));
    assert_true(decimal_rescale(read("99.4"), 2, 0, ROUND_HALF_UP, &to));
    assert_false(decimal_rescale(read("99.5"), 2, 0, ROUND_HALF_UP, &to)); /* 100 has three digits */
    assert_true(decimal_rescale(read("1"), 38, 37, ROUND_HALF_UP, &to));
    assert_false(decimal_rescale(read("1"), 38, 38, ROUND_HALF_UP, &to));
    assert_true(decimal_round_at(read("1250.75"), -2, ROUND_HALF_UP, &to));
    assert_true(to.unscaled == 130000);
    assert_true(decimal_round_at(read("1250.75"), 1, ROUND_HALF_EVEN, &to));
    assert_true(to.unscaled == 125080);
}

/* decimal(p1,s1) with decimal(p2,s2): digits as Spark's DecimalType gives them. */
static void test_arithmetic(void **state)
{
    (void)state;
    struct decimal result;
    assert_true(decimal_add(read("1.5"), read("2.25"), &result));
    check(result, "3.75", 4, 2);
    assert_true(decimal_subtract(read("1.5"), read("2.25"), &result));
    check(result, "-0.75", 4, 2);
    assert_true(decimal_multiply(read("1.5"), read("-2.25"), &result));
    check(result, "-3.375", 6, 3);
    assert_true(decimal_divide(read("1"), read("3"), &result));
    assert_int_equal(result.scale, 6);
    assert_true(result.unscaled == 333333);
    assert_true(decimal_modulo(read("-7"), read("3"), &result));
    assert_true(result.unscaled == -1);
    assert_false(decimal_add(read(nines), read("1"), &result));
    assert_true(decimal_subtract(read(nines), read("1"), &result));
    assert_false(decimal_multiply(read(nines), read(nines), &result));
    assert_true(decimal_compare(read("1.50"), read("1.5")) == 0);
    assert_true(decimal_compare(read("-1"), read("0.001")) < 0);
    assert_true(decimal_compare(read(nines), read("99999999999999999999999999999999999998")) > 0);
}

static void test_text(void **state)
{
    (void)state;
    static const struct {
        struct decimal decimal;
        const char *text, *plain;
    } cases[] = {{{1, 7, 6}, "0.000001", "0.000001"},
                 {{1, 8, 7}, "1E-7", "0.0000001"},
                 {{-120, 3, 1}, "-12.0", "-12.0"},
                 {{0, 1, 0}, "0", "0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[DECIMAL_TEXT_MAX];
        size_t len = decimal_text(cases[i].decimal, false, text);
        assert_int_equal(len, strlen(cases[i].text));
        assert_memory_equal(text, cases[i].text, len);
        len = decimal_text(cases[i].decimal, true, text);
        assert_int_equal(len, strlen(cases[i].plain));
        assert_memory_equal(text, cases[i].plain, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_rescale),
                                       cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

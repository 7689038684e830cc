/* hyperloglog: estimates within a few deviations, whatever the order and the way of merging; written forms are one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/hyperloglog.h"

static void fill(struct hyperloglog *sketch, unsigned precision, unsigned from, unsigned to, struct pool *pool)
{
    for (unsigned i = from; i < to; i++) {
        struct value value = value_long((int64_t)i * 1000003);
        hyperloglog_add(sketch, precision, &value, pool);
    }
}

static void precisions(void **state)
{
    (void)state;
    assert_int_equal(hyperloglog_precision(0.05), 9);
    assert_int_equal(hyperloglog_precision(0.39), HYPERLOGLOG_LEAST);
    assert_int_equal(hyperloglog_precision(0.4), 0);
    assert_int_equal(hyperloglog_precision(0.0001), 0);
    assert_int_equal(hyperloglog_precision(0), 0);
    assert_int_equal(hyperloglog_precision(-1), 0);
}

static void estimates_are_near(void **state)
{
    (void)state;
    static const unsigned counts[] = {0, 1, 10, 63, 64, 65, 500, 3000, 100000};
    for (unsigned precision = 9; precision <= 14; precision += 5)
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            struct pool pool = {0};
            struct hyperloglog sketch = {0};
            fill(&sketch, precision, 0, counts[i], &pool);
            fill(&sketch, precision, 0, counts[i], &pool); /* again: nothing new */
            double estimate = (double)hyperloglog_estimate(&sketch, precision), wanted = counts[i];
            assert_true(estimate >= wanted * 0.85 - 1 && estimate <= wanted * 1.15 + 1);
            pool_free(&pool);
        }
}

static void merged_is_the_whole(void **state)
{
    (void)state;
    static const unsigned counts[] = {0, 5, 40, 64, 70, 2000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct pool pool = {0};
        struct hyperloglog whole = {0}, parts[2] = {{0}, {0}}, back;
        struct buffer wanted = {0}, got = {0};
        fill(&whole, 9, 0, counts[i], &pool);
        fill(&parts[1], 9, counts[i] / 3, counts[i], &pool);
        fill(&parts[0], 9, 0, counts[i] / 2, &pool);
        hyperloglog_write(&whole, 9, &wanted);
        hyperloglog_merge(&parts[1], 9, &parts[0], &pool);
        hyperloglog_write(&parts[1], 9, &got);
        assert_int_equal(got.len, wanted.len);
        assert_memory_equal(got.data, wanted.data, wanted.len);
        struct unpack from = {.at = got.data, .end = got.data + got.len};
        assert_true(hyperloglog_read(&back, 9, &from, &pool));
        assert_ptr_equal(from.at, from.end);
        assert_int_equal(hyperloglog_estimate(&back, 9), hyperloglog_estimate(&whole, 9));
        for (size_t len = 0; len < got.len; len++) {
            from = (struct unpack){.at = got.data, .end = got.data + len};
            assert_false(hyperloglog_read(&back, 9, &from, &pool));
        }
        buffer_free(&wanted);
        buffer_free(&got);
        pool_free(&pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(precisions), cmocka_unit_test(estimates_are_near),
                                       cmocka_unit_test(merged_is_the_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

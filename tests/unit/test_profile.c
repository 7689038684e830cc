/* quantile and distinct: near the truth, exact while there are few, the same whatever the order and way of merging. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "profile/distinct.h"
#include "profile/quantile.h"

enum { NUMBERS = 50000, PARTS = 7 };

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 11;
}

static int by_number(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void few_numbers_are_exact(void **state)
{
    (void)state;
    struct quantile spread = {0};
    uint64_t bins[4];
    for (int i = 100; i > 0; i--)
        quantile_add(&spread, i % 4 - 1.5);
    quantile_add(&spread, -0.0);
    quantile_add(&spread, 0.0);
    quantile_settle(&spread);
    assert_int_equal(spread.count, 5);
    assert_true(quantile_at(&spread, 0) == -1.5);
    assert_true(quantile_at(&spread, 0.5) == 0);
    assert_true(quantile_at(&spread, 1) == 1.5);
    assert_true(quantile_histogram(&spread, bins, 4));
    assert_int_equal(bins[0], 25);
    assert_int_equal(bins[2], 27);
    quantile_free(&spread);
}

static void strange_numbers(void **state)
{
    (void)state;
    static const double numbers[] = {INFINITY, -INFINITY, NAN, -NAN, 0, 5e-324, -1.7e308, 1.7e308};
    struct quantile spread = {0};
    uint64_t bins[2];
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        quantile_add(&spread, numbers[i]);
    quantile_settle(&spread);
    assert_true(quantile_at(&spread, 0) == -INFINITY);
    assert_true(isnan(quantile_at(&spread, 1)));
    assert_true(quantile_histogram(&spread, bins, 2));
    assert_int_equal(bins[0] + bins[1], 4);
    quantile_free(&spread);
    struct quantile one = {0};
    quantile_add(&one, 7);
    quantile_settle(&one);
    assert_false(quantile_histogram(&one, bins, 2));
    quantile_free(&one);
}

/* In one go, in parts merged forwards, and in parts merged backwards. */
static void many_numbers(void **state)
{
    (void)state;
    static double numbers[NUMBERS];
    uint64_t seed = 16;
    for (size_t i = 0; i < NUMBERS; i++)
        numbers[i] = exp((double)(random_next(&seed) % 2000000) / 1e5 - 10) * (i % 5 ? 1 : -1);
    struct quantile all = {0}, ways[2] = {{0}, {0}};
    for (size_t i = 0; i < NUMBERS; i++)
        quantile_add(&all, numbers[i]);
    for (size_t way = 0; way < 2; way++)
        for (size_t part = 0; part < PARTS; part++) {
            struct quantile some = {0};
            for (size_t i = way ? PARTS - 1 - part : part; i < NUMBERS; i += PARTS)
                quantile_add(&some, numbers[i]);
            quantile_merge(&ways[way], &some);
            quantile_free(&some);
        }
    quantile_settle(&all);
    qsort(numbers, NUMBERS, sizeof *numbers, by_number);
    for (size_t way = 0; way < 2; way++) {
        quantile_settle(&ways[way]);
        assert_int_equal(ways[way].shift, all.shift);
        assert_int_equal(ways[way].count, all.count);
        assert_memory_equal(ways[way].buckets, all.buckets, all.count * sizeof *all.buckets);
        quantile_free(&ways[way]);
    }
    for (int percent = 1; percent < 100; percent++) {
        double fraction = percent / 100.0;
        double exact = numbers[(size_t)ceil(fraction * NUMBERS) - 1];
        assert_true(fabs(quantile_at(&all, fraction) - exact) <= 0.03 * fabs(exact));
    }
    quantile_free(&all);
}

static void add_text(struct distinct *distinct, const char *text, struct pool *pool)
{
    distinct_add(distinct, hash_bytes(text, strlen(text)), text, strlen(text), pool);
}

static void few_values_are_exact(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct distinct distinct = {0};
    char text[300];
    uint64_t count;
    assert_null(distinct_top(&distinct, &count));
    for (int i = 0; i < 3 * DISTINCT_EXACT; i++) {
        snprintf(text, sizeof text, "%d", i % DISTINCT_EXACT);
        add_text(&distinct, text, &pool);
    }
    assert_int_equal(distinct_count(&distinct), DISTINCT_EXACT);
    const struct distinct_value *top = distinct_top(&distinct, &count); /* of equals the first by its text */
    assert_int_equal(count, 3);
    assert_memory_equal(distinct.texts.data + top->text, "0", top->len);
    assert_null(distinct.sketch);
    memset(text, 'x', sizeof text);
    memcpy(text + DISTINCT_TEXT - 1, "\xc3\xa4", 2); /* ä, of which half would be cut off */
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 4; i++)
        add_text(&distinct, text, &pool);
    assert_non_null(distinct.sketch);
    distinct_free(&distinct);
    add_text(&distinct, text, &pool);
    top = distinct_top(&distinct, &count);
    assert_true(top->cut);
    assert_int_equal(top->len, DISTINCT_TEXT - 1);
    distinct_free(&distinct);
    pool_free(&pool);
}

static void fill(struct distinct *distinct, size_t from, size_t step, struct pool *pool)
{
    char text[32];
    for (size_t i = from; i < NUMBERS; i += step) {
        if (i % 50 == 0)
            snprintf(text, sizeof text, "often");
        else
            snprintf(text, sizeof text, "%zu", i / 2);
        add_text(distinct, text, pool);
    }
}

static void many_values(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct distinct all = {0}, ways[2] = {{0}, {0}};
    uint64_t count, other;
    fill(&all, 0, 1, &pool);
    for (size_t way = 0; way < 2; way++)
        for (size_t part = 0; part < PARTS; part++) {
            struct distinct some = {0};
            fill(&some, way ? PARTS - 1 - part : part, PARTS, &pool);
            distinct_merge(&ways[way], &some, &pool);
            distinct_free(&some);
        }
    const struct distinct_value *top = distinct_top(&all, &count);
    assert_memory_equal(all.texts.data + top->text, "often", top->len);
    assert_in_range(count, NUMBERS / 50, NUMBERS / 50 * 104 / 100);
    assert_in_range(distinct_count(&all), NUMBERS / 2 * 95 / 100, NUMBERS / 2 * 105 / 100);
    for (size_t way = 0; way < 2; way++) {
        const struct distinct_value *same = distinct_top(&ways[way], &other);
        assert_memory_equal(ways[way].texts.data + same->text, "often", same->len);
        assert_int_equal(other, count);
        assert_int_equal(distinct_count(&ways[way]), distinct_count(&all));
        distinct_free(&ways[way]);
    }
    distinct_free(&all);
    pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_numbers_are_exact), cmocka_unit_test(strange_numbers),
        cmocka_unit_test(many_numbers),          cmocka_unit_test(few_values_are_exact),
        cmocka_unit_test(many_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

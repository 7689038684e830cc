/* exact: sums whose order does not matter, rounded once; variances without cancellation. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/exact.h"

static uint64_t random_state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static double any_finite(void)
{
    for (;;) {
        uint64_t bits = next_random();
        double real;
        memcpy(&real, &bits, sizeof real);
        if (isfinite(real))
            return real;
    }
}

static double sum_of(const double *reals, size_t count)
{
    struct pool pool = {0};
    struct exact exact = {0};
    for (size_t i = 0; i < count; i++)
        exact_add_real(&exact, reals[i], &pool);
    double sum = exact_real(&exact);
    pool_free(&pool);
    return sum;
}

#define SUM(...) sum_of((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static void known_sums(void **state)
{
    (void)state;
    assert_true(SUM(0.1, 0.2) == 0.1 + 0.2);
    assert_true(SUM(1e308, 1e308, -1e308, -1e308, 3.0) == 3.0); /* no overflow on the way */
    assert_true(SUM(1e308, 1e308) == INFINITY);
    assert_true(SUM(1e16, 1.0, 1.0, -1e16) == 2.0);
    assert_true(SUM(5e-324, 5e-324) == 1e-323);
    assert_true(SUM(1e300, 5e-324, -1e300) == 5e-324);
    assert_true(SUM(-5e-324, 0.0) == -5e-324);
    assert_true(SUM(9007199254740992.0, 1.0) == 9007199254740992.0);           /* half: to even */
    assert_true(SUM(9007199254740992.0, 1.0, 5e-324) == 9007199254740994.0);   /* a little more than half */
    assert_true(SUM(-9007199254740992.0, -1.0, -5e-324) == -9007199254740994.0);
    assert_true(SUM(-0.0) == 0.0 && !signbit(SUM(-0.0)));
    assert_true(SUM(1.7976931348623157e308, 9.9792015476735990583e291) == INFINITY); /* half an ulp above the largest */
    assert_true(isnan(SUM(INFINITY, -INFINITY)));
    assert_true(isnan(SUM(1.0, NAN)));
    assert_true(SUM(-INFINITY, 1e308) == -INFINITY);
}

/* A random split into parts, merged in random order and through the written form, gives the same bits. */
static void no_order_changes_a_sum(void **state)
{
    (void)state;
    enum { COUNT = 200, PARTS = 5 };
    for (unsigned round = 0; round < 200; round++) {
        double reals[COUNT];
        for (size_t i = 0; i < COUNT; i++)
            reals[i] = round % 2 ? any_finite() : (double)(int64_t)next_random() / 1e5;
        double want = sum_of(reals, COUNT);
        struct pool pool = {0};
        struct exact parts[PARTS] = {{0}}, all = {0};
        for (size_t i = COUNT; i-- > 0;)
            exact_add_real(&parts[next_random() % PARTS], reals[i], &pool);
        struct buffer written = {0};
        for (size_t i = PARTS; i-- > 0;)
            exact_write(&parts[i], &written);
        struct unpack from = {.at = written.data, .end = written.data + written.len};
        for (size_t i = 0; i < PARTS; i++) {
            struct exact part;
            assert_true(exact_read(&part, &from, &pool));
            exact_add(&all, &part, &pool);
        }
        assert_true(from.at == from.end);
        assert_memory_equal(&want, &(double){exact_real(&all)}, sizeof want);
        for (size_t i = 0; i < COUNT; i++)
            exact_add_real(&all, -reals[i], &pool);
        assert_true(exact_real(&all) == 0);
        buffer_free(&written);
        pool_free(&pool);
    }
}

static void whole_numbers(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct exact exact = {0};
    __int128 want = 0, got;
    for (unsigned i = 0; i < 1000; i++) {
        __int128 number = (__int128)(int64_t)next_random() * ((__int128)1 << 40) + (int64_t)next_random();
        want += number;
        exact_add_integer(&exact, number, &pool);
        assert_true(exact_integer(&exact, &got));
        assert_true(got == want);
    }
    struct exact scaled = {0};
    exact_add_integer(&scaled, -12345, &pool);
    exact_multiply(&scaled, 1000000000000000000u, &pool);
    assert_true(exact_integer(&scaled, &got));
    assert_true(got == -(__int128)12345 * 1000000000000000000);
    exact_multiply(&scaled, 1000000000000000000u, &pool);
    assert_false(exact_integer(&scaled, &got));
    struct exact broken = {0};
    exact_add_real(&broken, 0.5, &pool);
    assert_false(exact_integer(&broken, &got));
    exact_add_real(&broken, 1.5, &pool);
    assert_true(exact_integer(&broken, &got));
    assert_int_equal((int)got, 2);
    pool_free(&pool);
}

static void quotients_round_once(void **state)
{
    (void)state;
    assert_true(exact_quotient(1, 3) == 1.0 / 3.0);
    assert_true(exact_quotient(-7, 2) == -3.5);
    assert_true(exact_quotient(((__int128)1 << 53) + 1, 1) == 9007199254740992.0);
    assert_true(exact_quotient(((__int128)1 << 54) + 2, 2) == 9007199254740992.0);
    assert_true(exact_quotient((((__int128)1 << 53) + 1) * 1000 + 1, 1000) == 9007199254740994.0);
    for (unsigned i = 0; i < 1000; i++) {
        int32_t a = (int32_t)next_random();
        uint32_t b = (uint32_t)next_random() | 1;
        assert_true(exact_quotient(a, b) == (double)a / (double)b);
    }
}

static double variance(const double *reals, size_t count)
{
    struct pool pool = {0};
    struct exact sum = {0}, squares = {0};
    for (size_t i = 0; i < count; i++) {
        exact_add_real(&sum, reals[i], &pool);
        exact_add_square(&squares, reals[i], &pool);
    }
    double mantissa;
    int exponent;
    exact_spread(&sum, &squares, count, &mantissa, &exponent);
    pool_free(&pool);
    return ldexp(mantissa / ((double)count * (double)(count - 1)), exponent);
}

static void variances_do_not_cancel(void **state)
{
    (void)state;
    assert_true(variance((const double[]){1, 2, 3, 4}, 4) == 5.0 / 3.0);
    assert_true(variance((const double[]){1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}, 4) == 30);
    assert_true(variance((const double[]){1e300, 1e300, 1e300}, 3) == 0);
    assert_true(variance((const double[]){0.1, 0.1}, 2) == 0);
    assert_true(fabs(variance((const double[]){9e153, -9e153}, 2) / 1.62e308 - 1) < 1e-15);
    assert_true(isnan(variance((const double[]){1, INFINITY}, 2)));
    assert_true(variance((const double[]){3e-160, 1e-160}, 2) > 0); /* squares far below the least double */
}

/* count * sum(xy) - sum(x) * sum(y) */
static double cross(const double *x, const double *y, size_t count)
{
    struct pool pool = {0};
    struct exact sum_x = {0}, sum_y = {0}, products = {0};
    for (size_t i = 0; i < count; i++) {
        exact_add_real(&sum_x, x[i], &pool);
        exact_add_real(&sum_y, y[i], &pool);
        exact_add_product(&products, x[i], y[i], &pool);
    }
    double mantissa;
    int exponent;
    exact_cross(&sum_x, &sum_y, &products, count, &mantissa, &exponent);
    pool_free(&pool);
    return ldexp(mantissa, exponent);
}

static void covariances_do_not_cancel(void **state)
{
    (void)state;
    assert_true(cross((const double[]){1, 2, 3}, (const double[]){2, 4, 6}, 3) == 12);
    assert_true(cross((const double[]){1, 2, 3}, (const double[]){-2, -4, -6}, 3) == -12);
    assert_true(cross((const double[]){1, -1}, (const double[]){3, 3}, 2) == 0);
    assert_true(cross((const double[]){1, -1}, (const double[]){1, -1}, 2) == 4);       /* no sums, only products */
    assert_true(cross((const double[]){1, 0}, (const double[]){0, 1}, 2) == -1);        /* no products, only sums */
    assert_true(cross((const double[]){-1, 0}, (const double[]){0, 1}, 2) == 1);
    /* products and sums of two signs */
    assert_true(cross((const double[]){-3, 1, 1}, (const double[]){1, 5, 2}, 3) == 20);
    assert_true(cross((const double[]){1e9 + 1, 1e9 + 2, 1e9 + 3}, (const double[]){1e9 - 1, 1e9 - 2, 1e9 - 3}, 3) ==
                -6);
    assert_true(cross((const double[]){1e150, 1e150}, (const double[]){1e-150, 2e-150}, 2) == 0);
    assert_true(cross((const double[]){5e-324, 0}, (const double[]){1.7e308, 0}, 2) > 0);
    assert_true(isnan(cross((const double[]){1, INFINITY}, (const double[]){1, 2}, 2)));
    assert_true(cross(NULL, NULL, 0) == 0);
    for (unsigned round = 0; round < 2000; round++) {
        double x[8], y[8];
        __int128 xs = 0, ys = 0, xys = 0;
        size_t count = 1 + next_random() % 8;
        for (size_t i = 0; i < count; i++) {
            int64_t a = (int64_t)next_random() >> (12 + next_random() % 40),
                    b = (int64_t)next_random() >> (12 + next_random() % 40);
            x[i] = (double)a;
            y[i] = (double)b;
            xs += a;
            ys += b;
            xys += (__int128)a * b;
        }
        assert_true(cross(x, y, count) == (double)((__int128)count * xys - xs * ys));
    }
}

/* Sums that can't be of the same numbers, as only a damaged partial state has them. */
static void sums_far_apart_give_nothing(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct exact sums[3] = {{0}};
    static const int ends[3][2] = {{0, 100}, {10, 100}, {240, 8}};
    for (size_t i = 0; i < 3; i++) {
        struct buffer bytes = {0};
        buffer_add_char(&bytes, 0);
        pack_number(&bytes, (uint64_t)ends[i][1]);
        pack_number(&bytes, (uint64_t)ends[i][0]);
        for (int k = 0; k < ends[i][1]; k++)
            pack_raw(&bytes, &(uint64_t){0x123456789abcdefu}, sizeof(uint64_t));
        struct unpack from = {.at = bytes.data, .end = bytes.data + bytes.len};
        (void)exact_read(&sums[i], &from, &pool);
        buffer_free(&bytes);
    }
    for (unsigned i = 0; i < 27; i++) {
        double mantissa;
        int exponent;
        exact_cross(&sums[i % 3], &sums[i / 3 % 3], &sums[i / 9], 7, &mantissa, &exponent);
        exact_spread(&sums[i % 3], &sums[i / 3 % 3], 7, &mantissa, &exponent);
        const struct exact powers[] = {sums[i % 3], sums[i / 3 % 3], sums[i / 9], sums[i % 2]};
        exact_skew(powers, 7, &mantissa, &exponent);
        exact_tail(powers, 7, &mantissa, &exponent);
    }
    pool_free(&pool);
}

/* The third (tail: the fourth) of the moments. */
static double moment(const double *x, size_t count, bool tail)
{
    struct pool pool = {0};
    struct exact powers[4] = {{0}};
    for (size_t i = 0; i < count; i++) {
        exact_add_real(&powers[0], x[i], &pool);
        exact_add_square(&powers[1], x[i], &pool);
        exact_add_cube(&powers[2], x[i], &pool);
        exact_add_fourth(&powers[3], x[i], &pool);
    }
    double mantissa;
    int exponent;
    if (tail)
        exact_tail(powers, count, &mantissa, &exponent);
    else
        exact_skew(powers, count, &mantissa, &exponent);
    pool_free(&pool);
    return ldexp(mantissa, exponent);
}

static void moments_do_not_cancel(void **state)
{
    (void)state;
    assert_true(moment((const double[]){1, 2, 3}, 3, false) == 0 && !signbit(moment((const double[]){1, 3}, 2, false)));
    assert_true(moment((const double[]){0, 0, 3}, 3, false) == 54); /* 3^2 * (-1 - 1 + 8) */
    assert_true(moment((const double[]){0, 0, 3}, 3, true) == 486); /* 3^3 * (1 + 1 + 16) */
    assert_true(moment((const double[]){0, 0, -3}, 3, false) == -54);
    assert_true(moment((const double[]){1e12, 1e12, 1e12 + 3}, 3, false) == 54);
    assert_true(moment((const double[]){1e12, 1e12, 1e12 + 3}, 3, true) == 486);
    assert_true(moment((const double[]){1e100, 1e100, 1e100}, 3, true) == 0);
    assert_true(isnan(moment((const double[]){1, NAN}, 2, false)));
    assert_true(isnan(moment((const double[]){1e200, 1}, 2, true)));
    assert_true(moment(NULL, 0, false) == 0 && moment(NULL, 0, true) == 0);
    for (unsigned round = 0; round < 2000; round++) {
        double x[8];
        __int128 sums[5] = {0}, n = 1 + (__int128)(next_random() % 8);
        for (size_t i = 0; i < (size_t)n; i++) {
            int64_t whole = (int64_t)(next_random() % 20001) - 10000;
            __int128 power = 1;
            x[i] = (double)whole;
            for (size_t p = 1; p < 5; p++)
                sums[p] += power *= whole;
        }
        __int128 a = sums[1], b = sums[2], c = sums[3], d = sums[4];
        assert_true(moment(x, (size_t)n, false) == (double)(n * n * c - 3 * n * a * b + 2 * a * a * a));
        assert_true(moment(x, (size_t)n, true) ==
                    (double)(n * n * n * d - 4 * n * n * a * c + 6 * n * a * a * b - 3 * a * a * a * a));
    }
}

static void damaged_bytes_are_refused(void **state)
{
    (void)state;
    struct pool pool = {0};
    struct exact exact = {0};
    exact_add_real(&exact, 1e100, &pool);
    struct buffer written = {0};
    exact_write(&exact, &written);
    for (size_t len = 0; len < written.len; len++) {
        struct unpack from = {.at = written.data, .end = written.data + len};
        struct exact back;
        assert_false(exact_read(&back, &from, &pool));
    }
    for (unsigned i = 0; i < 20000; i++) { /* whatever the bytes: no crash */
        char noise[64];
        for (size_t j = 0; j < sizeof noise; j++)
            noise[j] = (char)(next_random() >> 11);
        noise[1] &= 7;
        struct unpack from = {.at = noise, .end = noise + sizeof noise};
        struct exact back;
        if (exact_read(&back, &from, &pool))
            (void)exact_real(&back);
    }
    buffer_free(&written);
    pool_free(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sums),
        cmocka_unit_test(no_order_changes_a_sum),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(quotients_round_once),
        cmocka_unit_test(variances_do_not_cancel),
        cmocka_unit_test(covariances_do_not_cancel),
        cmocka_unit_test(moments_do_not_cancel),
        cmocka_unit_test(sums_far_apart_give_nothing),
        cmocka_unit_test(damaged_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

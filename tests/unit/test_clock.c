/* clock: both clocks agree in all their units and go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static void test_steady(void **state)
{
    (void)state;
    int64_t us = clock_steady_us(), ms = clock_steady_ms(), later = clock_steady_us();
    assert_true(us > 0);
    assert_true(later >= us);
    assert_true(ms >= us / 1000 && ms <= later / 1000 + 1);
    while (clock_steady_ms() == ms) /* it does go on */
        ;
    assert_true(clock_steady_us() > us);
}

static void test_wall(void **state)
{
    (void)state;
    int64_t before = (int64_t)time(NULL), s = clock_wall_s(), ms = clock_wall_ms(), us = clock_wall_us();
    /* time() reads a coarser clock, which may be behind by a tick */
    assert_true(s >= before && s <= before + 2);
    assert_true(ms / 1000 >= s && ms / 1000 <= s + 1);
    assert_true(us / 1000 >= ms && us / 1000 <= ms + 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_steady), cmocka_unit_test(test_wall)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

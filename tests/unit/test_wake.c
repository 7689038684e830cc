/* wake: set once or many times it is readable, cleared it is not, and never blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <poll.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/wake.h"

static int readable(int descriptor)
{
    struct pollfd polled = {.fd = descriptor, .events = POLLIN};
    return poll(&polled, 1, 0);
}

static void test_wake(void **state)
{
    (void)state;
    int descriptor = wake_new();
    assert_true(descriptor >= 0);
    assert_int_equal(readable(descriptor), 0);
    wake_clear(descriptor);
    for (int i = 0; i < 3; i++)
        wake_set(descriptor);
    assert_int_equal(readable(descriptor), 1);
    wake_clear(descriptor);
    assert_int_equal(readable(descriptor), 0);
    close(descriptor);
    wake_set(descriptor); /* nobody is there to be woken, and it ends */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wake)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

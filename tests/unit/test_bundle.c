/* bundle: arrays of so many values or bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "slice/bundle.h"

static void pack(uint64_t count_max, size_t bytes_max, const char *const *values, const char *wanted)
{
    struct bundle bundle = {.count_max = count_max, .bytes_max = bytes_max};
    struct buffer out = {0};
    for (; *values; values++)
        bundle_add(&bundle, *values, strlen(*values), &out);
    bundle_end(&bundle, &out);
    bundle_end(&bundle, &out); /* nothing is left */
    buffer_add_char(&out, '\0');
    assert_string_equal(out.data, wanted);
    buffer_free(&out);
    bundle_free(&bundle);
}

static void test_limits(void **state)
{
    (void)state;
    const char *const values[] = {"1", "22", "333", "4444", "5", NULL};
    pack(0, 0, values, "[1,22,333,4444,5]\n");
    pack(2, 0, values, "[1,22]\n[333,4444]\n[5]\n");
    pack(5, 0, values, "[1,22,333,4444,5]\n");
    pack(1, 0, values, "[1]\n[22]\n[333]\n[4444]\n[5]\n");
    pack(0, 6, values, "[1,22]\n[333]\n[4444]\n[5]\n"); /* [1,22] and [4444] have 6 bytes */
    pack(0, 10, values, "[1,22,333]\n[4444,5]\n");      /* the first has 10 bytes */
    pack(0, 9, values, "[1,22]\n[333]\n[4444,5]\n");
    pack(2, 10, values, "[1,22]\n[333,4444]\n[5]\n");
    pack(3, 17, values + 5, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* latest: the last bytes of each key, in the order in which keys came first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "log/latest.h"

static void put(struct latest *latest, const char *key, const char *bytes)
{
    latest_put(latest, key, strlen(key), bytes, strlen(bytes));
}

static void expect(const struct latest *latest, const char *wanted)
{
    struct buffer all = {0};
    const char *bytes;
    size_t at = 0, len;
    while (latest_next(latest, &at, &bytes, &len))
        buffer_add(&all, bytes, len);
    buffer_add_char(&all, '\0');
    assert_string_equal(all.data, wanted);
    buffer_free(&all);
}

static void test_all(void **state)
{
    (void)state;
    struct latest latest = {0};
    expect(&latest, "");
    put(&latest, "a", "1");
    put(&latest, "b", "2");
    put(&latest, "", "3");
    put(&latest, "a", "4");
    expect(&latest, "423");
    latest_put(&latest, "b", 1, NULL, 0);
    latest_put(&latest, "c", 1, NULL, 0);
    expect(&latest, "43");
    put(&latest, "b", "");
    put(&latest, "b", "5");
    expect(&latest, "453");
    latest_free(&latest);
    for (int i = 0; i < 30000; i++) {
        char key[16], bytes[16];
        snprintf(key, sizeof key, "%d", i % 1000);
        snprintf(bytes, sizeof bytes, "%d ", i);
        put(&latest, key, bytes);
    }
    assert_int_equal(latest.count, 1000);
    assert_string_equal(latest.entries[999].bytes, "29999 ");
    latest_free(&latest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* window: the last events, and readers at places of their own. */
#include "serve/window.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static void add(struct window *window, const char *text)
{
    window_add(window, text, strlen(text));
}

/* What a reader gets from an event on, `cap` bytes at a time. */
static void reads(const struct window *window, uint64_t event, size_t cap, const char *wanted)
{
    char text[256];
    size_t len = 0, got;
    uint64_t place;
    assert_true(window_place(window, event, &place));
    do {
        assert_true(window_holds(window, place));
        got = window_read(window, place, text + len, cap);
        len += got;
        place += got;
    } while (got > 0);
    text[len] = '\0';
    assert_string_equal(text, wanted);
}

static void test_all_there(void **state)
{
    struct window *window = window_new(16, 8);
    uint64_t place;
    (void)state;
    assert_int_equal(window_first(window), 1);
    assert_int_equal(window_next(window), 1);
    reads(window, 1, 3, "");
    add(window, "one ");
    add(window, "two ");
    reads(window, 1, 3, "one two ");
    reads(window, 2, 100, "two ");
    reads(window, 3, 100, "");
    assert_false(window_place(window, 0, &place));
    assert_false(window_place(window, 4, &place));
    window_free(window);
}

static void test_bytes_go(void **state)
{
    struct window *window = window_new(16, 8);
    uint64_t first, second;
    (void)state;
    add(window, "12345678");
    add(window, "abcdefgh");
    assert_true(window_place(window, 1, &first));
    assert_true(window_place(window, 2, &second));
    assert_true(window_holds(window, first + 3));
    add(window, "x");
    assert_false(window_holds(window, first + 3)); /* amid an event that is gone */
    assert_false(window_place(window, 1, &first));
    assert_true(window_holds(window, second));
    assert_int_equal(window_first(window), 2);
    reads(window, 2, 5, "abcdefghx");
    add(window, "0123456789abcdef");
    assert_int_equal(window_first(window), 4);
    reads(window, 4, 7, "0123456789abcdef");
    window_free(window);
}

static void test_count_goes(void **state)
{
    struct window *window = window_new(1024, 4);
    char text[16];
    (void)state;
    for (int i = 1; i <= 9; i++) {
        snprintf(text, sizeof text, "%d", i);
        add(window, text);
    }
    assert_int_equal(window_first(window), 6);
    assert_int_equal(window_next(window), 10);
    reads(window, 6, 1, "6789");
    window_free(window);
}

static void test_too_large(void **state)
{
    struct window *window = window_new(8, 4);
    uint64_t place;
    (void)state;
    add(window, "a");
    add(window, "123456789");
    assert_int_equal(window_first(window), 3);
    assert_int_equal(window_next(window), 3);
    assert_false(window_place(window, 2, &place));
    reads(window, 3, 9, "");
    add(window, "b");
    reads(window, 3, 9, "b");
    window_free(window);
}

/* A reader who keeps up sees every byte, whatever wraps where. */
static void test_wraps(void **state)
{
    struct window *window = window_new(64, 16);
    uint64_t place = 0, random = 5;
    (void)state;
    assert_true(window_place(window, 1, &place));
    for (unsigned i = 0; i < 5000; i++) {
        char text[64], got[64];
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t len = 1 + (random >> 40) % 40;
        for (size_t at = 0; at < len; at++)
            text[at] = (char)(i + at);
        window_add(window, text, len);
        assert_int_equal(window_read(window, place, got, sizeof got), len);
        assert_memory_equal(got, text, len);
        place += len;
    }
    window_free(window);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_there), cmocka_unit_test(test_bytes_go), cmocka_unit_test(test_count_goes),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

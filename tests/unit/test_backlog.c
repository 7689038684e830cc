/* backlog: the last events, and readers at places of their own. */
#include "serve/backlog.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static void add(struct backlog *backlog, const char *text)
{
    backlog_add(backlog, text, strlen(text));
}

/* What a reader gets from an event on, `cap` bytes at a time. */
static void reads(const struct backlog *backlog, uint64_t event, size_t cap, const char *wanted)
{
    char text[256];
    size_t len = 0, got;
    uint64_t place;
    assert_true(backlog_place(backlog, event, &place));
    do {
        assert_true(backlog_holds(backlog, place));
        got = backlog_read(backlog, place, text + len, cap);
        len += got;
        place += got;
    } while (got > 0);
    text[len] = '\0';
    assert_string_equal(text, wanted);
}

static void test_all_there(void **state)
{
    struct backlog *backlog = backlog_new(16, 8);
    uint64_t place;
    (void)state;
    assert_int_equal(backlog_first(backlog), 1);
    assert_int_equal(backlog_next(backlog), 1);
    reads(backlog, 1, 3, "");
    add(backlog, "one ");
    add(backlog, "two ");
    reads(backlog, 1, 3, "one two ");
    reads(backlog, 2, 100, "two ");
    reads(backlog, 3, 100, "");
    assert_false(backlog_place(backlog, 0, &place));
    assert_false(backlog_place(backlog, 4, &place));
    backlog_free(backlog);
}

static void test_bytes_go(void **state)
{
    struct backlog *backlog = backlog_new(16, 8);
    uint64_t first, second;
    (void)state;
    add(backlog, "12345678");
    add(backlog, "abcdefgh");
    assert_true(backlog_place(backlog, 1, &first));
    assert_true(backlog_place(backlog, 2, &second));
    assert_true(backlog_holds(backlog, first + 3));
    add(backlog, "x");
    assert_false(backlog_holds(backlog, first + 3)); /* amid an event that is gone */
    assert_false(backlog_place(backlog, 1, &first));
    assert_true(backlog_holds(backlog, second));
    assert_int_equal(backlog_first(backlog), 2);
    reads(backlog, 2, 5, "abcdefghx");
    add(backlog, "0123456789abcdef");
    assert_int_equal(backlog_first(backlog), 4);
    reads(backlog, 4, 7, "0123456789abcdef");
    backlog_free(backlog);
}

static void test_count_goes(void **state)
{
    struct backlog *backlog = backlog_new(1024, 4);
    char text[16];
    (void)state;
    for (int i = 1; i <= 9; i++) {
        snprintf(text, sizeof text, "%d", i);
        add(backlog, text);
    }
    assert_int_equal(backlog_first(backlog), 6);
    assert_int_equal(backlog_next(backlog), 10);
    reads(backlog, 6, 1, "6789");
    backlog_free(backlog);
}

static void test_too_large(void **state)
{
    struct backlog *backlog = backlog_new(8, 4);
    uint64_t place;
    (void)state;
    add(backlog, "a");
    add(backlog, "123456789");
    assert_int_equal(backlog_first(backlog), 3);
    assert_int_equal(backlog_next(backlog), 3);
    assert_false(backlog_place(backlog, 2, &place));
    reads(backlog, 3, 9, "");
    add(backlog, "b");
    reads(backlog, 3, 9, "b");
    backlog_free(backlog);
}

/* A reader who keeps up sees every byte, whatever wraps where. */
static void test_wraps(void **state)
{
    struct backlog *backlog = backlog_new(64, 16);
    uint64_t place = 0, random = 5;
    (void)state;
    assert_true(backlog_place(backlog, 1, &place));
    for (unsigned i = 0; i < 5000; i++) {
        char text[64], got[64];
        random = random * 6364136223846793005u + 1442695040888963407u;
        size_t len = 1 + (random >> 40) % 40;
        for (size_t at = 0; at < len; at++)
            text[at] = (char)(i + at);
        backlog_add(backlog, text, len);
        assert_int_equal(backlog_read(backlog, place, got, sizeof got), len);
        assert_memory_equal(got, text, len);
        place += len;
    }
    backlog_free(backlog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_there), cmocka_unit_test(test_bytes_go), cmocka_unit_test(test_count_goes),
        cmocka_unit_test(test_too_large), cmocka_unit_test(test_wraps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

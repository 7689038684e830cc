/* board: rows by key, in the order in which the keys came, within limits. */
#include "serve/board.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static enum board_change put(struct board *board, const char *key, const char *json)
{
    return board_put(board, key, strlen(key), json, strlen(json));
}

static void holds(const struct board *board, const char *text)
{
    struct buffer copy = {0};
    board_copy(board, &copy);
    buffer_add_char(&copy, '\0');
    assert_string_equal(copy.data, text);
    buffer_free(&copy);
}

static void test_order(void **state)
{
    struct board *board = board_new(10, 10000);
    (void)state;
    assert_int_equal(board_find(board, "a", 1).type, SPAN_ABSENT);
    assert_int_equal(board_remove(board, "a", 1), BOARD_ABSENT);
    assert_int_equal(put(board, "b", "{1}"), BOARD_ADDED);
    assert_int_equal(put(board, "a", "{2}"), BOARD_ADDED);
    assert_int_equal(put(board, "", "{3}"), BOARD_ADDED);
    assert_int_equal(put(board, "b", "{1}"), BOARD_SAME);
    assert_int_equal(put(board, "b", "{longer than before}"), BOARD_CHANGED);
    holds(board, "{longer than before}\n{2}\n{3}\n");
    assert_int_equal(board_remove(board, "a", 1), BOARD_REMOVED);
    assert_int_equal(put(board, "a", "{4}"), BOARD_ADDED);
    holds(board, "{longer than before}\n{3}\n{4}\n");
    assert_int_equal(board_remove(board, "b", 1), BOARD_REMOVED);
    assert_int_equal(board_remove(board, "a", 1), BOARD_REMOVED);
    assert_int_equal(board_remove(board, "", 0), BOARD_REMOVED);
    holds(board, "");
    assert_int_equal(board_count(board), 0);
    assert_int_equal(board_bytes(board), 0);
    board_free(board);
}

static void test_keys_are_bytes(void **state)
{
    struct board *board = board_new(10, 10000);
    (void)state;
    assert_int_equal(board_put(board, "a\0b", 3, "{1}", 3), BOARD_ADDED);
    assert_int_equal(board_put(board, "a\0c", 3, "{2}", 3), BOARD_ADDED);
    assert_int_equal(board_put(board, "a", 1, "{3}", 3), BOARD_ADDED);
    assert_memory_equal(board_find(board, "a\0c", 3).text, "{2}", 3);
    board_free(board);
}

static void test_limits(void **state)
{
    (void)state;
    struct board *board = board_new(2, 10000);
    assert_int_equal(put(board, "a", "{}"), BOARD_ADDED);
    assert_int_equal(put(board, "b", "{}"), BOARD_ADDED);
    assert_int_equal(put(board, "c", "{}"), BOARD_FULL);
    assert_int_equal(put(board, "a", "{1}"), BOARD_CHANGED);
    assert_int_equal(board_remove(board, "b", 1), BOARD_REMOVED);
    assert_int_equal(put(board, "c", "{}"), BOARD_ADDED);
    board_free(board);
    board = board_new(10, 2 * BOARD_ROW_COST + 10);
    assert_int_equal(put(board, "a", "{12}"), BOARD_ADDED);
    assert_int_equal(put(board, "b", "{123}"), BOARD_FULL);
    assert_int_equal(put(board, "b", "{12}"), BOARD_ADDED);
    assert_int_equal(put(board, "b", "{123}"), BOARD_FULL);
    holds(board, "{12}\n{12}\n");
    assert_int_equal(put(board, "a", "{}"), BOARD_CHANGED);
    assert_int_equal(put(board, "b", "{123}"), BOARD_CHANGED);
    board_free(board);
}

/* Many rows against a plain list of what should be there. */
static void test_many(void **state)
{
    enum { KEYS = 3000, STEPS = 60000 };
    static int value[KEYS];
    struct board *board = board_new(KEYS, SIZE_MAX);
    size_t count = 0;
    uint64_t random = 7;
    (void)state;
    for (int step = 1; step <= STEPS; step++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        unsigned key = (unsigned)(random >> 40) % KEYS;
        char name[16], json[32];
        size_t len = (size_t)snprintf(name, sizeof name, "k%u", key);
        if ((random >> 33) % 3 == 0) {
            assert_int_equal(board_remove(board, name, len), value[key] ? BOARD_REMOVED : BOARD_ABSENT);
            count -= value[key] != 0;
            value[key] = 0;
        } else {
            size_t json_len = (size_t)snprintf(json, sizeof json, "{%d}", step);
            assert_int_equal(board_put(board, name, len, json, json_len), value[key] ? BOARD_CHANGED : BOARD_ADDED);
            count += value[key] == 0;
            value[key] = step;
        }
        assert_int_equal(board_count(board), count);
    }
    for (unsigned key = 0; key < KEYS; key++) {
        char name[16], json[32];
        size_t len = (size_t)snprintf(name, sizeof name, "k%u", key);
        size_t json_len = (size_t)snprintf(json, sizeof json, "{%d}", value[key]);
        struct span row = board_find(board, name, len);
        assert_int_equal(row.type, value[key] ? SPAN_OBJECT : SPAN_ABSENT);
        if (value[key])
            assert_int_equal(span_compare(row, (struct span){.text = json, .len = json_len}), 0);
    }
    board_free(board);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_keys_are_bytes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

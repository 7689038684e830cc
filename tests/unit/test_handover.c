/* handover: the lines by which who commits for a group knows what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log/handover.h"

static bool read_line(const char *text, struct json_tree *tree, struct arena *arena, const char **member,
                      const struct broker_position **positions, size_t *count)
{
    return handover_is_end(text, strlen(text)) &&
           handover_read(text, strlen(text), tree, arena, member, positions, count);
}

static void reads_all(void **state)
{
    (void)state;
    struct json_tree tree = {0};
    struct arena arena = {0};
    const char *member;
    const struct broker_position *positions;
    size_t count;
    assert_true(read_line("{\"aagg\":2,\"of\":\"0123456789abcdef\",\"offsets\":{\"a\\u0062\":{\"0\":42,\"17\":0},"
                          "\"c\":{\"3\":9007199254740993}},\"group\":\"QUJD\"}",
                          &tree, &arena, &member, &positions, &count));
    assert_string_equal(member, "QUJD");
    assert_int_equal(count, 3);
    assert_string_equal(positions[0].topic, "ab");
    assert_int_equal(positions[0].partition, 0);
    assert_int_equal(positions[0].offset, 42);
    assert_string_equal(positions[1].topic, "ab");
    assert_int_equal(positions[1].partition, 17);
    assert_string_equal(positions[2].topic, "c");
    assert_true(positions[2].offset == 9007199254740993);
    assert_true(read_line("{\"aagg\":2,\"of\":\"0\",\"offsets\":{},\"group\":\"\"}", &tree, &arena, &member, &positions,
                          &count));
    assert_int_equal(count, 0);
    json_tree_free(&tree);
    arena_free(&arena);
}

static void refuses_others(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"0\":1}}}",                       /* no group */
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"0\":1}},\"group\":7}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":[1],\"group\":\"A\"}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":1},\"group\":\"A\"}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"x\":1}},\"group\":\"A\"}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"-1\":1}},\"group\":\"A\"}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"3000000000\":1}},\"group\":\"A\"}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"0\":1.5}},\"group\":\"A\"}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"0\":\"1\"}},\"group\":\"A\"}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"0\":99999999999999999999}},\"group\":\"A\"}",
        "{\"aagg\":2,\"of\":\"0\",\"offsets\":{\"a\":{\"0\":1}},\"group\":\"A\"",
    };
    struct json_tree tree = {0};
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *member;
        const struct broker_position *positions;
        size_t count;
        assert_false(read_line(wrong[i], &tree, &arena, &member, &positions, &count));
    }
    json_tree_free(&tree);
    arena_free(&arena);
}

/* A state is none, however much its keys look so, nor is any beginning of one. */
static void knows_the_end(void **state)
{
    (void)state;
    static const char end[] = "{\"aagg\":2,\"of\":\"0\",\"offsets\":";
    static const char *const states[] = {
        "{\"aagg\":2,\"of\":\"0\",\"keys\":{\"a\":\",\\\"offsets\\\":\"},\"state\":\"AAAA\"}",
        "0123456789abcdef\t{\"aagg\":2,\"of\":\"0\",\"offsets\":{}}",
        "",
        "{",
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        assert_false(handover_is_end(states[i], strlen(states[i])));
    for (size_t len = 0; len < sizeof end - 1; len++) {
        char *copy = malloc(len + 1);
        assert_non_null(copy);
        memcpy(copy, end, len);
        assert_false(handover_is_end(copy, len));
        free(copy);
    }
    assert_true(handover_is_end(end, sizeof end - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all),
        cmocka_unit_test(refuses_others),
        cmocka_unit_test(knows_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

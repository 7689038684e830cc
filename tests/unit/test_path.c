/* path: compiled paths and their numbering. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json/path.h"

static struct path *parse(struct arena *arena, const char *text)
{
    size_t offset;
    const char *message;
    struct path *path = path_parse(arena, text, NULL, &offset, &message);
    if (!path)
        fail_msg("%s: byte %zu: %s", text, offset, message);
    return path;
}

static void test_forms(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct path *path = parse(&arena, "a.b_1[0].`odd ``name`.c-d[-2]['x.y'].\xC3\xA9[ 3 ]");
    assert_int_equal(path->count, 9);
    static const char *const keys[] = {"a", "b_1", NULL, "odd `name", "c-d", NULL, "x.y", "\xC3\xA9", NULL};
    static const int64_t indexes[] = {0, 0, 0, 0, 0, -2, 0, 0, 3};
    for (size_t i = 0; i < 9; i++) {
        if (keys[i])
            assert_string_equal(path->steps[i].key, keys[i]);
        else
            assert_null(path->steps[i].key);
        assert_int_equal(path->steps[i].index, indexes[i]);
        assert_int_equal(path->steps[i].key_len, keys[i] ? strlen(keys[i]) : 0);
    }
    assert_true(path_equal(parse(&arena, ".a[0]"), parse(&arena, "`a`[0]")));
    assert_false(path_equal(parse(&arena, "a[0]"), parse(&arena, "a['0']")));
    assert_false(path_equal(parse(&arena, "a"), parse(&arena, "a.b")));
    arena_free(&arena);
}

static void test_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t offset;
        const char *hint;
    } cases[] = {
        {"", 0, "name"},          {".", 1, "name"},       {"a.", 2, "name"},         {"a..b", 2, "name"},
        {"a b", 1, "expected"},   {"a[", 2, "index"},     {"a[x]", 2, "index"},      {"a[1", 3, "']'"},
        {"a.`b", 2, "closed"},    {"a['b", 2, "closed"},  {"``", 0, "empty"},
                {"a[99999999999999999999]", 2, "large"},
        {"a.b*", 3, "expected"},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t offset = 99;
        const char *message = "";
        assert_null(path_parse(&arena, cases[i].text, NULL, &offset, &message));
        if (offset != cases[i].offset || !strstr(message, cases[i].hint))
            fail_msg("%s: byte %zu: %s", cases[i].text, offset, message);
    }
    arena_free(&arena);
}

static void test_prefix(void **state)
{
    (void)state;
    struct arena arena = {0};
    size_t offset;
    const char *message, *end;
    static const char text[] = "a.b[1] + 1";
    struct path *path = path_parse(&arena, text, &end, &offset, &message);
    assert_non_null(path);
    assert_string_equal(end, " + 1");
    assert_string_equal(path->text, "a.b[1]");
    path = path_parse(&arena, "a.*", &end, &offset, &message);
    assert_non_null(path);
    assert_string_equal(end, ".*");
    arena_free(&arena);
}

static void test_quoted(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a.b", "odd `name", "``", " ", "[0]", "\n"};
    struct arena arena = {0};
    struct buffer text = {0};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        text.len = 0;
        path_add_quoted(names[i], strlen(names[i]), &text);
        buffer_add_char(&text, '\0');
        struct path *path = parse(&arena, text.data);
        assert_int_equal(path->count, 1);
        assert_string_equal(path->steps[0].key, names[i]);
    }
    buffer_free(&text);
    arena_free(&arena);
}

static void test_set(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct path_set set = {0};
    char name[] = "a00";
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < 100; i++) {
            name[1] = (char)('0' + i / 10);
            name[2] = (char)('0' + i % 10);
            assert_int_equal(path_set_add(&set, parse(&arena, name)), i);
        }
    assert_int_equal(set.count, 100);
    static const char *const unlike[] = {"a.b", "a.b.c", "ab", "a[0]", "a[1]", "a[-1]", "`a.b`", "a[0].b", "a.b[0]"};
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof unlike / sizeof unlike[0]; i++)
            assert_int_equal(path_set_add(&set, parse(&arena, unlike[i])), 100 + i);
    path_set_free(&set);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_quoted),
        cmocka_unit_test(test_set),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

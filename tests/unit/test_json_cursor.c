/* json_cursor: the values of a container found in its text, as the token tree has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json/cursor.h"
#include "json/json.h"

static const char *const documents[] = {
    "[]",
    "[ ]",
    "{}",
    "{ }",
    "[1]",
    "[ 1 , 2.5e3,-0 ]",
    "[\"\",\"a\\\"b\",\"]\",\"\\\\\"]",
    "{\"a\":1,\"b\" : [ ] ,\"c\":{\"d\":\"}\"}}",
    "[[1,[2,3]],{\"x\":[{}]},null,true,false]",
    "[\"\\u00e9\",[[[[]]]],\"12345678901234567890123456789012345678901234567890123456789012345678901234567890\"]",
    ("{\"k,\":\"v:\",\"\\\"\":[\",\"],\"long\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,"
     "27,28,29,30]}"),
};

static void same_span(struct span got, struct span wanted)
{
    assert_ptr_equal(got.text, wanted.text);
    assert_int_equal(got.len, wanted.len);
    assert_int_equal(got.type, wanted.type);
    assert_int_equal(got.escaped, wanted.escaped);
}

static void same_children(const struct json_tree *tree, uint32_t node)
{
    const struct json_node *container = &tree->nodes[node];
    bool object = container->span.type == SPAN_OBJECT;
    struct json_cursor cursor = json_cursor_into(container->span);
    assert_int_equal(json_cursor_count(cursor), container->size);
    uint32_t child = container->size ? node + 1 : 0;
    for (uint32_t i = 0; i < container->size; i++, child = tree->nodes[child].next) {
        struct span name, value;
        struct json_cursor ahead = json_cursor_into(container->span);
        json_cursor_skip(&ahead, i);
        assert_int_equal(json_cursor_count(ahead), container->size - i);
        if (object) {
            assert_true(json_cursor_member(&cursor, &name, &value));
            same_span(name, tree->nodes[child].span);
            same_span(value, tree->nodes[child + 1].span);
        } else {
            assert_true(json_cursor_next(&cursor, &value));
            same_span(value, tree->nodes[child].span);
            assert_true(json_cursor_next(&ahead, &value));
            same_span(value, tree->nodes[child].span);
        }
    }
    struct span none;
    assert_false(json_cursor_next(&cursor, &none));
    assert_int_equal(json_cursor_count(cursor), 0);
}

static void test_tree(void **state)
{
    (void)state;
    struct json_tree tree = {0};
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        size_t at;
        const char *message;
        assert_true(json_tree_build(&tree, documents[i], strlen(documents[i]), &at, &message));
        for (uint32_t node = 0; node < tree.count; node++)
            if (tree.nodes[node].span.type == SPAN_ARRAY || tree.nodes[node].span.type == SPAN_OBJECT)
                same_children(&tree, node);
    }
    json_tree_free(&tree);
}

/* Of members of one name the last one, with its place; escapes are decoded. */
static void test_find(void **state)
{
    (void)state;
    static const char object[] = "{\"a\":1,\"b\":[2],\"\\u0061\":\"three\",\"c\":null}";
    const struct span whole = {.text = object, .len = sizeof object - 1, .type = SPAN_OBJECT};
    size_t number = 99;
    struct span found = json_cursor_find(json_cursor_into(whole), "a", 1, &number);
    assert_int_equal(number, 2);
    assert_int_equal(found.type, SPAN_STRING);
    assert_memory_equal(found.text, "\"three\"", found.len);
    found = json_cursor_find(json_cursor_into(whole), "b", 1, NULL);
    assert_int_equal(found.type, SPAN_ARRAY);
    number = 99;
    assert_int_equal(json_cursor_find(json_cursor_into(whole), "ab", 2, &number).type, SPAN_ABSENT);
    assert_int_equal(number, 99);
}

static void test_trim(void **state)
{
    (void)state;
    static const struct {
        const char *text, *value;
        unsigned char type;
    } cases[] = {
        {" [1, 2] \n", "[1, 2]", SPAN_ARRAY}, {"{}", "{}", SPAN_OBJECT},    {"\t-1.5 ", "-1.5", SPAN_NUMBER},
        {" \"a\\n\" ", "\"a\\n\"", SPAN_STRING}, {"true\r\n", "true", SPAN_TRUE}, {" null", "null", SPAN_NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct span value = json_value_trim(cases[i].text, strlen(cases[i].text));
        assert_int_equal(value.len, strlen(cases[i].value));
        assert_memory_equal(value.text, cases[i].value, value.len);
        assert_int_equal(value.type, cases[i].type);
        assert_int_equal(value.escaped, strchr(cases[i].text, '\\') != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tree), cmocka_unit_test(test_find),
                                       cmocka_unit_test(test_trim)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

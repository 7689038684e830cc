/* nested: elements and members of JSON text, from the first to one past the last. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "value/nested.h"

static struct value container(enum value_type type, const char *text)
{
    return (struct value){.type = type, .text = text, .len = strlen(text), .spaced = true};
}

static void test_array(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct value array = container(VALUE_ARRAY, "[ 1, \"a\\u0041\", null , [2,[3]], {} ]"),
                 empty = container(VALUE_ARRAY, "[ ]");
    assert_int_equal(nested_count(&array), 5);
    assert_int_equal(nested_count(&empty), 0);
    assert_int_equal(nested_element(&array, 0, &arena).integer, 1);
    struct value text = nested_element(&array, 1, &arena);
    assert_int_equal(text.len, 2);
    assert_memory_equal(text.text, "aA", 2);
    assert_int_equal(nested_element(&array, 2, &arena).type, VALUE_NULL);
    assert_int_equal(nested_element(&array, 3, &arena).type, VALUE_ARRAY);
    assert_int_equal(nested_element(&array, 4, &arena).type, VALUE_STRUCT);
    assert_int_equal(nested_element(&array, 5, &arena).type, VALUE_NULL);
    assert_int_equal(nested_element(&array, UINT64_MAX, &arena).type, VALUE_NULL);
    assert_int_equal(nested_element(&empty, 0, &arena).type, VALUE_NULL);
    arena_free(&arena);
}

static void test_object(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct value object = container(VALUE_STRUCT, "{\"b\":1, \"a\":{\"x\":2}, \"b\":3, \"\\u0063\":4}");
    struct nested_member *members;
    assert_int_equal(nested_all(&object, &arena, &members), 4);
    assert_int_equal(members[2].number, 2);
    assert_int_equal(nested_sorted(&object, &arena, &members), 3);
    assert_memory_equal(members[0].key.text, "a", 1);
    assert_memory_equal(members[2].key.text, "c", 1);
    assert_int_equal(nested_member(&object, "b", 1, &arena).integer, 3); /* the last one */
    assert_int_equal(nested_member(&object, "c", 1, &arena).integer, 4);
    assert_int_equal(nested_member(&object, "d", 1, &arena).type, VALUE_NULL);
    assert_int_equal(nested_member(&object, "", 0, &arena).type, VALUE_NULL);
    struct value array = container(VALUE_ARRAY, "[{\"x\":1},{},{\"x\":3}]"),
                 found = nested_members(&array, "x", 1, &arena);
    assert_int_equal(found.type, VALUE_ARRAY);
    assert_int_equal(found.len, strlen("[1,null,3]"));
    assert_memory_equal(found.text, "[1,null,3]", found.len);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_array), cmocka_unit_test(test_object)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

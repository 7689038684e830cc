/* broken: the events of a value that ends too early. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "slice/broken.h"

static void events(const char *text, const char *wanted)
{
    struct buffer out = {0};
    broken_events(text, strlen(text), "no", &out);
    buffer_add_char(&out, '\0');
    assert_string_equal(out.data, wanted);
    buffer_free(&out);
}

static void test_events(void **state)
{
    (void)state;
    events("", "[\"no\",[]]\n");
    events("tr", "[\"no\",[]]\n");
    events("[\"a\",n", "[[0],\"a\"]\n[\"no\",[1]]\n");
    events("[ 1 , 22", "[[0],1]\n[\"no\",[1]]\n");
    events("[[],{},", "[[0],[]]\n[[1],{}]\n[\"no\",[2]]\n");
    events("{\"a\":{\"b\":[true,\"\\\"]\"]},",
           "[[\"a\",\"b\",0],true]\n[[\"a\",\"b\",1],\"\\\"]\"]\n[[\"a\",\"b\",1]]\n"
                                              "[[\"a\",\"b\"]]\n[\"no\",[null]]\n");
    events("{\"a\":1,\"b\":[{\"c\"", "[[\"a\"],1]\n[\"no\",[\"b\",0,\"c\"]]\n");
    events("{\"a\":1,\"b\":[{\"c\":", "[[\"a\"],1]\n[\"no\",[\"b\",0,\"c\"]]\n");
    events("{\"a\":1,\"b\":[{\"c", "[[\"a\"],1]\n[\"no\",[\"b\",0,null]]\n");
    events("[\"a\\", "[\"no\",[0]]\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_events)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

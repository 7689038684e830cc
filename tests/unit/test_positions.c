/* positions: partitions are found again, merged to the further one, written and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "group/positions.h"

static struct rows_origin origin(const char *topic, int32_t partition)
{
    return (struct rows_origin){
        .topic = {.text = topic, .len = strlen(topic), .type = SPAN_STRING, .escaped = strchr(topic, '\\')},
        .partition = partition};
}

static void set(struct positions *positions, const char *topic, int32_t partition, int64_t next)
{
    struct rows_origin from = origin(topic, partition);
    positions_find(positions, &from)->next = next;
}

static int64_t next_of(struct positions *positions, const char *topic, int32_t partition)
{
    struct rows_origin from = origin(topic, partition);
    return positions_find(positions, &from)->next;
}

static void expect(struct positions *positions, const char *wanted)
{
    struct buffer text = {0};
    positions_write(positions, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, wanted);
    buffer_free(&text);
}

static void test_all(void **state)
{
    (void)state;
    struct positions one = {0}, two = {0}, read = {0};
    expect(&one, "{}");
    set(&one, "\"t\"", 10, 5);
    set(&one, "\"t\"", 2, 7);
    set(&one, "\"\\u0061\"", 0, 1);
    assert_int_equal(next_of(&one, "\"a\"", 0), 1); /* decoded */
    expect(&one, "{\"a\":{\"0\":1},\"t\":{\"2\":7,\"10\":5}}");
    assert_int_equal(next_of(&one, "\"t\"", 10), 5);
    set(&two, "\"t\"", 2, 6);
    set(&two, "\"t\"", 10, 9);
    set(&two, "\"u\"", 0, 3);
    positions_merge(&one, &two);
    expect(&one, "{\"a\":{\"0\":1},\"t\":{\"2\":7,\"10\":9},\"u\":{\"0\":3}}");
    static const char text[] = "{\"a\":{\"0\":1},\"t\":{\"2\":7,\"10\":9},\"u\":{\"0\":3}}";
    assert_true(positions_read(&read, (struct span){.text = text, .len = sizeof text - 1, .type = SPAN_OBJECT}));
    expect(&read, text);
    positions_free(&one);
    positions_free(&two);
    positions_free(&read);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"{\"t\":1}",          "{\"t\":{\"x\":1}}", "{\"t\":{\"0\":-1}}",
                                        "{\"t\":{\"0\":\"1\"}}", "{\"t\":{\"99999999999\":1}}",
                                        "{\"t\":{\"0\":99999999999999999999}}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct positions positions = {0};
        struct span span = {.text = wrong[i], .len = strlen(wrong[i]), .type = SPAN_OBJECT};
        assert_false(positions_read(&positions, span));
        positions_free(&positions);
    }
    struct positions none = {0};
    assert_false(positions_read(&none, (struct span){.type = SPAN_NULL}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

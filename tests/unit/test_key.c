/* key: equal values are equal keys, and each column is read back as it was written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/key.h"

static struct span span_of(unsigned char type, const char *text)
{
    return (struct span){
        .text = text, .len = text ? strlen(text) : 0, .type = type, .escaped = text && strchr(text, '\\')};
}

static const struct {
    unsigned char type;
    const char *text;
    unsigned same; /* those with one number are one key */
} columns[] = {
    {SPAN_NULL, NULL, 0},
    {SPAN_ABSENT, NULL, 0},
    {SPAN_NUMBER, "1", 1},
    {SPAN_NUMBER, "1.0", 1},
    {SPAN_NUMBER, "1e0", 1},
    {SPAN_STRING, "\"1\"", 1},
    {SPAN_CELL, "1", 1},
    {SPAN_STRING, "\"A\"", 2},
    {SPAN_STRING, "\"\\u0041\"", 2},
    {SPAN_CELL, "A", 2},
    {SPAN_STRING, "\"\"", 3},
    {SPAN_CELL, "", 3},
    {SPAN_NUMBER, "0", 4},
    {SPAN_NUMBER, "-0.0", 4},
    {SPAN_TRUE, "true", 5},
    {SPAN_STRING, "\"true\"", 5},
    {SPAN_NUMBER, "123456789012345678901234567890", 6},
    {SPAN_ARRAY, "[1, 2]", 7},
    {SPAN_ARRAY, "[1,2.0]", 7},
    {SPAN_OBJECT, "{\"a\":1}", 8},
    {SPAN_CELL, "a\\tb", 9},
    {SPAN_STRING, "\"a\\tb\"", 9},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static void equal_values_are_equal_keys(void **state)
{
    (void)state;
    struct arena arena = {0};
    for (size_t i = 0; i < COLUMNS; i++)
        for (size_t k = 0; k < COLUMNS; k++) {
            struct buffer a = {0}, b = {0}, head = {0};
            group_key_span(span_of(columns[i].type, columns[i].text), &a, &head, &arena);
            group_key_span(span_of(columns[k].type, columns[k].text), &b, &head, &arena);
            bool same = a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
            if (same != (columns[i].same == columns[k].same))
                fail_msg("%s and %s", columns[i].text ? columns[i].text : "null",
                         columns[k].text ? columns[k].text : "null");
            buffer_free(&a);
            buffer_free(&b);
            buffer_free(&head);
        }
    arena_free(&arena);
}

static void columns_come_back_as_written(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct buffer key = {0}, head = {0};
    for (size_t i = 0; i < COLUMNS; i++)
        group_key_span(span_of(columns[i].type, columns[i].text), &key, &head, &arena);
    struct value computed = value_double(2.5);
    group_key_value(&computed, &key, &head);
    struct unpack keys = {.at = key.data, .end = key.data + key.len},
                  heads = {.at = head.data, .end = head.data + head.len, .untrusted = true};
    struct span span;
    struct value value;
    for (size_t i = 0; i < COLUMNS; i++) {
        assert_true(group_key_next(&keys, &heads, &span, &value, &arena));
        if (!columns[i].text) {
            assert_int_equal(span.type, SPAN_NULL);
            continue;
        }
        assert_int_equal(span.type, columns[i].type);
        assert_int_equal(span.len, strlen(columns[i].text));
        assert_memory_equal(span.text, columns[i].text, span.len);
    }
    assert_true(group_key_next(&keys, &heads, &span, &value, &arena));
    assert_true(span.type == SPAN_ABSENT && value.type == VALUE_DOUBLE && value.real == 2.5);
    assert_true(keys.at == keys.end && heads.at == heads.end);
    assert_false(group_key_next(&keys, &heads, &span, &value, &arena));
    buffer_free(&key);
    buffer_free(&head);
    arena_free(&arena);
}

static void what_is_no_key_is_refused(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct span span;
    struct value value;
    static const struct {
        const char *key;
        size_t key_len;
        const char *head;
        size_t head_len;
    } wrong[] = {{"\x05"
                  "1",
                  2, "\x01", 1},
                 {"\x02"
                  "1",
                  2, "", 0},
                 {"\x02"
                  "1",
                  2, "\x06", 1},
                 {"\x02"
                  "1",
                  2, "\0", 1},
                 {"\x02"
                  "x",
                  2, "\x02", 1},
                 {"\x02"
                  "1",
                  2,
                  "\x04\x0a\0\x01"
                  "1",
                  5},
                 {"\x02"
                  "1",
                  2, "\x04\x05\0\x01\"", 5}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct unpack keys = {.at = wrong[i].key, .end = wrong[i].key + wrong[i].key_len},
                      heads = {.at = wrong[i].head, .end = wrong[i].head + wrong[i].head_len};
        assert_false(group_key_next(&keys, &heads, &span, &value, &arena));
    }
    arena_free(&arena);
}

static void what_a_stranger_makes_up_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *key, *head;
        size_t key_len, head_len;
    } wrong[] = {
        {"\x02\"", "\x01", 2, 1},
        {"\x03\\n", "\x01", 3, 1},
        {"\x02\xff", "\x01", 2, 1}, /* strings */
        {"\x02\t", "\x03", 2, 1},
        {"\x02\xff", "\x03", 2, 1},
        {"\x02"
         "a",
         "\x04\x08\0\x02"
         "a\n",
         2, 6}, /* cells */
        {"\x02"
         "1",
         "\x04\x02\0\x01"
         "f",
         2, 5},
        {"\x02"
         "1",
         "\x04\x04\0\x02"
         "01",
         2, 6},
        {"\x02"
         "1",
         "\x04\x06\0\x01[", 2, 5},
        {"\x02"
         "1",
         "\x04\x05\0\x03"
         "\"\\\"",
         2, 7},
        {"\x02"
         "1",
         "\x05\x09\x01[", 2, 4},
        {"\x02"
         "1",
         "\x04\x09\0\x01" /* what only tables within a process hold */
         "1",
         2, 5},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct unpack keys = {.at = wrong[i].key, .end = wrong[i].key + wrong[i].key_len, .untrusted = true};
        struct unpack heads = {.at = wrong[i].head, .end = wrong[i].head + wrong[i].head_len, .untrusted = true};
        struct span span;
        struct value value;
        if (group_key_next(&keys, &heads, &span, &value, &arena))
            fail_msg("made-up key %zu is taken", i);
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_values_are_equal_keys), cmocka_unit_test(columns_come_back_as_written),
        cmocka_unit_test(what_is_no_key_is_refused), cmocka_unit_test(what_a_stranger_makes_up_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

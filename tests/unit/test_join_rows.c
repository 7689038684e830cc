/* join_rows: packed rows come back as they were; keys are values, not bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "join/rows.h"

static struct span span(enum span_type type, const char *text)
{
    return (struct span){
        .text = text, .len = strlen(text), .type = (unsigned char)type, .escaped = strchr(text, '\\') != NULL};
}

static void rows_come_back(void **state)
{
    (void)state;
    char text[20000];
    memset(text, 'x', sizeof text);
    const struct span slots[] = {span(SPAN_STRING, "\"a\\nb\""),
                                 {0},
                                 {.text = "null", .len = 4, .type = SPAN_NULL},
                                 span(SPAN_CELL, ""),
                                 {.text = text, .len = sizeof text, .type = SPAN_CELL},
                                 span(SPAN_NUMBER, "1.50")};
    enum { COUNT = sizeof slots / sizeof *slots };
    struct buffer rows = {0}, key = {0};
    buffer_add_text(&key, "key");
    for (uint64_t place = 0; place < 3; place++)
        assert_true(join_row_pack(slots, COUNT, true, &key, place == 2, place, &rows));
    size_t at = 0;
    for (uint64_t place = 0; place < 3; place++) {
        const struct join_row *row = (const struct join_row *)(const void *)(rows.data + at);
        assert_int_equal(row->place, place);
        assert_true(row->spaced);
        assert_int_equal(row->size % 8, 0);
        assert_int_equal(row->no_key, place == 2);
        assert_int_equal(join_row_matches(row, join_row_hash("key", 3), "key", 3), place < 2);
        assert_false(join_row_matches(row, join_row_hash("kex", 3), "kex", 3));
        struct span got[COUNT];
        join_row_unpack(row, got, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(got[i].type, slots[i].type);
            assert_int_equal(got[i].escaped, slots[i].escaped);
            assert_int_equal(got[i].len, slots[i].len);
            if (slots[i].len > 0)
                assert_memory_equal(got[i].text, slots[i].text, slots[i].len);
        }
        at += row->size;
    }
    assert_int_equal(at, rows.len);
    buffer_free(&rows);
    buffer_free(&key);
}

static void keys_are_values(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct buffer a = {0}, b = {0};
    const struct span same[2][2] = {{span(SPAN_STRING, "\"\\u0041\""), span(SPAN_NUMBER, "1")},
                                    {span(SPAN_STRING, "\"A\""), span(SPAN_NUMBER, "1.0")}};
    const size_t both[] = {0, 1}, turned[] = {1, 0};
    assert_true(join_row_key(same[0], both, 2, &arena, &a));
    assert_true(join_row_key(same[1], both, 2, &arena, &b));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    assert_true(join_row_hash(a.data, a.len) == join_row_hash(b.data, b.len));
    assert_true(join_row_key(same[1], turned, 2, &arena, &b));
    assert_false(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
    const struct span null[2] = {span(SPAN_STRING, "\"A\""), {.text = "null", .len = 4, .type = SPAN_NULL}};
    assert_false(join_row_key(null, both, 2, &arena, &b));
    const struct span absent[2] = {span(SPAN_STRING, "\"A\""), {0}};
    assert_false(join_row_key(absent, both, 2, &arena, &b));
    buffer_free(&a);
    buffer_free(&b);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_come_back), cmocka_unit_test(keys_are_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

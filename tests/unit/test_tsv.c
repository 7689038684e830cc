/* tsv: cells of COPY's text format, there and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "value/tsv.h"

static void expect_cells(const char *line, size_t wanted, const char *const *cells)
{
    struct span found[8];
    assert_int_equal(tsv_split(line, strlen(line), found, 8), wanted);
    for (size_t i = 0; i < wanted; i++) {
        if (!cells[i]) {
            assert_int_equal(found[i].type, SPAN_NULL);
            continue;
        }
        assert_int_equal(found[i].type, SPAN_CELL);
        assert_int_equal(found[i].len, strlen(cells[i]));
        assert_memory_equal(found[i].text, cells[i], found[i].len);
        assert_int_equal(found[i].escaped, strchr(cells[i], '\\') != NULL);
    }
}

static void lines_split_at_tabs(void **state)
{
    (void)state;
    expect_cells("", 1, (const char *const[]){""});
    expect_cells("a\tbc\t", 3, (const char *const[]){"a", "bc", ""});
    expect_cells("\\N\t\\\\N\t\\n", 3, (const char *const[]){NULL, "\\\\N", "\\n"});
    expect_cells("a\\\tb\tc", 2, (const char *const[]){"a\\\tb", "c"});
    expect_cells("a\\\\\tb", 2, (const char *const[]){"a\\\\", "b"});
    expect_cells("a\tb\\", 2, (const char *const[]){"a", "b\\"});
    struct span one[1];
    assert_int_equal(tsv_split("a\tb\tc", 5, one, 1), 3);
    assert_int_equal(one[0].len, 1);
}

static void expect_decoded(const char *cell, const char *bytes, size_t len)
{
    struct buffer out = {0};
    struct span span = {.text = cell, .len = strlen(cell), .type = SPAN_CELL, .escaped = strchr(cell, '\\') != NULL};
    tsv_decode(span, &out);
    assert_int_equal(out.len, len);
    assert_memory_equal(out.data, bytes, len);
    buffer_free(&out);
}

static void escapes_decode_as_copy_does(void **state)
{
    (void)state;
    expect_decoded("plain", "plain", 5);
    expect_decoded("\\b\\f\\n\\r\\t\\v\\\\\\q", "\b\f\n\r\t\v\\q", 8);
    expect_decoded("\\101\\1012\\7x", "AA2\7x", 5);
    expect_decoded("\\x41\\x4g\\xg\\x414", "A\4gxgA4", 7);
    expect_decoded("end\\", "end\\", 4);
}

static void what_breaks_a_line_is_escaped(void **state)
{
    (void)state;
    struct buffer out = {0};
    tsv_encode("a\tb\nc\rd\\e\0f\x01\xC3\xA9", 14, &out);
    const char *wanted = "a\\tb\\nc\\rd\\\\e\\\\u0000f\x01\xC3\xA9";
    assert_int_equal(out.len, strlen(wanted));
    assert_memory_equal(out.data, wanted, out.len);
    out.len = 0;
    tsv_encode("\\N", 2, &out);
    assert_memory_equal(out.data, "\\\\N", 3);
    buffer_free(&out);
}

static void any_bytes_come_back(void **state)
{
    (void)state;
    srand(7);
    for (int round = 0; round < 2000; round++) {
        char bytes[24];
        size_t len = (size_t)(rand() % 24);
        for (size_t i = 0; i < len; i++)
            bytes[i] = "\t\n\r\\N0x1a\b"[rand() % 10];
        struct buffer out = {0}, back = {0};
        tsv_encode(bytes, len, &out);
        struct span cell[2];
        assert_int_equal(tsv_split(out.data ? out.data : "", out.len, cell, 2), 1);
        assert_int_equal(cell[0].type, SPAN_CELL);
        tsv_decode(cell[0], &back);
        assert_int_equal(back.len, len);
        if (len > 0)
            assert_memory_equal(back.data, bytes, len);
        buffer_free(&out);
        buffer_free(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_split_at_tabs),
        cmocka_unit_test(escapes_decode_as_copy_does),
        cmocka_unit_test(what_breaks_a_line_is_escaped),
        cmocka_unit_test(any_bytes_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

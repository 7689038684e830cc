/* lines: ranges of a text, put together, give each line once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "store/lines.h"

static char folder[] = "/tmp/atools-test-lines-XXXXXX";
static struct store *store;

static void take(void *context, const char *bytes, size_t len)
{
    buffer_add(context, bytes, len);
}

static void write_file(const char *text, size_t len)
{
    struct problem problem = {0};
    struct store_writer *writer = store_write(store, "f", &problem);
    assert_non_null(writer);
    assert_true(store_add(writer, text, len, &problem));
    assert_true(store_finish(writer, &problem));
}

static void read_lines(size_t from, size_t to, size_t size, bool header, struct buffer *into)
{
    struct problem problem = {0};
    assert_true(lines_read(store, "f", from, to, size, header, take, into, &problem));
}

/* What the lines of text that begin in a range are, by looking at each byte. */
static void expect_lines(const char *text, size_t len, size_t from, size_t to, struct buffer *into)
{
    for (size_t begin = 0; begin < len;) {
        const char *newline = memchr(text + begin, '\n', len - begin);
        size_t end = newline ? (size_t)(newline - text) + 1 : len;
        if (begin >= from && begin < to)
            buffer_add(into, text + begin, end - begin);
        begin = end;
    }
}

static void test_every_range(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "a", "a\n", "\n\n", "ab\ncd\nef", "\nabc\n\nd\n", "abcdef"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t len = strlen(texts[i]);
        write_file(texts[i], len);
        for (size_t from = 0; from <= len; from++)
            for (size_t to = 0; to <= len + 2; to++) {
                struct buffer wanted = {0}, given = {0};
                if (from < to)
                    expect_lines(texts[i], len, from, to, &wanted);
                read_lines(from, to, len, false, &given);
                assert_int_equal(given.len, wanted.len);
                assert_memory_equal(given.len ? given.data : "", wanted.len ? wanted.data : "", wanted.len);
                buffer_free(&wanted);
                buffer_free(&given);
            }
    }
}

/* Lines that are longer than what is read at once, and ranges that lie within one line. */
static void test_long_lines(void **state)
{
    (void)state;
    struct buffer text = {0};
    for (size_t line = 0; line < 9; line++) {
        for (size_t i = 0; i < line * 700000 % 5000001; i++)
            buffer_add_char(&text, (char)('a' + line));
        buffer_add_char(&text, '\n');
    }
    write_file(text.data, text.len);
    for (size_t pieces = 1; pieces <= 40; pieces += 13) {
        struct buffer all = {0};
        for (size_t i = 0; i < pieces; i++)
            read_lines(text.len * i / pieces, text.len * (i + 1) / pieces, text.len, false, &all);
        assert_int_equal(all.len, text.len);
        assert_memory_equal(all.data, text.data, text.len);
        buffer_free(&all);
    }
    buffer_free(&text);
}

static void test_header(void **state)
{
    (void)state;
    static const char text[] = "n\tm\n1\t2\n3\t4\n";
    write_file(text, sizeof text - 1);
    struct buffer given = {0};
    read_lines(0, 5, sizeof text - 1, true, &given);
    assert_int_equal(given.len, 8);
    given.len = 0;
    read_lines(5, 100, sizeof text - 1, true, &given);
    assert_int_equal(given.len, 8);
    assert_memory_equal(given.data, "n\tm\n3\t4\n", 8);
    given.len = 0;
    read_lines(9, 10, sizeof text - 1, true, &given);
    assert_int_equal(given.len, 4);
    buffer_free(&given);
}

static int start(void **state)
{
    (void)state;
    struct problem problem = {0};
    store = mkdtemp(folder) ? store_open(folder, 0, &problem) : NULL;
    return store ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    struct problem problem = {0};
    int status = store_remove(store, "", &problem) == STORE_YES ? 0 : -1;
    store_close(store);
    return status;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_range),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_header),
    };
    return cmocka_run_group_tests(tests, start, end);
}

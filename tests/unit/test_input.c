/* input: plain and gzip, from files and from pipes that give a byte at a time; whether a read would wait. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/foreign.h"
#include "base/input.h"
#include "base/mem.h"

static char path[] = "/tmp/atools-test-input-XXXXXX";

/* One gzip member holding text. */
static void add_member(struct buffer *into, const char *text, size_t len)
{
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    buffer_reserve(into, deflateBound(&stream, len) + 64);
    union {
        const char *from;
        unsigned char *to;
    } bytes = {text}; /* zlib takes input without const */
    stream.next_in = bytes.to;
    stream.avail_in = (uInt)len;
    stream.next_out = (unsigned char *)into->data + into->len;
    stream.avail_out = (uInt)(into->cap - into->len);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    foreign_wrote(into->data + into->len, stream.total_out);
    into->len += stream.total_out;
    deflateEnd(&stream);
}

struct feed {
    int fd;
    const char *bytes;
    size_t len;
};

static void *feed_slowly(void *argument)
{
    struct feed *feed = argument;
    for (size_t i = 0; i < feed->len; i++)
        assert_int_equal(write(feed->fd, feed->bytes + i, 1), 1);
    close(feed->fd);
    return NULL;
}

/* Reads all, `cap` bytes at most a time; the failure's text and status go behind it in angle brackets. */
static char *read_all(struct input *input, size_t cap)
{
    struct buffer all = {0};
    ssize_t n;
    for (;;) {
        buffer_reserve(&all, cap);
        input_ready(input); /* must not change what is read */
        n = input_read(input, all.data + all.len, cap);
        if (n <= 0)
            break;
        all.len += (size_t)n;
    }
    if (n < 0) {
        int status;
        const char *error = input_error(input, &status);
        buffer_add_format(&all, "<%d %s>", status, error);
        assert_int_equal(input_read(input, all.data, cap), -1);
    }
    buffer_add_char(&all, '\0');
    return all.data;
}

static void check(const struct buffer *bytes, bool raw, const char *wanted)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0 && write(fd, bytes->data, bytes->len) == (ssize_t)bytes->len);
    close(fd);
    for (size_t cap = 2; cap < 100000; cap *= 7) {
        struct input *input = input_open(path, raw);
        assert_non_null(input);
        assert_int_equal(input_size(input), bytes->len);
        char *got = read_all(input, cap);
        assert_string_equal(got, wanted);
        assert_true(strchr(wanted, '<') || input_done(input) == bytes->len);
        free(got);
        input_close(input);

        int ends[2];
        char name[32];
        pthread_t thread;
        assert_int_equal(pipe(ends), 0);
        struct feed feed = {ends[1], bytes->data, bytes->len};
        snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
        input = input_open(name, raw);
        close(ends[0]);
        assert_non_null(input);
        pthread_create(&thread, NULL, feed_slowly, &feed);
        got = read_all(input, cap);
        pthread_join(thread, NULL);
        assert_string_equal(got, wanted);
        free(got);
        input_close(input);
    }
}

static void test_plain(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    check(&bytes, false, "");
    buffer_add_text(&bytes, "\x1f");
    check(&bytes, false, "\x1f");
    buffer_add_text(&bytes, "plain text\n");
    check(&bytes, false, "\x1fplain text\n");
    buffer_free(&bytes);
}

static void test_gzip(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    char *long_text = mem_zero(20001, 1);
    for (size_t i = 0; i < 20000; i++)
        long_text[i] = (char)('a' + i * i % 23);
    add_member(&bytes, long_text, 20000);
    check(&bytes, false, long_text);
    add_member(&bytes, "", 0);
    add_member(&bytes, "tail", 4);
    struct buffer wanted = {0};
    buffer_add_text(&wanted, long_text);
    buffer_add(&wanted, "tail", 5);
    check(&bytes, false, wanted.data);
    buffer_add(&bytes, "\0\0\0", 3); /* tapes pad with zeros */
    check(&bytes, false, wanted.data);
    add_member(&bytes, "!", 1);
    wanted.len--;
    buffer_add(&wanted, "!", 2);
    check(&bytes, false, wanted.data);
    buffer_free(&wanted);
    buffer_free(&bytes);
    free(long_text);
}

static void test_damaged_gzip(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    add_member(&bytes, "first", 5);
    size_t first = bytes.len;
    add_member(&bytes, "second", 6);
    size_t whole = bytes.len;
    char wanted[200];
    bytes.len = whole - 3;
    snprintf(wanted, sizeof wanted, "firstsecond<1 compressed byte %zu: the gzip data is cut off here>", bytes.len + 1);
    check(&bytes, false, wanted);
    bytes.len = first + 5;
    snprintf(wanted, sizeof wanted, "first<1 compressed byte %zu: the gzip data is cut off here>", bytes.len + 1);
    check(&bytes, false, wanted);
    bytes.len = first;
    buffer_add_text(&bytes, "{}");
    snprintf(wanted, sizeof wanted,
             "first<1 compressed byte %zu: something that is no gzip member follows the end of one>", first + 1);
    check(&bytes, false, wanted);
    bytes.len = first;
    bytes.data[first - 6] ^= 1;
    snprintf(wanted, sizeof wanted, "first<1 compressed byte %zu: incorrect data check>", first - 3);
    char *got = NULL;
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_true(fd >= 0 && write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
    close(fd);
    struct input *input = input_open(path, false);
    got = read_all(input, 100);
    assert_non_null(strstr(got, "incorrect data check"));
    assert_int_equal(strncmp(got, "first<1 compressed byte ", 24), 0);
    free(got);
    input_close(input);
    buffer_free(&bytes);
}

static void test_raw(void **state)
{
    (void)state;
    struct buffer bytes = {0};
    buffer_add_text(&bytes, "\x1f\x8b\x08 not unpacked");
    check(&bytes, true, "\x1f\x8b\x08 not unpacked");
    buffer_free(&bytes);
}

static void test_ready(void **state)
{
    (void)state;
    int ends[2], wake[2];
    char name[32], got[100];
    assert_true(pipe(ends) == 0 && pipe(wake) == 0);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    struct input *input = input_open(name, false);
    assert_false(input_ready(input));
    struct buffer bytes = {0};
    add_member(&bytes, "some text", 9);
    assert_int_equal(write(ends[1], bytes.data, 12), 12); /* the header and a little */
    ssize_t n = input_ready(input) ? 1 : 0;
    assert_int_equal(n, 1); /* there are bytes, though nothing can come of them yet; it is not sniffed so far */
    assert_int_equal(write(ends[1], bytes.data + 12, bytes.len - 12), (ssize_t)bytes.len - 12);
    assert_int_equal(input_read(input, got, 4), 4);
    assert_true(input_ready(input));
    assert_int_equal(input_read(input, got + 4, 90), 5);
    assert_memory_equal(got, "some text", 9);
    assert_false(input_ready(input)); /* another member may come */
    assert_int_equal(write(ends[1], bytes.data, 9), 9);
    assert_false(input_ready(input)); /* half a header is no byte */
    input_watch(input, wake[0], -1);
    assert_int_equal(write(wake[1], "", 1), 1);
    assert_int_equal(input_read(input, got, 90), 0);
    input_close(input);
    buffer_free(&bytes);
    assert_null(input_open("/nowhere/at all", false));
}

/* What begins like another format is that, however it comes; what only nearly does, or a part of it, is text. */
static void test_magic(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        const char *wanted;
    } cases[] = {
        {"\x28\xb5\x2f\xfd", 4, "<1 compressed byte 5: the zstd data is cut off here>"},
        {"BZh91AY&SY", 10, "<1 compressed byte 11: the bzip2 data is cut off here>"},
        {"\xfd" "7zXZ\0", 6, "<1 compressed byte 7: the xz data is cut off here>"},
        {"\x04\x22\x4d\x18", 4, "<1 compressed byte 5: the lz4 data is cut off here>"},
        {"\x02\x21\x4c\x18", 4, "<1 this is lz4 of its first kind: unpack it first (lz4 -dc)>"},
        {"\xff\xfe{", 3, "<1 this is UTF-16: convert it first (iconv -f UTF-16 -t UTF-8)>"},
        {"PAR1\x15...", 8, "<1 this is Parquet: aread, aflatten, aagg, ajoin and aland read it>"},
        {"BZh91AY&SX", 10, "BZh91AY&SX"},
        {"BZh0", 4, "BZh0"},
        {"PAR1\t1\n", 7, "PAR1\t1\n"},
        {"PK", 2, "PK"},
        {"(", 1, "("},
        {"\x28\xb5", 2, "\x28\xb5"},
        {"{}", 2, "{}"},
        {"\xef\xbb\xbf{}", 5, "\xef\xbb\xbf{}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer bytes = {0};
        buffer_add(&bytes, cases[i].bytes, cases[i].len);
        check(&bytes, false, cases[i].wanted);
        check(&bytes, true, cases[i].bytes);
        buffer_free(&bytes);
    }
}

int main(void)
{
    diag_start("test_input");
    int fd = mkstemp(path);
    if (fd >= 0)
        close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain), cmocka_unit_test(test_gzip), cmocka_unit_test(test_damaged_gzip),
        cmocka_unit_test(test_raw),   cmocka_unit_test(test_ready), cmocka_unit_test(test_magic),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}

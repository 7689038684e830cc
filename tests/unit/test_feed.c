/* feed: records cut out of inputs, kept until done with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/foreign.h"
#include "base/mem.h"
#include "load/feed.h"

static char *write_file(const char *bytes, size_t len)
{
    static char names[8][32];
    static size_t next;
    char *name = names[next++ % 8];
    strcpy(name, "/tmp/test_feed.XXXXXX");
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
    return name;
}

static void expect(struct feed *feed, const char *bytes, size_t len, uint64_t number, uint64_t line)
{
    struct feed_record record;
    assert_int_equal(feed_next(feed, &record), FEED_RECORD);
    assert_int_equal(record.len, len);
    assert_memory_equal(record.bytes, bytes, len);
    assert_int_equal(record.number, number);
    assert_int_equal(record.line, line);
}

static void lines_of_several_files(void **state)
{
    (void)state;
    char *files[] = {write_file("a\n\nb", 4), write_file("", 0), write_file("c\n", 2)};
    struct feed_options options = {.delimiter = "\n", .delimiter_len = 1};
    struct feed *feed = feed_open(files, 3, &options);
    struct feed_record record;
    expect(feed, "a", 1, 0, 1);
    expect(feed, "", 0, 1, 2);
    expect(feed, "b", 1, 2, 3);
    expect(feed, "c", 1, 3, 1);
    assert_int_equal(feed_next(feed, &record), FEED_END);
    assert_int_equal(feed_next(feed, &record), FEED_END);
    feed_find(feed, 2, &record);
    assert_int_equal(record.len, 1);
    assert_memory_equal(record.bytes, "b", 1);
    assert_string_equal(record.file, files[0]);
    assert_int_equal(record.line, 3);
    feed_find(feed, 3, &record);
    assert_string_equal(record.file, files[2]);
    feed_close(feed);
    for (size_t i = 0; i < 3; i++)
        unlink(files[i]);
}

static void whole_files_and_long_delimiters(void **state)
{
    (void)state;
    char *files[] = {write_file("a\nb--c-", 7), write_file("", 0)};
    struct feed_options whole = {.delimiter = "\n", .delimiter_len = 0, .whole = true};
    struct feed *feed = feed_open(files, 2, &whole);
    struct feed_record record;
    expect(feed, "a\nb--c-", 7, 0, 1);
    expect(feed, "", 0, 1, 1);
    assert_int_equal(feed_next(feed, &record), FEED_END);
    feed_close(feed);
    struct feed_options dashes = {.delimiter = "--", .delimiter_len = 2, .raw = true};
    feed = feed_open(files, 1, &dashes);
    expect(feed, "a\nb", 3, 0, 1);
    expect(feed, "c-", 2, 1, 2);
    assert_int_equal(feed_next(feed, &record), FEED_END);
    feed_close(feed);
    unlink(files[0]);
    unlink(files[1]);
}

/* Many records, some longer than a block, done with in an order of their own: each stays whole until then. */
static void records_stay(void **state)
{
    (void)state;
    enum { RECORDS = 3000, WINDOW = 700 };
    FILE *out = fopen("/tmp/test_feed.long", "w");
    assert_non_null(out);
    srand(1);
    size_t lengths[RECORDS];
    for (size_t i = 0; i < RECORDS; i++) {
        lengths[i] = i % 1000 == 500 ? 3000000 : (size_t)rand() % 5000;
        for (size_t j = 0; j < lengths[i]; j++)
            fputc('a' + (int)((i + j) % 26), out);
        fputc('\n', out);
    }
    fclose(out);
    char *files[] = {"/tmp/test_feed.long"};
    struct feed_options options = {.delimiter = "\n", .delimiter_len = 1};
    struct feed *feed = feed_open(files, 1, &options);
    static struct feed_record open[RECORDS];
    for (size_t i = 0; i < RECORDS + WINDOW; i++) {
        if (i < RECORDS)
            assert_int_equal(feed_next(feed, &open[i]), FEED_RECORD);
        if (i < WINDOW)
            continue;
        size_t check = (i - WINDOW) ^ 1; /* pairs in reverse */
        struct feed_record found;
        feed_find(feed, check, &found);
        assert_ptr_equal(found.bytes, open[check].bytes);
        assert_int_equal(found.len, lengths[check]);
        for (size_t j = 0; j < found.len; j += 97)
            assert_int_equal(found.bytes[j], 'a' + (int)((check + j) % 26));
        feed_done(feed, check);
    }
    struct feed_record record;
    assert_int_equal(feed_next(feed, &record), FEED_END);
    feed_close(feed);
    unlink(files[0]);
}

/* At the lowest level, so that much remains. */
static void pack_gzip(const struct buffer *bytes, struct buffer *into)
{
    z_stream stream = {.next_in = (Bytef *)bytes->data, .avail_in = (uInt)bytes->len};
    assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.avail_out = (uInt)deflateBound(&stream, bytes->len);
    buffer_reserve(into, stream.avail_out);
    stream.next_out = (Bytef *)into->data;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    into->len = stream.total_out;
    foreign_wrote(into->data, into->len);
    deflateEnd(&stream);
}

/* Files that are read ahead: records up to three blocks long, a delimiter of two bytes, plain and gzip; and a gzip file
 * that breaks off, whose whole records come before the failure. */
static void large_files(void **state)
{
    (void)state;
    enum { RECORDS = 400, CLOSED_EARLY = 30 };
    struct buffer all = {0}, packed = {0};
    static char bytes[3200002];
    size_t lengths[RECORDS];
    srand(2);
    for (size_t i = 0; i < RECORDS; i++) {
        lengths[i] = i % 100 == 50 ? 3200000 : i % 3 == 0 ? (size_t)rand() % 200000 : (size_t)rand() % 90;
        for (size_t j = 0; j < lengths[i]; j++)
            bytes[j] = (char)('a' + (i + j * j) % 26);
        memcpy(bytes + lengths[i], "\r\n", 2);
        buffer_add(&all, bytes, lengths[i] + 2);
    }
    pack_gzip(&all, &packed);
    char *plain = write_file(all.data, all.len), *zipped = write_file(packed.data, packed.len);
    off_t size = (off_t)packed.len;
    assert_true(size > 100000);
    buffer_free(&all);
    buffer_free(&packed);
    struct feed_options options = {.delimiter = "\r\n", .delimiter_len = 2};
    for (int turn = 0; turn < 4; turn++) { /* plain, gzip, closed early, broken off */
        if (turn == 3)
            assert_int_equal(truncate(zipped, size / 2), 0);
        struct feed *feed = feed_open(turn == 0 ? &plain : &zipped, 1, &options);
        struct feed_record record;
        enum feed_state next = FEED_END;
        size_t count = 0;
        while ((turn != 2 || count < CLOSED_EARLY) && (next = feed_next(feed, &record)) == FEED_RECORD) {
            assert_int_equal(record.len, lengths[count]);
            for (size_t j = 0; j < record.len; j += 1 + record.len / 1000)
                assert_int_equal(record.bytes[j], 'a' + (count + j * j) % 26);
            assert_int_equal(record.line, ++count);
            if (count % 10 == 0)
                feed_done_before(feed, count - 5);
        }
        int status;
        assert_int_equal(next, turn == 2 ? FEED_RECORD : turn == 3 ? FEED_FAILED : FEED_END);
        assert_true(turn < 2 ? count == RECORDS : count >= 3 && count < RECORDS);
        if (turn == 3) {
            assert_non_null(strstr(feed_error(feed, &status), zipped));
            assert_int_equal(status, 1);
            assert_int_equal(feed_next(feed, &record), FEED_FAILED); /* still */
        } else if (turn < 2) {
            assert_int_equal(feed_next(feed, &record), FEED_END);
        }
        feed_close(feed);
    }
    unlink(plain);
    unlink(zipped);
}

static void failed_reads(void **state)
{
    (void)state;
    char *files[] = {"/nonexistent/file"};
    struct feed_options options = {.delimiter = "\n", .delimiter_len = 1};
    struct feed *feed = feed_open(files, 1, &options);
    struct feed_record record;
    int status;
    assert_int_equal(feed_next(feed, &record), FEED_FAILED);
    assert_string_equal(feed_error(feed, &status), "/nonexistent/file: No such file or directory");
    assert_int_equal(status, 3);
    feed_close(feed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_several_files), cmocka_unit_test(whole_files_and_long_delimiters),
        cmocka_unit_test(records_stay), cmocka_unit_test(large_files), cmocka_unit_test(failed_reads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

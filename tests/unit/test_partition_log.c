/* The segment format: record batches, indexes, recovery. Known bytes come from Kafka's own documentation
 * and from RFC 3720; DumpLogSegments judges the rest in tests/kafka. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/local/crc32c.h"
#include "log/local/partition.h"
#include "log/local/record_batch.h"

static char folder[64];
static struct broker_error failure, *const error = &failure;

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/atools-log-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static void crc32c_known(void **state)
{
    (void)state;
    unsigned char bytes[32];
    assert_int_equal(crc32c(0, "123456789", 9), 0xE3069283);
    memset(bytes, 0, sizeof bytes); /* RFC 3720, B.4 */
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x8A9136AA);
    memset(bytes, 0xFF, sizeof bytes);
    assert_int_equal(crc32c(0, bytes, sizeof bytes), 0x62A8AB43);
}

static void crc32c_twins(void **state)
{
    (void)state;
    static unsigned char bytes[20000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 37 + 11 + i / 256 * 5);
    for (size_t from = 0; from < 16; from++)
        for (size_t len = 0; len < sizeof bytes - 16; len += len < 200 ? 1 : 173)
            assert_int_equal(crc32c(7, bytes + from, len), crc32c_portable(7, bytes + from, len));
}

/* A batch of `count` records "START+i" with key, header and null in turn. */
static struct buffer *write_batch(struct record_batch_writer *writer, int start, int count, int codec, int64_t time)
{
    record_batch_writer_start(writer);
    for (int i = 0; i < count; i++) {
        char value[32], key[32];
        snprintf(value, sizeof value, "%d", start + i);
        snprintf(key, sizeof key, "k%d", start + i);
        struct log_header headers[] = {{"h", 1, "x\0y", 3}, {"", 0, NULL, 0}};
        struct log_record record = {.timestamp = time + i,
                                    .key = i % 2 ? key : NULL,
                                    .key_len = i % 2 ? strlen(key) : 0,
                                    .value = i % 5 == 4 ? NULL : value,
                                    .value_len = i % 5 == 4 ? 0 : strlen(value),
                                    .headers = headers,
                                    .header_count = i % 3 == 0 ? 2 : 0};
        size_t expected = record_batch_writer_size_with(writer, &record);
        record_batch_writer_add(writer, &record);
        assert_int_equal(writer->bytes.len, expected);
    }
    struct record_batch front = {
        .attributes = (int16_t)codec, .producer_id = -1, .producer_epoch = -1, .base_sequence = -1};
    return record_batch_writer_finish(writer, &front, 0);
}

static void check_batch(const char *bytes, int start, int count, int64_t time)
{
    struct record_batch_reader reader = {0};
    struct log_record record;
    struct record_batch front = record_batch_front(bytes);
    assert_true(record_batch_valid(&front, bytes));
    assert_true(record_batch_reader_start(&reader, bytes));
    for (int i = 0; i < count; i++) {
        char value[32];
        snprintf(value, sizeof value, "%d", start + i);
        assert_int_equal(record_batch_reader_next(&reader, &record), 1);
        assert_int_equal(record.offset, start + i);
        assert_int_equal(record.timestamp, time + i);
        assert_int_equal(record.key != NULL, i % 2);
        if (i % 5 == 4) {
            assert_null(record.value);
        } else {
            assert_int_equal(record.value_len, strlen(value));
            assert_memory_equal(record.value, value, record.value_len);
        }
        assert_int_equal(record.header_count, i % 3 == 0 ? 2 : 0);
        struct log_header headers[2];
        assert_true(record_batch_headers(&record, headers));
        if (record.header_count) {
            assert_memory_equal(headers[0].value, "x\0y", 3);
            assert_null(headers[1].value);
            assert_int_equal(headers[1].key_len, 0);
        }
    }
    assert_int_equal(record_batch_reader_next(&reader, &record), 0);
    record_batch_reader_free(&reader);
}

static void batch_round_trip(void **state)
{
    (void)state;
    struct record_batch_writer writer = {0};
    for (int codec = CODEC_NONE; codec <= CODEC_GZIP; codec++)
        for (int count = 1; count < 300; count += 37) {
            struct buffer *bytes = write_batch(&writer, 1000, count, codec, INT64_C(1516717442735));
            record_batch_set_offset(bytes, 1000);
            check_batch(bytes->data, 1000, count, INT64_C(1516717442735));
        }
    record_batch_writer_free(&writer);
}

/* Whatever byte is changed: refused by checksum, or (the offset and epoch fields, which it does not cover) still
 * read. */
static void batch_damage_is_found(void **state)
{
    (void)state;
    struct record_batch_writer writer = {0};
    struct buffer *bytes = write_batch(&writer, 0, 20, CODEC_NONE, 5);
    for (size_t i = 17; i < bytes->len; i++) {
        bytes->data[i] ^= 0x10;
        struct record_batch front = record_batch_front(bytes->data);
        assert_false(record_batch_valid(&front, bytes->data));
        bytes->data[i] ^= 0x10;
    }
    record_batch_writer_free(&writer);
}

/* A record that lies about its sizes is malformed, never read beyond: every cut of the records part. */
static void batch_malformed_records(void **state)
{
    (void)state;
    struct record_batch_writer writer = {0};
    struct buffer *bytes = write_batch(&writer, 0, 3, CODEC_NONE, 5);
    for (size_t i = RECORD_BATCH_FRONT; i < bytes->len; i++)
        for (int bit = 0; bit < 8; bit++) {
            char *copy = malloc(bytes->len);
            memcpy(copy, bytes->data, bytes->len);
            copy[i] = (char)(copy[i] ^ 1 << bit);
            struct record_batch_reader reader = {0};
            struct log_record record;
            assert_true(record_batch_reader_start(&reader, copy));
            int got;
            while ((got = record_batch_reader_next(&reader, &record)) > 0) {
                struct log_header headers[64];
                if (record.header_count <= 64)
                    record_batch_headers(&record, headers);
            }
            record_batch_reader_free(&reader);
            free(copy);
        }
    record_batch_writer_free(&writer);
}

static void append(struct partition_appender *appender, struct record_batch_writer *writer, int start, int count)
{
    int64_t offset;
    struct buffer *bytes = write_batch(writer, start, count, CODEC_NONE, 10000 + start);
    assert_true(partition_append(appender, bytes, &offset, error));
    assert_int_equal(offset, start);
}

/* Reads batches of 10 from offset on, up to the end. */
static int read_from(int64_t offset)
{
    struct partition_reader *reader = partition_reader_open(folder, offset, error);
    assert_non_null(reader);
    const char *bytes;
    struct record_batch front;
    int next = (int)(offset / 10 * 10), got;
    while ((got = partition_reader_next(reader, &bytes, &front, false, error)) > 0) {
        assert_int_equal(front.base_offset, next);
        check_batch(bytes, next, 10, 10000 + next);
        next += 10;
    }
    assert_int_equal(got, 0);
    partition_reader_close(reader);
    return next;
}

static void fill(uint64_t segment_bytes, int batches)
{
    struct record_batch_writer writer = {0};
    struct partition_appender *appender = partition_appender_open(folder, segment_bytes, error);
    assert_non_null(appender);
    for (int i = 0; i < batches; i++)
        append(appender, &writer, 10 * i, 10);
    assert_true(partition_appender_sync(appender, error));
    partition_appender_close(appender);
    record_batch_writer_free(&writer);
}

static void log_seek_everywhere(void **state)
{
    (void)state;
    fill(20000, 500); /* several segments, several index entries each */
    int64_t *bases, start, end;
    assert_true(partition_log_segments(folder, &bases, error) > 5);
    free(bases);
    assert_true(partition_log_ends(folder, &start, &end, error));
    assert_int_equal(start, 0);
    assert_int_equal(end, 5000);
    for (int64_t offset = 0; offset < 5000; offset += 13)
        assert_int_equal(read_from(offset), 5000);
    for (int64_t time = 9990; time < 15010; time += 7) {
        int64_t offset, timestamp, wanted = time < 10000 ? 0 : time - 10000;
        assert_true(partition_log_at_time(folder, time, &offset, &timestamp, error));
        assert_int_equal(offset, wanted < 5000 ? wanted : -1);
    }
}

static void log_reopens_anywhere(void **state)
{
    (void)state;
    struct record_batch_writer writer = {0};
    for (int i = 0; i < 300; i++) { /* a new appender each time, synced or not */
        struct partition_appender *appender = partition_appender_open(folder, 15000, error);
        assert_non_null(appender);
        append(appender, &writer, 10 * i, 10);
        if (i % 3 == 0)
            assert_true(partition_appender_sync(appender, error));
        partition_appender_close(appender);
    }
    record_batch_writer_free(&writer);
    assert_int_equal(read_from(0), 3000);
}

static void segment_file(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", folder, name);
}

static void log_torn_tail_is_cut(void **state)
{
    (void)state;
    char path[128];
    segment_file(path, sizeof path, "00000000000000000000.log");
    fill(PARTITION_SEGMENT_BYTES, 5);
    struct stat whole;
    assert_int_equal(stat(path, &whole), 0);
    off_t batch = whole.st_size / 5;
    for (off_t cut = 1; cut < batch; cut += 11) { /* a sixth batch, cut short */
        struct record_batch_writer writer = {0};
        struct partition_appender *appender = partition_appender_open(folder, PARTITION_SEGMENT_BYTES, error);
        assert_non_null(appender);
        append(appender, &writer, 50, 10);
        partition_appender_close(appender);
        assert_int_equal(truncate(path, whole.st_size + cut), 0);
        assert_int_equal(read_from(0), 50); /* a reader passes over it */
        appender = partition_appender_open(folder, PARTITION_SEGMENT_BYTES, error);
        assert_non_null(appender);
        append(appender, &writer, 50, 10);
        partition_appender_close(appender);
        assert_int_equal(read_from(0), 60);
        assert_int_equal(truncate(path, whole.st_size), 0);
        record_batch_writer_free(&writer);
    }
}

static void flip(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    char byte;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 0x20;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static void log_damage_in_the_middle(void **state)
{
    (void)state;
    char path[128], synced[128];
    segment_file(path, sizeof path, "00000000000000000000.log");
    segment_file(synced, sizeof synced, "synced");
    fill(PARTITION_SEGMENT_BYTES, 5);
    struct stat whole;
    assert_int_equal(stat(path, &whole), 0);
    flip(path, whole.st_size / 5 * 2 + 100); /* in the third batch */
    unlink(synced);
    assert_null(partition_appender_open(folder, PARTITION_SEGMENT_BYTES, error));
    assert_non_null(strstr(error->text, "offset 20"));
    assert_non_null(strstr(error->text, "00000000000000000000.log"));
    struct partition_reader *reader = partition_reader_open(folder, 0, error);
    const char *bytes;
    struct record_batch front;
    assert_int_equal(partition_reader_next(reader, &bytes, &front, false, error), 1);
    assert_int_equal(partition_reader_next(reader, &bytes, &front, false, error), 1);
    assert_int_equal(partition_reader_next(reader, &bytes, &front, false, error), -1);
    assert_non_null(strstr(error->text, "offset 20"));
    partition_reader_close(reader);
}

static void log_index_is_only_a_hint(void **state)
{
    (void)state;
    char path[128];
    fill(PARTITION_SEGMENT_BYTES, 200);
    segment_file(path, sizeof path, "00000000000000000000.index");
    for (off_t at = 0; at < 40; at++)
        flip(path, at);
    assert_int_equal(read_from(1990), 2000);
    unlink(path);
    assert_int_equal(read_from(1990), 2000);
    int64_t start, end;
    assert_true(partition_log_ends(folder, &start, &end, error));
    assert_int_equal(end, 2000);
}

/* Four processes append at once, rolling often: no offset twice, none left out. */
static void log_many_writers(void **state)
{
    (void)state;
    enum { WRITERS = 4, EACH = 100 };
    for (int w = 0; w < WRITERS; w++)
        if (fork() == 0) {
            struct record_batch_writer writer = {0};
            struct partition_appender *appender = partition_appender_open(folder, 30000, error);
            int64_t offset, last = -1;
            bool good = appender != NULL;
            for (int i = 0; good && i < EACH; i++) {
                struct buffer *bytes = write_batch(&writer, i, 10, CODEC_NONE, 1);
                good = partition_append(appender, bytes, &offset, error) && offset > last && offset % 10 == 0;
                last = offset;
            }
            _exit(good ? 0 : 1);
        }
    for (int w = 0; w < WRITERS; w++) {
        int status;
        wait(&status);
        assert_int_equal(status, 0);
    }
    struct partition_reader *reader = partition_reader_open(folder, 0, error);
    const char *bytes;
    struct record_batch front;
    int64_t next = 0;
    while (partition_reader_next(reader, &bytes, &front, false, error) > 0) {
        assert_int_equal(front.base_offset, next);
        next += 10;
    }
    assert_int_equal(next, WRITERS * EACH * 10);
    partition_reader_close(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crc32c_known),
        cmocka_unit_test(crc32c_twins),
        cmocka_unit_test(batch_round_trip),
        cmocka_unit_test(batch_damage_is_found),
        cmocka_unit_test(batch_malformed_records),
        cmocka_unit_test_setup_teardown(log_seek_everywhere, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(log_reopens_anywhere, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(log_torn_tail_is_cut, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(log_damage_in_the_middle, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(log_index_is_only_a_hint, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(log_many_writers, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("partition_log", tests, NULL, NULL);
}

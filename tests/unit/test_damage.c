/* damage: whatever byte of a log is changed, wherever a file is cut short: reading and writing stop there and say
 * where; nothing is passed over, nothing cut, but for a write that was never finished. */
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/local/partition.h"

enum { RECORDS = 10, EPOCH_AT = 12, EPOCH_END = 16 }; /* the leader's epoch: no checksum covers it, nobody reads it */

static char folder[64];
static struct broker_error error;
static const char first_segment[] = "00000000000000000000.log";

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/atools-damage-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Appends a batch of RECORDS records, "START" … */
static bool add_batch(struct partition_appender *appender, int64_t start)
{
    struct record_batch_writer writer = {0};
    struct record_batch front = {.producer_id = -1, .producer_epoch = -1, .base_sequence = -1};
    int64_t offset;
    record_batch_writer_start(&writer);
    for (int i = 0; i < RECORDS; i++) {
        char value[32];
        snprintf(value, sizeof value, "%06" PRId64, start + i);
        struct log_record record = {.timestamp = 1000 + start + i, .value = value, .value_len = strlen(value)};
        record_batch_writer_add(&writer, &record);
    }
    bool good = partition_append(appender, record_batch_writer_finish(&writer, &front, 0), &offset, &error);
    if (good)
        assert_int_equal(offset, start);
    record_batch_writer_free(&writer);
    return good;
}

/* `batches` batches in segments of `segment_bytes`; synced: up to how many of them. */
static void write_log(uint64_t segment_bytes, int batches, int synced)
{
    struct partition_appender *appender = partition_appender_open(folder, segment_bytes, &error);
    assert_non_null(appender);
    for (int i = 0; i < batches; i++) {
        assert_true(add_batch(appender, RECORDS * i));
        if (i + 1 == synced)
            assert_true(partition_appender_sync(appender, &error));
    }
    partition_appender_close(appender);
}

static struct buffer load(const char *name)
{
    struct buffer bytes = {0};
    int fd = open(path_of(name), O_RDONLY);
    assert_true(fd >= 0);
    buffer_reserve(&bytes, 65536);
    ssize_t len = read(fd, bytes.data, 65536);
    assert_true(len >= 0);
    bytes.len = (size_t)len;
    close(fd);
    return bytes;
}

static void store(const char *name, const struct buffer *bytes, size_t len)
{
    int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes->data, len), len);
    close(fd);
}

/* Reads from the beginning: how many records came, in order and as written; *result: 0 the end, -1 an error. */
static int64_t read_all(int *result)
{
    struct partition_reader *reader = partition_reader_open(folder, 0, &error);
    struct record_batch_reader batch = {0};
    struct record_batch front;
    const char *bytes;
    int64_t next = 0;
    *result = reader ? 1 : -1;
    while (*result > 0 && (*result = partition_reader_next(reader, &bytes, &front, false, &error)) > 0) {
        assert_true(record_batch_reader_start(&batch, bytes));
        for (struct log_record record; record_batch_reader_next(&batch, &record) > 0; next++) {
            char value[32];
            snprintf(value, sizeof value, "%06" PRId64, next);
            assert_int_equal(record.offset, next);
            assert_int_equal(record.value_len, strlen(value));
            assert_memory_equal(record.value, value, record.value_len);
        }
    }
    record_batch_reader_free(&batch);
    partition_reader_close(reader);
    return next;
}

/* Tries to append at the end; true if that is done. */
static bool append_at(int64_t start, uint64_t segment_bytes)
{
    struct partition_appender *appender = partition_appender_open(folder, segment_bytes, &error);
    bool good = appender && add_batch(appender, start);
    partition_appender_close(appender);
    return good;
}

static void assert_named(const char *name, int64_t offset)
{
    char text[64];
    snprintf(text, sizeof text, "(offset %" PRId64 ")", offset);
    assert_int_equal(error.class, BROKER_DAMAGED);
    assert_non_null(strstr(error.text, name));
    assert_non_null(strstr(error.text, "byte "));
    assert_non_null(strstr(error.text, text));
}

static void assert_unchanged(const char *name, const struct buffer *bytes)
{
    struct buffer now = load(name);
    assert_int_equal(now.len, bytes->len);
    assert_memory_equal(now.data, bytes->data, bytes->len);
    buffer_free(&now);
}

/* Every byte of the first segment changed, in three ways. `safe`: batches that are known to be complete. */
static void flip_each(int batches, int safe, bool writes)
{
    static const char masks[] = {0x01, 0x20, (char)0xFF};
    struct buffer whole = load(first_segment);
    int64_t start, end;
    int result;
    for (size_t at = 0; at < whole.len; at++) {
        size_t batch = at / (whole.len / (size_t)batches), within = at % (whole.len / (size_t)batches);
        for (size_t i = 0; i < sizeof masks; i++) {
            whole.data[at] ^= masks[i];
            store(first_segment, &whole, whole.len);
            int64_t records = read_all(&result);
            if (within >= EPOCH_AT && within < EPOCH_END) {
                assert_int_equal(result, 0);
            } else if ((int)batch < safe) {
                assert_int_equal(result, -1);
                assert_int_equal(records, batch * RECORDS);
                assert_named(first_segment, records);
                assert_true(!writes || partition_log_ends(folder, &start, &end, &error));
                assert_true(!writes || end > records); /* whoever reads up to there meets the damage */
                assert_true(!writes || !append_at(batches * RECORDS, UINT64_C(1) << 30));
                assert_unchanged(first_segment, &whole);
            } else if (within < 8) { /* whole, but for its offset: no unfinished write */
                assert_int_equal(result, -1);
                assert_false(append_at(batches * RECORDS, UINT64_C(1) << 30));
                assert_unchanged(first_segment, &whole);
            } else {
                assert_int_equal(result, 0);
                assert_int_equal(records, batch * RECORDS);
                assert_true(partition_log_ends(folder, &start, &end, &error));
                assert_int_equal(end, records);
            }
            whole.data[at] ^= masks[i];
        }
    }
    store(first_segment, &whole, whole.len);
    buffer_free(&whole);
}

static void flipped_and_synced(void **state)
{
    (void)state;
    write_log(UINT64_C(1) << 30, 3, 3);
    flip_each(3, 3, true);
}

/* Of what was never synced the last batch alone may be an unfinished write. */
static void flipped_and_not_synced(void **state)
{
    (void)state;
    write_log(UINT64_C(1) << 30, 3, 0);
    flip_each(3, 2, true);
}

/* A checkpoint from before there was a checksum; and the log of a broker, which has none. */
static void flipped_of_others(void **state)
{
    (void)state;
    write_log(UINT64_C(1) << 30, 3, 3);
    struct buffer old = {0};
    buffer_add_format(&old, "%020d %020d\n", 0, 300);
    store("synced", &old, old.len);
    flip_each(3, 2, false);
    unlink(path_of("synced"));
    flip_each(3, 2, false);
    buffer_free(&old);
}

static uint64_t batch_size(void)
{
    write_log(UINT64_C(1) << 30, 1, 1);
    struct buffer bytes = load(first_segment);
    uint64_t size = bytes.len;
    buffer_free(&bytes);
    remove_folder(NULL);
    mkdir(folder, 0777);
    return size;
}

/* A segment that is not the newest is complete, synced or not. */
static void flipped_in_an_older_segment(void **state)
{
    (void)state;
    uint64_t segment = 3 * batch_size() + 9;
    for (int synced = 0; synced <= 5; synced += 5) {
        write_log(segment, 5, synced);
        flip_each(3, 3, false);
        unlink(path_of("synced")); /* as a broker's */
        flip_each(3, 3, false);
        remove_folder(NULL);
        mkdir(folder, 0777);
    }
}

/* The file is cut short at every byte. */
static void cut_each(int batches, bool complete, int safe)
{
    struct buffer whole = load(first_segment);
    size_t size = whole.len / (size_t)batches;
    int64_t start, end;
    int result;
    for (size_t len = 0; len < whole.len; len++) {
        store(first_segment, &whole, len);
        int64_t records = read_all(&result);
        assert_int_equal(records, len / size * RECORDS);
        assert_int_equal(result, complete || len < size * (size_t)safe ? -1 : 0);
        if (result < 0) {
            assert_named(first_segment, records);
            assert_true(partition_log_ends(folder, &start, &end, &error));
            assert_true(end > records);
        }
    }
    store(first_segment, &whole, whole.len);
    buffer_free(&whole);
}

static void cut_short(void **state)
{
    (void)state;
    write_log(UINT64_C(1) << 30, 3, 3);
    cut_each(3, true, 3);
    struct buffer whole = load(first_segment);
    for (size_t len = 0; len < whole.len; len++) {
        store(first_segment, &whole, len);
        assert_false(append_at(30, UINT64_C(1) << 30));
        struct buffer now = load(first_segment);
        assert_int_equal(now.len, len);
        buffer_free(&now);
    }
    buffer_free(&whole);
    remove_folder(NULL);
    mkdir(folder, 0777);
    write_log(UINT64_C(1) << 30, 3, 2);
    cut_each(3, false, 2);
    remove_folder(NULL);
    mkdir(folder, 0777);
    write_log(3 * batch_size() + 9, 5, 0);
    cut_each(3, true, 3);
}

/* What an unfinished write has left is cut by the next appender, and only that. */
static void unfinished_is_cut(void **state)
{
    (void)state;
    write_log(UINT64_C(1) << 30, 3, 2);
    struct buffer whole = load(first_segment);
    size_t size = whole.len / 3;
    for (size_t len = 2 * size; len < whole.len; len += 7) {
        store(first_segment, &whole, len);
        assert_true(append_at(20, UINT64_C(1) << 30));
        assert_unchanged(first_segment, &whole);
    }
    buffer_free(&whole);
}

static void checkpoint_is_checked(void **state)
{
    (void)state;
    write_log(UINT64_C(1) << 30, 3, 3);
    struct buffer text = load("synced");
    for (size_t at = 0; at < text.len; at++) {
        text.data[at] ^= 0x11;
        store("synced", &text, text.len);
        assert_false(append_at(30, UINT64_C(1) << 30));
        assert_int_equal(error.class, BROKER_DAMAGED);
        assert_non_null(strstr(error.text, "/synced"));
        text.data[at] ^= 0x11;
    }
    store("synced", &text, 0); /* created when the power went */
    assert_true(append_at(30, UINT64_C(1) << 30));
    buffer_free(&text);
}

/* The newest segment is gone. */
static void missing_segment(void **state)
{
    (void)state;
    uint64_t segment = 3 * batch_size() + 9;
    write_log(segment, 8, 8);
    int64_t *bases;
    assert_int_equal(partition_log_segments(folder, &bases, &error), 3);
    free(bases);
    unlink(path_of("00000000000000000060.log"));
    int result;
    assert_int_equal(read_all(&result), 60);
    assert_int_equal(result, -1);
    assert_false(append_at(60, segment));
    unlink(path_of("00000000000000000030.log"));
    assert_int_equal(read_all(&result), 30);
    assert_int_equal(result, -1);
}

/* A broker that compacts leaves gaps in all segments but the newest. */
static void compacted(void **state)
{
    (void)state;
    int result;
    struct record_batch front;
    const char *bytes;
    write_log(3 * batch_size() + 9, 5, 5);
    unlink(path_of("synced"));
    struct buffer whole = load(first_segment);
    size_t size = whole.len / 3;
    memmove(whole.data + size, whole.data + 2 * size, size); /* offsets 0 to 9, 20 to 29 */
    store(first_segment, &whole, 2 * size);
    struct partition_reader *reader = partition_reader_open(folder, 0, &error);
    for (int64_t base = 0; base < 50; base += base == 0 ? 20 : 10) {
        assert_int_equal(partition_reader_next(reader, &bytes, &front, false, &error), 1);
        assert_int_equal(front.base_offset, base);
    }
    assert_int_equal(partition_reader_next(reader, &bytes, &front, false, &error), 0);
    partition_reader_close(reader);
    store(first_segment, &whole, size); /* the segment's last batch: compacted away, too */
    assert_int_equal(partition_log_ends(folder, &(int64_t){0}, &(int64_t){0}, &error), true);
    reader = partition_reader_open(folder, 0, &error);
    assert_int_equal(partition_reader_next(reader, &bytes, &front, false, &error), 1);
    assert_int_equal(partition_reader_next(reader, &bytes, &front, false, &error), 1);
    assert_int_equal(front.base_offset, 30);
    partition_reader_close(reader);
    buffer_free(&whole);
    whole = load("00000000000000000030.log");
    memmove(whole.data, whole.data + size, size);
    store("00000000000000000030.log", &whole, size); /* but not in the newest */
    read_all(&result);
    assert_int_equal(result, -1);
    buffer_free(&whole);
}

static void segments_are_files(void **state)
{
    (void)state;
    int result;
    write_log(UINT64_C(1) << 30, 3, 3);
    char from[128];
    snprintf(from, sizeof from, "%s", path_of(first_segment));
    rename(from, path_of("elsewhere"));
    assert_int_equal(symlink("elsewhere", from), 0);
    assert_int_equal(read_all(&result), 0);
    assert_int_equal(result, -1);
    assert_non_null(strstr(error.text, "symbolic link"));
    assert_false(append_at(30, UINT64_C(1) << 30));
    unlink(from);
    assert_int_equal(mkfifo(from, 0666), 0);
    read_all(&result);
    assert_int_equal(result, -1);
    assert_false(append_at(30, UINT64_C(1) << 30));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(flipped_and_synced, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(flipped_and_not_synced, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(flipped_of_others, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(flipped_in_an_older_segment, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(cut_short, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(unfinished_is_cut, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(checkpoint_is_checked, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(missing_segment, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(compacted, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(segments_are_files, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("damage", tests, NULL, NULL);
}

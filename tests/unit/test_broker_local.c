/* The local side of broker, through broker's own interface. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "log/broker.h"

static char folder[64], address[80];
static struct broker_error error;

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/atools-local-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(address, sizeof address, "file:%s/log", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static struct broker *open_log(void)
{
    struct broker *broker = broker_open(address, NULL, 0, &error);
    assert_non_null(broker);
    return broker;
}

struct seen {
    size_t delivered, purged, failed;
    enum broker_class last;
    char text[256];
};

static void note(void *context, const struct broker_outcome *outcomes, size_t count)
{
    struct seen *seen = context;
    for (size_t i = 0; i < count; i++) {
        seen->delivered += outcomes[i].class == BROKER_OK;
        seen->purged += outcomes[i].class == BROKER_PURGED;
        seen->failed += outcomes[i].class != BROKER_OK && outcomes[i].class != BROKER_PURGED;
        seen->last = outcomes[i].class;
        snprintf(seen->text, sizeof seen->text, "%s", outcomes[i].text ? outcomes[i].text : "");
    }
}

static struct broker_writer *open_writer(struct broker *broker, const char *topic, const char *id, struct seen *seen)
{
    struct broker_writer_options options = {
        .topics = &topic, .topic_count = 1, .transactional_id = id, .linger_ms = -1, .outcome = note, .context = seen};
    struct broker_writer *writer = broker_writer_open(broker, &options, &error);
    assert_non_null(writer);
    return writer;
}

static void put(struct broker_writer *writer, const char *value)
{
    struct broker_record record = {
        .value = value, .value_len = strlen(value), .partition = BROKER_ANY_PARTITION, .timestamp = 1000};
    assert_int_equal(broker_append(writer, 0, &record, 1, &error), 1);
}

/* All values of partition 0 that a reader sees now, joined by blanks. */
static void expect_values(struct broker *broker, const char *topic, bool uncommitted, const char *wanted)
{
    struct broker_ends ends;
    assert_true(broker_offsets(broker, topic, NULL, NULL, &ends, 1, &error));
    struct broker_range range = {topic, 0, ends.low, uncommitted ? ends.high : ends.stable};
    struct broker_reader_options options = {.ranges = &range, .range_count = 1, .read_uncommitted = uncommitted};
    struct broker_reader *reader = broker_reader_open(broker, &options, &error);
    assert_non_null(reader);
    char all[4096] = "";
    struct broker_message messages[3];
    size_t count;
    enum broker_read got;
    while ((got = broker_read(reader, messages, 3, 0, &count, &error)) == BROKER_READ_MESSAGES)
        for (size_t i = 0; i < count; i++) {
            strncat(all, messages[i].value, messages[i].value_len);
            strcat(all, " ");
        }
    assert_int_equal(got, BROKER_READ_DONE);
    assert_string_equal(all, wanted);
    broker_reader_close(reader);
}

static void topics_and_configs(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    struct arena arena = {0};
    const struct broker_topic *topics;
    const struct broker_config *configs;
    size_t count;
    struct broker_property limit = {"max.message.bytes", "5242880"}, wrong = {"max.mesage.bytes", "1"},
                           bad = {"max.message.bytes", "x"};
    assert_false(broker_topics(broker, NULL, &arena, &topics, &count, &error)); /* not made yet, or a slip of the pen */
    assert_int_equal(error.class, BROKER_UNKNOWN);
    assert_false(broker_topics(broker, "t-1", &arena, &topics, &count, &error));
    assert_int_equal(error.class, BROKER_UNKNOWN);
    assert_false(broker_create(broker, "t-1", 3, 1, &wrong, 1, &error));
    assert_int_equal(error.class, BROKER_INVALID);
    assert_false(broker_create(broker, "t-1", 3, 1, &bad, 1, &error));
    assert_false(broker_create(broker, "../t", 3, 1, NULL, 0, &error));
    assert_int_equal(error.class, BROKER_INVALID);
    assert_true(broker_create(broker, "t-1", 3, 1, &limit, 1, &error));
    assert_true(broker_create(broker, "a", 0, 0, NULL, 0, &error));
    assert_false(broker_create(broker, "t-1", 3, 1, NULL, 0, &error));
    assert_int_equal(error.class, BROKER_EXISTS);
    assert_true(broker_topics(broker, NULL, &arena, &topics, &count, &error));
    assert_int_equal(count, 2);
    assert_string_equal(topics[0].name, "a");
    assert_int_equal(topics[1].partition_count, 3);
    assert_false(broker_alter(broker, "t-1", 2, NULL, 0, &error));
    struct broker_property change[] = {{"max.message.bytes", NULL}, {"segment.bytes", "100000"}};
    assert_true(broker_alter(broker, "t-1", 5, change, 2, &error));
    assert_true(broker_configs(broker, "t-1", &arena, &configs, &count, &error));
    for (size_t i = 0; i < count; i++) {
        if (strcmp(configs[i].name, "max.message.bytes") == 0) {
            assert_string_equal(configs[i].value, "1048588");
            assert_false(configs[i].set);
        }
        if (strcmp(configs[i].name, "segment.bytes") == 0)
            assert_true(configs[i].set);
        assert_true(i == 0 || strcmp(configs[i - 1].name, configs[i].name) < 0);
    }
    assert_true(broker_topics(broker, "t-1", &arena, &topics, &count, &error));
    assert_int_equal(topics[0].partition_count, 5);
    assert_true(broker_delete(broker, "t-1", &error));
    assert_false(broker_topics(broker, "t-1", &arena, &topics, &count, &error));
    assert_false(broker_delete(broker, "t-1", &error));
    arena_free(&arena);
    broker_close(broker);
}

static void records_come_back(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    struct arena arena = {0};
    assert_true(broker_create(broker, "t", 1, 1, NULL, 0, &error));
    struct seen seen = {0};
    struct broker_writer *writer = open_writer(broker, "t", NULL, &seen);
    struct broker_header headers[] = {{"a", "1", 1}, {"a", NULL, 0}};
    struct broker_record records[] = {
        {.number = 1, .key = "k\0x", .key_len = 3, .value = "v", .value_len = 1, .headers = headers, .header_count = 2,
         .partition = 0, .timestamp = 5},
        {.number = 2, .value = "", .value_len = 0, .partition = BROKER_ANY_PARTITION,
         .timestamp = BROKER_TIMESTAMP_NOW},
        {.number = 3, .key = "", .key_len = 0, .value = NULL, .partition = 0, .timestamp = 7},
        {.number = 4, .value = "x", .value_len = 1, .partition = 9, .timestamp = 7}};
    assert_int_equal(broker_append(writer, 0, records, 4, &error), 4);
    assert_true(broker_flush(writer, -1, &error));
    assert_int_equal(seen.delivered, 3);
    assert_int_equal(seen.failed, 1);
    broker_writer_close(writer);
    struct broker_range range = {"t", 0, 0, 3};
    struct broker_reader_options options = {.ranges = &range, .range_count = 1};
    struct broker_reader *reader = broker_reader_open(broker, &options, &error);
    struct broker_message messages[10];
    size_t count;
    assert_int_equal(broker_read(reader, messages, 10, 0, &count, &error), BROKER_READ_MESSAGES);
    assert_int_equal(count, 3);
    assert_int_equal(messages[0].key_len, 3);
    assert_memory_equal(messages[0].key, "k\0x", 3);
    assert_int_equal(messages[0].timestamp, 5);
    const struct broker_header *back;
    assert_int_equal(broker_message_headers(reader, &messages[0], &arena, &back), 2);
    assert_string_equal(back[0].name, "a");
    assert_memory_equal(back[0].value, "1", 1);
    assert_null(back[1].value);
    assert_null(messages[1].key);
    assert_non_null(messages[1].value);
    assert_int_equal(messages[1].value_len, 0);
    assert_non_null(messages[2].key);
    assert_null(messages[2].value);
    assert_int_equal(broker_read(reader, messages, 10, 0, &count, &error), BROKER_READ_DONE);
    broker_reader_close(reader);
    arena_free(&arena);
    broker_close(broker);
}

static void limit_and_neighbours(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    struct broker_property limit = {"max.message.bytes", "2000"};
    assert_true(broker_create(broker, "t", 1, 1, &limit, 1, &error));
    struct seen seen = {0};
    struct broker_writer *writer = open_writer(broker, "t", NULL, &seen);
    assert_int_equal(broker_writer_limit(writer, 0), 2000);
    static char large[3000];
    memset(large, 'x', sizeof large);
    for (int i = 0; i < 500; i++)
        put(writer, "neighbour");
    struct broker_record record = {.value = large, .partition = 0, .timestamp = 1};
    size_t most = 2000;
    while (record.value_len = most, broker_record_size(&record) > 2000)
        most--;
    record.value_len = most + 1;
    assert_int_equal(broker_append(writer, 0, &record, 1, &error), 1);
    assert_int_equal(seen.last, BROKER_TOO_LARGE);
    assert_non_null(strstr(seen.text, "2000"));
    record.value_len = most;
    assert_int_equal(broker_append(writer, 0, &record, 1, &error), 1);
    for (int i = 0; i < 500; i++)
        put(writer, "neighbour");
    assert_true(broker_flush(writer, -1, &error));
    assert_int_equal(seen.delivered, 1001);
    assert_int_equal(seen.failed, 1);
    broker_writer_close(writer);
    struct broker_ends ends;
    assert_true(broker_offsets(broker, "t", NULL, NULL, &ends, 1, &error));
    assert_int_equal(ends.high, 1001);
    broker_close(broker);
}

static void transactions_are_whole(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    assert_true(broker_create(broker, "t", 1, 1, NULL, 0, &error));
    struct seen seen = {0};
    struct broker_writer *writer = open_writer(broker, "t", "loader/1", &seen);
    assert_true(broker_init_transactions(writer, &error));
    assert_true(broker_begin(writer, &error));
    put(writer, "a");
    put(writer, "b");
    assert_true(broker_flush(writer, -1, &error));
    expect_values(broker, "t", false, "");
    expect_values(broker, "t", true, "a b ");
    assert_true(broker_commit(writer, &error));
    expect_values(broker, "t", false, "a b ");
    assert_true(broker_begin(writer, &error));
    put(writer, "c");
    assert_true(broker_flush(writer, -1, &error));
    put(writer, "d"); /* only gathered */
    assert_true(broker_abort(writer, &error));
    assert_int_equal(seen.purged, 1);
    expect_values(broker, "t", false, "a b ");
    assert_true(broker_begin(writer, &error));
    put(writer, "e");
    assert_true(broker_commit(writer, &error));
    expect_values(broker, "t", false, "a b e ");
    expect_values(broker, "t", true, "a b c e ");
    broker_writer_close(writer);
    broker_close(broker);
}

static void second_writer_fences(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    assert_true(broker_create(broker, "t", 1, 1, NULL, 0, &error));
    struct seen seen = {0}, other = {0};
    struct broker_writer *first = open_writer(broker, "t", "one", &seen);
    assert_true(broker_init_transactions(first, &error));
    assert_true(broker_begin(first, &error));
    put(first, "lost");
    assert_true(broker_flush(first, -1, &error));
    struct broker_writer *second = open_writer(broker, "t", "one", &other);
    assert_true(broker_init_transactions(second, &error));
    put(first, "late");
    assert_false(broker_flush(first, -1, &error));
    assert_int_equal(error.class, BROKER_FENCED);
    assert_false(broker_commit(first, &error));
    assert_int_equal(error.class, BROKER_FENCED);
    assert_true(broker_begin(second, &error));
    put(second, "kept");
    assert_true(broker_commit(second, &error));
    broker_writer_close(first);
    broker_writer_close(second);
    expect_values(broker, "t", false, "kept ");
    broker_close(broker);
}

/* A writer killed in a transaction: read_committed is not held up by the dead, and the next init aborts it. */
static void killed_writer(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    assert_true(broker_create(broker, "t", 1, 1, NULL, 0, &error));
    pid_t child = fork();
    if (child == 0) {
        struct seen seen = {0};
        struct broker_writer *writer = open_writer(broker, "t", "one", &seen);
        broker_init_transactions(writer, &error);
        broker_begin(writer, &error);
        put(writer, "lost");
        broker_flush(writer, -1, &error);
        raise(SIGKILL);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    struct seen seen = {0};
    struct broker_writer *plain = open_writer(broker, "t", NULL, &seen);
    put(plain, "plain");
    assert_true(broker_flush(plain, -1, &error));
    broker_writer_close(plain);
    expect_values(broker, "t", false, "plain ");
    struct broker_writer *next = open_writer(broker, "t", "one", &seen);
    assert_true(broker_init_transactions(next, &error));
    broker_writer_close(next);
    expect_values(broker, "t", false, "plain ");
    expect_values(broker, "t", true, "lost plain ");
    broker_close(broker);
}

static int renames_left = -1;  /* the process dies in the rename after so many; -1: never */
static int renames_until_full = -1; /* after so many the disk is full */

/* In place of libc's. */
int rename(const char *from, const char *to)
{
    if (renames_left == 0)
        raise(SIGKILL);
    renames_left -= renames_left > 0;
    if (renames_until_full == 0) {
        errno = ENOSPC;
        return -1;
    }
    renames_until_full -= renames_until_full > 0;
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

/* A deletion killed at any step: deleted again and made anew, the topic is empty in all its partitions. */
static void killed_deletion(void **state)
{
    (void)state;
    for (int step = 0; step <= 3; step++) {
        struct broker *broker = open_log();
        struct seen seen = {0};
        assert_true(broker_create(broker, "t", 3, 1, NULL, 0, &error));
        struct broker_writer *writer = open_writer(broker, "t", NULL, &seen);
        for (int32_t i = 0; i < 3; i++) {
            struct broker_record record = {.value = "old", .value_len = 3, .partition = i, .timestamp = 1000};
            assert_int_equal(broker_append(writer, 0, &record, 1, &error), 1);
        }
        assert_true(broker_flush(writer, -1, &error));
        broker_writer_close(writer);
        pid_t child = fork();
        if (child == 0) {
            renames_left = step;
            broker_delete(broker, "t", &error);
            _exit(0);
        }
        int status;
        waitpid(child, &status, 0);
        assert_int_equal(WIFSIGNALED(status), step < 3);
        assert_true(broker_delete(broker, "t", &error) || error.class == BROKER_UNKNOWN);
        assert_true(broker_create(broker, "t", 3, 1, NULL, 0, &error));
        struct broker_ends ends[3];
        assert_true(broker_offsets(broker, "t", NULL, NULL, ends, 3, &error));
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(ends[i].high, 0);
        assert_true(broker_delete(broker, "t", &error));
        broker_close(broker);
    }
}

/* A disk that does not take a decision ends the writer, and is not asked again and again; one that takes the decision
 * but not what follows leaves that to the next transaction. */
static void full_disk(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    struct seen seen = {0};
    assert_true(broker_create(broker, "t", 1, 1, NULL, 0, &error));
    for (int room = 0; room <= 1; room++) {
        struct broker_writer *writer = open_writer(broker, "t", "one", &seen);
        assert_true(broker_init_transactions(writer, &error));
        assert_true(broker_begin(writer, &error));
        put(writer, room == 0 ? "undecided" : "decided");
        assert_true(broker_flush(writer, -1, &error));
        renames_until_full = room;
        bool committed = broker_commit(writer, &error);
        assert_int_equal(committed, room == 1);
        if (!committed) {
            assert_int_equal(error.class, BROKER_FATAL);
            assert_false(broker_abort(writer, &error));
            assert_int_equal(error.class, BROKER_FATAL);
        } else {
            expect_values(broker, "t", false, "decided ");
            renames_until_full = -1;
            assert_true(broker_begin(writer, &error));
            put(writer, "next");
            assert_true(broker_commit(writer, &error));
        }
        renames_until_full = -1;
        broker_writer_close(writer);
        expect_values(broker, "t", false, room == 0 ? "" : "decided next ");
    }
    broker_close(broker);
}

static void tell(void *context, const struct broker_outcome *outcomes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (outcomes[i].class == BROKER_OK &&
            write(*(int *)context, &outcomes[i].number, sizeof outcomes[i].number) < 0)
            _exit(1);
}

/* A child appends and tells each record reported as delivered through a pipe, until it is killed at some moment: all
 * of them are in the log, in order, once. */
static void delivered_survives_kill(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    uint64_t told = 0;
    for (unsigned round = 0; round < 20; round++) {
        char topic[16];
        int ends[2];
        snprintf(topic, sizeof topic, "t%u", round);
        assert_true(broker_create(broker, topic, 1, 1, NULL, 0, &error));
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            const char *topics = topic;
            struct broker_writer_options options = {
                .topics = &topics, .topic_count = 1, .linger_ms = 1, .outcome = tell, .context = &ends[1]};
            struct broker_writer *writer = broker_writer_open(broker, &options, &error);
            if (!writer)
                _exit(1);
            for (uint64_t i = 0;; i++) {
                struct broker_record record = {
                    .number = i, .value = (const char *)&i, .value_len = sizeof i, .timestamp = 1};
                broker_append(writer, 0, &record, 1, &error);
                broker_poll(writer, -1, i % 50 == 0, &error);
            }
        }
        close(ends[1]);
        usleep(2000 + 1500 * round);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        uint64_t number, last = 0;
        bool any = false;
        while (read(ends[0], &number, sizeof number) == (ssize_t)sizeof number) {
            last = number;
            any = true;
            told++;
        }
        close(ends[0]);
        struct broker_ends log;
        assert_true(broker_offsets(broker, topic, NULL, NULL, &log, 1, &error));
        assert_true(!any || log.high > (int64_t)last);
        struct broker_range range = {topic, 0, 0, log.high};
        struct broker_reader_options options = {.ranges = &range, .range_count = 1};
        struct broker_reader *reader = broker_reader_open(broker, &options, &error);
        struct broker_message messages[64];
        size_t count;
        uint64_t next = 0;
        while (broker_read(reader, messages, 64, 0, &count, &error) == BROKER_READ_MESSAGES)
            for (size_t i = 0; i < count; i++, next++)
                assert_memory_equal(messages[i].value, &next, sizeof next);
        assert_int_equal(next, log.high);
        broker_reader_close(reader);
    }
    assert_true(told > 0);
    broker_close(broker);
}

static void groups_commit(void **state)
{
    (void)state;
    struct broker *broker = open_log();
    struct arena arena = {0};
    assert_true(broker_create(broker, "t", 2, 1, NULL, 0, &error));
    struct seen seen = {0};
    struct broker_writer *writer = open_writer(broker, "t", NULL, &seen);
    for (int32_t p = 0; p < 2; p++)
        for (int i = 0; i < 4; i++) {
            struct broker_record record = {.value = "v", .value_len = 1, .partition = p, .timestamp = 1};
            broker_append(writer, 0, &record, 1, &error);
        }
    assert_true(broker_flush(writer, -1, &error));
    broker_writer_close(writer);
    struct broker_range ranges[] = {{"t", 0, 0, 4}, {"t", 1, 0, 4}};
    struct broker_reader_options options = {.ranges = ranges, .range_count = 2, .group = "g"};
    struct broker_reader *reader = broker_reader_open(broker, &options, &error);
    assert_non_null(reader);
    struct broker_message messages[3];
    size_t count, total = 0;
    assert_int_equal(broker_read(reader, messages, 3, 0, &count, &error), BROKER_READ_MESSAGES);
    total += count;
    assert_true(broker_reader_commit(reader, &error));
    const struct broker_group *groups;
    size_t group_count;
    assert_true(broker_groups(broker, NULL, &arena, &groups, &group_count, &error));
    assert_int_equal(group_count, 1);
    assert_string_equal(groups[0].name, "g");
    assert_string_equal(groups[0].state, "Stable");
    assert_int_equal(groups[0].member_count, 1);
    assert_int_equal(groups[0].members[0].assigned_count, 2);
    struct broker_position position = {"t", 0, 0};
    assert_false(broker_commit_group(broker, "g", &position, 1, &error));
    assert_int_equal(error.class, BROKER_REFUSED);
    /* a second member finds every partition taken, and is not done before the group is */
    struct broker_reader *idle = broker_reader_open(broker, &options, &error);
    assert_int_equal(broker_read(idle, messages, 3, 0, &count, &error), BROKER_READ_IDLE);
    broker_reader_close(reader);
    /* it takes over where the first one committed */
    while (broker_read(idle, messages, 3, 0, &count, &error) == BROKER_READ_MESSAGES)
        total += count;
    assert_int_equal(total, 8);
    assert_true(broker_reader_commit(idle, &error));
    broker_reader_close(idle);
    const struct broker_position *positions;
    assert_true(broker_committed(broker, "g", &arena, &positions, &count, &error));
    assert_int_equal(count, 2);
    assert_int_equal(positions[0].offset, 4);
    assert_int_equal(positions[1].offset, 4);
    assert_true(broker_commit_group(broker, "g", &position, 1, &error));
    assert_true(broker_committed(broker, "g", &arena, &positions, &count, &error));
    assert_int_equal(positions[0].offset, 0);
    assert_true(broker_committed(broker, "nobody", &arena, &positions, &count, &error));
    assert_int_equal(count, 0);
    arena_free(&arena);
    broker_close(broker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(topics_and_configs, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(records_come_back, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(limit_and_neighbours, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(transactions_are_whole, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(second_writer_fences, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(killed_writer, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(killed_deletion, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(full_disk, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(delivered_survives_kill, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(groups_commit, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("broker_local", tests, NULL, NULL);
}

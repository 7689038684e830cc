/* reader: values and lines one by one over files, what they came from and how many lines were read, bad input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "slice/reader.h"

enum { FILES_MAX = 3, MANY = 100000 };

static char folder[] = "/tmp/test_reader.XXXXXX";
static char paths[FILES_MAX][64];
static char *files[FILES_MAX];

static char *write_file(size_t number, const char *text, size_t len)
{
    FILE *file = fopen(files[number], "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    return files[number];
}

static void open_files(struct reader *reader, const char *const *texts, size_t count, struct frame_options options)
{
    for (size_t i = 0; i < count; i++)
        write_file(i, texts[i], strlen(texts[i]));
    reader_open(reader, files, count, &options, NULL);
}

static void next_is(struct reader *reader, const char *wanted, size_t file, uint64_t lines)
{
    struct problem problem = {0};
    struct span value;
    bool spaced;
    if (reader_value(reader, &value, &spaced, &problem) != JQ_READ_VALUE)
        fail_msg("%s: %s", wanted, problem.text);
    assert_int_equal(value.len, strlen(wanted));
    assert_memory_equal(value.text, wanted, value.len);
    assert_string_equal(reader_file(reader), files[file]);
    if (reader_lines(reader) != lines)
        fail_msg("%s: %llu lines", wanted, (unsigned long long)reader_lines(reader));
}

static void test_values(void **state)
{
    (void)state;
    const char *const texts[] = {"1\n[2,\n3] \"a\"\n", "", "{\"b\": 4}\n\n5\n"};
    struct reader reader = {0};
    struct problem problem = {0};
    struct span value;
    char place[100];
    bool spaced;
    open_files(&reader, texts, 3, (struct frame_options){.framing = FRAMING_NEST});
    assert_null(reader_file(&reader));
    reader_place(&reader, place, sizeof place);
    assert_string_equal(place, "");
    next_is(&reader, "1", 0, 1);
    next_is(&reader, "[2,\n3]", 0, 3);
    reader_place(&reader, place, sizeof place);
    assert_non_null(strstr(place, "file0:3: byte 2"));
    next_is(&reader, "\"a\"", 0, 3);
    next_is(&reader, "{\"b\": 4}", 2, 1);
    next_is(&reader, "5", 2, 3);
    for (int again = 0; again < 2; again++)
        assert_int_equal(reader_value(&reader, &value, &spaced, &problem), JQ_READ_END);
    reader_place(&reader, place, sizeof place);
    assert_string_equal(place, "");
    reader_close(&reader);
    reader_close(&reader);
}

static void test_many(void **state)
{
    (void)state;
    struct buffer text = {0};
    for (int i = 0; i < MANY; i++)
        buffer_add_format(&text, "{\"number\":%d}\n", i);
    char *const file[] = {write_file(0, text.data, text.len)};
    struct path_step step = {.key = "number", .key_len = 6};
    const struct path number = {.steps = &step, .count = 1, .text = "number"};
    struct path_set set = {0};
    path_set_add(&set, &number);
    struct reader reader = {.counting = true};
    struct problem problem = {0};
    struct span value;
    bool spaced;
    reader_open(&reader, file, 1, &(struct frame_options){0}, &set);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(reader_value(&reader, &value, &spaced, &problem), JQ_READ_VALUE);
        assert_int_equal(strtol(reader.walk->slots[0].text, NULL, 10), i);
        if (i % 1000 == 999)
            assert_int_equal(reader_lines(&reader), i + 1);
    }
    assert_int_equal(reader_value(&reader, &value, &spaced, &problem), JQ_READ_END);
    assert_int_equal(reader_lines(&reader), MANY); /* asked for when all is read */
    reader_close(&reader);
    path_set_free(&set);
    buffer_free(&text);
}

static void test_bad(void **state)
{
    (void)state;
    const char *const texts[] = {"1\n{\"a\":}\n2\n"};
    struct reader reader = {0};
    struct problem problem = {0};
    struct span value;
    bool spaced;
    open_files(&reader, texts, 1, (struct frame_options){.framing = FRAMING_LINE});
    next_is(&reader, "1", 0, 1);
    assert_int_equal(reader_value(&reader, &value, &spaced, &problem), JQ_READ_BAD);
    assert_int_equal(problem.status, STATUS_DATA);
    assert_non_null(strstr(problem.text, "file0:2: byte 6: "));
    next_is(&reader, "2", 0, 3);
    assert_int_equal(reader_value(&reader, &value, &spaced, &problem), JQ_READ_END);
    reader_close(&reader);
}

static void test_missing(void **state)
{
    (void)state;
    char *const file[] = {"/nowhere/at/all"};
    struct reader reader = {0};
    struct problem problem = {0};
    struct span value;
    bool spaced;
    reader_open(&reader, file, 1, &(struct frame_options){0}, NULL);
    assert_int_equal(reader_value(&reader, &value, &spaced, &problem), JQ_READ_BAD);
    assert_non_null(strstr(problem.text, "No such file or directory"));
    assert_int_equal(reader_value(&reader, &value, &spaced, &problem), JQ_READ_END);
    reader_close(&reader);
}

static void test_lines(void **state)
{
    (void)state;
    const char *const texts[] = {"one\n\n{ no JSON\n", "last"};
    static const char *const wanted[] = {"one", "", "{ no JSON", "last"};
    struct reader reader = {0};
    struct problem problem = {0};
    const char *line;
    size_t len;
    open_files(&reader, texts, 2, (struct frame_options){.lines = true});
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(reader_line(&reader, &line, &len, &problem), JQ_READ_VALUE);
        assert_int_equal(len, strlen(wanted[i]));
        assert_memory_equal(line, wanted[i], len);
        assert_string_equal(reader_file(&reader), files[i / 3]);
    }
    assert_int_equal(reader_line(&reader, &line, &len, &problem), JQ_READ_END);
    reader_close(&reader);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    for (size_t i = 0; i < FILES_MAX; i++) {
        snprintf(paths[i], sizeof paths[i], "%s/file%zu", folder, i);
        files[i] = paths[i];
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    for (size_t i = 0; i < FILES_MAX; i++)
        unlink(files[i]);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),  cmocka_unit_test(test_many),  cmocka_unit_test(test_bad),
        cmocka_unit_test(test_missing), cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

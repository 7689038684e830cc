/* frame: values larger than whole_max, streamed along the steps of a path. */
#include "frame_ways.h"

#define KEY(name) {.kind = STEP_KEY, .key = name, .key_len = sizeof name - 1}
#define INDEX(n) {.kind = STEP_INDEX, .from = n}
#define FROM(n) {.kind = STEP_SLICE, .has_from = true, .from = n}
#define TO(n) {.kind = STEP_SLICE, .has_to = true, .to = n}
#define SLICE(a, b) {.kind = STEP_SLICE, .has_from = true, .from = a, .has_to = true, .to = b}
#define EACH {.kind = STEP_EACH}

/* Skipped text depends on how the input was cut: only what is delivered is compared, and the skipped bytes only for
 * being well-formed (add_elements sees to that). */
static void without_skipped(char *text)
{
    char *to = text;
    for (char *line = text; *line;) {
        size_t len = strcspn(line, "\n") + 1;
        if (line[0] != '-') {
            memmove(to, line, len);
            to += len;
        }
        line += len;
    }
    *to = '\0';
}

static void check_steps(const char *text, const struct frame_step *steps, size_t count, const char *wanted)
{
    struct frame_options options = {
        .steps = steps, .step_count = count, .ends = true, .framing = FRAMING_NEST, .whole_max = 1};
    size_t len = strlen(text);
    for (size_t size = 0; size < 40; size += size < 4 ? 1 : 9)
        for (int single = 0; single < 2; single++) {
            options.batch_size = size;
            options.single = single;
            char *got = drain_file(text, len, &options);
            without_skipped(got);
            assert_string_equal(got, wanted);
            free(got);
        }
    options.single = false;
    for (size_t size = 0; size < 8; size += 7)
        for (size_t cut = 0; cut < len; cut++) {
            options.batch_size = size;
            char *got = drain_pipe(text, len, cut, &options);
            without_skipped(got);
            assert_string_equal(got, wanted);
            free(got);
        }
}

#define CHECK(text, wanted, ...) \
    do { \
        const struct frame_step steps[] = {__VA_ARGS__}; \
        check_steps(text, steps, sizeof steps / sizeof steps[0], wanted); \
    } while (0)

static void test_each(void **state)
{
    (void)state;
    CHECK("[1,{\"a\":2}, 3]", "0:1:2[0] 1\n0:1:4[1] {\"a\":2}\n0:1:13[2] 3\nEND step 0 type 6 count 3 \n", EACH);
    CHECK("[]", "END step 0 type 6 count 0 \n", EACH);
    CHECK("{\"a\":1, \"b\" :[2,3],\"c\":{}}", "0:1:6[0] 1\n0:1:14[1] [2,3]\n0:1:24[2] {}\nEND step 0 type 7 count 3 \n",
          EACH);
    CHECK("{}[1]", "END step 0 type 7 count 0 \n0:1:4[0] 1\nEND step 0 type 6 count 1 \n", EACH);
    CHECK("{\"a\":1,\"\\u0061\":2}", "0:1:6[0] 1\nTWIN 1:8\n", EACH);
    CHECK("{\"a\" 1}", "BAD 1:6\n", EACH);
    CHECK("{\"a\":}", "BAD 1:6\n", EACH);
    CHECK("{\"a\":1,}", "0:1:6[0] 1\nBAD 1:8\n", EACH);
    CHECK("{\"a\":1 \"b\":2}", "BAD 1:8\n", EACH);
    CHECK("{\"a\tb\":1}", "BAD 1:4\n", EACH);
    CHECK("{\"a\":1", "BAD 1:7\n", EACH);
    CHECK("{\"a", "BAD 1:4\n", EACH);
    CHECK("{1:2}", "BAD 1:2\n", EACH);
    CHECK("[1,-0, , ]", "0:1:2[0] 1\n0:1:4[1] -0\nBAD 1:8\n", EACH);
    CHECK("[1,-0,,]", "0:1:2[0] 1\n0:1:4[1] -0\nBAD 1:7\n", EACH);
    CHECK("[1,2,x]", "0:1:2[0] 1\n0:1:4[1] 2\nBAD 1:6\n", EACH);
}

static void test_keys(void **state)
{
    (void)state;
    const char *text = "{\"x\":[{\"y\":1}], \"a\":{\"b\":[1,2],\"c\":null,\"d\":\"s\"}, \"z\":0}";
    CHECK(text, "0:1:27[0] 1\n0:1:29[1] 2\nEND step 2 type 6 count 2 \n", KEY("a"), KEY("b"), EACH);
    CHECK(text, "MISSING step 2 type 1 count 0 \n", KEY("a"), KEY("c"), EACH);
    CHECK(text, "MISSING step 2 type 1 count 0 \n", KEY("a"), KEY("q"), EACH);
    CHECK(text, "MISMATCH step 2 type 5 count 0 \"s\"\n", KEY("a"), KEY("d"), EACH);
    CHECK(text, "MISMATCH step 1 type 6 count 0 \n", KEY("x"), KEY("d"), EACH);
    CHECK(text, "MISMATCH step 1 type 4 count 0 0\n", KEY("z"), EACH);
    CHECK(text, "MISMATCH step 0 type 7 count 0 \n", INDEX(0));
    CHECK("{\"a\":[1],\"a\":[2]}", "0:1:7[0] 1\nEND step 1 type 6 count 1 \nTWIN 1:10\n", KEY("a"), EACH);
    CHECK("{\"b\":[1],\"b\":[2],\"a\":[3]}", "0:1:23[0] 3\nEND step 1 type 6 count 1 \n", KEY("a"), EACH);
    CHECK("{\"\\u0061\":[1],\"b\":[2,]}", "0:1:12[0] 1\nEND step 1 type 6 count 1 \nBAD 1:22\n", KEY("a"), EACH);
    CHECK("{\"a\":nul}", "BAD 1:9\n", KEY("a"), EACH);
    CHECK("[1,[2,[3,\"\\x\"]]]", "MISMATCH step 0 type 6 count 0 \nBAD 1:12\n", KEY("a"), EACH);
}

static void test_indexes(void **state)
{
    (void)state;
    CHECK("[1,2,3]", "0:1:2[0] 1\nEND step 0 type 6 count 1 \n", INDEX(0));
    CHECK("[1,2,3] x", "0:1:6[2] 3\nEND step 0 type 6 count 1 \n", INDEX(2));
    CHECK("[1,2,3]", "MISSING step 1 type 1 count 0 \n", INDEX(3));
    CHECK("[]", "MISSING step 1 type 1 count 0 \n", INDEX(0));
    CHECK("[1,2,3]", "0:1:6[2] 3\nEND step 0 type 6 count 1 \n", INDEX(-1));
    CHECK("[1,2,3]", "0:1:2[0] 1\nEND step 0 type 6 count 1 \n", INDEX(-3));
    CHECK("[1,2,3]", "MISSING step 1 type 1 count 0 \n", INDEX(-4));
    CHECK("[1,2,3]", "MISSING step 1 type 1 count 0 \n", INDEX(INT64_MIN));
    CHECK("[1,[2,3],4] [5]", "0:1:5[0] 2\n0:1:7[1] 3\nEND step 1 type 6 count 2 \n", INDEX(1), EACH);
    CHECK("[1,[2,3],4]\n[5]", "0:1:5[0] 2\n0:1:7[1] 3\nEND step 1 type 6 count 2 \nMISSING step 1 type 1 count 0 \n",
          INDEX(-2), EACH);
    CHECK("[1,[2,3],4", "0:1:5[0] 2\n0:1:7[1] 3\nEND step 1 type 6 count 2 \n", INDEX(1), EACH);
    CHECK("[1,[2,3],4", "BAD 1:11\n", INDEX(-2), EACH);
    CHECK("[1,{\"a\":5},4]", "MISMATCH step 2 type 4 count 0 5\n", INDEX(1), KEY("a"), INDEX(0));
    CHECK("[x,2]", "BAD 1:2\n", INDEX(1));
    CHECK("[1,x,2,3,4", "BAD 1:4\n", INDEX(-4));
}

static void test_slices(void **state)
{
    (void)state;
    const char *text = "[0,10,{\"a\":[2]},30,40,50]";
    CHECK(text, "0:1:4[1] 10\n0:1:7[2] {\"a\":[2]}\nEND step 1 type 6 count 2 \n", SLICE(1, 3), EACH);
    CHECK(text, "END step 1 type 6 count 0 \n", SLICE(3, 1), EACH);
    CHECK(text, "END step 1 type 6 count 0 \n", TO(0), EACH);
    CHECK(text, "0:1:20[4] 40\n0:1:23[5] 50\nEND step 1 type 6 count 2 \n", FROM(4), EACH);
    CHECK(text, "END step 1 type 6 count 0 \n", FROM(9), EACH);
    CHECK(text, "0:1:20[4] 40\n0:1:23[5] 50\nEND step 1 type 6 count 2 \n", FROM(-2), EACH);
    CHECK(text, "0:1:2[0] 0\n0:1:4[1] 10\nEND step 1 type 6 count 2 \n", TO(-4), EACH);
    CHECK(text, "0:1:17[3] 30\n0:1:20[4] 40\nEND step 1 type 6 count 2 \n", SLICE(-3, -1), EACH);
    CHECK(text, "0:1:17[3] 30\n0:1:20[4] 40\nEND step 1 type 6 count 2 \n", SLICE(3, -1), EACH);
    CHECK(text, "0:1:17[3] 30\nEND step 1 type 6 count 1 \n", SLICE(-3, 4), EACH);
    CHECK(text, "0:1:2[0] 0\nEND step 1 type 6 count 1 \n", SLICE(-10, 1), EACH);
    CHECK(text, "END step 1 type 6 count 0 \n", SLICE(-1, -3), EACH);
    CHECK("[1,2", "0:1:2[0] 1\nEND step 1 type 6 count 1 \n", TO(1), EACH);
    CHECK("{\"a\":[1,2,3]}", "0:1:9[1] 2\nEND step 2 type 6 count 1 \n", KEY("a"), SLICE(1, 2), EACH);
    CHECK("{\"a\":\"xyz\"}", "MISMATCH step 1 type 5 count 0 \"xyz\"\n", KEY("a"), SLICE(1, 2), EACH);
    CHECK("{\"a\":{\"b\":[7]}}", "MISMATCH step 1 type 7 count 0 \n", KEY("a"), SLICE(1, 2), EACH);
}

static void test_whole_values(void **state)
{
    (void)state;
    const struct frame_step step[] = {EACH};
    struct frame_options options = {
        .steps = step, .step_count = 1, .ends = true, .framing = FRAMING_NEST, .whole_max = 8};
    check("[1,2]\n[3,4,5,6]\n{\"a\":1}", options,
          "0:1:1 [1,2]\n0:2:2[0] 3\n0:2:4[1] 4\n0:2:6[2] 5\n0:2:8[3] 6\nEND step 0 type 6 count 4 \n0:3:1 {\"a\":1}\n");
    check("[1,2,34]", options, "0:1:1 [1,2,34]\n");
    check("[1,2,345]", options, "0:1:2[0] 1\n0:1:4[1] 2\n0:1:6[2] 345\nEND step 0 type 6 count 3 \n");
}

/* A quote that is not closed turns all strings inside out, and no element ends any more: the check that sets in at
 * FRAME_GUARD stops long before the input is in memory. */
static void test_unclosed_quote(void **state)
{
    (void)state;
    enum { LEN = 64 * 1024 * 1024 };
    static const char member[] = "{\"k\":\"v\"},";
    static const struct frame_step each[] = {EACH};
    static const struct frame_step last[] = {INDEX(-1)};
    static const char *const heads[] = {"[1,{\"k\":\"v},", "{\"a\":{\"k\":\"v},", "\n{\"a\":\n{\"k\":\"v},"};
    static const char *const wanted[] = {"BAD 1:15", "BAD 1:17", "BAD 3:12"};
    char *text = mem_zero(LEN, 1);
    for (size_t at = 0; at + sizeof member < LEN; at += sizeof member - 1)
        memcpy(text + at, member, sizeof member - 1);
    for (size_t i = 0; i < 4; i++) {
        size_t which = i < 3 ? i : 0;
        memcpy(text, "          {\"k\":\"v\"},          ", 30); /* the last head is gone */
        memcpy(text, heads[which], strlen(heads[which]));
        memcpy(text + strlen(heads[which]), member, sizeof member - 1);
        memset(text + strlen(heads[which]) + sizeof member - 1, ' ', 10);
        struct frame_options options = {
            .framing = FRAMING_NEST, .steps = i == 3 ? last : each, .step_count = i == 2 ? 0 : 1};
        char *files[] = {file_with(text, LEN)};
        struct frame *frame = frame_open(files, 1, &options);
        struct batch batch = {0};
        struct buffer got = {0};
        bool good = true;
        while (good && source_next(frame_source(frame), &batch))
            good = batch.kind == BATCH_VALUES ? add_values(&got, &batch) : add_elements(&got, &batch);
        if (good) {
            const char *byte = strstr(batch.error, ": byte ");
            assert_non_null(byte);
            buffer_add_format(&got, "BAD %c:%d\n", byte[-1], atoi(byte + 7));
        }
        buffer_add_char(&got, '\0');
        if (!strstr(got.data, wanted[which]))
            fail_msg("%zu: %s instead of %s", i, got.data, wanted[which]);
        assert_true(batch.memory.cap < 4 * (size_t)(4 * 1024 * 1024));
        buffer_free(&got);
        source_release(&batch);
        frame_close(frame);
    }
    free(text);
}

int main(void)
{
    diag_start("test_frame_steps");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),    cmocka_unit_test(test_keys),         cmocka_unit_test(test_indexes),
        cmocka_unit_test(test_slices),  cmocka_unit_test(test_whole_values), cmocka_unit_test(test_unclosed_quote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* frame: every framing, with every way of cutting the input into reads and batches. */
#include "frame_ways.h"

static void test_lines(void **state)
{
    (void)state;
    check("{\"a\":1}\n{\"a\":\n3}\nx\n", (struct frame_options){0},
          "0:1:1 {\"a\":1}\n0:2:1 {\"a\":\n0:3:1 3}\n0:4:1 x\n");
    check("{}\r\n\r\n\n  [1]\r\n5", (struct frame_options){0}, "0:1:1 {}\n0:4:3 [1]\n0:5:1 5\n");
    check("\n\n {}\n{}", (struct frame_options){0}, "0:3:2 {}\n0:4:1 {}\n");
    check("", (struct frame_options){0}, "");
    check("\n", (struct frame_options){0}, "");
    check("{\"a\":}\n{}\n", (struct frame_options){0}, "0:1:1 {\"a\":}\n0:2:1 {}\n");
    check("{\"a\":1} x\n{}\n", (struct frame_options){0}, "0:1:1 {\"a\":1} x\n0:2:1 {}\n");
}

static void test_lines_read_on(void **state)
{
    (void)state;
    struct frame_options options = {.reads_on = true};
    check("{\"a\":1}\n{\"a\":\n3}\n4\n", options, "0:1:1 {\"a\":1}\n0:2:1 {\"a\":\n3}\n0:4:1 4\n");
    check("1\n[\n1\n,\n\n\n2\n]\n\n3 4\n\"x\"\n{\n\"a\"\n:\n{}\n}", options,
          "0:1:1 1\n0:2:1 [\n1\n,\n\n\n2\n]\n0:10:1 3\n0:10:3 4\n0:11:1 \"x\"\n0:12:1 {\n\"a\"\n:\n{}\n}\n");
    check("{}\n{\"a\":\n", options, "0:1:1 {}\nBAD 3:1\n");
    check("\x1e{}\n\x1e[\n]\n\x1e{}\n", options, "0:1:2 {}\n0:2:2 [\n]\n0:4:2 {}\n");
}

static void test_lines_as_they_are(void **state)
{
    (void)state;
    struct frame_options options = {.lines = true};
    check("a\tb\n[\n\n1\n", options, "0:1:1 a\tb\n0:2:1 [\n0:4:1 1\n");
    check_all_ways("a\0b\n\x1e" "c", 6, options, "0:1:1 a\0b\n");
}

static void test_mark_and_separators(void **state)
{
    (void)state;
    check("\xef\xbb\xbf{\"a\":1}\n{}\n", (struct frame_options){0}, "0:1:4 {\"a\":1}\n0:2:1 {}\n");
    check("\x1e{\"a\":1}\n\x1e{}\n", (struct frame_options){0}, "0:1:2 {\"a\":1}\n0:2:2 {}\n");
    check("\x1e{\"a\":\n1}\n\x1e{}\n", (struct frame_options){0}, "0:1:2 {\"a\":\n1}\n0:3:2 {}\n");
    check("\x1e[1]\x1e[2]\x1e\n3", (struct frame_options){0}, "0:1:2 [1]\n0:1:6 [2]\n0:2:1 3\n");
    struct frame_options streamed = {.elements = true, .framing = FRAMING_NEST, .whole_max = 1};
    check("\x1e[1,2]\x1e[3]", streamed, "0:1:3[0] 1\n0:1:5[1] 2\n0:1:9[0] 3\n");
    check("\x1e[1,\x1e 2]", streamed, "0:1:3[0] 1\nBAD 1:5\n");
    check("\xef\xbb\xbf", (struct frame_options){0}, "");
    check("\xef\xbb", (struct frame_options){0}, "0:1:1 \xef\xbb\n");
    struct frame_options lines = {.lines = true};
    check("\xef\xbb\xbf" "a\n", lines, "0:1:1 \xef\xbb\xbf" "a\n");
}

static void test_values(void **state)
{
    (void)state;
    struct frame_options options = {0};
    check("{\n \"a\": \"}\\\"]\"\n}\n[1,\n2] 7 \"x\"\n\"y\"true\n", options,
          "0:1:1 {\n \"a\": \"}\\\"]\"\n}\n0:4:1 [1,\n2]\n0:5:4 7\n0:5:6 \"x\"\n0:6:1 \"y\"\n0:6:4 true\n");
    check("{}{} {}", options, "0:1:1 {}\n0:1:3 {}\n0:1:6 {}\n");
    check_all_ways("[\n1]\0[2]", 8, options, "0:1:1 [\n1]\nBAD 2:3\n");
    check("[\n1", options, "BAD 2:2\n");
    options.framing = FRAMING_NEST;
    check("1\n2 3\n", options, "0:1:1 1\n0:2:1 2\n0:2:3 3\n");
    check("12", options, "0:1:1 12\n");
}

static void test_elements(void **state)
{
    (void)state;
    struct frame_options options = {.elements = true, .framing = FRAMING_NEST, .whole_max = 1};
    check("[1, {\"a\":[2,\"],\"]} ,\n 3 ]\n[[4],5]", options,
          "0:1:2[0] 1\n0:1:5[1] {\"a\":[2,\"],\"]}\n0:2:2[2] 3\n0:3:2[0] [4]\n0:3:6[1] 5\n");
    check("[] [ ]", options, "");
    check("[1,]", options, "0:1:2[0] 1\nBAD 1:4\n");
    check("[1,2,\n,3]", options, "0:1:2[0] 1\n0:1:4[1] 2\nBAD 2:1\n");
    check("[1,2", options, "0:1:2[0] 1\nBAD 1:5\n");
    check("[1,{\"a\":", options, "0:1:2[0] 1\nBAD 1:9\n");
    check("[", options, "BAD 1:2\n");
    check("[1}", options, "0:1:2[0] 1\nBAD 1:3\n");
    check("[1] {\"a\":2} [3]", options, "0:1:2[0] 1\n0:1:5 {\"a\":2}\n0:1:14[0] 3\n");
}

int main(void)
{
    diag_start("test_frame");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_lines_read_on),
        cmocka_unit_test(test_lines_as_they_are),
        cmocka_unit_test(test_mark_and_separators),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

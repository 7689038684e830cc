/* sequence: a program over inputs one after the other: what an input is, the status at the end, what is written. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "slice/sequence.h"

static char folder[] = "/tmp/test_sequence.XXXXXX";
static char input[64], output[64];

/* What came of the last run; alive until the next. */
static struct buffer written;

static int run(const char *filter, const char *text, struct sequence_options options)
{
    FILE *file = fopen(input, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    char *files[] = {input};
    struct problem problem = {0};
    options.filter.text = filter;
    options.end = options.end ? options.end : "\n";
    options.end_len = options.end_len ? options.end_len : 1;
    options.files = files;
    options.file_count = 1;
    options.frame.framing = FRAMING_NEST;
    options.frame.lines = options.raw;
    int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600), said = dup(STDERR_FILENO);
    int nothing = open("/dev/null", O_WRONLY);
    assert_true(fd >= 0 && said >= 0 && nothing >= 0);
    dup2(nothing, STDERR_FILENO); /* errors of the programs are printed */
    options.out = output_start(fd, "output");
    int status = sequence_run(&options, &problem);
    output_close(options.out);
    dup2(said, STDERR_FILENO);
    close(said);
    close(nothing);
    written.len = 0;
    assert_true(file_load(output, 1 << 20, &written));
    buffer_add_char(&written, '\0');
    if (status < 0)
        assert_true(problem.status == STATUS_USAGE && problem.text[0]);
    return status;
}

static void expect(const char *filter, const char *text, struct sequence_options options, int status,
                   const char *wanted)
{
    int got = run(filter, text, options);
    if (got != status || strcmp(written.data, wanted) != 0)
        fail_msg("%s on %s: status %d, %s", filter, text, got, written.data);
}

static void test_inputs(void **state)
{
    (void)state;
    const struct sequence_options plain = {0}, null = {.null = true}, raw = {.raw = true}, slurp = {.slurp = true};
    expect(".", "1 [2]\n", plain, 0, "1\n[2]\n");
    expect(".", "", plain, 0, "");
    expect("[., input]", "1 2 3 4", plain, 0, "[1,2]\n[3,4]\n");
    expect("., [inputs]", "1 2", null, 0, "null\n[1,2]\n");
    expect("input_line_number", "1\n\n2\n", plain, 0, "1\n3\n");
    expect(".", "a\n\nb", raw, 0, "\"a\"\n\"\"\n\"b\"\n");
    expect(".", "1 2 {\"a\": 3}", slurp, 0, "[1,2,{\"a\":3}]\n");
    expect(".", "", slurp, 0, "[]\n");
    expect(".", "a\nb\n", (struct sequence_options){.raw = true, .slurp = true}, 0, "\"a\\nb\\n\"\n");
    expect(".", "[1,[]] 2", (struct sequence_options){.stream = true}, 0, "[[0],1]\n[[1],[]]\n[[1]]\n[[],2]\n");
    expect("., input", "1 2", (struct sequence_options){.null = true, .slurp = true}, 0, "null\n[1,2]\n");
    expect(".", "[1]", (struct sequence_options){.slurp = true, .stream = true}, 0, "[[[0],1],[[0]]]\n");
}

static void test_results(void **state)
{
    (void)state;
    expect(".[]", "[1,2,3]", (struct sequence_options){.has_limit = true, .limit = 2}, 0, "1\n2\n");
    expect(".[]", "[1,2,3]", (struct sequence_options){.has_limit = true}, 0, "");
    expect(".", "1 2", (struct sequence_options){.seq = true}, 0, "\x1e" "1\n\x1e" "2\n");
    expect(".", "\"a\" 2", (struct sequence_options){.layout = {.raw = true}, .end = ";"}, 0, "a;2;");
    expect(".", "[1]", (struct sequence_options){.layout = {.indent = 1}, .flush = true}, 0, "[\n 1\n]\n");
    struct sequence_options nul = {.layout = {.raw = true}, .end = "\0", .end_len = 1};
    assert_int_equal(run(".", "\"a\" \"b\"", nul), 0);
    assert_memory_equal(written.data, "a\0b\0", 5);
    assert_int_equal(run(".", "\"a\" \"\\u0000\" \"b\"", nul), STATUS_DATA);
    assert_memory_equal(written.data, "a\0", 3);
}

static void test_statuses(void **state)
{
    (void)state;
    const struct sequence_options plain = {0}, status = {.exit_status = true}, forgiving = {.forgiving = true};
    expect(".", "1 false", status, SEQUENCE_FALSE, "1\nfalse\n");
    expect(".", "false 1", status, 0, "false\n1\n");
    expect("empty", "1", status, SEQUENCE_NONE, "");
    expect("halt", "1", status, 0, "");
    expect("., halt_error(7), 2", "1 2", plain, 7, "1\n");
    expect(".a", "{\"a\":1} 2 {\"a\":3}", plain, STATUS_DATA, "1\n");
    expect(".a", "{\"a\":1} 2 {\"a\":3}", forgiving, STATUS_OK, "1\n3\n");
    expect(".a", "{\"a\":1} 2", forgiving, SEQUENCE_ERROR, "1\n");
    expect(".", "1 ] 2", plain, STATUS_DATA, "1\n");
    expect(".", "1 ] 2", forgiving, SEQUENCE_BAD_INPUT, "1\n");
    expect("[inputs]", "1 ] 2", plain, STATUS_DATA, "");
    expect("try input catch .", "1", plain, 0, "\"No more inputs\"\n");
    assert_int_equal(run(". |", "1", plain), -1);
}

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(input, sizeof input, "%s/input", folder);
    snprintf(output, sizeof output, "%s/output", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    buffer_free(&written);
    unlink(input);
    unlink(output);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inputs),
        cmocka_unit_test(test_results),
        cmocka_unit_test(test_statuses),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

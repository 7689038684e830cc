/* common/jq as a library: results and messages, limits, the slots of a walk, the table of functions. What the language
 * means is in tests/interop/jq-*.tap.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "jq/jq.h"
#include "json/walk/walk.h"

struct run {
    struct jq_machine *machine;
    struct buffer out;
    unsigned left; /* results to take */
    bool stop;
};

static bool emit(void *context, struct jq_value result)
{
    struct run *run = context;
    jq_write(run->machine, result, &(struct jq_layout){0}, &run->out);
    buffer_add_char(&run->out, '\n');
    return --run->left > 0;
}

/* Runs the program, which is freed, over a record; the results, or the error behind them, in run->out. */
static enum jq_outcome run_over(struct run *run, struct jq_program *program, const struct jq_settings *settings,
                                const struct jq_input *record)
{
    run->machine = jq_machine_new(program, settings);
    run->left = run->left ? run->left : 1000;
    enum jq_outcome outcome = jq_run(run->machine, record, emit, run);
    if (outcome == JQ_FAILED) {
        size_t len;
        const char *message = jq_message(run->machine, &len);
        buffer_add(&run->out, message, len);
    }
    buffer_add_char(&run->out, '\0');
    jq_machine_free(run->machine);
    jq_program_free(program);
    return outcome;
}

/* Runs text over input; the results, or the error behind them, in run->out. */
static enum jq_outcome run_with(struct run *run, const char *text, const char *input, struct jq_settings settings)
{
    struct problem problem = {0};
    struct jq_program *program = jq_compile(text, strlen(text), settings.variables, settings.variable_count, &problem);
    if (!program)
        fail_msg("%s: %s", text, problem.text);
    struct span span = {.text = input, .len = strlen(input)};
    return run_over(run, program, &settings, &(struct jq_input){.text = span, .spaced = true});
}

static void expect(const char *text, const char *input, enum jq_outcome outcome, const char *wanted)
{
    struct run run = {0};
    assert_int_equal(run_with(&run, text, input, (struct jq_settings){0}), outcome);
    assert_string_equal(run.out.data, wanted);
    buffer_free(&run.out);
}

static void texts_stay(void **state)
{
    (void)state;
    expect(".", "{\"a\": 1.000, \"b\":\"\\u0041\"}", JQ_DONE, "{\"a\":1.000,\"b\":\"\\u0041\"}\n");
    expect("del(.b)", "{\"a\": 1e2, \"b\": 1, \"c\": [1.0, 2]}", JQ_DONE, "{\"a\":1e2,\"c\":[1.0,2]}\n");
    expect(".a", "{\"a\":1,\"b\":2,\"a\":3}", JQ_DONE, "3\n");
    expect(".b=0", "{\"a\":1,\"b\":2,\"a\":3}", JQ_DONE, "{\"a\":3,\"b\":0}\n");
}

static void whole_numbers_are_exact(void **state)
{
    (void)state;
    expect(".+1", "9223372036854775807", JQ_DONE, "9223372036854775808\n");
    expect(".*.", "9007199254740993", JQ_DONE, "81129638414606699710187514626049\n");
    expect(".*10", "17014118346046923173168730371588410572", JQ_DONE, "170141183460469231731687303715884105720\n");
    expect(".*100", "17014118346046923173168730371588410572", JQ_DONE, "1.7014118346046923e+39\n");
    expect(". == 9007199254740992", "9007199254740993", JQ_DONE, "false\n");
}

static void messages(void **state)
{
    (void)state;
    expect(".a", "1", JQ_FAILED, "Cannot index number with \"a\"");
    expect(".[]", "null", JQ_FAILED, "Cannot iterate over null");
    expect("1,error(\"x\")", "null", JQ_FAILED, "1\nx");
    expect(". + {}", "\"abcdefghijklmnopqrstuvwxyzabcdefgh\"", JQ_FAILED,
           "string (\"abcdefghijklmnopqrstuvwxy...) and object ({}) cannot be added");
}

static void compile_errors_have_a_place(void **state)
{
    (void)state;
    struct problem problem = {0};
    assert_null(jq_compile(".a | nope(1)", 12, NULL, 0, &problem));
    assert_int_equal(problem.offset, 5);
    assert_string_equal(problem.text, "nope/1 is not defined");
    struct problem deep = {0};
    char text[3 * JQ_NESTING_MAX];
    memset(text, '[', sizeof text);
    assert_null(jq_compile(text, sizeof text, NULL, 0, &deep));
    assert_non_null(strstr(deep.text, "deep"));
}

static void recursion_has_a_limit(void **state)
{
    (void)state;
    expect("def f: 1 + f; f", "null", JQ_FAILED, "the program recurses, or a value is nested, too deep");
    expect("try (def f: 1 + f; f) catch 1", "null", JQ_FAILED, "the program recurses, or a value is nested, too deep");
    expect("def f: if . < 1000000 then . + 1 | f else . end; f", "0", JQ_DONE, "1000000\n");
    expect("[recurse(if . < 100000 then . + 1 else empty end)] | length", "0", JQ_DONE, "100001\n");
    expect("reduce range(100000) as $i (0; [.]) | 1", "null", JQ_DONE, "1\n");
}

static void memory_has_a_limit(void **state)
{
    (void)state;
    struct run run = {0};
    assert_int_equal(run_with(&run, "try [range(1e9)] catch 1", "null", (struct jq_settings){.memory_limit = 8 << 20}),
                     JQ_FAILED);
    assert_non_null(strstr(run.out.data, "more than 8388608 bytes"));
    buffer_free(&run.out);
    struct run counted = {0}; /* an array that is only counted is not made */
    assert_int_equal(run_with(&counted, "([range(1e6)] | length), ([range(1e6)] | length | . + 1)", "null",
                              (struct jq_settings){.memory_limit = 1 << 20}),
                     JQ_DONE);
    assert_string_equal(counted.out.data, "1000000\n1000001\n");
    buffer_free(&counted.out);
}

static void a_run_can_be_stopped(void **state)
{
    (void)state;
    volatile bool stop = true;
    struct run run = {0};
    assert_int_equal(run_with(&run, "def f: f; f", "null", (struct jq_settings){.stop = &stop}), JQ_STOPPED);
    buffer_free(&run.out);
    struct run few = {.left = 2};
    assert_int_equal(run_with(&few, "repeat(1)", "null", (struct jq_settings){0}), JQ_STOPPED);
    assert_string_equal(few.out.data, "1\n1\n");
    buffer_free(&few.out);
}

static void variables_come_from_outside(void **state)
{
    (void)state;
    struct jq_variable variables[] = {{"text", "a\"b", 3, false}, {"json", "[1]", 3, true}};
    struct run run = {0};
    assert_int_equal(run_with(&run, "[$text, $json[0], $ARGS.named]", "null",
                              (struct jq_settings){.variables = variables, .variable_count = 2}),
                     JQ_DONE);
    assert_string_equal(run.out.data, "[\"a\\\"b\",1,{}]\n");
    buffer_free(&run.out);
}

static void slots_are_used(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct jq_program *program = jq_compile(".a.b", 4, NULL, 0, &problem);
    const struct path_set *paths = jq_program_paths(program);
    assert_int_equal(paths->count, 2);
    struct run run = {.machine = jq_machine_new(program, &(struct jq_settings){0}), .left = 9};
    const char *text = "{\"a\":{\"b\":1,\"c\":2}}";
    struct span slots[2] = {{0}, {0}};
    for (size_t i = 0; i < 2; i++)
        if (paths->paths[i]->count == 2) /* another value than .a.b has, to see that it is taken */
            slots[i] = (struct span){.text = text + 16, .len = 1, .type = SPAN_NUMBER};
    const struct jq_input input = {.text = {.text = text, .len = strlen(text)}, .slots = slots};
    assert_int_equal(jq_run(run.machine, &input, emit, &run), JQ_DONE);
    buffer_add_char(&run.out, '\0');
    assert_string_equal(run.out.data, "2\n");
    jq_machine_free(run.machine);
    jq_program_free(program);
    buffer_free(&run.out);
}

static void examples_of_all_functions_run(void **state)
{
    (void)state;
    struct jq_entry entry;
    size_t count = 0;
    for (; jq_function_entry(count, &entry); count++) {
        struct problem problem = {0};
        assert_non_null(entry.description);
        struct jq_program *program = jq_compile(entry.example, strlen(entry.example), NULL, 0, &problem);
        if (!program)
            fail_msg("%s/%u: %s: %s", entry.name, entry.arity, entry.example, problem.text);
        assert_non_null(strstr(entry.example, entry.name));
        jq_program_free(program);
    }
    assert_true(count > 200);
}

/* What the program gives for a record as the walk has it, with its tokens: in run->out. */
static void run_walked(struct run *run, const char *text, const char *input)
{
    struct problem problem = {0};
    struct jq_program *program = jq_compile(text, strlen(text), NULL, 0, &problem);
    assert_non_null(program);
    struct walk_plan *plan = walk_plan_new(jq_program_paths(program));
    struct walk *walk = walk_new(plan, WALK_VALUES);
    struct buffer padded = {0};
    buffer_add_text(&padded, input);
    buffer_reserve(&padded, 64);
    memset(padded.data + padded.len, 0, 64);
    *run = (struct run){0};
    walk_start(walk, padded.data, padded.len, SCAN_BY_VALUE);
    assert_int_equal(walk_next(walk), WALK_RECORD);
    assert_non_null(walk_piece(walk));
    const struct jq_input record = {walk->record, walk->spaced, walk->slots, walk_piece(walk)};
    run_over(run, program, &(struct jq_settings){0}, &record);
    walk_free(walk);
    walk_plan_free(plan);
    buffer_free(&padded);
}

/* The program, and the same where nothing is edited, over text and over tokens. */
static void expect_edit(const char *text, const char *input, const char *wanted)
{
    char built[256];
    snprintf(built, sizeof built, "(%s) | .", text);
    for (int way = 0; way < 4; way++) {
        struct run run = {0};
        const char *program = way % 2 ? built : text;
        if (way < 2)
            run_with(&run, program, input, (struct jq_settings){0});
        else
            run_walked(&run, program, input);
        assert_string_equal(run.out.data, wanted);
        buffer_free(&run.out);
    }
}

/* Longer than what is stepped over without tokens. */
#define LONG "\"l\":\"0123456789012345678901234567890123456789012345678901234567890123\""

static void edits_copy_the_text(void **state)
{
    (void)state;
    const char *record = "{\"a\": 1.0, \"b\" : [{\"c\":1,\"d\":[]},{\"d\":2 , \"c\":2}] ,\"e\":{},\n" LONG "}";
    expect_edit("del(.a)", record, "{\"b\":[{\"c\":1,\"d\":[]},{\"d\":2,\"c\":2}],\"e\":{}," LONG "}\n");
    expect_edit("del(.a, .b, .l)", record, "{\"e\":{}}\n");
    expect_edit("del(.b, .e, .l)", record, "{\"a\":1.0}\n");
    expect_edit("del(.a, .b, .e, .l, .x.y)", record, "{}\n");
    expect_edit("del(.b[].c, .l)", record, "{\"a\":1.0,\"b\":[{\"d\":[]},{\"d\":2}],\"e\":{}}\n");
    expect_edit("del(.b[], .l)", record, "{\"a\":1.0,\"b\":[],\"e\":{}}\n");
    expect_edit("del(.b[] | select(.c == 1)) | del(.l)", record,
                "{\"a\":1.0,\"b\":[{\"d\":2,\"c\":2}],\"e\":{}}\n");
    expect_edit(".b |= map(.d = 0) | .e.f += 1 | .n = .a | del(.l)", record,
                "{\"a\":1.0,\"b\":[{\"c\":1,\"d\":0},{\"d\":0,\"c\":2}],\"e\":{\"f\":1},\"n\":1.0}\n");
    expect_edit(".b[].c |= empty | del(.l, .e)", record, "{\"a\":1.0,\"b\":[{\"d\":[]},{\"d\":2}]}\n");
    expect_edit("map_values(type)", record, "{\"a\":\"number\",\"b\":\"array\",\"e\":\"object\",\"l\":\"string\"}\n");
}

static void edits_leave_what_is_not_plain(void **state)
{
    (void)state;
    expect_edit("del(.a)", "{\"b\":1,\"a\":2,\"b\":3," LONG "}", "{\"b\":3," LONG "}\n");
    expect_edit("del(.a)", "{\"\\u0061\":1,\"\\u0062\":2," LONG "}", "{\"b\":2," LONG "}\n");
    expect_edit("del(.a.b)", "{\"a\":null," LONG "}", "{\"a\":null," LONG "}\n");
    expect_edit("del(.a.b[])", "{" LONG "}", "Cannot iterate over null");
    expect_edit("del(.a.b)", "{\"a\":[1]," LONG "}", "Cannot index array with \"b\"");
    expect_edit(".a |= error", "{\"a\":[1]," LONG "}", "[1]");
    expect_edit("(.a | select(.b)) |= 1", "{" LONG "}", "{" LONG "}\n");
    expect_edit("(.a[1].c | select(.)) |= 1", "{\"a\":[]," LONG "}", "{\"a\":[]," LONG "}\n");
    expect_edit(". |= empty", "[" "{" LONG "}]", "null\n");
}

/* del(.) makes null of its input: what it stands for stays. */
static void edits_of_a_whole_place(void **state)
{
    (void)state;
    const char *list = "[1,2,{" LONG "}]", *record = "{\"a\":{\"b\":1}," LONG "}";
    expect_edit("map(del(.))", list, "[null,null,null]\n");
    expect_edit("map(del(select(. == 1)))[:2]", list, "[null,2]\n");
    expect_edit("map(del(select(. == 1))) | .[2] = 3", list, "[null,2,3]\n");
    expect_edit("map(. |= empty)", list, "[null,null,null]\n");
    expect_edit(".a |= del(.)", record, "{\"a\":null," LONG "}\n");
    expect_edit(".a |= del(select(.b))", record, "{\"a\":null," LONG "}\n");
    expect_edit(".a |= (.b |= (select(. == 1) |= empty))", record, "{\"a\":{\"b\":null}," LONG "}\n");
    expect_edit(".a |= (.b |= empty)", record, "{\"a\":{}," LONG "}\n");
}

static void layouts(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct jq_program *program = jq_compile(".", 1, NULL, 0, &problem);
    struct run run = {.machine = jq_machine_new(program, &(struct jq_settings){0}), .left = 9};
    struct jq_colors colors;
    assert_true(jq_colors_parse(&colors, NULL));
    assert_false(jq_colors_parse(&colors, "x"));
    assert_true(jq_colors_parse(&colors, "0;31:0;32"));
    assert_string_equal(colors.start[JQ_COLOR_FALSE], "\x1b[0;32m");
    jq_machine_free(run.machine);
    jq_program_free(program);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_stay),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(messages),
        cmocka_unit_test(compile_errors_have_a_place),
        cmocka_unit_test(recursion_has_a_limit),
        cmocka_unit_test(memory_has_a_limit),
        cmocka_unit_test(a_run_can_be_stopped),
        cmocka_unit_test(variables_come_from_outside),
        cmocka_unit_test(slots_are_used),
        cmocka_unit_test(examples_of_all_functions_run),
        cmocka_unit_test(edits_copy_the_text),
        cmocka_unit_test(edits_leave_what_is_not_plain),
        cmocka_unit_test(edits_of_a_whole_place),
        cmocka_unit_test(layouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* variables: what --arg and its relatives make of their texts and files, and $ARGS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "slice/variables.h"

static char folder[] = "/tmp/test_variables.XXXXXX";

static const char *file_of(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "%s/file", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void test_kinds(void **state)
{
    (void)state;
    static const struct {
        enum variables_kind kind;
        const char *text, *value; /* NULL: an error; of SLURP and RAW text is what the file holds */
    } cases[] = {
        {VARIABLES_STRING, "", "\"\""},
        {VARIABLES_STRING, "a \"b\"\n", "\"a \\\"b\\\"\\n\""},
        {VARIABLES_JSON, " {\"a\": [1.0, 2]} ", "{\"a\":[1.0,2]}"},
        {VARIABLES_JSON, "", NULL},
        {VARIABLES_JSON, "{", NULL},
        {VARIABLES_JSON, "1 2", NULL},
        {VARIABLES_SLURP, "", "[]"},
        {VARIABLES_SLURP, "1 \"a\"\n{\"b\":\n2}", "[1,\"a\",{\"b\":2}]"},
        {VARIABLES_SLURP, "1 ]", NULL},
        {VARIABLES_RAW, "", "\"\""},
        {VARIABLES_RAW, "a\tb\n", "\"a\\tb\\n\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct variables variables = {0};
        struct problem problem = {0};
        bool file = cases[i].kind == VARIABLES_SLURP || cases[i].kind == VARIABLES_RAW;
        const char *text = file ? file_of(cases[i].text) : cases[i].text;
        bool good = variables_add(&variables, cases[i].kind, "--option", "x", text, &problem);
        if (good != (cases[i].value != NULL))
            fail_msg("case %zu: %s", i, problem.text);
        if (good) {
            assert_int_equal(variables.count, 1);
            assert_string_equal(variables.list[0].name, "x");
            assert_true(variables.list[0].json);
            assert_int_equal(variables.list[0].len, strlen(cases[i].value));
            assert_memory_equal(variables.list[0].text, cases[i].value, variables.list[0].len);
        } else {
            assert_int_equal(problem.status, STATUS_USAGE);
            assert_non_null(strstr(problem.text, "--option"));
            assert_int_equal(variables.count, 0);
            assert_string_equal(variables_args(&variables), "{\"positional\":[],\"named\":{}}");
        }
        variables_free(&variables);
    }
}

static void test_files_that_are_not_there(void **state)
{
    (void)state;
    for (enum variables_kind kind = VARIABLES_SLURP; kind <= VARIABLES_RAW; kind++) {
        struct variables variables = {0};
        struct problem problem = {0};
        assert_false(variables_add(&variables, kind, "--option", "x", "/nowhere/at/all", &problem));
        assert_non_null(strstr(problem.text, "No such file or directory"));
        variables_free(&variables);
    }
}

static void test_args(void **state)
{
    (void)state;
    struct variables variables = {0};
    struct problem problem = {0};
    char names[40][8];
    assert_true(variables_positional(&variables, false, "a\"", &problem));
    assert_true(variables_positional(&variables, true, " [1, 2]", &problem));
    assert_true(variables_add(&variables, VARIABLES_STRING, "--arg", "x", "1", &problem));
    assert_true(variables_add(&variables, VARIABLES_JSON, "--argjson", "y\"", "2", &problem));
    assert_true(variables_add(&variables, VARIABLES_JSON, "--argjson", "x", "3", &problem)); /* the first one counts */
    assert_string_equal(variables_args(&variables),
                        "{\"positional\":[\"a\\\"\",[1,2]],\"named\":{\"x\":\"1\",\"y\\\"\":2}}");
    assert_false(variables_add(&variables, VARIABLES_JSON, "--argjson", "x", "nothing", &problem));
    assert_false(variables_positional(&variables, true, "[", &problem));
    for (size_t i = 0; i < 40; i++) { /* the list grows, the values stay */
        snprintf(names[i], sizeof names[i], "n%zu", i);
        assert_true(variables_add(&variables, VARIABLES_STRING, "--arg", names[i], names[i], &problem));
    }
    assert_int_equal(variables.count, 42);
    assert_memory_equal(variables.list[0].text, "\"1\"", 3);
    assert_memory_equal(variables.list[41].text, "\"n39\"", 5);
    variables_free(&variables);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(file_of(""));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_files_that_are_not_there),
        cmocka_unit_test(test_args),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}

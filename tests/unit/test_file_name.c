/* file_name: text, expressions and braces; what values become in names; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "expr/file_name.h"

static void name_is(const char *text, const char *json, const char *wanted, const char *folder)
{
    struct path_set paths = {0};
    struct problem problem = {0};
    struct arena arena = {0};
    struct buffer made = {0};
    const struct expr_options options = {.paths = &paths};
    struct file_name *name = file_name_compile("--split", text, NULL, &options, &problem);
    assert_non_null(name);
    struct span slots[2] = {{.text = json, .len = strlen(json), .type = SPAN_STRING}};
    slots[0].escaped = strchr(json, '\\') != NULL;
    slots[1] = slots[0];
    struct row row = {.slots = slots, .arena = &arena};
    file_name_write(name, &row, &made);
    buffer_add_char(&made, '\0');
    assert_string_equal(made.data, wanted);
    assert_string_equal(file_name_folder(name), folder);
    file_name_free(name);
    buffer_free(&made);
    arena_free(&arena);
    path_set_free(&paths);
}

static void names(void **state)
{
    (void)state;
    name_is("a/b/{x}.csv", "\"v\"", "a/b/v.csv", "a/b");
    name_is("{x}", "\"..\"", "%2E.", ".");
    name_is("/{x}{x}", "\".\"", "/%2E%2E", "/");
    name_is("{x}/{{{x}}}", "\"a/b\"", "a%2Fb/{a%2Fb}", ".");
    name_is("{concat('\\'}', x, r'}\\', `x`, \"\\\"}\")}", "\"v\"", "%27}v}%5Cv%22}", ".");
    name_is("{upper(x)}-{'}'}", "\"e\"", "E-}", ".");
    name_is("{x}", "\"\"", "__HIVE_DEFAULT_PARTITION__", ".");
    name_is("{nullif(x, 'n')}", "\"n\"", "__HIVE_DEFAULT_PARTITION__", ".");
    name_is("{x}", "\"\\u0000%\\u00e4\"", "%00%25\xc3\xa4", ".");
}

static void refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "a", "{{a}}", "{", "a}", "{a", "{}", "{a b c}", "{nope(a)}", "{'a}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct path_set paths = {0};
        struct problem problem = {0};
        const struct expr_options options = {.paths = &paths};
        assert_null(file_name_compile("--split", wrong[i], NULL, &options, &problem));
        assert_int_equal(problem.status, STATUS_USAGE);
        path_set_free(&paths);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

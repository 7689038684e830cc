/* problem: the first one stays, each kind has its status, long texts are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/problem.h"

static void the_first_stays(void **state)
{
    (void)state;
    struct problem problem = {0};
    assert_false(problem_set(&problem, STATUS_DATA, "%s:%d: bad", "f", 3));
    assert_false(problem_usage(&problem, "later"));
    assert_false(problem_caret(&problem, "filter", ".a b", 3, "later"));
    assert_int_equal(problem.status, STATUS_DATA);
    assert_string_equal(problem.text, "f:3: bad");
    assert_false(problem.hint);
    assert_null(problem.argument);
}

static void kinds(void **state)
{
    (void)state;
    struct problem usage = {0}, caret = {0};
    problem_usage(&usage, "-n %s: no number", "x");
    assert_int_equal(usage.status, STATUS_USAGE);
    assert_true(usage.hint);
    problem_caret(&caret, "filter", ".a b", 3, "expected %s"); /* a text, not a format */
    assert_int_equal(caret.status, STATUS_USAGE);
    assert_string_equal(caret.text, "expected %s");
    assert_string_equal(caret.argument, ".a b");
    assert_int_equal(caret.offset, 3);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    static char text[2 * DIAG_TEXT_MAX];
    memset(text, 'x', sizeof text - 1);
    struct problem problem = {0};
    problem_set(&problem, STATUS_IO, "%s", text);
    assert_int_equal(strlen(problem.text), DIAG_TEXT_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_stays),
        cmocka_unit_test(kinds),
        cmocka_unit_test(long_texts_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

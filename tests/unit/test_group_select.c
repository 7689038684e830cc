/* select of group: what may stand where; which items are computed of a record; wrong lists are problems with a
 * place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "group/select.h"

static struct group_select *make(const char *keys, const char *list, const char *having, const char *order,
                                 bool merging, struct path_set *paths, struct problem *problem)
{
    const struct expr_options options = {.aggregates = true, .aggregate_at = aggregate_function_at, .paths = paths};
    *problem = (struct problem){0};
    return group_select_new(keys, list, having, order, merging, &options, problem);
}

static void what_is_asked_is_known(void **state)
{
    (void)state;
    struct path_set paths = {0};
    struct problem problem;
    struct group_select *select = make("a, lower(b) as l", "count(*) as n, sum(c), sum(c) + 1 as m, max(length(l))",
                                       "n > 1 and avg(c) > 2", "min(d)", false, &paths, &problem);
    assert_non_null(select);
    assert_int_equal(select->key_count, 2);
    assert_true(select->keys[0].plain && !select->keys[1].plain);
    assert_int_equal(select->select->count, 6);
    assert_int_equal(select->aggregates->count, 5); /* sum(c) once; those of having and order too */
    assert_true(select->having && select->order && select->order->count == 1);
    group_select_free(select);
    path_set_free(&paths);
}

static void wrong_lists_are_problems(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *list, *having, *order, *says;
        bool merging;
    } wrong[] = {
        {"a", "b", NULL, NULL, "b is neither a key (-g) nor in an aggregate", false},
        {"a", "count(*), *", NULL, NULL, "* can't be grouped", false},
        {"*", "count(*)", NULL, NULL, "name the keys", false},
        {"a", "count(*)", "c > 1", NULL, "c is neither a key", false},
        {"a", "count(*)", NULL, "c", "c is neither a key", false},
        {"count(*)", "count(*)", NULL, NULL, "cannot stand here", false},
        {"a", "sum(count(*))", NULL, NULL, "within an aggregate", false},
        {"a", "count(*)", "sum(c) > 1", NULL, "not in the select list", true},
        {"a", "percentile(b, 7)", NULL, NULL, "a fraction from 0 to 1", false},
        {"a", "summ(b)", NULL, NULL, "did you mean sum?", false},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct path_set paths = {0};
        struct problem problem;
        assert_null(
            make(wrong[i].keys, wrong[i].list, wrong[i].having, wrong[i].order, wrong[i].merging, &paths, &problem));
        assert_int_equal(problem.status, STATUS_USAGE);
        if (!strstr(problem.text, wrong[i].says))
            fail_msg("%s: %s", wrong[i].list, problem.text);
        if (problem.argument != wrong[i].keys && problem.argument != wrong[i].having &&
            problem.argument != wrong[i].order)
            free((void *)(uintptr_t)problem.argument);
        path_set_free(&paths);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_asked_is_known),
                                       cmocka_unit_test(wrong_lists_are_problems)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

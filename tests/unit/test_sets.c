/* group_sets: what -g says, as keys, a list and grouping sets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/mem.h"
#include "group/sets.h"

/* The first items are no aggregates. */
static bool is_key(void *context, size_t item)
{
    return item < *(const size_t *)context;
}

static void expect(const char *keys, const char *list, size_t plain, const char *wanted)
{
    struct group_sets sets = {0};
    struct problem problem = {0};
    char got[DIAG_TEXT_MAX];
    if (!group_sets_read(keys, list, is_key, &plain, &sets, &problem)) {
        snprintf(got, sizeof got, "%s", problem.text);
    } else {
        int len = snprintf(got, sizeof got, "%s|%s|", sets.keys, sets.list);
        for (size_t i = 0; i < sets.count; i++)
            len += snprintf(got + len, sizeof got - (size_t)len, " %llu", (unsigned long long)sets.sets[i]);
        group_sets_free(&sets);
    }
    if (!strstr(got, wanted))
        fail_msg("-g %s: wanted %s, got %s", keys, wanted, got);
}

static void keys_and_lists(void **state)
{
    (void)state;
    expect("a, concat(b, ',') as x", "count(*)", 0, "a, concat(b, ',') as x|count(*)|");
    expect(" a ,a", "sum(x), `b,c`", 0, "a|sum(x), `b,c`|");
    expect("1", "a, sum(x)", 1, "a|sum(x)|");
    expect("2, 1", "a, b", 2, "b, a||");
    expect("all", "a, f(b, c) as d, sum(x)", 2, "a, f(b, c) as d|sum(x)|");
    expect("a", "", 0, "a||");
    expect("2", "a, sum(x)", 1, "an aggregate");
    expect("3", "a, sum(x)", 1, "no item of that number");
    expect("0", "a", 1, "no item of that number");
    expect("a,", "n", 0, "a key is missing");
    expect("a, 'b", "n", 0, "a, 'b|n|"); /* what is not closed is told by who reads it as an expression */
    expect("r'\\', b", "n", 0, "r'\\', b|n|");
}

static void sets_of_keys(void **state)
{
    (void)state;
    expect("rollup(a, b)", "n", 0, "a, b|n| 0 1 3");
    expect("cube(a, b)", "n", 0, "a, b|n| 0 1 2 3");
    expect("ROLLUP ((a, b), c)", "n", 0, "a, b, c|n| 0 1 7");
    expect("a, rollup(b)", "n", 0, "a, b|n| 0 1");
    expect("rollup(a), rollup(b)", "n", 0, "a, b|n| 0 1 2 3");
    expect("grouping sets ((a, b), (b), ())", "n", 0, "a, b|n| 0 2 3");
    expect("grouping sets (a, rollup(b))", "n", 0, "a, b|n| 1 2 3");
    expect("grouping sets ((a), (a))", "n", 0, "a|n| 0 0");
    expect("rollup(substr(a, 1, 2) as x, ')')", "n", 0, "substr(a, 1, 2) as x, ')'|n| 0 1 3");
    expect("cube(a,b,c,d,e,f,g,h,i,j,k,l,m)", "n", 0, "more than 4096");
    expect("cube(a,b,c,d,e,f,g,h,i,j,k), rollup(x, y)", "n", 0, "more than 4096");
    expect("grouping sets ()", "n", 0, "of nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys_and_lists), cmocka_unit_test(sets_of_keys)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

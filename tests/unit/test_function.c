/* The rows of the scalar functions: what they say of themselves is whole, and true. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "expr/expr.h"
#include "expr/function/function.h"
#include "group/aggregate/aggregate.h"
#include "json/path.h"

/* The value of an expression over no record, as a TSV cell without escapes; "null" for null. */
static void evaluate(const char *text, struct buffer *into)
{
    struct path_set paths = {0};
    const struct expr_options options = {.aggregate_at = aggregate_function_at, .paths = &paths};
    struct arena arena = {0};
    struct row row = {.arena = &arena};
    struct problem problem = {0};
    struct expr *expr = expr_compile("example", text, NULL, &options, &problem);
    if (!expr)
        fail_msg("%s: %s", text, problem.text);
    struct value value = expr_eval(expr, &row);
    if (row.error)
        fail_msg("%s: %s", text, row.error);
    assert_int_equal(paths.count, 0);
    into->len = 0;
    if (value.type == VALUE_NULL)
        buffer_add_text(into, "null");
    else
        value_write_plain(&value, into);
    buffer_add_char(into, '\0');
    expr_free(expr);
    arena_free(&arena);
    path_set_free(&paths);
}

/* Each example gives what it says. */
static void test_examples(void **state)
{
    (void)state;
    const struct function *function;
    struct buffer result = {0};
    size_t count = 0;
    for (size_t i = 0; (function = function_at(i, NULL)); i++) {
        char *examples = strdup(function->callable.examples), *rest = examples;
        for (char *line; (line = strsep(&rest, "\n")); count++) {
            char *wanted = strstr(line, " => ");
            if (!wanted)
                fail_msg("%s: no result in: %s", function->callable.name, line);
            *wanted = '\0';
            evaluate(line, &result);
            if (strcmp(result.data, wanted + 4) != 0)
                fail_msg("%s gives %s, its row says %s", line, result.data, wanted + 4);
        }
        free(examples);
    }
    assert_true(count > 250);
    buffer_free(&result);
}

/* True if NAME stands at the start of a line, or of a word of it, in front of a parenthesis. */
static bool called_in(const char *examples, const char *name, size_t len)
{
    for (const char *at = examples; (at = strcasestr(at, name)); at++)
        if (at[len] == '(' && (at == examples || strchr("\n (", at[-1])))
            return true;
    return false;
}

/* Every name has an example, arguments are letters that are known, and nothing is left out. */
static void test_whole(void **state)
{
    (void)state;
    const struct function *function;
    const char *section;
    for (size_t i = 0; (function = function_at(i, &section)); i++) {
        const struct callable *row = &function->callable;
        if (!row->arguments || !row->result || !*row->result || !row->about || !row->examples || !*row->examples)
            fail_msg("%s: its row leaves something out", row->name);
        if (!function->takes || function->takes[strspn(function->takes, "sidnvbDtaxlmoh|*")])
            fail_msg("%s: it takes %s", row->name, function->takes ? function->takes : "nothing");
        if (!function->run && !function->lazy && !function->parse)
            fail_msg("%s: it does nothing", row->name);
        const char *texts[] = {row->result, row->about};
        for (size_t t = 0; t < 2; t++)
            if (*texts[t] && texts[t][strlen(texts[t]) - 1] == '.')
                fail_msg("%s: a full stop behind: %s", row->name, texts[t]);
        char *names = NULL;
        assert_true(asprintf(&names, "%s %s", row->name, row->aliases ? row->aliases : "") > 0);
        for (char *rest = names, *name; (name = strsep(&rest, " "));)
            if (*name && !called_in(row->examples, name, strlen(name)))
                fail_msg("%s: no example calls it %s", row->name, name);
        free(names);
        assert_non_null(section);
    }
}

/* A name means one thing, be it a function or an aggregate, and is found in any case. */
static void test_names(void **state)
{
    (void)state;
    const struct function *function;
    const struct aggregate_function *aggregate;
    for (size_t i = 0; (function = function_at(i, NULL)); i++) {
        const struct callable *row = &function->callable;
        char *names = NULL;
        assert_true(asprintf(&names, "%s %s", row->name, row->aliases ? row->aliases : "") > 0);
        for (char *rest = names, *name; (name = strsep(&rest, " "));) {
            size_t len = strlen(name);
            if (len == 0)
                continue;
            if (function_find(name, len) != function)
                fail_msg("%s is another function's name, too", name);
            for (size_t a = 0; (aggregate = aggregate_function_at(a)); a++)
                if (callable_named(&aggregate->callable, name, len))
                    fail_msg("%s is an aggregate's name, too", name);
        }
        free(names);
    }
    assert_string_equal(function_find("UPPER", 5)->callable.name, "upper");
    assert_string_equal(function_find("uCase", 5)->callable.name, "upper");
    assert_null(function_find("upper", 4));
    assert_null(function_find("ucase lcase", 11));
    assert_null(function_find("", 0));
}

/* At the ends of what there is, nothing wraps: null or an error instead. */
static void test_ends(void **state)
{
    (void)state;
    static const struct {
        const char *text, *result;
    } cases[] = {
        {"date_trunc('quarter', timestamp_micros(-9223372036854775808))", "null"},
        {"date_trunc('week', timestamp_micros(-9223372036854775808))", "null"},
        {"date_trunc('day', timestamp_micros(-9223372036854775808))", "null"},
        {"unix_micros(date_trunc('day', timestamp_micros(9223372036854775807)))", "9223372022400000000"},
        {"timestampdiff(second, timestamp_micros(-9223372036854775808), timestamp_micros(9223372036854775807))",
         "18446744073709"},
        {"timestampdiff(day, timestamp_micros(-9223372036854775808), timestamp_micros(9223372036854775807))",
         "213503982"},
        {"timestampdiff(month, timestamp_micros(-9223372036854775808), timestamp_micros(9223372036854775807))",
         "7014648"},
        {"months_between(timestamp_micros(-9223372036854775808), timestamp_micros(0)) < -3000000", "true"},
    };
    struct buffer result = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        evaluate(cases[i].text, &result);
        if (strcmp(result.data, cases[i].result) != 0)
            fail_msg("%s gives %s, not %s", cases[i].text, result.data, cases[i].result);
    }
    buffer_free(&result);
}

/* How many arguments the letters allow. */
static void test_counts(void **state)
{
    (void)state;
    static const struct {
        const char *takes;
        size_t least, most;
    } cases[] = {{"", 0, 0},          {"s", 1, 1},          {"ss|i", 2, 3},       {"|xs", 0, 2},
                 {"x*", 0, SIZE_MAX}, {"xx*", 1, SIZE_MAX}, {"s|x*", 1, SIZE_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct function function = {.takes = cases[i].takes};
        size_t least, most;
        function_counts(&function, &least, &most);
        assert_int_equal(least, cases[i].least);
        assert_int_equal(most, cases[i].most);
    }
}

/* The nearest name; swaps, letters left out, and nothing where nothing is near. */
static void test_nearest(void **state)
{
    (void)state;
    static const struct callable rows[] = {
        {.name = "length", .aliases = "len char_length"}, {.name = "count"}, {.name = "concat"}};
    static const struct {
        const char *name, *nearest;
    } cases[] = {{"lenght", "length"},
                 {"cnt", "count"},
                 {"cuont", "count"},
                 {"char_lenght", "char_length"},
                 {"conct", "concat"},
                 {"zzzz", NULL},
                 {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].name);
        struct nearest_name nearest = callable_nearest(len);
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            callable_offer(&nearest, &rows[r], cases[i].name, len);
        if (!cases[i].nearest) {
            assert_null(nearest.name);
            continue;
        }
        assert_non_null(nearest.name);
        assert_int_equal(nearest.len, strlen(cases[i].nearest));
        assert_memory_equal(nearest.name, cases[i].nearest, nearest.len);
    }
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples), cmocka_unit_test(test_whole),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_ends), cmocka_unit_test(test_counts),   cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* over: the examples of its functions, and a partition's rows in memory and in a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "expr/expr.h"
#include "group/aggregate/aggregate.h"
#include "table/form/output_form.h"
#include "table/project.h"
#include "over/store.h"
#include "over/over.h"

static const char *const xs[] = {"10", "20", "20", "null", "40"};
enum { ROWS = sizeof xs / sizeof *xs };

/* What `list` gives for the rows of xs, as TSV without a header, with so much memory, in `got`. */
static void results(const char *list, size_t memory, char *got, size_t cap)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    struct output *out = output_start(dup(fileno(file)), "out");
    struct path_set paths = {0};
    const struct expr_options options = {.paths = &paths, .aggregate_at = aggregate_function_at,
                                         .window_at = over_function_at, .windows = true};
    struct problem problem = {0};
    struct select *select = select_compile("example", list, &options, &problem);
    if (!select)
        fail_msg("%s: %s", list, problem.text);
    struct over_options over_options = {.select = select, .slot_count = paths.count, .memory = memory};
    struct project_options project_options = {.form = output_form_find("tsv")};
    struct project *project = project_new(select, &project_options);
    struct over *window = over_start(&over_options, project, &problem);
    if (!window)
        fail_msg("%s: %s", list, problem.text);
    struct project_writer *writer = project_writer_new(project);
    struct arena arena = {0};
    struct result result = {0};
    for (uint64_t i = 0; i < ROWS; i++) {
        struct span span = {.text = xs[i], .len = strlen(xs[i]), .type = xs[i][0] == 'n' ? SPAN_NULL : SPAN_NUMBER};
        struct row row = {.slots = &span, .arena = &arena};
        assert_true(project_row(writer, &row, false, i, 0, &result));
    }
    project_writer_free(writer);
    assert_int_equal(over_end(window, STATUS_OK, out), STATUS_OK);
    project_finish(project, true, out);
    output_close(out);
    rewind(file);
    got[fread(got, 1, cap - 1, file)] = '\0';
    fclose(file);
    result_free(&result);
    arena_free(&arena);
    select_free(select);
    path_set_free(&paths);
}

/* For the last of these rows, 40. */
static void expect(const char *call, const char *wanted)
{
    char list[300], got[1000];
    snprintf(list, sizeof list, "%s over (order by x) as r, x", call);
    results(list, 0, got, sizeof got);
    size_t len = strlen(got);
    assert_true(len > 0);
    got[len - 1] = '\0';
    char *last = strrchr(got, '\n') + 1;
    *strchr(last, '\t') = '\0';
    if (strcmp(last, wanted) != 0)
        fail_msg("%s: wanted %s, got %s", call, wanted, last);
}

static void examples(void **state)
{
    (void)state;
    const struct window_function *function;
    size_t count = 0;
    for (size_t i = 0; (function = over_function_at(i)); i++)
        for (const char *at = function->callable.examples; *at; count++) {
            char call[200], wanted[100];
            size_t len = strcspn(at, "\n");
            const char *arrow = strstr(at, " => ");
            assert_non_null(arrow);
            snprintf(call, sizeof call, "%.*s", (int)(arrow - at), at);
            snprintf(wanted, sizeof wanted, "%.*s", (int)(at + len - arrow - 4), arrow + 4);
            expect(call, wanted);
            at += len + (at[len] == '\n');
        }
    assert_true(count > 12);
}

static void frames(void **state)
{
    (void)state;
    char got[1000];
    results("x, sum(x) over (order by x rows between 1 preceding and 1 following) as s, "
            "count(*) over (order by x range between 10 preceding and current row) as c, "
            "max(x) over () as m, "
            "collect_list(x) over (order by x rows between 1 following and unbounded following) as l",
            0, got, sizeof got);
    assert_string_equal(got, "\\N\t10\t1\t40\t[10,20,20,40]\n10\t30\t1\t40\t[20,20,40]\n20\t50\t3\t40\t[20,40]\n"
                             "20\t80\t3\t40\t[40]\n40\t60\t1\t40\t[]\n");
}

static void with_little_memory(void **state)
{
    (void)state;
    char much[1000], little[1000];
    const char *list = "x, lag(x) over (order by x) as a, lead(x) over (order by x desc) as b, "
                       "sum(x) over (order by x) as s";
    results(list, 0, much, sizeof much);
    results(list, 1, little, sizeof little);
    assert_string_equal(much, little);
}

static void rows_of_a_file(void **state)
{
    (void)state;
    struct over_store store = {.memory = 1000};
    struct over_reader one = {0}, two = {0};
    for (int round = 0; round < 2; round++) {
        char text[200];
        over_store_empty(&store);
        for (size_t i = 0; i < 2000; i++) {
            memset(text, 'a' + (int)(i % 26), sizeof text);
            over_store_add(&store, text, 1 + i % sizeof text, i % 3 == 0, false);
        }
        over_store_settle(&store);
        assert_non_null(store.spill);
        for (size_t i = 0; i < 2000; i++) {
            size_t len, other;
            const char *bytes = over_store_row(&store, &one, i, &len);
            const char *far = over_store_row(&store, &two, 1999 - i, &other);
            assert_int_equal(len, 1 + i % sizeof text);
            assert_int_equal(other, 1 + (1999 - i) % sizeof text);
            assert_int_equal(bytes[len - 1], 'a' + (int)(i % 26));
            assert_int_equal(far[0], 'a' + (int)((1999 - i) % 26));
        }
    }
    over_reader_free(&one);
    over_reader_free(&two);
    over_store_free(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(examples), cmocka_unit_test(frames),
                                       cmocka_unit_test(with_little_memory), cmocka_unit_test(rows_of_a_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

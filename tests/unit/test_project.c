/* project: rows in each form, as they come or in order, up to a limit; rows that fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "table/project.h"
#include "table/sort.h"

enum { ROWS = 4 };
static const struct {
    const char *a, *b;
} rows[ROWS] = {{"3", "\"x y\""}, {"10", "\"\\t\""}, {"3", "null"}, {"-1", "\"end\""}};

struct scene {
    const char *form, *select, *order;
    bool has_limit, ansi, incomplete;
    uint64_t limit;
    int failed; /* rows that do not come out */
};

static struct span span_of(const char *text)
{
    unsigned char type = text[0] == '"' ? SPAN_STRING : text[0] == 'n' ? SPAN_NULL : SPAN_NUMBER;
    return (struct span){.text = text, .len = strlen(text), .type = type, .escaped = strchr(text, '\\') != NULL};
}

static void expect(struct scene scene, const char *wanted)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    struct output *out = output_start(dup(fileno(file)), "out");
    struct path_set paths = {0};
    struct problem problem = {0};
    struct expr_options expr = {.ansi = scene.ansi, .paths = &paths};
    struct select *select = select_compile("select list", scene.select, &expr, &problem);
    assert_non_null(select);
    struct order *order = scene.order ? order_compile("order by", scene.order, select, &expr, &problem) : NULL;
    struct project_options options = {.form = output_form_find(scene.form),
                                      .has_limit = scene.has_limit,
                                      .limit = scene.limit,
                                      .order = order,
                                      .form_options = {.header = true, .table = {.rows = 2, .width = 20}}};
    struct project *project = project_new(select, &options);
    project_header(project, out);
    struct project_writer *writer = project_writer_new(project);
    struct result result = {0};
    struct arena arena = {0};
    int failed = 0;
    for (uint64_t i = 0; i < ROWS; i++) {
        struct span slots[2] = {{0}, {0}};
        for (size_t k = 0; k < paths.count; k++)
            slots[k] = span_of(paths.paths[k]->text[0] == 'a' ? rows[i].a : rows[i].b);
        struct row row = {.slots = slots, .arena = &arena}, again = row;
        bool tried = project_try(writer, &again), good = project_row(writer, &row, false, sort_place(0, i), 0, &result);
        assert_int_equal(tried, good);
        assert_int_equal(good, row.error == NULL);
        failed += !good;
        assert_true(good || project_can_fail(project));
    }
    assert_int_equal(failed, scene.failed);
    assert_int_equal(result.rows, ROWS - failed);
    assert_true(!project_collects(project) || result.out.len == 0);
    output_write(out, result.out.data, result.out.len);
    project_writer_free(writer);
    project_finish(project, !scene.incomplete, out);
    output_close(out);
    char got[1000];
    rewind(file);
    got[fread(got, 1, sizeof got - 1, file)] = '\0';
    assert_string_equal(got, wanted);
    fclose(file);
    result_free(&result);
    arena_free(&arena);
    select_free(select);
    path_set_free(&paths);
}

static void rows_as_they_come(void **state)
{
    (void)state;
    expect((struct scene){.form = "tsv", .select = "b, a"}, "b\ta\nx y\t3\n\\t\t10\n\\N\t3\nend\t-1\n");
    expect((struct scene){.form = "tsv", .select = "a + 1 as c, b"}, "c\tb\n4\tx y\n11\t\\t\n4\t\\N\n0\tend\n");
    expect((struct scene){.form = "json", .select = "b, a"},
           "{\"b\":\"x y\",\"a\":3}\n{\"b\":\"\\t\",\"a\":10}\n{\"b\":null,\"a\":3}\n{\"b\":\"end\",\"a\":-1}\n");
    expect((struct scene){.form = "table", .select = "a, b"},
           "+---+---+\n|  a|  b|\n+---+---+\n|  3|x y|\n| 10| \\t|\n+---+---+\nonly showing top 2 rows\n");
    expect((struct scene){.form = "table", .select = "a", .has_limit = true, .limit = 1},
           "+---+\n|  a|\n+---+\n|  3|\n+---+\n");
}

static void rows_in_order(void **state)
{
    (void)state;
    expect((struct scene){.form = "tsv", .select = "a", .order = "a"}, "a\n-1\n3\n3\n10\n");
    expect((struct scene){.form = "tsv", .select = "a, b", .order = "a desc, b", .has_limit = true, .limit = 2},
           "a\tb\n10\t\\t\n3\t\\N\n");
    expect((struct scene){.form = "json", .select = "a", .order = "b"},
           "{\"a\":3}\n{\"a\":10}\n{\"a\":-1}\n{\"a\":3}\n");
    expect((struct scene){.form = "table", .select = "a", .order = "a"},
           "+---+\n|  a|\n+---+\n| -1|\n|  3|\n+---+\nonly showing top 2 rows\n");
}

/* Which rows came before an error is chance where they are ordered; otherwise it is not. */
static void a_run_that_broke_off(void **state)
{
    (void)state;
    expect((struct scene){.form = "tsv", .select = "a", .order = "a", .incomplete = true}, "a\n");
    expect((struct scene){.form = "table", .select = "a", .order = "a", .incomplete = true}, "");
    expect((struct scene){.form = "table", .select = "a", .has_limit = true, .limit = 1, .incomplete = true},
           "+---+\n|  a|\n+---+\n|  3|\n+---+\n");
}

static void rows_that_fail(void **state)
{
    (void)state;
    expect((struct scene){.form = "tsv", .select = "1 / (a - 3) as q", .ansi = true, .failed = 2},
           "q\n0.14285714285714285\n-0.25\n");
    expect((struct scene){.form = "json", .select = "a", .order = "1 / (a - 3)", .ansi = true, .failed = 2},
           "{\"a\":-1}\n{\"a\":10}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rows_as_they_come), cmocka_unit_test(rows_in_order),
                                       cmocka_unit_test(a_run_that_broke_off), cmocka_unit_test(rows_that_fail)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

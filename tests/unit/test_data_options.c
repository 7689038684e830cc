/* data_options, filter_options: every row is taken by its function; what is wrong is a problem, and said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "table/data_options.h"
#include "table/form/row_form.h"

static bool take(struct data_options *options, const struct option_row *rows, const char *name, const char *argument,
                 struct problem *problem)
{
    *problem = (struct problem){0};
    for (const struct option_row *row = rows; row->id; row++)
        if (strcmp(row->name, name) == 0)
            return data_options_take(options, row->id, argument, problem);
    fail_msg("no row %s", name);
    return false;
}

static void test_rows(void **state)
{
    (void)state;
    static const struct {
        const char *name, *good, *wrong; /* wrong NULL: anything will do */
    } cases[] = {{"where", "a", NULL},       {"order-by", "a", NULL},     {"limit", "0", "-1"},
                 {"offset", "0", "-1"},
                 {"ansi", NULL, NULL},       {"memory", "1M", "1000"},    {"from", "ndjson", "xml"},
                 {"to", "json", "xml"},      {"table", "5,0", "x"},       {"vertical", NULL, NULL},
                {"types", NULL, NULL},
                {"row-groups", "0-3", "x"},  {"lines", "0-9", "x"},
                 {"no-header", "in", "x"},   {"bars", "a", NULL},         {"spark", "a", NULL},
                 {"file-column", "f", ""},   {"compress", "gzip", "zip"}, {"allow", "nan", "x"},
                 {"corrupt", "c", ""},
                 {"cells", "json", "raw"},    {"null", "", NULL},          {"delimiter", ";", ""},
                 {"quote", "'", "''"},       {"threads", "256", "257"},
                 {"bad", "skip", NULL},      {"framing", "nest", "none"}, {"raw", NULL, NULL},
                 {"unbuffered", NULL, NULL}, {"quiet", NULL, NULL}};
    const struct option_row *const lists[] = {data_options_list, filter_options_rows};
    struct data_options options = data_options_start();
    struct problem problem;
    size_t rows = 0;
    for (size_t l = 0; l < 2; l++) {
        for (const struct option_row *row = lists[l]; row->id; row++, rows++) {
            size_t i = 0;
            while (i < sizeof cases / sizeof *cases && strcmp(cases[i].name, row->name) != 0)
                i++;
            assert_true(i < sizeof cases / sizeof *cases);
            assert_true(take(&options, lists[l], row->name, cases[i].good, &problem));
            assert_int_equal(problem.status, STATUS_OK);
            if (!cases[i].wrong)
                continue;
            assert_false(take(&options, lists[l], row->name, cases[i].wrong, &problem));
            assert_int_equal(problem.status, STATUS_USAGE);
            assert_true(problem.text[0] != '\0');
        }
    }
    assert_int_equal(rows, sizeof cases / sizeof *cases);
}

static void test_values(void **state)
{
    (void)state;
    struct data_options options = data_options_start();
    struct problem problem;
    assert_int_equal(options.table.rows, 20);
    assert_true(options.header_in && options.header_out);
    assert_true(take(&options, data_options_list, "vertical", NULL, &problem));
    assert_true(take(&options, data_options_list, "table", "7,9", &problem)); /* and vertical stays */
    assert_true(options.table.vertical && options.table.rows == 7 && options.table.width == 9);
    assert_ptr_equal(options.to, output_form_find("table"));
    assert_true(take(&options, data_options_list, "limit", "0", &problem));
    assert_true(options.has_limit && options.limit == 0);
    assert_true(take(&options, data_options_list, "null", "-", &problem));
    assert_true(data_options_check(&options, &problem)); /* what comes in may be TSV */
    options.from = row_form_find("json");
    assert_false(data_options_check(&options, &problem));
    assert_string_equal(problem.text, "--null is of TSV and CSV: neither -i nor -T says so");
    options.to = output_form_default();
    problem = (struct problem){0};
    assert_true(data_options_check(&options, &problem));
    assert_true(take(&options, data_options_list, "delimiter", "\\t", &problem));
    assert_int_equal(options.quoting.delimiter, '\t');
    static const char *const wrong[] = {"", "ab", "\n", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        problem = (struct problem){0};
        assert_false(take(&options, data_options_list, "quote", wrong[i], &problem));
    }
    problem = (struct problem){0};
    assert_true(take(&options, data_options_list, "quote", "'", &problem));
    assert_false(data_options_check(&options, &problem)); /* neither side is CSV */
    problem = (struct problem){0};
    options.to = output_form_find("csv");
    assert_true(data_options_check(&options, &problem));
    options.null = "it's";
    assert_false(data_options_check(&options, &problem));
    problem = (struct problem){0};
    options.null = "a\tb";
    assert_false(data_options_check(&options, &problem));
    assert_true(take(&options, filter_options_rows, "threads", "3", &problem));
    assert_int_equal(data_options_threads(&options), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

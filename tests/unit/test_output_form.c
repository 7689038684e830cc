/* output_form, row_form: names, and how messages list them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "table/form/output_form.h"
#include "table/form/row_form.h"

static void forms_have_names(void **state)
{
    (void)state;
    assert_string_equal(output_form_find("tsv")->name, "tsv");
    assert_ptr_equal(output_form_find("ndjson"), output_form_find("json"));
    assert_ptr_equal(output_form_default(), output_form_find("tsv"));
    assert_null(output_form_find("TSV"));
    assert_null(output_form_find(""));
    assert_ptr_equal(row_form_find("ndjson"), row_form_find("json"));
    assert_null(row_form_find("table"));
}

/* A form is text or takes values, never both; what text alone can do no other form claims. */
static void each_is_of_one_kind(void **state)
{
    (void)state;
    static const char *const names[] = {"tsv", "csv", "json", "table"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct output_form *form = output_form_find(names[i]);
        assert_true((form->row != NULL) != (form->take != NULL));
        assert_true(form->row || !form->own_members);
        assert_null(form->apart);
    }
    assert_non_null(output_form_find("parquet")->apart);
    assert_non_null(output_form_find("parquet")->take);
}

static void inputs_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text, *form;
            const char *headless; /* the form without a header */
    } cases[] = {
        {"{\"a\":1}\n", "json", "json"}, {" \n\x1e[", "json", "json"}, {"12\n", "json", "tsv"},
        {"\"a\"\nb", "json", "tsv"},     {"a\tb\n", "tsv", "tsv"},     {"12 13\n", "tsv", "tsv"},
        {"a,b\n", "csv", "csv"},         {"1,2\n", "csv", "csv"},       {"a\nb,c", "tsv", "tsv"},
        {"a,b\tc\n", "tsv", "tsv"},      {"\"a\",b\n", "csv", "csv"},   {"\"a,b\"\n", "json", "csv"},
        {"", "json", "json"}};
    static const struct {
        const char *name, *text, *form;
    } names[] = {{"x.csv", "a\n", "csv"},      {"x.CSV.gz", "[a]\n", "csv"}, {"x.tsv", "a,b\n", "tsv"},
                 {"x.tsv", "{}\n", "json"},    {".csv", "a\n", "tsv"},       {"csv", "a\n", "tsv"},
                 {"x.csv", "{\"a\":1}", "csv"}, {"x.json", "a,b\n", "csv"}};
    static const struct rows_options with = {.header = true, .quoting = {',', '"'}},
                                     without = {.header = false, .quoting = {',', '"'}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(row_form_of(NULL, cases[i].text, strlen(cases[i].text), &with)->name,
                            cases[i].form);
        assert_string_equal(row_form_of(NULL, cases[i].text, strlen(cases[i].text), &without)->name,
                            cases[i].headless);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(row_form_of(names[i].name, names[i].text, strlen(names[i].text), &with)->name,
                            names[i].form);
    assert_string_equal(row_form_of(NULL, NULL, 0, &with)->name, "json");
}

static void lists(void **state)
{
    (void)state;
    struct buffer names = {0};
    output_form_names(false, &names);
    assert_string_equal(names.data, "tsv, csv, json, table or parquet");
    names.len = 0;
    output_form_names(true, &names);
    assert_string_equal(names.data, "tsv or csv");
    names.len = 0;
    row_form_names(&names);
    assert_string_equal(names.data, "json, envelope, parquet, csv or tsv");
    buffer_free(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms_have_names), cmocka_unit_test(each_is_of_one_kind),
                                       cmocka_unit_test(inputs_are_told_apart), cmocka_unit_test(lists)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
    static const char *const names[] = {"tsv", "json", "table"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct output_form *form = output_form_find(names[i]);
        assert_true((form->row != NULL) != (form->take != NULL));
        assert_true(form->row || !form->own_members);
    }
}

static void inputs_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text, *form;
        bool fallback;
        const char *headless; /* the form without a header */
    } cases[] = {
        {"{\"a\":1}\n", "json", false, "json"}, {" \n\x1e[", "json", false, "json"}, {"12\n", "json", false, "tsv"},
        {"\"a\"\nb", "json", false, "tsv"},     {"a\tb\n", "tsv", true, "tsv"},     {"12 13\n", "tsv", true, "tsv"},
        {"", "json", false, "json"}};
    static const struct rows_options with = {.header = true}, without = {.header = false};
    bool fallback;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(row_form_of(cases[i].text, strlen(cases[i].text), &with, &fallback)->name,
                            cases[i].form);
        assert_int_equal(fallback, cases[i].fallback);
        assert_string_equal(row_form_of(cases[i].text, strlen(cases[i].text), &without, &fallback)->name,
                            cases[i].headless);
    }
    assert_string_equal(row_form_of(NULL, 0, &with, &fallback)->name, "json");
    assert_false(fallback);
}

static void lists(void **state)
{
    (void)state;
    struct buffer names = {0};
    output_form_names(false, &names);
    assert_string_equal(names.data, "tsv, json, table or parquet");
    names.len = 0;
    output_form_names(true, &names);
    assert_string_equal(names.data, "tsv");
    names.len = 0;
    row_form_names(&names);
    assert_string_equal(names.data, "json, parquet or tsv");
    buffer_free(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms_have_names), cmocka_unit_test(each_is_of_one_kind),
                                       cmocka_unit_test(inputs_are_told_apart), cmocka_unit_test(lists)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

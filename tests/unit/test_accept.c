/* accept: the form an Accept header asks for. */
#include "serve/accept.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

static void test_forms(void **state)
{
    static const struct {
        const char *header;
        enum query_form form;
    } cases[] = {
        {NULL, QUERY_JSON},
        {"", QUERY_JSON},
        {"*/*", QUERY_JSON},
        {"text/csv", QUERY_CSV},
        {"TEXT/CSV; charset=utf-8", QUERY_CSV},
        {"text/tab-separated-values", QUERY_TSV},
        {"text/*", QUERY_TSV},
        {"text/csv,application/json", QUERY_CSV},
        {"text/csv;q=0.5, application/json", QUERY_JSON},
        {"text/csv ; q=0.5 , text/tab-separated-values;q=0.501", QUERY_TSV},
        {"text/csv;q=0, */*;q=0.001", QUERY_JSON},
        {"text/csv;q=1.000, application/json;q=0.999", QUERY_CSV},
        {"text/html, image/png", QUERY_JSON},
        {"text/csvx", QUERY_JSON},
        {",,;q=,text/csv;q", QUERY_CSV},
        {"text/csv;q=0.", QUERY_JSON},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(accept_form(cases[i].header), cases[i].form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

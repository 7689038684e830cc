/* quoted: where records of CSV end, in one go or byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "frame/quoted.h"

static const struct quoting usual = {.delimiter = ',', .quote = '"'};

static void records_end(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t first, last; /* behind the newline of the first record, of the last one */
        bool inside;
    } cases[] = {
        {"", 0, 0, false},
        {"a,b", 0, 0, false},
        {"a\nb\nc", 2, 4, false},
        {"a,\"x\ny\"\nb", 8, 8, false},
        {"\"a\n\"\"\nb\",c\nd\n", 11, 13, false},
        {"a\"b\nc\"\n", 4, 7, false},     /* no quote opens within a cell */
        {"a, \"b\nc\"\n", 6, 9, false},
        {"\"a\"b\",\"\n\"\n", 10, 10, false}, /* one that closed does not open again */
        {"a\n\"b\nc", 2, 2, true},
        {"\"\"\n\n", 3, 4, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len = strlen(cases[i].text);
        struct quoted_scan first = {0}, last = {0}, slow = {0}, slow_first = {0};
        quoted_scan(&usual, cases[i].text, len, true, &first);
        quoted_scan(&usual, cases[i].text, len, false, &last);
        for (size_t some = 1; some <= len; some++) {
            quoted_scan(&usual, cases[i].text, some, false, &slow);
            if (slow_first.end == 0)
                quoted_scan(&usual, cases[i].text, some, true, &slow_first);
        }
        assert_int_equal(first.end, cases[i].first);
        assert_int_equal(slow_first.end, cases[i].first);
        assert_int_equal(last.end, cases[i].last);
        assert_int_equal(slow.end, cases[i].last);
        assert_int_equal(last.inside, cases[i].inside);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(records_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

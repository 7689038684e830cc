/* terminal: the locale's characters, and what is no terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/terminal.h"

static void locales(void **state)
{
    (void)state;
    setenv("LC_ALL", "C", 1);
    assert_false(terminal_is_utf8());
    setenv("LC_ALL", "", 1);
    setenv("LC_CTYPE", "de_DE.utf8", 1);
    assert_true(terminal_is_utf8());
    unsetenv("LC_CTYPE");
    setenv("LANG", "en_US.UTF-8", 1);
    assert_true(terminal_is_utf8());
    setenv("LANG", "en_US.ISO-8859-1", 1);
    assert_false(terminal_is_utf8());
    unsetenv("LANG");
    unsetenv("LC_ALL");
    assert_false(terminal_is_utf8());
}

static void none(void **state)
{
    (void)state;
    assert_false(terminal_is_colored(-1));
    assert_int_equal(terminal_columns(-1), 0);
    assert_int_equal(terminal_lines(-1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(locales), cmocka_unit_test(none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

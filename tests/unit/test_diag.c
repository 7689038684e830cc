/* diag: what is printed, where, and with which status; each in a child of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"

static char said[2 * DIAG_TEXT_MAX];

/* Runs it in a child: its status, what it wrote on stderr in said. */
static int run(void (*what)(void))
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        diag_start("/some/where/tool");
        what();
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t n; used < sizeof said - 1 && (n = read(ends[0], said + used, sizeof said - 1 - used)) > 0;)
        used += (size_t)n;
    said[used] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void remarks(void)
{
    diag_notice("%d records", 5);
    diag_warn("a %s", "warning");
    diag_quiet();
    diag_notice("not said");
    diag_warn("still said");
}

static void dies(void)
{
    diag_die(STATUS_IO, "x: %s", "no room");
}

static void dies_of_usage(void)
{
    diag_die_usage("-x: no such option");
}

static void shows_a_caret(void)
{
    diag_die_caret("select list", "ä\tb +", 4, "expected a value");
}

static void shows_a_caret_beyond(void)
{
    diag_die_caret("where", "a", 99, "more");
}

static void says_much(void)
{
    char text[3 * DIAG_TEXT_MAX];
    memset(text, 'y', sizeof text);
    text[sizeof text - 1] = '\0';
    diag_warn("%s", text);
}

static void loses_its_reader(void)
{
    signal(SIGPIPE, SIG_IGN);
    diag_die_of_closed_pipe();
}

static void test_messages(void **state)
{
    (void)state;
    assert_int_equal(run(remarks), 0);
    assert_string_equal(said, "tool: 5 records\ntool: a warning\ntool: still said\n");
    assert_int_equal(run(dies), 3);
    assert_string_equal(said, "tool: x: no room\n");
    assert_int_equal(run(dies_of_usage), 2);
    assert_string_equal(said, "tool: -x: no such option\ntool: try 'tool --help'\n");
    assert_int_equal(run(shows_a_caret), 2);
    assert_string_equal(said, "tool: select list: expected a value\n  ä b +\n     ^\n");
    assert_int_equal(run(shows_a_caret_beyond), 2);
    assert_string_equal(said, "tool: where: more\n  a\n   ^\n");
    assert_int_equal(run(says_much), 0);
    assert_int_equal(strlen(said), DIAG_TEXT_MAX - 1);
    assert_int_equal(said[strlen(said) - 1], '\n');
    assert_int_equal(run(loses_its_reader), 128 + SIGPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_messages)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* progress: the line it shows, and that it shows nothing where stderr is no terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/diag.h"
#include "base/progress.h"

static void expect(uint64_t done, uint64_t size, uint64_t records, double seconds, const char *wanted)
{
    char text[200];
    progress_text(text, sizeof text, done, size, records, seconds);
    assert_string_equal(text, wanted);
}

static void test_text(void **state)
{
    (void)state;
    const uint64_t mebi = 1024 * 1024;
    expect(5 * mebi, 0, 1000, 2, "tool: 5.0 MiB, 500 records/s");
    expect(25 * mebi, 100 * mebi, 3000, 10, "tool: 25.0 MiB of 100.0 MiB (25%), 30 s left, 300 records/s");
    expect(0, 100 * mebi, 0, 1, "tool: 0.0 MiB, 0 records/s");
    expect(100 * mebi, 100 * mebi, 7, 0, "tool: 100.0 MiB of 100.0 MiB (100%), 0 s left, 0 records/s");
    char small[10];
    progress_text(small, sizeof small, mebi, 2 * mebi, 1, 1);
    assert_string_equal(small, "tool: 1.0");
}

static void test_silent(void **state)
{
    (void)state;
    int ends[2], before = dup(STDERR_FILENO);
    char byte;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    struct progress progress;
    progress_start(&progress, true);
    progress.start = -100; /* long ago */
    progress_show(&progress, 1, 2, 3);
    progress_clear(&progress);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    close(ends[0]);
}

int main(void)
{
    diag_start("tool");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_text), cmocka_unit_test(test_silent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* scatter: files beyond what may be open, heads, what is not whole. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/scatter.h"

static const struct shrink_options plain;

enum { FILES = 150, ROUNDS = 40, LINE = 4000 };

static int into_folder(void **state)
{
    static char folder[] = "/tmp/test_scatterXXXXXX";
    *state = folder;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int out_of_folder(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", (char *)*state);
    return chdir("/") == 0 ? system(command) : -1;
}

static size_t entries(const char *folder)
{
    size_t count = 0;
    DIR *files = opendir(folder);
    while (readdir(files))
        count++;
    closedir(files);
    return count - 2;
}

static void many_files(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct scatter *scatter = scatter_new("many/deep", &plain, &problem);
    char name[64], line[LINE];
    assert_non_null(scatter);
    scatter_head(scatter, "head\n", 5);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < FILES; i++) {
            snprintf(name, sizeof name, "many/deep/%d/%d", i % 7, i);
            memset(line, 'a' + i % 26, sizeof line);
            assert_true(scatter_write(scatter, name, line, sizeof line, &problem));
        }
    assert_true(scatter_finish(scatter, true, &problem));
    assert_int_equal(entries("many/deep"), 7);
    for (int i = 0; i < FILES; i++) {
        struct buffer text = {0};
        snprintf(name, sizeof name, "many/deep/%d/%d", i % 7, i);
        assert_true(file_load(name, 1 << 20, &text));
        assert_int_equal(text.len, 5 + ROUNDS * LINE);
        assert_memory_equal(text.data, "head\n", 5);
        for (size_t at = 5; at < text.len; at++)
            assert_int_equal(text.data[at], 'a' + i % 26);
        buffer_free(&text);
    }
}

static void not_whole(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct scatter *scatter = scatter_new("part", &plain, &problem);
    assert_true(scatter_write(scatter, "part/a", "x", 1, &problem));
    assert_int_equal(entries("part"), 1);
    assert_true(scatter_finish(scatter, false, &problem));
    assert_int_equal(entries("part"), 0);
    scatter = scatter_new("part", &plain, &problem);
    assert_true(scatter_write(scatter, "part/x/y", "x", 1, &problem));
    assert_false(scatter_write(scatter, "part/x", "x", 1, &problem));
    assert_int_equal(problem.status, STATUS_IO);
    assert_true(scatter_finish(scatter, false, &problem));
    struct problem other = {0};
    assert_null(scatter_new("/dev/null/x", &plain, &other));
    assert_int_equal(other.status, STATUS_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_files), cmocka_unit_test(not_whole)};
    return cmocka_run_group_tests(tests, into_folder, out_of_folder);
}

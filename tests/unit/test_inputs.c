/* table/inputs: files in folders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "table/inputs.h"

static char root[] = "/tmp/test_inputs.XXXXXX";

static void touch(const char *name)
{
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int begin(void **state)
{
    (void)state;
    if (!mkdtemp(root) || chdir(root) != 0)
        return -1;
    static const char *const folders[] = {"d", "d/n=2", "d/n=10", "d/_temporary", "d/.hidden", "d/n=2/e", "empty"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (mkdir(folders[i], 0700) != 0)
            return -1;
    static const char *const files[] = {"d/n=2/b", "d/n=2/a", "d/n=2/e/c", "d/n=10/z", "d/_SUCCESS", "d/.a.crc",
                                        "d/_temporary/x", "d/.hidden/y", "plain"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        touch(files[i]);
    return 0;
}

static int take_away(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return nftw(root, take_away, 8, FTW_DEPTH | FTW_PHYS);
}

/* "file|columns ", … */
static void assert_found(char *const *names, size_t count, const char *wanted)
{
    struct inputs inputs;
    struct problem problem = {0};
    struct buffer text = {0};
    assert_true(inputs_find(&inputs, names, count, &problem));
    for (size_t i = 0; i < inputs.count; i++) {
        buffer_add_format(&text, "%s", inputs.files[i]);
        for (size_t k = 0; k < inputs.columns[i].count; k++)
            buffer_add_format(&text, "|%.*s", (int)inputs.columns[i].columns[k].member.len,
                              inputs.columns[i].columns[k].member.text);
        buffer_add_char(&text, ' ');
    }
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, wanted);
    buffer_free(&text);
    inputs_free(&inputs);
}

static void files_of_folders_in_order(void **state)
{
    (void)state;
    assert_found((char *[]){"d"}, 1, "d/n=10/z|\"n\":10 d/n=2/a|\"n\":2 d/n=2/b|\"n\":2 d/n=2/e/c|\"n\":2 ");
    assert_found((char *[]){"-", "d/n=10/", "plain", "nowhere"}, 4, "- d/n=10/z plain nowhere ");
    assert_found((char *[]){"empty"}, 1, "/dev/null ");
    assert_found(NULL, 0, "");
}

static void folders_may_be_so_deep(void **state)
{
    (void)state;
    struct inputs inputs;
    struct problem problem = {0};
    struct buffer path = {0};
    char *names[] = {"deep"};
    buffer_add(&path, "deep", 5);
    for (int depth = 0; depth <= INPUTS_DEPTH_MAX; depth++) {
        assert_int_equal(mkdir(path.data, 0700), 0);
        path.len--;
        buffer_add(&path, "/f", 3);
    }
    touch(path.data);
    assert_true(inputs_find(&inputs, names, 1, &problem));
    assert_string_equal(inputs.files[0], path.data);
    inputs_free(&inputs);
    unlink(path.data);
    assert_int_equal(mkdir(path.data, 0700), 0);
    assert_false(inputs_find(&inputs, names, 1, &problem));
    assert_int_equal(problem.status, STATUS_IO);
    buffer_free(&path);
}

static void a_circle_ends(void **state)
{
    (void)state;
    struct inputs inputs;
    struct problem problem = {0};
    char *names[] = {"empty"};
    assert_int_equal(symlink(".", "empty/loop"), 0);
    assert_false(inputs_find(&inputs, names, 1, &problem));
    assert_int_equal(problem.status, STATUS_IO);
    assert_int_equal(inputs.count, 0);
    unlink("empty/loop");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_folders_in_order),
        cmocka_unit_test(folders_may_be_so_deep),
        cmocka_unit_test(a_circle_ends),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

/* spill: what is written comes back, by windows of any size, from any place; the file has no name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spill.h"

enum { NUMBERS = 300000 };

static size_t files_in(const char *path)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void test_round(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_spill.XXXXXX";
    assert_non_null(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
    struct spill *spill = spill_new();
    for (uint32_t i = 0; i < NUMBERS; i++) {
        assert_int_equal(spill_end(spill), i * sizeof i);
        spill_write(spill, &i, sizeof i);
    }
    spill_flush(spill);
    spill_settle(spill);
    assert_int_equal(files_in(folder), 0);
    static const size_t windows[] = {1, 4, 1000, 1 << 20};
    for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
        uint32_t from = NUMBERS - 5000, number;
        struct spill_reader reader = {0};
        spill_reader_start(&reader, spill, from * sizeof from, NUMBERS * sizeof from, windows[w]);
        for (uint32_t i = from; i < NUMBERS; i++) {
            assert_false(spill_at_end(&reader));
            memcpy(&number, spill_read(&reader, sizeof number), sizeof number);
            assert_int_equal(number, i);
        }
        assert_true(spill_at_end(&reader));
        assert_null(spill_read(&reader, 1));
        spill_reader_free(&reader);
    }
    struct spill_reader reader = {0}; /* one piece larger than the window; one larger than the range */
    spill_reader_start(&reader, spill, 0, 1000, 16);
    assert_null(spill_read(&reader, 1001));
    const char *all = spill_read(&reader, 1000);
    uint32_t last;
    memcpy(&last, all + 996, sizeof last);
    assert_int_equal(last, 249);
    spill_reader_free(&reader);
    int into = spill_open();
    struct output *out = output_start(spill_copy(into), "file");
    spill_pour(spill, out);
    output_close(out);
    struct spill *poured = spill_of(into);
    assert_int_equal(spill_end(poured), spill_end(spill));
    spill_reader_start(&reader, poured, 0, spill_end(poured), 1000);
    for (uint32_t i = 0; i < NUMBERS; i++)
        assert_memory_equal(spill_read(&reader, sizeof i), &i, sizeof i);
    spill_reader_free(&reader);
    spill_free(poured);
    spill_free(spill);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

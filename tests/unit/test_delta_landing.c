/* A Delta table that several begin: what one of them has done between two looks of another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "dataset/delta_landing.h"
#include "store/store_inner.h"

static struct store_kind watched; /* a local store, before whose looks another landing goes on */
static const char *folder;
static int looks, files_at, commit_at; /* before which looks the other's files and its first version appear */
static bool marks;                     /* it marks the folder as one that is being made */

static const char *in_folder(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in_folder(name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void other_goes_on(void)
{
    static const char commit[] =
        "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
        "{\"metaData\":{\"id\":\"x\",\"format\":{\"provider\":\"parquet\",\"options\":{}},\"schemaString\":"
        "\"{\\\"type\\\":\\\"struct\\\",\\\"fields\\\":[]}\",\"partitionColumns\":[],\"configuration\":{}}}\n";
    if (looks == files_at) {
        mkdir(in_folder("_delta_log"), 0777);
        if (marks)
            put("_delta_log/.aland-begun", "");
        put("part-00000-x.snappy.parquet", "");
    }
    if (looks++ == commit_at) {
        put("_delta_log/00000000000000000000.json", commit);
        unlink(in_folder("_delta_log/.aland-begun"));
    }
}

static enum store_answer watched_stat(struct store *store, const char *path, struct arena *arena,
                                      struct store_entry *entry, struct problem *problem)
{
    other_goes_on();
    return store_kind_local.stat(store, path, arena, entry, problem);
}

static bool watched_list(struct store *store, const char *path, struct store_listing *listing,
                         struct problem *problem)
{
    other_goes_on();
    return store_kind_local.list(store, path, listing, problem);
}

/* Opens a landing while the other goes on; whether that went well. */
static bool opens(int files, int commit)
{
    char place[] = "/tmp/atools-begin-XXXXXX", command[256];
    struct problem problem = {0};
    folder = mkdtemp(place);
    assert_non_null(folder);
    struct store *store = store_open(folder, 0, &problem);
    assert_non_null(store);
    watched = store_kind_local;
    watched.stat = watched_stat;
    watched.list = watched_list;
    store->kind = &watched;
    looks = 0;
    files_at = files;
    commit_at = commit;
    struct delta_landing *landing = delta_landing_open(store, "", folder, false, "Append", &problem);
    bool good = landing != NULL;
    if (!good)
        assert_non_null(strstr(problem.text, "is there already, and no Delta table"));
    delta_landing_free(landing);
    store_close(store);
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    assert_int_equal(system(command), 0);
    return good;
}

static void test_begun_meanwhile(void **state)
{
    (void)state;
    marks = true;
    opens(INT32_MAX, INT32_MAX);
    const int all = looks;
    assert_true(all >= 3);
    for (int files = 0; files < all; files++)
        for (int commit = files; commit <= all + 2; commit++)
            if (!opens(files, commit))
                fail_msg("the other's files before look %d of %d, its version before %d", files, all, commit);
}

static void test_files_of_nobody(void **state)
{
    (void)state;
    marks = false;
    assert_false(opens(0, INT32_MAX));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begun_meanwhile),
        cmocka_unit_test(test_files_of_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

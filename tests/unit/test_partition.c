/* parquet/partition: names of folders as Spark writes them, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "parquet/partition.h"

static void assert_folder(const char *name, const char *value, size_t len, const char *wanted)
{
    struct buffer text = {0};
    parquet_partition_add(name, strlen(name), value, len, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, wanted);
    buffer_free(&text);
}

static void test_written_as_spark_does(void **state)
{
    (void)state;
    assert_folder("a", "1", 1, "a=1");
    assert_folder("a", NULL, 0, "a=__HIVE_DEFAULT_PARTITION__");
    assert_folder("a", "", 0, "a=__HIVE_DEFAULT_PARTITION__");
    assert_folder("a/b", "x y", 3, "a%2Fb=x y");
    assert_folder("a", "\"#%'*/:=?\\{[]^\x7f\n}ü", 19, "a=%22%23%25%27%2A%2F%3A%3D%3F%5C%7B%5B%5D%5E%7F%0A}ü");
    assert_folder("a", "x\0y", 3, "a=x%00y");
}

static void test_read_back(void **state)
{
    (void)state;
    struct buffer name = {0}, value = {0};
    const char *path = "table/a=1/b%2F=x%3Dy%/=no/c=__HIVE_DEFAULT_PARTITION__/d=part/part-0=1.parquet";
    bool is_null;
    static const struct {
        const char *name, *value;
        bool is_null;
    } wanted[] = {{"a", "1", false}, {"b/", "x=y%", false}, {"c", PARQUET_PARTITION_NULL, true}, {"d", "part", false}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        assert_true(parquet_partition_next(&path, &name, &value, &is_null));
        assert_int_equal(name.len, strlen(wanted[i].name));
        assert_memory_equal(name.data, wanted[i].name, name.len);
        assert_int_equal(value.len, strlen(wanted[i].value));
        assert_memory_equal(value.data, wanted[i].value, value.len);
        assert_int_equal(is_null, wanted[i].is_null);
    }
    assert_false(parquet_partition_next(&path, &name, &value, &is_null));
    assert_string_equal(path, "part-0=1.parquet");
    buffer_free(&name);
    buffer_free(&value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_as_spark_does),
        cmocka_unit_test(test_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

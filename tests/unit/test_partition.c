/* parquet/partition: names of folders as Spark writes them, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "parquet/partition.h"
#include "value/cast.h"

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

/* The columns of files with these names, one of their dataset after the other: as JSON, each value's type behind it. */
static void assert_typed(const char *const *paths, size_t count, const char *wanted)
{
    struct parquet_partitions files[4] = {0};
    struct buffer text = {0};
    struct arena arena = {0};
    for (size_t i = 0; i < count; i++)
        parquet_partitions_read(&files[i], paths[i]);
    parquet_partitions_type(files, count);
    for (size_t i = 0; i < count; i++) {
        parquet_partitions_extend(&files[i], "{ }", 3, NULL, &text);
        for (size_t k = 0; k < files[i].count; k++) {
            struct value value = value_from_span(files[i].columns[k].typed, &arena);
            buffer_add_format(&text, " %s", cast_type_name(&value, &arena));
        }
        buffer_add_text(&text, ";");
        parquet_partitions_free(&files[i]);
    }
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, wanted);
    buffer_free(&text);
    arena_free(&arena);
}

static void test_types_are_sparks(void **state)
{
    (void)state;
    assert_typed((const char *const[]){"n=1/t=a/f", "n=-007/t=2/f"}, 2,
                 "{ \"n\":1,\"t\":\"a\"} int string;{ \"n\":-7,\"t\":\"2\"} int string;");
    assert_typed((const char *const[]){"n=1/f", "n=+2/f", "n=2.50/f"}, 3,
                 "{ \"n\":1.0} double;{ \"n\":2.0} double;{ \"n\":2.5} double;");
    assert_typed((const char *const[]){"n=9223372036854775807/f", "n=__HIVE_DEFAULT_PARTITION__/f", "f"}, 3,
                 "{ \"n\":9223372036854775807} bigint;{ } void;{ };");
    assert_typed((const char *const[]){"n=9223372036854775808/f", "n=5/f"}, 2,
                 "{ \"n\":9223372036854775808} decimal(19,0);{ \"n\":5} decimal(19,0);");
    assert_typed((const char *const[]){"n=3000000000/f", "n=2.5/f"}, 2,
                 "{ \"n\":\"3000000000\"} string;{ \"n\":\"2.5\"} string;");
    assert_typed((const char *const[]){"d=2020-01-02/f", "d=2020-01-03/f"}, 2,
                 "{ \"d\":\"2020-01-02\"} date;{ \"d\":\"2020-01-03\"} date;");
    assert_typed((const char *const[]){"d=2020-01-02/f", "d=2020-01-03 04%3A05%3A06.7/f"}, 2,
                 "{ \"d\":\"2020-01-02T00:00:00.000Z\"} timestamp;{ \"d\":\"2020-01-03T04:05:06.700Z\"} timestamp;");
    assert_typed((const char *const[]){"d=2020-02-30/f"}, 1, "{ \"d\":\"2020-02-30\"} string;");
    assert_typed((const char *const[]){"d=2020-02-03/f", "d=7/f"}, 2,
                 "{ \"d\":\"2020-02-03\"} string;{ \"d\":\"7\"} string;");
    assert_typed((const char *const[]){"n=1e999/m=-/o=0/f"}, 1,
                 "{ \"n\":\"Infinity\",\"m\":\"-\",\"o\":0} double string int;");
    assert_typed((const char *const[]){"a=x%22y/b=1/f", "b=z/f"}, 2,
                 "{ \"a\":\"x\\\"y\",\"b\":\"1\"} string string;{ \"b\":\"z\"} string;");
}

static void test_found_and_chosen(void **state)
{
    (void)state;
    struct parquet_partitions file = {0};
    struct path_step steps[] = {{.key = "b", .key_len = 1}, {.key = "c", .key_len = 1}};
    struct path b = {.steps = steps, .count = 1}, below = {.steps = steps, .count = 2};
    struct path_set wanted = {0};
    struct buffer text = {0};
    parquet_partitions_read(&file, "a=1/b=2/f");
    parquet_partitions_type(&file, 1);
    assert_ptr_equal(parquet_partitions_find(&file, &b), &file.columns[1]);
    assert_null(parquet_partitions_find(&file, &below));
    path_set_add(&wanted, &b);
    parquet_partitions_extend(&file, "{\"x\":[]}", 8, &wanted, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, "{\"x\":[],\"b\":2}");
    path_set_free(&wanted);
    buffer_free(&text);
    parquet_partitions_free(&file);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_as_spark_does),
        cmocka_unit_test(test_read_back),
        cmocka_unit_test(test_types_are_sparks),
        cmocka_unit_test(test_found_and_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

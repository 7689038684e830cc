/* parquet_reader: forms of nesting and types that no writer of tests/interop makes, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parquet/reader.h"
#include "parquet_made.h"

#define LEVELS(...) (const unsigned char[]){__VA_ARGS__}
#define ALL(array) array, sizeof array / sizeof *array

/* The records of a file as text, or the problem's. */
static void expect(const struct buffer *file, const char *right)
{
    struct problem problem = {0};
    struct buffer text = {0};
    struct parquet_source source = parquet_source_memory(file->data, file->len, "made");
    struct parquet_file *open = parquet_open(&source, &problem);
    if (open) {
        struct parquet_request request = {.records = true, .nulls = true};
        struct parquet_plan *plan = parquet_plan_new(open, &request);
        struct parquet_reader *reader = parquet_reader_new(plan);
        for (size_t g = 0; g < parquet_row_groups(open); g++)
            if (parquet_reader_start(reader, g, &problem))
                parquet_reader_json(reader, SIZE_MAX, SIZE_MAX / 2, &text);
        parquet_reader_free(reader);
        parquet_plan_free(plan);
        parquet_close(open);
    }
    buffer_add_text(&text, problem.text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, right);
    buffer_free(&text);
}

static void expect_made(const struct made_element *elements, size_t element_count, const struct made_column *columns,
                        size_t column_count, int64_t rows, const char *right)
{
    struct buffer file = {0};
    made_file(&file, elements, element_count, columns, column_count, rows);
    expect(&file, right);
    buffer_free(&file);
}

/* Lists of two levels, as Thrift's and Avro's writers made them. */
static void test_two_levels(void **state)
{
    (void)state;
    const struct made_element elements[] = {
        {"root", 0, -1, 1, -1, 0, 0, 0}, {"a", 1, -1, 1, 3, 0, 0, 0}, {"array", 2, 1, 0, -1, 0, 0, 0}};
    const struct made_column column = {1, "a", LEVELS(0, 1, 0, 0), LEVELS(2, 2, 1, 0), 1, 2, 4, "\1\0\0\0\2\0\0\0", 8};
    expect_made(ALL(elements), &column, 1, 3, "{\"a\":[1,2]}\n{\"a\":[]}\n{\"a\":null}\n");
}

/* The repeated group is the element where it has several members, or is called array or LIST_tuple. */
static void test_two_levels_of_groups(void **state)
{
    (void)state;
    const struct made_element several[] = {{"root", 0, -1, 1, -1, 0, 0, 0},
                                           {"a", 1, -1, 1, 3, 0, 0, 0},
                                           {"element", 2, -1, 2, -1, 0, 0, 0},
                                           {"x", 0, 1, 0, -1, 0, 0, 0},
                                           {"y", 1, 1, 0, -1, 0, 0, 0}};
    const struct made_column columns[] = {{1, "x", LEVELS(0, 1), LEVELS(2, 2), 1, 2, 2, "\1\0\0\0\2\0\0\0", 8},
                                          {1, "y", LEVELS(0, 1), LEVELS(2, 3), 1, 3, 2, "\3\0\0\0", 4}};
    expect_made(ALL(several), ALL(columns), 1, "{\"a\":[{\"x\":1,\"y\":null},{\"x\":2,\"y\":3}]}\n");
    static const char *const names[] = {"array", "a_tuple", "list"};
    static const char *const right[] = {"{\"a\":[{\"x\":1}]}\n", "{\"a\":[{\"x\":1}]}\n", "{\"a\":[1]}\n"};
    for (size_t i = 0; i < 3; i++) {
        const struct made_element one[] = {{"root", 0, -1, 1, -1, 0, 0, 0},
                                           {"a", 1, -1, 1, 3, 0, 0, 0},
                                           {names[i], 2, -1, 1, -1, 0, 0, 0},
                                           {"x", 0, 1, 0, -1, 0, 0, 0}};
        const struct made_column column = {1, "x", LEVELS(0), LEVELS(2), 1, 2, 1, "\1\0\0\0", 4};
        expect_made(ALL(one), &column, 1, 1, right[i]);
    }
}

/* A list of lists in two levels each: the inner one is the repeated node itself. */
static void test_two_levels_twice(void **state)
{
    (void)state;
    const struct made_element elements[] = {{"root", 0, -1, 1, -1, 0, 0, 0},
                                            {"a", 1, -1, 1, 3, 0, 0, 0},
                                            {"array", 2, -1, 1, 3, 0, 0, 0},
                                            {"array", 2, 1, 0, -1, 0, 0, 0}};
    const struct made_column column = {1, "a", LEVELS(0, 2, 1, 0), LEVELS(3, 3, 2, 1), 2, 3, 4, "\1\0\0\0\2\0\0\0", 8};
    expect_made(ALL(elements), &column, 1, 2, "{\"a\":[[1,2],[]]}\n{\"a\":[]}\n");
}

/* Repeated fields that are no LIST: lists without nulls; a map by its older names. */
static void test_bare_repetition(void **state)
{
    (void)state;
    const struct made_element elements[] = {{"root", 0, -1, 2, -1, 0, 0, 0},      {"n", 2, 1, 0, -1, 0, 0, 0},
                                            {"m", 0, -1, 1, 2, 0, 0, 0},          {"map", 2, -1, 2, -1, 0, 0, 0},
                                            {"key", 0, 6, 0, 0, 0, 0, 0},         {"value", 1, 1, 0, -1, 0, 0, 0}};
    const struct made_column columns[] = {{1, "n", LEVELS(0, 1, 0), LEVELS(1, 1, 0), 1, 1, 3, "\1\0\0\0\2\0\0\0", 8},
                                          {6, "key", LEVELS(0, 1, 0), LEVELS(1, 1, 0), 1, 1, 3, "\1\0\0\0k\2\0\0\0\"l",
                                           11},
                                          {1, "value", LEVELS(0, 1, 0), LEVELS(2, 1, 0), 1, 2, 3, "\5\0\0\0", 4}};
    expect_made(ALL(elements), ALL(columns), 2, "{\"n\":[1,2],\"m\":{\"k\":5,\"\\\"l\":null}}\n{\"n\":[],\"m\":{}}\n");
}

/* Decimals as byte arrays, intervals, strings that are no UTF-8, unsigned numbers, the largest dates. */
static void test_types(void **state)
{
    (void)state;
    const struct made_element elements[] = {{"root", 0, -1, 6, -1, 0, 0, 0},  {"d", 0, 6, 0, 5, 30, 2, 0},
                                            {"s", 0, 6, 0, 0, 0, 0, 0},       {"u", 0, 1, 0, 11, 0, 0, 0},
                                            {"t", 0, 3, 0, -1, 0, 0, 0},      {"x", 0, 1, 0, 6, 0, 0, 0},
                                            {"y", 0, 7, 0, 5, 45, 3, 20}};
    const struct made_column columns[] = {
        {6, "d", NULL, NULL, 0, 0, 2, "\1\0\0\0\xFF\2\0\0\0\4\xD2", 11},
        {6, "s", NULL, NULL, 0, 0, 2, "\3\0\0\0a\xFF\n\0\0\0\0", 11},
        {1, "u", NULL, NULL, 0, 0, 2, "\xFF\xFF\xFF\xFF\xFE\0\0\0", 8},
        {3, "t", NULL, NULL, 0, 0, 2, "\1\0\0\0\0\0\0\0\x8C\x3D\x25\0\0\x10\xA5\xD4\xE8\0\0\0\x8B\x3D\x25\0", 24},
        {1, "x", NULL, NULL, 0, 0, 2, "\xFF\xFF\xFF\x7F\xFF\xFF\xFF\xFF", 8},
        {7, "y", NULL, NULL, 0, 0, 2,
         "\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
         "\xFF\xFF\xFF",
         40}};
    expect_made(
        ALL(elements), ALL(columns), 2,
        "{\"d\":-0.01,\"s\":\"a\xEF\xBF\xBD\\n\",\"u\":255,\"t\":\"1970-01-01T00:00:00.000000001Z\",\"x\":"
        "\"2147483647\","
        "\"y\":340282366920938463463374607431768211.456}\n"
        "{\"d\":12.34,\"s\":\"\",\"u\":254,\"t\":\"1969-12-31T00:16:40.000Z\",\"x\":\"1969-12-31\",\"y\":-0.001}\n");
}

/* Levels that do not fit those of other columns, or the number of rows. */
static void test_misfits(void **state)
{
    (void)state;
    const struct made_element elements[] = {{"root", 0, -1, 1, -1, 0, 0, 0},
                                            {"a", 1, -1, 1, 3, 0, 0, 0},
                                            {"l", 2, -1, 2, -1, 0, 0, 0},
                                            {"x", 0, 1, 0, -1, 0, 0, 0},
                                            {"y", 0, 1, 0, -1, 0, 0, 0}};
    const struct made_column columns[] = {{1, "x", LEVELS(0, 1), LEVELS(2, 2), 1, 2, 2, "\1\0\0\0\2\0\0\0", 8},
                                          {1, "y", LEVELS(0, 0), LEVELS(2, 2), 1, 2, 2, "\1\0\0\0\2\0\0\0", 8}};
    expect_made(ALL(elements), ALL(columns), 1,
                "made: row group 0, column a.l.y, page 0: its levels do not fit those of other columns, or rows");
    const struct made_element flat[] = {{"root", 0, -1, 1, -1, 0, 0, 0}, {"x", 1, 1, 0, -1, 0, 0, 0}};
    const struct made_column column = {1, "x", NULL, LEVELS(1, 0), 0, 1, 2, "\1\0\0\0", 4};
    expect_made(ALL(flat), &column, 1, 2, "{\"x\":1}\n{\"x\":null}\n");
    expect_made(ALL(flat), &column, 1, 3,
                "{\"x\":1}\n{\"x\":null}\nmade: row group 0, column x, page 0: its levels do not fit those of other "
                "columns, or rows");
    expect_made(ALL(flat), &column, 1, 1,
                "{\"x\":1}\nmade: row group 0, column x, page 0: more rows than the row group should have");
    const struct made_column high = {1, "x", NULL, LEVELS(1, 3), 0, 1, 2, "\1\0\0\0", 4};
    expect_made(ALL(flat), &high, 1, 2, "made: row group 0, column x, page 0: the definition levels are damaged");
    const struct made_column few = {1, "x", NULL, LEVELS(1, 1), 0, 1, 2, "\1\0\0\0", 4};
    expect_made(ALL(flat), &few, 1, 2, "made: row group 0, column x, page 0: the values are damaged");
}

static void test_refused(void **state)
{
    (void)state;
    struct buffer file = {0};
    buffer_add_text(&file, "PAR1 is not all");
    expect(&file, "made: is truncated or no Parquet file (PAR1 is not at its end)");
    file.len = 0;
    buffer_add_text(&file, "PARE............PARE");
    expect(&file, "made: is encrypted (its footer is), which is not supported");
    file.len = 0;
    buffer_add_text(&file, "{\"a\":1}\n{\"a\":2}\n");
    expect(&file, "made: no Parquet file (PAR1 is not at its beginning)");
    file.len = 0;
    buffer_add(&file, "PAR1\xFF\0\0\0PAR1", 12);
    expect(&file, "made: footer: its length is wrong");
    buffer_free(&file);
    const struct made_element no_tree[] = {{"root", 0, -1, 2, -1, 0, 0, 0}, {"x", 1, 1, 0, -1, 0, 0, 0}};
    expect_made(ALL(no_tree), NULL, 0, 0, "made: schema: 'root': more members than the schema has");
    const struct made_element no_members[] = {{"root", 0, -1, 1, -1, 0, 0, 0}, {"x", 1, -1, 0, -1, 0, 0, 0}};
    expect_made(ALL(no_members), NULL, 0, 0, "made: schema: 'x': a group without members");
    struct made_element deep[PARQUET_DEPTH_MAX + 2];
    for (size_t i = 0; i < PARQUET_DEPTH_MAX + 2; i++)
        deep[i] = (struct made_element){"g", 1, -1, 1, -1, 0, 0, 0};
    deep[PARQUET_DEPTH_MAX] = (struct made_element){"x", 1, 1, 0, -1, 0, 0, 0};
    const unsigned char level[] = {PARQUET_DEPTH_MAX};
    const struct made_column column = {1, "x", NULL, level, 0, PARQUET_DEPTH_MAX, 0, "", 0};
    expect_made(deep, PARQUET_DEPTH_MAX + 1, &column, 1, 0, "");
    deep[PARQUET_DEPTH_MAX] = deep[0];
    deep[PARQUET_DEPTH_MAX + 1] = (struct made_element){"x", 1, 1, 0, -1, 0, 0, 0};
    expect_made(deep, PARQUET_DEPTH_MAX + 2, &column, 1, 0, "made: schema: 'g': nested deeper than 200");
}

/* Each file cut anywhere, and with each byte changed: refused, or read without harm. */
static void test_damage(void **state)
{
    (void)state;
    struct buffer file = {0};
    const struct made_element elements[] = {{"root", 0, -1, 2, -1, 0, 0, 0},      {"n", 2, 1, 0, -1, 0, 0, 0},
                                            {"m", 0, -1, 1, 2, 0, 0, 0},          {"map", 2, -1, 2, -1, 0, 0, 0},
                                            {"key", 0, 6, 0, 0, 0, 0, 0},         {"value", 1, 1, 0, -1, 0, 0, 0}};
    const struct made_column columns[] = {{1, "n", LEVELS(0, 1, 0), LEVELS(1, 1, 0), 1, 1, 3, "\1\0\0\0\2\0\0\0", 8},
                                          {6, "key", LEVELS(0, 1, 0), LEVELS(1, 1, 0), 1, 1, 3, "\1\0\0\0k\2\0\0\0\"l",
                                           11},
                                          {1, "value", LEVELS(0, 1, 0), LEVELS(2, 1, 0), 1, 2, 3, "\5\0\0\0", 4}};
    made_file(&file, ALL(elements), ALL(columns), 2);
    for (size_t len = 0; len < file.len; len++) {
        struct problem problem = {0};
        struct parquet_source source = parquet_source_memory(file.data, len, "cut");
        assert_null(parquet_open(&source, &problem));
        assert_int_equal(problem.status, STATUS_DATA);
    }
    for (size_t at = 0; at < file.len; at++)
        for (int bit = 0; bit < 8; bit++) {
            struct problem problem = {0};
            file.data[at] = (char)(file.data[at] ^ 1 << bit);
            struct parquet_source source = parquet_source_memory(file.data, file.len, "hurt");
            struct parquet_file *open = parquet_open(&source, &problem);
            if (open && parquet_rows(open) < 1000) {
                struct parquet_plan *plan = parquet_plan_new(open, &(struct parquet_request){.records = true});
                struct parquet_reader *reader = parquet_reader_new(plan);
                struct buffer text = {0};
                if (parquet_row_groups(open) > 0 && parquet_reader_start(reader, 0, &problem))
                    parquet_reader_json(reader, SIZE_MAX, SIZE_MAX / 2, &text);
                buffer_free(&text);
                parquet_reader_free(reader);
                parquet_plan_free(plan);
            }
            parquet_close(open);
            file.data[at] = (char)(file.data[at] ^ 1 << bit);
        }
    buffer_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_levels),      cmocka_unit_test(test_two_levels_of_groups),
        cmocka_unit_test(test_two_levels_twice), cmocka_unit_test(test_bare_repetition),
        cmocka_unit_test(test_types),           cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_refused),         cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

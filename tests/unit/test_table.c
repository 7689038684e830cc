/* table: show()'s layout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "table/table.h"

static void check_table(struct table_options options, size_t columns, const char *const *names, size_t rows,
                        const struct value *values, const char *want)
{
    size_t lens[8];
    for (size_t i = 0; i < columns; i++)
        lens[i] = strlen(names[i]);
    struct table *table = table_start(&options, names, lens, columns);
    for (size_t i = 0; i < rows; i++)
        if (!table_row(table, values + i * columns))
            break;
    struct buffer text = {0};
    table_finish(table, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, want);
    buffer_free(&text);
}

static struct value text_value(const char *text)
{
    return value_string(text, strlen(text));
}

static void test_layout(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "name"};
    const struct value values[] = {value_long(1), text_value("x"), value_null(), text_value("12345678901234567890"),
                                   value_long(-30), text_value("123456789012345678901")};
    check_table((struct table_options){.rows = 20, .width = 20}, 2, names, 3, values,
                "+----+--------------------+\n|   a|                name|\n+----+--------------------+\n"
                "|   1|                   x|\n|NULL|12345678901234567890|\n| -30|12345678901234567...|\n"
                "+----+--------------------+\n");
    check_table((struct table_options){.rows = 2, .width = 0}, 2, names, 3, values,
                "+----+--------------------+\n|a   |name                |\n+----+--------------------+\n"
                "|1   |x                   |\n|NULL|12345678901234567890|\n+----+--------------------+\n"
                "only showing top 2 rows\n");
    check_table((struct table_options){.rows = 1, .width = 3, .vertical = true}, 2, names, 3, values,
                "-RECORD 0---\n a    | 1   \n name | x   \nonly showing top 1 row\n");
}

static void test_wide(void **state)
{
    (void)state;
    static const char *const names[] = {"\xE6\xBC\xA2"};
    const struct value values[] = {text_value("\xE3\x83\x86\xE3\x82\xB9"),
                                   text_value("\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80"),
                                   text_value("a\tb\x07\n")};
    check_table((struct table_options){.rows = 9, .width = 6}, 1, names, 2, values,
                "+------+\n|    \xE6\xBC\xA2|\n+------+\n|  "
                "\xE3\x83\x86\xE3\x82\xB9|\n|\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80|\n+------+\n");
    check_table(
        (struct table_options){.rows = 9, .width = 3}, 1, names, 3, values,
        "+----+\n|  \xE6\xBC\xA2|\n+----+\n|\xE3\x83\x86\xE3\x82\xB9|\n| \xF0\x9F\x98\x80?|\n| a\\t|\n+----+\n");
    assert_int_equal(table_width("\xEF\xBF\xA6\xEF\xBF\xA7", 6), 3);
}

static void test_types(void **state)
{
    (void)state;
    static const char *const names[] = {"d", "s", "n"};
    struct value array = {.type = VALUE_ARRAY, .text = "[1,{\"b\":null}]", .len = 14};
    const struct value values[] = {value_long(1),     array,           value_boolean(true),
                                   value_double(2.5), text_value("y"), value_null()};
    check_table((struct table_options){.rows = 9, .width = 20}, 3, names, 2, values,
                "+---+--------------+----+\n|  d|             s|   n|\n+---+--------------+----+\n"
                "|1.0|[1,{\"b\":null}]|true|\n|2.5|             y|NULL|\n+---+--------------+----+\n");
    check_table((struct table_options){.rows = 9, .width = 20}, 3, names, 0, values,
                "+---+---+---+\n|  d|  s|  n|\n+---+---+---+\n+---+---+---+\n");
    check_table((struct table_options){.rows = 9, .width = 20, .vertical = true}, 3, names, 0, values, "(0 rows)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layout), cmocka_unit_test(test_wide),
                                       cmocka_unit_test(test_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

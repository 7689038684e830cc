/* table/push: which parts of a condition become predicates on a file's columns (and expr_bounds below it). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "table/push.h"

/* i and j: whole numbers, u: unsigned ones, d: doubles, f: floats, m: decimals, t: text, b: bytes, l: a list, s.x */
static struct parquet_node below = {
    .name = "x", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_INT64};
static struct parquet_node members[] = {
    {.name = "i", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_INT64},
    {.name = "j", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_INT32, .meaning = PARQUET_INTEGER,
     .bits = 8, .is_signed = true},
    {.name = "u", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_INT64, .meaning = PARQUET_INTEGER,
     .bits = 64},
    {.name = "d", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_DOUBLE},
    {.name = "f", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_FLOAT},
    {.name = "m", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_INT64, .meaning = PARQUET_DECIMAL},
    {.name = "t", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_BYTE_ARRAY, .meaning = PARQUET_STRING},
    {.name = "b", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_BYTE_ARRAY},
    {.name = "l", .name_len = 1, .shape = PARQUET_LEAF, .physical = PARQUET_INT64, .repeats = 1,
     .repetition = PARQUET_REPEATED},
    {.name = "s", .name_len = 1, .shape = PARQUET_STRUCT, .children = &below, .child_count = 1},
};
static const struct parquet_node root = {
    .shape = PARQUET_STRUCT, .children = members, .child_count = sizeof members / sizeof *members};

/* "path comparison constant; …" */
static void assert_pushed(const char *condition, const char *folder, const char *wanted)
{
    static const char *const signs[] = {"=", "<", "<=", ">", ">=", "null", "there"};
    struct path_set paths = {0};
    const struct expr_options options = {.paths = &paths};
    struct problem problem = {0};
    struct parquet_partitions columns = {0};
    struct parquet_predicate predicates[PUSH_MAX];
    struct buffer text = {0};
    struct expr *where = expr_compile("where", condition, NULL, &options, &problem);
    assert_non_null(where);
    parquet_partitions_read(&columns, folder);
    parquet_partitions_type(&columns, 1);
    size_t count = push_predicates(where, &paths, &root, &columns, predicates);
    for (size_t i = 0; i < count; i++) {
        buffer_add_format(&text, "%s %s", predicates[i].path->text, signs[predicates[i].comparison]);
        if (predicates[i].constant.type == VALUE_LONG)
            buffer_add_format(&text, " %lld", (long long)predicates[i].constant.integer);
        if (predicates[i].constant.type == VALUE_STRING)
            buffer_add_format(&text, " '%.*s'", (int)predicates[i].constant.len, predicates[i].constant.text);
        buffer_add_text(&text, "; ");
    }
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, wanted);
    buffer_free(&text);
    parquet_partitions_free(&columns);
    path_set_free(&paths);
    expr_free(where);
}

static void comparisons(void **state)
{
    (void)state;
    assert_pushed("i = 1", "", "i = 1; ");
    assert_pushed("1 = i and j < -2 and d <= 3", "", "i = 1; j < -2; d <= 3; ");
    assert_pushed("3 > i and 4 >= s.x", "", "i < 3; s.x <= 4; ");
    assert_pushed("3 < i and 4 <= s.x", "", "i > 3; s.x >= 4; ");
    assert_pushed("t = 'a' and 'b' = t and t > 'c'", "", "t = 'a'; t = 'b'; t > 'c'; ");
    assert_pushed("i between 1 + 1 and 5", "", "i >= 2; i <= 5; ");
    assert_pushed("i is null and t is not null", "", "i null; t there; ");
    assert_pushed("i > 1 and (d * 2 > 3 and (t like 'a%' and i < 9))", "", "i > 1; i < 9; ");
}

static void what_statistics_order_in_another_way(void **state)
{
    (void)state;
    assert_pushed("u = 1 and f = 1 and m = 1 and b = 'x' and l = 1 and s = 1", "", "");
    assert_pushed("u is null and f is null and m is null and b is null and l is null and s is null", "", "");
    assert_pushed("i = 9007199254740992 and d > -9007199254740992", "",
                  "i = 9007199254740992; d > -9007199254740992; ");
    assert_pushed("i = 9007199254740993 and d > -9007199254740993", "", "");
    assert_pushed("i > 1.5 and i = '1' and t = 1 and t = null and i = true", "", "");
    assert_pushed("t > 'ü' and t = 'z\x7f'", "", "t = 'z\x7f'; ");
}

static void what_says_nothing(void **state)
{
    (void)state;
    assert_pushed("i > 1 or i < 0", "", "");
    assert_pushed("not (i > 1) and i != 2 and i <=> 3 and i in (1, 2)", "", "");
    assert_pushed("i > j and nowhere = 1 and i.x = 1 and s.y = 1", "", "");
    assert_pushed("i = 1 and j = 2", "i=7/file", "j = 2; ");
}

static void only_so_many(void **state)
{
    (void)state;
    struct buffer condition = {0}, wanted = {0};
    for (int i = 0; i <= PUSH_MAX; i++) {
        buffer_add_format(&condition, "%si > %d", i > 0 ? " and " : "", i);
        if (i < PUSH_MAX)
            buffer_add_format(&wanted, "i > %d; ", i);
    }
    buffer_add_char(&condition, '\0');
    buffer_add_char(&wanted, '\0');
    assert_pushed(condition.data, "", wanted.data);
    buffer_free(&condition);
    buffer_free(&wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons),
        cmocka_unit_test(what_statistics_order_in_another_way),
        cmocka_unit_test(what_says_nothing),
        cmocka_unit_test(only_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

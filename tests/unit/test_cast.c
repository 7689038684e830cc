/* cast: what becomes what, and where each type ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "value/cast.h"

/* The text of cast(text as type), "null" for null. */
static void check(const char *text, const char *type_name, unsigned char precision, unsigned char scale,
                  const char *wanted)
{
    struct arena arena = {0};
    struct cast_type type;
    assert_true(cast_type_named(type_name, strlen(type_name), &type));
    if (precision) {
        type.precision = precision;
        type.scale = scale;
    }
    struct value from = value_string(text, strlen(text));
    bool failed = false;
    struct value to = cast_value(&from, type, &arena, &failed);
    struct buffer written = {0};
    if (to.type == VALUE_NULL)
        buffer_add_text(&written, "null");
    else
        value_write_plain(&to, &written);
    buffer_add_char(&written, '\0');
    if (strcmp(written.data, wanted) != 0)
        fail_msg("cast('%s' as %s) is %s, not %s", text, type_name, written.data, wanted);
    assert_int_equal(failed, to.type == VALUE_NULL);
    buffer_free(&written);
    arena_free(&arena);
}

static void test_strings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *type, *wanted;
    } cases[] = {{"127", "tinyint", "127"},         {"128", "tinyint", "null"},
                 {"-128", "tinyint", "-128"},       {"-129", "tinyint", "null"},
                 {"32767", "smallint", "32767"},    {"32768", "smallint", "null"},
                 {"2147483647", "int", "2147483647"}, {"2147483648", "int", "null"},
                 {"9223372036854775807", "bigint", "9223372036854775807"},
                 {"9223372036854775808", "bigint", "null"},
                 {"-9223372036854775808", "bigint", "-9223372036854775808"},
                 {" 12 ", "int", "12"},             {"12.9", "int", "12"},
                 {"", "int", "null"},               {"1x", "int", "null"},
                 {"1e400", "double", "Infinity"},   {"NaN", "double", "NaN"},
                 {"t", "boolean", "true"},          {"yes", "boolean", "true"},
                 {"0", "boolean", "false"},         {"2", "boolean", "null"},
                 {"2020-02-29", "date", "2020-02-29"}, {"2021-02-29", "date", "null"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i].text, cases[i].type, 0, 0, cases[i].wanted);
    check("99.99", "decimal", 4, 2, "99.99");
    check("99.994", "decimal", 4, 2, "99.99");
    check("99.995", "decimal", 4, 2, "null");
    check("99999999999999999999999999999999999999", "decimal", 38, 0, "99999999999999999999999999999999999999");
    check("100000000000000000000000000000000000000", "decimal", 38, 0, "null");
}

/* cast(value as type), with and without ANSI: the text, and whether something could not be cast. */
static void check_nested(struct value from, struct cast_type to, bool strict, const char *wanted, bool fails)
{
    struct arena arena = {0};
    bool failed = !fails;
    struct value result = strict ? cast_strict(&from, to, &arena, &failed) : cast_value(&from, to, &arena, &failed);
    struct buffer written = {0};
    value_write_plain(&result, &written);
    buffer_add_char(&written, '\0');
    assert_string_equal(written.data, wanted);
    assert_int_equal(failed, fails);
    buffer_free(&written);
    arena_free(&arena);
}

static void test_nested(void **state)
{
    (void)state;
    static const struct cast_inner integers = {.element = {.type = VALUE_LONG, .width = 4}};
    static const struct cast_inner integer_arrays = {.element = {.type = VALUE_ARRAY, .inner = &integers}};
    static const struct cast_inner texts = {.key = {.type = VALUE_LONG, .width = 4}, .element = {.type = VALUE_STRING}};
    const struct cast_type array = {.type = VALUE_ARRAY, .inner = &integers};
    const struct cast_type arrays = {.type = VALUE_ARRAY, .inner = &integer_arrays};
    const struct cast_type map = {.type = VALUE_STRUCT, .inner = &texts};
    const struct cast_type any = {.type = VALUE_ARRAY};
    static const char mixed[] = "[\"9\", null, \"1.5\", \"x\"]", good[] = "[[ \"07\" ],null,[]]";
    static const char keys[] = "{\"1\":true,\"02\":[1]}", wrong[] = "{\"1\":1,\"x\":2}", large[] = "[4294967296]";
    const struct value from = {.type = VALUE_ARRAY, .text = mixed, .len = sizeof mixed - 1};
    const struct value nested = {.type = VALUE_ARRAY, .text = good, .len = sizeof good - 1};
    const struct value object = {.type = VALUE_STRUCT, .text = keys, .len = sizeof keys - 1};
    const struct value no_key = {.type = VALUE_STRUCT, .text = wrong, .len = sizeof wrong - 1};
    const struct value wide = {.type = VALUE_ARRAY, .text = large, .len = sizeof large - 1};
    check_nested(from, array, false, "[9,null,1,null]", true);
    check_nested(from, array, true, "[9,null,null,null]", true);
    check_nested(from, any, false, mixed, false);
    check_nested(nested, arrays, true, "[[7],null,[]]", false);
    check_nested(object, map, false, "{\"1\":\"true\",\"2\":\"[1]\"}", false);
    check_nested(no_key, map, false, "", true);
    check_nested(object, array, false, "", true);
    check_nested(wide, array, false, "[0]", false);
    check_nested(wide, array, true, "[null]", true);
}

static void test_type_names(void **state)
{
    (void)state;
    struct cast_type type;
    struct arena arena = {0};
    assert_false(cast_type_named("intt", 4, &type));
    assert_true(cast_type_named("decimal", 7, &type));
    assert_int_equal(type.precision, 10);
    struct value value = cast_of_decimal((struct decimal){.unscaled = 15, .precision = 2, .scale = 1});
    assert_string_equal(cast_type_name(&value, &arena), "decimal(2,1)");
    struct decimal back = cast_to_decimal(&value);
    assert_true(back.unscaled == 15 && back.precision == 2 && back.scale == 1);
    value = value_long(-3);
    assert_true(cast_to_decimal(&value).unscaled == -3);
    assert_string_equal(cast_type_name(&value, &arena), "bigint");
    arena_free(&arena);
}

int main(void)
{
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_nested),
        cmocka_unit_test(test_type_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

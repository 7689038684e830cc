/* pack: values come back as they were; what ends early, and of untrusted bytes also what no value is, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "value/pack.h"

static struct value nested(enum value_type type, const char *text, bool spaced)
{
    return (struct value){.type = type, .text = text, .len = strlen(text), .spaced = spaced};
}

static struct value written(const char *text)
{
    struct value value;
    assert_true(value_parse_number(text, strlen(text), &value));
    return value;
}

static bool comes_back(const struct value *value, bool untrusted)
{
    struct buffer bytes = {0}, again = {0};
    pack_value(&bytes, value);
    struct unpack from = {.at = bytes.data, .end = bytes.data + bytes.len, .untrusted = untrusted};
    struct value back = unpack_value(&from);
    bool same = !from.failed;
    if (same) {
        assert_ptr_equal(from.at, from.end);
        pack_value(&again, &back);
        assert_int_equal(bytes.len, again.len);
        assert_memory_equal(bytes.data, again.data, bytes.len);
    } else {
        assert_int_equal(back.type, VALUE_NULL);
    }
    for (size_t len = 0; len < bytes.len; len++) {
        from = (struct unpack){.at = bytes.data, .end = bytes.data + len, .untrusted = untrusted};
        (void)unpack_value(&from);
        assert_true(from.failed);
    }
    buffer_free(&bytes);
    buffer_free(&again);
    return same;
}

static void values_come_back(void **state)
{
    (void)state;
    __int128 nines = 0;
    for (int i = 0; i < 38; i++)
        nines = nines * 10 + 9;
    const struct value values[] = {
        value_null(),
        value_boolean(true),
        value_long(INT64_MIN),
        value_int(-1),
        value_double(-0.0),
        {.type = VALUE_DOUBLE, .width = 4, .real = 0.5},
        {.type = VALUE_DECIMAL, .precision = 38, .scale = 38, .unscaled = -nines},
        value_string("", 0),
        value_string("a\xff", 2),
        value_date(-106751991),
        value_timestamp(INT64_MAX),
        {.type = VALUE_INTERVAL, .scale = 2, .precision = 5, .interval = {INT64_MIN, -7}},
        nested(VALUE_ARRAY, "[]", false),
        nested(VALUE_ARRAY, "[ 1,\n\"]\"]", true),
        nested(VALUE_STRUCT, "{\"a\":[ ]}", false),
        {.type = VALUE_CELL, .text = "1e", .len = 2},
        written("-0"),
        written("12.50"),
        written("123456789012345678901"),
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        for (int untrusted = 0; untrusted < 2; untrusted++)
            if (!comes_back(&values[i], untrusted))
                fail_msg("value %zu (type %d) is lost", i, (int)values[i].type);
}

static void made_up_values_are_refused(void **state)
{
    (void)state;
    struct value number = written("12");
    number.text = "1x";
    __int128 more = 1;
    for (int i = 0; i < 38; i++)
        more *= 10;
    const struct value values[] = {
        nested(VALUE_ARRAY, "", false),
        nested(VALUE_ARRAY, "[", false),
        nested(VALUE_ARRAY, "{}", true),
        nested(VALUE_ARRAY, "[1 ,]", true),
        nested(VALUE_ARRAY, " []", true),
        nested(VALUE_ARRAY, "[] ", true),
        nested(VALUE_ARRAY, "[1,\n2]", false),
        nested(VALUE_STRUCT, "[]", false),
        nested(VALUE_STRUCT, "{\"a\"}", false),
        nested(VALUE_STRUCT, "{\"a\":\"\xff\"}", false),
        nested(VALUE_STRUCT, "{}{}", false),
        number,
        {.type = VALUE_STRING, .as_written = true, .text = "a", .len = 1},
        {.type = VALUE_LONG, .width = 3, .integer = 1},
        {.type = VALUE_DOUBLE, .width = 2, .real = 1},
        {.type = VALUE_DECIMAL, .precision = 39, .unscaled = 1},
        {.type = VALUE_DECIMAL, .precision = 38, .scale = 39, .unscaled = 1},
        {.type = VALUE_DECIMAL, .precision = 38, .unscaled = more},
        value_date(106751992),
        value_date(-106751992),
        {.type = VALUE_INTERVAL, .scale = 3, .precision = 2},
        {.type = VALUE_INTERVAL, .scale = 2, .precision = 6},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (comes_back(&values[i], true))
            fail_msg("value %zu (type %d) is taken", i, (int)values[i].type);
        assert_true(comes_back(&values[i], false));
    }
    struct unpack from = {.at = "\x0c"};
    from.end = from.at + 1;
    (void)unpack_value(&from);
    assert_true(from.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(values_come_back),
                                       cmocka_unit_test(made_up_values_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* result: rows and bad records counted and cut off at a limit, and what a bad record is told with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/diag.h"
#include "frame/result.h"

static void place(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size)
{
    snprintf(text, size, "%s@%zu#%d", batch->file, at, (int)record);
}

static const struct source_kind kind = {.place = place};
static const struct source source = {.kind = &kind};

static struct batch batch_of(const char *text, enum batch_kind batch_kind)
{
    return (struct batch){.source = &source, .text = text, .len = strlen(text), .kind = batch_kind, .file = "file"};
}

static void row(struct result *result, const char *text)
{
    buffer_add_text(&result->out, text);
    result_row(result);
}

static void test_cut(void **state)
{
    (void)state;
    struct result result = {0};
    struct batch batch = batch_of("x\ny\n", BATCH_LINES);
    for (int round = 0; round < 2; round++) { /* emptied, it is as new */
        result_empty(&result, true, true);
        row(&result, "one");
        assert_true(result_bad(&result, &batch, 0, 0, "x", 1, true, "no good"));
        row(&result, "two");
        row(&result, "three");
        assert_true(result_bad(&result, &batch, 2, 1, "y\n", 2, true, "no good"));
        assert_int_equal(result.rows, 3);
        assert_int_equal(result.bad_count, 2);
        assert_int_equal(result.bad.len, 4);
        assert_memory_equal(result.bad.data, "x\ny\n", 4);
        result_cut(&result, 2); /* the bad record behind the third row goes with it */
        assert_int_equal(result.rows, 2);
        assert_int_equal(result.out.len, 6);
        assert_memory_equal(result.out.data, "onetwo", 6);
        assert_int_equal(result.bad_count, 1);
        assert_int_equal(result.bad.len, 2);
        result_cut(&result, 0);
        assert_int_equal(result.out.len + result.bad.len + result.bad_count + result.rows, 0);
    }
    result_free(&result);
}

static const char *told(const char *text, enum batch_kind batch_kind, bool malformed, const char *reason)
{
    static struct result result;
    struct batch batch = batch_of(text, batch_kind);
    result_empty(&result, false, false);
    assert_false(result_bad(&result, &batch, 3, 7, text, 3, malformed, reason));
    assert_int_equal(result.status, STATUS_DATA);
    return result.error;
}

static void test_message(void **state)
{
    (void)state;
    assert_string_equal(told("{\"a\"}", BATCH_LINES, true, "expected ':'"), "file@3#7: expected ':'");
    assert_string_equal(told("[1,", BATCH_LINES, true, "ends within an array"), "file@3#7: ends within an array");
    assert_string_equal(told("[1,\n", BATCH_LINES, true, "ends within an array"),
                        "file@3#7: ends within an array (--framing nest reads values of several lines)");
    assert_string_equal(told("[1,\n", BATCH_VALUES, true, "ends within an array"), "file@3#7: ends within an array");
    char longer[2 * BATCH_ERROR_MAX];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(strlen(told("[1]\n", BATCH_LINES, false, longer)), BATCH_ERROR_MAX - 1);
}

/* Where values are framed by nesting, nobody knows where the next record begins behind a malformed one. */
static void test_fatal(void **state)
{
    (void)state;
    struct result result = {0};
    struct batch lines = batch_of("x", BATCH_LINES), values = batch_of("x", BATCH_VALUES);
    result_empty(&result, false, true);
    assert_true(result_bad(&result, &lines, 0, 0, "x", 1, true, "no good"));
    assert_true(result_bad(&result, &values, 0, 0, "x", 1, false, "no good"));
    assert_false(result_bad(&result, &values, 0, 0, "x", 1, true, "no good"));
    assert_int_equal(result.bad_count, 2);
    result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cut), cmocka_unit_test(test_message),
                                       cmocka_unit_test(test_fatal)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

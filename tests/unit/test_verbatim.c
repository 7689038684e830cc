/* verbatim: results that stand one byte apart go out where they are; the first that does not ends that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "slice/verbatim.h"

static struct span part(const struct batch *batch, size_t from, size_t len)
{
    return (struct span){.text = batch->text + from, .len = len, .type = SPAN_NUMBER};
}

static void test_verbatim(void **state)
{
    (void)state;
    struct verbatim verbatim = {0};
    struct result result = {0};
    struct batch batch = {0};
    for (int round = 0; round < 2; round++) { /* one serves any number of batches */
        batch.memory.len = 0;
        buffer_add_text(&batch.memory, "12,3\n456 ");
        buffer_add_char(&batch.memory, '\0');
        batch.text = batch.memory.data;
        verbatim_start(&verbatim);
        verbatim_finish(&verbatim, &batch, '\n', &result); /* nothing was met */
        assert_int_equal(result.text_len, 0);
        assert_true(verbatim_add(&verbatim, part(&batch, 0, 2)));
        assert_true(verbatim_add(&verbatim, part(&batch, 3, 1)));
        assert_true(verbatim_add(&verbatim, part(&batch, 5, 3)));
        verbatim_finish(&verbatim, &batch, '\n', &result);
        assert_ptr_equal(result.text, batch.text);
        assert_int_equal(result.text_len, 9);
        assert_memory_equal(result.text, "12\n3\n456\n", 9);
        result.text_len = 0;
    }
    verbatim_start(&verbatim);
    assert_true(verbatim_add(&verbatim, part(&batch, 0, 1)));
    assert_false(verbatim_add(&verbatim, part(&batch, 3, 1))); /* two bytes behind */
    verbatim_copy(&verbatim, ';', &result.out);
    verbatim_finish(&verbatim, &batch, '\n', &result); /* they were copied */
    assert_int_equal(result.text_len, 0);
    assert_int_equal(result.out.len, 2);
    assert_memory_equal(result.out.data, "1;", 2);
    buffer_free(&verbatim.ends);
    buffer_free(&batch.memory);
    result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_verbatim)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

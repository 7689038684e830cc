/* scan_depth: every kernel gives what the portable one gives, on random text of the bytes that matter, however
 * the text is cut into pieces; and a few answers by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "json/scan/depth.h"

static uint64_t seed = 42;

static uint32_t pick(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static void fill(char *text, size_t len, unsigned mood)
{
    static const char *const alphabets[] = {
        ("[]{}\",\\ \n\x1e"
         "1a:"),
        "[[[[{{{{]]]}}},,\"\"xxxxxxxxxx",
        "\\\\\\\\\\\"\"[],",
        ",,,,,, \n1234567890",
        "{\"key\": [1, \"two\"], }",
        "\x7b\x5b\x7d\x5d\xdb\xfb\xdd\xfd\"\\\x01\x1f\x20\x21\x7f\x80\xff",
    };
    const char *alphabet = alphabets[mood % 6];
    uint32_t count = (uint32_t)strlen(alphabet);
    for (size_t i = 0; i < len; i++)
        text[i] = alphabet[pick(count)];
}

static void same(const struct scan_depth *a, const struct scan_depth *b, const char *name)
{
    bool equal = a->closed == b->closed && a->count == b->count && (a->count == 0 || a->cut == b->cut) &&
                 (!a->closed || a->end == b->end) &&
                 (a->closed || (a->depth == b->depth && a->in_string == b->in_string && a->escaped == b->escaped));
    if (!equal)
        fail_msg("%s: closed %d %d count %llu %llu cut %zu %zu end %zu %zu depth %llu %llu", name, a->closed, b->closed,
                 (unsigned long long)a->count, (unsigned long long)b->count, a->cut, b->cut, a->end, b->end,
                 (unsigned long long)a->depth, (unsigned long long)b->depth);
}

static size_t kernel_count(void)
{
    size_t count = 0;
    while (scan_depth_kernel(count))
        count++;
    return count;
}

static void test_kernels_agree(void **unused)
{
    (void)unused;
    enum { LEN = 700 };
    char *text = mem_zero(LEN, 1);
    size_t kernels = kernel_count();
    const struct scan_depth_kernel *portable = scan_depth_kernel(kernels - 1);
    assert_string_equal(portable->name, "portable");
    for (unsigned round = 0; round < 30000; round++) {
        size_t len = pick(LEN), cut = len > 0 ? pick((uint32_t)len) : 0;
        enum scan_cuts cuts = round % 2 ? SCAN_ELEMENTS : SCAN_VALUES;
        uint64_t max = round % 3 == 0 ? UINT64_MAX : 1 + pick(20);
        uint64_t depth = round % 5 == 0 ? pick(4) : 0;
        fill(text, len, round / 7);
        struct scan_depth wanted = {.depth = depth};
        portable->depth(&wanted, cuts, text, 0, len, max);
        for (size_t k = 0; k < kernels; k++) {
            const struct scan_depth_kernel *kernel = scan_depth_kernel(k);
            struct scan_depth got = {.depth = depth};
            kernel->depth(&got, cuts, text, 0, cut, max);
            if (!got.closed && got.count < max)
                kernel->depth(&got, cuts, text, cut, len, max);
            if (wanted.closed || wanted.count < max)
                same(&got, &wanted, kernel->name);
            else
                assert_true(got.count == wanted.count && got.cut == wanted.cut);
            assert_int_equal(kernel->newlines(text, len), portable->newlines(text, len));
        }
    }
    free(text);
}

static void expect(enum scan_cuts cuts, const char *text, uint64_t max, uint64_t count, size_t cut, bool closed,
                   size_t end)
{
    for (size_t k = 0; scan_depth_kernel(k); k++) {
        struct scan_depth state = {0};
        scan_depth_kernel(k)->depth(&state, cuts, text, 0, strlen(text), max);
        assert_int_equal(state.count, count);
        assert_true(count == 0 || state.cut == cut);
        assert_true(state.closed == closed && (!closed || state.end == end));
    }
}

static void test_answers(void **unused)
{
    (void)unused;
    const uint64_t all = UINT64_MAX;
    expect(SCAN_ELEMENTS, "1,2,[3,4],{\"a\":\",]\\\"\"},5", all, 4, 22, false, 0);
    expect(SCAN_ELEMENTS, "1,2,[3,4],{\"a\":\",]\\\"\"},5", 2, 2, 3, false, 0);
    expect(SCAN_ELEMENTS, "1,2],3", all, 1, 1, true, 3);
    expect(SCAN_ELEMENTS, "\"\\\\\",2]", all, 1, 4, true, 6);
    expect(SCAN_VALUES, "{\"a\":[]}{}", 1, 1, 8, false, 0);
    expect(SCAN_VALUES, "{\"a\":[]}{}", all, 2, 10, false, 0);
    expect(SCAN_VALUES, "12 34", all, 1, 2, false, 0);
    expect(SCAN_VALUES, "\"a\"\"b", all, 1, 3, false, 0);
    expect(SCAN_VALUES, "{\"a\": 1", all, 0, 0, false, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_kernels_agree), cmocka_unit_test(test_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

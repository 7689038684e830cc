/* The encodings from within: runs and bits (hybrid), deltas, at their limits; what interop's files do not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "parquet/delta_inner.h"
#include "parquet/hybrid_inner.h"
#include "parquet/values_inner.h"

/* Bytes with slack behind them. */
static const char *padded(const char *bytes, size_t len)
{
    static char memory[512];
    memset(memory, 0xAA, sizeof memory);
    memcpy(memory, bytes, len);
    return memory;
}

static void test_runs(void **state)
{
    (void)state;
    struct parquet_hybrid hybrid;
    uint32_t codes[20];
    /* three times 5, then eight numbers of three bits 0..7 (Encodings.md's example) */
    parquet_hybrid_start(&hybrid, padded("\x06\x05\x03\x88\xC6\xFA", 6), 6, 3);
    assert_true(parquet_hybrid_codes(&hybrid, codes, 2));
    assert_true(parquet_hybrid_codes(&hybrid, codes + 2, 9));
    static const uint32_t right[] = {5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7};
    assert_memory_equal(codes, right, sizeof right);
    assert_false(parquet_hybrid_codes(&hybrid, codes, 1));
    /* no bits: all are zero */
    parquet_hybrid_start(&hybrid, padded("\x28", 1), 1, 0);
    assert_true(parquet_hybrid_codes(&hybrid, codes, 20));
    assert_int_equal(codes[19], 0);
    assert_false(parquet_hybrid_codes(&hybrid, codes, 1));
    /* 32 bits */
    parquet_hybrid_start(&hybrid, padded("\x02\xFF\xFF\xFF\xFF", 5), 5, 32);
    assert_true(parquet_hybrid_codes(&hybrid, codes, 1));
    assert_int_equal(codes[0], UINT32_MAX);
    /* a run whose value has more bits than it may; a head without its value; one of too many bytes */
    parquet_hybrid_start(&hybrid, padded("\x02\x08", 2), 2, 3);
    assert_false(parquet_hybrid_codes(&hybrid, codes, 1));
    parquet_hybrid_start(&hybrid, padded("\x02", 1), 1, 3);
    assert_false(parquet_hybrid_codes(&hybrid, codes, 1));
    parquet_hybrid_start(&hybrid, padded("\xFF\xFF\xFF\xFF\xFF\x01", 6), 6, 3);
    assert_false(parquet_hybrid_codes(&hybrid, codes, 1));
}

static void test_levels(void **state)
{
    (void)state;
    struct parquet_hybrid hybrid;
    unsigned char levels[40];
    parquet_hybrid_start(&hybrid, padded("\x07\xB1\x00\xFF\x10\x01", 6), 6, 1);
    assert_true(parquet_hybrid_levels(&hybrid, levels, 32));
    static const unsigned char right[] = {1, 0, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
                                          1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_memory_equal(levels, right, sizeof right);
    /* the older packing: from the highest bit on */
    assert_true(parquet_hybrid_start_packed(&hybrid, padded("\x05\x39\x77", 3), 3, 3, 8));
    assert_true(parquet_hybrid_levels(&hybrid, levels, 3));
    assert_true(parquet_hybrid_levels(&hybrid, levels + 3, 5));
    static const unsigned char packed[] = {0, 1, 2, 3, 4, 5, 6, 7};
    assert_memory_equal(levels, packed, sizeof packed);
    assert_false(parquet_hybrid_levels(&hybrid, levels, 1));
    assert_false(parquet_hybrid_start_packed(&hybrid, padded("\x05\x39", 2), 2, 3, 8));
}

static void test_deltas(void **state)
{
    (void)state;
    struct parquet_delta delta;
    int64_t numbers[8];
    /* 7, 5, 3, 1, 2, 3, 4, 5: Encodings.md's second example, in blocks of 128 in four miniblocks */
    const char bytes[] = "\x80\x01\x04\x08\x0E\x03\x02\0\0\0\xC0\x3F\0\0\0\0\0\0";
    const char *at = padded(bytes, sizeof bytes - 1);
    assert_true(parquet_delta_start(&delta, at, at + sizeof bytes - 1));
    assert_ptr_equal(parquet_delta_end(delta), at + sizeof bytes - 1);
    assert_true(parquet_delta_read(&delta, numbers, 3));
    assert_true(parquet_delta_read(&delta, numbers + 3, 5));
    static const int64_t right[] = {7, 5, 3, 1, 2, 3, 4, 5};
    assert_memory_equal(numbers, right, sizeof right);
    assert_false(parquet_delta_read(&delta, numbers, 1));
    /* cut off */
    assert_true(parquet_delta_start(&delta, at, at + 12));
    assert_null(parquet_delta_end(delta));
    /* no miniblocks; too wide ones; a block that is no multiple of them */
    assert_false(parquet_delta_start(&delta, padded("\x80\x01\x00\x08\x0E", 5), padded("\x80\x01\x00\x08\x0E", 5) + 5));
    assert_false(parquet_delta_start(&delta, padded("\x80\x01\x03\x08\x0E", 5), padded("\x80\x01\x03\x08\x0E", 5) + 5));
    at = padded("\x80\x01\x04\x08\x0E\x03\x41\0\0\0\0", 11);
    assert_true(parquet_delta_start(&delta, at, at + 11));
    assert_false(parquet_delta_read(&delta, numbers, 8));
}

/* Deltas of 64 bits: from the smallest number to the largest and back. */
static void test_wide_deltas(void **state)
{
    (void)state;
    char bytes[512] = "\x80\x01\x04\x03\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"; /* 3 numbers from INT64_MIN on */
    size_t len = 14;
    bytes[len++] = 2;  /* the least delta: 1 */
    bytes[len++] = 64; /* bits */
    len += 3;
    uint64_t steps[32] = {UINT64_MAX - 1, 0};
    steps[1] = (uint64_t)INT64_MIN - (uint64_t)INT64_MAX - 1;
    memcpy(bytes + len, steps, sizeof steps);
    len += sizeof steps;
    struct parquet_delta delta;
    int64_t numbers[3];
    assert_true(parquet_delta_start(&delta, bytes, bytes + len));
    assert_true(parquet_delta_read(&delta, numbers, 3));
    assert_true(numbers[0] == INT64_MIN);
    assert_true(numbers[1] == INT64_MAX);
    assert_true(numbers[2] == INT64_MIN);
}

/* Front coding: a value longer than its forerunner, and what would take too much is given in parts. */
static void test_front_coding(void **state)
{
    (void)state;
    struct parquet_node leaf = {.physical = PARQUET_BYTE_ARRAY};
    /* prefixes 0, 2; suffix lengths 3, 2; "abc", "de" */
    const char bytes[] = "\x80\x01\x01\x02\x00\x04\x00\x80\x01\x01\x02\x06\x01\x00" "abcde";
    const char *at = padded(bytes, sizeof bytes - 1);
    struct parquet_values values = {0};
    struct arena arena = {0};
    union parquet_cell cells[2];
    assert_null(parquet_values_start(&values, &leaf, ENCODING_DELTA_BYTE_ARRAY, at, sizeof bytes - 1));
    assert_int_equal(parquet_values_read(&values, cells, 2, &arena), 2);
    assert_int_equal(cells[1].bytes.len, 4);
    assert_memory_equal(cells[1].bytes.data, "abde", 4);
    assert_int_equal(parquet_values_read(&values, cells, 1, &arena), 0);
    /* more of the value before than it has */
    const char wrong[] = "\x80\x01\x01\x02\x00\x08\x00\x80\x01\x01\x02\x06\x01\x00" "abcde";
    at = padded(wrong, sizeof wrong - 1);
    assert_null(parquet_values_start(&values, &leaf, ENCODING_DELTA_BYTE_ARRAY, at, sizeof wrong - 1));
    assert_int_equal(parquet_values_read(&values, cells, 2, &arena), 0);
    parquet_values_free(&values);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),        cmocka_unit_test(test_levels),       cmocka_unit_test(test_deltas),
        cmocka_unit_test(test_wide_deltas), cmocka_unit_test(test_front_coding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* parquet_codec: what is compressed is expanded again; what is damaged, or can't become so much, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <snappy-c.h>

#include "parquet/codec.h"

static const char *const written[] = {"none", "snappy", "gzip", "zstd", "lz4"};

static void fill(struct buffer *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buffer_add_char(bytes, (char)(i % 7 == 0 ? i * 31 : 'a' + i % 5));
}

static void test_there_and_back(void **state)
{
    (void)state;
    static const size_t lens[] = {0, 1, 100, 70000, 3000000};
    for (size_t c = 0; c < sizeof written / sizeof *written; c++) {
        enum parquet_codec codec = (enum parquet_codec)parquet_codec_by_name(written[c]);
        for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
            struct buffer bytes = {0}, small = {0}, again = {0};
            fill(&bytes, lens[i]);
            buffer_add_text(&small, "before");
            parquet_codec_shrink(codec, bytes.data, bytes.len, &small);
            assert_memory_equal(small.data, "before", 6);
            buffer_reserve(&again, bytes.len + 1);
            if (bytes.len > 0) {
                assert_true(parquet_codec_possible(codec, small.data + 6, small.len - 6, bytes.len));
                assert_true(parquet_codec_expand(codec, small.data + 6, small.len - 6, again.data, bytes.len));
                assert_memory_equal(again.data, bytes.data, bytes.len);
                assert_false(parquet_codec_expand(codec, small.data + 6, small.len - 6, again.data, bytes.len - 1));
            }
            if (codec != PARQUET_CODEC_NONE && bytes.len > 100)
                assert_false(parquet_codec_expand(codec, small.data + 6, (small.len - 6) / 2, again.data, bytes.len));
            buffer_free(&bytes);
            buffer_free(&small);
            buffer_free(&again);
        }
    }
}

/* LZ4 as Hadoop frames it, in two blocks. */
static void test_hadoop(void **state)
{
    (void)state;
    struct buffer bytes = {0}, framed = {0};
    fill(&bytes, 1000);
    for (size_t at = 0; at < 1000; at += 500) {
        struct buffer block = {0};
        parquet_codec_shrink(PARQUET_CODEC_LZ4_RAW, bytes.data + at, 500, &block);
        char head[8] = {0, 0, 1, (char)0xF4, 0, 0, (char)(block.len >> 8), (char)block.len};
        buffer_add(&framed, head, sizeof head);
        buffer_add(&framed, block.data, block.len);
        buffer_free(&block);
    }
    char again[1000];
    assert_true(parquet_codec_expand(PARQUET_CODEC_LZ4, framed.data, framed.len, again, sizeof again));
    assert_memory_equal(again, bytes.data, sizeof again);
    assert_false(parquet_codec_expand(PARQUET_CODEC_LZ4, framed.data, framed.len - 1, again, sizeof again));
    struct buffer bare = {0};
    parquet_codec_shrink(PARQUET_CODEC_LZ4_RAW, bytes.data, 1000, &bare);
    assert_true(parquet_codec_expand(PARQUET_CODEC_LZ4, bare.data, bare.len, again, sizeof again));
    buffer_free(&bytes);
    buffer_free(&framed);
    buffer_free(&bare);
}

static uint32_t draw(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)(((uint64_t)*state * below) >> 32);
}

/* Texts, numbers and long runs, one behind the other. */
static size_t fill_random(char *bytes, size_t most, uint32_t *state)
{
    size_t len = 0;
    while (len < most && draw(state, 40) > 0) {
        uint32_t kind = draw(state, 4), count = 1 + draw(state, kind == 3 ? 5000 : 30);
        for (uint32_t i = 0; i < count && len < most; i++, len++) {
            size_t back = 1 + draw(state, kind == 1 ? 9 : 300);
            bytes[len] = kind == 0 || back > len ? (char)draw(state, 256)
                         : kind == 3             ? bytes[len - 1]
                                                 : bytes[len - back];
        }
        if (kind == 1 && len > 8 && len + 200 < most) /* a pattern of few bytes, again and again */
            for (uint32_t i = 0, period = 1 + draw(state, 20); i < 100 && len > period; i++, len++)
                bytes[len] = bytes[len - period];
    }
    return len;
}

/* Beside the library: what it makes is read, and what is damaged is read or refused as the library does. */
static void test_snappy(void **unused)
{
    (void)unused;
    enum { MOST = 20000, TIMES = 3000, DAMAGES = 6 };
    static char bytes[MOST], packed[MOST * 2];
    uint32_t state = 7;
    for (int n = 0; n < TIMES; n++) {
        size_t len = fill_random(bytes, n % 10 ? 300 : MOST, &state), packed_len = sizeof packed;
        assert_int_equal(snappy_compress(bytes, len, packed, &packed_len), SNAPPY_OK);
        for (int damages = 0; damages <= DAMAGES; damages++) {
            size_t said = 0, cut = damages % 2 == 1 ? packed_len - draw(&state, 3) % packed_len : packed_len;
            char *exact = malloc(cut), *theirs = malloc(MOST * 2);
            assert_true(exact && theirs);
            char *in = memcpy(exact, packed, cut);
            for (int i = 0; i < damages; i++)
                in[draw(&state, (uint32_t)cut)] ^= (char)(1 << draw(&state, 8));
            bool good = snappy_uncompressed_length(in, cut, &said) == SNAPPY_OK && said <= MOST;
            size_t made = MOST * 2;
            good = good && snappy_uncompress(in, cut, theirs, &made) == SNAPPY_OK;
            char *into = malloc(said > 0 && said <= MOST ? said : 1); /* for sanitizers: not a byte more */
            assert_true(into != NULL);
            bool read = said <= MOST && parquet_codec_possible(PARQUET_CODEC_SNAPPY, in, cut, said) &&
                        parquet_codec_expand(PARQUET_CODEC_SNAPPY, in, cut, into, said);
            assert_int_equal(read, good);
            assert_true(!read || memcmp(into, theirs, said) == 0);
            assert_true(damages > 0 || (read && said == len && memcmp(into, bytes, len) == 0));
            free(exact);
            free(theirs);
            free(into);
        }
    }
}

static void test_too_much(void **state)
{
    (void)state;
    char bytes[16] = {0};
    assert_false(parquet_codec_possible(PARQUET_CODEC_SNAPPY, bytes, sizeof bytes, 1 << 30));
    assert_false(parquet_codec_possible(PARQUET_CODEC_GZIP, bytes, sizeof bytes, 1 << 30));
    assert_false(parquet_codec_possible(PARQUET_CODEC_LZ4_RAW, bytes, sizeof bytes, 1 << 30));
    assert_false(parquet_codec_possible(PARQUET_CODEC_ZSTD, bytes, sizeof bytes, 1 << 30));
    assert_false(parquet_codec_possible(PARQUET_CODEC_LZO, bytes, sizeof bytes, 16));
}

static void test_names(void **state)
{
    (void)state;
    assert_int_equal(parquet_codec_by_name("lz4_raw"), PARQUET_CODEC_LZ4_RAW);
    assert_int_equal(parquet_codec_by_name("lzo"), -1);
    assert_int_equal(parquet_codec_by_name("brotli"), -1);
    assert_string_equal(parquet_codec_name(PARQUET_CODEC_BROTLI), "brotli");
    assert_null(parquet_codec_name(8));
    assert_null(parquet_codec_name(-1));
}

static int load_all(void **state)
{
    (void)state;
    const char *library;
    for (int codec = 0; codec < PARQUET_CODEC_COUNT; codec++)
        assert_true(parquet_codec_ready((enum parquet_codec)codec, &library));
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_hadoop),
        cmocka_unit_test(test_snappy),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, load_all, NULL);
}

/* codec: what Kafka's clients pack comes out as it was; what is cut short or changed is named or comes out as something
 * else, and nothing outside of it is read (the sanitizers look). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lz4frame.h>
#include <snappy-c.h>
#include <zstd.h>

#include "base/foreign.h"
#include "log/local/codec.h"

static struct buffer plain_text(size_t lines)
{
    struct buffer text = {0};
    for (size_t i = 0; i < lines; i++)
        buffer_add_format(&text, "{\"line\":%zu,\"square\":%zu}\n", i, i * i);
    return text;
}

static void pack_snappy(const struct buffer *text, struct buffer *into)
{
    size_t size = snappy_max_compressed_length(text->len);
    buffer_reserve(into, size);
    assert_int_equal(snappy_compress(text->data, text->len, into->data + into->len, &size), SNAPPY_OK);
    foreign_wrote(into->data + into->len, size);
    into->len += size;
}

/* snappy-java's framing: blocks of 32 KiB behind their lengths. */
static void pack_xerial(const struct buffer *text, struct buffer *into)
{
    enum { BLOCK = 32768 };
    buffer_add(into, "\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);
    for (size_t at = 0; at < text->len; at += BLOCK) {
        struct buffer piece = {text->data + at, text->len - at < BLOCK ? text->len - at : BLOCK, 0}, packed = {0};
        pack_snappy(&piece, &packed);
        for (int shift = 24; shift >= 0; shift -= 8)
            buffer_add_char(into, (char)(packed.len >> shift & 0xFF));
        buffer_add(into, packed.data, packed.len);
        buffer_free(&packed);
    }
}

static void pack_lz4(const struct buffer *text, struct buffer *into)
{
    size_t bound = LZ4F_compressFrameBound(text->len, NULL);
    buffer_reserve(into, bound);
    size_t size = LZ4F_compressFrame(into->data + into->len, bound, text->data, text->len, NULL);
    foreign_wrote(into->data + into->len, size);
    into->len += size;
}

static void pack_zstd(const struct buffer *text, struct buffer *into)
{
    size_t bound = ZSTD_compressBound(text->len);
    buffer_reserve(into, bound);
    size_t size = ZSTD_compress(into->data + into->len, bound, text->data, text->len, 3);
    foreign_wrote(into->data + into->len, size);
    into->len += size;
}

static void pack_gzip(const struct buffer *text, struct buffer *into)
{
    codec_pack_gzip(text->data, text->len, into);
}

static const struct {
    enum codec codec;
    void (*pack)(const struct buffer *text, struct buffer *into);
    bool joins; /* two behind each other are one */
} kinds[] = {
    {CODEC_GZIP, pack_gzip, true},      {CODEC_SNAPPY, pack_snappy, false}, {CODEC_SNAPPY, pack_xerial, false},
    {CODEC_LZ4, pack_lz4, true},        {CODEC_ZSTD, pack_zstd, true},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void comes_back(void **state)
{
    (void)state;
    static const size_t lines[] = {0, 1, 100, 5000, 100000};
    for (size_t k = 0; k < KINDS; k++)
        for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
            struct buffer text = plain_text(lines[i]), packed = {0}, out = {0};
            kinds[k].pack(&text, &packed);
            buffer_add_text(&out, "before");
            assert_null(codec_unpack(kinds[k].codec, packed.data, packed.len, &out));
            assert_int_equal(out.len, 6 + text.len);
            assert_memory_equal(out.data, "before", 6);
            assert_true(text.len == 0 || memcmp(out.data + 6, text.data, text.len) == 0);
            if (kinds[k].joins) {
                kinds[k].pack(&text, &packed);
                out.len = 0;
                assert_null(codec_unpack(kinds[k].codec, packed.data, packed.len, &out));
                assert_int_equal(out.len, 2 * text.len);
            }
            buffer_free(&text);
            buffer_free(&packed);
            buffer_free(&out);
        }
}

/* Cut at every byte: never taken for whole (but where what was cut is a frame of its own, or an empty one's end). */
static void cut_short(void **state)
{
    (void)state;
    struct buffer text = plain_text(3000);
    for (size_t k = 0; k < KINDS; k++) {
        struct buffer packed = {0}, out = {0};
        kinds[k].pack(&text, &packed);
        for (size_t len = 0; len < packed.len; len += 1 + packed.len / 500) {
            char *exact = malloc(len + 1); /* its end is where the sanitizer looks */
            memcpy(exact, packed.data, len);
            out.len = 0;
            const char *wrong = codec_unpack(kinds[k].codec, exact, len, &out);
            assert_true(wrong != NULL || out.len < text.len);
            assert_true(wrong != NULL || kinds[k].pack == pack_xerial);
            free(exact);
        }
        buffer_free(&packed);
        buffer_free(&out);
    }
    buffer_free(&text);
}

static void changed(void **state)
{
    (void)state;
    struct buffer text = plain_text(200);
    for (size_t k = 0; k < KINDS; k++) {
        struct buffer packed = {0}, out = {0};
        kinds[k].pack(&text, &packed);
        for (size_t at = 0; at < packed.len; at++)
            for (int bit = 0; bit < 8; bit++) {
                packed.data[at] = (char)(packed.data[at] ^ 1 << bit);
                out.len = 0;
                codec_unpack(kinds[k].codec, packed.data, packed.len, &out);
                packed.data[at] = (char)(packed.data[at] ^ 1 << bit);
            }
        out.len = 0;
        assert_null(codec_unpack(kinds[k].codec, packed.data, packed.len, &out));
        assert_int_equal(out.len, text.len);
        buffer_free(&packed);
        buffer_free(&out);
    }
    buffer_free(&text);
}

/* Twelve bytes that promise 4 GB do not get the memory. */
static void lies(void **state)
{
    (void)state;
    struct buffer out = {0};
    assert_non_null(codec_unpack(CODEC_SNAPPY, "\xff\xff\xff\xff\x0f\0\0\0\0\0\0\0", 12, &out));
    assert_non_null(codec_unpack(CODEC_SNAPPY, "\xff\xff\xff\x7f\x01\0\0\0\0\0\0\0", 12, &out));
    assert_true(out.cap < 1 << 20);
    assert_non_null(codec_unpack((enum codec)5, "x", 1, &out));
    buffer_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(changed),
        cmocka_unit_test(lies),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}

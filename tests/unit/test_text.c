/* text: classes of bytes, hexadecimal, base64; unicode: one character of UTF-8 at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/uuid.h"
#include "base/unicode.h"

static void test_classes(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        char c = (char)i, text[2] = {c, '\0'}, *end;
        assert_int_equal(text_is_space(c), i == ' ' || i == '\n' || i == '\t' || i == '\r');
        assert_int_equal(text_is_digit(c), i >= '0' && i <= '9');
        unsigned long value = strtoul(text, &end, 36);
        bool digit = i < 128 && i > 32 && end == text + 1;
        assert_int_equal(text_digit(c), digit ? value : TEXT_NO_DIGIT);
        assert_int_equal(text_is_hex(c), digit && value < 16);
    }
}

/* `all` closes its quote where its last byte stands. */
static void passes(const char *all, size_t at, size_t len)
{
    assert_int_equal(text_pass_quoted(all, len, at), strlen(all) - 1);
}

static void test_quoted(void **state)
{
    (void)state;
    passes("'a'", 0, 9);
    passes("\"a'\"", 0, 9);
    passes("`\\`", 0, 9);
    passes("'\\''", 0, 9);
    passes("'\\\\'", 0, 9);
    passes("r'\\'", 1, 9);
    passes("(R\"\\\"", 2, 9);
    passes("or'\\''", 2, 9);
    passes("ab", 1, 2); /* no quote */
    assert_int_equal(text_pass_quoted("'ab", 3, 0), 3);
    assert_int_equal(text_pass_quoted("'a\\", 3, 0), 3);
    assert_int_equal(text_pass_quoted("x'", 2, 1), 2);
}

static void test_hex(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0, 0x0F, 0xA5, 0xFF};
    char text[9] = {0};
    text_hex(bytes, sizeof bytes, false, text);
    assert_string_equal(text, "000fa5ff");
    text_hex(bytes, sizeof bytes, true, text);
    assert_string_equal(text, "000FA5FF");
    for (unsigned i = 0; i < 0x10000; i++) {
        char small[5], capital[5];
        snprintf(small, sizeof small, "%04x", i);
        snprintf(capital, sizeof capital, "%04X", i);
        assert_int_equal(text_hex4(small), i);
        assert_int_equal(text_hex4(capital), i);
    }
}

/* Back from hexadecimal: an odd first digit is a byte, whatever is no digit spoils all. */
static void test_hex_decode(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes;
        size_t count;
    } good[] = {{"", "", 0},
                {"4", "\x04", 1},
                {"41fF", "A\xFF", 2},
                {"a00", "\x0A\0", 2},
                {"12345", "\x01\x23\x45", 3}};
    static const char *const bad[] = {"g", "4g", "4 1", "0x41", "41\n"};
    char into[8];
    size_t count;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(text_hex_decode(good[i].text, strlen(good[i].text), into, &count));
        assert_int_equal(count, good[i].count);
        assert_memory_equal(into, good[i].bytes, count);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(text_hex_decode(bad[i], strlen(bad[i]), into, &count));
}

/* RFC 4648 §10, all bytes, and what is no base64. */
static void test_base64(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xFB\xEF\xFF", "++//"}};
    struct buffer text = {0};
    char back[400];
    size_t count;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        text.len = 0;
        text_base64_add(pairs[i][0], strlen(pairs[i][0]), &text);
        assert_int_equal(text.len, strlen(pairs[i][1]));
        assert_memory_equal(text.data, pairs[i][1], text.len);
        assert_true(text_base64_decode(pairs[i][1], strlen(pairs[i][1]), back, &count));
        assert_int_equal(count, strlen(pairs[i][0]));
        assert_memory_equal(back, pairs[i][0], count);
    }
    unsigned char all[256];
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (unsigned char)i;
    text.len = 0;
    buffer_add_text(&text, "before:");
    text_base64_add(all, sizeof all, &text);
    assert_memory_equal(text.data, "before:AAEC", 11);
    assert_true(text_base64_decode(text.data + 7, text.len - 7, back, &count));
    assert_int_equal(count, sizeof all);
    assert_memory_equal(back, all, sizeof all);
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zm9v Zg=", "Zg==Zm9v", "Zm9-", "Zm9_", "Zm\n9"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(text_base64_decode(wrong[i], strlen(wrong[i]), back, &count));
    buffer_free(&text);
}

/* Every character: written, found valid, read again; RFC 3629's table of what is none. */
static void test_characters(void **state)
{
    (void)state;
    for (uint32_t code = 0; code < 0x110000; code++) {
        char bytes[4];
        uint32_t back;
        bool surrogate = code >= 0xD800 && code < 0xE000;
        size_t len = unicode_put(code, bytes);
        if (len != (code < 0x80      ? 1u
                    : code < 0x800   ? 2u
                    : code < 0x10000 ? 3u
                                     : 4u) ||
            unicode_valid(bytes, len) != (surrogate ? 0 : len) || unicode_valid(bytes, len - 1) != 0 ||
            unicode_next(bytes, len, &back) != len || back != code)
            fail_msg("U+%04X", (unsigned)code);
    }
    static const char *const wrong[] = {"\x80",
                                        "\xBF",
                                        "\xC0\x80",
                                        "\xC1\xBF",
                                        "\xE0\x9F\xBF",
                                        "\xED\xA0\x80",
                                        "\xF0\x8F\xBF\xBF",
                                        "\xF4\x90\x80\x80",
                                        "\xF5\x80\x80\x80",
                                        "\xFF",
                                        "\xC3(",
                                        "\xE2\x82(",
                                        "\xF0\x9F\x98("};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(unicode_valid(wrong[i], strlen(wrong[i])), 0);
    assert_int_equal(unicode_valid("", 0), 0);
}

static void test_uuids(void **state)
{
    char a[UUID_TEXT], b[UUID_TEXT];
    (void)state;
    uuid_draw(a);
    uuid_draw(b);
    assert_int_equal(strlen(a), UUID_TEXT - 1);
    assert_string_not_equal(a, b);
    for (size_t i = 0; i < UUID_TEXT - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        assert_true(dash ? a[i] == '-' : text_is_hex(a[i]));
    }
    assert_int_equal(a[14], '4');
    assert_true(memchr("89ab", a[19], 4) != NULL);
    const unsigned char bytes[UUID_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xff};
    unsigned char random[UUID_BYTES];
    uuid_write(bytes, a);
    assert_string_equal(a, "00010203-0405-0607-0809-0a0b0c0d0eff");
    memset(random, 0xff, sizeof random);
    uuid_make(random, a);
    assert_string_equal(a, "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_classes), cmocka_unit_test(test_quoted),
                                       cmocka_unit_test(test_hex), cmocka_unit_test(test_hex_decode),
                                       cmocka_unit_test(test_base64), cmocka_unit_test(test_characters),
                                       cmocka_unit_test(test_uuids)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

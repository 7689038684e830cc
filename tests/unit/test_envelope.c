/* envelope: messages as JSON objects, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "log/envelope.h"

/* Every byte sequence of a length up to 3 over these bytes, as key, value and header. */
static const unsigned char alphabet[] = {0, '\n', '"', '\\', 'a', 0x7f, 0x80, 0xbf, 0xc2, 0xe0, 0xed, 0xf4, 0xff};

static void expect_same(const char *a, size_t a_len, const char *b, size_t b_len)
{
    assert_int_equal(a_len, b_len);
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_memory_equal(a, b, a_len);
}

static void there_and_back(const char *bytes, size_t len, struct json_tree *tree, struct arena *arena)
{
    struct broker_header headers[] = {{"h", bytes, len}, {"", NULL, 0}, {"h", "", 0}};
    struct broker_message message = {.topic = "t\"",
                                     .partition = 3,
                                     .offset = 1LL << 60,
                                     .timestamp = 1516717399082,
                                     .key = bytes,
                                     .key_len = len,
                                     .value = bytes,
                                     .value_len = len};
    struct buffer text = {0};
    envelope_write(&message, headers, 3, false, &text);
    struct broker_record record;
    size_t at;
    const char *reason;
    assert_true(envelope_read(text.data, text.len, false, tree, arena, &record, &at, &reason));
    expect_same(record.key, record.key_len, bytes, len);
    expect_same(record.value, record.value_len, bytes, len);
    assert_int_equal(record.partition, 3);
    assert_int_equal(record.timestamp, 1516717399082);
    assert_int_equal(record.header_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(record.headers[i].name, headers[i].name);
        expect_same(record.headers[i].value, record.headers[i].value_len, headers[i].value, headers[i].value_len);
    }
    buffer_free(&text);
    arena_reset(arena);
}

static void all_bytes_survive(void **state)
{
    (void)state;
    struct json_tree tree = {0};
    struct arena arena = {0};
    enum { LETTERS = sizeof alphabet };
    there_and_back(NULL, 0, &tree, &arena);
    there_and_back("", 0, &tree, &arena);
    there_and_back("\xf0\x9f\x98\x80 and more than eight bytes \xc3\xa9", 33, &tree, &arena);
    for (size_t i = 0; i < LETTERS * LETTERS * LETTERS; i++) {
        const char bytes[] = {(char)alphabet[i % LETTERS], (char)alphabet[i / LETTERS % LETTERS],
                              (char)alphabet[i / LETTERS / LETTERS]};
        for (size_t len = 1; len <= 3; len++)
            there_and_back(bytes, len, &tree, &arena);
    }
    json_tree_free(&tree);
    arena_free(&arena);
}

static void written_form(void **state)
{
    (void)state;
    struct broker_message message = {.topic = "t",
                                     .timestamp = -1,
                                     .timestamp_type = -1,
                                     .value = "{\"a\" : 1}",
                                     .value_len = 9,
                                     .key = "\xff",
                                     .key_len = 1};
    struct buffer text = {0};
    envelope_write(&message, NULL, 0, true, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, "{\"key_base64\":\"/"
                                   "w==\",\"value\":{\"a\":1},\"topic\":\"t\",\"partition\":0,\"offset\":0,"
                                   "\"timestamp\":-1,\"timestampType\":-1}");
    buffer_free(&text);
}

static void wrong_envelopes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
    } cases[] = {
        {"[]", 0},
        {"{}", 0},
        {"{\"value\":1}", 9},
        {"{\"value\":\"a\",\"value\":\"b\"}", 13},
        {"{\"value\":\"a\",\"value_base64\":\"\"}", 13},
        {"{\"value_base64\":\"a\"}", 16},
        {"{\"value_base64\":\"a===\"}", 16},
        {"{\"value_base64\":null}", 16},
        {"{\"value\":null,\"partition\":-1}", 26},
        {"{\"value\":null,\"partition\":1.0}", 26},
        {"{\"value\":null,\"partition\":2147483648}", 26},
        {"{\"value\":null,\"timestamp\":\"x\"}", 26},
        {"{\"value\":null,\"timestamp\":-2}", 26},
        {"{\"value\":null,\"headers\":{}}", 24},
        {"{\"value\":null,\"headers\":[1]}", 25},
        {"{\"value\":null,\"headers\":[{\"value\":\"x\"}]}", 25},
        {"{\"value\":null,\"headers\":[{\"key\":\"a\\u0000\"}]}", 32},
        {"{\"value\":null,\"headers\":[{\"key\":\"a\",\"x\":1}]}", 36},
        {"{\"value\":null,\"Key\":\"a\"}", 14},
        {"{\"value\":null", 13},
    };
    struct json_tree tree = {0};
    struct arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct broker_record record;
        size_t at = 99;
        const char *reason = NULL;
        assert_false(envelope_read(cases[i].text, strlen(cases[i].text), false, &tree, &arena, &record, &at, &reason));
        assert_non_null(reason);
        assert_int_equal(at, cases[i].at);
    }
    json_tree_free(&tree);
    arena_free(&arena);
}

static void times_and_places_left_out(void **state)
{
    (void)state;
    struct json_tree tree = {0};
    struct arena arena = {0};
    struct broker_record record;
    size_t at;
    const char *reason;
    static const char *const texts[] = {
        "{\"value\":null}",
        "{\"value\":null,\"timestamp\":5,\"timestampType\":-1,\"partition\":null,\"headers\":null}"};
    for (size_t i = 0; i < 2; i++) {
        assert_true(envelope_read(texts[i], strlen(texts[i]), false, &tree, &arena, &record, &at, &reason));
        assert_null(record.key);
        assert_null(record.value);
        assert_int_equal(record.partition, BROKER_ANY_PARTITION);
        assert_int_equal(record.timestamp, BROKER_TIMESTAMP_NOW);
        assert_int_equal(record.header_count, 0);
    }
    assert_true(envelope_read("{\"value\":{\"a\":\"\\u0041\"}}", 24, true, &tree, &arena, &record, &at, &reason));
    expect_same(record.value, record.value_len, "{\"a\":\"\\u0041\"}", 14);
    json_tree_free(&tree);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_bytes_survive), cmocka_unit_test(written_form),
                                       cmocka_unit_test(wrong_envelopes), cmocka_unit_test(times_and_places_left_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

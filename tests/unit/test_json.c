/* json: the judge of what JSON is, the tree, strings, layouts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/json.h"

struct text {
    const char *bytes;
    size_t len;
    size_t at;          /* where the first wrong byte is */
    const char *hint;   /* a word of the message */
};
#define TEXT(literal) literal, sizeof literal - 1

static const struct text good[] = {
    {TEXT("0"), 0, 0},
    {TEXT(" -0 "), 0, 0},
    {TEXT("-1.50e+07"), 0, 0},
    {TEXT("1E5"), 0, 0},
    {TEXT("12345678901234567890123456789.000"), 0, 0},
    {TEXT("true"), 0, 0},
    {TEXT("\tfalse\r\n"), 0, 0},
    {TEXT("null"), 0, 0},
    {TEXT("\"\""), 0, 0},
    {TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\""), 0, 0},
    {TEXT("\"\\ud800\""), 0, 0}, /* a lone surrogate fits RFC 8259's grammar */
    {TEXT("\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\x7F\""), 0, 0},
    {TEXT("[]"), 0, 0},
    {TEXT("{}"), 0, 0},
    {TEXT("[ ]"), 0, 0},
    {TEXT("{ }"), 0, 0},
    {TEXT("[1,[2,{\"a\":[{}]}],\"x\"]"), 0, 0},
    {TEXT("{\"a\":1,\"a\":2,\"\":null}"), 0, 0},
    {TEXT("[\"a\" , 1 , { \"b\" : 2 } ]"), 0, 0},
};

static const struct text bad[] = {
    {TEXT(""), 0, "expected a value"},
    {TEXT("   "), 3, "expected a value"},
    {TEXT("]"), 0, "expected a value"},
    {TEXT("tru"), 3, "literal"},
    {TEXT("trux"), 3, "literal"},
    {TEXT("nulL"), 3, "literal"},
    {TEXT("True"), 0, "expected a value"},
    {TEXT("NaN"), 0, "NaN"},
    {TEXT("-Infinity"), 1, "digit"},
    {TEXT("+1"), 0, "value"},
    {TEXT(".5"), 0, "value"},
    {TEXT("01"), 1, "begin with 0"},
    {TEXT("-01"), 2, "begin with 0"},
    {TEXT("-"), 1, "number"},
    {TEXT("1."), 2, "number"},
    {TEXT("1.e5"), 2, "digit"},
    {TEXT("1e"), 2, "number"},
    {TEXT("1e+"), 3, "number"},
    {TEXT("1e+x"), 3, "exponent"},
    {TEXT("1ex"), 2, "exponent"},
    {TEXT("0x10"), 1, "more text"},
    {TEXT("1 2"), 2, "more text"},
    {TEXT("{} x"), 3, "more text"},
    {TEXT("[1]]"), 3, "more text"},
    {TEXT("\"a"), 2, "string"},
    {TEXT("\"\\"), 2, "string"},
    {TEXT("\"\\u12"), 5, "string"},
    {TEXT("\"\\x\""), 2, "escape"},
    {TEXT("\"\\u12G4\""), 5, "hexadecimal"},
    {TEXT("\"a\nb\""), 2, "control"},
    {TEXT("\"a\tb\""), 2, "control"},
    {TEXT("\"a\0b\""), 2, "control"},
    {TEXT("\"\\\0\""), 2, "escape"},
    {TEXT("\0"), 0, "NUL"},
    {TEXT("1\0"), 1, "more text"},
    {TEXT("\"\x80\""), 1, "UTF-8"},
    {TEXT("\"\xC0\x80\""), 1, "UTF-8"},
    {TEXT("\"\xC1\xBF\""), 1, "UTF-8"},
    {TEXT("\"\xC3\""), 2, "UTF-8"},
    {TEXT("\"\xE0\x9F\xBF\""), 2, "UTF-8"},
    {TEXT("\"\xED\xA0\x80\""), 2, "UTF-8"},
    {TEXT("\"\xE2\x82\""), 3, "UTF-8"},
    {TEXT("\"\xF0\x8F\xBF\xBF\""), 2, "UTF-8"},
    {TEXT("\"\xF4\x90\x80\x80\""), 2, "UTF-8"},
    {TEXT("\"\xF5\x80\x80\x80\""), 1, "UTF-8"},
    {TEXT("\"\xFF\""), 1, "UTF-8"},
    {TEXT("\"\xF0\x9F\x98"), 4, "string"},
    {TEXT("[1,]"), 3, "value"},
    {TEXT("[,1]"), 1, "value or ']'"},
    {TEXT("[1 2]"), 3, "',' or ']'"},
    {TEXT("[1}"), 2, "',' or ']'"},
    {TEXT("[1"), 2, "array"},
    {TEXT("["), 1, "array"},
    {TEXT("{"), 1, "object"},
    {TEXT("{\"a\""), 4, "object"},
    {TEXT("{\"a\":"), 5, "object"},
    {TEXT("{\"a\":1"), 6, "object"},
    {TEXT("{\"a\":1,}"), 7, "key"},
    {TEXT("{\"a\" 1}"), 5, "':'"},
    {TEXT("{\"a\":}"), 5, "value"},
    {TEXT("{a:1}"), 1, "key"},
    {TEXT("{1:1}"), 1, "key"},
    {TEXT("{'a':1}"), 1, "key"},
    {TEXT("{,}"), 1, "key"},
    {TEXT("{\"a\":1 \"b\":2}"), 7, "',' or '}'"},
    {TEXT("{\"a\":1]"), 6, "',' or '}'"},
    {TEXT("['a']"), 1, "double quotes"},
    {TEXT("[1]//x"), 3, "more text"},
    {TEXT("[1,/**/2]"), 3, "value"},
    {TEXT("\xEF\xBB\xBF[]"), 0, "value"},
    {TEXT("\xC2\xA0[]"), 0, "value"},
    {TEXT("[\f]"), 1, "value"},
};

static void test_check(void **state)
{
    (void)state;
    size_t at;
    const char *message;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!json_check(good[i].bytes, good[i].len, &at, &message))
            fail_msg("good %zu: %s: byte %zu: %s", i, good[i].bytes, at, message);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (json_check(bad[i].bytes, bad[i].len, &at, &message))
            fail_msg("bad %zu: %s is accepted", i, bad[i].bytes);
        if (at != bad[i].at || !strstr(message, bad[i].hint))
            fail_msg("bad %zu: %s: byte %zu: %s", i, bad[i].bytes, at, message);
    }
}

/* Any cut of the bytes into pieces gives the same verdict at the same place. */
static void test_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned char type;
        bool is;
    } cases[] = {
        {"[]", SPAN_ARRAY, true},   {"{ }", SPAN_OBJECT, true}, {"\"a\"", SPAN_STRING, true},
        {"-1", SPAN_NUMBER, true},  {"true", SPAN_TRUE, true},  {"null", SPAN_NULL, true},
        {"", SPAN_NUMBER, false},   {"[] ", SPAN_ARRAY, false}, {" []", SPAN_ARRAY, false},
        {"[]", SPAN_OBJECT, false}, {"[", SPAN_ARRAY, false},   {"[][]", SPAN_ARRAY, false},
        {"x", SPAN_NUMBER, false},  {"1", SPAN_ABSENT, false},  {"a", SPAN_CELL, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (json_is((struct span){.text = cases[i].text, .len = strlen(cases[i].text), .type = cases[i].type}) !=
            cases[i].is)
            fail_msg("'%s' (type %d)", cases[i].text, cases[i].type);
}

static void test_check_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json_checker checker;
        json_check_start(&checker);
        enum json_verdict verdict = JSON_MORE;
        size_t at = 0;
        for (; at < bad[i].len && verdict == JSON_MORE; at++) {
            size_t used;
            verdict = json_check_feed(&checker, bad[i].bytes + at, 1, &used);
            if (verdict == JSON_BAD || (verdict == JSON_WHOLE && used == 0)) /* this byte is not the value's */
                break;
        }
        if (verdict == JSON_MORE)
            verdict = json_check_end(&checker);
        if (verdict == JSON_WHOLE)
            assert_non_null(strstr(bad[i].hint, "more text"));
        else
            assert_int_equal(at, bad[i].at);
    }
}

static void test_depth(void **state)
{
    (void)state;
    size_t at;
    const char *message;
    char *text = malloc(2 * JSON_DEPTH_MAX + 2);
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    assert_true(json_check(text, 2 * JSON_DEPTH_MAX, &at, &message));
    struct json_tree tree = {0};
    assert_true(json_tree_build(&tree, text, 2 * JSON_DEPTH_MAX, &at, &message));
    assert_int_equal(tree.count, JSON_DEPTH_MAX);
    json_tree_free(&tree);
    memset(text, '[', JSON_DEPTH_MAX + 1);
    assert_false(json_check(text, 2 * JSON_DEPTH_MAX + 2, &at, &message));
    assert_int_equal(at, JSON_DEPTH_MAX);
    assert_non_null(strstr(message, "deeper"));
    free(text);
}

static void test_tree(void **state)
{
    (void)state;
    static const char text[] = " {\"a\":[1,{\"x\":null},\"s\\n\"],\"b\":{},\"a\\u0062\":true,\"b\":2.50} ";
    struct json_tree tree = {0};
    size_t at;
    const char *message;
    for (int again = 0; again < 2; again++) { /* memory is reused */
        assert_true(json_tree_build(&tree, text, sizeof text - 1, &at, &message));
        assert_int_equal(tree.nodes[0].span.type, SPAN_OBJECT);
        assert_int_equal(tree.nodes[0].size, 4);
        assert_int_equal(tree.nodes[0].span.len, sizeof text - 3);
        uint32_t a = json_tree_member(&tree, 0, "a", 1);
        assert_int_equal(tree.nodes[a].size, 3);
        uint32_t one = a + 1, object = tree.nodes[one].next, string = tree.nodes[object].next;
        assert_int_equal(tree.nodes[one].span.type, SPAN_NUMBER);
        assert_int_equal(tree.nodes[object].size, 1);
        assert_int_equal(tree.nodes[string].span.len, 5);
        assert_true(tree.nodes[string].span.escaped);
        assert_int_equal(tree.nodes[string].next, 0);
        uint32_t b = json_tree_member(&tree, 0, "b", 1); /* the last one wins */
        assert_memory_equal(tree.nodes[b].span.text, "2.50", 4);
        assert_int_equal(tree.nodes[json_tree_member(&tree, 0, "ab", 2)].span.type, SPAN_TRUE);
        assert_int_equal(json_tree_member(&tree, 0, "none", 4), 0);
    }
    static const char *const scalars[] = {"null", "false", " true ", "-1.5\n", "\"x\""};
    static const int types[] = {SPAN_NULL, SPAN_FALSE, SPAN_TRUE, SPAN_NUMBER, SPAN_STRING};
    for (size_t i = 0; i < 5; i++) {
        assert_true(json_tree_build(&tree, scalars[i], strlen(scalars[i]), &at, &message));
        assert_int_equal(tree.count, 1);
        assert_int_equal(tree.nodes[0].span.type, types[i]);
        assert_null(memchr(tree.nodes[0].span.text, ' ', tree.nodes[0].span.len));
    }
    assert_false(json_tree_build(&tree, "[1,", 3, &at, &message));
    assert_int_equal(at, 3);
    json_tree_free(&tree);
}

/* More tokens than any first guess. */
static void test_wide(void **state)
{
    (void)state;
    struct buffer text = {0};
    buffer_add_char(&text, '[');
    for (int i = 0; i < 100000; i++)
        buffer_add_text(&text, i ? ",{\"k\":[1]}" : "{\"k\":[1]}");
    buffer_add_char(&text, ']');
    struct json_tree tree = {0};
    size_t at;
    const char *message;
    assert_true(json_tree_build(&tree, text.data, text.len, &at, &message));
    assert_int_equal(tree.count, 400001);
    assert_int_equal(tree.nodes[0].size, 100000);
    uint32_t count = 0;
    for (uint32_t node = 1; node; node = tree.nodes[node].next) {
        assert_int_equal(tree.nodes[node].span.type, SPAN_OBJECT);
        count++;
    }
    assert_int_equal(count, 100000);
    json_tree_free(&tree);
    buffer_free(&text);
}

static struct span string_span(const char *text)
{
    return (struct span){text, strlen(text), SPAN_STRING, strchr(text, '\\') != NULL};
}

static void test_strings(void **state)
{
    (void)state;
    static const struct {
        const char *json, *bytes;
        size_t len;
    } cases[] = {
        {"\"\"", TEXT("")},
        {"\"abc\"", TEXT("abc")},
        {"\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", TEXT("a\"\\/\b\f\n\r\tz")},
        {"\"\\u0041\\u00e9\\u20AC\"", TEXT("A\xC3\xA9\xE2\x82\xAC")},
        {"\"\\ud83d\\ude00!\"", TEXT("\xF0\x9F\x98\x80!")},
        {"\"\\ud83d\"", TEXT("\xEF\xBF\xBD")},
        {"\"\\ude00\\ud83dx\"", TEXT("\xEF\xBF\xBD\xEF\xBF\xBDx")},
        {"\"\\ud83d\\u0041\"", TEXT("\xEF\xBF\xBD" "A")},
        {"\"a\\u0000b\"", TEXT("a\0b")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out = {0};
        buffer_add_char(&out, '>');
        json_decode(string_span(cases[i].json), &out);
        assert_int_equal(out.len, cases[i].len + 1);
        assert_memory_equal(out.data + 1, cases[i].bytes, cases[i].len);
        assert_true(json_string_equal(string_span(cases[i].json), cases[i].bytes, cases[i].len));
        assert_false(json_string_equal(string_span(cases[i].json), "abcd", 4));
        assert_false(json_string_equal(string_span("\"abcd\""), cases[i].bytes, cases[i].len));
        buffer_free(&out);
    }
}

static void test_encode(void **state)
{
    (void)state;
    struct buffer out = {0};
    json_encode(TEXT("a\"\\/\b\f\n\r\t\x01\x7F\xC3\xA9\0\xFFz\xE2\x82"), &out);
    buffer_add_char(&out, '\0');
    assert_string_equal(
        out.data, "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u007f\xC3\xA9\\u0000\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"");
    buffer_free(&out);
}

static void test_layouts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *compact, *pretty;
    } cases[] = {
        {"1", "1", "1"},
        {" [ ] ", "[]", "[]"},
        {"{ }", "{}", "{}"},
        {"[1, 2]", "[1,2]", "[\n  1,\n  2\n]"},
        {"{\"a b\" : [ { } , [ ] , \"x, [ \\\" ]\" ],\n\"c\":{\"d\":1.0}}",
         "{\"a b\":[{},[],\"x, [ \\\" ]\"],\"c\":{\"d\":1.0}}",
         "{\n  \"a b\": [\n    {},\n    [],\n    \"x, [ \\\" ]\"\n  ],\n  \"c\": {\n    \"d\": 1.0\n  }\n}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out = {0};
        json_compact(cases[i].text, strlen(cases[i].text), &out);
        buffer_add_char(&out, '\0');
        assert_string_equal(out.data, cases[i].compact);
        out.len = 0;
        json_pretty(cases[i].text, strlen(cases[i].text), &out);
        buffer_add_char(&out, '\0');
        assert_string_equal(out.data, cases[i].pretty);
        buffer_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),   cmocka_unit_test(test_is),     cmocka_unit_test(test_check_pieces),
        cmocka_unit_test(test_depth),   cmocka_unit_test(test_tree),   cmocka_unit_test(test_wide),
        cmocka_unit_test(test_strings), cmocka_unit_test(test_encode), cmocka_unit_test(test_layouts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

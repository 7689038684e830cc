/* schema: Spark's inference, its written forms, and that order and merging change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/cursor.h"
#include "table/schema.h"

static struct span span_of(const char *text)
{
    return json_value_trim(text, strlen(text));
}

static void add(struct schema *schema, const char *record)
{
    schema_add(schema, span_of(record));
}

static void check_tree(struct schema *schema, const char *tree)
{
    struct buffer text = {0};
    schema_write_tree(schema, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, tree);
    buffer_free(&text);
}

struct inference {
    const char *records[4];
    const char *tree; /* behind "root\n" */
};

/* What Spark 4.0 printed. */
static const struct inference inferences[] = {
    {{"{\"a\":1}"}, " |-- a: long (nullable = true)\n"},
    {{"{\"a\":1}", "{\"a\":2.5}"}, " |-- a: double (nullable = true)\n"},
    {{"{\"a\":1}", "{\"a\":\"x\"}"}, " |-- a: string (nullable = true)\n"},
    {{"{\"a\":\"\"}", "{\"a\":1}"}, " |-- a: long (nullable = true)\n"},
    {{"{\"a\":\"\"}", "{\"a\":null}"}, " |-- a: string (nullable = true)\n"},
    {{"{\"a\":9223372036854775807,\"b\":-9223372036854775808}"},
     " |-- a: long (nullable = true)\n |-- b: long (nullable = true)\n"},
    {{"{\"a\":9223372036854775808,\"b\":-9223372036854775809}"},
     " |-- a: decimal(19,0) (nullable = true)\n |-- b: decimal(19,0) (nullable = true)\n"},
    {{"{\"a\":9223372036854775808}", "{\"a\":1}"}, " |-- a: decimal(20,0) (nullable = true)\n"},
    {{"{\"a\":123456789012345678901}", "{\"a\":1}"}, " |-- a: decimal(21,0) (nullable = true)\n"},
    {{"{\"a\":123456789012345678901}", "{\"a\":1.5}"}, " |-- a: double (nullable = true)\n"},
    {{"{\"a\":12345678901234567890123456789012345678}"}, " |-- a: decimal(38,0) (nullable = true)\n"},
    {{"{\"a\":123456789012345678901234567890123456789}"}, " |-- a: double (nullable = true)\n"},
    {{"{\"a\":1e2,\"b\":-0,\"c\":true}"},
     " |-- a: double (nullable = true)\n |-- b: long (nullable = true)\n |-- c: boolean (nullable = true)\n"},
    {{"{\"a\":{}}"}, ""},
    {{"{\"a\":[{}],\"b\":{\"c\":{\"\":1}}}"}, ""},
    {{"{\"\":1,\"l\":[]}"}, " |-- l: array (nullable = true)\n |    |-- element: string (containsNull = true)\n"},
    {{"{\"a\":{\"x\":1}}", "{\"a\":{\"b\":[[1.5],[]]}}", "{\"a\":null}"},
     " |-- a: struct (nullable = true)\n |    |-- b: array (nullable = true)\n |    |    |-- element: array "
     "(containsNull = true)\n"
     " |    |    |    |-- element: double (containsNull = true)\n |    |-- x: long (nullable = true)\n"},
    {{"{\"a\":{\"x\":1}}", "{\"a\":[1]}"}, " |-- a: string (nullable = true)\n"},
    {{"[{\"a\":1},{\"b\":true}]", "[]"}, " |-- a: long (nullable = true)\n |-- b: boolean (nullable = true)\n"},
    {{"{\"k\\tk\\\\\\u0041\":1}"}, " |-- k\\tk\\A: long (nullable = true)\n"},
};

static void test_inference(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof inferences / sizeof *inferences; i++) {
        struct schema *schema = schema_new();
        for (size_t r = 0; r < 4 && inferences[i].records[r]; r++)
            add(schema, inferences[i].records[r]);
        struct buffer want = {0};
        buffer_add_format(&want, "root\n%s", inferences[i].tree);
        check_tree(schema, want.data);
        buffer_free(&want);
        schema_free(schema);
    }
}

static void test_json(void **state)
{
    (void)state;
    struct schema *schema = schema_new();
    add(schema, "{\"b\":[1],\"a\":{\"\xC3\xA9\xF0\x9F\x98\x80\\n\\u007f\\\"\":\"x\"}}");
    struct buffer text = {0};
    schema_write_json(schema, &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(
        text.data,
        "{\"fields\":[{\"metadata\":{},\"name\":\"a\",\"nullable\":true,\"type\":{\"fields\":[{\"metadata\":{},"
        "\"name\":\"\\u00e9\\ud83d\\ude00\\n\\u007f\\\"\",\"nullable\":true,\"type\":\"string\"}],\"type\":\"struct\"}}"
        ","
        "{\"metadata\":{},\"name\":\"b\",\"nullable\":true,\"type\":{\"containsNull\":true,\"elementType\":\"long\","
        "\"type\":\"array\"}}],\"type\":\"struct\"}\n");
    buffer_free(&text);
    schema_free(schema);
}

static void test_empty(void **state)
{
    (void)state;
    struct schema *schema = schema_new();
    check_tree(schema, "root\n");
    struct buffer text = {0};
    schema_write_json(schema, &text);
    assert_memory_equal(text.data, "{\"fields\":[],\"type\":\"struct\"}\n", text.len);
    buffer_free(&text);
    schema_free(schema);
}

/* UTF-16 order: U+FF5E stands behind U+1F600, whose surrogates are smaller. */
static void test_name_order(void **state)
{
    (void)state;
    static const char *const sorted[] = {"", "A", "AB", "B", "a", "\xC3\xA9", "\xED\x9F\xBF", "\xF0\x9F\x98\x80",
                                         "\xF0\x9F\x98\x81", "\xEE\x80\x80", "\xEF\xBD\x9E"};
    size_t count = sizeof sorted / sizeof *sorted;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int got = schema_name_compare(sorted[i], strlen(sorted[i]), sorted[j], strlen(sorted[j]));
            assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
        }
}

static uint64_t random_state;
static unsigned next_random(unsigned below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % below;
}

static void random_value(struct buffer *into, int depth)
{
    static const char *const scalars[] = {"null", "\"\"", "\"x\"", "1", "-2.5", "true", "false", "99999999999999999999",
                                          "{}",   "[]"};
    unsigned kind = next_random(depth > 0 ? 14 : 10);
    if (kind < 10) {
        buffer_add_text(into, scalars[kind]);
        return;
    }
    buffer_add_char(into, kind < 12 ? '{' : '[');
    for (unsigned i = 0, count = next_random(4); i < count; i++) {
        if (i > 0)
            buffer_add_text(into, i % 2 ? "," : " , ");
        if (kind < 12)
            buffer_add_format(into, "\"k%u\":", next_random(12));
        random_value(into, depth - 1);
    }
    buffer_add_char(into, kind < 12 ? '}' : ']');
}

/* Any split of the records over two schemas, merged either way, gives the schema of all. */
static void test_merge(void **state)
{
    (void)state;
    random_state = 7;
    for (int round = 0; round < 300; round++) {
        struct schema *all = schema_new(), *left = schema_new(), *right = schema_new();
        for (int r = 0; r < 6; r++) {
            struct buffer record = {0};
            buffer_add_text(&record, "{\"a\":");
            random_value(&record, 3);
            buffer_add_text(&record, ",\"b\":");
            random_value(&record, 3);
            buffer_add_text(&record, "}");
            buffer_add_char(&record, '\0');
            add(all, record.data);
            add(next_random(2) ? left : right, record.data);
            buffer_free(&record);
        }
        schema_merge(right, left);
        struct buffer want = {0};
        schema_write_tree(all, &want);
        buffer_add_char(&want, '\0');
        check_tree(right, want.data);
        buffer_free(&want);
        schema_free(all);
        schema_free(left);
        schema_free(right);
    }
}

/* Many members: found through the index, sorted, found again. */
static void test_many_members(void **state)
{
    (void)state;
    struct schema *schema = schema_new();
    for (int i = 5000; i-- > 0;) {
        char record[64];
        snprintf(record, sizeof record, "{\"k%05d\":%d}", i, i);
        add(schema, record);
        add(schema, record);
    }
    struct schema_node *root = schema_root(schema);
    assert_int_equal(root->member_count, 5000);
    schema_sort(schema, root);
    for (int i = 0; i < 5000; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%05d", i);
        assert_string_equal(root->members[i]->name, name);
        assert_ptr_equal(schema_member(root, name, 6), root->members[i]);
    }
    assert_null(schema_member(root, "k5000", 5));
    schema_free(schema);
}

struct showing {
    const char *others, *value, *shown;
};

static const struct showing showings[] = {
    {"[1]", "[1,2.5e0, null]", "[1.0, 2.5, NULL]"},
    {"{\"b\":1}", "{\"c\":\"x\",\"a\":[true]}", "{[true], NULL, x}"},
    {"1", "[ 1 ]", "[ 1 ]"},
    {"[\"a\"]", "[1,{\"k\" : 1.50}]", "[1, {\"k\" : 1.50}]"},
    {"[1]", "[\"\",-0]", "[NULL, 0]"},
    {"[99999999999999999999]", "[1,-0]", "[1, 0]"},
    {"{}", "{\"a\":{}}", "{}"},
    {"{\"a\":1}", "{\"a\":2,\"a\":3}", "{3}"},
};

static void test_show(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof showings / sizeof *showings; i++) {
        struct schema *schema = schema_new();
        struct schema_node *root = schema_root(schema);
        schema_add_value(schema, root, span_of(showings[i].others));
        schema_add_value(schema, root, span_of(showings[i].value));
        schema_sort(schema, root);
        struct buffer text = {0};
        schema_show(root, span_of(showings[i].value), &text);
        buffer_add_char(&text, '\0');
        assert_string_equal(text.data, showings[i].shown);
        buffer_free(&text);
        schema_free(schema);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference), cmocka_unit_test(test_json),         cmocka_unit_test(test_empty),
        cmocka_unit_test(test_name_order), cmocka_unit_test(test_merge), cmocka_unit_test(test_many_members),
        cmocka_unit_test(test_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

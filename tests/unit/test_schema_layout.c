/* schema_layout: the columns that records of a schema are written in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "json/cursor.h"
#include "parquet/batch.h"
#include "parquet/file.h"
#include "parquet/writer.h"
#include "table/schema_layout.h"

static void append(void *context, const void *bytes, size_t len)
{
    buffer_add(context, bytes, len);
}

static void add_node(const struct parquet_node *node, struct buffer *into)
{
    static const char *const physical[] = {"boolean", "int32", "int64", "int96", "float", "double", "bytes", "fixed"};
    buffer_add(into, node->name, node->name_len);
    if (node->shape == PARQUET_LEAF) {
        buffer_add_format(into, ":%s", physical[node->physical]);
        if (node->meaning == PARQUET_DECIMAL)
            buffer_add_format(into, "(%d,%d)", (int)node->precision, (int)node->scale);
        return;
    }
    buffer_add_char(into, '{');
    for (size_t i = 0; i < node->child_count; i++) {
        if (i > 0)
            buffer_add_char(into, ' ');
        add_node(&node->children[i], into);
    }
    buffer_add_char(into, '}');
}

/* The schema of a file with these records, as text. */
static void expect(const char *records, const char *right)
{
    struct schema *schema = schema_new();
    struct problem problem = {0};
    struct buffer file = {0}, text = {0};
    schema_add(schema, json_value(records, records + strlen(records)));
    struct parquet_layout *layout = schema_layout(schema, &problem);
    if (layout) {
        struct parquet_write_options options = {.write = append, .context = &file};
        parquet_writer_finish(parquet_writer_new(layout, &options));
        struct parquet_source source = parquet_source_memory(file.data, file.len, "made");
        struct parquet_file *open = parquet_open(&source, &problem);
        assert_non_null(open);
        add_node(parquet_schema(open), &text);
        parquet_close(open);
    }
    buffer_add_text(&text, problem.text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, right);
    parquet_layout_free(layout);
    schema_free(schema);
    buffer_free(&file);
    buffer_free(&text);
}

static void test_types(void **state)
{
    (void)state;
    expect("[{\"s\":\"x\",\"b\":true,\"l\":1,\"d\":1.5,\"n\":null,\"m\":1},{\"m\":\"x\",\"d\":2,\"g\":"
           "12345678901234567890,\"h\":1e400}]",
           "spark_schema{b:boolean d:double g:fixed(20,0) h:double l:int64 m:bytes n:bytes s:bytes}");
    expect("[{\"a\":[{\"y\":1,\"x\":[[]]}],\"o\":{\"p\":{\"q\":1}}}]",
           "spark_schema{a{list{element{x{list{element{list{element:bytes}}}} y:int64}}} o{p{q:int64}}}");
}

/* What Spark drops is not written: structs without members, names without characters. */
static void test_dropped(void **state)
{
    (void)state;
    expect("[{\"e\":{},\"\":1,\"l\":[{}],\"k\":1}]", "spark_schema{k:int64}");
    expect("[{\"e\":{}}]", "nothing to be written: no record has a member");
    expect("[]", "nothing to be written: no record has a member");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

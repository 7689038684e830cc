/* Delta's log: actions, schemas, what a version is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "delta/action.h"
#include "delta/commit.h"
#include "delta/schema.h"
#include "json/cursor.h"

static struct span text_span(const char *text)
{
    return json_value_trim(text, strlen(text));
}

/* With ' for ", which is easier to read. */
static char *quoted(const char *text)
{
    char *copy = mem_copy(text, strlen(text));
    for (char *at = copy; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return copy;
}

static void assert_merged(const char *old, const char *newer, const char *wanted, bool grows, const char *conflict)
{
    char *a = quoted(old), *b = quoted(newer), *c = quoted(wanted);
    struct buffer into = {0}, path = {0};
    assert_int_equal(delta_schema_merge(text_span(a), text_span(b), &into, &path), grows);
    buffer_add_char(&into, '\0');
    assert_string_equal(into.data, c);
    assert_string_equal(path.len > 0 ? path.data : "", conflict);
    buffer_free(&into);
    buffer_free(&path);
    free(a);
    free(b);
    free(c);
}

#define FIELD(NAME, TYPE) "{'name':'" NAME "','type':" TYPE ",'nullable':true,'metadata':{}}"
#define STRUCT(FIELDS) "{'type':'struct','fields':[" FIELDS "]}"

static void test_schemas_merge(void **state)
{
    (void)state;
    const char *old = STRUCT("{'name':'a','type':'long','nullable':true,'metadata':{'comment':'x'}}," FIELD(
        "s", STRUCT(FIELD("x", "'long'"))));
    assert_merged(old, STRUCT(FIELD("a", "'long'")), old, false, "");
    assert_merged(old, STRUCT(FIELD("b", "'string'") "," FIELD("s", STRUCT(FIELD("y", "'date'")))),
                  STRUCT("{'name':'a','type':'long','nullable':true,'metadata':{'comment':'x'}}," FIELD(
                      "s", STRUCT(FIELD("x", "'long'") "," FIELD("y", "'date'"))) "," FIELD("b", "'string'")),
                  true, "");
    assert_merged(old, STRUCT(FIELD("s", STRUCT(FIELD("x", "'double'")))), old, false, "s.x");
    assert_merged(old, STRUCT(FIELD("a", STRUCT(FIELD("x", "'long'")))), old, false, "a");
#define LIST(TYPE) "{'type':'array','elementType':" TYPE ",'containsNull':true}"
#define MAP(TYPE) "{'type':'map','keyType':'string','valueType':" TYPE ",'valueContainsNull':true}"
    assert_merged(STRUCT(FIELD("l", LIST(MAP(STRUCT(FIELD("x", "'long'")))))),
                  STRUCT(FIELD("l", LIST(MAP(STRUCT(FIELD("y", "'long'")))))),
                  STRUCT(FIELD("l", LIST(MAP(STRUCT(FIELD("x", "'long'") "," FIELD("y", "'long'")))))), true, "");
}

static void test_layouts(void **state)
{
    (void)state;
    struct problem problem = {0};
    const char *const without[] = {"p"};
    char *schema = quoted(STRUCT(FIELD("p", "'string'") "," FIELD("d", "'decimal(38,10)'") "," FIELD(
        "l", LIST(MAP("'integer'"))) "," FIELD("t", "'timestamp_ntz'")));
    char *wanted = quoted(STRUCT(FIELD("d", "'decimal(38,10)'") "," FIELD("l", LIST(MAP("'integer'"))) "," FIELD(
        "t", "'timestamp_ntz'")));
    struct buffer json = {0};
    struct parquet_layout *layout = delta_schema_layout(text_span(schema), without, 1, "T", &problem);
    assert_non_null(layout);
    parquet_layout_spark(layout, &json);
    buffer_add_char(&json, '\0');
    assert_string_equal(json.data, wanted);
    assert_true(delta_schema_has(text_span(schema), "timestamp_ntz"));
    assert_false(delta_schema_has(text_span(schema), "timestamp"));
    parquet_layout_free(layout);
    free(schema);
    schema = quoted(STRUCT(FIELD("v", "'variant'")));
    assert_null(delta_schema_layout(text_span(schema), NULL, 0, "T", &problem));
    assert_string_equal(problem.text, "T: column v: \"variant\" is not written here");
    free(schema);
    free(wanted);
    buffer_free(&json);
}

static void test_paths(void **state)
{
    (void)state;
    struct buffer text = {0}, back = {0};
    delta_path_encode("a=x%2Fy/ü b#?/part-0.parquet", &text);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, "a=x%252Fy/%C3%BC%20b%23%3F/part-0.parquet");
    delta_path_decode(text.data, text.len - 1, &back);
    buffer_add_char(&back, '\0');
    assert_string_equal(back.data, "a=x%2Fy/ü b#?/part-0.parquet");
    buffer_free(&text);
    buffer_free(&back);
}

/* A log in memory: names and contents. */
struct entry {
    const char *name;
    struct buffer bytes;
};
static struct entry entries[8];
static size_t entry_count;

static bool list(void *context, delta_found *found, void *into, struct problem *problem)
{
    (void)context;
    (void)problem;
    for (size_t i = 0; i < entry_count; i++)
        found(into, entries[i].name, entries[i].bytes.len);
    return true;
}

static bool read_bytes(void *context, const char *file, uint64_t at, void *into, size_t len, struct problem *problem)
{
    (void)context;
    for (size_t i = 0; i < entry_count; i++)
        if (strcmp(file + strlen(DELTA_LOG "/"), entries[i].name) == 0) {
            memcpy(into, entries[i].bytes.data + at, len);
            return true;
        }
    return problem_set(problem, STATUS_IO, "%s: not there", file);
}

static void put(const char *name, const char *text)
{
    char *copy = quoted(text);
    entries[entry_count].name = name;
    entries[entry_count].bytes.len = 0;
    buffer_add(&entries[entry_count++].bytes, copy, strlen(copy));
    free(copy);
}

static const struct delta_place memory = {.name = "T", .list = list, .read = read_bytes};

static void assert_files(int64_t version, const char *wanted)
{
    struct problem problem = {0};
    struct buffer found = {0};
    struct delta_table *table = delta_table_read(&memory, version, &problem);
    if (!table)
        fail_msg("%s", problem.text);
    for (size_t i = 0; i < table->file_count; i++)
        if (!table->files[i].removed)
            buffer_add_format(&found, "%s ", table->files[i].path);
    const struct delta_txn *txn = delta_table_txn(table, "app", 3);
    buffer_add_format(&found, "%lld", txn ? (long long)txn->version : -1);
    buffer_add_char(&found, '\0');
    assert_string_equal(found.data, wanted);
    buffer_free(&found);
    delta_table_free(table);
}

static void test_versions(void **state)
{
    (void)state;
    struct problem problem = {0};
    struct buffer last = {0};
    struct delta_table *table = delta_table_read(&memory, DELTA_LATEST, &problem);
    assert_int_equal(table->version, -1);
    delta_table_free(table);
    put("00000000000000000000.json",
        "{'commitInfo':{}}\n{'protocol':{'minReaderVersion':1,'minWriterVersion':2}}\n"
        "{'metaData':{'id':'i','schemaString':'{\\'type\\':\\'struct\\',\\'fields\\':[]}','partitionColumns':['p'],"
        "'configuration':{'delta.appendOnly':'true'}}}\n"
        "{'add':{'path':'a%20b','size':5,'partitionValues':{'p':null}}}");
    put("00000000000000000001.json",
        "{'add':{'path':'c','size':7,'partitionValues':{'p':'1'}},'txn':null}\n{'txn':{'appId':'app','version':3}}\n\n"
        "{'remove':{'path':'a%20b','deletionTimestamp':99}}\n");
    put("00000000000000000002.json", "{'remove':{'path':'c'}}\n{'txn':{'appId':'app','version':4}}\n");
    put("00000000000000000003.json", "{'add':{'path':'c'}}\n");
    put("_last_checkpoint", "{}");
    assert_files(0, "a b -1");
    assert_files(1, "c 3");
    assert_files(2, "4");
    assert_files(DELTA_LATEST, "c 4");
    table = delta_table_read(&memory, 1, &problem);
    assert_true(delta_is(delta_setting(table, "delta.appendOnly"), "true"));
    assert_int_equal(table->partition_column_count, 1);

    /* a checkpoint stands for the commits up to it */
    entries[0].name = "00000000000000000001.checkpoint.parquet";
    entries[0].bytes.len = 0;
    assert_true(delta_checkpoint(table, 100, &entries[0].bytes, &last, &problem));
    buffer_add_char(&last, '\0');
    assert_non_null(strstr(last.data, "{\"version\":1,\"size\":5,\"sizeInBytes\":"));
    assert_non_null(strstr(last.data, ",\"numOfAddFiles\":1}"));
    delta_table_free(table);
    assert_files(1, "c 3");
    assert_files(DELTA_LATEST, "c 4");
    assert_null(delta_table_read(&memory, 0, &problem));
    buffer_free(&last);
    for (size_t i = 0; i < entry_count; i++)
        buffer_free(&entries[i].bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_schemas_merge), cmocka_unit_test(test_layouts),
                                       cmocka_unit_test(test_paths), cmocka_unit_test(test_versions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

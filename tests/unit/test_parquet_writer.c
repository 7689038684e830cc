/* What is written is read again: batches, the writer, layouts by DDL; the same bytes however records are divided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/cursor.h"
#include "parquet/ddl.h"
#include "parquet/reader.h"
#include "parquet/writer.h"

static void append(void *context, const void *bytes, size_t len)
{
    buffer_add(context, bytes, len);
}

/* NDJSON written by a DDL; what does not fit is told in `misfits`. */
static void write_file(const char *ddl, const char *records, size_t together, size_t group, enum parquet_codec codec,
                       struct buffer *file, struct buffer *misfits)
{
    struct problem problem = {0};
    struct parquet_layout *layout = parquet_ddl(ddl, "schema", &problem);
    const char *library;
    assert_true(parquet_codec_ready(codec, &library));
    if (!layout)
        fail_msg("%s: %s", ddl, problem.text);
    struct parquet_write_options options = {.codec = codec, .row_group_bytes = group, .write = append, .context = file};
    struct parquet_writer *writer = parquet_writer_new(layout, &options);
    struct parquet_batch *batch = parquet_batch_new(layout);
    for (const char *at = records; *at; at = strchr(at, '\n') + 1) {
        struct parquet_misfit misfit;
        if (!parquet_batch_add(batch, json_value(at, strchr(at, '\n')), &misfit)) {
            parquet_misfit_path(&misfit, misfits);
            buffer_add_format(misfits, ": %s, not %.*s\n", misfit.wanted, (int)misfit.value.len, misfit.value.text);
        }
        if (parquet_batch_rows(batch) >= together) {
            parquet_write(writer, batch);
            parquet_batch_clear(batch);
        }
    }
    parquet_write(writer, batch);
    parquet_writer_finish(writer);
    parquet_batch_free(batch);
    parquet_layout_free(layout);
}

static void read_file(const struct buffer *file, const struct parquet_request *request, struct buffer *into,
                      size_t *groups)
{
    struct problem problem = {0};
    struct parquet_source source = parquet_source_memory(file->data, file->len, "made");
    struct parquet_file *open = parquet_open(&source, &problem);
    if (!open)
        fail_msg("%s", problem.text);
    struct parquet_plan *plan = parquet_plan_new(open, request);
    struct parquet_reader *reader = parquet_reader_new(plan);
    *groups = parquet_row_groups(open);
    for (size_t g = 0; g < *groups; g++)
        if (parquet_reader_start(reader, g, &problem))
            parquet_reader_json(reader, SIZE_MAX, SIZE_MAX / 2, into);
    parquet_reader_free(reader);
    parquet_plan_free(plan);
    parquet_close(open);
    assert_string_equal(problem.text, "");
}

/* What comes back, and behind it what did not fit. */
static void expect(const char *ddl, const char *records, const char *right)
{
    struct buffer file = {0}, text = {0}, misfits = {0};
    size_t groups;
    write_file(ddl, records, 3, 0, PARQUET_CODEC_SNAPPY, &file, &misfits);
    read_file(&file, &(struct parquet_request){.records = true}, &text, &groups);
    buffer_add(&text, misfits.data, misfits.len);
    buffer_add_char(&text, '\0');
    assert_string_equal(text.data, right);
    buffer_free(&file);
    buffer_free(&text);
    buffer_free(&misfits);
}

static void test_nesting(void **state)
{
    (void)state;
    const char *records = "{\"b\":{\"x\":[1,null,3],\"y\":{\"z\":\"\\u00e9\\n\"}},\"a\":\"s\"}\n"
                          "{\"a\":null,\"b\":{\"x\":[]}}\n"
                          "{\"b\":null}\n"
                          "{}\n"
                          "{\"a\":\"\",\"l\":[[{\"k\":1}],[],null,[null,{\"k\":2}]],\"m\":{\"p\":[1],\"q\":null}}\n"
                          "{ \"m\" : { } , \"l\" : [ [ ] ] , \"b\" : { \"y\" : { } } }\n";
    expect("a string, b struct<x: array<bigint>, y: struct<z: string>>, l array<array<struct<k: int>>>, m map<string, "
           "array<bigint>>",
           records,
           "{\"a\":\"s\",\"b\":{\"x\":[1,null,3],\"y\":{\"z\":\"\xC3\xA9\\n\"}}}\n"
           "{\"b\":{\"x\":[]}}\n"
           "{}\n"
           "{}\n"
           "{\"a\":\"\",\"l\":[[{\"k\":1}],[],null,[null,{\"k\":2}]],\"m\":{\"p\":[1],\"q\":null}}\n"
           "{\"b\":{\"y\":{}},\"l\":[[]],\"m\":{}}\n");
}

/* Unknown members are left out, of a repeated one the last counts, whatever else is a string's text, "" is null. */
static void test_odd_records(void **state)
{
    (void)state;
    expect("a string, b bigint, c struct<d: boolean>",
           "{\"z\":[{\"a\":1}],\"a\":{\"x\" : [1, 2.50]},\"b\":7}\n"
           "{\"a\":\"1\",\"b\":1,\"a\":\"2\",\"c\":{\"d\":true,\"d\":false},\"b\":\"\"}\n"
           "{\"\\u0061\":true,\"c\":\"\",\"b\":\"\"}\n"
           "{\"a\":1e3}\n",
           "{\"a\":\"{\\\"x\\\":[1,2.50]}\",\"b\":7}\n"
           "{\"a\":\"2\",\"c\":{\"d\":false}}\n"
           "{\"a\":\"true\"}\n"
           "{\"a\":\"1e3\"}\n");
}

static void test_types(void **state)
{
    (void)state;
    expect("t tinyint, s smallint, i int, l bigint, f float, d double, x decimal(5,2), y decimal(18,0), z "
           "decimal(38,1), b binary, e date, m timestamp, n timestamp_ntz",
           "{\"t\":-128,\"s\":32767,\"i\":-2147483648,\"l\":9223372036854775807,\"f\":0.1,\"d\":1e-320,\"x\":1.005,"
           "\"y\":-999999999999999999,"
           "\"z\":-1234567890123456789012345678901234567.8,\"b\":\"AP8=\",\"e\":\"1582-10-04\",\"m\":\"2020-01-31 "
           "10:00:00.5\",\"n\":\"0001-01-01T00:00:00\"}\n"
           "{\"t\":127,\"l\":-9223372036854775808,\"d\":\"NaN\",\"f\":\"-Infinity\",\"b\":\"\",\"e\":\"9999-12-31\","
           "\"d\":-0.0}\n",
           "{\"t\":-128,\"s\":32767,\"i\":-2147483648,\"l\":9223372036854775807,\"f\":0.1,\"d\":1.0E-320,\"x\":1.01,"
           "\"y\":-999999999999999999,"
           "\"z\":-1234567890123456789012345678901234567.8,\"b\":\"AP8=\",\"e\":\"1582-10-04\",\"m\":\"2020-01-31T10:"
           "00:00.500Z\",\"n\":\"0001-01-01T00:00:00.000\"}\n"
           "{\"t\":127,\"l\":-9223372036854775808,\"f\":\"-Infinity\",\"d\":-0.0,\"b\":\"\",\"e\":\"9999-12-31\"}\n");
}

/* What does not fit leaves nothing behind. */
static void test_misfits(void **state)
{
    (void)state;
    expect("a array<struct<b: tinyint>>, c boolean, d decimal(3,1), e date",
           "{\"a\":[{\"b\":1},{\"b\":128}]}\n"
           "{\"a\":[{\"b\":2}]}\n"
           "{\"c\":1}\n"
           "{\"a\":{}}\n"
           "{\"d\":100}\n"
           "{\"e\":\"2020-13-01\"}\n"
           "{\"a\":[1]}\n"
           "{\"a\":[],\"d\":99.94}\n",
           "{\"a\":[{\"b\":2}]}\n"
           "{\"a\":[],\"d\":99.9}\n"
           "a.element.b: a whole number of 8 bits, not 128\n"
           "c: true or false, not 1\n"
           "a: an array, not {}\n"
           "d: a number of so many digits, not 100\n"
           "e: a date, not \"2020-13-01\"\n"
           "a.element: an object, not 1\n");
}

/* Many rows: several row groups and pages, dictionaries that pay, that do not, and that become too large. */
static void make_records(struct buffer *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_add_format(records, "{\"id\":\"%zu-%zx\",\"few\":\"v%zu\",\"n\":%zu,\"list\":[", i, i * 7919, i % 5,
                          i / 10);
        for (size_t k = 0; k < i % 4; k++)
            buffer_add_format(records, "%s%zu", k ? "," : "", i * k % 3000);
        buffer_add_format(records, "],\"real\":%zu.%zu,\"flag\":%s}\n", i % 1000, i % 10, i % 3 ? "true" : "false");
    }
    buffer_add_char(records, '\0');
}

static const char many_ddl[] = "id string, few string, n bigint, list array<int>, real double, flag boolean";

static void test_same_bytes(void **state)
{
    (void)state;
    struct buffer records = {0}, file = {0}, other = {0}, text = {0};
    size_t groups;
    make_records(&records, 60000);
    write_file(many_ddl, records.data, 60001, 300000, PARQUET_CODEC_SNAPPY, &file, NULL);
    write_file(many_ddl, records.data, 777, 300000, PARQUET_CODEC_SNAPPY, &other, NULL);
    assert_int_equal(file.len, other.len);
    assert_memory_equal(file.data, other.data, file.len);
    read_file(&file, &(struct parquet_request){.records = true}, &text, &groups);
    assert_true(groups > 2);
    assert_int_equal(text.len, records.len - 1);
    assert_memory_equal(text.data, records.data, text.len);
    for (int codec = PARQUET_CODEC_NONE; codec < PARQUET_CODEC_COUNT; codec++) {
        if (codec == PARQUET_CODEC_LZO || codec == PARQUET_CODEC_BROTLI || codec == PARQUET_CODEC_LZ4)
            continue;
        other.len = text.len = 0;
        write_file(many_ddl, records.data, 1000, 0, (enum parquet_codec)codec, &other, NULL);
        read_file(&other, &(struct parquet_request){.records = true}, &text, &groups);
        assert_int_equal(groups, 1);
        assert_memory_equal(text.data, records.data, text.len);
    }
    buffer_free(&records);
    buffer_free(&file);
    buffer_free(&other);
    buffer_free(&text);
}

static size_t lines(const struct buffer *text)
{
    size_t count = 0;
    for (size_t i = 0; i < text->len; i++)
        count += text->data[i] == '\n';
    return count;
}

/* Row groups and pages that can have nothing are passed over; of the others nothing is lost. */
static void test_predicates(void **state)
{
    (void)state;
    struct buffer records = {0}, file = {0}, text = {0};
    struct path_step step = {.key = "n", .key_len = 1};
    struct path path = {.steps = &step, .count = 1, .text = "n"};
    struct parquet_predicate predicate = {.path = &path, .comparison = PARQUET_EQUAL, .constant = value_long(4321)};
    struct parquet_request request = {.records = true, .predicates = &predicate, .predicate_count = 1};
    size_t groups;
    make_records(&records, 100000);
    write_file(many_ddl, records.data, 5000, 0, PARQUET_CODEC_SNAPPY, &file, NULL);
    read_file(&file, &request, &text, &groups);
    assert_int_equal(groups, 1);
    assert_int_equal(lines(&text), 20000); /* a page's rows: 40000 to 59999 */
    assert_true(text.len < records.len && memmem(text.data, text.len, "\"n\":4321,", 9) != NULL);
    assert_memory_equal(text.data, "{\"id\":\"40000-", 13);
    predicate.comparison = PARQUET_GREATER_EQUAL;
    predicate.constant = value_long(9999);
    text.len = 0;
    read_file(&file, &request, &text, &groups);
    assert_int_equal(lines(&text), 20000);
    assert_memory_equal(text.data, "{\"id\":\"80000-", 13);
    predicate.constant = value_long(10000);
    text.len = 0;
    read_file(&file, &request, &text, &groups);
    assert_int_equal(text.len, 0);
    predicate.comparison = PARQUET_IS_NULL;
    read_file(&file, &request, &text, &groups);
    assert_int_equal(text.len, 0);
    predicate.comparison = PARQUET_EQUAL;
    predicate.constant = value_string("4321", 4); /* not comparable: everything comes */
    read_file(&file, &request, &text, &groups);
    assert_int_equal(lines(&text), 100000);
    buffer_free(&records);
    buffer_free(&file);
    buffer_free(&text);
}

static void refuse(const char *ddl, size_t offset, const char *right)
{
    struct problem problem = {0};
    assert_null(parquet_ddl(ddl, "schema", &problem));
    assert_string_equal(problem.text, right);
    assert_int_equal(problem.offset, offset);
}

static void test_ddl(void **state)
{
    (void)state;
    refuse("a", 1, "expected a type, such as string, bigint, array<…>, struct<…>");
    refuse("a strin", 2, "expected a type, such as string, bigint, array<…>, struct<…>");
    refuse("a int,", 6, "expected a name");
    refuse("a int b int", 6, "expected ','");
    refuse("a array<int", 11, "expected '>'");
    refuse("a map<int>", 9, "expected ','");
    refuse("`a int", 6, "expected a backtick");
    refuse("a decimal(39,1)", 0, "'a': a decimal has 1 to 38 digits");
    refuse("a int, a int", 0, "'records': two members have the same name");
    refuse("a map<array<int>,int>", 0, "'a': a map's keys are of a type without parts");
    expect("a map<int,boolean>, b map<date,string>, c map<decimal(3,1),int>, d map<boolean,double>",
           "{\"a\":{\"-1\":true,\"20\":null},\"b\":{\"2020-01-31\":\"x\"},\"c\":{\"1.5\":1},\"d\":{\"true\":2.5}}\n",
           "{\"a\":{\"-1\":true,\"20\":null},\"b\":{\"2020-01-31\":\"x\"},\"c\":{\"1.5\":1},\"d\":{\"true\":2.5}}\n");
    expect("`a b` int, `c``d`: STRING, ` ` Struct<x:array<DECIMAL>>", "{\"a b\":1,\"c`d\":\"x\",\" \":{\"x\":[1]}}\n",
           "{\"a b\":1,\"c`d\":\"x\",\" \":{\"x\":[1]}}\n");
    struct buffer deep = {0};
    buffer_add_text(&deep, "a ");
    for (int i = 0; i < 100; i++)
        buffer_add_text(&deep, "array<");
    buffer_add_text(&deep, "int");
    for (int i = 0; i < 100; i++)
        buffer_add_char(&deep, '>');
    buffer_add_char(&deep, '\0');
    refuse(deep.data, 0, "'element': nested deeper than Parquet files are written");
    buffer_free(&deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nesting),    cmocka_unit_test(test_odd_records), cmocka_unit_test(test_types),
        cmocka_unit_test(test_misfits),    cmocka_unit_test(test_ddl),         cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_predicates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

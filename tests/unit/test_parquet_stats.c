/* What a table's log is told of a file's columns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "json/cursor.h"
#include "parquet/ddl.h"
#include "parquet/writer.h"

static void count(void *context, const void *bytes, size_t len)
{
    (void)bytes;
    *(size_t *)context += len;
}

/* Small row groups, so that bounds come together out of several. */
static void assert_stats(const char *ddl, const char *records, const char *wanted)
{
    struct problem problem = {0};
    struct buffer json = {0};
    size_t bytes = 0;
    uint64_t rows = 0;
    struct parquet_layout *layout = parquet_ddl(ddl, "schema", &problem);
    assert_non_null(layout);
    struct parquet_stats *stats = parquet_stats_new(layout);
    struct parquet_write_options options = {.row_group_bytes = 1, .write = count, .context = &bytes, .stats = stats};
    struct parquet_writer *writer = parquet_writer_new(layout, &options);
    struct parquet_batch *batch = parquet_batch_new(layout);
    struct buffer text = {0}; /* spans may be read beyond their end */
    buffer_add_text(&text, records);
    buffer_add(&text, "\0\0\0\0\0\0\0", 8);
    for (const char *at = text.data; *at; at = strchr(at, '\n') + 1) {
        struct parquet_misfit misfit;
        assert_true(parquet_batch_add(batch, json_value(at, strchr(at, '\n')), &misfit));
        rows++;
    }
    parquet_write(writer, batch);
    parquet_writer_finish(writer);
    parquet_stats_json(stats, rows, &json);
    buffer_add_char(&json, '\0');
    assert_string_equal(json.data, wanted);
    parquet_stats_free(stats);
    parquet_batch_free(batch);
    parquet_layout_free(layout);
    buffer_free(&json);
    buffer_free(&text);
}

static void test_kinds(void **state)
{
    (void)state;
    assert_stats("i INT, d DECIMAL(5,2), w DECIMAL(30,3), s STRING, b BOOLEAN, f DOUBLE, day DATE",
                 "{\"i\":-5,\"d\":1.25,\"w\":-12345678901234567890.125,"
                 "\"s\":\"b\\\"\",\"f\":1.5,\"day\":\"2020-02-29\"}\n"
                 "{\"i\":7,\"d\":-3,\"w\":2,\"s\":\"a\",\"b\":true,\"f\":-2,\"day\":\"1969-12-31\"}\n{}\n",
                 "{\"numRecords\":3,\"minValues\":{\"i\":-5,\"d\":-3.00,\"w\":-12345678901234567890.125,\"s\":\"a\","
                 "\"f\":-2.0,\"day\":\"1969-12-31\"},"
                 "\"maxValues\":{\"i\":7,\"d\":1.25,\"w\":2.000,\"s\":\"b\\\"\",\"f\":1.5,\"day\":\"2020-02-29\"},"
                 "\"nullCount\":{\"i\":1,\"d\":1,\"w\":1,\"s\":1,\"b\":2,\"f\":1,\"day\":1}}");
}

static void test_moments_are_cut_outwards(void **state)
{
    (void)state;
    assert_stats("t TIMESTAMP, n TIMESTAMP_NTZ",
                 "{\"t\":\"1969-12-31T23:59:59.9995Z\",\"n\":\"2020-01-31 10:00:00.123\"}\n"
                 "{\"t\":\"2020-01-31T10:00:00.0001Z\"}\n",
                 "{\"numRecords\":2,\"minValues\":{\"t\":\"1969-12-31T23:59:59.999Z\","
                 "\"n\":\"2020-01-31T10:00:00.123\"},"
                 "\"maxValues\":{\"t\":\"2020-01-31T10:00:00.001Z\",\"n\":\"2020-01-31T10:00:00.123\"},"
                 "\"nullCount\":{\"t\":0,\"n\":1}}");
}

static void test_nothing_is_said_where_nothing_is_sure(void **state)
{
    (void)state;
    /* NaN, an infinity, values within lists and maps; a struct of nulls only */
    assert_stats("f DOUBLE, g FLOAT, l ARRAY<INT>, m MAP<STRING, INT>, o STRUCT<x: INT, y: STRUCT<z: STRING>>",
                 "{\"f\":\"NaN\",\"g\":\"Infinity\",\"l\":[1],\"m\":{\"a\":1}}\n{\"f\":1,\"g\":1,\"o\":{\"x\":null}}\n",
                 "{\"numRecords\":2,\"minValues\":{\"g\":1.0},\"maxValues\":{},"
                 "\"nullCount\":{\"f\":0,\"g\":0,\"o\":{\"x\":2,\"y\":{\"z\":2}}}}");
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    char records[400], wanted[600], a[101] = {0}, b[65] = {0};
    memset(a, 'a', 100);
    memset(b, 'a', 64);
    snprintf(records, sizeof records, "{\"s\":\"%s\"}\n", a);
    char upper[65];
    memcpy(upper, b, sizeof upper);
    upper[63] = 'b';
    snprintf(wanted, sizeof wanted,
             "{\"numRecords\":1,\"minValues\":{\"s\":\"%s\"},\"maxValues\":{\"s\":\"%s\"},\"nullCount\":{\"s\":0}}", b,
             upper);
    assert_stats("s STRING", records, wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds), cmocka_unit_test(test_moments_are_cut_outwards),
        cmocka_unit_test(test_nothing_is_said_where_nothing_is_sure), cmocka_unit_test(test_long_texts_are_cut)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Blocks: values that waited for their columns' types give the same file as their JSON, whatever the types turn out to
 * be, and however rows are divided into blocks. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "json/cursor.h"
#include "parquet/block.h"
#include "parquet/ddl.h"
#include "parquet/writer.h"

enum { COLUMNS = 3, ROWS = 700 };

static void append(void *context, const void *bytes, size_t len)
{
    buffer_add(context, bytes, len);
}

static struct value number(const char *text)
{
    struct value value;
    assert_true(value_parse_number(text, strlen(text), &value));
    return value;
}

static struct value text(enum value_type type, const char *bytes)
{
    return (struct value){.type = type, .text = bytes, .len = strlen(bytes)};
}

/* Values of which every column is made, and the types that such a column can be written as. */
struct kit {
    const char *types[5];
    struct value values[8];
    size_t count;
};

static size_t kits(struct kit *all)
{
    struct value real = value_double(0.1), narrow = value_double((double)0.1f);
    struct value infinite = value_double((double)INFINITY);
    narrow.width = 4;
    struct kit made[] = {
        {{"bigint", "string", "double", "decimal(38,3)"},
         {value_long(1), value_long(-300), number("70000"), value_long(INT64_MAX), value_int(-5)}, 5},
        {{"tinyint", "smallint", "int"}, {value_long(127), value_long(-128), number("-0")}, 3},
        {{"double", "string"}, {real, number("1.50"), number("2e3"), infinite, number("-0.0"), value_long(3)}, 6},
        {{"double", "string"}, {number("-0"), number("7"), number("-9"), number("2.5")}, 4},
        {{"float", "string", "double"}, {narrow, narrow}, 2},
        {{"double", "string"}, {narrow, real, value_long(4)}, 3},
        {{"boolean", "string"}, {value_boolean(true), value_boolean(false)}, 2},
        {{"date", "string"}, {value_date(0), value_date(18000), value_date(-20000)}, 3},
        {{"timestamp", "string"}, {value_timestamp(0), value_timestamp(1516717442735266)}, 2},
        {{"string"},
         {text(VALUE_STRING, ""), text(VALUE_STRING, "\xC3\xA9\t\"\\"), value_string("a\0b", 3),
          text(VALUE_STRING, "\xFFx\xC3"), value_long(7), value_boolean(true), text(VALUE_STRUCT, "{\"a\" : [1]}")}, 7},
        {{"string", "bigint", "double"}, {text(VALUE_CELL, "12"), text(VALUE_CELL, "-3")}, 2},
        {{"string", "double"}, {text(VALUE_CELL, "1.25"), text(VALUE_CELL, "3"), text(VALUE_CELL, "1e300")}, 3},
        {{"string"}, {text(VALUE_CELL, "007"), text(VALUE_CELL, "x\ty"), text(VALUE_CELL, "1.0"), number("1.0")}, 4},
        {{"decimal(25,0)", "string", "double"}, {number("12345678901234567890"), value_long(3)}, 2},
        {{"string"}, {text(VALUE_STRING, "")}, 1},
        {{"binary", "string"}, {value_binary("\0\xFFz", 3), value_binary("abc", 3)}, 2},
        {{"array<bigint>", "string"}, {text(VALUE_ARRAY, "[1, null,3]"), text(VALUE_ARRAY, "[]")}, 2},
        {{"struct<a:bigint,b:array<string>>", "string"},
         {text(VALUE_STRUCT, "{ \"a\":1,\"a\":2}"), text(VALUE_STRUCT, "{}"), text(VALUE_STRUCT, "{\"b\":[\"x\"]}")},
         3},
    };
    memcpy(all, made, sizeof made);
    return sizeof made / sizeof *made;
}

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Row by row, a third of the values null. */
static void fill(const struct kit *kit, uint32_t seed, struct value *values)
{
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
        values[i] = draw(&seed) % 3 == 0 ? value_null() : kit->values[draw(&seed) % kit->count];
}

static struct parquet_layout *layout_of(const char *type)
{
    struct problem problem = {0};
    struct buffer ddl = {0};
    buffer_add_format(&ddl, "a %s, b %s, c %s", type, type, type);
    struct parquet_layout *layout = parquet_ddl(ddl.data, "schema", &problem);
    assert_non_null(layout);
    buffer_free(&ddl);
    return layout;
}

static void by_json(const struct parquet_layout *layout, const struct value *values, struct buffer *file)
{
    struct parquet_write_options options = {.codec = PARQUET_CODEC_NONE, .write = append, .context = file};
    struct parquet_writer *writer = parquet_writer_new(layout, &options);
    struct parquet_batch *batch = parquet_batch_new(layout);
    struct buffer row = {0};
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
        struct value read;
        row.len = i % COLUMNS == 0 ? 0 : row.len;
        buffer_add_format(&row, "%c\"%c\":", i % COLUMNS == 0 ? '{' : ',', 'a' + (int)(i % COLUMNS));
        if (values[i].type == VALUE_CELL && value_parse_number(values[i].text, values[i].len, &read))
            buffer_add(&row, values[i].text, values[i].len);
        else
            value_write_json(&values[i], &row);
        if (i % COLUMNS < COLUMNS - 1)
            continue;
        struct parquet_misfit misfit;
        buffer_add(&row, "}\0\0\0\0\0\0\0", 9);
        assert_true(parquet_batch_add(batch, json_value(row.data, row.data + row.len - 8), &misfit));
    }
    parquet_write(writer, batch);
    parquet_writer_finish(writer);
    parquet_batch_free(batch);
    buffer_free(&row);
}

static void by_blocks(const struct parquet_layout *layout, const struct value *values, size_t together,
                      struct buffer *file)
{
    struct parquet_write_options options = {.codec = PARQUET_CODEC_NONE, .write = append, .context = file};
    struct parquet_writer *writer = parquet_writer_new(layout, &options);
    struct parquet_batch *batch = parquet_batch_new(layout);
    struct parquet_block *block = parquet_block_new(COLUMNS);
    struct buffer bytes = {0};
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t i = 0; i < COLUMNS; i++) {
            const struct value *value = &values[row * COLUMNS + i];
            if (value->type == VALUE_LONG && value->width == 0 && !value->as_written)
                parquet_block_add_long(block, i, value->integer);
            else
                parquet_block_add(block, i, value);
        }
        parquet_block_row(block);
        if ((row + 1) % together == 0)
            parquet_block_put(block, &bytes);
    }
    if (parquet_block_rows(block) > 0)
        parquet_block_put(block, &bytes);
    for (size_t at = 0; at < bytes.len; at += parquet_block_len(bytes.data + at)) {
        parquet_batch_block(batch, bytes.data + at, bytes.data + at + PARQUET_BLOCK_HEAD);
        parquet_write(writer, batch);
        parquet_batch_clear(batch);
    }
    parquet_writer_finish(writer);
    parquet_batch_free(batch);
    parquet_block_free(block);
    buffer_free(&bytes);
}

static void same_as_json(void **state)
{
    (void)state;
    struct kit all[32];
    size_t count = kits(all);
    struct value *values = mem_zero((size_t)ROWS * COLUMNS, sizeof *values);
    for (size_t k = 0; k < count; k++) {
        fill(&all[k], (uint32_t)k, values);
        for (size_t t = 0; t < sizeof all[k].types / sizeof *all[k].types && all[k].types[t]; t++) {
            struct parquet_layout *layout = layout_of(all[k].types[t]);
            struct buffer right = {0};
            by_json(layout, values, &right);
            for (size_t together = 1; together <= ROWS; together *= 10) {
                struct buffer file = {0};
                by_blocks(layout, values, together, &file);
                if (file.len != right.len || memcmp(file.data, right.data, right.len) != 0)
                    fail_msg("kit %zu as %s, %zu rows a block", k, all[k].types[t], together);
                buffer_free(&file);
            }
            buffer_free(&right);
            parquet_layout_free(layout);
        }
    }
    free(values);
}

/* A block says when it has enough: by rows, by bytes. */
static void full(void **state)
{
    (void)state;
    struct parquet_block *block = parquet_block_new(1);
    const struct value null = value_null();
    for (size_t i = 0; i < PARQUET_BLOCK_ROWS; i++) {
        assert_false(parquet_block_full(block));
        parquet_block_add(block, 0, &null);
        parquet_block_row(block);
    }
    assert_true(parquet_block_full(block));
    struct buffer bytes = {0};
    parquet_block_put(block, &bytes);
    assert_int_equal(parquet_block_len(bytes.data), bytes.len);
    assert_int_equal(parquet_block_rows(block), 0);
    assert_false(parquet_block_full(block));
    char *large = mem_zero(PARQUET_BLOCK_BYTES, 1);
    memset(large, 'x', PARQUET_BLOCK_BYTES);
    const struct value value = value_string(large, PARQUET_BLOCK_BYTES);
    parquet_block_add(block, 0, &value);
    parquet_block_row(block);
    assert_true(parquet_block_full(block));
    free(large);
    parquet_block_free(block);
    buffer_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_as_json), cmocka_unit_test(full)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A Parquet file put together by hand in memory: forms that no writer at hand makes. One row group, one PLAIN page v1 a
 * column, levels as RLE runs of one. */
#ifndef ATOOLS_TESTS_PARQUET_MADE_H
#define ATOOLS_TESTS_PARQUET_MADE_H

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "parquet/thrift.h"

/* A schema element: type -1 is a group. */
struct made_element {
    const char *name;
    int repetition, type, children, converted; /* converted -1: none */
    int precision, scale, width;
};

struct made_column {
    int type;
    const char *path;
    const unsigned char *repetitions, *definitions; /* NULL: no such levels */
    unsigned most_repetition, most_definition;
    size_t entries;
    const char *values; /* in PLAIN encoding */
    size_t values_len;
};

static inline void made_levels(struct buffer *into, const unsigned char *levels, size_t count)
{
    if (!levels)
        return;
    uint32_t len = (uint32_t)(2 * count);
    buffer_add(into, &len, sizeof len);
    for (size_t i = 0; i < count; i++) {
        buffer_add_char(into, 2); /* a run of one */
        buffer_add_char(into, (char)levels[i]);
    }
}

static inline void made_page(struct buffer *into, const struct made_column *column)
{
    struct buffer page = {0};
    made_levels(&page, column->repetitions, column->entries);
    made_levels(&page, column->definitions, column->entries);
    buffer_add(&page, column->values, column->values_len);
    struct thrift_writer writer = {.into = into};
    thrift_write_i32(&writer, 1, 0);
    thrift_write_i32(&writer, 2, (int32_t)page.len);
    thrift_write_i32(&writer, 3, (int32_t)page.len);
    struct thrift_writer inner = thrift_write_struct(&writer, 5);
    thrift_write_i32(&inner, 1, (int32_t)column->entries);
    thrift_write_i32(&inner, 2, 0);
    thrift_write_i32(&inner, 3, 3);
    thrift_write_i32(&inner, 4, 3);
    thrift_end(&inner);
    thrift_end(&writer);
    buffer_add(into, page.data, page.len);
    buffer_free(&page);
}

static inline void made_schema(struct thrift_writer *footer, const struct made_element *elements, size_t count)
{
    thrift_write_list(footer, 2, THRIFT_STRUCT, count);
    for (size_t i = 0; i < count; i++) {
        struct thrift_writer writer = {.into = footer->into};
        if (elements[i].type >= 0)
            thrift_write_i32(&writer, 1, elements[i].type);
        if (elements[i].width > 0)
            thrift_write_i32(&writer, 2, elements[i].width);
        thrift_write_i32(&writer, 3, elements[i].repetition);
        thrift_write_binary(&writer, 4, elements[i].name, strlen(elements[i].name));
        if (elements[i].type < 0)
            thrift_write_i32(&writer, 5, elements[i].children);
        if (elements[i].converted >= 0)
            thrift_write_i32(&writer, 6, elements[i].converted);
        if (elements[i].precision > 0) {
            thrift_write_i32(&writer, 7, elements[i].scale);
            thrift_write_i32(&writer, 8, elements[i].precision);
        }
        thrift_end(&writer);
    }
}

/* The whole file. */
static inline void made_file(struct buffer *into, const struct made_element *elements, size_t element_count,
                             const struct made_column *columns, size_t column_count, int64_t rows)
{
    struct buffer footer = {0};
    struct thrift_writer writer = {.into = &footer};
    buffer_add_text(into, "PAR1");
    thrift_write_i32(&writer, 1, 1);
    made_schema(&writer, elements, element_count);
    thrift_write_i64(&writer, 3, rows);
    thrift_write_list(&writer, 4, THRIFT_STRUCT, 1);
    struct thrift_writer group = {.into = &footer};
    thrift_write_list(&group, 1, THRIFT_STRUCT, column_count);
    for (size_t i = 0; i < column_count; i++) {
        size_t start = into->len;
        made_page(into, &columns[i]);
        struct thrift_writer chunk = {.into = &footer};
        thrift_write_i64(&chunk, 2, 0);
        struct thrift_writer data = thrift_write_struct(&chunk, 3);
        thrift_write_i32(&data, 1, columns[i].type);
        thrift_write_i32(&data, 4, 0);
        thrift_write_i64(&data, 5, (int64_t)columns[i].entries);
        thrift_write_i64(&data, 6, (int64_t)(into->len - start));
        thrift_write_i64(&data, 7, (int64_t)(into->len - start));
        thrift_write_i64(&data, 9, (int64_t)start);
        thrift_end(&data);
        thrift_end(&chunk);
    }
    thrift_write_i64(&group, 3, rows);
    thrift_end(&group);
    thrift_end(&writer);
    buffer_add(into, footer.data, footer.len);
    uint32_t len = (uint32_t)footer.len;
    buffer_add(into, &len, sizeof len);
    buffer_add_text(into, "PAR1");
    buffer_free(&footer);
}

#endif

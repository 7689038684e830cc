#include "sql/describe.h"

#include <stdlib.h>
#include <string.h>

#include "value/cast.h"
#include "value/nested.h"

/* A string of SQL. */
static void add_string(struct buffer *into, const char *text)
{
    buffer_add_char(into, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buffer_add_char(into, '\\');
        buffer_add_char(into, *text);
    }
    buffer_add_char(into, '\'');
}

static void add_row(struct buffer *into, size_t number, const char *name, const char *type)
{
    buffer_add_text(into, number == 0 ? "select col1 as col_name, col2 as data_type, col3 as comment from (values ("
                                      : ", (");
    add_string(into, name);
    buffer_add_text(into, ", ");
    add_string(into, type);
    buffer_add_text(into, ", null)");
}

void describe_source(struct sql_source *source, struct buffer *into)
{
    struct buffer type = {0};
    sql_source_scan(source);
    for (size_t i = 0; i < source->column_count; i++) {
        type.len = 0;
        if (source->columns[i].node)
            schema_write_name(source->columns[i].node, &type);
        else
            buffer_add_text(&type, "string");
        buffer_add_char(&type, '\0');
        add_row(into, i, source->columns[i].name, type.data);
    }
    buffer_add_text(into, ")");
    buffer_add_char(into, '\0');
    buffer_free(&type);
}

/* Values are typed one by one: the type of a column is that of its first one that is not null. */
void describe_stage(const struct stage *stage, struct buffer *into)
{
    struct span *cells = mem_zero(stage->column_count + 1, sizeof *cells);
    struct arena arena = {0};
    for (size_t i = 0; i < stage->column_count; i++) {
        const char *type = "void";
        uint64_t at = 0;
        struct buffer nested = {0};
        while (strcmp(type, "void") == 0 && relation_next(stage->relation, &at, cells)) {
            struct value value = value_from_span(cells[i], &arena);
            if (value.type == VALUE_ARRAY || value.type == VALUE_STRUCT) {
                nested_type_name(&value, &arena, &nested);
                buffer_add_char(&nested, '\0');
                type = nested.data;
            } else if (value.type != VALUE_NULL) {
                type = value.type == VALUE_CELL ? "string" : cast_type_name(&value, &arena);
            }
        }
        add_row(into, i, stage->columns[i].name, type);
        buffer_free(&nested);
    }
    buffer_add_text(into, ")");
    buffer_add_char(into, '\0');
    arena_free(&arena);
    free(cells);
}

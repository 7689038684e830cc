#include "table/schema_parquet.h"

#include "base/mem.h"
#include "json/json.h"
#include "parquet/reader.h"

/* A value of the node's type, as JSON. */
static void add_example(const struct parquet_node *node, bool as_element, struct buffer *into)
{
    if (node->repetition == PARQUET_REPEATED && !as_element) {
        buffer_add_char(into, '[');
        add_example(node, true, into);
        buffer_add_char(into, ']');
        return;
    }
    switch (node->shape) {
    case PARQUET_STRUCT:
        buffer_add_char(into, '{');
        for (size_t i = 0; i < node->child_count; i++) {
            if (i > 0)
                buffer_add_char(into, ',');
            json_encode(node->children[i].name, node->children[i].name_len, into);
            buffer_add_char(into, ':');
            add_example(&node->children[i], false, into);
        }
        buffer_add_char(into, '}');
        return;
    case PARQUET_LIST:
        buffer_add_char(into, '[');
        add_example(parquet_element(node), parquet_element(node) == parquet_repeated(node), into);
        buffer_add_char(into, ']');
        return;
    case PARQUET_MAP:
        buffer_add_text(into, "{\"2000-01-01\":");
        if (parquet_map_value(node))
            add_example(parquet_map_value(node), false, into);
        else
            buffer_add_text(into, "null");
        buffer_add_char(into, '}');
        return;
    case PARQUET_LEAF:
        buffer_add_text(into, node->meaning == PARQUET_NOTHING ? "null" : "\"2000-01-01\""); /* where it is a date */
        return;
    }
}

void schema_parquet_add(struct schema *schema, const struct parquet_node *root)
{
    enum { SLACK = 8 }; /* spans may be read beyond their end */
    struct arena arena = {0};
    struct buffer text = {0};
    add_example(root, false, &text);
    buffer_add(&text, "\0\0\0\0\0\0\0", SLACK);
    struct value example = {.type = VALUE_STRUCT, .text = text.data, .len = text.len - SLACK,
                            .of = parquet_schema_types(root, &arena)};
    schema_add_typed(schema, schema_root(schema), &example);
    buffer_free(&text);
    arena_free(&arena);
}

void schema_parquet_add_partitions(struct schema *schema, const struct parquet_partitions *columns)
{
    for (size_t i = 0; i < columns->count; i++) {
        struct path_step step = {.key = columns->columns[i].name, .key_len = columns->columns[i].name_len};
        const struct path path = {.steps = &step, .count = 1};
        schema_add_at(schema, &path, columns->columns[i].typed);
    }
}

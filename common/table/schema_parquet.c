#include "table/schema_parquet.h"

#include "base/mem.h"
#include "json/json.h"

/* A value of the node's type, as JSON. A map counts as text: it is one column, whatever its keys. */
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
        buffer_add_text(into, "\"map\"");
        return;
    case PARQUET_LEAF:
        if (node->physical == PARQUET_BOOLEAN)
            buffer_add_text(into, "true");
        else if (node->physical == PARQUET_FLOAT || node->physical == PARQUET_DOUBLE ||
                 node->meaning == PARQUET_DECIMAL)
            buffer_add_text(into, "0.5");
        else if ((node->physical == PARQUET_INT32 || node->physical == PARQUET_INT64) &&
                 (node->meaning == PARQUET_AS_IS || node->meaning == PARQUET_INTEGER))
            buffer_add_text(into, "1");
        else
            buffer_add_text(into, "\"text\"");
        return;
    }
}

void schema_parquet_add(struct schema *schema, const struct parquet_node *root)
{
    struct buffer text = {0};
    add_example(root, false, &text);
    buffer_add(&text, "\0\0\0\0\0\0\0", 8); /* spans may be read beyond their end */
    schema_add(schema, (struct span){.text = text.data, .len = text.len - 8, .type = SPAN_OBJECT});
    buffer_free(&text);
}

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

/* Strings that are bytes. */
static void mark_binary(struct schema_node *node, const struct parquet_node *of)
{
    if (of->repetition == PARQUET_REPEATED)
        return;
    if (of->shape == PARQUET_LEAF && parquet_is_binary(of))
        node->seen = (node->seen & ~(unsigned)SEEN_STRING) | SEEN_BINARY;
    for (size_t i = 0; of->shape == PARQUET_STRUCT && i < of->child_count; i++) {
        struct schema_node *member = schema_member(node, of->children[i].name, of->children[i].name_len);
        if (member)
            mark_binary(member, &of->children[i]);
    }
}

void schema_parquet_add(struct schema *schema, const struct parquet_node *root)
{
    struct buffer text = {0};
    struct schema *file = schema_new();
    add_example(root, false, &text);
    buffer_add(&text, "\0\0\0\0\0\0\0", 8); /* spans may be read beyond their end */
    schema_add(file, (struct span){.text = text.data, .len = text.len - 8, .type = SPAN_OBJECT});
    mark_binary(schema_root(file), root);
    schema_merge(schema, file);
    schema_free(file);
    buffer_free(&text);
}

/* The SQL types of nested values: what their JSON text does not tell of them. */
#include <stdlib.h>
#include <string.h>

#include "parquet/reader_inner.h"
#include "value/decimal.h"

static void add_type(struct buffer *into, struct nested_type type)
{
    buffer_add(into, (const char *)&type, sizeof type);
}

bool parquet_type_told(struct nested_type type)
{
    return type.width == 0 && (type.type == VALUE_NULL || type.type == VALUE_BOOLEAN || type.type == VALUE_LONG ||
                               type.type == VALUE_DOUBLE || type.type == VALUE_STRING);
}

/* Appends the tree of a part. True: some of it is not told by the text; that a double might be NaN or infinite only
 * counts where no member has to be written for it. Recursion is bounded by PARQUET_DEPTH_MAX. */
static bool add_part(const struct parquet_part *part, bool in_struct, struct buffer *into)
{
    if (part->shape == PARQUET_LEAF) {
        struct nested_type type = parquet_cell_type(part->leaf);
        add_type(into, type);
        return !parquet_type_told(type) || (type.type == VALUE_DOUBLE && !in_struct);
    }
    size_t start = into->len;
    bool map = part->shape == PARQUET_MAP, untold = map;
    in_struct |= part->shape == PARQUET_STRUCT;
    enum value_type container = part->shape == PARQUET_LIST ? VALUE_ARRAY : VALUE_STRUCT;
    add_type(into, (struct nested_type){.type = (unsigned char)container, .width = map});
    for (size_t i = 0; i < part->child_count; i++)
        untold |= add_part(&part->children[i], in_struct, into);
    if (map && part->child_count == 1)
        add_type(into, (struct nested_type){.type = VALUE_NULL, .size = {1}});
    nested_type_set_size((struct nested_type *)(void *)(into->data + start),
                         (into->len - start) / sizeof(struct nested_type));
    return untold;
}

static void write_nulls(struct parquet_part *part)
{
    part->nulls = true;
    for (size_t i = 0; i < part->child_count; i++)
        write_nulls(&part->children[i]);
}

enum { NODES_MAX = 1 << 24 };

const struct nested_type *parquet_part_types(struct parquet_part *part, struct arena *arena)
{
    struct buffer tree = {0};
    const struct nested_type *types = NULL;
    if (add_part(part, false, &tree) && tree.len / sizeof *types < NODES_MAX) {
        types = (const void *)arena_copy(arena, tree.data, tree.len);
        write_nulls(part); /* members are told by their places */
    }
    buffer_free(&tree);
    return types;
}

const struct nested_type *parquet_schema_types(const struct parquet_node *root, struct arena *arena)
{
    struct parquet_plan plan = {.columns = mem_zero(root->leaf_count + 1, sizeof *plan.columns)};
    struct parquet_part part = {0};
    struct buffer tree = {0};
    parquet_part_build(&plan, &part, root, false, NULL);
    add_part(&part, false, &tree);
    const struct nested_type *types =
        tree.len / sizeof *types < NODES_MAX ? (const void *)arena_copy(arena, tree.data, tree.len) : NULL;
    free(plan.columns);
    arena_free(&plan.arena);
    buffer_free(&tree);
    return types;
}

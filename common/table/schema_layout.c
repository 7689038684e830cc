#include "table/schema_layout.h"

#include "base/mem.h"

static enum parquet_kind kind_of(const struct schema_node *node)
{
    switch (schema_node_type(node)) {
    case SCHEMA_BOOLEAN:
        return PARQUET_KIND_BOOLEAN;
    case SCHEMA_LONG:
        return PARQUET_KIND_LONG;
    case SCHEMA_DECIMAL:
        return PARQUET_KIND_DECIMAL;
    case SCHEMA_DOUBLE:
        return PARQUET_KIND_DOUBLE;
    case SCHEMA_ARRAY:
        return PARQUET_KIND_ARRAY;
    case SCHEMA_STRUCT:
        return PARQUET_KIND_STRUCT;
    case SCHEMA_BINARY:
        return PARQUET_KIND_BINARY;
    case SCHEMA_BYTE:
        return PARQUET_KIND_BYTE;
    case SCHEMA_SHORT:
        return PARQUET_KIND_SHORT;
    case SCHEMA_INT:
        return PARQUET_KIND_INT;
    case SCHEMA_FLOAT:
        return PARQUET_KIND_FLOAT;
    case SCHEMA_DATE:
        return PARQUET_KIND_DATE;
    case SCHEMA_TIMESTAMP:
        return PARQUET_KIND_TIMESTAMP;
    case SCHEMA_LOCAL:
        return PARQUET_KIND_TIMESTAMP_NTZ;
    case SCHEMA_MAP:
        return PARQUET_KIND_MAP;
    default:
        return PARQUET_KIND_STRING;
    }
}

void schema_field(const struct schema_node *node, struct arena *arena, struct parquet_field *field)
{
    *field = (struct parquet_field){.name = node->name ? node->name : "element",
                                    .name_len = node->name ? node->name_len : 7,
                                    .kind = kind_of(node)};
    if (field->kind == PARQUET_KIND_DECIMAL) {
        field->precision = (unsigned char)schema_digits(node);
        field->scale = (unsigned char)schema_scale(node);
    }
    if (field->kind == PARQUET_KIND_MAP) {
        field->children = arena_alloc(arena, 2 * sizeof *field->children);
        field->child_count = 2;
        schema_field(node->key, arena, &field->children[0]);
        if (field->children[0].kind >= PARQUET_KIND_STRUCT)
            field->children[0] = (struct parquet_field){.name = "key", .name_len = 3, .kind = PARQUET_KIND_STRING};
        schema_field(node->element, arena, &field->children[1]);
    }
    if (field->kind == PARQUET_KIND_ARRAY) {
        field->children = arena_alloc(arena, sizeof *field->children);
        field->child_count = 1;
        schema_field(node->element, arena, field->children);
    }
    if (field->kind != PARQUET_KIND_STRUCT)
        return;
    field->children = arena_alloc(arena, node->member_count * sizeof *field->children + 1);
    for (size_t i = 0; i < node->member_count; i++)
        if (node->members[i]->name_len > 0 && schema_stays(node->members[i]))
            schema_field(node->members[i], arena, &field->children[field->child_count++]);
}

struct parquet_layout *schema_layout(struct schema *schema, struct problem *problem)
{
    struct arena arena = {0};
    struct parquet_field root;
    schema_sort(schema, schema_root(schema));
    schema_field(schema_root(schema), &arena, &root);
    struct parquet_layout *layout = NULL;
    if (root.kind == PARQUET_KIND_STRUCT && root.child_count > 0)
        layout = parquet_layout_new(root.children, root.child_count, problem);
    else
        problem_set(problem, STATUS_DATA, "nothing to be written: no record has a member");
    arena_free(&arena);
    return layout;
}

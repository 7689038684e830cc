#include "parquet/schema.h"

#include <string.h>

#include "parquet/schema_inner.h"

/* Numbers of parquet.thrift's ConvertedType. */
enum converted {
    CONVERTED_UTF8,
    CONVERTED_MAP,
    CONVERTED_MAP_KEY_VALUE,
    CONVERTED_LIST,
    CONVERTED_ENUM,
    CONVERTED_DECIMAL,
    CONVERTED_DATE,
    CONVERTED_TIME_MILLIS,
    CONVERTED_TIME_MICROS,
    CONVERTED_TIMESTAMP_MILLIS,
    CONVERTED_TIMESTAMP_MICROS,
    CONVERTED_UINT_8,
    CONVERTED_UINT_64 = CONVERTED_UINT_8 + 3,
    CONVERTED_INT_8,
    CONVERTED_INT_64 = CONVERTED_INT_8 + 3,
    CONVERTED_JSON,
    CONVERTED_BSON,
    CONVERTED_INTERVAL,
};

struct builder {
    struct arena *arena;
    const struct parquet_schema_element *elements;
    size_t count, at; /* the next element */
    size_t leaves;
    const char *name;
    struct problem *problem;
};

static bool wrong(struct builder *builder, const struct parquet_node *node, const char *what)
{
    return problem_set(builder->problem, STATUS_DATA, "%s: schema: '%s': %s", builder->name, node->name, what);
}

static void take_converted(const struct parquet_schema_element *element, struct parquet_node *node)
{
    int32_t converted = element->converted;
    if (converted >= CONVERTED_UINT_8 && converted <= CONVERTED_INT_64) {
        node->meaning = PARQUET_INTEGER;
        node->is_signed = converted >= CONVERTED_INT_8;
        node->bits = 8u << (converted - (node->is_signed ? CONVERTED_INT_8 : CONVERTED_UINT_8));
        return;
    }
    switch (converted) {
    case CONVERTED_UTF8:
        node->meaning = PARQUET_STRING;
        return;
    case CONVERTED_ENUM:
        node->meaning = PARQUET_ENUM;
        return;
    case CONVERTED_DECIMAL:
        node->meaning = PARQUET_DECIMAL;
        node->precision = element->precision;
        node->scale = element->scale;
        return;
    case CONVERTED_DATE:
        node->meaning = PARQUET_DATE;
        return;
    case CONVERTED_TIME_MILLIS:
    case CONVERTED_TIME_MICROS:
        node->meaning = PARQUET_TIME;
        node->unit = converted == CONVERTED_TIME_MICROS ? PARQUET_MICROS : PARQUET_MILLIS;
        node->utc = true;
        return;
    case CONVERTED_TIMESTAMP_MILLIS:
    case CONVERTED_TIMESTAMP_MICROS:
        node->meaning = PARQUET_TIMESTAMP;
        node->unit = converted == CONVERTED_TIMESTAMP_MICROS ? PARQUET_MICROS : PARQUET_MILLIS;
        node->utc = true;
        return;
    case CONVERTED_JSON:
        node->meaning = PARQUET_JSON;
        return;
    case CONVERTED_BSON:
        node->meaning = PARQUET_BSON;
        return;
    case CONVERTED_INTERVAL:
        node->meaning = PARQUET_INTERVAL;
        return;
    default:
        return;
    }
}

/* True if values of this physical type can have that meaning. */
static bool fits(const struct parquet_node *node)
{
    enum parquet_physical physical = node->physical;
    switch (node->meaning) {
    case PARQUET_STRING:
    case PARQUET_ENUM:
    case PARQUET_JSON:
    case PARQUET_BSON:
        return physical == PARQUET_BYTE_ARRAY || physical == PARQUET_FIXED;
    case PARQUET_UUID:
        return physical == PARQUET_FIXED && node->width == 16;
    case PARQUET_INTERVAL:
        return physical == PARQUET_FIXED && node->width == 12;
    case PARQUET_FLOAT16:
        return physical == PARQUET_FIXED && node->width == 2;
    case PARQUET_INTEGER:
        return physical == (node->bits == 64 ? PARQUET_INT64 : PARQUET_INT32);
    case PARQUET_DECIMAL:
        return node->precision > 0 && node->scale >= 0 && node->scale <= node->precision &&
               (physical == PARQUET_INT32 || physical == PARQUET_INT64 || physical == PARQUET_BYTE_ARRAY ||
                physical == PARQUET_FIXED);
    case PARQUET_DATE:
        return physical == PARQUET_INT32;
    case PARQUET_TIME:
        return physical == (node->unit == PARQUET_MILLIS ? PARQUET_INT32 : PARQUET_INT64);
    case PARQUET_TIMESTAMP:
        return physical == PARQUET_INT64;
    case PARQUET_AS_IS:
    case PARQUET_NOTHING:
    default:
        return true;
    }
}

static bool build_leaf(struct builder *builder, const struct parquet_schema_element *element, struct parquet_node *node)
{
    if (element->physical < 0 || element->physical >= PARQUET_PHYSICAL_COUNT)
        return wrong(builder, node, "unknown physical type");
    node->shape = PARQUET_LEAF;
    node->physical = (enum parquet_physical)element->physical;
    if (node->physical == PARQUET_FIXED && element->width <= 0)
        return wrong(builder, node, "values of fixed length without a length");
    node->width = node->physical == PARQUET_FIXED ? (uint32_t)element->width : 0;
    if (!element->logical)
        take_converted(element, node);
    if (!fits(node)) /* the values themselves are there */
        node->meaning = PARQUET_AS_IS;
    node->first_leaf = builder->leaves++;
    node->leaf_count = 1;
    return true;
}

/* The levels from which on a node is there. */
static void take_levels(struct parquet_node *node)
{
    const struct parquet_node *parent = node->parent;
    node->definition = parent ? parent->definition : 0;
    node->repeats = parent ? parent->repeats : 0;
    if (!parent)
        return;
    node->definition = (unsigned char)(node->definition + (node->repetition != PARQUET_REQUIRED));
    node->repeats = (unsigned char)(node->repeats + (node->repetition == PARQUET_REPEATED));
}

static bool build_node(struct builder *builder, struct parquet_node *node, unsigned depth);

/* Recursion is bounded by PARQUET_DEPTH_MAX. */
static bool build_group(struct builder *builder, const struct parquet_schema_element *element,
                        struct parquet_node *node, unsigned depth)
{
    node->shape = PARQUET_STRUCT;
    node->meaning = PARQUET_AS_IS;
    if (element->children < 0 || (size_t)element->children > builder->count - builder->at)
        return wrong(builder, node, "more members than the schema has");
    if (element->children == 0 && node->parent)
        return wrong(builder, node, "a group without members");
    if (depth == PARQUET_DEPTH_MAX)
        return wrong(builder, node, "nested deeper than 200");
    node->child_count = (size_t)element->children;
    node->children = arena_alloc(builder->arena, node->child_count * sizeof *node->children);
    node->first_leaf = builder->leaves;
    for (size_t i = 0; i < node->child_count; i++) {
        node->children[i] = (struct parquet_node){.parent = node};
        if (!build_node(builder, &node->children[i], depth + 1))
            return false;
    }
    node->leaf_count = builder->leaves - node->first_leaf;
    bool one = node->child_count == 1 && node->children[0].repetition == PARQUET_REPEATED;
    bool list = element->logical ? element->list : element->converted == CONVERTED_LIST;
    bool map = element->logical ? element->map
                                : element->converted == CONVERTED_MAP || element->converted == CONVERTED_MAP_KEY_VALUE;
    if (one && list)
        node->shape = PARQUET_LIST;
    const struct parquet_node *entry = &node->children[0];
    if (one && map && entry->shape == PARQUET_STRUCT && entry->child_count <= 2 &&
        entry->children[0].shape == PARQUET_LEAF && entry->children[0].repetition != PARQUET_REPEATED &&
        entry->children[entry->child_count - 1].repetition != PARQUET_REPEATED)
        node->shape = PARQUET_MAP;
    return true;
}

static bool build_node(struct builder *builder, struct parquet_node *node, unsigned depth)
{
    if (builder->at == builder->count)
        return problem_set(builder->problem, STATUS_DATA, "%s: schema: ends within a group", builder->name);
    const struct parquet_schema_element *element = &builder->elements[builder->at++];
    const struct parquet_node *parent = node->parent;
    *node = element->node;
    node->parent = parent;
    if (!parent)
        node->repetition = PARQUET_REQUIRED;
    if ((unsigned)node->repetition > PARQUET_REPEATED)
        return wrong(builder, node, "unknown repetition");
    take_levels(node);
    return element->physical < 0 ? build_group(builder, element, node, depth) : build_leaf(builder, element, node);
}

struct parquet_node *parquet_schema_build(struct arena *arena, const struct parquet_schema_element *elements,
                                          size_t count, const char *name, struct problem *problem)
{
    struct builder builder = {.arena = arena, .elements = elements, .count = count, .name = name, .problem = problem};
    struct parquet_node *root = arena_alloc(arena, sizeof *root);
    *root = (struct parquet_node){0};
    if (!build_node(&builder, root, 0))
        return NULL;
    if (root->shape == PARQUET_LEAF || builder.at != count) {
        problem_set(problem, STATUS_DATA, "%s: schema: is no tree of one root", name);
        return NULL;
    }
    root->shape = PARQUET_STRUCT;
    return root;
}

const struct parquet_node *parquet_repeated(const struct parquet_node *container)
{
    return container->shape == PARQUET_LIST || container->shape == PARQUET_MAP ? &container->children[0] : container;
}

static bool ends_with(const struct parquet_node *node, const char *start, size_t start_len, const char *rest)
{
    size_t rest_len = strlen(rest);
    return node->name_len == start_len + rest_len && memcmp(node->name, start, start_len) == 0 &&
           memcmp(node->name + start_len, rest, rest_len) == 0;
}

/* The rules of Parquet's LogicalTypes.md, "Backward-compatibility rules" for lists. */
const struct parquet_node *parquet_element(const struct parquet_node *list)
{
    const struct parquet_node *repeated = &list->children[0];
    if (repeated->shape != PARQUET_STRUCT || repeated->child_count != 1 ||
        repeated->children[0].repetition == PARQUET_REPEATED)
        return repeated;
    if (ends_with(repeated, "array", 5, "") || ends_with(repeated, list->name, list->name_len, "_tuple"))
        return repeated;
    return &repeated->children[0];
}

const struct parquet_node *parquet_map_key(const struct parquet_node *map)
{
    return &map->children[0].children[0];
}

const struct parquet_node *parquet_map_value(const struct parquet_node *map)
{
    const struct parquet_node *entry = &map->children[0];
    return entry->child_count == 2 ? &entry->children[1] : NULL;
}

const struct parquet_node *parquet_member(const struct parquet_node *group, const char *name, size_t len)
{
    for (size_t i = 0; group->shape == PARQUET_STRUCT && i < group->child_count; i++)
        if (group->children[i].name_len == len && memcmp(group->children[i].name, name, len) == 0)
            return &group->children[i];
    return NULL;
}

bool parquet_is_binary(const struct parquet_node *leaf)
{
    return (leaf->physical == PARQUET_BYTE_ARRAY || leaf->physical == PARQUET_FIXED) &&
           (leaf->meaning == PARQUET_AS_IS || leaf->meaning == PARQUET_BSON);
}

/* The schema of a file in Spark's words. */
#include <stdio.h>

#include "json/json.h"
#include "parquet/schema.h"
#include "value/decimal.h"

enum { TYPE_TEXT = 32 };

static const char *integer_type(const struct parquet_node *leaf)
{
    static const char *const of_signed[] = {"byte", "short", "integer", "long"},
                             *const of_unsigned[] = {"short", "integer", "long", "decimal(20,0)"};
    size_t at = leaf->bits == 8 ? 0 : leaf->bits == 16 ? 1 : leaf->bits == 32 ? 2 : 3;
    return leaf->is_signed ? of_signed[at] : of_unsigned[at];
}

static const char *physical_type(const struct parquet_node *leaf)
{
    static const char *const types[] = {
        [PARQUET_BOOLEAN] = "boolean", [PARQUET_INT32] = "integer",      [PARQUET_INT64] = "long",
        [PARQUET_INT96] = "timestamp", [PARQUET_FLOAT] = "float",        [PARQUET_DOUBLE] = "double",
        [PARQUET_FIXED] = "binary",    [PARQUET_BYTE_ARRAY] = "binary",
    };
    return types[leaf->physical];
}

/* NULL: Spark has none for it. */
static const char *leaf_type(const struct parquet_node *leaf, char *text)
{
    switch (leaf->meaning) {
    case PARQUET_STRING:
    case PARQUET_ENUM:
    case PARQUET_JSON:
    case PARQUET_UUID:
    case PARQUET_NOTHING: /* as Spark infers it of records */
        return "string";
    case PARQUET_INTEGER:
        return integer_type(leaf);
    case PARQUET_DECIMAL:
        if (leaf->precision > DECIMAL_DIGITS_MAX)
            return NULL;
        snprintf(text, TYPE_TEXT, "decimal(%d,%d)", (int)leaf->precision, (int)leaf->scale);
        return text;
    case PARQUET_DATE:
        return "date";
    case PARQUET_TIMESTAMP:
        return leaf->utc ? "timestamp" : "timestamp_ntz";
    case PARQUET_FLOAT16:
        return "float";
    case PARQUET_TIME:
    case PARQUET_INTERVAL:
        return NULL;
    default:
        return physical_type(leaf);
    }
}

static const struct parquet_node *add_type(const struct parquet_node *node, bool as_element, struct buffer *into);

static const struct parquet_node *add_fields(const struct parquet_node *group, struct buffer *into)
{
    const struct parquet_node *strange = NULL;
    buffer_add_text(into, "{\"type\":\"struct\",\"fields\":[");
    for (size_t i = 0; i < group->child_count && !strange; i++) {
        buffer_add_text(into, i > 0 ? ",{\"name\":" : "{\"name\":");
        json_encode(group->children[i].name, group->children[i].name_len, into);
        buffer_add_text(into, ",\"type\":");
        strange = add_type(&group->children[i], false, into);
        buffer_add_text(into, ",\"nullable\":true,\"metadata\":{}}");
    }
    buffer_add_text(into, "]}");
    return strange;
}

/* `repeats`: the element is the node that repeats, which is a list of such otherwise. */
static const struct parquet_node *add_array(const struct parquet_node *element, bool repeats, struct buffer *into)
{
    buffer_add_text(into, "{\"type\":\"array\",\"elementType\":");
    const struct parquet_node *strange = add_type(element, repeats, into);
    buffer_add_text(into, ",\"containsNull\":true}");
    return strange;
}

/* NULL, or the node that Spark has no type for. Recursion is bounded by PARQUET_DEPTH_MAX. */
static const struct parquet_node *add_type(const struct parquet_node *node, bool as_element, struct buffer *into)
{
    char text[TYPE_TEXT];
    const char *type;
    const struct parquet_node *strange;
    if (node->repetition == PARQUET_REPEATED && !as_element)
        return add_array(node, true, into);
    switch (node->shape) {
    case PARQUET_LIST:
        return add_array(parquet_element(node), parquet_element(node) == parquet_repeated(node), into);
    case PARQUET_MAP:
        if (!parquet_map_value(node))
            return node;
        buffer_add_text(into, "{\"type\":\"map\",\"keyType\":");
        strange = add_type(parquet_map_key(node), false, into);
        buffer_add_text(into, ",\"valueType\":");
        strange = strange ? strange : add_type(parquet_map_value(node), false, into);
        buffer_add_text(into, ",\"valueContainsNull\":true}");
        return strange;
    case PARQUET_STRUCT:
        return add_fields(node, into);
    default:
        type = leaf_type(node, text);
        if (type)
            buffer_add_format(into, "\"%s\"", type);
        return type ? NULL : node;
    }
}

const struct parquet_node *parquet_schema_spark(const struct parquet_node *root, struct buffer *into)
{
    return add_fields(root, into);
}

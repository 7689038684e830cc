#include "table/schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "json/json.h"
#include "json/cursor.h"
#include "table/table.h"
#include "value/datetime.h"
#include "value/value.h"

bool schema_stays(const struct schema_node *node)
{
    switch (schema_node_type(node)) {
    case SCHEMA_ARRAY:
    case SCHEMA_MAP:
        return schema_stays(node->element);
    case SCHEMA_STRUCT:
        for (size_t i = 0; i < node->member_count; i++)
            if (node->members[i]->name_len > 0 && schema_stays(node->members[i]))
                return true;
        return false;
    default:
        return true;
    }
}

static bool member_stays(const struct schema_node *member)
{
    return member->name_len > 0 && schema_stays(member);
}

/* Names of types without parts: in printSchema() and in SQL. */
static const struct {
    const char *name, *sql;
} type_names[] = {
    [SCHEMA_NULL] = {"string", "string"},     [SCHEMA_BOOLEAN] = {"boolean", "boolean"},
    [SCHEMA_LONG] = {"long", "bigint"},       [SCHEMA_DOUBLE] = {"double", "double"},
    [SCHEMA_BYTE] = {"byte", "tinyint"},      [SCHEMA_SHORT] = {"short", "smallint"},
    [SCHEMA_INT] = {"integer", "int"},        [SCHEMA_FLOAT] = {"float", "float"},
    [SCHEMA_STRING] = {"string", "string"},   [SCHEMA_ARRAY] = {"array", "array"},
    [SCHEMA_STRUCT] = {"struct", "struct"},   [SCHEMA_BINARY] = {"binary", "binary"},
    [SCHEMA_DATE] = {"date", "date"},         [SCHEMA_TIMESTAMP] = {"timestamp", "timestamp"},
    [SCHEMA_LOCAL] = {"timestamp_ntz", "timestamp_ntz"}, [SCHEMA_MAP] = {"map", "map"},
};

static void write_type_name(const struct schema_node *node, bool sql, struct buffer *into)
{
    enum schema_type type = schema_node_type(node);
    if (type == SCHEMA_DECIMAL)
        buffer_add_format(into, "decimal(%u,%u)", schema_digits(node), schema_scale(node));
    else
        buffer_add_text(into, sql ? type_names[type].sql : type_names[type].name);
}

void schema_write_name(const struct schema_node *node, struct buffer *into)
{
    enum schema_type type = schema_node_type(node);
    bool any = false;
    write_type_name(node, true, into);
    if (type != SCHEMA_ARRAY && type != SCHEMA_STRUCT && type != SCHEMA_MAP)
        return;
    buffer_add_char(into, '<');
    if (type == SCHEMA_MAP) {
        schema_write_name(node->key, into);
        buffer_add_char(into, ',');
    }
    if (type != SCHEMA_STRUCT)
        schema_write_name(node->element, into);
    for (size_t i = 0; type == SCHEMA_STRUCT && i < node->member_count; i++) {
        if (!member_stays(node->members[i]))
            continue;
        buffer_add_text(into, any ? "," : "");
        any = true;
        buffer_add(into, node->members[i]->name, node->members[i]->name_len);
        buffer_add_char(into, ':');
        schema_write_name(node->members[i], into);
    }
    buffer_add_char(into, '>');
}

static void write_indent(size_t depth, struct buffer *into)
{
    buffer_add_text(into, " |");
    for (size_t i = 0; i < depth; i++)
        buffer_add_text(into, "    |");
    buffer_add_text(into, "-- ");
}

static void write_tree_below(const struct schema_node *node, size_t depth, struct buffer *into);

/* An element, a map's key or its value. */
static void write_inner(const struct schema_node *node, size_t depth, const char *name, const char *nulls,
                        struct buffer *into)
{
    write_indent(depth, into);
    buffer_add_text(into, name);
    write_type_name(node, false, into);
    buffer_add_text(into, nulls);
    buffer_add_char(into, '\n');
    write_tree_below(node, depth + 1, into);
}

static void write_tree_below(const struct schema_node *node, size_t depth, struct buffer *into)
{
    if (schema_node_type(node) == SCHEMA_ARRAY)
        write_inner(node->element, depth, "element: ", " (containsNull = true)", into);
    if (schema_node_type(node) == SCHEMA_MAP) {
        write_inner(node->key, depth, "key: ", "", into);
        write_inner(node->element, depth, "value: ", " (valueContainsNull = true)", into);
    }
    if (schema_node_type(node) != SCHEMA_STRUCT)
        return;
    for (size_t i = 0; i < node->member_count; i++) {
        const struct schema_node *member = node->members[i];
        if (!member_stays(member))
            continue;
        write_indent(depth, into);
        table_escape(member->name, member->name_len, into);
        buffer_add_text(into, ": ");
        write_type_name(member, false, into);
        buffer_add_text(into, " (nullable = true)\n");
        write_tree_below(member, depth + 1, into);
    }
}

void schema_write_tree(struct schema *schema, struct buffer *into)
{
    struct schema_node *root = schema_root(schema);
    schema_sort(schema, root);
    buffer_add_text(into, "root\n");
    write_tree_below(root, 0, into);
}

/* The code point that begins at text, and its length. */
static uint32_t code_point(const unsigned char *text, size_t *len)
{
    *len = text[0] < 0x80 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
    uint32_t point = *len == 1 ? text[0] : text[0] & (0x7Fu >> *len);
    for (size_t i = 1; i < *len; i++)
        point = point << 6 | (text[i] & 0x3Fu);
    return point;
}

/* A JSON string in ASCII, as Python's json.dumps writes it. */
static void write_ascii_string(const char *bytes, size_t len, struct buffer *into)
{
    static const char special[] = "\"\\\n\r\t\f\b", letters[] = "\"\\nrtfb";
    buffer_add_char(into, '"');
    for (size_t i = 0, width; i < len; i += width) {
        uint32_t point = code_point((const unsigned char *)bytes + i, &width);
        const char *found = point > 0 && point < 0x80 ? strchr(special, (int)point) : NULL;
        if (found)
            buffer_add_format(into, "\\%c", letters[found - special]);
        else if (point >= ' ' && point <= '~')
            buffer_add_char(into, (char)point);
        else if (point < 0x10000)
            buffer_add_format(into, "\\u%04x", point);
        else
            buffer_add_format(into, "\\u%04x\\u%04x", 0xD800 + ((point - 0x10000) >> 10), 0xDC00 + (point & 0x3FF));
    }
    buffer_add_char(into, '"');
}

static void write_json_type(const struct schema_node *node, struct buffer *into)
{
    switch (schema_node_type(node)) {
    case SCHEMA_ARRAY:
        buffer_add_text(into, "{\"containsNull\":true,\"elementType\":");
        write_json_type(node->element, into);
        buffer_add_text(into, ",\"type\":\"array\"}");
        return;
    case SCHEMA_MAP:
        buffer_add_text(into, "{\"keyType\":");
        write_json_type(node->key, into);
        buffer_add_text(into, ",\"type\":\"map\",\"valueContainsNull\":true,\"valueType\":");
        write_json_type(node->element, into);
        buffer_add_char(into, '}');
        return;
    case SCHEMA_STRUCT: {
        const char *comma = "";
        buffer_add_text(into, "{\"fields\":[");
        for (size_t i = 0; i < node->member_count; i++) {
            const struct schema_node *member = node->members[i];
            if (!member_stays(member))
                continue;
            buffer_add_text(into, comma);
            buffer_add_text(into, "{\"metadata\":{},\"name\":");
            write_ascii_string(member->name, member->name_len, into);
            buffer_add_text(into, ",\"nullable\":true,\"type\":");
            write_json_type(member, into);
            buffer_add_char(into, '}');
            comma = ",";
        }
        buffer_add_text(into, "],\"type\":\"struct\"}");
        return;
    }
    default:
        buffer_add_char(into, '"');
        write_type_name(node, false, into);
        buffer_add_char(into, '"');
        return;
    }
}

void schema_write_json(struct schema *schema, struct buffer *into)
{
    struct schema_node *root = schema_root(schema);
    schema_sort(schema, root);
    if (schema_node_type(root) == SCHEMA_STRUCT)
        write_json_type(root, into);
    else
        buffer_add_text(into, "{\"fields\":[],\"type\":\"struct\"}");
    buffer_add_char(into, '\n');
}

static void show_null(struct buffer *into)
{
    buffer_add_text(into, "NULL");
}

static void show_array(const struct schema_node *node, struct span value, struct buffer *into)
{
    struct json_cursor cursor = json_cursor_into(value);
    struct span element;
    const char *comma = "";
    buffer_add_char(into, '[');
    while (json_cursor_next(&cursor, &element)) {
        buffer_add_text(into, comma);
        schema_show(node->element, element, into);
        comma = ", ";
    }
    buffer_add_char(into, ']');
}

/* Each field in the order of names: the last member so called. */
static void show_struct(const struct schema_node *node, struct span value, struct buffer *into)
{
    struct span *found = mem_zero(node->member_count, sizeof *found);
    struct buffer name = {0};
    struct json_cursor cursor = json_cursor_into(value);
    struct span key, member;
    while (json_cursor_member(&cursor, &key, &member)) {
        name.len = 0;
        json_decode(key, &name);
        buffer_add_char(&name, '\0');
        size_t field = schema_member_number(node, name.data, name.len - 1);
        if (field < node->member_count)
            found[field] = member;
    }
    const char *comma = "";
    buffer_add_char(into, '{');
    for (size_t i = 0; i < node->member_count; i++) {
        if (!member_stays(node->members[i]))
            continue;
        buffer_add_text(into, comma);
        schema_show(node->members[i], found[i], into);
        comma = ", ";
    }
    buffer_add_char(into, '}');
    buffer_free(&name);
    free(found);
}

void schema_show_bytes(const char *bytes, size_t len, struct buffer *into)
{
    buffer_add_char(into, '[');
    for (size_t i = 0; i < len; i++)
        buffer_add_format(into, i > 0 ? " %02X" : "%02X", (unsigned char)bytes[i]);
    buffer_add_char(into, ']');
}

static void show_map(const struct schema_node *node, struct span value, struct buffer *into)
{
    struct json_cursor cursor = json_cursor_into(value);
    struct span key, inner;
    const char *comma = "";
    buffer_add_char(into, '{');
    while (json_cursor_member(&cursor, &key, &inner)) {
        buffer_add_text(into, comma);
        schema_show(node->key, key, into);
        buffer_add_text(into, " -> ");
        schema_show(node->element, inner, into);
        comma = ", ";
    }
    buffer_add_char(into, '}');
}

/* A string of JSON, of a column of that type. */
static void show_text(enum schema_type type, struct span value, struct buffer *into)
{
    struct buffer text = {0};
    struct value time = {.type = VALUE_TIMESTAMP, .width = type == SCHEMA_LOCAL};
    json_decode(value, &text);
    buffer_reserve(&text, 1);
    if (type == SCHEMA_BINARY) {
        char *bytes = mem_zero(text.len + 1, 1);
        size_t len = 0;
        if (text_base64_decode(text.data, text.len, bytes, &len))
            schema_show_bytes(bytes, len, into);
        free(bytes);
    } else if ((type == SCHEMA_TIMESTAMP || type == SCHEMA_LOCAL) &&
               datetime_parse_timestamp(text.data, text.len, &time.integer)) {
        value_write_plain(&time, into);
    } else {
        buffer_add(into, text.data, text.len);
    }
    buffer_free(&text);
}

static void show_number(enum schema_type type, struct span value, struct buffer *into)
{
    struct arena arena = {0};
    struct value number = value_from_span(value, &arena);
    if (type == SCHEMA_DOUBLE) {
        char *text = arena_copy(&arena, value.text, value.len);
        number = (struct value){.type = VALUE_DOUBLE, .real = strtod(text, NULL)};
    } else {
        number.as_written = false; /* -0 is 0 */
    }
    value_write_plain(&number, into);
    arena_free(&arena);
}

void schema_show(const struct schema_node *node, struct span value, struct buffer *into)
{
    enum schema_type type = schema_node_type(node);
    bool text_column = schema_is_text(type);
    if (value.type == SPAN_ABSENT || value.type == SPAN_NULL) {
        show_null(into);
    } else if (value.type == SPAN_STRING && text_column) {
        show_text(type, value, into);
    } else if (value.type == SPAN_STRING && (schema_is_number(type) || type == SCHEMA_BOOLEAN) && value.len > 2) {
        json_decode(value, into); /* a map's key, NaN */
    } else if (value.type == SPAN_STRING) {
        show_null(into); /* "" where something else was inferred */
    } else if (type == SCHEMA_ARRAY) {
        show_array(node, value, into);
    } else if (type == SCHEMA_STRUCT) {
        show_struct(node, value, into);
    } else if (type == SCHEMA_MAP) {
        show_map(node, value, into);
    } else if (value.type == SPAN_NUMBER && !text_column && type != SCHEMA_FLOAT && !(node->seen & SEEN_EXACT)) {
        show_number(type, value, into);
    } else {
        buffer_add(into, value.text, value.len); /* as written */
    }
}

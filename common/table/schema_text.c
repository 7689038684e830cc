#include "table/schema.h"

#include <stdio.h>
#include <stdlib.h>

#include "json/json.h"
#include "json/cursor.h"
#include "table/table.h"
#include "value/value.h"

enum { LONG_DIGITS = 20 }; /* decimal digits that Spark gives a long among decimals */

bool schema_stays(const struct schema_node *node)
{
    switch (schema_node_type(node)) {
    case SCHEMA_ARRAY:
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

unsigned schema_digits(const struct schema_node *node)
{
    return node->seen & SEEN_LONG && node->digits < LONG_DIGITS ? LONG_DIGITS : node->digits;
}

static void write_type_name(const struct schema_node *node, struct buffer *into)
{
    switch (schema_node_type(node)) {
    case SCHEMA_BOOLEAN:
        buffer_add_text(into, "boolean");
        return;
    case SCHEMA_LONG:
        buffer_add_text(into, "long");
        return;
    case SCHEMA_DECIMAL:
        buffer_add_format(into, "decimal(%u,0)", schema_digits(node));
        return;
    case SCHEMA_DOUBLE:
        buffer_add_text(into, "double");
        return;
    case SCHEMA_NULL:
    case SCHEMA_STRING:
        buffer_add_text(into, (node->seen & ~(unsigned)SEEN_NULL) == SEEN_TIMESTAMP ? "timestamp" : "string");
        return;
    case SCHEMA_ARRAY:
        buffer_add_text(into, "array");
        return;
    case SCHEMA_STRUCT:
        buffer_add_text(into, "struct");
        return;
    case SCHEMA_BINARY:
        buffer_add_text(into, "binary");
        return;
    }
}

void schema_write_name(const struct schema_node *node, struct buffer *into)
{
    enum schema_type type = schema_node_type(node);
    if (type == SCHEMA_LONG) {
        buffer_add_text(into, "bigint");
    } else if (type != SCHEMA_ARRAY && type != SCHEMA_STRUCT) {
        write_type_name(node, into);
    } else if (type == SCHEMA_ARRAY) {
        buffer_add_text(into, "array<");
        schema_write_name(node->element, into);
        buffer_add_char(into, '>');
    } else {
        bool any = false;
        buffer_add_text(into, "struct<");
        for (size_t i = 0; i < node->member_count; i++) {
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
}

static void write_indent(size_t depth, struct buffer *into)
{
    buffer_add_text(into, " |");
    for (size_t i = 0; i < depth; i++)
        buffer_add_text(into, "    |");
    buffer_add_text(into, "-- ");
}

static void write_tree_below(const struct schema_node *node, size_t depth, struct buffer *into)
{
    if (schema_node_type(node) == SCHEMA_ARRAY) {
        write_indent(depth, into);
        buffer_add_text(into, "element: ");
        write_type_name(node->element, into);
        buffer_add_text(into, " (containsNull = true)\n");
        write_tree_below(node->element, depth + 1, into);
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
        write_type_name(member, into);
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
        write_type_name(node, into);
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
    bool text_column = type == SCHEMA_STRING || type == SCHEMA_NULL || type == SCHEMA_BINARY;
    if (value.type == SPAN_ABSENT || value.type == SPAN_NULL) {
        show_null(into);
    } else if (value.type == SPAN_STRING && text_column) {
        json_decode(value, into);
    } else if (value.type == SPAN_STRING) {
        show_null(into); /* "" where something else was inferred */
    } else if (type == SCHEMA_ARRAY) {
        show_array(node, value, into);
    } else if (type == SCHEMA_STRUCT) {
        show_struct(node, value, into);
    } else if (value.type == SPAN_NUMBER && !text_column) {
        show_number(type, value, into);
    } else {
        buffer_add(into, value.text, value.len); /* as written */
    }
}

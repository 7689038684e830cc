/* Values as JSON text: compact, indented, coloured. */
#include <stdio.h>
#include <stdlib.h>

#include "base/unicode.h"
#include "json/json.h"
#include "jq/machine_inner.h"

const char *jq_type_name(struct jq_value value)
{
    static const char *const names[] = {"none", "null", "boolean", "boolean", "number", "string", "array", "object"};
    return names[value.type];
}

bool jq_value_truth(struct jq_value value)
{
    return jq_truth(value);
}

bool jq_value_is_string(struct jq_value value)
{
    return value.type == JQ_STRING;
}

static void write_number(struct jq_value value, struct buffer *into)
{
    if (value.form == JQ_HEAP) {
        buffer_add(into, value.string->bytes, value.string->len);
    } else if (value.form == JQ_TEXT) {
        buffer_add(into, value.text, value.len);
    } else {
        buffer_reserve(into, JQ_NUMBER_TEXT_MAX);
        into->len += jq_number_text(&value, into->data + into->len);
    }
}

static void write_leaf(struct jq_value value, struct buffer *into)
{
    switch (value.type) {
    case JQ_NULL:
        buffer_add(into, "null", 4);
        return;
    case JQ_FALSE:
        buffer_add(into, "false", 5);
        return;
    case JQ_TRUE:
        buffer_add(into, "true", 4);
        return;
    case JQ_NUMBER:
        write_number(value, into);
        return;
    default:
        if (value.form == JQ_HEAP)
            json_encode(value.string->bytes, value.string->len, into);
        else
            buffer_add(into, value.text, value.len);
    }
}

void jq_write_compact(struct jq_machine *jq, struct jq_value value, struct buffer *into)
{
    if (value.type < JQ_ARRAY) {
        write_leaf(value, into);
        return;
    }
    if (value.form == JQ_TEXT) {
        const struct jq_heap *heap = jq_heap_of(jq);
        if (value.owner ? heap->owners[value.owner].spaced : heap->spaced)
            json_compact(value.text, value.len, into);
        else
            buffer_add(into, value.text, value.len);
        return;
    }
    if (jq_deep(jq))
        return;
    if (value.type == JQ_ARRAY) {
        buffer_add_char(into, '[');
        for (size_t i = 0; i < value.array->len; i++) {
            if (i > 0)
                buffer_add_char(into, ',');
            jq_write_compact(jq, value.array->items[i], into);
        }
        buffer_add_char(into, ']');
        return;
    }
    buffer_add_char(into, '{');
    for (uint32_t i = 0; i < value.object->len; i++) {
        if (i > 0)
            buffer_add_char(into, ',');
        write_leaf(value.object->members[i].key, into);
        buffer_add_char(into, ':');
        jq_write_compact(jq, value.object->members[i].value, into);
    }
    buffer_add_char(into, '}');
}

/* A string whose escapes are only those that it needs. */
static void write_string(struct jq_machine *jq, struct jq_value value, struct buffer *into)
{
    if (value.form != JQ_ESCAPED) {
        write_leaf(value, into);
        return;
    }
    jq_keep(jq, value);
    struct jq_bytes bytes = jq_string_bytes(jq, &value);
    json_encode(bytes.at, bytes.len, into);
    jq_drop(jq, value);
}

void jq_write_again(struct jq_machine *jq, struct jq_value value, struct buffer *into)
{
    static const struct jq_layout layout = {.again = true};
    if (value.type == JQ_STRING)
        write_string(jq, value, into);
    else if (value.type < JQ_STRING)
        write_leaf(value, into);
    else
        jq_write(jq, value, &layout, into);
}

void jq_show(struct jq_machine *jq, struct jq_value value, char shown[JQ_SHOWN_MAX + 1])
{
    struct buffer text = {0};
    buffer_reserve(&text, JQ_SHOWN_MAX);
    if (value.type == JQ_STRING && value.form == JQ_HEAP && value.string->len > JQ_SHOWN_MAX) {
        size_t some = JQ_SHOWN_MAX; /* of a long one no more than is shown */
        while (some > 0 && unicode_continues(value.string->bytes[some]))
            some--;
        json_encode(value.string->bytes, some, &text);
        buffer_add(&text, "...", 3);
    } else {
        jq_write_compact(jq, value, &text);
    }
    size_t len = text.len;
    if (len > JQ_SHOWN_MAX) {
        len = JQ_SHOWN_MAX - 3;
        while (len > 0 && unicode_continues(text.data[len]))
            len--;
        memcpy(shown, text.data, len);
        memcpy(shown + len, "...", 3);
        len += 3;
    } else {
        memcpy(shown, text.data, len);
    }
    shown[len] = '\0';
    buffer_free(&text);
}

/* A JSON string's text with everything outside of ASCII as \u escapes. */
static void add_ascii(const char *text, size_t len, struct buffer *into)
{
    for (size_t at = 0; at < len;) {
        uint32_t code;
        size_t used = unicode_next(text + at, len - at, &code);
        if (code < 0x80)
            buffer_add(into, text + at, used);
        else if (code < 0x10000)
            buffer_add_format(into, "\\u%04x", code);
        else
            buffer_add_format(into, "\\u%04x\\u%04x", 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + (code & 0x3FF));
        at += used;
    }
}

struct writer {
    struct jq_machine *jq;
    const struct jq_layout *layout;
    struct buffer *into, *spare;
};

static void start_color(struct writer *writer, enum jq_color color)
{
    if (writer->layout->colors)
        buffer_add_text(writer->into, writer->layout->colors->start[color]);
}

static void end_color(struct writer *writer)
{
    if (writer->layout->colors)
        buffer_add_text(writer->into, "\x1b[0m");
}

static void newline(struct writer *writer, size_t depth)
{
    const struct jq_layout *layout = writer->layout;
    if (!layout->tab && layout->indent == 0)
        return;
    buffer_add_char(writer->into, '\n');
    size_t count = layout->tab ? depth : depth * (size_t)layout->indent;
    buffer_reserve(writer->into, count);
    memset(writer->into->data + writer->into->len, layout->tab ? '\t' : ' ', count);
    writer->into->len += count;
}

static void write_scalar(struct writer *writer, struct jq_value value)
{
    bool ascii = writer->layout->ascii && value.type == JQ_STRING;
    struct buffer *into = ascii ? writer->spare : writer->into;
    writer->spare->len = 0;
    if (writer->layout->again && value.type == JQ_STRING)
        write_string(writer->jq, value, into);
    else
        write_leaf(value, into);
    if (!ascii)
        return;
    add_ascii(writer->spare->data, writer->spare->len, writer->into);
}

static enum jq_color color_of(struct jq_value value)
{
    return (enum jq_color)(value.type - JQ_NULL);
}

static void write_value(struct writer *writer, struct jq_value value, size_t depth);

/* One item's comma and line before it. Colours begin anew around each, as jq does it. */
static void separate(struct writer *writer, struct jq_value container, bool first, size_t depth)
{
    if (!first) {
        start_color(writer, color_of(container));
        buffer_add_char(writer->into, ',');
    }
    newline(writer, depth);
    if (!first)
        end_color(writer);
}

static void write_container(struct writer *writer, struct jq_value value, size_t depth)
{
    bool array = value.type == JQ_ARRAY;
    size_t len = array ? value.array->len : value.object->len;
    struct jq_member **members = !array ? jq_object_sorted(writer->jq, value.object) : NULL;
    for (size_t i = 0; !array && !writer->layout->sorted && i < len; i++)
        members[i] = &value.object->members[i];
    start_color(writer, color_of(value));
    buffer_add_char(writer->into, array ? '[' : '{');
    for (size_t i = 0; i < len; i++) {
        separate(writer, value, i == 0, depth + 1);
        if (i == 0)
            end_color(writer);
        if (!array) {
            start_color(writer, JQ_COLOR_KEY);
            write_scalar(writer, members[i]->key);
            end_color(writer);
            start_color(writer, JQ_COLOR_OBJECT);
            buffer_add_char(writer->into, ':');
            if (writer->layout->tab || writer->layout->indent > 0)
                buffer_add_char(writer->into, ' ');
            end_color(writer);
        }
        write_value(writer, array ? value.array->items[i] : members[i]->value, depth + 1);
    }
    if (len > 0) {
        start_color(writer, color_of(value));
        newline(writer, depth);
    }
    buffer_add_char(writer->into, array ? ']' : '}');
    end_color(writer);
    free(members);
}

static void write_value(struct writer *writer, struct jq_value value, size_t depth)
{
    if (value.type < JQ_ARRAY) {
        start_color(writer, color_of(value));
        write_scalar(writer, value);
        end_color(writer);
        return;
    }
    if (jq_deep(writer->jq))
        return;
    jq_keep(writer->jq, value);
    jq_expand(writer->jq, &value);
    write_container(writer, value, depth);
    jq_drop(writer->jq, value);
}

void jq_write(struct jq_machine *jq, struct jq_value value, const struct jq_layout *layout, struct buffer *into)
{
    if (layout->raw && !layout->ascii && value.type == JQ_STRING) {
        jq_keep(jq, value);
        struct jq_bytes bytes = jq_string_bytes(jq, &value);
        buffer_add(into, bytes.at, bytes.len);
        jq_drop(jq, value);
        return;
    }
    if (!layout->again && !layout->colors && !layout->ascii && !layout->sorted && !layout->tab && layout->indent == 0) {
        jq_write_compact(jq, value, into);
        return;
    }
    struct buffer spare = {0};
    struct writer writer = {jq, layout, into, &spare};
    write_value(&writer, value, 0);
    buffer_free(&spare);
}

bool jq_colors_parse(struct jq_colors *colors, const char *text)
{
    static const char *const standard[JQ_COLORS] = {"0;90", "0;39", "0;39", "0;39", "0;32", "1;39", "1;39", "34;1"};
    for (size_t i = 0; i < JQ_COLORS; i++)
        snprintf(colors->start[i], JQ_COLOR_MAX, "\x1b[%sm", standard[i]);
    if (!text)
        return true;
    struct jq_colors given = *colors;
    for (size_t i = 0; i < JQ_COLORS && *text; i++) {
        size_t len = strspn(text, "0123456789;");
        if ((text[len] != ':' && text[len] != '\0') || len + 4 > JQ_COLOR_MAX)
            return false;
        snprintf(given.start[i], JQ_COLOR_MAX, "\x1b[%.*sm", (int)len, text);
        text += len + (text[len] == ':');
    }
    *colors = given;
    return true;
}

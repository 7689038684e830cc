#include "log/envelope.h"

#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/scan/scan.h"

/* "name":"text" or "name_base64":"…" or "name":null */
static void add_bytes(const char *name, const char *bytes, size_t len, struct buffer *into)
{
    size_t at; /* where it is none does not matter */
    buffer_add_char(into, '"');
    buffer_add_text(into, name);
    if (!bytes) {
        buffer_add_text(into, "\":null");
    } else if (scan_utf8(bytes, len, &at)) {
        buffer_add_text(into, "\":");
        json_encode(bytes, len, into);
    } else {
        buffer_add_text(into, "_base64\":\"");
        text_base64_add(bytes, len, into);
        buffer_add_char(into, '"');
    }
}

void envelope_write(const struct broker_message *message, const struct broker_header *headers, size_t header_count,
                    bool json, struct buffer *into)
{
    buffer_add_char(into, '{');
    add_bytes("key", message->key, message->key_len, into);
    buffer_add_char(into, ',');
    if (json && message->value) {
        buffer_add_text(into, "\"value\":");
        json_compact(message->value, message->value_len, into);
    } else {
        add_bytes("value", message->value, message->value_len, into);
    }
    buffer_add_text(into, ",\"topic\":");
    json_encode(message->topic, strlen(message->topic), into);
    buffer_add_format(into, ",\"partition\":%d,\"offset\":%lld,\"timestamp\":%lld,\"timestampType\":%d",
                      (int)message->partition, (long long)message->offset, (long long)message->timestamp,
                      message->timestamp_type);
    for (size_t i = 0; i < header_count; i++) {
        buffer_add_text(into, i == 0 ? ",\"headers\":[{\"key\":" : ",{\"key\":");
        json_encode(headers[i].name, strlen(headers[i].name), into);
        buffer_add_char(into, ',');
        add_bytes("value", headers[i].value, headers[i].value_len, into);
        buffer_add_char(into, '}');
    }
    if (header_count > 0)
        buffer_add_char(into, ']');
    buffer_add_char(into, '}');
}

/* What reading needs at hand. */
struct reading {
    const struct json_tree *tree;
    struct arena *arena;
    const char *text;
    size_t at; /* of the trouble */
    const char *message;
};

static bool trouble(struct reading *reading, uint32_t node, const char *message)
{
    reading->at = (size_t)(reading->tree->nodes[node].span.text - reading->text);
    reading->message = message;
    return false;
}

static bool is_key(const struct reading *reading, uint32_t node, const char *name)
{
    return json_string_equal(reading->tree->nodes[node].span, name, strlen(name));
}

/* Decoded bytes of a string; those without escapes stay where they are. */
static void take_string(struct reading *reading, struct span span, const char **bytes, size_t *len)
{
    if (!span.escaped) {
        *bytes = span.text + 1;
        *len = span.len - 2;
        return;
    }
    struct buffer decoded = {0};
    json_decode(span, &decoded);
    *bytes = arena_copy(reading->arena, decoded.data, decoded.len);
    *len = decoded.len;
    buffer_free(&decoded);
}

/* A string or null. */
static bool take_text(struct reading *reading, uint32_t node, const char **bytes, size_t *len)
{
    struct span span = reading->tree->nodes[node].span;
    if (span.type == SPAN_NULL) {
        *bytes = NULL;
        *len = 0;
        return true;
    }
    if (span.type != SPAN_STRING)
        return trouble(reading, node, "expected a string or null");
    take_string(reading, span, bytes, len);
    return true;
}

static bool take_base64(struct reading *reading, uint32_t node, const char **bytes, size_t *len)
{
    struct span span = reading->tree->nodes[node].span;
    char *into = arena_alloc(reading->arena, span.len);
    *bytes = into;
    if (span.type != SPAN_STRING || span.escaped || !text_base64_decode(span.text + 1, span.len - 2, into, len))
        return trouble(reading, node, "expected a string in base64");
    return true;
}

static bool take_integer(struct reading *reading, uint32_t node, int64_t min, int64_t max, int64_t *number)
{
    struct span span = reading->tree->nodes[node].span;
    char copy[24] = "";
    if (span.type == SPAN_NUMBER && span.len < sizeof copy)
        memcpy(copy, span.text, span.len);
    char *end;
    errno = 0;
    *number = strtoll(copy, &end, 10);
    if (copy[0] == '\0' || *end != '\0' || errno != 0 || *number < min || *number > max)
        return trouble(reading, node, "expected a whole number within its range");
    return true;
}

static bool take_header(struct reading *reading, uint32_t object, struct broker_header *header)
{
    const struct json_node *nodes = reading->tree->nodes;
    if (nodes[object].span.type != SPAN_OBJECT)
        return trouble(reading, object, "expected a header: {\"key\":…,\"value\":…}");
    *header = (struct broker_header){0};
    bool good = true;
    for (uint32_t key = nodes[object].size > 0 ? object + 1 : 0; key && good; key = nodes[key].next) {
        size_t len;
        if (is_key(reading, key, "key")) {
            good = take_text(reading, key + 1, &header->name, &len) &&
                   ((header->name && !memchr(header->name, '\0', len)) ||
                    trouble(reading, key + 1, "expected a header's name"));
            if (good) /* NUL-terminated, as headers' names are handed on */
                header->name = arena_copy(reading->arena, header->name, len);
        } else if (is_key(reading, key, "value")) {
            good = take_text(reading, key + 1, &header->value, &header->value_len);
        } else if (is_key(reading, key, "value_base64")) {
            good = take_base64(reading, key + 1, &header->value, &header->value_len);
        } else {
            good = trouble(reading, key, "a header has key and value (or value_base64) only");
        }
    }
    return good && (header->name || trouble(reading, object, "a header without key"));
}

static bool take_headers(struct reading *reading, uint32_t array, struct broker_record *record)
{
    const struct json_node *nodes = reading->tree->nodes;
    if (nodes[array].span.type == SPAN_NULL)
        return true;
    if (nodes[array].span.type != SPAN_ARRAY)
        return trouble(reading, array, "expected an array of headers");
    struct broker_header *headers = arena_alloc(reading->arena, ((size_t)nodes[array].size + 1) * sizeof *headers);
    record->headers = headers;
    for (uint32_t node = nodes[array].size > 0 ? array + 1 : 0; node; node = nodes[node].next)
        if (!take_header(reading, node, &headers[record->header_count++]))
            return false;
    return true;
}

/* Which members have been seen. */
struct seen {
    bool value, no_time;
};

static bool take_member(struct reading *reading, uint32_t key, bool json, struct broker_record *record,
                        struct seen *seen)
{
    int64_t number;
    uint32_t value = key + 1;
    struct span span = reading->tree->nodes[value].span;
    if (is_key(reading, key, "key"))
        return take_text(reading, value, &record->key, &record->key_len);
    if (is_key(reading, key, "key_base64"))
        return take_base64(reading, value, &record->key, &record->key_len);
    if (is_key(reading, key, "value") || is_key(reading, key, "value_base64")) {
        if (seen->value)
            return trouble(reading, key, "the value is there twice");
        seen->value = true;
        if (!is_key(reading, key, "value"))
            return take_base64(reading, value, &record->value, &record->value_len);
        if (!json || span.type == SPAN_NULL)
            return take_text(reading, value, &record->value, &record->value_len);
        record->value = span.text;
        record->value_len = span.len;
        return true;
    }
    if (is_key(reading, key, "partition")) {
        if (span.type != SPAN_NULL && !take_integer(reading, value, 0, INT32_MAX, &number))
            return false;
        record->partition = span.type == SPAN_NULL ? BROKER_ANY_PARTITION : (int32_t)number;
        return true;
    }
    if (is_key(reading, key, "timestamp")) {
        if (span.type != SPAN_NULL && !take_integer(reading, value, BROKER_TIMESTAMP_NOW, INT64_MAX, &number))
            return false;
        record->timestamp = span.type == SPAN_NULL ? BROKER_TIMESTAMP_NOW : number;
        return true;
    }
    if (is_key(reading, key, "timestampType")) {
        seen->no_time = span.type == SPAN_NUMBER && span.text[0] == '-';
        return true;
    }
    if (is_key(reading, key, "headers"))
        return take_headers(reading, value, record);
    if (is_key(reading, key, "topic") || is_key(reading, key, "offset"))
        return true;
    return trouble(
        reading, key,
        "an envelope has no such member (key, value, partition, timestamp, timestampType, headers, topic, offset)");
}

bool envelope_read(const char *text, size_t len, bool json, struct json_tree *tree, struct arena *arena,
                   struct broker_record *record, size_t *at, const char **message)
{
    if (!json_tree_build(tree, text, len, at, message))
        return false;
    *record = (struct broker_record){.partition = BROKER_ANY_PARTITION, .timestamp = BROKER_TIMESTAMP_NOW};
    struct reading reading = {.tree = tree, .arena = arena, .text = text};
    struct seen seen = {0};
    const struct json_node *nodes = tree->nodes;
    bool good = nodes[0].span.type == SPAN_OBJECT || trouble(&reading, 0, "expected an envelope, an object");
    for (uint32_t key = good && nodes[0].size > 0 ? 1 : 0; key && good; key = nodes[key].next)
        good = take_member(&reading, key, json, record, &seen);
    if (good && !seen.value)
        good = trouble(&reading, 0, "an envelope without value (null is a tombstone)");
    if (seen.no_time)
        record->timestamp = BROKER_TIMESTAMP_NOW;
    *at = reading.at;
    *message = reading.message;
    return good;
}

bool envelope_json(const struct broker_message *message, char *text, size_t size)
{
    size_t at;
    const char *reason;
    if (!message->value || json_check(message->value, message->value_len, &at, &reason))
        return true;
    snprintf(text, size, "the value is not JSON: byte %zu: %s", at + 1, reason);
    return false;
}

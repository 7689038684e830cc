#include "load/recipe.h"

#include <string.h>

#include "base/moment.h"
#include "log/envelope.h"

/* The node at the path, or 0 where it leads to nothing (the root is no answer: a path has steps). */
static uint32_t look_up(const struct json_tree *tree, const struct path *path)
{
    uint32_t node = 0;
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        const struct json_node *at = &tree->nodes[node];
        if (step->key) {
            node = at->span.type == SPAN_OBJECT ? json_tree_member(tree, node, step->key, step->key_len) : 0;
        } else {
            if (at->span.type != SPAN_ARRAY || step->index < 0 || step->index >= (int64_t)at->size)
                return 0;
            node++;
            for (int64_t n = 0; n < step->index; n++)
                node = tree->nodes[node].next;
        }
        if (node == 0)
            return 0;
    }
    return node;
}

/* The key: a string decoded, another scalar as written, a container as compact JSON, null or nothing none. */
static void take_key(struct recipe *recipe, struct arena *arena, struct broker_record *into)
{
    uint32_t node = look_up(&recipe->tree, recipe->key_path);
    struct span span = recipe->tree.nodes[node].span;
    if (node == 0 || span.type == SPAN_NULL)
        return;
    into->key = span.text;
    into->key_len = span.len;
    if (span.type == SPAN_STRING && !span.escaped) {
        into->key = span.text + 1;
        into->key_len = span.len - 2;
    } else if (span.type == SPAN_STRING || span.type == SPAN_ARRAY || span.type == SPAN_OBJECT) {
        struct buffer made = {0};
        if (span.type == SPAN_STRING)
            json_decode(span, &made);
        else
            json_compact(span.text, span.len, &made);
        into->key = arena_copy(arena, made.data, made.len);
        into->key_len = made.len;
        buffer_free(&made);
    }
}

static bool take_time(struct recipe *recipe, const char *text, struct broker_record *into, size_t *at,
                      const char **message)
{
    uint32_t node = look_up(&recipe->tree, recipe->time_path);
    struct span span = recipe->tree.nodes[node].span;
    *at = (size_t)(span.text - text);
    *message = "--time-path: expected ISO 8601 or epoch milliseconds";
    if (node == 0) {
        *message = "--time-path: the record has no such value";
        return false;
    }
    bool string = span.type == SPAN_STRING && !span.escaped;
    if (!string && span.type != SPAN_NUMBER)
        return false;
    const char *time = string ? span.text + 1 : span.text;
    size_t len = string ? span.len - 2 : span.len;
    if (len == 0 || time[0] == '-' || time[0] == '+') /* no time relative to now */
        return false;
    return moment_parse(time, len, 0, &into->timestamp);
}

static bool is_tombstone(const struct recipe *recipe)
{
    uint32_t node = look_up(&recipe->tree, recipe->tombstone_path);
    return node != 0 && recipe->tree.nodes[node].span.type == SPAN_TRUE;
}

/* Key and value of a line. */
static void split(const struct recipe *recipe, const struct feed_record *record, struct broker_record *into)
{
    into->value = record->bytes;
    into->value_len = record->len;
    if (recipe->key_delimiter) {
        const char *found = memmem(record->bytes, record->len, recipe->key_delimiter, recipe->key_delimiter_len);
        if (found) {
            size_t before = (size_t)(found - record->bytes), skip = before + recipe->key_delimiter_len;
            into->key = record->bytes;
            into->key_len = before;
            into->value += skip;
            into->value_len -= skip;
        }
    }
    if (recipe->key) {
        into->key = recipe->key;
        into->key_len = strlen(recipe->key);
    }
    if (recipe->empty_is_null) {
        into->value = into->value_len > 0 ? into->value : NULL;
        into->key = into->key_len > 0 ? into->key : NULL;
    }
}

static void add_headers(const struct recipe *recipe, struct arena *arena, struct broker_record *into)
{
    if (into->header_count == 0) {
        into->headers = recipe->headers;
        into->header_count = recipe->header_count;
        return;
    }
    size_t count = into->header_count + recipe->header_count;
    struct broker_header *all = arena_alloc(arena, count * sizeof *all);
    memcpy(all, into->headers, into->header_count * sizeof *all);
    memcpy(all + into->header_count, recipe->headers, recipe->header_count * sizeof *all);
    into->headers = all;
    into->header_count = count;
}

bool recipe_make(struct recipe *recipe, const struct feed_record *record, struct broker_record *into, size_t *at,
                 const char **message)
{
    *into = (struct broker_record){.partition = BROKER_ANY_PARTITION, .timestamp = BROKER_TIMESTAMP_NOW};
    if (recipe->envelope) {
        if (!envelope_read(record->bytes, record->len, recipe->value_json, &recipe->tree, record->arena, into, at,
                           message))
            return false;
        if (into->partition >= recipe->partitions && recipe->partition == BROKER_ANY_PARTITION) {
            *at = 0;
            *message = "the topic has no such partition";
            return false;
        }
    } else {
        split(recipe, record, into);
        if (recipe->key_path || recipe->time_path || recipe->tombstone_path) {
            if (!json_tree_build(&recipe->tree, record->bytes, record->len, at, message))
                return false;
            if (recipe->key_path)
                take_key(recipe, record->arena, into);
            if (recipe->tombstone_path && is_tombstone(recipe))
                into->value = NULL;
            if (recipe->time_path && !take_time(recipe, record->bytes, into, at, message))
                return false;
        }
    }
    if (recipe->partition != BROKER_ANY_PARTITION)
        into->partition = recipe->partition;
    if (recipe->header_count > 0)
        add_headers(recipe, record->arena, into);
    into->number = record->number;
    return true;
}

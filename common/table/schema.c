#include "table/schema.h"

#include <stdlib.h>

#include "base/index.h"
#include "json/json.h"
#include "json/cursor.h"
#include "value/datetime.h"
#include "value/datetime_format.h"
#include "value/value.h"

enum {
    INDEX_FROM = 8,        /* members are looked for one by one up to so many */
    DECIMAL_DIGITS_MAX = 38,
};

struct schema {
    struct arena arena; /* nodes, names, arrays */
    struct schema_node root;
    struct buffer key;  /* a decoded key, or string */
    bool times;         /* timestamps are told apart */
    const struct datetime_format *format; /* of these; or NULL */
};

struct schema *schema_new(void)
{
    return mem_zero(1, sizeof(struct schema));
}

struct schema *schema_new_like(const struct schema *schema)
{
    struct schema *like = schema_new();
    like->times = schema->times;
    like->format = schema->format;
    return like;
}

void schema_infer_timestamps(struct schema *schema, const struct datetime_format *format)
{
    schema->times = true;
    schema->format = format;
}

void schema_free(struct schema *schema)
{
    if (!schema)
        return;
    arena_free(&schema->arena);
    buffer_free(&schema->key);
    free(schema);
}

struct schema_node *schema_root(struct schema *schema)
{
    return &schema->root;
}

static struct schema_node *node_new(struct schema *schema)
{
    struct schema_node *node = arena_alloc(&schema->arena, sizeof *node);
    *node = (struct schema_node){0};
    return node;
}

static bool has_name(const struct schema_node *node, const char *name, size_t len)
{
    return node->name_len == len && memcmp(node->name, name, len) == 0;
}

size_t schema_member_number(const struct schema_node *node, const char *name, size_t len)
{
    if (!node->index) {
        size_t i = 0;
        while (i < node->member_count && !has_name(node->members[i], name, len))
            i++;
        return i;
    }
    for (size_t at = (size_t)index_hash(name, len);; at++) {
        uint32_t entry = node->index[at & (node->index_cap - 1)];
        if (entry == 0)
            return node->member_count;
        if (has_name(node->members[entry - 1], name, len))
            return entry - 1;
    }
}

static void index_insert(struct schema_node *node, size_t number)
{
    const struct schema_node *member = node->members[number];
    size_t at = (size_t)index_hash(member->name, member->name_len);
    while (node->index[at & (node->index_cap - 1)] != 0)
        at++;
    node->index[at & (node->index_cap - 1)] = (uint32_t)(number + 1);
}

/* (Re)builds the index for the members there are, with room for as many again. */
static void index_build(struct schema *schema, struct schema_node *node)
{
    size_t cap = 4 * (size_t)INDEX_FROM;
    while (cap < 2 * node->member_cap)
        cap *= 2;
    if (cap != node->index_cap) {
        node->index = arena_alloc(&schema->arena, cap * sizeof *node->index);
        node->index_cap = cap;
    }
    memset(node->index, 0, cap * sizeof *node->index);
    for (size_t i = 0; i < node->member_count; i++)
        index_insert(node, i);
}

static struct schema_node *member_add(struct schema *schema, struct schema_node *node, const char *name, size_t len)
{
    if (node->member_count == node->member_cap) {
        size_t cap = node->member_cap ? 2 * node->member_cap : 4;
        struct schema_node **members = arena_alloc(&schema->arena, cap * sizeof(struct schema_node *));
        if (node->member_count > 0)
            memcpy(members, node->members, node->member_count * sizeof(struct schema_node *));
        node->members = members;
        node->member_cap = cap;
        if (cap > INDEX_FROM)
            index_build(schema, node);
    }
    struct schema_node *member = node_new(schema);
    member->name = arena_copy(&schema->arena, name, len);
    member->name_len = len;
    node->members[node->member_count++] = member;
    if (node->index)
        index_insert(node, node->member_count - 1);
    return member;
}

struct schema_node *schema_member(const struct schema_node *node, const char *name, size_t len)
{
    size_t found = schema_member_number(node, name, len);
    return found < node->member_count ? node->members[found] : NULL;
}

/* The member for a key as written; *guess is the number it probably has (records of one source
 * repeat their key order) and becomes the next one's. */
static struct schema_node *member_for(struct schema *schema, struct schema_node *node, struct span key, size_t *guess)
{
    const char *name = key.text + 1;
    size_t len = key.len - 2;
    if (key.escaped) {
        schema->key.len = 0;
        json_decode(key, &schema->key);
        name = schema->key.data;
        len = schema->key.len;
    }
    size_t number = *guess;
    if (number >= node->member_count || !has_name(node->members[number], name, len))
        number = schema_member_number(node, name, len);
    *guess = number + 1;
    return number < node->member_count ? node->members[number] : member_add(schema, node, name, len);
}

static struct schema_node *element_for(struct schema *schema, struct schema_node *node)
{
    if (!node->element)
        node->element = node_new(schema);
    return node->element;
}

/* 19 digits may or may not fit 64 bits; text is the number without its sign. */
static bool beyond_long(const char *digits, size_t count, bool negative)
{
    if (count != 19)
        return count > 19;
    return memcmp(digits, negative ? "9223372036854775808" : "9223372036854775807", 19) > 0;
}

static void add_number(struct schema_node *node, const char *text, size_t len)
{
    bool negative = text[0] == '-';
    const char *digits = text + negative;
    size_t count = len - negative;
    if (memchr(text, '.', len) || memchr(text, 'e', len) || memchr(text, 'E', len) || count > DECIMAL_DIGITS_MAX) {
        node->seen |= SEEN_DOUBLE;
    } else if (beyond_long(digits, count, negative)) {
        node->seen |= SEEN_BIG;
        if (count > node->digits)
            node->digits = (unsigned)count;
    } else {
        node->seen |= SEEN_LONG;
    }
}

static bool is_timestamp(struct schema *schema, struct span string)
{
    int64_t time;
    schema->key.len = 0;
    json_decode(string, &schema->key);
    return schema->format ? datetime_format_read(schema->format, schema->key.data, schema->key.len, &time)
                          : datetime_parse_timestamp(schema->key.data, schema->key.len, &time);
}

/* Adds the value that the cursor has gone to, and passes it. Recursion is bounded by JSON_DEPTH_MAX. */
static void add_here(struct schema *schema, struct schema_node *node, struct json_cursor *cursor)
{
    size_t guess = 0;
    struct schema_node *element;
    struct span key, value;
    switch (*cursor->at) {
    case '{':
        node->seen |= SEEN_STRUCT;
        cursor->at++;
        while (json_cursor_key(cursor, &key))
            add_here(schema, member_for(schema, node, key, &guess), cursor);
        return;
    case '[':
        node->seen |= SEEN_ARRAY;
        element = element_for(schema, node);
        cursor->at++;
        while (json_cursor_more(cursor))
            add_here(schema, element, cursor);
        return;
    default:
        value = json_cursor_take(cursor);
        if (value.type == SPAN_NUMBER)
            add_number(node, value.text, value.len);
        else if (value.type == SPAN_STRING)
            node->seen |= value.len == 2                                 ? SEEN_NULL
                          : schema->times && is_timestamp(schema, value) ? SEEN_TIMESTAMP
                                                                         : SEEN_STRING;
        else
            node->seen |= value.type == SPAN_NULL ? SEEN_NULL : SEEN_BOOLEAN;
    }
}

/* A value that JSON has no type for: as what its JSON is. */
static void add_packed(struct schema *schema, struct schema_node *node, struct span span)
{
    enum { SLACK = 8 };
    struct value value = value_from_span(span, NULL);
    struct buffer text = {0};
    if (value_is_binary(&value)) {
        node->seen |= SEEN_BINARY;
        return;
    }
    value_write_json(&value, &text);
    buffer_add(&text, "\0\0\0\0\0\0\0", SLACK);
    struct json_cursor cursor = json_cursor_over(text.data, text.len - SLACK);
    add_here(schema, node, &cursor);
    buffer_free(&text);
}

void schema_add_value(struct schema *schema, struct schema_node *node, struct span value)
{
    if (value.type == SPAN_PACKED) {
        add_packed(schema, node, value);
        return;
    }
    struct json_cursor cursor = json_cursor_over(value.text, value.len);
    if (value.type != SPAN_ABSENT)
        add_here(schema, node, &cursor);
}

void schema_add_at(struct schema *schema, const struct path *path, struct span value)
{
    struct schema_node *node = &schema->root;
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        struct schema_node *member = schema_member(node, step->key, step->key_len);
        node->seen |= SEEN_STRUCT;
        node = member ? member : member_add(schema, node, step->key, step->key_len);
    }
    schema_add_value(schema, node, value);
}

void schema_add(struct schema *schema, struct span record)
{
    if (record.type != SPAN_ARRAY) {
        schema_add_value(schema, &schema->root, record);
        return;
    }
    struct json_cursor cursor = json_cursor_into(record);
    struct span value;
    while (json_cursor_next(&cursor, &value))
        schema_add(schema, value);
}

static void node_merge(struct schema *schema, struct schema_node *into, const struct schema_node *from)
{
    into->seen |= from->seen;
    if (from->digits > into->digits)
        into->digits = from->digits;
    if (from->element)
        node_merge(schema, element_for(schema, into), from->element);
    for (size_t i = 0; i < from->member_count; i++) {
        const struct schema_node *member = from->members[i];
        struct schema_node *same = schema_member(into, member->name, member->name_len);
        node_merge(schema, same ? same : member_add(schema, into, member->name, member->name_len), member);
    }
}

void schema_merge(struct schema *into, const struct schema *from)
{
    node_merge(into, &into->root, &from->root);
}

void schema_merge_node(struct schema *into, const struct schema_node *from)
{
    node_merge(into, &into->root, from);
}

static void node_as_strings(struct schema_node *node)
{
    const unsigned plain = SEEN_BOOLEAN | SEEN_LONG | SEEN_BIG | SEEN_DOUBLE;
    if (node->seen & plain)
        node->seen = (node->seen & ~plain) | SEEN_STRING;
    if (node->element)
        node_as_strings(node->element);
    for (size_t i = 0; i < node->member_count; i++)
        node_as_strings(node->members[i]);
}

void schema_as_strings(struct schema *schema)
{
    node_as_strings(schema_root(schema));
}

enum schema_type schema_node_type(const struct schema_node *node)
{
    unsigned seen = node->seen & ~(unsigned)SEEN_NULL;
    if (seen == 0)
        return SCHEMA_NULL;
    if ((seen & ~(unsigned)(SEEN_LONG | SEEN_BIG | SEEN_DOUBLE)) == 0)
        return seen & SEEN_DOUBLE ? SCHEMA_DOUBLE : seen & SEEN_BIG ? SCHEMA_DECIMAL : SCHEMA_LONG;
    switch (seen) {
    case SEEN_BOOLEAN:
        return SCHEMA_BOOLEAN;
    case SEEN_ARRAY:
        return SCHEMA_ARRAY;
    case SEEN_STRUCT:
        return SCHEMA_STRUCT;
    case SEEN_BINARY:
        return SCHEMA_BINARY;
    default:
        return SCHEMA_STRING;
    }
}

/* Next UTF-16 unit's rank: a character beyond the basic plane (4 bytes) sorts by its surrogate,
 * below U+E000. Bytes otherwise sort as UTF-16 does. */
static unsigned unit_rank(unsigned char c)
{
    if (c >= 0xF0)
        return 0xEE; /* behind U+D7FF (lead byte 0xED), before U+E000 (0xEE, moved up) */
    return c >= 0xEE ? c + 1u : c;
}

int schema_name_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t shared = a_len < b_len ? a_len : b_len;
    size_t i = 0;
    while (i < shared && a[i] == b[i])
        i++;
    if (i == shared)
        return a_len == b_len ? 0 : a_len < b_len ? -1 : 1;
    unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];
    if (unit_rank(x) != unit_rank(y))
        return unit_rank(x) < unit_rank(y) ? -1 : 1;
    return x < y ? -1 : 1;
}

static int compare_members(const void *a, const void *b)
{
    const struct schema_node *x = *(struct schema_node *const *)a, *y = *(struct schema_node *const *)b;
    return schema_name_compare(x->name, x->name_len, y->name, y->name_len);
}

void schema_sort(struct schema *schema, struct schema_node *node)
{
    if (node->element)
        schema_sort(schema, node->element);
    if (node->member_count == 0)
        return;
    qsort(node->members, node->member_count, sizeof(struct schema_node *), compare_members);
    if (node->index)
        index_build(schema, node);
    for (size_t i = 0; i < node->member_count; i++)
        schema_sort(schema, node->members[i]);
}

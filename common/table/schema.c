#include "table/schema.h"

#include <stdlib.h>

#include "base/index.h"
#include "json/json.h"
#include "json/cursor.h"
#include "value/datetime.h"
#include "value/datetime_format.h"
#include "value/decimal.h"
#include "value/nested.h"
#include "value/value.h"

enum {
    INDEX_FROM = 8, /* members are looked for one by one up to so many */
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

static void at_least(unsigned *most, unsigned number)
{
    if (number > *most)
        *most = number;
}

/* What a text that is no null, and of that type, is seen as: times only if they come back from it. */
static unsigned seen_as(struct nested_type type, struct span text)
{
    const char *bare = text.text + 1;
    size_t len = text.len > 2 ? text.len - 2 : 0;
    int64_t time;
    switch ((enum value_type)type.type) {
    case VALUE_BOOLEAN:
        return SEEN_BOOLEAN;
    case VALUE_LONG:
        return type.width == 1 ? SEEN_BYTE : type.width == 2 ? SEEN_SHORT : type.width == 4 ? SEEN_INT : SEEN_LONG;
    case VALUE_DOUBLE:
        return type.width == 4 ? SEEN_FLOAT : SEEN_DOUBLE;
    case VALUE_DECIMAL:
        return SEEN_EXACT;
    case VALUE_DATE:
        return datetime_parse_date(bare, len, &time) ? SEEN_DATE : SEEN_STRING;
    case VALUE_TIMESTAMP:
        if (!datetime_parse_timestamp(bare, len, &time))
            return SEEN_STRING;
        return type.width == 1 ? SEEN_LOCAL : SEEN_TIMESTAMP;
    default:
        return type.width == 1 ? SEEN_BINARY : SEEN_STRING;
    }
}

static void add_typed(struct schema *schema, struct schema_node *node, struct span value,
                      const struct nested_type *type);

static void add_members(struct schema *schema, struct schema_node *node, struct span value,
                        const struct nested_type *type)
{
    const struct nested_type *member = type + 1, *end = type + nested_type_size(type);
    struct json_cursor cursor = json_cursor_into(value);
    struct span key, inner;
    size_t guess = 0;
    node->seen |= SEEN_STRUCT;
    while (json_cursor_member(&cursor, &key, &inner)) {
        add_typed(schema, member_for(schema, node, key, &guess), inner, member < end ? member : NULL);
        member += member < end ? nested_type_size(member) : 0;
    }
}

static void add_entries(struct schema *schema, struct schema_node *node, struct span value,
                        const struct nested_type *type)
{
    struct json_cursor cursor = json_cursor_into(value);
    struct schema_node *element = element_for(schema, node);
    struct span key, inner;
    node->seen |= SEEN_MAP;
    if (!node->key)
        node->key = node_new(schema);
    while (json_cursor_member(&cursor, &key, &inner)) {
        add_typed(schema, node->key, key, type + 1);
        add_typed(schema, element, inner, type + 1 + nested_type_size(type + 1));
    }
}

/* A value of which the type says what JSON does not. Recursion is bounded by JSON_DEPTH_MAX. */
static void add_typed(struct schema *schema, struct schema_node *node, struct span value,
                      const struct nested_type *type)
{
    struct json_cursor cursor = json_cursor_over(value.text, value.len);
    struct span inner;
    if (!type || value.type == SPAN_NULL || type->type == VALUE_NULL || type->type == VALUE_CELL) {
        add_here(schema, node, &cursor);
    } else if (type->type == VALUE_ARRAY && value.type == SPAN_ARRAY) {
        struct schema_node *element = element_for(schema, node);
        node->seen |= SEEN_ARRAY;
        cursor = json_cursor_into(value);
        while (json_cursor_next(&cursor, &inner))
            add_typed(schema, element, inner, type + 1);
    } else if (type->type == VALUE_STRUCT && value.type == SPAN_OBJECT) {
        (type->width == 1 ? add_entries : add_members)(schema, node, value, type);
    } else {
        node->seen |= seen_as(*type, value);
        if (type->type == VALUE_DECIMAL) {
            at_least(&node->scale, type->scale);
            at_least(&node->whole, (unsigned)type->precision - type->scale);
        }
    }
}

void schema_add_typed(struct schema *schema, struct schema_node *node, const struct value *value)
{
    enum { SLACK = 8 };
    if (value->type == VALUE_ARRAY || value->type == VALUE_STRUCT) {
        const struct span span = {.text = value->text, .len = value->len,
                                  .type = value->type == VALUE_ARRAY ? SPAN_ARRAY : SPAN_OBJECT};
        add_typed(schema, node, span, value->of);
        return;
    }
    const struct nested_type type = nested_type_of(value);
    struct buffer text = {0};
    value_write_json(value, &text);
    buffer_add(&text, "\0\0\0\0\0\0\0", SLACK);
    add_typed(schema, node,
              (struct span){.text = text.data, .len = text.len - SLACK, .type = json_type(*text.data)}, &type);
    buffer_free(&text);
}

void schema_add_value(struct schema *schema, struct schema_node *node, struct span value)
{
    if (value.type == SPAN_PACKED) {
        struct value packed = value_from_span(value, NULL);
        schema_add_typed(schema, node, &packed);
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
    at_least(&into->digits, from->digits);
    at_least(&into->whole, from->whole);
    at_least(&into->scale, from->scale);
    if (from->element)
        node_merge(schema, element_for(schema, into), from->element);
    if (from->key && !into->key)
        into->key = node_new(schema);
    if (from->key)
        node_merge(schema, into->key, from->key);
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

enum {
    SEEN_WHOLE = SEEN_BYTE | SEEN_SHORT | SEEN_INT | SEEN_LONG,
    SEEN_REAL = SEEN_FLOAT | SEEN_DOUBLE,
    SEEN_NUMBER = SEEN_WHOLE | SEEN_BIG | SEEN_EXACT | SEEN_REAL,
};

static void node_as_strings(struct schema_node *node)
{
    const unsigned plain =
        SEEN_NUMBER | SEEN_BOOLEAN | SEEN_BINARY | SEEN_DATE | SEEN_TIMESTAMP | SEEN_LOCAL;
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

unsigned schema_scale(const struct schema_node *node)
{
    return node->scale;
}

/* As Spark has it: of whole numbers as many digits as their type may have. */
unsigned schema_digits(const struct schema_node *node)
{
    unsigned whole = node->digits > node->whole ? node->digits : node->whole;
    at_least(&whole, node->seen & SEEN_LONG    ? 20
                     : node->seen & SEEN_INT   ? 10
                     : node->seen & SEEN_SHORT ? 5
                     : node->seen & SEEN_BYTE  ? 3
                                               : 0);
    return whole + node->scale;
}

/* Numbers of several types become one that holds them all. */
static enum schema_type number_type(const struct schema_node *node, unsigned seen)
{
    if (seen == SEEN_FLOAT)
        return SCHEMA_FLOAT;
    if (seen & SEEN_REAL)
        return SCHEMA_DOUBLE;
    if (seen & (SEEN_BIG | SEEN_EXACT))
        return schema_digits(node) > DECIMAL_DIGITS_MAX ? SCHEMA_DOUBLE : SCHEMA_DECIMAL;
    return seen & SEEN_LONG    ? SCHEMA_LONG
           : seen & SEEN_INT   ? SCHEMA_INT
           : seen & SEEN_SHORT ? SCHEMA_SHORT
                               : SCHEMA_BYTE;
}

enum schema_type schema_node_type(const struct schema_node *node)
{
    unsigned seen = node->seen & ~(unsigned)SEEN_NULL;
    if (seen == 0)
        return SCHEMA_NULL;
    if ((seen & ~(unsigned)SEEN_NUMBER) == 0)
        return number_type(node, seen);
    switch (seen) {
    case SEEN_BOOLEAN:
        return SCHEMA_BOOLEAN;
    case SEEN_ARRAY:
        return SCHEMA_ARRAY;
    case SEEN_STRUCT:
        return SCHEMA_STRUCT;
    case SEEN_MAP:
        return SCHEMA_MAP;
    case SEEN_BINARY:
        return SCHEMA_BINARY;
    case SEEN_DATE:
        return SCHEMA_DATE;
    case SEEN_TIMESTAMP:
        return SCHEMA_TIMESTAMP;
    case SEEN_LOCAL:
        return SCHEMA_LOCAL;
    default:
        return SCHEMA_STRING;
    }
}

bool schema_is_number(enum schema_type type)
{
    return type >= SCHEMA_LONG && type <= SCHEMA_FLOAT;
}

bool schema_is_text(enum schema_type type)
{
    return type == SCHEMA_NULL || type == SCHEMA_STRING || (type >= SCHEMA_BINARY && type <= SCHEMA_LOCAL);
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
    if (node->key)
        schema_sort(schema, node->key);
    if (node->member_count == 0)
        return;
    qsort(node->members, node->member_count, sizeof(struct schema_node *), compare_members);
    if (node->index)
        index_build(schema, node);
    for (size_t i = 0; i < node->member_count; i++)
        schema_sort(schema, node->members[i]);
}

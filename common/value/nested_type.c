/* Types within arrays, structs and maps: noted when they are built, given back to what is taken out of them. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "value/cast.h"
#include "value/interval.h"
#include "value/nested.h"
#include "value/nested_inner.h"

struct nested_type nested_type_of(const struct value *value)
{
    bool digits = value->type == VALUE_DECIMAL || value->type == VALUE_INTERVAL;
    return (struct nested_type){.type = (unsigned char)value->type,
                                .width = value->width,
                                .precision = digits ? value->precision : 0,
                                .scale = digits ? value->scale : 0,
                                .size = {1}};
}

bool nested_type_is_sound(const struct nested_type *type, size_t count, enum value_type container)
{
    if (count == 0 || nested_type_size(type) != count || type->type > VALUE_CELL ||
        (container != VALUE_NULL && type->type != container))
        return false;
    size_t children = 0;
    if (type->type == VALUE_DECIMAL && (type->precision > DECIMAL_DIGITS_MAX || type->scale > DECIMAL_DIGITS_MAX))
        return false;
    if (type->type == VALUE_INTERVAL && (type->scale > type->precision || type->precision > INTERVAL_SECOND))
        return false;
    for (size_t at = 1; at < count; at += nested_type_size(type + at), children++) {
        size_t size = nested_type_size(type + at);
        if (size == 0 || size > count - at || !nested_type_is_sound(type + at, size, VALUE_NULL))
            return false;
    }
    if (type->type == VALUE_ARRAY)
        return children == 1;
    return type->type == VALUE_STRUCT ? type->width == 0 || (type->width == 1 && children == 2) : children == 0;
}

const struct nested_type *nested_type_of_elements(const struct value *container)
{
    const struct nested_type *of = container->of;
    if (!of || (container->type == VALUE_STRUCT && of->width != 1))
        return NULL;
    return container->type == VALUE_ARRAY ? of + 1 : of + 1 + nested_type_size(of + 1);
}

const struct nested_type *nested_type_at(const struct value *container, size_t number)
{
    const struct nested_type *of = container->of;
    if (!of || container->type == VALUE_ARRAY || of->width == 1)
        return nested_type_of_elements(container);
    const struct nested_type *type = of + 1, *end = of + nested_type_size(of);
    for (; number > 0 && type < end; number--)
        type += nested_type_size(type);
    return type < end ? type : NULL;
}

/* INTERVAL '1 02' DAY TO HOUR, as it is written in JSON. */
static struct value read_interval(const struct value *text, const struct nested_type *type)
{
    struct value interval = {.type = VALUE_INTERVAL, .scale = type->scale, .precision = type->precision};
    if (interval_is_mixed(&interval)) {
        struct value mixed;
        if (!interval_parse(text->text, text->len, &mixed))
            return value_null();
        mixed.scale = interval.scale;
        mixed.precision = interval.precision;
        return mixed;
    }
    const char *open = memchr(text->text, '\'', text->len);
    const char *close = open ? memchr(open + 1, '\'', (size_t)(text->text + text->len - open - 1)) : NULL;
    if (!close || !interval_add(&interval, open + 1, (size_t)(close - open - 1), false, type->scale, type->precision))
        return value_null();
    return interval;
}

struct value nested_typed(struct value value, const struct nested_type *type, struct arena *arena)
{
    if (!type || value.type == VALUE_NULL || type->type == VALUE_NULL || type->type == VALUE_CELL)
        return value;
    if (type->type == VALUE_ARRAY || type->type == VALUE_STRUCT) {
        if (value.type == type->type)
            value.of = type;
        return value;
    }
    if (type->type == VALUE_STRING && type->width == 1 && value.type == VALUE_STRING) {
        char *bytes = arena_alloc(arena, value.len + 1);
        size_t len = 0;
        return text_base64_decode(value.text, value.len, bytes, &len) ? value_binary(bytes, len) : value_null();
    }
    if (type->type == VALUE_INTERVAL)
        return value.type == VALUE_STRING ? read_interval(&value, type) : value_null();
    return cast_value(&value,
                      (struct cast_type){.type = (enum value_type)type->type, .width = type->width,
                                         .precision = type->precision, .scale = type->scale},
                      arena, NULL);
}

/* Whether reading the value's JSON text gives a value of its type. */
static bool is_told(const struct value *value)
{
    switch (value->type) {
    case VALUE_LONG:
        return value->width == 0;
    case VALUE_DOUBLE:
        return value->width == 0 && (value->as_written || isfinite(value->real));
    case VALUE_STRING:
        return value->width == 0;
    case VALUE_DECIMAL:
        return value->as_written;
    case VALUE_ARRAY:
    case VALUE_STRUCT:
        return !value->of;
    case VALUE_NULL:
    case VALUE_BOOLEAN:
    case VALUE_CELL:
        return true;
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
    case VALUE_INTERVAL:
        break;
    }
    return false;
}

static void reserve_types(struct nested_text *text, size_t more)
{
    if (more <= text->type_cap - text->type_count)
        return;
    size_t cap = 2 * text->type_cap + more + 4;
    struct nested_type *types = arena_alloc(text->arena, cap * sizeof *types);
    if (text->type_count > 0)
        memcpy(types, text->types, text->type_count * sizeof *types);
    text->types = types;
    text->type_cap = cap;
}

static void add_node(struct nested_text *text, enum value_type type)
{
    reserve_types(text, 1);
    text->types[text->type_count++] = (struct nested_type){.type = (unsigned char)type, .size = {1}};
}

enum { LOOK_DEPTH_MAX = 100 };

/* The tree of a text that tells its types: what is null has none yet. An array's elements are taken together: nulls, or
 * what the text says. */
static void look_into(struct span span, struct nested_text *into, unsigned depth)
{
    bool array = span.type == SPAN_ARRAY, leaf = !array && span.type != SPAN_OBJECT;
    size_t start = into->type_count, elements;
    add_node(into, span.type == SPAN_NULL ? VALUE_NULL : leaf || depth == LOOK_DEPTH_MAX ? VALUE_CELL
                                                      : array                            ? VALUE_ARRAY
                                                                                         : VALUE_STRUCT);
    if (leaf || depth == LOOK_DEPTH_MAX)
        return;
    struct json_cursor cursor = json_cursor_into(span);
    struct span key, element;
    for (elements = 0; array ? json_cursor_next(&cursor, &element) : json_cursor_member(&cursor, &key, &element);
         elements++) {
        if (!array || elements == 0)
            look_into(element, into, depth + 1);
        else if (element.type != SPAN_NULL && into->types[start + 1].type != VALUE_CELL) {
            into->type_count = start + 1;
            add_node(into, VALUE_CELL);
        }
    }
    if (array && elements == 0)
        add_node(into, VALUE_NULL);
    nested_type_set_size(&into->types[start], into->type_count - start);
}

/* The type of one value: of a container the tree that it has. */
static const struct nested_type *type_of(const struct nested_text *text, const struct value *value,
                                         struct nested_type *single)
{
    bool told = is_told(value);
    if (told && text->deep && value->len > 2 && (value->type == VALUE_ARRAY || value->type == VALUE_STRUCT)) {
        struct nested_text inner = {.arena = text->arena};
        look_into((struct span){.text = value->text, .len = value->len,
                                .type = value->type == VALUE_ARRAY ? SPAN_ARRAY : SPAN_OBJECT}, &inner, 0);
        return inner.types;
    }
    if (!told && (value->type == VALUE_ARRAY || value->type == VALUE_STRUCT))
        return value->of;
    bool nothing = value->type == VALUE_NULL ||
                   ((value->type == VALUE_ARRAY || value->type == VALUE_STRUCT) && value->len == 2);
    *single = (struct nested_type){.type = nothing ? VALUE_NULL : VALUE_CELL, .size = {1}};
    if (!nothing && !told)
        *single = nested_type_of(value);
    return single;
}

static struct nested_type merged_node(struct nested_type a, struct nested_type b)
{
    if (memcmp(&a, &b, sizeof a) == 0 || b.type == VALUE_NULL)
        return a;
    if (a.type == VALUE_NULL)
        return b;
    if (a.type == VALUE_DECIMAL && b.type == VALUE_DECIMAL) {
        int scale = a.scale > b.scale ? a.scale : b.scale;
        int whole = a.precision - a.scale > b.precision - b.scale ? a.precision - a.scale : b.precision - b.scale;
        a.scale = (unsigned char)scale;
        a.precision = (unsigned char)(whole + scale < DECIMAL_DIGITS_MAX ? whole + scale : DECIMAL_DIGITS_MAX);
        return a;
    }
    if (a.type == VALUE_LONG && b.type == VALUE_LONG)
        return a.width > b.width ? a : b;
    return (struct nested_type){.type = VALUE_CELL, .size = {1}};
}

/* Of two trees the one that holds for values of both: where they are told apart it is what the texts read as. */
static void merge(struct nested_text *text, const struct nested_type *more)
{
    size_t count = text->type_count, size = nested_type_size(more);
    bool alike = count == size;
    for (size_t i = 0; alike && i < count; i++)
        alike = memcmp(text->types[i].size, more[i].size, sizeof more[i].size) == 0;
    if (alike) {
        for (size_t i = 0; i < count; i++)
            text->types[i] = merged_node(text->types[i], more[i]);
        return;
    }
    if (more->type == VALUE_NULL)
        return;
    text->type_count = 0;
    static const struct nested_type read = {.type = VALUE_CELL, .size = {1}};
    bool first = count == 0 || text->types[0].type == VALUE_NULL;
    size = first ? size : 1;
    reserve_types(text, size);
    memcpy(text->types, first ? more : &read, size * sizeof *more);
    text->type_count = size;
}

/* The members that were only counted. */
static void note_told(struct nested_text *text)
{
    reserve_types(text, text->told);
    for (; text->type_count < text->told; text->type_count++) {
        bool null = text->type_count < 64 && (text->nothing >> text->type_count & 1);
        text->types[text->type_count] =
            (struct nested_type){.type = (unsigned char)(null ? VALUE_NULL : VALUE_CELL), .size = {1}};
    }
}

void nested_note_type(struct nested_text *text, const struct value *value)
{
    struct nested_type single;
    bool told = is_told(value), merges = text->map || (text->len > 0 && text->data[0] == '[');
    if (told && merges && text->type_count == 1 && text->types[0].type == VALUE_CELL)
        return;
    if (told && !merges && !text->typed) { /* most structs have no other members: nothing is made for them */
        text->nothing |= text->told < 64 ? (uint64_t)(value->type == VALUE_NULL) << text->told : 0;
        text->told++;
        return;
    }
    if (!told && !merges && !text->typed)
        note_told(text);
    text->typed = text->typed || !told;
    const struct nested_type *type = type_of(text, value, &single);
    if (merges) {
        merge(text, type);
        return;
    }
    size_t size = nested_type_size(type);
    reserve_types(text, size);
    memcpy(text->types + text->type_count, type, size * sizeof *type);
    text->type_count += size;
}

void nested_note_key(struct nested_text *text, const struct value *key)
{
    struct nested_type single, read = {.type = VALUE_CELL, .size = {1}};
    if (!text->map)
        return;
    const struct nested_type *type = type_of(text, key, &single);
    struct nested_type node = nested_type_size(type) == 1 ? *type : read;
    /* keys are texts in JSON: what is no string has to be told */
    bool number = node.type == VALUE_CELL && key->type != VALUE_STRING && key->type != VALUE_CELL;
    if (number)
        node = (struct nested_type){.type = (unsigned char)key->type, .width = key->width, .size = {1}};
    text->key = text->key.size[0] == 0 ? node : merged_node(text->key, node);
}

const struct nested_type *nested_noted_type(struct nested_text *text, enum value_type type)
{
    enum { NODES_MAX = (1 << 24) - 4 };
    if ((!text->typed && !text->map) || text->type_count > NODES_MAX)
        return NULL;
    bool array = type == VALUE_ARRAY;
    if (array && (text->types[0].type == VALUE_CELL || text->types[0].type == VALUE_NULL))
        return NULL;
    size_t front = text->map ? 2 : 1, count = text->type_count > 0 || !text->map ? text->type_count : 1;
    struct nested_type *all = arena_alloc(text->arena, (front + count) * sizeof *all);
    *all = (struct nested_type){.type = (unsigned char)type, .width = text->map};
    nested_type_set_size(all, front + count);
    if (text->map) {
        all[1] = text->key.size[0] > 0 ? text->key : (struct nested_type){.type = VALUE_NULL, .size = {1}};
        all[2] = (struct nested_type){.type = VALUE_NULL, .size = {1}};
    }
    if (text->type_count > 0)
        memcpy(all + front, text->types, text->type_count * sizeof *all);
    return all;
}

const struct nested_type *nested_types_of(struct arena *arena, const struct value *values, size_t count, size_t step)
{
    const char *at = (const char *)values;
    size_t told = 0;
    while (told < count && is_told((const struct value *)(const void *)(at + told * step)))
        told++;
    if (told == count)
        return NULL;
    struct nested_text text = {.arena = arena, .data = arena_copy(arena, "[", 1), .len = 1, .deep = true,
                               .types = arena_alloc(arena, sizeof *text.types), .type_count = 1, .type_cap = 1};
    *text.types = (struct nested_type){.type = VALUE_NULL, .size = {1}};
    for (size_t i = 0; i < count; i++)
        nested_note_type(&text, (const struct value *)(const void *)(at + i * step));
    return nested_noted_type(&text, VALUE_ARRAY);
}

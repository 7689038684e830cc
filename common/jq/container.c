/* Strings, arrays and objects of a machine. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "json/json.h"
#include "jq/value_inner.h"

static struct jq_value string_new(struct jq_machine *jq, size_t cap)
{
    struct jq_string *string = jq_alloc(jq, sizeof *string + cap);
    *string = (struct jq_string){.head.refs = 1, .cap = cap};
    return (struct jq_value){.type = JQ_STRING, .form = JQ_HEAP, .string = string};
}

struct jq_value jq_string(struct jq_machine *jq, const char *bytes, size_t len)
{
    struct jq_value value = string_new(jq, len);
    if (len > 0)
        memcpy(value.string->bytes, bytes, len);
    value.string->len = len;
    return value;
}

struct jq_value jq_string_text(struct jq_machine *jq, const char *text)
{
    return jq_string(jq, text, strlen(text));
}

struct jq_value jq_string_format(struct jq_machine *jq, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return jq_string(jq, text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
}

struct jq_value jq_string_buffer(struct jq_machine *jq, struct buffer *buffer)
{
    struct jq_value value = jq_string(jq, buffer->data, buffer->len);
    buffer->len = 0;
    return value;
}

static void decode(struct jq_machine *jq, struct jq_value *string)
{
    struct buffer decoded = {0};
    json_decode((struct span){.text = string->text, .len = string->len, .type = SPAN_STRING, .escaped = true},
                &decoded);
    struct jq_value value = jq_string_buffer(jq, &decoded);
    buffer_free(&decoded);
    jq_drop(jq, *string);
    *string = value;
}

struct jq_bytes jq_string_bytes(struct jq_machine *jq, struct jq_value *string)
{
    if (string->form == JQ_TEXT)
        return (struct jq_bytes){string->text + 1, string->len - 2};
    if (string->form == JQ_ESCAPED)
        decode(jq, string);
    return (struct jq_bytes){string->string->bytes, string->string->len};
}

struct jq_value jq_string_add(struct jq_machine *jq, struct jq_value string, const char *bytes, size_t len)
{
    struct jq_bytes old = jq_string_bytes(jq, &string);
    if (string.form == JQ_HEAP && string.head->refs == 1 && string.string->cap - old.len >= len) {
        memcpy(string.string->bytes + old.len, bytes, len);
        string.string->len += len;
        return string;
    }
    struct jq_value value = string_new(jq, (old.len + len) * 3 / 2 + 16);
    memcpy(value.string->bytes, old.at, old.len);
    memcpy(value.string->bytes + old.len, bytes, len);
    value.string->len = old.len + len;
    jq_drop(jq, string);
    return value;
}

struct jq_value jq_array(struct jq_machine *jq, size_t cap)
{
    struct jq_array *array = jq_alloc(jq, sizeof *array + cap * sizeof array->room[0]);
    *array = (struct jq_array){.head.refs = 1, .cap = cap, .items = array->room};
    return (struct jq_value){.type = JQ_ARRAY, .form = JQ_HEAP, .array = array};
}

struct jq_value jq_array_own(struct jq_machine *jq, struct jq_value value, size_t more)
{
    if (value.form != JQ_HEAP)
        jq_expand(jq, &value);
    struct jq_array *array = value.array;
    bool alone = array->head.refs == 1;
    if (alone && array->cap - array->len >= more)
        return value;
    size_t cap = array->len + more;
    if (more > 0 && cap < array->len * 2)
        cap = array->len * 2;
    struct jq_value copy = jq_array(jq, cap);
    copy.array->len = array->len;
    memcpy(copy.array->items, array->items, array->len * sizeof *array->items);
    if (alone) {
        array->len = 0;
    } else {
        for (size_t i = 0; i < array->len; i++)
            jq_keep(jq, array->items[i]);
    }
    jq_drop(jq, value);
    return copy;
}

struct jq_value jq_array_add(struct jq_machine *jq, struct jq_value array, struct jq_value item)
{
    if (array.form != JQ_HEAP || array.array->head.refs != 1 || array.array->len == array.array->cap)
        array = jq_array_own(jq, array, array.form == JQ_HEAP && array.array->len < 4 ? 4 : 1);
    array.array->items[array.array->len++] = item;
    return array;
}

size_t jq_array_length(struct jq_machine *jq, struct jq_value *array)
{
    if (array->form != JQ_HEAP)
        jq_expand(jq, array);
    return array->array->len;
}

/* An array that nobody else has loses its ends, which costs what they hold: queues and stacks are cut so. */
static struct jq_value cut(struct jq_machine *jq, struct jq_value array, size_t from, size_t to)
{
    struct jq_array *own = array.array;
    for (size_t i = 0; i < from; i++)
        jq_drop(jq, own->items[i]);
    for (size_t i = to; i < own->len; i++)
        jq_drop(jq, own->items[i]);
    own->items += from;
    own->cap -= from;
    own->len = to - from;
    return array;
}

struct jq_value jq_array_slice(struct jq_machine *jq, struct jq_value array, size_t from, size_t to)
{
    size_t len = jq_array_length(jq, &array);
    if (from == 0 && to == len)
        return array;
    if (array.array->head.refs == 1 && (to - from) * 4 >= array.array->cap) /* or too much room would stay */
        return cut(jq, array, from, to);
    struct jq_value slice = jq_array(jq, to - from);
    for (size_t i = from; i < to; i++)
        slice.array->items[slice.array->len++] = jq_keep(jq, array.array->items[i]);
    jq_drop(jq, array);
    return slice;
}

struct jq_value jq_array_set(struct jq_machine *jq, struct jq_value array, size_t index, struct jq_value item)
{
    size_t len = jq_array_length(jq, &array);
    array = jq_array_own(jq, array, index >= len ? index + 1 - len : 0);
    struct jq_array *own = array.array;
    while (own->len <= index)
        own->items[own->len++] = jq_null();
    struct jq_value old = own->items[index];
    own->items[index] = item;
    jq_drop(jq, old);
    return array;
}

static struct jq_value object_new(struct jq_machine *jq, size_t cap)
{
    struct jq_object *object = jq_alloc(jq, sizeof *object + cap * sizeof *object->members);
    *object = (struct jq_object){.head.refs = 1, .cap = (uint32_t)cap};
    return (struct jq_value){.type = JQ_OBJECT, .form = JQ_HEAP, .object = object};
}

static struct jq_bytes key_bytes(const struct jq_value *key)
{
    if (key->form == JQ_TEXT)
        return (struct jq_bytes){key->text + 1, key->len - 2};
    return (struct jq_bytes){key->string->bytes, key->string->len};
}

static bool same(struct jq_bytes a, struct jq_bytes b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

/* The place in the table where the key is, or would be. */
static uint32_t *table_place(const struct jq_object *object, struct jq_bytes key)
{
    uint32_t mask = object->slots - 1;
    for (uint32_t at = (uint32_t)hash_bytes(key.at, key.len) & mask;; at = (at + 1) & mask) {
        uint32_t number = object->table[at];
        if (number == 0 || same(key_bytes(&object->members[number - 1].key), key))
            return &object->table[at];
    }
}

static void table_make(struct jq_machine *jq, struct jq_object *object)
{
    if (object->slots)
        jq_free(jq, object->table, object->slots * sizeof *object->table);
    object->slots = 0;
    if (object->cap < JQ_INDEX_FROM)
        return;
    uint32_t slots = 32;
    while (slots < object->cap * 2)
        slots *= 2;
    object->table = jq_alloc(jq, slots * sizeof *object->table);
    memset(object->table, 0, slots * sizeof *object->table);
    object->slots = slots;
    for (uint32_t i = 0; i < object->len; i++)
        *table_place(object, key_bytes(&object->members[i].key)) = i + 1;
}

struct jq_value jq_object(struct jq_machine *jq, size_t cap)
{
    struct jq_value value = object_new(jq, cap);
    table_make(jq, value.object);
    return value;
}

uint32_t jq_object_find(struct jq_machine *jq, const struct jq_object *object, struct jq_bytes key)
{
    (void)jq;
    if (object->slots)
        return *table_place(object, key) - 1;
    for (uint32_t i = 0; i < object->len; i++)
        if (same(key_bytes(&object->members[i].key), key))
            return i;
    return UINT32_MAX;
}

/* Only this value refers to it, and `more` members will fit. */
static struct jq_value object_own(struct jq_machine *jq, struct jq_value value, uint32_t more)
{
    if (value.form != JQ_HEAP)
        jq_expand(jq, &value);
    struct jq_object *object = value.object;
    bool alone = object->head.refs == 1;
    if (alone && object->cap - object->len >= more)
        return value;
    uint32_t cap = object->len + more;
    if (more > 0 && cap < object->len * 2)
        cap = object->len * 2;
    struct jq_value copy = object_new(jq, cap);
    copy.object->len = object->len;
    memcpy(copy.object->members, object->members, object->len * sizeof *object->members);
    if (alone) {
        object->len = 0;
    } else {
        for (uint32_t i = 0; i < object->len; i++) {
            jq_keep(jq, object->members[i].key);
            jq_keep(jq, object->members[i].value);
        }
    }
    jq_drop(jq, value);
    table_make(jq, copy.object);
    return copy;
}

struct jq_value jq_object_own(struct jq_machine *jq, struct jq_value object)
{
    return object_own(jq, object, 0);
}

struct jq_value jq_object_set(struct jq_machine *jq, struct jq_value object, struct jq_value key, struct jq_value value)
{
    struct jq_bytes name = jq_string_bytes(jq, &key);
    object = object_own(jq, object, 0);
    uint32_t place = jq_object_find(jq, object.object, name);
    if (place != UINT32_MAX) {
        struct jq_value old = object.object->members[place].value;
        object.object->members[place].value = value;
        jq_drop(jq, old);
        jq_drop(jq, key);
        return object;
    }
    if (object.object->len == object.object->cap)
        object = object_own(jq, object, object.object->len < 4 ? 4 : 1);
    struct jq_object *own = object.object;
    own->members[own->len++] = (struct jq_member){key, value};
    if (own->slots)
        *table_place(own, name) = own->len;
    return object;
}

struct jq_value jq_object_set_text(struct jq_machine *jq, struct jq_value object, const char *key,
                                   struct jq_value value)
{
    return jq_object_set(jq, object, jq_string_text(jq, key), value);
}

struct jq_value jq_object_get(struct jq_machine *jq, struct jq_value object, struct jq_bytes key)
{
    if (object.form == JQ_TEXT)
        return jq_text_get(jq, object, key);
    uint32_t place = jq_object_find(jq, object.object, key);
    return place == UINT32_MAX ? jq_none() : jq_keep(jq, object.object->members[place].value);
}

struct jq_value jq_object_delete(struct jq_machine *jq, struct jq_value object, struct jq_bytes key)
{
    if (object.form != JQ_HEAP)
        jq_expand(jq, &object);
    uint32_t place = jq_object_find(jq, object.object, key);
    if (place == UINT32_MAX)
        return object;
    object = object_own(jq, object, 0);
    struct jq_object *own = object.object;
    struct jq_member gone = own->members[place];
    memmove(own->members + place, own->members + place + 1, (own->len - place - 1) * sizeof *own->members);
    own->len--;
    table_make(jq, own);
    jq_drop(jq, gone.key);
    jq_drop(jq, gone.value);
    return object;
}

size_t jq_object_length(struct jq_machine *jq, struct jq_value *object)
{
    if (object->form != JQ_HEAP)
        jq_expand(jq, object);
    return object->object->len;
}

static int by_key(const void *left, const void *right)
{
    const struct jq_member *a = *(struct jq_member *const *)left, *b = *(struct jq_member *const *)right;
    struct jq_bytes x = key_bytes(&a->key), y = key_bytes(&b->key);
    int order = memcmp(x.at, y.at, x.len < y.len ? x.len : y.len);
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

struct jq_member **jq_object_sorted(struct jq_machine *jq, const struct jq_object *object)
{
    (void)jq;
    struct jq_member **list = mem_resize(NULL, object->len + (size_t)1, sizeof *list);
    for (uint32_t i = 0; i < object->len; i++)
        list[i] = (struct jq_member *)&object->members[i];
    qsort(list, object->len, sizeof(struct jq_member *), by_key);
    return list;
}

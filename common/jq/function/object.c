/* Functions of objects and keys. */
#include <math.h>
#include <stdlib.h>

#include "jq/function/function_inner.h"

static struct jq_value no_keys(struct jq_machine *jq, struct jq_value value)
{
    return jq_fail_value(jq, value, "has no keys");
}

static struct jq_value indexes(struct jq_machine *jq, struct jq_value array)
{
    size_t len = jq_array_length(jq, &array);
    struct jq_value made = jq_array(jq, len);
    for (size_t i = 0; i < len; i++)
        made.array->items[made.array->len++] = jq_int((int64_t)i);
    jq_drop(jq, array);
    return made;
}

static struct jq_value keys(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = arguments[0];
    if (value.type == JQ_ARRAY)
        return indexes(jq, value);
    if (value.type != JQ_OBJECT)
        return no_keys(jq, value);
    size_t len = jq_object_length(jq, &value);
    struct jq_member **sorted = jq_object_sorted(jq, value.object);
    struct jq_value made = jq_array(jq, len);
    for (size_t i = 0; i < len; i++)
        made.array->items[made.array->len++] = jq_keep(jq, sorted[i]->key);
    free(sorted);
    jq_drop(jq, value);
    return made;
}

static struct jq_value keys_unsorted(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = arguments[0];
    if (value.type == JQ_ARRAY)
        return indexes(jq, value);
    if (value.type != JQ_OBJECT)
        return no_keys(jq, value);
    size_t len = jq_object_length(jq, &value);
    struct jq_value made = jq_array(jq, len);
    for (size_t i = 0; i < len; i++)
        made.array->items[made.array->len++] = jq_keep(jq, value.object->members[i].key);
    jq_drop(jq, value);
    return made;
}

static struct jq_value to_entries(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = arguments[0];
    if (value.type != JQ_OBJECT && value.type != JQ_ARRAY)
        return no_keys(jq, value);
    struct jq_value made = jq_array(jq, 8), key, item;
    struct jq_value key_name = {.type = JQ_STRING, .form = JQ_TEXT, .text = "\"key\"", .len = 5};
    struct jq_value value_name = {.type = JQ_STRING, .form = JQ_TEXT, .text = "\"value\"", .len = 7};
    jq_expand(jq, &value);
    struct jq_steps steps = jq_steps(jq, &value);
    for (int64_t i = 0; jq_steps_next(jq, &steps, &key, &item); i++) {
        struct jq_value entry = jq_object(jq, 2);
        entry.object->members[0] = (struct jq_member){key_name, value.type == JQ_ARRAY ? jq_int(i) : key};
        entry.object->members[1] = (struct jq_member){value_name, item};
        entry.object->len = 2;
        made = jq_array_add(jq, made, entry);
    }
    jq_drop(jq, value);
    return made;
}

/* The first of these members that is neither null nor false, as jq looks for an entry's key. */
static struct jq_value entry_key(struct jq_machine *jq, struct jq_value entry)
{
    static const char *const names[] = {"key", "name", "Name", "Key"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct jq_value value = jq_object_get(jq, entry, (struct jq_bytes){names[i], strlen(names[i])});
        if (value.type > JQ_FALSE)
            return value;
    }
    return jq_null();
}

static struct jq_value entry_value(struct jq_machine *jq, struct jq_value entry)
{
    struct jq_value value = jq_object_get(jq, entry, (struct jq_bytes){"value", 5});
    if (value.type == JQ_NONE)
        value = jq_object_get(jq, entry, (struct jq_bytes){"Value", 5});
    return value.type == JQ_NONE ? jq_null() : value;
}

/* The object with one more entry; JQ_NONE after an error. Takes over both. */
static struct jq_value add_entry(struct jq_machine *jq, struct jq_value object, struct jq_value entry)
{
    struct jq_value key = jq_null(), value = jq_null();
    if (entry.type != JQ_OBJECT && entry.type != JQ_NULL) {
        jq_fail_text(jq, "Cannot index %s with \"key\"", jq_type_name(entry));
    } else if (entry.type == JQ_OBJECT) {
        key = entry_key(jq, entry);
        value = entry_value(jq, entry);
    }
    jq_drop(jq, entry);
    if (key.type == JQ_STRING)
        return jq_object_set(jq, object, key, value);
    char shown[JQ_SHOWN_MAX + 1];
    jq_show(jq, key, shown);
    jq_fail_text(jq, "Cannot use %s (%s) as object key", jq_type_name(key), shown);
    jq_drop(jq, key);
    jq_drop(jq, value);
    jq_drop(jq, object);
    return jq_none();
}

static struct jq_value from_entries(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value entries = arguments[0], entry;
    if (entries.type != JQ_ARRAY && entries.type != JQ_OBJECT)
        return jq_fail_iterate(jq, entries);
    struct jq_value made = jq_object(jq, 8);
    struct jq_steps steps = jq_steps(jq, &entries);
    while (made.type != JQ_NONE && jq_steps_next(jq, &steps, NULL, &entry))
        made = add_entry(jq, made, entry);
    jq_drop(jq, entries);
    return made;
}

static struct jq_value has(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value of = arguments[0], key = arguments[1];
    bool is = false;
    if (of.type == JQ_NULL) {
        is = false;
    } else if (of.type == JQ_OBJECT && key.type == JQ_STRING) {
        struct jq_value value = jq_object_get(jq, of, jq_string_bytes(jq, &key));
        is = value.type != JQ_NONE;
        jq_drop(jq, value);
    } else if (of.type == JQ_ARRAY && key.type == JQ_NUMBER) {
        double index = jq_to_double(&key);
        is = index >= 0 && floor(index) < (double)jq_array_length(jq, &of);
    } else {
        jq_fail_text(jq, "Cannot check whether %s has a %s key", jq_type_name(of), jq_type_name(key));
    }
    jq_drop(jq, of);
    jq_drop(jq, key);
    return jq->ending == JQ_GOES_ON ? jq_bool(is) : jq_none();
}

#define ROW(name, arity, call, description, example)                                                                   \
    {                                                                                                                  \
        name, arity, JQ_BY_VALUE, call, NULL, description, example                                                     \
    }
const struct jq_native jq_object_functions[] = {
    ROW("keys", 0, keys, "the keys in their order, or indexes", "{\"b\": 1, \"a\": 2} | keys"),
    ROW("keys_unsorted", 0, keys_unsorted, "the keys as they stand", "{\"b\": 1, \"a\": 2} | keys_unsorted"),
    ROW("to_entries", 0, to_entries, "members as {key, value}", "{\"a\": 1} | to_entries"),
    ROW("from_entries", 0, from_entries, "the object of {key, value} pairs",
        "[{\"key\": \"a\", \"value\": 1}] | from_entries"),
    ROW("has", 1, has, "whether there is such a key or index", "{\"a\": 1} | has(\"a\")"),
    {0},
};

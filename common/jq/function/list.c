/* Functions of arrays and objects. */
#include <math.h>
#include <stdlib.h>

#include "jq/function/function_inner.h"
#include "base/unicode.h"

static struct jq_value to_sort(struct jq_machine *jq, struct jq_value value, const char *words)
{
    return value.type == JQ_ARRAY ? value : jq_fail_value(jq, value, words);
}

static const char *const unsorted = "cannot be sorted, as it is not an array";

/* The items of an array beside keys (one of the array's own, or of another as long), sorted. free() the list. */
static struct jq_keyed *keyed(struct jq_machine *jq, struct jq_value *array, struct jq_value *keys, size_t *count)
{
    *count = jq_array_length(jq, array);
    if (keys && jq_array_length(jq, keys) < *count)
        *count = keys->array->len;
    struct jq_keyed *list = mem_resize(NULL, *count + 1, sizeof *list);
    for (size_t i = 0; i < *count; i++)
        list[i] = (struct jq_keyed){jq_keep(jq, keys ? keys->array->items[i] : array->array->items[i]),
                                    jq_keep(jq, array->array->items[i]), i};
    return list;
}

static void drop_keyed(struct jq_machine *jq, struct jq_keyed *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        jq_drop(jq, list[i].key);
        jq_drop(jq, list[i].item);
    }
    free(list);
}

enum what { SORT, GROUP, UNIQUE };

static struct jq_value arrange(struct jq_machine *jq, struct jq_value array, struct jq_value *keys, enum what what)
{
    size_t count;
    struct jq_keyed *list = keyed(jq, &array, keys, &count);
    jq_sort(jq, list, count);
    struct jq_value made = jq_array(jq, count);
    for (size_t i = 0; i < count; i++) {
        bool begins = i == 0 || what == SORT || !jq_equal(jq, &list[i - 1].key, &list[i].key);
        struct jq_value item = jq_keep(jq, list[i].item);
        if (what == GROUP && begins)
            item = jq_array_add(jq, jq_array(jq, 4), item);
        if (begins) {
            made = jq_array_add(jq, made, item);
        } else if (what == UNIQUE) {
            jq_drop(jq, item);
        } else {
            struct jq_value *group = &made.array->items[made.array->len - 1];
            *group = jq_array_add(jq, *group, item);
        }
    }
    drop_keyed(jq, list, count);
    jq_drop(jq, array);
    if (keys)
        jq_drop(jq, *keys);
    return made;
}

static struct jq_value arrange_by(struct jq_machine *jq, struct jq_value *arguments, enum what what)
{
    if (arguments[0].type != JQ_ARRAY)
        return jq_fail_values(jq, arguments[0], arguments[1], "cannot be sorted, as they are not both arrays");
    return arrange(jq, arguments[0], &arguments[1], what);
}

static struct jq_value sort(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value array = to_sort(jq, arguments[0], unsorted);
    return array.type == JQ_NONE ? array : arrange(jq, array, NULL, SORT);
}

static struct jq_value unique(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value array = to_sort(jq, arguments[0], unsorted);
    return array.type == JQ_NONE ? array : arrange(jq, array, NULL, UNIQUE);
}

static struct jq_value sort_by(struct jq_machine *jq, struct jq_value *arguments)
{
    return arrange_by(jq, arguments, SORT);
}

static struct jq_value group_by(struct jq_machine *jq, struct jq_value *arguments)
{
    return arrange_by(jq, arguments, GROUP);
}

static struct jq_value unique_by(struct jq_machine *jq, struct jq_value *arguments)
{
    return arrange_by(jq, arguments, UNIQUE);
}

/* The item of the least key (the first of equal ones) or greatest (the last). */
static struct jq_value extreme(struct jq_machine *jq, struct jq_value array, struct jq_value *keys, bool greatest)
{
    if (array.type != JQ_ARRAY) {
        if (keys)
            return jq_fail_values(jq, array, *keys, "cannot be iterated over");
        return jq_fail_value(jq, array, "cannot be iterated over");
    }
    size_t len = jq_array_length(jq, &array), best = 0;
    if (keys && jq_array_length(jq, keys) < len)
        len = keys->array->len;
    struct jq_value *by = keys ? keys->array->items : array.array->items;
    for (size_t i = 1; i < len; i++) {
        int order = jq_compare(jq, &by[i], &by[best]);
        if (greatest ? order >= 0 : order < 0)
            best = i;
    }
    struct jq_value item = len > 0 ? jq_keep(jq, array.array->items[best]) : jq_null();
    jq_drop(jq, array);
    if (keys)
        jq_drop(jq, *keys);
    return item;
}

static struct jq_value min(struct jq_machine *jq, struct jq_value *arguments)
{
    return extreme(jq, arguments[0], NULL, false);
}

static struct jq_value max(struct jq_machine *jq, struct jq_value *arguments)
{
    return extreme(jq, arguments[0], NULL, true);
}

static struct jq_value min_by(struct jq_machine *jq, struct jq_value *arguments)
{
    return extreme(jq, arguments[0], &arguments[1], false);
}

static struct jq_value max_by(struct jq_machine *jq, struct jq_value *arguments)
{
    return extreme(jq, arguments[0], &arguments[1], true);
}

static struct jq_value add(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value container = arguments[0], sum = jq_null(), item;
    if (container.type != JQ_ARRAY && container.type != JQ_OBJECT)
        return jq_fail_iterate(jq, container);
    if (container.type == JQ_OBJECT)
        jq_expand(jq, &container);
    struct jq_steps steps = jq_steps(jq, &container);
    while (sum.type != JQ_NONE && jq_steps_next(jq, &steps, NULL, &item))
        sum = jq_operate(jq, JQ_ADD, sum, item);
    jq_drop(jq, container);
    return sum;
}

static struct jq_value reverse(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = arguments[0];
    if (value.type == JQ_NULL)
        return jq_array(jq, 0);
    if (value.type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, &value);
        struct jq_value made = jq_string(jq, bytes.at, bytes.len);
        size_t to = bytes.len;
        for (size_t i = 0; i < bytes.len;) {
            size_t next = i + 1;
            while (next < bytes.len && unicode_continues(bytes.at[next]))
                next++;
            to -= next - i;
            memcpy(made.string->bytes + to, bytes.at + i, next - i);
            i = next;
        }
        jq_drop(jq, value);
        return made;
    }
    if (value.type != JQ_ARRAY)
        return jq_fail_value(jq, value, "cannot be reversed, as it is not an array");
    size_t len = jq_array_length(jq, &value);
    struct jq_value made = jq_array(jq, len);
    for (size_t i = len; i-- > 0;)
        made.array->items[made.array->len++] = jq_keep(jq, value.array->items[i]);
    jq_drop(jq, value);
    return made;
}

static struct jq_value flatten_into(struct jq_machine *jq, struct jq_value made, struct jq_value value, double depth)
{
    struct jq_steps steps = jq_steps(jq, &value);
    struct jq_value item;
    while (jq_steps_next(jq, &steps, NULL, &item)) {
        if (item.type == JQ_ARRAY && depth > 0 && !jq_deep(jq)) {
            made = flatten_into(jq, made, item, depth - 1);
            jq_drop(jq, item);
        } else {
            made = jq_array_add(jq, made, item);
        }
    }
    return made;
}

static struct jq_value flatten(struct jq_machine *jq, struct jq_value value, double depth)
{
    if (value.type != JQ_ARRAY && value.type != JQ_OBJECT)
        return jq_fail_iterate(jq, value);
    struct jq_value made = flatten_into(jq, jq_array(jq, 4), value, depth);
    jq_drop(jq, value);
    return made;
}

static struct jq_value flatten_all(struct jq_machine *jq, struct jq_value *arguments)
{
    return flatten(jq, arguments[0], INFINITY);
}

static struct jq_value flatten_to(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[1].type != JQ_NUMBER || jq_to_double(&arguments[1]) < 0) {
        bool number = arguments[1].type == JQ_NUMBER;
        jq_drop_all(jq, arguments, 1);
        return number ? jq_fail_text(jq, "flatten depth must not be negative")
                      : jq_fail_text(jq, "flatten depth must be a number");
    }
    double depth = jq_to_double(&arguments[1]);
    jq_drop(jq, arguments[1]);
    return flatten(jq, arguments[0], depth);
}

static struct jq_value transpose(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value rows = arguments[0];
    if (rows.type != JQ_ARRAY)
        return jq_fail_iterate(jq, rows);
    size_t count = jq_array_length(jq, &rows), most = 0;
    for (size_t i = 0; i < count; i++) {
        struct jq_value *row = &rows.array->items[i];
        if (row->type != JQ_ARRAY) {
            struct jq_value wrong = jq_keep(jq, *row);
            jq_drop(jq, rows);
            return jq_fail_value(jq, wrong, "cannot be transposed");
        }
        size_t len = jq_array_length(jq, row);
        most = len > most ? len : most;
    }
    struct jq_value made = jq_array(jq, most);
    for (size_t k = 0; k < most && !jq_ends(jq); k++) {
        struct jq_value column = jq_array(jq, count);
        for (size_t i = 0; i < count; i++) {
            const struct jq_array *row = rows.array->items[i].array;
            column = jq_array_add(jq, column, k < row->len ? jq_keep(jq, row->items[k]) : jq_null());
        }
        made = jq_array_add(jq, made, column);
    }
    jq_drop(jq, rows);
    return made;
}

static struct jq_value bsearch_function(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value array = arguments[0];
    if (array.type != JQ_ARRAY) {
        jq_drop(jq, arguments[1]);
        return jq_fail_value(jq, array, "cannot be searched from");
    }
    size_t low = 0, high = jq_array_length(jq, &array);
    int64_t found = -1;
    while (low < high && found < 0) {
        size_t middle = low + (high - low) / 2;
        int order = jq_compare(jq, &array.array->items[middle], &arguments[1]);
        if (order == 0)
            found = (int64_t)middle;
        else if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    jq_drop_all(jq, arguments, 1);
    return jq_int(found >= 0 ? found : -1 - (int64_t)low);
}

static struct jq_value implode(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value array = arguments[0];
    if (array.type != JQ_ARRAY) {
        jq_drop(jq, array);
        return jq_fail_text(jq, "implode input must be an array");
    }
    size_t len = jq_array_length(jq, &array);
    jq->spare.len = 0;
    for (size_t i = 0; i < len; i++) {
        struct jq_value item = array.array->items[i];
        if (item.type != JQ_NUMBER) {
            item = jq_keep(jq, item);
            jq_drop(jq, array);
            return jq_fail_value(jq, item, "can't be imploded, unicode codepoint needs to be numeric");
        }
        double code = jq_to_double(&item);
        uint32_t c = code >= 0 && code <= 0x10FFFF && !(code >= 0xD800 && code < 0xE000) ? (uint32_t)code : 0xFFFD;
        char bytes[4];
        size_t count = unicode_put(c, bytes);
        buffer_add(&jq->spare, bytes, count);
    }
    jq_drop(jq, array);
    return jq_string_buffer(jq, &jq->spare);
}

#define ROW(name, arity, call, description, example)                                                                   \
    {                                                                                                                  \
        name, arity, JQ_BY_VALUE, call, NULL, description, example                                                     \
    }
const struct jq_native jq_list_functions[] = {
    ROW("sort", 0, sort, "the items in their order", "[3, 1, 2] | sort"),
    ROW("unique", 0, unique, "the items in their order, each once", "[2, 1, 2] | unique"),
    ROW("_sort_by", 1, sort_by, "", ""),
    ROW("_group_by", 1, group_by, "", ""),
    ROW("_unique_by", 1, unique_by, "", ""),
    ROW("_min_by", 1, min_by, "", ""),
    ROW("_max_by", 1, max_by, "", ""),
    ROW("min", 0, min, "the least item", "[3, 1, 2] | min"),
    ROW("max", 0, max, "the greatest item", "[3, 1, 2] | max"),
    ROW("add", 0, add, "the sum of the items, of any type that + takes", "[1, 2] | add"),
    ROW("reverse", 0, reverse, "from the last to the first", "[1, 2] | reverse"),
    ROW("flatten", 0, flatten_all, "items of arrays in it take their place", "[1, [2, [3]]] | flatten"),
    ROW("flatten", 1, flatten_to, "the same, so many levels deep", "[1, [2, [3]]] | flatten(1)"),
    ROW("_transpose", 0, transpose, "", ""),
    ROW("bsearch", 1, bsearch_function, "the index in a sorted array, or -1 - where it would be",
        "[1, 3] | bsearch(3)"),
    ROW("implode", 0, implode, "the string of these codes", "[65, 66] | implode"),
    {0},
};

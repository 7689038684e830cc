/* The order of values, equality, sorting. */
#include <stdlib.h>

#include "jq/machine_inner.h"

static int rank(struct jq_value value)
{
    return value.type;
}

static int compare_bytes(struct jq_bytes a, struct jq_bytes b)
{
    int order = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_arrays(struct jq_machine *jq, struct jq_value *a, struct jq_value *b)
{
    size_t x = jq_array_length(jq, a), y = jq_array_length(jq, b);
    for (size_t i = 0; i < x && i < y; i++) {
        int order = jq_compare(jq, &a->array->items[i], &b->array->items[i]);
        if (order != 0)
            return order;
    }
    return (x > y) - (x < y);
}

/* First their sorted keys as arrays, then the values key by key. */
static int compare_objects(struct jq_machine *jq, struct jq_value *a, struct jq_value *b)
{
    size_t x = jq_object_length(jq, a), y = jq_object_length(jq, b);
    struct jq_member **left = jq_object_sorted(jq, a->object), **right = jq_object_sorted(jq, b->object);
    int order = 0;
    for (size_t i = 0; order == 0 && i < x && i < y; i++)
        order = compare_bytes(jq_string_bytes(jq, &left[i]->key), jq_string_bytes(jq, &right[i]->key));
    if (order == 0)
        order = (x > y) - (x < y);
    for (size_t i = 0; order == 0 && i < x; i++)
        order = jq_compare(jq, &left[i]->value, &right[i]->value);
    free(left);
    free(right);
    return order;
}

int jq_compare(struct jq_machine *jq, struct jq_value *a, struct jq_value *b)
{
    if (a->type != b->type)
        return rank(*a) - rank(*b);
    switch (a->type) {
    case JQ_NUMBER:
        return jq_number_compare(jq, a, b);
    case JQ_STRING:
        return compare_bytes(jq_string_bytes(jq, a), jq_string_bytes(jq, b));
    case JQ_ARRAY:
        return jq_deep(jq) ? 0 : compare_arrays(jq, a, b);
    case JQ_OBJECT:
        return jq_deep(jq) ? 0 : compare_objects(jq, a, b);
    default:
        return 0;
    }
}

bool jq_equal(struct jq_machine *jq, struct jq_value *a, struct jq_value *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == JQ_STRING) {
        struct jq_bytes x = jq_string_bytes(jq, a), y = jq_string_bytes(jq, b);
        return x.len == y.len && memcmp(x.at, y.at, x.len) == 0;
    }
    return jq_compare(jq, a, b) == 0;
}

/* -0 and 0 are not identical, a NaN is. */
static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

bool jq_identical(struct jq_value a, struct jq_value b)
{
    if (a.type != b.type || a.form != b.form)
        return false;
    switch (a.form) {
    case JQ_SELF:
        return true;
    case JQ_INT:
        return a.integer == b.integer;
    case JQ_DOUBLE:
        return bits_of(a.number) == bits_of(b.number);
    default:
        return a.head == b.head && a.len == b.len;
    }
}

/* Merges the sorted halves of items, which are also in spare. */
static void merge_sort(struct jq_machine *jq, struct jq_keyed *items, struct jq_keyed *spare, size_t count)
{
    if (count < 2)
        return;
    size_t half = count / 2;
    merge_sort(jq, items, spare, half);
    merge_sort(jq, items + half, spare, count - half);
    if (jq_compare(jq, &items[half - 1].key, &items[half].key) <= 0)
        return;
    memcpy(spare, items, half * sizeof *items);
    size_t i = 0, j = half, to = 0;
    while (i < half)
        items[to++] = j < count && jq_compare(jq, &spare[i].key, &items[j].key) > 0 ? items[j++] : spare[i++];
}

void jq_sort(struct jq_machine *jq, struct jq_keyed *items, size_t count)
{
    struct jq_keyed *spare = mem_resize(NULL, count / 2 + 1, sizeof *spare);
    merge_sort(jq, items, spare, count);
    free(spare);
}

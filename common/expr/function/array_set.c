/* Functions that look for elements of arrays: once each, in both, in one of two. What many are looked up in is sorted,
 * where that finds what looking at one after the other does: among values of one type. */
#include <stdlib.h>
#include <string.h>

#include "expr/function/array_inner.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "value/nested.h"

/* So few are looked at one by one. */
enum { FEW = 16 };

bool array_same(const struct value *a, const struct value *b)
{
    int order;
    if (a->type == VALUE_NULL || b->type == VALUE_NULL)
        return a->type == b->type;
    return expr_compare(a, b, &order) && order == 0;
}

bool array_holds(const struct elements *all, const struct value *wanted)
{
    for (size_t i = 0; i < all->count; i++)
        if (array_same(&all->values[i], wanted))
            return true;
    return false;
}

/* Elements by value, and among the same ones by their place; NULL where they are few or of several types: then they are
 * looked at one by one. */
struct lookup {
    const struct elements *all;
    const struct value **sorted;
    enum value_type type; /* of all that are not null */
};

/* Types of which expr_compare says what value_compare does. */
static bool is_ordered(enum value_type type)
{
    return type != VALUE_CELL && type != VALUE_INTERVAL;
}

static int by_value(const void *a, const void *b)
{
    const struct value *left = *(const struct value *const *)a, *right = *(const struct value *const *)b;
    int order = value_compare(left, right, false);
    return order != 0 ? order : (left > right) - (left < right);
}

static struct lookup lookup_of(struct arena *arena, const struct elements *all)
{
    struct lookup lookup = {.all = all, .type = VALUE_NULL};
    bool one = all->count > FEW && expr_room(arena, 2 * all->count, sizeof *lookup.sorted); /* qsort takes half */
    for (size_t i = 0; i < all->count && one; i++) {
        enum value_type type = all->values[i].type;
        if (type != VALUE_NULL)
            one = is_ordered(type) && (lookup.type == VALUE_NULL || lookup.type == type);
        lookup.type = type != VALUE_NULL ? type : lookup.type;
    }
    if (!one)
        return lookup;
    lookup.sorted = arena_alloc(arena, all->count * sizeof *lookup.sorted);
    for (size_t i = 0; i < all->count; i++)
        lookup.sorted[i] = &all->values[i];
    qsort(lookup.sorted, all->count, sizeof *lookup.sorted, by_value);
    return lookup;
}

static int against(const void *wanted, const void *element)
{
    return value_compare(wanted, *(const struct value *const *)element, false);
}

static bool has(const struct lookup *lookup, const struct value *wanted)
{
    if (!lookup->sorted || (wanted->type != VALUE_NULL && wanted->type != lookup->type))
        return array_holds(lookup->all, wanted);
    return bsearch(wanted, lookup->sorted, lookup->all->count, sizeof *lookup->sorted, against) != NULL;
}

/* Each element once, where it stands first. */
static struct value distinct(struct call *call, struct elements all)
{
    const struct lookup lookup = lookup_of(call->arena, &all);
    struct elements kept = {.values = arena_alloc(call->arena, (all.count + 1) * sizeof *kept.values)};
    bool *repeats = arena_alloc(call->arena, all.count + 1);
    memset(repeats, 0, all.count + 1);
    for (size_t i = 1; lookup.sorted && i < all.count; i++)
        repeats[lookup.sorted[i] - all.values] = value_compare(lookup.sorted[i - 1], lookup.sorted[i], false) == 0;
    for (size_t i = 0; i < all.count; i++)
        if (lookup.sorted ? !repeats[i] : !array_holds(&kept, &all.values[i]))
            kept.values[kept.count++] = all.values[i];
    return array_of_elements(call->arena, kept.values, kept.count);
}

static struct value array_distinct(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return distinct(call, array_elements(call->arena, &args[0]));
}

static struct value array_union(struct call *call, const struct value *args, size_t count)
{
    const struct value both = array_concat(call, args, count);
    if (both.type != VALUE_ARRAY || both.len > VALUE_SIZE_MAX)
        return both;
    return distinct(call, array_elements(call->arena, &both));
}

/* Elements of the first that are (or are not) in the second, each once. */
static struct value chosen(struct call *call, const struct value *args, bool in_both)
{
    struct elements first = array_elements(call->arena, &args[0]);
    const struct elements second = array_elements(call->arena, &args[1]);
    const struct lookup lookup = lookup_of(call->arena, &second);
    size_t kept = 0;
    for (size_t i = 0; i < first.count; i++)
        if (has(&lookup, &first.values[i]) == in_both)
            first.values[kept++] = first.values[i];
    first.count = kept;
    return distinct(call, first);
}

static struct value array_intersect(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return chosen(call, args, true);
}

static struct value array_except(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return chosen(call, args, false);
}

/* Null when nothing is shared, but a null might be. */
static struct value arrays_overlap(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct elements first = array_elements(call->arena, &args[0]),
                          second = array_elements(call->arena, &args[1]);
    const struct lookup lookup = lookup_of(call->arena, &second);
    const struct value null = value_null();
    for (size_t i = 0; i < first.count; i++)
        if (first.values[i].type != VALUE_NULL && has(&lookup, &first.values[i]))
            return value_boolean(true);
    bool unsure = first.count > 0 && second.count > 0 && (array_holds(&first, &null) || array_holds(&second, &null));
    return unsure ? value_null() : value_boolean(false);
}

const struct function functions_array_set[] = {
    {{"array_distinct", NULL, "a", "Array", "Each element once", "array_distinct(array(1, 2, 1)) => [1,2]"},
     "a", .run = array_distinct},
    {{"array_union", NULL, "a, b", "Array", "Elements of either, each once",
      "array_union(array(1, 2), array(2, 3)) => [1,2,3]"},
     "aa", .run = array_union},
    {{"array_intersect", NULL, "a, b", "Array", "Elements of both, each once",
      "array_intersect(array(1, 2), array(2, 3)) => [2]"},
     "aa", .run = array_intersect},
    {{"array_except", NULL, "a, b", "Array", "Elements of a that are not in b, each once",
      "array_except(array(1, 2), array(2, 3)) => [1]"},
     "aa", .run = array_except},
    {{"arrays_overlap", NULL, "a, b", "Boolean; also null if only nulls could be shared",
      "Whether an element is in both", "arrays_overlap(array(1, 2), array(2, 3)) => true"},
     "aa", .run = arrays_overlap},
    {.takes = NULL},
};

/* Functions that go over arrays with a lambda. They are lazy: a lambda is no value. */
#include <stdint.h>

#include "expr/function/array_inner.h"
#include "expr/function/function.h"
#include "expr/node.h"

/* The elements of argument number i; false if it is no array: the result is null then. */
static bool take_array(const struct expr *expr, size_t i, struct row *row, struct elements *all)
{
    struct value array = expr->args[i]->eval(expr->args[i], row);
    if (array.type != VALUE_ARRAY)
        return false;
    *all = array_elements(row->arena, &array);
    return true;
}

/* The lambda for element number i, which is its second variable. */
static struct value apply_to(const struct expr *lambda, struct row *row, const struct elements *all, size_t i)
{
    const struct value values[] = {all->values[i], value_int((int64_t)i)};
    return expr_apply_lambda(lambda, row, values);
}

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_NULL };

static enum truth truth_for(const struct expr *lambda, struct row *row, const struct elements *all, size_t i)
{
    struct value value = apply_to(lambda, row, all, i);
    if (value.type != VALUE_BOOLEAN)
        value = cast_boolean(&value);
    return value.type == VALUE_NULL ? TRUTH_NULL : value.boolean ? TRUTH_TRUE : TRUTH_FALSE;
}

static struct value transform(const struct expr *expr, struct row *row)
{
    struct elements all;
    if (!take_array(expr, 0, row, &all))
        return value_null();
    struct value *results = arena_alloc(row->arena, (all.count + 1) * sizeof *results);
    for (size_t i = 0; i < all.count; i++)
        results[i] = apply_to(expr->args[1], row, &all, i);
    array_unify_elements(row->arena, results, all.count);
    return expr_limited(row, expr->name, array_of_elements(row->arena, results, all.count));
}

static struct value filter(const struct expr *expr, struct row *row)
{
    struct elements all;
    if (!take_array(expr, 0, row, &all))
        return value_null();
    struct value *kept = arena_alloc(row->arena, (all.count + 1) * sizeof *kept);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++)
        if (truth_for(expr->args[1], row, &all, i) == TRUTH_TRUE)
            kept[count++] = all.values[i];
    return expr_limited(row, expr->name, array_of_elements(row->arena, kept, count));
}

/* Three-valued: looks for an element that decides; null if none does but one might. */
static struct value decided_by(const struct expr *expr, struct row *row, enum truth decides)
{
    struct elements all;
    bool unsure = false;
    if (!take_array(expr, 0, row, &all))
        return value_null();
    for (size_t i = 0; i < all.count; i++) {
        enum truth truth = truth_for(expr->args[1], row, &all, i);
        if (truth == decides)
            return value_boolean(decides == TRUTH_TRUE);
        unsure = unsure || truth == TRUTH_NULL;
    }
    return expr_limited(row, expr->name, unsure ? value_null() : value_boolean(decides != TRUTH_TRUE));
}

static struct value exists(const struct expr *expr, struct row *row)
{
    return decided_by(expr, row, TRUTH_TRUE);
}

static struct value forall(const struct expr *expr, struct row *row)
{
    return decided_by(expr, row, TRUTH_FALSE);
}

/* aggregate(array, start, (so far, element) -> so far[, so far -> result]) */
static struct value aggregate(const struct expr *expr, struct row *row)
{
    struct elements all;
    if (!take_array(expr, 0, row, &all))
        return value_null();
    struct value so_far = expr->args[1]->eval(expr->args[1], row);
    for (size_t i = 0; i < all.count; i++) {
        const struct value values[] = {so_far, all.values[i]};
        so_far = expr_apply_lambda(expr->args[2], row, values);
    }
    if (expr->arg_count > 3)
        so_far = expr_apply_lambda(expr->args[3], row, &so_far);
    return expr_limited(row, expr->name, so_far);
}

/* The shorter one goes on with nulls. */
static struct value zip_with(const struct expr *expr, struct row *row)
{
    struct elements left, right;
    if (!take_array(expr, 0, row, &left) || !take_array(expr, 1, row, &right))
        return value_null();
    size_t count = left.count > right.count ? left.count : right.count;
    struct value *results = arena_alloc(row->arena, (count + 1) * sizeof *results);
    for (size_t i = 0; i < count; i++) {
        const struct value values[] = {i < left.count ? left.values[i] : value_null(),
                                       i < right.count ? right.values[i] : value_null()};
        results[i] = expr_apply_lambda(expr->args[2], row, values);
    }
    array_unify_elements(row->arena, results, count);
    return expr_limited(row, expr->name, array_of_elements(row->arena, results, count));
}

/* Whether `a` comes behind `b`; the lambda gives a number below, above or equal to 0. */
static bool behind(const struct expr *lambda, struct row *row, const struct value *a, const struct value *b)
{
    const struct value values[] = {*a, *b};
    struct value order = expr_apply_lambda(lambda, row, values);
    order = cast_long(&order);
    if (order.type == VALUE_NULL)
        row_fail(row, "array_sort: the comparison gives null");
    return order.type != VALUE_NULL && order.integer > 0;
}

/* Merges the sorted halves of values[0, count) through scratch; equal elements keep their order. */
static void merge_sort(const struct expr *lambda, struct row *row, struct value *values, size_t count,
                       struct value *scratch)
{
    if (count < 2)
        return;
    size_t half = count / 2, left = 0, right = half, used = 0;
    merge_sort(lambda, row, values, half, scratch);
    merge_sort(lambda, row, values + half, count - half, scratch);
    memcpy(scratch, values, count * sizeof *values);
    while (left < half && right < count)
        values[used++] = behind(lambda, row, &scratch[left], &scratch[right]) ? scratch[right++] : scratch[left++];
    while (left < half)
        values[used++] = scratch[left++];
    while (right < count)
        values[used++] = scratch[right++];
}

static struct value array_sort(const struct expr *expr, struct row *row)
{
    struct call call = {.row = row, .arena = row->arena};
    if (expr->arg_count == 1) {
        struct value array = expr->args[0]->eval(expr->args[0], row);
        return expr_limited(row, expr->name,
                            array.type == VALUE_ARRAY ? array_sort_plain(&call, &array, 1) : value_null());
    }
    struct elements all;
    if (!take_array(expr, 0, row, &all))
        return value_null();
    struct value *scratch = arena_alloc(row->arena, (all.count + 1) * sizeof *scratch);
    merge_sort(expr->args[1], row, all.values, all.count, scratch);
    if (row->error)
        return value_null();
    return expr_limited(row, expr->name, array_of_elements(row->arena, all.values, all.count));
}

const struct function functions_lambda[] = {
    {{"array_sort", NULL, "a[, (x, y) -> n]", "Array",
      "Nulls last; or in the order of a comparison, which gives a number below, above or equal to 0",
      "array_sort(array(3, null, 1)) => [1,3,null]"},
     "a|m", .lazy = array_sort},
    {{"transform", NULL, "a, x -> y", "Array",
      "What the lambda makes of each element; also (x, i) -> y, with the place from 0",
      "transform(array(1, 2), x -> x * 10) => [10,20]"},
     "ao", .lazy = transform},
    {{"filter", NULL, "a, x -> c", "Array", "The elements for which it is true; also (x, i) -> c",
      "filter(array(1, 2, 3), x -> x > 1) => [2,3]"},
     "ao", .lazy = filter},
    {{"exists", NULL, "a, x -> c", "Boolean; also null if it is true for none, but null for some",
      "Whether it is true for an element", "exists(array(1, 2), x -> x = 2) => true"},
     "al", .lazy = exists},
    {{"forall", NULL, "a, x -> c", "Boolean; also null if it is false for none, but null for some",
      "Whether it is true for all elements", "forall(array(1, 2), x -> x > 1) => false"},
     "al", .lazy = forall},
    {{"aggregate", "reduce", "a, start, (s, x) -> s[, s -> y]", "Any",
      "Goes over the elements with what it has so far; the last lambda makes the result of that",
      "aggregate(array(1, 2, 3), 0, (s, x) -> s + x, s -> s * 10) => 60\n"
      "reduce(array(1, 2, 3), 1, (s, x) -> s * x) => 6"},
     "axm|l", .lazy = aggregate},
    {{"zip_with", NULL, "a, b, (x, y) -> z", "Array",
      "Of two arrays, element by element; the shorter one goes on with nulls. are objects whose keys are data, in "
      "JSON and here: any object is one, with its keys as strings. A null or repeated key in what is put together is "
      "an error..Fn element_at,.Fn size and m['key'] take them too",
      "zip_with(array(1, 2), array(3, 4), (x, y) -> x + y) => [4,6]"},
     "aam", .lazy = zip_with},
    {.takes = NULL},
};

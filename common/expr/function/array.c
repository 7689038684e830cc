/* Functions of arrays, and those that take arrays as well as strings. */
#include <stdint.h>
#include <stdlib.h>

#include "expr/function/array_inner.h"
#include "expr/function/function.h"
#include "expr/node.h"
#include "value/datetime.h"
#include "value/interval.h"
#include "value/nested.h"

static struct value array(struct call *call, const struct value *args, size_t count)
{
    struct value *values = arena_alloc(call->arena, (count + 1) * sizeof *values);
    if (count > 0)
        memcpy(values, args, count * sizeof *values);
    array_unify_elements(call->arena, values, count);
    return array_of_elements(call->arena, values, count);
}

/* Spark without ANSI: size(null) is -1; array_size(null) is null. */
static struct value size(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct nested_member *members;
    if (args[0].type == VALUE_STRUCT) /* a map: each key once */
        return value_int((int64_t)nested_sorted(&args[0], call->arena, &members));
    return value_int(args[0].type == VALUE_ARRAY ? (int64_t)nested_count(&args[0]) : -1);
}

static struct value array_size(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    return value_int((int64_t)nested_count(&args[0]));
}

/* Null when it is not found but a null is there. */
static struct value array_contains(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    const struct elements all = array_elements(call->arena, &args[0]);
    const struct value null = value_null();
    if (array_holds(&all, &args[1]))
        return value_boolean(true);
    return array_holds(&all, &null) ? value_null() : value_boolean(false);
}

/* From 1; from the end when negative. */
static struct value element_at(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].type == VALUE_STRUCT) {
        struct value key = cast_string(&args[1], call->arena);
        return nested_member(&args[0], key.text, key.len, call->arena);
    }
    struct value index = cast_long(&args[1]);
    if (args[0].type != VALUE_ARRAY || index.type == VALUE_NULL)
        return value_null();
    if (index.integer == 0)
        return row_fail(call->row, "element_at: elements count from 1, not 0");
    int64_t place = index.integer > 0 ? index.integer - 1 : (int64_t)nested_count(&args[0]) + index.integer;
    return place < 0 ? value_null() : nested_element(&args[0], (uint64_t)place, call->arena);
}

static struct value get(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return args[1].integer < 0 ? value_null() : nested_element(&args[0], (uint64_t)args[1].integer, call->arena);
}

static int ascending(const void *a, const void *b)
{
    return value_compare(a, b, false);
}

static int descending(const void *a, const void *b)
{
    return value_compare(b, a, false);
}

/* Nulls first ascending, last descending. */
static struct value sort_array(struct call *call, const struct value *args, size_t count)
{
    struct elements all = array_elements(call->arena, &args[0]);
    qsort(all.values, all.count, sizeof *all.values, count > 1 && !args[1].boolean ? descending : ascending);
    return array_of_elements(call->arena, all.values, all.count);
}

/* Ascending, nulls last. */
struct value array_sort_plain(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct elements all = array_elements(call->arena, &args[0]);
    qsort(all.values, all.count, sizeof *all.values, ascending);
    size_t nulls = 0;
    while (nulls < all.count && all.values[nulls].type == VALUE_NULL)
        nulls++;
    if (nulls > 0) {
        memmove(all.values, all.values + nulls, (all.count - nulls) * sizeof *all.values);
        for (size_t i = all.count - nulls; i < all.count; i++)
            all.values[i] = value_null();
    }
    return array_of_elements(call->arena, all.values, all.count);
}

struct value function_array_reverse(struct call *call, const struct value *array_value)
{
    struct elements all = array_elements(call->arena, array_value);
    for (size_t i = 0; i < all.count / 2; i++) {
        struct value other = all.values[i];
        all.values[i] = all.values[all.count - 1 - i];
        all.values[all.count - 1 - i] = other;
    }
    return array_of_elements(call->arena, all.values, all.count);
}

/* Texts put behind each other with a separator between. */
struct joined {
    struct nested_text text;
    bool any;
};

static void join(struct joined *joined, const struct value *separator, const struct value *piece)
{
    struct value text = cast_string(piece, joined->text.arena);
    if (joined->any)
        nested_add(&joined->text, separator->text, separator->len);
    nested_add(&joined->text, text.text, text.len);
    joined->any = true;
}

static struct value joined_text(const struct joined *joined)
{
    return value_string(joined->text.data ? joined->text.data : "", joined->text.len);
}

/* Nulls are left out unless the third argument stands for them. */
static struct value array_join(struct call *call, const struct value *args, size_t count)
{
    struct elements all = array_elements(call->arena, &args[0]);
    struct joined joined = {.text = {.arena = call->arena}};
    for (size_t i = 0; i < all.count; i++) {
        if (all.values[i].type != VALUE_NULL)
            join(&joined, &args[1], &all.values[i]);
        else if (count > 2)
            join(&joined, &args[1], &args[2]);
    }
    return joined_text(&joined);
}

/* Strings and arrays of strings; nulls are left out. */
static struct value concat_ws(struct call *call, const struct value *args, size_t count)
{
    struct value separator = cast_string(&args[0], call->arena);
    struct joined joined = {.text = {.arena = call->arena}};
    if (separator.type == VALUE_NULL)
        return separator;
    for (size_t i = 1; i < count; i++) {
        if (args[i].type == VALUE_ARRAY) {
            struct elements all = array_elements(call->arena, &args[i]);
            for (size_t k = 0; k < all.count; k++)
                if (all.values[k].type != VALUE_NULL)
                    join(&joined, &separator, &all.values[k]);
        } else if (args[i].type != VALUE_NULL) {
            join(&joined, &separator, &args[i]);
        }
    }
    return joined_text(&joined);
}

static struct value concat_arrays(struct call *call, const struct value *args, size_t count)
{
    size_t total = 0, used = 0;
    for (size_t i = 0; i < count; i++)
        total += nested_count(&args[i]);
    if (!expr_room(call->arena, total + 1, 2 * sizeof(struct value)))
        return value_null();
    struct value *values = arena_alloc(call->arena, (total + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        struct elements all = array_elements(call->arena, &args[i]);
        memcpy(values + used, all.values, all.count * sizeof *values);
        used += all.count;
    }
    array_unify_elements(call->arena, values, total);
    return array_of_elements(call->arena, values, total);
}

/* Arrays make an array, anything else a string. */
struct value array_concat(struct call *call, const struct value *args, size_t count)
{
    size_t arrays = 0;
    for (size_t i = 0; i < count; i++)
        arrays += args[i].type == VALUE_ARRAY;
    if (arrays > 0 && arrays == count)
        return concat_arrays(call, args, count);
    struct nested_text text = {.arena = call->arena};
    size_t binaries = 0;
    for (size_t i = 0; i < count; i++) {
        struct value piece = cast_string(&args[i], call->arena);
        if (count == 1)
            return piece;
        binaries += value_is_binary(&piece);
        nested_add(&text, piece.text, piece.len);
    }
    const char *bytes = text.data ? text.data : "";
    return binaries == count && count > 0 ? value_binary(bytes, text.len) : value_string(bytes, text.len);
}

/* From 1, or from the end; so many elements. */
static struct value slice(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct elements all = array_elements(call->arena, &args[0]);
    int64_t start = args[1].integer, len = args[2].integer, have = (int64_t)all.count;
    if (start == 0 || len < 0)
        return row_fail(call->row, "slice: elements count from 1, and a length is not negative");
    start = start > 0 ? start - 1 : have + start;
    if (start < 0 || start >= have)
        return array_of_elements(call->arena, NULL, 0);
    return array_of_elements(call->arena, all.values + start, (size_t)(len < have - start ? len : have - start));
}

static struct value extreme(struct call *call, const struct value *array_value, int sign)
{
    struct elements all = array_elements(call->arena, array_value);
    struct value best = value_null();
    for (size_t i = 0; i < all.count; i++)
        if (all.values[i].type != VALUE_NULL &&
            (best.type == VALUE_NULL || sign * value_compare(&all.values[i], &best, false) > 0))
            best = all.values[i];
    return best;
}

static struct value array_max(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return extreme(call, &args[0], 1);
}

static struct value array_min(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    return extreme(call, &args[0], -1);
}

/* One level of nesting less; null when an inner array is null. */
static struct value flatten(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct elements all = array_elements(call->arena, &args[0]);
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    for (size_t i = 0; i < all.count; i++) {
        if (all.values[i].type != VALUE_ARRAY)
            return value_null();
        struct elements inner = array_elements(call->arena, &all.values[i]);
        for (size_t k = 0; k < inner.count; k++)
            nested_add_value(&text, &inner.values[k]);
    }
    return nested_finish(&text, VALUE_ARRAY);
}

static struct value array_position(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct elements all = array_elements(call->arena, &args[0]);
    for (size_t i = 0; i < all.count; i++)
        if (array_same(&all.values[i], &args[1]))
            return value_long((int64_t)i + 1);
    return value_long(0);
}

static struct value array_remove(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct elements all = array_elements(call->arena, &args[0]);
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++)
        if (!array_same(&all.values[i], &args[1]))
            all.values[kept++] = all.values[i];
    return array_of_elements(call->arena, all.values, kept);
}

static struct value array_compact(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value from[] = {args[0], value_null()};
    return array_remove(call, from, 2);
}

static struct value array_append(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].type != VALUE_ARRAY)
        return value_null();
    struct elements all = array_elements(call->arena, &args[0]);
    all.values[all.count++] = args[1];
    return array_of_elements(call->arena, all.values, all.count);
}

static struct value array_prepend(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    if (args[0].type != VALUE_ARRAY)
        return value_null();
    struct elements all = array_elements(call->arena, &args[0]);
    memmove(all.values + 1, all.values, all.count * sizeof *all.values);
    all.values[0] = args[1];
    return array_of_elements(call->arena, all.values, all.count + 1);
}

/* At a place from 1 (before it), or from the end (behind it); what lies between it and the array is filled with
 * nulls. */
static struct value array_insert(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value place = cast_long(&args[1]);
    if (args[0].type != VALUE_ARRAY || place.type == VALUE_NULL)
        return value_null();
    if (place.integer == 0)
        return row_fail(call->row, "array_insert: a place is from 1 (or -1), not 0");
    struct elements all = array_elements(call->arena, &args[0]);
    bool back = place.integer < 0;
    /* elements on its side of the array's end */
    size_t far = (back ? 0 - (size_t)place.integer : (size_t)place.integer) - 1;
    size_t total = (far > all.count ? far : all.count) + 1, shift = back ? total - 1 - all.count : 0;
    size_t at = back ? total - 1 - far : far;
    if (!expr_room(call->arena, total, sizeof(struct value)))
        return value_null();
    struct value *values = arena_alloc(call->arena, total * sizeof *values);
    for (size_t i = 0; i < total; i++) {
        size_t from = i - (i > at); /* the element's number, with the shift */
        bool inside = i != at && from >= shift && from - shift < all.count;
        values[i] = i == at ? args[2] : inside ? all.values[from - shift] : value_null();
    }
    array_unify_elements(call->arena, values, total);
    return array_of_elements(call->arena, values, total);
}

static struct value array_repeat(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct value times = cast_long(&args[1]);
    if (times.type == VALUE_NULL)
        return times;
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    for (int64_t i = 0; i < times.integer && !nested_too_long(&text); i++)
        nested_add_value(&text, &args[0]);
    return nested_finish(&text, VALUE_ARRAY);
}

/* Dates or timestamps by an interval (a day). Each step is counted from the first, so that months keep its day. */
static struct value sequence_of_times(struct call *call, const struct value *args, size_t count)
{
    struct value day = {.type = VALUE_INTERVAL, .scale = INTERVAL_DAY, .precision = INTERVAL_DAY};
    day.interval.microseconds = MICROS_PER_DAY;
    const struct value from = args[0], step = count > 2 ? args[2] : day;
    struct value to = args[1];
    if (step.type != VALUE_INTERVAL || (to.type != VALUE_DATE && to.type != VALUE_TIMESTAMP))
        return value_null();
    to = from.type == VALUE_TIMESTAMP ? cast_timestamp(&to) : cast_date(&to);
    bool back = step.interval.months < 0 || (step.interval.months == 0 && step.interval.microseconds < 0);
    if (count < 3 && to.integer < from.integer)
        back = true;
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    for (int32_t made = 0; !nested_too_long(&text); made++) {
        struct value so_far = step;
        int64_t months = (int64_t)step.interval.months * made;
        int32_t times = count < 3 && back ? -made : made;
        if (months > INT32_MAX || months < INT32_MIN ||
            __builtin_mul_overflow(step.interval.microseconds, (int64_t)times, &so_far.interval.microseconds))
            return row_fail(call->row, "sequence: a step beyond the years that are supported");
        so_far.interval.months = (int32_t)months;
        struct value element = interval_shift(&from, &so_far, 1);
        if (element.type == VALUE_TIMESTAMP && from.type == VALUE_DATE)
            element = cast_date(&element);
        if (element.type == VALUE_NULL || (back ? element.integer < to.integer : element.integer > to.integer))
            break;
        nested_add_value(&text, &element);
        if (step.interval.months == 0 && step.interval.microseconds == 0)
            break;
    }
    return nested_finish(&text, VALUE_ARRAY);
}

static struct value sequence_of(struct call *call, const struct value *args, size_t count)
{
    bool narrow = args[0].width == 4 && args[1].width == 4;
    int64_t from = args[0].integer, to = args[1].integer, step = count > 2 ? args[2].integer : from <= to ? 1 : -1;
    if ((step == 0 && from != to) || (step > 0 && from > to) || (step < 0 && from < to))
        return row_fail(call->row, "sequence: a step of %lld does not lead from %lld to %lld", (long long)step,
                        (long long)from, (long long)to);
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    for (int64_t at = from; (step >= 0 ? at <= to : at >= to) && !nested_too_long(&text);) {
        struct value element = {.type = VALUE_LONG, .width = narrow ? 4 : 0, .integer = at};
        nested_add_value(&text, &element);
        if (step == 0 || __builtin_add_overflow(at, step, &at))
            break;
    }
    return nested_finish(&text, VALUE_ARRAY);
}

static struct value sequence(struct call *call, const struct value *args, size_t count)
{
    if (args[0].type == VALUE_DATE || args[0].type == VALUE_TIMESTAMP)
        return sequence_of_times(call, args, count);
    struct value numbers[3] = {cast_long(&args[0]), cast_long(&args[1]),
                               count > 2 ? cast_long(&args[2]) : value_long(1)};
    if (numbers[0].type == VALUE_NULL || numbers[1].type == VALUE_NULL || numbers[2].type == VALUE_NULL)
        return value_null();
    return sequence_of(call, numbers, count);
}

const struct function functions_array[] = {
    {{"array", NULL, "x, ...", "Array; nulls are elements", "", "array(1, null, 2) => [1,null,2]"},
     "x*", .run = array, .sees_null = true},
    {{"size", "cardinality", "x", "Int; -1 for null", "Elements of an array, members of a struct",
      "size(array('a', 'b')) => 2\n"
      "cardinality(array()) => 0"},
     "x", .run = size, .sees_null = true},
    {{"array_size", NULL, "a", "Int", "Elements of an array", "array_size(array(1, 2)) => 2"},
     "a", .run = array_size},
    {{"element_at", NULL, "a, n", "Any; also null beyond the ends",
      "The n-th element (1 is the first), from the end if negative; 0 is an error",
      "element_at(array(1, 2, 3), -1) => 3"},
     "xx", .run = element_at},
    {{"try_element_at", NULL, "a, n", "Any; also null if it is not there", "The same",
      "try_element_at(array(1, 2), 3) => null"},
     "xx", .run = element_at},
    {{"get", NULL, "a, n", "Any; also null beyond the ends", "The element at that index (0 is the first), as a[n]",
      "get(array(1, 2), 0) => 1"},
     "ai", .run = get},
    {{"array_contains", NULL, "a, x", "Boolean; also null if x is not found but a null", "",
      "array_contains(array(1, 2), 2) => true"},
     "ax", .run = array_contains},
    {{"array_position", NULL, "a, x", "Bigint", "The place of x (1 is the first), 0 if nowhere",
      "array_position(array('a', 'b'), 'b') => 2"},
     "ax", .run = array_position},
    {{"sort_array", NULL, "a[, ascending]", "Array", "Nulls first, or last when descending",
      "sort_array(array(3, null, 1)) => [null,1,3]"},
     "a|b", .run = sort_array},
    {{"array_join", NULL, "a, sep[, null]", "String",
      "Elements with a separator between; nulls are left out, or replaced",
      "array_join(array('a', null, 'b'), '-') => a-b"},
     "as|s", .run = array_join},
    {{"slice", NULL, "a, from, n", "Array", "n elements from there (1 is the first)",
      "slice(array(1, 2, 3, 4), 2, 2) => [2,3]"},
     "aii", .run = slice},
    {{"array_max", NULL, "a", "Any; also null if a is empty", "The largest element",
      "array_max(array(1, 3, 2)) => 3"},
     "a", .run = array_max},
    {{"array_min", NULL, "a", "Any; also null if a is empty", "The smallest element",
      "array_min(array(1, 3, 2)) => 1"},
     "a", .run = array_min},
    {{"flatten", NULL, "a", "Array", "An array of arrays as one", "flatten(array(array(1), array(2, 3))) => [1,2,3]"},
     "a", .run = flatten},
    {{"array_remove", NULL, "a, x", "Array", "Without the elements equal to x",
      "array_remove(array(1, 2, 1), 1) => [2]"},
     "ax", .run = array_remove},
    {{"array_compact", NULL, "a", "Array", "Without nulls", "array_compact(array(1, null)) => [1]"},
     "a", .run = array_compact},
    {{"array_append", NULL, "a, x", "Array; null only if a is", "With x at the end",
      "array_append(array(1), 2) => [1,2]"},
     "xx", .run = array_append, .sees_null = true},
    {{"array_prepend", NULL, "a, x", "Array; null only if a is", "With x at the start",
      "array_prepend(array(1), 2) => [2,1]"},
     "xx", .run = array_prepend, .sees_null = true},
    {{"array_insert", NULL, "a, n, x", "Array",
      "x becomes the n-th element, from the end if n is negative; gaps are filled with nulls",
      "array_insert(array('a', 'b'), 2, 'x') => [\"a\",\"x\",\"b\"]"},
     "xxx", .run = array_insert, .sees_null = true},
    {{"array_repeat", NULL, "x, n", "Array; x may be null", "So many times", "array_repeat('x', 2) => [\"x\",\"x\"]"},
     "xx", .run = array_repeat, .sees_null = true},
    {{"sequence", NULL, "from, to[, step]", "Array",
      "Whole numbers, or dates or timestamps, by 1, by a day or by an interval", "sequence(1, 5, 2) => [1,3,5]"},
     "xx|x", .run = sequence},
    {.takes = NULL},
};

const struct function functions_concat[] = {
    {{"concat", NULL, "x, ...", "String, or array of arrays", "Put behind each other, as x || y",
      "concat('a', 1, true) => a1true"},
     "x*", .run = array_concat},
    {{"concat_ws", NULL, "sep, x, ...", "String; null only if sep is; other nulls are left out",
      "With a separator between; arrays count as their elements",
      "concat_ws('-', 'a', null, array('b', 'c')) => a-b-c"},
     "xx*", .run = concat_ws, .sees_null = true},
    {.takes = NULL},
};

/* Operators of two values. */
#include <math.h>

#include "jq/machine_inner.h"

static struct jq_value add_arrays(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    size_t count = jq_array_length(jq, &b);
    a = jq_array_own(jq, a, count);
    for (size_t i = 0; i < count; i++)
        a.array->items[a.array->len++] = jq_keep(jq, b.array->items[i]);
    jq_drop(jq, b);
    return a;
}

static struct jq_value add_objects(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    struct jq_steps steps = jq_steps(jq, &b);
    struct jq_value key, value;
    while (jq_steps_next(jq, &steps, &key, &value))
        a = jq_object_set(jq, a, key, value);
    jq_drop(jq, b);
    return a;
}

static struct jq_value add(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    if (a.type == JQ_NUMBER && b.type == JQ_NUMBER)
        return jq_number_add(jq, a, b);
    if (a.type == JQ_NULL)
        return b;
    if (b.type == JQ_NULL)
        return a;
    if (a.type == JQ_STRING && b.type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, &b);
        a = jq_string_add(jq, a, bytes.at, bytes.len);
        jq_drop(jq, b);
        return a;
    }
    if (a.type == JQ_ARRAY && b.type == JQ_ARRAY)
        return add_arrays(jq, a, b);
    if (a.type == JQ_OBJECT && b.type == JQ_OBJECT)
        return add_objects(jq, a, b);
    return jq_fail_values(jq, a, b, "cannot be added");
}

static bool is_in(struct jq_machine *jq, struct jq_value *item, struct jq_value *array)
{
    size_t len = jq_array_length(jq, array);
    for (size_t i = 0; i < len; i++)
        if (jq_equal(jq, item, &array->array->items[i]))
            return true;
    return false;
}

static struct jq_value subtract(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    if (a.type == JQ_NUMBER && b.type == JQ_NUMBER)
        return jq_number_subtract(jq, a, b);
    if (a.type != JQ_ARRAY || b.type != JQ_ARRAY)
        return jq_fail_values(jq, a, b, "cannot be subtracted");
    struct jq_value rest = jq_array(jq, 4);
    size_t len = jq_array_length(jq, &a);
    for (size_t i = 0; i < len && !jq_ends(jq); i++)
        if (!is_in(jq, &a.array->items[i], &b))
            rest = jq_array_add(jq, rest, jq_keep(jq, a.array->items[i]));
    jq_drop(jq, a);
    jq_drop(jq, b);
    return rest;
}

/* Objects merged through all levels. */
static struct jq_value merge(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    struct jq_steps steps = jq_steps(jq, &b);
    struct jq_value key, value;
    while (jq_steps_next(jq, &steps, &key, &value)) {
        if (value.type == JQ_OBJECT && !jq_deep(jq)) {
            struct jq_value old = jq_object_get(jq, a, jq_string_bytes(jq, &key));
            if (old.type == JQ_OBJECT)
                value = merge(jq, old, value);
            else
                jq_drop(jq, old);
        }
        a = jq_object_set(jq, a, key, value);
    }
    jq_drop(jq, b);
    return a;
}

/* A longer string is refused. */
enum { REPEATED_MAX = 1 << 30 };

/* Each copy of what there is doubles it. */
static struct jq_value repeated(struct jq_machine *jq, struct jq_bytes bytes, size_t count)
{
    size_t len = bytes.len * count;
    struct buffer *spare = &jq->spare;
    buffer_reserve(spare, len);
    if (len > 0)
        memcpy(spare->data, bytes.at, bytes.len);
    for (size_t done = bytes.len; done < len; done *= 2)
        memcpy(spare->data + done, spare->data, done < len - done ? done : len - done);
    spare->len = len;
    struct jq_value result = jq_string_buffer(jq, spare);
    if (len > JQ_PIECE_MAX)
        buffer_free(spare);
    return result;
}

static struct jq_value repeat(struct jq_machine *jq, struct jq_value string, struct jq_value number)
{
    double times = jq_to_double(&number);
    jq_drop(jq, number);
    struct jq_bytes bytes = jq_string_bytes(jq, &string);
    struct jq_value result = jq_null();
    if (times >= 0) {
        size_t count = times > 1e15 ? (size_t)1e15 : (size_t)times;
        if (bytes.len > 0 && count > REPEATED_MAX / bytes.len) {
            result = jq_fail_text(jq, "Repeat string result too long");
        } else if (jq_ends_with(jq, bytes.len * count)) {
            result = jq_none();
        } else {
            result = repeated(jq, bytes, count);
        }
    }
    jq_drop(jq, string);
    return result;
}

static struct jq_value multiply(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    if (a.type == JQ_NUMBER && b.type == JQ_NUMBER)
        return jq_number_multiply(jq, a, b);
    if (a.type == JQ_STRING && b.type == JQ_NUMBER)
        return repeat(jq, a, b);
    if (a.type == JQ_NUMBER && b.type == JQ_STRING)
        return repeat(jq, b, a);
    if (a.type == JQ_OBJECT && b.type == JQ_OBJECT)
        return merge(jq, a, b);
    return jq_fail_values(jq, a, b, "cannot be multiplied");
}

static struct jq_value divide(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    if (a.type == JQ_STRING && b.type == JQ_STRING)
        return jq_split(jq, a, b);
    if (a.type != JQ_NUMBER || b.type != JQ_NUMBER)
        return jq_fail_values(jq, a, b, "cannot be divided");
    if (jq_to_double(&b) == 0)
        return jq_fail_values(jq, a, b, "cannot be divided because the divisor is zero");
    return jq_number_divide(jq, a, b);
}

/* As jq: both cut off to whole numbers. */
static struct jq_value modulo(struct jq_machine *jq, struct jq_value a, struct jq_value b)
{
    if (a.type != JQ_NUMBER || b.type != JQ_NUMBER)
        return jq_fail_values(jq, a, b, "cannot be divided");
    double x = jq_to_double(&a), y = jq_to_double(&b);
    if (isnan(x) || isnan(y)) {
        jq_drop(jq, a);
        jq_drop(jq, b);
        return jq_double(nan(""));
    }
    a = jq_settle(jq, a);
    b = jq_settle(jq, b);
    int64_t left = jq_to_int(&a), right = jq_to_int(&b);
    if (right == 0)
        return jq_fail_values(jq, a, b, "cannot be divided (remainder) because the divisor is zero");
    jq_drop(jq, a);
    jq_drop(jq, b);
    return jq_int(right == -1 ? 0 : left % right);
}

static struct jq_value ordered(struct jq_machine *jq, enum jq_kind operation, struct jq_value a, struct jq_value b)
{
    bool result;
    if (operation == JQ_EQUAL || operation == JQ_UNEQUAL) {
        result = jq_equal(jq, &a, &b) == (operation == JQ_EQUAL);
    } else {
        int order = jq_compare(jq, &a, &b);
        result = operation == JQ_LESS         ? order < 0
                 : operation == JQ_LESS_EQUAL ? order <= 0
                 : operation == JQ_GREATER    ? order > 0
                                              : order >= 0;
    }
    jq_drop(jq, a);
    jq_drop(jq, b);
    return jq->ending == JQ_GOES_ON ? jq_bool(result) : jq_none();
}

struct jq_value jq_operate(struct jq_machine *jq, enum jq_kind operation, struct jq_value a, struct jq_value b)
{
    switch (operation) {
    case JQ_ADD:
        return add(jq, a, b);
    case JQ_SUBTRACT:
        return subtract(jq, a, b);
    case JQ_MULTIPLY:
        return multiply(jq, a, b);
    case JQ_DIVIDE:
        return divide(jq, a, b);
    case JQ_MODULO:
        return modulo(jq, a, b);
    default:
        return ordered(jq, operation, a, b);
    }
}

struct jq_value jq_negate(struct jq_machine *jq, struct jq_value a)
{
    if (a.type != JQ_NUMBER)
        return jq_fail_value(jq, a, "cannot be negated");
    return jq_number_negate(jq, a);
}

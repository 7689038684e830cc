/* Parts of values: by key, index, slice and path; set and deleted. */
#include <math.h>
#include <stdlib.h>

#include "jq/machine_inner.h"
#include "base/unicode.h"

bool jq_step_failed(struct jq_machine *jq, const struct jq_node *node)
{
    if (!node->operation || jq->ending != JQ_ENDS_ERROR)
        return false;
    jq_drop(jq, jq->error);
    jq->error = jq_none();
    jq->ending = JQ_GOES_ON;
    return true;
}

static struct jq_value fail_index(struct jq_machine *jq, struct jq_value of, struct jq_value key)
{
    if (key.type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, &key);
        jq_fail_text(jq, "Cannot index %s with \"%.*s\"", jq_type_name(of), (int)(bytes.len < 200 ? bytes.len : 200),
                     bytes.at);
    } else {
        jq_fail_text(jq, "Cannot index %s with %s", jq_type_name(of), jq_type_name(key));
    }
    jq_drop(jq, of);
    jq_drop(jq, key);
    return jq_none();
}

static struct jq_value get_index(struct jq_machine *jq, struct jq_value array, struct jq_value key)
{
    double number = jq_to_double(&key);
    size_t len = jq_array_length(jq, &array);
    struct jq_value item = jq_null();
    number = floor(number);
    if (number < 0)
        number += (double)len;
    if (number >= 0 && number < (double)len)
        item = jq_keep(jq, array.array->items[(size_t)number]);
    jq_drop(jq, array);
    jq_drop(jq, key);
    return item;
}

static bool bound(struct jq_value value, double *number, double absent)
{
    *number = absent;
    if (value.type == JQ_NUMBER)
        *number = jq_to_double(&value);
    return value.type == JQ_NUMBER || value.type == JQ_NULL || value.type == JQ_NONE;
}

bool jq_slice_bounds(struct jq_machine *jq, struct jq_value *slice, size_t len, size_t *from, size_t *to)
{
    double start = 0, end = 0, size = (double)len;
    jq_expand(jq, slice);
    struct jq_value first = jq_object_get(jq, *slice, (struct jq_bytes){"start", 5});
    struct jq_value last = jq_object_get(jq, *slice, (struct jq_bytes){"end", 3});
    bool good = bound(first, &start, 0) && bound(last, &end, size) && (first.type != JQ_NONE || last.type != JQ_NONE);
    jq_drop(jq, first);
    jq_drop(jq, last);
    if (!good)
        return false;
    if (isnan(start))
        start = 0;
    if (isnan(end))
        end = size;
    start += start < 0 ? size : 0;
    end += end < 0 ? size : 0;
    start = start < 0 ? 0 : start > size ? size : floor(start);
    end = end > size ? size : ceil(end);
    end = end < start ? start : end > size ? size : end;
    *from = (size_t)start;
    *to = (size_t)end;
    return true;
}

static struct jq_value get_slice(struct jq_machine *jq, struct jq_value of, struct jq_value slice)
{
    size_t from, to, len;
    struct jq_bytes bytes = {0};
    if (of.type == JQ_STRING) {
        bytes = jq_string_bytes(jq, &of);
        len = 0;
        for (size_t i = 0; i < bytes.len; i++)
            len += !unicode_continues(bytes.at[i]);
    } else {
        len = jq_array_length(jq, &of);
    }
    bool good = jq_slice_bounds(jq, &slice, len, &from, &to);
    jq_drop(jq, slice);
    if (!good) {
        jq_drop(jq, of);
        return jq_fail_text(jq, "Start and end indices of an array slice must be numbers");
    }
    if (of.type == JQ_ARRAY)
        return jq_array_slice(jq, of, from, to);
    size_t start = bytes.len, end = bytes.len, count = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        if (unicode_continues(bytes.at[i]))
            continue;
        start = count == from ? i : start;
        end = count++ == to ? i : end;
    }
    struct jq_value piece = jq_string(jq, bytes.at + start, end > start ? end - start : 0);
    jq_drop(jq, of);
    return piece;
}

/* Where the items of one array begin in another. */
static struct jq_value find_array(struct jq_machine *jq, struct jq_value of, struct jq_value wanted)
{
    struct jq_value places = jq_array(jq, 4);
    size_t len = jq_array_length(jq, &of), count = jq_array_length(jq, &wanted);
    for (size_t i = 0; count > 0 && i + count <= len; i++) {
        size_t k = 0;
        while (k < count && jq_equal(jq, &of.array->items[i + k], &wanted.array->items[k]))
            k++;
        if (k == count)
            places = jq_array_add(jq, places, jq_int((int64_t)i));
    }
    jq_drop(jq, of);
    jq_drop(jq, wanted);
    return places;
}

struct jq_value jq_get(struct jq_machine *jq, struct jq_value of, struct jq_value key)
{
    if (of.type == JQ_OBJECT && key.type == JQ_STRING) {
        struct jq_value value = jq_object_get(jq, of, jq_string_bytes(jq, &key));
        jq_drop(jq, of);
        jq_drop(jq, key);
        return value.type == JQ_NONE ? jq_null() : value;
    }
    if (of.type == JQ_ARRAY && key.type == JQ_NUMBER)
        return get_index(jq, of, key);
    if ((of.type == JQ_ARRAY || of.type == JQ_STRING) && key.type == JQ_OBJECT)
        return get_slice(jq, of, key);
    if (of.type == JQ_ARRAY && key.type == JQ_ARRAY)
        return find_array(jq, of, key);
    if (of.type == JQ_NULL && (key.type == JQ_STRING || key.type == JQ_NUMBER || key.type == JQ_OBJECT)) {
        jq_drop(jq, key);
        return jq_null();
    }
    return fail_index(jq, of, key);
}

/* What the walk found for this path of the record, if it stands in the record's text. */
static bool from_slot(struct jq_machine *jq, struct jq_value of, const struct jq_node *field, struct jq_value *value)
{
    if (!jq->slots || of.form != JQ_TEXT || of.text != jq->record || of.len != jq->record_len || of.owner != 0)
        return false;
    struct span span = jq->slots[field->slot];
    if (span.type == SPAN_ABSENT || span.text < jq->record || span.text >= jq->record + jq->record_len)
        return false;
    static const uint8_t types[] = {JQ_NONE, JQ_NULL, JQ_FALSE, JQ_TRUE, JQ_NUMBER, JQ_STRING, JQ_ARRAY, JQ_OBJECT};
    *value = (struct jq_value){.type = types[span.type]};
    if (value->type >= JQ_NUMBER) {
        value->form = span.escaped && value->type == JQ_STRING ? JQ_ESCAPED : JQ_TEXT;
        value->text = span.text;
        value->len = (uint32_t)span.len;
    }
    return true;
}

struct jq_value jq_get_field(struct jq_machine *jq, struct jq_value of, const struct jq_node *field)
{
    if (of.type == JQ_OBJECT) {
        struct jq_value value = jq_object_get(jq, of, field->key);
        jq_drop(jq, of);
        return value.type == JQ_NONE ? jq_null() : value;
    }
    if (of.type == JQ_NULL)
        return of;
    return fail_index(jq, of, field->literal);
}

bool jq_record_field(struct jq_machine *jq, struct jq_value of, const struct jq_node *field, struct jq_value *value)
{
    return field->plain && from_slot(jq, of, field, value);
}

struct jq_value jq_slice_key(struct jq_machine *jq, struct jq_value from, struct jq_value to)
{
    struct jq_value key = jq_object_set_text(jq, jq_object(jq, 2), "start", from);
    return jq_object_set_text(jq, key, "end", to);
}

static struct jq_value set_index(struct jq_machine *jq, struct jq_value of, struct jq_value key, struct jq_value value)
{
    double number = floor(jq_to_double(&key));
    jq_drop(jq, key);
    if (of.type == JQ_NULL)
        of = jq_array(jq, 4);
    double len = (double)jq_array_length(jq, &of);
    const char *wrong = NULL;
    if (isnan(number))
        wrong = "Cannot set array element at NaN index";
    else if (number < -len)
        wrong = "Out of bounds negative array index";
    else if (number >= JQ_ARRAY_MAX)
        wrong = "Array index too large";
    if (wrong) {
        jq_drop(jq, of);
        jq_drop(jq, value);
        return jq_fail_text(jq, "%s", wrong);
    }
    size_t index = (size_t)(number < 0 ? number + len : number), have = (size_t)len;
    if (index > have && jq_ends_with(jq, (index - have) * sizeof(struct jq_value))) {
        jq_drop(jq, of);
        jq_drop(jq, value);
        return jq_none();
    }
    return jq_array_set(jq, of, index, value);
}

static struct jq_value set_slice(struct jq_machine *jq, struct jq_value of, struct jq_value slice,
                                 struct jq_value value)
{
    if (of.type == JQ_NULL)
        of = jq_array(jq, 4);
    size_t from = 0, to = 0, len = jq_array_length(jq, &of);
    const char *wrong = NULL;
    if (!jq_slice_bounds(jq, &slice, len, &from, &to))
        wrong = "Start and end indices of an array slice must be numbers";
    else if (value.type != JQ_ARRAY)
        wrong = "A slice of an array can only be assigned another array";
    jq_drop(jq, slice);
    if (wrong) {
        jq_drop(jq, of);
        jq_drop(jq, value);
        return jq_fail_text(jq, "%s", wrong);
    }
    size_t count = jq_array_length(jq, &value);
    struct jq_value made = jq_array(jq, len - (to - from) + count);
    for (size_t i = 0; i < from; i++)
        made = jq_array_add(jq, made, jq_keep(jq, of.array->items[i]));
    for (size_t i = 0; i < count; i++)
        made = jq_array_add(jq, made, jq_keep(jq, value.array->items[i]));
    for (size_t i = to; i < len; i++)
        made = jq_array_add(jq, made, jq_keep(jq, of.array->items[i]));
    jq_drop(jq, of);
    jq_drop(jq, value);
    return made;
}

struct jq_value jq_set(struct jq_machine *jq, struct jq_value of, struct jq_value key, struct jq_value value)
{
    if (key.type == JQ_STRING && (of.type == JQ_OBJECT || of.type == JQ_NULL))
        return jq_object_set(jq, of.type == JQ_NULL ? jq_object(jq, 4) : of, key, value);
    if (key.type == JQ_NUMBER && (of.type == JQ_ARRAY || of.type == JQ_NULL))
        return set_index(jq, of, key, value);
    if (key.type == JQ_OBJECT && (of.type == JQ_ARRAY || of.type == JQ_NULL))
        return set_slice(jq, of, key, value);
    jq_drop(jq, value);
    if (key.type == JQ_OBJECT && of.type == JQ_STRING) {
        jq_drop(jq, of);
        jq_drop(jq, key);
        return jq_fail_text(jq, "Cannot update string slices");
    }
    if (key.type == JQ_ARRAY && of.type == JQ_ARRAY) {
        jq_drop(jq, of);
        jq_drop(jq, key);
        return jq_fail_text(jq, "Cannot update field at array index of array");
    }
    if (key.type == JQ_OBJECT && of.type != JQ_OBJECT) {
        jq_fail_text(jq, "Cannot update field at object index of %s", jq_type_name(of));
        jq_drop(jq, of);
        jq_drop(jq, key);
        return jq_none();
    }
    return fail_index(jq, of, key);
}

struct jq_value jq_get_path(struct jq_machine *jq, struct jq_value of, struct jq_value *path)
{
    if (path->type != JQ_ARRAY) {
        jq_drop(jq, of);
        return jq_fail_text(jq, "Path must be specified as an array");
    }
    size_t len = jq_array_length(jq, path);
    for (size_t i = 0; i < len && of.type != JQ_NONE; i++) {
        if (of.type == JQ_NULL)
            return of;
        of = jq_get(jq, of, jq_keep(jq, path->array->items[i]));
    }
    return of;
}

/* Takes the part at key out of *of for a while, so that it is changed in place: null stands there. */
struct jq_value jq_take_part(struct jq_machine *jq, struct jq_value *of, struct jq_value *key)
{
    if (of->type == JQ_OBJECT && key->type == JQ_STRING) {
        *of = jq_object_own(jq, *of);
        uint32_t place = jq_object_find(jq, of->object, jq_string_bytes(jq, key));
        if (place == UINT32_MAX)
            return jq_null();
        struct jq_value part = of->object->members[place].value;
        of->object->members[place].value = jq_null();
        return part;
    }
    if (of->type == JQ_ARRAY && key->type == JQ_NUMBER) {
        double number = floor(jq_to_double(key)), len = (double)jq_array_length(jq, of);
        number += number < 0 ? len : 0;
        if (!(number >= 0 && number < len))
            return jq_null();
        *of = jq_array_own(jq, *of, 0);
        return jq_array_take(*of, (size_t)number);
    }
    return jq_get(jq, jq_keep(jq, *of), jq_keep(jq, *key));
}

static struct jq_value set_from(struct jq_machine *jq, struct jq_value of, struct jq_value *path, size_t at,
                                struct jq_value value)
{
    if (at == path->array->len) {
        jq_drop(jq, of);
        return value;
    }
    if (jq_deep(jq)) {
        jq_drop(jq, of);
        jq_drop(jq, value);
        return jq_none();
    }
    struct jq_value part = jq_take_part(jq, &of, &path->array->items[at]);
    if (part.type == JQ_NONE) {
        jq_drop(jq, of);
        jq_drop(jq, value);
        return part;
    }
    part = set_from(jq, part, path, at + 1, value);
    if (part.type == JQ_NONE) {
        jq_drop(jq, of);
        return part;
    }
    return jq_set(jq, of, jq_keep(jq, path->array->items[at]), part);
}

struct jq_value jq_set_path(struct jq_machine *jq, struct jq_value of, struct jq_value *path, struct jq_value value)
{
    if (path->type != JQ_ARRAY) {
        jq_drop(jq, of);
        jq_drop(jq, value);
        return jq_fail_text(jq, "Path must be specified as an array");
    }
    jq_array_length(jq, path);
    return set_from(jq, of, path, 0, value);
}

/* Without the part at one key. */
static struct jq_value delete_key(struct jq_machine *jq, struct jq_value of, struct jq_value key)
{
    if (of.type == JQ_NULL)
        return jq_drop(jq, key), of;
    if (of.type == JQ_OBJECT && key.type == JQ_STRING) {
        of = jq_object_delete(jq, of, jq_string_bytes(jq, &key));
        jq_drop(jq, key);
        return of;
    }
    size_t from = 0, to = 0;
    if (of.type == JQ_ARRAY && key.type == JQ_NUMBER) {
        double number = floor(jq_to_double(&key)), len = (double)jq_array_length(jq, &of);
        number += number < 0 ? len : 0;
        jq_drop(jq, key);
        if (!(number >= 0 && number < len))
            return of;
        from = (size_t)number;
        to = from + 1;
    } else if (of.type == JQ_ARRAY && key.type == JQ_OBJECT) {
        bool good = jq_slice_bounds(jq, &key, jq_array_length(jq, &of), &from, &to);
        jq_drop(jq, key);
        if (!good)
            return jq_drop(jq, of), jq_fail_text(jq, "Start and end indices of an array slice must be numbers");
    } else {
        if (key.type == JQ_STRING || of.type == JQ_OBJECT)
            jq_fail_text(jq, "Cannot delete field at %s index of %s",
                         of.type == JQ_OBJECT ? jq_type_name(key) : "object", jq_type_name(of));
        else
            jq_fail_text(jq, "Cannot delete fields from %s", jq_type_name(of));
        jq_drop(jq, key);
        jq_drop(jq, of);
        return jq_none();
    }
    of = jq_array_own(jq, of, 0);
    for (size_t i = from; i < to; i++)
        jq_drop(jq, of.array->items[i]);
    memmove(of.array->items + from, of.array->items + to, (of.array->len - to) * sizeof *of.array->items);
    of.array->len -= to - from;
    return of;
}

static struct jq_value delete_from(struct jq_machine *jq, struct jq_value of, struct jq_value *path, size_t at)
{
    if (of.type == JQ_NULL || jq_deep(jq))
        return of;
    if (at + 1 == path->array->len)
        return delete_key(jq, of, jq_keep(jq, path->array->items[at]));
    struct jq_value *key = &path->array->items[at];
    struct jq_value part = jq_get(jq, jq_keep(jq, of), jq_keep(jq, *key));
    if (part.type == JQ_NONE)
        return jq_drop(jq, of), part;
    if (part.type == JQ_NULL)
        return of;
    jq_drop(jq, part);
    part = delete_from(jq, jq_take_part(jq, &of, key), path, at + 1);
    if (part.type == JQ_NONE)
        return jq_drop(jq, of), part;
    return jq_set(jq, of, jq_keep(jq, *key), part);
}

struct jq_value jq_delete_paths(struct jq_machine *jq, struct jq_value of, struct jq_value paths)
{
    if (paths.type != JQ_ARRAY) {
        jq_drop(jq, of);
        jq_drop(jq, paths);
        return jq_fail_text(jq, "Paths must be specified as an array");
    }
    size_t count = jq_array_length(jq, &paths);
    struct jq_keyed *sorted = mem_resize(NULL, count + 1, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct jq_keyed){.key = jq_keep(jq, paths.array->items[i])};
    jq_sort(jq, sorted, count);
    for (size_t i = count; i-- > 0 && of.type != JQ_NONE;) {
        struct jq_value *path = &sorted[i].key;
        if (path->type != JQ_ARRAY) {
            jq_drop(jq, of);
            of = jq_fail_text(jq, "Path must be specified as an array");
        } else if (jq_array_length(jq, path) == 0) {
            jq_drop(jq, of);
            of = jq_null();
        } else {
            of = delete_from(jq, of, path, 0);
        }
    }
    for (size_t i = 0; i < count; i++)
        jq_drop(jq, sorted[i].key);
    free(sorted);
    jq_drop(jq, paths);
    return of;
}

bool jq_path_add(struct jq_machine *jq, struct jq_value *path, struct jq_value key, struct jq_value of)
{
    if (path->type == JQ_ARRAY) {
        *path = jq_array_add(jq, *path, key);
        return true;
    }
    char shown[JQ_SHOWN_MAX + 1], with[JQ_SHOWN_MAX + 1];
    jq_show(jq, of, shown);
    if (key.type == JQ_NONE) {
        jq_fail_text(jq, "Invalid path expression near attempt to iterate through %s", shown);
        return false;
    }
    jq_show(jq, key, with);
    jq_drop(jq, key);
    jq_fail_text(jq, "Invalid path expression near attempt to access element %s of %s", with, shown);
    return false;
}

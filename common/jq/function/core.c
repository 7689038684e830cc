/* Functions of any value: errors, types, paths, inputs, streams of text. */
#include <math.h>
#include <stdlib.h>

#include "jq/function/function_inner.h"
#include "base/unicode.h"

static struct jq_value not_function(struct jq_machine *jq, struct jq_value *arguments)
{
    bool truth = jq_truth(arguments[0]);
    jq_drop(jq, arguments[0]);
    return jq_bool(!truth);
}

static struct jq_value error_input(struct jq_machine *jq, struct jq_value *arguments)
{
    return jq_fail(jq, arguments[0]);
}

static struct jq_value error_value(struct jq_machine *jq, struct jq_value *arguments)
{
    jq_drop(jq, arguments[0]);
    return jq_fail(jq, arguments[1]);
}

static struct jq_value type_function(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value name = jq_string_text(jq, jq_type_name(arguments[0]));
    jq_drop(jq, arguments[0]);
    return name;
}

static struct jq_value tojson(struct jq_machine *jq, struct jq_value *arguments)
{
    jq->spare.len = 0;
    jq_write_again(jq, arguments[0], &jq->spare);
    jq_drop(jq, arguments[0]);
    return jq_string_buffer(jq, &jq->spare);
}

struct jq_value jq_to_string(struct jq_machine *jq, struct jq_value value)
{
    return value.type == JQ_STRING ? value : tojson(jq, &value);
}

static struct jq_value tostring(struct jq_machine *jq, struct jq_value *arguments)
{
    return jq_to_string(jq, arguments[0]);
}

static struct jq_value fromjson(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type != JQ_STRING)
        return jq_fail_value(jq, arguments[0], "only strings can be parsed");
    struct jq_bytes bytes = jq_string_bytes(jq, &arguments[0]);
    const char *message;
    size_t at;
    struct jq_value value = jq_parse(jq, bytes.at, bytes.len, &message, &at);
    if (value.type == JQ_NONE)
        jq_fail_text(jq, "%s at byte %zu (while parsing '%.*s')", message, at + 1,
                     (int)(bytes.len < 200 ? bytes.len : 200), bytes.at);
    jq_drop(jq, arguments[0]);
    return value;
}

/* Whether text is a number as jq's tonumber takes it: JSON's, also .5, 1., 01, nan. */
static bool number_text(const char *text, size_t len)
{
    const char *at = text, *end = text + len;
    size_t digits = 0;
    at += at < end && *at == '-';
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        digits++;
    at += at < end && *at == '.';
    for (; at < end && *at >= '0' && *at <= '9'; at++)
        digits++;
    if (digits > 0 && at < end && (*at == 'e' || *at == 'E')) {
        at++;
        at += at < end && (*at == '-' || *at == '+');
        const char *first = at;
        while (at < end && *at >= '0' && *at <= '9')
            at++;
        if (at == first)
            return false;
    }
    return digits > 0 && at == end;
}

static struct jq_value tonumber(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type == JQ_NUMBER)
        return arguments[0];
    if (arguments[0].type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, &arguments[0]);
        struct jq_value number = jq_none();
        if (bytes.len == 3 && memcmp(bytes.at, "nan", 3) == 0)
            number = jq_double(nan(""));
        else if (number_text(bytes.at, bytes.len))
            number = jq_number_parse(jq, bytes.at, bytes.len);
        if (number.type != JQ_NONE) {
            jq_drop(jq, arguments[0]);
            return number;
        }
    }
    return jq_fail_value(jq, arguments[0], "cannot be parsed as a number");
}

static struct jq_value toboolean(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = arguments[0];
    if (value.type == JQ_TRUE || value.type == JQ_FALSE)
        return value;
    if (value.type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, &value);
        bool truth = bytes.len == 4 && memcmp(bytes.at, "true", 4) == 0;
        if (truth || (bytes.len == 5 && memcmp(bytes.at, "false", 5) == 0)) {
            jq_drop(jq, value);
            return jq_bool(truth);
        }
    }
    return jq_fail_value(jq, value, "cannot be parsed as a boolean");
}

static struct jq_value length(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = arguments[0];
    int64_t count = 0;
    switch (value.type) {
    case JQ_NULL:
        return jq_int(0);
    case JQ_NUMBER:
        value = jq_settle(jq, value);
        return jq_to_double(&value) < 0 ? jq_number_negate(jq, value) : value;
    case JQ_STRING: {
        struct jq_bytes bytes = jq_string_bytes(jq, &value);
        for (size_t i = 0; i < bytes.len; i++)
            count += !unicode_continues(bytes.at[i]);
        break;
    }
    case JQ_ARRAY:
        if (value.form == JQ_TEXT) {
            count = (int64_t)jq_text_length(jq, value);
        } else {
            count = (int64_t)value.array->len;
        }
        break;
    case JQ_OBJECT:
        count = (int64_t)jq_object_length(jq, &value);
        break;
    default:
        return jq_fail_value(jq, value, "has no length");
    }
    jq_drop(jq, value);
    return jq_int(count);
}

static struct jq_value utf8bytelength(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type != JQ_STRING)
        return jq_fail_value(jq, arguments[0], "only strings have UTF-8 byte length");
    size_t len = jq_string_bytes(jq, &arguments[0]).len;
    jq_drop(jq, arguments[0]);
    return jq_int((int64_t)len);
}

static struct jq_value getpath(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = jq_get_path(jq, arguments[0], &arguments[1]);
    jq_drop(jq, arguments[1]);
    return value;
}

static struct jq_value setpath(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value value = jq_set_path(jq, arguments[0], &arguments[1], arguments[2]);
    jq_drop(jq, arguments[1]);
    return value;
}

static struct jq_value delpaths(struct jq_machine *jq, struct jq_value *arguments)
{
    return jq_delete_paths(jq, arguments[0], arguments[1]);
}

static struct jq_value toarray(struct jq_machine *jq, struct jq_value *arguments)
{
    return arguments[0].type == JQ_ARRAY ? arguments[0] : jq_array_add(jq, jq_array(jq, 1), arguments[0]);
}

static bool contains_value(struct jq_machine *jq, struct jq_value *a, struct jq_value *b);

static bool contains_object(struct jq_machine *jq, struct jq_value *a, struct jq_value *b)
{
    jq_object_length(jq, a);
    jq_object_length(jq, b);
    for (uint32_t i = 0; i < b->object->len; i++) {
        struct jq_member *member = &b->object->members[i];
        uint32_t place = jq_object_find(jq, a->object, jq_string_bytes(jq, &member->key));
        if (place == UINT32_MAX || !contains_value(jq, &a->object->members[place].value, &member->value))
            return false;
    }
    return true;
}

static bool contains_array(struct jq_machine *jq, struct jq_value *a, struct jq_value *b)
{
    size_t len = jq_array_length(jq, a), count = jq_array_length(jq, b);
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < len && !contains_value(jq, &a->array->items[k], &b->array->items[i]))
            k++;
        if (k == len)
            return false;
    }
    return true;
}

static bool contains_value(struct jq_machine *jq, struct jq_value *a, struct jq_value *b)
{
    if (a->type != b->type || jq_deep(jq) || jq_ends(jq))
        return false;
    if (a->type == JQ_OBJECT)
        return contains_object(jq, a, b);
    if (a->type == JQ_ARRAY)
        return contains_array(jq, a, b);
    if (a->type == JQ_STRING) {
        struct jq_bytes x = jq_string_bytes(jq, a), y = jq_string_bytes(jq, b);
        return y.len == 0 || memmem(x.at, x.len, y.at, y.len) != NULL;
    }
    return jq_equal(jq, a, b);
}

static struct jq_value contains(struct jq_machine *jq, struct jq_value *arguments)
{
    if (arguments[0].type != arguments[1].type)
        return jq_fail_values(jq, arguments[0], arguments[1], "cannot have their containment checked");
    bool is = contains_value(jq, &arguments[0], &arguments[1]);
    jq_drop_all(jq, arguments, 1);
    return jq->ending == JQ_GOES_ON ? jq_bool(is) : jq_none();
}

static struct jq_value format(struct jq_machine *jq, struct jq_value *arguments)
{
    enum jq_format known = JQ_FORMAT_NONE;
    if (arguments[1].type == JQ_STRING) {
        struct jq_bytes bytes = jq_string_bytes(jq, &arguments[1]);
        known = jq_format_named(bytes.at, bytes.len);
        if (known == JQ_FORMAT_NONE)
            jq_fail_text(jq, "%.*s is not a valid format", (int)(bytes.len < 100 ? bytes.len : 100), bytes.at);
    } else {
        jq_fail_value(jq, jq_keep(jq, arguments[1]), "is not a valid format");
    }
    jq_drop(jq, arguments[1]);
    if (known != JQ_FORMAT_NONE)
        return jq_format(jq, known, arguments[0]);
    jq_drop(jq, arguments[0]);
    return jq_none();
}

static struct jq_value have(struct jq_machine *jq, struct jq_value *arguments)
{
    jq_drop(jq, arguments[0]);
    return jq_bool(true);
}

static struct jq_value builtins(struct jq_machine *jq, struct jq_value *arguments)
{
    struct jq_value list = jq_array(jq, 256);
    for (size_t i = 0; jq_native_row(i); i++)
        if (jq_native_row(i)->name[0] != '_')
            list =
                jq_array_add(jq, list, jq_string_format(jq, "%s/%u", jq_native_row(i)->name, jq_native_row(i)->arity));
    jq_drop(jq, arguments[0]);
    return list;
}

#define ROW(name, arity, call, description, example)                                                                   \
    {                                                                                                                  \
        name, arity, JQ_BY_VALUE, call, NULL, description, example                                                     \
    }
const struct jq_native jq_core_functions[] = {
    ROW("not", 0, not_function, "false for what is true, true for false and null", "true | not"),
    ROW("error", 0, error_input, "ends with the input as the error", "try error catch ."),
    ROW("error", 1, error_value, "ends with this error", "try error(\"x\") catch ."),
    ROW("type", 0, type_function, "the type's name", "type"),
    ROW("tojson", 0, tojson, "the value as JSON text", "[1] | tojson"),
    ROW("fromjson", 0, fromjson, "the value of a JSON text", "\"[1]\" | fromjson"),
    ROW("tostring", 0, tostring, "a string as it is, other values as JSON text", "[1] | tostring"),
    ROW("tonumber", 0, tonumber, "the number that a string is", "\"12\" | tonumber"),
    ROW("toboolean", 0, toboolean, "the boolean that a string is", "\"true\" | toboolean"),
    ROW("length", 0, length, "characters, items, members; a number without its sign; 0 of null", "length"),
    ROW("utf8bytelength", 0, utf8bytelength, "bytes of a string", "\"\\u00e9\" | utf8bytelength"),
    ROW("getpath", 1, getpath, "what is at a path, or null", "getpath([\"a\", 0])"),
    ROW("setpath", 2, setpath, "the input with a value at a path", "null | setpath([\"a\"]; 1)"),
    ROW("delpaths", 1, delpaths, "the input without what is at these paths", "{\"a\": 1} | delpaths([[\"a\"]])"),
    ROW("toarray", 0, toarray, "an array as it is, other values in one", "1 | toarray"),
    ROW("contains", 1, contains, "whether all of it is in the input", "[\"foobar\"] | contains([\"bar\"])"),
    ROW("format", 1, format, "the input through a format", "[1, 2] | format(\"csv\")"),
    ROW("have_literal_numbers", 0, have, "true: numbers keep their text until they are computed with",
        "have_literal_numbers"),
    ROW("have_decnum", 0, have, "true: whole numbers do not lose digits", "have_decnum"),
    ROW("builtins", 0, builtins, "the names of all functions", "builtins | length > 100"),
    {0},
};

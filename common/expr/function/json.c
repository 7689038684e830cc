/* Functions of JSON text, and structs. */
#include <stdlib.h>

#include "expr/function/from_json_inner.h"
#include "expr/function/function.h"
#include "expr/function/options_inner.h"
#include "expr/node.h"
#include "expr/parse_inner.h"
#include "json/json.h"
#include "value/nested.h"

static struct value named_struct(struct call *call, const struct value *args, size_t count)
{
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "{", 1);
    for (size_t i = 0; i + 1 < count; i += 2) {
        struct value name = cast_string(&args[i], call->arena);
        if (name.type == VALUE_NULL)
            return name;
        nested_add_key(&text, &name);
        nested_add_value(&text, &args[i + 1]);
    }
    return nested_finish(&text, VALUE_STRUCT);
}

/* Valid JSON, without the white space around; false if it is none. */
static bool json_span(const struct value *text, struct span *span)
{
    size_t at;
    const char *message;
    if (!json_check(text->text, text->len, &at, &message))
        return false;
    *span = json_value_trim(text->text, text->len);
    return true;
}

/* Steps behind $: .name ['name'] [n] [*], and .*, which leads nowhere in Spark; what they lead to is added to
 * `found`. */
struct json_path {
    const char *at, *end;
};

enum { STEP_END, STEP_NAME, STEP_INDEX, STEP_ALL, STEP_MEMBERS, STEP_WRONG };

static int next_step(struct json_path *path, struct value *name, uint64_t *index)
{
    const char *at = path->at, *end = path->end;
    if (at == end)
        return STEP_END;
    if (*at == '.') {
        const char *start = ++at;
        while (at < end && *at != '.' && *at != '[')
            at++;
        path->at = at;
        *name = value_string(start, (size_t)(at - start));
        if (name->len == 1 && *start == '*')
            return STEP_MEMBERS;
        return name->len > 0 ? STEP_NAME : STEP_WRONG;
    }
    const char *close = *at == '[' ? memchr(at, ']', (size_t)(end - at)) : NULL;
    if (!close)
        return STEP_WRONG;
    at++;
    path->at = close + 1;
    if (*at == '\'') {
        const char *quote = memchr(at + 1, '\'', (size_t)(end - at - 1));
        if (!quote || quote + 1 >= end || quote[1] != ']')
            return STEP_WRONG;
        *name = value_string(at + 1, (size_t)(quote - at - 1));
        path->at = quote + 2;
        return STEP_NAME;
    }
    if (*at == '*' && close == at + 1)
        return STEP_ALL;
    *index = 0;
    if (at == close)
        return STEP_WRONG;
    for (; at < close; at++) {
        if (*at < '0' || *at > '9' || *index > INT32_MAX)
            return STEP_WRONG;
        *index = *index * 10 + (uint64_t)(*at - '0');
    }
    return STEP_INDEX;
}

/* Spans that a path with [*] leads to. */
struct found {
    struct span *spans;
    size_t count, cap;
    struct arena *arena;
};

static void add_found(struct found *found, struct span span)
{
    if (found->count == found->cap) {
        size_t cap = found->cap ? 2 * found->cap : 4;
        struct span *spans = arena_alloc(found->arena, cap * sizeof *spans);
        if (found->count > 0)
            memcpy(spans, found->spans, found->count * sizeof *spans);
        found->spans = spans;
        found->cap = cap;
    }
    found->spans[found->count++] = span;
}

static struct span member_of(const struct value *object, const struct value *name)
{
    return json_cursor_find(nested_cursor(object), name->text, name->len, NULL);
}

/* Goes on from span along path; *all is set when it passes a [*]. False: the path is wrong. */
static bool follow(struct span span, struct json_path path, struct found *found, bool *all, unsigned depth)
{
    struct value name, container = {.text = span.text, .len = span.len};
    struct span element;
    uint64_t index = 0;
    enum { STEPS_MAX = 1000 };
    if (depth > STEPS_MAX)
        return false;
    int step = next_step(&path, &name, &index);
    switch (step) {
    case STEP_END:
        if (span.type != SPAN_ABSENT && (span.type != SPAN_NULL || depth == 0))
            add_found(found, span);
        return true;
    case STEP_NAME:
        if (span.type == SPAN_OBJECT)
            return follow(member_of(&container, &name), path, found, all, depth + 1);
        if (span.type == SPAN_ARRAY && *all) { /* behind [*] names reach through arrays */
            struct json_cursor cursor = nested_cursor(&container);
            while (json_cursor_next(&cursor, &element))
                if (element.type == SPAN_OBJECT) {
                    struct value object = {.text = element.text, .len = element.len};
                    follow(member_of(&object, &name), path, found, all, depth + 1);
                }
        }
        return true;
    case STEP_INDEX:
    case STEP_ALL: {
        bool every = step == STEP_ALL;
        *all |= every;
        if (span.type != SPAN_ARRAY)
            return true;
        struct json_cursor cursor = nested_cursor(&container);
        for (uint64_t i = 0; json_cursor_next(&cursor, &element); i++)
            if ((every || i == index) && !follow(element, path, found, all, depth + 1))
                return false;
        return true;
    }
    case STEP_MEMBERS:
        return true;
    default: /* STEP_WRONG */
        return false;
    }
}

static struct value as_text(struct span span, struct arena *arena)
{
    struct value value = value_from_span(span, arena);
    if (value.type == VALUE_NULL)
        return value_string("null", 4);
    if (value.as_written)
        return value_string(value.text, value.len);
    return cast_string(&value, arena);
}

/* $.a.b[0]: a string without its quotes, anything else as JSON; null when there is nothing. */
static struct value get_json_object(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct span root;
    struct found found = {.arena = call->arena};
    bool all = false;
    struct json_path path = {.at = args[1].text, .end = args[1].text + args[1].len};
    if (path.at == path.end || *path.at != '$' || !json_span(&args[0], &root))
        return value_null();
    path.at++;
    if (!follow(root, path, &found, &all, 0) || found.count == 0)
        return value_null();
    if (found.count == 1 && !all)
        return as_text(found.spans[0], call->arena);
    struct nested_text text = {.arena = call->arena};
    if (found.count == 1) { /* one match of [*] stands alone, as JSON */
        struct value only = value_from_span(found.spans[0], call->arena);
        nested_add_value(&text, &only);
        return value_string(text.data, text.len);
    }
    nested_add(&text, "[", 1);
    for (size_t i = 0; i < found.count; i++) {
        struct value value = value_from_span(found.spans[i], call->arena);
        nested_add_value(&text, &value);
    }
    nested_add(&text, "]", 1);
    return value_string(text.data, text.len);
}

/* The object's member of that name, as get_json_object gives it. */
static struct value json_tuple(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct span root;
    if (!json_span(&args[0], &root) || root.type != SPAN_OBJECT)
        return value_null();
    struct value object = {.type = VALUE_STRUCT, .text = root.text, .len = root.len};
    struct span member = member_of(&object, &args[1]);
    if (member.type == SPAN_ABSENT || member.type == SPAN_NULL)
        return value_null();
    struct value value = value_from_span(member, call->arena);
    return value.type == VALUE_DOUBLE ? cast_string(&value, call->arena) : as_text(member, call->arena);
}

/* Spark leaves members that are null out of structs, not out of maps (spark.sql.jsonGenerator.ignoreNullFields). */
static void add_without_nulls(struct nested_text *text, struct span span, const struct nested_type *type)
{
    if (span.type != SPAN_OBJECT && span.type != SPAN_ARRAY) {
        nested_add(text, span.text, span.len);
        return;
    }
    bool object = span.type == SPAN_OBJECT, any = false;
    struct value container = {.text = span.text, .len = span.len, .of = type};
    container.type = object ? VALUE_STRUCT : VALUE_ARRAY;
    if (type && type->type != (unsigned char)container.type)
        container.of = NULL;
    bool map = nested_is_map(&container);
    struct json_cursor cursor = nested_cursor(&container);
    struct span key, element;
    nested_add(text, object ? "{" : "[", 1);
    for (size_t number = 0; object ? json_cursor_member(&cursor, &key, &element) : json_cursor_next(&cursor, &element);
         number++) {
        if (object && !map && element.type == SPAN_NULL)
            continue;
        if (any)
            nested_add(text, ",", 1);
        any = true;
        if (object) {
            nested_add(text, key.text, key.len);
            nested_add(text, ":", 1);
        }
        add_without_nulls(text, element, nested_type_at(&container, number));
    }
    nested_add(text, object ? "}" : "]", 1);
}

static void take_option(void *into, const struct value *name, const struct value *value, struct arena *arena,
                        const char **wrong)
{
    (void)arena;
    bool *nulls = into;
    if (function_option_is(name, "ignoreNullFields"))
        *nulls = function_option_is(value, "false");
    else
        *wrong = "there is one option, ignoreNullFields";
}

/* Of Spark's options of its JSON writer those that have a meaning here. */
static const void *prepare_to_json(struct arena *arena, const struct value *const *args, size_t count,
                                   const char **wrong)
{
    static const bool keep = true;
    bool nulls = false;
    return count > 1 && function_options(args[1], arena, take_option, &nulls, wrong) && nulls ? &keep : NULL;
}

static struct value to_json(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct nested_text text = {.arena = call->arena};
    if (call->prepared) {
        nested_add_value(&text, &args[0]);
        return value_string(text.data, text.len);
    }
    if (args[0].type == VALUE_ARRAY || args[0].type == VALUE_STRUCT) {
        struct span span = {.text = args[0].text, .len = args[0].len,
                            .type = args[0].type == VALUE_ARRAY ? SPAN_ARRAY : SPAN_OBJECT};
        add_without_nulls(&text, span, args[0].of);
    } else {
        nested_add_value(&text, &args[0]);
    }
    return value_string(text.data, text.len);
}

/* JSON text as the value it is, null when it is none; with a schema as that says. */
static struct value from_json(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct span root;
    if (call->prepared)
        return from_json_typed(call, &args[0]);
    return json_span(&args[0], &root) ? value_from_span(root, call->arena) : value_null();
}

static struct value json_array_length(struct call *call, const struct value *args, size_t count)
{
    (void)call, (void)count;
    struct span root;
    if (!json_span(&args[0], &root) || root.type != SPAN_ARRAY)
        return value_null();
    struct value array = {.type = VALUE_ARRAY, .text = root.text, .len = root.len};
    return value_int((int64_t)nested_count(&array));
}

static struct value json_object_keys(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct span root, key, element;
    if (!json_span(&args[0], &root) || root.type != SPAN_OBJECT)
        return value_null();
    struct value object = {.type = VALUE_STRUCT, .text = root.text, .len = root.len};
    struct json_cursor cursor = nested_cursor(&object);
    struct nested_text text = {.arena = call->arena};
    nested_add(&text, "[", 1);
    while (json_cursor_member(&cursor, &key, &element)) {
        struct value name = value_from_span(key, call->arena);
        nested_add_value(&text, &name);
    }
    return nested_finish(&text, VALUE_ARRAY);
}

/* struct(a, b as name, …): each argument becomes a name and a value, as named_struct takes them. */
static struct expr *parse_struct_call(struct parser *parser, const struct function *function, size_t offset,
                                      struct expr_list *first)
{
    (void)function, (void)first;
    return expr_parse_struct(parser, offset);
}

/* Several names are several columns: only aflatten's list reads them. */
static struct expr *parse_one_of_tuple(struct parser *parser, const struct function *function, size_t offset,
                                       struct expr_list *first)
{
    (void)first;
    struct expr_list list = {0};
    expr_parse_arguments(parser, &list);
    if (list.count > 2)
        expr_parse_fail(parser, offset, "json_tuple of several names is columns of aflatten; here one call a name");
    expr_check_counts(parser, "json_tuple", offset, list.count, 2, 2);
    return expr_build_call(parser, function, "json_tuple", offset, list.items, list.count);
}

const struct function functions_json[] = {
    {{"named_struct", NULL, "name, x, ...", "Struct; nulls are members", "Of names and values",
      "named_struct('a', 1, 'b', 'x') => {\"a\":1,\"b\":\"x\"}"},
     "x*", .run = named_struct, .sees_null = true},
    {{"struct", NULL, "x[ as name], ...", "Struct; nulls are members",
      "A member of each argument, called by its path's last name, or col1, col2 and so on; struct(*) is the record, "
      "struct(a.*) what a is",
      "struct(1 as a, 'x') => {\"a\":1,\"col2\":\"x\"}"},
     "x*", .run = named_struct, .sees_null = true, .parse = parse_struct_call},
    {{"get_json_object", NULL, "s, path", "String; also null if nothing is there",
      "The value at $.a.b[0] of JSON text", "get_json_object('{\"a\":{\"b\":[1,2]}}', '$.a.b[1]') => 2"},
     "ss", .run = get_json_object},
    {{"json_tuple", NULL, "s, name[, name, ...]", "String; also null if there is no such member",
      "The member of JSON text; as a column of aflatten with several names as many columns, c0, c1 and so on or as "
      "(x, y, ...)", "json_tuple('{\"a\":1,\"b\":[2]}', 'b') => [2]"},
     "ss", .run = json_tuple, .parse = parse_one_of_tuple},
    {{"to_json", NULL, "x[, options]", "String",
      "An array, struct or map as JSON text, without the members of structs that are null but with "
      "map('ignoreNullFields', 'false')",
      "to_json(named_struct('a', 1, 'b', null)) => {\"a\":1}"},
     "x|x", .run = to_json, .prepare = prepare_to_json},
    {{"from_json", NULL, "s[, schema[, options]]", "Any; without a schema also null if s is no JSON",
      "JSON text as a value of a schema, a literal such as 'a int, b array<date>': what is of another type is null. "
      "Options, map('mode', 'FAILFAST'): mode, dateFormat, timestampFormat, allowSingleQuotes, "
      "allowNonNumericNumbers, primitivesAsString, columnNameOfCorruptRecord",
      "size(from_json('[1,2]', 'array<int>')) => 2\n"
      "from_json('{\"a\":1,\"b\":\"x\",\"c\":2}', 'a string, b int') => {\"a\":\"1\",\"b\":null}"},
     "s|sx", .run = from_json, .prepare = from_json_prepare},
    {{"json_array_length", NULL, "s", "Int; also null if s is no array", "", "json_array_length('[1,2,3]') => 3"},
     "s", .run = json_array_length},
    {{"json_object_keys", NULL, "s", "Array; also null if s is no object", "",
      "json_object_keys('{\"a\":1,\"b\":2}') => [\"a\",\"b\"]"},
     "s", .run = json_object_keys},
    {.takes = NULL},
};

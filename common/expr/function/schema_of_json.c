/* schema_of_json: the schema that Spark's reader finds in one JSON text, as DDL. */
#include <stdlib.h>

#include "base/text.h"
#include "expr/function/function.h"
#include "expr/function/options_inner.h"
#include "expr/node.h"
#include "json/json.h"
#include "json/path.h"
#include "value/nested.h"

enum kind { KIND_NULL, KIND_BOOLEAN, KIND_LONG, KIND_DECIMAL, KIND_DOUBLE, KIND_STRING, KIND_ARRAY, KIND_STRUCT };

struct found;
struct found_member {
    struct value name;
    struct found *type;
};

struct found {
    enum kind kind;
    int whole, scale; /* DECIMAL: digits in front of the point and behind it */
    struct found *element;
    struct found_member *members; /* by name */
    size_t member_count;
};

struct inferring {
    struct arena *arena;
    bool strings, decimals; /* primitivesAsString, prefersDecimal */
};

enum { INFER_DEPTH_MAX = 500 };

static struct found *make(const struct inferring *inferring, enum kind kind)
{
    struct found *found = arena_alloc(inferring->arena, sizeof *found);
    *found = (struct found){.kind = kind};
    return found;
}

static struct found *merge(const struct inferring *inferring, struct found *a, struct found *b);

/* The members of both, which are ordered by their names. */
static struct found *merge_structs(const struct inferring *inferring, const struct found *a, const struct found *b)
{
    struct found *both = make(inferring, KIND_STRUCT);
    both->members = arena_alloc(inferring->arena, (a->member_count + b->member_count + 1) * sizeof *both->members);
    size_t i = 0, k = 0;
    while (i < a->member_count || k < b->member_count) {
        int order = i == a->member_count   ? 1
                    : k == b->member_count ? -1
                                           : value_compare(&a->members[i].name, &b->members[k].name, false);
        struct found_member *member = &both->members[both->member_count++];
        *member = order <= 0 ? a->members[i] : b->members[k];
        if (order == 0)
            member->type = merge(inferring, a->members[i].type, b->members[k].type);
        i += order <= 0;
        k += order >= 0;
    }
    return both;
}

static struct found *merge(const struct inferring *inferring, struct found *a, struct found *b)
{
    enum { LONG_DIGITS = 20 };
    if (a->kind == KIND_NULL || b->kind == KIND_NULL)
        return a->kind == KIND_NULL ? b : a;
    if (a->kind == KIND_STRUCT && b->kind == KIND_STRUCT)
        return merge_structs(inferring, a, b);
    if (a->kind == KIND_ARRAY && b->kind == KIND_ARRAY) {
        struct found *both = make(inferring, KIND_ARRAY);
        both->element = merge(inferring, a->element, b->element);
        return both;
    }
    bool numbers = a->kind >= KIND_LONG && a->kind <= KIND_DOUBLE && b->kind >= KIND_LONG && b->kind <= KIND_DOUBLE;
    if (numbers && (a->kind == KIND_DOUBLE || b->kind == KIND_DOUBLE))
        return make(inferring, KIND_DOUBLE);
    if (numbers && a->kind != b->kind) { /* the digits of a long stand for it */
        struct found *decimal = a->kind == KIND_DECIMAL ? a : b, *both = make(inferring, KIND_DECIMAL);
        both->scale = decimal->scale;
        both->whole = decimal->whole > LONG_DIGITS ? decimal->whole : LONG_DIGITS;
        return both->whole + both->scale > DECIMAL_DIGITS_MAX ? make(inferring, KIND_DOUBLE) : both;
    }
    if (a->kind == KIND_DECIMAL && b->kind == KIND_DECIMAL) {
        struct found *both = make(inferring, KIND_DECIMAL);
        both->scale = a->scale > b->scale ? a->scale : b->scale;
        both->whole = a->whole > b->whole ? a->whole : b->whole;
        return both->whole + both->scale > DECIMAL_DIGITS_MAX ? make(inferring, KIND_DOUBLE) : both;
    }
    return a->kind == b->kind ? a : make(inferring, KIND_STRING);
}

static struct found *number_found(const struct inferring *inferring, struct span span)
{
    struct value number = value_from_span(span, inferring->arena);
    struct decimal decimal;
    bool too_long = false;
    if (number.type == VALUE_LONG)
        return make(inferring, KIND_LONG);
    bool exact = decimal_parse(span.text, span.len, &decimal, &too_long);
    if ((number.type == VALUE_DECIMAL || inferring->decimals) && exact) {
        struct found *found = make(inferring, KIND_DECIMAL);
        found->scale = decimal.scale;
        int digits = (int)decimal_digits(decimal.unscaled);
        found->whole = digits > decimal.scale ? digits - decimal.scale : 0;
        return found;
    }
    return make(inferring, KIND_DOUBLE);
}

static struct found *infer(const struct inferring *inferring, struct span span, unsigned depth);

static struct found *infer_struct(const struct inferring *inferring, const struct value *object, unsigned depth)
{
    struct nested_member *members;
    struct found *found = make(inferring, KIND_STRUCT);
    found->member_count = nested_sorted(object, inferring->arena, &members);
    found->members = arena_alloc(inferring->arena, (found->member_count + 1) * sizeof *found->members);
    for (size_t i = 0; i < found->member_count; i++)
        found->members[i] = (struct found_member){value_string(members[i].key.text, members[i].key.len),
                                                  infer(inferring, members[i].value, depth + 1)};
    return found;
}

static struct found *infer(const struct inferring *inferring, struct span span, unsigned depth)
{
    struct value container = {.text = span.text, .len = span.len, .spaced = true};
    if (depth > INFER_DEPTH_MAX)
        return make(inferring, KIND_STRING);
    if (span.type == SPAN_OBJECT) {
        container.type = VALUE_STRUCT;
        return infer_struct(inferring, &container, depth);
    }
    if (span.type == SPAN_ARRAY) {
        struct found *found = make(inferring, KIND_ARRAY);
        struct json_cursor cursor = json_cursor_into(span);
        struct span element;
        found->element = make(inferring, KIND_NULL);
        while (json_cursor_next(&cursor, &element))
            found->element = merge(inferring, found->element, infer(inferring, element, depth + 1));
        return found;
    }
    if (span.type == SPAN_NULL)
        return make(inferring, KIND_NULL);
    if (inferring->strings || span.type == SPAN_STRING)
        return make(inferring, KIND_STRING);
    return span.type == SPAN_NUMBER ? number_found(inferring, span) : make(inferring, KIND_BOOLEAN);
}

/* In backticks unless it is a word. */
static void write_member_name(const struct value *name, struct buffer *into)
{
    bool word = name->len > 0 && !text_is_digit(name->text[0]);
    for (size_t i = 0; i < name->len; i++)
        word = word && (text_digit(name->text[i]) != TEXT_NO_DIGIT || name->text[i] == '_');
    if (word)
        buffer_add(into, name->text, name->len);
    else
        path_add_quoted(name->text, name->len, into);
}

static void write_ddl(const struct found *found, struct buffer *into)
{
    static const char *const names[] = {"STRING", "BOOLEAN", "BIGINT", "", "DOUBLE", "STRING"};
    switch (found->kind) {
    case KIND_DECIMAL: {
        int digits = found->whole + found->scale;
        buffer_add_format(into, "DECIMAL(%d,%d)", digits > 0 ? digits : 1, found->scale);
        break;
    }
    case KIND_ARRAY:
        buffer_add_text(into, "ARRAY<");
        write_ddl(found->element, into);
        buffer_add_char(into, '>');
        break;
    case KIND_STRUCT:
        buffer_add_text(into, "STRUCT<");
        for (size_t i = 0; i < found->member_count; i++) {
            buffer_add_text(into, i > 0 ? ", " : "");
            write_member_name(&found->members[i].name, into);
            buffer_add_text(into, ": ");
            write_ddl(found->members[i].type, into);
        }
        buffer_add_char(into, '>');
        break;
    default:
        buffer_add_text(into, names[found->kind]);
    }
}

static void take_option(void *into, const struct value *name, const struct value *value, struct arena *arena,
                        const char **wrong)
{
    (void)arena;
    struct inferring *inferring = into;
    if (function_option_is(name, "primitivesAsString"))
        inferring->strings = function_option_is(value, "true");
    else if (function_option_is(name, "prefersDecimal"))
        inferring->decimals = function_option_is(value, "true");
    else
        *wrong = "there are two options, primitivesAsString and prefersDecimal";
}

static const void *prepare_schema(struct arena *arena, const struct value *const *args, size_t count,
                                  const char **wrong)
{
    struct inferring *inferring = arena_alloc(arena, sizeof *inferring);
    *inferring = (struct inferring){.strings = false};
    if (!args[0] || args[0]->type != VALUE_STRING) {
        *wrong = "it is of a literal: aflatten --schema tells what is in a file";
        return NULL;
    }
    return count < 2 || function_options(args[1], arena, take_option, inferring, wrong) ? inferring : NULL;
}

static struct value schema_of_json(struct call *call, const struct value *args, size_t count)
{
    (void)count;
    struct inferring inferring = *(const struct inferring *)call->prepared;
    size_t at;
    const char *message;
    inferring.arena = call->arena;
    if (!json_check(args[0].text, args[0].len, &at, &message))
        return row_fail(call->row, "schema_of_json: %s is no JSON: byte %zu: %s", row_show(call->row, &args[0]), at + 1,
                        message);
    struct buffer ddl = {0};
    write_ddl(infer(&inferring, json_value_trim(args[0].text, args[0].len), 0), &ddl);
    return expr_take_text(call->arena, &ddl);
}

const struct function functions_schema_of_json[] = {
    {{"schema_of_json", NULL, "s[, options]", "String",
      "The schema of JSON text, a literal, as from_json takes it. Options: primitivesAsString, prefersDecimal",
      "schema_of_json('[{\"a\":1}]') => ARRAY<STRUCT<a: BIGINT>>"},
     "s|x", .run = schema_of_json, .prepare = prepare_schema},
    {.takes = NULL},
};

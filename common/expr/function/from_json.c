/* from_json with a schema: JSON text as values of given types, by the rules of Spark's reader, which are not those of
 * CAST: a member of another type is null, a text that is no JSON makes all members null. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "expr/function/array_inner.h"
#include "expr/function/from_json_inner.h"
#include "expr/function/options_inner.h"
#include "expr/node.h"
#include "expr/parse_inner.h"
#include "json/json.h"
#include "value/datetime_format.h"
#include "value/nested.h"

enum { FROM_JSON_DEPTH_MAX = 500 };

/* Numbers that JSON has not. */
static const struct {
    const char *name;
    double real;
} non_numeric[] = {
    {"NaN", NAN},      {"Infinity", INFINITY},   {"+Infinity", INFINITY}, {"INF", INFINITY},
    {"+INF", INFINITY}, {"-Infinity", -INFINITY}, {"-INF", -INFINITY},
};
enum { NON_NUMERIC = sizeof non_numeric / sizeof *non_numeric };

struct reading {
    struct cast_type type;
    const struct datetime_format *date, *timestamp; /* NULL: as casts read them */
    struct value corrupt;                            /* the member that a bad text goes into */
    bool fail_fast, single_quotes, non_numeric;
};

/* One text that is read. */
struct job {
    const struct reading *reading;
    struct arena *arena;
    const struct value *text;
    bool bad; /* something was not of its type */
};

static void take_option(void *into, const struct value *name, const struct value *value, struct arena *arena,
                        const char **wrong)
{
    struct reading *reading = into;
    if (function_option_is(name, "mode"))
        reading->fail_fast = function_option_fail_fast(value, wrong);
    else if (function_option_is(name, "dateFormat"))
        reading->date = datetime_format_compile(arena, value->text, value->len, wrong);
    else if (function_option_is(name, "timestampFormat"))
        reading->timestamp = datetime_format_compile(arena, value->text, value->len, wrong);
    else if (function_option_is(name, "allowSingleQuotes"))
        reading->single_quotes = function_option_is(value, "true");
    else if (function_option_is(name, "allowNonNumericNumbers"))
        reading->non_numeric = function_option_is(value, "true");
    else if (function_option_is(name, "columnNameOfCorruptRecord"))
        reading->corrupt = value_keep(value, arena);
    else if (!function_option_is(name, "primitivesAsString")) /* of inferring only: a schema says what is a string */
        *wrong = function_option_unknown(name, arena);
}

const void *from_json_prepare(struct arena *arena, const struct value *const *args, size_t count, const char **wrong)
{
    if (count < 2)
        return NULL;
    if (!args[1] || args[1]->type != VALUE_STRING) {
        *wrong = "the schema is a literal";
        return NULL;
    }
    struct reading *reading = arena_alloc(arena, sizeof *reading);
    *reading = (struct reading){
        .single_quotes = true, .non_numeric = true, .corrupt = value_string("_corrupt_record", 15)};
    struct span schema = json_value_trim(args[1]->text, args[1]->len);
    if (schema.len > 0 && *schema.text == '{') {
        *wrong = "the schema is written as DDL: a int, b array<date>";
        return NULL;
    }
    if (!expr_schema(arena, arena_copy(arena, args[1]->text, args[1]->len), &reading->type, wrong))
        return NULL;
    if (reading->type.type != VALUE_STRUCT && reading->type.type != VALUE_ARRAY) {
        *wrong = "the schema is of a struct, a map or an array";
        return NULL;
    }
    return count < 3 || function_options(args[2], arena, take_option, reading, wrong) ? reading : NULL;
}

static bool read_value(struct job *job, struct span span, const struct cast_type *type, unsigned depth,
                       struct value *value);

/* A number's or another value's text, as Spark gives it to a string member. */
static struct value as_string(struct job *job, struct span span)
{
    struct value value = value_from_span(span, job->arena);
    bool whole = value.as_written && !memchr(span.text, '.', span.len) && !memchr(span.text, 'e', span.len) &&
                 !memchr(span.text, 'E', span.len);
    return whole ? value_string(span.text, span.len) : cast_string(&value, job->arena);
}

static bool read_whole(struct span span, const struct cast_type *type, struct value *value)
{
    static const int64_t most[] = {INT64_MAX, 255, INT16_MAX, 0, INT32_MAX};
    if (span.type != SPAN_NUMBER || !value_parse_number(span.text, span.len, value) || value->type != VALUE_LONG)
        return false;
    int64_t least = type->width == 1 ? INT8_MIN : -most[type->width] - 1;
    if (value->integer > most[type->width] || value->integer < least)
        return false;
    *value = cast_value(value, *type, NULL, NULL); /* a byte above 127 wraps, as in Jackson */
    return true;
}

static bool read_real(struct job *job, struct span span, const struct cast_type *type, struct value *value)
{
    struct value text = value_from_span(span, job->arena);
    if (span.type == SPAN_NUMBER) {
        *value = cast_value(&text, *type, job->arena, NULL);
        value->as_written = false;
        return true;
    }
    for (size_t i = 0; span.type == SPAN_STRING && i < NON_NUMERIC; i++)
        if (text.len == strlen(non_numeric[i].name) && memcmp(text.text, non_numeric[i].name, text.len) == 0) {
            *value = value_double(non_numeric[i].real);
            value->width = type->width;
            return true;
        }
    return false;
}

static bool read_time(struct job *job, struct span span, const struct cast_type *type, struct value *value)
{
    bool date = type->type == VALUE_DATE;
    const struct datetime_format *format = date ? job->reading->date : job->reading->timestamp;
    struct value text = value_from_span(span, job->arena);
    int64_t micros;
    if (span.type == SPAN_NUMBER && !date && text.type == VALUE_LONG) {
        *value = cast_timestamp(&text);
    } else if (span.type != SPAN_STRING) {
        return false;
    } else if (format) {
        if (!datetime_format_read(format, text.text, text.len, &micros))
            return false;
        *value = value_timestamp(micros);
        if (date)
            *value = cast_date(value);
    } else {
        *value = cast_value(&text, *type, job->arena, NULL);
        struct value days = date && value->type == VALUE_NULL ? cast_long(&text) : value_null();
        if (days.type == VALUE_LONG && days.integer >= INT32_MIN && days.integer <= INT32_MAX)
            *value = value_date(days.integer); /* as Spark's readers before 3.0 wrote dates */
    }
    value->width = value->type == VALUE_TIMESTAMP ? type->width : 0;
    return value->type != VALUE_NULL;
}

static bool read_elements(struct job *job, struct span span, const struct cast_inner *inner, bool map, unsigned depth,
                          struct value *value)
{
    struct json_cursor cursor = json_cursor_into(span);
    struct nested_text text = {.arena = job->arena, .map = map};
    struct span key, element;
    nested_add(&text, map ? "{" : "[", 1);
    while (map ? json_cursor_member(&cursor, &key, &element) : json_cursor_next(&cursor, &element)) {
        struct value one = value_null(), name;
        if (inner && !read_value(job, element, &inner->element, depth + 1, &one))
            return false;
        if (map) {
            name = value_from_span(key, job->arena);
            nested_add_key(&text, &name);
        }
        nested_add_value(&text, &one);
    }
    *value = nested_finish(&text, map ? VALUE_STRUCT : VALUE_ARRAY);
    return true;
}

/* The members of the schema; object NULL: the text is no object. */
static struct value read_members(struct job *job, const struct value *object, const struct cast_inner *inner,
                                 unsigned depth)
{
    struct value *values = arena_alloc(job->arena, (inner->member_count + 1) * sizeof *values);
    const struct value *corrupt = &job->reading->corrupt;
    size_t place = SIZE_MAX;
    for (size_t i = 0; i < inner->member_count; i++) {
        const struct cast_member *member = &inner->members[i];
        values[i] = value_null();
        if (depth == 0 && member->type.type == VALUE_STRING && member->len == corrupt->len &&
            memcmp(member->name, corrupt->text, member->len) == 0) {
            place = i;
            continue;
        }
        struct span found = json_cursor_find(nested_cursor(object), member->name, member->len, NULL);
        if (found.type != SPAN_ABSENT && !read_value(job, found, &member->type, depth + 1, &values[i])) {
            values[i] = value_null();
            job->bad = true;
        }
    }
    if (place != SIZE_MAX && job->bad)
        values[place] = *job->text;
    struct nested_text text = {.arena = job->arena};
    nested_add(&text, "{", 1);
    for (size_t i = 0; i < inner->member_count; i++) {
        struct value name = value_string(inner->members[i].name, inner->members[i].len);
        nested_add_key(&text, &name);
        nested_add_value(&text, &values[i]);
    }
    return nested_finish(&text, VALUE_STRUCT);
}

/* False: it is not of the type. */
static bool read_value(struct job *job, struct span span, const struct cast_type *type, unsigned depth,
                       struct value *value)
{
    *value = value_null();
    if (span.type == SPAN_NULL)
        return true;
    if (depth > FROM_JSON_DEPTH_MAX)
        return false;
    switch (type->type) {
    case VALUE_BOOLEAN:
        *value = value_boolean(span.type == SPAN_TRUE);
        return span.type == SPAN_TRUE || span.type == SPAN_FALSE;
    case VALUE_LONG:
        return read_whole(span, type, value);
    case VALUE_DOUBLE:
        return read_real(job, span, type, value);
    case VALUE_DECIMAL: {
        struct value number = value_from_span(span, job->arena);
        if (number.as_written)
            number = value_string(span.text, span.len); /* every digit counts */
        else if (span.type != SPAN_STRING)
            return false;
        *value = cast_value(&number, *type, job->arena, NULL);
        return true;
    }
    case VALUE_STRING:
        *value = as_string(job, span);
        if (type->width == 1) {
            char *bytes = arena_alloc(job->arena, value->len + 1);
            size_t len = 0;
            bool good = span.type == SPAN_STRING && text_base64_decode(value->text, value->len, bytes, &len);
            *value = value_binary(bytes, len);
            return good;
        }
        return true;
    case VALUE_DATE:
    case VALUE_TIMESTAMP:
        return read_time(job, span, type, value);
    case VALUE_ARRAY:
        return span.type == SPAN_ARRAY && read_elements(job, span, type->inner, false, depth, value);
    case VALUE_STRUCT:
        if (span.type != SPAN_OBJECT)
            return false;
        if (type->inner && type->inner->members) {
            const struct value object = value_from_span(span, job->arena);
            *value = read_members(job, &object, type->inner, depth);
            return true;
        }
        return read_elements(job, span, type->inner, true, depth, value);
    case VALUE_NULL:
    case VALUE_INTERVAL:
    case VALUE_CELL:
        break;
    }
    return false;
}

/* A string in single quotes, as JSON has it; what is behind it. */
static const char *take_single(const char *at, const char *end, struct buffer *into)
{
    buffer_add_char(into, '"');
    for (at++; at < end && *at != '\''; at++) {
        if (*at == '\\' && at + 1 < end && at[1] != '\'')
            buffer_add_char(into, *at++);
        else if (*at == '\\' && at + 1 < end)
            at++;
        else if (*at == '"')
            buffer_add_char(into, '\\');
        buffer_add_char(into, *at);
    }
    buffer_add_char(into, '"');
    return at < end ? at + 1 : end;
}

/* The text with single quotes made double ones and numbers that JSON has not (NaN) put in quotes. */
static struct value relaxed(const struct job *job)
{
    struct buffer into = {0};
    const char *at = job->text->text, *end = at + job->text->len;
    while (at < end) {
        if (*at == '\'' && job->reading->single_quotes) {
            at = take_single(at, end, &into);
            continue;
        }
        if (*at == '"') {
            const char *start = at++;
            while (at < end && *at != '"')
                at += *at == '\\' && at + 1 < end ? 2 : 1;
            at = at < end ? at + 1 : end;
            buffer_add(&into, start, (size_t)(at - start));
            continue;
        }
        size_t found = 0;
        for (size_t i = 0; job->reading->non_numeric && !found && i < NON_NUMERIC; i++) {
            size_t len = strlen(non_numeric[i].name);
            found = (size_t)(end - at) >= len && memcmp(at, non_numeric[i].name, len) == 0 ? len : 0;
        }
        if (found > 0)
            buffer_add_char(&into, '"');
        buffer_add(&into, at, found > 0 ? found : 1);
        if (found > 0)
            buffer_add_char(&into, '"');
        at += found > 0 ? found : 1;
    }
    return expr_take_text(job->arena, &into);
}

/* The first value of the text; what stands behind it is not looked at. */
static bool first_value(const struct value *text, struct span *span)
{
    size_t at = 0, rest;
    const char *message;
    if (!json_check(text->text, text->len, &at, &message) &&
        (at == 0 || at >= text->len || !json_check(text->text, at, &rest, &message)))
        return false;
    *span = json_value_trim(text->text, at > 0 && at < text->len ? at : text->len);
    return span->len > 0;
}

struct value from_json_typed(struct call *call, const struct value *text)
{
    struct job job = {.reading = call->prepared, .arena = call->arena, .text = text};
    const struct cast_type *type = &job.reading->type;
    struct span span = {.type = SPAN_ABSENT};
    if (json_skip_blank(text->text, text->text + text->len) == text->text + text->len)
        return value_null();
    bool json = first_value(text, &span);
    if (!json) {
        struct value again = relaxed(&job);
        json = first_value(&again, &span);
    }
    const struct cast_inner *inner = type->inner;
    bool members = type->type == VALUE_STRUCT && inner && inner->members;
    struct value value = value_null();
    if (json && type->type == VALUE_ARRAY && span.type == SPAN_OBJECT && inner && inner->element.inner &&
        inner->element.inner->members) { /* one object stands for an array of it */
        struct value object = value_null();
        job.bad = !read_value(&job, span, &inner->element, 1, &object);
        value = array_of_elements(call->arena, &object, 1);
    } else if (!json || !read_value(&job, span, type, 0, &value) || (members && value.type == VALUE_NULL)) {
        job.bad = !json || span.type != SPAN_NULL;
        static const struct value nothing = {.type = VALUE_STRUCT, .text = "{}", .len = 2};
        value = members ? read_members(&job, &nothing, inner, 0) : value_null();
    }
    if (job.bad && job.reading->fail_fast)
        return row_fail(call->row, "from_json: %s is not of the schema", row_show(call->row, text));
    return value;
}

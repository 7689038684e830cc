#include "delta/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "delta/action.h"
#include "json/cursor.h"
#include "json/json.h"
#include "parquet/schema.h"

static struct json_cursor fields_of(struct span type)
{
    struct span fields = delta_member(type, "fields");
    return fields.type == SPAN_ARRAY ? json_cursor_into(fields) : json_cursor_over("", 0);
}

/* The member that has the same name. */
static struct span same_name(struct span type, struct span name)
{
    struct json_cursor cursor = fields_of(type);
    struct span field, found = {.type = SPAN_ABSENT};
    struct buffer text = {0};
    delta_text(name, &text);
    while (found.type == SPAN_ABSENT && json_cursor_next(&cursor, &field)) {
        struct span other = delta_member(field, "name");
        if (other.type == SPAN_STRING && json_string_equal(other, text.data ? text.data : "", text.len))
            found = field;
    }
    buffer_free(&text);
    return found;
}

struct span delta_schema_type(struct span schema, const char *column)
{
    struct json_cursor cursor = fields_of(schema);
    struct span field;
    while (json_cursor_next(&cursor, &field))
        if (delta_is(delta_member(field, "name"), column))
            return delta_member(field, "type");
    return (struct span){.type = SPAN_ABSENT};
}

/* The digits of "decimal(p,s)". */
static bool read_decimal(struct span type, unsigned char *precision, unsigned char *scale)
{
    unsigned digits, behind;
    char end;
    bool good = type.type == SPAN_STRING && type.len <= 40 &&
                sscanf(type.text, "\"decimal(%2u,%2u)%c", &digits, &behind, &end) == 3 && end == '"';
    *precision = good ? (unsigned char)digits : 0;
    *scale = good ? (unsigned char)behind : 0;
    return good && digits > 0 && digits <= DECIMAL_DIGITS_MAX && behind <= digits;
}

bool delta_schema_plain_type(struct span type, struct cast_type *to)
{
    *to = (struct cast_type){.type = VALUE_DECIMAL};
    if (type.type == SPAN_OBJECT)
        return false;
    bool known = type.type == SPAN_STRING && (read_decimal(type, &to->precision, &to->scale) ||
                                              cast_type_named(type.text + 1, type.len - 2, to));
    if (!known)
        *to = (struct cast_type){.type = VALUE_STRING};
    return true;
}

struct merging {
    struct buffer *into, *conflict;
    struct buffer path;
    bool grown;
};

static void merge_type(struct merging *merging, struct span old, struct span newer);

/* "name":VALUE of an object, as it is there, or else what is usual. */
static void copy_member(struct span object, const char *name, const char *otherwise, struct buffer *into)
{
    struct span value = delta_member(object, name);
    buffer_add_format(into, ",\"%s\":", name);
    if (value.type == SPAN_ABSENT)
        buffer_add_text(into, otherwise);
    else
        json_compact(value.text, value.len, into);
}

static void merge_fields(struct merging *merging, struct span old, struct span newer)
{
    struct json_cursor cursor = fields_of(old);
    struct span field;
    const char *comma = "";
    buffer_add_text(merging->into, "{\"type\":\"struct\",\"fields\":[");
    while (json_cursor_next(&cursor, &field)) {
        size_t path = merging->path.len;
        struct span name = delta_member(field, "name"), other = same_name(newer, name);
        buffer_add_format(merging->into, "%s{\"name\":%.*s,\"type\":", comma, (int)name.len, name.text);
        if (path > 0)
            buffer_add_char(&merging->path, '.');
        delta_text(name, &merging->path);
        merge_type(merging, delta_member(field, "type"), delta_member(other, "type"));
        merging->path.len = path;
        copy_member(field, "nullable", "true", merging->into);
        copy_member(field, "metadata", "{}", merging->into);
        buffer_add_char(merging->into, '}');
        comma = ",";
    }
    cursor = fields_of(newer);
    while (json_cursor_next(&cursor, &field)) {
        if (same_name(old, delta_member(field, "name")).type != SPAN_ABSENT)
            continue;
        buffer_add_text(merging->into, comma);
        json_compact(field.text, field.len, merging->into);
        merging->grown = true;
        comma = ",";
    }
    buffer_add_text(merging->into, "]}");
}

static void note_conflict(struct merging *merging)
{
    if (!merging->conflict || merging->conflict->len > 0)
        return;
    buffer_add(merging->conflict, merging->path.data ? merging->path.data : "", merging->path.len);
    buffer_add_char(merging->conflict, '\0');
}

/* The types' names are the same, or neither has one of its own. */
static bool same_kind(struct span old, struct span newer)
{
    if (old.type != newer.type)
        return false;
    if (old.type != SPAN_OBJECT)
        return old.len == newer.len && memcmp(old.text, newer.text, old.len) == 0;
    struct span a = delta_member(old, "type"), b = delta_member(newer, "type");
    return a.len == b.len && a.len > 0 && memcmp(a.text, b.text, a.len) == 0;
}

/* Appends the older type, with what a newer one of the same kind (ABSENT: there is none) has in addition. Recursion is
 * bounded by what json_check lets pass. */
static void merge_type(struct merging *merging, struct span old, struct span newer)
{
    struct buffer *into = merging->into;
    bool same = newer.type != SPAN_ABSENT && same_kind(old, newer);
    if (newer.type != SPAN_ABSENT && !same)
        note_conflict(merging);
    struct span kind = old.type == SPAN_OBJECT ? delta_member(old, "type") : (struct span){.type = SPAN_ABSENT};
    if (same && delta_is(kind, "struct")) {
        merge_fields(merging, old, newer);
    } else if (same && delta_is(kind, "array")) {
        buffer_add_text(into, "{\"type\":\"array\",\"elementType\":");
        merge_type(merging, delta_member(old, "elementType"), delta_member(newer, "elementType"));
        copy_member(old, "containsNull", "true", into);
        buffer_add_char(into, '}');
    } else if (same && delta_is(kind, "map")) {
        buffer_add_text(into, "{\"type\":\"map\"");
        copy_member(old, "keyType", "\"string\"", into);
        buffer_add_text(into, ",\"valueType\":");
        merge_type(merging, delta_member(old, "valueType"), delta_member(newer, "valueType"));
        copy_member(old, "valueContainsNull", "true", into);
        buffer_add_char(into, '}');
    } else {
        json_compact(old.text, old.len, into);
    }
}

bool delta_schema_merge(struct span schema, struct span newer, struct buffer *into, struct buffer *conflict)
{
    struct merging merging = {.into = into, .conflict = conflict};
    merge_type(&merging, schema, newer);
    buffer_free(&merging.path);
    return merging.grown;
}

struct reading {
    struct arena arena;
    const char *name; /* the table */
    struct problem *problem;
    unsigned depth;
};

static const struct {
    const char *name;
    enum parquet_kind kind;
} kinds[] = {
    {"boolean", PARQUET_KIND_BOOLEAN},     {"byte", PARQUET_KIND_BYTE},
    {"short", PARQUET_KIND_SHORT},         {"integer", PARQUET_KIND_INT},
    {"long", PARQUET_KIND_LONG},           {"float", PARQUET_KIND_FLOAT},
    {"double", PARQUET_KIND_DOUBLE},       {"string", PARQUET_KIND_STRING},
    {"binary", PARQUET_KIND_BINARY},       {"date", PARQUET_KIND_DATE},
    {"timestamp", PARQUET_KIND_TIMESTAMP}, {"timestamp_ntz", PARQUET_KIND_TIMESTAMP_NTZ},
};

static bool unknown(struct reading *reading, const struct parquet_field *field, struct span type)
{
    return problem_set(reading->problem, STATUS_USAGE, "%s: column %s: %.*s is not written here", reading->name,
                       field->name, type.len < 60 ? (int)type.len : 60, type.text);
}

static bool read_plain(struct reading *reading, struct parquet_field *field, struct span type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (delta_is(type, kinds[i].name)) {
            field->kind = kinds[i].kind;
            return true;
        }
    field->kind = PARQUET_KIND_DECIMAL;
    return read_decimal(type, &field->precision, &field->scale) || unknown(reading, field, type);
}

static bool read_type(struct reading *reading, struct parquet_field *field, struct span type);

static bool read_fields(struct reading *reading, struct parquet_field *parent, struct span type)
{
    struct json_cursor cursor = fields_of(type);
    struct span member;
    parent->kind = PARQUET_KIND_STRUCT;
    parent->children =
        arena_alloc(&reading->arena, (size_t)json_cursor_count(cursor) * sizeof *parent->children + 1);
    while (json_cursor_next(&cursor, &member)) {
        struct parquet_field *field = &parent->children[parent->child_count++];
        struct buffer name = {0};
        delta_text(delta_member(member, "name"), &name);
        *field = (struct parquet_field){.name_len = name.len};
        field->name = arena_copy(&reading->arena, name.data ? name.data : "", name.len);
        buffer_free(&name);
        if (!read_type(reading, field, delta_member(member, "type")))
            return false;
    }
    return true;
}

static bool read_inner(struct reading *reading, struct parquet_field *field, struct span type, const char *const *names,
                       size_t count)
{
    field->children = arena_alloc(&reading->arena, count * sizeof *field->children);
    field->child_count = count;
    for (size_t i = 0; i < count; i++) {
        field->children[i] = (struct parquet_field){.name = names[i], .name_len = strlen(names[i])};
        if (!read_type(reading, &field->children[i], delta_member(type, names[i])))
            return false;
    }
    return true;
}

static bool read_type(struct reading *reading, struct parquet_field *field, struct span type)
{
    static const char *const element[] = {"elementType"}, *const entry[] = {"keyType", "valueType"};
    if (type.type != SPAN_OBJECT)
        return read_plain(reading, field, type);
    struct span kind = delta_member(type, "type");
    bool good = false;
    if (++reading->depth > PARQUET_DEPTH_MAX) {
        unknown(reading, field, kind);
    } else if (delta_is(kind, "struct")) {
        good = read_fields(reading, field, type);
    } else if (delta_is(kind, "array")) {
        field->kind = PARQUET_KIND_ARRAY;
        good = read_inner(reading, field, type, element, 1);
    } else if (delta_is(kind, "map")) {
        field->kind = PARQUET_KIND_MAP;
        good = read_inner(reading, field, type, entry, 2);
    } else {
        unknown(reading, field, kind);
    }
    reading->depth--;
    return good;
}

static bool is_among(const struct parquet_field *field, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == field->name_len && memcmp(names[i], field->name, field->name_len) == 0)
            return true;
    return false;
}

struct parquet_layout *delta_schema_layout(struct span schema, const char *const *without, size_t without_count,
                                           const char *name, struct problem *problem)
{
    struct reading reading = {.name = name, .problem = problem};
    struct parquet_field root = {.name = "records", .name_len = 7};
    struct parquet_layout *layout = NULL;
    if (read_fields(&reading, &root, schema)) {
        size_t kept = 0;
        for (size_t i = 0; i < root.child_count; i++)
            if (!is_among(&root.children[i], without, without_count))
                root.children[kept++] = root.children[i];
        if (kept > 0)
            layout = parquet_layout_new(root.children, kept, problem);
        else
            problem_set(problem, STATUS_DATA, "nothing to be written: no record has a member");
    }
    arena_free(&reading.arena);
    return layout;
}

static int by_case(const void *a, const void *b)
{
    return strcasecmp(*(char *const *)a, *(char *const *)b);
}

bool delta_schema_names(struct span schema, const char *name, struct problem *problem)
{
    struct json_cursor cursor = fields_of(schema);
    struct span field;
    size_t cap = (size_t)json_cursor_count(cursor), count = 0;
    char **names = mem_zero(cap + 1, sizeof *names);
    bool good = true;
    while (json_cursor_next(&cursor, &field)) {
        struct buffer text = {0};
        delta_text(delta_member(field, "name"), &text);
        buffer_add_char(&text, '\0');
        names[count++] = text.data;
    }
    if (count > 1)
        qsort(names, count, sizeof *names, by_case);
    for (size_t i = 1; good && i < count; i++)
        if (strcasecmp(names[i - 1], names[i]) == 0)
            good = problem_set(problem, STATUS_DATA, "%s: columns %s and %s are one and the same to Delta", name,
                               names[i - 1], names[i]);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return good;
}

bool delta_schema_has(struct span type, const char *wanted)
{
    if (type.type != SPAN_OBJECT)
        return delta_is(type, wanted);
    struct json_cursor cursor = fields_of(type);
    struct span field;
    while (json_cursor_next(&cursor, &field))
        if (delta_schema_has(delta_member(field, "type"), wanted))
            return true;
    return delta_schema_has(delta_member(type, "elementType"), wanted) ||
           delta_schema_has(delta_member(type, "valueType"), wanted);
}

#include "parquet/partition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/cursor.h"
#include "json/json.h"
#include "value/value.h"

void parquet_partition_add(const char *name, size_t name_len, const char *value, size_t value_len, struct buffer *into)
{
    text_add_file_name(name, name_len, into);
    buffer_add_char(into, '=');
    if (value && value_len > 0)
        text_add_file_name(value, value_len, into);
    else
        buffer_add_text(into, PARQUET_PARTITION_NULL);
}

static void add_decoded(const char *text, size_t len, struct buffer *into)
{
    into->len = 0;
    for (size_t i = 0; i < len; i++) {
        bool escape = text[i] == '%' && i + 2 < len && text_is_hex(text[i + 1]) && text_is_hex(text[i + 2]);
        buffer_add_char(into, escape ? (char)(text_digit(text[i + 1]) << 4 | text_digit(text[i + 2])) : text[i]);
        i += escape ? 2 : 0;
    }
}

bool parquet_partition_next(const char **path, struct buffer *name, struct buffer *value, bool *is_null)
{
    const char *slash;
    while ((slash = strchr(*path, '/')) != NULL) {
        const char *folder = *path, *equals = memchr(folder, '=', (size_t)(slash - folder));
        *path = slash + 1;
        if (!equals || equals == folder)
            continue;
        add_decoded(folder, (size_t)(equals - folder), name);
        add_decoded(equals + 1, (size_t)(slash - equals) - 1, value);
        *is_null = value->len == sizeof PARQUET_PARTITION_NULL - 1 &&
                   memcmp(value->data, PARQUET_PARTITION_NULL, value->len) == 0;
        return true;
    }
    return false;
}

void parquet_partitions_read(struct parquet_partitions *partitions, const char *path)
{
    struct buffer name = {0}, value = {0};
    bool is_null;
    while (parquet_partition_next(&path, &name, &value, &is_null)) {
        partitions->columns = mem_resize(partitions->columns, partitions->count + 1, sizeof *partitions->columns);
        struct parquet_partition *column = &partitions->columns[partitions->count++];
        *column = (struct parquet_partition){.name = mem_copy(name.data, name.len), .name_len = name.len};
        buffer_add(&column->member, is_null ? "null" : value.data, is_null ? 4 : value.len);
        column->value = (struct span){.len = column->member.len, .type = is_null ? SPAN_NULL : SPAN_CELL};
    }
    buffer_free(&name);
    buffer_free(&value);
}

void parquet_partitions_free(struct parquet_partitions *partitions)
{
    for (size_t i = 0; i < partitions->count; i++) {
        free(partitions->columns[i].name);
        buffer_free(&partitions->columns[i].member);
    }
    free(partitions->columns);
    *partitions = (struct parquet_partitions){0};
}

static struct parquet_partition *find(const struct parquet_partitions *partitions, const char *name, size_t len)
{
    for (size_t i = 0; i < partitions->count; i++)
        if (partitions->columns[i].name_len == len && memcmp(partitions->columns[i].name, name, len) == 0)
            return &partitions->columns[i];
    return NULL;
}

const struct parquet_partition *parquet_partitions_find(const struct parquet_partitions *partitions,
                                                        const struct path *path)
{
    bool name = path->count == 1 && path->steps[0].key;
    return name ? find(partitions, path->steps[0].key, path->steps[0].key_len) : NULL;
}

/* What text can be, the narrowest first. */
enum kind { KIND_NOTHING, KIND_LONG, KIND_DOUBLE, KIND_TEXT };

/* Java's parseLong and (but for its names, hexadecimal digits and suffixes) parseDouble. */
static enum kind kind_of(const char *text, size_t len, struct value *number)
{
    size_t sign = len > 0 && (text[0] == '-' || text[0] == '+'), zeros = 0;
    while (sign + zeros + 1 < len && text[sign + zeros] == '0' && text[sign + zeros + 1] >= '0' &&
           text[sign + zeros + 1] <= '9')
        zeros++;
    struct buffer plain = {0};
    if (sign && text[0] == '-')
        buffer_add_char(&plain, '-');
    buffer_add(&plain, text + sign + zeros, len - sign - zeros);
    bool good = len > sign && (text[sign] == '.' || (text[sign] >= '0' && text[sign] <= '9')) &&
                value_parse_number(plain.data, plain.len, number);
    buffer_free(&plain);
    number->as_written = false;
    if (good && number->type == VALUE_LONG)
        return KIND_LONG;
    return good && number->type == VALUE_DOUBLE && isfinite(number->real) ? KIND_DOUBLE : KIND_TEXT;
}

/* The names there are, and what all values of each can be. */
struct kinds {
    struct {
        const struct parquet_partition *column;
        enum kind kind;
    } *list;
    size_t count;
};

static enum kind *kind_at(struct kinds *kinds, const struct parquet_partition *column)
{
    for (size_t i = 0; i < kinds->count; i++)
        if (kinds->list[i].column->name_len == column->name_len &&
            memcmp(kinds->list[i].column->name, column->name, column->name_len) == 0)
            return &kinds->list[i].kind;
    kinds->list = mem_resize(kinds->list, kinds->count + 1, sizeof *kinds->list);
    kinds->list[kinds->count].column = column;
    kinds->list[kinds->count].kind = KIND_NOTHING;
    return &kinds->list[kinds->count++].kind;
}

/* The column's value is what stands in the member from `at` on. */
static void set_member(struct parquet_partition *column, struct buffer *member, size_t at, unsigned char type)
{
    size_t len = member->len;
    buffer_add(member, "\0\0\0\0\0\0\0", 8); /* spans may be read beyond their end */
    member->len = len;
    bool escaped = type == SPAN_STRING && memchr(member->data + at, '\\', len - at) != NULL;
    column->value = (struct span){.text = member->data + at, .len = len - at, .type = type, .escaped = escaped};
    column->member = *member;
}

void parquet_partitions_put(struct parquet_partitions *partitions, const char *name, size_t name_len, const char *json,
                            size_t len)
{
    struct buffer member = {0};
    partitions->columns = mem_resize(partitions->columns, partitions->count + 1, sizeof *partitions->columns);
    struct parquet_partition *column = &partitions->columns[partitions->count++];
    *column = (struct parquet_partition){.name = mem_copy(name, name_len), .name_len = name_len};
    json_encode(name, name_len, &member);
    buffer_add_char(&member, ':');
    size_t at = member.len;
    buffer_add(&member, json, len);
    set_member(column, &member, at, json_type(json[0]));
}

static void type_column(struct parquet_partition *column, enum kind kind)
{
    struct buffer member = {0};
    struct value number;
    unsigned char type = column->value.type == SPAN_NULL ? SPAN_NULL : kind == KIND_TEXT ? SPAN_STRING : SPAN_NUMBER;
    json_encode(column->name, column->name_len, &member);
    buffer_add_char(&member, ':');
    size_t at = member.len;
    if (type == SPAN_NULL) {
        buffer_add_text(&member, "null");
    } else if (type == SPAN_STRING) {
        json_encode(column->member.data, column->member.len, &member);
    } else {
        if (kind_of(column->member.data, column->member.len, &number) == KIND_LONG && kind == KIND_DOUBLE)
            number = (struct value){.type = VALUE_DOUBLE, .real = (double)number.integer};
        value_write_json(&number, &member);
    }
    buffer_free(&column->member);
    set_member(column, &member, at, type);
}

void parquet_partitions_type(struct parquet_partitions *files, size_t count)
{
    struct kinds kinds = {0};
    struct value number;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].count; k++) {
            const struct parquet_partition *column = &files[i].columns[k];
            enum kind *kind = kind_at(&kinds, column);
            enum kind own = column->value.type == SPAN_NULL ? KIND_NOTHING
                                : kind_of(column->member.data, column->member.len, &number);
            *kind = own > *kind ? own : *kind;
        }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].count; k++)
            type_column(&files[i].columns[k], *kind_at(&kinds, &files[i].columns[k]));
    free(kinds.list);
}

void parquet_partitions_extend(const struct parquet_partitions *partitions, const char *object, size_t len,
                               const struct path_set *wanted, struct buffer *into)
{
    buffer_add(into, object, len - 1);
    size_t inside = 1;
    while (inside < len - 1 && strchr(" \t\r\n", object[inside]))
        inside++;
    bool empty = inside == len - 1;
    for (size_t i = 0; partitions->columns && i < partitions->count; i++) {
        const struct parquet_partition *column = &partitions->columns[i];
        bool asked = !wanted;
        for (size_t k = 0; wanted && k < wanted->count && !asked; k++)
            asked = parquet_partitions_find(partitions, wanted->paths[k]) == column;
        if (!asked || column->value.type == SPAN_NULL)
            continue;
        if (!empty)
            buffer_add_char(into, ',');
        buffer_add(into, column->member.data, column->member.len);
        empty = false;
    }
    buffer_add_char(into, '}');
}

#include "parquet/partition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/cursor.h"
#include "json/json.h"
#include "parquet/reader_inner.h"
#include "value/cast.h"
#include "value/decimal.h"
#include "value/nested.h"
#include "value/pack.h"

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

static struct parquet_partition *add_column(struct parquet_partitions *partitions, const char *name, size_t len)
{
    partitions->columns = mem_resize(partitions->columns, partitions->count + 1, sizeof *partitions->columns);
    struct parquet_partition *column = &partitions->columns[partitions->count++];
    *column = (struct parquet_partition){.name = arena_copy(&partitions->arena, name, len), .name_len = len};
    return column;
}

void parquet_partitions_read(struct parquet_partitions *partitions, const char *path)
{
    struct buffer name = {0}, text = {0};
    bool is_null;
    while (parquet_partition_next(&path, &name, &text, &is_null)) {
        struct parquet_partition *column = add_column(partitions, name.data, name.len);
        column->value = is_null ? value_null() : value_string(text.data ? text.data : "", text.len);
        column->value = value_keep(&column->value, &partitions->arena);
    }
    buffer_free(&name);
    buffer_free(&text);
}

void parquet_partitions_free(struct parquet_partitions *partitions)
{
    arena_free(&partitions->arena);
    free(partitions->columns);
    *partitions = (struct parquet_partitions){0};
}

static struct parquet_partition *find(const struct parquet_partitions *partitions, const char *name, size_t len)
{
    for (size_t i = 0; i < partitions->count; i++)
        if (parquet_partition_is(&partitions->columns[i], name, len))
            return &partitions->columns[i];
    return NULL;
}

const struct parquet_partition *parquet_partitions_find(const struct parquet_partitions *partitions,
                                                        const struct path *path)
{
    bool name = path->count == 1 && path->steps[0].key;
    return name ? find(partitions, path->steps[0].key, path->steps[0].key_len) : NULL;
}

/* What texts can be. */
enum kind {
    KIND_INT = 1,
    KIND_LONG = 2,
    KIND_DECIMAL = 4,
    KIND_DOUBLE = 8,
    KIND_DATE = 16,
    KIND_TIMESTAMP = 32,
    KIND_TEXT = 64,
    KIND_NUMBER = KIND_INT | KIND_LONG | KIND_DECIMAL | KIND_DOUBLE,
};

/* Whether there is a digit wherever the pattern has a 0, and else what it has. */
static bool is_like(const char *text, size_t len, const char *pattern)
{
    for (size_t i = 0; i < len; i++)
        if (pattern[i] == '0' ? !text_is_digit(text[i]) : text[i] != pattern[i])
            return false;
    return len == strlen(pattern);
}

/* yyyy-MM-dd HH:mm:ss[.S], a fraction of any length. */
static bool is_like_timestamp(const char *text, size_t len)
{
    static const char pattern[] = "0000-00-00 00:00:00";
    enum { WHOLE = sizeof pattern - 1 };
    size_t digits = WHOLE + 1;
    while (digits < len && text_is_digit(text[digits]))
        digits++;
    return len >= WHOLE && is_like(text, WHOLE, pattern) &&
           (len == WHOLE || (text[WHOLE] == '.' && digits == len && len > WHOLE + 1));
}

/* What Java's parseDouble takes: of words only these, and no hexadecimal digits. */
static bool is_double(const struct value *text)
{
    size_t at = 0;
    while (at < text->len && text->text[at] == ' ')
        at++;
    at += at < text->len && (text->text[at] == '-' || text->text[at] == '+');
    const char *rest = text->text + at;
    size_t len = text->len - at;
    bool word = (len == 3 && memcmp(rest, "NaN", 3) == 0) || (len == 8 && memcmp(rest, "Infinity", 8) == 0);
    bool number = len > 0 && (text_is_digit(*rest) || *rest == '.');
    return (word || number) && cast_double(text).type == VALUE_DOUBLE;
}

/* What a text that is not empty is by itself; a decimal's digits. */
static enum kind kind_of(const struct value *text, unsigned *digits)
{
    struct decimal decimal;
    bool too_long, sign = text->len > 1 && (text->text[0] == '-' || text->text[0] == '+'), whole = true;
    for (size_t i = sign; i < text->len; i++)
        whole &= text_is_digit(text->text[i]);
    if (decimal_parse(text->text, text->len, &decimal, &too_long) && decimal.scale == 0) {
        *digits = decimal.precision;
        return !whole || decimal.unscaled != (int64_t)decimal.unscaled ? KIND_DECIMAL
               : decimal.unscaled != (int32_t)decimal.unscaled         ? KIND_LONG
                                                                       : KIND_INT;
    }
    if (is_double(text))
        return KIND_DOUBLE;
    if (is_like_timestamp(text->text, text->len) && cast_timestamp(text).type == VALUE_TIMESTAMP)
        return KIND_TIMESTAMP;
    bool date = is_like(text->text, text->len, "0000-00-00") && cast_date(text).type == VALUE_DATE;
    return date ? KIND_DATE : KIND_TEXT;
}

/* The names there are, and what all values of each can be. */
struct kinds {
    struct kinds_column {
        const struct parquet_partition *column;
        unsigned kinds, digits;
    } *list;
    size_t count;
};

static struct kinds_column *kinds_at(struct kinds *kinds, const struct parquet_partition *column)
{
    for (size_t i = 0; i < kinds->count; i++)
        if (parquet_partition_is(kinds->list[i].column, column->name, column->name_len))
            return &kinds->list[i];
    kinds->list = mem_resize(kinds->list, kinds->count + 1, sizeof *kinds->list);
    kinds->list[kinds->count] = (struct kinds_column){.column = column};
    return &kinds->list[kinds->count++];
}

/* The type that all of a column's values have in common. */
static struct cast_type common_type(const struct kinds_column *of)
{
    enum { INT_DIGITS = 10, LONG_DIGITS = 20 };
    unsigned kinds = of->kinds, digits = of->digits;
    bool number = kinds & KIND_NUMBER, time = kinds & (KIND_DATE | KIND_TIMESTAMP);
    bool doubtful = (kinds & KIND_DOUBLE) && (kinds & (KIND_LONG | KIND_DECIMAL));
    if (kinds == 0 || (kinds & KIND_TEXT) || (number && time) || doubtful)
        return (struct cast_type){.type = VALUE_STRING};
    if (time)
        return (struct cast_type){.type = kinds & KIND_TIMESTAMP ? VALUE_TIMESTAMP : VALUE_DATE};
    if (kinds & KIND_DOUBLE)
        return (struct cast_type){.type = VALUE_DOUBLE};
    if (!(kinds & KIND_DECIMAL))
        return (struct cast_type){.type = VALUE_LONG, .width = kinds & KIND_LONG ? 0 : 4};
    unsigned least = kinds & KIND_LONG ? LONG_DIGITS : kinds & KIND_INT ? INT_DIGITS : 0;
    return (struct cast_type){.type = VALUE_DECIMAL, .precision = (unsigned char)(digits > least ? digits : least)};
}

/* The column gets a value, and how it is written. */
static void set_value(struct parquet_partitions *partitions, struct parquet_partition *column,
                      const struct value *value)
{
    struct buffer text = {0};
    column->value = value_keep(value, &partitions->arena);
    json_encode(column->name, column->name_len, &text);
    buffer_add_char(&text, ':');
    size_t at = text.len;
    value_write_json(value, &text);
    size_t len = text.len;
    buffer_add(&text, "\0\0\0\0\0\0\0", 8); /* spans may be read beyond their end */
    const char *kept = arena_copy(&partitions->arena, text.data, text.len);
    buffer_free(&text);
    column->member = (struct span){.text = kept, .len = len};
    struct span json = {.text = kept + at, .len = len - at, .type = json_type(kept[at])};
    json.escaped = json.type == SPAN_STRING && memchr(json.text, '\\', json.len) != NULL;
    column->json = json;
    bool odd = value->type == VALUE_DOUBLE && !isfinite(value->real);
    bool told = parquet_type_told(nested_type_of(value)) && !odd;
    column->typed = told ? json : pack_span(value, &partitions->arena);
}

void parquet_partitions_put(struct parquet_partitions *partitions, const char *name, size_t name_len,
                            const struct value *value)
{
    set_value(partitions, add_column(partitions, name, name_len), value);
}

void parquet_partitions_type(struct parquet_partitions *files, size_t count)
{
    struct kinds kinds = {0};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].count; k++) {
            struct kinds_column *of = kinds_at(&kinds, &files[i].columns[k]);
            const struct value *text = &files[i].columns[k].value;
            unsigned digits = 0;
            of->kinds |= text->type == VALUE_NULL ? 0 : text->len == 0 ? KIND_TEXT : kind_of(text, &digits);
            of->digits = digits > of->digits ? digits : of->digits;
        }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < files[i].count; k++) {
            struct parquet_partition *column = &files[i].columns[k];
            struct value value =
                cast_value(&column->value, common_type(kinds_at(&kinds, column)), &files[i].arena, NULL);
            set_value(&files[i], column, &value);
        }
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
        if (!asked || column->json.type == SPAN_NULL)
            continue;
        if (!empty)
            buffer_add_char(into, ',');
        buffer_add(into, column->member.text, column->member.len);
        empty = false;
    }
    buffer_add_char(into, '}');
}

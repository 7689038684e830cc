#include <string.h>

#include "base/diag.h"
#include "json/json.h"
#include "parquet/file.h"
#include "parquet/stats_inner.h"
#include "parquet/writer_inner.h"

static const char created_by[] = "atools version " ATOOLS_VERSION;
static const char spark_key[] = "org.apache.spark.sql.parquet.row.metadata";

/* Where the indexes of a chunk are: bytes of writer->indexes, and the chunk's own metadata, which is written at the
 * end. */
struct parquet_index_place {
    size_t column_at, column_len, offset_at, offset_len; /* column_len 0: no column index */
    size_t chunk_at, chunk_len;                          /* ColumnMetaData, in writer->groups */
    int64_t rows;                                        /* of its row group */
    int64_t group_offset, group_bytes, group_packed;     /* of its row group */
};

static void put(struct parquet_writer *writer, const void *bytes, size_t len)
{
    writer->options.write(writer->options.context, bytes, len);
    writer->written += len;
}

/* The statistics of a chunk. */
static void put_statistics(const struct parquet_chunk_writer *chunk, struct thrift_writer *data)
{
    const struct parquet_bounds *bounds = &chunk->whole;
    struct thrift_writer writer = thrift_write_struct(data, 12);
    thrift_write_i64(&writer, 3, chunk->total_nulls);
    if (bounds->there && bounds->has_most)
        thrift_write_binary(&writer, 5, bounds->most.data, bounds->most.len);
    if (bounds->there)
        thrift_write_binary(&writer, 6, bounds->least.data, bounds->least.len);
    if (bounds->there && bounds->has_most)
        thrift_write_boolean(&writer, 7, bounds->exact_most);
    if (bounds->there)
        thrift_write_boolean(&writer, 8, bounds->exact_least);
    thrift_end(&writer);
}

static void put_path(const struct parquet_target *target, struct buffer *into)
{
    if (!target->parent)
        return;
    const struct parquet_target *parent = target->parent;
    put_path(parent, into);
    if (parent->kind == PARQUET_KIND_ARRAY) {
        thrift_element_binary(into, "list", 4);
        thrift_element_binary(into, "element", 7);
    } else if (parent->kind == PARQUET_KIND_MAP) {
        bool key = target == parent->children;
        thrift_element_binary(into, "key_value", 9);
        thrift_element_binary(into, key ? "key" : "value", key ? 3 : 5);
    } else {
        thrift_element_binary(into, target->name, target->name_len);
    }
}

static size_t path_len(const struct parquet_target *target)
{
    if (!target->parent)
        return 0;
    return path_len(target->parent) + (target->parent->kind == PARQUET_KIND_STRUCT ? 1 : 2);
}

static void put_encodings(const struct parquet_chunk_writer *chunk, struct thrift_writer *data)
{
    bool plain = chunk->plain_pages || chunk->coded_pages; /* a dictionary is plain, too */
    thrift_write_list(data, 2, THRIFT_I32, 1u + plain + chunk->coded_pages);
    if (plain)
        thrift_element_integer(data->into, ENCODING_PLAIN);
    thrift_element_integer(data->into, ENCODING_RLE);
    if (chunk->coded_pages)
        thrift_element_integer(data->into, ENCODING_RLE_DICTIONARY);
}

/* ColumnMetaData of a chunk that begins at byte `at` of the file. */
static void put_metadata(const struct parquet_chunk_writer *chunk, int64_t at, size_t len, size_t dictionary,
                         struct buffer *into)
{
    struct thrift_writer data = {.into = into};
    thrift_write_i32(&data, 1, (int32_t)chunk->leaf->physical);
    put_encodings(chunk, &data);
    thrift_write_list(&data, 3, THRIFT_BINARY, path_len(chunk->leaf));
    put_path(chunk->leaf, into);
    thrift_write_i32(&data, 4, (int32_t)chunk->codec);
    thrift_write_i64(&data, 5, chunk->total_entries);
    thrift_write_i64(&data, 6, (int64_t)chunk->uncompressed);
    thrift_write_i64(&data, 7, (int64_t)len);
    thrift_write_i64(&data, 9, at + (int64_t)dictionary);
    if (dictionary > 0)
        thrift_write_i64(&data, 11, at);
    put_statistics(chunk, &data);
    thrift_end(&data);
}

static void put_offset_index(const struct parquet_chunk_writer *chunk, int64_t first_page, struct buffer *into)
{
    struct thrift_writer index = {.into = into};
    thrift_write_list(&index, 1, THRIFT_STRUCT, chunk->note_count);
    for (size_t i = 0; i < chunk->note_count; i++) {
        const struct parquet_page_note *note = &chunk->notes[i];
        struct thrift_writer place = {.into = into};
        thrift_write_i64(&place, 1, first_page + (int64_t)note->offset);
        thrift_write_i32(&place, 2, (int32_t)note->len);
        thrift_write_i64(&place, 3, (int64_t)note->first_row);
        thrift_end(&place);
    }
    thrift_end(&index);
}

/* BoundaryOrder: 0 unordered, 1 ascending, 2 descending, of pages that are not all null. */
static int boundary_order(const struct parquet_chunk_writer *chunk)
{
    const struct parquet_page_note *last = NULL;
    bool up = true, down = true;
    for (size_t i = 0; i < chunk->note_count; i++) {
        const struct parquet_page_note *note = &chunk->notes[i];
        if (note->all_null)
            continue;
        if (last) {
            int least = parquet_bound_compare(chunk->leaf, last->least, note->least);
            int most = parquet_bound_compare(chunk->leaf, last->most, note->most);
            up &= least <= 0 && most <= 0;
            down &= least >= 0 && most >= 0;
        }
        last = note;
    }
    return up ? 1 : down ? 2 : 0;
}

/* Nothing if a page has values without bounds. */
static void put_column_index(const struct parquet_chunk_writer *chunk, struct buffer *into)
{
    size_t count = chunk->note_count;
    for (size_t i = 0; i < count; i++)
        if (!chunk->notes[i].all_null && !chunk->notes[i].has_bounds)
            return;
    struct thrift_writer index = {.into = into};
    thrift_write_list(&index, 1, THRIFT_TRUE, count);
    for (size_t i = 0; i < count; i++)
        thrift_element_boolean(into, chunk->notes[i].all_null);
    thrift_write_list(&index, 2, THRIFT_BINARY, count);
    for (size_t i = 0; i < count; i++)
        thrift_element_binary(into, chunk->notes[i].least.data, chunk->notes[i].least.len);
    thrift_write_list(&index, 3, THRIFT_BINARY, count);
    for (size_t i = 0; i < count; i++)
        thrift_element_binary(into, chunk->notes[i].most.data, chunk->notes[i].most.len);
    thrift_write_i32(&index, 4, boundary_order(chunk));
    thrift_write_list(&index, 5, THRIFT_I64, count);
    for (size_t i = 0; i < count; i++)
        thrift_element_integer(into, chunk->notes[i].nulls);
    thrift_end(&index);
}

/* Writes one chunk; its metadata and indexes are kept for the end. */
static void put_chunk(struct parquet_writer *writer, struct parquet_chunk_writer *chunk,
                      struct parquet_index_place *place)
{
    struct buffer *dictionary = &writer->scratch;
    int64_t at = (int64_t)writer->written;
    dictionary->len = 0;
    parquet_chunk_finish(chunk, dictionary);
    size_t len = dictionary->len + chunk->pages.len;
    put(writer, dictionary->data, dictionary->len);
    put(writer, chunk->pages.data, chunk->pages.len);
    place->chunk_at = writer->groups.len;
    put_metadata(chunk, at, len, dictionary->len, &writer->groups);
    place->chunk_len = writer->groups.len - place->chunk_at;
    place->column_at = writer->indexes.len;
    put_column_index(chunk, &writer->indexes);
    place->column_len = writer->indexes.len - place->column_at;
    place->offset_at = writer->indexes.len;
    put_offset_index(chunk, at + (int64_t)dictionary->len, &writer->indexes);
    place->offset_len = writer->indexes.len - place->offset_at;
    place->group_bytes = (int64_t)chunk->uncompressed;
    place->group_packed = (int64_t)len;
}

void parquet_write_group(struct parquet_writer *writer)
{
    int64_t at = (int64_t)writer->written;
    for (size_t i = 0; i < writer->layout->root.column_count; i++) {
        struct parquet_index_place place = {.rows = (int64_t)writer->group_rows, .group_offset = at};
        put_chunk(writer, &writer->chunks[i], &place);
        buffer_add(&writer->places, &place, sizeof place);
        if (writer->options.stats)
            parquet_stats_add(writer->options.stats, i, &writer->chunks[i]);
        parquet_chunk_reset(&writer->chunks[i]);
    }
    writer->group_rows = 0;
    writer->group_count++;
}

/* What a leaf means, by the newer and the older annotation. */
static void put_integer(struct thrift_writer *element, int bits)
{
    thrift_write_i32(element, 6, bits == 8 ? 15 : 16);
    struct thrift_writer logical = thrift_write_struct(element, 10), integer = thrift_write_struct(&logical, 10);
    thrift_write_byte(&integer, 1, (int8_t)bits);
    thrift_write_boolean(&integer, 2, true);
    thrift_end(&integer);
    thrift_end(&logical);
}

static void put_empty(struct thrift_writer *element, int converted, int logical_id)
{
    thrift_write_i32(element, 6, converted);
    struct thrift_writer logical = thrift_write_struct(element, 10), empty = thrift_write_struct(&logical, logical_id);
    thrift_end(&empty);
    thrift_end(&logical);
}

static void put_timestamp(struct thrift_writer *element, bool utc)
{
    if (utc)
        thrift_write_i32(element, 6, 10);
    struct thrift_writer logical = thrift_write_struct(element, 10), type = thrift_write_struct(&logical, 8);
    thrift_write_boolean(&type, 1, utc);
    struct thrift_writer unit = thrift_write_struct(&type, 2), micros = thrift_write_struct(&unit, 2);
    thrift_end(&micros);
    thrift_end(&unit);
    thrift_end(&type);
    thrift_end(&logical);
}

static void put_decimal(struct thrift_writer *element, const struct parquet_target *target)
{
    thrift_write_i32(element, 6, 5);
    thrift_write_i32(element, 7, target->scale);
    thrift_write_i32(element, 8, target->precision);
    struct thrift_writer logical = thrift_write_struct(element, 10), type = thrift_write_struct(&logical, 5);
    thrift_write_i32(&type, 1, target->scale);
    thrift_write_i32(&type, 2, target->precision);
    thrift_end(&type);
    thrift_end(&logical);
}

static void put_meaning(struct thrift_writer *element, const struct parquet_target *target)
{
    switch (target->kind) {
    case PARQUET_KIND_BYTE:
        put_integer(element, 8);
        return;
    case PARQUET_KIND_SHORT:
        put_integer(element, 16);
        return;
    case PARQUET_KIND_DECIMAL:
        put_decimal(element, target);
        return;
    case PARQUET_KIND_STRING:
        put_empty(element, 0, 1);
        return;
    case PARQUET_KIND_DATE:
        put_empty(element, 6, 6);
        return;
    case PARQUET_KIND_TIMESTAMP:
    case PARQUET_KIND_TIMESTAMP_NTZ:
        put_timestamp(element, target->kind == PARQUET_KIND_TIMESTAMP);
        return;
    default:
        return;
    }
}

/* The head of a group; what it means is added by the caller, then thrift_end. */
static struct thrift_writer put_group(struct buffer *into, enum parquet_repetition repetition, const char *name,
                                      size_t len, size_t children)
{
    struct thrift_writer element = {.into = into};
    thrift_write_i32(&element, 3, (int32_t)repetition);
    thrift_write_binary(&element, 4, name, len);
    thrift_write_i32(&element, 5, (int32_t)children);
    return element;
}

/* Appends a field's schema elements, under a name: how many. */
static size_t put_field(const struct parquet_target *target, enum parquet_repetition repetition, const char *name,
                        size_t len, struct buffer *into)
{
    struct thrift_writer element = {.into = into};
    size_t count = 1;
    switch (target->kind) {
    case PARQUET_KIND_STRUCT:
        element = put_group(into, repetition, name, len, target->child_count);
        thrift_end(&element);
        for (size_t i = 0; i < target->child_count; i++)
            count += put_field(&target->children[i], PARQUET_OPTIONAL, target->children[i].name,
                               target->children[i].name_len, into);
        return count;
    case PARQUET_KIND_ARRAY:
        element = put_group(into, repetition, name, len, 1);
        put_empty(&element, 3, 3);
        thrift_end(&element);
        element = put_group(into, PARQUET_REPEATED, "list", 4, 1);
        thrift_end(&element);
        return 2 + put_field(target->children, PARQUET_OPTIONAL, "element", 7, into);
    case PARQUET_KIND_MAP:
        element = put_group(into, repetition, name, len, 1);
        put_empty(&element, 1, 2);
        thrift_end(&element);
        element = put_group(into, PARQUET_REPEATED, "key_value", 9, 2);
        thrift_end(&element);
        count = 2 + put_field(&target->children[0], PARQUET_REQUIRED, "key", 3, into);
        return count + put_field(&target->children[1], PARQUET_OPTIONAL, "value", 5, into);
    default:
        thrift_write_i32(&element, 1, (int32_t)target->physical);
        if (target->width > 0)
            thrift_write_i32(&element, 2, (int32_t)target->width);
        thrift_write_i32(&element, 3, (int32_t)repetition);
        thrift_write_binary(&element, 4, name, len);
        put_meaning(&element, target);
        thrift_end(&element);
        return 1;
    }
}

static void put_schema(const struct parquet_layout *layout, struct thrift_writer *footer)
{
    struct buffer fields = {0};
    struct thrift_writer root = {.into = &fields};
    size_t count = 1;
    thrift_write_binary(&root, 4, "spark_schema", 12);
    thrift_write_i32(&root, 5, (int32_t)layout->root.child_count);
    thrift_end(&root);
    for (size_t i = 0; i < layout->root.child_count; i++) {
        const struct parquet_target *child = &layout->root.children[i];
        count += put_field(child, PARQUET_OPTIONAL, child->name, child->name_len, &fields);
    }
    thrift_write_list(footer, 2, THRIFT_STRUCT, count);
    buffer_add(footer->into, fields.data, fields.len);
    buffer_free(&fields);
}

/* A type as Spark's DataType.json has it; a root is the type of records. */
static void put_spark_type(const struct parquet_target *target, struct buffer *into)
{
    static const char *const names[] = {
        [PARQUET_KIND_BOOLEAN] = "boolean",     [PARQUET_KIND_BYTE] = "byte",
        [PARQUET_KIND_SHORT] = "short",         [PARQUET_KIND_INT] = "integer",
        [PARQUET_KIND_LONG] = "long",           [PARQUET_KIND_FLOAT] = "float",
        [PARQUET_KIND_DOUBLE] = "double",       [PARQUET_KIND_STRING] = "string",
        [PARQUET_KIND_BINARY] = "binary",       [PARQUET_KIND_DATE] = "date",
        [PARQUET_KIND_TIMESTAMP] = "timestamp", [PARQUET_KIND_TIMESTAMP_NTZ] = "timestamp_ntz",
    };
    switch (target->kind) {
    case PARQUET_KIND_STRUCT:
        buffer_add_text(into, "{\"type\":\"struct\",\"fields\":[");
        for (size_t i = 0; i < target->child_count; i++) {
            buffer_add_text(into, i > 0 ? ",{\"name\":" : "{\"name\":");
            json_encode(target->children[i].name, target->children[i].name_len, into);
            buffer_add_text(into, ",\"type\":");
            put_spark_type(&target->children[i], into);
            buffer_add_text(into, ",\"nullable\":true,\"metadata\":{}}");
        }
        buffer_add_text(into, "]}");
        return;
    case PARQUET_KIND_ARRAY:
        buffer_add_text(into, "{\"type\":\"array\",\"elementType\":");
        put_spark_type(target->children, into);
        buffer_add_text(into, ",\"containsNull\":true}");
        return;
    case PARQUET_KIND_MAP:
        buffer_add_text(into, "{\"type\":\"map\",\"keyType\":");
        put_spark_type(&target->children[0], into);
        buffer_add_text(into, ",\"valueType\":");
        put_spark_type(&target->children[1], into);
        buffer_add_text(into, ",\"valueContainsNull\":true}");
        return;
    case PARQUET_KIND_DECIMAL:
        buffer_add_format(into, "\"decimal(%u,%u)\"", target->precision, target->scale);
        return;
    default:
        buffer_add_format(into, "\"%s\"", names[target->kind]);
        return;
    }
}

void parquet_layout_spark(const struct parquet_layout *layout, struct buffer *into)
{
    put_spark_type(&layout->root, into);
}

static void put_groups(const struct parquet_writer *writer, int64_t indexes_at, struct thrift_writer *footer)
{
    const struct parquet_index_place *place = (const struct parquet_index_place *)(const void *)writer->places.data;
    size_t columns = writer->layout->root.column_count;
    struct buffer *into = footer->into;
    thrift_write_list(footer, 4, THRIFT_STRUCT, writer->group_count);
    for (size_t g = 0; g < writer->group_count; g++, place += columns) {
        struct thrift_writer group = {.into = into};
        int64_t bytes = 0, packed = 0;
        thrift_write_list(&group, 1, THRIFT_STRUCT, columns);
        for (size_t i = 0; i < columns; i++) {
            struct thrift_writer chunk = {.into = into};
            thrift_write_i64(&chunk, 2, 0);
            thrift_write_struct(&chunk, 3);
            buffer_add(into, writer->groups.data + place[i].chunk_at, place[i].chunk_len);
            thrift_write_i64(&chunk, 4, indexes_at + (int64_t)place[i].offset_at);
            thrift_write_i32(&chunk, 5, (int32_t)place[i].offset_len);
            if (place[i].column_len > 0) {
                thrift_write_i64(&chunk, 6, indexes_at + (int64_t)place[i].column_at);
                thrift_write_i32(&chunk, 7, (int32_t)place[i].column_len);
            }
            thrift_end(&chunk);
            bytes += place[i].group_bytes;
            packed += place[i].group_packed;
        }
        thrift_write_i64(&group, 2, bytes);
        thrift_write_i64(&group, 3, place->rows);
        thrift_write_i64(&group, 5, place->group_offset);
        thrift_write_i64(&group, 6, packed);
        thrift_end(&group);
    }
}

static void put_key_value(const char *key, const struct buffer *value, struct thrift_writer *footer)
{
    thrift_write_list(footer, 5, THRIFT_STRUCT, 1);
    struct thrift_writer pair = {.into = footer->into};
    thrift_write_binary(&pair, 1, key, strlen(key));
    thrift_write_binary(&pair, 2, value->data, value->len);
    thrift_end(&pair);
}

/* Each column is compared by its type's own order. */
static void put_orders(size_t columns, struct thrift_writer *footer)
{
    thrift_write_list(footer, 7, THRIFT_STRUCT, columns);
    for (size_t i = 0; i < columns; i++) {
        struct thrift_writer order = {.into = footer->into}, type = thrift_write_struct(&order, 1);
        thrift_end(&type);
        thrift_end(&order);
    }
}

void parquet_write_footer(struct parquet_writer *writer)
{
    struct buffer bytes = {0}, metadata = {0};
    struct thrift_writer footer = {.into = &bytes};
    int64_t indexes_at = (int64_t)writer->written;
    put(writer, writer->indexes.data ? writer->indexes.data : "", writer->indexes.len);
    thrift_write_i32(&footer, 1, 1);
    put_schema(writer->layout, &footer);
    thrift_write_i64(&footer, 3, (int64_t)writer->rows);
    put_groups(writer, indexes_at, &footer);
    put_spark_type(&writer->layout->root, &metadata);
    put_key_value(spark_key, &metadata, &footer);
    thrift_write_binary(&footer, 6, created_by, sizeof created_by - 1);
    put_orders(writer->layout->root.column_count, &footer);
    thrift_end(&footer);
    for (unsigned i = 0, len = (unsigned)bytes.len; i < 4; i++)
        buffer_add_char(&bytes, (char)(len >> 8 * i));
    buffer_add(&bytes, parquet_magic, PARQUET_MAGIC_LEN);
    put(writer, bytes.data, bytes.len);
    buffer_free(&bytes);
    buffer_free(&metadata);
}

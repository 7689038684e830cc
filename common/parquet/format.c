#include "parquet/format_inner.h"

#include <string.h>

/* An array of `count` elements of a list, zeroed, in the arena; their number is at most that of bytes in the footer. */
static void *list_memory(struct arena *arena, size_t count, size_t size)
{
    void *memory = arena_alloc(arena, count * size + 1);
    memset(memory, 0, count * size + 1);
    return memory;
}

static void read_unit(struct thrift_reader *reader, struct thrift_field field, struct parquet_node *node)
{
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        if (inner.id >= 1 && inner.id <= 3)
            node->unit = (enum parquet_unit)(inner.id - 1);
        thrift_skip(reader, inner);
    }
}

/* TimeType, TimestampType. */
static void read_time(struct thrift_reader *reader, struct thrift_field field, struct parquet_node *node,
                      enum parquet_meaning meaning)
{
    struct thrift_field inner = {0};
    node->meaning = meaning;
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        if (inner.id == 1)
            node->utc = thrift_boolean(reader, inner);
        else if (inner.id == 2)
            read_unit(reader, inner, node);
        else
            thrift_skip(reader, inner);
    }
}

static void read_decimal(struct thrift_reader *reader, struct thrift_field field, struct parquet_node *node)
{
    struct thrift_field inner = {0};
    node->meaning = PARQUET_DECIMAL;
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        if (inner.id == 1)
            node->scale = thrift_int32(reader, inner);
        else if (inner.id == 2)
            node->precision = thrift_int32(reader, inner);
        else
            thrift_skip(reader, inner);
    }
}

static void read_integer_type(struct thrift_reader *reader, struct thrift_field field, struct parquet_node *node)
{
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        if (inner.id == 1)
            node->bits = (unsigned)thrift_integer(reader, inner) & 0xFF;
        else if (inner.id == 2)
            node->is_signed = thrift_boolean(reader, inner);
        else
            thrift_skip(reader, inner);
    }
    if (node->bits == 8 || node->bits == 16 || node->bits == 32 || node->bits == 64)
        node->meaning = PARQUET_INTEGER;
}

/* The union LogicalType. */
static void read_logical(struct thrift_reader *reader, struct thrift_field field,
                         struct parquet_schema_element *element)
{
    static const unsigned char simple[] = {
        [1] = PARQUET_STRING, [4] = PARQUET_ENUM, [6] = PARQUET_DATE, [11] = PARQUET_NOTHING, [12] = PARQUET_JSON,
        [13] = PARQUET_BSON,  [14] = PARQUET_UUID, [15] = PARQUET_FLOAT16,
    };
    struct parquet_node *node = &element->node;
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        element->logical = true;
        switch (inner.id) {
        case 5:
            read_decimal(reader, inner, node);
            break;
        case 7:
            read_time(reader, inner, node, PARQUET_TIME);
            break;
        case 8:
            read_time(reader, inner, node, PARQUET_TIMESTAMP);
            break;
        case 10:
            read_integer_type(reader, inner, node);
            break;
        default:
            element->map |= inner.id == 2;
            element->list |= inner.id == 3;
            if (inner.id > 0 && (size_t)inner.id < sizeof simple)
                node->meaning = simple[inner.id];
            else
                element->logical = false; /* of a newer Parquet: its bytes as they are */
            thrift_skip(reader, inner);
            break;
        }
    }
}

static void read_element(struct thrift_reader *reader, struct arena *arena, struct thrift_field field,
                         struct parquet_schema_element *element)
{
    struct thrift_field inner = {0};
    struct thrift_bytes name = {"", 0};
    element->physical = element->converted = -1;
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        switch (inner.id) {
        case 1:
            element->physical = thrift_int32(reader, inner) & INT32_MAX;
            break;
        case 2:
            element->width = thrift_int32(reader, inner);
            break;
        case 3:
            element->node.repetition = (enum parquet_repetition)thrift_int32(reader, inner);
            break;
        case 4:
            name = thrift_binary(reader, inner);
            break;
        case 5:
            element->children = thrift_int32(reader, inner);
            break;
        case 6:
            element->converted = thrift_int32(reader, inner);
            break;
        case 7:
            element->scale = thrift_int32(reader, inner);
            break;
        case 8:
            element->precision = thrift_int32(reader, inner);
            break;
        case 10:
            read_logical(reader, inner, element);
            break;
        default:
            thrift_skip(reader, inner);
            break;
        }
    }
    element->node.name = arena_copy(arena, name.data, name.len);
    element->node.name_len = name.len;
}

static void read_statistics(struct thrift_reader *reader, struct thrift_field field,
                            struct parquet_statistics *statistics)
{
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        switch (inner.id) {
        case 1:
            statistics->old_max = thrift_binary(reader, inner);
            statistics->has_old_max = true;
            break;
        case 2:
            statistics->old_min = thrift_binary(reader, inner);
            statistics->has_old_min = true;
            break;
        case 3:
            statistics->nulls = thrift_integer(reader, inner);
            statistics->has_nulls = true;
            break;
        case 5:
            statistics->max = thrift_binary(reader, inner);
            statistics->has_max = true;
            break;
        case 6:
            statistics->min = thrift_binary(reader, inner);
            statistics->has_min = true;
            break;
        default:
            thrift_skip(reader, inner);
            break;
        }
    }
}

/* ColumnMetaData. */
static void read_column(struct thrift_reader *reader, struct thrift_field field, struct parquet_chunk *chunk)
{
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    chunk->there = true;
    while (thrift_next(reader, &inner)) {
        switch (inner.id) {
        case 1:
            chunk->physical = thrift_int32(reader, inner);
            break;
        case 4:
            chunk->codec = thrift_int32(reader, inner);
            break;
        case 5:
            chunk->values = thrift_integer(reader, inner);
            break;
        case 6:
            chunk->uncompressed = thrift_integer(reader, inner);
            break;
        case 7:
            chunk->compressed = thrift_integer(reader, inner);
            break;
        case 9:
            chunk->data_page = thrift_integer(reader, inner);
            break;
        case 11:
            chunk->dictionary_page = thrift_integer(reader, inner);
            break;
        case 12:
            read_statistics(reader, inner, &chunk->statistics);
            break;
        default:
            thrift_skip(reader, inner);
            break;
        }
    }
}

/* ColumnChunk. */
static void read_chunk(struct thrift_reader *reader, struct thrift_field field, struct parquet_chunk *chunk)
{
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        switch (inner.id) {
        case 1:
            chunk->elsewhere = thrift_binary(reader, inner).len > 0;
            break;
        case 3:
            read_column(reader, inner, chunk);
            break;
        case 4:
            chunk->offset_index = thrift_integer(reader, inner);
            break;
        case 5:
            chunk->offset_index_len = thrift_int32(reader, inner);
            break;
        case 6:
            chunk->column_index = thrift_integer(reader, inner);
            break;
        case 7:
            chunk->column_index_len = thrift_int32(reader, inner);
            break;
        case 8:
            chunk->encrypted = true;
            thrift_skip(reader, inner);
            break;
        default:
            thrift_skip(reader, inner);
            break;
        }
    }
}

static void read_row_group(struct thrift_reader *reader, struct arena *arena, struct thrift_field field,
                           struct parquet_row_group *group)
{
    struct thrift_field inner = {0}, element;
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        switch (inner.id) {
        case 1:
            group->chunk_count = thrift_list(reader, inner, &element);
            group->chunks = list_memory(arena, group->chunk_count, sizeof *group->chunks);
            for (size_t i = 0; i < group->chunk_count; i++)
                read_chunk(reader, element, &group->chunks[i]);
            break;
        case 3:
            group->rows = thrift_integer(reader, inner);
            break;
        default:
            thrift_skip(reader, inner);
            break;
        }
    }
}

static void read_key_value(struct thrift_reader *reader, struct thrift_field field, struct thrift_bytes *key,
                           struct thrift_bytes *value)
{
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        if (inner.id == 1)
            *key = thrift_binary(reader, inner);
        else if (inner.id == 2)
            *value = thrift_binary(reader, inner);
        else
            thrift_skip(reader, inner);
    }
}

static void read_footer_field(struct thrift_reader *reader, struct arena *arena, struct thrift_field field,
                              struct parquet_footer *footer)
{
    struct thrift_field element;
    switch (field.id) {
    case 2:
        footer->element_count = thrift_list(reader, field, &element);
        footer->elements = list_memory(arena, footer->element_count, sizeof *footer->elements);
        for (size_t i = 0; i < footer->element_count; i++)
            read_element(reader, arena, element, &footer->elements[i]);
        return;
    case 3:
        footer->rows = thrift_integer(reader, field);
        return;
    case 4:
        footer->row_group_count = thrift_list(reader, field, &element);
        footer->row_groups = list_memory(arena, footer->row_group_count, sizeof *footer->row_groups);
        for (size_t i = 0; i < footer->row_group_count; i++)
            read_row_group(reader, arena, element, &footer->row_groups[i]);
        return;
    case 5:
        footer->key_count = thrift_list(reader, field, &element);
        footer->keys = list_memory(arena, footer->key_count, sizeof *footer->keys);
        footer->values = list_memory(arena, footer->key_count, sizeof *footer->values);
        for (size_t i = 0; i < footer->key_count; i++)
            read_key_value(reader, element, &footer->keys[i], &footer->values[i]);
        return;
    case 6:
        footer->created_by = thrift_binary(reader, field);
        return;
    case 8:
        footer->encrypted = true;
        thrift_skip(reader, field);
        return;
    default:
        thrift_skip(reader, field);
        return;
    }
}

bool parquet_footer_read(const char *bytes, size_t len, struct arena *arena, struct parquet_footer *footer)
{
    struct thrift_reader reader = {.at = (const unsigned char *)bytes, .end = (const unsigned char *)bytes + len};
    struct thrift_field field = {0};
    while (thrift_next(&reader, &field))
        read_footer_field(&reader, arena, field, footer);
    return !thrift_failed(&reader);
}

/* DataPageHeader (PAGE_DATA) and DictionaryPageHeader, whose first fields are the same. */
static void read_data_header(struct thrift_reader *reader, struct thrift_field field,
                             struct parquet_page_header *header)
{
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        if (inner.id == 1)
            header->values = thrift_int32(reader, inner);
        else if (inner.id == 2)
            header->encoding = thrift_int32(reader, inner);
        else if (inner.id == 3 && inner.type == THRIFT_I32)
            header->definition_encoding = thrift_int32(reader, inner);
        else if (inner.id == 4)
            header->repetition_encoding = thrift_int32(reader, inner);
        else
            thrift_skip(reader, inner);
    }
}

static void read_data_header_v2(struct thrift_reader *reader, struct thrift_field field,
                                struct parquet_page_header *header)
{
    struct thrift_field inner = {0};
    header->is_compressed = true;
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        switch (inner.id) {
        case 1:
            header->values = thrift_int32(reader, inner);
            break;
        case 2:
            header->nulls = thrift_int32(reader, inner);
            break;
        case 3:
            header->rows = thrift_int32(reader, inner);
            break;
        case 4:
            header->encoding = thrift_int32(reader, inner);
            break;
        case 5:
            header->definition_len = thrift_int32(reader, inner);
            break;
        case 6:
            header->repetition_len = thrift_int32(reader, inner);
            break;
        case 7:
            header->is_compressed = thrift_boolean(reader, inner);
            break;
        default:
            thrift_skip(reader, inner);
            break;
        }
    }
}

bool parquet_page_header_read(const char *bytes, size_t len, struct parquet_page_header *header, size_t *used,
                              bool *more)
{
    struct thrift_reader reader = {.at = (const unsigned char *)bytes, .end = (const unsigned char *)bytes + len};
    struct thrift_field field = {0};
    *header = (struct parquet_page_header){.type = -1};
    while (thrift_next(&reader, &field)) {
        switch (field.id) {
        case 1:
            header->type = thrift_int32(&reader, field);
            break;
        case 2:
            header->uncompressed = thrift_int32(&reader, field);
            break;
        case 3:
            header->compressed = thrift_int32(&reader, field);
            break;
        case 4:
            header->crc = (uint32_t)thrift_int32(&reader, field);
            header->has_crc = true;
            break;
        case 5:
        case 7:
            read_data_header(&reader, field, header);
            break;
        case 8:
            read_data_header_v2(&reader, field, header);
            break;
        default:
            thrift_skip(&reader, field);
            break;
        }
    }
    *used = (size_t)(reader.at - (const unsigned char *)bytes);
    *more = reader.ended && !reader.bad;
    return !thrift_failed(&reader);
}

static void read_place(struct thrift_reader *reader, struct thrift_field field, struct parquet_page_place *place)
{
    struct thrift_field inner = {0};
    if (!thrift_struct(reader, field))
        return;
    while (thrift_next(reader, &inner)) {
        if (inner.id == 1)
            place->offset = thrift_integer(reader, inner);
        else if (inner.id == 2)
            place->len = thrift_int32(reader, inner);
        else if (inner.id == 3)
            place->first_row = thrift_integer(reader, inner);
        else
            thrift_skip(reader, inner);
    }
}

bool parquet_offset_index_read(const char *bytes, size_t len, struct arena *arena, struct parquet_page_place **places,
                               size_t *count)
{
    struct thrift_reader reader = {.at = (const unsigned char *)bytes, .end = (const unsigned char *)bytes + len};
    struct thrift_field field = {0}, element;
    *count = 0;
    while (thrift_next(&reader, &field)) {
        if (field.id != 1) {
            thrift_skip(&reader, field);
            continue;
        }
        *count = thrift_list(&reader, field, &element);
        *places = list_memory(arena, *count, sizeof **places);
        for (size_t i = 0; i < *count; i++)
            read_place(&reader, element, &(*places)[i]);
    }
    bool good = !thrift_failed(&reader) && *count > 0 && (*places)[0].first_row == 0;
    for (size_t i = 1; good && i < *count; i++)
        good = (*places)[i].first_row > (*places)[i - 1].first_row && (*places)[i].offset > (*places)[i - 1].offset;
    return good;
}

static struct thrift_bytes *read_bounds(struct thrift_reader *reader, struct thrift_field field, struct arena *arena,
                                        size_t *count)
{
    struct thrift_field element;
    *count = thrift_list(reader, field, &element);
    struct thrift_bytes *bounds = list_memory(arena, *count, sizeof *bounds);
    for (size_t i = 0; i < *count; i++)
        bounds[i] = thrift_binary(reader, element);
    return bounds;
}

bool parquet_column_index_read(const char *bytes, size_t len, struct arena *arena, struct parquet_column_index *index)
{
    struct thrift_reader reader = {.at = (const unsigned char *)bytes, .end = (const unsigned char *)bytes + len};
    struct thrift_field field = {0}, element;
    size_t mins = 0, maxs = 0, nulls = 0;
    while (thrift_next(&reader, &field)) {
        switch (field.id) {
        case 1:
            index->count = thrift_list(&reader, field, &element);
            index->null_pages = list_memory(arena, index->count, sizeof *index->null_pages);
            for (size_t i = 0; i < index->count; i++)
                index->null_pages[i] = thrift_boolean(&reader, element);
            break;
        case 2:
            index->mins = read_bounds(&reader, field, arena, &mins);
            break;
        case 3:
            index->maxs = read_bounds(&reader, field, arena, &maxs);
            break;
        case 5:
            nulls = thrift_list(&reader, field, &element);
            index->nulls = list_memory(arena, nulls, sizeof *index->nulls);
            for (size_t i = 0; i < nulls; i++)
                index->nulls[i] = thrift_integer(&reader, element);
            break;
        default:
            thrift_skip(&reader, field);
            break;
        }
    }
    return !thrift_failed(&reader) && mins == index->count && maxs == index->count &&
           (!index->nulls || nulls == index->count);
}

#include "parquet/thrift.h"

static uint64_t read_varint(struct thrift_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (reader->at == reader->end) {
            reader->ended = true;
            return 0;
        }
        unsigned char byte = *reader->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80)
            return value;
    }
    reader->bad = true;
    return 0;
}

static int64_t read_zigzag(struct thrift_reader *reader)
{
    uint64_t value = read_varint(reader);
    return (int64_t)(value >> 1 ^ -(value & 1));
}

static unsigned char read_byte(struct thrift_reader *reader)
{
    if (reader->at == reader->end) {
        reader->ended = true;
        return 0;
    }
    return *reader->at++;
}

static bool fail(struct thrift_reader *reader)
{
    reader->bad = true;
    return false;
}

bool thrift_next(struct thrift_reader *reader, struct thrift_field *field)
{
    if (thrift_failed(reader))
        return false;
    unsigned char head = read_byte(reader);
    field->type = head & 0xF;
    if (thrift_failed(reader) || field->type == THRIFT_STOP)
        return false;
    if (field->type > THRIFT_STRUCT)
        return fail(reader);
    int64_t id = head >> 4 ? field->id + (head >> 4) : read_zigzag(reader);
    if (thrift_failed(reader))
        return false;
    if (id < INT16_MIN || id > INT16_MAX)
        return fail(reader);
    field->id = (int)id;
    return true;
}

bool thrift_boolean(struct thrift_reader *reader, struct thrift_field field)
{
    if (field.type != THRIFT_TRUE && field.type != THRIFT_FALSE)
        return fail(reader);
    if (field.id == 0) /* an element has its value behind it, in both spellings there are */
        return !thrift_failed(reader) && read_byte(reader) == THRIFT_TRUE;
    return field.type == THRIFT_TRUE;
}

int64_t thrift_integer(struct thrift_reader *reader, struct thrift_field field)
{
    if (thrift_failed(reader))
        return 0;
    switch (field.type) {
    case THRIFT_BYTE:
        return (int8_t)read_byte(reader);
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64: {
        int64_t value = read_zigzag(reader);
        return thrift_failed(reader) ? 0 : value;
    }
    default:
        return fail(reader);
    }
}

int32_t thrift_int32(struct thrift_reader *reader, struct thrift_field field)
{
    int64_t value = thrift_integer(reader, field);
    if (value >= INT32_MIN && value <= INT32_MAX)
        return (int32_t)value;
    fail(reader);
    return 0;
}

struct thrift_bytes thrift_binary(struct thrift_reader *reader, struct thrift_field field)
{
    struct thrift_bytes none = {"", 0};
    if (field.type != THRIFT_BINARY)
        fail(reader);
    if (thrift_failed(reader))
        return none;
    uint64_t len = read_varint(reader);
    if (thrift_failed(reader))
        return none;
    if (len > (uint64_t)(reader->end - reader->at)) {
        reader->ended = true;
        return none;
    }
    struct thrift_bytes bytes = {(const char *)reader->at, (size_t)len};
    reader->at += len;
    return bytes;
}

size_t thrift_list(struct thrift_reader *reader, struct thrift_field field, struct thrift_field *element)
{
    *element = (struct thrift_field){0};
    if (field.type != THRIFT_LIST && field.type != THRIFT_SET)
        fail(reader);
    if (thrift_failed(reader))
        return 0;
    unsigned char head = read_byte(reader);
    uint64_t count = head >> 4;
    if (count == 15)
        count = read_varint(reader);
    element->type = head & 0xF;
    if (thrift_failed(reader))
        return 0;
    /* of none some writers say nothing */
    if (count > 0 && (element->type == THRIFT_STOP || element->type > THRIFT_STRUCT)) {
        fail(reader);
        return 0;
    }
    if (count > (uint64_t)(reader->end - reader->at)) { /* none takes less than a byte */
        reader->ended = true;
        return 0;
    }
    return (size_t)count;
}

bool thrift_struct(struct thrift_reader *reader, struct thrift_field field)
{
    return thrift_failed(reader) ? false : field.type == THRIFT_STRUCT || fail(reader);
}

static void skip(struct thrift_reader *reader, struct thrift_field field, unsigned depth);

static void skip_map(struct thrift_reader *reader, unsigned depth)
{
    uint64_t count = read_varint(reader);
    if (thrift_failed(reader) || count == 0)
        return;
    unsigned char types = read_byte(reader);
    for (uint64_t i = 0; i < count && !thrift_failed(reader); i++) {
        skip(reader, (struct thrift_field){.type = types >> 4}, depth);
        skip(reader, (struct thrift_field){.type = types & 0xF}, depth);
    }
}

/* Recursion is bounded by THRIFT_DEPTH_MAX. */
static void skip(struct thrift_reader *reader, struct thrift_field field, unsigned depth)
{
    struct thrift_field inner = {0};
    if (thrift_failed(reader))
        return;
    if (depth > THRIFT_DEPTH_MAX) {
        fail(reader);
        return;
    }
    switch (field.type) {
    case THRIFT_TRUE:
    case THRIFT_FALSE:
        thrift_boolean(reader, field);
        return;
    case THRIFT_BYTE:
    case THRIFT_I16:
    case THRIFT_I32:
    case THRIFT_I64:
        thrift_integer(reader, field);
        return;
    case THRIFT_DOUBLE:
        if (reader->end - reader->at < 8)
            reader->ended = true;
        else
            reader->at += 8;
        return;
    case THRIFT_BINARY:
        thrift_binary(reader, field);
        return;
    case THRIFT_LIST:
    case THRIFT_SET:
        for (size_t count = thrift_list(reader, field, &inner); count > 0 && !thrift_failed(reader); count--)
            skip(reader, inner, depth + 1);
        return;
    case THRIFT_MAP:
        skip_map(reader, depth + 1);
        return;
    case THRIFT_STRUCT:
        while (thrift_next(reader, &inner))
            skip(reader, inner, depth + 1);
        return;
    case THRIFT_STOP:
    default:
        fail(reader);
        return;
    }
}

void thrift_skip(struct thrift_reader *reader, struct thrift_field field)
{
    skip(reader, field, 0);
}

static void write_varint(struct buffer *into, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buffer_add_char(into, (char)(value | 0x80));
    buffer_add_char(into, (char)value);
}

static void write_zigzag(struct buffer *into, int64_t value)
{
    write_varint(into, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void write_head(struct thrift_writer *writer, int id, enum thrift_type type)
{
    int step = id - writer->last;
    writer->last = id;
    if (step > 0 && step < 16) {
        buffer_add_char(writer->into, (char)(step << 4 | (int)type));
        return;
    }
    buffer_add_char(writer->into, (char)type);
    write_zigzag(writer->into, id);
}

void thrift_write_boolean(struct thrift_writer *writer, int id, bool value)
{
    write_head(writer, id, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_write_i32(struct thrift_writer *writer, int id, int32_t value)
{
    write_head(writer, id, THRIFT_I32);
    write_zigzag(writer->into, value);
}

void thrift_write_i64(struct thrift_writer *writer, int id, int64_t value)
{
    write_head(writer, id, THRIFT_I64);
    write_zigzag(writer->into, value);
}

void thrift_write_byte(struct thrift_writer *writer, int id, int8_t value)
{
    write_head(writer, id, THRIFT_BYTE);
    buffer_add_char(writer->into, value);
}

void thrift_write_binary(struct thrift_writer *writer, int id, const char *data, size_t len)
{
    write_head(writer, id, THRIFT_BINARY);
    thrift_element_binary(writer->into, data, len);
}

struct thrift_writer thrift_write_struct(struct thrift_writer *writer, int id)
{
    write_head(writer, id, THRIFT_STRUCT);
    return (struct thrift_writer){.into = writer->into};
}

void thrift_end(struct thrift_writer *writer)
{
    buffer_add_char(writer->into, THRIFT_STOP);
}

void thrift_write_list(struct thrift_writer *writer, int id, enum thrift_type type, size_t count)
{
    write_head(writer, id, THRIFT_LIST);
    if (count < 15) {
        buffer_add_char(writer->into, (char)(count << 4 | type));
        return;
    }
    buffer_add_char(writer->into, (char)(0xF0 | type));
    write_varint(writer->into, count);
}

void thrift_element_integer(struct buffer *into, int64_t value)
{
    write_zigzag(into, value);
}

void thrift_element_boolean(struct buffer *into, bool value)
{
    buffer_add_char(into, value ? THRIFT_TRUE : THRIFT_FALSE);
}

void thrift_element_binary(struct buffer *into, const char *data, size_t len)
{
    write_varint(into, len);
    buffer_add(into, data, len);
}

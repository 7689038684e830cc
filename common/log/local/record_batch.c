#include "log/local/record_batch.h"

#include "log/local/crc32c.h"

enum {
    CRC_FIELD = 17,
    CRC_START = 21, /* the checksum covers the batch from its attributes on */
    VARINT_MAX = 10,
};

static void put16(char *at, uint16_t v)
{
    at[0] = (char)(v >> 8);
    at[1] = (char)v;
}

static void put32(char *at, uint32_t v)
{
    put16(at, (uint16_t)(v >> 16));
    put16(at + 2, (uint16_t)v);
}

static void put64(char *at, uint64_t v)
{
    put32(at, (uint32_t)(v >> 32));
    put32(at + 4, (uint32_t)v);
}

static uint16_t get16(const char *at)
{
    return (uint16_t)((unsigned char)at[0] << 8 | (unsigned char)at[1]);
}

static uint32_t get32(const char *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static uint64_t get64(const char *at)
{
    return (uint64_t)get32(at) << 32 | get32(at + 4);
}

struct record_batch record_batch_front(const char *bytes)
{
    return (struct record_batch){
        .base_offset = (int64_t)get64(bytes),
        .length = (int32_t)get32(bytes + 8),
        .leader_epoch = (int32_t)get32(bytes + 12),
        .magic = bytes[16],
        .crc = get32(bytes + CRC_FIELD),
        .attributes = (int16_t)get16(bytes + CRC_START),
        .last_offset_delta = (int32_t)get32(bytes + 23),
        .base_timestamp = (int64_t)get64(bytes + 27),
        .max_timestamp = (int64_t)get64(bytes + 35),
        .producer_id = (int64_t)get64(bytes + 43),
        .producer_epoch = (int16_t)get16(bytes + 51),
        .base_sequence = (int32_t)get32(bytes + 53),
        .count = (int32_t)get32(bytes + 57),
    };
}

static void front_write(char *at, const struct record_batch *front)
{
    put64(at, (uint64_t)front->base_offset);
    put32(at + 8, (uint32_t)front->length);
    put32(at + 12, (uint32_t)front->leader_epoch);
    at[16] = front->magic;
    put32(at + CRC_FIELD, front->crc);
    put16(at + CRC_START, (uint16_t)front->attributes);
    put32(at + 23, (uint32_t)front->last_offset_delta);
    put64(at + 27, (uint64_t)front->base_timestamp);
    put64(at + 35, (uint64_t)front->max_timestamp);
    put64(at + 43, (uint64_t)front->producer_id);
    put16(at + 51, (uint16_t)front->producer_epoch);
    put32(at + 53, (uint32_t)front->base_sequence);
    put32(at + 57, (uint32_t)front->count);
}

bool record_batch_valid(const struct record_batch *front, const char *bytes)
{
    size_t size = (size_t)record_batch_size(front);
    return front->length >= RECORD_BATCH_FRONT - RECORD_BATCH_UNCOUNTED &&
           crc32c(0, bytes + CRC_START, size - CRC_START) == front->crc;
}

/* Zigzag varints, as in Protocol Buffers. */
static size_t varint_size(int64_t v)
{
    uint64_t z = (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
    size_t size = 1;
    for (; z >= 0x80; z >>= 7)
        size++;
    return size;
}

static char *varint_write(char *at, int64_t v)
{
    uint64_t z = (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
    for (; z >= 0x80; z >>= 7)
        *at++ = (char)(z | 0x80);
    *at++ = (char)z;
    return at;
}

/* Reads on from *at, not beyond end. */
static bool varint_read(const char **at, const char *end, int64_t *v)
{
    uint64_t z = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        unsigned char byte = (unsigned char)*(*at)++;
        z |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80)) {
            *v = (int64_t)(z >> 1) ^ -(int64_t)(z & 1);
            return true;
        }
    }
    return false;
}

static size_t field_size(const char *bytes, size_t len)
{
    return bytes ? varint_size((int64_t)len) + len : varint_size(-1);
}

static char *field_write(char *at, const char *bytes, size_t len)
{
    if (!bytes)
        return varint_write(at, -1);
    at = varint_write(at, (int64_t)len);
    if (len > 0)
        memcpy(at, bytes, len);
    return at + len;
}

/* a - b, wrapping: a timestamp may be any 64-bit number. */
static int64_t difference(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* A record's size without its length field. */
static size_t record_size(const struct record_batch_writer *writer, const struct log_record *record)
{
    int64_t base = writer->count > 0 ? writer->base_timestamp : record->timestamp;
    size_t size = 1 + varint_size(difference(record->timestamp, base)) + varint_size(writer->count);
    size += field_size(record->key, record->key_len) + field_size(record->value, record->value_len);
    size += varint_size((int64_t)record->header_count);
    for (size_t i = 0; i < record->header_count; i++)
        size += field_size(record->headers[i].key, record->headers[i].key_len) +
                field_size(record->headers[i].value, record->headers[i].value_len);
    return size;
}

void record_batch_writer_start(struct record_batch_writer *writer)
{
    writer->bytes.len = 0;
    buffer_reserve(&writer->bytes, RECORD_BATCH_FRONT);
    writer->bytes.len = RECORD_BATCH_FRONT;
    writer->count = 0;
}

size_t record_batch_writer_size_with(const struct record_batch_writer *writer, const struct log_record *record)
{
    size_t size = record_size(writer, record);
    return (writer->count ? writer->bytes.len : RECORD_BATCH_FRONT) + varint_size((int64_t)size) + size;
}

void record_batch_writer_add(struct record_batch_writer *writer, const struct log_record *record)
{
    size_t size = record_size(writer, record);
    if (writer->count == 0)
        writer->base_timestamp = writer->max_timestamp = record->timestamp;
    buffer_reserve(&writer->bytes, size + VARINT_MAX);
    char *start = writer->bytes.data + writer->bytes.len;
    char *at = varint_write(start, (int64_t)size);
    *at++ = 0; /* record attributes: unused */
    at = varint_write(at, difference(record->timestamp, writer->base_timestamp));
    at = varint_write(at, writer->count);
    at = field_write(at, record->key, record->key_len);
    at = field_write(at, record->value, record->value_len);
    at = varint_write(at, (int64_t)record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        at = field_write(at, record->headers[i].key, record->headers[i].key_len);
        at = field_write(at, record->headers[i].value, record->headers[i].value_len);
    }
    writer->bytes.len += (size_t)(at - start);
    if (record->timestamp > writer->max_timestamp)
        writer->max_timestamp = record->timestamp;
    writer->count++;
}

struct buffer *record_batch_writer_finish(struct record_batch_writer *writer, const struct record_batch *front,
                                          int64_t append_time)
{
    struct buffer *bytes = &writer->bytes;
    if ((front->attributes & RECORD_BATCH_CODEC) == CODEC_GZIP) {
        bytes = &writer->packed;
        bytes->len = 0;
        buffer_add(bytes, writer->bytes.data, RECORD_BATCH_FRONT);
        codec_pack_gzip(writer->bytes.data + RECORD_BATCH_FRONT, writer->bytes.len - RECORD_BATCH_FRONT, bytes);
    }
    struct record_batch whole = *front;
    whole.base_offset = 0;
    whole.length = (int32_t)(bytes->len - RECORD_BATCH_UNCOUNTED);
    whole.magic = 2;
    whole.last_offset_delta = writer->count - 1;
    whole.base_timestamp = writer->base_timestamp;
    whole.max_timestamp = front->attributes & RECORD_BATCH_APPEND_TIME ? append_time : writer->max_timestamp;
    whole.count = writer->count;
    whole.crc = 0;
    front_write(bytes->data, &whole);
    put32(bytes->data + CRC_FIELD, crc32c(0, bytes->data + CRC_START, bytes->len - CRC_START));
    return bytes;
}

void record_batch_set_offset(struct buffer *batch, int64_t base_offset)
{
    put64(batch->data, (uint64_t)base_offset);
}

void record_batch_writer_free(struct record_batch_writer *writer)
{
    buffer_free(&writer->bytes);
    buffer_free(&writer->packed);
}

void record_batch_write_control(struct buffer *into, int64_t producer_id, int16_t producer_epoch, bool commit,
                                int64_t timestamp)
{
    /* key: version 0, type (0 abort, 1 commit); value: version 0, coordinator epoch 0 */
    const char key[4] = {0, 0, 0, (char)commit};
    const char value[6] = {0};
    struct log_record record = {
        .timestamp = timestamp, .key = key, .key_len = sizeof key, .value = value, .value_len = sizeof value};
    struct record_batch_writer writer = {0};
    record_batch_writer_start(&writer);
    record_batch_writer_add(&writer, &record);
    struct record_batch front = {
        .attributes = RECORD_BATCH_TRANSACTIONAL | RECORD_BATCH_CONTROL, .producer_id = producer_id,
        .producer_epoch = producer_epoch, .base_sequence = -1,
    };
    struct buffer *bytes = record_batch_writer_finish(&writer, &front, timestamp);
    buffer_add(into, bytes->data, bytes->len);
    record_batch_writer_free(&writer);
}

bool record_batch_reader_start(struct record_batch_reader *reader, const char *bytes)
{
    reader->front = record_batch_front(bytes);
    reader->error = NULL;
    reader->left = 0;
    if (reader->front.magic != 2) {
        reader->error = "its format is not record batch version 2 (magic 2)";
        return false;
    }
    enum codec codec = (enum codec)(reader->front.attributes & RECORD_BATCH_CODEC);
    const char *records = bytes + RECORD_BATCH_FRONT;
    size_t len = (size_t)record_batch_size(&reader->front) - RECORD_BATCH_FRONT;
    if (codec != CODEC_NONE) {
        reader->inflated.len = 0;
        buffer_reserve(&reader->inflated, 1);
        reader->error = codec_unpack(codec, records, len, &reader->inflated);
        if (reader->error)
            return false;
        records = reader->inflated.data;
        len = reader->inflated.len;
    }
    reader->next = records;
    reader->end = records + len;
    reader->left = reader->front.count;
    return true;
}

static bool field_read(const char **at, const char *end, const char **bytes, size_t *len)
{
    int64_t size;
    if (!varint_read(at, end, &size) || size < -1 || size > end - *at)
        return false;
    *bytes = size < 0 ? NULL : *at;
    *len = size < 0 ? 0 : (size_t)size;
    *at += *len;
    return true;
}

bool record_batch_headers(const struct log_record *record, struct log_header *headers)
{
    const char *at = record->headers_at;
    for (size_t i = 0; i < record->header_count; i++)
        if (!field_read(&at, record->headers_end, &headers[i].key, &headers[i].key_len) || !headers[i].key ||
            !field_read(&at, record->headers_end, &headers[i].value, &headers[i].value_len))
            return false;
    return at == record->headers_end;
}

int record_batch_reader_next(struct record_batch_reader *reader, struct log_record *record)
{
    if (reader->left <= 0)
        return 0;
    const char *at = reader->next;
    int64_t size, timestamp_delta, offset_delta, headers;
    reader->error = "a record in it is malformed";
    if (!varint_read(&at, reader->end, &size) || size < 1 || size > reader->end - at)
        return -1;
    const char *end = at + size; /* nothing of this record may reach beyond it */
    at++;                        /* record attributes: unused */
    if (!varint_read(&at, end, &timestamp_delta) || !varint_read(&at, end, &offset_delta) ||
        !field_read(&at, end, &record->key, &record->key_len) ||
        !field_read(&at, end, &record->value, &record->value_len) || !varint_read(&at, end, &headers) || headers < 0 ||
        headers > end - at)
        return -1;
    record->headers = NULL;
    record->header_count = (size_t)headers;
    record->headers_at = at;
    record->headers_end = end;
    reader->next = end;
    reader->left--;
    reader->error = NULL;
    record->offset = (int64_t)((uint64_t)reader->front.base_offset + (uint64_t)offset_delta);
    record->timestamp = reader->front.attributes & RECORD_BATCH_APPEND_TIME
                            ? reader->front.max_timestamp
                            : (int64_t)((uint64_t)reader->front.base_timestamp + (uint64_t)timestamp_delta);
    return 1;
}

bool record_batch_reader_commits(struct record_batch_reader *reader, bool *known)
{
    struct log_record record;
    *known = record_batch_reader_next(reader, &record) == 1 && record.key && record.key_len >= 4 &&
             get16(record.key + 2) <= 1;
    return *known && get16(record.key + 2) == 1;
}

void record_batch_reader_free(struct record_batch_reader *reader)
{
    buffer_free(&reader->inflated);
    *reader = (struct record_batch_reader){0};
}

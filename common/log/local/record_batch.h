/* record_batch: Kafka's record batch, magic 2 (Kafka documentation, "Record Batch"): the unit of a
 * log segment. Writes uncompressed and gzip batches, reads all of Kafka's codecs (codec.h).
 *
 * A writer or reader belongs to one thread. Decoded records point into the batch's bytes, or into
 * the reader's inflated copy, until the next batch. */
#ifndef ATOOLS_RECORD_BATCH_H
#define ATOOLS_RECORD_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "log/local/codec.h"

enum {
    RECORD_BATCH_FRONT = 61, /* bytes before the first record */
    RECORD_BATCH_UNCOUNTED = 12,  /* offset and length fields, which the length does not count */
};

/* The bits of a batch's attributes. */
enum {
    RECORD_BATCH_CODEC = 7,
    RECORD_BATCH_APPEND_TIME = 1 << 3,
    RECORD_BATCH_TRANSACTIONAL = 1 << 4,
    RECORD_BATCH_CONTROL = 1 << 5
};

struct log_header {
    const char *key;
    size_t key_len;
    const char *value; /* NULL: null */
    size_t value_len;
};

struct log_record {
    int64_t offset;
    int64_t timestamp; /* milliseconds since the epoch */
    const char *key;   /* NULL: none */
    size_t key_len;
    const char *value; /* NULL: none (a tombstone) */
    size_t value_len;
    const struct log_header *headers; /* for writing */
    size_t header_count;
    const char *headers_at; /* as read: header_count headers from here to headers_end; see record_batch_headers */
    const char *headers_end;
};

/* The fixed front of a batch. */
struct record_batch {
    int64_t base_offset;
    int32_t length; /* of all that follows this field */
    int32_t leader_epoch;
    int8_t magic;
    uint32_t crc;
    int16_t attributes;
    int32_t last_offset_delta;
    int64_t base_timestamp, max_timestamp;
    int64_t producer_id; /* -1: none */
    int16_t producer_epoch;
    int32_t base_sequence;
    int32_t count;
};

/* Reads the front out of RECORD_BATCH_FRONT bytes. Nothing is checked. */
struct record_batch record_batch_front(const char *bytes);

/* The bytes of a whole batch, front included. */
static inline uint64_t record_batch_size(const struct record_batch *front)
{
    return (uint64_t)RECORD_BATCH_UNCOUNTED + (uint32_t)front->length;
}

/* True if the checksum over the whole batch (record_batch_size bytes) is right. */
bool record_batch_valid(const struct record_batch *front, const char *bytes);

/* Writing. Zero-initialise; reuse as often as you like; record_batch_writer_free at the end. */
struct record_batch_writer {
    struct buffer bytes;
    struct buffer packed; /* the gzip form */
    int32_t count;
    int64_t base_timestamp, max_timestamp;
};
void record_batch_writer_start(struct record_batch_writer *writer);
/* Adds a record (its offset is ignored: they follow each other). */
void record_batch_writer_add(struct record_batch_writer *writer, const struct log_record *record);
/* The size of the finished, uncompressed batch if `record` were added. */
size_t record_batch_writer_size_with(const struct record_batch_writer *writer, const struct log_record *record);
/* Completes the batch and gives its bytes, valid until the next start. front gives leader_epoch,
 * attributes (with the codec: NONE or GZIP), producer_id, producer_epoch and base_sequence; base_offset may be
 * written later by record_batch_set_offset. append_time is used with RECORD_BATCH_APPEND_TIME. */
struct buffer *record_batch_writer_finish(struct record_batch_writer *writer, const struct record_batch *front,
                                          int64_t append_time);
/* Writes the base offset into a finished batch (the checksum does not cover it). */
void record_batch_set_offset(struct buffer *batch, int64_t base_offset);
void record_batch_writer_free(struct record_batch_writer *writer);

/* A control batch: the end of a transaction. */
void record_batch_write_control(struct buffer *into, int64_t producer_id, int16_t producer_epoch, bool commit,
                                int64_t timestamp);

/* Reading. Zero-initialise; record_batch_reader_free at the end. */
struct record_batch_reader {
    struct record_batch front;
    const char *next, *end;
    int32_t left;
    struct buffer inflated;
    const char *error; /* what is wrong, when a call failed */
};
/* Begins with a whole batch of record_batch_size bytes whose checksum is right. False: an unknown magic or codec,
 * or packed data that is damaged; see error. */
bool record_batch_reader_start(struct record_batch_reader *reader, const char *bytes);
/* 1: *record is the next one; 0: there is none; -1: malformed, see error. */
int record_batch_reader_next(struct record_batch_reader *reader, struct log_record *record);
/* The headers of a record that was read, into headers[0 … record->header_count-1]. False: malformed. */
bool record_batch_headers(const struct log_record *record, struct log_header *headers);
/* For a control batch, after start: true if it commits, false if it aborts; other kinds: *known = false. */
bool record_batch_reader_commits(struct record_batch_reader *reader, bool *known);
void record_batch_reader_free(struct record_batch_reader *reader);

#endif

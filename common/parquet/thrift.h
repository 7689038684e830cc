/* thrift: the compact protocol of Apache Thrift, in which Parquet keeps its footer, page headers and indexes
 * (thrift-compact-protocol.md of the Thrift project). Nothing but what Parquet uses: no messages.
 *
 * Reading goes over bytes in memory that may come from anybody: each length is checked against what is left, what is
 * passed over may nest THRIFT_DEPTH_MAX deep. A fault is kept in the reader (`bad`, or `ended` where bytes were
 * lacking); from then on every call gives zeros and every struct and list is at its end, so that callers look once,
 * at the end. Bytes given out point into what is read. One thread at a time. */
#ifndef ATOOLS_THRIFT_H
#define ATOOLS_THRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum { THRIFT_DEPTH_MAX = 64 };

enum thrift_type {
    THRIFT_STOP,
    THRIFT_TRUE, /* of a field: the value is in its type */
    THRIFT_FALSE,
    THRIFT_BYTE,
    THRIFT_I16,
    THRIFT_I32,
    THRIFT_I64,
    THRIFT_DOUBLE,
    THRIFT_BINARY,
    THRIFT_LIST,
    THRIFT_SET,
    THRIFT_MAP,
    THRIFT_STRUCT,
};

struct thrift_reader {
    const unsigned char *at, *end;
    bool bad, ended;
};

/* A field of a struct, or what an element of a list is (id 0). Zero-initialised before a struct's first field. */
struct thrift_field {
    int id;
    enum thrift_type type;
};

struct thrift_bytes {
    const char *data;
    size_t len;
};

static inline bool thrift_failed(const struct thrift_reader *reader)
{
    return reader->bad || reader->ended;
}

/* The struct's next field; false at its end. Each field must be read by one of the functions below, or skipped. */
bool thrift_next(struct thrift_reader *reader, struct thrift_field *field);

bool thrift_boolean(struct thrift_reader *reader, struct thrift_field field);
int64_t thrift_integer(struct thrift_reader *reader, struct thrift_field field);
int32_t thrift_int32(struct thrift_reader *reader, struct thrift_field field); /* beyond 32 bits: bad */
struct thrift_bytes thrift_binary(struct thrift_reader *reader, struct thrift_field field);

/* How many elements the list has, at most as many as bytes are left; *element is what each is read as. */
size_t thrift_list(struct thrift_reader *reader, struct thrift_field field, struct thrift_field *element);

/* Makes sure that the field is a struct, which thrift_next can go into. */
bool thrift_struct(struct thrift_reader *reader, struct thrift_field field);

void thrift_skip(struct thrift_reader *reader, struct thrift_field field);

/* Writing. A struct begins with last = 0; ids go up. */
struct thrift_writer {
    struct buffer *into;
    int last; /* id of the field before, in the struct at hand */
};
void thrift_write_boolean(struct thrift_writer *writer, int id, bool value);
void thrift_write_i32(struct thrift_writer *writer, int id, int32_t value);
void thrift_write_i64(struct thrift_writer *writer, int id, int64_t value);
void thrift_write_byte(struct thrift_writer *writer, int id, int8_t value);
void thrift_write_binary(struct thrift_writer *writer, int id, const char *data, size_t len);

/* A struct as a field: what is written through the writer it gives, up to thrift_end, is in it. */
struct thrift_writer thrift_write_struct(struct thrift_writer *writer, int id);
void thrift_end(struct thrift_writer *writer);

/* A list's head; `count` elements of that type follow: structs begin with a thrift_writer {into, 0} and end with
 * thrift_end, others are written by the functions below. A list of booleans has THRIFT_TRUE as its type. */
void thrift_write_list(struct thrift_writer *writer, int id, enum thrift_type type, size_t count);
void thrift_element_integer(struct buffer *into, int64_t value);
void thrift_element_boolean(struct buffer *into, bool value);
void thrift_element_binary(struct buffer *into, const char *data, size_t len);

#endif

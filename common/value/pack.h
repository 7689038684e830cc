/* pack: values and numbers as compact bytes, the same on every machine: what temporary files and partial states are
 * made of. What partial states hold is described in atools-partial(5): a change here is a new version of theirs.
 *
 * Written behind a buffer's len; read back with a cursor that never leaves its bytes: after a read
 * that did not fit, `failed` is set and everything reads as zero, so a caller checks once. What this program wrote is
 * believed; of `untrusted` bytes a value is also looked at: no later use of one that was read can go wrong. */
#ifndef ATOOLS_PACK_H
#define ATOOLS_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "value/value.h"

struct unpack {
    const char *at, *end;
    bool failed;
    bool untrusted; /* who wrote them is not known: hand it on to a reader of bytes within */
};

/* A whole number, small ones short (LEB128). */
void pack_number(struct buffer *into, uint64_t number);
uint64_t unpack_number(struct unpack *from);

/* len bytes as they are, without their length. */
static inline void pack_raw(struct buffer *into, const void *bytes, size_t len)
{
    buffer_add(into, bytes, len);
}
/* The next len bytes, in place; NULL if there are not so many. */
const char *unpack_raw(struct unpack *from, size_t len);

/* Bytes with their length. */
void pack_bytes(struct buffer *into, const void *bytes, size_t len);
const char *unpack_bytes(struct unpack *from, size_t *len);

/* 64 and 128 bits, the lowest byte first on every machine. */
void pack_word(struct buffer *into, uint64_t word);
uint64_t unpack_word(struct unpack *from);
void pack_wide(struct buffer *into, __int128 wide);
__int128 unpack_wide(struct unpack *from);

/* A double, bit for bit, as a word. */
void pack_real(struct buffer *into, double real);
double unpack_real(struct unpack *from);

/* A value with its text; the value read points into the packed bytes. Of untrusted bytes it fails too where a number's
 * text, an array or a struct is none, or a number is beyond its type. */
void pack_value(struct buffer *into, const struct value *value);
struct value unpack_value(struct unpack *from);
/* Whether untrusted bytes are what the span says, which is neither ABSENT nor NULL; whether there are escapes is seen
 * here. */
bool unpack_is_span(struct span *span);
/* The whole number in a SPAN_PACKED that is a LONG or DATE and no text: quicker. False: it is another value. */
bool unpack_whole(struct span packed, bool *date, int64_t *number);
/* The value packed into the arena, as a SPAN_PACKED. */
struct span pack_span(const struct value *value, struct arena *arena);
/* The JSON text of an array or a struct that is packed, without its types; any other span as it is. */
struct span pack_container(struct span span);

#endif

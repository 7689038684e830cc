/* partial: groups on the way: one NDJSON object a group, that can be split by key, shipped through any
 * shuffle, and merged in any order and grouping.
 *
 *     {"aagg":1,"of":"6f1d…","keys":{"exam_name":"Learning Git"},"state":"AQID…"}
 *
 * "aagg" is the format's version, "of" tells which keys and aggregates it belongs to, "keys" is there to split by;
 * "state" holds the key, as it was written, the states, and a checksum, in base64. */
#ifndef ATOOLS_PARTIAL_H
#define ATOOLS_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "json/span.h"

enum { PARTIAL_VERSION = 1, PARTIAL_NAME_LEN = 16 };

/* What "of" is for these arguments: keys may be NULL. */
void partial_name(const char *keys, const char *list, char name[PARTIAL_NAME_LEN + 1]);

/* Adds bytes with a checksum as base64. */
void partial_encode(const char *bytes, size_t len, struct buffer *into);

/* Reads "state" (a STRING span without its checksum verified yet) behind into->len; false if it is damaged. */
bool partial_decode(struct span state, struct buffer *into);

#endif

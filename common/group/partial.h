/* partial: groups on the way: one NDJSON object a group, that can be split by key, shipped through any
 * shuffle, and merged in any order and grouping. The format is atools-partial(5)'s: what changes it is a new version.
 *
 *     {"aagg":2,"of":"6f1d…","keys":{"exam_name":"Learning Git"},"state":"AQID…"}
 *
 * "aagg" is the format's version, "of" tells which keys and aggregates it belongs to, "keys" is there to split by;
 * "state" holds the key, as it was written, the states, and a checksum, in base64. The same bytes on every machine. */
#ifndef ATOOLS_PARTIAL_H
#define ATOOLS_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/span.h"
#include "value/pack.h"

enum { PARTIAL_VERSION = 2, PARTIAL_NAME_LEN = 16 };

/* What "of" is for these arguments: keys may be NULL. */
void partial_name(const char *keys, const char *list, char name[PARTIAL_NAME_LEN + 1]);

struct positions;

/* Adds the line that says how far the states behind it go. */
void partial_write_head(const char *name, struct positions *positions, struct buffer *into);

/* The same behind states that were reported while more come; group: for which group of consumers the offsets are to be
 * committed, letters and digits, or NULL. */
void partial_write_end(const char *name, struct positions *positions, const char *group, size_t group_len,
                       struct buffer *into);

/* What may stand in front of each line for a shuffle, with a tab behind: equal for equal keys. */
enum partial_front { PARTIAL_PLAIN, PARTIAL_HASH, PARTIAL_TEXT };

/* Adds it for a group's key: 16 hexadecimal digits; or the columns' texts, comma between them, as TSV cells (\N is
 * null). */
void partial_add_front(enum partial_front front, const char *key, size_t len, struct buffer *into);

#endif

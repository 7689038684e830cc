/* group_key: the columns of a grouping as bytes. Each column adds its value_key to the key, by which groups
 * are found, and to the head how the first record wrote it, so that output can copy it. */
#ifndef ATOOLS_GROUP_KEY_H
#define ATOOLS_GROUP_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "json/span.h"
#include "value/pack.h"
#include "value/value.h"

/* A column that is a plain path; arena is for decoding. */
void group_key_span(struct span span, struct buffer *key, struct buffer *head, struct arena *arena);
/* A computed column. */
void group_key_value(const struct value *value, struct buffer *key, struct buffer *head);

/* The next column read back. value is always set; span only where the column was a path (else ABSENT). Texts point into
 * key, head or the arena. False if the bytes are no key. */
bool group_key_next(struct unpack *key, struct unpack *head, struct span *span, struct value *value,
                    struct arena *arena);

#endif

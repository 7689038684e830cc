/* nested_inner: the types of what a nested text is built of; for nested.c. */
#ifndef ATOOLS_NESTED_INNER_H
#define ATOOLS_NESTED_INNER_H

#include "value/nested.h"

/* A value, or a key, has been added. */
void nested_note_type(struct nested_text *text, const struct value *value);
void nested_note_key(struct nested_text *text, const struct value *key);

/* The types of the whole, or NULL where its text tells them. */
const struct nested_type *nested_noted_type(struct nested_text *text, enum value_type type);

#endif

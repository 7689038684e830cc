/* nested: arrays and structs as values: JSON text that is known to be valid, read without a tree.
 *
 * Elements come out as values over the same bytes (strings with escapes are decoded into the arena). */
#ifndef ATOOLS_NESTED_H
#define ATOOLS_NESTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/cursor.h"
#include "json/span.h"
#include "value/value.h"

/* Over the elements of an array or the members of an object. */
struct json_cursor nested_cursor(const struct value *container);

/* The value of an element or member of this container. */
struct value nested_value(const struct value *container, struct span element, struct arena *arena);

size_t nested_count(const struct value *container);

/* An object's members, in the arena: all of them as they stand; or by name, decoded, and of a repeated name the last
 * one. */
struct nested_member {
    struct span key, value;
    size_t number; /* as they stand, from 0 on */
};
size_t nested_all(const struct value *object, struct arena *arena, struct nested_member **members);
size_t nested_sorted(const struct value *object, struct arena *arena, struct nested_member **members);

struct value nested_element(const struct value *array, uint64_t index, struct arena *arena);
/* The last member of that name, or NULL. */
struct value nested_member(const struct value *object, const char *key, size_t len, struct arena *arena);
/* An array's elements' members, as an array (Spark's array<struct>.field). */
struct value nested_members(const struct value *array, const char *key, size_t len, struct arena *arena);

/* Building an array's text in an arena. Behind the piece that makes it longer than VALUE_SIZE_MAX nothing is added, and
 * it is no JSON: whoever builds it refuses a value of such a length. */
struct nested_text {
    struct arena *arena;
    char *data;
    size_t len, cap;
};
static inline bool nested_too_long(const struct nested_text *text)
{
    return text->len > VALUE_SIZE_MAX;
}
void nested_add(struct nested_text *text, const char *bytes, size_t len);
void nested_add_value(struct nested_text *text, const struct value *value);
struct value nested_finish(struct nested_text *text, enum value_type type);

#endif

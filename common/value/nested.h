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
#include "json/path.h"
#include "json/span.h"
#include "value/value.h"

/* What the JSON text of an array or struct does not tell of the types in it: a tree in preorder, of single bytes, so
 * that it may lie anywhere. A NULL is no type yet (only nulls were there), a CELL is what the text reads as. An ARRAY
 * is followed by its elements' type, a STRUCT by its members' in their order, a map (a STRUCT of width 1) by its keys'
 * and its values'. */
struct nested_type {
    unsigned char type, width, precision, scale; /* as in struct value */
    unsigned char size[3];                       /* nodes from this one on that belong to it, the lowest byte first */
};
static inline size_t nested_type_size(const struct nested_type *type)
{
    return type->size[0] | (size_t)type->size[1] << 8 | (size_t)type->size[2] << 16;
}
static inline void nested_type_set_size(struct nested_type *type, size_t size)
{
    for (int i = 0; i < 3; i++)
        type->size[i] = (unsigned char)(size >> 8 * i);
}
/* The node of a value without parts. */
struct nested_type nested_type_of(const struct value *value);
static inline bool nested_is_map(const struct value *value)
{
    return value->type == VALUE_STRUCT && value->of && value->of->width == 1;
}
/* Whether count nodes are such a tree, of a container of this type. */
bool nested_type_is_sound(const struct nested_type *type, size_t count, enum value_type container);
/* The type of an array's elements or a map's values, or NULL. */
const struct nested_type *nested_type_of_elements(const struct value *container);
/* The name of a value's type with all that is in it: array<struct<a:int,b:string>>. */
void nested_type_name(const struct value *value, struct arena *arena, struct buffer *into);
/* The type of what stands at a place in it, from 0, or NULL. */
const struct nested_type *nested_type_at(const struct value *container, size_t number);
/* A value that was read from a text, as that type; NULL leaves it as it is. */
struct value nested_typed(struct value value, const struct nested_type *type, struct arena *arena);

/* Over the elements of an array or the members of an object. */
struct json_cursor nested_cursor(const struct value *container);

/* The value of an element of this array or map. */
struct value nested_value(const struct value *container, struct span element, struct arena *arena);
/* The value of the object's member that stands at this place, from 0. */
struct value nested_member_value(const struct value *object, size_t number, struct span member, struct arena *arena);
/* A key of a map as it was put in. */
struct value nested_key_value(const struct value *map, const struct value *key, struct arena *arena);

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
/* What a step of a path leads to: a member, an element, a map's value by a whole number, or, of an array by a name, its
 * elements' members; or null. */
struct value nested_step(const struct value *container, const struct path_step *step, struct arena *arena);
/* An array's elements' members, as an array (Spark's array<struct>.field). */
struct value nested_members(const struct value *array, const char *key, size_t len, struct arena *arena);

/* Building an array's text in an arena. Behind the piece that makes it longer than VALUE_SIZE_MAX nothing is added, and
 * it is no JSON: whoever builds it refuses a value of such a length. */
struct nested_text {
    struct arena *arena;
    char *data;
    size_t len, cap;
    bool map;                  /* to be set before anything is added: all values of it have one type */
    bool deep;                 /* private: nested_types_of */
    bool typed;                /* some type is not what the text tells */
    size_t told;               /* members before the first one whose type the text does not tell */
    uint64_t nothing;          /* which of the first 64 of them are null */
    struct nested_type *types; /* of the elements; of the members so far */
    size_t type_count, type_cap;
    struct nested_type key;    /* of a map's keys */
};
static inline bool nested_too_long(const struct nested_text *text)
{
    return text->len > VALUE_SIZE_MAX;
}
void nested_add(struct nested_text *text, const char *bytes, size_t len);
void nested_add_value(struct nested_text *text, const struct value *value);
/* A member's name and the colon behind it; a map's key of any type. */
void nested_add_key(struct nested_text *text, const struct value *key);
struct value nested_finish(struct nested_text *text, enum value_type type);

/* The types of an array of these values, which lie `step` bytes apart, for who builds its text elsewhere; NULL where
 * the text tells them. Elements without types of their own are looked into, for theirs may be lacking only because
 * they hold nulls. */
const struct nested_type *nested_types_of(struct arena *arena, const struct value *values, size_t count, size_t step);

#endif

/* cast: values brought to another SQL type, as Spark's CAST does without ANSI: what cannot be cast is
 * null. Results live in the arena or share the bytes of the value they came from. */
#ifndef ATOOLS_CAST_H
#define ATOOLS_CAST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "value/decimal.h"
#include "value/value.h"

/* A type as CAST names it: small, as it is handed on by value for every cast. */
struct cast_type {
    enum value_type type;
    unsigned char precision, scale; /* DECIMAL */
    unsigned char width;            /* LONG 1, 2, 4 (0: 8); DOUBLE 4 (0: 8) */
    const struct cast_inner *inner; /* of an array, map or struct; NULL: what is in it stays as it is */
};

struct cast_inner {
    struct cast_type key;     /* STRUCT: of a map's keys */
    struct cast_type element; /* of an array's elements, a map's values */
    struct cast_member *members; /* of a struct that is no map: what its members become, in their order */
    size_t member_count;
};

struct cast_member {
    const char *name;
    size_t len;
    struct cast_type type;
};

/* The type a lower-case name stands for ("bigint", "decimal" is decimal(10,0), …); false if there is none. */
bool cast_type_named(const char *name, size_t len, struct cast_type *type);

/* The value as that type. NULL when it is null, or cannot be cast: then *failed is true if not NULL. An element that
 * cannot be cast is a null in the array or map, a key makes the map null; *failed is true of both. A result of
 * more than VALUE_SIZE_MAX bytes is cut off: the caller refuses it by its length. */
struct value cast_value(const struct value *value, struct cast_type to, struct arena *arena, bool *failed);

/* The same with ANSI: a number out of range and text with a fraction as an integer cannot be cast either. */
struct value cast_strict(const struct value *value, struct cast_type to, struct arena *arena, bool *failed);

/* Shorthands for the types that functions take; NULL values where there is no cast. */
struct value cast_string(const struct value *value, struct arena *arena);
struct value cast_long(const struct value *value);
struct value cast_double(const struct value *value);
struct value cast_boolean(const struct value *value);
struct value cast_date(const struct value *value);
struct value cast_timestamp(const struct value *value);

/* A LONG, DOUBLE or DECIMAL for arithmetic: strings as double, cells as they read; NULL otherwise. */
struct value cast_number(const struct value *value);

/* The SQL name of a value's type ("bigint", "decimal(2,1)"), in the arena or static. */
const char *cast_type_name(const struct value *value, struct arena *arena);

/* For the two above: each element of an ARRAY, or the keys and values of a STRUCT that is a map. */
struct value cast_nested(const struct value *value, struct cast_type to, bool strict, struct arena *arena,
                         bool *failed);

static inline struct value cast_of_decimal(struct decimal decimal)
{
    return (struct value){
        .type = VALUE_DECIMAL, .unscaled = decimal.unscaled, .precision = decimal.precision, .scale = decimal.scale};
}

/* Of a DECIMAL, or of a LONG as decimal(20,0). */
static inline struct decimal cast_to_decimal(const struct value *value)
{
    if (value->type == VALUE_DECIMAL)
        return (struct decimal){.unscaled = value->unscaled, .precision = value->precision, .scale = value->scale};
    return (struct decimal){.unscaled = value->integer, .precision = 20};
}

#endif

/* schema: the shape of JSON records, grown one record at a time: Spark's inference
 * (JsonInferSchema of Spark 4.0), the columns that `*` stands for, Spark's text of nested values.
 *
 * A node remembers which kinds of values were seen at its place and never forgets, so adding
 * records and merging schemas give the same in any order. Memory is bounded by the distinct
 * places. A schema belongs to one thread; threads merge theirs at the end.
 *
 * Input must be valid JSON (walk has checked it); nothing is checked again here. */
#ifndef ATOOLS_SCHEMA_H
#define ATOOLS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "json/path.h"
#include "json/span.h"

/* What was seen at a place, as bits. */
enum schema_seen {
    SEEN_NULL = 1,   /* null, and "" where nothing else says string (as Spark) */
    SEEN_BOOLEAN = 2,
    SEEN_LONG = 4,
    SEEN_BIG = 8,    /* whole number beyond 64 bits, up to 38 digits */
    SEEN_DOUBLE = 16,
    SEEN_STRING = 32,
    SEEN_ARRAY = 64,
    SEEN_STRUCT = 128,
    SEEN_TIMESTAMP = 256, /* also a string that is one, where these are told apart */
    /* what JSON has no type for: by what a file, or a value, says of itself */
    SEEN_BINARY = 1 << 9,
    SEEN_DATE = 1 << 10,
    SEEN_LOCAL = 1 << 11, /* a timestamp without a time zone */
    SEEN_FLOAT = 1 << 12,
    SEEN_EXACT = 1 << 13, /* a decimal */
    SEEN_BYTE = 1 << 14,
    SEEN_SHORT = 1 << 15,
    SEEN_INT = 1 << 16,
    SEEN_MAP = 1 << 17,
};

/* The type Spark infers from what was seen. */
enum schema_type {
    SCHEMA_NULL, /* nothing but nulls: a string in the end */
    SCHEMA_BOOLEAN,
    SCHEMA_LONG,
    SCHEMA_DECIMAL, /* of schema_digits and schema_scale */
    SCHEMA_DOUBLE,
    SCHEMA_BYTE,
    SCHEMA_SHORT,
    SCHEMA_INT,
    SCHEMA_FLOAT,
    SCHEMA_STRING, /* strings, and whatever does not fit together */
    SCHEMA_ARRAY,
    SCHEMA_STRUCT,
    SCHEMA_BINARY,
    SCHEMA_DATE,
    SCHEMA_TIMESTAMP,
    SCHEMA_LOCAL,
    SCHEMA_MAP,
};

struct schema_node {
    unsigned seen;                /* enum schema_seen */
    unsigned digits;              /* of the longest SEEN_BIG */
    unsigned whole, scale;        /* most digits of a SEEN_EXACT, in front of the point and behind it */
    struct schema_node *element;  /* of the arrays seen here, or the values of maps, or NULL */
    struct schema_node *key;      /* of the maps seen here, or NULL */
    const char *name;             /* decoded; the root's and an element's: NULL */
    size_t name_len;
    struct schema_node **members; /* of the objects seen here, first seen first */
    size_t member_count, member_cap;
    uint32_t *index;              /* private: hash of names, from a certain size on */
    size_t index_cap;
};

struct schema;
struct schema *schema_new(void);
void schema_free(struct schema *schema);

/* From now on strings that are timestamps are told from others (Spark's inferTimestamp): by the format, which lives on,
 * or (NULL) what a cast reads as one. A schema that does as another one. */
struct datetime_format;
void schema_infer_timestamps(struct schema *schema, const struct datetime_format *format);
struct schema *schema_new_like(const struct schema *schema);

/* The root stands for one record. */
struct schema_node *schema_root(struct schema *schema);

/* Adds one value of a record that is at a path of keys. */
void schema_add_at(struct schema *schema, const struct path *path, struct span value);

/* Adds one value at a node; as a record (schema_add) an array counts as its elements. */
void schema_add_value(struct schema *schema, struct schema_node *node, struct span value);
void schema_add(struct schema *schema, struct span record);

struct value;

/* Adds a value by what it is; of arrays and structs, whose texts have spans' slack or a NUL behind them, by their types
 * (value.of) where the text does not tell them. */
void schema_add_typed(struct schema *schema, struct schema_node *node, const struct value *value);

/* Adds everything `from` has seen; everything seen at one node of another schema, to the root. */
void schema_merge(struct schema *into, const struct schema *from);
void schema_merge_node(struct schema *into, const struct schema_node *from);

/* Takes all that is neither an object nor an array for strings, everywhere (Spark's primitivesAsString). */
void schema_as_strings(struct schema *schema);

enum schema_type schema_node_type(const struct schema_node *node);

/* Spark drops structs without fields, fields without a name, and arrays of such. */
bool schema_stays(const struct schema_node *node);

/* The digits of a DECIMAL, as Spark gives them to its type; and those of them that stand behind the point. */
unsigned schema_digits(const struct schema_node *node);
unsigned schema_scale(const struct schema_node *node);

bool schema_is_number(enum schema_type type);

/* True if such values stand as strings in JSON. */
bool schema_is_text(enum schema_type type);

/* The member of that name, or NULL; its number among node->members, or node->member_count. */
struct schema_node *schema_member(const struct schema_node *node, const char *name, size_t len);
size_t schema_member_number(const struct schema_node *node, const char *name, size_t len);

/* Sorts the members by name, as Java sorts strings (UTF-16 units), all the way down. */
void schema_sort(struct schema *schema, struct schema_node *node);

/* What printSchema() prints, without its last, empty line; what df.schema.json() returns in
 * Python, with a newline. Both sort. */
void schema_write_tree(struct schema *schema, struct buffer *into);
void schema_write_json(struct schema *schema, struct buffer *into);

/* Appends the type's name as df.dtypes has it: array<struct<a:bigint,b:string>>; of nothing but nulls: string. */
void schema_write_name(const struct schema_node *node, struct buffer *into);

/* Appends a value as show() prints it in a column of this (sorted) node's type: {1, [a, b]},
 * strings bare, NULL for null and for what is missing. */
void schema_show(const struct schema_node *node, struct span value, struct buffer *into);

/* Appends bytes as show() prints them: [FF 61]. */
void schema_show_bytes(const char *bytes, size_t len, struct buffer *into);

/* Compares names as Java's String.compareTo: by UTF-16 units. */
int schema_name_compare(const char *a, size_t a_len, const char *b, size_t b_len);

#endif

/* jq_value: what a jq program computes with, and the memory it lives in. Private to common/jq.
 *
 * A value is 16 bytes, passed by value. Small ones hold themselves; the others refer to
 *  - text: a valid JSON value as it stands in some text, not looked into yet (form JQ_TEXT, JQ_ESCAPED). Owner 0 is
 * text that outlives every value made of it (the present record, the program); other owners are counted and freed with
 * the last value;
 *  - a counted piece of the machine's memory (forms from JQ_WIDE on).
 *
 * Ownership: a function takes over the values it is given and gives away the one it returns, unless its comment says
 * "looks at". A value with one reference is changed in place, so what a loop builds up costs what is added and no more.
 * All of it belongs to one machine and so to one thread. */
#ifndef ATOOLS_JQ_VALUE_INNER_H
#define ATOOLS_JQ_VALUE_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "jq/jq.h"

enum jq_form {
    JQ_SELF,    /* null, false, true, none */
    JQ_INT,     /* a whole number in 64 bits */
    JQ_DOUBLE,  /* any other number */
    JQ_TEXT,    /* a number, string (with its quotes, no escapes), array or object as it stands in a text */
    JQ_ESCAPED, /* a string that has escapes */
    JQ_WIDE,    /* a whole number in 128 bits, which 64 do not hold */
    JQ_HEAP,    /* a string (decoded), array or object; a number: its text */
};

/* What every counted piece begins with. */
struct jq_head {
    uint32_t refs;
};

struct jq_string {
    struct jq_head head;
    size_t len, cap;
    char bytes[];
};

struct jq_wide {
    struct jq_head head;
    __int128 integer;
};

struct jq_array {
    struct jq_head head;
    size_t len, cap;
    struct jq_array *doomed; /* while containers are freed: the next one */
    struct jq_value *items;  /* in room; not at its beginning where a slice took the first ones away */
    struct jq_value room[];
};

struct jq_member {
    struct jq_value key; /* a string: JQ_TEXT or JQ_HEAP */
    struct jq_value value;
};

/* Members in their order; from JQ_INDEX_FROM on with a hash table of places (1-based, 0: free). */
enum { JQ_INDEX_FROM = 12 };
struct jq_object {
    struct jq_head head;
    uint32_t len, cap;
    uint32_t slots; /* of the table, a power of two; 0: none */
    uint32_t *table;
    struct jq_object *doomed;
    struct jq_member members[];
};

/* Texts that values stand on. */
enum { JQ_OWNERS_MAX = UINT16_MAX };
struct jq_owner {
    uint64_t refs;
    char *text; /* freed with the last value; NULL: a free place */
    bool spaced;
};

/* Memory of a machine: pieces by size, from blocks; larger ones one by one. */
enum { JQ_PIECE_STEP = 16, JQ_PIECE_MAX = 512, JQ_BLOCK_BYTES = 64 * 1024 };
struct jq_heap {
    void *free[JQ_PIECE_MAX / JQ_PIECE_STEP + 1];
    char *next;
    size_t left;
    void *blocks;
    size_t used, limit; /* bytes handed out in large pieces and blocks; limit 0: none */
    struct jq_owner *owners;
    unsigned owner_count, owner_free; /* owner_free: where to look for a free one */
    bool spaced;                      /* text of owner 0 may hold white space between tokens */
};

struct jq_machine;
struct jq_heap *jq_heap_of(struct jq_machine *jq);

/* Memory, not zeroed. jq_free wants the size that was asked for. */
void *jq_alloc(struct jq_machine *jq, size_t size);
void jq_free(struct jq_machine *jq, void *piece, size_t size);
void jq_heap_free(struct jq_heap *heap);
/* True when with so many bytes more memory would be used than the machine may. */
bool jq_heap_full(struct jq_machine *jq, size_t more);

void jq_free_counted(struct jq_machine *jq, struct jq_value value);
void jq_owner_keep(struct jq_machine *jq, unsigned owner);
void jq_owner_drop(struct jq_machine *jq, unsigned owner);
/* A new owner with one reference that takes over a text (malloc). 0: there are too many. */
unsigned jq_owner_new(struct jq_machine *jq, char *text, bool spaced);

static inline struct jq_value jq_self(enum jq_type type)
{
    return (struct jq_value){.type = (uint8_t)type};
}
static inline struct jq_value jq_none(void)
{
    return jq_self(JQ_NONE);
}
static inline struct jq_value jq_null(void)
{
    return jq_self(JQ_NULL);
}
static inline struct jq_value jq_bool(bool truth)
{
    return jq_self(truth ? JQ_TRUE : JQ_FALSE);
}
static inline struct jq_value jq_int(int64_t integer)
{
    return (struct jq_value){.type = JQ_NUMBER, .form = JQ_INT, .integer = integer};
}

/* One more reference. */
static inline struct jq_value jq_keep(struct jq_machine *jq, struct jq_value value)
{
    if (value.form >= JQ_WIDE)
        value.head->refs++;
    else if (value.owner)
        jq_owner_keep(jq, value.owner);
    return value;
}

/* One less. */
static inline void jq_drop(struct jq_machine *jq, struct jq_value value)
{
    if (value.form >= JQ_WIDE) {
        if (--value.head->refs == 0)
            jq_free_counted(jq, value);
    } else if (value.owner) {
        jq_owner_drop(jq, value.owner);
    }
}

static inline bool jq_truth(struct jq_value value)
{
    return value.type != JQ_NULL && value.type != JQ_FALSE;
}

/* Strings. */
struct jq_bytes {
    const char *at;
    size_t len;
};
/* The decoded bytes; a string with escapes is decoded for good. Looks at *string; they live as long as it does. */
struct jq_bytes jq_string_bytes(struct jq_machine *jq, struct jq_value *string);
struct jq_value jq_string(struct jq_machine *jq, const char *bytes, size_t len);
struct jq_value jq_string_text(struct jq_machine *jq, const char *text);
struct jq_value jq_string_format(struct jq_machine *jq, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The string with bytes behind it, in place where nobody else has it. */
struct jq_value jq_string_add(struct jq_machine *jq, struct jq_value string, const char *bytes, size_t len);
/* A buffer's bytes as a string; the buffer is emptied. */
struct jq_value jq_string_buffer(struct jq_machine *jq, struct buffer *buffer);

/* Arrays. */
struct jq_value jq_array(struct jq_machine *jq, size_t cap);
struct jq_value jq_array_add(struct jq_machine *jq, struct jq_value array, struct jq_value item);
/* Makes it a JQ_HEAP one that only this value refers to; `cap` more items will fit. */
struct jq_value jq_array_own(struct jq_machine *jq, struct jq_value array, size_t more);
size_t jq_array_length(struct jq_machine *jq, struct jq_value *array);
/* Items from..to, which are there. */
struct jq_value jq_array_slice(struct jq_machine *jq, struct jq_value array, size_t from, size_t to);
/* Sets the item, with nulls between; the index is below JQ_ARRAY_MAX. */
struct jq_value jq_array_set(struct jq_machine *jq, struct jq_value array, size_t index, struct jq_value item);
/* Takes the item at `index` out of an own array, leaving null there. */
static inline struct jq_value jq_array_take(struct jq_value array, size_t index)
{
    struct jq_value item = array.array->items[index];
    array.array->items[index] = jq_null();
    return item;
}
enum { JQ_ARRAY_MAX = 536870911 }; /* as in jq */

/* Objects. */
struct jq_value jq_object(struct jq_machine *jq, size_t cap);
/* A repeated key: the last value, in its first place. */
struct jq_value jq_object_set(struct jq_machine *jq, struct jq_value object, struct jq_value key,
                              struct jq_value value);
struct jq_value jq_object_set_text(struct jq_machine *jq, struct jq_value object, const char *key,
                                   struct jq_value value);
struct jq_value jq_object_own(struct jq_machine *jq, struct jq_value object);
/* Looks at both: the member's value with one more reference, JQ_NONE where there is none. */
struct jq_value jq_object_get(struct jq_machine *jq, struct jq_value object, struct jq_bytes key);
struct jq_value jq_object_delete(struct jq_machine *jq, struct jq_value object, struct jq_bytes key);
/* The place of a member in a JQ_HEAP object, or UINT32_MAX. */
uint32_t jq_object_find(struct jq_machine *jq, const struct jq_object *object, struct jq_bytes key);
size_t jq_object_length(struct jq_machine *jq, struct jq_value *object);
/* Members in the order of their keys. Looks at a JQ_HEAP object; free() the list. */
struct jq_member **jq_object_sorted(struct jq_machine *jq, const struct jq_object *object);

/* Text (text.c). An array or object that stands on text becomes a JQ_HEAP one of items that stand on text. */
void jq_expand(struct jq_machine *jq, struct jq_value *container);
struct jq_value jq_text_get(struct jq_machine *jq, struct jq_value object, struct jq_bytes key);
struct jq_value jq_text_value(struct jq_machine *jq, const char *text, size_t len, unsigned owner);
/* The same where nothing is around the value. */
struct jq_value jq_text_whole(struct jq_machine *jq, const char *text, size_t len, unsigned owner);
/* How many items an array on text has. */
size_t jq_text_length(struct jq_machine *jq, struct jq_value array);
/* A value of its own from a valid text, which need not live on. */
struct jq_value jq_text_copy(struct jq_machine *jq, const char *text, size_t len, bool spaced);
struct jq_value jq_text_parse(struct jq_machine *jq, const char *text, size_t len);
/* Steps over the items of a container without expanding it; text or heap. Looks at it: it must live on. */
struct jq_steps {
    const struct jq_value *container;
    const char *at, *end;      /* JQ_TEXT */
    const char *from, *to;     /* JQ_TEXT: where the last value stands (jq_text_next) */
    const struct piece *piece; /* of text that the walk has an index of: it is stepped over by its tokens */
    size_t index;              /* of the item; with a piece: of the token */
};
struct jq_steps jq_steps(struct jq_machine *jq, const struct jq_value *container);
/* Of a container on text: the next value between its brackets (of an object: key or value), without a reference. */
bool jq_text_next(struct jq_machine *jq, struct jq_steps *steps, unsigned owner, struct jq_value *value);
/* Passes it: only where it stands is said. */
bool jq_text_pass(struct jq_machine *jq, struct jq_steps *steps);
/* The next item (member: its key too, if not NULL), each with a reference of its own. */
bool jq_steps_next(struct jq_machine *jq, struct jq_steps *steps, struct jq_value *key, struct jq_value *item);

/* Parses a text that may be anything: JQ_NONE and *message (static) where it is no JSON. NaN and nan are read as jq
 * does. */
struct jq_value jq_parse(struct jq_machine *jq, const char *text, size_t len, const char **message, size_t *at);

/* Numbers (number.c). */
enum { JQ_NUMBER_TEXT_MAX = 48 };
struct jq_value jq_double(double number);
/* A number as one of JQ_INT, JQ_DOUBLE, JQ_WIDE. */
struct jq_value jq_settle(struct jq_machine *jq, struct jq_value number);
/* Looks at a number. */
double jq_to_double(const struct jq_value *number);
/* As an integer, cut off towards 0 and to the range of 64 bits; nan is 0. Looks at a number. */
int64_t jq_to_int(const struct jq_value *number);
size_t jq_number_text(const struct jq_value *number, char text[JQ_NUMBER_TEXT_MAX]);
size_t jq_double_text(double number, char text[JQ_NUMBER_TEXT_MAX]);
/* A number from text that is one as JSON has it. */
struct jq_value jq_number_parse(struct jq_machine *jq, const char *text, size_t len);
int jq_number_compare(struct jq_machine *jq, const struct jq_value *a, const struct jq_value *b);
/* + - * / % of two numbers. Division by zero is the caller's to see. */
struct jq_value jq_number_add(struct jq_machine *jq, struct jq_value a, struct jq_value b);
struct jq_value jq_number_subtract(struct jq_machine *jq, struct jq_value a, struct jq_value b);
struct jq_value jq_number_multiply(struct jq_machine *jq, struct jq_value a, struct jq_value b);
struct jq_value jq_number_divide(struct jq_machine *jq, struct jq_value a, struct jq_value b);
struct jq_value jq_number_negate(struct jq_machine *jq, struct jq_value a);

/* Order (order.c): null < false < true < numbers < strings < arrays < objects. Looks at both, but may decode and
 * expand. */
int jq_compare(struct jq_machine *jq, struct jq_value *a, struct jq_value *b);
bool jq_equal(struct jq_machine *jq, struct jq_value *a, struct jq_value *b);
/* The same value, not only an equal one, as jq tells whether a result is still the value at a path. */
bool jq_identical(struct jq_value a, struct jq_value b);
/* Sorts items by the keys beside them, equal ones in their order. */
struct jq_keyed {
    struct jq_value key, item;
    size_t place;
};
void jq_sort(struct jq_machine *jq, struct jq_keyed *items, size_t count);

/* Writing (write.c). Looks at the value. */
void jq_write_compact(struct jq_machine *jq, struct jq_value value, struct buffer *into);
/* The same of what the value is, not of how it stands somewhere: no escape that is not needed, no repeated key. */
void jq_write_again(struct jq_machine *jq, struct jq_value value, struct buffer *into);
/* For messages: at most JQ_SHOWN_MAX bytes of it. */
enum { JQ_SHOWN_MAX = 29 };
void jq_show(struct jq_machine *jq, struct jq_value value, char shown[JQ_SHOWN_MAX + 1]);
const char *jq_type_name(struct jq_value value);

#endif

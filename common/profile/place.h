/* place: the places of records, a tree of keys, with what was seen at each. One thread at a time. */
#ifndef ATOOLS_PLACE_H
#define ATOOLS_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/index.h"
#include "base/mem.h"
#include "base/pool.h"
#include "json/span.h"
#include "profile/column.h"

struct place {
    char *name; /* decoded; the root's: NULL */
    size_t name_len;
    struct place **members;
    size_t count, cap;
    struct index index;
    struct column *column; /* of what is no object; NULL: there was none, or only keys are counted */
    unsigned types;        /* of values, a bit for each span_type */
    uint64_t times;        /* values */
    uint64_t records, last; /* records that have it, the last one of them by its number */
};

/* A tree, and what its owner needs to add to it. */
struct places {
    struct place root;
    bool keys;        /* keys are counted, also within arrays; else values, and an array is one */
    uint64_t records; /* so far */
    struct pool pool; /* of the columns */
    struct arena arena; /* scratch */
    struct buffer key;
};

/* Adds a record; a top-level array counts as its elements. */
void places_add(struct places *places, struct span record);

/* The same for cells of a flat form, which all are columns of these names. */
void places_add_cells(struct places *places, const char *const *names, const struct span *cells, size_t count);

/* Columns that there are, whether a record comes or not. */
void places_name(struct places *places, const char *const *names, size_t count);

/* Adds all of other, which is freed. */
void places_merge(struct places *places, struct places *other);
void places_free(struct places *places);

#endif

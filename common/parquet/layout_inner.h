/* parquet_layout from within. Private to common/parquet. */
#ifndef ATOOLS_PARQUET_LAYOUT_INNER_H
#define ATOOLS_PARQUET_LAYOUT_INNER_H

#include "parquet/layout.h"
#include "parquet/schema.h"

struct parquet_target {
    const char *name;
    size_t name_len;
    const char *key;          /* "name": as it mostly stands in JSON, */
    size_t key_len;           /* and 8 NULs behind it */
    enum parquet_kind kind;
    unsigned char precision, scale;
    enum parquet_physical physical; /* of a leaf */
    uint32_t width;                 /* PARQUET_FIXED */
    unsigned char definition;       /* level from which on it is there */
    unsigned char repeats;          /* of a further element; of a leaf: the greatest */
    struct parquet_target *children;
    size_t child_count;
    size_t column, column_count;    /* below it */
    size_t number;                  /* of all targets */
    const struct parquet_target *parent; /* NULL: the root's */
    uint32_t *names;                /* the members by hash of their names: index + 1 */
    size_t names_mask;
};

struct parquet_layout {
    struct arena arena;
    struct parquet_target root;
    const struct parquet_target **leaves; /* by column */
    size_t target_count;
};

/* The member of that name, or NULL. */
const struct parquet_target *parquet_target_member(const struct parquet_target *parent, const char *name, size_t len);

/* How many bytes a decimal of so many digits needs. */
uint32_t parquet_decimal_width(unsigned precision);

#endif

/* aggregate_kind: the table's rows, for aggregate*.c only. To add a function: a row in aggregate.c, and
 * the five functions of its kind in the file it belongs to. */
#ifndef ATOOLS_AGGREGATE_KIND_H
#define ATOOLS_AGGREGATE_KIND_H

#include "group/aggregate/aggregate.h"
#include "group/tally.h"

/* What one row brings. */
struct collect {
    const struct value *args;
    uint64_t place;
    struct pool *pool;
    struct arena *arena; /* scratch, until the next row */
};

enum aggregate_takes { TAKES_ANY, TAKES_NUMBER, TAKES_AMOUNT /* a number or a length of time */, TAKES_BOOLEAN, TAKES_TEXT };

struct aggregate_kind {
    const char *name;
    size_t state_size;
    unsigned constants; /* arguments behind the values that are constant (percentile's fractions) */
    enum aggregate_takes takes; /* the first argument is brought to this; what cannot be is skipped */
    bool ordered;       /* depends on the input's order */
    bool sees_nulls;    /* rows whose arguments are null are collected too */
    /* Optional: looks at the constant arguments; a message refuses the call. */
    const char *(*prepare)(struct aggregate *aggregate, const struct value *constants, size_t count, struct arena *arena);
    void (*collect)(const struct aggregate *aggregate, void *state, const struct collect *collect);
    void (*merge)(const struct aggregate *aggregate, void *state, void *from, struct pool *pool);
    void (*write)(const struct aggregate *aggregate, const void *state, struct buffer *into);
    bool (*read)(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool);
    struct value (*result)(const struct aggregate *aggregate, const void *state, struct arena *arena, const char **error);
};

/* Kinds that give several results of one state. */
enum aggregate_variant {
    PAIR_CORRELATION = 1,
    PAIR_COVARIANCE,
    PAIR_COUNT,
    PAIR_AVERAGE_X,
    PAIR_AVERAGE_Y,
    PAIR_SXX,
    PAIR_SYY,
    PAIR_SXY,
    PAIR_SLOPE,
    PAIR_INTERCEPT,
    PAIR_R2,
    BITS_AND,
    BITS_OR,
    BITS_XOR,
    TRY,      /* what is too large is null and no error */
    DISCRETE, /* percentile_disc: a value that came, as a double */
};

/* The kinds of each file; aggregate.c puts them under their names. */
extern const struct aggregate_kind kind_count, kind_count_if, kind_sum, kind_average, kind_variance, kind_percentile, kind_percentile_discrete, kind_pair, kind_bits;
extern const struct aggregate_kind kind_extreme, kind_extreme_by, kind_first, kind_bool_and, kind_bool_or, kind_mode;
extern const struct aggregate_kind kind_list, kind_set, kind_join, kind_approximate;
extern const struct aggregate_kind kind_distinct; /* stands before another kind: collects distinct values for it */

/* An order of all values for results that must not depend on the input's order: by value, then by written form. */
int value_order(const struct value *a, const struct value *b);

/* A value kept in a pool, overwritten in place while it fits. */
struct kept {
    char *packed; /* pack_value */
    uint32_t len, cap;
};
void kept_set(struct kept *kept, const struct value *value, struct pool *pool);
struct value kept_value(const struct kept *kept);
void kept_write(const struct kept *kept, struct buffer *into);
bool kept_read(struct kept *kept, struct unpack *from, struct pool *pool);

/* A copy of text in the arena as JSON array value. */
struct value value_json_array(struct arena *arena, const struct buffer *text);

#endif

/* aggregate_kind: what computes an aggregate, for the files of this folder only. To add a function: the six functions
 * of its kind and a row in the table at the end of the file it belongs to, then `make man-functions`. Its examples are
 * run by a test, over the records x, y, s, b: 1 10 a true, 2 20 b false, 2 21 b true, null 5 null null, 4 40 c true. */
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

enum aggregate_takes {
    TAKES_ANY,
    TAKES_NUMBER,
    TAKES_AMOUNT /* a number or a length of time */,
    TAKES_MOMENT /* such, a date or a timestamp */,
    TAKES_BOOLEAN,
    TAKES_TEXT,
    TAKES_BIT /* a place in a bitmap */,
    TAKES_BINARY
};

/* Places that a bitmap has. */
enum { BITMAP_BITS = 32768 };

struct aggregate_kind {
    const char *name;
    size_t state_size;
    unsigned constants; /* arguments behind the values that are constant (percentile's fractions) */
    enum aggregate_takes takes; /* the first argument is brought to this; what cannot be is skipped */
    bool ordered;       /* depends on the input's order */
    bool sees_nulls;    /* rows whose arguments are null are collected too */
    /* Optional: looks at the constant arguments; a message refuses the call. */
    const char *(*prepare)(struct aggregate *aggregate, const struct value *constants, size_t count,
                           struct arena *arena);
    void (*collect)(const struct aggregate *aggregate, void *state, const struct collect *collect);
    /* Optional: collects whole numbers, each into the state `offset` bytes into one of `states`, but nulls (NULL: there
     * are none). Without distinct. */
    void (*collect_numbers)(size_t offset, char *const *states, const int64_t *numbers, const bool *nulls,
                            size_t count, struct pool *pool);
    void (*merge)(const struct aggregate *aggregate, void *state, void *from, struct pool *pool);
    void (*write)(const struct aggregate *aggregate, const void *state, struct buffer *into);
    bool (*read)(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool);
    struct value (*result)(const struct aggregate *aggregate, const void *state, struct arena *arena,
                           const char **error);
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
    SKEWNESS,
    KURTOSIS,
};

/* One function: what the parser and the manual know of it, and what computes it. */
struct aggregate_row {
    struct aggregate_function function;
    const struct aggregate_kind *kind;
    bool descending, sample, root;
    unsigned char variant;
};

/* The functions of each file, in the manual's order; the last row has no kind. */
extern const struct aggregate_row aggregates_number[], aggregates_value[], aggregates_percentile[], aggregates_pair[],
    aggregates_list[], aggregates_moments[], aggregates_bitmap[],
    aggregates_histogram[];

extern const struct aggregate_kind aggregate_kind_count;    /* of whose values distinct keeps nothing but their keys */
/* Stands before another kind: collects distinct values for it. */
extern const struct aggregate_kind aggregate_kind_distinct;

/* The reader of a state that is a tally: of mode too. */
bool aggregate_distinct_read(const struct aggregate *aggregate, void *state, struct unpack *from, struct pool *pool);

/* An order of all values for results that must not depend on the input's order: by value, then by written form. */
int aggregate_value_order(const struct value *a, const struct value *b);

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
struct value aggregate_json_array(struct arena *arena, const struct buffer *text);

#endif

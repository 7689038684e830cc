/* parquet_reader from within: the parts that records are put together from. Private to common/parquet.
 *
 * A plan has slots: one for whole records, or one for each path. A slot has a tree of parts, the columns below it next
 * to each other; slots share no column, so that each goes through its own at its own pace. */
#ifndef ATOOLS_PARQUET_READER_INNER_H
#define ATOOLS_PARQUET_READER_INNER_H

#include "parquet/column_inner.h"
#include "parquet/reader.h"
#include "parquet/render_inner.h"
#include "value/nested.h"

struct parquet_part {
    enum parquet_shape shape;
    unsigned char there;   /* below this definition level it is null */
    unsigned char filled;  /* LIST, MAP: below this one it is empty */
    unsigned char repeats; /* LIST, MAP: the repetition level of a further element */
    const struct parquet_node *leaf;
    const char *key;       /* "name": as it stands in JSON */
    size_t key_len;
    struct parquet_part *children; /* members; the element; key and value */
    size_t child_count;
    size_t column, column_count;   /* below it, by the plan's numbers */
    bool nulls;                    /* STRUCT: null members are written, whatever the request says */
};

struct parquet_plan_slot {
    struct parquet_part part;
    const struct nested_type *types; /* of its values, if they are nested and their text does not tell them; or NULL */
    bool found;
    const struct path_step *rest; /* steps that the schema does not know: into a map, or a list's element by number */
    size_t rest_count;
};

struct parquet_plan {
    const struct parquet_file *file;
    struct parquet_request request;
    struct arena arena;
    struct parquet_plan_slot *slots;
    size_t slot_count;
    const struct parquet_node **columns; /* their leaves */
    size_t column_count;
};

/* Rows from .. to - 1. */
struct parquet_range {
    uint64_t from, to;
};

struct parquet_reader {
    const struct parquet_plan *plan;
    struct parquet_column *columns;
    size_t row_group;
    struct problem *problem;
    struct arena arena; /* the row group's: ranges, indexes */
    struct parquet_range *ranges;
    size_t range_count, range;
    uint64_t row;       /* the next one */
    bool open;          /* a row group is being read */
    bool skipped;       /* rows were passed over */

    struct parquet_slot *slots; /* by path */
    struct value *values;       /* PARQUET_ROWS for each slot, */
    struct span *spans;         /* or these */
    uint32_t *codes;
    int64_t *numbers;           /* of parquet_reader_columns, which makes room for them */
    bool *nulls;
    struct buffer text;         /* nested values of the rows at hand */
    struct arena made, before;  /* and other values of them; and of the rows before these */
};

/* Builds the parts of a slot below a node, columns from plan->column_count on; `wanted` (by leaf) leaves out others,
 * NULL: all. */
void parquet_part_build(struct parquet_plan *plan, struct parquet_part *part, const struct parquet_node *node,
                        bool as_element, const bool *wanted);

/* The types of a nested part's values, in the arena, or NULL: their text tells them. With types null members are
 * written from now on, for a member's type goes by its place. */
const struct nested_type *parquet_part_types(struct parquet_part *part, struct arena *arena);

/* Appends the next value of a part as JSON, whose first entry repeats at level `level`. Where entries do not fit each
 * other, the reader's problem is set and something is appended. */
void parquet_part_write(struct parquet_reader *reader, const struct parquet_part *part, unsigned level,
                        struct buffer *into);

/* An entry of the column is not what the rows, or other columns, make of it. */
void parquet_misfit(struct parquet_reader *reader, const struct parquet_column *column);

/* True if it is null. */
bool parquet_part_null(struct parquet_reader *reader, const struct parquet_part *part);

/* Passes it over. */
void parquet_part_skip(struct parquet_reader *reader, const struct parquet_part *part, unsigned level);

/* The next `rows` rows of a slot as spans. */
void parquet_fill_spans(struct parquet_reader *reader, const struct parquet_plan_slot *slot, size_t rows,
                        struct span *spans);

/* Forgets what was made for the rows before the last ones: how many are ahead, at most PARQUET_ROWS. */
size_t parquet_reader_go_on(struct parquet_reader *reader);

/* Sees to it that a column's dictionary is there as spans. */
void parquet_dictionary_spans(struct parquet_column *column);

/* What the rest of a slot's path leads to in a nested value. */
struct value parquet_follow_rest(struct parquet_reader *reader, const struct parquet_plan_slot *slot,
                                 struct value value);

/* What statistics say of some rows of a column. */
struct parquet_known {
    bool has_least, has_most;
    struct value least, most;
    bool has_nulls;
    int64_t nulls, rows;
};

/* What they say of a row group's column: bounds only where values have that order in SQL, too. Texts may lie in the
 * footer. */
void parquet_chunk_known(const struct parquet_node *leaf, const struct parquet_chunk *chunk, struct arena *arena,
                         struct parquet_known *known);

/* The rows of the group that are wanted, and the offset indexes of the columns if some are not. */
bool parquet_prune(struct parquet_reader *reader, size_t row_group);

#endif

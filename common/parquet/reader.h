/* parquet_reader: the rows of a Parquet file, row group by row group: as JSON text of records, or as SQL values of the
 * paths that were asked for. Only the columns needed are read, and of these no row groups and pages that by their
 * statistics have nothing that fits the predicates.
 *
 * A plan is read-only and may be shared by threads; each has a reader of its own, and may take any row group. Memory of
 * a reader: for each column a page, its dictionary and a window of 256 KiB. Every fault (damage is checked for
 * everywhere: checksums, lengths, levels) fills the problem given to parquet_reader_start; what was given out before
 * stands. */
#ifndef ATOOLS_PARQUET_READER_H
#define ATOOLS_PARQUET_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "base/problem.h"
#include "json/path.h"
#include "parquet/file.h"
#include "value/nested.h"
#include "value/value.h"

enum parquet_comparison {
    PARQUET_EQUAL,
    PARQUET_LESS,
    PARQUET_LESS_EQUAL,
    PARQUET_GREATER,
    PARQUET_GREATER_EQUAL,
    PARQUET_IS_NULL,
    PARQUET_IS_NOT_NULL,
};

/* `path comparison constant`. All predicates must hold for a row to be wanted; rows that do not fit may come all the
 * same, so the caller judges each again. One that is not comparable by statistics (another type, below a list) passes
 * nothing over. */
struct parquet_predicate {
    const struct path *path;
    enum parquet_comparison comparison;
    struct value constant; /* lives as long as the plan */
};

struct parquet_request {
    const struct path_set *paths; /* NULL: everything */
    /* JSON of records, of which only what the paths lead to is there; else values of the paths */
    bool records;
    /* values of paths: as spans of JSON text (parquet_slot.spans) instead; PACKED of types that it does not tell */
    bool texts;
    bool nulls;                   /* JSON: null members are written; else they are left out, as Spark's toJSON does */
    const struct parquet_predicate *predicates;
    size_t predicate_count;
};

/* The SQL types of a file's records, a tree in the arena: of all their members, as they stand in the schema. */
const struct nested_type *parquet_schema_types(const struct parquet_node *root, struct arena *arena);

struct parquet_plan;

/* The file and the request's paths and predicates live as long as the plan. A path that the schema has not got gives
 * nulls. */
struct parquet_plan *parquet_plan_new(const struct parquet_file *file, const struct parquet_request *request);
void parquet_plan_free(struct parquet_plan *plan);

/* True if the schema has what path number `path` of the request leads to. */
bool parquet_plan_found(const struct parquet_plan *plan, size_t path);

/* The rows of a group that the predicates leave, as far as its own statistics (not those of its pages) tell: all or
 * none, also because there are none. */
bool parquet_plan_wants(const struct parquet_plan *plan, size_t row_group);

struct parquet_reader;
struct parquet_reader *parquet_reader_new(const struct parquet_plan *plan);
void parquet_reader_free(struct parquet_reader *reader);

/* Begins with a row group; problem must live until the last call for it. False: it can't be read. */
bool parquet_reader_start(struct parquet_reader *reader, size_t row_group, struct problem *problem);

/* The row of the row group that comes next. */
uint64_t parquet_reader_row(const struct parquet_reader *reader);

/* Appends records, one a line, until there are `rows` of them or `bytes` bytes more: how many. 0: at the end, or the
 * problem is set. */
size_t parquet_reader_json(struct parquet_reader *reader, size_t rows, size_t bytes, struct buffer *into);

/* The next rows' values, at most PARQUET_ROWS: how many. 0: at the end, or the problem is set. They live until the next
 * call, texts until the one after it: who has taken a row may look at PARQUET_ROWS more before it is done with it. */
enum { PARQUET_ROWS = 1024 };
size_t parquet_reader_values(struct parquet_reader *reader);

/* Path number `path` in these rows. Nested values are compact JSON text. */
struct parquet_slot {
    const struct value *values;     /* one a row; or, if texts were asked for, */
    const struct span *spans;       /* these (of a path that the schema has not got: ABSENT) */
    /* NULL, or of each row the number of its value in `dictionary` (UINT32_MAX: null) */
    const uint32_t *codes;
    const struct value *dictionary; /* of the whole row group; equal values may be in it twice */
    size_t dictionary_count;
    const struct span *texts;       /* the dictionary by parquet_reader_columns */
    const int64_t *numbers;         /* by parquet_reader_columns; 0 for nulls, which are */
    const bool *nulls;              /* here; NULL: there are none */
};
const struct parquet_slot *parquet_reader_slot(const struct parquet_reader *reader, size_t path);

/* How a path is wanted as a column; whatever can't be given so comes as spans. */
enum parquet_want {
    PARQUET_WANT_SPANS,
    PARQUET_WANT_NUMBERS, /* whole numbers that SQL sees as such (parquet_plan_has_numbers): numbers, nulls */
    PARQUET_WANT_CODES,   /* codes, of texts, where the file has them; else as PARQUET_WANT_NUMBERS */
};

/* True if the path leads to one whole number a row. */
bool parquet_plan_has_numbers(const struct parquet_plan *plan, size_t path);

/* As parquet_reader_values, for a request of texts: the next rows by columns, by path as wants says. A dictionary is
 * the same until parquet_reader_start. */
size_t parquet_reader_columns(struct parquet_reader *reader, const enum parquet_want *wants);

#endif

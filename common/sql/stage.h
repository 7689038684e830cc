/* stage: what a query is carried out by: steps, each of which is what one of the tools does (aflatten, aagg, ajoin), in
 * the words that the tool takes. One hands its rows to the next as a relation, or, printed as a pipe, as NDJSON.
 *
 * Stages live in the planner's arena; only relation is freed by stage_free. */
#ifndef ATOOLS_SQL_STAGE_H
#define ATOOLS_SQL_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "join/names.h"
#include "sql/source.h"
#include "table/relation.h"

enum stage_kind {
    STAGE_ONE,   /* one row without columns */
    STAGE_ROWS,  /* aflatten */
    STAGE_GROUP, /* aagg */
    STAGE_JOIN,  /* ajoin */
    STAGE_UNION, /* the rows of its parts, behind each other */
};

/* Where a stage takes rows from: one of the two is not NULL. */
struct stage_feed {
    struct sql_source *source;
    struct stage *stage;
};

struct stage_explode {
    const char *array, *name;
};

struct stage_column {
    const char *name;  /* as Spark calls it */
    const char *inner; /* as the stage behind this one calls it: no two are the same */
    bool typed;        /* its values may be of a type that JSON has not: dates, times, decimals */
    const struct item *item; /* the planner's: what it was made of, and where; or NULL */
    struct block *block;
};

struct stage {
    enum stage_kind kind;
    struct stage_feed feeds[2]; /* JOIN: left, right */
    struct stage **parts;       /* UNION */
    size_t part_count;
    struct stage_explode *explodes; /* ROWS, GROUP */
    size_t explode_count;
    bool outer;
    const char *select; /* NULL: nothing (GROUP) */
    const char *where, *keys, *having, *order, *on;
    const char *qualify; /* ROWS */
    const char *pivot;   /* GROUP: of which column the values become columns, behind the keys (group/pivot.h) */
    enum join_kind join;
    bool shows_key;     /* GROUP: a key stands in the list, so that the list is all that comes out (aagg) */
    bool has_limit;
    uint64_t limit;
    uint64_t skip;      /* rows left out at the beginning; the limit counts from there */
    struct stage_column *columns;
    size_t column_count;
    const char *no_pipe; /* why no pipe of the other tools does the same; NULL: one does */
    struct relation *relation; /* its rows, when it was run */
};

void stage_free(struct stage *stage);

#endif

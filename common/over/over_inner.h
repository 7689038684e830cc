/* What the files of this folder share: how rows are packed, the partition that is being worked on, and a call's state
 * on it. */
#ifndef ATOOLS_OVER_INNER_H
#define ATOOLS_OVER_INNER_H

#include "base/mem.h"
#include "base/pool.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "group/aggregate/aggregate.h"
#include "over/store.h"
#include "over/over.h"
#include "table/sort.h"

enum over_kind {
    WINDOW_AGGREGATE,
    WINDOW_ROW_NUMBER,
    WINDOW_RANK,
    WINDOW_DENSE_RANK,
    WINDOW_PERCENT_RANK,
    WINDOW_CUME_DIST,
    WINDOW_NTILE,
    WINDOW_LAG,
    WINDOW_LEAD,
    WINDOW_FIRST_VALUE,
    WINDOW_LAST_VALUE,
    WINDOW_NTH_VALUE,
};

/* A row unpacked: what expressions see. */
struct over_view {
    struct span *slots;
    struct value *windows; /* results so far, by number of the call */
    bool spaced;
    uint64_t place, part;  /* in the input */
    struct over_reader reader;
};

/* Calls that share partition and order: sorted once for all. */
struct over_group {
    const struct window_spec *spec;
    size_t *calls;
    size_t call_count;
    struct order order; /* of the sort: the partition's key, if there is one, then the order's */
};

struct over {
    struct over_options *options;
    struct project *project;
    struct over_group *groups;
    size_t group_count;
    size_t *group_of;             /* by number of the call */
    struct over_compute **computes; /* by number of the call */
    struct sort *sort;            /* of the first group, all writers' */
    struct arena arena;
};

/* The partition that a thread is at. */
struct over_partition {
    const struct over *window;
    size_t group;                /* which of the window's */
    const struct over_store *store;
    size_t first, count;         /* its rows in the store */
    size_t row;                  /* the present one, counted from the partition's first, */
    size_t peers_from, peers_to; /* its peers, */
    size_t peer_group;           /* and how many groups of peers are before them */
    struct over_view view;       /* of it, */
    bool in_view;                /* the present one has been put there */
    struct value *keys;          /* what a range of amounts is measured by, by row; or NULL */
    struct arena key_texts;
};

/* Whether row number i is no peer of the one before. */
static inline bool over_starts(const struct over_partition *partition, size_t i)
{
    return partition->store->rows[partition->first + i].starts;
}

/* Puts row number i into the view. */
void over_view_row(const struct over_partition *partition, struct over_view *view, size_t i);
void over_view_start(struct over_view *view, const struct over *window);
void over_view_free(struct over_view *view);

/* A sort of the group's rows, and its keys for a row, of which `key` has a text; false: row->error. */
struct sort *over_sort_start(const struct over *window, size_t group);
bool over_sort_keys(const struct over_group *group, struct row *row, struct buffer *key, struct value *keys);

/* best.c: a thread's best rows. NULL: qualify does not say how many of a partition are needed. */
struct over_best;
struct over_best *over_best_new(const struct over *window);
void over_best_free(struct over_best *best);

/* False: whatever other rows there are, qualify will not let this one through, and no result of another one needs it.
 * key: of its partition; keys: of the order. */
bool over_best_wants(struct over_best *best, const struct buffer *key, const struct value *keys, uint64_t place,
                     uint64_t part);

/* The rows that were taken, with their results, to the project; a status. The project has its writers again. */
int over_give(struct over *window, struct output *out);

struct over_compute;
/* NULL, with the problem: an argument is wrong. */
struct over_compute *over_compute_new(const struct over *window, const struct window_call *call,
                                          struct problem *problem);
void over_compute_free(struct over_compute *compute);

/* Whether the call's result is the same for all rows and in any order of them. */
bool over_compute_unordered(const struct over_compute *compute);

/* Begins a partition; row->error is set where that fails. */
void over_compute_start(struct over_compute *compute, const struct over_partition *partition, struct row *row);

/* The result for the present row: row is that (its arena is the result's); rows are asked in their order. */
struct value over_compute_result(struct over_compute *compute, const struct over_partition *partition,
                                   struct row *row);

/* The rows of a frame, from `from` up to, not with, `to`. */
struct over_frame {
    size_t from, to;
};
/* Where a frame of amounts has got to; zero before the first row of a partition. */
struct over_edges {
    size_t from, to;
};
struct over_frame over_frame_of(const struct window_spec *spec, const struct over_partition *partition,
                                    struct over_edges *edges, struct row *row);

/* Whether a frame is measured in amounts of what it is ordered by. */
bool over_frame_measures(const struct window_spec *spec);

#endif

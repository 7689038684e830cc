/* group_run: records into groups over threads: the first half of aagg. Each thread fills a table of its own;
 * group_run_merge makes one of them. */
#ifndef ATOOLS_GROUP_RUN_H
#define ATOOLS_GROUP_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "frame/chunks.h"
#include "group/group.h"
#include "group/select.h"
#include "table/rows.h"

struct group_run {
    const struct group_select *select;
    struct rows *rows;
    const struct expr *where; /* or NULL */
    const char *merge_name; /* --merge: records are partial states with this name (partial.h); their slots are those of
                             * group_run_merge_paths */
    size_t path_count;        /* of the paths that rows are bound to */
    size_t slots[3];          /* --merge: aagg, of, state */
    size_t memory;            /* of one thread's table */
    struct groups **tables;   /* filled in by the run */
    size_t table_count;
};

/* Adds the paths of a partial state to the set. */
void group_run_merge_paths(struct group_run *run, struct path_set *paths, struct arena *arena);

/* What chunks_run needs; the tool is the group_run. */
extern const struct chunks_work group_run_work;

/* After the run: all groups. Without keys there is always one. */
struct groups *group_run_merge(struct group_run *run, unsigned threads);

/* The options of the tables. */
struct groups_options group_run_options(const struct group_run *run);

#endif

/* group_run: records into groups over threads: the first half of aagg. Each thread fills a table of its own;
 * group_run_merge makes one of them. */
#ifndef ATOOLS_GROUP_RUN_H
#define ATOOLS_GROUP_RUN_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "frame/chunks.h"
#include "group/group.h"
#include "group/positions.h"
#include "group/select.h"
#include "table/explode.h"
#include "table/rows.h"

struct session;

/* Who wants to see each record come to its group, such as live: such runs are of one thread. */
struct group_watch {
    /* Whether a window that ends there still takes records. */
    bool (*admit)(void *context, int64_t end);
    /* Before a record is collected: into a group's states, or those of one of its sessions. */
    void (*touch)(void *context, struct group *group, struct session *session, int64_t end);
    void *context;
    size_t mark_size; /* bytes of the watcher's own behind the aggregates' states */
};

/* Who wants to see what lies between records: such runs are of one thread. */
struct run_state;
struct run_breaks {
    /* Behind each row, and at what is said of a group between them (rows_reader.group). False ends the run. */
    bool (*behind)(void *context, struct run_state *state);
    void *context;
};

struct group_run {
    const struct group_select *select;
    struct rows *rows;
    const struct explode *explode; /* or NULL: each record is its elements' rows */
    const struct expr *where; /* or NULL */
    const char *merge_name; /* --merge: records are partial states with this name (partial.h); their slots are those of
                             * group_run_merge_paths */
    size_t path_count;        /* of the paths that rows are bound to */
    size_t slots[4];          /* --merge: aagg, of, state, offsets */
    const struct group_watch *watch; /* or NULL */
    const struct run_breaks *breaks; /* or NULL */
    size_t memory;            /* of one thread's table */
    struct groups **tables;   /* filled in by the run */
    size_t table_count;
    struct positions positions; /* how far the records went that said so (envelopes), and states that were merged */
    struct run_state **states;  /* private: those at work */
    size_t state_count;
    pthread_mutex_t lock;       /* private: of states; group_run_init */
};

/* Before the run: with the fields above set. */
void group_run_init(struct group_run *run);

struct group_report;
struct output;

/* While the run is at work, from another thread: writes the result so far. False with the problem. */
bool group_run_show(struct group_run *run, const struct group_report *report, struct output *out,
                    struct problem *problem);

/* Adds the paths of a partial state to the set. */
void group_run_merge_paths(struct group_run *run, struct path_set *paths, struct arena *arena);

/* What chunks_run needs; the tool is the group_run. */
extern const struct chunks_work group_run_work;

/* After the run: all groups. Without keys there is always one. */
struct groups *group_run_merge(struct group_run *run, unsigned threads);

/* The options of the tables. */
struct groups_options group_run_options(struct group_run *run);

/* Bytes of the states of a group, or of one session, with the watcher's mark. */
size_t group_run_state_size(const struct group_run *run);

#endif

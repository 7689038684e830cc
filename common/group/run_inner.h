/* group_run_inner: a thread of a run, for those of this room who collect records. */
#ifndef ATOOLS_GROUP_RUN_INNER_H
#define ATOOLS_GROUP_RUN_INNER_H

#include "group/columns.h"
#include "group/run.h"
#include "group/session.h"

/* Records that are evaluated before their groups are looked up, so that several waits for far memory pass at once. */
enum {
    RUN_AHEAD = 32,
    RUN_SEEN = 256,      /* with records that WHERE refused: their scratch memory waits too */
    RUN_MADE = 32 * 1024 /* bytes of it: a record must not have less room because of those before it */
};

/* A record on its way to its group. */
struct run_record {
    size_t key, key_len, head, head_len; /* in run_state.key and head */
    uint64_t hash, place;
};

/* A thread's own. */
struct run_state {
    struct group_run *run;
    struct rows_reader *reader;
    struct explode_reader *exploded; /* NULL: records are rows */
    uint64_t sequence, row_number;   /* exploded: of the batch, and of the next row in it */
    struct groups *groups;
    struct aggregate_inputs *inputs; /* RUN_AHEAD of them */
    struct run_record ahead[RUN_AHEAD];
    size_t ahead_count, seen;
    struct value *items;
    struct arena arena;
    struct buffer key, head;
    struct buffer decoded; /* --merge */
    char *states;          /* --merge: those of one record */
    struct group_columns *columns; /* NULL: records come one by one */
    struct time_window window;  /* the last one that was written, */
    struct value window_text; /* and how: in window_arena */
    struct arena window_arena;
    struct positions positions; /* of its records that say them */
    pthread_mutex_t lock;       /* while it works on a batch */
};

/* Whether groups hold sessions. */
static inline bool run_has_sessions(const struct group_run *run)
{
    return run->select->window.shape && run->select->window.shape->session;
}

/* Whether records come to their groups one by one. */
static inline bool run_goes_singly(const struct group_run *run)
{
    return run->select->window.shape || run->watch;
}

/* A thread's state, and its end, which keeps its table in run->tables. */
void *group_run_start(void *tool);
void group_run_finish(void *tool, void *thread);

/* All records of a batch, to their groups. */
void run_take_batch(struct run_state *state, struct batch *batch, struct result *result);

/* Brings the records that wait to their groups. */
void run_collect(struct run_state *state);

/* The items that aggregates and keys name, from this record. */
bool run_compute_items(struct run_state *state, struct row *row);

/* A record to its group, or those of all its windows. False if it is bad: row->error. *late: a window it belongs to has
 * ended. */
bool run_take_singly(struct run_state *state, struct row *row, uint64_t place, bool *late);

/* Takes a row to its groups: false if it is bad: row->error. */
typedef bool run_take(void *context, struct row *row, uint64_t place);

/* The rows of a record, which is row, or of its elements under -e, one by one. False if one is bad: row->error;
 * `careful`: none is taken then, and none can be of those that only take finds bad. */
bool run_each(struct run_state *state, struct row *row, const struct batch *batch, bool careful, run_take *take,
              void *context);

/* Whether it is a state, or the head of states, that this run can merge; else row->error. */
bool run_is_ours(const struct group_run *run, struct row *row);

/* A partial state: merged into its group, or the beginning of it; `instead`: it takes the place of what is there. The
 * group, or NULL: row->error. */
struct group *run_take_partial(struct run_state *state, struct row *row, uint64_t place, bool instead);

#endif

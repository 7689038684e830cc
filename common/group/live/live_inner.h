/* live_inner: what the files of live share. */
#ifndef ATOOLS_LIVE_INNER_H
#define ATOOLS_LIVE_INNER_H

#include <pthread.h>

#include "group/live/live.h"
#include "json/checkpoint.h"
#include "group/positions.h"
#include "group/report_inner.h"
#include "group/run_inner.h"

static const int64_t LIVE_NO_TIME = INT64_MIN;

/* What live keeps of each group or session, behind the aggregates' states. */
struct live_mark {
    int64_t end;      /* of its window; INT64_MAX: none */
    uint64_t row;     /* a hash of the row that was told last */
    uint64_t epoch;   /* the report it is to be told in */
    uint64_t closed;  /* 0: open; else one more than the checkpoint that was the last one when it was closed */
    bool told;        /* its row was, and not that it is gone */
    bool known;       /* told is what readers have: this run said something of it */
    bool unsaved;     /* what it is of changed since the last checkpoint */
    bool gone;        /* the file of the state has it no more */
};

struct live {
    const struct live_options *options;
    struct group_run *run;
    const struct group_report *report;
    struct group_watch watch;
    struct group_told told;
    struct run_state *state;
    pthread_mutex_t lock; /* all below */
    struct buffer touched; /* struct group * of those to be told in the next report */
    struct buffer list, cells;
    uint64_t epoch; /* of the next report, from 1 */
    bool header_due;
    bool dirty;         /* records came since the last report */
    bool unsaved;       /* since the last checkpoint */
    char id[CHECKPOINT_ID_LEN + 1];  /* of the state's file, which its steps name; "": the next checkpoint is whole */
    uint64_t whole_size, steps_size; /* bytes of the file, and of its steps */
    uint64_t records;   /* since the last report by number */
    uint64_t total, late;
    int64_t newest_ms, watermark_ms; /* LIVE_NO_TIME: none yet */
    int64_t before_ms; /* the watermark as the last report found it: what sessions are late by in complete mode, where
                        * Spark has no trigger without data */
    int64_t reported_us, saved_us;   /* steady */
    uint64_t checkpoints;
    size_t closed;      /* groups and sessions that are closed and still there */
    int64_t least_end;  /* no open window ends before */
    size_t small;       /* bytes of the table when it was last made anew */
    struct positions positions;
    struct positions dropped; /* of a state that belonged to another base */
    uint64_t base;      /* a checksum of the view below; 0: none */
    int64_t painted_us;
    uint64_t painted_total; /* records, when it was painted last */
    int wake;           /* an eventfd: something changed */
};

static inline struct live_mark *live_mark(const struct live *live, char *states)
{
    return (struct live_mark *)(void *)(states + live->run->select->aggregates->size);
}

static inline struct live_mark *live_mark_of(const struct live *live, const struct group_cell *cell)
{
    return live_mark(live, cell->session ? cell->session->states : cell->group->states);
}

/* Reads base and state; writes the state. With the lock, or before there are threads. */
bool live_load(struct live *live, struct problem *problem);
bool live_save(struct live *live, struct problem *problem);

/* Adds the line that says how far the state goes; with a name of that line's member for the id, which is added then. */
void live_write_head(struct live *live, const char *id_name, struct buffer *into);

/* A checkpoint that only says what changed since the last one, behind the file of the state: whether it pays; and
 * writes it. live->list is of all groups, `count` of them. With the lock. */
bool live_steps_pay(struct live *live, size_t count);
bool live_save_step(struct live *live, size_t count, struct problem *problem);

/* The line of a group that is gone: takes it out. False if it is damaged. */
bool live_take_gone(struct live *live, struct span gone, struct buffer *scratch);

/* Nothing of a group changed since this checkpoint. */
void live_saved(struct live *live, struct group *group);

/* Reads the file of the base into the groups: its checksum, and how far it goes. */
bool live_read_base(struct live *live, uint64_t *sum, struct positions *positions, struct problem *problem);

/* Windows behind the watermark are closed: they were told. */
void live_close_told(struct live *live);

/* Rows of live->cells, of which there are so many, as far as they say something new. */
bool live_write_cells(struct live *live, size_t count, struct problem *problem);

/* All groups were read: they are to be told. */
void live_loaded(struct live *live);

/* Whether a closed one is needed no more: what came of it was told before the last but one checkpoint, and is with
 * whoever reads us, if he is still there. */
static inline bool live_is_gone(const struct live *live, const struct live_mark *mark)
{
    return mark->gone || (mark->closed && (!live->options->state || mark->closed < live->checkpoints));
}

/* Takes what is gone out of a group; whether nothing is left of it. */
bool live_drop_gone(struct live *live, struct group *group);

/* Makes the table anew out of what is still needed, and gives the rest of its memory back. Nothing is touched. */
void live_sweep(struct live *live);

void live_free(struct live *live);

/* A report, with the lock. */
bool live_tell(struct live *live, struct problem *problem);

/* Paints the table anew on the terminal. */
bool live_paint(struct live *live, const struct group_cell *cells, size_t count, struct problem *problem);

#endif

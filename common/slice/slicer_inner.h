/* slicer's own parts: results of a record (slicer_record.c), what is made of the elements of a stream (slicer_items.c).
 * Private to common/slice. */
#ifndef ATOOLS_SLICER_INNER_H
#define ATOOLS_SLICER_INNER_H

#include "json/path.h"
#include "json/walk/walk.h"
#include "slice/bundle.h"
#include "slice/filter.h"
#include "slice/fold.h"
#include "slice/slicer.h"
#include "slice/verbatim.h"

/* How one kind of record goes: the keys it begins with are left to the walk, which validates the record
 * anyway; only what follows them needs a tree. */
struct route {
    const struct filter_stage *rest;
    size_t key_count;       /* slots 0..key_count-1: the record's member keys[0], that one's member keys[1], … */
    const struct path *keys;
    bool verbatim;          /* the result is the record as it stands, but for white space */
    bool program_slots;     /* the result is the record itself: slots are those of the program */
    bool where_slots;       /* the result is the record itself: slots are those of the condition */
    struct path_set paths;
    struct walk_plan *plan;
};

struct slicer {
    struct slicer_options options;
    struct filter *filter;
    struct jq_program *program; /* what the filter's results go through, where the text is more than paths; or NULL */
    struct jq_program *element, *rest; /* the program is `map(element) | rest`: collected along a stream; or NULL */
    struct jq_program *items; /* rest, or the program, over the elements of a stream, which nobody holds; or NULL */
    bool arrays;
    bool single; /* the program gives one result at most, so that what a batch gives is no larger than it */
    struct filter_plan plan;
    struct route whole, behind; /* whole values; what a stream delivers */
    struct expr *where;
    struct path_set where_paths;
    struct walk_plan *where_plan;
    struct arena arena;
    /* in input order, one thread at a time: */
    struct worker *tail;      /* runs the rest of the filter over what was collected or counted */
    struct buffer collected;  /* '[' and the elements of an array in the making */
    uint64_t count;
    struct bundle bundle;
    struct buffer bundled;
    uint64_t taken;           /* results so far */
    struct fold *fold;        /* runs items; NULL: no element has come */
    struct buffer folded, lengths; /* its results */
    struct buffer fold_error; /* what it ended in, set by its thread */
};

struct worker {
    struct slicer *slicer;
    struct filter_machine *machine;
    struct walk *whole, *behind, *where;
    struct result *result;    /* of the present batch */
    const struct span *slots; /* the condition's, when the walk has filled them already */
    struct arena arena;       /* the condition's */
    struct buffer copy;       /* a result for the condition's walk, with its padding */
    struct buffer message;
    struct verbatim verbatim;
    struct jq_machine *program; /* runs slicer->program; the tail's runs slicer->rest, if there is one */
    struct jq_machine *element; /* runs slicer->element */
    const struct span *program_slots;
    const struct piece *piece; /* that the present record stands in; or NULL */
    struct fold *fold;        /* whose thread this is; or NULL */
    struct buffer made;       /* a result of it, where it is looked at before it is written */
    const char *failure;      /* not NULL: why the present result can't be written */
};

/* Where the results stood before a record. */
struct mark {
    size_t out_len, row_ends_len;
    uint64_t rows;
};

static inline struct mark slicer_mark(const struct result *result)
{
    return (struct mark){result->out.len, result->row_ends.len, result->rows};
}

/* A thread's state. */
struct worker *slicer_worker(struct slicer *slicer);
void slicer_worker_free(struct worker *worker);

/* jq_emit with the worker as context: a result of its program, which is written into its result. */
bool slicer_on_result(void *context, struct jq_value value);

/* Runs one value through the stages and the program; on failure *message, and *where within the value. */
bool slicer_run(struct worker *worker, const struct filter_stage *stages, struct span value, bool spaced,
                const char **message, const char **where);

/* A record that the walk found; false: nothing comes behind it. */
bool slicer_record(struct worker *worker, const struct route *route, const struct walk *walk,
                   const struct batch *batch);

/* As jq, a record that fails midway keeps the results before its error; but not when it is put aside to be
 * mended, for then it comes again. */
bool slicer_bad(struct worker *worker, const struct batch *batch, struct mark before, uint64_t index,
                struct span record, const char *where, const char *message);

/* What a stream met instead of elements. */
void slicer_event(struct worker *worker, const struct batch *batch);

/* An element of an array that map goes over, or that is collected or counted as a whole. */
bool slicer_map(struct worker *worker, const struct walk *walk, const struct batch *batch);
void slicer_keep(struct worker *worker, const struct walk *walk);

/* In input order, one thread at a time: what was kept of a batch's elements is handed on; and the array has ended, so
 * the rest of the filter runs over what was made of them. */
void slicer_take_elements(struct slicer *slicer, struct result *result);
void slicer_take_end(struct slicer *slicer, const struct batch *batch, struct result *result);

/* In the worker that has the array's end: the fold's last results. */
void slicer_end_items(struct worker *worker, const struct batch *batch);

#endif

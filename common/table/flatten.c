#include "table/flatten.h"

#include <stdlib.h>

#include "table/sort.h"
#include "table/star.h"

/* A thread's own. */
struct worker {
    const struct flatten *flatten;
    struct rows_reader *reader;
    struct explode_reader *exploded; /* NULL without -e */
    struct project_writer *writer;
    struct arena arena;
};

static void *worker_start(void *context)
{
    struct worker *worker = mem_zero(1, sizeof *worker);
    worker->flatten = context;
    worker->reader = rows_reader_new(worker->flatten->rows);
    worker->writer = project_writer_new(worker->flatten->project);
    if (worker->flatten->explode)
        worker->exploded = explode_reader_new(worker->flatten->explode);
    return worker;
}

static void worker_finish(void *context, void *state)
{
    const struct flatten *flatten = context;
    struct worker *worker = state;
    project_writer_free(worker->writer);
    if (worker->exploded)
        explode_reader_free(worker->exploded);
    rows_reader_free(flatten->rows, worker->reader);
    arena_free(&worker->arena);
    free(worker);
}

/* What one row is made of. */
struct candidate {
    const struct span *slots;
    struct span stranger;
    bool spaced;
    uint64_t part; /* its number within the record */
};

enum outcome { ROW_OUT, ROW_REFUSED, ROW_BAD };

/* One row: where, then written or, if `trial`, only tried. *reason says what is wrong with a bad one. */
static enum outcome one_row(struct worker *worker, const struct batch *batch, struct result *result,
                            const struct candidate *from, bool trial, const char **reason)
{
    const struct flatten *flatten = worker->flatten;
    struct row row = {.slots = from->slots, .arena = &worker->arena};
    if (flatten->where && !expr_true(flatten->where, &row) && !row.error)
        return ROW_REFUSED;
    *reason = row.error;
    if (row.error)
        return ROW_BAD;
    if (from->stranger.type != SPAN_ABSENT) {
        *reason = star_stranger(&worker->arena, from->stranger);
        return ROW_BAD;
    }
    uint64_t place = sort_place(batch->sequence, worker->reader->index);
    bool good = trial ? project_try(worker->writer, &row)
                      : project_row(worker->writer, &row, from->spaced, place, from->part, result);
    *reason = row.error;
    return good ? ROW_OUT : ROW_BAD;
}

/* All rows of a record come out, or none. Until all are made they are kept in the result; where they are too many for
 * that, all are tried first, and then they go out as they come. */
enum pass { PASS_KEEP, PASS_TRY, PASS_HAND_ON };
enum exploded { EXPLODED_GOOD, EXPLODED_BAD, EXPLODED_TOO_MANY };

/* The rows of one record under -e; *reason: why it is bad. What a pass that ends early has left in the result is taken
 * back. */
static enum exploded exploded_rows(struct worker *worker, const struct batch *batch, struct result *result,
                                   enum pass pass, const char **reason)
{
    const struct rows_reader *reader = worker->reader;
    struct explode_reader *exploded = worker->exploded;
    size_t out = result->out.len, ends = result->row_ends.len;
    uint64_t rows = result->rows;
    enum exploded outcome = EXPLODED_GOOD;
    explode_start(exploded, reader->slots, reader->spaced);
    for (uint64_t part = 0; outcome == EXPLODED_GOOD && explode_next(exploded); part++) {
        struct span stranger = reader->stranger.type != SPAN_ABSENT ? reader->stranger : exploded->stranger;
        struct candidate row = {exploded->slots, stranger, exploded->spaced, part};
        bool trial = pass == PASS_TRY || result_is_full(result);
        if (one_row(worker, batch, result, &row, trial, reason) == ROW_BAD)
            outcome = EXPLODED_BAD;
        else if (pass == PASS_KEEP && result_is_large(result))
            outcome = EXPLODED_TOO_MANY;
        else if (pass == PASS_HAND_ON && result_is_large(result) && !result_hand_on(result))
            return EXPLODED_GOOD;
    }
    if (outcome == EXPLODED_GOOD && exploded->error) {
        *reason = exploded->error;
        outcome = EXPLODED_BAD;
    }
    if (outcome != EXPLODED_GOOD && pass != PASS_HAND_ON) {
        result->out.len = out;
        result->row_ends.len = ends;
        result->rows = rows;
    }
    return outcome;
}

static bool one_record(struct worker *worker, const struct batch *batch, struct result *result, const char **reason)
{
    const struct rows_reader *reader = worker->reader;
    if (result_is_full(result))
        return true;
    if (!worker->exploded) {
        struct candidate row = {reader->slots, reader->stranger, reader->spaced, 0};
        return one_row(worker, batch, result, &row, false, reason) != ROW_BAD;
    }
    bool collects = project_collects(worker->flatten->project); /* these cannot be taken back */
    if (collects && result->skip_bad && exploded_rows(worker, batch, result, PASS_TRY, reason) == EXPLODED_BAD)
        return false;
    explode_start(worker->exploded, reader->slots, reader->spaced);
    bool can_fail = worker->flatten->where || project_can_fail(worker->flatten->project) ||
                    explode_can_fail(worker->exploded) || reader->stranger.type != SPAN_ABSENT;
    bool keep = can_fail && !collects;
    enum exploded outcome = exploded_rows(worker, batch, result, keep ? PASS_KEEP : PASS_HAND_ON, reason);
    if (outcome == EXPLODED_TOO_MANY)
        outcome = exploded_rows(worker, batch, result, PASS_TRY, reason);
    else
        return outcome == EXPLODED_GOOD;
    return outcome == EXPLODED_GOOD && exploded_rows(worker, batch, result, PASS_HAND_ON, reason) == EXPLODED_GOOD;
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct worker *worker = state;
    struct rows_reader *reader = worker->reader;
    rows_start(reader, batch, result);
    bool go = true;
    while (go && rows_next(reader)) {
        const char *reason = NULL;
        arena_reset(&worker->arena);
        if (!one_record(worker, batch, result, &reason))
            go = result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false,
                            reason);
        if (go && result_is_large(result))
            go = result_hand_on(result);
    }
    project_end_batch(worker->writer, result);
}

static bool take(void *context, const struct batch *batch, struct result *result)
{
    const struct flatten *flatten = context;
    (void)batch;
    project_deliver(flatten->project, result);
    return true;
}

const struct chunks_work flatten_work = {.start = worker_start, .work = work, .finish = worker_finish, .take = take};

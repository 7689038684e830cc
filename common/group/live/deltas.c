#include "group/live/deltas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wake.h"
#include "group/run_inner.h"

struct deltas {
    const struct deltas_options *options;
    const struct group_report *report;
    struct group_run *run;
    struct run_state *state;
    struct run_breaks breaks;
    pthread_mutex_t lock; /* of all that follows, and of state */
    int wake;
    bool dirty;           /* there is something to report */
    uint64_t records;     /* since the last report */
    int64_t reported_us;
    struct buffer group;  /* what the input said of it last, empty: nothing */
    struct problem problem; /* of a report between records */
};

/* The line behind the states. */
static void write_end(struct deltas *deltas)
{
    struct buffer line = {0};
    partial_write_end(deltas->options->live->name, &deltas->state->positions,
                      deltas->group.len > 0 ? deltas->group.data : NULL, deltas->group.len, &line);
    output_write(deltas->options->live->out, line.data, line.len);
    buffer_free(&line);
}

/* Writes what came, and forgets it. */
static bool tell(struct deltas *deltas, struct problem *problem)
{
    struct run_state *state = deltas->state;
    const struct groups_options options = group_run_options(deltas->run);
    struct output *out = deltas->options->live->out;
    struct groups *groups = groups_merge(&state->groups, 1, 1);
    state->groups = groups_new(&options);
    bool good = group_report_partial(deltas->report, groups, deltas->options->live->name, deltas->options->front, NULL,
                                     out, problem);
    groups_free(groups);
    if (good && state->positions.count > 0)
        write_end(deltas);
    if (good)
        output_flush(out);
    deltas->dirty = false;
    deltas->records = 0;
    deltas->reported_us = clock_steady_us();
    return good;
}

static bool tell_if_dirty(struct deltas *deltas, struct problem *problem)
{
    return !deltas->dirty || tell(deltas, problem);
}

/* A line about the group: what came before it is reported for the group that it came from. */
static bool take_said(struct deltas *deltas, struct run_state *state)
{
    const struct rows_reader *reader = state->reader;
    run_collect(state);
    if (reader->group_offsets.type == SPAN_OBJECT) {
        struct positions asked = {0};
        size_t count = state->positions.count;
        bool good = positions_read(&asked, reader->group_offsets), within = positions_within(&asked, &state->positions);
        positions_merge(&state->positions, &asked);
        if (!within || state->positions.count > count) /* else it was reported, and may be committed already */
            deltas->dirty = true;
        positions_free(&asked);
        if (!good)
            return problem_set(&deltas->problem, STATUS_DATA, "damaged offsets of a group");
    }
    if (!tell_if_dirty(deltas, &deltas->problem))
        return false;
    positions_free(&state->positions); /* those of others may have them from now on */
    deltas->group.len = 0;
    buffer_add(&deltas->group, reader->group.text + 1, reader->group.len - 2);
    return true;
}

/* Behind each row, and each thing said. */
static bool behind(void *context, struct run_state *state)
{
    struct deltas *deltas = context;
    if (state->reader->group.type == SPAN_STRING)
        return take_said(deltas, state);
    deltas->dirty = true;
    const struct live_options *live = deltas->options->live;
    if (live->every_records == 0 || ++deltas->records < live->every_records)
        return true;
    run_collect(state);
    return tell(deltas, &deltas->problem);
}

static void work(void *tool, struct batch *batch, struct result *result)
{
    struct deltas *deltas = tool;
    pthread_mutex_lock(&deltas->lock);
    bool was = deltas->dirty;
    run_take_batch(deltas->state, batch, result);
    if (deltas->problem.status != STATUS_OK && result->status == STATUS_OK) {
        result->status = (int)deltas->problem.status;
        snprintf(result->error, sizeof result->error, "%.*s", BATCH_ERROR_MAX - 1, deltas->problem.text);
    }
    bool wakes = !was && deltas->dirty;
    pthread_mutex_unlock(&deltas->lock);
    if (wakes)
        wake_set(deltas->wake);
}

const struct chunks_work group_deltas_work = {.work = work};

struct deltas *group_deltas_start(struct group_run *run, const struct group_report *report,
                                  const struct deltas_options *options, struct problem *problem)
{
    struct deltas *deltas = mem_zero(1, sizeof *deltas);
    deltas->options = options;
    deltas->run = run;
    deltas->report = report;
    deltas->breaks = (struct run_breaks){.behind = behind, .context = deltas};
    run->breaks = &deltas->breaks;
    deltas->state = group_run_start(run);
    pthread_mutex_init(&deltas->lock, NULL);
    deltas->reported_us = clock_steady_us();
    deltas->wake = wake_new();
    if (deltas->wake < 0)
        problem_set(problem, STATUS_IO, "no descriptor for an event");
    return deltas;
}

bool group_deltas_report(struct deltas *deltas, struct problem *problem)
{
    pthread_mutex_lock(&deltas->lock);
    bool good = tell_if_dirty(deltas, problem);
    pthread_mutex_unlock(&deltas->lock);
    return good;
}

int group_deltas_wake(const struct deltas *deltas)
{
    return deltas->wake;
}

int64_t group_deltas_tick(struct deltas *deltas, struct problem *problem)
{
    const struct live_options *live = deltas->options->live;
    int64_t wait = -1;
    wake_clear(deltas->wake);
    pthread_mutex_lock(&deltas->lock);
    int64_t passed = clock_steady_us() - deltas->reported_us;
    if (live->every_records == 0 && deltas->dirty && passed >= live->every_us)
        tell(deltas, problem);
    else if (live->every_records == 0 && deltas->dirty)
        wait = live->every_us - passed;
    pthread_mutex_unlock(&deltas->lock);
    return wait;
}

void group_deltas_end(struct deltas *deltas, struct problem *problem)
{
    if (problem->status == STATUS_OK && deltas->problem.status == STATUS_OK)
        tell_if_dirty(deltas, problem);
    group_run_finish(deltas->run, deltas->state);
    groups_free(group_run_merge(deltas->run, 1));
    pthread_mutex_destroy(&deltas->lock);
    buffer_free(&deltas->group);
    if (deltas->wake >= 0)
        close(deltas->wake);
    free(deltas);
}

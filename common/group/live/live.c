#include "group/live/live_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/wake.h"
#include "group/key.h"
#include "value/cast.h"
#include "value/datetime.h"

enum { MILLISECOND = 1000 };

static bool admit(void *context, int64_t end)
{
    const struct live *live = context;
    if (live->options->mode == LIVE_COMPLETE && !run_has_sessions(live->run))
        return true;
    int64_t limit = live->options->mode == LIVE_COMPLETE ? live->before_ms : live->watermark_ms;
    int64_t micros; /* where that is beyond 64 bits there is no window left */
    return limit == LIVE_NO_TIME || (!__builtin_mul_overflow(limit, MILLISECOND, &micros) && end > micros);
}

static void note_touched(struct live *live, struct group *group, struct live_mark *mark)
{
    if (mark->epoch == live->epoch || live->options->mode != LIVE_UPDATE)
        return;
    mark->epoch = live->epoch;
    buffer_add(&live->touched, &group, sizeof(struct group *));
}

static void set_end(struct live *live, struct live_mark *mark, int64_t end)
{
    mark->end = end;
    if (end < live->least_end)
        live->least_end = end;
}

static void touch(void *context, struct group *group, struct session *session, int64_t end)
{
    struct live *live = context;
    struct live_mark *mark = live_mark(live, session ? session->states : group->states);
    set_end(live, mark, end);
    mark->unsaved = true;
    if (!session)
        note_touched(live, group, mark);
}

static void group_loaded(struct live *live, struct group *group)
{
    const struct group_select *select = live->run->select;
    struct live_mark *mark = live_mark(live, group->states);
    int64_t end = INT64_MAX;
    if (select->window.shape) {
        struct arena arena = {0};
        const struct groups_options options = group_run_options(live->run);
        struct unpack keys = {.at = group_key(group, &options)}, heads = {.at = group_head(group, &options)};
        keys.end = keys.at + group->key_len;
        heads.end = heads.at + group->head_len;
        struct time_window window;
        struct value value = value_null();
        struct span span;
        for (size_t i = 0; i <= select->window.key; i++)
            group_key_next(&keys, &heads, &span, &value, &arena); /* looked at when it was read */
        if (time_window_of_value(&value, &arena, &window))
            end = window.end;
        arena_free(&arena);
    }
    set_end(live, mark, end);
    note_touched(live, group, mark);
}

void live_loaded(struct live *live)
{
    size_t count = groups_list(live->state->groups, &live->list);
    struct group *const *list = (struct group *const *)(const void *)live->list.data;
    if (run_has_sessions(live->run))
        live->least_end = INT64_MIN; /* looked for with the next report */
    for (size_t i = 0; i < count && !run_has_sessions(live->run); i++)
        group_loaded(live, list[i]);
}

static uint64_t row_hash(const char *row, size_t len)
{
    return hash_keyed(row, len, hash_seed());
}

static bool changed(void *context, const struct group_cell *cell, const char *row, size_t len)
{
    struct live_mark *mark = live_mark_of(context, cell);
    uint64_t hash = row_hash(row, len);
    bool other = !mark->told || mark->row != hash;
    mark->told = mark->known = true;
    mark->row = hash;
    return other;
}

/* A run before this one may have told the row, behind the state that it left. */
static bool vanished(void *context, const struct group_cell *cell)
{
    const struct live *live = context;
    struct live_mark *mark = live_mark_of(live, cell);
    bool was = mark->told || (!mark->known && (live->options->state || live->options->base));
    mark->told = false;
    mark->known = true;
    return was;
}

typedef bool cell_wanted(const struct live *live, const struct live_mark *mark, int64_t end);

/* Adds it to live->cells, if it is wanted. */
static void add_cell(struct live *live, struct group *group, struct session *session, cell_wanted *wanted)
{
    struct group_cell cell = {.group = group, .session = session};
    struct live_mark *mark = live_mark_of(live, &cell);
    if (wanted(live, mark, session ? session->window.end : mark->end))
        buffer_add(&live->cells, &cell, sizeof cell);
}

/* Those that are wanted into live->cells, as they came; how many. */
static size_t list_cells(struct live *live, cell_wanted *wanted)
{
    size_t count = groups_list(live->state->groups, &live->list);
    struct group *const *list = (struct group *const *)(const void *)live->list.data;
    live->cells.len = 0;
    for (size_t i = 0; i < count; i++) {
        if (!run_has_sessions(live->run)) {
            add_cell(live, list[i], NULL, wanted);
            continue;
        }
        const struct sessions *sessions = (const struct sessions *)(const void *)list[i]->states;
        struct session *lists[] = {sessions->first, sessions->closed};
        for (size_t k = 0; k < sizeof lists / sizeof *lists; k++)
            for (struct session *session = lists[k]; session; session = session->next)
                add_cell(live, list[i], session, wanted);
    }
    return live->cells.len / sizeof(struct group_cell);
}

static bool is_open(const struct live *live, const struct live_mark *mark, int64_t end)
{
    (void)live, (void)end;
    return !mark->closed;
}

static bool is_ending(const struct live *live, const struct live_mark *mark, int64_t end)
{
    return !mark->closed && !admit((void *)(uintptr_t)live, end);
}

static bool write_cells(struct live *live, size_t count, const struct group_told *told, struct problem *problem)
{
    const struct group_cell *cells = (const struct group_cell *)(const void *)live->cells.data;
    uint64_t rows;
    if (live->options->repaint)
        return live_paint(live, cells, count, problem);
    if (count == 0)
        return true;
    bool good = group_report_cells(live->report, cells, count, told, live->header_due, live->options->out, &rows,
                                   problem);
    live->header_due = live->header_due && !good;
    if (good)
        output_flush(live->options->out);
    return good;
}

bool live_write_cells(struct live *live, size_t count, struct problem *problem)
{
    return write_cells(live, count, &live->told, problem);
}

/* The latest time that no partition is behind. */
static int64_t newest(struct live *live)
{
    int64_t least = INT64_MAX, most = live->newest_ms, now = clock_steady_us();
    for (size_t i = 0; i < live->positions.count; i++) {
        const struct position_of *position = &live->positions.list[i];
        if (position->time == POSITION_NO_TIME)
            continue;
        most = position->time > most ? position->time : most;
        if (now - position->seen <= live->options->idle_us && position->time < least)
            least = position->time;
    }
    return least == INT64_MAX ? most : least;
}

static void move_watermark(struct live *live)
{
    int64_t time = newest(live), mark;
    if (!live->options->time || time == LIVE_NO_TIME || __builtin_sub_overflow(time, live->options->delay_ms, &mark))
        return;
    live->before_ms = live->watermark_ms;
    if (mark > live->watermark_ms)
        live->watermark_ms = mark;
}

static void close_cell(struct live *live, const struct group_cell *cell)
{
    bool again = false; /* a state that was read has it among the closed ones */
    struct live_mark *mark = live_mark_of(live, cell);
    mark->closed = live->checkpoints + 1;
    if (!cell->session)
        return;
    struct sessions *sessions = (struct sessions *)(void *)cell->group->states;
    for (const struct session *session = sessions->closed; session && !again; session = session->next)
        again = session == cell->session;
    if (again)
        return;
    sessions_close(sessions, cell->session);
    mark->unsaved = true;
}

/* Those of live->cells. */
static void close_cells(struct live *live, size_t count)
{
    const struct group_cell *cells = (const struct group_cell *)(const void *)live->cells.data;
    for (size_t i = 0; i < count; i++)
        close_cell(live, &cells[i]);
    live->closed += count;
    live->least_end = INT64_MAX;
    count = list_cells(live, is_open);
    cells = (const struct group_cell *)(const void *)live->cells.data;
    for (size_t i = 0; i < count; i++) {
        int64_t end = cells[i].session ? cells[i].session->window.end : live_mark_of(live, &cells[i])->end;
        live->least_end = end < live->least_end ? end : live->least_end;
    }
}

/* Windows that have ended: told in append mode, closed in all. */
static bool close_windows(struct live *live, struct problem *problem)
{
    if (live->options->mode == LIVE_COMPLETE || admit(live, live->least_end))
        return true;
    size_t count = list_cells(live, is_ending);
    if (live->options->mode == LIVE_APPEND && !write_cells(live, count, NULL, problem))
        return false;
    close_cells(live, count);
    return true;
}

void live_close_told(struct live *live)
{
    close_cells(live, list_cells(live, is_ending));
}

static void copy_marks(struct live *live, struct group *to, struct group *from)
{
    size_t size = sizeof(struct live_mark);
    if (!run_has_sessions(live->run)) {
        memcpy(live_mark(live, to->states), live_mark(live, from->states), size);
        return;
    }
    const struct sessions *into = (const struct sessions *)(const void *)to->states,
                          *source = (const struct sessions *)(const void *)from->states;
    struct session *lists[] = {into->first, into->closed}, *sources[] = {source->first, source->closed};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        for (struct session *one = lists[i], *other = sources[i]; one; one = one->next, other = other->next)
            memcpy(live_mark(live, one->states), live_mark(live, other->states), size);
}

bool live_drop_gone(struct live *live, struct group *group)
{
    if (!run_has_sessions(live->run))
        return live_is_gone(live, live_mark(live, group->states));
    struct sessions *sessions = (struct sessions *)(void *)group->states;
    bool dropped = false;
    for (struct session *next, *session = sessions->closed; session; session = next) {
        next = session->next;
        if (!live_is_gone(live, live_mark(live, session->states)))
            continue;
        sessions_drop(sessions, session);
        dropped = true;
    }
    struct session *left = sessions->first ? sessions->first : sessions->closed;
    if (left && dropped)
        live_mark(live, left->states)->unsaved = true; /* its group is less than the file has */
    return !left;
}

void live_sweep(struct live *live)
{
    const struct groups_options options = group_run_options(live->run);
    struct groups *old = live->state->groups, *new = groups_new(&options);
    size_t count = groups_list(old, &live->list);
    struct group *const *list = (struct group *const *)(const void *)live->list.data;
    for (size_t i = 0; i < count; i++)
        if (!live_drop_gone(live, list[i]))
            copy_marks(live, groups_copy(new, old, list[i]), list[i]);
    groups_free(old);
    live->state->groups = new;
    live->closed = 0;
    live->small = groups_memory(new);
}

enum { RENEW_CLOSED = 1024, RENEW_MEMORY = 16 * 1024 * 1024 };

static void clean(struct live *live)
{
    size_t memory = groups_memory(live->state->groups);
    if (live->closed > RENEW_CLOSED || memory > 2 * live->small + RENEW_MEMORY)
        live_sweep(live);
}

/* Those that came to touched groups, told once. */
static bool tell_touched(struct live *live, struct problem *problem)
{
    struct group *const *list = (struct group *const *)(const void *)live->touched.data;
    size_t count = live->touched.len / sizeof(struct group *);
    live->cells.len = 0;
    for (size_t i = 0; i < count; i++) {
        struct group_cell cell = {.group = list[i]};
        buffer_add(&live->cells, &cell, sizeof cell);
    }
    live->touched.len = 0;
    live->epoch++;
    return write_cells(live, count, &live->told, problem);
}

bool live_tell(struct live *live, struct problem *problem)
{
    bool good = true;
    live->dirty = false;
    if (live->options->mode == LIVE_UPDATE)
        good = tell_touched(live, problem);
    else if (live->options->mode == LIVE_COMPLETE)
        good = write_cells(live, list_cells(live, is_open), NULL, problem);
    move_watermark(live);
    good = good && close_windows(live, problem);
    if (live->options->late)
        output_flush(live->options->late);
    live->reported_us = clock_steady_us();
    if (good)
        clean(live);
    return good;
}

bool group_live_report(struct live *live, struct problem *problem)
{
    pthread_mutex_lock(&live->lock);
    bool good = live_tell(live, problem);
    pthread_mutex_unlock(&live->lock);
    return good;
}

/* When a record's event was; newest_ms, and its partition's. */
static void take_time(struct live *live, struct row *row, struct position_of *position)
{
    struct value time = expr_eval(live->options->time, row);
    time = cast_timestamp(&time);
    if (row->error || time.type != VALUE_TIMESTAMP)
        return;
    int64_t ms = datetime_floor(time.integer, MILLISECOND);
    if (position) {
        position->time = ms > position->time ? ms : position->time;
        position->seen = clock_steady_us();
    } else if (ms > live->newest_ms) {
        live->newest_ms = ms;
    }
}

/* Where a message of this origin stands; NULL: it was taken before. Whoever resumes at a state that was not taken on is
 * told so. */
static struct position_of *take_position(struct live *live, const struct rows_origin *origin, const char **error)
{
    struct position_of *position = positions_find(&live->positions, origin);
    if (origin->offset < position->next)
        return NULL;
    if (live->dropped.count > 0) {
        int64_t before = positions_find(&live->dropped, origin)->next;
        if (origin->offset >= before && before > position->next)
            *error = "the input goes on where the old state ended, but --base is a new one: read it from there "
                     "(aconsume -o @BASE)";
        positions_find(&live->dropped, origin)->next = 0; /* asked once */
    }
    return position;
}

static void keep_late(struct live *live, const struct rows_reader *reader)
{
    live->late++;
    if (!live->options->late)
        return;
    output_write(live->options->late, reader->record.text, reader->record.len);
    output_write(live->options->late, "\n", 1);
}

/* A record while its rows are taken. */
struct taking {
    struct live *live;
    struct position_of *position; /* or NULL */
    bool late;                    /* one of its rows */
};

static bool take_row(void *context, struct row *row, uint64_t place)
{
    struct taking *taking = context;
    struct live *live = taking->live;
    if (live->options->time)
        take_time(live, row, taking->position);
    bool late = false, good = !row->error && run_take_singly(live->state, row, place, &late);
    taking->late |= late;
    return good;
}

/* The record that the reader has come to. False: row->error. */
static bool take(struct live *live, struct row *row, const struct batch *batch, bool careful)
{
    struct rows_reader *reader = live->state->reader;
    struct taking taking = {.live = live};
    if (reader->has_origin) {
        taking.position = take_position(live, &reader->origin, &row->error);
        if (!taking.position || row->error)
            return !row->error;
    }
    bool good = run_each(live->state, row, batch, careful, take_row, &taking);
    if (taking.late)
        keep_late(live, reader);
    if (taking.position)
        taking.position->next = reader->origin.offset + 1;
    live->total++;
    live->dirty = live->unsaved = true;
    return good;
}

/* Behind a record: a report by number, and memory. False: the result says why. */
static bool take_care(struct live *live, struct result *result)
{
    struct problem problem = {0};
    const struct live_options *options = live->options;
    if (options->every_records > 0 && ++live->records == options->every_records) {
        live->records = 0;
        live_tell(live, &problem);
    }
    if (problem.status == STATUS_OK && groups_memory(live->state->groups) > options->memory) {
        if (live_tell(live, &problem)) {
            live_sweep(live);
            if (groups_memory(live->state->groups) > options->memory / 4 * 3)
                problem_set(&problem, STATUS_IO,
                            "the groups outgrow --memory: windows and a watermark would bound them");
        }
    }
    if (problem.status == STATUS_OK)
        return true;
    result->status = (int)problem.status;
    snprintf(result->error, sizeof result->error, "%.*s", BATCH_ERROR_MAX - 1, problem.text);
    return false;
}

static void work(void *tool, struct batch *batch, struct result *result)
{
    struct live *live = tool;
    struct rows_reader *reader = live->state->reader;
    pthread_mutex_lock(&live->lock);
    rows_start(reader, batch, result);
    bool more = true, was = live->dirty && live->unsaved;
    while (more && rows_next(reader)) {
        struct row row = {.slots = reader->slots, .arena = &live->state->arena};
        bool good = take(live, &row, batch, result->skip_bad);
        more = (good || result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len,
                                   false, row.error)) &&
               take_care(live, result);
    }
    bool wakes = !was && (live->dirty || live->unsaved);
    pthread_mutex_unlock(&live->lock);
    if (wakes)
        wake_set(live->wake);
}

const struct chunks_work group_live_work = {.work = work};

struct live *group_live_start(struct group_run *run, const struct group_report *report,
                              const struct live_options *options, struct problem *problem)
{
    struct live *live = mem_zero(1, sizeof *live);
    live->options = options;
    live->run = run;
    live->report = report;
    live->watch = (struct group_watch){
        .admit = admit, .touch = touch, .context = live, .mark_size = sizeof(struct live_mark)};
    live->told = (struct group_told){.changed = changed, .vanished = vanished, .context = live};
    run->watch = &live->watch;
    run->memory = 0;
    live->state = group_run_start(run);
    pthread_mutex_init(&live->lock, NULL);
    live->epoch = 1;
    live->header_due = true;
    live->newest_ms = live->watermark_ms = live->before_ms = LIVE_NO_TIME;
    live->least_end = INT64_MAX;
    live->saved_us = clock_steady_us();
    live->wake = wake_new();
    if (live->wake < 0)
        problem_set(problem, STATUS_IO, "no descriptor for an event");
    if (problem->status == STATUS_OK && live_load(live, problem))
        return live;
    live_free(live);
    return NULL;
}

void live_free(struct live *live)
{
    group_run_finish(live->run, live->state);
    groups_free(group_run_merge(live->run, 1));
    pthread_mutex_destroy(&live->lock);
    buffer_free(&live->touched);
    buffer_free(&live->list);
    buffer_free(&live->cells);
    positions_free(&live->positions);
    positions_free(&live->dropped);
    if (live->wake >= 0)
        close(live->wake);
    free(live);
}

int group_live_wake(const struct live *live)
{
    return live->wake;
}

/* Microseconds until `since` is `length` ago; 0: it is. */
static int64_t left(int64_t since, int64_t length, int64_t now)
{
    return now - since >= length ? 0 : length - (now - since);
}

int64_t group_live_tick(struct live *live, struct problem *problem)
{
    const struct live_options *options = live->options;
    wake_clear(live->wake);
    pthread_mutex_lock(&live->lock);
    int64_t now = clock_steady_us(), wait = -1;
    bool by_time = options->every_records == 0;
    if (by_time && live->dirty && left(live->reported_us, options->every_us, now) == 0)
        live_tell(live, problem);
    if (options->state && live->unsaved && left(live->saved_us, options->checkpoint_us, now) == 0 &&
        problem->status == STATUS_OK)
        live_save(live, problem);
    if (by_time && live->dirty)
        wait = left(live->reported_us, options->every_us, now);
    if (options->state && live->unsaved) {
        int64_t until = left(live->saved_us, options->checkpoint_us, now);
        wait = wait < 0 || until < wait ? until : wait;
    }
    pthread_mutex_unlock(&live->lock);
    return wait;
}

void group_live_end(struct live *live, int status, struct problem *problem)
{
    bool good = problem->status == STATUS_OK && (!live->dirty || live_tell(live, problem));
    if (good && live->options->state && status == STATUS_OK)
        good = live_save(live, problem);
    if (live->late > 0)
        diag_notice("%llu record%s too late for a window", (unsigned long long)live->late, live->late == 1 ? "" : "s");
    size_t open = good && live->options->mode == LIVE_APPEND ? list_cells(live, is_open) : 0;
    if (open > 0)
        diag_notice("%zu window%s still open: not written", open, open == 1 ? " is" : "s are");
    live_free(live);
}

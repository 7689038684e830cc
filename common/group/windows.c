/* Records that come to their groups one by one: of windows of time, which may be several a record, and those that
 * somebody watches. */
#include "group/run_inner.h"

#include "group/key.h"
#include "value/cast.h"

/* Most records are in the window of the one before: it is written once. */
static const struct value *write_window(struct run_state *state, const struct time_window *window)
{
    if (state->window_text.type == VALUE_NULL || state->window.start != window->start) {
        arena_reset(&state->window_arena);
        state->window = *window;
        state->window_text = time_window_value(*window, &state->window_arena);
    }
    return &state->window_text;
}

/* The key, with this window in its column; under sessions without it. */
static bool compute_key(struct run_state *state, struct row *row, const struct time_window *window)
{
    const struct group_select *select = state->run->select;
    state->key.len = state->head.len = 0;
    for (size_t i = 0; i < select->key_count; i++) {
        const struct group_key_column *column = &select->keys[i];
        if (select->window.shape && i == select->window.key) {
            if (!select->window.shape->session && window)
                group_key_value(write_window(state, window), &state->key, &state->head);
        } else if (column->plain) {
            group_key_span(row->slots[column->slot], &state->key, &state->head, &state->arena);
        } else {
            struct value value = i < select->record_items ? state->items[i] : expr_eval(column->expr, row);
            group_key_value(&value, &state->key, &state->head);
        }
    }
    if (state->key.len > GROUP_KEY_MAX || state->head.len > GROUP_KEY_MAX)
        row->error = "a group key of more than 4 GiB";
    return !row->error;
}

/* Into the group of the key that was computed. window: NULL without. */
static void collect(struct run_state *state, uint64_t place, const struct time_window *window)
{
    const struct group_run *run = state->run;
    const struct aggregates *aggregates = run->select->aggregates;
    uint64_t hash = groups_hash(state->key.data, state->key.len);
    struct group *group = groups_find(state->groups, state->key.data, state->key.len, hash);
    if (!group)
        group = groups_add(state->groups, state->key.data, state->key.len, hash, place, state->head.data,
                           state->head.len);
    struct pool *pool = groups_pool(state->groups);
    struct session *session = NULL;
    if (run_has_sessions(run))
        session = sessions_take((struct sessions *)(void *)group->states, window, aggregates,
                                group_run_state_size(run), pool);
    if (run->watch)
        run->watch->touch(run->watch->context, group, session, window ? window->end : INT64_MAX);
    aggregates_collect(aggregates, &state->inputs[0], session ? session->states : group->states, place, pool,
                       &state->arena);
}

/* Whether the window takes the record. */
static bool is_open(const struct run_state *state, const struct time_window *window, bool *late)
{
    const struct group_watch *watch = state->run->watch;
    bool open = !watch || watch->admit(watch->context, window->end);
    *late |= !open;
    return open;
}

/* Into all of its windows. False: row->error. */
static bool collect_windows(struct run_state *state, struct row *row, uint64_t place, bool *late)
{
    const struct group_window *group = &state->run->select->window;
    struct value time = expr_eval(group->time, row);
    struct value gap = group->shape->session && group->shape->length == 0 && !row->error ? expr_eval(group->gap, row)
                                                                                         : value_null();
    time = cast_timestamp(&time);
    struct time_window window;
    if (row->error || time.type != VALUE_TIMESTAMP) /* a record of no time is in no window, as in Spark */
        return !row->error;
    if (group->shape->session) {
        if (!time_window_session(group->shape, time.integer, &gap, &window) || !is_open(state, &window, late))
            return true;
        if (!compute_key(state, row, &window))
            return false;
        collect(state, place, &window);
        return true;
    }
    for (int64_t i = 0, count = time_window_count(group->shape); i < count; i++) {
        if (!time_window_at(group->shape, time.integer, i, &window) || !is_open(state, &window, late))
            continue;
        if (!compute_key(state, row, &window))
            return false; /* for the first one: the others differ in the window only */
        collect(state, place, &window);
    }
    return true;
}

bool run_take_singly(struct run_state *state, struct row *row, uint64_t place, bool *late)
{
    const struct group_run *run = state->run;
    const struct aggregates *aggregates = run->select->aggregates;
    *late = false;
    if (state->arena.blocks)
        arena_reset(&state->arena);
    if (run->where && !expr_true(run->where, row))
        return !row->error;
    if ((run->select->record_items > 0 && !run_compute_items(state, row)) ||
        (!aggregates->rows_only && !aggregates_evaluate(aggregates, &state->inputs[0], row)))
        return false;
    bool good = true;
    if (run->select->window.shape)
        good = collect_windows(state, row, place, late);
    else if ((good = compute_key(state, row, NULL)))
        collect(state, place, NULL);
    if (good && !run->watch)
        groups_check(state->groups);
    return good;
}

#include "group/run_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "group/key.h"
#include "group/partial.h"
#include "table/sort.h"
#include "value/sealed.h"

static void merge_states(void *context, char *states, char *from, struct pool *pool)
{
    const struct group_run *run = context;
    const struct aggregates *aggregates = run->select->aggregates;
    if (run_has_sessions(run))
        sessions_merge((struct sessions *)(void *)states, (struct sessions *)(void *)from, aggregates, pool);
    else
        aggregates_merge(aggregates, states, from, pool);
}

static void write_states(void *context, const char *states, struct buffer *into)
{
    const struct group_run *run = context;
    if (run_has_sessions(run))
        sessions_write((const struct sessions *)(const void *)states, run->select->aggregates, into);
    else
        aggregates_write(run->select->aggregates, states, into);
}

size_t group_run_state_size(const struct group_run *run)
{
    return run->select->aggregates->size + (run->watch ? run->watch->mark_size : 0);
}

static bool read_states(void *context, char *states, struct unpack *from, struct pool *pool)
{
    const struct group_run *run = context;
    const struct aggregates *aggregates = run->select->aggregates;
    if (!run_has_sessions(run))
        return aggregates_read(aggregates, states, from, pool);
    return sessions_read((struct sessions *)(void *)states, from, aggregates, group_run_state_size(run), pool);
}

struct groups_options group_run_options(struct group_run *run)
{
    return (struct groups_options){
        .state_size = run_has_sessions(run) ? sizeof(struct sessions) : group_run_state_size(run),
        .memory = run->memory,
        .merge = merge_states,
        .write = write_states,
        .read = read_states,
        .context = run};
}

void *group_run_start(void *tool)
{
    struct group_run *run = tool;
    struct run_state *state = mem_zero(1, sizeof *state);
    const struct groups_options options = group_run_options(run);
    state->run = run;
    state->reader = rows_reader_new(run->rows);
    state->exploded = run->explode ? explode_reader_new(run->explode) : NULL;
    state->groups = groups_new(&options);
    state->inputs = aggregates_inputs_new(run->select->aggregates, RUN_AHEAD);
    state->items = mem_zero(run->select->select->count, sizeof *state->items);
    state->states = mem_zero(1, options.state_size);
    if (!run->merge_name && !run->where && !run->explode && !run->breaks && !run_goes_singly(run))
        state->columns = group_columns_new(run->select, run->path_count, run->memory);
    pthread_mutex_init(&state->lock, NULL);
    pthread_mutex_lock(&run->lock);
    run->states = mem_resize(run->states, run->state_count + 1, sizeof(struct run_state *));
    run->states[run->state_count++] = state;
    pthread_mutex_unlock(&run->lock);
    return state;
}

void group_run_finish(void *tool, void *thread)
{
    struct group_run *run = tool;
    struct run_state *state = thread;
    pthread_mutex_lock(&run->lock);
    for (size_t i = 0; i < run->state_count; i++)
        if (run->states[i] == state)
            run->states[i] = run->states[--run->state_count];
    positions_merge(&run->positions, &state->positions);
    positions_free(&state->positions);
    run->tables = mem_resize(run->tables, run->table_count + 1, sizeof(struct groups *));
    run->tables[run->table_count++] = state->groups;
    pthread_mutex_unlock(&run->lock);
    pthread_mutex_destroy(&state->lock);
    rows_reader_free(run->rows, state->reader);
    if (state->exploded)
        explode_reader_free(state->exploded);
    aggregates_inputs_free(state->inputs);
    arena_free(&state->arena);
    arena_free(&state->window_arena);
    buffer_free(&state->key);
    buffer_free(&state->head);
    buffer_free(&state->decoded);
    group_columns_free(state->columns);
    free(state->items);
    free(state->states);
    free(state);
}

bool run_compute_items(struct run_state *state, struct row *row)
{
    const struct group_select *select = state->run->select;
    row->items = state->items;
    for (size_t i = 0; i < select->record_items; i++)
        if (!select->select->items[i].has_aggregate)
            state->items[i] =
                expr_eval(i < select->key_count ? select->keys[i].expr : select->select->items[i].expr, row);
    return !row->error;
}

/* Keys that are not in the grouping set of that number are null in it; the key ends with the number. */
static bool compute_key(struct run_state *state, struct row *row, size_t number)
{
    uint64_t set = state->run->select->sets.count > 0 ? state->run->select->sets.sets[number] : 0;
    const struct group_select *select = state->run->select;
    for (size_t i = 0; i < select->key_count; i++) {
        const struct group_key_column *column = &select->keys[i];
        if (set >> (select->key_count - 1 - i) & 1) {
            group_key_span((struct span){0}, &state->key, &state->head, &state->arena);
        } else if (column->plain) {
            group_key_span(row->slots[column->slot], &state->key, &state->head, &state->arena);
        } else {
            struct value value = i < select->record_items ? state->items[i] : expr_eval(column->expr, row);
            group_key_value(&value, &state->key, &state->head);
        }
    }
    if (select->sets.count > 0) {
        struct value id = value_long((int64_t)number);
        group_key_value(&id, &state->key, &state->head);
    }
    return !row->error;
}

void run_collect(struct run_state *state)
{
    const struct aggregates *aggregates = state->run->select->aggregates;
    for (size_t i = 0; i < state->ahead_count; i++)
        groups_expect_group(state->groups, state->ahead[i].hash);
    for (size_t i = 0; i < state->ahead_count; i++) {
        const struct run_record *record = &state->ahead[i];
        const char *key = state->key.data + record->key;
        struct group *group = groups_find(state->groups, key, record->key_len, record->hash);
        if (!group)
            group = groups_add(state->groups, key, record->key_len, record->hash, record->place,
                               state->head.data + record->head, record->head_len);
        aggregates_collect(aggregates, &state->inputs[i], group->states, record->place, groups_pool(state->groups),
                           &state->arena);
        groups_check(state->groups);
    }
    state->ahead_count = 0;
    state->seen = 0;
    state->key.len = 0;
    state->head.len = 0;
    if (state->arena.blocks)
        arena_reset(&state->arena);
}

/* The record in one of its groups. False if it is bad: row->error. */
static bool take_set(struct run_state *state, struct row *row, uint64_t place, size_t set)
{
    const struct group_run *run = state->run;
    const struct aggregates *aggregates = run->select->aggregates;
    if (run->select->record_items > 0 && !run_compute_items(state, row))
        return false;
    struct run_record record = {.key = state->key.len, .head = state->head.len, .place = place};
    if (!compute_key(state, row, set) ||
        (!aggregates->rows_only && !aggregates_evaluate(aggregates, &state->inputs[state->ahead_count], row))) {
        state->key.len = record.key;
        state->head.len = record.head;
        return false;
    }
    record.key_len = state->key.len - record.key;
    record.head_len = state->head.len - record.head;
    if (record.key_len > GROUP_KEY_MAX || record.head_len > GROUP_KEY_MAX) {
        row->error = "a group key of more than 4 GiB";
        state->key.len = record.key;
        state->head.len = record.head;
        return false;
    }
    record.hash = groups_hash(state->key.data + record.key, record.key_len);
    groups_expect(state->groups, record.hash);
    state->ahead[state->ahead_count++] = record;
    if (state->ahead_count == RUN_AHEAD)
        run_collect(state);
    return true;
}

/* False if the record is bad: row->error. */
static bool take_record(struct run_state *state, struct row *row, uint64_t place)
{
    const struct group_run *run = state->run;
    const struct group_sets *sets = &run->select->sets;
    if (run->where && !expr_true(run->where, row))
        return !row->error;
    if (sets->count == 0)
        return take_set(state, row, place, 0);
    for (size_t i = 0; i < sets->count; i++)
        if (!take_set(state, row, place, i))
            return false;
    return true;
}

static bool is_text(struct span span, const char *text)
{
    size_t len = strlen(text);
    return span.type == SPAN_STRING && span.len == len + 2 && memcmp(span.text + 1, text, len) == 0;
}

bool run_is_ours(const struct group_run *run, struct row *row)
{
    struct span version = row->slots[run->slots[0]];
    if (version.type != SPAN_NUMBER) {
        row->error = "no partial state (aagg --partial writes them)";
        return false;
    }
    if (version.len != 1 || version.text[0] != '0' + PARTIAL_VERSION) {
        struct buffer text = {0};
        buffer_add_format(&text, "a partial state of version %.*s; this aagg reads version %d",
                          (int)(version.len < 20 ? version.len : 20), version.text, (int)PARTIAL_VERSION);
        row->error = arena_copy(row->arena, text.data, text.len);
        buffer_free(&text);
        return false;
    }
    if (!is_text(row->slots[run->slots[1]], run->merge_name)) {
        row->error = "a partial state of another -g or SELECT";
        return false;
    }
    return true;
}

/* Whether the bytes are a key of this run's columns; a session's own column stands with it. */
static bool is_key(const struct run_state *state, const char *key, size_t key_len, const char *head, size_t head_len,
                   struct arena *arena)
{
    struct unpack keys = {.at = key, .end = key + key_len}, heads = {
        .at = head, .end = head + head_len, .untrusted = true,
    };
    for (size_t i = 0; i < state->run->select->key_count + (state->run->select->sets.count > 0); i++) {
        struct span span;
        struct value value;
        if (run_has_sessions(state->run) && i == state->run->select->window.key)
            continue;
        if (!group_key_next(&keys, &heads, &span, &value, arena))
            return false;
    }
    return keys.at == keys.end && heads.at == heads.end;
}

struct group *run_take_partial(struct run_state *state, struct row *row, uint64_t place, bool instead)
{
    const struct groups_options options = group_run_options(state->run);
    if (!run_is_ours(state->run, row))
        return NULL;
    state->decoded.len = 0;
    row->error = "a damaged partial state";
    if (!sealed_open(row->slots[state->run->slots[2]], &state->decoded))
        return NULL;
    struct unpack from = {
        .at = state->decoded.data, .end = state->decoded.data + state->decoded.len, .untrusted = true,
    };
    size_t key_len, head_len;
    const char *key = unpack_bytes(&from, &key_len), *head = unpack_bytes(&from, &head_len);
    memset(state->states, 0, options.state_size);
    struct pool *pool = groups_pool(state->groups);
    if (from.failed || key_len > GROUP_KEY_MAX || head_len > GROUP_KEY_MAX ||
        !options.read(options.context, state->states, &from, pool) || from.at != from.end)
        return NULL;
    uint64_t hash = groups_hash(key, key_len);
    struct group *group = groups_find(state->groups, key, key_len, hash);
    if (!group && !is_key(state, key, key_len, head, head_len, row->arena))
        return NULL;
    row->error = NULL;
    if (!group)
        group = groups_add(state->groups, key, key_len, hash, place, head, head_len);
    else if (instead)
        memset(group->states, 0, options.state_size);
    options.merge(options.context, group->states, state->states, pool);
    return group;
}

static bool take_partial(struct run_state *state, struct row *row, uint64_t place)
{
    struct span offsets = row->slots[state->run->slots[3]];
    if (offsets.type != SPAN_ABSENT) { /* the line before states that says how far they go */
        row->error = "damaged offsets of partial states";
        bool good = run_is_ours(state->run, row) && positions_read(&state->positions, offsets);
        row->error = good ? NULL : row->error;
        return good;
    }
    if (!run_take_partial(state, row, place, false))
        return false;
    groups_check(state->groups);
    return true;
}

static void note_position(struct run_state *state, const struct rows_origin *origin)
{
    struct position_of *position = positions_find(&state->positions, origin);
    if (origin->offset >= position->next)
        position->next = origin->offset + 1;
}

/* A record, or a row of its elements, into its groups. */
static bool take_row(void *context, struct row *row, uint64_t place)
{
    struct run_state *state = context;
    bool late;
    if (state->run->merge_name)
        return take_partial(state, row, place);
    if (run_goes_singly(state->run))
        return run_take_singly(state, row, place, &late);
    bool good = take_record(state, row, place);
    if (good && state->exploded)
        run_collect(state); /* the next element may take the place of this one's texts */
    return good;
}

void run_take_batch(struct run_state *state, struct batch *batch, struct result *result)
{
    struct rows_reader *reader = state->reader;
    rows_start(reader, batch, result);
    if (state->columns && group_columns_fit(state->columns, reader)) {
        group_columns_take(state->columns, reader, state->groups, batch, result);
        return;
    }
    if (state->columns)
        group_columns_forget(state->columns);
    const struct run_breaks *breaks = state->run->breaks;
    while (rows_next(reader)) {
        if (reader->group.type != SPAN_ABSENT) {
            if (breaks && !breaks->behind(breaks->context, state))
                break;
            continue;
        }
        if (reader->has_origin)
            note_position(state, &reader->origin);
        struct row row = {.slots = reader->slots, .arena = &state->arena};
        bool good = state->exploded ? run_each(state, &row, batch, result->skip_bad, take_row, state)
                                    : take_row(state, &row, sort_place(batch->sequence, reader->index));
        if (!good && !result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len,
                                 false, row.error))
            break;
        if (++state->seen >= RUN_SEEN || state->arena.size > RUN_MADE)
            run_collect(state);
        if (breaks && !breaks->behind(breaks->context, state))
            break;
    }
    run_collect(state); /* texts point into the batch */
}

static void run_work(void *thread, struct batch *batch, struct result *result)
{
    struct run_state *state = thread;
    pthread_mutex_lock(&state->lock);
    run_take_batch(state, batch, result);
    pthread_mutex_unlock(&state->lock);
}

void group_run_init(struct group_run *run)
{
    pthread_mutex_init(&run->lock, NULL);
}

const struct chunks_work group_run_work = {.start = group_run_start, .work = run_work, .finish = group_run_finish};

void group_run_merge_paths(struct group_run *run, struct path_set *paths, struct arena *arena)
{
    static const char *const names[] = {"aagg", "of", "state", "offsets"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t offset;
        const char *message;
        const struct path *path = path_parse(arena, names[i], NULL, &offset, &message);
        run->slots[i] = path_set_add(paths, path);
    }
}

struct groups *group_run_merge(struct group_run *run, unsigned threads)
{
    const struct groups_options options = group_run_options(run);
    if (run->table_count == 0) { /* no input at all */
        run->tables = mem_resize(run->tables, 1, sizeof(struct groups *));
        run->tables[run->table_count++] = groups_new(&options);
    }
    struct groups *groups = groups_merge(run->tables, run->table_count, threads);
    free(run->tables);
    free(run->states);
    run->tables = NULL;
    run->states = NULL;
    run->table_count = 0;
    if (run->select->key_count == 0 && run->select->sets.count == 0 && groups_empty(groups))
        groups_add(groups, "", 0, groups_hash("", 0), 0, "", 0);
    return groups;
}

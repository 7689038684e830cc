#include "join/emit_inner.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/diag.h"

static struct joiner_source source_of(const struct join_names *names, const struct join_source *source)
{
    if (source->kind == JOIN_PLAIN)
        return (struct joiner_source){.from = source->side, .slots = {source->slot, source->slot}};
    const struct join_key *key = source->kind == JOIN_KEY ? &names->keys[source->key] : names->time;
    return (struct joiner_source){.from = source->kind == JOIN_KEY ? FROM_KEY_SIDE : FROM_TIME_SIDE,
                                  .slots = {key->slots[0], key->slots[1]}};
}

struct joiner *joiner_new(const struct join *join, const struct join_table *table, const struct asof_index *times)
{
    struct joiner *joiner = mem_zero(1, sizeof *joiner);
    joiner->join = join;
    joiner->table = table;
    joiner->times = times;
    joiner->writer = project_writer_new(join->project);
    for (size_t i = 0; i < 2; i++)
        joiner->slots[i] = mem_zero(join->names->sides[i].paths.count, sizeof(struct span));
    joiner->row = mem_zero(join->names->source_count, sizeof(struct span));
    joiner->sources = mem_zero(join->names->source_count, sizeof *joiner->sources);
    for (size_t i = 0; i < join->names->source_count; i++)
        joiner->sources[i] = source_of(join->names, &join->names->sources[i]);
    return joiner;
}

void joiner_free(struct joiner *joiner)
{
    project_writer_free(joiner->writer);
    free(joiner->slots[0]);
    free(joiner->slots[1]);
    free(joiner->row);
    free(joiner->sources);
    arena_free(&joiner->arena);
    buffer_free(&joiner->key);
    free(joiner);
}

bool join_preserves(const struct join *join, enum join_side_name side)
{
    enum join_kind kind = join->names->kind;
    return kind == JOIN_FULL || kind == (side == JOIN_SIDE_LEFT ? JOIN_LEFT : JOIN_RIGHT);
}

static bool is_half(const struct join *join)
{
    return join->names->kind == JOIN_SEMI || join->names->kind == JOIN_ANTI;
}

bool join_keeps_alone(const struct join *join)
{
    return join_preserves(join, join->build) || (is_half(join) && join->build == JOIN_SIDE_LEFT);
}

bool join_bad_row(const struct join *join, const char *error, enum join_side_name side, uint64_t place,
                  struct problem *problem)
{
    char of[sizeof " of right place " + 16] = "";
    if (join->places)
        snprintf(of, sizeof of, " of %s place %016llx", side == JOIN_SIDE_LEFT ? "left" : "right",
                 (unsigned long long)place);
    if (!join->skip_bad)
        return problem_set(problem, STATUS_DATA, "a joined row%s: %s", of, error);
    diag_warn("a joined row%s is left out: %s", of, error);
    return true;
}

/* The joined row's slots from the sides that are there. */
static void fill(struct joiner *joiner, const bool *there)
{
    const struct join_names *names = joiner->join->names;
    enum join_side_name first = names->kind == JOIN_RIGHT ? JOIN_SIDE_RIGHT : JOIN_SIDE_LEFT;
    const size_t sides[] = {[JOIN_SIDE_LEFT] = JOIN_SIDE_LEFT,
                            [JOIN_SIDE_RIGHT] = JOIN_SIDE_RIGHT,
                            [FROM_KEY_SIDE] = there[first] ? first : !first,
                            [FROM_TIME_SIDE] = there[JOIN_SIDE_LEFT] ? JOIN_SIDE_LEFT : JOIN_SIDE_RIGHT};
    for (size_t i = 0; i < names->source_count; i++) {
        const struct joiner_source *source = &joiner->sources[i];
        size_t side = sides[source->from];
        joiner->row[i] = there[side] ? joiner->slots[side][source->slots[side]] : (struct span){0};
    }
}

static bool emit(struct joiner *joiner, bool left, bool right, bool spaced, uint64_t place, uint64_t part,
                 struct result *result)
{
    const struct expr *where = joiner->join->where;
    bool try = joiner->pass == JOIN_TRY || result_is_full(result);
    if (try && !where && !project_can_fail(joiner->join->project))
        return true;
    arena_reset(&joiner->arena);
    fill(joiner, (const bool[2]){left, right});
    struct row row = {.slots = joiner->row, .arena = &joiner->arena};
    if (where && !expr_true(where, &row) && !row.error)
        return true;
    if (!row.error && try) /* each sets it if an item fails */
        project_try(joiner->writer, &row);
    else if (!row.error)
        project_row(joiner->writer, &row, spaced, place, part, result);
    joiner->error = row.error;
    return !row.error;
}

/* A row of one side without a partner; right ones stand behind all left ones. */
static bool emit_alone(struct joiner *joiner, enum join_side_name side, bool spaced, uint64_t place,
                       struct result *result)
{
    if (side == JOIN_SIDE_LEFT)
        return emit(joiner, true, false, spaced, place, 0, result);
    return emit(joiner, false, true, spaced, UINT64_MAX, place, result);
}

static bool emit_pair(struct joiner *joiner, const struct probe_row *probe, const struct join_row *met,
                      struct result *result)
{
    enum join_side_name build = joiner->join->build;
    join_row_unpack(met, joiner->slots[build], joiner->join->names->sides[build].paths.count);
    uint64_t left = build == JOIN_SIDE_LEFT ? met->place : probe->place;
    uint64_t right = build == JOIN_SIDE_LEFT ? probe->place : met->place;
    return emit(joiner, true, true, probe->spaced || met->spaced, left, right + 1, result);
}

/* Whether a pair of rows of one key is one; false also if that cannot be found out: joiner->error. */
static bool fits(struct joiner *joiner, uint32_t number)
{
    const struct join *join = joiner->join;
    if (!join->on)
        return true;
    join_row_unpack(joiner->table->row[number], joiner->slots[join->build],
                    join->names->sides[join->build].paths.count);
    arena_reset(&joiner->arena);
    fill(joiner, (const bool[2]){true, true});
    struct row row = {.slots = joiner->row, .arena = &joiner->arena};
    bool good = expr_true(join->on, &row);
    joiner->error = row.error;
    return good && !row.error;
}

/* The row that the probe row meets in an asof join: the nearest one that fits. Where that is known of all pieces of the
 * table, nothing is asked again (it might be answered otherwise, as rand() is). */
static uint32_t nearest_met(struct joiner *joiner, const struct probe_row *probe, uint32_t head)
{
    const struct join_asof *asof = joiner->join->asof;
    const struct asof_best *best = probe->best;
    struct asof_search search;
    uint32_t number;
    if (best && best->time.kind == ASOF_NONE)
        return JOIN_NO_ROW;
    asof_search_start(&search, asof, joiner->times, head, probe->time);
    while ((number = asof_search_next(&search)) != JOIN_NO_ROW) {
        uint64_t place = joiner->table->row[number]->place;
        if (best ? place == best->place : fits(joiner, number))
            return number;
        if (best ? !join_asof_nearer(asof, probe->time, joiner->times->times[number], place, best->time, best->place)
                 : joiner->error != NULL)
            return JOIN_NO_ROW;
    }
    return JOIN_NO_ROW;
}

/* The first row that the probe row may meet; joiner->error if that cannot be found out. */
static uint32_t first_met(struct joiner *joiner, const struct probe_row *probe)
{
    uint32_t number = probe->no_key ? JOIN_NO_ROW
                                    : join_table_find(joiner->table, probe->hash, probe->key, probe->key_len);
    return joiner->join->asof ? nearest_met(joiner, probe, number) : number;
}

/* The next one. */
static uint32_t next_met(const struct joiner *joiner, uint32_t number)
{
    return joiner->join->asof ? JOIN_NO_ROW : joiner->table->next[number];
}

/* fits() of such a row: the one of an asof join has been asked. */
static bool is_pair(struct joiner *joiner, uint32_t number)
{
    return joiner->join->asof || fits(joiner, number);
}

bool joiner_look(struct joiner *joiner, const struct probe_row *probe, struct asof_best *best)
{
    joiner->error = NULL;
    uint32_t number = first_met(joiner, probe);
    if (number == JOIN_NO_ROW)
        return !joiner->error;
    const struct asof_best found = {.time = joiner->times->times[number], .place = joiner->table->row[number]->place};
    if (best->time.kind == ASOF_NONE || join_asof_nearer(joiner->join->asof, probe->time, found.time, found.place,
                                                         best->time, best->place))
        *best = found;
    return true;
}

static void mark(const struct join_table *table, uint32_t number)
{
    __atomic_store_n(&table->matched[number], 1, __ATOMIC_RELAXED);
}

/* Semi and anti joins: only whether a left row has met one. */
static bool probe_half(struct joiner *joiner, struct probe_row *probe, uint32_t number, struct result *result)
{
    const struct join *join = joiner->join;
    if (join->build == JOIN_SIDE_LEFT && join->on) {
        for (; number != JOIN_NO_ROW && !joiner->error; number = joiner->table->next[number])
            if (fits(joiner, number))
                mark(joiner->table, number);
        return !joiner->error;
    }
    if (join->build == JOIN_SIDE_LEFT) {
        if (number != JOIN_NO_ROW && __atomic_load_n(&joiner->table->matched[number], __ATOMIC_RELAXED))
            return true; /* and so have all others of its key */
        uint32_t first = number;
        for (; number != JOIN_NO_ROW && joiner->table->next[number] != JOIN_NO_ROW;
             number = joiner->table->next[number])
            mark(joiner->table, joiner->table->next[number]);
        if (first != JOIN_NO_ROW)
            mark(joiner->table, first);
        return true;
    }
    bool met_before = probe->met;
    while (join->on && !probe->met && number != JOIN_NO_ROW && !is_pair(joiner, number)) {
        if (joiner->error)
            return false;
        number = next_met(joiner, number);
    }
    probe->met = probe->met || number != JOIN_NO_ROW;
    bool wanted = join->names->kind == JOIN_SEMI ? probe->met && !met_before : probe->last && !probe->met;
    return !wanted || emit_alone(joiner, JOIN_SIDE_LEFT, probe->spaced, probe->place, result);
}

bool joiner_probe(struct joiner *joiner, struct probe_row *probe, struct result *result)
{
    const struct join *join = joiner->join;
    const struct join_table *table = joiner->table;
    joiner->error = NULL;
    uint32_t number = first_met(joiner, probe);
    if (joiner->error)
        return false;
    if (is_half(join))
        return probe_half(joiner, probe, number, result);
    bool marks = join_preserves(join, join->build);
    probe->met = probe->met || (number != JOIN_NO_ROW && !join->on);
    for (; number != JOIN_NO_ROW; number = next_met(joiner, number)) {
        if (!is_pair(joiner, number)) {
            if (joiner->error)
                return false;
            continue;
        }
        probe->met = true;
        if (!emit_pair(joiner, probe, table->row[number], result))
            return false;
        if (marks)
            mark(table, number);
        if (!result_is_large(result))
            continue;
        joiner->too_many = joiner->pass == JOIN_KEEP;
        if (joiner->too_many)
            return false;
        if (joiner->pass == JOIN_HAND_ON && !result_hand_on(result))
            return true;
    }
    if (probe->met || !probe->last || !join_preserves(join, join_probe_side(join)))
        return true;
    return emit_alone(joiner, join_probe_side(join), probe->spaced, probe->place, result);
}

bool joiner_alone(struct joiner *joiner, uint32_t number, struct result *result)
{
    const struct join *join = joiner->join;
    bool met = joiner->table->matched[number] != 0;
    if (met != (join->names->kind == JOIN_SEMI))
        return true;
    const struct join_row *row = joiner->table->row[number];
    join_row_unpack(row, joiner->slots[join->build], join->names->sides[join->build].paths.count);
    return emit_alone(joiner, join->build, row->spaced, row->place, result);
}

#include "join/several.h"

#include <stdlib.h>

/* One join of them: side `right` to those before it. */
struct step {
    struct join_several *several;
    const struct join_run *run;
    struct join_names *names; /* of the two sides */
    size_t right;
};

/* In a relation between two joins, columns are numbered so: the slots of the joined row, the keys, the time. */
static size_t key_number(const struct join_names *all, size_t key)
{
    return all->source_count + key;
}

static size_t time_number(const struct join_names *all)
{
    return all->source_count + all->key_count;
}

/* The path of a side as all names have it. */
static const struct path *path_of(const struct join_names *all, const struct join_source *source)
{
    return all->sides[source->side].paths.paths[source->slot];
}

/* Slot `number` of all names as one of this step. */
static size_t slot_of(const struct step *step, size_t number)
{
    const struct join_names *all = step->several->names;
    const struct join_source *source = &all->sources[number];
    if (source->kind == JOIN_KEY)
        return join_names_of_key(step->names, source->key);
    if (source->kind == JOIN_TIME)
        return join_names_of_time(step->names);
    if (source->side == step->right)
        return join_names_of_side(step->names, JOIN_SIDE_RIGHT, path_of(all, source));
    return join_names_of_side(step->names, JOIN_SIDE_LEFT,
                              step->right == 1 ? path_of(all, source) : join_run_column(&step->names->arena, number));
}

/* Keys and times of both sides, without a text that says so. */
static void start_names(struct step *step)
{
    struct join_names *names = step->names;
    const struct join_names *all = step->several->names;
    names->keys = mem_zero(all->key_count + 1, sizeof *names->keys);
    for (size_t i = 0; i <= all->key_count; i++) {
        const struct join_key *from = i < all->key_count ? &all->keys[i] : all->time;
        struct join_key *key = &names->keys[i];
        if (!from)
            continue;
        key->paths = arena_alloc(&names->arena, 2 * sizeof *key->paths);
        key->slots = arena_alloc(&names->arena, 2 * sizeof *key->slots);
        key->paths[0] = step->right == 1 ? from->paths[0] : join_run_column(&names->arena, key_number(all, i));
        key->paths[1] = from->paths[step->right];
        for (size_t side = 0; side < 2; side++)
            key->slots[side] = path_set_add(&names->sides[side].paths, key->paths[side]);
    }
    names->key_count = all->key_count;
    names->time = all->time ? &names->keys[all->key_count] : NULL;
}

/* What the joins behind this one need, by number; a slot that they do not is SIZE_MAX. */
static size_t *kept_slots(const struct step *step, size_t *count)
{
    const struct join_names *all = step->several->names;
    *count = time_number(all) + 1;
    size_t *slots = mem_zero(*count, sizeof *slots);
    for (size_t i = 0; i < all->source_count; i++) {
        const struct join_source *source = &all->sources[i];
        slots[i] = source->kind == JOIN_PLAIN && source->side <= step->right ? slot_of(step, i) : SIZE_MAX;
    }
    for (size_t i = 0; i < all->key_count; i++)
        slots[key_number(all, i)] = join_names_of_key(step->names, i);
    slots[time_number(all)] =
        all->time ? join_names_of_side(step->names, JOIN_SIDE_LEFT, step->names->time->paths[0]) : SIZE_MAX;
    return slots;
}

static void set_bytes(const struct step *step, struct join_run *run)
{
    const struct join_several *several = step->several;
    run->bytes[0] = step->right == 1 ? several->bytes[0] : relation_bytes(several->front);
    run->bytes[1] = several->bytes[step->right];
}

static int run_step(struct step *step, struct problem *problem)
{
    struct join_several *several = step->several;
    struct relation *into = NULL;
    struct join_run run = *step->run;
    size_t count, *slots = kept_slots(step, &count);
    int status = STATUS_USAGE;
    if (join_names_bind(step->names, problem)) {
        run.join.names = step->names;
        run.join.on = run.join.where = NULL; /* of the last join's rows */
        set_bytes(step, &run);
        status = join_run_into(&run, slots, count, &into, problem);
    }
    free(slots);
    relation_free(several->front);
    several->front = into;
    return status;
}

/* The names of a step: its sides' rows are those of all names, or the relation's. */
static void open_step(struct step *step)
{
    struct join_several *several = step->several;
    join_names_init(step->names, 2);
    struct join_side *left = &step->names->sides[0], *right = &step->names->sides[1];
    step->names->kind = several->names->kind;
    *right = (struct join_side){.rows = several->names->sides[step->right].rows,
                                .watched = several->names->sides[step->right].watched};
    *left = (struct join_side){.rows = several->names->sides[0].rows, .watched = several->names->sides[0].watched};
    if (step->right > 1) {
        struct rows_options options = *step->run->rows;
        options.form = NULL;
        options.relation = several->front;
        *left = (struct join_side){.rows = rows_open(NULL, &options)};
    }
    start_names(step);
}

int join_several_start(struct join_several *several, struct join_run *run, struct problem *problem)
{
    size_t sides = several->names->side_count;
    int status = STATUS_OK;
    for (size_t right = 1; right + 1 < sides && status == STATUS_OK; right++) {
        struct join_names names = {0};
        struct step step = {.several = several, .run = run, .names = &names, .right = right};
        open_step(&step);
        status = run_step(&step, problem);
        if (right > 1)
            rows_close(names.sides[0].rows);
        join_names_free(&names);
    }
    if (status != STATUS_OK)
        return status;
    struct step step = {.several = several, .run = run, .names = &several->last, .right = sides - 1};
    open_step(&step);
    for (size_t i = 0; i < several->names->source_count; i++)
        slot_of(&step, i); /* in their order: each gets its number */
    run->join.names = &several->last;
    set_bytes(&step, run);
    return join_names_bind(&several->last, problem) ? STATUS_OK : (int)problem->status;
}

void join_several_end(struct join_several *several)
{
    if (several->last.sides)
        rows_close(several->last.sides[0].rows);
    join_names_free(&several->last);
    relation_free(several->front);
}

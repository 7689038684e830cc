#include "join/several.h"

#include <stdio.h>
#include <stdlib.h>

/* In a relation between two joins, column _c5 is slot 5 of the joined row, _k0 the first key, _t the time. */
enum { NAME_SIZE = 32 };

/* One join of them: side `right` to those before it. */
struct step {
    struct join_several *several;
    struct join_names *names; /* of the two sides */
    size_t right;
};

static const struct path *column(struct join_names *names, const char *format, size_t number)
{
    char name[NAME_SIZE];
    size_t offset;
    const char *message;
    snprintf(name, sizeof name, format, number);
    return path_parse(&names->arena, arena_copy(&names->arena, name, strlen(name)), NULL, &offset, &message);
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
                              step->right == 1 ? path_of(all, source) : column(step->names, "_c%zu", number));
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
        key->paths[0] = step->right == 1 ? from->paths[0]
                                         : column(names, i < all->key_count ? "_k%zu" : "_t", i);
        key->paths[1] = from->paths[step->right];
        for (size_t side = 0; side < 2; side++)
            key->slots[side] = path_set_add(&names->sides[side].paths, key->paths[side]);
    }
    names->key_count = all->key_count;
    names->time = all->time ? &names->keys[all->key_count] : NULL;
}

/* For the select of a step: _c5, _k0, _t. */
static bool resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    const struct step *step = context;
    const char *name = path->steps[0].key;
    (void)message;
    if (name[1] == 'k')
        *slot = join_names_of_key(step->names, strtoul(name + 2, NULL, 10));
    else if (name[1] == 't')
        *slot = join_names_of_side(step->names, JOIN_SIDE_LEFT, step->names->time->paths[0]);
    else
        *slot = slot_of(step, strtoul(name + 2, NULL, 10));
    return true;
}

/* What the joins behind this one need, as a select list; its names into a relation. */
static char *list_of(const struct step *step, struct relation **into)
{
    const struct join_names *all = step->several->names;
    struct buffer list = {0};
    char (*names)[NAME_SIZE] = mem_zero(all->key_count + all->source_count + 2, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < all->key_count; i++)
        snprintf(names[count++], NAME_SIZE, "_k%zu", i);
    for (size_t i = 0; i < all->source_count; i++)
        if (all->sources[i].kind == JOIN_PLAIN && all->sources[i].side <= step->right)
            snprintf(names[count++], NAME_SIZE, "_c%zu", i);
    if (all->time)
        snprintf(names[count++], NAME_SIZE, "_t");
    const char **columns = mem_zero(count + 1, sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        columns[i] = names[i];
        buffer_add_format(&list, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    if (count == 0) {
        columns[count++] = "_row";
        buffer_add_text(&list, "1 as _row");
    }
    buffer_add_char(&list, '\0');
    *into = relation_new(columns, count);
    free(columns);
    free(names);
    return list.data;
}

static int run_step(struct step *step, struct problem *problem)
{
    struct join_several *several = step->several;
    struct relation *into;
    char *list = list_of(step, &into);
    struct expr_options expr = {.ansi = several->ansi, .resolve = resolve, .context = step};
    struct join_run run = *several->like;
    struct select *select = select_compile("columns", list, &expr, problem);
    int status = STATUS_USAGE;
    if (select && join_names_bind(step->names, problem)) {
        run.join.names = step->names;
        run.select = select;
        run.bytes[0] = step->right == 1 ? several->bytes[0] : relation_bytes(several->front);
        run.bytes[1] = several->bytes[step->right];
        status = join_run_into(&run, into, problem);
    }
    select_free(select);
    free(list);
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
        struct rows_options options = several->rows;
        options.form = NULL;
        options.relation = several->front;
        *left = (struct join_side){.rows = rows_open(NULL, &options)};
    }
    start_names(step);
}

int join_several_start(struct join_several *several, struct problem *problem)
{
    size_t sides = several->names->side_count;
    int status = STATUS_OK;
    for (size_t right = 1; right + 1 < sides && status == STATUS_OK; right++) {
        struct join_names names = {0};
        struct step step = {.several = several, .names = &names, .right = right};
        open_step(&step);
        status = run_step(&step, problem);
        if (right > 1)
            rows_close(names.sides[0].rows);
        join_names_free(&names);
    }
    if (status != STATUS_OK)
        return status;
    struct step step = {.several = several, .names = &several->last, .right = sides - 1};
    open_step(&step);
    for (size_t i = 0; i < several->names->source_count; i++)
        slot_of(&step, i); /* in their order: each gets its number */
    return join_names_bind(&several->last, problem) ? STATUS_OK : (int)problem->status;
}

void join_several_end(struct join_several *several)
{
    if (several->last.sides)
        rows_close(several->last.sides[0].rows);
    join_names_free(&several->last);
    relation_free(several->front);
}

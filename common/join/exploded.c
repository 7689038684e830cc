#include "join/exploded.h"

#include <stdio.h>
#include <stdlib.h>

#include "table/flatten.h"
#include "table/relation.h"

enum { NAME_SIZE = 32 };

/* A name of an element, or of a joined row: that it is one of these is found out at once. */
static bool resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    struct join_exploded *exploded = context;
    if (!explode_owns(exploded->explode, path) && !join_names_resolve(exploded->names, path, slot, message))
        return false;
    return explode_resolve(exploded->explode, path, slot, message);
}

/* For the list of what is joined: _e5 is the sixth path that explode wants. */
static bool resolve_wanted(void *context, const struct path *path, size_t *slot, const char **message)
{
    struct join_exploded *exploded = context;
    size_t number = strtoul(path->steps[0].key + 2, NULL, 10);
    return join_names_resolve(exploded->names, explode_record_paths(exploded->explode)->paths[number], slot, message);
}

void join_exploded_names(struct join_exploded *exploded, struct join_names *names, struct explode *explode,
                         struct expr_options *expr)
{
    size_t count = explode_count(explode);
    *exploded = (struct join_exploded){.names = names, .explode = explode, .ansi = expr->ansi};
    expr->resolve = resolve;
    expr->context = exploded;
    names->elements = arena_alloc(&names->arena, count * sizeof *names->elements);
    names->element_names = arena_alloc(&names->arena, count * sizeof *names->element_names);
    for (size_t i = 0; i < count; i++) {
        struct path *path = arena_alloc(&names->arena, sizeof *path);
        struct path_step *step = arena_alloc(&names->arena, sizeof *step);
        const char *name = explode_name(explode, i);
        *step = (struct path_step){.key = name, .key_len = strlen(name)};
        *path = (struct path){.steps = step, .count = 1, .text = name};
        names->elements[i] = path;
        names->element_names[i] = name;
    }
    names->element_count = count;
}

bool join_exploded_compile(struct join_exploded *exploded, struct problem *problem)
{
    const struct path_set *paths = explode_record_paths(exploded->explode);
    const struct expr_options names = {.ansi = exploded->ansi, .resolve = join_names_resolve,
                                       .context = exploded->names};
    const struct expr_options expr = {.ansi = exploded->ansi, .resolve = resolve_wanted, .context = exploded};
    struct buffer list = {0};
    size_t slot;
    const char *message = NULL;
    for (size_t i = 0; i < paths->count; i++) {
        if (!names.resolve(names.context, paths->paths[i], &slot, &message)) /* of an array: the others are known */
            return problem_usage(problem, "-e %s: %s", paths->paths[i]->text, message);
        buffer_add_format(&list, "%s_e%zu", i > 0 ? ", " : "", i);
    }
    if (paths->count == 0)
        buffer_add_text(&list, "1 as _row");
    buffer_add_char(&list, '\0');
    exploded->text = list.data;
    exploded->columns = select_compile("columns", exploded->text, &expr, problem);
    return exploded->columns != NULL;
}

/* Its columns are the paths that explode wants, by number; *paths: of these names. */
static struct relation *new_relation(const struct join_exploded *exploded, struct path_set *paths)
{
    size_t count = explode_record_paths(exploded->explode)->count, offset;
    struct arena *arena = &exploded->names->arena;
    const char **names = arena_alloc(arena, (count + 1) * sizeof *names);
    const char *message;
    char name[NAME_SIZE];
    for (size_t i = 0; i < count; i++) {
        snprintf(name, sizeof name, "_e%zu", i);
        names[i] = arena_copy(arena, name, strlen(name));
        path_set_add(paths, path_parse(arena, names[i], NULL, &offset, &message));
    }
    names[count] = "_row";
    return relation_new(names, count > 0 ? count : 1);
}

/* The elements' rows of the joined ones. */
static int flatten_rows(const struct join_exploded *exploded, struct relation *relation,
                        const struct path_set *paths, struct project *project, const struct chunks_options *options,
                        struct problem *problem)
{
    struct rows_options rows = exploded->rows;
    rows.form = NULL;
    rows.relation = relation;
    struct flatten flatten = {.rows = rows_open(NULL, &rows), .explode = exploded->explode, .where = exploded->where,
                              .project = project};
    struct chunks_options chunks = *options;
    int status = (int)problem->status;
    if (rows_bind(flatten.rows, paths, problem)) {
        project_chunks(project, &chunks);
        status = chunks_run(rows_source(flatten.rows), &chunks, &flatten_work, &flatten, NULL);
    }
    rows_close(flatten.rows);
    return status;
}

int join_exploded_run(struct join_exploded *exploded, struct join_run *run, const struct select *select,
                      const struct project_options *options, struct output *out, struct problem *problem)
{
    struct path_set paths = {0};
    struct relation *relation = new_relation(exploded, &paths);
    const struct chunks_options *chunks = run->chunks;
    run->select = exploded->columns;
    run->order = NULL;
    int status = join_run_into(run, relation, problem);
    if (status == STATUS_OK) {
        struct project *project = project_new(select, options);
        project_header(project, out);
        status = flatten_rows(exploded, relation, &paths, project, chunks, problem);
        project_finish(project, status == STATUS_OK, out);
    }
    relation_free(relation);
    path_set_free(&paths);
    return status;
}

void join_exploded_free(struct join_exploded *exploded)
{
    select_free(exploded->columns);
    free(exploded->text);
}

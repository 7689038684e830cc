#include "join/exploded.h"

#include <stdlib.h>

#include "table/flatten.h"
#include "table/relation.h"

/* A name of an element, or of a joined row: that it is one of these is found out at once. */
static bool resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    struct join_exploded *exploded = context;
    if (!explode_owns(exploded->explode, path) && !join_names_resolve(exploded->names, path, slot, message))
        return false;
    return explode_resolve(exploded->explode, path, slot, message);
}

void join_exploded_names(struct join_exploded *exploded, struct join_names *names, struct explode *explode,
                         struct expr_options *expr)
{
    size_t count = explode_count(explode);
    *exploded = (struct join_exploded){.names = names, .explode = explode};
    expr->resolve = resolve;
    expr->context = exploded;
    names->elements = arena_alloc(&names->arena, count * sizeof *names->elements);
    names->element_names = arena_alloc(&names->arena, count * sizeof *names->element_names);
    for (size_t i = 0; i < count; i++) {
        const char *name = explode_name(explode, i);
        names->elements[i] = path_of_key(&names->arena, name, strlen(name));
        names->element_names[i] = name;
    }
    names->element_count = count;
}

bool join_exploded_compile(struct join_exploded *exploded, struct problem *problem)
{
    const struct path_set *paths = explode_record_paths(exploded->explode);
    const char *message = NULL;
    exploded->slots = mem_zero(paths->count, sizeof *exploded->slots);
    for (size_t i = 0; i < paths->count; i++)
        if (!join_names_resolve(exploded->names, paths->paths[i], &exploded->slots[i], &message))
            /* of an array: the others are known */
            return problem_usage(problem, "-e %s: %s", paths->paths[i]->text, message);
    return true;
}

/* The elements' rows of the joined ones. */
static int flatten_rows(const struct join_exploded *exploded, const struct join_run *run, struct relation *relation,
                        struct project *project, struct problem *problem)
{
    struct arena *arena = &exploded->names->arena;
    struct path_set paths = {0}; /* those that explode wants, by number */
    for (size_t i = 0; i < explode_record_paths(exploded->explode)->count; i++)
        path_set_add(&paths, join_run_column(arena, i));
    struct rows_options rows = *run->rows;
    rows.form = NULL;
    rows.relation = relation;
    struct flatten flatten = {.rows = rows_open(NULL, &rows), .explode = exploded->explode, .where = run->join.where,
                              .project = project};
    struct chunks_options chunks = *run->chunks;
    int status = (int)problem->status;
    if (rows_bind(flatten.rows, &paths, problem)) {
        project_chunks(project, &chunks);
        status = chunks_run(rows_source(flatten.rows), &chunks, &flatten_work, &flatten, NULL);
    }
    rows_close(flatten.rows);
    path_set_free(&paths);
    return status;
}

int join_exploded_run(struct join_exploded *exploded, const struct join_run *run, struct output *out,
                      struct problem *problem)
{
    struct relation *relation;
    struct join_run joined = *run;
    joined.join.where = NULL;
    int status = join_run_into(&joined, exploded->slots, explode_record_paths(exploded->explode)->count, &relation,
                               problem);
    if (status == STATUS_OK) {
        struct project_options options = run->project;
        options.order = run->order;
        struct project *project = project_new(run->select, &options);
        project_header(project, out);
        status = flatten_rows(exploded, run, relation, project, problem);
        project_finish(project, status == STATUS_OK, out);
    }
    relation_free(relation);
    return status;
}

void join_exploded_free(struct join_exploded *exploded)
{
    free(exploded->slots);
}

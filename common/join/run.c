#include "join/run.h"

#include <string.h>
#include <sys/stat.h>

#include "join/follow.h"

/* The left side is kept instead of the right one if it is so many times smaller. */
enum { SMALLER = 4 };

uint64_t join_bytes_of(const struct inputs *inputs)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        struct stat info;
        const char *name = inputs->files[i];
        if (strcmp(name, "-") == 0 || stat(name, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0)
            return 0;
        bytes += (uint64_t)info.st_size;
    }
    return bytes;
}

/* Keeping the right side lets rows come out in order as the left one streams; a much smaller left side
 * is kept for memory's sake. */
static enum join_side_name choose_build(const struct join_run *run)
{
    if (run->follow || run->join.asof)
        return JOIN_SIDE_RIGHT;
    return run->bytes[0] > 0 && run->bytes[0] < run->bytes[1] / SMALLER ? JOIN_SIDE_LEFT : JOIN_SIDE_RIGHT;
}

static int build(struct join_run *run)
{
    if (!run->follow)
        return join_build(&run->join, run->chunks);
    return join_follow_start(&run->join, run->follow, run->follow_file, run->follow_rows, run->chunks);
}

/* The side that is kept is read; then the project can be made, as it must know if rows need sorting. */
int join_run(struct join_run *run, struct output *out, struct problem *problem)
{
    static const struct order by_place = {.keys = NULL};
    struct join *join = &run->join;
    enum join_kind kind = join->names->kind;
    join->build = choose_build(run);
    bool sorts = run->order || (join->build == JOIN_SIDE_LEFT && kind != JOIN_SEMI && kind != JOIN_ANTI);
    join->memory = sorts ? run->memory / 2 : run->memory;
    int status = build(run);
    if (status == STATUS_OK) {
        struct project_options options = run->project;
        options.order = !run->order && join_out_of_order(join) ? &by_place : run->order;
        if (options.order)
            options.memory /= 2; /* the other half is the join's */
        join->project = project_new(run->select, &options);
        if (!rows_failed(join->names->sides[join->build == JOIN_SIDE_LEFT ? JOIN_SIDE_RIGHT : JOIN_SIDE_LEFT].rows))
            project_header(join->project, out);
        status = join_probe(join, run->chunks, out);
        project_finish(join->project, status == STATUS_OK, out);
    }
    int followed = join_follow_end(join);
    if (status == STATUS_OK)
        status = followed;
    if (join->problem.status != STATUS_OK)
        *problem = join->problem;
    join_free(join);
    return status;
}

int join_run_into(const struct join_run *run, struct relation *relation, struct problem *problem)
{
    struct output *out = relation_output(relation);
    struct chunks_options chunks = *run->chunks;
    struct join_run into = *run;
    chunks.out = out;
    chunks.flush = false;
    into.chunks = &chunks;
    into.project.form = &output_form_relation;
    into.project.has_limit = false;
    into.project.skip = 0;
    int status = join_run(&into, out, problem);
    output_close(out);
    relation_settle(relation);
    return status;
}

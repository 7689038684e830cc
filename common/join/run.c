#include "join/run.h"

#include <stdio.h>
#include <stdlib.h>
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
    return join_follow_start(&run->join, run->follow, run->follow_file, run->rows, run->chunks);
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

enum { NAME_SIZE = 32 };

static const char name_format[] = "_c%zu";

const struct path *join_run_column(struct arena *arena, size_t number)
{
    char name[NAME_SIZE];
    int len = snprintf(name, sizeof name, name_format, number);
    return path_of_key(arena, name, (size_t)len);
}

/* What a name of the list is: its slot. */
static bool resolve(void *context, const struct path *path, size_t *slot, const char **message)
{
    const size_t *slots = context;
    (void)message;
    *slot = slots[strtoul(path->steps[0].key + 2, NULL, 10)];
    return true;
}

/* The slots as a select list; its names into a relation. */
static char *list_of(const size_t *slots, size_t count, struct relation **into)
{
    struct buffer list = {0};
    char (*names)[NAME_SIZE] = mem_zero(count + 1, sizeof *names);
    const char **columns = mem_zero(count + 1, sizeof *columns);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        if (slots[i] == SIZE_MAX)
            continue;
        snprintf(names[wanted], NAME_SIZE, name_format, i);
        buffer_add_format(&list, "%s%s", wanted > 0 ? ", " : "", names[wanted]);
        columns[wanted] = names[wanted];
        wanted++;
    }
    if (wanted == 0) {
        columns[wanted++] = "_row";
        buffer_add_text(&list, "1 as _row");
    }
    buffer_add_char(&list, '\0');
    *into = relation_new(columns, wanted);
    free(columns);
    free(names);
    return list.data;
}

int join_run_into(const struct join_run *run, const size_t *slots, size_t count, struct relation **relation,
                  struct problem *problem)
{
    char *list = list_of(slots, count, relation);
    const struct expr_options expr = {.resolve = resolve, .context = (void *)(uintptr_t)slots};
    struct select *select = select_compile("columns", list, &expr, problem);
    struct output *out = relation_output(*relation);
    struct chunks_options chunks = *run->chunks;
    struct join_run into = *run;
    chunks.out = out;
    chunks.flush = false;
    into.chunks = &chunks;
    into.select = select;
    into.order = NULL;
    into.project.form = &output_form_relation;
    into.project.has_limit = false;
    into.project.skip = 0;
    int status = select ? join_run(&into, out, problem) : (int)problem->status;
    output_close(out);
    relation_settle(*relation);
    select_free(select);
    free(list);
    return status;
}

#include "sql/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "group/aggregate/aggregate.h"
#include "group/pivot.h"
#include "group/report.h"
#include "group/run.h"
#include "join/run.h"
#include "json/path.h"
#include "over/over.h"
#include "table/explode.h"
#include "table/flatten.h"
#include "table/form/row_form.h"
#include "table/star_plan.h"

/* Of the memory, the tables of groups get three quarters, the rows of the result one. */
enum { MEMORY_PARTS = 4, TABLE_PARTS = 3 };

/* Where a stage's rows go. */
struct target {
    struct output *out;
    const struct output_form *form;
    bool last; /* to the user */
};

static int run_to(const struct stage_runner *runner, struct stage *stage, const struct target *target,
                  struct problem *problem);

void stage_free(struct stage *stage)
{
    if (!stage)
        return;
    for (size_t i = 0; i < 2; i++)
        stage_free(stage->feeds[i].stage);
    for (size_t i = 0; i < stage->part_count; i++)
        stage_free(stage->parts[i]);
    relation_free(stage->relation);
    stage->relation = NULL;
}

/* The rows of a feed, its stage run before. NULL: *status says why. */
static struct rows *open_feed(const struct stage_runner *runner, const struct stage_feed *feed, int *status,
                              struct problem *problem)
{
    struct rows *rows = NULL;
    if (feed->source) {
        rows = sql_source_rows(feed->source, problem);
    } else {
        *status = stage_run(runner, feed->stage, NULL, problem);
        if (*status == STATUS_OK) {
            struct rows_options options = data_options_rows(runner->data);
            options.form = NULL;
            options.relation = feed->stage->relation;
            rows = rows_open(NULL, &options);
        }
    }
    if (!rows && *status == STATUS_OK)
        *status = (int)problem->status;
    return rows;
}

static struct project_options project_options(const struct stage_runner *runner, const struct stage *stage,
                                              const struct order *order, const struct target *target)
{
    struct project_options options = data_options_project(runner->data, order);
    options.form = target->form;
    uint64_t skip = target->last ? runner->data->skip : 0, left = stage->limit > skip ? stage->limit - skip : 0;
    options.has_limit = stage->has_limit || (target->last && runner->data->has_limit);
    options.limit = stage->has_limit ? left : UINT64_MAX;
    if (target->last && runner->data->has_limit && runner->data->limit < options.limit)
        options.limit = runner->data->limit;
    options.skip = stage->skip + skip;
    return options;
}

static struct chunks_options chunks_options(const struct stage_runner *runner, const struct target *target)
{
    struct chunks_options chunks = data_options_chunks(runner->data, target->out);
    chunks.flush = chunks.flush && target->last;
    return chunks;
}

/* The columns' names for the user, which may be those of others; and whether a table has those it is to draw. */
static bool name_columns(const struct stage_runner *runner, const struct stage *stage, struct select *select,
                         const struct target *target, struct problem *problem)
{
    size_t hidden = select->hidden;
    for (size_t i = 0; target->last && i < stage->column_count && hidden + i < select->count; i++) {
        select->items[hidden + i].name = stage->columns[i].name;
        select->items[hidden + i].name_len = strlen(stage->columns[i].name);
    }
    return !target->last || table_check(&runner->data->table, select, problem);
}

static struct expr_options expr_options(const struct stage_runner *runner, struct path_set *paths)
{
    return (struct expr_options){.ansi = runner->data->ansi, .aggregate_at = aggregate_function_at, .paths = paths};
}

static struct explode *start_explode(const struct stage_runner *runner, const struct stage *stage,
                                     struct problem *problem)
{
    if (stage->explode_count == 0)
        return NULL;
    struct explode *explode = explode_new(stage->outer, runner->data->ansi, aggregate_function_at);
    for (size_t i = 0; i < stage->explode_count; i++)
        if (!explode_add(explode, stage->explodes[i].array, stage->explodes[i].name, problem))
            break;
    return explode;
}

/* The rows, through their windows if there are any; slots: of each. */
static int flatten_rows(const struct stage_runner *runner, struct flatten *flatten, const struct select *select,
                        const struct expr *qualify, size_t slots, const struct target *target, struct problem *problem)
{
    struct chunks_options chunks = chunks_options(runner, target);
    const struct over_options options = {.select = select, .ansi = runner->data->ansi, .slot_count = slots,
                                         .qualify = qualify,
                                         .memory = runner->data->memory / data_options_threads(runner->data),
                                         .threads = data_options_threads(runner->data)};
    struct over *window = select->window_count > 0 ? over_start(&options, flatten->project, problem) : NULL;
    int status = (int)problem->status;
    if (status == STATUS_OK) {
        project_chunks(flatten->project, &chunks);
        status = chunks_run(rows_source(flatten->rows), &chunks, &flatten_work, flatten, NULL);
    }
    if (window)
        status = over_end(window, status, target->out);
    if (chunks.bad)
        output_close(chunks.bad);
    return status;
}

static int run_rows(const struct stage_runner *runner, struct stage *stage, const struct target *target,
                    struct problem *problem)
{
    int status = STATUS_OK;
    struct flatten flatten = {.rows = open_feed(runner, &stage->feeds[0], &status, problem)};
    if (!flatten.rows)
        return status;
    struct path_set paths = {0};
    struct expr_options expr = expr_options(runner, &paths);
    expr.windows = true;
    expr.window_at = over_function_at;
    flatten.explode = start_explode(runner, stage, problem);
    if (flatten.explode) {
        expr.resolve = explode_resolve;
        expr.context = flatten.explode;
    }
    struct select *select = problem->status == STATUS_OK
                                ? select_compile("select list", stage->select, &expr, problem)
                                : NULL;
    struct star_plan star = {.rows = flatten.rows, .explode = flatten.explode, .select = select, .expr = &expr};
    struct expr *where = select && stage->where ? expr_compile("where", stage->where, NULL, &expr, problem) : NULL;
    struct order *order = select && stage->order ? order_compile("order by", stage->order, select, &expr, problem)
                                                 : NULL;
    struct expr *qualify = select && stage->qualify
                               ? expr_compile("qualify", stage->qualify, select, &expr, problem)
                               : NULL;
    if (select && problem->status == STATUS_OK && star_plan_expand(&star, problem) &&
        rows_bind(flatten.rows, flatten.explode ? explode_record_paths(flatten.explode) : &paths, problem) &&
        name_columns(runner, stage, select, target, problem)) {
        struct project_options options = project_options(runner, stage, order, target);
        options.qualify = qualify;
        options.batches = true;
        flatten.where = where;
        flatten.project = project_new(select, &options);
        if (stage->feeds[0].source)
            star_plan_types(&star, flatten.project);
        project_header(flatten.project, target->out);
        status = flatten_rows(runner, &flatten, select, qualify,
                              flatten.explode ? explode_slot_count(flatten.explode) : paths.count, target, problem);
        project_finish(flatten.project, status == STATUS_OK, target->out);
    }
    if (select)
        star_plan_free(&star);
    expr_free(where);
    select_free(select);
    explode_free(flatten.explode);
    path_set_free(&paths);
    rows_close(flatten.rows);
    return problem->status == STATUS_OK ? status : (int)problem->status;
}

/* What is asked of groups; *pivot: if they are turned. */
static struct group_select *start_groups(const struct stage_runner *runner, const struct stage *stage,
                                         const struct target *target, const struct expr_options *expr,
                                         struct group_pivot **pivot, struct problem *problem)
{
    const char *list = stage->select ? stage->select : "";
    if (!stage->pivot)
        return group_select_new(stage->keys, list, stage->having, stage->order, false, expr, problem);
    const struct group_pivot_options options = {
        .pivot = stage->pivot, .keys = stage->keys, .list = list, .having = stage->having, .order = stage->order,
        .table = target->last ? &runner->data->table : NULL};
    struct group_select *select;
    *pivot = group_pivot_start(&options, expr, &select, problem);
    return select;
}

static int run_group(const struct stage_runner *runner, struct stage *stage, const struct target *target,
                     struct problem *problem)
{
    int status = STATUS_OK;
    struct group_run run = {.rows = open_feed(runner, &stage->feeds[0], &status, problem)};
    if (!run.rows)
        return status;
    struct path_set own = {0};
    struct expr_options expr = expr_options(runner, &own);
    struct explode *explode = start_explode(runner, stage, problem);
    const struct path_set *paths = explode ? explode_record_paths(explode) : &own;
    if (explode) {
        expr.resolve = explode_resolve;
        expr.context = explode;
    }
    expr.aggregates = true;
    struct group_pivot *pivot = NULL;
    struct group_select *select =
        problem->status == STATUS_OK ? start_groups(runner, stage, target, &expr, &pivot, problem) : NULL;
    expr.aggregates = false;
    struct expr *where = select && stage->where ? expr_compile("where", stage->where, NULL, &expr, problem) : NULL;
    if (select && stage->select && !pivot) /* the keys come out where the list names them */
        select->select->hidden = select->key_count;
    if (select && problem->status == STATUS_OK && rows_bind(run.rows, paths, problem) &&
        (pivot || name_columns(runner, stage, select->select, target, problem))) {
        unsigned threads = data_options_threads(runner->data);
        run.select = select;
        run.where = where;
        run.explode = explode;
        run.path_count = own.count;
        run.memory = runner->data->memory / MEMORY_PARTS * TABLE_PARTS / threads;
        struct chunks_options chunks = chunks_options(runner, target);
        chunks.out = NULL;
        status = chunks_run(rows_source(run.rows), &chunks, &group_run_work, &run, NULL);
        if (chunks.bad)
            output_close(chunks.bad);
        const struct groups_options groups_options = group_run_options(&run);
        struct groups *groups = group_run_merge(&run, threads);
        struct group_report report = {
            .select = select, .groups_options = &groups_options, .pivot = pivot,
            .slot_count = explode ? explode_slot_count(explode) : own.count, .threads = threads};
        report.project = project_options(runner, stage, NULL, target);
        report.project.memory = runner->data->memory / MEMORY_PARTS;
        if (status == STATUS_OK)
            group_report_write(&report, groups, target->out, problem);
        groups_free(groups);
    }
    rows_close(run.rows);
    expr_free(where);
    group_pivot_free(pivot);
    group_select_free(select);
    explode_free(explode);
    path_set_free(&own);
    return problem->status == STATUS_OK ? status : (int)problem->status;
}

/* The bytes of a side, 0 if they cannot be known. */
static uint64_t bytes_of(const struct stage_feed *feed)
{
    return feed->source ? join_bytes_of(&feed->source->inputs) : relation_bytes(feed->stage->relation);
}

/* What a joined row is made into. */
struct joining {
    struct join_names names;
    struct select *select;
    struct expr *where, *on;
    struct order *order;
};

static bool compile_join(struct joining *joining, const struct stage *stage, struct expr_options *expr,
                         struct problem *problem)
{
    if (!join_names_start(&joining->names, stage->keys, NULL, problem))
        return false;
    joining->select = select_compile("select list", stage->select, expr, problem);
    if (!joining->select)
        return false;
    if (stage->where)
        joining->where = expr_compile("where", stage->where, NULL, expr, problem);
    joining->names.kind = JOIN_INNER; /* also where only the left side's columns come out */
    if (stage->on)
        joining->on = expr_compile("on", stage->on, NULL, expr, problem);
    joining->names.kind = stage->join;
    if (stage->order)
        joining->order = order_compile("order by", stage->order, joining->select, expr, problem);
    return problem->status == STATUS_OK && join_names_bind(&joining->names, problem);
}

static int join_sides(const struct stage_runner *runner, const struct stage *stage, struct joining *joining,
                      const struct target *target, struct problem *problem)
{
    struct chunks_options chunks = chunks_options(runner, target);
    struct join_run run = {
        .join = {.names = &joining->names, .where = joining->where, .on = joining->on,
                 .threads = data_options_threads(runner->data), .skip_bad = runner->data->filter.bad != NULL},
        .select = joining->select, .order = joining->order,
        .project = project_options(runner, stage, NULL, target), .chunks = &chunks, .memory = runner->data->memory,
        .bytes = {bytes_of(&stage->feeds[0]), bytes_of(&stage->feeds[1])}};
    int status = join_run(&run, target->out, problem);
    if (chunks.bad)
        output_close(chunks.bad);
    return status;
}

static int run_join(const struct stage_runner *runner, struct stage *stage, const struct target *target,
                    struct problem *problem)
{
    int status = STATUS_OK;
    struct joining joining = {.names = {.kind = stage->join}};
    struct rows *sides[2] = {NULL, NULL};
    join_names_init(&joining.names, 2);
    for (size_t i = 0; i < 2 && status == STATUS_OK; i++) {
        sides[i] = open_feed(runner, &stage->feeds[i], &status, problem);
        joining.names.sides[i].rows = sides[i];
        joining.names.sides[i].name = i == 0 ? "left" : "right";
    }
    if (sides[0] && sides[1]) {
        struct expr_options expr = expr_options(runner, NULL);
        expr.resolve = join_names_resolve;
        expr.context = &joining.names;
        if (compile_join(&joining, stage, &expr, problem) &&
            name_columns(runner, stage, joining.select, target, problem))
            status = join_sides(runner, stage, &joining, target, problem);
    }
    select_free(joining.select);
    expr_free(joining.where);
    expr_free(joining.on);
    join_names_free(&joining.names);
    for (size_t i = 0; i < 2; i++)
        if (sides[i])
            rows_close(sides[i]);
    return problem->status == STATUS_OK ? status : (int)problem->status;
}

/* One row without cells. */
static int run_one(const struct target *target)
{
    static const char row[8];
    output_write(target->out, row, sizeof row);
    return STATUS_OK;
}

static int run_to(const struct stage_runner *runner, struct stage *stage, const struct target *target,
                  struct problem *problem)
{
    int status = STATUS_OK;
    switch (stage->kind) {
    case STAGE_ONE:
        return run_one(target);
    case STAGE_ROWS:
        return run_rows(runner, stage, target, problem);
    case STAGE_GROUP:
        return run_group(runner, stage, target, problem);
    case STAGE_JOIN:
        return run_join(runner, stage, target, problem);
    case STAGE_UNION:
        for (size_t i = 0; i < stage->part_count && status == STATUS_OK; i++)
            status = run_to(runner, stage->parts[i], target, problem);
        return status;
    }
    return status;
}

/* Into the stage's relation, unless that has been done. */
static int run_into_relation(const struct stage_runner *runner, struct stage *stage, struct problem *problem)
{
    if (stage->relation)
        return STATUS_OK;
    const char **names = mem_zero(stage->column_count + 1, sizeof *names);
    for (size_t i = 0; i < stage->column_count; i++)
        names[i] = stage->columns[i].inner;
    stage->relation = relation_new(names, stage->column_count);
    free(names);
    const struct target target = {.out = relation_output(stage->relation), .form = &output_form_relation};
    int status = run_to(runner, stage, &target, problem);
    output_close(target.out);
    relation_settle(stage->relation);
    return status;
}

int stage_run(const struct stage_runner *runner, struct stage *stage, struct output *out, struct problem *problem)
{
    if (!out)
        return run_into_relation(runner, stage, problem);
    const struct target target = {.out = out, .form = runner->data->to, .last = true};
    return run_to(runner, stage, &target, problem);
}

int stage_run_through(const struct stage_runner *runner, struct stage *stage, struct output *out, struct arena *arena,
                      struct problem *problem)
{
    struct stage *last = arena_alloc(arena, sizeof *last);
    struct buffer list = {0};
    *last = (struct stage){.kind = STAGE_ROWS, .columns = stage->columns, .column_count = stage->column_count};
    last->feeds[0].stage = stage;
    for (size_t i = 0; i < stage->column_count; i++) {
        buffer_add_text(&list, i > 0 ? ", " : "");
        path_add_quoted(stage->columns[i].inner, strlen(stage->columns[i].inner), &list);
    }
    last->select = arena_copy(arena, list.data, list.len);
    buffer_free(&list);
    return stage_run(runner, last, out, problem);
}

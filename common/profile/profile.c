#include "profile/profile.h"

#include <stdlib.h>

#include "base/diag.h"
#include "profile/place.h"
#include "profile/tell_inner.h"
#include "table/form/row_form.h"
#include "table/sort.h"
#include "table/star.h"

static const char summary_columns[] = "column_name, column_type, count, nulls, approx_unique, min, max, avg, std, "
                                      "q25, q50, q75, top, freq, histogram";
static const char key_columns[] = "key, type, records, percent, count";
enum { KEY_COLUMNS = 5, SLOTS = COLUMN_FACTS + 1 };

/* What all threads share. */
struct run {
    const struct profile_options *options;
    struct rows *rows;
    struct path_set paths;        /* of a flat form: its columns first; else the record */
    struct star_columns columns;  /* of a flat form */
    struct schema *shape;         /* of a form that knows its types; or NULL */
    struct expr *where;
    struct places places;
    struct arena arena;
};

struct worker {
    struct run *run;
    struct rows_reader *reader;
    struct places places;
    struct arena arena;
};

static void *start(void *tool)
{
    struct worker *worker = mem_zero(1, sizeof *worker);
    worker->run = tool;
    worker->reader = rows_reader_new(worker->run->rows);
    worker->places.keys = worker->run->options->keys;
    return worker;
}

/* Why the record is bad, or NULL. */
static const char *one_record(struct worker *worker)
{
    const struct run *run = worker->run;
    const struct rows_reader *reader = worker->reader;
    if (reader->stranger.type != SPAN_ABSENT)
        return "its file has a column that the first file has not";
    if (run->where) {
        struct row row = {.slots = reader->slots, .arena = &worker->arena};
        bool kept = expr_true(run->where, &row);
        if (row.error || !kept)
            return row.error;
    }
    if (run->columns.count > 0)
        places_add_cells(&worker->places, run->columns.names, reader->slots, run->columns.count);
    else
        places_add(&worker->places, reader->record);
    return NULL;
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct worker *worker = state;
    struct rows_reader *reader = worker->reader;
    rows_start(reader, batch, result);
    bool go = true;
    while (go && rows_next(reader)) {
        arena_reset(&worker->arena);
        const char *reason = one_record(worker);
        if (reason)
            go = result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false,
                            reason);
    }
}

static void finish(void *tool, void *state)
{
    struct run *run = tool;
    struct worker *worker = state;
    places_merge(&run->places, &worker->places);
    rows_reader_free(run->rows, worker->reader);
    arena_free(&worker->arena);
    free(worker);
}

/* Where the rows go. */
struct report {
    struct select *select;
    struct project *project;
    struct project_writer *writer;
    struct result result;
    struct output *out;
    struct arena arena; /* of one row */
    uint64_t rows, wanted;
    uint64_t skip; /* the first ones whose text is left out */
    bool flat;
    const struct places *places;
    struct schema *shape; /* as in run */
    struct problem *problem;
};

static void write_row(struct report *report, const struct span *slots)
{
    if (report->rows == report->wanted || report->problem->status != STATUS_OK)
        return;
    struct row row = {.slots = slots, .arena = &report->arena};
    if (!project_row(report->writer, &row, false, sort_place(0, report->rows), 0, &report->result))
        problem_usage(report->problem, "order by: %s", row.error); /* under --ansi */
    if (report->rows++ >= report->skip)
        output_write(report->out, report->result.out.data, report->result.out.len);
    report->result.out.len = 0;
    arena_reset(&report->arena);
}

/* "number|null" */
static void add_types(unsigned types, struct buffer *into)
{
    static const struct { enum span_type type; const char *name; } names[] = {
        {SPAN_OBJECT, "object"}, {SPAN_ARRAY, "array"}, {SPAN_STRING, "string"}, {SPAN_NUMBER, "number"},
        {SPAN_TRUE, "boolean"}, {SPAN_NULL, "null"}};
    if (types & 1u << SPAN_FALSE)
        types |= 1u << SPAN_TRUE;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (types & 1u << names[i].type) {
            buffer_add_text(into, into->len > 0 ? "|" : "");
            buffer_add_text(into, names[i].name);
        }
}

static void report_key(struct report *report, const struct place *place, const struct path_step *steps, size_t count)
{
    struct arena *arena = &report->arena;
    struct buffer text = {0}, types = {0};
    uint64_t all = report->places->records;
    const char *key = star_dotted(arena, steps, count, false);
    add_types(place->types, &types);
    struct span slots[KEY_COLUMNS] = {
        tell_string(key, strlen(key), &text, arena),
        tell_string(types.data, types.len, &text, arena),
        tell_value(value_long((int64_t)place->records), &text, arena),
        tell_value(value_double((double)(uint64_t)((double)place->records * 10000 / (double)all + 0.5) / 100), &text,
                   arena),
        tell_value(value_long((int64_t)place->times), &text, arena),
    };
    buffer_free(&text);
    buffer_free(&types);
    write_row(report, slots);
}

/* What a form that knows its types says of a place, or NULL. */
static const struct schema_node *known_node(const struct report *report, const struct path_step *steps, size_t count)
{
    const struct path path = {.steps = (struct path_step *)(uintptr_t)steps, .count = count};
    return report->shape ? star_node(schema_root(report->shape), &path) : NULL;
}

static void report_column(struct report *report, const struct place *place, const struct path_step *steps, size_t count)
{
    struct arena *arena = &report->arena;
    struct buffer text = {0};
    struct column *column = place->column ? place->column : column_new();
    const char *name = report->flat ? steps[0].key : star_dotted(arena, steps, count, true);
    struct span slots[SLOTS] = {tell_string(name, strlen(name), &text, arena)};
    const struct schema_node *known = known_node(report, steps, count);
    if (known)
        column_is(column, known);
    if (!place->column && known)
        column->count = place->records; /* of maps only so much is known */
    column_tell(column, report->places->records, report->flat, slots + 1, arena);
    if (!place->column)
        column_free(column);
    buffer_free(&text);
    write_row(report, slots);
}

static int by_name(const void *a, const void *b)
{
    const struct place *x = *(struct place *const *)a, *y = *(struct place *const *)b;
    return schema_name_compare(x->name, x->name_len, y->name, y->name_len);
}

/* The places below one, each before those below it; by name, or as the header has them. */
static void report_below(struct report *report, struct place *place, struct path_step **steps, size_t depth)
{
    if (!report->flat && place->count > 0)
        qsort(place->members, place->count, sizeof(struct place *), by_name);
    *steps = mem_resize(*steps, depth + 1, sizeof **steps);
    for (size_t i = 0; i < place->count; i++) {
        struct place *member = place->members[i];
        (*steps)[depth] = (struct path_step){.key = member->name, .key_len = member->name_len};
        const struct schema_node *known = known_node(report, *steps, depth + 1);
        bool map = known && schema_node_type(known) == SCHEMA_MAP && !report->places->keys;
        bool bare = member->types & ~(1u << SPAN_OBJECT) && member->count == 0;
        bool leaf = map || bare || report->flat || member->column;
        if (report->places->keys)
            report_key(report, member, *steps, depth + 1);
        else if (leaf)
            report_column(report, member, *steps, depth + 1);
        if (!map)
            report_below(report, member, steps, depth + 1);
    }
}

/* The select list of what comes out, its order, and what writes it. */
static bool report_start(struct report *report, const struct profile_options *options, struct path_set *paths,
                         struct problem *problem)
{
    struct expr_options expr = options->expr;
    struct project_options project = options->project;
    struct order *order = NULL;
    expr.paths = paths;
    report->select =
        select_compile("columns", options->keys ? key_columns : summary_columns, &expr, problem);
    if (options->order)
        order = order_compile("order by", options->order, report->select, &expr, problem);
    if (problem->status != STATUS_OK)
        return false;
    size_t known = options->keys ? KEY_COLUMNS : SLOTS;
    if (paths->count > known)
        return problem_usage(problem, "-o %s: there is no column %s, but %s", options->order,
                             paths->paths[known]->text, options->keys ? key_columns : summary_columns);
    project.order = order;
    if (!options->keys && !*project.form_options.table.sparks)
        project.form_options.table.sparks[0] = "histogram";
    if (!table_check(&project.form_options.table, report->select, problem))
        return false;
    report->project = project_new(report->select, &project);
    report->skip = project_skips(report->project);
    report->wanted = order ? UINT64_MAX : project_wanted(report->project);
    return true;
}

static void report_write(struct report *report, struct places *places, struct output *out, struct problem *problem)
{
    struct path_step *steps = NULL;
    report->out = out;
    report->problem = problem;
    report->places = places;
    project_header(report->project, out);
    report->writer = project_writer_new(report->project);
    report_below(report, &places->root, &steps, 0);
    project_writer_free(report->writer);
    free(steps);
}

/* The paths that are read: the record or its cells, and what the condition asks for. */
static bool bind(struct run *run, struct problem *problem)
{
    static const struct path whole = {.text = ""};
    const struct profile_options *options = run->options;
    size_t count;
    const struct span *header = rows_header(run->rows, &count);
    if (header && options->keys)
        return problem_usage(problem, "--keys goes with NDJSON: the keys of %s are its columns, see --summary",
                             rows_form(run->rows)->title);
    if (header)
        run->columns = star_header(&run->arena, header, count, NULL);
    for (size_t i = 0; i < run->columns.count; i++)
        path_set_add(&run->paths, run->columns.paths[i]);
    places_name(&run->places, run->columns.names, run->columns.count);
    if (run->paths.count != run->columns.count)
        return problem_usage(problem, "two columns have one name");
    if (!header)
        path_set_add(&run->paths, &whole);
    struct expr_options expr = options->expr;
    expr.paths = &run->paths;
    if (options->where)
        run->where = expr_compile("where", options->where, NULL, &expr, problem);
    if (problem->status != STATUS_OK || !rows_bind(run->rows, &run->paths, problem))
        return false;
    rows_where(run->rows, run->where);
    if (rows_form(run->rows)->columns) {
        run->shape = schema_new();
        rows_shape(run->rows, run->shape);
    }
    if (header)
        rows_watch(run->rows, NULL, true);
    return true;
}

int profile(const struct profile_options *options, struct output *out, struct problem *problem)
{
    static const struct chunks_work parts = {.start = start, .work = work, .finish = finish};
    struct run run = {.options = options, .rows = options->rows, .places = {.keys = options->keys}};
    struct report report = {.flat = rows_form(options->rows)->flat};
    struct path_set paths = {0};
    struct chunks_total total;
    int status = STATUS_USAGE;
    if (bind(&run, problem) && report_start(&report, options, &paths, problem)) {
        status = chunks_run(rows_source(run.rows), &options->chunks, &parts, &run, &total);
        rows_warn_absent(run.rows, status == STATUS_OK ? total.records : 0);
        report.shape = run.shape;
        if (status == STATUS_OK)
            report_write(&report, &run.places, out, problem);
        bool whole = status == STATUS_OK && problem->status == STATUS_OK;
        project_finish(report.project, whole, whole ? out : NULL);
        result_free(&report.result);
    }
    if (report.select)
        select_free(report.select);
    expr_free(run.where);
    schema_free(run.shape);
    places_free(&run.places);
    path_set_free(&run.paths);
    path_set_free(&paths);
    arena_free(&run.arena);
    arena_free(&report.arena);
    return status;
}

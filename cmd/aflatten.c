/* aflatten: NDJSON or TSV to flat TSV, NDJSON or a table: SELECT … FROM, printSchema, explode. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "group/aggregate/aggregate.h"
#include "table/data_options.h"
#include "table/explode.h"
#include "table/form/row_form.h"
#include "table/project.h"
#include "table/rows.h"
#include "table/schema.h"
#include "table/schema_scan.h"
#include "table/sort.h"
#include "table/star.h"
#include "table/star_plan.h"

enum { OPTION_OUTER = OPTIONS_OWN, OPTION_SCAN, OPTION_SCHEMA };

static const struct option_row own_rows[] = {
    {'e', "explode", "ARRAY [as NAME]",
     .help = "a row for each element of a path or an expression; NAME_pos is its position (repeatable)",
     .heading = "columns", .repeats = true},
    {OPTION_OUTER, "outer", .help = "with -e: keep records whose array is empty or null"},
    {OPTION_SCHEMA, "schema", "json", .help = "print the inferred schema instead", .optional = true},
    {OPTION_SCAN, "scan", "all", .help = "take the columns of * from all records (files are read twice)"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: aflatten [options] SELECT [FILE...]\n"
             "       aflatten --schema[=json] [FILE...]\n"
             "Picks columns out of NDJSON or TSV records: paths, a.b.*, *, expressions,\n"
             "expr as name.\n",
    .parts = {own_rows, data_options_list, filter_options_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "select list", .words = "EXPRESSION"},
        {.name = "file", .words = "FILE", .repeats = true}, {0}},
    .calls = data_options_calls,
};

struct options {
    struct data_options data;
    struct {
        const char *path, *name;
    } *explodes;
    size_t explode_count;
    bool outer, scan_all;
    bool schema, schema_json;
    const char *select;
    char **files;
    size_t file_count;
    struct inputs inputs; /* what is in them */
};

struct tool {
    const struct options *options;
    struct rows *rows;
    struct explode *explode; /* NULL without -e */
    struct select *select;
    struct expr *where;
    struct project *project;
    struct path_set paths; /* without -e */
};

/* A thread's own. */
struct worker {
    struct tool *tool;
    struct rows_reader *reader;
    struct explode_reader *exploded; /* NULL without -e */
    struct project_writer *writer;
    struct arena arena;
};

/* "-e PATH as NAME": the two words behind the array belong to it. */
static void take_explode(struct options *options, struct options_parser *parser)
{
    options->explodes = mem_resize(options->explodes, options->explode_count + 1, sizeof *options->explodes);
    options->explodes[options->explode_count].path = parser->argument;
    options->explodes[options->explode_count].name = NULL;
    const char *as = options_following(parser, 0), *name = options_following(parser, 1);
    if (name && strcasecmp(as, "as") == 0) {
        options->explodes[options->explode_count].name = name;
        options_pass(parser, 2);
    }
    options->explode_count++;
}

static bool take_option(struct options *options, int option, struct options_parser *parser, struct problem *problem)
{
    const char *argument = parser->argument;
    switch (option) {
    case 'e':
        take_explode(options, parser);
        return true;
    case OPTION_OUTER:
        options->outer = true;
        return true;
    case OPTION_SCAN:
        options->scan_all = true;
        return strcmp(argument, "all") == 0 || problem_usage(problem, "--scan %s: expected all", argument);
    case OPTION_SCHEMA:
        options->schema = true;
        options->schema_json = argument != NULL;
        return !argument || strcmp(argument, "json") == 0 ||
               problem_usage(problem, "--schema=%s: expected --schema or --schema=json", argument);
    default:
        return data_options_take(&options->data, option, argument, problem);
    }
}

/* --scan all reads everything twice: only files can be. */
static void check_files_twice(const struct options *options)
{
    for (size_t i = 0; i < options->inputs.count; i++) {
        struct stat info;
        const char *file = options->inputs.files[i];
        if (strcmp(file, "-") == 0 || stat(file, &info) != 0 || !S_ISREG(info.st_mode))
            diag_die_usage("--scan all reads its input twice: %s is no regular file", file);
    }
    if (options->inputs.count == 0)
        diag_die_usage("--scan all reads its input twice: name files instead of stdin");
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.data = data_options_start()};
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(&options, option, &parser, &problem), &problem);
    problem_check(data_options_check(&options.data, &problem), &problem);
    options.files = options_operands(&parser, &options.file_count);
    if (!options.schema && options.file_count == 0)
        diag_die_usage("expected a select list, such as 'exam_name, sequences.counts.*'");
    if (!options.schema) {
        options.select = *options.files++;
        options.file_count--;
    }
    problem_check(
        inputs_find(&options.inputs, options.files, options.file_count, &problem) &&
            options_files(options.inputs.files, options.inputs.count, "quote the select list: aflatten 'a, b' FILE",
                          &problem) &&
            filter_options_apart(&options.data.filter, options.inputs.files, options.inputs.count, &problem),
        &problem);
    if (options.outer && options.explode_count == 0)
        diag_die_usage("--outer goes with -e");
    if (options.scan_all)
        check_files_twice(&options);
    return options;
}

static void start_explode(struct tool *tool)
{
    const struct options *options = tool->options;
    if (options->explode_count == 0)
        return;
    tool->explode = explode_new(options->outer, options->data.ansi, aggregate_function_at);
    for (size_t i = 0; i < options->explode_count; i++) {
        struct problem problem = {0};
        if (!explode_add(tool->explode, options->explodes[i].path, options->explodes[i].name, &problem))
            problem_die(&problem);
        if (rows_form(tool->rows)->flat && i == 0 && explode_is_path(tool->explode, i))
            diag_die_usage("-e %s: a %s cell holds no array; make one of it: -e 'split(%s, \",\") as NAME'",
                           options->explodes[i].path, rows_form(tool->rows)->title, options->explodes[i].path);
    }
}

static const struct path_set *record_paths(const struct tool *tool)
{
    return tool->explode ? explode_record_paths(tool->explode) : &tool->paths;
}

static void *worker_start(void *context)
{
    struct worker *worker = mem_zero(1, sizeof *worker);
    worker->tool = context;
    worker->reader = rows_reader_new(worker->tool->rows);
    worker->writer = project_writer_new(worker->tool->project);
    if (worker->tool->explode)
        worker->exploded = explode_reader_new(worker->tool->explode);
    return worker;
}

static void worker_finish(void *context, void *state)
{
    struct tool *tool = context;
    struct worker *worker = state;
    project_writer_free(worker->writer);
    if (worker->exploded)
        explode_reader_free(worker->exploded);
    rows_reader_free(tool->rows, worker->reader);
    arena_free(&worker->arena);
    free(worker);
}

/* What one row is made of. */
struct candidate {
    const struct span *slots;
    struct span stranger;
    bool spaced;
    uint64_t part; /* its number within the record */
};

enum outcome { ROW_OUT, ROW_REFUSED, ROW_BAD };

/* One row: where, then written or, if `trial`, only tried. *reason says what is wrong with a bad one. */
static enum outcome one_row(struct worker *worker, const struct batch *batch, struct result *result,
                            const struct candidate *from, bool trial, const char **reason)
{
    struct tool *tool = worker->tool;
    struct row row = {.slots = from->slots, .arena = &worker->arena};
    if (tool->where && !expr_true(tool->where, &row) && !row.error)
        return ROW_REFUSED;
    *reason = row.error;
    if (row.error)
        return ROW_BAD;
    if (from->stranger.type != SPAN_ABSENT) {
        *reason = star_stranger(&worker->arena, from->stranger);
        return ROW_BAD;
    }
    uint64_t place = sort_place(batch->sequence, worker->reader->index);
    bool good = trial ? project_try(worker->writer, &row)
                      : project_row(worker->writer, &row, from->spaced, place, from->part, result);
    *reason = row.error;
    return good ? ROW_OUT : ROW_BAD;
}

/* All rows of a record come out, or none. Until all are made they are kept in the result; where they are too many for
 * that, all are tried first, and then they go out as they come. */
enum pass { PASS_KEEP, PASS_TRY, PASS_HAND_ON };
enum exploded { EXPLODED_GOOD, EXPLODED_BAD, EXPLODED_TOO_MANY };

/* The rows of one record under -e; *reason: why it is bad. What a pass that ends early has left in the result is taken
 * back. */
static enum exploded exploded_rows(struct worker *worker, const struct batch *batch, struct result *result,
                                   enum pass pass, const char **reason)
{
    const struct rows_reader *reader = worker->reader;
    struct explode_reader *exploded = worker->exploded;
    size_t out = result->out.len, ends = result->row_ends.len;
    uint64_t rows = result->rows;
    enum exploded outcome = EXPLODED_GOOD;
    explode_start(exploded, reader->slots, reader->spaced);
    for (uint64_t part = 0; outcome == EXPLODED_GOOD && explode_next(exploded); part++) {
        struct span stranger = reader->stranger.type != SPAN_ABSENT ? reader->stranger : exploded->stranger;
        struct candidate row = {exploded->slots, stranger, exploded->spaced, part};
        bool trial = pass == PASS_TRY || result_is_full(result);
        if (one_row(worker, batch, result, &row, trial, reason) == ROW_BAD)
            outcome = EXPLODED_BAD;
        else if (pass == PASS_KEEP && result_is_large(result))
            outcome = EXPLODED_TOO_MANY;
        else if (pass == PASS_HAND_ON && result_is_large(result) && !result_hand_on(result))
            return EXPLODED_GOOD;
    }
    if (outcome == EXPLODED_GOOD && exploded->error) {
        *reason = exploded->error;
        outcome = EXPLODED_BAD;
    }
    if (outcome != EXPLODED_GOOD && pass != PASS_HAND_ON) {
        result->out.len = out;
        result->row_ends.len = ends;
        result->rows = rows;
    }
    return outcome;
}

static bool one_record(struct worker *worker, const struct batch *batch, struct result *result, const char **reason)
{
    const struct rows_reader *reader = worker->reader;
    if (result_is_full(result))
        return true;
    if (!worker->exploded) {
        struct candidate row = {reader->slots, reader->stranger, reader->spaced, 0};
        return one_row(worker, batch, result, &row, false, reason) != ROW_BAD;
    }
    bool collects = project_collects(worker->tool->project) && result->skip_bad; /* these cannot be taken back */
    if (collects && exploded_rows(worker, batch, result, PASS_TRY, reason) == EXPLODED_BAD)
        return false;
    explode_start(worker->exploded, reader->slots, reader->spaced);
    bool can_fail = worker->tool->where || project_can_fail(worker->tool->project) ||
                    explode_can_fail(worker->exploded) || reader->stranger.type != SPAN_ABSENT;
    enum exploded outcome = exploded_rows(worker, batch, result, can_fail ? PASS_KEEP : PASS_HAND_ON, reason);
    if (outcome == EXPLODED_TOO_MANY)
        outcome = exploded_rows(worker, batch, result, PASS_TRY, reason);
    else
        return outcome == EXPLODED_GOOD;
    return outcome == EXPLODED_GOOD && exploded_rows(worker, batch, result, PASS_HAND_ON, reason) == EXPLODED_GOOD;
}

static void work(void *state, struct batch *batch, struct result *result)
{
    struct worker *worker = state;
    struct rows_reader *reader = worker->reader;
    rows_start(reader, batch, result);
    bool go = true;
    while (go && rows_next(reader)) {
        const char *reason = NULL;
        arena_reset(&worker->arena);
        if (!one_record(worker, batch, result, &reason))
            go = result_bad(result, batch, reader->at, reader->index, reader->record.text, reader->record.len, false,
                            reason);
        if (go && result_is_large(result))
            go = result_hand_on(result);
    }
}

static int print_schema(const struct options *options)
{
    struct rows_options rows_options = data_options_rows(&options->data);
    struct rows *rows = rows_open(&options->inputs, &rows_options);
    if (rows_form(rows)->flat)
        diag_die_usage("--schema goes with NDJSON: %s cells have no types", rows_form(rows)->title);
    struct chunks_options chunks = data_options_chunks(&options->data, NULL);
    struct schema *schema = schema_new();
    int status = schema_scan(rows, &chunks, schema);
    struct buffer text = {0};
    if (options->schema_json)
        schema_write_json(schema, &text);
    else
        schema_write_tree(schema, &text);
    struct output *out = output_start(STDOUT_FILENO, "stdout");
    if (status == STATUS_OK)
        output_write(out, text.data, text.len);
    output_close(out);
    if (chunks.bad)
        output_close(chunks.bad);
    buffer_free(&text);
    schema_free(schema);
    rows_close(rows);
    return status;
}

/* --scan all: the columns of * from a pass of its own over the files. */
static struct schema *scan_all(const struct options *options, const struct rows_options *rows_options)
{
    struct rows *rows = rows_open(&options->inputs, rows_options);
    struct chunks_options chunks = {.threads = options->data.filter.threads,
                                    .skip_bad = options->data.filter.bad != NULL};
    struct schema *schema = schema_new();
    int status = schema_scan(rows, &chunks, schema);
    if (status != STATUS_OK)
        exit(status);
    rows_close(rows);
    return schema;
}

static void compile(struct tool *tool, struct star_plan *star, struct expr_options *expr, struct order **order,
                    const struct rows_options *rows_options)
{
    const struct options *options = tool->options;
    struct problem problem = {0};
    tool->select = select_compile("select list", options->select, expr, &problem);
    if (!tool->select)
        problem_die(&problem);
    *star = (struct star_plan){.rows = tool->rows, .explode = tool->explode, .select = tool->select, .expr = expr,
                               .keep = options->data.to->own_members};
    if (options->scan_all && star_plan_asks(star, options->data.to->column != NULL))
        star->schema = scan_all(options, rows_options);
    if (!star_plan_expand(star, &problem))
        problem_die(&problem);
    if (options->data.where)
        tool->where = expr_compile("where", options->data.where, NULL, expr, &problem);
    if (options->data.order)
        *order = order_compile("order by", options->data.order, tool->select, expr, &problem);
    if (problem.status != STATUS_OK || !rows_bind(tool->rows, record_paths(tool), &problem))
        problem_die(&problem);
    star_plan_watch(star);
}

static int run(struct tool *tool, struct output *out)
{
    static const struct chunks_work parts = {.start = worker_start, .work = work, .finish = worker_finish};
    struct chunks_options chunks = data_options_chunks(&tool->options->data, out);
    project_chunks(tool->project, &chunks);
    struct chunks_total total;
    int status = chunks_run(rows_source(tool->rows), &chunks, &parts, tool, &total);
    rows_warn_absent(tool->rows, status == STATUS_OK ? total.records : 0);
    if (chunks.bad)
        output_close(chunks.bad);
    return status;
}

static int flatten(const struct options *options)
{
    struct tool tool = {.options = options};
    struct rows_options rows_options = data_options_rows(&options->data);
    tool.rows = rows_open(&options->inputs, &rows_options);
    start_explode(&tool);
    struct expr_options expr = {
        .ansi = options->data.ansi, .aggregate_at = aggregate_function_at, .paths = &tool.paths};
    if (tool.explode) {
        expr.resolve = explode_resolve;
        expr.context = tool.explode;
    }
    struct star_plan star;
    struct order *order = NULL;
    compile(&tool, &star, &expr, &order, &rows_options);
    struct project_options project_options = data_options_project(&options->data, order);
    tool.project = project_new(tool.select, &project_options);
    star_plan_slots(&star, tool.project);
    star_plan_types(&star, tool.project);
    struct output *out = output_start(STDOUT_FILENO, "stdout");
    project_header(tool.project, out);
    int status = run(&tool, out);
    project_finish(tool.project, status == STATUS_OK, out);
    output_close(out);
    star_plan_free(&star);
    select_free(tool.select);
    expr_free(tool.where);
    explode_free(tool.explode);
    path_set_free(&tool.paths);
    rows_close(tool.rows);
    return status;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse_options(argc, argv);
    int status = options.schema ? print_schema(&options) : flatten(&options);
    free(options.explodes);
    inputs_free(&options.inputs);
    return status;
}

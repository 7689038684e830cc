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
#include "table/explode_options.h"
#include "table/flatten.h"
#include "table/form/row_form.h"
#include "table/project.h"
#include "table/rows.h"
#include "table/schema.h"
#include "table/schema_options.h"
#include "table/schema_scan.h"
#include "table/split.h"
#include "table/star_plan.h"
#include "over/over.h"
#include "profile/profile.h"

enum { OPTION_FLAT = OPTIONS_OWN, OPTION_KEYS, OPTION_QUALIFY, OPTION_SCAN, OPTION_SPLIT, OPTION_SUMMARY,
       OPTION_WINDOW };

static const struct option_row own_rows[] = {
    {OPTION_FLAT, "flat", .help = "NDJSON: * gives every leaf under its dotted name, as TSV has it",
     .heading = "columns"},
    {OPTION_SUMMARY, "summary", .help = "a row for each column instead: type, nulls, distinct, ends, quartiles, ..."},
    {OPTION_KEYS, "keys", .help = "a row for each path of keys instead: how many records have it"},
    {OPTION_QUALIFY, "qualify", "EXPR", .help = "only rows for which this is true of their windows",
     .words = "EXPRESSION"},
    {OPTION_WINDOW, "window", "NAME as (...), ...", .help = "windows that `over NAME` means"},
    {OPTION_SPLIT, "split", "NAME", .help = "rows into files called so: 'events/{type}.csv'"},
    {OPTION_SCAN, "scan", "all", .help = "take the columns of * from all records (files are read twice)"},
    {0},
};

static void add_calls(struct buffer *into)
{
    expr_call_names(aggregate_function_at, over_function_at, into);
}

static const struct option_table table = {
    .usage = "usage: aflatten [options] SELECT [FILE...]\n"
             "       aflatten --schema[=json] | --summary | --keys [FILE...]\n"
             "Picks columns out of NDJSON or TSV records: paths, a.b.*, *, expressions,\n"
             "expr as name.\n",
    .parts = {explode_options_rows, own_rows, schema_options_rows, data_options_list, filter_options_rows,
              options_common},
    .operands = (const struct option_operand[]){{.name = "select list", .words = "EXPRESSION"},
        {.name = "file", .words = "FILE", .repeats = true}, {0}},
    .calls = add_calls,
};

struct options {
    struct data_options data;
    struct explode_options explode;
    bool scan_all, flat;
    struct schema_options schema;
    bool summary, keys;
    const char *select, *qualify, *windows, *split;
    char **files;
    size_t file_count;
    struct inputs inputs; /* what is in them */
};

struct tool {
    const struct options *options;
    struct flatten flatten;
    struct explode *explode; /* NULL without -e */
    struct select *select;
    struct expr *where, *qualify;
    struct file_name *file; /* of --split */
    struct scatter *scatter;
    struct path_set paths; /* without -e */
};

static bool take_option(struct options *options, int option, struct options_parser *parser, struct problem *problem)
{
    const char *argument = parser->argument;
    switch (option) {
    case OPTION_FLAT:
        options->flat = true;
        return true;
    case OPTION_SPLIT:
        options->split = argument;
        return true;
    case OPTION_SUMMARY:
        return options->summary = true;
    case OPTION_KEYS:
        return options->keys = true;
    case OPTION_QUALIFY:
        options->qualify = argument;
        return true;
    case OPTION_WINDOW:
        options->windows = argument;
        return true;
    case OPTION_SCAN:
        options->scan_all = true;
        return strcmp(argument, "all") == 0 || problem_usage(problem, "--scan %s: expected all", argument);
    default:
        return explode_options_take(&options->explode, option, parser) ||
               schema_options_take(&options->schema, option, argument, problem) ||
               (problem->status == STATUS_OK && data_options_take(&options->data, option, argument, problem));
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

/* What tells of whole records has no select list, nor what goes with one. */
static void check_whole(const struct options *options)
{
    if (options->schema.wanted + options->summary + options->keys > 1)
        diag_die_usage("--schema, --summary and --keys: one at a time");
    bool listed = options->explode.count > 0 || options->flat || options->qualify || options->windows ||
                  options->scan_all || options->split;
    if ((options->summary || options->keys) && listed)
        diag_die_usage("%s goes over whole records: not with -e, --flat, --scan, --split, --qualify or --window; "
                       "pipe what they make into it",
                       options->summary ? "--summary" : "--keys");
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.data = data_options_start(), .schema = schema_options_start()};
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(&options, option, &parser, &problem), &problem);
    problem_check(data_options_check(&options.data, &problem) && schema_options_check(&options.schema, &problem),
                  &problem);
    options.files = options_operands(&parser, &options.file_count);
    bool whole = options.schema.wanted || options.summary || options.keys;
    if (!whole && options.file_count == 0)
        diag_die_usage("expected a select list, such as 'exam_name, sequences.counts.*'");
    if (!whole) {
        options.select = *options.files++;
        options.file_count--;
    }
    problem_check(
        inputs_find(&options.inputs, options.files, options.file_count, &problem) &&
            options_files(options.inputs.files, options.inputs.count, "quote the select list: aflatten 'a, b' FILE",
                          &problem) &&
            filter_options_apart(&options.data.filter, options.inputs.files, options.inputs.count, &problem),
        &problem);
    check_whole(&options);
    if (options.split && !options.data.to->row)
        diag_die_usage("--split writes rows as they come: not with -T %s", options.data.to->name);
    if (options.scan_all)
        check_files_twice(&options);
    return options;
}

static const struct path_set *record_paths(const struct tool *tool)
{
    return tool->explode ? explode_record_paths(tool->explode) : &tool->paths;
}

static int print_schema(const struct options *options)
{
    struct rows_options rows_options = data_options_rows(&options->data);
    struct rows *rows = rows_open(&options->inputs, &rows_options);
    if (rows_form(rows)->flat)
        diag_die_usage("--schema goes with NDJSON: %s cells have no types", rows_form(rows)->title);
    struct chunks_options chunks = data_options_chunks(&options->data, NULL);
    struct output *out = output_standard(&options->data.shrink);
    int status = schema_print(rows, &options->schema, &chunks, out);
    output_close(out);
    if (chunks.bad)
        output_close(chunks.bad);
    rows_close(rows);
    return status;
}

/* --summary, --keys */
static int print_profile(const struct options *options)
{
    struct rows_options rows_options = data_options_rows(&options->data);
    struct output *out = output_standard(&options->data.shrink);
    struct problem problem = {0};
    struct profile_options wanted = {
        .rows = rows_open(&options->inputs, &rows_options), .keys = options->keys,
        .where = options->data.where, .order = options->data.order, .expr = {.ansi = options->data.ansi},
        .chunks = data_options_chunks(&options->data, NULL), .project = data_options_project(&options->data, NULL)};
    int status = profile(&wanted, out, &problem);
    if (problem.status != STATUS_OK)
        problem_die(&problem);
    output_close(out);
    if (wanted.chunks.bad)
        output_close(wanted.chunks.bad);
    rows_close(wanted.rows);
    return status;
}

/* --scan all: the columns of the stars from a pass of its own over the files. */
static struct schema *scan_all(const struct options *options, const struct star_plan *stars,
                               const struct rows_options *rows_options)
{
    struct path_set paths = {0};
    bool some = star_plan_paths(stars, options->data.to->column != NULL, &paths);
    struct rows *rows = rows_open(&options->inputs, rows_options);
    struct chunks_options chunks = {.threads = options->data.filter.threads,
                                    .skip_bad = options->data.filter.bad != NULL};
    struct schema *schema = schema_new();
    int status = schema_scan(rows, some ? &paths : NULL, 1, &chunks, schema);
    path_set_free(&paths);
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
    *star = (struct star_plan){.rows = tool->flatten.rows, .explode = tool->explode, .select = tool->select,
                               .expr = expr, .keep = options->data.to->own_members, .flat = options->flat};
    if (options->scan_all && star_plan_asks(star, options->data.to->column != NULL))
        star->schema = scan_all(options, star, rows_options);
    if (!star_plan_expand(star, &problem) || !table_check(&options->data.table, tool->select, &problem))
        problem_die(&problem);
    if (options->data.where)
        tool->where = expr_compile("where", options->data.where, NULL, expr, &problem);
    if (options->data.order)
        *order = order_compile("order by", options->data.order, tool->select, expr, &problem);
    if (options->qualify && problem.status == STATUS_OK)
        tool->qualify = expr_compile("--qualify", options->qualify, tool->select, expr, &problem);
    if (options->split && problem.status == STATUS_OK)
        tool->file = file_name_compile("--split", options->split, tool->select, expr, &problem);
    if (tool->qualify && tool->select->window_count == 0)
        problem_usage(&problem, "--qualify goes with windows, and there is none: -w chooses rows");
    if (problem.status != STATUS_OK || !rows_bind(tool->flatten.rows, record_paths(tool), &problem))
        problem_die(&problem);
    if (!tool->explode)
        rows_where(tool->flatten.rows, tool->where);
    star_plan_watch(star);
}

static int run(struct tool *tool, struct output *out)
{
    struct chunks_options chunks = data_options_chunks(&tool->options->data, out);
    project_chunks(tool->flatten.project, &chunks);
    struct chunks_total total;
    int status = chunks_run(rows_source(tool->flatten.rows), &chunks, &flatten_work, &tool->flatten, &total);
    rows_warn_absent(tool->flatten.rows, status == STATUS_OK ? total.records : 0);
    if (chunks.bad)
        output_close(chunks.bad);
    return status;
}

/* The rows go through the windows; when all are there, they come out. */
static int run_windows(struct tool *tool, struct output *out)
{
    const struct data_options *data = &tool->options->data;
    struct problem problem = {0};
    struct over_options options = {.select = tool->select, .ansi = data->ansi, .qualify = tool->qualify,
                                     .memory = data->memory / data_options_threads(data),
                                     .threads = data_options_threads(data),
                                     .slot_count = record_paths(tool)->count};
    if (tool->explode)
        options.slot_count = explode_slot_count(tool->explode);
    struct over *window = over_start(&options, tool->flatten.project, &problem);
    if (!window)
        problem_die(&problem);
    return over_end(window, run(tool, out), out);
}

/* Where rows go, to stdout or into files, with what stands before them. */
static struct output *start_output(struct tool *tool)
{
    if (!tool->file) {
        struct output *out = output_standard(&tool->options->data.shrink);
        project_header(tool->flatten.project, out);
        return out;
    }
    struct problem problem = {0};
    struct buffer head = {0};
    tool->scatter = scatter_new(file_name_folder(tool->file), &tool->options->data.shrink, &problem);
    problem_check(tool->scatter != NULL, &problem);
    project_head(tool->flatten.project, &head);
    scatter_head(tool->scatter, head.data, head.len);
    buffer_free(&head);
    return split_output(tool->scatter);
}

static int flatten(const struct options *options)
{
    struct tool tool = {.options = options};
    struct rows_options rows_options = data_options_rows(&options->data);
    tool.flatten.rows = rows_open(&options->inputs, &rows_options);
    struct problem problem = {0};
    tool.explode = explode_options_start(&options->explode, options->data.ansi, aggregate_function_at, &problem);
    problem_check(problem.status == STATUS_OK &&
                      explode_options_fit(tool.explode, rows_form(tool.flatten.rows), &problem),
                  &problem);
    struct expr_options expr = {
        .ansi = options->data.ansi, .aggregate_at = aggregate_function_at, .paths = &tool.paths,
        .window_at = over_function_at, .windows = true, .named_windows = options->windows};
    if (tool.explode) {
        expr.resolve = explode_resolve;
        expr.context = tool.explode;
    }
    struct star_plan star;
    struct order *order = NULL;
    compile(&tool, &star, &expr, &order, &rows_options);
    struct project_options project_options = data_options_project(&options->data, order);
    project_options.qualify = tool.qualify;
    project_options.batches = true;
    project_options.file = tool.file;
    tool.flatten.project = project_new(tool.select, &project_options);
    star_plan_slots(&star, tool.flatten.project);
    star_plan_types(&star, tool.flatten.project);
    tool.flatten.explode = tool.explode;
    tool.flatten.where = tool.where;
    struct output *out = start_output(&tool);
    int status = tool.select->window_count > 0 ? run_windows(&tool, out) : run(&tool, out);
    project_finish(tool.flatten.project, status == STATUS_OK, out);
    output_close(out);
    if (tool.scatter && !scatter_finish(tool.scatter, status == STATUS_OK, &problem))
        problem_die(&problem);
    file_name_free(tool.file);
    star_plan_free(&star);
    select_free(tool.select);
    expr_free(tool.where);
    explode_free(tool.explode);
    path_set_free(&tool.paths);
    rows_close(tool.flatten.rows);
    return status;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse_options(argc, argv);
    int status = options.schema.wanted              ? print_schema(&options)
                 : options.summary || options.keys ? print_profile(&options)
                                                    : flatten(&options);
    explode_options_free(&options.explode);
    schema_options_free(&options.schema);
    inputs_free(&options.inputs);
    return status;
}

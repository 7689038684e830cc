/* aagg: NDJSON or TSV records into groups and aggregates: GROUP BY … HAVING … ORDER BY … LIMIT. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "frame/chunks.h"
#include "group/aggregate/aggregate.h"
#include "group/partial.h"
#include "group/report.h"
#include "group/run.h"
#include "group/select.h"
#include "table/data_options.h"
#include "table/form/row_form.h"
#include "table/rows.h"

enum { OPTION_HAVING = OPTIONS_OWN, OPTION_KEY_FIRST, OPTION_MERGE, OPTION_PARTIAL };

static const struct option_row own_rows[] = {
    {'g', "group-by", "KEYS", .help = "a, b as x, year(t) as y (default: one group)", .heading = "groups",
     .words = "EXPRESSION"},
    {OPTION_HAVING, "having", "EXPR", .help = "only groups for which this is true", .words = "EXPRESSION"},
    {OPTION_PARTIAL, "partial", .help = "write partial states instead, to be merged later"},
    {OPTION_KEY_FIRST, "key-first", "hash|text",
     .help = "with --partial: the key's hash or text and a tab before each state"},
    {OPTION_MERGE, "merge", .help = "the input is partial states of the same -g and SELECT"},
    {0},
};

static void add_calls(struct buffer *into)
{
    expr_call_names(aggregate_function_at, into);
}

static const struct option_table table = {
    .usage = "usage: aagg [options] [-g KEYS] SELECT [FILE...]\n"
             "Groups NDJSON or TSV records: the keys' columns, then what SELECT computes of\n"
             "each group.\n",
    .parts = {own_rows, data_options_list, filter_options_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "select list", .words = "EXPRESSION"},
        {.name = "file", .words = "FILE", .repeats = true}, {0}},
    .calls = add_calls,
};

/* Of --memory, the tables of all threads get three quarters while records come, the rows of the result one. */
enum { MEMORY_PARTS = 4, TABLE_PARTS = 3 };

struct options {
    struct data_options data;
    const char *keys, *having, *list;
    bool partial, merge;
    enum partial_front front; /* --key-first */
    char **files;
    size_t file_count;
    struct inputs inputs; /* what is in them */
};

static bool take_option(struct options *options, int option, const struct options_parser *parser,
                        struct problem *problem)
{
    switch (option) {
    case 'g':
        options->keys = parser->argument;
        return true;
    case OPTION_HAVING:
        options->having = parser->argument;
        return true;
    case OPTION_KEY_FIRST:
        options->front = *parser->argument == 'h' ? PARTIAL_HASH : PARTIAL_TEXT;
        return strcmp(parser->argument, "hash") == 0 || strcmp(parser->argument, "text") == 0 ||
               problem_usage(problem, "--key-first: expected hash or text, not '%s'", parser->argument);
    case OPTION_MERGE:
        options->merge = true;
        return true;
    case OPTION_PARTIAL:
        options->partial = true;
        return true;
    default:
        return data_options_take(&options->data, option, parser->argument, problem);
    }
}

/* Partial states are JSON, also where a file of them begins with something else. */
static const struct row_form *states_form(void)
{
    return row_form_find("json");
}

static void check_options(const struct options *options)
{
    const struct data_options *data = &options->data;
    if (options->partial && (options->having || data->order || data->has_limit))
        diag_die_usage("--partial writes all groups: --having, -o and -n go with --merge");
    if (options->partial && (data->to != output_form_default() || data->null || !data->header))
        diag_die_usage("--partial writes NDJSON of its own: -T, --table, --null and --no-header go with --merge");
    if (options->front != PARTIAL_PLAIN && !options->partial)
        diag_die_usage("--key-first goes with --partial");
    if (options->merge && data->where)
        diag_die_usage("--merge: records have been chosen already: -w goes with --partial");
    if (options->merge && data->from && data->from != states_form())
        diag_die_usage("--merge: partial states are NDJSON, not %s", data->from->title);
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
    check_options(&options);
    options.files = options_operands(&parser, &options.file_count);
    if (options.file_count == 0)
        diag_die_usage("expected a select list, such as 'count(*), max(score)'");
    options.list = *options.files++;
    options.file_count--;
    problem_check(inputs_find(&options.inputs, options.files, options.file_count, &problem) &&
                      options_files(options.inputs.files, options.inputs.count,
                                "quote the select list: aagg 'count(*), sum(x)' FILE", &problem) &&
                      filter_options_apart(&options.data.filter, options.inputs.files, options.inputs.count, &problem),
                  &problem);
    return options;
}

/* What depends on the order of the input is lost when parts are merged in any order. */
static void refuse_ordered(const struct group_select *select)
{
    for (size_t i = 0; i < select->aggregates->count; i++)
        if (aggregate_is_ordered(&select->aggregates->list[i]))
            diag_die(STATUS_USAGE, "%s: depends on the order of the input, which --partial and --merge don't keep",
                select->aggregates->list[i].call->text);
}

/* Reads all records into groups; the exit status. */
static int collect(const struct options *options, struct group_run *run)
{
    struct chunks_options chunks = data_options_chunks(&options->data, NULL);
    struct chunks_total total;
    int status = chunks_run(rows_source(run->rows), &chunks, &group_run_work, run, &total);
    if (!options->merge)
        rows_warn_absent(run->rows, status == STATUS_OK ? total.records : 0);
    if (chunks.bad)
        output_close(chunks.bad);
    return status;
}

/* False with a problem. */
static bool write_result(const struct options *options, const struct group_report *report, struct groups *groups,
                         const char *name, struct problem *problem)
{
    struct output *out = output_start(STDOUT_FILENO, "stdout");
    bool good = options->partial ? group_report_partial(report, groups, name, options->front, out, problem)
                                 : group_report_write(report, groups, out, problem);
    output_close(out);
    return good;
}

static int aggregate(const struct options *options)
{
    struct path_set paths = {0}, partial_paths = {0};
    struct arena arena = {0};
    struct expr_options expr = {
        .ansi = options->data.ansi, .aggregates = true, .aggregate_at = aggregate_function_at, .paths = &paths};
    struct problem problem = {0};
    struct group_select *select = group_select_new(options->keys, options->list, options->having, options->data.order,
                                                   options->merge, &expr, &problem);
    expr.aggregates = false;
    struct expr *where = options->data.where ? expr_compile("where", options->data.where, NULL, &expr, &problem) : NULL;
    if (problem.status != STATUS_OK)
        problem_die(&problem);
    if (options->partial || options->merge)
        refuse_ordered(select);
    char name[PARTIAL_NAME_LEN + 1];
    partial_name(options->keys, options->list, name);
    unsigned threads = data_options_threads(&options->data);
    struct rows_options rows_options = data_options_rows(&options->data);
    if (options->merge)
        rows_options.form = states_form();
    struct group_run run = {.select = select, .where = where, .merge_name = options->merge ? name : NULL};
    run.memory = options->data.memory / MEMORY_PARTS * TABLE_PARTS / threads;
    if (options->merge)
        group_run_merge_paths(&run, &partial_paths, &arena);
    run.rows = rows_open(&options->inputs, &rows_options);
    if (!rows_bind(run.rows, options->merge ? &partial_paths : &paths, &problem))
        problem_die(&problem);
    run.path_count = paths.count;
    int status = collect(options, &run);
    const struct groups_options groups_options = group_run_options(&run);
    struct groups *groups = group_run_merge(&run, threads);
    struct group_report report = {
        .select = select, .groups_options = &groups_options, .paths = &paths, .threads = threads};
    report.project = data_options_project(&options->data, NULL);
    report.project.memory = options->data.memory / MEMORY_PARTS;
    if (status == STATUS_OK)
        write_result(options, &report, groups, name, &problem);
    groups_free(groups);
    rows_close(run.rows);
    expr_free(where);
    group_select_free(select);
    path_set_free(&paths);
    path_set_free(&partial_paths);
    arena_free(&arena);
    if (problem.status != STATUS_OK)
        problem_die(&problem);
    return status;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse_options(argc, argv);
    int status = aggregate(&options);
    inputs_free(&options.inputs);
    return status;
}

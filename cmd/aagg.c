/* aagg: NDJSON or TSV records into groups and aggregates: GROUP BY … HAVING … ORDER BY … LIMIT. */
#include <signal.h>
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
#include "group/live/deltas.h"
#include "group/live/live.h"
#include "group/live/live_options.h"
#include "group/live/ticker.h"
#include "group/partial.h"
#include "group/pivot.h"
#include "group/report.h"
#include "group/run.h"
#include "group/select.h"
#include "json/json.h"
#include "table/data_options.h"
#include "table/explode_options.h"
#include "table/form/row_form.h"
#include "table/rows.h"

enum { OPTION_HAVING = OPTIONS_OWN, OPTION_KEY_FIRST, OPTION_MERGE, OPTION_OFFSETS, OPTION_PARTIAL, OPTION_PIVOT };

static const struct option_row own_rows[] = {
    {'g', "group-by", "KEYS", .help = "a, b as x, year(t) as y (default: one group)", .heading = "groups",
     .words = "EXPRESSION"},
    {OPTION_HAVING, "having", "EXPR", .help = "only groups for which this is true", .words = "EXPRESSION"},
    {OPTION_PIVOT, "pivot", "COLUMN", .help = "columns for its values: those in the data, or 'COLUMN in (a, b as x)'",
     .words = "EXPRESSION"},
    {OPTION_PARTIAL, "partial", .help = "write partial states instead, to be merged later"},
    {OPTION_OFFSETS, "offsets", "JSON", .help = "with --partial: up to where the records go (aland --offsets)"},
    {OPTION_KEY_FIRST, "key-first", "hash|text",
     .help = "with --partial: the key's hash or text and a tab before each state"},
    {OPTION_MERGE, "merge", .help = "the input is partial states of the same -g and SELECT"},
    {0},
};

static void add_calls(struct buffer *into)
{
    expr_call_names(aggregate_function_at, NULL, into);
}

static const struct option_table table = {
    .usage = "usage: aagg [options] [-g KEYS] SELECT [FILE...]\n"
             "Groups NDJSON or TSV records: the keys' columns, then what SELECT computes of\n"
             "each group.\n",
    .parts = {own_rows, explode_options_rows, live_options_rows, data_options_list, filter_options_rows,
              options_common},
    .operands = (const struct option_operand[]){{.name = "select list", .words = "EXPRESSION"},
        {.name = "file", .words = "FILE", .repeats = true}, {0}},
    .calls = add_calls,
};

/* Of --memory, the tables of all threads get three quarters while records come, the rows of the result one. */
enum { MEMORY_PARTS = 4, TABLE_PARTS = 3 };

struct options {
    struct data_options data;
    const char *keys, *having, *list, *pivot;
    const char *offsets;
    bool partial, merge;
    struct explode_options explode;
    struct live_options live;
    enum partial_front front; /* --key-first */
    char **files;
    size_t file_count;
    struct inputs inputs; /* what is in them */
};

static bool take_option(struct options *options, int option, struct options_parser *parser, struct problem *problem)
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
    case OPTION_OFFSETS:
        return (options->offsets = parser->argument) != NULL;
    case OPTION_PARTIAL:
        options->partial = true;
        return true;
    case OPTION_PIVOT:
        options->pivot = parser->argument;
        return true;
    default:
        return explode_options_take(&options->explode, option, parser) ||
               live_options_take(&options->live, option, parser->argument, problem) ||
               (problem->status == STATUS_OK && data_options_take(&options->data, option, parser->argument, problem));
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
    if (options->partial && (options->having || data->order || data->has_limit || data->skip > 0))
        diag_die_usage("--partial writes all groups: --having, -o, -n and --offset go with --merge");
    if (options->partial && (data->to != output_form_default() || data->null || !data->header_out))
        diag_die_usage("--partial writes NDJSON of its own: -T, --table, --null and --no-header go with --merge");
    if (options->offsets && (!options->partial || options->merge || options->live.envelope || options->live.every))
        diag_die_usage("--offsets goes with --partial of records that do not say it themselves");
    if (options->front != PARTIAL_PLAIN && !options->partial)
        diag_die_usage("--key-first goes with --partial");
    if (options->merge && data->where)
        diag_die_usage("--merge: records have been chosen already: -w goes with --partial");
    if (options->merge && options->explode.count > 0)
        diag_die_usage("--merge: records have been exploded already: -e goes with --partial");
    if (options->merge && data->from && data->from != states_form() && data->from != row_form_find("envelope"))
        diag_die_usage("--merge: partial states are NDJSON, not %s", data->from->title);
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.data = data_options_start(), .live = live_options_start()};
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(&options, option, &parser, &problem), &problem);
    problem_check(data_options_check(&options.data, &problem), &problem);
    check_options(&options);
    options.live.deltas = options.partial;
    problem_check(live_options_check(&options.live, &options.data, &problem), &problem);
    if (options.live.every && options.merge)
        diag_die_usage("--every is for records: --merge goes without it");
    if (options.live.every && options.pivot)
        diag_die_usage("--every: which columns --pivot makes is known at the end: put it behind, on the last report");
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

/* What a run is made of, from the command line to the result. */
struct work {
    const struct options *options;
    struct path_set paths, partial_paths;
    struct arena arena;
    struct expr_options expr;
    struct explode *explode; /* or NULL */
    const char *keys;        /* with what is pivoted by */
    struct group_pivot *pivot; /* or NULL */
    struct group_select *select;
    struct expr *where;
    struct group_run run;
    struct groups_options groups_options;
    struct group_report report;
    char name[PARTIAL_NAME_LEN + 1];
    struct live_options live_options;
    struct live *live; /* --every */
    struct deltas *deltas; /* --every --partial */
    struct deltas_options deltas_options;
    struct output *out;
    unsigned threads;
    uint64_t records;
};

static void stop_reading(void *context)
{
    struct work *work = context;
    source_stop(rows_source(work->run.rows));
}

static void show_now(void *context, struct problem *problem)
{
    struct work *work = context;
    if (work->deltas)
        group_deltas_report(work->deltas, problem);
    else if (work->live)
        group_live_report(work->live, problem);
    else
        group_run_show(&work->run, &work->report, work->out, problem);
}

static void take_base(void *context, struct problem *problem)
{
    struct work *work = context;
    group_live_renew(work->live, problem);
}

static int64_t tick(void *context, struct problem *problem)
{
    struct work *work = context;
    return work->deltas ? group_deltas_tick(work->deltas, problem) : group_live_tick(work->live, problem);
}

/* What the records must give. */
static const struct path_set *record_paths(const struct work *work)
{
    return work->explode ? explode_record_paths(work->explode) : &work->paths;
}

static size_t slot_count(const struct work *work)
{
    return work->explode ? explode_slot_count(work->explode) : work->paths.count;
}

static void compile_select(struct work *work, struct problem *problem)
{
    const struct options *options = work->options;
    const struct group_pivot_options turned = {
        .pivot = options->pivot, .keys = options->keys, .list = options->list, .having = options->having,
        .order = options->data.order, .merging = options->merge, .table = &options->data.table};
    work->keys = options->keys;
    if (options->pivot)
        work->pivot = group_pivot_start(&turned, &work->expr, &work->select, problem);
    else
        work->select = group_select_new(options->keys, options->list, options->having, options->data.order,
                                        options->merge, &work->expr, problem);
    if (work->pivot)
        work->keys = group_pivot_keys(work->pivot);
}

static void compile(struct work *work)
{
    const struct options *options = work->options;
    struct problem problem = {0};
    work->explode = explode_options_start(&options->explode, options->data.ansi, aggregate_function_at, &problem);
    problem_check(problem.status == STATUS_OK, &problem);
    work->expr = (struct expr_options){
        .ansi = options->data.ansi, .aggregates = true, .aggregate_at = aggregate_function_at, .paths = &work->paths};
    if (work->explode) {
        work->expr.resolve = explode_resolve;
        work->expr.context = work->explode;
    }
    compile_select(work, &problem);
    work->expr.aggregates = false;
    if (problem.status == STATUS_OK && options->data.where)
        work->where = expr_compile("where", options->data.where, NULL, &work->expr, &problem);
    work->live_options = options->live;
    if (problem.status == STATUS_OK)
        live_options_compile(&work->live_options, work->select, &work->expr, &problem);
    if (problem.status != STATUS_OK ||
        !(work->pivot || table_check(&options->data.table, work->select->select, &problem)))
        problem_die(&problem);
    if (options->partial || options->merge || options->live.state || options->live.base)
        refuse_ordered(work->select);
}

/* --offsets */
static void take_offsets(const char *text, struct positions *positions)
{
    size_t len = text ? strlen(text) : 0, at;
    const char *message;
    const struct span object = {.text = text, .len = len, .type = SPAN_OBJECT};
    if (text && (*text != '{' || !json_check(text, len, &at, &message) || !positions_read(positions, object)))
        diag_die_usage("--offsets: expected {\"TOPIC\":{\"0\":42}}, not '%s'", text);
}

/* Opens the input; what reads it is ready. */
static void prepare(struct work *work)
{
    const struct options *options = work->options;
    struct problem problem = {0};
    partial_name(work->keys, options->list, work->name);
    work->threads = options->live.every ? 1 : data_options_threads(&options->data);
    struct rows_options rows_options = data_options_rows(&options->data);
    if (options->merge)
        rows_options.form = states_form();
    if (options->live.envelope)
        rows_options.form = row_form_find("envelope");
    rows_options.at_once = options->live.every && options->live.envelope; /* a state may have something to tell */
    rows_options.groups = options->live.every && options->partial;
    struct group_run *run = &work->run;
    *run = (struct group_run){
        .select = work->select, .explode = work->explode, .where = work->where,
        .merge_name = options->merge ? work->name : NULL};
    run->memory = options->data.memory / MEMORY_PARTS * TABLE_PARTS / work->threads;
    if (options->merge)
        group_run_merge_paths(run, &work->partial_paths, &work->arena);
    run->rows = rows_open(&options->inputs, &rows_options);
    group_run_init(run);
    if (!explode_options_fit(work->explode, rows_form(run->rows), &problem) ||
        !rows_bind(run->rows, options->merge ? &work->partial_paths : record_paths(work), &problem))
        problem_die(&problem);
    if (!work->explode)
        rows_where(run->rows, work->where);
    run->path_count = work->paths.count;
    take_offsets(options->offsets, &run->positions);
    work->report = (struct group_report){.select = work->select, .groups_options = &work->groups_options,
                                         .pivot = work->pivot,
                                         .slot_count = slot_count(work), .threads = work->threads};
    work->report.project = data_options_project(&options->data, NULL);
    work->report.project.memory = options->data.memory / MEMORY_PARTS;
    work->out = output_standard(&work->options->data.shrink);
}

static void start_live(struct work *work)
{
    const struct options *options = work->options;
    struct live_options *live = &work->live_options;
    struct problem problem = {0};
    live->name = work->name;
    live->paths = record_paths(work);
    live->skips_bad = options->data.filter.bad != NULL;
    live->memory = options->data.memory / MEMORY_PARTS * TABLE_PARTS;
    live->out = work->out;
    if (options->partial) {
        work->deltas_options = (struct deltas_options){.live = live, .front = options->front};
        work->deltas = group_deltas_start(&work->run, &work->report, &work->deltas_options, &problem);
        problem_check(problem.status == STATUS_OK, &problem);
        return;
    }
    live->repaint = live->repaint && isatty(STDOUT_FILENO);
    if (live->late_path)
        live->late = output_open(live->late_path);
    work->live = group_live_start(&work->run, &work->report, live, &problem);
    if (!work->live)
        problem_die(&problem);
}

/* Reads all records into groups; the exit status. */
static int collect(struct work *work)
{
    const struct options *options = work->options;
    struct chunks_options chunks = data_options_chunks(&options->data, NULL);
    struct chunks_total total;
    if (options->live.every) {
        chunks.threads = 1;
        source_watch_output(rows_source(work->run.rows), STDOUT_FILENO);
    }
    const struct chunks_work *how = work->deltas ? &group_deltas_work : work->live ? &group_live_work : &group_run_work;
    void *tool = work->deltas ? (void *)work->deltas : work->live ? (void *)work->live : &work->run;
    int status = chunks_run(rows_source(work->run.rows), &chunks, how, tool, &total);
    if (chunks.bad)
        output_close(chunks.bad);
    work->records = total.records;
    return status;
}

/* What the groups come to, unless a bad record ended them. */
static void write_result(struct work *work, int status, struct problem *problem)
{
    struct groups *groups = group_run_merge(&work->run, work->threads);
    if (status == STATUS_OK && problem->status == STATUS_OK && work->options->partial)
        group_report_partial(&work->report, groups, work->name, work->options->front,
                             work->run.positions.count > 0 ? &work->run.positions : NULL, work->out, problem);
    else if (status == STATUS_OK && problem->status == STATUS_OK)
        group_report_write(&work->report, groups, work->out, problem);
    groups_free(groups);
}

static void finish(struct work *work)
{
    positions_free(&work->run.positions);
    rows_close(work->run.rows);
    expr_free(work->where);
    live_options_free(&work->live_options);
    group_pivot_free(work->pivot);
    group_select_free(work->select);
    explode_free(work->explode);
    path_set_free(&work->paths);
    path_set_free(&work->partial_paths);
    arena_free(&work->arena);
}

static int aggregate(const struct options *options)
{
    struct work work = {.options = options};
    struct problem problem = {0};
    compile(&work);
    struct ticker *ticker = ticker_start(options->live.base != NULL);
    prepare(&work);
    if (options->live.every)
        start_live(&work);
    work.groups_options = group_run_options(&work.run);
    const struct ticker_work ticking = {.wake = work.deltas ? group_deltas_wake(work.deltas)
                                                : work.live ? group_live_wake(work.live)
                                                            : -1,
                                        .tick = options->live.every ? tick : NULL,
                                        .show = show_now, .renew = take_base, .stop = stop_reading, .context = &work};
    ticker_work(ticker, &ticking);
    int status = collect(&work), signal_number = ticker_rest(ticker, &problem);
    if (work.deltas)
        group_deltas_end(work.deltas, &problem);
    else if (work.live)
        group_live_end(work.live, status, &problem);
    else
        write_result(&work, status, &problem);
    if (!options->merge)
        rows_warn_absent(work.run.rows, status == STATUS_OK ? work.records : 0);
    if (work.live_options.late)
        output_close(work.live_options.late);
    output_close(work.out);
    ticker_end(ticker);
    if (problem.status != STATUS_OK)
        problem_die(&problem);
    finish(&work);
    if (signal_number)
        raise(signal_number);
    return status;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse_options(argc, argv);
    int status = aggregate(&options);
    inputs_free(&options.inputs);
    explode_options_free(&options.explode);
    return status;
}

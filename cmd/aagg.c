/* aagg: NDJSON or TSV records into groups and aggregates: GROUP BY … HAVING … ORDER BY … LIMIT. */
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "base/threads.h"
#include "frame/chunks.h"
#include "group/aggregate/aggregate.h"
#include "group/partial.h"
#include "group/report.h"
#include "group/run.h"
#include "group/select.h"
#include "table/data_options.h"
#include "table/form/row_form.h"
#include "table/rows.h"

static const char help[] =
    "usage: aagg [options] [-g KEYS] SELECT [FILE...]\n"
    "Groups NDJSON or TSV records: the keys' columns, then what SELECT computes of each group.\n"
    "  -g, --group-by KEYS      a, b as x, year(t) as y (default: one group of all records)\n"
    "  -w, --where EXPR         only records where this is true\n"
    "      --having EXPR        only groups where this is true\n"
    "  -o, --order-by KEYS      a, b desc nulls last, ... (default: as first seen)\n"
    "  -n, --limit N            at most N rows\n"
    "  -i, --from json|tsv      what comes in (default: told by the first byte)\n"
    "  -T, --to tsv|json|table  what goes out (default: tsv)\n"
    "      --table[=ROWS[,WIDTH]]  Spark's show(): 20 rows, cells of 20 characters; WIDTH 0: uncut\n"
    "      --vertical           the table with a line for each cell\n"
    "      --no-header          TSV without a header line, on both sides\n"
    "      --null STRING        TSV: what stands for null (default: \\N)\n"
    "      --partial            write partial states instead, to be merged later\n"
    "      --key-first hash|text  with --partial: the key's hash or text and a tab before each state\n"
    "      --merge              the input is partial states of the same -g and SELECT\n"
    "  -j, --threads N          threads (default: one a core)\n"
    "      --bad skip|FILE      count bad records and go on, or keep them in FILE\n"
    "      --framing line|nest  decide how records are told apart\n"
    "      --raw                input is not gzip, whatever it looks like\n"
    "      --memory SIZE        before temporary files are used (default: a quarter of the machine's)\n"
    "      --ansi               failing casts and divisions are errors, not nulls\n"
    "  -u, --unbuffered         take each record as it comes\n"
    "  -q, --quiet              no remarks\n"
    "  -h, --help; --version\n";

enum { OPTION_HAVING = DATA_OWN, OPTION_KEY_FIRST, OPTION_MERGE, OPTION_PARTIAL };

/* Of --memory, the tables of all threads get three quarters while records come, the rows of the result one. */
enum { MEMORY_PARTS = 4, TABLE_PARTS = 3 };

struct options {
    struct data_options data;
    const char *keys, *having, *list;
    bool partial, merge;
    enum partial_front front; /* --key-first */
    char **files;
    size_t file_count;
};

static void take_option(struct options *options, int option, char **argv)
{
    switch (option) {
    case 'g':
        options->keys = optarg;
        return;
    case OPTION_HAVING:
        options->having = optarg;
        return;
    case OPTION_KEY_FIRST:
        if (strcmp(optarg, "hash") != 0 && strcmp(optarg, "text") != 0)
            die_usage("--key-first: expected hash or text, not '%s'", optarg);
        options->front = *optarg == 'h' ? PARTIAL_HASH : PARTIAL_TEXT;
        return;
    case OPTION_MERGE:
        options->merge = true;
        return;
    case OPTION_PARTIAL:
        options->partial = true;
        return;
    default:
        data_option(&options->data, option, option == '?' || option == ':' ? argv[optind - 1] : optarg, help);
        return;
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
        die_usage("--partial writes all groups: --having, -o and -n go with --merge");
    if (options->partial && (data->to != output_form_default() || data->null || !data->header))
        die_usage("--partial writes NDJSON of its own: -T, --table, --null and --no-header go with --merge");
    if (options->front != PARTIAL_PLAIN && !options->partial)
        die_usage("--key-first goes with --partial");
    if (options->merge && data->where)
        die_usage("--merge: records have been chosen already: -w goes with --partial");
    if (options->merge && data->from && data->from != states_form())
        die_usage("--merge: partial states are NDJSON, not %s", data->from->title);
}

static struct options parse_options(int argc, char **argv)
{
    static const struct option own[] = {
        {"group-by", required_argument, NULL, 'g'},
        {"having", required_argument, NULL, OPTION_HAVING},
        {"key-first", required_argument, NULL, OPTION_KEY_FIRST},
        {"merge", no_argument, NULL, OPTION_MERGE},
        {"partial", no_argument, NULL, OPTION_PARTIAL},
    };
    struct options options = {.data = data_options_start()};
    struct option *all = data_options_long(own, sizeof own / sizeof *own);
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":g:" DATA_LETTERS, all, NULL)) != -1;)
        take_option(&options, option, argv);
    free(all);
    data_options_check(&options.data);
    check_options(&options);
    if (optind == argc)
        die_usage("expected a select list, such as 'count(*), max(score)'");
    options.list = argv[optind++];
    options.files = argv + optind;
    options.file_count = (size_t)(argc - optind);
    options_files(options.files, options.file_count, "quote the select list: aagg 'count(*), sum(x)' FILE");
    data_options_apart(&options.data, options.files, options.file_count);
    return options;
}

/* What depends on the order of the input is lost when parts are merged in any order. */
static void refuse_ordered(const struct group_select *select)
{
    for (size_t i = 0; i < select->aggregates->count; i++)
        if (aggregate_is_ordered(&select->aggregates->list[i]))
            die(STATUS_USAGE, "%s: depends on the order of the input, which --partial and --merge don't keep",
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
static bool write_result(const struct options *options, const struct group_report *report, struct groups *groups, const char *name,
                         struct problem *problem)
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
    struct expr_options expr = {.ansi = options->data.ansi, .aggregates = true, .aggregate_at = aggregate_function_at, .paths = &paths};
    struct problem problem = {0};
    struct group_select *select =
        group_select_new(options->keys, options->list, options->having, options->data.order, options->merge, &expr, &problem);
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
    run.rows = rows_open(options->files, options->file_count, &rows_options);
    if (!rows_bind(run.rows, options->merge ? &partial_paths : &paths, &problem))
        problem_die(&problem);
    int status = collect(options, &run);
    const struct groups_options groups_options = group_run_options(&run);
    struct groups *groups = group_run_merge(&run, threads);
    struct group_report report = {.select = select, .groups_options = &groups_options, .paths = &paths, .threads = threads};
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
    return aggregate(&options);
}

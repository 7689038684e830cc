/* ajoin: tables brought together by key, by time, or each row with each: inner, left, right, full, semi and anti joins.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "group/aggregate/aggregate.h"
#include "join/exploded.h"
#include "join/follow.h"
#include "join/names.h"
#include "join/partial.h"
#include "join/run.h"
#include "join/several.h"
#include "table/data_options.h"
#include "table/explode_options.h"
#include "table/form/row_form.h"
#include "table/project.h"
#include "table/rows.h"
#include "table/table.h"

enum {
    OPTION_KIND = OPTIONS_OWN, /* + enum join_kind */
    OPTION_CROSS = OPTION_KIND + JOIN_ANTI + 1,
    OPTION_ON,
    OPTION_ASOF,
    OPTION_DIRECTION,
    OPTION_TOLERANCE,
    OPTION_NO_EQUAL,
    OPTION_FOLLOW,
    OPTION_PARTIAL,
    OPTION_ROWS,
    OPTION_FIRST_PLACE,
    OPTION_MERGE,
    OPTION_PLACE_FIRST,
};

static const struct option_row own_rows[] = {
    {'k', "key", "KEYS", .help = "columns to match; a=b where their names differ", .heading = "joins"},
    {OPTION_ON, "on", "EXPR", .help = "and pairs must fulfil this to be pairs", .words = "EXPRESSION"},
    {OPTION_KIND + JOIN_INNER, "inner", .help = "rows that match (the default)",
     .excludes = "left right full semi anti cross"},
    {OPTION_KIND + JOIN_LEFT, "left", .help = "and the left rows that match nothing",
     .excludes = "inner right full semi anti cross"},
    {OPTION_KIND + JOIN_RIGHT, "right", .help = "and the right rows that match nothing",
     .excludes = "inner left full semi anti cross"},
    {OPTION_KIND + JOIN_FULL, "full", .help = "and both; the key is whichever side's there is",
     .excludes = "inner left right semi anti cross"},
    {OPTION_KIND + JOIN_SEMI, "semi", .help = "left rows that match something, left columns only",
     .excludes = "inner left right full anti cross"},
    {OPTION_KIND + JOIN_ANTI, "anti", .help = "left rows that match nothing",
     .excludes = "inner left right full semi cross"},
    {OPTION_CROSS, "cross", .help = "each left row with each right one, without keys",
     .excludes = "inner left right full semi anti"},
    {OPTION_ASOF, "asof", "TIME", .help = "only the nearest earlier right row of a key; a=b where their names differ"},
    {OPTION_DIRECTION, "direction", "backward|forward|nearest", .help = "with --asof: which rows (default: backward)"},
    {OPTION_TOLERANCE, "tolerance", "N|DURATION", .help = "with --asof: none that is farther away"},
    {OPTION_NO_EQUAL, "no-equal", .help = "with --asof: none of the same time"},
    {OPTION_FOLLOW, "follow", .help = "LEFT is a stream, RIGHT a table that changes: a file, or a pipe of changes"},
    {OPTION_PARTIAL, "partial", "left|right", .help = "write this side's rows, for --merge, behind their keys' hashes",
     .excludes = "follow merge", .heading = "over processes"},
    {OPTION_ROWS, "rows", "FILE", .help = "with --partial: the side's rows are here; LEFT or RIGHT shows its columns",
     .words = "FILE"},
    {OPTION_FIRST_PLACE, "first-place", "N", .help = "with --partial: the number of the first row (default: 0)"},
    {OPTION_MERGE, "merge", .help = "join such rows of both sides, out of stdin", .excludes = "follow partial"},
    {OPTION_PLACE_FIRST, "place-first", .help = "with --merge: each row's place in front of it, 32 digits"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: ajoin [options] -k KEY[=KEY2],... SELECT LEFT RIGHT...\n"
             "Joins two inputs or more, NDJSON or TSV each, by key; one of them may be -\n"
             "(stdin). SELECT: l.x, r.y, r2.z (the third), names that only one side has,\n"
             "keys, expressions, * (keys, left's, right's columns). Rows come in left's order,\n"
             "then right's.\n",
    .parts = {own_rows, explode_options_rows, data_options_list, filter_options_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "select list", .words = "EXPRESSION"},
        {.name = "left", .words = "FILE"}, {.name = "right", .words = "FILE", .repeats = true}, {0}},
    .calls = data_options_calls,
};

struct options {
    struct data_options data;
    struct explode_options explode;
    enum join_kind kind;
    bool kind_given, cross, follow, right_is_file;
    bool partial, merge, place_first;
    enum join_side_name partial_side; /* left unless said */
    const char *rows;        /* --rows; or NULL */
    uint64_t first_place;
    bool asof_more;          /* an option that goes with --asof */
    struct join_asof asof;
    const char *keys, *time, *on;
    const char *select;
    char **files;            /* left, right, … */
    size_t side_count;
    struct inputs *inputs;   /* what is in each */
    uint64_t *bytes;         /* and how much */
};

static bool take_kind(struct options *options, int option, struct problem *problem)
{
    if (options->kind_given)
        return problem_usage(problem, "only one of --inner, --left, --right, --full, --semi, --anti, --cross");
    options->kind_given = true;
    options->cross = option == OPTION_CROSS;
    if (!options->cross)
        options->kind = (enum join_kind)(option - OPTION_KIND);
    return true;
}

static bool take_option(struct options *options, int option, struct options_parser *parser, struct problem *problem)
{
    const char *argument = parser->argument;
    options->asof_more |= option == OPTION_DIRECTION || option == OPTION_TOLERANCE || option == OPTION_NO_EQUAL;
    switch (option) {
    case 'k':
        options->keys = argument;
        return true;
    case OPTION_ON:
        options->on = argument;
        return true;
    case OPTION_ASOF:
        options->time = argument;
        return true;
    case OPTION_DIRECTION:
        return join_asof_direction(&options->asof, argument, problem);
    case OPTION_TOLERANCE:
        return join_asof_tolerance(&options->asof, argument, problem);
    case OPTION_NO_EQUAL:
        return options->asof.no_equal = true;
    case OPTION_FOLLOW:
        return options->follow = true;
    case OPTION_PARTIAL:
        options->partial = true;
        options->partial_side = strcmp(argument, "right") == 0 ? JOIN_SIDE_RIGHT : JOIN_SIDE_LEFT;
        return strcmp(argument, "left") == 0 || strcmp(argument, "right") == 0 ||
               problem_usage(problem, "--partial %s: expected left or right", argument);
    case OPTION_ROWS:
        return (options->rows = argument) != NULL;
    case OPTION_FIRST_PLACE:
        return options_number("--first-place", argument, 0, INT64_MAX, &options->first_place, problem);
    case OPTION_MERGE:
        return options->merge = true;
    case OPTION_PLACE_FIRST:
        return options->place_first = true;
    default:
        if (option >= OPTION_KIND && option <= OPTION_CROSS)
            return take_kind(options, option, problem);
        return explode_options_take(&options->explode, option, parser) ||
               data_options_take(&options->data, option, argument, problem);
    }
}

static void check_follow(struct options *options)
{
    struct problem problem = {0};
    if (options->kind == JOIN_RIGHT || options->kind == JOIN_FULL)
        diag_die_usage("--follow: which right rows match nothing is not known before the end: --inner, --left, --semi, "
                       "--anti");
    if (options->data.order)
        diag_die_usage("--follow: there is no order before the end: -o goes without it");
    if (options->time || !options->keys)
        diag_die_usage("--follow: the table is looked up by its key, -k: not by --asof, --cross or --on alone");
    if (options->side_count > 2 || options->explode.count > 0)
        diag_die_usage("--follow: joins one stream with one table; a second one, or aflatten -e, goes behind it");
    problem_check(join_follow_is_file(options->files[1], &options->right_is_file, &problem), &problem);
}

/* Of a join over several processes. */
static void check_processes(const struct options *options)
{
    const struct data_options *data = &options->data;
    const char *option = options->partial ? "--partial" : "--merge";
    if ((options->rows || options->first_place > 0) && !options->partial)
        diag_die_usage("--rows and --first-place go with --partial");
    if (options->place_first && !options->merge)
        diag_die_usage("--place-first goes with --merge");
    if (!options->partial && !options->merge)
        return;
    if (options->partial && options->merge)
        diag_die_usage("--partial and --merge: one after the other");
    if (options->follow || options->side_count > 2 || options->explode.count > 0)
        diag_die_usage("%s is of two files, without --follow; aflatten -e goes behind it", option);
    bool taken = options->merge || (options->rows && strcmp(options->rows, "-") == 0);
    for (size_t i = 0; i < options->side_count; i++)
        if (taken && strcmp(options->files[i], "-") == 0)
            diag_die_usage("%s: stdin has the rows: LEFT and RIGHT are files that show their columns",
                           options->merge ? "--merge" : "--rows -");
    bool lines = strcmp(data->to->name, "tsv") == 0 || strcmp(data->to->name, "json") == 0;
    if (options->place_first && (!lines || data->order || data->has_limit || data->skip > 0))
        diag_die_usage("--place-first: rows are lines, -T tsv or json, of which those in front of it choose: without "
                       "-o, -n, --offset");
}

static void check_keys(const struct options *options)
{
    if (!options->keys && !options->on && !options->cross && !options->time)
        diag_die_usage("-k KEY is needed: the column to match; --on, --asof and --cross do without");
}

static void check_joins(struct options *options)
{
    bool several = options->side_count > 2;
    if (options->cross && (options->keys || options->on || options->time))
        diag_die_usage("--cross: each row with each: -k, --on and --asof go without it");
    if (options->asof_more && !options->time)
        diag_die_usage("--direction, --tolerance and --no-equal go with --asof");
    if (several && options->on && options->kind != JOIN_INNER)
        diag_die_usage("--on: which of several joins it is of can't be said: join two files at a time");
    if (several && options->on && options->time)
        diag_die_usage("--on: with --asof and more than two files, join two at a time");
    if (several && options->time && (options->kind == JOIN_RIGHT || options->kind == JOIN_FULL))
        diag_die_usage("--asof: --right and --full are of two files");
    if (options->follow)
        check_follow(options);
    check_processes(options);
}

static void find_inputs(struct options *options)
{
    struct problem problem = {0};
    size_t from_stdin = 0;
    options->inputs = mem_zero(options->side_count, sizeof *options->inputs);
    options->bytes = mem_zero(options->side_count, sizeof *options->bytes);
    for (size_t i = 0; i < options->side_count; i++) {
        struct inputs *inputs = &options->inputs[i];
        problem_check(inputs_find(inputs, options->files + i, 1, &problem) &&
                          options_files(inputs->files, inputs->count,
                                        "quote the select list: ajoin -k KEY 'a, b' LEFT RIGHT", &problem) &&
                          filter_options_apart(&options->data.filter, inputs->files, inputs->count, &problem),
                      &problem);
        options->bytes[i] = join_bytes_of(inputs);
        from_stdin += strcmp(options->files[i], "-") == 0;
    }
    if (from_stdin > 1)
        diag_die_usage("only one side can be stdin");
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {.data = data_options_start(), .kind = JOIN_INNER};
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(&options, option, &parser, &problem), &problem);
    problem_check(data_options_check(&options.data, &problem), &problem);
    size_t count;
    char **operands = options_operands(&parser, &count);
    options.side_count = count > 0 ? count - 1 : 0;
    check_keys(&options);
    if (options.side_count < 2)
        diag_die_usage("expected SELECT LEFT RIGHT: a quoted select list and two files (- is stdin)");
    options.select = operands[0];
    options.files = operands + 1;
    find_inputs(&options);
    check_joins(&options);
    return options;
}

/* What the command line compiles to. */
struct work {
    const struct options *options;
    struct join_names names;
    struct explode *explode; /* or NULL */
    struct join_exploded exploded;
    struct expr_options expr;
    struct select *select;
    struct expr *where, *on;
    struct order *order;
};

static void open_sides(struct work *work)
{
    const struct options *options = work->options;
    struct join_names *names = &work->names;
    struct rows_options rows = data_options_rows(&options->data);
    join_names_init(names, options->side_count);
    for (size_t i = 0; i < options->side_count; i++) {
        names->sides[i].name = options->files[i];
        if (i == JOIN_SIDE_RIGHT && options->follow && !options->right_is_file) {
            rows.at_once = true; /* there may be no change for long */
            rows.form = rows.form ? rows.form : row_form_find("json");
        }
        rows.row_groups.on = options->data.row_groups.on && i == (size_t)options->partial_side;
        rows.lines.on = options->data.lines.on && i == (size_t)options->partial_side;
        names->sides[i].rows = rows_open(&options->inputs[i], &rows);
    }
    names->sides[JOIN_SIDE_LEFT].unseen = options->follow;
    names->sides[JOIN_SIDE_RIGHT].unseen = options->follow && !options->right_is_file;
    names->kind = options->kind;
    struct problem problem = {0};
    if (!join_names_start(names, options->keys, options->time, &problem))
        problem_die(&problem);
}

static void compile(struct work *work)
{
    const struct options *options = work->options;
    struct join_names *names = &work->names;
    struct problem problem = {0};
    struct expr_options joined = {.ansi = options->data.ansi, .aggregate_at = aggregate_function_at,
                                  .resolve = join_names_resolve, .context = names};
    work->expr = joined;
    work->explode = explode_options_start(&options->explode, options->data.ansi, aggregate_function_at, &problem);
    if (work->explode)
        join_exploded_names(&work->exploded, names, work->explode, &work->expr);
    work->select = problem.status == STATUS_OK
                       ? select_compile("select list", options->select, &work->expr, &problem)
                       : NULL;
    if (!work->select || !join_names_stars(names, work->select, &work->expr, &problem))
        problem_die(&problem);
    if (options->data.where)
        work->where = expr_compile("where", options->data.where, NULL, &work->expr, &problem);
    names->kind = JOIN_INNER; /* also where only the left side's columns come out */
    if (options->on)
        work->on = expr_compile("--on", options->on, NULL, &joined, &problem);
    names->kind = options->kind;
    if (options->data.order)
        work->order = order_compile("order by", options->data.order, work->select, &work->expr, &problem);
    if (work->explode && problem.status == STATUS_OK)
        join_exploded_compile(&work->exploded, &problem);
    if (options->follow && !options->right_is_file)
        join_follow_paths(names);
    if (problem.status != STATUS_OK || !table_check(&options->data.table, work->select, &problem) ||
        (options->side_count == 2 && !options->partial && !options->merge && !join_names_bind(names, &problem)))
        problem_die(&problem);
}

/* --merge: rows of both sides, out of standard input. */
static int merge(struct join_run *run, struct output *out, struct problem *problem)
{
    static char *const standard[] = {(char *)(uintptr_t)"-"};
    const struct inputs inputs = {.files = standard, .count = 1};
    const struct rows_options options = {.form = row_form_find("json")};
    struct rows *states = rows_open(&inputs, &options);
    int status = join_partial_merge(run, states, out, problem);
    rows_close(states);
    return status;
}

static int run(struct work *work, struct output *out, struct problem *problem)
{
    const struct options *options = work->options;
    const struct data_options *data = &options->data;
    struct chunks_options chunks = data_options_chunks(data, out);
    const struct rows_options rows = data_options_rows(data);
    struct join_run run = {
        .join = {.names = &work->names, .where = work->where, .on = work->on,
                 .asof = options->time ? &options->asof : NULL, .threads = data_options_threads(data),
                 .skip_bad = data->filter.bad != NULL},
        .select = work->select, .order = work->order, .project = data_options_project(data, NULL), .chunks = &chunks,
        .memory = data->memory, .bytes = {options->bytes[0], options->bytes[1]},
        .follow = options->follow ? &options->inputs[1] : NULL, .follow_file = options->right_is_file, .rows = &rows};
    struct join_several several = {.names = &work->names, .bytes = options->bytes};
    run.project.places = options->place_first;
    int status = options->side_count > 2 ? join_several_start(&several, &run, problem) : STATUS_OK;
    if (status == STATUS_OK && work->explode)
        status = join_exploded_run(&work->exploded, &run, out, problem);
    else if (options->merge)
        status = merge(&run, out, problem);
    else if (status == STATUS_OK)
        status = join_run(&run, out, problem);
    join_several_end(&several);
    if (chunks.bad)
        output_close(chunks.bad);
    return status;
}

/* --partial: the rows of one side, which are in its file, or elsewhere. */
static int write_partial(struct work *work, struct output *out, struct problem *problem)
{
    const struct options *options = work->options;
    struct join_names *names = &work->names;
    struct join_side *side = &names->sides[options->partial_side];
    struct chunks_options chunks = data_options_chunks(&options->data, out);
    struct join join = {.names = names, .asof = options->time ? &options->asof : NULL,
                        .threads = data_options_threads(&options->data), .skip_bad = chunks.skip_bad};
    struct inputs elsewhere = {0};
    struct rows *shown = side->rows;
    if (options->rows) {
        struct rows_options rows = data_options_rows(&options->data);
        if (!inputs_find(&elsewhere, (char *const *)&options->rows, 1, problem))
            return (int)problem->status;
        rows.form = rows_form(shown);
        side->rows = rows_open(&elsewhere, &rows);
    }
    int status = join_names_bind_side(names, options->partial_side, problem)
                     ? join_partial_write(&join, options->partial_side, options->first_place, &chunks, out)
                     : (int)problem->status;
    if (options->rows) {
        rows_close(side->rows);
        side->rows = shown;
        inputs_free(&elsewhere);
    }
    if (join.problem.status != STATUS_OK)
        *problem = join.problem;
    if (chunks.bad)
        output_close(chunks.bad);
    return status;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse_options(argc, argv);
    struct work work = {.options = &options, .names = {.kind = options.kind}};
    struct problem problem = {0};
    open_sides(&work);
    compile(&work);
    struct output *out = output_standard(&options.data.shrink);
    int status = options.partial ? write_partial(&work, out, &problem) : run(&work, out, &problem);
    output_close(out);
    if (problem.status != STATUS_OK)
        problem_die(&problem);
    join_exploded_free(&work.exploded);
    select_free(work.select);
    expr_free(work.where);
    expr_free(work.on);
    explode_free(work.explode);
    for (size_t i = 0; i < options.side_count; i++) {
        rows_close(work.names.sides[i].rows);
        inputs_free(&options.inputs[i]);
    }
    join_names_free(&work.names);
    explode_options_free(&options.explode);
    free(options.inputs);
    free(options.bytes);
    return status;
}

/* ajoin: two tables brought together by key: inner, left, right, full, semi and anti joins. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "group/aggregate/aggregate.h"
#include "join/follow.h"
#include "join/join.h"
#include "join/names.h"
#include "table/data_options.h"
#include "table/form/row_form.h"
#include "table/project.h"
#include "table/rows.h"

enum { OPTION_KIND = OPTIONS_OWN /* + enum join_kind */, OPTION_ON = OPTION_KIND + JOIN_ANTI + 1, OPTION_FOLLOW };

static const struct option_row own_rows[] = {
    {'k', "key", "KEYS", .help = "columns to match; a=b where their names differ", .heading = "joins"},
    {OPTION_ON, "on", "EXPR", .help = "and pairs must fulfil this to be pairs", .words = "EXPRESSION"},
    {OPTION_KIND + JOIN_INNER, "inner", .help = "rows that match (the default)",
     .excludes = "left right full semi anti"},
    {OPTION_KIND + JOIN_LEFT, "left", .help = "and the left rows that match nothing",
     .excludes = "inner right full semi anti"},
    {OPTION_KIND + JOIN_RIGHT, "right", .help = "and the right rows that match nothing",
     .excludes = "inner left full semi anti"},
    {OPTION_KIND + JOIN_FULL, "full", .help = "and both; the key is whichever side's there is",
     .excludes = "inner left right semi anti"},
    {OPTION_KIND + JOIN_SEMI, "semi", .help = "left rows that match something, left columns only",
     .excludes = "inner left right full anti"},
    {OPTION_KIND + JOIN_ANTI, "anti", .help = "left rows that match nothing", .excludes = "inner left right full semi"},
    {OPTION_FOLLOW, "follow", .help = "LEFT is a stream, RIGHT a table that changes: a file, or a pipe of changes"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: ajoin [options] -k KEY[=KEY2],... SELECT LEFT RIGHT\n"
             "Joins two inputs, NDJSON or TSV each, by key; one of them may be - (stdin).\n"
             "SELECT: l.x, r.y, names that only one side has, keys, expressions, * (keys,\n"
             "left's, right's columns). Rows come in left's order, then right's.\n",
    .parts = {own_rows, data_options_list, filter_options_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "select list", .words = "EXPRESSION"},
        {.name = "left", .words = "FILE"}, {.name = "right", .words = "FILE"}, {0}},
    .calls = data_options_calls,
};

/* The left side is kept instead of the right one if it is so many times smaller. */
enum { SMALLER = 4 };

struct options {
    struct data_options data;
    enum join_kind kind;
    bool kind_given, follow, right_is_file;
    const char *keys, *on;
    const char *select;
    char **files; /* left, right */
    struct inputs inputs[2]; /* what is in them */
};

static bool take_option(struct options *options, int option, const struct options_parser *parser,
                        struct problem *problem)
{
    if (option == 'k') {
        options->keys = parser->argument;
        return true;
    }
    if (option == OPTION_ON) {
        options->on = parser->argument;
        return true;
    }
    if (option == OPTION_FOLLOW)
        return options->follow = true;
    if (option < OPTION_KIND || option > OPTION_KIND + JOIN_ANTI)
        return data_options_take(&options->data, option, parser->argument, problem);
    if (options->kind_given)
        return problem_usage(problem, "only one of --inner, --left, --right, --full, --semi, --anti");
    options->kind = (enum join_kind)(option - OPTION_KIND);
    return options->kind_given = true;
}

static void check_follow(struct options *options)
{
    struct problem problem = {0};
    if (options->kind == JOIN_RIGHT || options->kind == JOIN_FULL)
        diag_die_usage("--follow: which right rows match nothing is not known before the end: --inner, --left, --semi, "
                       "--anti");
    if (options->data.order)
        diag_die_usage("--follow: there is no order before the end: -o goes without it");
    problem_check(join_follow_is_file(options->files[1], &options->right_is_file, &problem), &problem);
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
    if (!options.keys)
        diag_die_usage("-k KEY is needed: the column to match");
    size_t count;
    char **operands = options_operands(&parser, &count);
    if (count != 3)
        diag_die_usage("expected SELECT LEFT RIGHT: a quoted select list and two files (- is stdin)");
    options.select = operands[0];
    options.files = operands + 1;
    for (size_t i = 0; i < 2; i++) {
        struct inputs *inputs = &options.inputs[i];
        problem_check(inputs_find(inputs, options.files + i, 1, &problem) &&
                          options_files(inputs->files, inputs->count,
                                        "quote the select list: ajoin -k KEY 'a, b' LEFT RIGHT", &problem) &&
                          filter_options_apart(&options.data.filter, inputs->files, inputs->count, &problem),
                      &problem);
    }
    if (strcmp(options.files[0], "-") == 0 && strcmp(options.files[1], "-") == 0)
        diag_die_usage("only one side can be stdin");
    if (options.follow)
        check_follow(&options);
    return options;
}

/* The size of regular files, 0 if one is none: it can't be known. */
static uint64_t bytes_of(const struct inputs *inputs)
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
static enum join_side_name choose_build(const struct inputs *sides)
{
    uint64_t left = bytes_of(&sides[0]), right = bytes_of(&sides[1]);
    return left > 0 && left < right / SMALLER ? JOIN_SIDE_LEFT : JOIN_SIDE_RIGHT;
}

static void open_sides(struct join_names *names, const struct options *options)
{
    struct rows_options rows = data_options_rows(&options->data);
    for (size_t i = 0; i < 2; i++) {
        names->sides[i].name = options->files[i];
        if (i == JOIN_SIDE_RIGHT && options->follow && !options->right_is_file) {
            rows.at_once = true; /* there may be no change for long */
            rows.form = rows.form ? rows.form : row_form_find("json");
        }
        names->sides[i].rows = rows_open(&options->inputs[i], &rows);
    }
    names->sides[JOIN_SIDE_LEFT].unseen = options->follow;
    names->sides[JOIN_SIDE_RIGHT].unseen = options->follow && !options->right_is_file;
    names->kind = options->kind;
    struct problem problem = {0};
    if (!join_names_start(names, options->keys, &problem))
        problem_die(&problem);
}

/* The side that is kept is read; then the project can be made, as it must know if rows need sorting. */
static int run(struct join *join, const struct options *options, const struct select *select, const struct order *order,
               struct output *out)
{
    static const struct order by_place = {.keys = NULL};
    struct chunks_options chunks = data_options_chunks(&options->data, out);
    const struct rows_options rows = data_options_rows(&options->data);
    int status = options->follow ? join_follow_start(join, &options->inputs[1], options->right_is_file, &rows, &chunks)
                                 : join_build(join, &chunks);
    if (status == STATUS_OK) {
        if (!order && join_out_of_order(join))
            order = &by_place;
        struct project_options project = data_options_project(&options->data, order);
        if (order)
            project.memory /= 2; /* the other half is the join's */
        join->project = project_new(select, &project);
        if (!rows_failed(join->names->sides[join->build == JOIN_SIDE_LEFT ? JOIN_SIDE_RIGHT : JOIN_SIDE_LEFT].rows))
            project_header(join->project, out);
        status = join_probe(join, &chunks, out);
        project_finish(join->project, status == STATUS_OK, out);
    }
    int followed = join_follow_end(join);
    if (status == STATUS_OK)
        status = followed;
    if (chunks.bad)
        output_close(chunks.bad);
    return status;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse_options(argc, argv);
    struct join_names names = {.kind = options.kind};
    open_sides(&names, &options);
    struct expr_options expr = {.ansi = options.data.ansi,
                                .aggregate_at = aggregate_function_at,
                                .resolve = join_names_resolve,
                                .context = &names};
    struct problem problem = {0};
    struct select *select = select_compile("select list", options.select, &expr, &problem);
    if (!select || !join_names_stars(&names, select, &expr, &problem))
        problem_die(&problem);
    struct expr *where = options.data.where ? expr_compile("where", options.data.where, NULL, &expr, &problem) : NULL;
    names.kind = JOIN_INNER; /* also where only the left side's columns come out */
    struct expr *on = options.on ? expr_compile("--on", options.on, NULL, &expr, &problem) : NULL;
    names.kind = options.kind;
    struct order *order =
        options.data.order ? order_compile("order by", options.data.order, select, &expr, &problem) : NULL;
    if (options.follow && !options.right_is_file)
        join_follow_paths(&names);
    if (problem.status != STATUS_OK || !table_check(&options.data.table, select, &problem) ||
        !join_names_bind(&names, &problem))
        problem_die(&problem);
    struct join join = {.names = &names, .where = where, .on = on,
                        .build = options.follow ? JOIN_SIDE_RIGHT : choose_build(options.inputs),
                        .threads = data_options_threads(&options.data), .skip_bad = options.data.filter.bad != NULL};
    bool sorts = order || (join.build == JOIN_SIDE_LEFT && options.kind != JOIN_SEMI && options.kind != JOIN_ANTI);
    join.memory = sorts ? options.data.memory / 2 : options.data.memory;

    struct output *out = output_standard(&options.data.shrink);
    int status = run(&join, &options, select, order, out);
    output_close(out);
    if (join.problem.status != STATUS_OK)
        problem_die(&join.problem);
    join_free(&join);
    select_free(select);
    expr_free(where);
    expr_free(on);
    join_names_free(&names);
    for (size_t i = 0; i < 2; i++) {
        rows_close(names.sides[i].rows);
        inputs_free(&options.inputs[i]);
    }
    return status;
}

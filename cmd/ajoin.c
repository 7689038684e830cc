/* ajoin: two tables brought together by key: inner, left, right, full, semi and anti joins. */
#include <getopt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "group/aggregate/aggregate.h"
#include "join/join.h"
#include "join/names.h"
#include "table/data_options.h"
#include "table/project.h"
#include "table/rows.h"

static const char help[] =
    "usage: ajoin [options] -k KEY[=KEY2],... SELECT LEFT RIGHT\n"
    "Joins two inputs, NDJSON or TSV each, by key; one of them may be - (stdin).\n"
    "SELECT: l.x, r.y, names that only one side has, keys, expressions, * (keys, left's, right's columns).\n"
    "  -k, --key KEYS           columns to match; a=b where their names differ\n"
    "      --inner              rows that match (the default)\n"
    "      --left, --right      and the left (right) rows that match nothing\n"
    "      --full               and both; the key is whichever side's there is\n"
    "      --semi, --anti       left rows that match something (nothing), left columns only\n"
    "  -w, --where EXPR         only joined rows where this is true\n"
    "  -o, --order-by KEYS      a, b desc nulls last, ... (default: left's order, then right's)\n"
    "  -n, --limit N            at most N rows\n"
    "  -i, --from json|tsv      what comes in on both sides (default: told by the first byte of each)\n"
    "  -T, --to tsv|json|table  what goes out (default: tsv)\n"
    "      --table[=ROWS[,WIDTH]]  Spark's show(): 20 rows, cells of 20 characters; WIDTH 0: uncut\n"
    "      --vertical           the table with a line for each cell\n"
    "      --no-header          TSV without a header line, on all sides\n"
    "      --null STRING        TSV: what stands for null (default: \\N)\n"
    "  -j, --threads N          threads (default: one a core)\n"
    "      --bad skip|FILE      count bad records and go on, or keep them in FILE\n"
    "      --framing line|nest  decide how records are told apart\n"
    "      --raw                input is not gzip, whatever it looks like\n"
    "      --memory SIZE        rows kept, before temporary files are used\n"
    "      --ansi               failing casts and divisions are errors, not nulls\n"
    "  -u, --unbuffered         flush each record\n"
    "  -q, --quiet              no remarks\n"
    "  -h, --help; --version\n";

enum { OPTION_KIND = DATA_OWN }; /* + enum join_kind */

/* The left side is kept instead of the right one if it is so many times smaller. */
enum { SMALLER = 4 };

struct options {
    struct data_options data;
    enum join_kind kind;
    bool kind_given;
    const char *keys;
    const char *select;
    char **files; /* left, right */
};

static void take_option(struct options *options, int option, char **argv)
{
    if (option == 'k') {
        options->keys = optarg;
    } else if (option >= OPTION_KIND && option <= OPTION_KIND + JOIN_ANTI) {
        if (options->kind_given)
            die_usage("only one of --inner, --left, --right, --full, --semi, --anti");
        options->kind = (enum join_kind)(option - OPTION_KIND);
        options->kind_given = true;
    } else {
        data_option(&options->data, option, option == '?' || option == ':' ? argv[optind - 1] : optarg, help);
    }
}

static struct options parse_options(int argc, char **argv)
{
    static const struct option own[] = {
        {"key", required_argument, NULL, 'k'},
        {"inner", no_argument, NULL, OPTION_KIND + JOIN_INNER},
        {"left", no_argument, NULL, OPTION_KIND + JOIN_LEFT},
        {"right", no_argument, NULL, OPTION_KIND + JOIN_RIGHT},
        {"full", no_argument, NULL, OPTION_KIND + JOIN_FULL},
        {"semi", no_argument, NULL, OPTION_KIND + JOIN_SEMI},
        {"anti", no_argument, NULL, OPTION_KIND + JOIN_ANTI},
    };
    struct options options = {.data = data_options_start(), .kind = JOIN_INNER};
    struct option *all = data_options_long(own, sizeof own / sizeof *own);
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":k:" DATA_LETTERS, all, NULL)) != -1;)
        take_option(&options, option, argv);
    free(all);
    data_options_check(&options.data);
    if (!options.keys)
        die_usage("-k KEY is needed: the column to match");
    if (argc - optind != 3)
        die_usage("expected SELECT LEFT RIGHT: a quoted select list and two files (- is stdin)");
    options.select = argv[optind];
    options.files = argv + optind + 1;
    options_files(options.files, 2, "quote the select list: ajoin -k KEY 'a, b' LEFT RIGHT");
    data_options_apart(&options.data, options.files, 2);
    if (strcmp(options.files[0], "-") == 0 && strcmp(options.files[1], "-") == 0)
        die_usage("only one side can be stdin");
    return options;
}

/* The size of a regular file, 0 if there is none to know. */
static uint64_t bytes_of(const char *name)
{
    struct stat info;
    if (strcmp(name, "-") == 0 || stat(name, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0)
        return 0;
    return (uint64_t)info.st_size;
}

/* Keeping the right side lets rows come out in order as the left one streams; a much smaller left side
 * is kept for memory's sake. */
static enum join_side_name choose_build(char *const *files)
{
    uint64_t left = bytes_of(files[0]), right = bytes_of(files[1]);
    return left > 0 && left < right / SMALLER ? JOIN_SIDE_LEFT : JOIN_SIDE_RIGHT;
}

static void open_sides(struct join_names *names, const struct options *options)
{
    struct rows_options rows = data_options_rows(&options->data);
    for (size_t i = 0; i < 2; i++) {
        names->sides[i].name = options->files[i];
        names->sides[i].rows = rows_open(options->files + i, 1, &rows);
    }
    names->kind = options->kind;
    join_names_start(names, options->keys);
}

/* The side that is kept is read; then the project can be made, as it must know if rows need sorting. */
static int run(struct join *join, const struct options *options, const struct select *select, const struct order *order,
               struct output *out)
{
    static const struct order by_place = {.keys = NULL};
    struct chunks_options chunks = data_options_chunks(&options->data, out);
    int status = join_build(join, &chunks);
    if (status == STATUS_OK) {
        if (!order && join_out_of_order(join))
            order = &by_place;
        struct project_options project = data_options_project(&options->data, order);
        if (order)
            project.memory /= 2; /* the other half is the join's */
        join->project = project_new(select, &project);
        project_header(join->project, out);
        status = join_probe(join, &chunks, out);
        project_finish(join->project, status == STATUS_OK, out);
    }
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
    struct expr_options expr = {.ansi = options.data.ansi, .aggregate_at = aggregate_function_at, .resolve = join_names_resolve,
                                .context = &names};
    struct problem problem = {0};
    struct select *select = select_compile("select list", options.select, &expr, &problem);
    if (!select || !join_names_stars(&names, select, &expr, &problem))
        problem_die(&problem);
    struct expr *where = options.data.where ? expr_compile("where", options.data.where, NULL, &expr, &problem) : NULL;
    struct order *order = options.data.order ? order_compile("order by", options.data.order, select, &expr, &problem) : NULL;
    if (problem.status != STATUS_OK || !join_names_bind(&names, &problem))
        problem_die(&problem);
    struct join join = {.names = &names, .where = where, .build = choose_build(options.files),
                        .threads = data_options_threads(&options.data), .skip_bad = options.data.bad != NULL};
    bool sorts = order || (join.build == JOIN_SIDE_LEFT && options.kind != JOIN_SEMI && options.kind != JOIN_ANTI);
    join.memory = sorts ? options.data.memory / 2 : options.data.memory;

    struct output *out = output_start(STDOUT_FILENO, "stdout");
    int status = run(&join, &options, select, order, out);
    output_close(out);
    join_free(&join);
    select_free(select);
    expr_free(where);
    join_names_free(&names);
    for (size_t i = 0; i < 2; i++)
        rows_close(names.sides[i].rows);
    return status;
}

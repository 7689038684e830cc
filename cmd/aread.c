/* aread: datasets of Parquet as NDJSON, and what their files say; what lies in a store, and its bytes. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "base/threads.h"
#include "dataset/delta_store.h"
#include "dataset/describe.h"
#include "dataset/ls.h"
#include "dataset/scan.h"
#include "delta/history.h"
#include "expr/expr.h"
#include "frame/chunks.h"
#include "group/aggregate/aggregate.h"
#include "store/lines.h"
#include "store/store.h"
#include "table/schema.h"
#include "table/star.h"
#include "value/datetime.h"
#include "value/tsv.h"

enum { OPTION_RAW = OPTIONS_OWN, OPTION_FILES, OPTION_SCHEMA, OPTION_LINES, OPTION_HEADER, OPTION_AS_OF,
       OPTION_HISTORY, OPTION_ROW_GROUPS };

/* Bytes that --raw reads together. */
enum { RAW_PIECE = 1 << 20 };

static const struct option_row own_rows[] = {
    {'c', "columns", "PATHS", .help = "a, b.c: only these, nested as they are", .heading = "records"},
    {'w', "where", "EXPR", .help = "only records for which this is true"},
    {'T', "to", "json|tsv", .help = "what goes out (default: json)"},
    {'n', "limit", "N", .help = "at most N records"},
    {OPTION_ROW_GROUPS, "row-groups", "A-B", .help = "of all row groups, counted from 0, those from A up to before B"},
    {'z', "compress", "FORM[:LEVEL]", .help = "compress what goes out", .alternatives = shrink_names},
    {'j', "threads", "N", .help = "threads (default: one a core)"},
    {'q', "quiet", .help = "no progress on stderr"},
    {'l', "list", .help = "list what is there, as hadoop fs -ls does", .heading = "files",
     .excludes = "c w n T row-groups files schema raw as-of history"},
    {OPTION_FILES, "files", .help = "of each file of datasets: rows, bytes, row groups, codecs, statistics",
     .excludes = "c w n T row-groups l schema raw history"},
    {OPTION_SCHEMA, "schema", .help = "print the schema of the records instead",
     .excludes = "c w n T row-groups l files raw history"},
    {OPTION_RAW, "raw", .help = "the bytes of files, whatever they are",
     .excludes = "c w n T row-groups l files schema as-of history"},
    {OPTION_LINES, "lines", "A-B", .help = "of --raw: the whole lines that begin from byte A up to before byte B"},
    {OPTION_HEADER, "header", .help = "of --lines: the file's first line before them, too"},
    {OPTION_AS_OF, "as-of", "VERSION", .help = "of a Delta table: what it was at this version",
     .heading = "Delta tables"},
    {OPTION_HISTORY, "history", .help = "its versions, the last one first (TSV)",
     .excludes = "c w n T row-groups l files schema raw as-of"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: aread [options] DATASET...\n"
             "       aread -l PLACE...\n"
             "       aread --files|--schema|--history DATASET...\n"
             "       aread --raw [--lines A-B [--header]] FILE...\n"
             "Writes the records of Parquet datasets as NDJSON or TSV. A dataset is a\n"
             "file or folder: PATH, webhdfs://HOST:PORT/PATH or s3://BUCKET/PREFIX.\n",
    .parts = {own_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "dataset", .words = "FILE", .repeats = true}, {0}},
};

struct options {
    const char *columns, *where;
    struct chunks_options chunks;
    struct shrink_options shrink;
    bool quiet, cells, as_of;
    uint64_t version; /* as_of */
    struct option_range lines; /* by the byte that they begin with */
    bool header;
    struct option_range row_groups;
    const char *other; /* what is asked for instead of records: the option; or NULL */
    int other_id;
    char **urls;
    size_t count;
};

static bool take_other(struct options *options, int option, const char *name, struct problem *problem)
{
    if (options->other && options->other_id != option)
        return problem_usage(problem, "%s and %s exclude each other", options->other, name);
    options->other = name;
    options->other_id = option;
    return true;
}

static bool take_option(struct options *options, int option, const char *argument, struct problem *problem)
{
    uint64_t number;
    switch (option) {
    case 'c':
        options->columns = argument;
        return true;
    case 'w':
        options->where = argument;
        return true;
    case 'T':
        options->cells = strcmp(argument, "tsv") == 0;
        return options->cells || strcmp(argument, "json") == 0 ||
               problem_usage(problem, "-T %s: expected json or tsv", argument);
    case 'n':
        options->chunks.has_limit = true;
        return options_number("-n", argument, 0, INT64_MAX, &options->chunks.limit, problem);
    case 'j':
        if (!options_number("-j", argument, 1, THREADS_MAX, &number, problem))
            return false;
        options->chunks.threads = (unsigned)number;
        return true;
    case 'z':
        return shrink_parse("-z", argument, &options->shrink, problem);
    case 'q':
        diag_quiet();
        return options->quiet = true;
    case 'l':
        return take_other(options, option, "-l", problem);
    case OPTION_FILES:
        return take_other(options, option, "--files", problem);
    case OPTION_SCHEMA:
        return take_other(options, option, "--schema", problem);
    case OPTION_RAW:
        return take_other(options, option, "--raw", problem);
    case OPTION_HISTORY:
        return take_other(options, option, "--history", problem);
    case OPTION_AS_OF:
        options->as_of = true;
        return options_number("--as-of", argument, 0, INT64_MAX, &options->version, problem);
    case OPTION_LINES:
        return options_range("--lines", argument, &options->lines, problem);
    case OPTION_ROW_GROUPS:
        return options_range("--row-groups", argument, &options->row_groups, problem);
    case OPTION_HEADER:
        return options->header = true;
    default:
        return false; /* OPTIONS_STOP: the problem is set */
    }
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {0};
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(&options, option, parser.argument, &problem), &problem);
    options.urls = options_operands(&parser, &options.count);
    bool reads = options.columns || options.where || options.cells || options.chunks.has_limit || options.row_groups.on;
    if (options.count == 0)
        diag_die_usage("expected a dataset: a file, a folder or a URL");
    if (options.as_of && options.other && options.other_id != OPTION_FILES && options.other_id != OPTION_SCHEMA)
        diag_die_usage("%s does not go with --as-of", options.other);
    if (options.other && reads)
        diag_die_usage("%s does not go with -c, -w, -n, -T and --row-groups", options.other);
    if (options.lines.on && options.other_id != OPTION_RAW)
        diag_die_usage("--lines goes with --raw");
    if (options.header && !options.lines.on)
        diag_die_usage("--header goes with --lines");
    problem_check(datetime_session(false, &problem), &problem);
    return options;
}

/* "a, b.c" */
static void parse_columns(const char *text, struct path_set *paths, struct arena *arena)
{
    for (const char *at = text;; at++) {
        size_t offset;
        const char *message, *begin = at + strspn(at, " ");
        const struct path *path = path_parse(arena, begin, &at, &offset, &message);
        if (!path)
            diag_die_caret("columns", text, (size_t)(begin - text) + offset, message);
        path_set_add(paths, path);
        at += strspn(at, " ");
        if (!*at)
            return;
        if (*at != ',')
            diag_die_caret("columns", text, (size_t)(at - text), "expected a comma or the end");
    }
}

static int list(const struct options *options, struct output *out)
{
    struct problem problem = {0};
    struct buffer text = {0};
    for (size_t i = 0; i < options->count && problem.status == STATUS_OK; i++) {
        text.len = 0;
        ls_write(options->urls[i], &text, &problem);
        output_write(out, text.data, text.len);
    }
    buffer_free(&text);
    output_close(out);
    problem_check(problem.status == STATUS_OK, &problem);
    return STATUS_OK;
}

static void copy_bytes(void *out, const char *bytes, size_t len)
{
    output_write(out, bytes, len);
}

static bool copy_range(const struct options *options, struct store *store, uint64_t size, struct output *out,
                       struct problem *problem)
{
    if (options->lines.on)
        return lines_read(store, "", options->lines.from, options->lines.to, size, options->header, copy_bytes, out,
                          problem);
    struct store_reader *reader = store_reader_new(store, "", 0, size, size);
    char *piece = mem_zero(1, RAW_PIECE);
    ptrdiff_t count;
    while ((count = store_read(reader, piece, RAW_PIECE, problem)) > 0)
        output_write(out, piece, (size_t)count);
    free(piece);
    store_reader_free(reader);
    return count == 0;
}

static bool copy_file(const struct options *options, const char *url, struct output *out, struct problem *problem)
{
    struct arena arena = {0};
    struct store_entry entry;
    struct store *store = store_open(url, 0, problem);
    if (!store)
        return false;
    enum store_answer there = store_stat(store, "", &arena, &entry, problem);
    bool good = there == STORE_YES;
    if (there == STORE_NO)
        problem_set(problem, STATUS_USAGE, "%s: no such file", url);
    else if (good && entry.is_folder)
        good = problem_set(problem, STATUS_USAGE, "%s: is a folder, expected a file", url);
    if (good)
        good = copy_range(options, store, entry.size, out, problem);
    arena_free(&arena);
    store_close(store);
    return good;
}

static int copy(const struct options *options, struct output *out)
{
    struct problem problem = {0};
    for (size_t i = 0; i < options->count; i++)
        if (!copy_file(options, options->urls[i], out, &problem))
            break;
    output_close(out);
    problem_check(problem.status == STATUS_OK, &problem);
    return STATUS_OK;
}

static int history(const struct options *options, struct output *out)
{
    struct problem problem = {0};
    struct buffer text = {0};
    for (size_t i = 0; i < options->count && problem.status == STATUS_OK; i++) {
        struct store *store = store_open(options->urls[i], 0, &problem);
        struct delta_store at = {.store = store, .folder = "", .name = options->urls[i]};
        const struct delta_place place = delta_store_place(&at);
        text.len = 0;
        if (store && delta_history(&place, &text, &problem))
            output_write(out, text.data, text.len);
        if (store)
            store_close(store);
    }
    buffer_free(&text);
    output_close(out);
    problem_check(problem.status == STATUS_OK, &problem);
    return STATUS_OK;
}

/* --files, --schema */
static int describe(const struct options *options, struct output *out)
{
    const struct scan_options all = {.as_of = options->as_of, .version = (int64_t)options->version};
    struct problem problem = {0};
    struct buffer text = {0};
    struct scan *scan = scan_new(options->urls, options->count, &all, &problem);
    problem_check(scan != NULL, &problem);
    struct schema *schema = schema_new();
    bool good = options->other_id == OPTION_FILES ? describe_files(scan, &text, &problem)
                                                  : describe_schema(scan, schema, &problem);
    if (good && options->other_id == OPTION_SCHEMA)
        schema_write_tree(schema, &text);
    schema_free(schema);
    output_write(out, text.data, text.len);
    output_close(out);
    buffer_free(&text);
    scan_free(scan);
    problem_check(good, &problem);
    return STATUS_OK;
}

/* All leaves of the records, by their dotted names: the columns of TSV unless -c says which. */
static void find_columns(const struct options *options, struct path_set *columns, struct buffer *header,
                         struct arena *arena)
{
    const struct scan_options all = {.as_of = options->as_of, .version = (int64_t)options->version};
    struct problem problem = {0};
    struct scan *scan = scan_new(options->urls, options->count, &all, &problem);
    problem_check(scan != NULL, &problem);
    struct schema *schema = schema_new();
    problem_check(describe_schema(scan, schema, &problem), &problem);
    struct star_columns star = star_columns(arena, schema_root(schema), NULL, true);
    for (size_t i = 0; i < star.count; i++) {
        path_set_add(columns, star.paths[i]);
        tsv_encode(star.names[i], strlen(star.names[i]), header);
        buffer_add_char(header, i + 1 < star.count ? '\t' : '\n');
    }
    schema_free(schema);
    scan_free(scan);
}

/* The columns of -c, called as they stand there. */
static void name_columns(const struct path_set *columns, struct buffer *header)
{
    for (size_t i = 0; i < columns->count; i++) {
        tsv_encode(columns->paths[i]->text, strlen(columns->paths[i]->text), header);
        buffer_add_char(header, i + 1 < columns->count ? '\t' : '\n');
    }
}

static int scan(const struct options *options, struct output *out)
{
    struct path_set columns = {0}, paths = {0};
    struct arena arena = {0};
    struct problem problem = {0};
    const struct expr_options expr = {.aggregate_at = aggregate_function_at, .paths = &paths};
    struct expr *where = options->where ? expr_compile("where", options->where, NULL, &expr, &problem) : NULL;
    problem_check(where || !options->where, &problem);
    if (options->columns)
        parse_columns(options->columns, &columns, &arena);
    struct buffer header = {0};
    if (options->cells && options->columns)
        name_columns(&columns, &header);
    else if (options->cells)
        find_columns(options, &columns, &header, &arena);
    const struct scan_options scan_options = {.columns = options->columns || options->cells ? &columns : NULL,
                                              .as_of = options->as_of, .version = (int64_t)options->version,
                                              .cells = options->cells, .where = where, .where_paths = &paths,
                                              .row_groups = options->row_groups};
    struct scan *scan = scan_new(options->urls, options->count, &scan_options, &problem);
    problem_check(scan != NULL, &problem);
    output_write(out, header.data, header.len);
    buffer_free(&header);
    struct chunks_options chunks = options->chunks;
    chunks.out = out;
    scan_source(scan)->progress = !options->quiet;
    int status = chunks_run(scan_source(scan), &chunks, &scan_work, scan, NULL);
    if (status == STATUS_OK)
        scan_warn_absent(scan);
    scan_free(scan);
    expr_free(where);
    path_set_free(&columns);
    path_set_free(&paths);
    arena_free(&arena);
    output_close(out);
    return status;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = parse_options(argc, argv);
    struct output *out = output_standard(&options.shrink);
    switch (options.other_id) {
    case 'l':
        return list(&options, out);
    case OPTION_FILES:
    case OPTION_SCHEMA:
        return describe(&options, out);
    case OPTION_HISTORY:
        return history(&options, out);
    case OPTION_RAW:
        return copy(&options, out);
    default:
        return scan(&options, out);
    }
}

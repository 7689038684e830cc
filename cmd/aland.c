/* aland: records into a dataset: a folder of Parquet or NDJSON files, here, in HDFS or in S3. */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/moment.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "dataset/collect.h"
#include "dataset/gather.h"
#include "dataset/landing.h"
#include "dataset/put.h"
#include "dataset/steps.h"
#include "frame/filter_options.h"
#include "parquet/ddl.h"
#include "table/form/row_form.h"
#include "table/rows.h"
#include "value/datetime.h"

enum {
    OPTION_CODEC = OPTIONS_OWN,
    OPTION_DELTA,
    OPTION_ENVELOPE,
    OPTION_EVERY,
    OPTION_FILE_BYTES,
    OPTION_FILE_ROWS,
    OPTION_MODE,
    OPTION_OFFSETS,
    OPTION_PARTITION_BY,
    OPTION_ROW_GROUP,
    OPTION_SCHEMA,
    OPTION_STRICT,
};

/* Bytes of a file of a schema; columns of --partition-by. */
enum { SCHEMA_FILE_MAX = 1 << 20, COLUMNS_MAX = 16 };

static const struct option_row own_rows[] = {
    {'d', "dataset", "DATASET", .help = "where to: a folder, webhdfs://HOST:PORT/PATH or s3://BUCKET/PREFIX",
     .heading = "dataset", .words = "FILE"},
    {OPTION_MODE, "mode", "error|append|overwrite|ignore",
     .help = "what to do if the dataset is there already (default: error)"},
    {OPTION_PARTITION_BY, "partition-by", "COLUMNS", .help = "a, b: files in folders a=1/b=2, without these columns"},
    {OPTION_ENVELOPE, "envelope",
     .help = "land the values of Kafka's messages (aconsume -J), each once: implies --mode append",
     .excludes = "partition-by"},
    {OPTION_DELTA, "delta", .help = "a Delta table (one that is there stays one without it, too)"},
    {OPTION_EVERY, "every", "DURATION", .help = "land what has come each 30s, 5m, 1h, while the input goes on"},
    {OPTION_OFFSETS, "offsets", .help = "print what --envelope has landed, as aconsume -o takes it"},
    {'T', "to", "parquet|ndjson", .help = "what the files are (default: parquet)", .heading = "files"},
    {OPTION_CODEC, "codec", "snappy|zstd|gzip|lz4|none",
     .help = "how they are compressed (default: snappy; NDJSON: gzip)"},
    {OPTION_SCHEMA, "schema", "SCHEMA",
     .help = "types, as `a BIGINT, b STRING`, or a file with such a text (default: inferred)", .words = "FILE"},
    {OPTION_STRICT, "strict", .help = "a record with members that the schema has not got is bad data"},
    {OPTION_ROW_GROUP, "row-group", "SIZE", .help = "bytes of a row group of Parquet (default: 16M)"},
    {OPTION_FILE_ROWS, "file-rows", "N", .help = "at most N records a file"},
    {OPTION_FILE_BYTES, "file-bytes", "SIZE", .help = "begin a new file behind so many bytes"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: aland -d DATASET [options] [FILE...]\n"
             "       aland -d DATASET --offsets\n"
             "Writes NDJSON, TSV or Parquet records as files of a dataset, which appear whole.\n",
    .parts = {own_rows, filter_options_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "file", .words = "FILE", .repeats = true}, {0}},
};

struct options {
    const char *dataset, *form, *codec, *schema;
    struct buffer schema_text; /* where it is a file */
    enum landing_mode mode;
    bool has_mode, offsets;
    struct steps_options steps;
    struct collect_options collect;
    const char *columns[COLUMNS_MAX];
    struct put_options put;
    struct filter_options filter;
    char **files;
    size_t file_count;
};

static bool parse_mode(struct options *options, const char *argument, struct problem *problem)
{
    static const char *const names[] = {[LANDING_ERROR] = "error", [LANDING_APPEND] = "append",
                                        [LANDING_OVERWRITE] = "overwrite", [LANDING_IGNORE] = "ignore"};
    options->has_mode = true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(argument, names[i]) == 0) {
            options->mode = (enum landing_mode)i;
            return true;
        }
    return problem_usage(problem, "--mode %s: expected error, append, overwrite or ignore", argument);
}

/* "a, b": top-level columns. */
static bool parse_columns(struct options *options, char *argument, struct problem *problem)
{
    size_t *count = &options->collect.column_count;
    options->collect.columns = options->columns;
    for (char *end; argument; argument = end) {
        end = strchr(argument, ',');
        if (end)
            *end++ = '\0';
        argument += strspn(argument, " ");
        argument[strcspn(argument, " ")] = '\0';
        if (!*argument || *count == COLUMNS_MAX)
            return problem_usage(problem, "--partition-by: expected 1 to %d columns, with commas between them",
                                 COLUMNS_MAX);
        options->columns[(*count)++] = argument;
    }
    return true;
}

static bool take_number(struct options *options, int option, const char *argument, struct problem *problem)
{
    uint64_t size;
    switch (option) {
    case OPTION_ROW_GROUP:
        if (!options_number("--row-group", argument, PUT_ROW_GROUP_LEAST, (uint64_t)1 << 30, &size, problem))
            return false;
        options->put.row_group_bytes = (size_t)size;
        return true;
    case OPTION_FILE_ROWS:
        return options_number("--file-rows", argument, 1, INT64_MAX, &options->put.file_rows, problem);
    case OPTION_FILE_BYTES:
        return options_number("--file-bytes", argument, 1, INT64_MAX, &options->put.file_bytes, problem);
    case OPTION_EVERY:
        return (moment_duration(argument, strlen(argument), &options->steps.every_ms) && options->steps.every_ms > 0) ||
               problem_usage(problem, "--every %s: expected a span of time, as 30s, 5m, 1h30m", argument);
    default:
        return filter_options_take(&options->filter, option, argument, problem);
    }
}

static bool take_option(struct options *options, int option, char *argument, struct problem *problem)
{
    switch (option) {
    case 'd':
        options->dataset = argument;
        return true;
    case 'T':
        options->form = argument;
        return true;
    case OPTION_CODEC:
        options->codec = argument;
        return true;
    case OPTION_SCHEMA:
        options->schema = argument;
        return true;
    case OPTION_MODE:
        return parse_mode(options, argument, problem);
    case OPTION_PARTITION_BY:
        return parse_columns(options, argument, problem);
    case OPTION_ENVELOPE:
        return options->collect.envelope = true;
    case OPTION_DELTA:
        return options->steps.delta = true;
    case OPTION_STRICT:
        return options->steps.strict = options->collect.strict = true;
    case OPTION_OFFSETS:
        return options->offsets = true;
    default:
        return take_number(options, option, argument, problem);
    }
}

/* The layout that --schema gives, by its text or by a file with it. */
static struct parquet_layout *read_schema(struct options *options, struct problem *problem)
{
    const char *schema = options->schema;
    struct buffer *text = &options->schema_text; /* lives on for the problem */
    struct stat info;
    if (stat(schema, &info) != 0 || !S_ISREG(info.st_mode))
        return parquet_ddl(schema, "schema", problem);
    if (!file_load(schema, SCHEMA_FILE_MAX, text))
        diag_die(STATUS_IO, "--schema %s: cannot be read", schema);
    for (size_t i = 0; i < text->len; i++) /* so that a caret stands where it belongs */
        if (text->data[i] == '\n' || text->data[i] == '\r' || text->data[i] == '\t')
            text->data[i] = ' ';
    return parquet_ddl(text->data, schema, problem);
}

static void check_options(struct options *options, struct problem *problem)
{
    if (!options->dataset)
        diag_die_usage("expected -d DATASET");
    if (options->offsets && options->file_count > 0)
        diag_die_usage("--offsets reads no files");
    if (options->collect.envelope && options->has_mode && options->mode != LANDING_APPEND)
        diag_die_usage("--envelope goes with --mode append only: what was landed is to stay");
    if (options->collect.envelope && options->collect.column_count > 0)
        diag_die_usage("--envelope makes a file of each partition of a topic: no --partition-by");
    if (options->collect.envelope && !options->steps.delta &&
        (options->put.file_rows != UINT64_MAX || options->put.file_bytes != UINT64_MAX))
        diag_die_usage("--envelope makes a file of each partition of a topic: no --file-rows and --file-bytes "
                       "without --delta");
    if (options->collect.envelope)
        options->mode = LANDING_APPEND;
    options->put.form = put_form_find(options->form ? options->form : "parquet", options->codec, problem);
    problem_check(options->put.form != NULL, problem);
    if (options->schema && !put_form_is_parquet(options->put.form))
        diag_die_usage("--schema goes with -T parquet");
    if (options->put.row_group_bytes > 0 && !put_form_is_parquet(options->put.form))
        diag_die_usage("--row-group goes with -T parquet");
    if (options->collect.column_count > 0 && !put_form_is_parquet(options->put.form))
        diag_die_usage("--partition-by goes with -T parquet");
    if (options->steps.delta && !put_form_is_parquet(options->put.form))
        diag_die_usage("--delta goes with -T parquet");
    if (options->steps.strict && !put_form_is_parquet(options->put.form))
        diag_die_usage("--strict goes with -T parquet");
    if (options->schema) {
        options->steps.schema = options->put.layout = read_schema(options, problem);
        problem_check(options->put.layout != NULL, problem);
    }
    options->put.left_out = options->collect.columns;
    options->put.left_out_count = options->collect.column_count;
    options->put.by_offsets = options->collect.envelope;
    options->put.threads = options->filter.threads;
    options->steps.url = options->dataset;
    options->steps.mode = options->mode;
    options->steps.envelope = options->collect.envelope;
}

static void parse_options(struct options *options, int argc, char **argv)
{
    struct options_parser parser;
    struct problem problem = {0};
    options->put.file_rows = options->put.file_bytes = UINT64_MAX;
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(options, option, (char *)(uintptr_t)parser.argument, &problem), &problem);
    options->files = options_operands(&parser, &options->file_count);
    problem_check(options_files(options->files, options->file_count, "the dataset is -d's argument", &problem) &&
                      filter_options_apart(&options->filter, options->files, options->file_count, &problem) &&
                      datetime_session(false, &problem),
                  &problem);
    check_options(options, &problem);
}

static int print_offsets(const struct options *options)
{
    struct problem problem = {0};
    struct landing_offsets offsets = {0};
    struct buffer text = {0};
    char *name;
    struct store *store = landing_place(options->dataset, &name, &problem);
    problem_check(store && landing_read_offsets(store, name, options->dataset, &offsets, &problem), &problem);
    landing_write_offsets(&offsets, &text);
    struct output *out = output_start(STDOUT_FILENO, "stdout");
    output_write(out, text.data, text.len);
    output_close(out);
    buffer_free(&text);
    landing_offsets_free(&offsets);
    store_close(store);
    free(name);
    return STATUS_OK;
}

/* Reads everything; the exit status. */
static int collect(const struct options *options, struct steps *steps, uint64_t *empty, struct problem *problem)
{
    const struct rows_options rows_options = {.header = true, .framing = options->filter.framing,
                                              .raw = options->filter.raw};
    struct chunks_options chunks = {0};
    const struct inputs inputs = {.files = options->files, .count = options->file_count};
    int done = STATUS_OK;
    if (!options->filter.bad && steps_direct(steps, &inputs, &rows_options, &done, problem) != DIRECT_AGAIN)
        return problem->status != STATUS_OK ? (int)problem->status : done;
    struct rows *rows = rows_open(&inputs, &rows_options);
    if (options->collect.envelope && rows_form(rows)->flat)
        diag_die_usage("--envelope reads messages as aconsume -J writes them, not %s", rows_form(rows)->title);
    struct collect *collecting = collect_new(rows, steps_gather(steps), &options->collect, problem);
    if (!collecting) {
        rows_close(rows);
        return (int)problem->status;
    }
    filter_options_chunks(&options->filter, &chunks);
    steps_start(steps, collecting, rows_source(rows));
    int status = chunks_run(rows_source(rows), &chunks, &collect_work, collecting, NULL);
    if (!steps_stop(steps, problem))
        status = (int)problem->status;
    if (chunks.bad)
        output_close(chunks.bad);
    *empty = collect_empty(collecting);
    collect_free(collecting);
    rows_close(rows);
    return status;
}

static void say_total(const struct put_total *total, uint64_t passed, uint64_t empty)
{
    struct buffer text = {0};
    buffer_add_format(&text, "%llu record%s, %llu file%s, %llu bytes", (unsigned long long)total->rows,
                      total->rows == 1 ? "" : "s", (unsigned long long)total->files, total->files == 1 ? "" : "s",
                      (unsigned long long)total->bytes);
    if (passed > 0)
        buffer_add_format(&text, "; %llu were landed before", (unsigned long long)passed);
    if (empty > 0)
        buffer_add_format(&text, "; %llu messages without a value", (unsigned long long)empty);
    diag_notice("%.*s", (int)text.len, text.data);
    buffer_free(&text);
}

/* Ends as a signal would have it, behind what it interrupted. */
static void die_of(int number)
{
    sigset_t set;
    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* Nothing of a step appears unless all of it is good. */
static int land(struct options *options)
{
    struct problem problem = {0};
    bool ignored, good = true;
    uint64_t empty = 0;
    struct steps *steps = steps_open(&options->steps, &options->put, &options->collect, &ignored, &problem);
    if (!steps && ignored)
        diag_notice("%s: is there already; nothing was done", options->dataset);
    if (!steps && ignored)
        return STATUS_OK;
    problem_check(steps != NULL, &problem);
    int status = collect(options, steps, &empty, &problem);
    if (status == STATUS_OK)
        good = steps_end(steps, &problem);
    const struct put_total total = *steps_total(steps);
    uint64_t passed = steps_gather(steps)->passed;
    int ended_by = steps_signal(steps);
    steps_free(steps);
    if (problem.status != STATUS_OK)
        problem_die(&problem);
    if (status == STATUS_OK && good)
        say_total(&total, passed, empty);
    if (ended_by > 0)
        die_of(ended_by);
    return status != STATUS_OK ? status : good ? STATUS_OK : STATUS_DATA;
}

int main(int argc, char **argv)
{
    static struct options options; /* what it points to is in use until the end, wherever that is */
    diag_start(argv[0]);
    parse_options(&options, argc, argv);
    return options.offsets ? print_offsets(&options) : land(&options);
}

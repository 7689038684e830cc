/* aslice: jq's path language over JSON of any size, one result a line. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "frame/chunks.h"
#include "frame/filter_options.h"
#include "frame/frame.h"
#include "group/aggregate/aggregate.h"
#include "slice/slicer.h"

enum { BUNDLE_BYTES_MIN = 16 };

enum { OPTION_BATCH_COUNT = OPTIONS_OWN, OPTION_BATCH_BYTES };

static const struct option_row own_rows[] = {
    {'c', "compact-output", .help = "one line each (the default)", .heading = "results", .excludes = "p"},
    {'p', "pretty", .help = "indented, as jq prints", .excludes = "c r"},
    {'r', "raw-output", .help = "strings without quotes and escapes", .excludes = "p"},
    {'0', NULL, .help = "a NUL byte instead of the newline behind each"},
    {'n', "limit", "N", .help = "at most N results, then stop reading"},
    {'w', "where", "CONDITION", .help = "only results for which the SQL condition is true"},
    {OPTION_BATCH_COUNT, "batch-count", "N", .help = "pack the results into arrays of N, one a line"},
    {OPTION_BATCH_BYTES, "batch-bytes", "SIZE", .help = "pack them into arrays of at most SIZE bytes"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: aslice [options] FILTER [FILE...]\n"
             "\n"
             "Takes JSON values of any size apart with jq's path language, one result a line.\n"
             "Numbers and strings stay as they are written.\n"
             "\n"
             "filters:\n"
             "  .  .a  .\"a b\"  .[\"a\"]  .[2]  .[-1]  .[10:20]  .[]\n"
             "  f | g   f, g   (f)   length   keys   keys_unsorted   type\n"
             "  a step with ? behind it passes errors over\n",
    .parts = {own_rows, filter_options_rows, options_common},
    .operands = (const struct option_operand[]){{.name = "filter"}, {.name = "file", .words = "FILE", .repeats = true},
        {0}},
};

struct options {
    struct slicer_options slicer;
    struct chunks_options chunks;
    struct frame_options frame;
    struct filter_options filter;
    bool nul, bundle_count, bundle_bytes;
    char **files;
    size_t file_count;
};

/* An option that is none here. Where jq has it, the way it goes here. */
static bool hint_option(const char *wrong, struct problem *problem)
{
    static const struct {
        char letter;
        const char *name, *hint;
    } jq[] = {
        {'s', "slurp", "values are not collected here; to pack results into arrays: --batch-count N"},
        {'e', "exit-status",
         "the exit status tells of bad data only; to test for a result: aslice -n 1 ... | grep -q ."},
        {'S', "sort-keys", "keys keep their order here"},
        {'C', "color-output", "there is no coloured output"},
        {'M', "monochrome-output", "there is no coloured output"},
        {'a', "ascii-output", "strings stay as they are written"},
        {'f', "from-file", "the filter is an argument: aslice \"$(cat FILE)\""},
        {'R', "raw-input", "the input must be JSON; delimited text: aflatten"},
        {0, "null-input", "the input is always read; -n N limits the results"},
        {0, "raw-output0", "-r -0"},
        {0, "join-output", "a result ends in a newline, or with -0 in a NUL byte"},
        {0, "stream", "not needed: .[] of an array of any size takes the memory of one element"},
        {0, "tab", "-p indents by two spaces"},
        {0, "indent", "-p indents by two spaces"},
        {0, "arg", "filters have no variables"},
        {0, "argjson", "filters have no variables"},
    };
    for (size_t i = 0; i < sizeof jq / sizeof *jq; i++) {
        const char letter[] = {'-', jq[i].letter, '\0'};
        if (strncmp(wrong, "--", 2) == 0 ? strcmp(wrong + 2, jq[i].name) == 0 : strcmp(wrong, letter) == 0) {
            *problem = (struct problem){0};
            return problem_usage(problem, "--%s: %s", jq[i].name, jq[i].hint);
        }
    }
    return false;
}

static bool set_form(struct slicer_options *slicer, enum slicer_form form, struct problem *problem)
{
    if (slicer->form != SLICER_COMPACT && slicer->form != form)
        return problem_usage(problem, "-p and -r exclude each other");
    slicer->form = form;
    return true;
}

static bool take_option(struct options *options, int option, const struct options_parser *parser,
                        struct problem *problem)
{
    struct slicer_options *slicer = &options->slicer;
    const char *argument = parser->argument;
    uint64_t number;
    switch (option) {
    case OPTIONS_STOP:
        return parser->wrong && hint_option(parser->wrong, problem);
    case 'c':
        return true;
    case 'p':
        return set_form(slicer, SLICER_PRETTY, problem);
    case 'r':
        return set_form(slicer, SLICER_RAW, problem);
    case '0':
        return options->nul = true;
    case 'n':
        options->chunks.has_limit = true;
        return options_number("-n", argument, 0, UINT64_MAX, &options->chunks.limit, problem);
    case 'w':
        slicer->where = argument;
        return true;
    case OPTION_BATCH_COUNT:
        options->bundle_count = true;
        return options_number("--batch-count", argument, 1, UINT64_MAX, &slicer->count_max, problem);
    case OPTION_BATCH_BYTES:
        options->bundle_bytes = true;
        if (!options_number("--batch-bytes", argument, BUNDLE_BYTES_MIN, SIZE_MAX / 4, &number, problem))
            return false;
        slicer->bytes_max = (size_t)number;
        return true;
    default:
        return filter_option(&options->filter, option, argument, problem);
    }
}

/* Everything but the filter and the files: these are operands. */
static void set_options(struct options *options)
{
    struct slicer_options *slicer = &options->slicer;
    slicer->aggregate_at = aggregate_function_at;
    slicer->end = options->nul ? '\0' : '\n';
    slicer->bundles = options->bundle_count || options->bundle_bytes;
    if (slicer->bundles && (slicer->form != SLICER_COMPACT || options->nul))
        diag_die_usage("--batch-count and --batch-bytes write compact arrays, one a line: no -p, -r or -0");
    slicer->has_limit = options->chunks.has_limit;
    slicer->limit = options->chunks.limit;
    if (slicer->bundles && slicer->limit > 0) /* the limit counts results, not arrays */
        options->chunks.has_limit = false;
    options->frame.framing = options->filter.framing;
    options->frame.raw = options->filter.raw;
    options->frame.single = options->filter.flush;
    options->frame.progress = !options->filter.quiet;
}

static void parse_options(struct options *options, int argc, char **argv)
{
    struct options_parser parser;
    struct problem problem = {0};
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(options, option, &parser, &problem), &problem);
    set_options(options);
    options->files = options_operands(&parser, &options->file_count);
    if (options->file_count == 0)
        diag_die_usage("expected a filter, such as '.[]'");
    options->slicer.filter = *options->files++;
    options->file_count--;
    problem_check(
        options_files(options->files, options->file_count, "the filter is one argument: quote it", &problem) &&
            filter_options_apart(&options->filter, options->files, options->file_count, &problem),
        &problem);
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = {0};
    parse_options(&options, argc, argv);
    struct problem problem = {0};
    struct slicer *slicer = slicer_new(&options.slicer, &problem);
    if (!slicer)
        problem_die(&problem);
    slicer_frame(slicer, &options.frame);

    filter_options_chunks(&options.filter, &options.chunks);
    struct output *out = output_start(STDOUT_FILENO, "stdout");
    options.chunks.out = out;
    struct frame *frame = frame_open(options.files, options.file_count, &options.frame);

    int status = chunks_run(frame_source(frame), &options.chunks, &slicer_work, slicer, NULL);

    struct buffer last = {0};
    slicer_end(slicer, &last);
    output_write(out, last.data, last.len);
    buffer_free(&last);
    frame_close(frame);
    slicer_free(slicer);
    if (options.chunks.bad)
        output_close(options.chunks.bad);
    output_close(out);
    return status;
}

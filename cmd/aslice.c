/* aslice: jq's language over JSON of any size, one result a line. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/options.h"
#include "base/output.h"
#include "base/problem.h"
#include "base/threads.h"
#include "frame/chunks.h"
#include "frame/filter_options.h"
#include "frame/frame.h"
#include "group/aggregate/aggregate.h"
#include "slice/divide.h"
#include "slice/layout_options.h"
#include "slice/sequence.h"
#include "slice/slicer.h"
#include "slice/variables.h"

enum { BUNDLE_BYTES_MIN = 16, MEMORY_MIN = 1024 * 1024, JQ_COMPILE_STATUS = 3 /* wrong filter */ };

enum { OPTION_BATCH_COUNT = OPTIONS_OWN, OPTION_BATCH_BYTES, OPTION_LIMIT, OPTION_LINES, OPTION_THREADS };
enum { OPTION_SEQ = OPTION_THREADS + 1, OPTION_STREAM };
enum { OPTION_STREAM_ERRORS = OPTION_STREAM + 1, OPTION_MEMORY, OPTION_ARG, OPTION_ARGJSON, OPTION_SLURPFILE };
enum { OPTION_RAWFILE = OPTION_SLURPFILE + 1, OPTION_ARGS, OPTION_JSONARGS, OPTION_SPLIT };

static const struct option_row own_rows[] = {
    {'n', "null-input", .help = "run once over null; input and inputs read", .heading = "input"},
    {'R', "raw-input", .help = "each line is a string"},
    {'s', "slurp", .help = "all inputs in one array; with -R in one string"},
    {OPTION_STREAM, "stream", .help = "each input as [path, leaf] events"},
    {OPTION_LINES, "lines", "A-B", .help = "the whole lines of a file that begin from byte A up to before byte B"},
    {OPTION_STREAM_ERRORS, "stream-errors", .help = "--stream, and what is no JSON as [message, path]"},
    {'f', "from-file", "FILE", .help = "the filter is in FILE", .heading = "filter"},
    {'L', "library-path", "FOLDER", .help = "refused: there are no modules"},
    {OPTION_ARG, "arg", "NAME VALUE", .help = "$NAME is the string VALUE", .repeats = true},
    {OPTION_ARGJSON, "argjson", "NAME JSON", .help = "$NAME is that value", .repeats = true},
    {OPTION_SLURPFILE, "slurpfile", "NAME FILE", .help = "$NAME is the array of FILE's values", .repeats = true},
    {OPTION_RAWFILE, "rawfile", "NAME FILE", .help = "$NAME is FILE's text", .repeats = true},
    {OPTION_ARGS, "args", .help = "what follows are strings in $ARGS.positional"},
    {OPTION_JSONARGS, "jsonargs", .help = "what follows are values in $ARGS.positional"},
    {0},
};

static const struct option_row result_rows[] = {
    {OPTION_SEQ, "seq", .help = "the byte RS before each"},
    {OPTION_LIMIT, "limit", "N", .help = "at most N results, then stop reading"},
    {'w', "where", "CONDITION", .help = "only results for which the SQL condition is true"},
    {OPTION_BATCH_COUNT, "batch-count", "N", .help = "pack the results into arrays of N, one a line"},
    {OPTION_BATCH_BYTES, "batch-bytes", "SIZE", .help = "pack them into arrays of at most SIZE bytes"},
    {'z', "compress", "FORM[:LEVEL]", .help = "compressed", .alternatives = shrink_names},
    {OPTION_SPLIT, "split", "NAME", .help = "results into files called so: 'events/{type}.ndjson'"},
    {'e', "exit-status", .help = "status 1 if the last result is false or null, 4 without any", .heading = "running"},
    {OPTION_MEMORY, "memory", "SIZE", .help = "end a program that needs more memory than that"},
    {OPTION_THREADS, "threads", "N", .help = "threads (default: one a core)"},
    {0},
};

static const struct option_table table = {
    .usage = "usage: aslice [options] [FILTER [FILE...]]\n"
             "\n"
             "Runs a filter in jq's language over JSON values of any size, one result a line.\n"
             "Numbers and strings that are copied stay as they are written.\n"
             "\n"
             "filters, for example:\n"
             "  .a.b[0]  .[]  .[] | select(.n > 1) | {id, n: (.a | length)}  map(.x)\n",
    .parts = {own_rows, layout_options_rows, result_rows, filter_options_rows + 1, options_common},
    .operands = (const struct option_operand[]){{.name = "filter"}, {.name = "file", .words = "FILE", .repeats = true},
        {0}},
    .in_turn = true,
};

enum positional { POSITIONAL_FILES, POSITIONAL_STRINGS, POSITIONAL_JSON };

struct options {
    struct slicer_options slicer;
    struct sequence_options sequence; /* what only a sequence does */
    struct chunks_options chunks;
    struct filter_options filter;
    struct option_range lines;
    struct variables variables;
    struct buffer filter_text;
    const char *filter_file, *split;
    struct scatter *scatter; /* of --split */
    struct shrink_options shrink;
    bool jq; /* called by that name: its defaults */
    bool missing; /* a file is not there, by that name */
    struct layout_options layout;
    bool bundle_count, bundle_bytes;
    enum positional positional;
    char **files;
    size_t file_count;
};

static bool take_variable(struct options *options, enum variables_kind kind, const char *option,
                          struct options_parser *parser, struct problem *problem)
{
    const char *value = options_following(parser, 0);
    if (!value)
        return problem_usage(problem, "%s: needs two arguments, a name and what it stands for", option);
    options_pass(parser, 1);
    return variables_add(&options->variables, kind, option, parser->argument, value, problem);
}

static bool take_operand(struct options *options, char *operand, struct problem *problem)
{
    if (!options->slicer.filter.text && !options->filter_file)
        options->slicer.filter.text = operand;
    else if (options->positional != POSITIONAL_FILES)
        return variables_positional(&options->variables, options->positional == POSITIONAL_JSON, operand, problem);
    else
        options->files[options->file_count++] = operand;
    return true;
}

/* Options of the language and its inputs; false and no problem: it is none of them. */
static bool take_jq_option(struct options *options, int option, struct options_parser *parser, struct problem *problem)
{
    struct sequence_options *sequence = &options->sequence;
    switch (option) {
    case OPTIONS_OPERAND:
        return take_operand(options, (char *)parser->argument, problem);
    case 'n':
        return sequence->null = true;
    case 'R':
        return sequence->raw = true;
    case 's':
        return sequence->slurp = true;
    case OPTION_STREAM:
        return sequence->stream = true;
    case OPTION_STREAM_ERRORS:
        return sequence->stream = sequence->stream_errors = true;
    case OPTION_SEQ:
        return sequence->seq = true;
    case 'e':
        return sequence->exit_status = true;
    case 'f':
        if (options->slicer.filter.text) /* it was a file, for the filter is in one */
            options->files[options->file_count++] = (char *)options->slicer.filter.text;
        options->slicer.filter.text = NULL;
        options->filter_file = parser->argument;
        return true;
    case OPTION_ARG:
        return take_variable(options, VARIABLES_STRING, "--arg", parser, problem);
    case OPTION_ARGJSON:
        return take_variable(options, VARIABLES_JSON, "--argjson", parser, problem);
    case OPTION_SLURPFILE:
        return take_variable(options, VARIABLES_SLURP, "--slurpfile", parser, problem);
    case OPTION_RAWFILE:
        return take_variable(options, VARIABLES_RAW, "--rawfile", parser, problem);
    case OPTION_ARGS:
        options->positional = POSITIONAL_STRINGS;
        return true;
    case OPTION_JSONARGS:
        options->positional = POSITIONAL_JSON;
        return true;
    default:
        return false;
    }
}

static bool take_option(struct options *options, int option, struct options_parser *parser, struct problem *problem)
{
    struct slicer_options *slicer = &options->slicer;
    const char *argument = parser->argument;
    uint64_t number;
    switch (option) {
    case OPTION_LIMIT:
        options->chunks.has_limit = true;
        return options_number("--limit", argument, 0, UINT64_MAX, &options->chunks.limit, problem);
    case OPTION_MEMORY:
        if (!options_number("--memory", argument, MEMORY_MIN, SIZE_MAX / 2, &number, problem))
            return false;
        slicer->filter.memory = (size_t)number;
        return true;
    case 'z':
        return shrink_parse("-z", argument, &options->shrink, problem);
    case OPTION_SPLIT:
        options->split = argument;
        return true;
    case 'L':
        return problem_usage(problem, "-L %s: there are no modules; a program is one text (-f FILE)", argument);
    case OPTION_THREADS:
        if (!options_number("--threads", argument, 1, THREADS_MAX, &number, problem))
            return false;
        options->filter.threads = (unsigned)number;
        return true;
    case 'w':
        slicer->where = argument;
        return true;
    case OPTION_BATCH_COUNT:
        options->bundle_count = true;
        return options_number("--batch-count", argument, 1, UINT64_MAX, &slicer->count_max, problem);
    case OPTION_LINES:
        return options_range("--lines", argument, &options->lines, problem);
    case OPTION_BATCH_BYTES:
        options->bundle_bytes = true;
        if (!options_number("--batch-bytes", argument, BUNDLE_BYTES_MIN, SIZE_MAX / 4, &number, problem))
            return false;
        slicer->bytes_max = (size_t)number;
        return true;
    default:
        return take_jq_option(options, option, parser, problem) ||
               (!problem->status && layout_options_take(&options->layout, option, argument, problem)) ||
               (!problem->status && filter_options_take(&options->filter, option, argument, problem));
    }
}

/* Everything but the filter and the files: these are operands. */
static void set_options(struct options *options)
{
    struct slicer_options *slicer = &options->slicer;
    slicer->aggregate_at = aggregate_function_at;
    slicer->whole = options->filter.bad != NULL;
    slicer->end = options->layout.nul ? '\0' : '\n';
    slicer->bundles = options->bundle_count || options->bundle_bytes;
    bool lines = slicer->bundles || options->split;
    slicer->layout = layout_options_settle(&options->layout, options->jq, lines, STDOUT_FILENO);
    const struct jq_layout *layout = &slicer->layout;
    if (slicer->bundles && (layout->raw || layout->tab || layout->indent || layout->colors || options->layout.nul))
        diag_die_usage("--batch-count and --batch-bytes write compact arrays, one a line: no -p, -r, -C or -0");
    bool apart = options->layout.nul || options->layout.join || options->sequence.seq || options->sequence.exit_status;
    if (options->split && (apart || slicer->bundles || layout->raw || layout->tab || layout->indent || layout->colors))
        diag_die_usage("--split writes compact values, one a line: no -p, -r, -j, -C, -0, -e, --seq or --batch-...");
    slicer->has_limit = options->chunks.has_limit;
    slicer->limit = options->chunks.limit;
    if (slicer->bundles && slicer->limit > 0) /* the limit counts results, not arrays */
        options->chunks.has_limit = false;
}

static struct frame_options frame_of(const struct options *options)
{
    return (struct frame_options){.framing = options->filter.framing,
                                  .lines_of = options->lines,
                                  .reads_on = !options->filter.bad,
                                  .raw = options->filter.raw,
                                  .single = options->filter.flush,
                                  .progress = !options->filter.quiet};
}

static void read_filter(struct options *options)
{
    struct program_text *filter = &options->slicer.filter;
    if (options->filter_file) {
        if (!file_load(options->filter_file, JQ_PROGRAM_MAX, &options->filter_text))
            diag_die(STATUS_USAGE, "-f %s: cannot be read as a filter of at most %d bytes", options->filter_file,
                     JQ_PROGRAM_MAX);
        if (strlen(options->filter_text.data) != options->filter_text.len)
            diag_die(STATUS_USAGE, "-f %s: holds a NUL byte", options->filter_file);
        filter->text = options->filter_text.data;
    } else if (!filter->text) {
        if (isatty(STDIN_FILENO) && !options->sequence.null)
            diag_die_usage("expected a filter, such as '.[]'");
        filter->text = ".";
    }
    filter->variables = options->variables.list;
    filter->variable_count = options->variables.count;
    filter->named = variables_args(&options->variables);
}

/* As jq does it, a file that is not there does not keep the others from being read; the status tells. */
static void pass_missing(struct options *options)
{
    size_t kept = 0, count = options->file_count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(options->files[i], "-") == 0 || access(options->files[i], R_OK) == 0) {
            options->files[kept++] = options->files[i];
            continue;
        }
        diag_warn("error: Could not open %s: %s", options->files[i], strerror(errno));
        options->missing = true;
    }
    options->file_count = kept;
    if (kept == 0 && count > 0)
        options->files[options->file_count++] = "/dev/null";
}

static void parse_options(struct options *options, int argc, char **argv)
{
    struct options_parser parser;
    struct problem problem = {0};
    size_t count;
    options->jq = strcmp(diag_program(), "jq") == 0;
    options->files = mem_zero((size_t)argc + 1, sizeof *options->files);
    options_start(&parser, &table, argc, argv);
    for (int option; (option = options_next(&parser, &problem)) != OPTIONS_END;)
        problem_check(take_option(options, option, &parser, &problem), &problem);
    char **others = options_operands(&parser, &count); /* those behind `--` */
    for (size_t i = 0; i < count; i++)
        problem_check(take_operand(options, others[i], &problem), &problem);
    set_options(options);
    read_filter(options);
    if (options->jq)
        pass_missing(options);
    problem_check(
        options_files(options->files, options->file_count, "the filter is one argument: quote it", &problem) &&
            filter_options_apart(&options->filter, options->files, options->file_count, &problem),
        &problem);
}

/* Where results go: to stdout, or into files. */
static struct output *start_output(struct options *options)
{
    if (!options->split)
        return output_standard(&options->shrink);
    struct problem problem = {0};
    struct output *out = divide_output("--split", options->split, aggregate_function_at, &options->shrink,
                                       &options->scatter, &problem);
    if (!out)
        problem_die(&problem);
    return out;
}

static void end_output(struct options *options, struct output *out, bool whole)
{
    struct problem problem = {0};
    output_close(out);
    if (options->scatter && !scatter_finish(options->scatter, whole, &problem))
        problem_die(&problem);
}

static _Noreturn void die_of_filter(const struct options *options, const struct problem *problem)
{
    if (!options->jq || !problem->what)
        problem_die(problem);
    diag_die((enum status)JQ_COMPILE_STATUS, "error: %s at byte %zu of the filter", problem->text, problem->offset + 1);
}

static int run_sequence(struct options *options)
{
    struct sequence_options *sequence = &options->sequence;
    struct problem problem = {0};
    if (options->slicer.where || options->slicer.bundles || options->filter.bad)
        diag_die_usage("-w, --bad, --batch-count and --batch-bytes go with filters over one input after the other: "
                       "not with -n, -s, -R, -e, -j, --seq, --stream or a filter that reads inputs");
    sequence->filter = options->slicer.filter;
    sequence->layout = options->slicer.layout;
    sequence->end = &options->slicer.end;
    sequence->end_len = !options->layout.join;
    sequence->has_limit = options->slicer.has_limit;
    sequence->limit = options->slicer.limit;
    sequence->flush = options->filter.flush;
    sequence->forgiving = options->jq;
    sequence->files = options->files;
    sequence->file_count = options->file_count;
    sequence->frame = frame_of(options);
    sequence->frame.lines = sequence->raw;
    if (options->jq)
        sequence->frame.framing = FRAMING_NEST;
    sequence->out = start_output(options);
    int status = sequence_run(sequence, &problem);
    if (status < 0)
        die_of_filter(options, &problem);
    end_output(options, sequence->out, status == STATUS_OK);
    return options->missing && status >= 0 ? STATUS_USAGE : status;
}

static int run_slicer(struct options *options, struct slicer *slicer)
{
    struct frame_options frame_options = frame_of(options);
    slicer_frame(slicer, &frame_options);
    filter_options_chunks(&options->filter, &options->chunks);
    struct output *out = start_output(options);
    options->chunks.out = out;
    struct frame *frame = frame_open(options->files, options->file_count, &frame_options);

    int status = chunks_run(frame_source(frame), &options->chunks, slicer_work(slicer), slicer, NULL);

    struct buffer last = {0};
    slicer_end(slicer, &last);
    output_write(out, last.data, last.len);
    buffer_free(&last);
    frame_close(frame);
    slicer_free(slicer);
    if (options->chunks.bad)
        output_close(options->chunks.bad);
    end_output(options, out, status == STATUS_OK);
    return status;
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    static struct options options; /* what it points to is in use until the end, wherever that is */
    parse_options(&options, argc, argv);
    const struct sequence_options *wanted = &options.sequence;
    if (options.jq || options.layout.join || wanted->null || wanted->raw || wanted->slurp || wanted->stream ||
        wanted->seq || wanted->exit_status)
        return run_sequence(&options);
    struct problem problem = {0};
    struct slicer *slicer = slicer_new(&options.slicer, &problem);
    if (!slicer)
        die_of_filter(&options, &problem);
    if (!slicer_is_sequence(slicer))
        return run_slicer(&options, slicer);
    slicer_free(slicer);
    return run_sequence(&options);
}

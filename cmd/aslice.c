/* aslice: jq's path language over JSON of any size, one result a line. */
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
#include "frame/frame.h"
#include "group/aggregate/aggregate.h"
#include "slice/slicer.h"

enum { BUNDLE_BYTES_MIN = 16 };

static const char usage[] =
    "usage: aslice [options] FILTER [FILE...]\n"
    "\n"
    "Takes JSON values of any size apart with jq's path language, one result a line.\n"
    "Numbers and strings stay as they are written.\n"
    "\n"
    "filters:\n"
    "  .  .a  .\"a b\"  .[\"a\"]  .[2]  .[-1]  .[10:20]  .[]  a step with ? passes errors over\n"
    "  f | g   f, g   (f)   length   keys   keys_unsorted   type\n"
    "\n"
    "results:\n"
    "  -c, --compact-output    one line each (the default)\n"
    "  -p, --pretty            indented, as jq prints\n"
    "  -r, --raw-output        strings without quotes and escapes\n"
    "  -0                      a NUL byte instead of the newline behind each\n"
    "  -n, --limit N           at most N results, then stop reading\n"
    "  -w, --where CONDITION   only results for which the SQL condition is true\n"
    "      --batch-count N     pack the results into arrays of N, one a line\n"
    "      --batch-bytes SIZE  pack them into arrays of at most SIZE bytes\n"
    "  -u, --unbuffered        write each result at once\n"
    "\n"
    "input:\n"
    "      --bad skip|FILE     count bad records, or keep them in FILE, and go on\n"
    "      --framing line|nest where records end (default: seen from the first value)\n"
    "      --raw               take gzip as it is\n"
    "  -j, --threads N         threads (default: one a core)\n"
    "  -q, --quiet             no counts and progress on stderr\n"
    "  -h, --help              this text\n"
    "      --version           the version\n";

enum long_option {
    OPTION_VERSION = 256,
    OPTION_BATCH_COUNT,
    OPTION_BATCH_BYTES,
    OPTION_BAD,
    OPTION_FRAMING,
    OPTION_RAW,
};

static const char short_options[] = ":cpr0n:w:uj:qh";

static const struct option long_options[] = {
    {"compact-output", no_argument, NULL, 'c'},
    {"pretty", no_argument, NULL, 'p'},
    {"raw-output", no_argument, NULL, 'r'},
    {"limit", required_argument, NULL, 'n'},
    {"where", required_argument, NULL, 'w'},
    {"unbuffered", no_argument, NULL, 'u'},
    {"threads", required_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"batch-count", required_argument, NULL, OPTION_BATCH_COUNT},
    {"batch-bytes", required_argument, NULL, OPTION_BATCH_BYTES},
    {"bad", required_argument, NULL, OPTION_BAD},
    {"framing", required_argument, NULL, OPTION_FRAMING},
    {"raw", no_argument, NULL, OPTION_RAW},
    {NULL, 0, NULL, 0},
};

struct options {
    struct slicer_options slicer;
    struct chunks_options chunks;
    struct frame_options frame;
    const char *bad;
    bool nul, bundle_count, bundle_bytes;
};

/* An option getopt does not know, or one without its argument. Where jq has it, the way it goes here. */
static _Noreturn void refuse_option(int verdict, char **argv)
{
    static const struct {
        char letter;
        const char *name, *hint;
    } jq[] = {
        {'s', "slurp", "values are not collected here; to pack results into arrays: --batch-count N"},
        {'e', "exit-status", "the exit status tells of bad data only; to test for a result: aslice -n 1 ... | grep -q ."},
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
    const char *text = argv[optind - 1];
    bool is_long = optopt == 0 || strncmp(text, "--", 2) == 0;
    if (verdict == ':')
        options_refuse(verdict, argv);
    for (size_t i = 0; i < sizeof jq / sizeof *jq; i++)
        if (is_long ? strcmp(text + 2, jq[i].name) == 0 : jq[i].letter == optopt)
            die_usage("--%s: %s", jq[i].name, jq[i].hint);
    options_refuse(verdict, argv);
}

static enum framing parse_framing(const char *text)
{
    if (strcmp(text, "line") == 0)
        return FRAMING_LINE;
    if (strcmp(text, "nest") == 0)
        return FRAMING_NEST;
    die_usage("--framing %s: expected line or nest", text);
}

static void set_form(struct slicer_options *slicer, enum slicer_form form)
{
    if (slicer->form != SLICER_COMPACT && slicer->form != form)
        die_usage("-p and -r exclude each other");
    slicer->form = form;
}

static void parse_option(struct options *options, int option, const char *argument)
{
    struct slicer_options *slicer = &options->slicer;
    switch (option) {
    case 'c':
        break;
    case 'p':
        set_form(slicer, SLICER_PRETTY);
        break;
    case 'r':
        set_form(slicer, SLICER_RAW);
        break;
    case '0':
        options->nul = true;
        break;
    case 'n':
        options->chunks.has_limit = true;
        options->chunks.limit = options_number("-n", argument, 0, UINT64_MAX);
        break;
    case 'w':
        slicer->where = argument;
        break;
    case 'u':
        options->chunks.flush = true;
        options->frame.single = true;
        break;
    case 'j':
        options->chunks.threads = (unsigned)options_number("-j", argument, 1, THREADS_MAX);
        break;
    case 'q':
        diag_quiet();
        options->frame.progress = false;
        break;
    case OPTION_BATCH_COUNT:
        options->bundle_count = true;
        slicer->count_max = options_number("--batch-count", argument, 1, UINT64_MAX);
        break;
    case OPTION_BATCH_BYTES:
        options->bundle_bytes = true;
        slicer->bytes_max = options_number("--batch-bytes", argument, BUNDLE_BYTES_MIN, SIZE_MAX / 4);
        break;
    case OPTION_BAD:
        options->bad = argument;
        break;
    case OPTION_FRAMING:
        options->frame.framing = parse_framing(argument);
        break;
    case OPTION_RAW:
        options->frame.raw = true;
        break;
    case 'h':
        options_help(usage);
    default: /* OPTION_VERSION */
        options_version();
    }
}

static void parse_options(struct options *options, int argc, char **argv)
{
    int option;
    while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
        if (option == '?' || option == ':')
            refuse_option(option, argv);
        parse_option(options, option, optarg);
    }
    struct slicer_options *slicer = &options->slicer;
    slicer->aggregate_at = aggregate_function_at;
    slicer->end = options->nul ? '\0' : '\n';
    slicer->bundles = options->bundle_count || options->bundle_bytes;
    if (slicer->bundles && (slicer->form != SLICER_COMPACT || options->nul))
        die_usage("--batch-count and --batch-bytes write compact arrays, one a line: no -p, -r or -0");
    slicer->has_limit = options->chunks.has_limit;
    slicer->limit = options->chunks.limit;
    if (slicer->bundles && slicer->limit > 0) /* the limit counts results, not arrays */
        options->chunks.has_limit = false;
    if (optind == argc)
        die_usage("expected a filter, such as '.[]'");
    slicer->filter = argv[optind++];
    options_files(argv + optind, (size_t)(argc - optind), "the filter is one argument: quote it");
    if (options->bad && strcmp(options->bad, "skip") != 0)
        options_apart("--bad", options->bad, argv + optind, (size_t)(argc - optind));
}

int main(int argc, char **argv)
{
    diag_start(argv[0]);
    struct options options = {.frame.progress = true};
    parse_options(&options, argc, argv);
    struct problem problem = {0};
    struct slicer *slicer = slicer_new(&options.slicer, &problem);
    if (!slicer)
        problem_die(&problem);
    slicer_frame(slicer, &options.frame);

    if (options.bad) {
        options.chunks.skip_bad = true;
        if (strcmp(options.bad, "skip") != 0)
            options.chunks.bad = output_open(options.bad);
    }
    struct output *out = output_start(STDOUT_FILENO, "stdout");
    options.chunks.out = out;
    struct frame *frame = frame_open(argv + optind, (size_t)(argc - optind), &options.frame);

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

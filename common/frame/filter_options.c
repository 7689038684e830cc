#include "frame/filter_options.h"

#include <string.h>

#include "base/threads.h"

enum { FILTER_BAD = OPTIONS_FILTER, FILTER_FRAMING, FILTER_RAW };

const struct option_row filter_options_rows[] = {
    {'j', "threads", "N", .help = "threads (default: one a core)", .heading = "running", .side = SIDE_EACH},
    {FILTER_BAD, "bad", "skip|FILE", .help = "count bad records and go on, or keep them in FILE", .side = SIDE_IN},
    {FILTER_FRAMING, "framing", "line|nest", .help = "where records end (default: told by the first)", .side = SIDE_IN},
    {FILTER_RAW, "raw", .help = "input is not compressed, whatever it looks like", .side = SIDE_IN},
    {'u', "unbuffered", .help = "take and write each record at once", .side = SIDE_EACH},
    {'q', "quiet", .help = "no counts and progress on stderr", .side = SIDE_EACH},
    {0},
};

static bool parse_framing(const char *argument, enum framing *framing, struct problem *problem)
{
    bool line = strcmp(argument, "line") == 0;
    *framing = line ? FRAMING_LINE : FRAMING_NEST;
    return line || strcmp(argument, "nest") == 0 ||
           problem_usage(problem, "--framing %s: expected line or nest", argument);
}

bool filter_options_take(struct filter_options *options, int option, const char *argument, struct problem *problem)
{
    uint64_t number;
    switch (option) {
    case 'j':
        if (!options_number("-j", argument, 1, THREADS_MAX, &number, problem))
            return false;
        options->threads = (unsigned)number;
        return true;
    case 'q':
        diag_quiet();
        options->quiet = true;
        return true;
    case 'u':
        options->flush = true;
        return true;
    case FILTER_BAD:
        options->bad = argument;
        return true;
    case FILTER_FRAMING:
        return parse_framing(argument, &options->framing, problem);
    case FILTER_RAW:
        options->raw = true;
        return true;
    default:
        return false; /* OPTIONS_STOP: the problem is set */
    }
}

static bool to_file(const struct filter_options *options)
{
    return options->bad && strcmp(options->bad, "skip") != 0;
}

bool filter_options_apart(const struct filter_options *options, char *const *files, size_t count,
                          struct problem *problem)
{
    return !to_file(options) || options_apart("--bad", options->bad, files, count, problem);
}

void filter_options_chunks(const struct filter_options *options, struct chunks_options *chunks)
{
    chunks->threads = options->threads;
    chunks->flush = options->flush;
    chunks->skip_bad = options->bad != NULL;
    chunks->bad = to_file(options) ? output_open(options->bad) : NULL;
}

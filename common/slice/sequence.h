/* sequence: a program over inputs one after the other, in one thread: what reads its inputs by itself (input, inputs,
 * -n, -s), sees them otherwise (-R, --stream), or does more than give results (halt, debug, the status of -e). */
#ifndef ATOOLS_SEQUENCE_H
#define ATOOLS_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/output.h"
#include "base/problem.h"
#include "frame/frame.h"
#include "jq/jq.h"
#include "slice/program.h"

struct sequence_options {
    struct program_text filter;
    struct jq_layout layout;
    const char *end; /* behind each result, of end_len bytes; a NUL: raw strings must hold none */
    size_t end_len;
    bool seq;   /* RS before each */
    bool null;  /* the program runs once, over null */
    bool raw;   /* an input is a line, as a string */
    bool slurp; /* all inputs are one: their array, or with raw their text */
    bool stream; /* an input is an event of tostream */
    bool stream_errors; /* with stream: what is no JSON is an event too, [message, path] */
    bool has_limit;
    uint64_t limit; /* results at most */
    bool flush;     /* after each input */
    bool exit_status; /* -e */
    bool forgiving; /* an error of the program ends that input's results only: jq's own way, with its words */
    char *const *files;
    size_t file_count;
    struct frame_options frame;
    struct output *out;
};

/* Statuses of jq: -e without a result that is neither false nor null, without any; errors of a forgiving run. */
enum { SEQUENCE_FALSE = 1, SEQUENCE_BAD_INPUT = 2, SEQUENCE_NONE = 4, SEQUENCE_ERROR = 5 };

/* Runs until the end, the limit, an error, which is printed, or halt. Gives the exit status; -1 and a problem where the
 * filter is wrong. */
int sequence_run(const struct sequence_options *options, struct problem *problem);

#endif

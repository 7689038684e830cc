/* pipe: the shell pipe of the other tools that does what a stage does. */
#ifndef ATOOLS_SQL_PIPE_H
#define ATOOLS_SQL_PIPE_H

#include <stdbool.h>

#include "base/mem.h"
#include "base/options.h"
#include "sql/stage.h"

/* An option as it was given, and its argument or NULL. */
struct pipe_option {
    const struct option_row *row;
    const char *argument;
};

/* What was asked for besides the statement. */
struct pipe_options {
    const struct pipe_option *list; /* which tools get one, its row's side says */
    size_t count;
    bool has_limit; /* of all rows, those left out not counted */
    uint64_t limit, skip;
    bool one_reader; /* an option says where something goes that only one tool may write */
};

/* Appends the pipe, a tool a line. False: no pipe does the same; *why says what there is no tool for. */
bool stage_pipe(const struct stage *stage, const struct pipe_options *options, struct buffer *into, const char **why);

#endif

/* pipe: the shell pipe of the other tools that does what a stage does. */
#ifndef ATOOLS_SQL_PIPE_H
#define ATOOLS_SQL_PIPE_H

#include <stdbool.h>

#include "base/mem.h"
#include "sql/stage.h"

/* Appends the pipe, a tool a line, with `options` (" --table") on the last one. False: no pipe does the same; *why says
 * what there is no tool for. */
bool stage_pipe(const struct stage *stage, const char *options, struct buffer *into, const char **why);

#endif

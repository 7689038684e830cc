/* checkpoint: the line that says how far a state of aagg goes (atools-partial(5)). It is the first one of the state's
 * file; what changed since that was written may stand in a file of steps, whose last such line then counts. */
#ifndef ATOOLS_CHECKPOINT_H
#define ATOOLS_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum { CHECKPOINT_ID_LEN = 16 };

/* What is added to the name of the state's file for that of its steps. */
#define CHECKPOINT_STEPS ".steps"

/* The line, with its newline if it has one, into `line`, which is emptied first: nothing of an empty file. *steps: how
 * many bytes of the file of steps are whole and follow this state; 0: none. False with errno. */
bool checkpoint_head(const char *path, struct buffer *line, uint64_t *steps);

#endif

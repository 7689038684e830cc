/* checkpoint: the line that says how far a state of aagg goes (atools-partial(5)). It is the first one of the state's
 * file; what changed since that was written may stand in a file of steps, whose last such line then counts. */
#ifndef ATOOLS_CHECKPOINT_H
#define ATOOLS_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

enum { CHECKPOINT_ID_LEN = 16 };

/* The name of the file of steps of the state in the file `path`, NUL-terminated; `into` is emptied first. */
void checkpoint_steps_name(const char *path, struct buffer *into);

/* The line, with its newline if it has one, into `line`, which is emptied first: nothing of an empty file. *steps: how
 * many bytes of the file of steps are whole and follow this state; 0: none. False with errno. */
bool checkpoint_head(const char *path, struct buffer *line, uint64_t *steps);

#endif

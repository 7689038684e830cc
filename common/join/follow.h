/* join_follow: the right side of a join as a table that changes while the left one streams past it.
 *
 * A regular file is the table as a whole: whenever it was written to its end, or another one was renamed to its place,
 * it is read again by a thread of its own, and the new table takes the old one's place between two batches of the left
 * side; one that cannot be read is told, and the table stays as it was. Anything else that can be read, such as a pipe,
 * gives changes: the last row of each key is the table's, and one with "_deleted": true takes that away. */
#ifndef ATOOLS_JOIN_FOLLOW_H
#define ATOOLS_JOIN_FOLLOW_H

#include <stdbool.h>

#include "base/problem.h"
#include "frame/chunks.h"
#include "join/join.h"
#include "table/inputs.h"
#include "table/rows.h"

/* Rows are told as changes until a pause of so long, for the first of which the left side waits at most so long. */
enum { JOIN_FOLLOW_PAUSE_MS = 200, JOIN_FOLLOW_FIRST_MS = 5000 };

struct join_follow;

/* Whether what is called so (-: stdin) would be followed as a file that is replaced; false: as a pipe of changes.
 * Problem: a folder, or it is not there. */
bool join_follow_is_file(const char *name, bool *file, struct problem *problem);

/* Before names are bound, for a pipe: the slot that says that a row is gone. */
size_t join_follow_paths(struct join_names *names);

/* The right side is bound: reads the table, or its first changes, and begins to follow. All of it lives on. rows,
 * chunks: as the right side was opened and is read. Sets join->follow. Otherwise the status; what chunks_run has not
 * said is in join->problem. */
int join_follow_start(struct join *join, const struct inputs *inputs, bool file, const struct rows_options *rows,
                      const struct chunks_options *chunks);

/* While they hold it the table is as it is: for who reads it, any number at a time. */
void join_follow_hold(struct join_follow *follow);
void join_follow_let_go(struct join_follow *follow);

/* Packed rows that came in, from a pipe. False: it outgrows its memory; the left side is stopped. */
bool join_follow_take(struct join_follow *follow, const struct buffer *packed);

/* Ends it; the status of the right side, and its problem in join->problem. */
int join_follow_end(struct join *join);

#endif

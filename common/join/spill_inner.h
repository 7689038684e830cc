/* join_spill: a join beyond its memory (grace hash join): both sides' rows in temporary files, spread
 * by key, then one file of each joined after the other, by as many threads as there are. A file
 * that is itself too large is joined in pieces. Private to join*.c. */
#ifndef ATOOLS_JOIN_SPILL_H
#define ATOOLS_JOIN_SPILL_H

#include <stddef.h>

#include "join/join.h"

struct join_spill *join_spill_new(void);
void join_spill_free(struct join_spill *spill);

/* Adds packed rows of a side; one thread at a time. */
void join_spill_add(struct join_spill *spill, enum join_side_name side, const struct buffer *rows);

/* Joins everything; rows are collected by the project. Returns the status of join->problem. */
int join_spill_run(struct join *join);

#endif

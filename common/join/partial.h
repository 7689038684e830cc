/* join_partial: the rows of one side on their way to where all rows of their keys come together, for joins whose sides
 * are read by many processes: what ajoin --partial writes and --merge reads. A line a row, as atools-partial(5) has it:
 *
 *     9ae16a3b2f90404f<tab>{"ajoin":1,"of":"6f1d…","side":"left","place":"0000000000000007","state":"AQID…"}
 *
 * In front stands the hash of the key, for a shuffle; it is cut off before lines are merged. "of" tells which slots of
 * which join are in "state"; "place" is the row's in its whole side, so that what is merged comes in the order that one
 * process would have given it. Lines may be merged in any order. */
#ifndef ATOOLS_JOIN_PARTIAL_H
#define ATOOLS_JOIN_PARTIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/output.h"
#include "base/problem.h"
#include "join/join.h"
#include "join/run.h"
#include "table/rows.h"

enum { JOIN_PARTIAL_VERSION = 1 };

/* Of places all but this many bits may be given: UINT64_MAX is behind them all. */
enum { JOIN_PLACE_BITS = 63 };

/* Reads the side, whose names are bound, and writes its rows. place: that of its first record; those behind it count up
 * from there. join: names, asof, threads and skip_bad are set. The exit status; what was not printed stands in
 * join->problem. */
int join_partial_write(struct join *join, enum join_side_name side, uint64_t place, const struct chunks_options *chunks,
                       struct output *out);

/* As join_run, of rows of both sides that were written so: states are lines of JSON, which are not bound yet; the names
 * of run->join are not bound, but their paths are known. */
int join_partial_merge(struct join_run *run, struct rows *states, struct output *out, struct problem *problem);

#endif

/* slicer: a filter over batches: what aslice does between frame and output.
 *
 * slicer_work() is handed to chunks_run with the slicer as its tool: workers run the filter over records in
 * parallel; what needs all of a streamed value (`.[a:b]`, length) or all results (bundles) is done in
 * input order, one thread at a time. */
#ifndef ATOOLS_SLICER_H
#define ATOOLS_SLICER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expr/expr.h"
#include "frame/chunks.h"
#include "frame/frame.h"
#include "jq/jq.h"
#include "slice/program.h"

struct slicer_options {
    struct program_text filter;
    const char *where;     /* an SQL condition on each result, or NULL */
    aggregate_table *aggregate_at; /* those it must not hold, for the message; or NULL */
    struct jq_layout layout;
    char end;              /* behind each result */
    bool whole;            /* an array is one record, which may be put aside as it is (--bad) */
    bool bundles;          /* results go into arrays of at most count_max values or bytes_max bytes (0: any) */
    uint64_t count_max;
    size_t bytes_max;
    bool has_limit; /* at most so many results (as chunks_options has it, but for bundles, whose rows are ours) */
    uint64_t limit;
};

struct slicer;

/* Compiles filter and condition; NULL where one is wrong. */
struct slicer *slicer_new(const struct slicer_options *options, struct problem *problem);

/* The filter reads inputs by itself, or does more than give results (halt, debug): a sequence runs it. */
bool slicer_is_sequence(const struct slicer *slicer);

/* Lets the framing stream along the filter's leading path, where it has one. */
void slicer_frame(const struct slicer *slicer, struct frame_options *options);

/* What chunks runs, with the slicer as its tool. */
const struct chunks_work *slicer_work(const struct slicer *slicer);

/* After the run: what is still in an open bundle. */
void slicer_end(struct slicer *slicer, struct buffer *into);

void slicer_free(struct slicer *slicer);

#endif

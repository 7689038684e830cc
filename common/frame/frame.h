/* frame: where records begin and end in texts. Reads inputs one after the other and is the source of batches
 * of whole records, in order, with their position. It only looks for boundaries, fast; validating a
 * record is the worker's work.
 *
 * Framing: if the first value of an input is complete on its line, by line:
 * a newline ends a record, whatever is open. Otherwise by nesting: concatenated or pretty
 * values, or the elements of one big array; there a malformed value is fatal. A BOM at the start
 * and RS (0x1e, RFC 7464) before a record are skipped.
 *
 * Bounded memory: a batch is about frame_options.batch_size, or one record if that is larger. */
#ifndef ATOOLS_FRAME_H
#define ATOOLS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/options.h"
#include "base/problem.h"
#include "frame/quoted.h"
#include "frame/source.h"

/* Framing is settled by the first so many bytes of an input: a first line longer than this is
 * framed by nesting. There, values up to this size are handed over whole (BATCH_VALUES), larger ones are
 * streamed along frame_options.steps or .elements. */
enum { FRAME_WHOLE_MAX = 256 * 1024 };

enum framing { FRAMING_AUTO, FRAMING_LINE, FRAMING_NEST };

/* One step of a streamed path (aslice): .name, .[n], .[from:to] or .[]. The last step is EACH (its elements are
 * delivered) or INDEX (that one element is delivered); a SLICE is always followed by EACH. Streaming is for
 * framing by nesting and values above FRAME_WHOLE_MAX: BATCH_LINES and BATCH_VALUES hold whole values, whatever
 * the steps. Negative indexes hold as many elements as they count. What lies beside the path comes as skipped
 * batches. A key that appears twice in an object being streamed is fatal (for .[] over an object each key takes
 * up to 64 bytes; its member values come with the keys blanked by spaces). Behind the last element that non-negative
 * indexes and slices ask for, the rest of that input is not read. */
enum frame_step_kind { STEP_KEY, STEP_INDEX, STEP_SLICE, STEP_EACH };
struct frame_step {
    enum frame_step_kind kind;
    const char *key; /* STEP_KEY: decoded bytes */
    size_t key_len;
    bool has_from, has_to;
    int64_t from, to; /* STEP_INDEX: from; STEP_SLICE: both; may be negative */
};

struct frame_options {
    enum framing framing;
    struct option_range lines_of; /* of the only input, a file, the whole lines that begin with these bytes: records */
    bool reads_on;       /* FRAMING_AUTO, by line: some values may have several, a batch ends between two of them */
    bool raw;            /* no gzip, whatever it looks like */
    bool parquet;        /* the caller reads Parquet, and is given it as it is */
    bool lines;          /* text lines whatever they hold (TSV, aproduce): BATCH_LINES only */
    bool elements;       /* a top-level array counts as its elements (the SQL tools) */
    size_t batch_size;   /* 0: a good default */
    bool single;         /* one record a batch (-u) */
    const struct frame_step *steps; /* aslice: stream along these instead of whole values */
    size_t step_count;
    bool ends;           /* with steps: FRAME_END events are wanted (aslice's `length`, `.[a:b]`) */
    bool arrays;         /* with steps: the last one, EACH, is for arrays alone: an object there is a mismatch, or,
                          * if it is the only one, a whole value */
    bool progress;       /* progress on stderr when it is a terminal */
    size_t whole_max;    /* 0: FRAME_WHOLE_MAX; tests set it */
};

struct frame;

/* files: count names ("-" is stdin), count 0 means stdin. The arrays must live on. Never NULL: what is wrong with an
 * input is told by source_next. frame_close frees it. */
struct frame *frame_open(char *const *files, size_t count, const struct frame_options *options);

/* For telling the form of an input (rows): the first bytes of the first input that is not empty, behind a BOM,
 * at least up to its first newline, or FRAME_WHOLE_MAX unless `whole_line`; not consumed. NULL when there is nothing.
 * Only before the first source_next; the bytes stay until the next call with this frame. */
const char *frame_sniff(struct frame *frame, bool whole_line, size_t *len);

/* Whether an input failed before anything at all was read of it: source_next will tell it. */
bool frame_failed(const struct frame *frame);

/* The problem of one that failed. */
void frame_tell(const struct frame *frame, struct problem *problem);

/* Settles options.lines, and takes options.elements back: it is TSV. Only before the first source_next. */
void frame_lines(struct frame *frame);

/* The same where newlines between quotes end no line: it is CSV. frame_sniff sees the first line so, too. */
void frame_quoted_lines(struct frame *frame, struct quoting quoting);

/* Batch `number` (from 0) of those that source_next will hand out, perhaps idle, and under `single` not of single
 * records; NULL when there are not so many. Only before the first source_next; the batch is the frame's until then.
 * Waits for input as source_next does. */
const struct batch *frame_peek(struct frame *frame, size_t number);

/* What batches are taken from; valid until frame_close. A guess (source_divide) is made within one large array of
 * objects: where a comma and the key that begins an element stand. */
struct source *frame_source(struct frame *frame);

void frame_close(struct frame *frame);

#endif

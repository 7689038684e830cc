/* frame: where records begin and end. Reads inputs one after the other and hands out batches
 * of whole records, in order, with their position. Used under one lock (chunks does that):
 * the sequential half of every tool, so it must only look for boundaries, fast; validating a
 * record is the worker's work.
 *
 * Framing (DESIGN "Framing"): if the first value of an input is complete on its line, by line:
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

#include "base/mem.h"
#include "json/scan/scan.h"

/* Framing is settled by the first so many bytes of an input: a first line longer than this is
 * framed by nesting. There, values up to this size are handed over whole (BATCH_VALUES), larger ones are
 * streamed along frame_options.steps or .elements. */
enum { FRAME_WHOLE_MAX = 256 * 1024 };

/* Bytes behind a batch's text that may be read (they are zero), for kernels that read blocks. */
enum { BATCH_PADDING = 64 };

enum batch_kind {
    BATCH_LINES,    /* whole lines, each with its newline (perhaps not the last of a file); one value
                     * a line; blank lines are no records */
    BATCH_VALUES,   /* whole values with white space between them, framed by nesting */
    BATCH_ELEMENTS, /* whole elements of one array (or member values of one object), a ',' between
                     * each two, none at the ends; never empty */
    BATCH_EVENT,    /* something for the tool to answer in order (event); FRAME_NO_EVENT: nothing but a
                     * flush, the input idles (chunks does that, work() never sees it) */
};

/* What a streamed path met besides elements (aslice only); see struct frame_step. For each top-level
 * value a stream answers with: one MISSING, or one MISMATCH, or any number of BATCH_ELEMENTS and then,
 * when frame_options.ends is set, one END. */
enum frame_event_kind {
    FRAME_NO_EVENT,
    FRAME_MISSING,  /* null or nothing stands before step `event_step`: the rest of the filter, from that step on, sees null.
                     * (An INDEX that is past the array's end: the step behind it.) */
    FRAME_MISMATCH, /* the value before step `event_step` has the type event_type that the step cannot enter: a scalar or a
                     * string is in text, whole (the tool may slice a string); a container was checked and skipped */
    FRAME_END,      /* the container the elements came from ended: event_type says which (ARRAY, OBJECT); start.element is
                     * how many elements were delivered. Also after none: `[]` or an empty slice */
};

struct input;

struct position {
    uint64_t line;    /* from 1, of the batch's first byte */
    uint64_t byte;    /* from 1, within that line */
    uint64_t element; /* BATCH_ELEMENTS: index of the first element in its array, from 0 */
};

/* Bytes of a regular file whose lines nobody has counted: `before` is the place of byte `from`. */
struct frame_gap {
    struct input *input; /* NULL: no gap */
    uint64_t from, to;
    struct position before;
};

struct batch {
    const char *text;
    size_t len;
    enum batch_kind kind;
    const char *file;      /* for messages */
    unsigned file_index;   /* which input, from 0 */
    bool skipped;          /* BATCH_ELEMENTS that no step asks for: validate them, deliver nothing (they
                            * are no records: chunks does not count them) */
    bool first;            /* the first batch of its file (a TSV header is here) */
    bool idle;             /* nothing more is waiting: flush the output behind this batch */
    uint64_t sequence;     /* from 0, over all inputs */
    struct position start; /* of text[0]; behind a gap it counts from the gap's end: ask frame_place */
    struct frame_gap gap;  /* held until the next frame_next with this batch, or frame_release */
    bool claimed;          /* frame_load has to read it: bytes from..to of gap.input */
    bool guess;            /* see frame_allow_claims */
    uint64_t from, to;
    enum frame_event_kind event;
    size_t event_step;
    unsigned char event_type; /* enum span_type */
    int status;     /* not 0: after this batch's text reading failed for good with this status, */
    char error[512]; /* and this is the whole message, "FILE:LINE: byte N: what" */
    struct buffer memory; /* owned by the batch, reused from call to call */
};

/* How a walk goes over the records of a batch (not BATCH_EVENT). */
static inline enum scan_records batch_by(const struct batch *batch)
{
    return batch->kind == BATCH_LINES ? SCAN_BY_LINE : batch->kind == BATCH_VALUES ? SCAN_BY_VALUE : SCAN_BY_ELEMENT;
}

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
    bool raw;            /* no gzip */
    bool lines;          /* text lines whatever they hold (TSV, aproduce): BATCH_LINES only */
    bool elements;       /* a top-level array counts as its elements (the SQL tools) */
    size_t batch_size;   /* 0: a good default */
    bool single;         /* one record a batch (-u) */
    const struct frame_step *steps; /* aslice: stream along these instead of whole values */
    size_t step_count;
    bool ends;           /* with steps: FRAME_END events are wanted (aslice's `length`, `.[a:b]`) */
    bool progress;       /* progress on stderr when it is a terminal */
    size_t whole_max;    /* 0: FRAME_WHOLE_MAX; tests set it */
};

struct frame;

/* files: count names ("-" is stdin), count 0 means stdin. The arrays must live on. */
struct frame *frame_open(char *const *files, size_t count, const struct frame_options *options);

/* For telling the form of an input (rows): the first bytes of the first input that is not empty, behind a BOM,
 * at least up to its first newline, or FRAME_WHOLE_MAX unless `whole_line`; not consumed. NULL when there is nothing.
 * Only before the first frame_next; the bytes stay until the next call with this frame. */
const char *frame_sniff(struct frame *frame, bool whole_line, size_t *len);

/* Settles options.lines, and takes options.elements back: it is TSV. Only before the first frame_next. */
void frame_lines(struct frame *frame);

/* The first batch, which the first frame_next will hand out as well; NULL when there is no input. Only before the
 * first frame_next; the batch is the frame's until then. */
const struct batch *frame_peek(struct frame *frame);

/* Fills batch; false at the end of all inputs (batch->status and error are then set if the
 * last input failed). A batch's memory is reused by the next call with the same batch. */
bool frame_next(struct frame *frame, struct batch *batch);

/* Lets frame_next hand out claims: stretches of a regular file, cut between records, that whoever got the batch reads by
 * frame_load outside of the lock. With `guesses` the elements of one large array of objects are cut too, where a comma and
 * the key that begins an element stand: that this is a comma between elements is known only when every batch before turned
 * out to be whole elements. A guess that turns out otherwise, or in which something is wrong, and everything behind it, must
 * be forgotten: frame_rewind. Before the first frame_next; the caller must not let a guess have an effect before those in
 * front of it are known to be right. */
void frame_allow_claims(struct frame *frame, bool guesses);

/* Reads a claimed batch; in the thread that has it, not under the lock. A failing read goes into batch->status. */
void frame_load(struct batch *batch);

/* frame_next returned false because of this: guesses were handed out, and before it goes on it must be known what became
 * of them: call frame_rewind, or frame_settle, and then frame_next again. */
bool frame_waits(const struct frame *frame);

/* All guesses were right; `elements` is how many they held. */
void frame_settle(struct frame *frame, uint64_t elements);

/* The guess (its from and sequence) was wrong, and the ones before it held `elements`: the next frame_next begins there again. */
void frame_rewind(struct frame *frame, uint64_t from, uint64_t sequence, uint64_t elements);

/* The place of the batch's byte `at`, from any thread. Behind a gap its lines are counted now: for messages only. */
struct position frame_place(const struct batch *batch, size_t at);

/* Frees what a batch has; not while frame_next runs. */
void frame_release(struct batch *batch);

/* From any thread: a frame_next that waits for input returns false soon, and so does every later one. */
void frame_stop(struct frame *frame);

/* While frame_next waits for input it also looks whether the reader of this descriptor is gone, and if so ends the
 * program as output would (closed pipe). Before the first frame_next. */
void frame_watch_output(struct frame *frame, int descriptor);

/* From any thread: bytes read so far over all inputs, and their size or 0 if unknown (compressed bytes
 * where an input is). */
void frame_progress(const struct frame *frame, uint64_t *done, uint64_t *size);

/* Whether frame_options.progress was set, and the batch size in force (for chunks). */
bool frame_wants_progress(const struct frame *frame);
size_t frame_batch_size(const struct frame *frame);

void frame_close(struct frame *frame);

#endif

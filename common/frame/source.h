/* source: what records are read from, in batches, each with its place; what stands between those who read and those who
 * work. A frame (the lines, values and elements of texts) is one; what has no text at all hands out payloads that only
 * it and those it is read for know. chunks takes batches from a source and asks nothing else about it.
 *
 * next and rewind are called by one thread at a time and may wait for input: the sequential half of every tool, so they
 * must do little. load and place are called from any thread with a batch that this thread has. */
#ifndef ATOOLS_SOURCE_H
#define ATOOLS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "json/scan/scan.h"

/* Bytes behind a batch's text that may be read (they are zero), for kernels that read blocks. */
enum { BATCH_PADDING = 64 };

/* Bytes of a message about a batch; longer ones are cut. */
enum { BATCH_ERROR_MAX = 512 };

enum batch_kind {
    BATCH_LINES,    /* whole lines, each with its newline (perhaps not the last of a file); one value
                     * a line; blank lines are no records */
    BATCH_VALUES,   /* whole values with white space between them, framed by nesting */
    BATCH_ELEMENTS, /* whole elements of one array (or member values of one object), a ',' between
                     * each two, none at the ends; never empty */
    BATCH_PAYLOAD,  /* no text: the records are in payload */
    BATCH_EVENT,    /* something for the tool to answer in order (event) */
    BATCH_IDLE,     /* nothing but a flush, the input idles (chunks does that, work() never sees it) */
};

/* What a streamed path met besides elements (aslice only); see struct frame_step. For each top-level
 * value a stream answers with: one MISSING, or one MISMATCH, or any number of BATCH_ELEMENTS and then,
 * when frame_options.ends is set, one END. */
enum frame_event_kind {
    FRAME_MISSING,  /* null or nothing stands before step `event_step`: the rest of the filter, from that step on, sees
                     * null. (An INDEX that is past the array's end: the step behind it.) */
    FRAME_MISMATCH, /* the value before step `event_step` has the type event_type that the step cannot enter: a scalar
                     * or a string is in text, whole (the tool may slice a string); a container was checked and
                     * skipped */
    FRAME_END, /* the container the elements came from ended: event_type says which (ARRAY, OBJECT); start.element is
                * how many elements were delivered. Also after none: `[]` or an empty slice */
};

struct position {
    uint64_t line;    /* from 1, of the batch's first byte */
    uint64_t byte;    /* from 1, within that line */
    uint64_t element; /* BATCH_ELEMENTS: index of the first element in its array, from 0 */
};

struct batch {
    const struct source *source;
    const char *text;
    size_t len;            /* bytes of text, or of what a payload stands for; 0: nothing to work on */
    enum batch_kind kind;
    const char *file;      /* for messages */
    unsigned file_index;   /* which input, from 0 */
    bool skipped;          /* BATCH_ELEMENTS that no step asks for: validate them, deliver nothing (they
                            * are no records: chunks does not count them) */
    bool first;            /* the first batch of its file (a TSV header is here) */
    bool reads_on;         /* BATCH_LINES: a line that is no value begins one of several, all in this batch (walk.h) */
    bool idle;             /* nothing more is waiting: flush the output behind this batch */
    bool claimed; /* source_load has to fetch it (text and len, or the payload): what stands `from` up to `to` */
    bool guess;            /* see source_divide */
    uint64_t from, to;     /* in the source's own units */
    uint64_t sequence;     /* from 0, over all inputs */
    struct position start; /* a text's: of text[0], as far as it is known: ask source_place */
    enum frame_event_kind event;
    size_t event_step;
    unsigned char event_type; /* enum span_type */
    int status;                  /* not 0: after this batch reading failed for good with this status, */
    char error[BATCH_ERROR_MAX]; /* and this is the whole message, "FILE:LINE: byte N: what" */
    struct buffer memory; /* owned by the batch, reused from call to call */
    void *payload;        /* the source's own, kept from call to call until source_release */
};

/* How a walk goes over the records of a batch of text. */
static inline enum scan_records batch_by(const struct batch *batch)
{
    return batch->kind == BATCH_LINES ? SCAN_BY_LINE : batch->kind == BATCH_VALUES ? SCAN_BY_VALUE : SCAN_BY_ELEMENT;
}

/* What a kind of source does; the functions below call it. Those marked may be NULL. next looks at source_stopped. */
struct source_kind {
    bool (*next)(struct source *source, struct batch *batch);
    void (*load)(struct batch *batch); /* NULL: no batch is ever claimed */
    void (*place)(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size);
    /* NULL: what a payload holds needs no more than free() */
    void (*release)(struct batch *batch);
    /* NULL: next never waits long, so nobody has to wake it */
    void (*stop)(struct source *source);
    void (*progress)(const struct source *source, uint64_t *done, uint64_t *size);
    /* NULL: it never waits */
    void (*watch_output)(struct source *source, int descriptor);
    /* NULL: no claims to allow */
    void (*divide)(struct source *source, bool guesses);
    /* NULL: it never guesses, */
    void (*settle)(struct source *source, uint64_t records);
    void (*rewind)(struct source *source, uint64_t from, uint64_t sequence, uint64_t records);    /* this too */
};

/* The head of each source's own struct. */
struct source {
    const struct source_kind *kind;
    size_t batch_size; /* about so many bytes a batch: threads are for a second one of half of it, or a claimed one */
    bool progress;     /* to be shown when stderr is a terminal */
    bool waits; /* next returned false because of this: guesses were handed out, and before it goes on it must be known
                 * what became of them: call source_rewind, or source_settle, and then source_next again */
    bool stopped; /* atomic: source_stop, source_stopped */
};

/* Fills batch; false at the end of all inputs (batch->status and error are then set if the last one failed), or if the
 * source waits. A batch's memory and payload are reused by the next call with the same batch; zero-initialised at
 * first. */
static inline bool source_next(struct source *source, struct batch *batch)
{
    batch->source = source;
    return source->kind->next(source, batch);
}

/* Fetches a claimed batch; in the thread that has it, not under the lock. A failure goes into batch->status. */
static inline void source_load(struct batch *batch)
{
    batch->source->kind->load(batch);
}

/* Where the batch's byte `at` is (a payload: its record number `record`), as messages say it: "FILE:LINE: byte N", and
 * in an array also which element. May take long (lines nobody has counted): for messages only. */
static inline void source_place(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size)
{
    batch->source->kind->place(batch, at, record, text, size);
}

/* Frees what a batch has; not while source_next runs. */
static inline void source_release(struct batch *batch)
{
    if (batch->source && batch->source->kind->release)
        batch->source->kind->release(batch);
    free(batch->payload);
    batch->payload = NULL;
    buffer_free(&batch->memory);
}

/* From any thread: a source_next that waits for input returns false soon, and so does every later one. */
static inline void source_stop(struct source *source)
{
    __atomic_store_n(&source->stopped, true, __ATOMIC_RELEASE);
    if (source->kind->stop)
        source->kind->stop(source);
}

/* From any thread: whether it was. */
static inline bool source_stopped(const struct source *source)
{
    return __atomic_load_n(&source->stopped, __ATOMIC_ACQUIRE);
}

/* From any thread: bytes read so far over all inputs, and their size or 0 if unknown (compressed bytes
 * where an input is). */
static inline void source_progress(const struct source *source, uint64_t *done, uint64_t *size)
{
    source->kind->progress(source, done, size);
}

/* While source_next waits for input it also looks whether the reader of this descriptor is gone, and if so ends the
 * program as output would (closed pipe). Before the first source_next. */
static inline void source_watch_output(struct source *source, int descriptor)
{
    if (source->kind->watch_output)
        source->kind->watch_output(source, descriptor);
}

/* Lets source_next hand out claims: stretches of a file, cut between records, that whoever got the batch fetches by
 * source_load outside of the lock. With `guesses` it may also cut where it only supposes that a record begins: that
 * this is so is known only when every batch before turned out to be whole records. A guess that turns out otherwise, or
 * in which something is wrong, and everything behind it, must be forgotten: source_rewind. Before the first
 * source_next; the caller must not let a guess have an effect before those in front of it are known to be right. */
static inline void source_divide(struct source *source, bool guesses)
{
    if (source->kind->divide)
        source->kind->divide(source, guesses);
}

/* All guesses were right; they held so many records. */
static inline void source_settle(struct source *source, uint64_t records)
{
    source->kind->settle(source, records);
}

/* The guess with this `from` and sequence was wrong, and the ones before it held so many records: the next source_next
 * begins there again. */
static inline void source_rewind(struct source *source, uint64_t from, uint64_t sequence, uint64_t records)
{
    source->kind->rewind(source, from, sequence, records);
}

#endif

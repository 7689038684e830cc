/* What frame's own .c files share; nobody else includes this.
 *
 * While source_next works, the bytes not handed out yet stand in the batch's memory behind `cursor`;
 * between two calls they wait in `pending`. Each mode's function looks at them, asks for more with
 * frame_more, and ends in one of enum frame_outcome. When frame_more says no because the input would
 * have to wait while earlier output stands unflushed (stalled), the function gives up, FRAME_WAIT, and is
 * called again later with the same bytes: nothing may have been changed by then but what was consumed. */
#ifndef ATOOLS_FRAME_PARTS_H
#define ATOOLS_FRAME_PARTS_H

#include "base/input.h"
#include "frame/frame.h"
#include "frame/keys_inner.h"
#include "frame/quoted.h"
#include "json/cursor.h"
#include "json/json.h"

/* A value of which so many bytes are there and no end in sight is checked before more is read, so that
 * an unclosed quote does not swallow the input. */
enum { FRAME_GUARD = 4 * 1024 * 1024 };

enum frame_mode {
    MODE_DETECT, /* nothing handed out yet; settle the framing */
    MODE_LINES,
    MODE_VALUES,
    MODE_STREAM, /* within one large value, along the steps */
};

enum frame_outcome {
    FRAME_EMIT,  /* the batch is ready */
    FRAME_AGAIN, /* something was consumed or settled: call the present mode again */
    FRAME_WAIT,  /* frame->stalled, or the input ended */
    FRAME_FAIL,  /* frame->status and error are set */
};

#define FRAME_SKIP SIZE_MAX

enum frame_role {
    ROLE_EACH,  /* elements (members) from `from` up to `to` are delivered */
    ROLE_INDEX, /* so is element `from`, or the next step enters it */
    ROLE_KEY,   /* the next step enters the member of that name */
    ROLE_SKIP,
};

enum frame_expect {
    EXPECT_FIRST, /* a value (member) or the closing bracket */
    EXPECT_VALUE,
    EXPECT_NEXT, /* a comma or the closing bracket */
};

/* MODE_STREAM: an open container. */
struct frame_level {
    bool object;
    enum frame_role role;
    enum frame_expect expect;
    size_t step;           /* the step carried out here; a SLICE: the EACH behind it */
    const struct frame_step *bounds; /* INDEX or SLICE, or NULL */
    uint64_t index;        /* of the element that comes next */
    uint64_t from, to;
    uint64_t hold;         /* bounds counted from the end: so many elements wait until it is known */
    bool may_stop;         /* behind `to` nothing more is read */
    bool found;            /* ROLE_INDEX, ROLE_KEY: it was there */
    bool answered;         /* no FRAME_END is due any more */
    uint64_t delivered;
    struct frame_keys keys; /* ROLE_EACH over an object: those seen */
};

enum { FRAME_PATTERN_MAX = 96 };

/* See source_divide; for the present input. */
struct frame_claims {
    bool on;      /* source_next hands out claims */
    bool over;    /* and will not again in this input */
    bool guess;   /* they are guesses: elements, cut where the pattern stands */
    uint64_t next; /* the file's byte where the next claim begins: a record does */
    char pattern[FRAME_PATTERN_MAX]; /* a comma, and what is between it and the end of an element's first key */
    size_t pattern_len;
};

/* Bytes of a regular file whose lines nobody has counted: `before` is the place of byte `from`. Each batch's payload is
 * the one it stands behind, its input held. */
struct frame_gap {
    struct input *input; /* NULL: no gap */
    uint64_t from, to;
    struct position before;
};

struct frame {
    struct source source;
    struct frame_options options;
    char *const *files;
    size_t count;     /* of files */
    size_t next_file;
    size_t whole_max;

    struct input *input; /* NULL between files */
    const char *name;
    unsigned file_index;
    enum frame_mode mode;
    bool at_start;   /* nothing of this input was consumed: a BOM may stand here */
    bool first;      /* no batch of this input was handed out */
    bool ended;      /* the input gave all it has */
    bool broken;     /* it ended in a failure, which input_error knows: what is unfinished is not handed out */
    bool reads_on;   /* by line, but a batch ends between two values */
    bool separators; /* RS was met where a record begins */
    struct quoting quoting; /* of the lines */
    bool trim_lines; /* options.lines settled later (frame_lines): a BOM is cut */
    struct position position; /* of the byte at cursor; with a gap, counted from its end */
    struct frame_gap gap;
    bool may_claim, may_guess;
    struct frame_claims claims;
    struct buffer pending;
    size_t cursor;

    struct frame_peeked *peeked; /* the next calls' answers */

    uint64_t sequence;
    bool dirty;   /* batches were handed out since the input last idled */
    bool stalled; /* frame_more refused: flush first */
    int status;   /* failed for good */
    char error[512];

    struct frame_level *levels; /* MODE_STREAM: containers open, outermost first */
    size_t level_count, level_cap;
    bool at_value;     /* MODE_STREAM: a value is still to be entered, */
    size_t value_step; /* before this step (FRAME_SKIP: only to be skipped) */
    const struct frame_step *steps; /* options.steps, or for options.elements .[] */
    size_t step_count;
    struct buffer scratch; /* a decoded key; offsets of elements held */
    struct json_checker *guard; /* allocated when first needed */

    int output;  /* source_watch_output, or -1 */
    int wake; /* readable once it was stopped */
    uint64_t bytes_before; /* of the inputs closed so far */
    uint64_t bytes_done;   /* atomic */
    uint64_t size;
};

/* The first boundary from `at` on, which is behind a newline (of claims that are guesses, at a comma between elements).
 * False: there is none, or it is far. */
bool frame_boundary(const struct frame *frame, uint64_t at, uint64_t *boundary);

/* Whether the first value of an input makes up its line, of which text is the part behind blanks. A line that is
 * malformed is framed by line too: there --bad can set it aside. */
bool frame_whole_line(const char *text, size_t len);

/* Of the input that was opened only the lines that are asked for (options.lines_of) are there; what is before them is a
 * gap. False: it has failed. */
bool frame_set_range(struct frame *frame);

/* The input has failed. */
void frame_fail_input(struct frame *frame, int status, const char *what);

/* Reads more behind the batch's memory: true if some came. False at the end of the input (ended) or when
 * a flush must come first (stalled). Memory may move. */
bool frame_more(struct frame *frame, struct batch *batch);

/* True if a batch that already holds something whole should go out now. */
bool frame_full(struct frame *frame, const struct batch *batch);

static inline struct frame *frame_of(const struct source *source)
{
    return (struct frame *)(uintptr_t)source; /* its head */
}

static inline const char *frame_text(const struct frame *frame, const struct batch *batch)
{
    return batch->memory.data + frame->cursor;
}

static inline size_t frame_left(const struct frame *frame, const struct batch *batch)
{
    return batch->memory.len - frame->cursor;
}

/* Moves the cursor and the position over len bytes. */
void frame_consume(struct frame *frame, const struct batch *batch, size_t len);

/* Hands out len bytes at the cursor as a batch of this kind and consumes them and `extra` more. */
enum frame_outcome frame_emit(struct frame *frame, struct batch *batch, enum batch_kind kind, size_t len, size_t extra);

/* Notes a fatal error `at` bytes behind the cursor. (If that is where a broken input was cut off: FRAME_WAIT.) */
enum frame_outcome frame_fail(struct frame *frame, const struct batch *batch, size_t at, const char *message);

/* The value that begins `from` bytes behind the cursor has no end in what was read so far. From FRAME_GUARD bytes on
 * it is checked; false: malformed, and the byte *at behind the cursor is the first that cannot stand there
 * (frame->guard->message). `checked` is how far the check has come, 0 at first. */
bool frame_guard(struct frame *frame, const struct batch *batch, size_t from, size_t *checked, size_t *at);

/* Hands out a claim if that can be done at the cursor. False: read on as always (or the source waits). */
bool frame_claim(struct frame *frame, struct batch *batch);

/* What the source does with claims. */
void frame_load(struct batch *batch);
void frame_divide(struct source *source, bool guesses);
void frame_settle(struct source *source, uint64_t elements);
void frame_rewind(struct source *source, uint64_t from, uint64_t sequence, uint64_t elements);

/* The place behind len bytes of text. */
struct position frame_behind(struct position position, const char *text, size_t len);

/* The place counted from the gap's end, from the start of the file. */
struct position frame_behind_gap(const struct frame_gap *gap, struct position since);

/* Skips white space (and RS, but within a value that is streamed) at the cursor; true if a byte is there, false
 * if more input is needed but not to be had. */
bool frame_skip_blank(struct frame *frame, struct batch *batch);

/* At the start of an input: consumes a BOM where one is not data. True if there are bytes. */
bool frame_skip_bom(struct frame *frame, struct batch *batch);

/* The white space around text[at], and what it stands between as far as text[0, len) tells: between two tokens of one
 * value there always is a comma, colon or bracket. */
enum frame_gap_kind {
    GAP_INSIDE,  /* it is within a value */
    GAP_BETWEEN, /* of two values */
    GAP_FIRST,   /* nothing is before it, */
    GAP_LAST,    /* or behind it */
};
struct frame_gap_between {
    size_t from, to;
    enum frame_gap_kind kind;
};
struct frame_gap_between frame_look_around(const char *text, size_t at, size_t len);
enum frame_outcome frame_next_lines(struct frame *frame, struct batch *batch);
enum frame_outcome frame_next_values(struct frame *frame, struct batch *batch);
enum frame_outcome frame_next_stream(struct frame *frame, struct batch *batch);

/* The large value at the cursor is to be streamed. */
void frame_enter_stream(struct frame *frame);
void frame_free_levels(struct frame *frame);

#endif

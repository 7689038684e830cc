#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "frame/frame_inner.h"
#include "json/scan/depth.h"

enum {
    CLAIMS_WORTH = 4,        /* so many batches must be left in the file */
    WINDOW = 8 * 1024,       /* what is read at once to find a boundary */
    GUESS_MAX = 1024 * 1024, /* the pattern is not looked for any further */
    AROUND = 128,            /* what is read of each side of a newline to see whether it stands between two values */
};

void frame_divide(struct source *source, bool guesses)
{
    struct frame *frame = frame_of(source);
    frame->may_claim = true;
    frame->may_guess = guesses;
}

struct position frame_behind(struct position position, const char *text, size_t len)
{
    const char *last = len > 0 ? memrchr(text, '\n', len) : NULL;
    if (last) {
        position.line += scan_newlines(text, len);
        position.byte = (uint64_t)(text + len - last);
    } else {
        position.byte += len;
    }
    return position;
}

struct position frame_behind_gap(const struct frame_gap *gap, struct position since)
{
    if (!gap->input)
        return since;
    struct position place = gap->before;
    char window[WINDOW];
    for (uint64_t at = gap->from; at < gap->to;) {
        size_t want = gap->to - at < sizeof window ? (size_t)(gap->to - at) : sizeof window;
        ssize_t n = input_read_at(gap->input, window, want, at);
        if (n <= 0)
            break; /* the file has changed since */
        place = frame_behind(place, window, (size_t)n);
        at += (uint64_t)n;
    }
    place.line += since.line;
    place.byte = since.line > 0 ? since.byte : place.byte + since.byte;
    place.element = since.element;
    return place;
}

/* An array whose elements are all delivered, up to its end, is being streamed, and the next one stands at the
 * cursor. */
static bool in_array(const struct frame *frame)
{
    if (frame->mode != MODE_STREAM || frame->at_value || frame->level_count == 0)
        return false;
    const struct frame_level *level = &frame->levels[frame->level_count - 1];
    return level->role == ROLE_EACH && !level->object && level->step + 1 == frame->step_count &&
           level->expect == EXPECT_VALUE && level->hold == 0 && level->index >= level->from && level->to == UINT64_MAX;
}

/* What stands between an element and the end of the next one's first key, from the comma at `at`. */
static bool learn_pattern(struct frame *frame, uint64_t at)
{
    struct frame_claims *claims = &frame->claims;
    ssize_t got = input_read_at(frame->input, claims->pattern, sizeof claims->pattern, at);
    size_t len = got > 0 ? (size_t)got : 0, i = 0;
    for (const char *wanted = ",{\""; *wanted; wanted++, i++) {
        while (i > 0 && i < len && text_is_space(claims->pattern[i]))
            i++;
        if (i >= len || claims->pattern[i] != *wanted)
            return false;
    }
    const char *quote = memchr(claims->pattern + i, '"', len - i);
    if (!quote || memchr(claims->pattern, '\\', (size_t)(quote - claims->pattern)))
        return false;
    claims->pattern_len = (size_t)(quote - claims->pattern) + 1;
    return true;
}

/* Claims begin at the cursor, where a record does, if enough of the file is left. */
static bool begin(struct frame *frame, struct batch *batch)
{
    struct frame_claims *claims = &frame->claims;
    uint64_t at, size = input_size(frame->input);
    bool lines = frame->mode == MODE_LINES, elements = frame->may_guess && in_array(frame);
    if (!frame->may_claim || frame->quoting.quote || claims->over || frame->first || frame->ended ||
        frame->options.single || frame->separators || (!lines && !elements) || !input_seekable(frame->input, &at))
        return false;
    at -= frame_left(frame, batch);
    claims->over = true;
    if (size < at || (size - at) / CLAIMS_WORTH < frame->source.batch_size ||
        (elements && !learn_pattern(frame, at - 1)))
        return false;
    claims->on = true;
    claims->guess = elements;
    claims->next = at;
    if (!frame->gap.input)
        frame->gap = (struct frame_gap){.input = frame->input, .from = at, .before = frame->position};
    frame->gap.to = at;
    return true;
}

/* Where values may have several lines: whether the newline before `at` stands between two of them. What does not show
 * is none. */
static bool is_between(const struct frame *frame, uint64_t at)
{
    char around[2 * AROUND];
    uint64_t from = at > AROUND ? at - AROUND : 0;
    ssize_t n = input_read_at(frame->input, around, sizeof around, from);
    return n > 0 && frame_look_around(around, (size_t)(at - from), (size_t)n).kind == GAP_BETWEEN;
}

bool frame_boundary(const struct frame *frame, uint64_t at, uint64_t *boundary)
{
    const struct frame_claims *claims = &frame->claims;
    size_t overlap = claims->guess ? claims->pattern_len - 1 : 0;
    const uint64_t limit = claims->guess ? at + GUESS_MAX : UINT64_MAX;
    char window[WINDOW];
    for (;;) {
        ssize_t n = input_read_at(frame->input, window, sizeof window, at);
        if (n <= (ssize_t)overlap || at > limit)
            return false;
        const char *found = claims->guess ? memmem(window, (size_t)n, claims->pattern, claims->pattern_len)
                                          : memchr(window, '\n', (size_t)n);
        *boundary = at + (uint64_t)(found ? found - window : 0) + !claims->guess;
        if (found && (claims->guess || !frame->reads_on || is_between(frame, *boundary)))
            return true;
        at = found ? *boundary : at + (uint64_t)n - overlap;
    }
}

/* Where the line (under reads_on, the value) begins that is the first from `at` on. */
static uint64_t line_from(const struct frame *frame, uint64_t at)
{
    uint64_t begin, size = input_size(frame->input);
    if (at == 0 || at > size)
        return at == 0 ? 0 : size;
    return frame_boundary(frame, at - 1, &begin) && begin < size ? begin : size;
}

/* Whether the file's first value is one that makes up its line, or that is longer than what is looked at. */
static bool is_by_line(const struct frame *frame)
{
    char *head = mem_zero(1, frame->whole_max);
    ssize_t n = input_read_at(frame->input, head, frame->whole_max, 0);
    const char *end = head + (n > 0 ? n : 0), *at = end - head >= 3 && memcmp(head, TEXT_BOM, 3) == 0 ? head + 3 : head;
    while (at < end && (text_is_space(*at) || *at == 0x1e))
        at++;
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    bool nested = at < end && (*at == '{' || *at == '['), cut = !newline && end - head == (ssize_t)frame->whole_max;
    bool whole = !nested || cut || frame_whole_line(at, (size_t)((newline ? newline : end) - at));
    free(head);
    return whole;
}

bool frame_set_range(struct frame *frame)
{
    const struct option_range *lines = &frame->options.lines_of;
    uint64_t from = line_from(frame, lines->from), to = line_from(frame, lines->to);
    bool by_line = frame->options.lines || frame->options.framing == FRAMING_LINE || frame->reads_on;
    const char *wrong = NULL;
    if (frame->count > 1 || !input_range(frame->input, from, to > from ? to : from))
        wrong = "--lines goes with one regular file that is text";
    else if (!by_line && (frame->options.framing == FRAMING_NEST || !is_by_line(frame)))
        wrong = "--lines goes with a record a line";
    if (wrong) {
        frame_fail_input(frame, STATUS_USAGE, wrong);
        return false;
    }
    frame->options.framing = FRAMING_LINE;
    frame->at_start = from == 0;
    if (from > 0) {
        frame->gap = (struct frame_gap){.input = frame->input, .to = from, .before = frame->position};
        frame->position = (struct position){0};
    }
    return true;
}

/* Reading goes on at `at` as always. */
static void go_on(struct frame *frame, uint64_t at)
{
    input_seek(frame->input, at);
    frame->gap.to = at;
    frame->position = (struct position){0};
    frame->claims.on = frame->source.waits = false;
}

static void note_progress(struct frame *frame)
{
    uint64_t at;
    input_seekable(frame->input, &at);
    uint64_t done = input_done(frame->input) + (frame->claims.next - at);
    __atomic_store_n(&frame->bytes_done, frame->bytes_before + done, __ATOMIC_RELAXED);
}

bool frame_claim(struct frame *frame, struct batch *batch)
{
    struct frame_claims *claims = &frame->claims;
    if (frame->source.waits || (!claims->on && !begin(frame, batch)))
        return false;
    uint64_t to;
    if (input_size(frame->input) < claims->next + frame->source.batch_size ||
        !frame_boundary(frame, claims->next + frame->source.batch_size - 1, &to) ||
        to > input_size(frame->input)) {
        batch->memory.len = frame->cursor = 0;
        frame->source.waits = claims->guess;
        if (!claims->guess)
            go_on(frame, claims->next);
        return false;
    }
    batch->memory.len = frame->cursor = 0;
    batch->kind = claims->guess ? BATCH_ELEMENTS : BATCH_LINES;
    batch->claimed = true;
    batch->guess = claims->guess;
    batch->reads_on = frame->reads_on && !claims->guess;
    batch->skipped = batch->first = batch->idle = false;
    batch->start = (struct position){0};
    batch->from = claims->next;
    batch->to = to;
    claims->next = to + claims->guess; /* behind the comma */
    note_progress(frame);
    return true;
}

void frame_load(struct batch *batch)
{
    size_t len = (size_t)(batch->to - batch->from);
    buffer_reserve(&batch->memory, len + BATCH_PADDING);
    ssize_t got =
        input_read_at(((const struct frame_gap *)batch->payload)->input, batch->memory.data, len, batch->from);
    if (got < (ssize_t)len) { /* a guess is then read again as any other input, which tells why */
        batch->status = STATUS_IO;
        snprintf(batch->error, sizeof batch->error, "%s: %s", batch->file, got < 0 ? strerror(errno) : input_shorter);
    }
    batch->text = batch->memory.data;
    batch->len = got > 0 ? (size_t)got : 0;
    memset(batch->memory.data + batch->len, 0, BATCH_PADDING);
}

/* Behind `elements` more of the array the next one begins at `at`. */
static void go_on_in_array(struct frame *frame, uint64_t at, uint64_t elements)
{
    struct frame_level *level = &frame->levels[frame->level_count - 1];
    level->index += elements;
    level->delivered += elements;
    go_on(frame, at);
}

void frame_settle(struct source *source, uint64_t elements)
{
    struct frame *frame = frame_of(source);
    go_on_in_array(frame, frame->claims.next, elements);
}

void frame_rewind(struct source *source, uint64_t from, uint64_t sequence, uint64_t elements)
{
    struct frame *frame = frame_of(source);
    frame->sequence = sequence;
    go_on_in_array(frame, from, elements);
}

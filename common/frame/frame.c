#include "frame/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/wake.h"
#include "frame/frame_inner.h"
#include "json/scan/depth.h"

enum {
    BATCH_SIZE = 256 * 1024,
    SINGLE_SIZE = 16 * 1024, /* -u: what is read ahead of the one record */
};

static const char *const stdin_only[] = {"-"};
static const struct frame_step each = {.kind = STEP_EACH};

static uint64_t total_size(char *const *files, size_t count)
{
    uint64_t size = 0;
    for (size_t i = 0; i < count; i++) {
        struct stat info;
        int failed = strcmp(files[i], "-") == 0 ? fstat(STDIN_FILENO, &info) : stat(files[i], &info);
        if (failed || !S_ISREG(info.st_mode))
            return 0;
        size += (uint64_t)info.st_size;
    }
    return size;
}

void frame_fail_input(struct frame *frame, int status, const char *what)
{
    frame->status = status;
    snprintf(frame->error, sizeof frame->error, "%s: %s", frame->name, what);
}

enum frame_outcome frame_fail(struct frame *frame, const struct batch *batch, size_t at, const char *message)
{
    if (frame->broken && at == frame_left(frame, batch))
        return FRAME_WAIT; /* the input was cut off: that is the message */
    struct position place = frame_behind(frame->position, frame_text(frame, batch), at);
    place = frame_behind_gap(&frame->gap, place);
    frame->status = STATUS_DATA;
    snprintf(frame->error, sizeof frame->error, "%s:%llu: byte %llu: %s", frame->name,
             (unsigned long long)place.line, (unsigned long long)place.byte, message);
    return FRAME_FAIL;
}

static bool open_next(struct frame *frame)
{
    const char *path = frame->files[frame->next_file];
    frame->file_index = (unsigned)frame->next_file++;
    frame->name = strcmp(path, "-") == 0 ? "stdin" : path;
    frame->input = input_open(path, frame->options.raw);
    if (!frame->input) {
        frame_fail_input(frame, STATUS_IO, strerror(errno));
        return false;
    }
    input_watch(frame->input, frame->wake, frame->output);
    if (frame->options.parquet)
        input_take_parquet(frame->input);
    frame->mode = MODE_DETECT;
    frame->at_start = frame->first = true;
    frame->ended = frame->broken = frame->separators = false;
    frame->position = (struct position){.line = 1, .byte = 1};
    frame->gap = (struct frame_gap){0};
    frame->claims = (struct frame_claims){0};
    return !frame->options.lines_of.on || frame_set_range(frame);
}

static void note_progress(struct frame *frame)
{
    __atomic_store_n(&frame->bytes_done, frame->bytes_before + input_done(frame->input), __ATOMIC_RELAXED);
}

/* The input has given all: a failure it ended in is noted. */
static void close_input(struct frame *frame)
{
    int status;
    if (frame->broken && frame->status == STATUS_OK) {
        const char *what = input_error(frame->input, &status);
        frame_fail_input(frame, status, what);
    }
    note_progress(frame);
    frame->bytes_before += input_done(frame->input);
    input_close(frame->input);
    frame->input = frame->gap.input = NULL;
    frame->pending.len = 0;
}

bool frame_more(struct frame *frame, struct batch *batch)
{
    if (frame->ended)
        return false;
    if (frame->dirty && !input_ready(frame->input)) {
        frame->stalled = true;
        return false;
    }
    struct buffer *memory = &batch->memory;
    size_t left = frame_left(frame, batch);
    size_t want = left < frame->source.batch_size ? frame->source.batch_size - left : left;
    buffer_reserve(memory, (want > 1 ? want : 2) + BATCH_PADDING);
    ssize_t n = input_read(frame->input, memory->data + memory->len, want > 1 ? want : 2);
    if (n > 0) {
        memory->len += (size_t)n;
        return true;
    }
    frame->ended = true;
    frame->broken = n < 0;
    return false;
}

bool frame_full(struct frame *frame, const struct batch *batch)
{
    return frame->options.single || frame->ended || frame_left(frame, batch) >= frame->source.batch_size ||
           !input_ready(frame->input);
}

void frame_consume(struct frame *frame, const struct batch *batch, size_t len)
{
    if (len == 0)
        return;
    frame->position = frame_behind(frame->position, frame_text(frame, batch), len);
    frame->cursor += len;
    frame->at_start = false;
}

/* Records that begin with RS: blanks each RS that stands where a record may begin, so that readers see
 * white space. In BATCH_LINES that is the start of a line, otherwise outside of every value. */
static void blank_separators(enum batch_kind kind, char *text, size_t len)
{
    struct scan_depth state = {0};
    size_t scanned = 0;
    for (char *rs = text; (rs = memchr(rs, 0x1e, len - (size_t)(rs - text))); rs++) {
        size_t at = (size_t)(rs - text);
        scan_depth(&state, SCAN_VALUES, text, scanned, at, UINT64_MAX);
        scanned = at;
        bool between = kind == BATCH_LINES ? at == 0 || rs[-1] == '\n' : state.depth == 0 && !state.in_string;
        if (between)
            *rs = ' ';
    }
}

enum frame_outcome frame_emit(struct frame *frame, struct batch *batch, enum batch_kind kind, size_t len, size_t extra)
{
    char *text = batch->memory.data + frame->cursor;
    if (frame->separators && kind != BATCH_ELEMENTS)
        blank_separators(kind, text, len);
    batch->text = text;
    batch->len = len;
    batch->kind = kind;
    batch->reads_on = frame->reads_on && kind == BATCH_LINES;
    batch->skipped = false;
    batch->start = frame->position;
    frame_consume(frame, batch, len + extra);
    return FRAME_EMIT;
}

bool frame_guard(struct frame *frame, const struct batch *batch, size_t from, size_t *checked, size_t *at)
{
    const char *text = frame_text(frame, batch) + from;
    size_t len = frame_left(frame, batch) - from;
    if (len < FRAME_GUARD)
        return true;
    if (!frame->guard)
        frame->guard = mem_zero(1, sizeof *frame->guard);
    if (*checked == 0)
        json_check_start(frame->guard);
    size_t used = 0;
    enum json_verdict verdict = json_check_feed(frame->guard, text + *checked, len - *checked, &used);
    size_t end = *checked + used;
    *at = from + end;
    if (verdict == JSON_MORE)
        *checked = len;
    if (verdict != JSON_WHOLE)
        return verdict == JSON_MORE;
    /* whole, and no end in sight: what follows is no comma and no bracket, or white space so far */
    *checked = 0;
    while (end < len && text_is_space(text[end]))
        end++;
    *at = from + end;
    frame->guard->message = "expected ',' or a closing bracket";
    return end == len;
}

bool frame_skip_blank(struct frame *frame, struct batch *batch)
{
    for (;;) {
        size_t left = frame_left(frame, batch), n = 0;
        const char *text = left > 0 ? frame_text(frame, batch) : NULL;
        for (; n < left && (text_is_space(text[n]) || (text[n] == 0x1e && frame->mode != MODE_STREAM)); n++)
            frame->separators |= text[n] == 0x1e;
        frame_consume(frame, batch, n);
        if (n < left)
            return true;
        if (frame->cursor >= frame->source.batch_size) {
            batch->memory.len = frame->cursor = 0;
        }
        if (!frame_more(frame, batch))
            return false;
    }
}

bool frame_skip_bom(struct frame *frame, struct batch *batch)
{
    bool keep = frame->options.lines && !frame->trim_lines;
    while (frame->at_start && !keep) {
        size_t left = frame_left(frame, batch);
        size_t same = left < 3 ? left : 3;
        if (memcmp(frame_text(frame, batch), TEXT_BOM, same) != 0)
            break;
        if (same == 3)
            frame_consume(frame, batch, 3);
        else if (!frame_more(frame, batch) && !frame->ended)
            return false;
        else if (frame->ended)
            break;
    }
    frame->at_start = false;
    return frame_left(frame, batch) > 0 || frame_more(frame, batch);
}

/* Keeps what was not consumed for the next call, and clears the bytes behind the text for kernels. */
static void stash(struct frame *frame, struct batch *batch)
{
    struct buffer *memory = &batch->memory;
    frame->pending.len = 0;
    buffer_add(&frame->pending, memory->len > 0 ? memory->data + frame->cursor : "", memory->len - frame->cursor);
    frame->cursor = 0;
    if (batch->len > 0) {
        size_t end = (size_t)(batch->text - memory->data) + batch->len;
        memory->len = end;
        buffer_reserve(memory, BATCH_PADDING); /* never moves: frame_more leaves room */
        memset(memory->data + end, 0, BATCH_PADDING);
        batch->text = memory->data + end - batch->len;
    }
}

static void unstash(struct frame *frame, struct batch *batch)
{
    batch->memory.len = 0;
    frame->cursor = 0;
    buffer_reserve(&batch->memory, frame->pending.len + BATCH_PADDING);
    buffer_add(&batch->memory, frame->pending.data, frame->pending.len);
    frame->pending.len = 0;
}

/* Bytes that were consumed without being handed out need not stay. */
static void compact(struct frame *frame, struct batch *batch)
{
    if (frame->cursor < frame->source.batch_size)
        return;
    size_t left = frame_left(frame, batch);
    memmove(batch->memory.data, batch->memory.data + frame->cursor, left);
    batch->memory.len = left;
    frame->cursor = 0;
}

bool frame_whole_line(const char *text, size_t len)
{
    struct json_checker checker;
    size_t used = 0;
    json_check_start(&checker);
    enum json_verdict verdict = json_check_feed(&checker, text, len, &used);
    if (verdict == JSON_MORE)
        return json_check_end(&checker) == JSON_WHOLE;
    if (verdict == JSON_BAD)
        return true;
    while (used < len && text_is_space(text[used]))
        used++;
    return used == len || text[used] == '\0' || !strchr("{[\"-0123456789tfn\x1e", text[used]);
}

static enum frame_outcome settle(struct frame *frame, enum frame_mode mode)
{
    frame->mode = mode;
    return FRAME_AGAIN;
}

static enum frame_outcome frame_detect(struct frame *frame, struct batch *batch)
{
    if (!frame_skip_bom(frame, batch))
        return FRAME_WAIT;
    if (frame->options.lines)
        return settle(frame, MODE_LINES);
    if (!frame_skip_blank(frame, batch))
        return FRAME_WAIT;
    if (frame->options.framing != FRAMING_AUTO)
        return settle(frame, frame->options.framing == FRAMING_LINE ? MODE_LINES : MODE_VALUES);
    for (size_t searched = 0;;) {
        size_t left = frame_left(frame, batch);
        size_t window = left < frame->whole_max ? left : frame->whole_max;
        const char *text = frame_text(frame, batch);
        const char *newline = searched < window ? memchr(text + searched, '\n', window - searched) : NULL;
        searched = window;
        if (newline)
            return settle(frame, frame_whole_line(text, (size_t)(newline - text)) ? MODE_LINES : MODE_VALUES);
        if (window == frame->whole_max)
            return settle(frame, MODE_VALUES);
        if (!frame_more(frame, batch)) {
            if (!frame->ended)
                return FRAME_WAIT;
            /* one line without its end: an unfinished value is as malformed by line as by nesting (the text may have
             * moved) */
            bool whole = frame_whole_line(frame_text(frame, batch), frame_left(frame, batch));
            return settle(frame, whole ? MODE_LINES : MODE_VALUES);
        }
    }
}

static enum frame_outcome advance(struct frame *frame, struct batch *batch)
{
    switch (frame->mode) {
    case MODE_DETECT:
        return frame_detect(frame, batch);
    case MODE_LINES:
        return frame_next_lines(frame, batch);
    case MODE_VALUES:
        return frame_next_values(frame, batch);
    case MODE_STREAM:
        return frame_next_stream(frame, batch);
    }
    return FRAME_WAIT;
}

/* A batch without text. */
static void empty_batch(struct frame *frame, struct batch *batch)
{
    frame_emit(frame, batch, BATCH_IDLE, 0, 0);
    batch->first = false;
    batch->idle = true;
}

/* One batch of the open input: true, or false when it has no more (or failed). */
static bool next_of_input(struct frame *frame, struct batch *batch)
{
    frame->stalled = false;
    for (;;) {
        enum frame_outcome outcome = advance(frame, batch);
        if (outcome == FRAME_EMIT) {
            batch->first = frame->first;
            frame->first = false;
            batch->idle = !frame->ended && !input_ready(frame->input);
            frame->dirty = !batch->idle;
            return true;
        }
        if (outcome == FRAME_WAIT && frame->stalled) {
            empty_batch(frame, batch);
            frame->dirty = false;
            return true;
        }
        if (outcome != FRAME_AGAIN)
            return false;
        compact(frame, batch);
    }
}

/* The batch is of the open input; it holds the file that its place is counted in. */
static void label(struct frame *frame, struct batch *batch)
{
    batch->file = frame->name;
    batch->file_index = frame->file_index;
    batch->sequence = frame->sequence++;
    struct frame_gap *gap = batch->payload;
    if (!frame->gap.input)
        return;
    if (!gap)
        batch->payload = gap = mem_zero(1, sizeof *gap);
    *gap = frame->gap;
    if (batch->claimed)
        gap->to = batch->from;
    input_keep(gap->input);
}

static void forget_gap(struct batch *batch)
{
    struct frame_gap *gap = batch->payload;
    if (gap && gap->input)
        input_close(gap->input);
    if (gap)
        gap->input = NULL;
}

static void frame_place(const struct batch *batch, size_t at, uint64_t record, char *text, size_t size)
{
    const struct frame_gap *gap = batch->payload;
    struct position place = frame_behind(batch->start, batch->text, at);
    if (gap)
        place = frame_behind_gap(gap, place);
    char element[40] = "";
    if (batch->kind == BATCH_ELEMENTS)
        snprintf(element, sizeof element, ": element %llu", (unsigned long long)(batch->start.element + record));
    snprintf(text, size, "%s:%llu: byte %llu%s", batch->file, (unsigned long long)place.line,
             (unsigned long long)place.byte, element);
}

static bool read_batch(struct frame *frame, struct batch *batch)
{
    batch->status = 0;
    batch->error[0] = '\0';
    batch->text = NULL;
    batch->len = 0;
    batch->claimed = batch->guess = false;
    forget_gap(batch);
    unstash(frame, batch);
    while (!source_stopped(&frame->source) && frame->status == STATUS_OK) {
        if (!frame->input && (frame->next_file == frame->count || !open_next(frame)))
            break;
        if (frame_claim(frame, batch)) {
            label(frame, batch);
            return true;
        }
        if (frame->source.waits)
            break;
        bool got = next_of_input(frame, batch);
        if (source_stopped(&frame->source))
            break;
        if (got) {
            label(frame, batch);
            stash(frame, batch);
            note_progress(frame);
            return true;
        }
        close_input(frame);
        batch->memory.len = frame->cursor = 0;
    }
    batch->sequence = frame->sequence;
    batch->memory.len = frame->cursor = 0;
    if (!source_stopped(&frame->source) && !frame->source.waits) {
        batch->status = frame->status;
        memcpy(batch->error, frame->error, sizeof batch->error);
    }
    return false;
}

/* What frame_peek has looked at. */
struct frame_peeked {
    struct batch batch;
    bool more; /* false: the end */
    struct frame_peeked *next;
};

static bool give_peeked(struct frame *frame, struct batch *batch)
{
    struct frame_peeked *first = frame->peeked;
    bool more = first->more;
    frame->peeked = first->next;
    source_release(batch);
    *batch = first->batch;
    free(first);
    return more;
}

/* One batch more to be looked at; not of single records, where they are so many. */
static struct frame_peeked *peek_more(struct frame *frame)
{
    struct frame_peeked *peeked = mem_zero(1, sizeof *peeked);
    size_t batch_size = frame->source.batch_size;
    bool single = frame->options.single;
    if (single) {
        frame->options.single = false;
        frame->source.batch_size = BATCH_SIZE;
    }
    peeked->batch.source = &frame->source;
    peeked->more = read_batch(frame, &peeked->batch);
    frame->options.single = single;
    frame->source.batch_size = batch_size;
    return peeked;
}

const struct batch *frame_peek(struct frame *frame, size_t number)
{
    struct frame_peeked **at = &frame->peeked;
    for (size_t i = 0;; i++, at = &(*at)->next) {
        if (!*at)
            *at = peek_more(frame);
        if (!(*at)->more)
            return NULL;
        if (i == number)
            return &(*at)->batch;
    }
}

static bool frame_next(struct source *source, struct batch *batch)
{
    struct frame *frame = frame_of(source);
    return frame->peeked ? give_peeked(frame, batch) : read_batch(frame, batch);
}

/* Reads until there is a whole line, or enough of it. */
static void read_line(struct frame *frame, struct batch *batch, bool whole_line)
{
    struct quoted_scan scan = {0};
    for (size_t searched = 0;;) {
        size_t left = frame_left(frame, batch);
        const char *text = frame_text(frame, batch);
        if (frame->quoting.quote)
            quoted_scan(&frame->quoting, text, left, true, &scan);
        else
            scan.end = memchr(text + searched, '\n', left - searched) != NULL;
        if (scan.end > 0 || (!whole_line && left >= frame->whole_max) ||
            (scan.inside && left - scan.open > QUOTED_MAX))
            return;
        searched = left;
        if (!frame_more(frame, batch))
            return;
    }
}

const char *frame_sniff(struct frame *frame, bool whole_line, size_t *len)
{
    struct batch look = {0};
    *len = 0;
    while (*len == 0 && frame->status == STATUS_OK && (frame->input || frame->next_file < frame->count)) {
        if (!frame->input && !open_next(frame))
            break;
        unstash(frame, &look);
        if (frame_skip_bom(frame, &look))
            read_line(frame, &look, whole_line);
        look.len = 0;
        stash(frame, &look);
        *len = frame->pending.len;
        if (*len == 0)
            close_input(frame);
    }
    buffer_free(&look.memory);
    return *len > 0 ? frame->pending.data : NULL;
}

bool frame_failed(const struct frame *frame)
{
    return frame->status != STATUS_OK && frame->pending.len == 0 && !(frame->peeked && frame->peeked->more);
}

void frame_tell(const struct frame *frame, struct problem *problem)
{
    problem_set(problem, (enum status)frame->status, "%s", frame->error);
}

void frame_lines(struct frame *frame)
{
    frame->options.lines = frame->trim_lines = true;
    frame->reads_on = false;
    frame->options.elements = false;
    frame->step_count = 0;
}

void frame_quoted_lines(struct frame *frame, struct quoting quoting)
{
    frame_lines(frame);
    frame->quoting = quoting;
}

static void frame_stop(struct source *source)
{
    struct frame *frame = frame_of(source);
    wake_set(frame->wake);
}

static void frame_watch_output(struct source *source, int descriptor)
{
    struct frame *frame = frame_of(source);
    frame->output = descriptor;
    if (frame->input)
        input_watch(frame->input, frame->wake, descriptor);
}

static void frame_progress(const struct source *source, uint64_t *done, uint64_t *size)
{
    const struct frame *frame = frame_of(source);
    *done = __atomic_load_n(&frame->bytes_done, __ATOMIC_RELAXED);
    *size = frame->size;
}

static const struct source_kind kind = {
    .next = frame_next, .load = frame_load, .place = frame_place, .release = forget_gap, .stop = frame_stop,
    .progress = frame_progress, .watch_output = frame_watch_output, .divide = frame_divide, .settle = frame_settle,
    .rewind = frame_rewind,
};

struct frame *frame_open(char *const *files, size_t count, const struct frame_options *options)
{
    struct frame *frame = mem_zero(1, sizeof *frame);
    frame->source = (struct source){.kind = &kind, .progress = options->progress};
    frame->options = *options;
    frame->files = count > 0 ? files : (char *const *)stdin_only;
    frame->count = count > 0 ? count : 1;
    frame->whole_max = options->whole_max ? options->whole_max : FRAME_WHOLE_MAX;
    frame->source.batch_size = options->batch_size ? options->batch_size : options->single ? SINGLE_SIZE : BATCH_SIZE;
    frame->size = options->lines_of.on ? 0 : total_size(frame->files, frame->count);
    frame->steps = options->elements ? &each : options->steps;
    frame->step_count = options->elements ? 1 : options->step_count;
    frame->reads_on = options->reads_on && options->framing == FRAMING_AUTO && !options->lines;
    frame->output = -1;
    frame->wake = wake_new();
    if (frame->wake < 0) {
        frame->status = STATUS_IO;
        snprintf(frame->error, sizeof frame->error, "no descriptor for an event: %s", strerror(errno));
    }
    return frame;
}

struct source *frame_source(struct frame *frame)
{
    return &frame->source;
}

void frame_close(struct frame *frame)
{
    if (frame->input)
        input_close(frame->input);
    if (frame->wake >= 0)
        close(frame->wake);
    frame_free_levels(frame);
    while (frame->peeked) {
        struct batch unread = {0};
        give_peeked(frame, &unread);
        source_release(&unread);
    }
    buffer_free(&frame->pending);
    free(frame->guard);
    free(frame);
}

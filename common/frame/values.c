#include <string.h>

#include "frame/frame_inner.h"
#include "json/scan/depth.h"

static bool is_blank(char c)
{
    return text_is_space(c) || c == 0x1e;
}

struct frame_gap_between frame_look_around(const char *text, size_t at, size_t len)
{
    struct frame_gap_between gap = {.from = at, .to = at};
    while (gap.from > 0 && is_blank(text[gap.from - 1]))
        gap.from--;
    while (gap.to < len && is_blank(text[gap.to]))
        gap.to++;
    bool first = gap.from == 0, last = gap.to == len;
    bool inside = (!first && memchr(",:[{", text[gap.from - 1], 4)) || (!last && memchr(",:]}", text[gap.to], 4));
    gap.kind = first ? GAP_FIRST : inside ? GAP_INSIDE : last ? GAP_LAST : GAP_BETWEEN;
    return gap;
}

/* Whether a batch may end in this gap. */
static bool separates(const char *text, const struct frame_gap_between *gap)
{
    struct scan_depth state = {0};
    if (gap->kind != GAP_LAST)
        return gap->kind != GAP_INSIDE;
    scan_depth(&state, SCAN_VALUES, text, 0, gap->to, UINT64_MAX); /* what comes is not known: brackets must tell */
    return state.depth == 0 && !state.in_string;
}

/* As lines_end, where values may have several lines. */
static size_t values_end(const struct frame *frame, const char *text, size_t left)
{
    bool single = frame->options.single;
    const char *newline;
    for (size_t from = 0, to = left;;) {
        newline = single ? memchr(text + from, '\n', to - from) : memrchr(text, '\n', to);
        if (!newline)
            return 0;
        size_t end = (size_t)(newline - text) + 1;
        struct frame_gap_between gap = frame_look_around(text, end, left);
        if (separates(text, &gap))
            return end;
        from = single ? gap.to : 0;
        to = single ? left : gap.from;
    }
}

/* Behind the last newline in text[searched..left), or under -u the first one; 0: there is none. */
static size_t lines_end(const struct frame *frame, const char *text, size_t searched, size_t left,
                        struct quoted_scan *scan)
{
    bool single = frame->options.single;
    if (frame->reads_on)
        return values_end(frame, text, left);
    if (frame->quoting.quote) {
        quoted_scan(&frame->quoting, text, left, single, scan);
        return scan->end;
    }
    const char *newline =
        single ? memchr(text + searched, '\n', left - searched) : memrchr(text + searched, '\n', left - searched);
    return newline ? (size_t)(newline - text) + 1 : 0;
}

/* By line: as many whole lines as a batch holds. */
enum frame_outcome frame_next_lines(struct frame *frame, struct batch *batch)
{
    struct quoted_scan scan = {0};
    size_t searched = 0, end = 0;
    for (;;) {
        size_t left = frame_left(frame, batch);
        size_t found = 0;
        if (searched < left && !(frame->options.single && end > 0))
            found = lines_end(frame, frame_text(frame, batch), searched, left, &scan);
        searched = left;
        if (found > 0)
            end = found;
        if (end > 0 && frame_full(frame, batch))
            break;
        if (end == 0 && scan.inside && left - scan.open > QUOTED_MAX)
            return frame_fail(frame, batch, scan.open, "this quote is not closed within 16 MiB");
        if (!frame_more(frame, batch) && end == 0)
            break;
    }
    if (frame->ended && !frame->broken && !(frame->options.single && end > 0))
        end = frame_left(frame, batch); /* the last line may lack its newline */
    return end > 0 ? frame_emit(frame, batch, BATCH_LINES, end, 0) : FRAME_WAIT;
}

/* Whether a large value that begins with c is walked here. */
static bool streams(const struct frame *frame, char c)
{
    bool arrays = frame->options.elements || (frame->options.arrays && frame->step_count == 1);
    return frame->step_count > 0 && (c == '[' || (c == '{' && !arrays));
}

/* A value is malformed at byte `at`: it goes out up to there for the worker to complain; nothing comes behind. */
static enum frame_outcome emit_malformed(struct frame *frame, struct batch *batch, size_t at)
{
    frame_fail(frame, batch, at, frame->guard->message);
    return frame_emit(frame, batch, BATCH_VALUES, at + 1, 0);
}

/* By nesting: as many whole values as a batch holds. Where large values are streamed, it is by a window of whole_max
 * bytes that begins with a value that we tell which are large: a value is if it does not end in the window that begins
 * with it, however the input happens to be cut by read. */
enum frame_outcome frame_next_values(struct frame *frame, struct batch *batch)
{
    if (!frame_skip_blank(frame, batch))
        return FRAME_WAIT;
    char first = frame_text(frame, batch)[0];
    size_t window = frame->step_count > 0 ? frame->whole_max : SIZE_MAX;
    uint64_t max = frame->options.single ? 1 : UINT64_MAX;
    struct scan_depth state = {0};
    size_t scanned = 0, checked = 0, bad_at = 0;
    for (;;) {
        size_t left = frame_left(frame, batch);
        size_t limit = left < window ? left : window;
        if (limit > scanned)
            scan_depth(&state, SCAN_VALUES, frame_text(frame, batch), scanned, limit, max);
        scanned = limit;
        if (state.count > 0 && (state.count == max || limit == window || frame_full(frame, batch)))
            /* 0: a control character */
            return frame_emit(frame, batch, BATCH_VALUES, state.cut > 0 ? state.cut : 1, 0);
        if (limit == window) {
            if (streams(frame, first)) {
                frame_enter_stream(frame);
                return FRAME_AGAIN;
            }
            window = SIZE_MAX;
            max = 1;
            continue;
        }
        if (state.count == 0 && !frame_guard(frame, batch, 0, &checked, &bad_at))
            return emit_malformed(frame, batch, bad_at);
        if (frame_more(frame, batch) || state.count > 0)
            continue;
        if (!frame->ended || frame->broken)
            return FRAME_WAIT;
        return frame_emit(frame, batch, BATCH_VALUES, left, 0);
    }
}

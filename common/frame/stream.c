#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "frame/frame_inner.h"
#include "frame/keys_inner.h"
#include "json/scan/depth.h"

static struct frame_level *top(struct frame *frame)
{
    return &frame->levels[frame->level_count - 1];
}

static void pop(struct frame *frame)
{
    frame_keys_free(&top(frame)->keys);
    frame->level_count--;
}

void frame_free_levels(struct frame *frame)
{
    while (frame->level_count > 0)
        pop(frame);
    free(frame->levels);
    buffer_free(&frame->scratch);
}

void frame_enter_stream(struct frame *frame)
{
    frame->mode = MODE_STREAM;
    frame->at_value = true;
    frame->value_step = 0;
}

/* What stands at the cursor is left behind; the rest of this input is not read. */
static enum frame_outcome stop_input(struct frame *frame, struct batch *batch)
{
    while (frame->level_count > 0)
        pop(frame);
    batch->memory.len = frame->cursor;
    frame->ended = true;
    frame->mode = MODE_VALUES;
    return FRAME_AGAIN;
}

static enum frame_outcome emit_event(struct frame *frame, struct batch *batch, enum frame_event_kind event, size_t step,
                                     unsigned char type, size_t text_len)
{
    frame_emit(frame, batch, BATCH_EVENT, text_len, 0);
    batch->event = event;
    batch->event_step = step;
    batch->event_type = type;
    return FRAME_EMIT;
}

static enum frame_outcome emit_end(struct frame *frame, struct batch *batch, bool object, uint64_t delivered)
{
    frame->position.element = delivered;
    return emit_event(frame, batch, FRAME_END, frame->step_count - 1, object ? SPAN_OBJECT : SPAN_ARRAY, 0);
}

/* The input ended, or waits, where `expected` should stand at `at` bytes behind the cursor. */
static enum frame_outcome cut_off(struct frame *frame, const struct batch *batch, const char *expected)
{
    return frame->ended ? frame_fail(frame, batch, frame_left(frame, batch), expected) : FRAME_WAIT;
}

static struct frame_level *push(struct frame *frame, bool object, enum frame_role role, size_t step)
{
    if (frame->level_count == frame->level_cap) {
        frame->level_cap = frame->level_cap ? frame->level_cap * 2 : 16;
        frame->levels = mem_resize(frame->levels, frame->level_cap, sizeof *frame->levels);
    }
    struct frame_level *level = &frame->levels[frame->level_count++];
    *level = (struct frame_level){.object = object, .role = role, .step = step, .to = UINT64_MAX};
    return level;
}

static uint64_t from_end(int64_t negative)
{
    return (uint64_t)0 - (uint64_t)negative;
}

/* Which elements an INDEX or SLICE asks for; what counts from the end is settled when it is met. */
static void set_bounds(struct frame_level *level, const struct frame_step *step)
{
    level->bounds = step;
    int64_t from = step->has_from || step->kind == STEP_INDEX ? step->from : 0;
    bool open = step->kind == STEP_SLICE && !step->has_to;
    if (from < 0) {
        level->hold = from_end(from);
        return;
    }
    level->from = (uint64_t)from;
    if (step->kind == STEP_INDEX)
        level->to = level->from + 1;
    else if (!open && step->to < 0)
        level->hold = from_end(step->to);
    else if (!open)
        level->to = (uint64_t)step->to;
    level->may_stop = !open && level->hold == 0;
}

/* The array has `total` elements: the bounds are known. */
static void settle_bounds(struct frame_level *level, uint64_t total)
{
    const struct frame_step *step = level->bounds;
    level->hold = 0;
    if (step->kind == STEP_INDEX) {
        uint64_t back = from_end(step->from);
        level->from = back > total ? UINT64_MAX : total - back; /* none, or this one */
        level->to = back > total ? UINT64_MAX : level->from + 1;
        return;
    }
    if (step->has_from && step->from < 0)
        level->from = from_end(step->from) > total ? 0 : total - from_end(step->from);
    if (step->has_to && step->to < 0)
        level->to = from_end(step->to) > total ? 0 : total - from_end(step->to);
    else if (step->has_to)
        level->to = (uint64_t)step->to;
}

/* A container begins at the cursor and step number `step` (or FRAME_SKIP) is to enter it. */
static enum frame_outcome enter_container(struct frame *frame, struct batch *batch, bool object, size_t step)
{
    const struct frame_step *wanted = step == FRAME_SKIP ? NULL : &frame->steps[step];
    enum frame_role role = ROLE_SKIP;
    if (wanted && wanted->kind == STEP_EACH && !(object && frame->options.arrays && step + 1 == frame->step_count))
        role = ROLE_EACH;
    else if (wanted && object && wanted->kind == STEP_KEY)
        role = ROLE_KEY;
    else if (wanted && !object && wanted->kind == STEP_INDEX)
        role = ROLE_INDEX;
    else if (wanted && !object && wanted->kind == STEP_SLICE)
        role = ROLE_EACH;
    if (frame->level_count >= JSON_DEPTH_MAX)
        return frame_fail(frame, batch, 0, "nested too deeply");
    bool mismatch = wanted && role == ROLE_SKIP;
    bool slice = wanted && wanted->kind == STEP_SLICE && !mismatch;
    if (mismatch)
        emit_event(frame, batch, FRAME_MISMATCH, step, object ? SPAN_OBJECT : SPAN_ARRAY, 0);
    frame_consume(frame, batch, 1);
    struct frame_level *level = push(frame, object, role, slice ? step + 1 : step);
    if (role == ROLE_INDEX || slice)
        set_bounds(level, wanted);
    return mismatch ? FRAME_EMIT : FRAME_AGAIN;
}

/* How far the element at `from` behind the cursor reaches: true, with state->cut or state->end behind the cursor.
 * False: it has no end in `limit` bytes (the caller may descend), or it is malformed (frame->status is set), or in all
 * that is to be had (ended or stalled). */
static bool find_end(struct frame *frame, struct batch *batch, size_t from, size_t limit, struct scan_depth *state)
{
    size_t checked = 0, bad_at = 0;
    *state = (struct scan_depth){0};
    for (size_t scanned = from;;) {
        size_t left = frame_left(frame, batch);
        scan_depth(state, SCAN_ELEMENTS, frame_text(frame, batch), scanned, left, 1);
        scanned = left;
        if (state->count > 0 || state->closed)
            return true;
        if (left - from > limit)
            return false;
        if (!frame_guard(frame, batch, from, &checked, &bad_at))
            return frame_fail(frame, batch, bad_at, frame->guard->message), false;
        if (!frame_more(frame, batch))
            return false;
    }
}

/* An element at `from` behind the cursor did not end before the input did. */
static enum frame_outcome unfinished(struct frame *frame, const struct batch *batch, size_t from, const char *expected)
{
    const char *message = expected;
    size_t at, len = frame_left(frame, batch) - from;
    if (frame->status != STATUS_OK)
        return FRAME_FAIL;
    if (!frame->ended || frame->broken)
        return FRAME_WAIT;
    if (json_check(frame_text(frame, batch) + from, len, &at, &message)) {
        at = len;
        message = expected;
    }
    return frame_fail(frame, batch, from + at, message);
}

/* A scalar stands where step number `step` expects to go on: null is missing, anything else a mismatch; or it is to be
 * skipped and too large for a batch of its own. */
static enum frame_outcome meet_scalar(struct frame *frame, struct batch *batch, size_t step)
{
    struct scan_depth state;
    bool object = frame->level_count > 0 && top(frame)->object;
    if (!find_end(frame, batch, 0, SIZE_MAX, &state))
        return unfinished(frame, batch, 0, object ? "expected ',' or '}'" : "expected ',' or ']'");
    size_t len = state.closed ? state.end : state.cut, at;
    const char *text = frame_text(frame, batch), *message;
    if (!json_check(text, len, &at, &message))
        return frame_fail(frame, batch, at, message);
    frame->at_value = false;
    if (step == FRAME_SKIP || text[0] == 'n') {
        enum frame_outcome outcome = FRAME_AGAIN;
        if (step != FRAME_SKIP)
            outcome = emit_event(frame, batch, FRAME_MISSING, step, SPAN_NULL, 0);
        frame_consume(frame, batch, len);
        return outcome;
    }
    while (text_is_space(text[len - 1]))
        len--;
    return emit_event(frame, batch, FRAME_MISMATCH, step, json_type(text[0]), len);
}

static enum frame_outcome enter_value(struct frame *frame, struct batch *batch)
{
    if (!frame_skip_blank(frame, batch))
        return cut_off(frame, batch, "expected a value");
    char first = frame_text(frame, batch)[0];
    if (first != '[' && first != '{')
        return meet_scalar(frame, batch, frame->value_step);
    frame->at_value = false;
    return enter_container(frame, batch, first == '{', frame->value_step);
}

/* The next value is for the step behind this level's (or to be skipped). */
static enum frame_outcome descend(struct frame *frame, struct frame_level *level, size_t step)
{
    level->expect = EXPECT_NEXT;
    level->index++;
    frame->at_value = true;
    frame->value_step = step;
    return FRAME_AGAIN;
}

/* The closing bracket stands at the cursor. */
static enum frame_outcome close_level(struct frame *frame, struct batch *batch)
{
    struct frame_level *level = top(frame);
    enum frame_role role = level->role;
    bool object = level->object, found = level->found, last = level->step + 1 == frame->step_count;
    bool end_due = frame->options.ends && !level->answered && last && (role == ROLE_EACH || found);
    uint64_t delivered = level->delivered;
    size_t step = level->step;
    frame_consume(frame, batch, 1);
    pop(frame);
    if (end_due)
        return emit_end(frame, batch, object, delivered);
    if ((role == ROLE_INDEX || role == ROLE_KEY) && !found)
        return emit_event(frame, batch, FRAME_MISSING, step + 1, SPAN_NULL, 0);
    return FRAME_AGAIN;
}

/* What stands between the values of a container: true when a value (member) begins at the cursor. */
static bool between(struct frame *frame, struct batch *batch, enum frame_outcome *outcome)
{
    struct frame_level *level = top(frame);
    char closing = level->object ? '}' : ']';
    const char *expected = level->expect == EXPECT_NEXT
                               ? (level->object ? "expected ',' or '}'" : "expected ',' or ']'")
                           : level->object ? "expected a key"
                                           : "expected a value";
    *outcome = FRAME_AGAIN;
    if (!frame_skip_blank(frame, batch)) {
        *outcome = cut_off(frame, batch, expected);
        return false;
    }
    char c = frame_text(frame, batch)[0];
    if (c == closing && level->expect != EXPECT_VALUE) {
        *outcome = close_level(frame, batch);
    } else if (level->expect == EXPECT_NEXT && c == ',') {
        frame_consume(frame, batch, 1);
        level->expect = EXPECT_VALUE;
    } else if (level->expect == EXPECT_NEXT || c == ',' || c == ']' || c == '}' || (level->object && c != '"')) {
        *outcome = frame_fail(frame, batch, 0, expected);
    } else {
        return true;
    }
    return false;
}

/* Hands out `count` elements, len bytes at the cursor, followed by a comma or (closed) a bracket. */
static enum frame_outcome emit_elements(struct frame *frame, struct batch *batch, size_t len, uint64_t count,
                                        bool closed, bool wanted)
{
    struct frame_level *level = top(frame);
    frame->position.element = level->index;
    frame_emit(frame, batch, BATCH_ELEMENTS, len, closed ? 0 : 1);
    batch->skipped = !wanted;
    level->index += count;
    level->delivered += wanted ? count : 0;
    level->expect = closed ? EXPECT_NEXT : EXPECT_VALUE;
    return FRAME_EMIT;
}

/* The same for an array, whose last elements may turn out to be nothing at all (`1,,` or `1,]`): then those before go
 * out, and the next look at the input fails. */
static enum frame_outcome emit_checked(struct frame *frame, struct batch *batch, size_t len, uint64_t count,
                                       bool closed, bool wanted)
{
    const char *text = frame_text(frame, batch);
    size_t end = len, comma = len; /* of the last element that is something; the comma behind it */
    uint64_t nothing = 0;
    for (; end > 0 && (text_is_space(text[end - 1]) || text[end - 1] == ','); end--)
        if (text[end - 1] == ',') {
            comma = end - 1;
            nothing++;
        }
    if (end == 0)
        return frame_fail(frame, batch, comma, "expected a value");
    return emit_elements(frame, batch, comma, count - nothing, closed && nothing == 0, wanted);
}

/* At most `max` elements at the cursor, as many as a batch holds, but at least one. */
static enum frame_outcome next_run(struct frame *frame, struct batch *batch, uint64_t max, bool wanted)
{
    struct scan_depth state = {0};
    size_t scanned = 0, checked = 0, bad_at = 0;
    if (frame->options.single)
        max = 1;
    for (;;) {
        size_t left = frame_left(frame, batch);
        if (left > scanned)
            scan_depth(&state, SCAN_ELEMENTS, frame_text(frame, batch), scanned, left, max);
        scanned = left;
        if (state.closed)
            return emit_checked(frame, batch, state.end, state.count + 1, true, wanted);
        if (state.count > 0 && (state.count == max || frame_full(frame, batch)))
            return emit_checked(frame, batch, state.cut, state.count, false, wanted);
        char first = frame_text(frame, batch)[0];
        if (state.count == 0 && !wanted && left > frame->whole_max && (first == '[' || first == '{'))
            return descend(frame, top(frame), FRAME_SKIP);
        if (state.count == 0 && !frame_guard(frame, batch, 0, &checked, &bad_at))
            return frame_fail(frame, batch, bad_at, frame->guard->message);
        if (!frame_more(frame, batch) && state.count == 0)
            return unfinished(frame, batch, 0, "expected ',' or ']'");
    }
}

/* Of the elements at the cursor those that the bounds cannot ask for any more go out; `starts` has the offset of each
 * of the `count` that are there. */
static enum frame_outcome release(struct frame *frame, struct batch *batch, const size_t *starts, uint64_t count)
{
    struct frame_level *level = top(frame);
    uint64_t free_count = count - level->hold;
    bool from_start = !(level->bounds->kind == STEP_INDEX || (level->bounds->has_from && level->bounds->from < 0));
    bool wanted = from_start && level->index >= level->from;
    if (from_start && !wanted && free_count > level->from - level->index)
        free_count = level->from - level->index;
    return emit_checked(frame, batch, starts[free_count] - 1, free_count, false, wanted);
}

/* Bounds that count from the end: as many elements as they count are held back until the end is met. They go
 * out when at least as many bytes are free as are held, so that holding many costs no more than a second scan. */
static enum frame_outcome next_held(struct frame *frame, struct batch *batch)
{
    struct frame_level *level = top(frame);
    struct buffer *starts = &frame->scratch;
    starts->len = 0;
    uint64_t count = 0;
    for (size_t from = 0;; count++) {
        struct scan_depth state;
        buffer_add(starts, &from, sizeof from);
        const size_t *offsets = (const size_t *)(const void *)starts->data;
        if (count > level->hold) {
            size_t free_bytes = offsets[count - level->hold];
            if (free_bytes >= frame->source.batch_size && free_bytes >= from / 2)
                return release(frame, batch, offsets, count);
        }
        if (!find_end(frame, batch, from, SIZE_MAX, &state)) {
            bool over = frame->ended || frame->status != STATUS_OK;
            if (over && count > 0) /* what is wrong may be wrong in those before */
                return emit_checked(frame, batch, from - 1, count, false, false);
            return unfinished(frame, batch, from, "expected ',' or ']'");
        }
        if (state.closed) {
            settle_bounds(level, level->index + count + 1);
            return FRAME_AGAIN;
        }
        from = state.cut + 1;
    }
}

static enum frame_outcome next_element(struct frame *frame, struct batch *batch)
{
    struct frame_level *level = top(frame);
    bool last = level->step + 1 == frame->step_count;
    enum frame_outcome outcome;
    if (level->may_stop && level->index >= level->to) {
        if (!frame->options.ends || level->answered || !last)
            return stop_input(frame, batch);
        level->answered = true;
        return emit_end(frame, batch, false, level->delivered);
    }
    if (!between(frame, batch, &outcome))
        return outcome;
    if (level->role == ROLE_SKIP)
        return next_run(frame, batch, UINT64_MAX, false);
    if (level->hold > 0)
        return next_held(frame, batch);
    if (level->index < level->from)
        return next_run(frame, batch, level->from - level->index, false);
    if (level->index >= level->to)
        return next_run(frame, batch, UINT64_MAX, false);
    level->found = true;
    if (level->role == ROLE_INDEX && !last)
        return descend(frame, level, level->step + 1);
    return next_run(frame, batch, level->to - level->index, true);
}

/* A member at `at` behind the cursor: where its key and value begin. */
struct member {
    size_t key, key_end, colon, value;
};

/* Makes sure that a byte stands `at` bytes behind the cursor, blanks skipped; *at moves on. */
static bool reach(struct frame *frame, struct batch *batch, size_t *at)
{
    for (;; ++*at) {
        if (*at == frame_left(frame, batch) && !frame_more(frame, batch))
            return false;
        if (!text_is_space(frame_text(frame, batch)[*at]))
            return true;
    }
}

enum parse { PARSE_DONE, PARSE_SHORT, PARSE_BAD };

/* Reads key and colon. On PARSE_BAD *bad and *message say where and what. */
static enum parse parse_member(struct frame *frame, struct batch *batch, size_t at, struct member *member, size_t *bad,
                               const char **message)
{
    if (!reach(frame, batch, &at))
        return *message = "expected a key", PARSE_SHORT;
    member->key = at;
    *bad = at;
    *message = "expected a key";
    if (frame_text(frame, batch)[at] != '"')
        return PARSE_BAD;
    for (at++;; at++) {
        while (at >= frame_left(frame, batch))
            if (!frame_more(frame, batch))
                return *message = "expected the end of a key", PARSE_SHORT;
        char c = frame_text(frame, batch)[at];
        if (c == '"')
            break;
        if ((unsigned char)c < ' ')
            break; /* json_check says why not */
        if (c == '\\')
            at++;
    }
    member->key_end = at + 1;
    size_t bad_in_key;
    if (!json_check(frame_text(frame, batch) + member->key, member->key_end - member->key, &bad_in_key, message))
        return *bad = member->key + bad_in_key, PARSE_BAD;
    at++;
    if (!reach(frame, batch, &at))
        return *message = "expected ':'", PARSE_SHORT;
    member->colon = *bad = at;
    *message = "expected ':'";
    if (frame_text(frame, batch)[at] != ':')
        return PARSE_BAD;
    at++;
    if (!reach(frame, batch, &at))
        return *message = "expected a value", PARSE_SHORT;
    member->value = *bad = at;
    *message = "expected a value";
    char c = frame_text(frame, batch)[at];
    return c == ',' || c == '}' || c == ']' ? PARSE_BAD : PARSE_DONE;
}

static struct span key_span(const struct frame *frame, const struct batch *batch, const struct member *member)
{
    const char *text = frame_text(frame, batch) + member->key;
    size_t len = member->key_end - member->key;
    return (struct span){.text = text, .len = len, .type = SPAN_STRING, .escaped = memchr(text, '\\', len) != NULL};
}

static bool key_is_new(struct frame *frame, struct frame_level *level, struct span key)
{
    frame->scratch.len = 0;
    json_decode(key, &frame->scratch);
    return frame_keys_add(&level->keys, frame->scratch.data, frame->scratch.len);
}

/* Members at the cursor: their values are handed out with the keys blanked, up to the one that the path enters. */
static enum frame_outcome next_member(struct frame *frame, struct batch *batch)
{
    struct frame_level *level = top(frame);
    const struct frame_step *step = level->role == ROLE_KEY ? &frame->steps[level->step] : NULL;
    bool wanted = level->role == ROLE_EACH, closed = false;
    enum frame_outcome outcome;
    if (!between(frame, batch, &outcome))
        return outcome;
    uint64_t count = 0;
    size_t end = 0;
    for (size_t at = 0; !closed && end < frame->source.batch_size && !(frame->options.single && count > 0);
         at = end + 1) {
        struct member member;
        struct scan_depth state;
        size_t bad = 0;
        const char *message = NULL;
        enum parse parsed = parse_member(frame, batch, at, &member, &bad, &message);
        if (parsed != PARSE_DONE && count > 0)
            break;
        if (parsed == PARSE_SHORT)
            return cut_off(frame, batch, message);
        if (parsed == PARSE_BAD)
            return frame_fail(frame, batch, bad, message);
        if (step && json_string_equal(key_span(frame, batch, &member), step->key, step->key_len)) {
            if (count > 0)
                break;
            if (level->found)
                return frame_fail(frame, batch, member.key, "a key on the path is repeated");
            level->found = true;
            frame_consume(frame, batch, member.value);
            return descend(frame, level, level->step + 1);
        }
        if (!find_end(frame, batch, member.value, wanted ? SIZE_MAX : frame->whole_max, &state)) {
            if (count > 0)
                break;
            if (frame->ended || frame->stalled || frame->status != STATUS_OK)
                return unfinished(frame, batch, member.value, "expected ',' or '}'");
            frame_consume(frame, batch, member.value);
            return descend(frame, level, FRAME_SKIP);
        }
        if (wanted && !key_is_new(frame, level, key_span(frame, batch, &member))) {
            if (count > 0)
                break;
            return frame_fail(frame, batch, member.key, "a key on the path is repeated");
        }
        char *text = batch->memory.data + frame->cursor;
        memset(text + member.key, ' ', member.key_end - member.key);
        text[member.colon] = ' ';
        closed = state.closed;
        end = closed ? state.end : state.cut;
        count++;
    }
    return emit_elements(frame, batch, end, count, closed, wanted);
}

enum frame_outcome frame_next_stream(struct frame *frame, struct batch *batch)
{
    if (frame->at_value)
        return enter_value(frame, batch);
    if (frame->level_count == 0) {
        frame->mode = MODE_VALUES;
        frame->position.element = 0;
        return FRAME_AGAIN;
    }
    return top(frame)->object ? next_member(frame, batch) : next_element(frame, batch);
}

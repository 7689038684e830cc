#include "walk.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "walk_plan.h"
#include "walk_text.h"

/* What the caller sees, and behind it what is ours. */
struct walker {
    struct walk walk;
    const struct walk_plan *plan;
    enum walk_records records;
    const struct batch *batch;
    size_t at;           /* offset of what was not looked at yet */
    const char *element; /* not NULL: within a top-level array whose elements are records, at the next one */
    bool ended;          /* a malformed value in a batch framed by nesting */
    struct arena arena;  /* arrays made for this record */
};

struct walk *walk_new(const struct walk_plan *plan, enum walk_records records)
{
    struct walker *walker = mem_zero(1, sizeof *walker);
    walker->plan = plan;
    walker->records = records;
    walker->walk.slots = mem_zero(plan->paths->count, sizeof(struct span));
    return &walker->walk;
}

void walk_free(struct walk *walk)
{
    if (!walk)
        return;
    struct walker *walker = (struct walker *)walk;
    arena_free(&walker->arena);
    free(walk->slots);
    free(walker);
}

void walk_start(struct walk *walk, const struct batch *batch)
{
    struct walker *walker = (struct walker *)walk;
    walker->batch = batch;
    walker->at = 0;
    walker->element = NULL;
    walker->ended = false;
    walk->index = (uint64_t)-1;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_space(const char *at)
{
    while (is_space(*at))
        at++;
    return at;
}

static void note_stranger(struct walker *walker, const struct plan_node *node, struct span key)
{
    if (walker->walk.stranger.type != SPAN_ABSENT)
        return;
    walker->walk.stranger = key;
    walker->walk.stranger_slot_path = node->watch;
}

static const char *fill(struct walker *walker, uint32_t at, const char *text, struct span key);

static const char *fill_object(struct walker *walker, uint32_t at, const char *text)
{
    const struct plan_node *node = &walker->plan->nodes[at];
    text = skip_space(text + 1);
    while (*text != '}') {
        struct span key = walk_text_value(text);
        text = skip_space(skip_space(text + key.len) + 1);
        uint32_t child = PLAN_NONE;
        for (uint32_t i = 0; i < node->key_count && child == PLAN_NONE; i++)
            if (json_string_equal(key, node->keys[i].key, node->keys[i].len))
                child = node->keys[i].node;
        if (child == PLAN_NONE) {
            if (node->watch != PLAN_NONE)
                note_stranger(walker, node, key);
            text += walk_text_value(text).len;
        } else {
            const struct plan_node *below = &walker->plan->nodes[child];
            for (uint32_t i = 0; i < below->slot_count; i++)
                walker->walk.slots[below->slots[i]] = (struct span){0};
            text = fill(walker, child, text, key);
        }
        text = skip_space(text);
        if (*text == ',')
            text = skip_space(text + 1);
    }
    return text + 1;
}

static void fill_array(struct walker *walker, uint32_t at, struct span array)
{
    const struct plan_node *node = &walker->plan->nodes[at];
    for (uint32_t i = 0; i < node->slot_count; i++) {
        const struct path *path = walker->plan->paths->paths[node->slots[i]];
        walker->walk.slots[node->slots[i]] =
            walk_text_find(array, path->steps + node->depth, path->count - node->depth, &walker->arena);
    }
}

/* Fills the slots at and below a node from the value at text; returns what is behind it. */
static const char *fill(struct walker *walker, uint32_t at, const char *text, struct span key)
{
    const struct plan_node *node = &walker->plan->nodes[at];
    struct span value = walk_text_value(text);
    if (node->slot != PLAN_NONE)
        walker->walk.slots[node->slot] = value;
    if (!node->inner)
        return text + value.len;
    if (value.type == SPAN_OBJECT)
        return fill_object(walker, at, text);
    if (value.type == SPAN_ARRAY)
        fill_array(walker, at, value);
    if (node->watch_type && value.type != SPAN_NULL)
        note_stranger(walker, node, key);
    return text + value.len;
}

/* The value at text is valid: is it a record? */
static enum walk_verdict take(struct walker *walker, const char *text)
{
    struct walk *walk = &walker->walk;
    struct span record = walk_text_value(text);
    walk->index++;
    walk->record = record;
    if (walker->records == WALK_OBJECTS && record.type != SPAN_OBJECT) {
        walk->bad_at = (size_t)(text - walker->batch->text);
        walk->malformed = false;
        walk->message = "a record must be an object";
        return WALK_BAD;
    }
    arena_reset(&walker->arena);
    for (size_t i = 0; i < walker->plan->paths->count; i++)
        walk->slots[i] = (struct span){0};
    walk->stranger = (struct span){0};
    walk->spaced = true;
    fill(walker, 0, text, (struct span){0});
    return WALK_RECORD;
}

/* The next element of a top-level array, if there is one. */
static bool next_element(struct walker *walker, enum walk_verdict *verdict)
{
    const char *text = walker->element;
    if (*text == ']') {
        walker->element = NULL;
        return false;
    }
    *verdict = take(walker, text);
    text = skip_space(text + walker->walk.record.len);
    walker->element = *text == ',' ? skip_space(text + 1) : text;
    return true;
}

static enum walk_verdict bad(struct walker *walker, size_t record, size_t record_len, size_t at, const char *message)
{
    struct walk *walk = &walker->walk;
    walk->index++;
    walk->record = (struct span){.text = walker->batch->text + record, .len = record_len};
    walk->bad_at = at;
    walk->malformed = true;
    walk->message = message;
    walker->ended = walker->batch->kind != BATCH_LINES;
    return WALK_BAD;
}

static bool is_array_of_records(const struct walker *walker, const char *text)
{
    return walker->records == WALK_OBJECTS && walker->batch->kind != BATCH_ELEMENTS && *text == '[';
}

/* BATCH_LINES: the next line that is not blank. False at the end; true without a verdict for an array. */
static bool next_line(struct walker *walker, enum walk_verdict *verdict)
{
    const struct batch *batch = walker->batch;
    size_t start = walker->at;
    while (start < batch->len && (is_space(batch->text[start]) || batch->text[start] == 0x1e))
        start++;
    if (start == batch->len)
        return false;
    const char *newline = memchr(batch->text + start, '\n', batch->len - start);
    size_t end = newline ? (size_t)(newline - batch->text) : batch->len;
    walker->at = newline ? end + 1 : end;
    size_t at;
    const char *message;
    if (!json_check(batch->text + start, end - start, &at, &message)) {
        *verdict = bad(walker, start, end - start, start + at, message);
    } else if (is_array_of_records(walker, batch->text + start)) {
        walker->element = skip_space(batch->text + start + 1);
    } else {
        *verdict = take(walker, batch->text + start);
        if (*verdict == WALK_BAD)
            walker->walk.record.len = end - start;
    }
    return true;
}

/* BATCH_VALUES, BATCH_ELEMENTS: as next_line. */
static bool next_nested(struct walker *walker, enum walk_verdict *verdict)
{
    const struct batch *batch = walker->batch;
    bool elements = batch->kind == BATCH_ELEMENTS;
    size_t start = walker->at;
    while (start < batch->len && (is_space(batch->text[start]) || (!elements && batch->text[start] == 0x1e)))
        start++;
    if (start == batch->len)
        return false;
    struct json_checker checker;
    json_check_start(&checker);
    size_t used;
    enum json_verdict judged = json_check_feed(&checker, batch->text + start, batch->len - start, &used);
    if (judged == JSON_MORE)
        judged = json_check_end(&checker);
    size_t end = start + used;
    while (judged == JSON_WHOLE && end < batch->len && is_space(batch->text[end]))
        end++;
    if (judged == JSON_BAD) {
        *verdict = bad(walker, start, used, end, checker.message);
        return true;
    }
    if (elements && end < batch->len) {
        if (batch->text[end] != ',') {
            *verdict = bad(walker, start, end - start, end, "expected ',' or ']'");
            return true;
        }
        end++;
    }
    walker->at = end;
    if (is_array_of_records(walker, batch->text + start))
        walker->element = skip_space(batch->text + start + 1);
    else
        *verdict = take(walker, batch->text + start);
    return true;
}

enum walk_verdict walk_next(struct walk *walk)
{
    struct walker *walker = (struct walker *)walk;
    enum walk_verdict verdict = WALK_END;
    for (;;) {
        if (walker->element) {
            if (next_element(walker, &verdict))
                return verdict;
        }
        if (walker->ended)
            return WALK_END;
        bool more = walker->batch->kind == BATCH_LINES ? next_line(walker, &verdict) : next_nested(walker, &verdict);
        if (!more)
            return WALK_END;
        if (!walker->element)
            return verdict;
    }
}

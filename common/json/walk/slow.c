#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "json/walk/walk_inner.h"

static void fill(struct walker *walker, uint32_t at, struct span value, struct span key);

static void fill_object(struct walker *walker, const struct plan_node *node, struct span object)
{
    struct json_cursor cursor = json_cursor_into(object);
    struct span key, value;
    while (json_cursor_member(&cursor, &key, &value)) {
        uint32_t child = plan_find_text(node, key, &walker->made);
        if (child == PLAN_NONE) {
            if (node->watch != PLAN_NONE)
                walker_note_stranger(walker, node, key);
            continue;
        }
        const struct plan_node *below = &walker->plan->nodes[child];
        for (uint32_t i = 0; i < below->slot_count; i++) /* should the key repeat, the last wins */
            walker->walk.slots[below->slots[i]] = (struct span){0};
        fill(walker, child, value, key);
    }
}

static void fill_items(struct walker *walker, const struct plan_node *node, struct span array)
{
    struct json_cursor cursor = json_cursor_into(array);
    struct span value;
    for (int64_t i = 0; json_cursor_next(&cursor, &value); i++) {
        uint32_t child = plan_find_item(node, i);
        if (child != PLAN_NONE)
            fill(walker, child, value, (struct span){0});
    }
}

/* Fills the slots at and below a node from a value. */
static void fill(struct walker *walker, uint32_t at, struct span value, struct span key)
{
    const struct plan_node *node = &walker->plan->nodes[at];
    if (node->slot != PLAN_NONE)
        walker->walk.slots[node->slot] = value;
    if (!node->inner)
        return;
    if (value.type == SPAN_OBJECT) {
        fill_object(walker, node, value);
        return;
    }
    if (value.type == SPAN_ARRAY) {
        fill_items(walker, node, value);
        walker_fill_over(walker, node, value);
    }
    if (node->watch_type && value.type != SPAN_NULL)
        walker_note_stranger(walker, node, key);
}

/* A valid value: is it a record? */
static enum walk_verdict take(struct walker *walker, struct span value)
{
    walker_next_record(walker, value);
    walker->walk.spaced = true;
    if (walker->records == WALK_OBJECTS && value.type != SPAN_OBJECT)
        return walker_no_record(walker);
    fill(walker, 0, value, (struct span){0});
    return WALK_RECORD;
}

enum walk_verdict walker_next_element(struct walker *walker)
{
    struct span value;
    walker->in_array = json_cursor_next(&walker->elements, &value);
    return walker->in_array ? take(walker, value) : WALK_END;
}

static enum walk_verdict bad(struct walker *walker, size_t record, size_t record_len, size_t at, const char *message)
{
    struct walk *walk = &walker->walk;
    walk->index++;
    walk->record = (struct span){.text = walker->text + record, .len = record_len};
    walk->bad_at = at;
    walk->malformed = true;
    walk->message = message;
    walker->ended = walker->by != SCAN_BY_LINE;
    return WALK_BAD;
}

/* The valid value in these bytes is a record, or holds some. */
static enum walk_verdict take_value(struct walker *walker, size_t start, size_t len)
{
    struct span value = json_value_trim(walker->text + start, len);
    walker->in_array = walker_expands(walker, *value.text);
    if (!walker->in_array)
        return take(walker, value);
    walker->elements = json_cursor_into(value);
    return WALK_END;
}

static size_t skip_blank(const struct walker *walker, size_t at)
{
    while (at < walker->len &&
           (text_is_space(walker->text[at]) || (walker->by != SCAN_BY_ELEMENT && walker->text[at] == 0x1e)))
        at++;
    return at;
}

/* A number or literal and what stands right behind it are no two values. */
static bool is_glued(char first, char next)
{
    bool word = first != '{' && first != '[' && first != '"';
    return word && ((next >= '0' && next <= '9') || ((next | 0x20) >= 'a' && (next | 0x20) <= 'z') || next == '-' ||
                    next == '+' || next == '.');
}

/* *more: it is not at its end where the text is. */
static enum walk_verdict next_nested(struct walker *walker, size_t start, bool *more)
{
    struct json_checker checker;
    json_check_start(&checker);
    size_t used;
    enum json_verdict judged = json_check_feed(&checker, walker->text + start, walker->len - start, &used);
    *more = judged == JSON_MORE;
    if (*more)
        judged = json_check_end(&checker);
    size_t end = start + used;
    if (judged == JSON_BAD)
        return bad(walker, start, used, end, checker.message);
    if (walker->by == SCAN_BY_VALUE && end < walker->len && is_glued(walker->text[start], walker->text[end]))
        return bad(walker, start, used, end, "expected white space between two values");
    walker->after_comma = false;
    if (walker->by == SCAN_BY_ELEMENT) {
        end = skip_blank(walker, end);
        if (end < walker->len) {
            if (walker->text[end] != ',')
                return bad(walker, start, end - start, end, "expected ',' or ']'");
            walker->after_comma = true;
            end++;
        }
    }
    walker->at = end;
    return take_value(walker, start, used);
}

/* What begins on a line that is no value is one value of several lines, or several. If it has no end, the line's own
 * failure is told. */
static enum walk_verdict read_on(struct walker *walker, size_t start, size_t at, const char *message)
{
    bool more;
    walker->by = SCAN_BY_VALUE;
    enum walk_verdict verdict = next_nested(walker, start, &more);
    if (verdict == WALK_BAD && more) {
        walker->walk.bad_at = at;
        walker->walk.message = message;
    }
    return verdict;
}

static enum walk_verdict next_line(struct walker *walker, size_t start)
{
    const char *newline = memchr(walker->text + start, '\n', walker->len - start);
    size_t end = newline ? (size_t)(newline - walker->text) : walker->len;
    walker->at = newline ? end + 1 : end;
    size_t at;
    const char *message;
    if (!json_check(walker->text + start, end - start, &at, &message)) {
        if (walker->walk.reads_on)
            return read_on(walker, start, start + at, message);
        return bad(walker, start, end - start, start + at, message);
    }
    enum walk_verdict verdict = take_value(walker, start, end - start);
    if (verdict == WALK_BAD)
        walker->walk.record.len = end - start;
    return verdict;
}

enum walk_verdict walker_next_slow(struct walker *walker)
{
    size_t start = skip_blank(walker, walker->at);
    if (start == walker->len) {
        walker->at = start;
        return walker->after_comma ? bad(walker, start, 0, start, "expected a value") : WALK_END;
    }
    bool more;
    return walker->by == SCAN_BY_LINE ? next_line(walker, start) : next_nested(walker, start, &more);
}

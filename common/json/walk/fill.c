#include <string.h>

#include "json/json.h"
#include "json/walk/text_inner.h"
#include "json/walk/walk_inner.h"

#define NOWHERE SIZE_MAX /* no token */

void walker_next_record(struct walker *walker, struct span record)
{
    struct walk *walk = &walker->walk;
    walk->index++;
    walk->record = record;
    walk->stranger = (struct span){0};
    walker->stamp++;
    size_t count = walker->plan->paths->count;
    for (size_t i = 0; i < count; i++)
        walk->slots[i] = (struct span){0};
    if (walker->arena.blocks)
        arena_reset(&walker->arena);
}

enum walk_verdict walker_no_record(struct walker *walker)
{
    struct walk *walk = &walker->walk;
    walk->bad_at = (size_t)(walk->record.text - walker->text);
    walk->malformed = false;
    walk->message = "a record must be an object";
    return WALK_BAD;
}

void walker_note_stranger(struct walker *walker, const struct plan_node *node, struct span key)
{
    if (walker->walk.stranger.type != SPAN_ABSENT)
        return;
    walker->walk.stranger = key;
    walker->walk.stranger_slot_path = node->watch;
}

void walker_fill_over(struct walker *walker, const struct plan_node *node, struct span array)
{
    if (node->key_count == 0)
        return;
    for (uint32_t i = 0; i < node->slot_count; i++) {
        const struct path *path = walker->plan->paths->paths[node->slots[i]];
        const struct path_step *steps = path->steps + node->depth;
        if (steps->key)
            walker->walk.slots[node->slots[i]] =
                walk_text_find(array, steps, path->count - node->depth, &walker->arena);
    }
}

/* Where the key at this token stands, without its quotes; true: it may hold escapes. */
static bool key_text(const struct piece *piece, size_t token, size_t *start, size_t *end)
{
    const struct scan_index *index = &piece->index;
    *start = index->positions[token] + (size_t)1;
    *end = index->positions[token + 1] - (size_t)1; /* before the colon, and white space */
    while (piece->text[*end] != '"')
        --*end;
    return index->any_backslash && scan_any(index->backslashes, *start, *end);
}

static uint32_t find_key(struct walker *walker, const struct plan_node *node, size_t token)
{
    const struct piece *piece = &walker->piece;
    size_t start, end;
    if (key_text(piece, token, &start, &end))
        return plan_find_text(node, piece_value(piece, token), &walker->made);
    return plan_find(node, piece->text + start, end - start);
}

/* The value of the object's last member of that name, or NOWHERE. */
static size_t find_member(const struct piece *piece, const struct path_step *step, size_t open)
{
    const unsigned char *tokens = piece->index.tokens;
    size_t found = NOWHERE, key = open + 1;
    while (tokens[key] != '}') {
        size_t start, end;
        bool equal = key_text(piece, key, &start, &end)
                         ? json_string_equal(piece_value(piece, key), step->key, step->key_len)
                         : end - start == step->key_len && memcmp(piece->text + start, step->key, step->key_len) == 0;
        if (equal)
            found = key + 2;
        key = piece_last(piece, key + 2) + 1;
        key += tokens[key] == ',';
    }
    return found;
}

/* Puts what the steps (keys only) lead to from this object or array behind walker->made; as walk_text_find. */
static void add_found(struct walker *walker, const struct path_step *steps, size_t count, size_t token)
{
    const struct piece *piece = &walker->piece;
    const unsigned char *tokens = piece->index.tokens;
    for (; count > 0 && tokens[token] == '{'; steps++, count--) {
        token = find_member(piece, steps, token);
        if (token == NOWHERE)
            break;
    }
    if (token != NOWHERE && count == 0) {
        struct span value = piece_value(piece, token);
        buffer_add(&walker->made, value.text, value.len);
        return;
    }
    if (token == NOWHERE || tokens[token] != '[') {
        buffer_add_text(&walker->made, "null");
        return;
    }
    buffer_add_char(&walker->made, '[');
    for (size_t element = token + 1; tokens[element] != ']'; element += tokens[element] == ',') {
        if (element > token + 1)
            buffer_add_char(&walker->made, ',');
        if (tokens[element] == '{')
            add_found(walker, steps, count, element);
        else
            buffer_add_text(&walker->made, "null");
        element = piece_last(piece, element) + 1;
    }
    buffer_add_char(&walker->made, ']');
}

/* An array at this token of the piece where members are asked for, as walker_fill_over; an index further on is left to
 * that. */
static void fill_over(struct walker *walker, const struct plan_node *node, size_t token)
{
    for (uint32_t i = 0; i < node->slot_count; i++) {
        const struct path *path = walker->plan->paths->paths[node->slots[i]];
        const struct path_step *steps = path->steps + node->depth;
        size_t count = path->count - node->depth, keys = 0;
        while (keys < count && steps[keys].key)
            keys++;
        if (keys == 0)
            continue;
        struct span *slot = &walker->walk.slots[node->slots[i]];
        if (keys < count) {
            *slot = walk_text_find(piece_value(&walker->piece, token), steps, count, &walker->arena);
            continue;
        }
        walker->made.len = 0;
        add_found(walker, steps, count, token);
        *slot = (struct span){.text = arena_copy(&walker->arena, walker->made.data, walker->made.len),
                              .len = walker->made.len,
                              .type = SPAN_ARRAY};
    }
}

static void fill_member(struct walker *walker, const struct plan_node *node, size_t key)
{
    uint32_t child = find_key(walker, node, key);
    if (child == PLAN_NONE) {
        if (node->watch != PLAN_NONE)
            walker_note_stranger(walker, node, piece_value(&walker->piece, key));
        return;
    }
    const struct plan_node *below = &walker->plan->nodes[child];
    if (below->inner) {
        if (walker->stamps[child] == walker->stamp) /* the key repeats: the last wins */
            for (uint32_t i = 0; i < below->slot_count; i++)
                walker->walk.slots[below->slots[i]] = (struct span){0};
        walker->stamps[child] = walker->stamp;
        walker_fill(walker, child, key + 2, key);
    } else if (below->slot != PLAN_NONE) {
        walker->walk.slots[below->slot] = piece_value(&walker->piece, key + 2);
    }
}

static void fill_object(struct walker *walker, const struct plan_node *node, size_t open)
{
    const unsigned char *tokens = walker->piece.index.tokens;
    size_t token = open + 1;
    if (tokens[token] == '}')
        return;
    for (;; token++) { /* at a key; behind its value stands a comma or the end */
        fill_member(walker, node, token);
        token = piece_last(&walker->piece, token + 2) + 1;
        if (tokens[token] == '}')
            return;
    }
}

static void fill_items(struct walker *walker, const struct plan_node *node, size_t open)
{
    size_t close = piece_close(&walker->piece, open), token = open + 1;
    for (int64_t i = 0; token < close; i++) {
        uint32_t child = plan_find_item(node, i);
        if (child != PLAN_NONE)
            walker_fill(walker, child, token, token);
        token = piece_last(&walker->piece, token) + 2;
    }
}

void walker_fill(struct walker *walker, uint32_t at, size_t token, size_t key)
{
    const struct plan_node *node = &walker->plan->nodes[at];
    unsigned char first = walker->piece.index.tokens[token];
    if (node->slot != PLAN_NONE)
        walker->walk.slots[node->slot] = piece_value(&walker->piece, token);
    if (!node->inner)
        return;
    if (first == '{') {
        fill_object(walker, node, token);
        return;
    }
    if (first == '[') {
        if (node->item_count > 0)
            fill_items(walker, node, token);
        if (node->key_count > 0)
            fill_over(walker, node, token);
    }
    if (node->watch_type && first != 'n')
        walker_note_stranger(walker, node, piece_value(&walker->piece, key));
}

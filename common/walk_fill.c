#include "json.h"
#include "walk_inner.h"
#include "walk_text.h"

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
    walk->bad_at = (size_t)(walk->record.text - walker->batch->text);
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
            walker->walk.slots[node->slots[i]] = walk_text_find(array, steps, path->count - node->depth, &walker->arena);
    }
}

/* The node of the key at this token. */
static uint32_t find_key(const struct piece *piece, const struct plan_node *node, size_t token)
{
    const struct scan_index *index = &piece->index;
    size_t start = index->positions[token] + (size_t)1, end = index->positions[token + 1] - (size_t)1;
    const char *text = piece->text;
    while (text[end] != '"')
        end--;
    if (index->any_backslash && scan_any(index->backslashes, start, end))
        return plan_find_text(node, piece_value(piece, token));
    return plan_find(node, text + start, end - start);
}

static void fill_member(struct walker *walker, const struct plan_node *node, size_t key)
{
    uint32_t child = find_key(&walker->piece, node, key);
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
    size_t close = walker->piece.link[open], token = open + 1;
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
        walker_fill_over(walker, node, piece_value(&walker->piece, token));
    }
    if (node->watch_type && first != 'n')
        walker_note_stranger(walker, node, piece_value(&walker->piece, key));
}

#include "json/walk/plan_inner.h"

#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "json/walk/walk.h"

static uint32_t add_node(struct walk_plan *plan, uint32_t depth)
{
    if (plan->node_count == plan->node_cap) {
        plan->node_cap = plan->node_cap ? 2 * plan->node_cap : 16;
        plan->nodes = mem_resize(plan->nodes, plan->node_cap, sizeof *plan->nodes);
    }
    plan->nodes[plan->node_count] = (struct plan_node){.slot = PLAN_NONE, .depth = depth, .watch = PLAN_NONE};
    return plan->node_count++;
}

static uint32_t find_decoded(const struct plan_node *node, const char *key, size_t len)
{
    for (uint32_t i = 0; i < node->key_count; i++)
        if (node->keys[i].len == len && memcmp(node->keys[i].key, key, len) == 0)
            return node->keys[i].node;
    return PLAN_NONE;
}

uint32_t plan_find_text(const struct plan_node *node, struct span key)
{
    for (uint32_t i = 0; i < node->key_count; i++)
        if (json_string_equal(key, node->keys[i].key, node->keys[i].len))
            return node->keys[i].node;
    return PLAN_NONE;
}

uint32_t plan_find_item(const struct plan_node *node, int64_t index)
{
    for (uint32_t i = 0; i < node->item_count; i++)
        if (node->items[i].index == index)
            return node->items[i].node;
    return PLAN_NONE;
}

static uint32_t key_child(struct walk_plan *plan, uint32_t parent, const struct path_step *step)
{
    uint32_t found = find_decoded(&plan->nodes[parent], step->key, step->key_len);
    if (found != PLAN_NONE)
        return found;
    uint32_t child = add_node(plan, plan->nodes[parent].depth + 1);
    struct plan_node *node = &plan->nodes[parent];
    node->keys = mem_resize(node->keys, node->key_count + (size_t)1, sizeof *node->keys);
    node->keys[node->key_count++] = (struct plan_key){.key = step->key, .len = step->key_len, .node = child};
    node->inner = true;
    return child;
}

static uint32_t item_child(struct walk_plan *plan, uint32_t parent, int64_t index)
{
    struct plan_node *node = &plan->nodes[parent];
    uint32_t found = plan_find_item(node, index);
    if (found != PLAN_NONE)
        return found;
    uint32_t child = add_node(plan, node->depth + 1);
    node = &plan->nodes[parent];
    node->items = mem_resize(node->items, node->item_count + (size_t)1, sizeof *node->items);
    node->items[node->item_count++] = (struct plan_item){.index = index, .node = child};
    node->inner = true;
    return child;
}

static uint32_t node_of(struct walk_plan *plan, const struct path *path)
{
    uint32_t at = 0;
    for (size_t i = 0; path && i < path->count; i++)
        at = path->steps[i].key ? key_child(plan, at, &path->steps[i]) : item_child(plan, at, path->steps[i].index);
    return at;
}

/* Every node on the way to a slot knows it, so that a repeated key can forget what the first one gave. */
static void note_slot(struct walk_plan *plan, const struct path *path, uint32_t slot)
{
    uint32_t at = 0;
    for (size_t i = 0; i < path->count; i++) {
        struct plan_node *node = &plan->nodes[at];
        node->slots = mem_resize(node->slots, node->slot_count + (size_t)1, sizeof *node->slots);
        node->slots[node->slot_count++] = slot;
        const struct path_step *step = &path->steps[i];
        at = step->key ? key_child(plan, at, step) : item_child(plan, at, step->index);
    }
}

/* Builds a node's table of keys: at most a quarter of its places is used. */
static void seal_node(struct plan_node *node)
{
    if (node->key_count == 0)
        return;
    unsigned bits = 2;
    while (((size_t)1 << bits) < 4 * (size_t)node->key_count)
        bits++;
    free(node->table);
    node->table = mem_zero((size_t)1 << bits, sizeof *node->table);
    node->table_shift = 64 - bits;
    for (uint32_t k = 0; k < node->key_count; k++) {
        struct plan_key key = node->keys[k];
        char padded[8] = {0};
        memcpy(padded, key.key, key.len < sizeof padded ? key.len : sizeof padded);
        plan_key_ends(key.len < sizeof padded ? padded : key.key, key.len, &key.head, &key.tail);
        size_t place = (size_t)(plan_hash(key.head, key.tail, key.len) >> node->table_shift);
        while (node->table[place].key)
            place = (place + 1) & (((size_t)1 << bits) - 1);
        node->table[place] = key;
    }
}

static void seal(struct walk_plan *plan)
{
    for (uint32_t i = 0; i < plan->node_count; i++)
        seal_node(&plan->nodes[i]);
}

struct walk_plan *walk_plan_new(const struct path_set *paths)
{
    struct walk_plan *plan = mem_zero(1, sizeof *plan);
    plan->paths = paths;
    add_node(plan, 0);
    for (size_t i = 0; i < paths->count; i++) {
        uint32_t node = node_of(plan, paths->paths[i]);
        plan->nodes[node].slot = (uint32_t)i;
        note_slot(plan, paths->paths[i], (uint32_t)i);
    }
    seal(plan);
    return plan;
}

static void watch_below(struct walk_plan *plan, uint32_t at, uint32_t watch)
{
    struct plan_node *node = &plan->nodes[at];
    if (node->key_count == 0)
        return;
    if (node->watch == PLAN_NONE)
        node->watch = watch;
    node->watch_type = node->slot == PLAN_NONE && node->depth > 0;
    for (uint32_t i = 0; i < node->key_count; i++)
        watch_below(plan, node->keys[i].node, watch);
}

void walk_plan_watch(struct walk_plan *plan, const struct path *path, bool all)
{
    uint32_t at = node_of(plan, path);
    uint32_t watch = plan->watch_count++;
    if (all)
        watch_below(plan, at, watch);
    plan->nodes[at].watch = watch;
    plan->nodes[at].inner = true;
    seal(plan);
}

void walk_plan_free(struct walk_plan *plan)
{
    if (!plan)
        return;
    for (uint32_t i = 0; i < plan->node_count; i++) {
        free(plan->nodes[i].keys);
        free(plan->nodes[i].table);
        free(plan->nodes[i].items);
        free(plan->nodes[i].slots);
    }
    free(plan->nodes);
    free(plan);
}

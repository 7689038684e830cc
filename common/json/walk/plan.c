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

/* How many there is room for in an array that held `count` so far and doubles when it is full. */
static void *grow(void *array, size_t count, size_t size)
{
    bool full = (count & (count - 1)) == 0;
    return full ? mem_resize(array, count > 0 ? 2 * count : 1, size) : array;
}

uint32_t plan_find_indexed(const struct plan_node *node, const char *key, size_t len)
{
    uint64_t hash = index_hash(key, len);
    for (size_t at = index_first(&node->index, hash); at != INDEX_NONE; at = index_next(&node->index, hash, at)) {
        const struct plan_key *found = &node->keys[index_number(&node->index, at)];
        if (found->len == len && memcmp(found->key, key, len) == 0)
            return found->node;
    }
    return PLAN_NONE;
}

/* A key that nothing readable need follow. */
static uint32_t find_decoded(const struct plan_node *node, const char *key, size_t len)
{
    char padded[8] = {0};
    if (len < sizeof padded) {
        memcpy(padded, key, len);
        key = padded;
    }
    return plan_find(node, key, len);
}

uint32_t plan_find_text(const struct plan_node *node, struct span key, struct buffer *scratch)
{
    if (!key.escaped)
        return plan_find(node, key.text + 1, key.len - 2);
    scratch->len = 0;
    json_decode(key, scratch);
    return find_decoded(node, scratch->data, scratch->len);
}

/* Where the item with this index is or belongs: items are in order. */
static uint32_t item_place(const struct plan_node *node, int64_t index)
{
    uint32_t low = 0, high = node->item_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (node->items[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t plan_find_item(const struct plan_node *node, int64_t index)
{
    uint32_t place = item_place(node, index);
    return place < node->item_count && node->items[place].index == index ? node->items[place].node : PLAN_NONE;
}

static void put_in_table(struct plan_node *node, const struct plan_key *key)
{
    size_t mask = (size_t)(~UINT64_C(0) >> node->table_shift);
    size_t place = (size_t)(plan_hash(key->head, key->tail, key->len) >> node->table_shift);
    while (node->table[place].key)
        place = (place + 1) & mask;
    node->table[place] = *key;
}

/* Few keys stand in a table, at most a quarter of whose places is used. */
static void make_table(struct plan_node *node)
{
    unsigned bits = 2;
    while (((size_t)1 << bits) < 4 * (size_t)node->key_count)
        bits++;
    free(node->table);
    node->table = mem_zero((size_t)1 << bits, sizeof *node->table);
    node->table_shift = 64 - bits;
    for (uint32_t k = 0; k < node->key_count; k++)
        put_in_table(node, &node->keys[k]);
}

static void add_key(struct plan_node *node, const struct path_step *step, uint32_t child)
{
    struct plan_key key = {.key = step->key, .len = step->key_len, .node = child};
    char padded[8] = {0};
    memcpy(padded, key.key, key.len < sizeof padded ? key.len : sizeof padded);
    plan_key_ends(key.len < sizeof padded ? padded : key.key, key.len, &key.head, &key.tail);
    node->keys = grow(node->keys, node->key_count, sizeof *node->keys);
    node->keys[node->key_count++] = key;
    uint32_t indexed = node->key_count > PLAN_TABLE_MAX ? (uint32_t)node->index.count : node->key_count;
    for (uint32_t i = indexed; i < node->key_count; i++)
        index_add(&node->index, index_hash(node->keys[i].key, node->keys[i].len), i);
    if (node->key_count > PLAN_TABLE_MAX)
        return;
    if (!node->table || 4 * (size_t)node->key_count > (size_t)(~UINT64_C(0) >> node->table_shift) + 1)
        make_table(node);
    else
        put_in_table(node, &key);
}

static uint32_t key_child(struct walk_plan *plan, uint32_t parent, const struct path_step *step)
{
    uint32_t found = find_decoded(&plan->nodes[parent], step->key, step->key_len);
    if (found != PLAN_NONE)
        return found;
    uint32_t child = add_node(plan, plan->nodes[parent].depth + 1);
    struct plan_node *node = &plan->nodes[parent];
    add_key(node, step, child);
    node->inner = true;
    return child;
}

static uint32_t item_child(struct walk_plan *plan, uint32_t parent, int64_t index)
{
    uint32_t found = plan_find_item(&plan->nodes[parent], index);
    if (found != PLAN_NONE)
        return found;
    uint32_t child = add_node(plan, plan->nodes[parent].depth + 1);
    struct plan_node *node = &plan->nodes[parent];
    uint32_t place = item_place(node, index);
    node->items = grow(node->items, node->item_count, sizeof *node->items);
    memmove(node->items + place + 1, node->items + place, (node->item_count++ - place) * sizeof *node->items);
    node->items[place] = (struct plan_item){.index = index, .node = child};
    node->inner = true;
    return child;
}

static uint32_t child_of(struct walk_plan *plan, uint32_t parent, const struct path_step *step)
{
    return step->key ? key_child(plan, parent, step) : item_child(plan, parent, step->index);
}

/* Every node on the way to a slot knows it, so that a repeated key can forget what the first one gave. */
static void add_slot(struct walk_plan *plan, const struct path *path, uint32_t slot)
{
    uint32_t at = 0;
    for (size_t i = 0; i < path->count; i++) {
        struct plan_node *node = &plan->nodes[at];
        node->slots = grow(node->slots, node->slot_count, sizeof *node->slots);
        node->slots[node->slot_count++] = slot;
        at = child_of(plan, at, &path->steps[i]);
    }
    plan->nodes[at].slot = slot;
}

struct walk_plan *walk_plan_new(const struct path_set *paths)
{
    struct walk_plan *plan = mem_zero(1, sizeof *plan);
    plan->paths = paths;
    add_node(plan, 0);
    for (size_t i = 0; i < paths->count; i++)
        add_slot(plan, paths->paths[i], (uint32_t)i);
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
    uint32_t at = 0;
    for (size_t i = 0; path && i < path->count; i++)
        at = child_of(plan, at, &path->steps[i]);
    uint32_t watch = plan->watch_count++;
    if (all)
        watch_below(plan, at, watch);
    plan->nodes[at].watch = watch;
    plan->nodes[at].inner = true;
}

void walk_plan_free(struct walk_plan *plan)
{
    if (!plan)
        return;
    for (uint32_t i = 0; i < plan->node_count; i++) {
        free(plan->nodes[i].keys);
        free(plan->nodes[i].table);
        index_free(&plan->nodes[i].index);
        free(plan->nodes[i].items);
        free(plan->nodes[i].slots);
    }
    free(plan->nodes);
    free(plan);
}

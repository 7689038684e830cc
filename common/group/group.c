#include "group/group_inner.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS_LEAST = 4, /* in a part */
    SLOTS_MAPPED = 64 * 1024,
    BLOCKS_SMALL = 4, /* the first blocks are not in large pages, which would be too much for a small table */
};

struct slot *slots_new(size_t cap)
{
    size_t size = cap * sizeof(struct slot);
    return size >= SLOTS_MAPPED ? pool_map(size) : mem_zero(cap, sizeof(struct slot));
}

void slots_free(struct slot *slots, size_t cap)
{
    size_t size = cap * sizeof(struct slot);
    if (size >= SLOTS_MAPPED)
        pool_unmap(slots, size);
    else
        free(slots);
}

static void free_slots(struct groups *groups)
{
    slots_free(groups->slots, PARTS * groups->parts[0].cap);
    groups->slots = NULL;
}

void groups_drop_slots(struct groups *groups)
{
    free_slots(groups);
    memset(groups->parts, 0, sizeof groups->parts);
    pool_free(&groups->loose);
}

void groups_grow(struct groups *groups, size_t most)
{
    size_t cap = SLOTS_LEAST, old = groups->parts[0].cap;
    while (most > cap / 4 * 3)
        cap *= 2;
    if (cap <= old)
        return;
    struct slot *slots = slots_new(PARTS * cap);
    for (unsigned i = 0; i < PARTS; i++) {
        struct part *part = &groups->parts[i];
        const struct slot *from = part->slots;
        part->slots = slots + i * cap;
        part->cap = cap;
        for (size_t k = 0; k < old; k++)
            if (from[k].where)
                part_put(part, from[k]);
    }
    slots_free(groups->slots, PARTS * old);
    groups->slots = slots;
}

static bool has_key(const struct groups *groups, const struct group *group, const char *key, size_t len)
{
    return group->key_len == len && (len == 0 || memcmp(group_key(group, &groups->options), key, len) == 0);
}

struct slot *part_find(const struct groups *groups, const struct part *part, const char *key, size_t len, uint64_t tag)
{
    if (part->cap == 0)
        return NULL;
    for (size_t i = slot_of(part, tag); part->slots[i].where; i = (i + 1) & (part->cap - 1))
        if (part->slots[i].tag == tag && has_key(groups, group_at(groups, part->slots[i].where), key, len))
            return &part->slots[i];
    return NULL;
}

struct slot part_next(const struct part *part, struct part_place *place)
{
    while (place->at < part->cap) {
        struct slot slot = part->slots[place->at++];
        if (slot.where)
            return slot;
    }
    if (!place->in_loose) {
        place->in_loose = true;
        place->loose = part->loose;
    }
    while (place->loose && place->in_block == place->loose->count) {
        place->loose = place->loose->next;
        place->in_block = 0;
    }
    return place->loose ? place->loose->slots[place->in_block++] : (struct slot){0};
}

struct groups *groups_new(const struct groups_options *options)
{
    struct groups *groups = mem_zero(1, sizeof *groups);
    groups->options = *options;
    groups->ascending = true;
    groups_open_eyes(groups);
    return groups;
}

struct pool *groups_pool(struct groups *groups)
{
    return &groups->pool;
}

struct group *groups_find(const struct groups *groups, const char *key, size_t len, uint64_t hash)
{
    if (groups->blind)
        return NULL;
    const struct slot *slot = part_find(groups, part_of(groups, hash), key, len, group_tag_of(groups, hash));
    return slot ? group_at(groups, slot->where) : NULL;
}

void groups_expect(const struct groups *groups, uint64_t hash)
{
    const struct part *part = part_of(groups, hash);
    if (part->cap > 0 && !groups->blind)
        __builtin_prefetch(&part->slots[slot_of(part, group_tag_of(groups, hash))]);
}

void groups_expect_group(const struct groups *groups, uint64_t hash)
{
    const struct part *part = part_of(groups, hash);
    if (part->cap == 0 || groups->blind)
        return;
    uint64_t where = part->slots[slot_of(part, group_tag_of(groups, hash))].where;
    if (where)
        __builtin_prefetch(group_at(groups, where));
}

static void add_block(struct groups *groups, size_t size)
{
    if (groups->block_count == BLOCKS_MAX)
        /* groups_full sees to it that files are used before, where there is a choice */
        mem_refuse(BLOCKS_MAX, BLOCK_SIZE);
    if (!groups->blocks || groups->block_count == groups->block_cap) {
        groups->block_cap = groups->block_cap ? groups->block_cap * 2 : 16;
        groups->blocks = mem_resize(groups->blocks, groups->block_cap, sizeof *groups->blocks);
    }
    size = size > BLOCK_SIZE - BLOCK_FIRST ? size + BLOCK_FIRST : BLOCK_SIZE;
    char *bytes = groups->block_count < BLOCKS_SMALL ? pool_map_small(size) : pool_map(size);
    groups->blocks[groups->block_count++] = (struct block){.bytes = bytes, .size = size, .used = BLOCK_FIRST};
}

/* Room for a group behind all others. */
static struct group *new_group(struct groups *groups, size_t size, uint64_t *where)
{
    struct block *block = groups->block_count > 0 ? &groups->blocks[groups->block_count - 1] : NULL;
    if (!block || size > block->size - block->used) {
        if (block)
            groups->block_bytes += block->size - block->used;
        add_block(groups, size);
        block = &groups->blocks[groups->block_count - 1];
    }
    *where = (uint64_t)(groups->block_count - 1) << BLOCK_BITS | block->used / 8;
    char *bytes = block->bytes + block->used;
    block->used += size;
    groups->block_bytes += size;
    groups->count++;
    return (struct group *)(void *)bytes;
}

struct group *groups_add(struct groups *groups, const char *key, size_t len, uint64_t hash, uint64_t place,
                         const char *head, size_t head_len)
{
    uint64_t where;
    struct group *group = new_group(groups, group_size(groups, len, head_len), &where);
    group->place = place;
    group->key_len = (uint32_t)len;
    group->head_len = (uint32_t)head_len;
    memset(group->states, 0, groups->options.state_size);
    char *bytes = (char *)(uintptr_t)group_key(group, &groups->options);
    if (len > 0)
        memcpy(bytes, key, len);
    if (head_len > 0)
        memcpy(bytes + len, head, head_len);
    groups->ascending = groups->ascending && groups->last_place <= place;
    groups->last_place = place;
    struct part *part = part_of(groups, hash);
    const struct slot slot = slot_for(group_tag_of(groups, hash), where);
    if (groups->blind) {
        groups_add_loose(groups, part, slot);
        return group;
    }
    if (part->count >= part->cap / 4 * 3)
        groups_grow(groups, part->count + 1);
    part_put(part, slot);
    part->count++;
    return group;
}

struct group *groups_replace(struct groups *groups, struct group *old, uint64_t place, const char *head,
                             size_t head_len)
{
    const char *key = group_key(old, &groups->options);
    uint64_t hash = groups_hash(key, old->key_len), where;
    struct slot *slot = part_find(groups, part_of(groups, hash), key, old->key_len, group_tag_of(groups, hash));
    struct group *group = new_group(groups, group_size(groups, old->key_len, head_len), &where);
    memcpy(group, old, (size_t)(key - (const char *)old) + old->key_len);
    group->place = place;
    group->head_len = (uint32_t)head_len;
    if (head_len > 0)
        memcpy((char *)(uintptr_t)group_head(group, &groups->options), head, head_len);
    *slot = slot_for(slot->tag, where);
    old->place = PLACE_GONE;
    groups->ascending = false;
    return group;
}

bool groups_empty(const struct groups *groups)
{
    return groups->count == 0 && !groups->waiting;
}

bool groups_full(const struct groups *groups)
{
    size_t slots = PARTS * groups->parts[0].cap * sizeof(struct slot), list = groups->count * sizeof *groups->list;
    return (groups->options.memory > 0 &&
            groups->pool.used + groups->loose.used + groups->block_bytes + slots + list > groups->options.memory) ||
           groups->block_count == BLOCKS_MAX;
}

bool groups_check(struct groups *groups)
{
    bool moved = ++groups->records == groups->look_at && groups_look(groups);
    if (!groups_full(groups))
        return moved;
    groups_spill(groups);
    return true;
}

static void free_list(struct groups *groups)
{
    pool_unmap(groups->list, groups->list_bytes);
    groups->list = NULL;
    groups->list_bytes = 0;
}

void groups_reset(struct groups *groups)
{
    groups_drop_slots(groups);
    pool_free(&groups->pool);
    for (size_t i = 0; i < groups->block_count; i++)
        pool_unmap(groups->blocks[i].bytes, groups->blocks[i].size);
    groups->block_count = 0;
    groups->block_bytes = 0;
    groups->run_count = 0;
    free_list(groups);
    groups->count = 0;
    groups->ascending = true;
    groups->last_place = 0;
    groups_open_eyes(groups);
}

void groups_free(struct groups *groups)
{
    if (!groups)
        return;
    groups_reset(groups);
    while (groups->waiting) {
        struct waiting *outer = groups->waiting->outer;
        waiting_free(groups->waiting);
        groups->waiting = outer;
    }
    spill_reader_free(&groups->reader);
    buffer_free(&groups->scratch);
    free(groups->blocks);
    free(groups->runs);
    free(groups);
}

/* Walks over the groups of a run, passing those that are gone. */
struct walk {
    size_t block, end; /* of blocks */
    size_t at;         /* in the block */
    struct group *group; /* NULL behind the last */
};

static void walk_on(const struct groups *groups, struct walk *walk)
{
    walk->group = NULL;
    while (walk->block < walk->end) {
        const struct block *block = &groups->blocks[walk->block];
        if (walk->at == block->used) {
            walk->block++;
            walk->at = BLOCK_FIRST;
            continue;
        }
        struct group *group = (struct group *)(void *)(block->bytes + walk->at);
        walk->at += group_size(groups, group->key_len, group->head_len);
        if (group->place != PLACE_GONE) {
            walk->group = group;
            return;
        }
    }
}

static int compare_places(const void *left, const void *right)
{
    const struct group *a = *(struct group *const *)left, *b = *(struct group *const *)right;
    return (a->place > b->place) - (a->place < b->place);
}

/* All groups into the list; by place, if each run is. */
static void list_groups(struct groups *groups)
{
    size_t count = groups->run_count > 0 ? groups->run_count : 1, listed = 0;
    struct walk *walks = mem_zero(count, sizeof *walks);
    for (size_t i = 0; i < count; i++) {
        walks[i].block = groups->run_count > 0 ? groups->runs[i] : 0;
        walks[i].end = i + 1 < count ? groups->runs[i + 1] : groups->block_count;
        walks[i].at = BLOCK_FIRST;
        walk_on(groups, &walks[i]);
    }
    for (;;) { /* from the run whose next group is the first, up to where another one's is */
        struct walk *least = NULL;
        uint64_t until = UINT64_MAX;
        for (size_t i = 0; i < count; i++) {
            if (!walks[i].group)
                continue;
            if (!least || walks[i].group->place < least->group->place) {
                until = least ? least->group->place : until;
                least = &walks[i];
            } else if (walks[i].group->place < until) {
                until = walks[i].group->place;
            }
        }
        if (!least)
            break;
        do {
            groups->list[listed++] = least->group;
            walk_on(groups, least);
        } while (least->group && least->group->place < until);
    }
    groups->count = listed;
    free(walks);
}

bool groups_load(struct groups *groups, struct group ***list, size_t *count, bool *whole, struct problem *problem)
{
    *whole = !groups->waiting;
    if (*whole && groups->given)
        return false;
    if (!*whole && !groups_load_part(groups, problem))
        return false;
    groups->given = true;
    groups_drop_slots(groups);
    groups->list_bytes = (groups->count + 1) * sizeof *groups->list;
    groups->list = pool_map(groups->list_bytes);
    list_groups(groups);
    if (!groups->ascending)
        qsort(groups->list, groups->count, sizeof *groups->list, compare_places);
    *list = groups->list;
    *count = groups->count;
    return true;
}

#include "group_table.h"

#include <stdlib.h>
#include <string.h>

#include "diag.h"

enum { SLOTS_LEAST = 16, SLOTS_MAPPED = 64 * 1024 };

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

void part_free(struct part *part)
{
    slots_free(part->slots, part->cap);
    *part = (struct part){0};
}

static void put_slot(struct part *part, struct slot slot)
{
    size_t i = slot_of(part, slot.hash);
    while (part->slots[i].group)
        i = (i + 1) & (part->cap - 1);
    part->slots[i] = slot;
}

void part_grow(struct part *part, size_t more)
{
    struct part old = *part;
    part->cap = old.cap ? old.cap * 2 : SLOTS_LEAST;
    while (part->count + more > part->cap / 4 * 3)
        part->cap *= 2;
    part->slots = slots_new(part->cap);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].group)
            put_slot(part, old.slots[i]);
    slots_free(old.slots, old.cap);
}

void part_insert(struct part *part, struct group *group, uint64_t hash)
{
    if (part->count >= part->cap / 4 * 3)
        part_grow(part, 1);
    put_slot(part, (struct slot){hash, group});
    part->count++;
}

struct slot *part_find(const struct groups *groups, const struct part *part, const char *key, size_t len, uint64_t hash)
{
    if (part->cap == 0)
        return NULL;
    for (size_t i = slot_of(part, hash); part->slots[i].group; i = (i + 1) & (part->cap - 1)) {
        if (part->slots[i].hash != hash)
            continue;
        const struct group *group = part->slots[i].group;
        if (group->key_len == len && (len == 0 || memcmp(group_key(group, &groups->options), key, len) == 0))
            return &part->slots[i];
    }
    return NULL;
}

const struct slot *part_next(const struct groups *groups, const struct part *part, struct part_place *place)
{
    while (place->at < part->cap) {
        const struct slot *slot = &part->slots[place->at++];
        if (slot->group)
            return slot;
    }
    if (!place->loose) {
        place->loose = true;
        place->block = part->loose;
    }
    while (place->block && place->in_block == place->block->used) {
        place->block = place->block->next;
        place->in_block = 0;
    }
    if (!place->block)
        return NULL;
    struct group *group = (struct group *)(uintptr_t)(place->block->bytes + place->in_block);
    place->in_block += (group_size(groups, group->key_len, group->head_len) + 7) & ~(size_t)7;
    place->slot = (struct slot){hash_bytes(group_key(group, &groups->options), group->key_len), group};
    return &place->slot;
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
    const struct slot *slot = part_find(groups, part_of(groups, hash), key, len, hash);
    return slot ? slot->group : NULL;
}

void groups_expect(const struct groups *groups, uint64_t hash)
{
    const struct part *part = part_of(groups, hash);
    if (groups->blind && part->last_loose) /* where it will be added */
        __builtin_prefetch(part->last_loose->bytes + part->last_loose->used, 1);
    else if (part->cap > 0)
        __builtin_prefetch(&part->slots[slot_of(part, hash)]);
}

void groups_expect_group(const struct groups *groups, uint64_t hash)
{
    const struct part *part = part_of(groups, hash);
    if (part->cap > 0 && !groups->blind)
        __builtin_prefetch(part->slots[slot_of(part, hash)].group);
}

static void list_room(struct groups *groups, size_t count)
{
    if (groups->list_cap >= count)
        return;
    size_t cap = groups->list_cap < 64 ? 64 : groups->list_cap + groups->list_cap / 2;
    groups->list_cap = cap > count ? cap : count;
    groups->list = mem_resize(groups->list, groups->list_cap, sizeof *groups->list);
}

struct group *groups_add(struct groups *groups, const char *key, size_t len, uint64_t hash, uint64_t place, const char *head,
                         size_t head_len)
{
    if (len > UINT32_MAX || head_len > UINT32_MAX)
        die(STATUS_IO, "a group key of more than 4 GiB");
    struct part *part = part_of(groups, hash);
    size_t size = group_size(groups, len, head_len);
    struct group *group = groups->blind ? groups_add_loose(groups, part, size) : pool_alloc(&groups->pool, size);
    group->place = place;
    group->key_len = (uint32_t)len;
    group->head_len = (uint32_t)head_len;
    memset(group->states, 0, groups->options.state_size);
    char *bytes = (char *)(uintptr_t)group_key(group, &groups->options);
    if (len > 0)
        memcpy(bytes, key, len);
    if (head_len > 0)
        memcpy(bytes + len, head, head_len);
    list_room(groups, groups->count + 1);
    if (groups->count > 0 && groups->list[groups->count - 1]->place > place)
        groups->ascending = false;
    groups->list[groups->count++] = group;
    if (groups->blind)
        return group;
    part->shift = slot_shift(groups);
    size_t cap = part->cap;
    part_insert(part, group, hash);
    groups->slot_bytes += (part->cap - cap) * sizeof *part->slots;
    return group;
}

struct group *groups_replace(struct groups *groups, struct group *old, uint64_t place, const char *head, size_t head_len)
{
    const char *key = group_key(old, &groups->options);
    uint64_t hash = hash_bytes(key, old->key_len);
    struct slot *slot = part_find(groups, part_of(groups, hash), key, old->key_len, hash);
    struct group *group = pool_alloc(&groups->pool, group_size(groups, old->key_len, head_len));
    memcpy(group, old, group_size(groups, old->key_len, 0));
    group->place = place;
    group->head_len = (uint32_t)head_len;
    if (head_len > 0)
        memcpy((char *)(uintptr_t)group_head(group, &groups->options), head, head_len);
    slot->group = group;
    old->key_len = UINT32_MAX;
    groups->gone = true;
    list_room(groups, groups->count + 1);
    groups->list[groups->count++] = group;
    groups->ascending = false;
    return group;
}

bool groups_empty(const struct groups *groups)
{
    return groups->count == 0 && !groups->waiting;
}

size_t groups_memory(const struct groups *groups)
{
    return groups->pool.used + groups->slot_bytes + groups->count * sizeof *groups->list;
}

void groups_check(struct groups *groups)
{
    if (++groups->records == groups->look_at)
        groups_look(groups);
    if (groups->options.memory > 0 && groups_memory(groups) > groups->options.memory)
        groups_spill(groups);
}

void groups_reset(struct groups *groups)
{
    for (unsigned i = 0; i < PARTS; i++)
        part_free(&groups->parts[i]);
    pool_free(&groups->pool);
    free(groups->list);
    groups->list = NULL;
    groups->list_cap = 0;
    groups->count = 0;
    groups->slot_bytes = 0;
    groups->ascending = true;
    groups->gone = false;
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
    free(groups);
}

static int compare_places(const void *left, const void *right)
{
    const struct group *a = *(struct group *const *)left, *b = *(struct group *const *)right;
    return (a->place > b->place) - (a->place < b->place);
}

bool groups_load(struct groups *groups, struct group ***list, size_t *count, bool *whole)
{
    *whole = !groups->waiting;
    if (*whole && groups->given)
        return false;
    if (!*whole && !groups_load_part(groups))
        return false;
    groups->given = true;
    size_t kept = 0;
    for (size_t i = 0; i < groups->count && groups->gone; i++)
        if (groups->list[i]->key_len != UINT32_MAX)
            groups->list[kept++] = groups->list[i];
    if (groups->gone)
        groups->count = kept;
    groups->gone = false;
    if (!groups->ascending)
        qsort(groups->list, groups->count, sizeof *groups->list, compare_places);
    groups->ascending = true;
    *list = groups->list;
    *count = groups->count;
    return true;
}

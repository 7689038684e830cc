#include "group_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"

enum { SLOTS_LEAST = 16, SLOTS_MAPPED = 64 * 1024, THREADS_MAX = 64, MERGE_SMALL = 10000 };

static struct slot *slots_new(size_t cap)
{
    size_t size = cap * sizeof(struct slot);
    return size >= SLOTS_MAPPED ? pool_map(size) : mem_zero(cap, sizeof(struct slot));
}

static void slots_free(struct slot *slots, size_t cap)
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

/* Makes room for `more` groups. */
static void part_grow(struct part *part, size_t more)
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

/* The slot of a key, or NULL. */
static struct slot *find_slot(const struct groups *groups, const struct part *part, const char *key, size_t len, uint64_t hash)
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

/* The slots in use, one by one; *at starts as 0. */
static const struct slot *next_slot(const struct part *part, size_t *at)
{
    while (*at < part->cap) {
        const struct slot *slot = &part->slots[(*at)++];
        if (slot->group)
            return slot;
    }
    return NULL;
}

struct group *part_next(const struct part *part, size_t *at)
{
    const struct slot *slot = next_slot(part, at);
    return slot ? slot->group : NULL;
}

struct groups *groups_new(const struct groups_options *options)
{
    struct groups *groups = mem_zero(1, sizeof *groups);
    groups->options = *options;
    groups->ascending = true;
    return groups;
}

struct pool *groups_pool(struct groups *groups)
{
    return &groups->pool;
}

struct group *groups_find(const struct groups *groups, const char *key, size_t len, uint64_t hash)
{
    const struct slot *slot = find_slot(groups, part_of(groups, hash), key, len, hash);
    return slot ? slot->group : NULL;
}

void groups_expect(const struct groups *groups, uint64_t hash)
{
    const struct part *part = part_of(groups, hash);
    if (part->cap > 0)
        __builtin_prefetch(&part->slots[slot_of(part, hash)]);
}

void groups_expect_group(const struct groups *groups, uint64_t hash)
{
    const struct part *part = part_of(groups, hash);
    if (part->cap > 0)
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
    struct group *group = pool_alloc(&groups->pool, group_size(groups, len, head_len));
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
    struct part *part = part_of(groups, hash);
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
    struct slot *slot = find_slot(groups, part_of(groups, hash), key, old->key_len, hash);
    struct group *group = pool_alloc(&groups->pool, group_size(groups, old->key_len, head_len));
    memcpy(group, old, group_size(groups, old->key_len, 0));
    group->place = place;
    group->head_len = (uint32_t)head_len;
    if (head_len > 0)
        memcpy((char *)(uintptr_t)group_head(group, &groups->options), head, head_len);
    slot->group = group;
    old->key_len = UINT32_MAX;
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

/* Merging: one worker does some parts of all tables. A group that is in both stays where its first record was. */

struct merge_worker {
    struct groups **tables;
    size_t count;
    unsigned first, step;
    struct pool pool;
    pthread_t thread;
};

static void merge_slot(struct groups *into, struct part *part, const struct slot *other, struct pool *pool)
{
    bool alone = part->cap == 0;
    if (!alone) { /* mostly no group has this hash: then no group is touched */
        size_t i = slot_of(part, other->hash);
        while (part->slots[i].group && part->slots[i].hash != other->hash)
            i = (i + 1) & (part->cap - 1);
        alone = !part->slots[i].group;
    }
    struct group *group = other->group;
    struct slot *slot = alone ? NULL : find_slot(into, part, group_key(group, &into->options), group->key_len, other->hash);
    if (!slot) {
        part_insert(part, group, other->hash);
        return;
    }
    struct group *stays = slot->group, *goes = group;
    if (group->place < stays->place) {
        goes = stays;
        stays = group;
        slot->group = group;
    }
    into->options.merge(into->options.context, stays->states, goes->states, pool);
    goes->key_len = UINT32_MAX; /* gone: lists skip it */
}

static void *merge_parts(void *argument)
{
    struct merge_worker *worker = argument;
    struct groups *into = worker->tables[0];
    for (unsigned i = worker->first; i < PARTS; i += worker->step)
        for (size_t t = 1; t < worker->count; t++) {
            /* Room first: slots come in the order of their hashes, and would pile up at the front of a table that is too
             * small for them. */
            const struct part *other = &worker->tables[t]->parts[i];
            if (into->parts[i].count + other->count > into->parts[i].cap / 4 * 3)
                part_grow(&into->parts[i], other->count);
            size_t at = 0;
            for (const struct slot *slot; (slot = next_slot(other, &at));)
                merge_slot(into, &into->parts[i], slot, &worker->pool);
        }
    return NULL;
}

static void merge_tables(struct groups **tables, size_t count, unsigned threads)
{
    size_t total = 0;
    for (size_t i = 1; i < count; i++)
        total += tables[i]->count;
    if (threads > THREADS_MAX)
        threads = THREADS_MAX;
    if (threads < 1 || total < MERGE_SMALL)
        threads = 1;
    struct merge_worker workers[THREADS_MAX] = {{0}};
    unsigned started = 1;
    for (unsigned i = 0; i < threads; i++)
        workers[i] = (struct merge_worker){.tables = tables, .count = count, .first = i, .step = threads};
    while (started < threads && pthread_create(&workers[started].thread, NULL, merge_parts, &workers[started]) == 0)
        started++;
    merge_parts(&workers[0]);
    for (unsigned i = started; i < threads; i++) /* no thread to be had: do its share here */
        merge_parts(&workers[i]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < threads; i++)
        pool_join(&tables[0]->pool, &workers[i].pool);
}

/* All tables' lists, each of them by place, as one. */
static void merge_lists(struct groups **tables, size_t count)
{
    size_t total = 0, kept = 0, next[THREADS_MAX] = {0};
    bool ascending = count <= THREADS_MAX;
    for (size_t t = 0; t < count; t++) {
        total += tables[t]->count;
        ascending = ascending && tables[t]->ascending;
    }
    struct group **list = mem_resize(NULL, total, sizeof *list);
    for (size_t t = 0; t < count && !ascending; t++)
        for (size_t i = 0; i < tables[t]->count; i++)
            if (tables[t]->list[i]->key_len != UINT32_MAX)
                list[kept++] = tables[t]->list[i];
    while (ascending) {
        const struct group *least = NULL;
        size_t from = 0;
        for (size_t t = 0; t < count; t++) {
            if (next[t] < tables[t]->count && (!least || tables[t]->list[next[t]]->place < least->place)) {
                least = tables[t]->list[next[t]];
                from = t;
            }
        }
        if (!least)
            break;
        if (next[from] + 8 < tables[from]->count)
            __builtin_prefetch(tables[from]->list[next[from] + 8]);
        struct group *group = tables[from]->list[next[from]++];
        if (group->key_len != UINT32_MAX)
            list[kept++] = group;
    }
    free(tables[0]->list);
    tables[0]->list = list;
    tables[0]->list_cap = total;
    tables[0]->count = kept;
    tables[0]->ascending = ascending;
}

/* Files: the others' become the first one's. */
static void take_files(struct groups *into, struct groups *other)
{
    struct waiting *from = other->waiting;
    if (!from)
        return;
    if (!into->waiting)
        into->waiting = waiting_new(0);
    for (unsigned i = 0; i < PARTS; i++)
        for (size_t j = 0; j < from->parts[i].count; j++)
            segments_add(&into->waiting->parts[i], from->parts[i].list[j]);
    into->waiting->spills = mem_resize(into->waiting->spills, into->waiting->spill_count + from->spill_count, sizeof *from->spills);
    memcpy(into->waiting->spills + into->waiting->spill_count, from->spills, from->spill_count * sizeof *from->spills);
    into->waiting->spill_count += from->spill_count;
    from->spill_count = 0;
}

struct groups *groups_merge(struct groups **tables, size_t count, unsigned threads)
{
    struct groups *into = tables[0];
    bool spilled = false;
    for (size_t t = 0; t < count; t++)
        spilled = spilled || tables[t]->waiting;
    if (!spilled && count > 1) {
        merge_tables(tables, count, threads);
        merge_lists(tables, count);
    }
    for (size_t t = 0; t < count && spilled; t++)
        groups_spill(tables[t]);
    for (size_t t = 1; t < count; t++) {
        pool_join(&into->pool, &tables[t]->pool);
        take_files(into, tables[t]);
        groups_free(tables[t]);
    }
    into->merged = true;
    return into;
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
    if (!groups->ascending) {
        size_t kept = 0;
        for (size_t i = 0; i < groups->count; i++)
            if (groups->list[i]->key_len != UINT32_MAX)
                groups->list[kept++] = groups->list[i];
        groups->count = kept;
        qsort(groups->list, groups->count, sizeof *groups->list, compare_places);
        groups->ascending = true;
    }
    *list = groups->list;
    *count = groups->count;
    return true;
}

/* Merging: one worker does some parts of all tables. A group that is in several stays where its first record was. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "group_table.h"

enum { THREADS_MAX = 64, MERGE_SMALL = 10000 };

struct merge_worker {
    struct groups **tables;
    size_t count;
    unsigned first, step;
    struct part scratch; /* one part of all tables: small enough for a cache, and used again for the next */
    size_t scratch_cap;
    struct pool pool;
    pthread_t thread;
};

void part_merge(const struct groups *groups, struct part *part, const struct slot *other, struct pool *pool)
{
    bool alone = part->cap == 0;
    if (!alone) { /* mostly no group has this hash: then no group is touched */
        size_t i = slot_of(part, other->hash);
        while (part->slots[i].group && part->slots[i].hash != other->hash)
            i = (i + 1) & (part->cap - 1);
        alone = !part->slots[i].group;
    }
    struct group *group = other->group;
    struct slot *slot = alone ? NULL : part_find(groups, part, group_key(group, &groups->options), group->key_len, other->hash);
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
    groups->options.merge(groups->options.context, stays->states, goes->states, pool);
    goes->key_len = UINT32_MAX; /* gone: lists skip it */
}

/* An empty part with room for so many groups. */
static struct part *scratch_of(struct merge_worker *worker, size_t count)
{
    struct part *part = &worker->scratch;
    size_t cap = 16;
    while (count > cap / 4 * 3)
        cap *= 2;
    if (cap > worker->scratch_cap) {
        slots_free(part->slots, worker->scratch_cap);
        part->slots = slots_new(cap);
        worker->scratch_cap = cap;
    } else {
        memset(part->slots, 0, cap * sizeof *part->slots);
    }
    part->cap = cap;
    part->count = 0;
    return part;
}

static void *merge_parts(void *argument)
{
    struct merge_worker *worker = argument;
    for (unsigned i = worker->first; i < PARTS; i += worker->step) {
        size_t total = 0;
        for (size_t t = 0; t < worker->count; t++)
            total += worker->tables[t]->parts[i].count + worker->tables[t]->parts[i].loose_count;
        struct part *scratch = scratch_of(worker, total);
        for (size_t t = 0; t < worker->count; t++) {
            struct part *part = &worker->tables[t]->parts[i];
            struct part_place place = {0};
            for (const struct slot *slot; (slot = part_next(worker->tables[t], part, &place));)
                part_merge(worker->tables[0], scratch, slot, &worker->pool);
            part_free(part); /* the lists have all groups */
        }
    }
    slots_free(worker->scratch.slots, worker->scratch_cap);
    return NULL;
}

static void merge_tables(struct groups **tables, size_t count, unsigned threads)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
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
    tables[0]->gone = false;
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
    if (!spilled && (count > 1 || into->blind)) {
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

/* Merging: one worker does some parts of all tables. A group that is in several stays where its first record was. */
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "group/group_inner.h"

enum { MERGE_SMALL = 10000 };

struct merge_worker {
    struct groups **tables; /* the first has all blocks */
    const uint64_t *base;   /* added to where's of each table: the place of its blocks among those */
    size_t count;
    unsigned first, step;
    struct part scratch; /* one part of all tables: small enough for a cache, and used again for the next */
    size_t scratch_cap;
    struct pool pool;
};

/* The slot of the same key, or the free one where it belongs. */
static struct slot *place_of(const struct groups *groups, const struct part *part, struct slot slot)
{
    size_t i = slot_of(part, slot.tag);
    for (; part->slots[i].where; i = (i + 1) & (part->cap - 1)) {
        if (part->slots[i].tag != slot.tag) /* mostly: then no group is touched */
            continue;
        const struct group *a = group_at(groups, slot.where), *b = group_at(groups, part->slots[i].where);
        if (a->key_len == b->key_len &&
            memcmp(group_key(a, &groups->options), group_key(b, &groups->options), a->key_len) == 0)
            break;
    }
    return &part->slots[i];
}

bool part_has(const struct groups *groups, const struct part *part, struct slot slot)
{
    return place_of(groups, part, slot)->where != 0;
}

void part_merge(const struct groups *groups, struct part *part, struct slot slot, struct pool *pool)
{
    struct slot *there = place_of(groups, part, slot);
    if (!there->where) {
        *there = slot;
        part->count++;
        return;
    }
    struct group *goes = group_at(groups, slot.where), *stays = group_at(groups, there->where);
    if (goes->place < stays->place) {
        struct group *other = goes;
        goes = stays;
        stays = other;
        *there = slot;
    }
    groups->options.merge(groups->options.context, stays->states, goes->states, pool);
    goes->place = PLACE_GONE;
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

static void merge_parts(void *workers, unsigned share)
{
    struct merge_worker *worker = (struct merge_worker *)workers + share;
    for (unsigned i = worker->first; i < PARTS; i += worker->step) {
        size_t total = 0;
        for (size_t t = 0; t < worker->count; t++)
            total += worker->tables[t]->parts[i].count + worker->tables[t]->parts[i].loose_count;
        struct part *scratch = scratch_of(worker, total);
        for (size_t t = 0; t < worker->count; t++) {
            struct part_place place = {0};
            for (struct slot slot; (slot = part_next(&worker->tables[t]->parts[i], &place)).where;) {
                slot = slot_for(slot.tag, slot.where + worker->base[t]);
                part_merge(worker->tables[0], scratch, slot, &worker->pool);
            }
        }
    }
    slots_free(worker->scratch.slots, worker->scratch_cap);
}

/* The blocks of all tables become the first one's, a run a table. base: see merge_worker. */
static void take_blocks(struct groups **tables, size_t count, uint64_t *base)
{
    struct groups *into = tables[0];
    size_t blocks = 0;
    for (size_t t = 0; t < count; t++)
        blocks += tables[t]->block_count;
    into->blocks = mem_resize(into->blocks, blocks + 1, sizeof *into->blocks);
    into->block_cap = blocks + 1;
    into->runs = mem_resize(NULL, count, sizeof *into->runs);
    into->run_count = count;
    for (size_t t = 0; t < count; t++) {
        struct groups *from = tables[t];
        into->runs[t] = t > 0 ? into->block_count : 0;
        base[t] = (uint64_t)into->runs[t] << BLOCK_BITS;
        if (t == 0)
            continue;
        if (from->block_count > 0)
            memcpy(into->blocks + into->block_count, from->blocks, from->block_count * sizeof *from->blocks);
        into->block_count += from->block_count;
        into->block_bytes += from->block_bytes;
        into->count += from->count;
        into->ascending = into->ascending && from->ascending;
        from->block_count = 0;
    }
}

static void merge_tables(struct groups **tables, size_t count, unsigned threads)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += tables[i]->count;
    uint64_t *base = mem_zero(count, sizeof *base);
    take_blocks(tables, count, base);
    if (threads < 1 || total < MERGE_SMALL)
        threads = 1;
    struct merge_worker *workers = mem_zero(threads, sizeof *workers);
    for (unsigned i = 0; i < threads; i++)
        workers[i] = (struct merge_worker){.tables = tables, .base = base, .count = count, .first = i, .step = threads};
    threads_share(threads, merge_parts, workers);
    for (unsigned i = 0; i < threads; i++)
        pool_join(&tables[0]->pool, &workers[i].pool);
    free(workers);
    for (size_t t = 0; t < count; t++)
        groups_drop_slots(tables[t]);
    free(base);
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
    into->waiting->spills =
        mem_resize(into->waiting->spills, into->waiting->spill_count + from->spill_count, sizeof *from->spills);
    memcpy(into->waiting->spills + into->waiting->spill_count, from->spills, from->spill_count * sizeof *from->spills);
    into->waiting->spill_count += from->spill_count;
    from->spill_count = 0;
}

struct groups *groups_merge(struct groups **tables, size_t count, unsigned threads)
{
    struct groups *into = tables[0];
    bool spilled = false;
    size_t blocks = 0;
    for (size_t t = 0; t < count; t++) {
        spilled = spilled || tables[t]->waiting;
        blocks += tables[t]->block_count;
    }
    spilled = spilled || blocks > BLOCKS_MAX;
    if (!spilled && (count > 1 || into->blind))
        merge_tables(tables, count, threads);
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

/* Blind adding. Where nearly every record is a group of its own, looking for it first costs more than it brings: the table
 * is far larger than the caches, and each look is a wait for far memory. Then records are added as groups without
 * looking, into a list for each part; merging, which goes part by part through tables that fit into a cache, makes one of
 * those that are. So that memory stays bounded by the groups there are, a sample is taken each time there
 * are half as many again: if groups repeat after all, all are brought into the table, and looking begins again. */
#include <stdlib.h>

#include "group_table.h"

enum {
    LOOSE_SIZE = 32 * 1024,
    WINDOW = 16 * 1024,      /* records between two looks */
    BLIND_FROM = 128 * 1024, /* groups: a smaller table fits into a cache */
    SAMPLED = 16,            /* every so many parts are looked at */
};

void groups_open_eyes(struct groups *groups)
{
    groups->blind = false;
    groups->records = groups->had = 0;
    groups->look_at = WINDOW;
}

struct group *groups_add_loose(struct groups *groups, struct part *part, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    struct loose *block = part->last_loose;
    if (!block || size > block->size - block->used) {
        struct loose *next = pool_alloc(&groups->pool, size > LOOSE_SIZE - sizeof *next ? sizeof *next + size : LOOSE_SIZE);
        *next = (struct loose){.size = size > LOOSE_SIZE - sizeof *next ? size : LOOSE_SIZE - sizeof *next};
        if (block)
            block->next = next;
        else
            part->loose = next;
        part->last_loose = block = next;
    }
    char *group = block->bytes + block->used;
    block->used += size;
    part->loose_count++;
    return (struct group *)(void *)group;
}

/* Brings the part's loose groups into its table. */
static void absorb(struct groups *groups, struct part *part)
{
    size_t cap = part->cap;
    part->shift = slot_shift(groups);
    if (part->count + part->loose_count > part->cap / 4 * 3)
        part_grow(part, part->loose_count);
    struct part_place place = {.at = SIZE_MAX}; /* the table's own are passed */
    for (const struct slot *slot; (slot = part_next(groups, part, &place));)
        part_merge(groups, part, slot, &groups->pool);
    groups->gone = true;
    part->loose = part->last_loose = NULL;
    part->loose_count = 0;
    groups->slot_bytes += (part->cap - cap) * sizeof *part->slots;
}

/* Whether more than a quarter of the loose groups in some parts, which are brought into their tables, are there already. */
static bool repeats(struct groups *groups)
{
    size_t loose = 0, fresh = 0;
    for (unsigned i = 0; i < PARTS; i += SAMPLED) {
        struct part *part = &groups->parts[i];
        loose += part->loose_count;
        fresh -= part->count;
        absorb(groups, part);
        fresh += part->count;
    }
    return fresh < loose - loose / 4;
}

void groups_look(struct groups *groups)
{
    if (groups->blind) {
        if (repeats(groups)) {
            for (unsigned i = 0; i < PARTS; i++)
                absorb(groups, &groups->parts[i]);
            groups->blind = false;
            groups->look_at = groups->records + WINDOW;
        } else {
            groups->look_at = groups->records + groups->count / 2;
        }
    } else {
        groups->blind = groups->count >= BLIND_FROM && groups->count - groups->had >= WINDOW - WINDOW / 8;
        groups->look_at = groups->records + (groups->blind ? groups->count / 2 : WINDOW);
    }
    groups->had = groups->count;
}

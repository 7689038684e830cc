/* Blind adding. Where nearly every record is a group of its own, looking for it first costs more than it brings: the
 * table is far larger than the caches, and each look is a wait for far memory. Then records are added as groups without
 * looking, and their slots into a list for each part; merging, which goes part by part through tables that fit into a
 * cache, makes one of those that are. So that memory stays bounded by the groups there are, some parts are counted each
 * time there are half as many again: if groups repeat after all, all are brought into the table, and looking begins
 * again. */
#include "group/group_inner.h"

enum {
    WINDOW = 16 * 1024,      /* records between two looks */
    BLIND_FROM = 128 * 1024, /* groups: a smaller table fits into a cache */
    SAMPLED = 32,            /* every so many parts are looked at */
};

void groups_open_eyes(struct groups *groups)
{
    groups->blind = false;
    groups->records = groups->had = 0;
    groups->look_at = WINDOW;
}

void groups_add_loose(struct groups *groups, struct part *part, struct slot slot)
{
    struct loose *last = part->last_loose;
    if (!last || last->count == LOOSE_SLOTS) {
        struct loose *next = pool_alloc(&groups->loose, sizeof *next);
        next->next = NULL;
        next->count = 0;
        if (last)
            last->next = next;
        else
            part->loose = next;
        part->last_loose = last = next;
    }
    last->slots[last->count++] = slot;
    part->loose_count++;
}

/* Brings all loose slots into the table. */
static void absorb(struct groups *groups)
{
    size_t most = 0;
    for (unsigned i = 0; i < PARTS; i++) {
        size_t all = groups->parts[i].count + groups->parts[i].loose_count;
        most = all > most ? all : most;
    }
    groups_grow(groups, most);
    for (unsigned i = 0; i < PARTS; i++) {
        struct part *part = &groups->parts[i];
        struct part_place place = {.at = SIZE_MAX}; /* the table's own are passed */
        for (struct slot slot; (slot = part_next(part, &place)).where;)
            part_merge(groups, part, slot, &groups->pool);
        part->loose = part->last_loose = NULL;
        part->loose_count = 0;
    }
    pool_free(&groups->loose);
}

/* How many groups are in the part, each counted once. */
static size_t distinct(const struct groups *groups, const struct part *part)
{
    struct part counted = {.cap = 1024};
    while (part->count + part->loose_count > counted.cap / 4 * 3)
        counted.cap *= 2;
    counted.slots = slots_new(counted.cap);
    struct part_place place = {0};
    for (struct slot slot; (slot = part_next(part, &place)).where;) {
        if (!part_has(groups, &counted, slot)) {
            part_put(&counted, slot);
            counted.count++;
        }
    }
    slots_free(counted.slots, counted.cap);
    return counted.count;
}

/* Whether more than a quarter of the loose groups are there already, going by some parts. */
static bool repeats(const struct groups *groups)
{
    size_t loose = 0, fresh = 0;
    for (unsigned i = 0; i < PARTS; i += SAMPLED) {
        const struct part *part = &groups->parts[i];
        loose += part->loose_count;
        fresh += distinct(groups, part) - part->count;
    }
    return fresh < loose - loose / 4;
}

bool groups_look(struct groups *groups)
{
    bool was_blind = groups->blind;
    if (groups->blind) {
        if (repeats(groups)) {
            absorb(groups);
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
    return was_blind && !groups->blind;
}

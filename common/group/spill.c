/* Groups in files: a table beyond its memory is written out by the first bits of the hash; parts are read
 * back one by one, and split again by the next bits when one does not fit. */
#include <stdlib.h>
#include <string.h>

#include "group/group_inner.h"

enum {
    LOAD_WINDOW = 256 * 1024,
    SPILL_AHEAD = 16,
    CACHE_LINE = 64,
    SPLIT_LEAST = 64, /* fewer groups are not split: it is their states that are large */
};

void segments_add(struct segments *segments, struct segment segment)
{
    if (segments->count == segments->cap) {
        segments->cap = segments->cap ? segments->cap * 2 : 4;
        segments->list = mem_resize(segments->list, segments->cap, sizeof *segments->list);
    }
    segments->list[segments->count++] = segment;
}

struct waiting *waiting_new(unsigned level)
{
    struct waiting *waiting = mem_zero(1, sizeof *waiting);
    waiting->level = level;
    return waiting;
}

void waiting_free(struct waiting *waiting)
{
    for (unsigned i = 0; i < PARTS; i++)
        free(waiting->parts[i].list);
    for (size_t i = 0; i < waiting->spill_count; i++)
        spill_free(waiting->spills[i]);
    free(waiting->spills);
    free(waiting);
}

static void write_group(struct groups *groups, const struct group *group)
{
    struct buffer *bytes = &groups->scratch;
    bytes->len = 0;
    uint64_t total = 0;
    pack_raw(bytes, &total, sizeof total);
    pack_number(bytes, group->place);
    pack_bytes(bytes, group_key(group, &groups->options), group->key_len);
    pack_bytes(bytes, group_head(group, &groups->options), group->head_len);
    groups->options.write(groups->options.context, group->states, bytes);
    total = bytes->len - sizeof total;
    memcpy(bytes->data, &total, sizeof total);
    spill_write(groups->spill, bytes->data, bytes->len);
}

/* Its groups lie about in memory: they are asked for some time before they are written. */
static void write_part(struct groups *groups, const struct part *part)
{
    const struct group *ahead[SPILL_AHEAD];
    struct part_place place = {0};
    size_t asked = 0, written = 0;
    for (struct slot slot; (slot = part_next(part, &place)).where;) {
        const struct group *group = group_at(groups, slot.where);
        __builtin_prefetch(group);
        __builtin_prefetch((const char *)group + CACHE_LINE);
        if (asked - written == SPILL_AHEAD)
            write_group(groups, ahead[written++ % SPILL_AHEAD]);
        ahead[asked++ % SPILL_AHEAD] = group;
    }
    while (written < asked)
        write_group(groups, ahead[written++ % SPILL_AHEAD]);
}

void groups_spill(struct groups *groups)
{
    if (groups->count == 0)
        return;
    if (!groups->waiting || groups->waiting->level != groups->level) {
        struct waiting *waiting = waiting_new(groups->level);
        waiting->outer = groups->waiting;
        groups->waiting = waiting;
        groups->spill = spill_new();
        waiting->spills = mem_resize(NULL, 1, sizeof(struct spill *));
        waiting->spills[waiting->spill_count++] = groups->spill;
    }
    for (unsigned i = 0; i < PARTS; i++) {
        struct segment segment = {.spill = groups->spill, .from = spill_end(groups->spill)};
        write_part(groups, &groups->parts[i]);
        segment.to = spill_end(groups->spill);
        if (segment.to > segment.from)
            segments_add(&groups->waiting->parts[i], segment);
    }
    spill_flush(groups->spill);
    groups_reset(groups);
}

/* Adds a group as it was written to the table; false if it was not written so. */
static bool add_written(struct groups *groups, const char *bytes, size_t total)
{
    struct unpack from = {.at = bytes, .end = bytes + total};
    uint64_t place = unpack_number(&from);
    size_t key_len, head_len;
    const char *key = unpack_bytes(&from, &key_len);
    const char *head = unpack_bytes(&from, &head_len);
    if (from.failed)
        return false;
    uint64_t hash = groups_hash(key, key_len);
    struct group *there = groups_find(groups, key, key_len, hash);
    if (!there) {
        struct group *group = groups_add(groups, key, key_len, hash, place, head, head_len);
        return groups->options.read(groups->options.context, group->states, &from, &groups->pool);
    }
    char *states = pool_alloc(&groups->pool, groups->options.state_size);
    memset(states, 0, groups->options.state_size);
    if (!groups->options.read(groups->options.context, states, &from, &groups->pool))
        return false;
    groups->options.merge(groups->options.context, there->states, states, &groups->pool);
    if (place < there->place) /* an earlier record: its form of the key */
        groups_replace(groups, there, place, head, head_len);
    return true;
}

static bool load_segment(struct groups *groups, const struct segment *segment, bool may_split)
{
    spill_reader_start(&groups->reader, segment->spill, segment->from, segment->to, LOAD_WINDOW);
    while (!spill_at_end(&groups->reader)) {
        uint64_t total = 0;
        const char *head = spill_read(&groups->reader, sizeof total);
        if (!head)
            return false;
        memcpy(&total, head, sizeof total);
        const char *bytes = spill_read(&groups->reader, (size_t)total);
        if (!bytes || !add_written(groups, bytes, (size_t)total))
            return false;
        if (may_split && groups->count >= SPLIT_LEAST && groups_full(groups))
            groups_spill(groups);
    }
    return true;
}

bool groups_load_part(struct groups *groups, struct problem *problem)
{
    groups_reset(groups);
    while (groups->waiting) {
        struct waiting *waiting = groups->waiting;
        if (waiting->next == PARTS) {
            groups->waiting = waiting->outer;
            if (!groups->waiting) { /* the outermost stays: it says that groups were spilled */
                groups->waiting = waiting;
                return false;
            }
            waiting_free(waiting);
            continue;
        }
        const struct segments *segments = &waiting->parts[waiting->next++];
        for (size_t i = 0; i < waiting->spill_count; i++)
            spill_settle(waiting->spills[i]);
        groups->level = waiting->level + 1;
        for (size_t i = 0; i < segments->count; i++)
            if (!load_segment(groups, &segments->list[i], groups->level < LEVELS))
                return problem_set(problem, STATUS_IO, "a temporary file does not hold what was written to it");
        if (groups->waiting != waiting) /* it was split: its rest goes to the files too */
            groups_spill(groups);
        if (groups->count > 0)
            return true;
    }
    return false;
}

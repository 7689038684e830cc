/* Groups listed and copied as they stand, while more come: what groups_load cannot do. */
#include <stdlib.h>

#include "group/group_inner.h"

/* Calls `each` for the groups in memory, in the order they came. */
static void walk_groups(const struct groups *groups, void (*each)(void *context, struct group *group), void *context)
{
    for (size_t i = 0; i < groups->block_count; i++) {
        const struct block *block = &groups->blocks[i];
        for (size_t at = BLOCK_FIRST; at < block->used;) {
            struct group *group = (struct group *)(void *)(block->bytes + at);
            at += group_size(groups, group->key_len, group->head_len);
            if (group->place != PLACE_GONE)
                each(context, group);
        }
    }
}

static void add_to_list(void *context, struct group *group)
{
    buffer_add(context, &group, sizeof(struct group *));
}

size_t groups_list(const struct groups *groups, struct buffer *list)
{
    list->len = 0;
    walk_groups(groups, add_to_list, list);
    return list->len / sizeof(struct group *);
}

size_t groups_memory(const struct groups *groups)
{
    return groups->pool.used + groups->loose.used + groups->block_bytes +
           PARTS * groups->parts[0].cap * sizeof(struct slot);
}

bool groups_spilled(const struct groups *groups)
{
    return groups->waiting != NULL;
}

struct group *groups_copy(struct groups *into, const struct groups *from, const struct group *group)
{
    const struct groups_options *options = &into->options;
    const char *key = group_key(group, &from->options), *head = group_head(group, &from->options);
    uint64_t hash = groups_hash(key, group->key_len);
    struct group *there = groups_find(into, key, group->key_len, hash);
    into->scratch.len = 0;
    options->write(options->context, group->states, &into->scratch);
    struct unpack bytes = {.at = into->scratch.data, .end = into->scratch.data + into->scratch.len};
    if (!there) {
        there = groups_add(into, key, group->key_len, hash, group->place, head, group->head_len);
        options->read(options->context, there->states, &bytes, &into->pool);
        return there;
    }
    char *states = pool_alloc(&into->pool, options->state_size);
    memset(states, 0, options->state_size);
    options->read(options->context, states, &bytes, &into->pool);
    options->merge(options->context, there->states, states, &into->pool);
    return group->place < there->place ? groups_replace(into, there, group->place, head, group->head_len) : there;
}

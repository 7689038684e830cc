/* group: hash tables from keys to states, one a thread, merged at the end; beyond their memory they spill
 * to temporary files by hash and are read back a part at a time, with the same groups in the end.
 *
 * A key is bytes (value_key of each column: it tells its own length); a state is a fixed number of bytes, zeroed
 * for a new group, that may point into the table's pool. Each group remembers the place of its first record
 * (sort_place), and some bytes of the caller's own that the first record gave (how the key was written).
 *
 * Pointers to groups live until groups_check or the next groups_load. Temporary files that cannot be written and memory
 * that is not there end the program (status 3). */
#ifndef ATOOLS_GROUP_H
#define ATOOLS_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/pool.h"
#include "base/problem.h"
#include "value/pack.h"

struct group {
    uint64_t place;    /* of the first record */
    uint32_t key_len;
    uint32_t head_len; /* the caller's bytes, behind the key */
    _Alignas(8) char states[];
};

struct groups_options {
    size_t state_size;
    size_t memory; /* bytes to hold before spilling; 0: no bound */
    /* What is in the states; context is handed through. Not needed (NULL) without merging and spilling. */
    void (*merge)(void *context, char *states, char *from, struct pool *pool);
    void (*write)(void *context, const char *states, struct buffer *into);
    bool (*read)(void *context, char *states, struct unpack *from, struct pool *pool);
    void *context;
};

struct groups;

struct groups *groups_new(const struct groups_options *options);
void groups_free(struct groups *groups);

/* The pool in which states keep what they point to. */
struct pool *groups_pool(struct groups *groups);

/* The hash of a key in this run: nothing that comes out depends on it. */
static inline uint64_t groups_hash(const char *key, size_t len)
{
    return hash_keyed(key, len, hash_seed());
}

/* The group of a key, or NULL. hash: groups_hash(key, len). */
struct group *groups_find(const struct groups *groups, const char *key, size_t len, uint64_t hash);

/* Hints that a key with this hash is looked for soon, and a little later, that its group is: large tables answer from
 * memory that is far away, and several such waits can pass at once. */
void groups_expect(const struct groups *groups, uint64_t hash);
void groups_expect_group(const struct groups *groups, uint64_t hash);

/* Neither a key nor a head may be longer. */
static const size_t GROUP_KEY_MAX = UINT32_MAX;

/* Adds a group that is not there yet; its states are zeroed. */
struct group *groups_add(struct groups *groups, const char *key, size_t len, uint64_t hash, uint64_t place,
                         const char *head, size_t head_len);

/* True if nothing was ever added. */
bool groups_empty(const struct groups *groups);

/* After each record: spills when the table has outgrown its memory. True if groups are not where they were. */
bool groups_check(struct groups *groups);

/* Merges count tables of equal options (using up to `threads` threads) into the first, and frees the others. To be
 * called once, also for one table, before groups_load. */
struct groups *groups_merge(struct groups **tables, size_t count, unsigned threads);

/* Loads the next part of the groups into memory (all of them, if nothing was spilled); false when there are no more, or
 * with a problem: a file does not hold what was written to it. *list gives its groups by place, count in *count.
 * *whole: nothing was spilled, this is all. */
bool groups_load(struct groups *groups, struct group ***list, size_t *count, bool *whole, struct problem *problem);

/* While records come: the groups in memory, in the order they came, as pointers in the list (which is emptied first);
 * how many. Of a table that adds blindly some may be the same group. */
size_t groups_list(const struct groups *groups, struct buffer *list);

/* Bytes that the table takes, and whether some of it is in files, where groups_list does not see it. */
size_t groups_memory(const struct groups *groups);
bool groups_spilled(const struct groups *groups);

/* Copies a group of another table of the same options into this one, states and all; into the group of that key if
 * there is one. The copy. */
struct group *groups_copy(struct groups *into, const struct groups *from, const struct group *group);

static inline const char *group_key(const struct group *group, const struct groups_options *options)
{
    return group->states + ((options->state_size + 7) & ~(size_t)7);
}

static inline const char *group_head(const struct group *group, const struct groups_options *options)
{
    return group_key(group, options) + group->key_len;
}

#endif
